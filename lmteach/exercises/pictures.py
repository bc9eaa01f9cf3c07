"""The checks of notebook 23: the symmetric contrastive loss in steps, patches, and recall."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lmteach.exercises.feedback import exercise, expect
from lmteach.models.pictures.contrastive import contrastive_loss, similarities

EXERCISES = (
    "unit_length",
    "similarity_table",
    "loss_of_rows",
    "symmetric_loss",
    "cut",
    "found_at",
)


def _drawn(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


_PAIRS = (
    (_drawn(0, 3, 4), 3 * _drawn(1, 3, 4)),
    (_drawn(2, 5, 2), _drawn(3, 5, 2)),
    (_drawn(4, 4, 3), 0.5 * _drawn(5, 4, 3)),
)


def _table(pictures: Tensor, texts: Tensor, temperature: float) -> Tensor:
    return similarities(pictures, texts) / temperature


def _alone(pictures: Tensor, texts: Tensor, temperature: float) -> Tensor:
    return similarities(pictures, texts)


def _loss_of_rows(logits: Tensor) -> Tensor:
    return functional.cross_entropy(logits, torch.arange(len(logits)))


@exercise
def unit_length(answer: Callable[[Tensor], Tensor]) -> None:
    """Check ``unit_length(vectors)``: rows (B, D), each divided by its length.

    >>> unit_length(lambda vectors: vectors)  # doctest: +ELLIPSIS
    unit_length: for (...) you gave ..., expected ... As long as before...
    """
    expect(
        answer,
        [(vectors,) for pair in _PAIRS for vectors in pair],
        lambda vectors: vectors / vectors.norm(dim=1, keepdim=True),
        slips=[
            (lambda vectors: vectors, "As long as before: divide each row by its length."),
            (
                lambda vectors: vectors / vectors.norm(),
                "Divided by the length of the whole table: each row has a length of its own.",
            ),
            (
                lambda vectors: vectors / vectors.norm(dim=0),
                "Those are columns: a vector is a row (dim=1).",
            ),
            (
                lambda vectors: vectors / vectors.square().sum(dim=1, keepdim=True),
                "The root is missing: the length is the root of the sum of squares.",
            ),
            (
                lambda vectors: vectors / vectors.sum(dim=1, keepdim=True),
                "Divided by the sum: the length is the root of the sum of squares.",
            ),
            (
                lambda vectors: vectors.softmax(dim=1),
                "A softmax makes shares of them; asked is the length 1.",
            ),
        ],
    )


@exercise
def similarity_table(answer: Callable[[Tensor, Tensor, float], Tensor]) -> None:
    """Check ``similarity_table(pictures, texts, temperature)``: cosines (B, B) by temperature.

    >>> similarity_table(lambda pictures, texts, temperature: pictures @ texts.T)
    ... # doctest: +ELLIPSIS
    similarity_table: for (...) you gave ..., expected ... Long vectors...
    """
    expect(
        answer,
        [(*pair, temperature) for pair, temperature in zip(_PAIRS, (0.07, 0.5, 2.0), strict=True)],
        _table,
        slips=[
            (
                lambda pictures, texts, temperature: pictures @ texts.T,
                "Long vectors would win: give both to unit_length first. And the temperature?",
            ),
            (
                lambda pictures, texts, temperature: pictures @ texts.T / temperature,
                "Long vectors would win: give both to unit_length first.",
            ),
            (_alone, "The temperature is missing: divide by it."),
            (
                lambda pictures, texts, temperature: similarities(pictures, texts) * temperature,
                "Times the temperature: a low one is to make differences large, so divide.",
            ),
            (
                lambda pictures, texts, temperature: _table(texts, pictures, temperature),
                "Turned over: a row belongs to a picture, a column to a text.",
            ),
            (
                lambda pictures, texts, temperature: _table(pictures, texts, temperature).softmax(
                    1
                ),
                "Those are probabilities already: the softmax comes with the loss.",
            ),
        ],
    )


@exercise
def loss_of_rows(answer: Callable[[Tensor], Tensor]) -> None:
    """Check ``loss_of_rows(logits)``: the mean surprise of each row's own column, in nats.

    >>> loss_of_rows(lambda logits: -logits.diag().mean())  # doctest: +ELLIPSIS
    loss_of_rows: for (...) you gave ..., expected ... Logits are no log probabilities...
    """
    expect(
        answer,
        [(_table(*pair, 0.2),) for pair in _PAIRS],
        _loss_of_rows,
        slips=[
            (
                lambda logits: -logits.diag().mean(),
                "Logits are no log probabilities: subtract the log of each row's sum of powers.",
            ),
            (lambda logits: _loss_of_rows(logits.T), "That is the loss of columns: of each text."),
            (contrastive_loss, "Both directions already? That is step 4: rows alone here."),
            (
                lambda logits: -logits.softmax(dim=1).diag().mean(),
                "The logarithm is missing: the mean of -log p.",
            ),
            (
                lambda logits: -logits.log_softmax(dim=1).mean(),
                "All columns? The right text of a picture stands on the diagonal.",
            ),
            (
                lambda logits: -logits.log_softmax(dim=1).diag().sum(),
                "That is the sum: the mean over the pictures.",
            ),
            (
                lambda logits: logits.log_softmax(dim=1).diag().mean(),
                "The sign: a surprise is positive.",
            ),
        ],
    )


@exercise
def symmetric_loss(answer: Callable[[Tensor, Tensor, float], Tensor]) -> None:
    """Check ``symmetric_loss(pictures, texts, temperature)``: of rows and columns, their mean.

    >>> symmetric_loss(lambda *given: _loss_of_rows(_table(*given)))  # doctest: +ELLIPSIS
    symmetric_loss: for (...) you gave ..., expected ... One direction only...
    """

    def own_targets(pictures: Tensor, texts: Tensor, temperature: float) -> Tensor:
        logits = _table(pictures, texts, temperature)
        targets = (_table(pictures, pictures, 1.0) + _table(texts, texts, 1.0)) / 2 / temperature
        return functional.cross_entropy(logits, targets.softmax(dim=1))

    expect(
        answer,
        [(*pair, temperature) for pair, temperature in zip(_PAIRS, (0.07, 0.5, 2.0), strict=True)],
        lambda *given: contrastive_loss(_table(*given)),
        slips=[
            (
                lambda *given: _loss_of_rows(_table(*given)),
                "One direction only: pictures look for texts. Let texts look for pictures, too.",
            ),
            (
                lambda *given: _loss_of_rows(_table(*given).T),
                "One direction only: texts look for pictures. Let pictures look for texts, too.",
            ),
            (
                lambda *given: 2 * contrastive_loss(_table(*given)),
                "That is their sum: the mean of the two.",
            ),
            (
                lambda pictures, texts, temperature: contrastive_loss(
                    pictures @ texts.T / temperature
                ),
                "The vectors were not brought to length 1: use similarity_table.",
            ),
            (
                lambda pictures, texts, temperature: contrastive_loss(
                    similarities(pictures, texts)
                ),
                "The temperature is missing.",
            ),
            (own_targets, "The targets came from the model's own likenesses: the right one is i."),
        ],
    )


def _cut(picture: np.ndarray, patch: int) -> np.ndarray:
    high, wide, colours = picture.shape
    grid = picture.reshape(high // patch, patch, wide // patch, patch, colours)
    return grid.transpose(0, 2, 1, 3, 4).reshape(-1, patch * patch * colours)


@exercise
def cut(answer: Callable[[np.ndarray, int], np.ndarray]) -> None:
    """Check ``cut(picture, patch)``: (H, W, 3) to rows of patches, from the top left, row by row.

    >>> cut(lambda picture, patch: picture.reshape(-1, patch * patch * 3))  # doctest: +ELLIPSIS
    cut: for (...) you gave ..., expected ... A reshape alone...
    """
    pictures = [
        np.arange(high * wide * 3).reshape(high, wide, 3) for high, wide in ((4, 4), (4, 6), (6, 9))
    ]

    def columns_first(picture: np.ndarray, patch: int) -> np.ndarray:
        return _cut(picture.transpose(1, 0, 2), patch)

    expect(
        answer,
        [(pictures[0], 2), (pictures[1], 2), (pictures[2], 3)],
        _cut,
        slips=[
            (
                lambda picture, patch: picture.reshape(-1, patch * patch * 3),
                "A reshape alone cuts along the lines: a patch takes a piece of several lines.",
            ),
            (columns_first, "The patches go down first: row by row, from the top left."),
            (
                lambda picture, patch: _cut(picture, patch).T,
                "Turned over: a row is a patch.",
            ),
            (
                lambda picture, patch: _cut(picture, patch).reshape(-1, patch, patch, 3),
                "Each patch is still a square: lay it out in one row.",
            ),
        ],
    )


@exercise
def found_at(answer: Callable[[Tensor, int], float]) -> None:
    """Check ``found_at(logits, k)``: the share of rows whose own column is among their k best.

    >>> found_at(lambda logits, k: (logits.argmax(dim=1) == torch.arange(len(logits))).mean())
    ... # doctest: +ELLIPSIS
    found_at: ...
    """
    tables = [_drawn(seed, 6, 6) for seed in (11, 12, 13)]

    def share(logits: Tensor, k: int) -> float:
        own = logits.diag()[:, None]
        return float(((logits >= own).sum(dim=1) <= k).double().mean())

    expect(
        answer,
        [(tables[0], 1), (tables[1], 2), (tables[2], 3)],
        share,
        slips=[
            (
                lambda logits, k: share(logits.T, k),
                "Those are columns: a row looks for its own.",
            ),
            (lambda logits, k: share(-logits, k), "The lowest are not the best."),
            (lambda logits, k: share(logits, 1), "Always the first alone: among the k best."),
            (lambda logits, k: share(logits, k + 1), "One too many: k places, its own included."),
            (lambda logits, k: len(logits) * share(logits, k), "The number of rows: their share."),
        ],
    )
