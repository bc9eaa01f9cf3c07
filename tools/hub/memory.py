"""What processes take of a machine: resident, private, at their peak."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import psutil

MB = 1e6


class Memory(NamedTuple):
    """Of some processes together, in MB.

    ``resident`` counts shared pages once for each process; ``private`` is what would come free if
    they ended; ``fair`` gives each its part of what it shares, and adds up over a machine.
    """

    resident: float
    private: float
    fair: float


@dataclass(frozen=True)
class Most:
    """The most that one process ever took, in MB: of memory, and of what its bound counts."""

    resident: float
    data: float


def memory(processes: Iterable[psutil.Process]) -> Memory:
    """What processes take now; those that ended take nothing."""
    total = [0.0, 0.0, 0.0]
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            found = process.memory_full_info()
            for place, part in enumerate((found.rss, found.uss, found.pss)):
                total[place] += part / MB
    return Memory(*total)


def most(process: psutil.Process) -> Most:
    """The peak of one process's resident memory, and the data it holds now (Linux)."""
    return read_status(Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8"))


def read_status(text: str) -> Most:
    """The two figures of a ``/proc/…/status``, whose kB are 1,024 bytes.

    >>> read_status("Name: python" + chr(10) + "VmHWM: 2000 kB" + chr(10) + "VmData: 1000 kB")
    Most(resident=2.048, data=1.024)
    """
    lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    peak, data = (int(lines[name].split()[0]) * 1024 / MB for name in ("VmHWM", "VmData"))
    return Most(peak, data)
