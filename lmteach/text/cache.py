"""The cache folder: what took time to make or to download is kept there, with its SHA-256 known.

The folder is the system's own place for caches, or the one named by the environment variable
``LMTEACH_CACHE``. Everything in it can be deleted at any time.
"""

import os
import warnings
from pathlib import Path

from platformdirs import user_cache_path

from lmteach.checks import checked_by
from lmteach.files import named_path, why, write_whole
from lmteach.text.packages import check_sha256, sha256
from lmteach.typed import typed

_warned: set[Path] = set()


def cache_folder() -> Path:
    """The folder of cached corpora; it need not exist yet.

    >>> cache_folder().is_absolute()
    True
    """
    chosen = os.environ.get("LMTEACH_CACHE")
    if chosen:
        return named_path(chosen).absolute()
    return user_cache_path("lmteach", appauthor=False)


def _check_name(name: str) -> None:
    if not name or Path(name).name != name:
        raise ValueError(f"name is {name!r}, expected that of a file in the cache, as 'words.txt'.")


def _check_entry(name: str, expected: str) -> None:
    _check_name(name)
    check_sha256("expected", expected)


@typed
@checked_by(_check_entry)
def read_cached(name: str, expected: str) -> bytes | None:
    """The bytes of a cache entry, or None where it is missing, unreadable or damaged.

    One that may not be read, such as another user's, is no error: one warning for each folder.
    Raises ``ValueError`` for what is no name of a file, or no SHA-256.

    >>> read_cached("no such entry", sha256(b"")) is None
    True
    """
    try:
        data = (cache_folder() / name).read_bytes()
    except PermissionError:
        _warn_once(
            f"{cache_folder() / name} may not be read: another user made it, for themselves alone. "
            "Ask for read permission (chmod a+r), or set LMTEACH_CACHE to a folder of your own."
        )
        return None
    except OSError:
        return None
    return data if sha256(data) == expected else None


@typed
@checked_by(_check_name)
def write_cached(name: str, data: bytes) -> None:
    """Keep bytes for the next time: whole or not at all, also with two processes at once.

    A folder that can't be written to costs time but is no error: one warning for each folder.

    >>> write_cached("example.txt", b"abc")
    >>> read_cached("example.txt", sha256(b"abc"))
    b'abc'
    """
    try:
        write_whole(cache_folder() / name, data)
    except OSError as error:
        if read_cached(name, sha256(data)) is None:
            _warn_once(
                f"The cache folder {cache_folder()} can't be written to ({why(error)}); the text "
                "is made anew each time. Set LMTEACH_CACHE to a folder that you can write to."
            )


def _warn_once(message: str) -> None:
    """Warn the caller's caller, unless there was a warning about this folder before."""
    if cache_folder() not in _warned:
        _warned.add(cache_folder())
        warnings.warn(message, stacklevel=4)
