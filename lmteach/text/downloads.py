"""Files that no package brings: from a folder, from the cache, or downloaded; always checked.

A file is looked for in the folder named by the environment variable ``LMTEACH_DATA``, then in the
cache (``LMTEACH_CACHE``), and only then on the network.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from lmteach.text.cache import cache_folder, read_cached
from lmteach.text.packages import sha256
from lmteach.typed import typed


@dataclass(frozen=True)
class Download:
    """A file on the network and the SHA-256 that it must have."""

    name: str
    url: str
    sha256: str


@typed
def read_download(file: Download) -> str:
    """The text of a file, wherever it is found first; errors as in ``read_download_bytes``.

    >>> abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    >>> read_download(Download("abc.txt", "https://example.org/abc.txt", abc))  # doctest: +SKIP
    'abc'
    """
    return read_download_bytes(file).decode("utf-8")


@typed
def read_download_bytes(file: Download) -> bytes:
    """The bytes of a file, wherever it is found first.

    A file that it fetched stays in the cache for the next time.

    Raises:
        ValueError: the file in ``LMTEACH_DATA`` or the download is another one than expected.
        FileNotFoundError: it is nowhere and can't be downloaded; says how to put it there by hand.

    >>> abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    >>> read_download_bytes(
    ...     Download("abc.txt", "https://example.org/abc.txt", abc)
    ... )  # doctest: +SKIP
    b'abc'
    """
    folder = os.environ.get("LMTEACH_DATA")
    if folder:
        path = Path(folder).expanduser() / file.name
        if path.is_file():
            return _checked(path.read_bytes(), file, str(path))
    data = read_cached(file.name, file.sha256)
    return _checked(_fetch(file), file, file.url) if data is None else data


def _checked(data: bytes, file: Download, where: str) -> bytes:
    found = sha256(data)
    if found != file.sha256:
        raise ValueError(
            f"{where} is not the expected file: its SHA-256 is {found} ({len(data):,} bytes), "
            f"expected {file.sha256}. Replace it by the unchanged file from {file.url} "
            f"(an editor or git may have changed its line ends)"
        )
    return data


def _fetch(file: Download) -> bytes:
    import pooch  # here, because only a download needs it, and it is slow to import

    pooch.get_logger().setLevel("WARNING")
    try:
        path = pooch.retrieve(
            file.url,
            known_hash=f"sha256:{file.sha256}",
            fname=file.name,
            path=cache_folder(),
            progressbar=True,
        )
    except OSError as error:  # all network errors are, and a folder that can't be written to
        raise FileNotFoundError(
            f"{file.name} is neither in the folder LMTEACH_DATA nor in the cache, and the download "
            f"failed ({type(error).__name__}). Get {file.url} on a machine with a network, save it "
            f"as {file.name} in a folder, and set the environment variable LMTEACH_DATA to that "
            f"folder"
        ) from error
    except ValueError as error:  # pooch's way of saying that the SHA-256 differs
        raise ValueError(
            f"The download {file.url} is not the expected file: {error} "
            f"Try again; if it happens again, the file has changed at its source"
        ) from error
    return Path(path).read_bytes()
