"""A conversation with a chat model: its answers token by token, and what else it might have said.

Used in notebook 16. The model reads what is new in each turn; the rest is in its cache.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from lmteach.checks import check_sizes, checked_by
from lmteach.decoding.cache import KeyValueCache, cache_of_first
from lmteach.decoding.sampling import HALF, Choose, likeliest, stream
from lmteach.models.gpt.model import GPT
from lmteach.text.tokenizers.chat import ChatTemplate
from lmteach.text.tokenizers.marked import MarkedTokenizer
from lmteach.typed import typed

RIVALS = 5
# Why an answer ended: it is still written, the model was done, somebody stopped it, it had as many
# tokens as were asked for, the context is full.
Ending = Literal["open", "done", "stopped", "most", "full"]


class ChatToken(NamedTuple):
    """A token of an answer, with the model's own probability of it and of its likeliest rivals.

    ``text`` is what it adds to the answer: nothing, if it is the first half of a character, and
    then the next has it whole.

    >>> ChatToken(7, " yes", 0.9, ((" no", 0.1),)).chance
    0.9
    """

    id: int
    text: str
    chance: float
    rivals: tuple[tuple[str, float], ...]


@dataclass
class Turn:
    """A question, and the tokens of its answer so far.

    >>> Turn("Is it?", [ChatToken(7, "Yes", 0.9, ()), ChatToken(8, ".", 0.8, ())]).answer
    'Yes.'
    """

    question: str
    tokens: list[ChatToken] = field(default_factory=list)
    ending: Ending = "open"

    @property
    def answer(self) -> str:
        """The text of the answer so far."""
        return "".join(token.text for token in self.tokens)


def _check_chat(
    model: GPT,
    tokenizer: MarkedTokenizer,
    template: ChatTemplate,
    end: str | None,
    system: str | None,
) -> None:
    if tokenizer.vocab_size != model.config.vocab_size:
        raise ValueError(
            f"the tokenizer has {tokenizer.vocab_size} tokens and the model "
            f"{model.config.vocab_size}, expected the tokenizer that the model was made for."
        )
    if _end(template, end) not in tokenizer.special:
        raise ValueError(
            f"end is {_end(template, end)!r}, expected a special token of the tokenizer: "
            f"{', '.join(tokenizer.special) or 'it has none'}."
        )
    template.around(["user"] if system is None else ["system", "user"])


def _end(template: ChatTemplate, end: str | None) -> str:
    """The token that ends an answer."""
    return template.marks.get("eos_token", "") if end is None else end


def _check_question(self: "Chat", question: str, most: int) -> None:
    check_sizes(most=most)
    if not question.strip():
        raise ValueError("The message is empty: type at least one word.")
    length, context = len(self.prompt(question)), self.model.config.context
    if length > context:
        raise ValueError(
            f"With this message the conversation has {length} tokens, and the model reads "
            f"{context} at most: say it in fewer words, or begin a new conversation."
        )


class Chat:
    """A conversation: ``turns`` are what was asked and answered, ``answer`` asks on.

    ``end`` is the token with which the model ends an answer, the template's mark "eos_token" if it
    is not given; ``system`` is what the model is told before the first question, in place of the
    template's own words. Questions are encoded apart from the marks
    between messages, so nobody can forge one by typing it; blanks around them are left out.
    Answers are read as the model wrote them, token by token.

    Raises ``ValueError`` for a tokenizer with more tokens than the model, or an end that is not one
    of its special tokens.

    >>> from lmteach.models.llama.model import Llama
    >>> from lmteach.models.llama.weights import llama_config
    >>> letters = ["<end>", *"abc?"]
    >>> model = Llama(llama_config(vocab_size=5, dim=8, heads=2, key_heads=1, layers=1, hidden=8))
    >>> form = "{% for m in messages %}{{ m.content }}<end>{% endfor %}"
    >>> from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
    >>> tokenizer = PretrainedBPE(letters, [], special=["<end>"])
    >>> chat = Chat(model, tokenizer, ChatTemplate(form), end="<end>")
    >>> tokens = list(chat.answer("abc?", most=3))
    >>> chat.turns[0].tokens == tokens
    True
    """

    @typed
    @checked_by(_check_chat)
    def __init__(
        self,
        model: GPT,
        tokenizer: MarkedTokenizer,
        template: ChatTemplate,
        end: str | None = None,
        system: str | None = None,
    ) -> None:
        """Begin with nothing said."""
        self.model, self.tokenizer, self.template = model, tokenizer, template
        self.end, self.system = tokenizer.special[_end(template, end)], system
        self.turns: list[Turn] = []
        self._cache = KeyValueCache()

    @typed
    def prompt(self, question: str) -> list[int]:
        """Return the ids of the whole conversation, up to where the next answer begins."""
        said = [] if self.system is None else [("system", self._ids(self.system))]
        for turn in self.turns:
            said.append(("user", self._ids(turn.question)))
            said.append(("assistant", [token.id for token in turn.tokens]))
        said.append(("user", self._ids(question)))
        first, *marks = self.template.around([role for role, _ in said])
        ids = self.tokenizer.encode(first)
        for (_, content), mark in zip(said, marks, strict=True):
            ids += content + self.tokenizer.encode(mark, begin=False)
        return ids

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text.strip(), special=False, begin=False)

    @typed
    @checked_by(_check_question)
    def answer(
        self, question: str, choose: Choose | None = None, most: int = 256
    ) -> Iterator[ChatToken]:
        """Ask, and return an iterator over the tokens of the answer, each as soon as it is chosen.

        The question stands in ``turns`` from now on, and each token of the answer as it comes: who
        stops listening has all that was said, and can ask on. An answer that is not at its end is
        stopped then. ``choose`` is as in ``sampling.stream``, the likeliest if it is not given;
        there are at most ``most`` tokens, and the end is none of them.

        Raises ``ValueError`` for an empty question, and if the conversation has no room in the
        context.
        """
        ids = torch.tensor([self.prompt(question)], device=self.model.wte.weight.device)
        self.stop()
        turn = Turn(question.strip())
        self.turns.append(turn)
        return self._answer(turn, ids, choose or likeliest(), most)

    def stop(self) -> None:
        """End an answer that is being written; what there is of it stays."""
        if self.turns and self.turns[-1].ending == "open":
            self.turns[-1].ending = "stopped"

    def forget(self) -> None:
        """Begin a new conversation."""
        self.stop()
        self.turns = []

    def _answer(self, turn: Turn, ids: Tensor, choose: Choose, most: int) -> Iterator[ChatToken]:
        try:
            yield from self._written(turn, ids, choose, most)
        finally:  # interrupted, or nobody listens any more
            if turn.ending == "open":
                turn.ending = "stopped"

    def _written(self, turn: Turn, ids: Tensor, choose: Choose, most: int) -> Iterator[ChatToken]:
        room = self.model.config.context - ids.shape[1] + 1
        seen: list[Tensor] = []

        def watched(logits: Tensor, before: Tensor) -> Tensor:
            seen[:] = [logits]
            return choose(logits, before)

        cache = cache_of_first(self._cache, self._in_common(ids))
        tokens = stream(self.model, ids, min(most, room), watched, self.end, cache=cache)
        written: list[int] = []
        while turn.ending == "open":
            self._cache = KeyValueCache()  # if the model is interrupted, layers hold unequal parts
            chosen = next(tokens, None)
            self._cache = cache
            if chosen is None:
                turn.ending = "most" if most < room else "full"
            elif int(chosen) == self.end:
                turn.ending = "done"
            else:
                written.append(int(chosen))
                text = self.tokenizer.decode(written)
                piece = "" if text.endswith(HALF) else text[len(turn.answer) :]
                turn.tokens.append(self._told(written[-1], piece, seen[0][0]))
                yield turn.tokens[-1]

    def _in_common(self, ids: Tensor) -> int:
        """How many tokens at the beginning the cache has read; the last one is read in any case."""
        held = self._cache.ids
        if held is None:
            return 0
        length = min(held.shape[1], ids.shape[1] - 1)
        same = (held[0, :length] == ids[0, :length]).long()
        return int(same.cumprod(dim=0).sum())

    def _told(self, token: int, text: str, logits: Tensor) -> ChatToken:
        """A token with its probability and its rivals, by the logits (V,) it was chosen from."""
        chances = logits.float().softmax(dim=-1)
        best = chances.topk(min(RIVALS + 1, len(chances)))
        rivals = [
            (self.tokenizer.decode([number]), chance)
            for number, chance in zip(best.indices.tolist(), best.values.tolist(), strict=True)
            if number != token
        ]
        return ChatToken(token, text, float(chances[token]), tuple(rivals[:RIVALS]))
