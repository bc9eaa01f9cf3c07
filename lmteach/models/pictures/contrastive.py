"""The contrastive loss: each picture is to find its own words among all, and the words it.

Taught in notebook 23.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from lmteach.checks import checked_by
from lmteach.models.checks import check_tensor
from lmteach.typed import typed


def _check_vectors(pictures: Tensor, texts: Tensor) -> None:
    check_tensor("pictures", pictures, (None, None), "(B, D)")
    check_tensor("texts", texts, (None, pictures.shape[1]), "(B, D)")


@checked_by(_check_vectors)
@typed
def similarities(
    pictures: Float[Tensor, "batch dim"], texts: Float[Tensor, "targets dim"]
) -> Float[Tensor, "batch targets"]:
    """Return the cosine of each picture's vector (B, D) with each text's (M, D).

    Raises ``ValueError`` for other shapes, or widths that differ.

    >>> similarities(torch.tensor([[3.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 5.0]]))
    tensor([[1., 0.]])
    """
    return functional.normalize(pictures, dim=1) @ functional.normalize(texts, dim=1).T


def _check_square(logits: Tensor) -> None:
    check_tensor("logits", logits, (None, None), "(B, B)")
    if logits.shape[0] != logits.shape[1]:
        raise ValueError(
            f"logits has shape {tuple(logits.shape)}, expected as many texts as pictures: those of "
            "one pair stand at the same place."
        )


@checked_by(_check_square)
@typed
def contrastive_loss(logits: Float[Tensor, "batch batch"]) -> Float[Tensor, ""]:
    """Return the mean of two cross-entropies, in nats: of rows and of columns.

    ``logits`` are similarities divided by a temperature; in row i stands what picture i says of all
    texts, in column i what text i says of all pictures, and the right one is i. Source: A. Radford
    et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021),
    figure 3.

    Raises ``ValueError`` unless there are as many texts as pictures.

    >>> round(contrastive_loss(torch.zeros(8, 8)).item(), 4)  # ln 8
    2.0794
    """
    own = torch.arange(len(logits), device=logits.device)
    by_picture = functional.cross_entropy(logits, own)
    by_text = functional.cross_entropy(logits.T, own)
    return (by_picture + by_text) / 2
