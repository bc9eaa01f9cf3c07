"""Try a class of three on one JupyterHub: python -m tools.hub_check

Three accounts are made and come in, each starts a server and a notebook at the same moment, and the
first cells are run (--whole: all of them). Prints seconds, memory and what a larger class needs;
fails unless nobody sees another's rows and files, nothing that was given out can be changed, and
nothing is lost when memory runs short. Needs root, for the accounts, which are removed at the end.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from threading import Barrier

import psutil
import websocket

from lmteach.files import write_whole
from tools.environments import make
from tools.hub import ready, report, sizes
from tools.hub.accounts import Account, accounts
from tools.hub.learner import Door, HubError, Notebook, may_enter, start_server
from tools.hub.memory import memory, most
from tools.hub.report import Report, Took
from tools.hub.server import running
from tools.lesson.filling import ROOT

FOLDER = ROOT / "build" / "hub"
REQUIREMENTS = ["-c", str(ROOT / "constraints.txt"), "jupyterhub>=5.3,<7", "-e", str(ROOT)]
CLASS = {
    "lmteach-check-1": "01_bigrams.ipynb",
    "lmteach-check-2": "09_self_attention.ipynb",
    "lmteach-check-3": "13_gpt.ipynb",
}
STRANGER = "lmteach-check-0"
FIRST = 3  # the setup cell, the switch for CUDA, the start: what all notebooks begin with
BEGINNING = 10  # code cells that are run without --whole

RECORD = """\
from lmteach.evaluation.scoreboard import record, table
record("A", {name!r}, 2.5, parameters=1, seconds=1.0)
print([row.model for row in table("A").yours])"""
READ = """\
def may(path, mode):
    try:
        open(path, mode).close()
    except OSError as error:
        return type(error).__name__
    return "may"
print(*[may(path, mode) for path, mode in {asked!r}])"""
SHORT = """\
import torch
kept = 42
try:
    torch.zeros(4_000_000_000, dtype=torch.uint8)
except RuntimeError as error:
    print("torch refuses:", "memory" in str(error))
bytearray(4_000_000_000)"""  # more than the bound of a process, less than this machine has
THREADS = "import torch\nprint(torch.get_num_threads())"


@dataclass
class Learner:
    """One of the class, at work."""

    account: Account
    file: str
    door: Door
    server: float = 0.0
    first: float = 0.0
    cpu: float = 0.0
    rest: float = 0.0
    failed: list[str] = field(default_factory=list)
    notebook: Notebook | None = None

    def begin(self, together: Barrier, count: int | None) -> None:
        """Start server and notebook when all are ready, and run its first cells."""
        together.wait()
        began = time.perf_counter()
        self.server = start_server(self.door, self.account.name)
        self.notebook = Notebook(self.door, self.account.name, self.file)
        cells = self.notebook.cells()
        ran = [self.notebook.run(cell) for cell in cells[:FIRST]]
        self.first, self.cpu = time.perf_counter() - began, self.seconds_of_cpu()
        ran += [self.notebook.run(cell) for cell in cells[FIRST:count]]
        self.rest = time.perf_counter() - began - self.first
        self.notebook.close()
        self.failed = [found.error for found in ran if found.error]

    def seconds_of_cpu(self) -> float:
        """What server and kernel have had of the processor so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self.account.processes())

    @property
    def open(self) -> Notebook:
        """The notebook, which is open."""
        if self.notebook is None:
            raise HubError(f"{self.account.name} has no notebook open")
        return self.notebook

    @property
    def kernel(self) -> psutil.Process:
        """The process in which the cells run."""
        return next(one for one in self.account.processes() if "ipykernel" in str(one.cmdline()))


class Findings:
    """What must hold, said as it is asked."""

    def __init__(self) -> None:
        self.failed = False

    def must(self, holds: bool, what: str) -> None:
        """Say whether it holds."""
        print(f"{'yes' if holds else 'NO '}  {what}", flush=True)
        self.failed |= not holds


def come_in(admin: Door, made: list[Account], findings: Findings) -> list[Learner]:
    """The class with its passwords at the login page, then with tokens of its own."""
    wrong = may_enter(admin.address, made[0].name, "not the password")
    findings.must(not wrong, "a wrong password is refused")
    right = all(may_enter(admin.address, one.name, one.password) for one in made)
    findings.must(right, "each comes in with the own password")
    with accounts([STRANGER], group="") as (stranger,):
        entered = may_enter(admin.address, stranger.name, stranger.password)
    findings.must(not entered, "an account that is not in the group is refused")
    learners = []
    for one in made:
        token = admin.ask("POST", f"/hub/api/users/{one.name}/tokens", {"note": "check"})["token"]
        learners.append(Learner(one, CLASS[one.name], Door(admin.address, token)))
    return learners


def may_run(python: Path, account: Account) -> None:
    """Raises ``HubError`` if learners may not reach this Python, as one in root's own home."""
    line = ["runuser", "-u", account.name, "--", str(python), "-c", "import lmteach"]
    done = subprocess.run(line, cwd="/", capture_output=True, text=True)
    if done.returncode:
        what = done.stderr.strip().splitlines()[-1:]
        raise HubError(
            f"Learners can't run {python} ({' '.join(what)}). It, the Python below it and the "
            "checkout must lie where all accounts may read, not in a home that is closed."
        )


def work(learners: list[Learner], count: int | None) -> None:
    """All at the same moment."""
    together = Barrier(len(learners))
    with ThreadPoolExecutor(len(learners)) as pool:
        for done in [pool.submit(one.begin, together, count) for one in learners]:
            done.result()


def size(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def took(one: Learner) -> Took:
    """What a learner's server and kernel have taken so far."""
    now, kernel = memory(one.account.processes()), most(one.kernel)
    return Took(
        one.file.removesuffix(".ipynb"),
        server=round(one.server, 1),
        first=round(one.first, 1),
        first_cpu=round(one.cpu, 1),
        all=round(one.first + one.rest, 1),
        all_cpu=round(one.seconds_of_cpu(), 1),
        private=round(now.private),
        resident=round(now.resident),
        kernel_peak=round(kernel.resident),
        kernel_data=round(kernel.data),
        errors=len(one.failed),
    )


def measure(learners: list[Learner], hub: psutil.Process, whole: bool) -> Report:
    """What each takes, and all together."""
    together = [memory(one.account.processes()) for one in learners]
    family = memory([hub, *[one for one in hub.children() if one.uids().real == os.getuid()]])
    homes = [size(one.account.home) for one in learners]
    return Report(
        tuple(map(took, learners)),
        cores=os.cpu_count() or 1,
        cells="all cells" if whole else f"the first {BEGINNING} code cells",
        shared=round(sum(now.fair - now.private for now in together)),
        hub=round(family.private),
        # With outputs, and each with a checkpoint beside it.
        disk=round((max(homes) + 2 * size(ROOT / "notebooks")) / 1e6),
    )


def keep_apart(learners: list[Learner], findings: Findings) -> None:
    """Rows and files of one are not seen by another, and what was given out stays as it is."""
    for one in learners:
        seen = one.open.run(RECORD.format(name=one.account.name)).text
        names = [other.account.name for other in learners if other.account.name in seen]
        findings.must(names == [one.account.name], f"{one.account.name} sees its own row alone")
    threads = max(1, (os.cpu_count() or 1) // len(learners))
    found = {one.open.run(THREADS).text for one in learners}
    findings.must(found == {f"{threads}\n"}, f"threads of each kernel: {threads}")
    for one, other in zip(learners, learners[1:] + learners[:1], strict=True):
        theirs = other.account.home / "lmteach" / other.file
        asked = [(str(theirs), "r"), (str(theirs), "a")]
        asked += [(str(ROOT / "build/students" / one.file), "a"), (str(ready.CACHE / "x"), "w")]
        asked += [(str(ROOT / "lmteach/__init__.py"), "a")]
        tried = one.open.run(READ.format(asked=asked)).text.split()
        who = f"{one.account.name} can't"
        findings.must(tried[:2] == ["PermissionError"] * 2, f"{who} read another's notebook")
        findings.must(tried[2:] == ["PermissionError"] * 3, f"{who} change what all share")
        status = one.door.refusal("GET", f"/user/{other.account.name}/api/contents/")
        findings.must(status in (403, 404), f"{who} pass another's door: {status}")


def run_short(one: Learner, findings: Findings) -> None:
    """Memory that is not there, then a kernel killed as by the system: nothing is lost."""
    ran = one.open.run(SHORT)
    findings.must("torch refuses: True" in ran.text, "a tensor too large is refused, in words")
    findings.must(ran.error == "MemoryError", f"what is too large ends in {ran.error}")
    findings.must(one.open.run("print(kept)").text == "42\n", "and the kernel has all it had")
    one.open.close()
    saved = (one.account.home / "lmteach" / one.file).read_bytes()
    one.kernel.kill()
    findings.must(one.open.after_a_kill() == "here", "a kernel that was killed is replaced")
    again = "from lmteach.evaluation.scoreboard import table\nprint(table('A').yours)"
    kept = one.account.name in one.open.run(again).text
    findings.must(kept, "the rows of the scoreboard are still there")
    left = (one.account.home / "lmteach" / one.file).read_bytes()
    findings.must(saved == left, "the notebook is as it was saved")


def start_again(one: Learner, findings: Findings) -> None:
    """A server that starts again writes over nothing, and brings what is missing."""
    home = one.account.home / "lmteach"
    mine, other = home / one.file, home / "00_start_here.ipynb"
    mine.write_bytes(mine.read_bytes() + b"\n")
    other.unlink()
    before = mine.read_bytes()
    one.open.close()
    one.door.ask("DELETE", f"/hub/api/users/{one.account.name}/server")
    start_server(one.door, one.account.name)
    findings.must(mine.read_bytes() == before, "a second start writes over nothing")
    findings.must(other.is_file(), "and brings a workbook that is missing")


def try_class(python: Path, whole: bool) -> tuple[bool, Report]:
    """Whether all went as it must, and what was measured."""
    findings = Findings()
    rmtree(FOLDER / "run", ignore_errors=True)
    with accounts([*CLASS]) as made:
        may_run(python, made[0])
        with running(python, FOLDER / "run") as (admin, hub):
            learners = come_in(admin, made, findings)
            work(learners, None if whole else BEGINNING)
            found = measure(learners, hub, whole)
            keep_apart(learners, findings)
            run_short(learners[0], findings)
            start_again(learners[1], findings)
    return not findings.failed, found


def main(line: list[str]) -> int:
    """0 if all went as it must."""
    parser = argparse.ArgumentParser(prog="python -m tools.hub_check", description=__doc__)
    parser.add_argument("--whole", action="store_true", help="all cells, which takes minutes")
    parser.add_argument("--write", action="store_true", help="into docs/jupyterhub.md")
    options = parser.parse_args(line)
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        print("This check makes accounts: run it as root, in a container.", file=sys.stderr)
        return 1
    if ready.main():
        return 1
    python = make(FOLDER / "environment", REQUIREMENTS, on_top=True)
    try:
        right, found = try_class(python, options.whole)
    except (HubError, FileExistsError, OSError, websocket.WebSocketException) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    block = [*report.lines(found), "", *sizes.lines(found)]
    print("", *block, sep="\n")
    if options.write and right:
        report.write(found)
        write_whole(report.PAGE, report.put(report.PAGE.read_text(encoding="utf-8"), block))
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
