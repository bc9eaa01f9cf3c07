"""Blanks: one token of a text is hidden, and models say what may stand there. Notebook 15."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmteach.checks import check_sizes, checked_by
from lmteach.models.bert.model import BertForMaskedLM
from lmteach.models.checks import check_ids
from lmteach.models.evaluating import in_evaluation
from lmteach.models.gpt.model import GPT
from lmteach.models.ngram.both_sides import between
from lmteach.models.ngram.model import NGramModel
from lmteach.text.tokenizers.special_tokens import SpecialTokens
from lmteach.typed import typed

TOGETHER = 50  # windows that are read at once


class Blanks(NamedTuple):
    """Windows of a text (N, W), and in each the place that is asked for (N,).

    >>> Blanks(torch.tensor([[5, 6, 7]]), torch.tensor([1])).answers
    tensor([6])
    """

    windows: Int[Tensor, "batch window"]
    places: Int[Tensor, " batch"]

    @property
    def answers(self) -> Int[Tensor, " batch"]:
        """The tokens (N,) that stand there."""
        return self.windows[torch.arange(len(self.places)), self.places]


def _check_draw(ids: Tensor, count: int, window: int) -> None:
    check_ids("ids", ids, shape=(None,), letters="(T,)")
    check_sizes(count=count, window=window)
    if len(ids) < window:
        raise ValueError(f"ids holds {len(ids)} tokens, expected at least {window}, one window.")


@typed
@checked_by(_check_draw)
def draw_blanks(
    ids: Int[Tensor, " time"], count: int, window: int, generator: torch.Generator
) -> Blanks:
    """Return ``count`` blanks: the text is cut into windows, and any place of any is as likely.

    Raises ``ValueError`` for a text shorter than a window.

    >>> draw_blanks(torch.arange(10), 2, 5, torch.Generator().manual_seed(0)).windows.shape
    torch.Size([2, 5])
    """
    cut = ids.unfold(0, window, window)  # (windows, W)
    drawn = torch.randint(len(cut), (count,), generator=generator)
    return Blanks(cut[drawn], torch.randint(window, (count,), generator=generator))


def _check_bert(model: BertForMaskedLM, blanks: Blanks) -> None:
    _check_blanks(blanks, SpecialTokens(model.config.vocab_size - 4).plain)


def _check_gpt(model: GPT, blanks: Blanks) -> None:
    _check_blanks(blanks, model.config.vocab_size)


def _check_blanks(blanks: Blanks, vocab_size: int) -> None:
    check_ids("windows", blanks.windows, vocab_size)
    check_ids("places", blanks.places, blanks.windows.shape[1], (len(blanks.windows),), "(N,)")


@typed
@checked_by(_check_bert)
@torch.no_grad()
def fill_with_bert(model: BertForMaskedLM, blanks: Blanks) -> Float[Tensor, "batch vocab"]:
    """Return log p (N, V) of every token at each blank, in nats, given both sides.

    The window stands between [CLS] and [SEP], the place alone is [MASK]; those are the highest ids
    of the vocabulary, as ``SpecialTokens`` has them.

    >>> from lmteach.models.bert.config import BertConfig
    >>> model = BertForMaskedLM(BertConfig(vocab_size=9, context=8, dim=16, heads=2, layers=1))
    >>> fill_with_bert(model, Blanks(torch.tensor([[1, 4, 2]]), torch.tensor([1]))).shape
    torch.Size([1, 9])
    """
    special = SpecialTokens(model.config.vocab_size - 4)
    found = []
    with in_evaluation(model):
        for windows, places in _some(blanks):
            ids, each = special.framed(windows), torch.arange(len(windows))
            ids[each, places + 1] = special.mask
            vectors = model.bert(ids)[each, places + 1]
            found.append(model.scores(vectors).log_softmax(dim=-1))
    return torch.cat(found)


@typed
@checked_by(_check_gpt)
@torch.no_grad()
def fill_with_gpt(model: GPT, blanks: Blanks) -> Float[Tensor, "batch vocab"]:
    """Return log p (N, V) of every token at each blank, in nats, given the left side alone.

    At the first place of a window nothing stands on the left, and all tokens are alike.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> fill_with_gpt(model, Blanks(torch.tensor([[1, 4, 2]]), torch.tensor([0])))[0, 0].exp()
    tensor(0.2000)
    """
    found = []
    with in_evaluation(model):
        for windows, places in _some(blanks):
            logits = model(windows)[torch.arange(len(windows)), (places - 1).clamp(min=0)]
            logits = logits.masked_fill((places == 0)[:, None], 0.0)
            found.append(logits.log_softmax(dim=-1))
    return torch.cat(found)


def _check_counts(model: NGramModel, blanks: Blanks) -> None:
    _check_blanks(blanks, len(model.probabilities()))


@typed
@checked_by(_check_counts)
def fill_with_counts(
    model: NGramModel, blanks: Blanks, both: bool = True
) -> Float[Tensor, "batch vocab"]:
    """Return log p (N, V) of every token at each blank, in nats, given both sides or the left.

    >>> model = NGramModel(order=2, smoothing="kneser_ney").fit([0, 1, 2, 0, 2, 2, 0])
    >>> fill_with_counts(model, Blanks(torch.tensor([[0, 2, 0]]), torch.tensor([1]))).argmax()
    tensor(2)
    """
    rows = []
    for window, place in zip(blanks.windows.numpy(), blanks.places.tolist(), strict=True):
        left, right = window[:place], window[place + 1 :]
        rows.append(between(model, left, right) if both else model.probabilities(left))
    return torch.from_numpy(np.array(rows)).log()


def _some(blanks: Blanks) -> list[tuple[Tensor, Tensor]]:
    windows, places = blanks.windows.split(TOGETHER), blanks.places.split(TOGETHER)
    return list(zip(windows, places, strict=True))


def _check_said(said: Tensor, blanks: Blanks) -> None:
    _check_blanks(blanks, said.shape[1])
    if len(said) != len(blanks.places):
        raise ValueError(f"said has {len(said)} rows, expected {len(blanks.places)}, one a blank.")


@typed
@checked_by(_check_said)
def bits_per_blank(said: Float[Tensor, "batch vocab"], blanks: Blanks) -> float:
    """Return the mean of −log₂ p of the tokens that stand there, given log p (N, V) of all.

    >>> said = torch.full((1, 8), 1 / 8).log()
    >>> round(bits_per_blank(said, Blanks(torch.tensor([[5, 6, 7]]), torch.tensor([1]))), 4)
    3.0
    """
    chances = said.gather(1, blanks.answers[:, None])
    return float(-chances.mean() / torch.tensor(2.0).log())
