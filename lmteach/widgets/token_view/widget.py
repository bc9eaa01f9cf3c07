"""A text cut into tokens: merge by merge, for any text that is typed. Played in notebook 12."""

from typing import Any

import traitlets
from matplotlib.figure import Figure

from lmteach.plots.symbols import visible
from lmteach.plots.token_boxes import token_boxes
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

LONGEST = 2000  # characters that are drawn at once


class TokenView(TeachingWidget):
    """Any text in the colours of its tokens, after as many merges as you choose.

    ``text`` is what is shown, at most 2,000 characters; ``step`` how many of the tokenizer's
    merges are made, all of them if not given. The browser encodes by itself.

    Raises ``ValueError`` for a longer text, or a step that isn't there.

    >>> view = TokenView(BPETokenizer([(b"l", b"o"), (b"lo", b"w")]), "slow", step=1)
    >>> view.tokens
    [b's', b'lo', b'w']
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    text = traitlets.Unicode().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    # Bytes as text, one character of Latin-1 each: the parts of each merge, and all tokens by id.
    _merges = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    _vocabulary = traitlets.List(traitlets.Unicode()).tag(sync=True)

    @typed
    def __init__(
        self, tokenizer: BPETokenizer, text: str, step: int | None = None, **options: Any
    ) -> None:
        """Show ``text``; ``options`` go to ipywidgets (``layout``, for one)."""
        self.tokenizer = tokenizer
        super().__init__(
            _merges=[[a.decode("latin-1"), b.decode("latin-1")] for a, b in tokenizer.merges],
            _vocabulary=[token.decode("latin-1") for token in tokenizer.tokens],
            text=text,
            step=len(tokenizer.merges) if step is None else step,
            **options,
        )

    @traitlets.validate("text")
    def _check_text(self, proposal: dict[str, Any]) -> str:
        """Let in only what can be drawn."""
        value = str(proposal["value"])
        if len(value) > LONGEST:
            raise ValueError(f"text has {len(value)} characters, expected at most {LONGEST}.")
        return value

    @traitlets.validate("step")
    def _check_step(self, proposal: dict[str, Any]) -> int:
        """Let in only a number of merges that were learned."""
        value, last = int(proposal["value"]), len(self.tokenizer.merges)
        if not 0 <= value <= last:
            raise ValueError(f"step is {value}, expected 0 to {last}, the number of merges.")
        return value

    @property
    def tokens(self) -> list[bytes]:
        """The tokens of the text after ``step`` merges."""
        made = BPETokenizer(self.tokenizer.merges[: self.step])
        return [made.tokens[number] for number in made.encode(self.text)]

    def picture(self) -> Figure:
        """Draw the text in the colours of its tokens."""
        figure = token_boxes(list(map(legible, self.tokens)) or [" "]).get_figure(root=True)
        assert figure is not None
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        tokens = self.tokens
        some = " | ".join(map(legible, tokens[:40]))
        more = "" if len(tokens) <= 40 else " and so on"
        return (
            f"A text of {len(self.text)} characters after {self.step} merges: {len(tokens)} "
            f"tokens, each in a coloured box: {some}{more}."
        )


@typed
def legible(token: bytes) -> str:
    """Return a token so that it can be read: its text, or its bytes where it is part of a sign.

    >>> legible(b" the"), legible("狼".encode()), legible("狼".encode()[:2])
    ('␣the', '狼', '‹e7 8b›')
    """
    try:
        text = token.decode()
    except UnicodeDecodeError:
        return f"‹{token.hex(' ')}›"
    return "".join(map(visible, text))
