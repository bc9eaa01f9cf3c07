"""The checks of notebook 01: a network of one layer built in four steps; two more exercises."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike

from lmteach.exercises.attempt import Wrong
from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "predict",
    "mean_surprise",
    "step_down",
    "fit_network",
    "likeliest_next",
    "count_trigrams",
)

# A small model over the symbols "\n", "a", "b": a row for each letter before.
_TABLE = np.array([[0.0, 0.25, 0.75], [0.5, 0.125, 0.375], [0.2, 0.7, 0.1]])
_WEIGHTS = torch.tensor([[0.3, -1.0, 0.8], [1.5, 0.1, -0.6], [-0.4, 0.9, 0.2]], dtype=torch.float64)


def _softmax(logits: torch.Tensor) -> torch.Tensor:
    powers = logits.exp()
    return powers / powers.sum(dim=-1, keepdim=True)


@exercise
def likeliest_next(answer: Callable[[np.ndarray, int], int]) -> None:
    """Check ``likeliest_next(probabilities, token)``: the id that most probably follows.

    >>> likeliest_next(lambda probabilities, token: probabilities[:, token].argmax())
    ... # doctest: +ELLIPSIS
    likeliest_next: ...That is a column: what comes before. A row says what follows.
    """
    expect(
        answer,
        [(_TABLE, 2), (_TABLE, 1), (_TABLE, 0)],
        lambda probabilities, token: int(probabilities[token].argmax()),
        slips=[
            (
                lambda probabilities, token: probabilities[:, token].argmax(),
                "That is a column: what comes before. A row says what follows.",
            ),
            (
                lambda probabilities, token: probabilities[token].max(),
                "That is the probability; asked is whose it is (argmax).",
            ),
            (lambda probabilities, token: probabilities.argmax(), "Look only at the token's row."),
        ],
    )


@exercise
def predict(answer: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
    """Check ``predict(W, before)``: the softmax of the rows that were asked for, (T, V).

    >>> predict(lambda W, before: W[before])  # doctest: +ELLIPSIS
    predict: for ... Those are the logits: the softmax is missing.
    """

    def powers(W: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        return W[before].exp()

    expect(
        answer,
        [(_WEIGHTS, torch.tensor([1, 1, 0, 2])), (_WEIGHTS, torch.tensor([2]))],
        lambda W, before: _softmax(W[before]),
        slips=[
            (lambda W, before: W[before], "Those are the logits: the softmax is missing."),
            (powers, "Divide by the sum of the row, or it does not sum to 1."),
            (
                lambda W, before: powers(W, before) / powers(W, before).sum(),
                "Divided by the sum of everything: each row has a sum of its own (dim=1, keepdim).",
            ),
            (
                lambda W, before: powers(W, before) / powers(W, before).sum(dim=0),
                "Each column sums to 1; a letter's probabilities stand in a row (dim=1).",
            ),
            (
                lambda W, before: _softmax(W.T[before]),
                "Those are columns of W. What was before picks a row.",
            ),
            (
                lambda W, before: _softmax(W[:, before]),
                "`W[:, before]` takes columns of W. What was before picks a row: `W[before]`.",
            ),
            (
                lambda W, before: _softmax(W),
                "All rows of W: asked are those of `before`, in order.",
            ),
            (
                lambda W, before: W[before] / W[before].sum(dim=1, keepdim=True),
                "Weights may be negative: e to their power comes first.",
            ),
        ],
    )


@exercise
def mean_surprise(answer: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
    """Check ``mean_surprise(probabilities, after)``: the mean of -log of what came got.

    >>> mean_surprise(lambda probabilities, after: 0.0)  # doctest: +ELLIPSIS
    mean_surprise: for ... you gave 0, expected 0.9677...
    """

    def given(probabilities: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        return probabilities[torch.arange(len(after)), after]

    expect(
        answer,
        [
            (_softmax(_WEIGHTS[[1, 0, 2, 1]]), torch.tensor([0, 2, 2, 1])),
            (_softmax(_WEIGHTS[[2, 2]]), torch.tensor([1, 0])),
        ],
        lambda probabilities, after: -given(probabilities, after).log().mean(),
        slips=[
            (
                lambda probabilities, after: -given(probabilities, after).log().sum(),
                "The sum: divide by the number of pairs, or take the mean.",
            ),
            (
                lambda probabilities, after: given(probabilities, after).log().mean(),
                "The sign: the loss is minus the mean of log p.",
            ),
            (
                lambda probabilities, after: -given(probabilities, after).mean().log(),
                "The logarithm of a mean. Probabilities multiply, so average their logarithms.",
            ),
            (
                lambda probabilities, after: -given(probabilities, after).log2().mean(),
                "Those are bits. Nats take the natural logarithm.",
            ),
            (
                lambda probabilities, after: -probabilities[:, after].log().mean(),
                "`probabilities[:, after]` takes each column in every row: (T, T). Row 0 is asked "
                "for after[0] only, row 1 for after[1].",
            ),
            (
                lambda probabilities, after: -probabilities.log().mean(),
                "Only what came counts, not the whole row.",
            ),
            (
                lambda probabilities, after: -given(_softmax(probabilities), after).log().mean(),
                "`F.cross_entropy` takes logits and makes a softmax of them. These are "
                "probabilities already.",
            ),
        ],
    )


def _slope(W: torch.Tensor, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """The gradient of the mean loss by its formula: what was said, minus what happened."""
    slope = torch.zeros_like(W)
    for a, b in zip(before.tolist(), after.tolist(), strict=True):
        slope[a] += _softmax(W[a])
        slope[a, b] -= 1
    return slope / len(before)


def _told_of_grad(answer: Callable[..., Any]) -> Callable[..., Any]:
    """The answer as it is, but for an error that is hard to read where ``.grad`` is None."""

    def told(*given: Any) -> Any:
        try:
            return answer(*given)
        except Wrong as wrong:
            if "unsupported operand" in str(wrong) and "NoneType" in str(wrong):
                raise Wrong(
                    f"{wrong}. `.grad` is None until `.backward()` was called, and it stays so "
                    "for weights that remember how they were made: does `step_down` return its "
                    "own with `.detach()`?"
                ) from wrong
            raise

    return told


@exercise
def step_down(
    answer: Callable[[torch.Tensor, torch.Tensor, torch.Tensor, float], torch.Tensor],
) -> None:
    """Check ``step_down(W, before, after, rate)``: the weights after one step downhill.

    >>> step_down(lambda W, before, after, rate: W)  # doctest: +ELLIPSIS
    step_down: for ... W did not move...
    """
    pairs = (torch.tensor([1, 0, 1, 2, 1]), torch.tensor([0, 2, 0, 1, 1]))

    def over_there(
        W: torch.Tensor, before: torch.Tensor, after: torch.Tensor, rate: float
    ) -> torch.Tensor:
        return W - rate * _slope(W, before, after)

    def softmax_twice(
        W: torch.Tensor, before: torch.Tensor, after: torch.Tensor, rate: float
    ) -> torch.Tensor:
        watched = W.clone().requires_grad_()
        (slope,) = torch.autograd.grad(F.cross_entropy(_softmax(watched[before]), after), watched)
        return W - rate * slope

    expect(
        _told_of_grad(answer),
        [(_WEIGHTS, *pairs, 0.5), (torch.zeros(3, 3, dtype=torch.float64), *pairs, 2.0)],
        over_there,
        slips=[
            (
                lambda W, before, after, rate: W,
                "W did not move: return the new weights, W minus rate times the gradient.",
            ),
            (
                lambda W, before, after, rate: W + rate * _slope(W, before, after),
                "Uphill: the gradient points to where the loss grows, so subtract it.",
            ),
            (
                lambda W, before, after, rate: W - _slope(W, before, after),
                "The rate is missing.",
            ),
            (
                lambda W, before, after, rate: _slope(W, before, after),
                "That is the gradient; asked are the weights after the step.",
            ),
            (
                lambda W, before, after, rate: W - rate * len(before) * _slope(W, before, after),
                "That is the gradient of the sum; the loss is the mean over the pairs.",
            ),
            (
                lambda W, before, after, rate: over_there(W, after, before, rate),
                "`before` picks the rows, `after` is what should have been said.",
            ),
            (
                lambda W, before, after, rate: W - rate * W,
                "`rate * W`: subtract the gradient, W.grad, not W itself.",
            ),
            (
                softmax_twice,
                "The softmax is taken twice: `F.cross_entropy` wants logits, `W[before]`.",
            ),
        ],
    )


def _single(losses: Any) -> Any:
    """Losses in single precision, as PyTorch's zeros are; what is something else as it is."""
    numbers = [type(loss) is float for loss in (losses if type(losses) is list else [losses])]
    return np.array(losses, dtype=np.float32) if all(numbers) else losses


@exercise
def fit_network(
    answer: Callable[[torch.Tensor, torch.Tensor, int, float, int], Sequence[float]],
) -> None:
    """Check ``fit_network(before, after, vocab_size, rate, steps)``: the loss before each step.

    >>> fit_network(lambda before, after, vocab_size, rate, steps: [0.0] * steps)
    ... # doctest: +ELLIPSIS
    fit_network: for ... expected [1.3863 1.087 0.9104 0.7982]...
    """

    def walk(
        before: torch.Tensor,
        after: torch.Tensor,
        vocab_size: int,
        rate: float,
        steps: int,
        *,
        keeping: float = 0.0,
    ) -> np.ndarray:
        W = torch.zeros(vocab_size, vocab_size, dtype=torch.float64)
        losses, slope = [], torch.zeros_like(W)
        for _ in range(steps + 1):
            chances = _softmax(W[before])[torch.arange(len(after)), after]
            losses.append(float(-chances.log().mean()))
            slope = keeping * slope + _slope(W, before, after)
            W = W - rate * slope
        return np.array(losses, dtype=np.float32)  # as PyTorch's zeros

    def right(*given: Any) -> np.ndarray:
        return np.asarray(walk(*given)[:-1])

    expect(
        lambda *given: _single(_told_of_grad(answer)(*given)),
        [
            (torch.tensor([0, 1, 0, 3, 0]), torch.tensor([1, 0, 3, 0, 1]), 4, 2.0, 4),
            (torch.tensor([1, 0, 1]), torch.tensor([0, 0, 1]), 2, 0.5, 3),
        ],
        right,
        slips=[
            (
                lambda *given: walk(*given)[1:],
                "Those are the losses after each step: note the loss first, then walk. The first "
                "one is that of the blind die.",
            ),
            (
                lambda *given: walk(*given, keeping=1.0)[:-1],
                "From the second step on it walks too far: `.grad` still holds the gradients of "
                "earlier steps. Empty it each time, or begin each step with a fresh copy.",
            ),
            (
                lambda before, after, vocab_size, rate, steps: walk(
                    before, after, vocab_size, 0.0, steps
                )[:-1],
                "The loss never changes: does the loop keep the new weights (`W = step_down(…)`)?",
            ),
            (lambda *given: walk(*given), "One loss a step, so `steps` of them."),
            (
                lambda *given: walk(*given)[-2],
                "That is the last loss: return the list of all.",
            ),
            (
                lambda before, after, vocab_size, rate, steps: walk(
                    before, after, vocab_size, -rate, steps
                )[:-1],
                "The loss rises: the gradient must be subtracted.",
            ),
        ],
    )


@exercise
def count_trigrams(answer: Callable[[Sequence[int], int], ArrayLike]) -> None:
    """Check ``count_trigrams(tokens, vocab_size)``: entry [a, b, c] counts a, b, c in a row."""

    def counted(tokens: Sequence[int], vocab_size: int) -> np.ndarray:
        counts = np.zeros((vocab_size,) * 3, dtype=int)
        for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False):
            counts[a, b, c] += 1
        return counts

    def once(tokens: Sequence[int], vocab_size: int) -> np.ndarray:
        return np.minimum(counted(tokens, vocab_size), 1)

    def reversed_axes(tokens: Sequence[int], vocab_size: int) -> np.ndarray:
        return counted(tokens, vocab_size).transpose(2, 1, 0)

    def in_steps_of_three(tokens: Sequence[int], vocab_size: int) -> np.ndarray:
        counts = np.zeros((vocab_size,) * 3, dtype=int)
        for start in range(0, len(tokens) - 2, 3):
            counts[tuple(tokens[start : start + 3])] += 1
        return counts

    expect(
        answer,
        [([0, 1, 1, 0, 1, 1], 2), ([2, 0, 1, 2, 0, 1, 0], 3), ([0, 1, 1, 0], 4)],
        counted,
        slips=[
            (
                once,
                "Each trigram is counted at most once. `counts[a, b, c] += 1` with arrays "
                "forgets repeats: loop, or use np.add.at.",
            ),
            (reversed_axes, "The axes are the wrong way round: the oldest token comes first."),
            (
                lambda tokens, vocab_size: counted(tokens, max(tokens) + 1),
                "A symbol that does not come here has its place all the same: (V, V, V).",
            ),
            (in_steps_of_three, "The window moves on by one token, not by three."),
        ],
    )
