"""What a GPT asks of the memory that spares it reading twice. Notebooks 13 and 14."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float, Int
from torch import Tensor

New = Float[Tensor, "batch heads time head_dim"]
Held = Float[Tensor, "batch heads source head_dim"]


@runtime_checkable
class Cache(Protocol):
    """What remembers the tokens read so far, and their keys and values, layer by layer.

    >>> isinstance("no cache", Cache)
    False
    """

    @property
    def length(self) -> int:
        """How many tokens are held."""

    def read(self, ids: Int[Tensor, "batch time"]) -> Int[Tensor, "batch source"]:
        """Keep new tokens; return all from the first one on."""

    def extend(self, layer: int, keys: New, values: New) -> tuple[Held, Held]:
        """Keep what is new in a layer; return its keys and values from the first token on."""
