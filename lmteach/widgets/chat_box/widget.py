"""Talk with a chat model, and see of each of its tokens how probable it was, and what else was.

Played in notebook 16. The browser asks for a few tokens at a time and Python answers with them; in
between the kernel hears all else, the stop button too, so no thread of our own is needed.
JupyterLab may hear the browser in a thread of its own, beside that of the cells: who writes takes
the lock. There ■ stops cells only, for the kernel is deaf to interrupts while none runs, and
Python gives them to the main thread alone; the box's own Stop ends the answer everywhere.
"""

import textwrap
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib.pyplot as plt
import torch
import traitlets
from jaxtyping import Float, Int
from matplotlib.figure import Figure
from torch import Tensor

from lmteach.checks import check_number, check_seed, check_sizes
from lmteach.decoding.chat import Chat, ChatToken, Turn
from lmteach.decoding.sampling import drawn, likeliest
from lmteach.interrupts import interrupts_held
from lmteach.models.gpt.model import GPT
from lmteach.plots.next_token_bars import next_token_bars
from lmteach.plots.style import BLUE, use_style
from lmteach.plots.symbols import spoken_token
from lmteach.text.tokenizers.chat import ChatTemplate
from lmteach.text.tokenizers.marked import MarkedTokenizer
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, sentence_picture, stylesheet

MOST_EXAMPLES = 8
HOTTEST = 2.0  # temperature
STEP = 0.15  # seconds of writing between two looks at what else was asked
LINES, WIDTH = 14, 62  # of the conversation in the picture
SILENT = "Nothing is said yet: type a message."
INTERRUPTED = "The kernel was interrupted: the answer ends here. You can go on with a new message."


class ChatBox(TeachingWidget):
    """A conversation, a line to type into, and the chances of the token that is looked at.

    ``model`` is a chat model with its ``tokenizer`` and ``template``; ``end``, ``system`` and
    ``most``, the most tokens of an answer, are as in ``decoding.chat.Chat``, which is the box's
    ``chat`` and holds all that was said. ``examples`` are messages on buttons. At a
    ``temperature`` of 0 the likeliest token is taken, else one is drawn, by ``seed``; ``top_p`` 1
    keeps all tokens. ``chosen`` is the token that is looked at: the turn and its place in the
    answer, both from 0; if it is empty, the picture has the least probable one of the last answer.

    ``say`` talks from Python. What can't be said is a ``message`` in the box.

    Raises ``ValueError`` as ``Chat`` does, and for a temperature outside 0 to 2 or a top-p outside
    0 to 1.

    >>> from lmteach.models.llama.model import Llama
    >>> from lmteach.models.llama.weights import llama_config
    >>> from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
    >>> letters = ["<end>", *"abc?"]
    >>> model = Llama(llama_config(vocab_size=5, dim=8, heads=2, key_heads=1, layers=1, hidden=8))
    >>> form = ChatTemplate("{% for m in messages %}{{ m.content }}<end>{% endfor %}")
    >>> box = ChatBox(model, PretrainedBPE(letters, [], ["<end>"]), form, end="<end>", most=4)
    >>> box.say("abc?") == box.chat.turns[0].answer
    True
    """

    _esm = module(__file__, "shared/tokens.js")
    _css = stylesheet(__file__, "shared/tokens.css")

    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    temperature = traitlets.Float(0.0).tag(sync=True)
    top_p = traitlets.Float(1.0).tag(sync=True)
    state = traitlets.Enum(["ready", "writing"], "ready").tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    turns = traitlets.List(traitlets.Dict()).tag(sync=True)  # as of the last beginning or end
    fresh = traitlets.Dict().tag(sync=True)  # tokens that came since, from a place on
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)

    @typed
    def __init__(
        self,
        model: GPT,
        tokenizer: MarkedTokenizer,
        template: ChatTemplate,
        end: str | None = None,
        system: str | None = None,
        examples: Sequence[str] = (),
        most: int = 256,
        seed: int = 0,
        **options: Any,
    ) -> None:
        """Begin in silence; ``options`` are ``temperature``, ``top_p``, and those of ipywidgets."""
        check_sizes(most=most)
        if len(examples) > MOST_EXAMPLES or isinstance(examples, str):
            raise ValueError(
                f"there are {len(examples)} examples, expected a list of at most {MOST_EXAMPLES} "
                "messages."
            )
        self.chat, self.most = Chat(model, tokenizer, template, end, system), most
        self._generator = torch.Generator().manual_seed(check_seed(seed))
        self._answer: Iterator[ChatToken] = iter(())
        self._lock = threading.RLock()
        super().__init__(examples=list(examples), **options)
        self.on_msg(self._hear)

    @traitlets.validate("temperature", "top_p")
    def _check_slider(self, proposal: dict[str, Any]) -> float:
        """Let in only what a token can be drawn with."""
        if proposal["trait"].name == "temperature":
            check_number("temperature", proposal["value"], at_least=0, at_most=HOTTEST)
        else:
            check_number("top-p", proposal["value"], above=0, at_most=1)
        return float(proposal["value"])

    @typed
    def say(self, text: str) -> str:
        """Say something, wait for the whole answer, and return it.

        An interrupt (Ctrl-C, ■) ends the answer and is raised; what was said stays. Raises
        ``ValueError`` for an empty message, and if there is no room for it in the context.
        """
        turn = self._begin(text)
        while self.state == "writing" and turn.ending == "open":
            self._write_on(have=len(turn.tokens))
        return turn.answer

    def stop(self) -> None:
        """End an answer that is being written; what there is of it stays."""
        with self._lock:
            self.chat.stop()
            self._end("")

    def new_conversation(self) -> None:
        """Forget all that was said."""
        with self._lock:
            self.chat.forget()
            self.chosen = []
            self._end("")

    def _hear(self, _: Any, content: dict[str, Any], buffers: Any) -> None:
        """Do what was asked in the browser."""
        command = content.get("command")
        if command == "say":
            try:
                self._begin(str(content.get("text", "")))
            except ValueError as error:
                self.message = str(error)
        elif command == "go on":
            self._write_on(int(content.get("have", 0)))
        elif command == "stop":
            self.stop()
        elif command == "new":
            self.new_conversation()

    def _begin(self, text: str) -> Turn:
        """Let a question in; the answer comes step by step."""
        with self._lock:
            self.message = ""
            self._answer = self.chat.answer(text, self._choose, self.most)
            with self.hold_sync():
                self.turns, self.fresh = [_packed(turn) for turn in self.chat.turns], {}
                self.state = "writing"
            return self.chat.turns[-1]

    def _choose(
        self, logits: Float[Tensor, "batch vocab"], seen: Int[Tensor, "batch time"]
    ) -> Int[Tensor, " batch"]:
        """Choose a token as the sliders stand now."""
        if self.temperature == 0:
            return likeliest()(logits, seen)
        top_p = None if self.top_p == 1 else self.top_p
        return drawn(self.temperature, top_p=top_p, generator=self._generator)(logits, seen)

    def _write_on(self, have: int) -> None:
        """Write for a moment, and send what is new to a browser that has ``have`` tokens.

        An interrupt waits until the token is whole; a second one does not.
        """
        until = time.monotonic() + STEP
        try:
            with self._lock, interrupts_held() as interrupt:
                if self.state != "writing":
                    return
                turn = self.chat.turns[-1]
                for _ in self._answer:
                    if interrupt.came or time.monotonic() >= until:
                        break
                if turn.ending != "open":
                    self._end(self._ended(turn))
                elif interrupt.came:
                    self.chat.stop()
                    self._end(INTERRUPTED)
                else:
                    tokens = [_packed_token(token) for token in turn.tokens[have:]]
                    place = {"turn": len(self.chat.turns) - 1, "start": have}
                    self.fresh = {**place, "tokens": tokens}
        except ValueError as error:  # the model, or its numbers
            self._end(str(error))
        except KeyboardInterrupt:
            self.chat.stop()
            if self.state == "writing":
                self._end(INTERRUPTED)
            raise

    def _ended(self, turn: Turn) -> str:
        """Why an answer ended before the model was done, in a sentence."""
        if turn.ending == "most":
            return f"The answer was cut after {self.most} tokens, the most that it may have."
        if turn.ending == "full":
            context = self.chat.model.config.context
            return f"The context of {context} tokens is full: begin a new conversation."
        return ""

    def _end(self, message: str) -> None:
        """Send all that was said; nothing is written any more."""
        self._answer = iter(())
        with self.hold_sync():
            self.turns, self.fresh = [_packed(turn) for turn in self.chat.turns], {}
            self.state, self.message = "ready", message

    def _looked_at(self) -> ChatToken | None:
        """The chosen token; else the least probable one of the last answer that has any."""
        turns = self.chat.turns
        if len(self.chosen) == 2 and 0 <= self.chosen[0] < len(turns):
            tokens = turns[self.chosen[0]].tokens
            if 0 <= self.chosen[1] < len(tokens):
                return tokens[self.chosen[1]]
        answered = [turn.tokens for turn in turns if turn.tokens]
        return min(answered[-1], key=lambda token: token.chance) if answered else None

    def picture(self) -> Figure:
        """Draw the end of the conversation, and the chances of the token that is looked at."""
        token = self._looked_at()
        if token is None:
            return sentence_picture(self.message or SILENT)
        use_style()
        figure, (page, bars) = plt.subplots(
            1, 2, figsize=(13, 4.4), width_ratios=(3, 2), layout="constrained"
        )
        page.set_axis_off()
        lines = [line for turn in self.chat.turns for line in _in_lines(turn)][-LINES:]
        for number, (words, colour) in enumerate(lines):
            height = 1 - (number + 0.5) / LINES
            page.text(0, height, words, color=colour, fontsize=14, va="center", parse_math=False)
        entries = sorted([(token.text, token.chance), *token.rivals], key=lambda e: -e[1])
        next_token_bars(
            [chance for _, chance in entries],
            [name for name, _ in entries],
            shown=len(entries),
            axes=bars,
            title=f"“{token.text}” had {token.chance:.1%}",
        )
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        token = self._looked_at()
        if token is None:
            return f"A chat with a model. {self.message or SILENT}"
        turn = self.chat.turns[-1]
        rivals = ", ".join(f"{spoken_token(name)} {chance:.1%}" for name, chance in token.rivals)
        return (
            f"A chat with a model. You: “{_short(turn.question)}” The model: "
            f"“{_short(turn.answer)}” Bars: it wrote {spoken_token(token.text)} with "
            f"{token.chance:.1%}; the likeliest others are {rivals}."
        )


def _packed(turn: Turn) -> dict[str, Any]:
    """A turn as the browser reads it."""
    tokens = [_packed_token(token) for token in turn.tokens]
    return {"question": turn.question, "tokens": tokens, "ending": turn.ending}


def _packed_token(token: ChatToken) -> list[Any]:
    return [token.text, token.chance, [list(rival) for rival in token.rivals]]


def _short(text: str) -> str:
    return textwrap.shorten(text, 160, placeholder=" …")


def _in_lines(turn: Turn) -> list[tuple[str, str]]:
    """The lines of a turn in the picture, each with its colour."""
    asked = textwrap.wrap(f"You: {turn.question}", WIDTH)
    said = textwrap.wrap(f"Model: {turn.answer}", WIDTH)
    return [*((line, BLUE) for line in asked), *((line, "black") for line in said)]
