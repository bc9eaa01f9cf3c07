"""Adapters put beside the maps of a whole model, merged, and taken off again. Notebook 17."""

from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import torch
from torch import Tensor, nn

from lmteach.checks import checked_by
from lmteach.models.lora.attention import PROJECTIONS, LoRAAttention
from lmteach.models.lora.layers import (
    LoRALinear,
    LowRank,
    check_adapter,
    check_merge,
    check_rank,
    check_unmerge,
)
from lmteach.models.transformer.attention import MultiHeadAttention
from lmteach.typed import typed

Size = tuple[int, int]
QUERY_AND_VALUE = ("q_proj", "v_proj")  # the two that Hu et al. adapt (2021, §4.2 and table 5)


@typed
def linear_maps(model: nn.Module) -> dict[str, Size]:
    """Return the names of a model's linear maps, and the inputs and outputs of each.

    They are the ``nn.Linear`` in it, and of a ``MultiHeadAttention`` q_proj, k_proj and v_proj,
    which are the rows of its ``in_proj_weight``. A map whose weight stands elsewhere too, such as
    an output layer tied to an embedding, is left out: nothing can be added to one place alone.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> from lmteach.models.gpt.model import GPT
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=4, heads=2, layers=1))
    >>> list(linear_maps(model))[:4]
    ['h.0.linear1', 'h.0.linear2', 'h.0.self_attn.q_proj', 'h.0.self_attn.k_proj']
    >>> linear_maps(model)["h.0.linear1"]
    (4, 16)
    """
    uses = Counter(id(weight) for _, weight in model.named_parameters(remove_duplicate=False))
    adapted = {id(part.base) for part in model.modules() if isinstance(part, LoRALinear)}
    found = {}
    for name, part in model.named_modules():
        if isinstance(part, LoRALinear):
            found[name] = (part.base.in_features, part.base.out_features)
        own = type(part) is nn.Linear and id(part) not in adapted
        if own and name and uses[id(part.weight)] == 1:
            found[name] = (part.in_features, part.out_features)
        if type(part) in (MultiHeadAttention, LoRAAttention) and uses[id(part.in_proj_weight)] == 1:
            for projection, rows in zip(PROJECTIONS, part.rows, strict=True):
                found[_joined(name, projection)] = (part.dim, rows)
    return found


def _joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)


@typed
def adapters_of(model: nn.Module) -> dict[str, LowRank]:
    """Return the adapters of a model by the names of the maps that they stand beside.

    >>> model = nn.Sequential(nn.Linear(3, 2))
    >>> _ = add_adapters(model, rank=1, targets=["0"])
    >>> list(adapters_of(model)), adapters_of(model)["0"].rank
    (['0'], 1)
    """
    found = {}
    for name, part in model.named_modules():
        if isinstance(part, LoRALinear):
            found[name] = part.low_rank
        if isinstance(part, LoRAAttention):
            for projection, low_rank in part.low_rank.items():
                assert isinstance(low_rank, LowRank)
                found[_joined(name, projection)] = low_rank
    return found


def _check_added(
    model: nn.Module, rank: int, alpha: float, targets: Sequence[str], dropout: float
) -> None:
    check_adapter(rank, alpha, dropout)
    if isinstance(targets, str) or not targets:
        raise ValueError(
            f"targets is {targets!r}, expected a list of at least one name of a map, such as "
            "['q_proj', 'v_proj']."
        )
    if there := adapters_of(model):
        raise ValueError(
            f"the {type(model).__name__} has {len(there)} adapters already: take them off with "
            "remove_adapters first, merged or not."
        )
    maps = linear_maps(model)
    for target in targets:
        if not _chosen(maps, [target]):
            last = dict.fromkeys(name.rpartition(".")[2] for name in maps)
            known = ", ".join(last) if last else "none"
            raise ValueError(
                f"no linear map of the {type(model).__name__} is called {target!r}. Its maps end "
                f"in: {known}. linear_maps(model) names all."
            )
    for name in _chosen(maps, targets):
        check_rank(rank, *maps[name])


def _chosen(maps: Iterable[str], targets: Sequence[str]) -> list[str]:
    """The maps that have a target as a name, or else end in it after a full stop."""
    names = list(maps)
    found = set()
    for target in targets:
        found |= {target} & {*names} or {
            name for name in names if fnmatchcase(name, target) or fnmatchcase(name, f"*.{target}")
        }
    return [name for name in names if name in found]


@typed
@checked_by(_check_added)
def add_adapters(
    model: nn.Module,
    rank: int = 8,
    alpha: float = 16.0,
    targets: Sequence[str] = QUERY_AND_VALUE,
    dropout: float = 0.0,
    generator: torch.Generator | None = None,
) -> dict[str, LowRank]:
    """Put adapters beside some linear maps of a model, in place; freeze all else; return them.

    A target is the name of a map, or what it ends in after a full stop, and ``*`` stands for
    anything: "q_proj" is that of every layer, "h.0.*" are all maps of the first layer, "*" is all.
    ``linear_maps`` has the names. At first the model computes what it did. What else is to be
    trained, such as a new head, is thawed afterwards by its ``requires_grad_()``. Source: E. Hu et
    al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021), §4.

    Raises ``ValueError`` for a target that is no map's name, a rank above a map's smaller side, an
    alpha that is not above 0, and a model that has adapters already.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> from lmteach.models.gpt.model import GPT
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=4, heads=2, layers=1))
    >>> list(add_adapters(model, rank=2))
    ['h.0.self_attn.q_proj', 'h.0.self_attn.v_proj']
    >>> sum(weight.numel() for weight in model.parameters() if weight.requires_grad)
    32
    """
    chosen = _chosen(linear_maps(model), targets)
    model.requires_grad_(False)
    projections: dict[str, list[str]] = {}  # of each attention
    for name in chosen:
        parent, _, own = name.rpartition(".")
        if type(holder := model.get_submodule(parent)) is MultiHeadAttention and own in PROJECTIONS:
            projections.setdefault(parent, []).append(own)
        else:
            base = holder.get_submodule(own)
            assert isinstance(base, nn.Linear)
            setattr(holder, own, LoRALinear(base, rank, alpha, dropout, generator))
    for parent, names in projections.items():
        attention = model.get_submodule(parent)
        assert isinstance(attention, MultiHeadAttention)
        LoRAAttention.of(attention, names, rank, alpha, dropout, generator)
    return adapters_of(model)


def _adapted(model: nn.Module) -> list[tuple[str, LoRALinear | LoRAAttention]]:
    return [
        (name, part)
        for name, part in model.named_modules()
        if isinstance(part, LoRALinear | LoRAAttention)
    ]


def check_has_adapters(model: nn.Module) -> None:
    """Say that a model has no adapters, if so.

    >>> check_has_adapters(nn.Linear(3, 2))
    Traceback (most recent call last):
    ValueError: the Linear has no adapters: put some in with add_adapters first.
    """
    if not adapters_of(model):
        raise ValueError(
            f"the {type(model).__name__} has no adapters: put some in with add_adapters first."
        )


def _check_merge(model: nn.Module) -> None:
    check_has_adapters(model)
    for _, part in _adapted(model):
        weight = part.base.weight if isinstance(part, LoRALinear) else part.in_proj_weight
        check_merge(part.merged, weight)


def _check_unmerge(model: nn.Module) -> None:
    check_has_adapters(model)
    for _, part in _adapted(model):
        check_unmerge(part.merged)


@typed
@checked_by(_check_merge)
def merge_adapters(model: nn.Module) -> None:
    """Add the adapters to the weights that they stand beside, in place.

    The model computes the same, as fast as without adapters; it can't be trained until
    ``unmerge_adapters``. With ``remove_adapters`` after it, a model of the form that it had is
    left, and what it learned stays.

    Raises ``ValueError`` for a model without adapters, one that is merged, or packed weights; then
    none is merged.

    >>> model = nn.Sequential(nn.Linear(3, 2))
    >>> _ = add_adapters(model, rank=1, targets=["0"])
    >>> merge_adapters(model)
    >>> model[0].merged
    True
    """
    for _, part in _adapted(model):
        part.merge()


@typed
@checked_by(_check_unmerge)
def unmerge_adapters(model: nn.Module) -> None:
    """Take the adapters out of the weights again, in place; they differ by rounding from before.

    Raises ``ValueError`` for a model without adapters, or that is not merged.

    >>> model = nn.Sequential(nn.Linear(3, 2))
    >>> _ = add_adapters(model, rank=1, targets=["0"])
    >>> merge_adapters(model)
    >>> unmerge_adapters(model)
    >>> model[0].merged
    False
    """
    for _, part in _adapted(model):
        part.unmerge()


@typed
@checked_by(check_has_adapters)
def remove_adapters(model: nn.Module) -> None:
    """Take all adapters off, in place: the parts are of the classes that they were.

    The weights stay as they are: merged, if they were, and else those from before the adapters.
    They stay frozen; ``model.requires_grad_()`` thaws them.

    Raises ``ValueError`` for a model without adapters.

    >>> model = nn.Sequential(nn.Linear(3, 2))
    >>> _ = add_adapters(model, rank=1, targets=["0"])
    >>> remove_adapters(model)
    >>> model
    Sequential(
      (0): Linear(in_features=3, out_features=2, bias=True)
    )
    """
    for name, part in _adapted(model):
        if isinstance(part, LoRAAttention):
            part.plain()
        else:
            parent, _, own = name.rpartition(".")
            setattr(model.get_submodule(parent), own, part.base)


@typed
@checked_by(check_has_adapters)
def adapter_state(model: nn.Module) -> dict[str, Tensor]:
    """Return the adapters' weights by name: the map's, then lora_A or lora_B.

    Raises ``ValueError`` for a model without adapters.

    >>> model = nn.Sequential(nn.Linear(3, 2))
    >>> _ = add_adapters(model, rank=1, targets=["0"])
    >>> {name: tuple(weight.shape) for name, weight in adapter_state(model).items()}
    {'0.lora_A': (1, 3), '0.lora_B': (2, 1)}
    """
    return {
        f"{name}.{which}": weight.detach()
        for name, low_rank in adapters_of(model).items()
        for which, weight in low_rank.named_parameters()
    }
