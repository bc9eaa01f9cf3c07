"""The picture of every widget shows names as they are written, whatever signs are in them."""

import io
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.text import Text

from lmteach.decoding.translating import Pronouncer
from lmteach.decoding.watched_translation import WatchedTranslation
from lmteach.models.llama.model import Llama
from lmteach.models.llama.weights import llama_config
from lmteach.models.search.bm25 import BM25
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.text.corpora.canaries import Canary
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.byte_alphabet import to_signs
from lmteach.text.tokenizers.chat import ChatTemplate
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
from lmteach.text.tokenizers.vocabulary import Vocabulary
from lmteach.training.planning import Accelerator
from lmteach.widgets.attention_ledger.widget import AttentionLedger
from lmteach.widgets.attention_view.widget import AttentionView
from lmteach.widgets.bigram_explorer.widget import BigramExplorer
from lmteach.widgets.canary_box.widget import Asked, CanaryBox
from lmteach.widgets.chat_box.widget import ChatBox
from lmteach.widgets.cure_dial.widget import CureDial
from lmteach.widgets.emission_player.widget import EmissionPlayer
from lmteach.widgets.fill_in.widget import FillIn
from lmteach.widgets.gate_scrubber.widget import GateScrubber
from lmteach.widgets.guessing_game.recorded_game import RecordedGame
from lmteach.widgets.guessing_game.widget import GuessingGame
from lmteach.widgets.head_switches.widget import HeadSwitches
from lmteach.widgets.neighbours.widget import Neighbours
from lmteach.widgets.next_token_panel.widget import NextTokenPanel
from lmteach.widgets.ngram_match.widget import NGramMatch
from lmteach.widgets.ngram_panel.widget import NGramPanel
from lmteach.widgets.positions_view.widget import PositionsView
from lmteach.widgets.pronouncer_panel.widget import PronouncerPanel
from lmteach.widgets.question.widget import Question
from lmteach.widgets.run_planner.widget import RunPlanner
from lmteach.widgets.score_gap.widget import ScoreGap
from lmteach.widgets.search_box.widget import SearchBox
from lmteach.widgets.sentence_attention.widget import SentenceAttention
from lmteach.widgets.shared.base import WIDGETS, TeachingWidget
from lmteach.widgets.spectral_radius.widget import SpectralRadius
from lmteach.widgets.token_view.widget import TokenView
from lmteach.widgets.training_panel.widget import TrainingPanel
from lmteach.widgets.translation_view.widget import TranslationView
from lmteach.widgets.trellis.widget import Trellis

HALVES = [[0.5, 0.5], [0.5, 0.5]]
NAMES = {
    "dollars": ("$5 to $6", "_$a_b$", "$"),
    "scripts without a font": ("ไทย", "🦊汉语한", "\ue000"),  # a warning is an error here
    "a wrong formula": (r"$\frac{$", "100 % <b>&", "\\"),
}


class Letters:
    """A tokenizer whose three tokens have these names."""

    vocab_size = 3

    def __init__(self, *names: str) -> None:
        self.names = names

    def encode(self, text: str) -> list[int]:
        return [0]

    def decode(self, ids: list[int]) -> str:
        return "".join(self.names[i] for i in ids)


def translated(a: str, b: str) -> WatchedTranslation:
    one = np.ones((1, 1, 1, 1))
    return WatchedTranslation((a,), (b,), (1.0,), (((b, 1.0),),), one, one, one)


def pronouncer(a: str) -> Pronouncer:
    torch.manual_seed(0)
    letters, sounds = Vocabulary([a]), Vocabulary([a + "K"])
    model = EncoderDecoder(len(letters), len(sounds), 8, True)
    return Pronouncer(model, letters, sounds, longest=12)


def trained(a: str, b: str) -> TrainingPanel:
    panel = TrainingPanel(2, lambda: a + b, marks={a: 1.0, b: 2.0}, unit=f"{a} per {b}")
    panel.run(lambda on_step: [on_step(step, 1.5) for step in (1, 2)])
    panel.result()
    return panel


def chatted(*names: str) -> ChatBox:
    """A model whose tokens are these names' bytes and the end, and one question answered."""
    torch.manual_seed(0)
    spelled = [*(bytes([byte]) for byte in range(256)), *(f"{name}!".encode() for name in names)]
    signs = [*map(to_signs, spelled), "<end>"]
    form = ChatTemplate("{% for m in messages %}{{ m.content }}<end>{% endfor %}")
    model = Llama(llama_config(len(signs), dim=8, heads=2, key_heads=1, layers=1, hidden=8))
    box = ChatBox(model, PretrainedBPE(signs, [], ["<end>"]), form, "<end>", most=2)
    numbers = iter((256, 257))
    box._choose = lambda *_: torch.tensor([next(numbers)])  # type: ignore[method-assign]
    box.say("".join(names))
    return box


# Each is made of two names and a single sign.
MAKERS: dict[str, Callable[[str, str, str], TeachingWidget]] = {
    "attention_ledger": lambda a, b, _: AttentionLedger(*[np.eye(2)] * 4, [a, b]),
    "attention_view": lambda a, b, _: AttentionView(np.zeros((1, 2, 2)), [a, b]),
    "bigram_explorer": lambda a, b, _: BigramExplorer(np.full((3, 3), 1 / 3), ["\n", a, b]),
    "canary_box": lambda a, b, _: CanaryBox(lambda _: Asked(b, 1, 1), [Canary(a, "1")]),
    "chat_box": chatted,
    "cure_dial": lambda a, b, s: CureDial({a: {s: ([1.0], [1.0])}}, names=(a, b), level=(s, 0.5)),
    "emission_player": lambda a, b, _: EmissionPlayer([HALVES] * 2, [-2.0, -1.0], [a, b], [b, a]),
    "fill_in": lambda a, b, s: FillIn(*[lambda *_: np.full(3, 1 / 3)] * 2, Letters(a, b, s), a),
    "gate_scrubber": lambda a, b, s: GateScrubber(
        s + "i", [[0.5], [-1.0]], {a: [[1.0], [0.2]], b: [[1.0], [0.2]]}, HALVES, letters=s + "i"
    ),
    "guessing_game": lambda a, b, _: GuessingGame(
        ["a cat"], recorded=RecordedGame("a cat", (1, 2, 3, 4, 5), source=a + b)
    ),
    "head_switches": lambda a, b, s: HeadSwitches(
        [a, b], lambda _: (1.0, [(a, 0.5), (b, 0.3), (s, 0.2)])
    ),
    "neighbours": lambda a, b, _: Neighbours(
        [a.replace(" ", ""), b.replace(" ", "")],
        [[0, 1], [-1, 1]],
        [a.replace(" ", "")],
    ),
    "next_token_panel": lambda a, b, s: NextTokenPanel(
        lambda ids: np.log([0.5, 0.3, 0.2]), Letters(a, b, s), a
    ),
    "ngram_match": lambda a, b, _: NGramMatch(a, b),
    "ngram_panel": lambda a, b, _: NGramPanel([[4.5]], [[4.4]], [[[a + b]]], [1], [0.5]),
    "positions_view": lambda a, b, _: PositionsView(),
    "pronouncer_panel": lambda a, b, s: PronouncerPanel(pronouncer(s), s),
    "search_box": lambda a, b, s: SearchBox({a: BM25([f"{a} {b} cat", s])}, [f"{a} cat"]),
    "sentence_attention": lambda a, b, _: SentenceAttention(
        lambda _: ([a, b], np.full((1, 1, 2, 2), 0.5)), f"{a} {b}"
    ),
    "question": lambda a, b, s: Question(f"{a} or {b}?", {a: s, b: s}, a),
    "spectral_radius": lambda a, b, _: SpectralRadius(),
    "run_planner": lambda a, b, _: RunPlanner([Accelerator(a, 1.0, 1.0), Accelerator(b, 1.0, 1.0)]),
    "score_gap": lambda a, b, _: ScoreGap(np.array([0.5, 0.7]), np.array([0.4, 0.7])),
    "token_view": lambda a, b, _: TokenView(BPETokenizer([]), a + b),
    "training_panel": lambda a, b, _: trained(a, b),
    "translation_view": lambda a, b, _: TranslationView(lambda _: translated(a, b), a),
    "trellis": lambda a, b, _: Trellis(HALVES[0], HALVES, HALVES, [0, 1], [a, b], [b, a]),
}


def test_every_widget_is_looked_at() -> None:
    assert set(MAKERS) == {path.parent.name for path in WIDGETS.glob("*/widget.py")}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_picture_shows_names_as_they_are_written(
    make: Callable[..., TeachingWidget], names: tuple[str, str, str]
) -> None:
    figure = make(*names).picture()
    figure.savefig(io.BytesIO(), format="png")  # a wrong formula can't be drawn
    for text in figure.findobj(Text):
        powers = text.get_text().startswith("$\\mathdefault{")  # of an axis in factors
        if text.get_visible() and "$" in text.get_text() and not powers:
            assert not text.get_parse_math(), text.get_text()
    plt.close(figure)
