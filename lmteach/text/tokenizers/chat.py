"""How a conversation becomes one text for a model, and where its answer ends. Notebook 16.

A chat model has read conversations in one form, with marks for who speaks. The form is a template
that its file brings, written in Jinja.
"""

from collections.abc import Mapping, Sequence

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from lmteach.checks import check_choice, checked_by
from lmteach.typed import typed

ROLES = ("system", "user", "assistant")
Message = Mapping[str, str]


def _check(messages: Sequence[Message]) -> None:
    if isinstance(messages, str | Mapping) or len(messages) == 0:
        raise ValueError(
            f"messages is {messages!r:.60}, expected a list of at least one message, such as "
            "[{'role': 'user', 'content': 'Hello'}]."
        )
    for message in messages:
        if set(message) != {"role", "content"} or not isinstance(message["content"], str):
            raise ValueError(
                f"a message is {message!r:.60}, expected a role and a content, such as "
                "{'role': 'user', 'content': 'Hello'}."
            )
        check_choice("role", message["role"], ROLES)


class ChatTemplate:
    """The form of a conversation, as ``tokenizer.chat_template`` of a file gives it.

    Templates come with files of strangers: they are run in Jinja's sandbox. ``marks`` are names
    that a template may use, such as bos_token.

    Raises ``ValueError`` for a text that is no template.

    >>> form = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
    >>> ChatTemplate(form + "{% if add_generation_prompt %}<assistant>{% endif %}")(
    ...     [{"role": "user", "content": "Hello"}]
    ... )
    '<user>Hello<assistant>'
    """

    @typed
    def __init__(self, template: str, marks: Mapping[str, str] | None = None) -> None:
        self.template, self.marks = template, dict(marks or {})
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.globals["raise_exception"] = _refuse
        try:
            self._compiled = environment.from_string(template)
        except TemplateError as error:
            raise ValueError(
                f"the chat template can't be read ({error}), expected Jinja, as files of models "
                "have it."
            ) from None

    @typed
    @checked_by(_check)
    def __call__(self, messages: Sequence[Message]) -> str:
        """Return the text of a conversation up to where the model's answer begins.

        Raises ``ValueError`` for no message, one without role and content, and a conversation
        that the template refuses.
        """
        try:
            text = self._compiled.render(
                messages=[dict(message) for message in messages],
                add_generation_prompt=True,
                **self.marks,
            )
        except TemplateError as error:
            raise ValueError(
                f"the chat template refuses these messages: {error}. Begin with a user's message, "
                "and let user and assistant take turns."
            ) from None
        return str(text)


def _refuse(message: str) -> None:
    raise TemplateError(message)
