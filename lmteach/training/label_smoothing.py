"""Label smoothing: ask for a little of everything, so that no logit need run away.

Taught in notebook 11.
"""

from jaxtyping import Float, Int
from torch import Tensor

from lmteach.checks import check_known, check_number, check_whole, checked_by
from lmteach.models.checks import check_kind
from lmteach.text.tokenizers.vocabulary import PAD
from lmteach.typed import typed


def _check(
    logits: Tensor, targets: Tensor, smoothing: float = 0.1, ignore_index: int = PAD
) -> None:
    check_kind("logits", logits)
    check_kind("targets", targets)
    if logits.ndim < 1 or logits.shape[:-1] != targets.shape or targets.is_floating_point():
        raise ValueError(
            f"logits has shape {tuple(logits.shape)} and targets {tuple(targets.shape)}, expected "
            "logits (…, V) and one id (…) for each row of them."
        )
    check_number("smoothing", smoothing, at_least=0, at_most=1)
    check_whole("ignore_index", ignore_index, at_least=-(2**63))
    asked = targets[targets != ignore_index]
    if asked.numel() == 0:
        raise ValueError(f"all targets are {ignore_index}, which is ignored: no loss can be taken.")
    check_known("targets", int(asked.min()), int(asked.max()), logits.shape[-1])


@checked_by(_check)
@typed
def smoothed_cross_entropy(
    logits: Float[Tensor, "*batch vocab"],
    targets: Int[Tensor, "*batch"],
    smoothing: float = 0.1,
    ignore_index: int = PAD,
) -> Float[Tensor, ""]:
    """Return the cross-entropy of (1 - smoothing) on the right entry and the rest on all alike.

    ``logits`` (…, V), ``targets`` (…); in nats per target, as a mean over all targets that are not
    ``ignore_index``. The right entry gets its share of the rest, too. It equals
    ``torch.nn.functional.cross_entropy(…, label_smoothing=smoothing)``. Source: C. Szegedy et al.,
    "Rethinking the Inception Architecture for Computer Vision" (2016), §7; Vaswani et al. (2017),
    §5.4. Our ``smoothing`` is ε.

    Raises ``ValueError`` for shapes that don't fit, ids without a logit, a smoothing that is no
    share, or if all targets are ignored.

    >>> import torch
    >>> logits = torch.tensor([0.9, 0.05, 0.05]).log()
    >>> smoothed_cross_entropy(logits, torch.tensor(1), smoothing=0.0)  # -log 0.05
    tensor(2.9957)
    >>> smoothed_cross_entropy(logits, torch.tensor(1), smoothing=0.3)  # 0.3 / 3 of it on each
    tensor(2.7067)
    """
    log_probabilities = logits.log_softmax(dim=-1)
    real = targets != ignore_index
    right = log_probabilities.gather(-1, targets.where(real, 0)[..., None]).squeeze(-1)
    everywhere = log_probabilities.mean(dim=-1)
    losses = -(1 - smoothing) * right - smoothing * everywhere
    return losses[real].mean()
