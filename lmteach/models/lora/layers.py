"""A low-rank adapter: a weight stays as it is, and a narrow detour around it learns. Notebook 17.

A map W has as many numbers as its inputs times its outputs. What fine-tuning adds to it is kept as
a product B A of two narrow matrices instead, and they alone are trained.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_number, check_sizes, check_whole, checked_by
from lmteach.models.llama.packed import Packed
from lmteach.typed import typed


def check_adapter(rank: int, alpha: float, dropout: float) -> None:
    """Say what is wrong with the numbers of an adapter, if anything.

    >>> check_adapter(rank=8, alpha=-1.0, dropout=0.0)
    Traceback (most recent call last):
    ValueError: alpha is -1.0, expected a finite number above 0. It is the strength of the \
adapter, divided by its rank: 16 is usual.
    """
    check_whole("rank", rank)
    mend = "It is the strength of the adapter, divided by its rank: 16 is usual."
    check_number("alpha", alpha, above=0, mend=mend)
    check_number("dropout", dropout, at_least=0, below=1)


def check_rank(rank: int, inputs: int, outputs: int) -> None:
    """Say that a rank is more than a map can have, if so.

    >>> check_rank(9, inputs=64, outputs=8)
    Traceback (most recent call last):
    ValueError: rank is 9, expected at most 8: a map of 64 inputs and 8 outputs has no higher one, \
and its adapter would have more numbers than rank 8 needs.
    """
    if rank > (most := min(inputs, outputs)):
        raise ValueError(
            f"rank is {rank}, expected at most {most}: a map of {inputs} inputs and {outputs} "
            f"outputs has no higher one, and its adapter would have more numbers than rank {most} "
            "needs."
        )


def _check_low_rank(inputs: int, outputs: int, rank: int, alpha: float, dropout: float) -> None:
    check_sizes(inputs=inputs, outputs=outputs)
    check_adapter(rank, alpha, dropout)
    check_rank(rank, inputs, outputs)


def _check_input(self: "LowRank", x: Tensor) -> None:
    inputs = self.lora_A.shape[1]
    if not x.ndim or x.shape[-1] != inputs:
        raise ValueError(f"x has shape {tuple(x.shape)}, expected (…, inputs) = (…, {inputs}).")


class LowRank(nn.Module):
    """What an adapter adds to a map: (α / r) B A x.

    ``lora_A`` (r, inputs) makes r numbers of the input, ``lora_B`` (outputs, r) makes the output
    of them. A starts random and B at 0: at first, nothing is added. Divided by the rank r, the
    first steps of Adam change the map about equally at every rank. ``dropout`` is a share of x
    that training sets to 0. Names as in Microsoft's loralib. Source: E. Hu et al., "LoRA" (2021),
    §4.1, eq. 3; A is normal there, and uniform in its code and in ``peft``, as here.

    Raises ``ValueError`` for a rank that is not from 1 to the smaller side of the map, or an alpha
    that is not above 0.

    >>> low_rank = LowRank(inputs=3, outputs=2, rank=1, alpha=2.0)
    >>> low_rank(torch.ones(3))
    tensor([0., 0.], grad_fn=<MulBackward0>)
    >>> with torch.no_grad():
    ...     _ = low_rank.lora_A.copy_(torch.tensor([[1.0, 0.0, 1.0]]))
    ...     _ = low_rank.lora_B.copy_(torch.tensor([[1.0], [3.0]]))
    >>> low_rank(torch.ones(3))  # A x is 2, B A x is (2, 6), and α / r is 2
    tensor([ 4., 12.], grad_fn=<MulBackward0>)
    """

    @typed
    @checked_by(_check_low_rank)
    def __init__(
        self,
        inputs: int,
        outputs: int,
        rank: int = 8,
        alpha: float = 16.0,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.rank, self.alpha, self.scale = rank, alpha, alpha / rank
        self.dropout = nn.Dropout(dropout)
        self.lora_A = nn.Parameter(torch.empty(rank, inputs))
        self.lora_B = nn.Parameter(torch.zeros(outputs, rank))
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5), generator=generator)

    @typed
    @checked_by(_check_input)
    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch _"]:
        """Return what is added to the map's output, in the precision of A and B.

        Raises ``ValueError`` for another width than the map's.
        """
        narrow = functional.linear(self.dropout(x).to(self.lora_A.dtype), self.lora_A)  # (…, r)
        return self.scale * functional.linear(narrow, self.lora_B)

    def product(self) -> Float[Tensor, "_ inputs"]:
        """Return what is added to the map's weight (outputs, inputs), when all is one matrix.

        >>> LowRank(inputs=3, outputs=2, rank=1).product().shape
        torch.Size([2, 3])
        """
        return self.scale * self.lora_B @ self.lora_A


@typed
def put_beside(low_rank: LowRank, weight: Tensor) -> LowRank:
    """Move an adapter to where a weight is; in its precision, or single precision if that is less.

    >>> put_beside(LowRank(3, 2, rank=1), torch.ones(2, 3).bfloat16()).lora_A.dtype
    torch.float32
    """
    return low_rank.to(weight.device, torch.promote_types(weight.dtype, torch.float32))


def check_merge(merged: bool, weight: Tensor) -> None:
    """Say that an adapter can't be added to a weight: it is there, or the weight is packed.

    >>> from lmteach.models.llama.packed import EightBits
    >>> check_merge(merged=False, weight=EightBits.of(torch.ones(2, 3)))
    Traceback (most recent call last):
    ValueError: the weight is packed (EightBits), and a sum would have to be rounded to its few \
steps again: read the model in 16 or 32 bits to merge, or leave the adapters beside it.
    """
    if merged:
        raise ValueError("the adapter is merged already: unmerge it before it is merged anew.")
    if isinstance(weight, Packed):
        raise ValueError(
            f"the weight is packed ({type(weight).__name__}), and a sum would have to be rounded "
            "to its few steps again: read the model in 16 or 32 bits to merge, or leave the "
            "adapters beside it."
        )


def check_unmerge(merged: bool) -> None:
    """Say that an adapter can't be taken out of a weight, since it is not in it, if so.

    >>> check_unmerge(merged=False)
    Traceback (most recent call last):
    ValueError: the adapter is not merged: there is nothing to take out of the weight.
    """
    if not merged:
        raise ValueError("the adapter is not merged: there is nothing to take out of the weight.")


def _check_merge(self: "LoRALinear") -> None:
    check_merge(self.merged, self.base.weight)


def _check_unmerge(self: "LoRALinear") -> None:
    check_unmerge(self.merged)


class LoRALinear(nn.Module):
    """A linear map that stays as it is, and an adapter beside it: W x + b + (α / r) B A x.

    ``base`` is frozen, ``low_rank`` is trained. Once merged, W holds both, and there is one map to
    compute as before. Source: Hu et al. (2021), §4.1.

    Raises ``ValueError`` as ``LowRank`` does.

    >>> adapted = LoRALinear(nn.Linear(3, 2), rank=1, alpha=2.0)
    >>> [name for name, weight in adapted.named_parameters() if weight.requires_grad]
    ['low_rank.lora_A', 'low_rank.lora_B']
    >>> x = torch.randn(4, 3)
    >>> bool((adapted(x) == adapted.base(x)).all())
    True
    """

    @typed
    def __init__(
        self,
        base: nn.Linear,
        rank: int = 8,
        alpha: float = 16.0,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.low_rank = LowRank(
            base.in_features, base.out_features, rank, alpha, dropout, generator
        )
        self.merged = False
        put_beside(self.low_rank, base.weight).train(base.training)

    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch _"]:
        """Return the map's output, with what the adapter adds.

        Raises ``ValueError`` for another width than the map's.
        """
        if self.merged:
            return self.base(x)
        added = self.low_rank(x)
        mapped: Tensor = self.base(x)
        return mapped + added.to(mapped.dtype)

    @checked_by(_check_merge)
    @torch.no_grad()
    def merge(self) -> None:
        """Add (α / r) B A to the weight: the same map, with nothing beside it.

        Raises ``ValueError`` if it is merged already, or its weight is packed.

        >>> adapted = LoRALinear(nn.Linear(3, 2), rank=1)
        >>> adapted.merge()
        >>> adapted.merged
        True
        """
        self.base.weight += self.low_rank.product()
        self.merged = True

    @checked_by(_check_unmerge)
    @torch.no_grad()
    def unmerge(self) -> None:
        """Take it out of the weight again; what is left differs by rounding from what it was.

        Raises ``ValueError`` if it is not merged.
        """
        self.base.weight -= self.low_rank.product()
        self.merged = False

    @property
    def weight(self) -> Tensor:
        """The weight (outputs, inputs) that stands for map and adapter, merged or not."""
        if self.merged:
            return self.base.weight
        return self.base.weight + self.low_rank.product().to(self.base.weight.dtype)

    @property
    def bias(self) -> Tensor | None:
        """The map's bias, to which nothing is added."""
        return self.base.bias
