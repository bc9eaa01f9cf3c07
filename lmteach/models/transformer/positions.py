"""Where a token stands: sinusoids, a learned table, rotary positions and ALiBi.

Attention by itself is blind to order. Taught in notebook 10.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn

from lmteach.checks import check_number, check_sizes, check_whole, checked_by
from lmteach.models.checks import check_kind
from lmteach.typed import typed


def _check_dim(dim: int, base: float) -> None:
    check_sizes(dim=dim)
    if dim % 2:
        raise ValueError(
            f"dim is {dim}, expected an even whole number: the entries go in pairs, a sine and a "
            "cosine each."
        )
    check_number("base", base, at_least=1, mend="10000.0 is usual.")


@checked_by(_check_dim)
@typed
def frequencies(dim: int, base: float = 10000.0) -> Float[Tensor, " pairs"]:
    """Return by how many radians each pair of entries turns from one position to the next.

    Pair j of D / 2 turns by base^(−2j / D): the first by one radian, the last hardly at all.
    Float64. Source: Vaswani et al. (2017), section 3.5, whose d_model is ``dim``.

    Raises ``ValueError`` for an odd ``dim``, or a ``base`` below 1.

    >>> frequencies(dim=4)
    tensor([1.0000, 0.0100], dtype=torch.float64)
    """
    return base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)


def _check_table(time: int, dim: int, base: float) -> None:
    check_sizes(time=time)
    _check_dim(dim, base)


@checked_by(_check_table)
@typed
def sinusoidal(time: int, dim: int, base: float = 10000.0) -> Float[Tensor, "time dim"]:
    """Return a vector for each of the positions 0 to T − 1, to be added to the embeddings.

    PE(p, 2j) = sin(p · ω_j) and PE(p, 2j + 1) = cos(p · ω_j), with ω_j from ``frequencies``.
    Source: Vaswani et al. (2017), section 3.5.

    Raises ``ValueError`` for a ``time`` below 1, an odd ``dim``, or a ``base`` below 1.

    >>> sinusoidal(time=2, dim=4)
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8415, 0.5403, 0.0100, 0.9999]])
    """
    positions = torch.arange(time, dtype=torch.float64)
    angles = positions[:, None] * frequencies(dim, base)  # (T, D / 2)
    pairs = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (T, D / 2, 2)
    return pairs.flatten(1).to(torch.get_default_dtype())  # (T, D)


@checked_by(_check_dim)
@typed
def shift_rotation(steps: int, dim: int, base: float = 10000.0) -> Float[Tensor, "dim dim"]:
    """Return the matrix R that moves any sinusoidal position on: PE(p + steps) = R PE(p).

    It turns pair j by steps · ω_j, whatever p is: each block on its diagonal is
    [[cos, sin], [−sin, cos]] of that angle. This is what the cosines are for. Float64. Source:
    Vaswani et al. (2017), section 3.5, which says that such a matrix exists.

    Raises ``ValueError`` for an odd ``dim``, or a ``base`` below 1.

    >>> shift_rotation(steps=1, dim=2) @ sinusoidal(2, dim=2)[0].double()
    tensor([0.8415, 0.5403], dtype=torch.float64)
    """
    angles = steps * frequencies(dim, base)
    blocks = [
        torch.stack([angle.cos(), angle.sin(), -angle.sin(), angle.cos()]).view(2, 2)
        for angle in angles
    ]
    return torch.block_diag(*blocks)


def _check_longest(longest: int, dim: int) -> None:
    check_sizes(longest=longest, dim=dim)


def _check_places(self: "LearnedPositions", positions: Tensor) -> None:
    check_kind("positions", positions)
    if positions.is_floating_point() or positions.ndim != 1:
        raise ValueError(
            f"positions has shape {tuple(positions.shape)} and type {positions.dtype}, expected a "
            "row of whole numbers, such as torch.arange(time)."
        )
    if len(positions) and (positions.min() < 0 or positions.max() >= self.longest):
        beyond = positions.max() if positions.max() >= self.longest else positions.min()
        raise ValueError(
            f"positions contains {int(beyond)}, but the table was learned for 0 to "
            f"{self.longest - 1}. It knows nothing of places beyond: make it longer and train "
            "again, or take positions that are computed (sinusoidal, rotary, alibi_bias)."
        )


class LearnedPositions(nn.Module):
    """A table with a trained vector for each position up to ``longest``, as in GPT-2 and BERT.

    ``weight`` (longest, D) is named as in ``nn.Embedding``, so that a state_dict loads both ways.
    It starts with normal numbers of standard deviation 0.02, as GPT-2's does. Source: Gehring et
    al. (2017), section 3.1; Radford et al. (2019).

    Raises ``ValueError`` for a size below 1.

    >>> LearnedPositions(longest=8, dim=4)(torch.arange(3)).shape
    torch.Size([3, 4])
    """

    @checked_by(_check_longest)
    @typed
    def __init__(self, longest: int, dim: int, generator: torch.Generator | None = None) -> None:
        """Make the table; without a ``generator``, PyTorch's own randomness is used."""
        super().__init__()
        self.longest = longest
        device = None if generator is None else generator.device
        numbers = torch.empty(longest, dim, device=device)
        self.weight = nn.Parameter(numbers.normal_(std=0.02, generator=generator))

    @checked_by(_check_places)
    def forward(self, positions: Int[Tensor, " time"]) -> Float[Tensor, "time dim"]:
        """Return the vectors (T, D) of these positions, to be added to the embeddings.

        Raises ``ValueError`` for a position beyond the table.
        """
        return self.weight[positions]


def _check_turned(x: Tensor, cos: Tensor, sin: Tensor) -> None:
    fits = x.ndim and x.shape[-1] == 2 * cos.shape[-1] and cos.shape == sin.shape
    if not fits or any(
        own != other for own, other in zip(x.shape[-2::-1], cos.shape[-2::-1], strict=False)
    ):
        raise ValueError(
            f"x has shape {tuple(x.shape)}, cos {tuple(cos.shape)} and sin {tuple(sin.shape)}, "
            "expected a cosine and a sine for each pair of entries: (…, K), and (…, K / 2) twice."
        )


@typed
@checked_by(_check_turned)
def rotate(
    x: Float[Tensor, "... head_dim"],
    cos: Float[Tensor, "... pairs"],
    sin: Float[Tensor, "... pairs"],
) -> Float[Tensor, "... head_dim"]:
    """Return vectors whose pairs of entries, j and j + K / 2, are turned by angles (…, K / 2).

    >>> rotate(torch.tensor([1.0, 0.0]), torch.zeros(1), torch.ones(1))  # a quarter turn
    tensor([0., 1.])
    """
    first, second = x.chunk(2, dim=-1)  # (..., K / 2)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


def _check_rotated(x: Tensor, positions: Tensor, base: float) -> None:
    check_kind("x", x)
    check_kind("positions", positions)
    if x.ndim < 2 or not x.is_floating_point():
        raise ValueError(
            f"x has shape {tuple(x.shape)} and type {x.dtype}, expected queries or keys (…, T, K)."
        )
    _check_dim(x.shape[-1], base)
    if positions.shape != x.shape[-2:-1]:
        raise ValueError(
            f"positions has shape {tuple(positions.shape)}, expected ({x.shape[-2]},): one for "
            "each place of x, such as torch.arange(time)."
        )


@checked_by(_check_rotated)
@typed
def rotary(
    x: Float[Tensor, "*batch time head_dim"],
    positions: Num[Tensor, " time"],
    base: float = 10000.0,
) -> Float[Tensor, "*batch time head_dim"]:
    """Return queries or keys, each pair of entries turned by an angle that grows with its position.

    Entry j is paired with entry j + K / 2, and the pair is turned by position · ω_j. Lengths stay,
    and the product of a turned query with a turned key depends on their distance only. Values are
    not turned. Source: Su et al. (2021), equation 34, whose d is our K; it pairs neighbours, 2j and
    2j + 1, while LLaMA pairs halves, as here: the same up to the order of the entries.

    Raises ``ValueError`` for an odd K, or positions that don't fit.

    >>> x = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> rotary(x, torch.tensor([0, 1]))
    tensor([[1.0000, 0.0000],
            [0.5403, 0.8415]])
    """
    turns = frequencies(x.shape[-1], base).to(x.device)
    angles = positions[:, None] * turns  # (T, K / 2)
    return rotate(x, angles.cos().to(x.dtype), angles.sin().to(x.dtype))


# How often a pair turns within the context that Llama 3 was trained on, before it was stretched:
# pairs of few turns are slowed down, those of many are left, and in between it goes over.
LLAMA3_CONTEXT, FEW_TURNS, MANY_TURNS = 8192, 1, 4


def _check_stretch(stretch: float) -> None:
    check_number("stretch", stretch, at_least=1, mend="1.0 leaves positions as they are.")


def _check_turns(turns: Tensor, stretch: float) -> None:
    check_kind("turns", turns)
    if turns.numel() == 0:
        raise ValueError("turns is empty, expected those of at least one pair: frequencies(dim).")
    _check_stretch(stretch)


@checked_by(_check_turns)
@typed
def stretched(turns: Float[Tensor, " pairs"], stretch: float) -> Float[Tensor, " pairs"]:
    """Return the turns of pairs, the slow ones slower by ``stretch``, for a longer context.

    Pairs that turn less than once in 8,192 positions would meet angles in a longer text that they
    were never trained on. Source: the code of Llama 3.1 (Meta, 2024), which has these constants;
    the idea is that of B. Peng et al., "YaRN" (2023), §3.2.

    Raises ``ValueError`` for no pairs, or a ``stretch`` below 1.

    >>> stretched(torch.tensor([1.0, 1e-4]), stretch=8.0)
    tensor([1.0000e+00, 1.2500e-05])
    """
    in_context = LLAMA3_CONTEXT * turns / (2 * math.pi)
    slow = ((MANY_TURNS - in_context) / (MANY_TURNS - FEW_TURNS)).clamp(0, 1)
    return turns * (1 - slow * (1 - 1 / stretch))


@dataclass(frozen=True)
class Rotary:
    """Rotary positions, as an attention takes them; ``stretch`` is that of ``stretched``.

    >>> Rotary().turn(torch.tensor([[1.0, 0.0]]), start=1)
    tensor([[0.5403, 0.8415]])
    """

    base: float = 10000.0
    stretch: float = 1.0

    def __post_init__(self) -> None:
        check_number("base", self.base, at_least=1, mend="10000.0 is usual.")
        _check_stretch(self.stretch)

    @typed
    def turns(self, head_dim: int) -> Float[Tensor, " pairs"]:
        """Return by how many radians each pair turns from one position to the next. Float64.

        >>> Rotary(stretch=8.0).turns(head_dim=4)
        tensor([1.0000, 0.0100], dtype=torch.float64)
        """
        return stretched(frequencies(head_dim, self.base), self.stretch)

    @typed
    def turn(
        self, x: Float[Tensor, "*batch time head_dim"], start: int = 0
    ) -> Float[Tensor, "*batch time head_dim"]:
        """Return queries or keys, turned: the first stands at place ``start``."""
        check_whole("start", start, at_least=0)
        positions = torch.arange(start, start + x.shape[-2], device=x.device)
        angles = positions[:, None] * self.turns(x.shape[-1]).to(x.device)  # (T, K / 2)
        return rotate(x, angles.cos().to(x.dtype), angles.sin().to(x.dtype))


def _check_heads(heads: int) -> None:
    check_sizes(heads=heads)


@checked_by(_check_heads)
@typed
def alibi_slopes(heads: int) -> Float[Tensor, " heads"]:
    """Return how strongly each head holds distance against a key: 2^(−8h / H), h = 1 … H.

    Where H is no power of two, the slopes of the power below it are filled up with every second one
    of the power above, as the authors' code does. Source: Press, Smith and Lewis (2022), section 3.

    Raises ``ValueError`` for less than one head.

    >>> alibi_slopes(heads=4)
    tensor([0.2500, 0.0625, 0.0156, 0.0039])
    """
    power = 2 ** (heads.bit_length() - 1)  # the largest that is not above
    slopes = 2 ** (-8 * torch.arange(1, power + 1) / power)
    between = 2 ** (-4 * torch.arange(1, 2 * power + 1, 2) / power)  # every second one
    return torch.cat([slopes, between])[:heads]


def _check_alibi(heads: int, time: int) -> None:
    check_sizes(heads=heads, time=time)


@checked_by(_check_alibi)
@typed
def alibi_bias(heads: int, time: int) -> Float[Tensor, "heads time time"]:
    """Return what is added to the scores of attention before the softmax: −slope · distance.

    Nothing is added to the embeddings. Entry (h, i, j) is −m_h · |i − j|, with m_h from
    ``alibi_slopes``. The paper has a causal mask, and so only j ≤ i; ahead we count alike.
    Source: Press, Smith and Lewis (2022), section 3.

    Raises ``ValueError`` for less than one head or place.

    >>> alibi_bias(heads=1, time=3)[0] * 256
    tensor([[ 0., -1., -2.],
            [-1.,  0., -1.],
            [-2., -1.,  0.]])
    """
    places = torch.arange(time)
    distance = (places[:, None] - places).abs()  # (T, T)
    return alibi_slopes(heads)[:, None, None] * -distance


@dataclass(frozen=True)
class ALiBi:
    """ALiBi, as an attention takes it.

    >>> ALiBi(heads=1).bias(time=1, source=3) * 256
    tensor([[[-2., -1.,  0.]]])
    """

    heads: int

    def __post_init__(self) -> None:
        check_sizes(heads=self.heads)

    @typed
    def bias(self, time: int, source: int) -> Float[Tensor, "heads time source"]:
        """Return what is added to the scores of the last T of S places with all S."""
        check_sizes(time=time, source=source)
        return alibi_bias(self.heads, source)[:, -time:]
