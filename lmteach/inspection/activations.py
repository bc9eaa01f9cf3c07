"""What passes through a model, by name: read it, put something else in its place.

Taught in notebook 20. A name is the dotted path of a module, as in ``named_modules()``, and then
``.output``; of a ``MultiHeadAttention`` also ``.weights`` (B, H, T, S), where each head looks, and
``.heads`` (B, H, T, K), what each head found, before ``out_proj`` adds them up.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lmteach.checks import checked_by
from lmteach.interrupts import interrupts_held
from lmteach.models.transformer.attention import MultiHeadAttention
from lmteach.typed import typed

Change = Callable[[Tensor], Tensor | None]  # None: as it was
KINDS = ("weights", "heads", "output")  # in the order in which they come about


@typed
def activation_names(model: nn.Module) -> list[str]:
    """Return the names of everything in a model that can be read or replaced, in its order.

    >>> activation_names(nn.Sequential(nn.Linear(2, 2), MultiHeadAttention(dim=2, heads=1)))
    ['0.output', '1.output', '1.weights', '1.heads', '1.out_proj.output']
    """
    names = []
    for path, module in model.named_modules():
        if path and not isinstance(module, nn.ModuleList | nn.ModuleDict):  # they are never called
            names.append(f"{path}.output")
            if isinstance(module, MultiHeadAttention):
                names += [f"{path}.weights", f"{path}.heads"]
    return names


@typed
def attentions(model: nn.Module) -> list[str]:
    """Return the paths of a model's attentions in its order: that of layer 0 comes first.

    Raises ``ValueError`` if it has none.

    >>> attentions(nn.Sequential(nn.Linear(2, 2), MultiHeadAttention(dim=2, heads=1)))
    ['1']
    """
    found = [n for n, module in model.named_modules() if isinstance(module, MultiHeadAttention)]
    if not found:
        raise ValueError(
            f"the {type(model).__name__} has no MultiHeadAttention, expected a model built of it."
        )
    return found


@typed
def check_name(model: nn.Module, name: str) -> None:
    """Raise ``ValueError`` unless a model has an activation of that name.

    >>> check_name(nn.Sequential(nn.Linear(2, 2)), "3.output")
    Traceback (most recent call last):
    ValueError: '3.output' is not in the Sequential: it has no 3, expected 0.
    """
    path, _, kind = name.rpartition(".")
    here, module, where = "", model, f"{name!r} is not in the {type(model).__name__}"
    if kind not in KINDS or not path:
        raise ValueError(
            f"{where}: expected the path of a module, then .output, or .weights or .heads of an "
            "attention. activation_names(model) lists them."
        )
    for part in path.split("."):
        children = dict(module.named_children())
        if part not in children:
            owner = f"{here} has" if here else "it has"
            some = (
                [*children] if len(children) <= 6 else [*list(children)[:3], "…", [*children][-1]]
            )
            known = f"expected {', '.join(some)}" if some else "nor anything else"
            raise ValueError(f"{where}: {owner} no {part}, {known}.")
        module, here = children[part], f"{here}.{part}".lstrip(".")
    if isinstance(module, nn.ModuleList | nn.ModuleDict):
        raise ValueError(f"{where}: {path} only holds others and is never called, expected one.")
    if kind != "output" and not isinstance(module, MultiHeadAttention):
        raise ValueError(
            f"{where}: {path} is a {type(module).__name__}, expected a MultiHeadAttention: only "
            f"that has .{kind}."
        )


def _check_watched(model: nn.Module, names: Sequence[str]) -> None:
    if isinstance(names, str):
        raise ValueError(f"names is the text {names!r:.40}, expected a list: [{names!r:.40}].")
    for name in names:
        check_name(model, name)


def _check_changed(model: nn.Module, changes: Mapping[str, Any]) -> None:
    for name in changes:
        check_name(model, name)


@contextmanager
@typed
@checked_by(_check_watched)
def watched(model: nn.Module, names: Sequence[str]) -> Iterator[dict[str, Tensor]]:
    """Keep the activations of some names, detached, of a model that runs inside.

    Of a module that runs again, the last ones are kept. Nothing is changed; where weights are
    asked for, the attention writes them down, and is the same but for rounding.

    Raises ``ValueError`` for a name that the model doesn't have.

    >>> import torch
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> with watched(model, ["0.output"]) as seen:
    ...     result = model(torch.ones(1, 2))
    >>> bool((seen["0.output"].relu() == result).all())
    True
    """
    seen: dict[str, Tensor] = {}

    def keeper(name: str) -> Change:
        def keep(value: Tensor) -> None:
            seen[name] = value.detach()

        return keep

    with _hooks(model, {name: keeper(name) for name in names}):
        yield seen


@contextmanager
@typed
@checked_by(_check_changed)
def changed(model: nn.Module, changes: Mapping[str, Change | Tensor]) -> Iterator[None]:
    """Put something else in the place of activations of a model that runs inside.

    ``changes`` maps names to a function of what is there, which returns what comes in its place
    (or None, for nothing new), or to a tensor that does. The shape stays. Afterwards, also after
    an error or an interrupt, the model is as before.

    Raises ``ValueError`` for a name that the model doesn't have; when it runs, for a change of
    another shape, and for weights changed while keys and values are remembered in a cache.

    >>> import torch
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> with changed(model, {"0.output": torch.zeros_like}):
    ...     model(torch.ones(1, 2))
    tensor([[0., 0., 0.]])
    """

    def checked(name: str, change: Change | Tensor) -> Change:
        def apply(value: Tensor) -> Tensor | None:
            new = change if isinstance(change, Tensor) else change(value)
            if new is not None and (not isinstance(new, Tensor) or new.shape != value.shape):
                came = f"shape {tuple(new.shape)}" if isinstance(new, Tensor) else repr(new)[:40]
                raise ValueError(
                    f"the change of {name} is of {came}, expected {tuple(value.shape)}, as it was."
                )
            return new

        return apply

    with _hooks(model, {name: checked(name, change) for name, change in changes.items()}):
        yield


@contextmanager
def _hooks(model: nn.Module, changes: Mapping[str, Change]) -> Iterator[None]:
    """Hang hooks into a model, and take them off again, whatever happens in between."""
    handles: list[RemovableHandle] = []
    in_order = sorted(changes, key=lambda name: KINDS.index(name.rpartition(".")[2]))
    try:
        with interrupts_held():
            for name in in_order:
                path, _, kind = name.rpartition(".")
                handles += _HANG[kind](model.get_submodule(path), changes[name])
        yield
    finally:
        with interrupts_held():
            for handle in handles:
                handle.remove()


def _on_output(module: nn.Module, change: Change) -> list[RemovableHandle]:
    def after(module: nn.Module, args: Any, result: Any) -> Any:
        """Of several results the first is meant: an attention's other one is its weights."""
        if isinstance(result, Tensor):
            return change(result)
        new = change(result[0])
        return None if new is None else (new, *result[1:])

    return [module.register_forward_hook(after)]


def _on_heads(module: nn.Module, change: Change) -> list[RemovableHandle]:
    heads = int(module.heads)  # type: ignore[arg-type]

    def before(module: nn.Module, args: tuple[Tensor]) -> tuple[Tensor] | None:
        new = change(args[0].unflatten(-1, (heads, -1)).transpose(1, 2))  # (B, H, T, K)
        return None if new is None else (new.transpose(1, 2).flatten(start_dim=-2),)

    return [module.get_submodule("out_proj").register_forward_pre_hook(before)]


def _on_weights(module: nn.Module, change: Change) -> list[RemovableHandle]:
    def ask(module: nn.Module, args: Any, named: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return args[:6], {**named, "need_weights": True}

    def after(module: Any, args: Any, named: dict[str, Any], result: Any) -> Any:
        new = change(result[1])
        if new is None:
            return None
        if (args[5] if len(args) > 5 else named.get("cache")) is not None:
            raise ValueError(
                "the weights can't be changed while a cache remembers keys and values, expected "
                "cache=None: give the whole text at once."
            )
        query, key, value = (*args, *(named[n] for n in ("query", "key", "value") if n in named))[
            :3
        ]
        values = module.project(query, key, value)[2]
        values = values.repeat_interleave(module.heads // module.key_heads, dim=1)
        mixed = (new @ values).transpose(1, 2).flatten(start_dim=-2)  # (B, T, D)
        return module.out_proj(mixed), new

    return [
        module.register_forward_pre_hook(ask, with_kwargs=True),
        module.register_forward_hook(after, with_kwargs=True),
    ]


_HANG = {"output": _on_output, "heads": _on_heads, "weights": _on_weights}
