"""What was measured with three learners: kept in docs/hub/measured.json, shown in the page."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lmteach.files import write_whole
from tools.lesson.filling import ROOT

STORE = ROOT / "docs" / "hub" / "measured.json"
PAGE = ROOT / "docs" / "jupyterhub.md"
BEGIN, END = "<!-- measured: make hub-check writes this -->", "<!-- end -->"


@dataclass(frozen=True)
class Took:
    """One learner: seconds of the clock and of the processor, and MB, of server and kernel."""

    notebook: str
    server: float
    first: float
    first_cpu: float
    all: float
    all_cpu: float
    private: float
    resident: float
    kernel_peak: float
    kernel_data: float
    errors: int


@dataclass(frozen=True)
class Report:
    """The class: its learners, and in MB what they share, what the hub takes, a learner's disk."""

    class_: tuple[Took, ...]
    cores: int
    cells: str
    shared: float
    hub: float
    disk: float


def write(found: Report, path: Path = STORE) -> None:
    """Keep what was measured."""
    write_whole(path, json.dumps(asdict(found), indent=1) + "\n")


def read(path: Path = STORE) -> Report:
    """What was measured last."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return Report(**found | {"class_": tuple(Took(**one) for one in found["class_"])})


def lines(found: Report) -> list[str]:
    """What was measured, as a table."""
    table = [
        "| notebook | server ready | first cells | CPU of these | cells run | CPU of all "
        "| private | resident | kernel's peak | its bound counts |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    table += [
        f"| {one.notebook} | {one.server:.1f} s | {one.first:.1f} s | {one.first_cpu:.1f} s "
        f"| {one.all:.0f} s | {one.all_cpu:.0f} s | {one.private:.0f} MB | {one.resident:.0f} MB "
        f"| {one.kernel_peak:.0f} MB | {one.kernel_data:.0f} MB |"
        for one in found.class_
    ]
    errors = sum(one.errors for one in found.class_)
    return [
        *table,
        "",
        f"At once on {found.cores} cores, {found.cells}; {errors or 'none'} of them ended in an "
        f"error. Shared among the three {found.shared:.0f} MB, hub and proxy {found.hub:.0f} MB; "
        f"a home with all notebooks run {found.disk:.0f} MB.",
    ]


def put(text: str, block: Sequence[str]) -> str:
    """The page with this between its marks. Raises ``ValueError`` where a mark is missing."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or END not in rest:
        raise ValueError(f"the page has no place between {BEGIN!r} and {END!r}.")
    return "\n".join([before + BEGIN, "", *block, "", END + after])
