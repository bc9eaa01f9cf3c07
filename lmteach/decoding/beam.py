"""Beam search: keep the few best beginnings at each step. Taught in notebooks 08 and 14."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from lmteach.checks import check_tokens, checked_by
from lmteach.decoding.cache import KeyValueCache
from lmteach.decoding.sampling import check_batch, check_continued, next_logits
from lmteach.models.checks import check_logits
from lmteach.models.evaluating import in_evaluation
from lmteach.models.gpt.model import GPT
from lmteach.typed import typed

# Tensors whose first axis counts rows, in tuples, lists and dictionaries as deep as you like.
State = Any
Step = Callable[[Int[Tensor, " _"], State], tuple[Float[Tensor, "_ vocab"], State]]


@dataclass(frozen=True)
class Hypothesis:
    """An answer: its tokens without the end mark, and its log probability in nats.

    ``ended`` is False where the answer was cut at the greatest length; otherwise the probability
    of the end mark is in it.
    """

    tokens: tuple[int, ...]
    log_probability: float
    ended: bool


def _tensors(state: State) -> Iterator[Tensor]:
    """All tensors in a state."""
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, dict | tuple | list):
        for part in state.values() if isinstance(state, dict) else state:
            yield from _tensors(part)


def _check_rows(state: State, rows: Tensor) -> None:
    fewest = min((len(part) for part in _tensors(state) if part.ndim), default=None)
    check_tokens(rows, fewest, name="rows")


@typed
@checked_by(_check_rows)
def select_rows(state: State, rows: Int[Tensor, " _"]) -> State:
    """Return the named rows of every tensor in a state; what is no tensor stays.

    >>> select_rows({"seen": (torch.tensor([5, 6, 7]), None)}, torch.tensor([2, 0]))
    {'seen': (tensor([7, 5]), None)}
    """
    return _selected(state, rows)


def _selected(state: State, rows: Tensor) -> State:
    if isinstance(state, Tensor):
        return state[rows]
    if isinstance(state, dict):
        return {name: _selected(part, rows) for name, part in state.items()}
    if isinstance(state, tuple | list):
        parts = [_selected(part, rows) for part in state]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)
    return state


def _check_start(start: object) -> None:
    if isinstance(start, Tensor) and (
        start.ndim != 1 or len(start) == 0 or start.is_floating_point()
    ):
        raise ValueError(
            f"start has shape {tuple(start.shape)} and type {start.dtype}, expected a row of ids: "
            "the first token of each sequence of the batch, at least one."
        )


def _check(state: State, start: Tensor, width: int, max_length: int) -> None:
    for name, number in (("width", width), ("max_length", max_length)):
        if not number >= 1:
            raise ValueError(f"{name} is {number}, expected at least 1.")
    for part in _tensors(state):
        if part.ndim == 0 or len(part) != len(start):
            raise ValueError(
                f"a tensor in the state has shape {tuple(part.shape)}, expected {len(start)} rows: "
                "one for each sequence of the batch, as start has them."
            )


def _checked_step(
    step: Step, tokens: Tensor, state: State, end: int, number: int
) -> tuple[Tensor, State]:
    answer = step(tokens, state)
    if not isinstance(answer, tuple) or len(answer) != 2 or not isinstance(answer[0], Tensor):
        raise ValueError(
            f"step returned {answer!r:.60}, expected a tuple: a tensor of log probabilities with a "
            "row for each token, and the new state."
        )
    scores, state = answer
    if scores.ndim != 2 or len(scores) != len(tokens) or not 0 <= end < scores.shape[1]:
        raise ValueError(
            f"step returned scores of shape {tuple(scores.shape)} for {len(tokens)} rows and the "
            f"end {end}, expected a row of log probabilities for each, with a place for the end."
        )
    check_logits(scores, number)
    if not bool((scores.logsumexp(dim=-1) <= 1e-3).all()):
        raise ValueError(
            "step returned scores whose probabilities sum to more than 1, expected log "
            "probabilities: take .log_softmax(-1) of logits."
        )
    return scores, state


@torch.no_grad()
@checked_by(_check_start)
@typed
@checked_by(_check)
def beam_search(
    step: Step,
    state: State,
    start: Int[Tensor, " batch"],
    end: int,
    width: int,
    max_length: int,
) -> list[list[Hypothesis]]:
    """Return, for each sequence of the batch, up to ``width`` answers, the likeliest first.

    ``step(tokens, state)`` takes the last token of each row and what is known about the row, and
    returns log probabilities (rows, V) of the next token and the new state. All tensors in a
    state have a first axis of rows; at first there is one row for each of the B sequences, and
    ``start`` (B,) is their first token. An answer ends with the token ``end``, or after
    ``max_length`` tokens. With ``width`` 1 the search is greedy; with V^max_length nothing is
    ever dropped, and the first answer is the likeliest that there is.

    Raises ``ValueError`` if an argument is impossible, or ``step`` returns no log probabilities.

    >>> def coin(tokens, state):  # after each throw: 0.6 to end, else heads or tails
    ...     return torch.tensor([[0.6, 0.3, 0.1]]).log().expand(len(tokens), 3), state
    >>> [answers] = beam_search(coin, (), torch.tensor([0]), end=0, width=3, max_length=2)
    >>> [(answer.tokens, round(answer.log_probability, 2)) for answer in answers]
    [((), -0.51), ((1,), -1.71), ((1, 1), -2.41)]
    """
    batch = len(start)
    firsts = torch.arange(batch, device=start.device)[:, None] * width  # (B, 1): where beams begin
    rows = firsts.expand(batch, width).flatten() // width  # (B width,)
    state, tokens = _selected(state, rows), start[rows]
    answers = tokens[:, None][:, :0]  # (B width, 0)
    ended = torch.zeros_like(tokens, dtype=torch.bool)
    totals = torch.full((batch, width), -torch.inf, device=start.device)
    totals[:, 0] = 0  # the other rows of a beam are copies of the first, and must not win
    for number in range(1, max_length + 1):
        scores, state = _checked_step(step, tokens, state, end, number)
        candidates = totals.view(-1, 1) + torch.where(ended[:, None], _only(end, scores), scores)
        totals, best = candidates.view(batch, -1).topk(width)  # (B, width)
        rows = (firsts + best // scores.shape[1]).flatten()
        tokens = (best % scores.shape[1]).flatten()
        state, answers = _selected(state, rows), torch.cat([answers[rows], tokens[:, None]], 1)
        ended = tokens == end
        if bool((ended | (totals.flatten() == -torch.inf)).all()):
            break
    return [
        [
            _hypothesis(ids, total, end)
            for ids, total in zip(*beam, strict=True)
            if total > -torch.inf
        ]
        for beam in zip(answers.view(batch, width, -1).tolist(), totals.tolist(), strict=True)
    ]


def _only(token: int, scores: Tensor) -> Tensor:
    """Scores (V,) with which an ended answer stays as it is, and keeps its place by its total."""
    only = torch.full_like(scores[0], -torch.inf)
    only[token] = 0
    return only


def _hypothesis(ids: list[int], total: float, end: int) -> Hypothesis:
    length = ids.index(end) if end in ids else len(ids)
    return Hypothesis(tuple(ids[:length]), total, ended=end in ids)


# What a cache holds: tensors whose first axis is rows.
Held = tuple[Tensor | None, list[Tensor], list[Tensor]]


@torch.no_grad()
@checked_by(check_batch)
@typed
@checked_by(check_continued)
def beam_continuations(
    model: GPT,
    ids: Int[Tensor, "batch time"],
    new_tokens: int,
    width: int,
    end: int | None = None,
) -> list[list[Hypothesis]]:
    """Return, for each beginning (B, T), up to ``width`` continuations, the likeliest first.

    Each is ``new_tokens`` long, or shorter where it wrote ``end``; see ``beam_search``. The cache
    is what is known about a beginning, and is copied with it when the search follows it twice.

    Raises ``ValueError`` for ids that don't fit into the context, or as ``beam_search`` does.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> [found] = beam_continuations(model, torch.tensor([[1, 4]]), new_tokens=3, width=2)
    >>> [len(continuation.tokens) for continuation in found]
    [3, 3]
    """

    @typed
    def step(
        tokens: Int[Tensor, " batch"], held: Held
    ) -> tuple[Float[Tensor, "batch vocab"], Held]:
        cache = KeyValueCache(*held)
        with in_evaluation(model):
            scores = model(tokens[:, None], cache)[:, -1].log_softmax(dim=-1)
        if end is None:  # a place for an end that never comes
            scores = functional.pad(scores, (0, 1), value=-torch.inf)
        return scores, (cache.ids, cache.keys, cache.values)

    cache = KeyValueCache()
    if ids.shape[1] > 1:
        next_logits(model, ids[:, :-1], cache)
    never = model.config.vocab_size
    return beam_search(
        step,
        (cache.ids, cache.keys, cache.values),
        ids[:, -1],
        never if end is None else end,
        width,
        new_tokens,
    )
