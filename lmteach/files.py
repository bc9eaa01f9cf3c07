"""Files that are written whole or not at all, and paths that mean what people think.

A disk that is full, a folder that may not be written to, or a process that is stopped halfway
leaves the file that stood there before.
"""

import os
import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from lmteach.interrupts import interrupts_held
from lmteach.typed import typed


def named_path(path: str | os.PathLike[str]) -> Path:
    """Return the path that a person named: ``~`` is their home.

    Raises ``ValueError`` for what is no path, for an empty one, and for a home that nobody has.

    >>> named_path("~/model").is_absolute()
    True
    >>> named_path("")
    Traceback (most recent call last):
    ValueError: the path is empty, expected the name of a file or folder.
    """
    if not isinstance(path, str | os.PathLike):
        raise ValueError(
            f"the path is a {type(path).__name__}, expected a text or a pathlib.Path, such as "
            "'model.safetensors'."
        )
    if not os.fspath(path):
        raise ValueError("the path is empty, expected the name of a file or folder.")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path} is nowhere ({error}), expected ~ or a path without it.") from None


@typed
def why(error: OSError) -> str:
    """Return the cause of an error in the system's words, without the name of a file.

    >>> why(FileNotFoundError(2, "No such file or directory", "name.txt"))
    'No such file or directory'
    """
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    return cause.strerror or str(cause)


@typed
@interrupts_held()  # so that no scratch file is left
def write_whole(path: str | os.PathLike[str], data: bytes | str) -> None:
    r"""Write a file, whole or not at all; folders on the way are made. A str is written as UTF-8.

    The file keeps the rights of the one that it replaces; a new one gets what the umask leaves.
    Where a link stands, the file that it leads to is replaced.

    Raises ``OSError`` if the file can't be written; what stood there before is unchanged.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "new" / "name.txt", "Zoë\n")
    ...     (Path(folder) / "new" / "name.txt").read_bytes()
    b'Zo\xc3\xab\n'
    """
    target = named_path(path).resolve()
    scratch = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(scratch, "xb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, scratch)
        scratch.replace(target)
    except OSError as error:
        raise type(error)(
            f"{path} can't be written ({why(error)}), and what stood there is unchanged. Name "
            "a file in a folder that you can write to, on a disk with room."
        ) from error
    finally:
        with suppress(OSError):
            scratch.unlink()
