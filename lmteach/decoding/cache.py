"""The key–value cache: what was computed for a token is never computed again. Notebook 14."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmteach.checks import check_whole, checked_by
from lmteach.models.checks import check_ids, check_tensor
from lmteach.typed import typed


def _check_held(ids: Tensor | None, keys: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    if len(keys) != len(values):
        raise ValueError(
            f"there are keys of {len(keys)} layers and values of {len(values)}, expected as many."
        )
    if ids is None and len(keys):
        raise ValueError("there are keys and no ids, expected the ids that they belong to.")


def _check_new(self: "KeyValueCache", ids: Tensor) -> None:
    check_ids("ids", ids)
    if self.ids is not None and len(ids) != len(self.ids):
        raise ValueError(
            f"ids has {len(ids)} rows, expected {len(self.ids)}, as the cache has. Another batch "
            "needs a cache of its own."
        )


def _check_layer(self: "KeyValueCache", layer: int, keys: Tensor, values: Tensor) -> None:
    whole = isinstance(layer, int | np.integer) and not isinstance(layer, bool)
    check_tensor("keys", keys, (None,) * 4, "(B, H, T, K)")
    check_tensor("values", values, (None,) * 4, "(B, H, T, K)")
    if not whole or not 0 <= layer <= len(self.keys):
        raise ValueError(
            f"layer is {layer!r}, expected 0 to {len(self.keys)}: layers come in their order."
        )
    before = self.keys[layer] if layer < len(self.keys) else keys
    (*new, _, width), (*old, _, held) = keys.shape, before.shape
    if keys.shape != values.shape or new != old or width != held:
        raise ValueError(
            f"keys have shape {tuple(keys.shape)} and values {tuple(values.shape)}, after "
            f"{tuple(before.shape)} in the cache, expected (B, H, T, K) that differ in T only. "
            "Another batch or another model needs a cache of its own."
        )


class KeyValueCache:
    """The tokens that a model has read, and their keys and values, layer by layer.

    What a token's keys and values are depends on it and on what came before, never on what comes
    after: that is the causal mask. So they are kept, and a new token brings its own only. Its query
    meets all keys; the queries of earlier tokens are needed no more.

    ``keys`` and ``values`` have a tensor (B, H, T, K) for each layer. They grow by ``torch.cat``,
    which copies what is there. Room set aside beforehand would spare the copy, but up to a few
    hundred tokens writing into it takes longer than copying, and beyond attention itself does.

    Raises ``ValueError`` if layers come out of order, or shapes don't fit what is there.

    >>> cache = KeyValueCache()
    >>> _ = cache.extend(0, torch.ones(1, 2, 3, 4), torch.ones(1, 2, 3, 4))  # a prompt
    >>> keys, values = cache.extend(0, torch.ones(1, 2, 1, 4), torch.ones(1, 2, 1, 4))
    >>> keys.shape, cache.length
    (torch.Size([1, 2, 4, 4]), 4)
    """

    @typed
    @checked_by(_check_held)
    def __init__(
        self,
        ids: Tensor | None = None,
        keys: Sequence[Tensor] = (),
        values: Sequence[Tensor] = (),
    ) -> None:
        """Begin with nothing, or with what another cache holds."""
        self.ids, self.keys, self.values = ids, list(keys), list(values)

    @property
    def length(self) -> int:
        """How many tokens are held."""
        return self.keys[0].shape[2] if self.keys else 0

    @checked_by(_check_new)
    def read(self, ids: Int[Tensor, "batch time"]) -> Int[Tensor, "batch source"]:
        """Keep new tokens; return all from the first one on."""
        self.ids = ids if self.ids is None else torch.cat([self.ids, ids], dim=1)
        return self.ids

    @checked_by(_check_layer)
    def extend(
        self,
        layer: int,
        keys: Float[Tensor, "batch heads time head_dim"],
        values: Float[Tensor, "batch heads time head_dim"],
    ) -> tuple[
        Float[Tensor, "batch heads source head_dim"], Float[Tensor, "batch heads source head_dim"]
    ]:
        """Keep what is new in a layer; return its keys and values from the first token on.

        Raises ``ValueError`` if layers come out of order, or shapes don't fit what is there.
        """
        if layer == len(self.keys):
            self.keys.append(keys)
            self.values.append(values)
        else:
            self.keys[layer] = torch.cat([self.keys[layer], keys], dim=2)
            self.values[layer] = torch.cat([self.values[layer], values], dim=2)
        return self.keys[layer], self.values[layer]


def _check_length(cache: KeyValueCache, length: int) -> None:
    check_whole("length", length, at_least=0)
    if length > cache.length:
        raise ValueError(f"length is {length}, expected at most {cache.length}: no more is held.")


@typed
@checked_by(_check_length)
def cache_of_first(cache: KeyValueCache, length: int) -> KeyValueCache:
    """Return a cache of the first ``length`` tokens of one: what came after them is forgotten.

    Raises ``ValueError`` if fewer are held.

    >>> cache = KeyValueCache()
    >>> _ = cache.read(torch.tensor([[5, 6, 7]]))
    >>> _ = cache.extend(0, torch.ones(1, 2, 3, 4), torch.ones(1, 2, 3, 4))
    >>> cache_of_first(cache, 2).ids
    tensor([[5, 6]])
    """
    if length == 0 or cache.ids is None:
        return KeyValueCache()
    return KeyValueCache(
        cache.ids[:, :length],
        [keys[:, :, :length] for keys in cache.keys],
        [values[:, :, :length] for values in cache.values],
    )
