"""Splits that never move: which part an item belongs to depends on the item alone."""

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from lmteach.checks import check_sizes, check_whole
from lmteach.typed import typed

Item = TypeVar("Item")


@typed
def bucket(key: str, buckets: int) -> int:
    """A number from 0 to ``buckets - 1`` for a key: the same on every machine, in every process.

    Python's own ``hash`` differs from process to process; SHA-256 doesn't.

    Raises:
        ValueError: ``buckets`` is no whole number of at least 1.

    >>> [bucket(name, 10) for name in ("smith", "johnson", "williams")]
    [4, 7, 5]
    """
    check_sizes(buckets=buckets)
    digest = hashlib.sha256(key.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % int(buckets)


@typed
def split_by_hash(
    items: Iterable[Item], key: Callable[[Item], str], buckets: int = 10, test_buckets: int = 1
) -> tuple[list[Item], list[Item], list[Item]]:
    """Train, valid and test by the hash of a key; items of one key stay together, in order.

    ``test_buckets`` go to test, one to valid, the others to train: 80/10/10 with ten buckets, of
    which one is for test, 70/10/20 with two.

    Raises:
        ValueError: ``buckets`` or ``test_buckets`` is no whole number of at least 1.

    >>> split_by_hash("abcdef", key=str, buckets=3)
    (['c', 'd', 'e'], ['a', 'b'], ['f'])
    """
    check_sizes(buckets=buckets)
    check_whole("test_buckets", test_buckets, at_least=1)
    train: list[Item] = []
    valid: list[Item] = []
    test: list[Item] = []
    for item in items:
        number = bucket(_key_of(item, key), buckets)
        part = test if number < test_buckets else valid if number == test_buckets else train
        part.append(item)
    return train, valid, test


def _key_of(item: Item, key: Callable[[Item], str]) -> str:
    """The key of one item, or what went wrong when it was asked for."""
    try:
        found = key(item)
    except (TypeError, AttributeError, LookupError) as error:
        raise ValueError(
            f"key can't read the item {item!r:.50} ({error}), expected a function that returns "
            "the text by which an item is told apart."
        ) from error
    if not isinstance(found, str):
        raise ValueError(f"key returned {found!r:.50} for {item!r:.50}, expected a text.")
    return found
