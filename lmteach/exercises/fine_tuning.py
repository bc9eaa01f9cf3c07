"""The checks of notebook 17: a LoRA layer by hand, targets of an answer, memory, leaked answers."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "starting_weights",
    "detour",
    "adapted",
    "merged",
    "trained_numbers",
    "gradients",
    "answer_targets",
    "bytes_to_train",
    "leaked",
)

Array = np.ndarray[Any, np.dtype[Any]]
Pairs = Sequence[tuple[str, str]]
Sizes = Sequence[tuple[int, int]]

_W = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
_A = np.array([[0.5, -1.0, 2.0]])
_B = np.array([[3.0], [-1.0]])
_TWO_A = np.array([[1.0, 0.0, 2.0], [-1.0, 0.5, 1.0]])
_TWO_B = np.array([[2.0, 1.0], [0.0, -3.0], [1.0, 1.0], [0.5, 4.0]])
_X = np.array([1.0, -2.0, 0.5])
_ROWS = np.array([[1.0, -2.0, 0.5], [3.0, 0.0, 1.0]])


def _starting(drawn: Array, outputs: int) -> tuple[Array, Array]:
    rank, inputs = drawn.shape
    return (2 * drawn - 1) / np.sqrt(inputs), np.zeros((outputs, rank))


@exercise
def starting_weights(answer: Callable[[Array, int], tuple[Array, Array]]) -> None:
    """Check ``starting_weights(drawn, outputs)``: A from −1/√inputs to 1/√inputs, and B all 0.

    >>> starting_weights(lambda drawn, outputs: (drawn, np.zeros((outputs, len(drawn)))))
    ... # doctest: +ELLIPSIS
    starting_weights: for (...) you gave ..., expected ... A is as it was drawn...
    """

    def with_a(scaled: Callable[[Array], Array]) -> Callable[[Array, int], tuple[Array, Array]]:
        return lambda drawn, outputs: (scaled(drawn), np.zeros((outputs, len(drawn))))

    expect(
        answer,
        [(np.array([[0.0, 0.25, 0.5, 1.0], [0.75, 0.1, 0.9, 0.3]]), 3), (np.array([[0.2] * 9]), 2)],
        _starting,
        slips=[
            (with_a(lambda drawn: drawn), "A is as it was drawn: stretch 0 to 1 into both signs."),
            (
                with_a(lambda drawn: 2 * drawn - 1),
                "A goes from −1 to 1: divide by the root of the number of inputs.",
            ),
            (
                with_a(lambda drawn: drawn / np.sqrt(drawn.shape[1])),
                "A has no negative numbers: 0 becomes −1/√inputs, 1 becomes 1/√inputs.",
            ),
            (
                with_a(lambda drawn: (2 * drawn - 1) / np.sqrt(len(drawn))),
                "Divided by the root of the rank: A has as many columns as inputs.",
            ),
            (
                with_a(lambda drawn: (2 * drawn - 1) / drawn.shape[1]),
                "Divided by the number of inputs: by its root.",
            ),
            (
                lambda drawn, outputs: (_starting(drawn, outputs)[0], np.zeros((len(drawn), 1))),
                "B is (outputs, rank).",
            ),
            (
                lambda drawn, outputs: (
                    _starting(drawn, outputs)[0],
                    np.zeros((len(drawn), outputs)),
                ),
                "B lies on its side: it is (outputs, rank).",
            ),
            (
                lambda drawn, outputs: (
                    np.zeros_like(drawn),
                    np.ones((outputs, len(drawn))),
                ),
                "The other way round: A is random and B is 0.",
            ),
            (
                lambda drawn, outputs: (_starting(drawn, outputs)[0], np.ones((outputs, 1))),
                "B starts at 0, so that nothing is added at first.",
            ),
        ],
    )


def _detour(x: Array, A: Array, B: Array, alpha: float) -> Array:
    return np.asarray(alpha / len(A) * (x @ A.T) @ B.T)


@exercise
def detour(answer: Callable[[Array, Array, Array, float], Array]) -> None:
    """Check ``detour(x, A, B, alpha)``: (α / r) B A x, for one x or for rows of them.

    >>> detour(lambda x, A, B, alpha: alpha * x @ A.T @ B.T)  # doctest: +ELLIPSIS
    detour: for (...) you gave ..., expected ... Not divided by the rank...
    """
    expect(
        answer,
        [(_X, _TWO_A, _TWO_B, 8.0), (_ROWS, _TWO_A, _TWO_B, 4.0), (_ROWS, _A, _B, 2.0)],
        _detour,
        slips=[
            (
                lambda x, A, B, alpha: alpha * (x @ A.T) @ B.T,
                "Not divided by the rank: it is the number of rows of A.",
            ),
            (lambda x, A, B, alpha: (x @ A.T) @ B.T, "The scale is missing: α / r."),
            (
                lambda x, A, B, alpha: (x @ A.T) @ B.T / len(A),
                "α is missing: the scale is α / r.",
            ),
            (
                lambda x, A, B, alpha: alpha / A.shape[1] * (x @ A.T) @ B.T,
                "Divided by the number of inputs: the rank is the number of rows of A.",
            ),
            (
                lambda x, A, B, alpha: alpha / len(B) * (x @ A.T) @ B.T,
                "Divided by the number of outputs: the rank is the number of rows of A.",
            ),
            (
                lambda x, A, B, alpha: alpha / np.sqrt(len(A)) * (x @ A.T) @ B.T,
                "Divided by the root of the rank: that is rsLoRA. Here it is the rank itself.",
            ),
            (
                lambda x, A, B, alpha: alpha / len(A) * (x @ A.T),
                "That is A x alone: B makes the outputs of it.",
            ),
        ],
    )


def _adapted(x: Array, W: Array, A: Array, B: Array, alpha: float) -> Array:
    return np.asarray(x @ W.T + _detour(x, A, B, alpha))


@exercise
def adapted(answer: Callable[[Array, Array, Array, Array, float], Array]) -> None:
    """Check ``adapted(x, W, A, B, alpha)``: equation 17.1.

    >>> adapted(lambda x, W, A, B, alpha: x @ W.T)  # doctest: +ELLIPSIS
    adapted: for (...) you gave ..., expected ... That is the map alone...
    """
    expect(
        answer,
        [(_X, _W, _A, _B, 4.0), (_ROWS, _W, np.vstack([_A, -_A]), np.hstack([_B, _B + 1]), 6.0)],
        _adapted,
        slips=[
            (lambda x, W, A, B, alpha: x @ W.T, "That is the map alone: add the detour."),
            (_adapted_by_detour, "That is the detour alone: W x is missing."),
            (
                lambda x, W, A, B, alpha: _detour(x, A, B, alpha) + alpha / len(A) * x @ W.T,
                "W x is scaled, too: α / r is on the detour alone.",
            ),
            (
                lambda x, W, A, B, alpha: x @ W.T + alpha * (x @ A.T) @ B.T,
                "Not divided by the rank.",
            ),
            (
                lambda x, W, A, B, alpha: x @ W.T + (x @ A.T) @ B.T,
                "The scale is missing: α / r, on the detour.",
            ),
            (
                lambda x, W, A, B, alpha: x @ W.T - _detour(x, A, B, alpha),
                "Subtracted: the detour is added.",
            ),
        ],
    )


def _adapted_by_detour(x: Array, W: Array, A: Array, B: Array, alpha: float) -> Array:
    return _detour(x, A, B, alpha)


def _merged(W: Array, A: Array, B: Array, alpha: float) -> Array:
    return np.asarray(W + alpha / len(A) * B @ A)


def _if_square(W: Array, wrong: Callable[[], Array]) -> Array:
    """A slip that runs for square maps alone; for others, what equals no answer."""
    return wrong() if W.shape[0] == W.shape[1] else np.empty(0)


@exercise
def merged(answer: Callable[[Array, Array, Array, float], Array]) -> None:
    """Check ``merged(W, A, B, alpha)``: one weight for map and adapter, equation 17.2.

    >>> merged(lambda W, A, B, alpha: W + B @ A)  # doctest: +ELLIPSIS
    merged: for (...) you gave ..., expected ... The scale is missing...
    """
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    expect(
        answer,
        [(_W, _A, _B, 4.0), (square, square + 1, square - 2, 6.0)],
        _merged,
        slips=[
            (lambda W, A, B, alpha: W + B @ A, "The scale is missing: α / r."),
            (lambda W, A, B, alpha: W + alpha * B @ A, "Not divided by the rank."),
            (
                lambda W, A, B, alpha: W + alpha / A.shape[1] * B @ A,
                "Divided by the number of inputs: the rank is the number of rows of A.",
            ),
            (lambda W, A, B, alpha: alpha / len(A) * B @ A, "That is what is added: W is missing."),
            (
                lambda W, A, B, alpha: W - alpha / len(A) * B @ A,
                "Subtracted: that would take an adapter out again.",
            ),
            (
                lambda W, A, B, alpha: _if_square(W, lambda: W + alpha / len(A) * A @ B),
                "A and B the other way round: x meets A first, so it stands on the right, B A.",
            ),
            (
                lambda W, A, B, alpha: _if_square(W, lambda: W + alpha / len(A) * (B @ A).T),
                "B A lies on its side: as it is, it has the shape of W.",
            ),
        ],
    )


@exercise
def trained_numbers(answer: Callable[[Sizes, int], int]) -> None:
    """Check ``trained_numbers(sizes, rank)``: how many numbers the adapters of maps have.

    >>> trained_numbers(lambda sizes, rank: sum(a * b for a, b in sizes))  # doctest: +ELLIPSIS
    trained_numbers: for (...) you gave ..., expected ... Those of the maps themselves...
    """
    expect(
        answer,
        [([(192, 576), (1536, 576)], 8), ([(4, 3)], 1), ([(5, 5), (7, 2), (5, 5)], 2)],
        lambda sizes, rank: sum(rank * (outputs + inputs) for outputs, inputs in sizes),
        slips=[
            (
                lambda sizes, rank: sum(outputs * inputs for outputs, inputs in sizes),
                "Those of the maps themselves: count A and B of each.",
            ),
            (
                lambda sizes, rank: sum(outputs + inputs for outputs, inputs in sizes),
                "For rank 1: times the rank.",
            ),
            (
                lambda sizes, rank: sum(rank * inputs for _, inputs in sizes),
                "A alone: B has rank · outputs more.",
            ),
            (
                lambda sizes, rank: sum(rank * outputs for outputs, _ in sizes),
                "B alone: A has rank · inputs more.",
            ),
            (
                lambda sizes, rank: sum(rank * outputs * inputs for outputs, inputs in sizes),
                "A is (rank, inputs) and B is (outputs, rank): add the two, don't multiply.",
            ),
            (
                lambda sizes, rank: sum(
                    outputs * inputs + rank * (outputs + inputs) for outputs, inputs in sizes
                ),
                "The maps are frozen: only the adapters count.",
            ),
            (
                lambda sizes, rank: rank * sum(sizes[0]),
                "The first map alone: sum over all.",
            ),
            (
                lambda sizes, rank: rank * sum(sizes[-1]),
                "The last map alone: sum over all.",
            ),
        ],
    )


def _gradients(x: Array, error: Array, A: Array, B: Array, alpha: float) -> tuple[Array, Array]:
    scale = alpha / len(A)
    return scale * np.outer(B.T @ error, x), scale * np.outer(error, A @ x)


@exercise
def gradients(
    answer: Callable[[Array, Array, Array, Array, float], tuple[Array, Array]],
) -> None:
    """Check ``gradients(x, error, A, B, alpha)``: those of A and of B, for one x.

    >>> gradients(lambda x, error, A, B, alpha: (A, B))  # doctest: +ELLIPSIS
    gradients: for (...) you gave ..., expected ...
    """
    error = np.array([2.0, -1.0])
    four = np.array([0.5, 1.0, -2.0, 0.25])
    expect(
        answer,
        [(_X, error, _A, _B, 4.0), (_X, error, _A, 0 * _B, 4.0), (_X, four, _TWO_A, _TWO_B, 8.0)],
        _gradients,
        slips=[
            (
                lambda x, error, A, B, alpha: _gradients(x, error, A, B, alpha * len(A)),
                "Not divided by the rank.",
            ),
            (
                lambda x, error, A, B, alpha: _gradients(x, error, A, B, float(len(A))),
                "The scale is missing: α / r.",
            ),
            (
                lambda x, error, A, B, alpha: (
                    _gradients(x, error, A, B, float(len(A)))[0],
                    _gradients(x, error, A, B, alpha)[1],
                ),
                "A's gradient is without the scale α / r.",
            ),
            (
                lambda x, error, A, B, alpha: (
                    _gradients(x, error, A, B, alpha)[0],
                    _gradients(x, error, A, B, float(len(A)))[1],
                ),
                "B's gradient is without the scale α / r.",
            ),
            (
                lambda x, error, A, B, alpha: (
                    alpha / len(A) * np.outer(error, x),
                    _gradients(x, error, A, B, alpha)[1],
                ),
                "The error comes to A through B: it is turned back by B first.",
            ),
            (
                lambda x, error, A, B, alpha: (
                    _gradients(x, error, A, B, alpha)[0],
                    alpha / len(A) * np.outer(error, x),
                ),
                "B does not read x: it reads A x.",
            ),
            (
                lambda x, error, A, B, alpha: _gradients(x, error, A, B, alpha**2 / len(A)),
                "The scale comes in twice.",
            ),
            (
                lambda x, error, A, B, alpha: _gradients(x, error, A, B, alpha)[::-1],
                "The other way round: A's first, then B's.",
            ),
            (
                lambda x, error, A, B, alpha: tuple(
                    one.T for one in _gradients(x, error, A, B, alpha)
                ),
                "On their sides: a gradient has the shape of its weight.",
            ),
            (
                lambda x, error, A, B, alpha: tuple(
                    -one for one in _gradients(x, error, A, B, alpha)
                ),
                "With the sign of a step: the gradient itself, please.",
            ),
        ],
    )


@exercise
def answer_targets(answer: Callable[[list[int], list[int]], list[int]]) -> None:
    """Check ``answer_targets(prompt, answer)``: -100 in the prompt, then the answer's ids.

    >>> answer_targets(lambda prompt, answer: [-100] * len(prompt) + answer)  # doctest: +ELLIPSIS
    answer_targets: for (...) you gave ..., expected ... One place too many...
    """
    expect(
        answer,
        [([5, 6, 7], [8, 9]), ([5], [4]), ([1, 2, 3, 4], [7, 7, 2])],
        lambda prompt, answer: [-100] * (len(prompt) - 1) + answer,
        slips=[
            (
                lambda prompt, answer: [-100] * len(prompt) + answer,
                "One place too many: the prompt's last token is followed by the answer's first.",
            ),
            (
                lambda prompt, answer: [-100] * len(prompt) + answer[1:],
                "The answer's first token is asked for, too: by the last token of the prompt.",
            ),
            (
                lambda prompt, answer: prompt[1:] + answer,
                "The question is asked for, too: write -100 there.",
            ),
            (
                lambda prompt, answer: [0] * (len(prompt) - 1) + answer,
                "0 is a token, and would be learned: what is ignored is -100.",
            ),
            (
                lambda prompt, answer: [-100] * (len(prompt) - 1) + answer[:-1],
                "The last token is missing: without it the model never learns to stop.",
            ),
            (lambda prompt, answer: answer, "The places of the prompt are missing: -100 there."),
        ],
    )


@exercise
def bytes_to_train(answer: Callable[[int, int], int]) -> None:
    """Check ``bytes_to_train(frozen, trained)``: two bytes a frozen number, sixteen a trained one.

    >>> bytes_to_train(lambda frozen, trained: 2 * frozen + 4 * trained)  # doctest: +ELLIPSIS
    bytes_to_train: for (...) you gave ..., expected ... The trained weights alone...
    """
    expect(
        answer,
        [(1000, 10), (0, 1), (134_515_008, 1_536_000)],
        lambda frozen, trained: 2 * frozen + 16 * trained,
        slips=[
            (
                lambda frozen, trained: 2 * frozen + 4 * trained,
                "The trained weights alone: each has a gradient and Adam's two averages, too.",
            ),
            (
                lambda frozen, trained: 2 * frozen + 8 * trained,
                "Half is missing: weight, gradient and Adam's two averages, of four bytes each.",
            ),
            (
                lambda frozen, trained: 2 * frozen + 12 * trained,
                "One of four is missing: weight, gradient, and Adam's two averages.",
            ),
            (
                lambda frozen, trained: 16 * (frozen + trained),
                "What is frozen has no gradient, and Adam remembers nothing of it.",
            ),
            (
                lambda frozen, trained: 4 * frozen + 16 * trained,
                "The frozen ones are kept in bfloat16: two bytes each.",
            ),
            (lambda frozen, trained: 16 * trained, "The frozen ones lie in memory, too."),
            (
                lambda frozen, trained: 2 * (frozen + trained) + 16 * trained,
                "The trained ones come on top of the frozen ones: they have no bfloat16 copy.",
            ),
        ],
    )


def _leaked(train: Pairs, test: Pairs) -> float:
    known = {question for question, _ in train}
    return sum(question in known for question, _ in test) / len(test)


def _lower(pairs: Pairs) -> Pairs:
    return [(question.lower(), answer) for question, answer in pairs]


def _turned(pairs: Pairs) -> Pairs:
    return [(answer, question) for question, answer in pairs]


@exercise
def leaked(answer: Callable[[Pairs, Pairs], float]) -> None:
    """Check ``leaked(train, test)``: the share of test questions that stand in train.

    >>> leaked(lambda train, test: len(set(train) & set(test)) / len(test))  # doctest: +ELLIPSIS
    leaked: for (...) you gave ..., expected ... The same question with another answer...
    """

    def of_kinds(train: Pairs, test: Pairs) -> float:
        known = {question for question, _ in train}
        return len({question for question, _ in test} & known) / len(test)

    train = [("Hi", "Hello"), ("Bye", "See you"), ("Hi", "Good day"), ("Help", "With what?")]
    train += [("Hi", "Hey")]
    test = [("Hi", "Hello"), ("Hi", "What?"), ("Order", "Which?"), ("Bye", "Bye"), ("hi", "Hello")]
    test += [("Cancel", "See you"), ("Size", "M"), ("Price", "Hey"), ("Refund", "Good day")]
    expect(
        answer,
        [(train, test), (test, train), (train[:1], test[2:3])],
        _leaked,
        slips=[
            (
                lambda train, test: sum(pair in train for pair in test) / len(test),
                "The same question with another answer leaks, too: compare questions.",
            ),
            (
                lambda train, test: len(set(train) & set(test)) / len(test),
                "The same question with another answer leaks, too: compare questions.",
            ),
            (of_kinds, "A question that stands in test twice counts twice."),
            (
                lambda train, test: of_kinds(train, test) * len(test) / len(dict(test)),
                "A question that stands in test twice counts twice.",
            ),
            (
                lambda train, test: _leaked(_lower(train), _lower(test)),
                "Letter for letter: *hi* is not *Hi* here.",
            ),
            (
                lambda train, test: _leaked(_turned(train), _turned(test)),
                "That compares the answers: compare questions.",
            ),
            (
                lambda train, test: 100 * _leaked(train, test),
                "In per cent: a share goes from 0 to 1.",
            ),
            (
                lambda train, test: _leaked(train, test) * len(test),
                "That is how many: which share of test is it?",
            ),
            (
                lambda train, test: _leaked(train, test) * len(test) / len(train),
                "Divided by the size of train: the share is test's.",
            ),
            (lambda train, test: 1 - _leaked(train, test), "That is the share that does not leak."),
            (lambda train, test: _leaked(test, train), "The share of train that stands in test."),
        ],
    )
