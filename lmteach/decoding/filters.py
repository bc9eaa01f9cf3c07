"""What is done to the logits of the next token before one is drawn. Notebook 14."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmteach.checks import check_number, check_whole, checked_by
from lmteach.models.checks import check_ids
from lmteach.typed import typed


def _check_k(k: int) -> None:
    check_whole("top-k", k, mend="It counts tokens: to keep them all, leave it out (None).")


def _check_some(logits: Tensor) -> None:
    if logits.numel() == 0:
        raise ValueError(
            f"logits has shape {tuple(logits.shape)}, expected at least one logit: one for each "
            "entry of the vocabulary, (…, V)."
        )


def _check_seen(logits: Tensor, seen: Tensor) -> None:
    check_ids("seen", seen, logits.shape[-1])


def _check_p(p: float) -> None:
    check_number("top-p", p, above=0, at_most=1, mend="To keep all tokens, leave it out (None).")


def _check_penalty(penalty: float) -> None:
    mend = "Above 1 tokens that were seen become less likely, and 1 changes nothing."
    check_number("the repetition penalty", penalty, above=0, mend=mend)


def check_filters(
    temperature: float, top_k: int | None, top_p: float | None, repetition_penalty: float
) -> None:
    """Say what is wrong with how the next token is to be drawn.

    Raises ``ValueError`` for a temperature or penalty that is not above 0, a ``top_k`` below 1, or
    a ``top_p`` outside 0 to 1.

    >>> check_filters(temperature=1.0, top_k=0, top_p=None, repetition_penalty=1.0)
    Traceback (most recent call last):
    ValueError: top-k is 0, expected a whole number of at least 1. It counts tokens: to keep them \
all, leave it out (None).
    """
    mend = (
        "For the likeliest token every time, use greedy: that is where a temperature goes that "
        "falls towards 0."
    )
    check_number("temperature", temperature, above=0, mend=mend)
    if top_k is not None:
        _check_k(top_k)
    if top_p is not None:
        _check_p(top_p)
    _check_penalty(repetition_penalty)


@checked_by(_check_k)
@typed
@checked_by(_check_some)
def keep_top_k(logits: Float[Tensor, "*batch vocab"], k: int) -> Float[Tensor, "*batch vocab"]:
    """Return logits in which all but the ``k`` largest are −∞; those equal to the k-th stay.

    Source: A. Fan, M. Lewis and Y. Dauphin, "Hierarchical Neural Story Generation" (2018), §5.2.

    Raises ``ValueError`` for ``k`` below 1.

    >>> keep_top_k(torch.tensor([1.0, 3.0, 2.0]), k=2)
    tensor([-inf, 3., 2.])
    """
    least = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < least, -torch.inf)


@typed
@checked_by(_check_p)
@checked_by(_check_some)
def keep_top_p(logits: Float[Tensor, "*batch vocab"], p: float) -> Float[Tensor, "*batch vocab"]:
    """Return logits in which all are −∞ but the fewest whose probabilities reach ``p`` together.

    From the other end: a token goes if it and all that are less likely hold 1 − p at most. The
    likeliest always stays. Source: A. Holtzman et al., "The Curious Case of Neural Text
    Degeneration" (2020), eq. 2 (nucleus sampling).

    Raises ``ValueError`` for ``p`` outside 0 to 1, and for 0.

    >>> keep_top_p(torch.tensor([0.5, 0.2, 0.3]).log(), p=0.7).exp()
    tensor([0.5000, 0.0000, 0.3000])
    """
    ordered, places = logits.sort()  # the least likely first
    goes = ordered.softmax(dim=-1).cumsum(dim=-1) <= 1 - p
    goes[..., -1] = False
    return logits.masked_fill(goes.scatter(-1, places, goes), -torch.inf)


@typed
@checked_by(_check_penalty)
@checked_by(_check_seen)
def penalise_repetition(
    logits: Float[Tensor, "batch vocab"], seen: Int[Tensor, "batch time"], penalty: float
) -> Float[Tensor, "batch vocab"]:
    """Return logits in which the tokens of ``seen`` are less likely, once each.

    What is above 0 is divided by ``penalty``, what is below is multiplied. Source: N. Keskar et
    al., "CTRL" (2019), §4.1, which only divides: below 0 that would be a reward.

    Raises ``ValueError`` for a penalty that is not above 0.

    >>> penalise_repetition(torch.tensor([[2.0, -1.0, 4.0]]), torch.tensor([[0, 1, 1]]), 2.0)
    tensor([[ 1., -2.,  4.]])
    """
    own = logits.gather(-1, seen)  # (B, T)
    return logits.scatter(-1, seen, torch.where(own < 0, own * penalty, own / penalty))


@checked_by(check_filters)
@typed
@checked_by(_check_seen)
def next_token_filters(
    logits: Float[Tensor, "batch vocab"],
    seen: Int[Tensor, "batch time"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    repetition_penalty: float = 1.0,
) -> Float[Tensor, "batch vocab"]:
    """Return logits after repetition penalty, temperature, top-k and top-p, in this order.

    The order matters: top-p counts what top-k has left, at this temperature. It is the one of
    Hugging Face's ``generate``. A softmax makes them probabilities; −∞ becomes 0.

    Raises ``ValueError`` as ``check_filters`` does.

    >>> logits = torch.tensor([[0.5, 0.2, 0.3]]).log()
    >>> next_token_filters(logits, torch.tensor([[0]]), temperature=0.5, top_k=2).softmax(-1)
    tensor([[0.7353, 0.0000, 0.2647]])
    """
    if repetition_penalty != 1:
        logits = penalise_repetition(logits, seen, repetition_penalty)
    logits = logits / temperature
    if top_k is not None:
        logits = keep_top_k(logits, top_k)
    if top_p is not None:
        logits = keep_top_p(logits, top_p)
    return logits
