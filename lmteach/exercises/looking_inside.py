"""The checks of notebook 20: the induction score in steps, and mean ablation."""

from collections.abc import Callable

import torch
from torch import Tensor

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "came_before",
    "places_after",
    "score",
    "without_head",
    "rejoined",
    "selectivity",
)

_ROWS = (
    torch.tensor([3, 1, 4, 3, 1, 4, 3]),
    torch.tensor([2, 2, 7, 2, 7]),
    torch.tensor([5, 8, 5, 5, 9, 8]),
)


def _came_before(ids: Tensor) -> Tensor:
    return (ids[:, None] == ids[None, :]).tril(-1)


def _places_after(before: Tensor) -> Tensor:
    after = torch.zeros_like(before)
    after[:, 1:] = before[:, :-1]
    return after.tril(-1)


def _maps(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(count)
    scores = torch.randn(count, count, generator=generator, dtype=torch.float64)
    hidden = ~torch.ones(count, count, dtype=torch.bool).tril()
    return scores.masked_fill(hidden, -torch.inf).softmax(dim=-1)


@exercise
def came_before(answer: Callable[[Tensor], Tensor]) -> None:
    """Check ``came_before(ids)``: True at [t, s] where place s is earlier and has the same token.

    >>> came_before(lambda ids: ids[:, None] == ids)  # doctest: +ELLIPSIS
    came_before: for (...) you gave ..., expected ... Earlier places only...
    """
    expect(
        answer,
        [(row,) for row in _ROWS],
        _came_before,
        slips=[
            (lambda ids: ids[:, None] == ids, "Earlier places only: s < t. Cut off the rest."),
            (
                lambda ids: (ids[:, None] == ids).tril(),
                "A place has its own token, of course: without the diagonal.",
            ),
            (
                lambda ids: (ids[:, None] == ids).triu(1),
                "These are the later places: a row is the place that looks.",
            ),
            (
                lambda ids: (ids[:, None] != ids).tril(-1),
                "True where the tokens differ? Where they are the same.",
            ),
        ],
    )


@exercise
def places_after(answer: Callable[[Tensor], Tensor]) -> None:
    """Check ``places_after(before)``: each True one place to the right, and earlier than t still.

    >>> places_after(lambda before: before)  # doctest: +ELLIPSIS
    places_after: for (...) you gave ..., expected ... Those are the same tokens...
    """

    def shifted(before: Tensor) -> Tensor:
        after = torch.zeros_like(before)
        after[:, 1:] = before[:, :-1]
        return after

    def to_the_left(before: Tensor) -> Tensor:
        after = torch.zeros_like(before)
        after[:, :-1] = before[:, 1:]
        return after

    def down(before: Tensor) -> Tensor:
        after = torch.zeros_like(before)
        after[1:] = before[:-1]
        return after

    expect(
        answer,
        [(_came_before(row),) for row in _ROWS[1:]] + [(_came_before(_ROWS[0]),)],
        _places_after,
        slips=[
            (
                lambda before: before,
                "Those are the same tokens: what came after them is one to the right.",
            ),
            (shifted, "A token that follows itself points at its own place: cut off again, s < t."),
            (to_the_left, "That is what came before them: one to the right, not to the left."),
            (down, "The rows moved: a row is the place that looks, and it stays."),
            (lambda before: before.roll(1, dims=1).tril(), "The diagonal is the place itself."),
        ],
    )


def _score(weights: Tensor, ids: Tensor) -> float:
    after = _places_after(_came_before(ids))
    found = (weights * after).sum(dim=-1)
    return float(found[after.any(dim=-1)].mean())


@exercise
def score(answer: Callable[[Tensor, Tensor], float]) -> None:
    """Check ``score(weights, ids)``: the weight of the places after, mean of the rows with any.

    >>> score(lambda weights, ids: 1.0)  # doctest: +ELLIPSIS
    score: for (...) you gave 1, expected ...
    """

    def total(weights: Tensor, ids: Tensor) -> Tensor:
        return (weights * _places_after(_came_before(ids))).sum()

    expect(
        answer,
        [(_maps(len(row)), row) for row in (_ROWS[2], _ROWS[0], _ROWS[1])],  # each bares one slip
        _score,
        slips=[
            (
                lambda weights, ids: float(
                    total(weights, ids) / _came_before(ids).any(dim=-1).sum()
                ),
                "Count the places that have a mark after step 2: one may have lost its only one.",
            ),
            (
                lambda weights, ids: float(total(weights, ids) / len(ids)),
                "Divided by all places: some have nothing to copy, and do not count.",
            ),
            (
                lambda weights, ids: float(total(weights, ids)),
                "That is the sum: the mean over the places that have something to copy.",
            ),
            (
                lambda weights, ids: float(weights[_places_after(_came_before(ids))].mean()),
                "The mean over pairs: add up the weights of a place first, then the mean.",
            ),
            (
                lambda weights, ids: float(
                    (weights * _places_after(_came_before(ids)))
                    .sum(dim=0)[_places_after(_came_before(ids)).any(dim=0)]
                    .mean()
                ),
                "Added up down the columns: a row is the place that looks.",
            ),
            (
                lambda weights, ids: float(
                    (weights * _came_before(ids)).sum(dim=-1)[_came_before(ids).any(dim=-1)].mean()
                ),
                "That is the weight of the same tokens: of what came after them, step 2.",
            ),
        ],
    )


def _without(found: Tensor, head: int, mean: Tensor) -> Tensor:
    new = found.clone()
    new[:, head] = mean[head]
    return new


@exercise
def without_head(answer: Callable[[Tensor, int, Tensor], Tensor]) -> None:
    """Check ``without_head(found, head, mean)``: a copy in which one head found its mean.

    >>> without_head(lambda found, head, mean: found)  # doctest: +ELLIPSIS
    without_head: for (...) you gave ..., expected ... Nothing was replaced...
    """
    found = torch.arange(24.0).reshape(2, 3, 2, 2)  # (B, H, T, K)
    mean = torch.tensor([[0.5, 1.5], [-1.0, 4.0], [2.0, 0.25]])  # (H, K)

    def zero(found: Tensor, head: int, mean: Tensor) -> Tensor:
        return _without(found, head, torch.zeros_like(mean))

    def of_another_axis(found: Tensor, head: int, mean: Tensor) -> Tensor:
        new = found.clone()
        new[head % 2] = mean[head]
        return new

    def all_heads(found: Tensor, head: int, mean: Tensor) -> Tensor:
        return mean[:, None].expand_as(found).clone()

    def others(found: Tensor, head: int, mean: Tensor) -> Tensor:
        new = all_heads(found, head, mean)
        new[:, head] = found[:, head]
        return new

    def subtracted(found: Tensor, head: int, mean: Tensor) -> Tensor:
        new = found.clone()
        new[:, head] -= mean[head]
        return new

    def added(found: Tensor, head: int, mean: Tensor) -> Tensor:
        new = found.clone()
        new[:, head] += mean[head]
        return new

    def place(found: Tensor, head: int, mean: Tensor) -> Tensor:
        new = found.clone()
        new[:, :, head % 2] = mean[head]
        return new

    def of_this_text(found: Tensor, head: int, mean: Tensor) -> Tensor:
        new = found.clone()
        new[:, head] = found[:, head].mean(dim=(0, 1))
        return new

    expect(
        answer,
        [(found, 1, mean), (found, 2, mean), (found[:1], 0, mean)],
        _without,
        slips=[
            (lambda found, head, mean: found, "Nothing was replaced."),
            (zero, "That is zero ablation: the mean of this head, mean[head]."),
            (of_another_axis, "The first axis is the text of the batch: heads are the second."),
            (all_heads, "All heads are gone: only one."),
            (others, "The others are gone, and the one is left: the other way round."),
            (subtracted, "Replaced, not subtracted."),
            (added, "Replaced, not added."),
            (place, "The third axis is the place in the text: heads are the second."),
            (
                of_this_text,
                "That is its mean over this text: take the one that is given, mean[head].",
            ),
        ],
    )


@exercise
def rejoined(answer: Callable[[Tensor, int, Tensor], Tensor]) -> None:
    """Check ``rejoined(x, head, mean)``: vectors (B, T, D) in which one head has its mean.

    >>> rejoined(lambda x, head, mean: x)  # doctest: +ELLIPSIS
    rejoined: for (...) you gave ..., expected ... Nothing was replaced...
    """
    x = torch.arange(12.0).reshape(1, 2, 6)  # three heads, two numbers each
    mean = torch.tensor([[0.5, 1.5], [-1.0, 4.0], [2.0, 0.25]])

    def put(x: Tensor, places: slice, numbers: Tensor) -> Tensor:
        new = x.clone()
        new[..., places] = numbers
        return new

    def places_for_heads(x: Tensor, head: int, mean: Tensor) -> Tensor:
        return _without(x.unflatten(-1, mean.shape), min(head, x.shape[1] - 1), mean).flatten(-2)

    def one_way(x: Tensor, head: int, mean: Tensor) -> Tensor:
        heads = x.unflatten(-1, mean.shape).transpose(1, 2)
        return _without(heads, head, mean)

    def flattened(x: Tensor, head: int, mean: Tensor) -> Tensor:
        return one_way(x, head, mean).flatten(-2)

    def reshaped(x: Tensor, head: int, mean: Tensor) -> Tensor:
        return one_way(x, head, mean).reshape(x.shape)

    expect(
        answer,
        [(x, 1, mean), (x, 2, mean), (x[:, :1], 0, mean)],
        lambda x, head, mean: put(x, slice(2 * head, 2 * head + 2), mean[head]),
        slips=[
            (lambda x, head, mean: x, "Nothing was replaced."),
            (
                lambda x, head, mean: put(x, slice(2 * head, 2 * head + 2), 0 * mean[head]),
                "That is zero ablation: mean[head].",
            ),
            (
                lambda x, head, mean: put(x, slice(head, head + 6, 3), mean[head]),
                "The heads lie one after the other: width numbers from head * width on.",
            ),
            (
                lambda x, head, mean: put(x, slice(head, head + 2), mean[head]),
                "Begin at head * width, not at head.",
            ),
            (
                places_for_heads,
                "A place of the text was replaced: after unflatten, the axes are (B, T, H, K).",
            ),
            (one_way, "These are heads (B, H, T, K): out_proj gets (B, T, D)."),
            (flattened, "The heads are not back in their axis: transpose again, then flatten."),
            (
                reshaped,
                "The shape is right, and the numbers lie elsewhere: transpose back, then flatten.",
            ),
        ],
    )


@exercise
def selectivity(answer: Callable[[list[float], list[float]], float]) -> None:
    """Check ``selectivity(real, control)``: mean accuracy less that of the control task.

    >>> selectivity(lambda real, control: max(real) - min(control))  # doctest: +ELLIPSIS
    selectivity: for (...) you gave 0.4, expected 0.3. The best seed...
    """
    expect(
        answer,
        [([0.9, 0.8], [0.6, 0.5]), ([0.7, 0.7, 0.1], [0.5, 0.9, 0.4])],
        lambda real, control: sum(real) / len(real) - sum(control) / len(control),
        slips=[
            (lambda real, control: max(real) - min(control), "The best seed? The mean of all."),
            (lambda real, control: sum(real) / len(real), "The control task is not subtracted."),
            (
                lambda real, control: sum(control) / len(control) - sum(real) / len(real),
                "The other way round: real less control.",
            ),
            (
                lambda real, control: sum(real) / sum(control),
                "A difference, not a ratio.",
            ),
        ],
    )
