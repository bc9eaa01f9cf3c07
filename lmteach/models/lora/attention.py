"""Adapters for the maps that an attention keeps in one matrix. Taught in notebook 17."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmteach.checks import check_choice, checked_by
from lmteach.models.lora.layers import LowRank, check_merge, check_unmerge, put_beside
from lmteach.models.transformer.attention import MultiHeadAttention
from lmteach.typed import typed

PROJECTIONS = ("q_proj", "k_proj", "v_proj")  # whose rows are an attention's in_proj_weight


def _check_of(attention: MultiHeadAttention, names: Sequence[str]) -> None:
    if type(attention) is not MultiHeadAttention:
        raise ValueError(
            f"attention is a {type(attention).__name__}, expected a MultiHeadAttention itself: "
            "one that has adapters is plain() first."
        )
    if isinstance(names, str) or not names or len(set(names)) < len(names):
        raise ValueError(
            f"names is {names!r:.60}, expected a list of some of {', '.join(PROJECTIONS)}, each "
            "once."
        )
    for name in names:
        check_choice("a name", name, PROJECTIONS)


def _check_merge(self: "LoRAAttention") -> None:
    check_merge(self.merged, self.in_proj_weight)


def _check_unmerge(self: "LoRAAttention") -> None:
    check_unmerge(self.merged)


class LoRAAttention(MultiHeadAttention):
    """A ``MultiHeadAttention`` with adapters beside some of the three maps of its input.

    These maps are the rows of one ``in_proj_weight``, which stays as it is; ``low_rank`` has an
    adapter for each by its name: q_proj, k_proj, v_proj. ``out_proj`` is a map of its own, for
    ``LoRALinear``. It is made ``of`` an attention that is there, and is ``plain`` again without.

    >>> attention = MultiHeadAttention(dim=4, heads=2)
    >>> adapted = LoRAAttention.of(attention, ["q_proj"], rank=1)
    >>> [name for name, _ in adapted.low_rank.named_parameters()]
    ['q_proj.lora_A', 'q_proj.lora_B']
    >>> adapted.plain() is attention
    True
    """

    low_rank: nn.ModuleDict
    merged: bool

    @staticmethod
    @typed
    @checked_by(_check_of)
    def of(
        attention: MultiHeadAttention,
        names: Sequence[str],
        rank: int = 8,
        alpha: float = 16.0,
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> "LoRAAttention":
        """Put adapters beside some maps of an attention, and freeze the maps.

        The object stays the same and changes its class, so that who holds it or listens to it need
        not know.

        Raises ``ValueError`` for an attention of another class, a name of none of the maps, and as
        ``LowRank`` does.
        """
        low_rank = nn.ModuleDict()
        for name in names:
            outputs = attention.rows[PROJECTIONS.index(name)]
            adapter = LowRank(attention.dim, outputs, rank, alpha, dropout, generator)
            low_rank[name] = put_beside(adapter, attention.in_proj_weight)
        for weight in (attention.in_proj_weight, attention.in_proj_bias):
            if weight is not None:
                weight.requires_grad_(False)
        attention.__class__ = LoRAAttention
        assert isinstance(attention, LoRAAttention)
        attention.low_rank, attention.merged = low_rank.train(attention.training), False
        return attention

    def plain(self) -> MultiHeadAttention:
        """Take the adapters off; the maps stay as they are, frozen, and merged if they were."""
        del self.low_rank, self.merged
        attention: MultiHeadAttention = self
        attention.__class__ = MultiHeadAttention
        return attention

    def project(
        self,
        query: Float[Tensor, "batch time dim"],
        key: Float[Tensor, "batch source dim"],
        value: Float[Tensor, "batch source dim"],
    ) -> tuple[
        Float[Tensor, "batch heads time head_dim"],
        Float[Tensor, "batch _ source head_dim"],
        Float[Tensor, "batch _ source head_dim"],
    ]:
        """Return queries, keys and values of each head, with what the adapters add."""
        mapped = list(super().project(query, key, value))
        if not self.merged:
            for place, x in enumerate((query, key, value)):
                if PROJECTIONS[place] in self.low_rank:
                    added = self.low_rank[PROJECTIONS[place]](x).to(mapped[place].dtype)
                    heads = added.unflatten(-1, (-1, self.dim // self.heads)).transpose(1, 2)
                    mapped[place] = mapped[place] + heads
        q, k, v = mapped
        return q, k, v

    @checked_by(_check_merge)
    @torch.no_grad()
    def merge(self) -> None:
        """Add what the adapters add to the rows of their maps.

        Raises ``ValueError`` as ``LoRALinear.merge`` does.

        >>> adapted = LoRAAttention.of(MultiHeadAttention(dim=4, heads=2), ["q_proj"], rank=1)
        >>> adapted.merge()
        >>> adapted.merged
        True
        """
        for rows, low_rank in self._adapted_rows():
            rows += low_rank.product()
        self.merged = True

    @checked_by(_check_unmerge)
    @torch.no_grad()
    def unmerge(self) -> None:
        """Take it out again; what is left differs by rounding from what was there.

        Raises ``ValueError`` if it is not merged.
        """
        for rows, low_rank in self._adapted_rows():
            rows -= low_rank.product()
        self.merged = False

    def _adapted_rows(self) -> list[tuple[Tensor, LowRank]]:
        """The rows of the matrix that are a map with an adapter, and the adapter."""
        rows = dict(zip(PROJECTIONS, self.in_proj_weight.split(self.rows), strict=True))
        adapters = {name: part for name, part in self.low_rank.items() if isinstance(part, LowRank)}
        return [(rows[name], low_rank) for name, low_rank in adapters.items()]
