"""Matrices kept in 8 or 4 bits a number, and multiplied as they are. Taught in notebook 16.

To write one token a model reads all its weights once and computes little with each: it is as fast
as its weights come from memory. Whole numbers that share a scale are half or a quarter of the
bytes, and PyTorch multiplies with them as they lie there.
"""

import ctypes
from contextlib import suppress
from typing import Any, ClassVar

import torch
from jaxtyping import BFloat16, Float, Int
from torch import Tensor
from torch.nn import functional
from torch.utils._pytree import tree_map

from lmteach.checks import checked_by
from lmteach.models.llama.blocks import BLOCK
from lmteach.typed import typed

BITS = (32, 16, 8, 4)
TINY = torch.finfo(torch.float32).tiny  # the scale of rows that are all alike


def _check_some(weight: Tensor) -> None:
    if weight.numel() == 0:
        raise ValueError(f"weight has shape {tuple(weight.shape)}, expected at least one number.")


def _check_blocks(weight: Tensor) -> None:
    _check_some(weight)
    if weight.shape[1] % BLOCK or weight.shape[0] % 16:
        raise ValueError(
            f"weight has shape {tuple(weight.shape)}, expected rows of a multiple of {BLOCK} "
            "numbers, and a multiple of 16 of them: PyTorch's product in 4 bits wants it so. Keep "
            "it in 8 bits."
        )


class Packed(Tensor):
    """A matrix (N, D) of whole numbers and scales that stands where a weight stood.

    ``functional.linear`` and ``functional.embedding`` take it, so the models need not know. To
    anything else it is its ``numbers()``, in bfloat16. It can't be trained.

    >>> packed = EightBits.of(torch.eye(3))
    >>> isinstance(packed, Packed), packed.shape, packed.bytes  # 9 numbers, 3 scales of 2 bytes
    (True, torch.Size([3, 3]), 15)
    """

    few: ClassVar[int]  # rows up to which multiplying as it lies there is faster than unpacking
    parts: tuple[Tensor, ...]

    @classmethod
    def _made(cls, shape: torch.Size, *parts: Tensor) -> "Packed":
        made: Packed = cls._make_wrapper_subclass(cls, shape, dtype=torch.bfloat16)
        made.parts = parts
        return made

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        return sum(part.nbytes for part in self.parts)

    def numbers(self) -> BFloat16[Tensor, "rows dim"]:
        """Return the matrix, unpacked."""
        raise NotImplementedError

    def _rows(self, ids: Tensor) -> Tensor:
        return self.numbers()[ids]

    def _product_of_few(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _product(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        x = x.bfloat16()
        learning = torch.is_grad_enabled() and x.requires_grad  # PyTorch's products can't go back
        if (rows := x.flatten(0, -2)).shape[0] > self.few or learning:
            return functional.linear(x, self.numbers(), bias)
        output = self._product_of_few(rows).unflatten(0, x.shape[:-1])
        return output if bias is None else output + bias

    @classmethod
    def __torch_function__(
        cls, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Multiply and look up; the rest goes on to ``__torch_dispatch__``."""
        if func is functional.linear and isinstance(args[1], Packed):
            return args[1]._product(args[0], *args[2:], **(kwargs or {}))
        if func is functional.embedding:
            return args[1]._rows(args[0])
        return torch._C._disabled_torch_function_impl(func, types, args, kwargs or {})

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Do all else with the numbers."""
        if func is torch.ops.aten.detach.default:  # what a Parameter does first
            return args[0]

        def unpacked(given: Any) -> Any:
            return given.numbers() if isinstance(given, Packed) else given

        return func(*tree_map(unpacked, args), **tree_map(unpacked, kwargs or {}))

    def __deepcopy__(self, memo: dict[int, Any]) -> "Packed":
        """Copy the parts."""
        return self._made(self.shape, *(part.clone() for part in self.parts))

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        """Pickle the parts."""
        return type(self)._made, (self.shape, *self.parts)


class EightBits(Packed):
    """One byte a number, −127 to 127, and a scale for each row.

    >>> packed = EightBits.of(torch.tensor([[127.0, -63.0], [1.0, 0.5]]))
    >>> packed.numbers().tolist()
    [[127.0, -63.0], [1.0, 0.50390625]]
    >>> torch.nn.functional.linear(torch.tensor([[1.0, 1.0]]), packed).tolist()
    [[64.0, 1.5]]
    """

    few = 8

    @classmethod
    @typed
    @checked_by(_check_some)
    def of(cls, weight: Float[Tensor, "rows dim"]) -> "Packed":
        """Round a weight to 255 steps a row."""
        scale = weight.float().abs().amax(dim=1).clamp(min=TINY) / 127
        whole = (weight / scale[:, None]).round().to(torch.int8)
        return cls._made(weight.shape, whole, scale.bfloat16())

    def numbers(self) -> BFloat16[Tensor, "rows dim"]:
        """Return the matrix, unpacked."""
        whole, scale = self.parts
        return whole * scale[:, None]

    def _rows(self, ids: Int[Tensor, "..."]) -> Tensor:
        whole, scale = self.parts
        return whole[ids] * scale[ids][..., None]

    def _product_of_few(self, x: Tensor) -> Tensor:
        if self.shape[1] % BLOCK:  # PyTorch's product reads on beyond the end of such rows
            return functional.linear(x, self.numbers())
        return torch._weight_int8pack_mm(x, *self.parts)


class FourBits(Packed):
    """Half a byte a number, 0 to 15, and a scale and a least number for each 32 of a row.

    That is the block Q4_1 of GGUF files, with scales in bfloat16. Beside it stands the matrix
    unpacked, for texts that are read: there 4 bits would be no faster.

    >>> packed = FourBits.of(torch.arange(32.0).repeat(16, 1))
    >>> packed.numbers()[0, [0, 1, 2, 31]].tolist()
    [0.0, 0.0, 2.0625, 31.0]
    """

    few = 8

    @classmethod
    @typed
    @checked_by(_check_blocks)
    def of(cls, weight: Float[Tensor, "rows dim"]) -> "Packed":
        """Round a weight to 16 steps a block; one that was unpacked from Q4_1 keeps its steps."""
        blocks = weight.float().unflatten(1, (-1, BLOCK))  # (N, blocks, 32)
        least, most = (x[..., None] for x in blocks.aminmax(dim=-1))
        scale = (most - least).clamp(min=TINY) / 15
        whole = ((blocks - least) / scale).round().to(torch.uint8).flatten(1)
        # PyTorch's product counts its sixteen steps from the ninth.
        both = torch.cat([scale, least + 8 * scale], dim=-1).transpose(0, 1)  # (blocks, N, 2)
        return cls._made(
            weight.shape,
            torch.ops.aten._convert_weight_to_int4pack_for_cpu(whole.int(), 1),
            both.bfloat16().contiguous(),
            (whole.unflatten(1, (-1, BLOCK)) * scale + least).flatten(1).bfloat16(),
        )

    def numbers(self) -> BFloat16[Tensor, "rows dim"]:
        """Return the matrix, unpacked."""
        return self.parts[-1]

    def _product_of_few(self, x: Tensor) -> Tensor:
        packed, both, _ = self.parts
        return torch.ops.aten._weight_int4pack_mm_for_cpu(x, packed, BLOCK, both)


def _check_bits(weight: Tensor, bits: int) -> None:
    _check_some(weight)
    if bits not in BITS:
        raise ValueError(f"bits is {bits!r}, expected one of {', '.join(map(str, BITS))}.")


@typed
@checked_by(_check_bits)
def kept_in(weight: Float[Tensor, "..."], bits: int) -> Tensor:
    """Return a weight as it is kept in memory: in 32 bits, in 16 (bfloat16), or packed.

    A vector, of which there are few, is never packed.

    >>> kept_in(torch.ones(64, 32), bits=8).bytes, kept_in(torch.ones(64, 32), bits=16).nbytes
    (2176, 4096)
    """
    if bits == 32:
        return weight.float()
    if bits == 16 or weight.ndim < 2:
        return weight.bfloat16()
    return EightBits.of(weight) if bits == 8 else FourBits.of(weight)


def return_freed_memory() -> None:
    """Give the system back what was needed only on the way; without it a third more is held.

    The C library of Linux keeps freed memory for later; others are left as they are.

    >>> return_freed_memory()
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
