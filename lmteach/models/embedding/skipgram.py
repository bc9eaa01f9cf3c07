"""Skip-gram with negative sampling: tell the words that were near from words drawn at random.

Mikolov, Sutskever, Chen, Corrado and Dean 2013, "Distributed Representations of Words and Phrases
and their Compositionality", §2.2. Taught in notebook 05.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor
from tqdm.auto import tqdm

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.models.checks import check_ids, check_kind
from lmteach.models.embedding.word_pairs import (
    WordText,
    check_counts,
    keep_probability,
    skipgram_pairs,
)
from lmteach.typed import check_fields, typed

LEAST_RATE = 1e-4  # where it ends; in word2vec's program this share of the first rate


@dataclass(frozen=True)
class SkipGramConfig:
    """The settings of skip-gram, named as far as possible after what they do.

    ``dim`` numbers a word; words up to ``window`` away; ``negatives`` drawn for each pair;
    ``subsample`` thins frequent words; ``epochs`` passes; ``rate`` the learning rate, which falls
    to nothing in a straight line; ``batch`` pairs a step.

    Raises ``ValueError`` for a setting that is no number above 0, or should be whole and is not.

    >>> SkipGramConfig(dim=20).window
    5
    """

    dim: int = 50
    window: int = 5
    negatives: int = 5
    subsample: float = 1e-4
    epochs: int = 5
    rate: float = 0.1
    batch: int = 1024

    def __post_init__(self) -> None:
        """Refuse what can't be trained with."""
        check_fields(self)
        check_sizes(dim=self.dim, window=self.window, negatives=self.negatives)
        check_sizes(epochs=self.epochs, batch=self.batch)
        check_number("subsample", self.subsample, above=0, at_most=1)
        check_number("rate", self.rate, above=0)


def _check_vectors(centre: Tensor, target: Tensor, counted: Tensor) -> None:
    for name, value in (("centre", centre), ("target", target), ("counted", counted)):
        check_kind(name, value)
    batch, dim = centre.shape if centre.ndim == 2 else (-1, -1)
    fits = target.ndim == 3 and (target.shape[0], target.shape[2]) == (batch, dim)
    if not fits or counted.shape != target.shape[:2]:
        raise ValueError(
            f"centre has shape {tuple(centre.shape)}, target {tuple(target.shape)} and counted "
            f"{tuple(counted.shape)}, expected (B, D), (B, M, D) and (B, M)."
        )


@checked_by(_check_vectors)
@typed
def negative_sampling_loss(
    centre: Float[Tensor, "batch dim"],
    target: Float[Tensor, "batch targets dim"],
    counted: Bool[Tensor, "batch targets"],
) -> Float[Tensor, " batch"]:
    """Return the loss of each pair, in nats (B,): eq. 4 of Mikolov et al. 2013, its sign turned.

    ``target`` holds the word that was near, then the drawn ones: -log σ(u·v) for the first,
    -log σ(-u·v) for the others. Those that are not ``counted`` add nothing.

    Raises ``ValueError`` if the shapes don't fit.

    >>> nothing = torch.zeros(1, 2), torch.zeros(1, 3, 2)
    >>> negative_sampling_loss(*nothing, torch.ones(1, 3, dtype=torch.bool)) / torch.tensor(2).log()
    tensor([3.])
    """
    scores = (target @ centre[:, :, None])[:, :, 0]  # (B, M)
    scores = torch.cat([scores[:, :1], -scores[:, 1:]], dim=1)
    return -(F.logsigmoid(scores) * counted).sum(dim=1)


@checked_by(_check_vectors)
@typed
def negative_sampling_gradients(
    centre: Float[Tensor, "batch dim"],
    target: Float[Tensor, "batch targets dim"],
    counted: Bool[Tensor, "batch targets"],
) -> tuple[Float[Tensor, "batch dim"], Float[Tensor, "batch targets dim"]]:
    """Return the gradients of ``negative_sampling_loss``, by hand: of the centres and the targets.

    The error of a target is σ(u·v), less 1 for the word that was near. The gradient of v is the
    sum of error · u, that of u is error · v.

    Raises ``ValueError`` if the shapes don't fit.

    >>> v, u = torch.tensor([[2.0]]), torch.tensor([[[0.0], [0.0]]])
    >>> negative_sampling_gradients(v, u, torch.ones(1, 2, dtype=torch.bool))[1]
    tensor([[[-1.],
             [ 1.]]])
    """
    error = torch.sigmoid((target * centre[:, None]).sum(dim=2))  # (B, M)
    error[:, 0] -= 1
    error = error * counted
    return (error[:, :, None] * target).sum(dim=1), error[:, :, None] * centre[:, None]


def _check_step(
    inputs: Tensor, outputs: Tensor, centres: Tensor, targets: Tensor, rate: float
) -> None:
    named = {"inputs": inputs, "outputs": outputs, "centres": centres, "targets": targets}
    for name, value in named.items():
        check_kind(name, value)
    if inputs.ndim != 2 or inputs.shape != outputs.shape:
        raise ValueError(
            f"inputs has shape {tuple(inputs.shape)} and outputs {tuple(outputs.shape)}, expected "
            "two tables of one shape (V, D)."
        )
    if centres.ndim != 1 or targets.ndim != 2 or len(centres) != len(targets):
        raise ValueError(
            f"centres has shape {tuple(centres.shape)} and targets {tuple(targets.shape)}, "
            "expected (B,) and (B, M)."
        )
    check_ids("centres", centres, len(inputs), centres.shape)
    check_ids("targets", targets, len(inputs), targets.shape)
    check_number("rate", rate, above=0)


@checked_by(_check_step)
@typed
def skipgram_step(
    inputs: Float[Tensor, "vocab dim"],
    outputs: Float[Tensor, "vocab dim"],
    centres: Int[Tensor, " batch"],
    targets: Int[Tensor, "batch targets"],
    counted: Bool[Tensor, "batch targets"],
    rate: float,
) -> None:
    """Move both tables downhill, in place, by the sum of what every pair asks for.

    Only the rows of words that take part are touched. A word that is there twice moves twice.

    Raises ``ValueError`` if the shapes don't fit, for ids outside the vocabulary, and for a rate
    that is not above 0.

    >>> inputs, outputs = torch.ones(3, 1), torch.zeros(3, 1)
    >>> pair = torch.tensor([0]), torch.tensor([[1, 2]])
    >>> skipgram_step(inputs, outputs, *pair, torch.ones(1, 2, dtype=torch.bool), rate=1.0)
    >>> outputs[:, 0]
    tensor([ 0.0000,  0.5000, -0.5000])
    """
    centre, target = F.embedding(centres, inputs), F.embedding(targets, outputs)
    of_centre, of_target = negative_sampling_gradients(centre, target, counted)
    inputs.index_add_(0, centres, -rate * of_centre)
    outputs.index_add_(0, targets.flatten(), -rate * of_target.flatten(0, 1))


@typed
@checked_by(check_counts)
def negative_probability(counts: Int[Tensor, " vocab"]) -> Float[Tensor, " vocab"]:
    """Return with which chance each word is drawn as a negative (V,): by count^(3/4).

    The power lifts rare words a little (Mikolov et al. 2013, §2.2).

    >>> negative_probability(torch.tensor([16, 1]))
    tensor([0.8889, 0.1111])
    """
    return counts**0.75 / (counts**0.75).sum()


def _check_drawing(contexts: Tensor, weights: Tensor, negatives: int) -> None:
    check_sizes(negatives=negatives)
    if contexts.ndim != 1:
        raise ValueError(f"contexts has shape {tuple(contexts.shape)}, expected one row (B,).")
    fits = weights.ndim == 1 and bool((weights >= 0).all())
    if not fits or not 0 < float(weights.sum()) < math.inf:
        raise ValueError(
            "weights must be one row (V,) of finite numbers from 0 up, not all of them 0."
        )
    check_ids("contexts", contexts, len(weights), contexts.shape)


@typed
@checked_by(_check_drawing)
def draw_targets(
    contexts: Int[Tensor, " batch"],
    weights: Float[Tensor, " vocab"],
    negatives: int,
    generator: torch.Generator,
) -> tuple[Int[Tensor, "batch targets"], Bool[Tensor, "batch targets"]]:
    """Return each context with the words drawn beside it (B, M), and which of them count.

    M is ``negatives`` + 1.

    Words are drawn in proportion to ``weights`` (V,). One that happens to be the very context is
    not counted, or the loss would pull both ways.

    Raises ``ValueError`` for fewer than one negative, weights that are negative, not finite or all
    0, or ids outside the vocabulary.

    >>> generator = torch.Generator().manual_seed(0)
    >>> draw_targets(torch.tensor([2]), torch.tensor([0.0, 0.0, 1.0]), 2, generator)
    (tensor([[2, 2, 2]]), tensor([[ True, False, False]]))
    """
    edges = weights.double().cumsum(0)
    drawn = torch.rand(
        len(contexts), negatives, generator=generator, device=contexts.device, dtype=torch.float64
    )
    noise = torch.searchsorted(edges, drawn * edges[-1], right=True).clamp(max=len(weights) - 1)
    targets = torch.cat([contexts[:, None], noise], dim=1)
    counted = targets != contexts[:, None]
    counted[:, 0] = True
    return targets, counted


@typed
def train_skipgram(
    text: WordText, config: SkipGramConfig, generator: torch.Generator, progress: bool = False
) -> Float[Tensor, "vocab dim"]:
    """Train on a text and return the vectors of its words (V, D).

    The start is word2vec's: small random inputs, outputs of zero. Negatives are drawn by
    count^0.75. The learning rate falls in a straight line over the whole run.

    >>> from lmteach.models.embedding.word_pairs import word_text
    >>> text = word_text([["sun", "sky"], ["sea", "fish"]] * 30)
    >>> config = SkipGramConfig(dim=4, subsample=1.0, batch=8)
    >>> vectors = train_skipgram(text, config, torch.Generator().manual_seed(0))
    >>> vectors.shape
    torch.Size([4, 4])
    """
    shape, device = (len(text.words), config.dim), text.ids.device
    start = torch.rand(shape, generator=generator, device=device)
    inputs, outputs = (start - 0.5) / config.dim, torch.zeros(shape, device=device)
    keep = keep_probability(text.counts, config.subsample)
    weights = negative_probability(text.counts)
    for epoch in tqdm(range(config.epochs), disable=not progress, leave=False):
        kept = torch.rand(text.ids.shape, generator=generator, device=device) < keep[text.ids]
        pairs = skipgram_pairs(text.ids[kept], text.sentences[kept], config.window, generator)
        batches = pairs.split(config.batch, dim=1)
        for place, (centres, contexts) in enumerate(batches):
            left = 1 - (epoch + place / len(batches)) / config.epochs
            targets, counted = draw_targets(contexts, weights, config.negatives, generator)
            rate = max(config.rate * left, LEAST_RATE)
            skipgram_step(inputs, outputs, centres, targets, counted, rate)
    return inputs
