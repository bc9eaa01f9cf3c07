"""A lesson and the notebook that is built from it: which of them changed, and making both agree.

A notebook keeps in its metadata what it was built from: a digest of the lesson's text, and one of
the cells that were made of it. So each side can be seen to have changed since, and neither is
overwritten while it holds what the other has not.
"""

import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from nbformat import NotebookNode, v4
from nbformat.reader import NotJSONError

from lmteach.files import write_whole
from tools.lesson import cells, minutes
from tools.lesson.cells import LessonError
from tools.lesson.filling import FRAMES, fillings, repository
from tools.notebook import files
from tools.notebook.normalise import RECORD, normalise

ANEW = "python -m tools.lessons build --overwrite {}"


class State(Enum):
    """How a notebook stands to its lesson."""

    BUILT = "built"
    STALE = "the lesson changed, or what is filled in"
    EDITED = "the notebook was edited"
    BOTH = "both changed"
    ALONE = "there is no lesson, and never was"
    LEFT = "its lesson is gone"


@dataclass(frozen=True)
class Lesson:
    """One lesson of the collection in the folder `root`; `name` is as `01_bigrams`."""

    root: Path
    name: str

    @property
    def source(self) -> Path:
        """Where it is written."""
        return self.root / "lessons" / f"{self.name}.py"

    @property
    def notebook(self) -> Path:
        """Where it is built."""
        return self.root / "notebooks" / f"{self.name}.ipynb"

    @property
    def aside(self) -> Path:
        """Where the notebook's version is put when it can't be lifted; without an ending."""
        return self.root / "build" / "lift" / self.name

    def text(self) -> str:
        """What is written in it."""
        return self.source.read_text(encoding="utf-8")

    def fillings(self) -> dict[str, str]:
        """What the build fills in."""
        every = sorted({*names(self.root), self.name})
        text = self.text() if self.source.is_file() else ""
        time = minutes.in_words(cells.read(text))
        return fillings(self.name, every, repository(self.root), time)

    def cells(self) -> list[NotebookNode]:
        """The notebook's cells, without outputs."""
        try:
            return cells.filled(cells.read(self.text()), self.fillings())
        except LessonError as error:
            raise LessonError(f"{self.shown(self.source)}: {error}") from error

    def old(self) -> NotebookNode | None:
        """The notebook as it stands; None if there is none."""
        if not self.notebook.is_file():
            return None
        try:
            return normalise(files.read(self.notebook))
        except (NotJSONError, AttributeError, KeyError) as error:
            raise LessonError(
                f"{self.shown(self.notebook)} can't be read as a notebook; to make it anew from "
                f"its lesson: {ANEW.format(self.name)}"
            ) from error

    def shown(self, path: Path) -> str:
        """A path as it is printed."""
        return path.relative_to(self.root).as_posix()

    def state(self) -> State:
        """Which side changed since the notebook was built."""
        old = self.old()
        if old is None:
            return State.STALE
        if not self.source.is_file():
            return State.LEFT if RECORD in old.metadata else State.ALONE
        record, new = old.metadata.get(RECORD, {}), record_of(self.text(), self.cells())
        standing = digest(old.cells)
        if standing == new["cells"]:
            return State.BUILT if record == new else State.STALE
        if standing == record.get("cells"):
            return State.STALE
        return State.EDITED if record == new else State.BOTH


def names(root: Path) -> list[str]:
    """The lessons in their order, as `01_bigrams`."""
    return sorted(path.stem for path in (root / "lessons").glob("[0-9][0-9]_*.py"))


def find(root: Path, words: list[str]) -> list[Lesson]:
    """The lessons that are meant, by number, name or path; without words all that there are."""
    built = [path.stem for path in (root / "notebooks").glob("[0-9][0-9]_*.ipynb")]
    known = sorted({*names(root), *built})
    chosen = []
    for word in words:
        stem = Path(word).stem
        found = [name for name in known if name == stem or name[:2] == stem.zfill(2)]
        if len(found) != 1:
            raise LessonError(f"{word}: {'no such lesson' if not found else ' or '.join(found)}?")
        chosen += found
    return [Lesson(root, name) for name in (chosen or known)]


def digest(made: list[NotebookNode]) -> str:
    """One short text for all that a lesson decides about its cells."""
    held = [[c.cell_type, c.source, c.metadata, c.get("attachments", {})] for c in made]
    content = json.dumps(held, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def record_of(text: str, made: list[NotebookNode]) -> dict[str, str]:
    """What a notebook keeps of its lesson."""
    return {"cells": digest(made), "lesson": hashlib.sha256(text.encode()).hexdigest()[:12]}


def build(lesson: Lesson, overwrite: bool = False) -> int | None:
    """Write the notebook, outputs of unchanged cells kept; how many cells are to be run.

    None if nothing had to be written. An edited notebook is overwritten only if that is said, and
    then a copy of it is kept aside.
    """
    if not lesson.source.is_file():
        raise LessonError(complaint(lesson, lesson.state()))
    made = lesson.cells()
    try:
        old, state = lesson.old(), lesson.state()
    except LessonError:
        if not overwrite:
            raise
        old, state = None, State.BOTH
    if state in (State.EDITED, State.BOTH):
        if not overwrite:
            raise LessonError(complaint(lesson, state))
        copy = lesson.aside.with_suffix(".ipynb")
        write_whole(copy, lesson.notebook.read_bytes())
    new = v4.new_notebook(cells=made, metadata={RECORD: record_of(lesson.text(), made)})
    if old is not None:
        _keep_outputs(old, new)
    if not files.write(normalise(new), lesson.notebook):
        return None
    return sum(cell.cell_type == "code" and cell.execution_count is None for cell in new.cells)


def _keep_outputs(old: NotebookNode, new: NotebookNode) -> None:
    """Give each cell of `new` the outputs that a cell of the same source has in `old`.

    The setup cell has none where it finds what it needs, whatever it looks for: it needs no run.
    """
    before = dict(zip(files.cell_ids(old.cells), old.cells, strict=True))
    setups = [cell for cell in old.cells if "setup" in cell.metadata.get("tags", [])]
    for cell, identity in zip(new.cells, files.cell_ids(new.cells), strict=True):
        same = [before[identity]] if identity in before else []
        if not same and "setup" in cell.metadata.get("tags", []):
            same = [setup for setup in setups if not setup.outputs]
        if cell.cell_type == "code" and same:
            cell.outputs, cell.execution_count = same[0].outputs, same[0].execution_count


def lift(lesson: Lesson) -> bool:
    """Bring the edits of a notebook into its lesson; whether there were any.

    Refused if the lesson changed, too, or if an edit has no place in a lesson.
    """
    state, notebook = lesson.state(), lesson.old()
    if notebook is None or state in (State.BUILT, State.STALE):
        return False
    if state is State.LEFT:
        raise LessonError(complaint(lesson, state))
    lifted, problems = cells.unfilled(notebook.cells, lesson.fillings())
    text = cells.write(lifted)
    if state is State.EDITED:
        problems += _gone(lesson, lifted)
    if state is State.BOTH:
        problems = [f"{lesson.shown(lesson.source)} changed, too, since the last build"]
    problems = problems or _changed_on_the_way(text, notebook.cells, lesson.fillings())
    if problems:
        aside = lesson.aside.with_suffix(".py")
        files.write_text(text, aside)
        raise LessonError(
            f"{lesson.shown(lesson.notebook)} was not lifted:\n"
            + "".join(f"- {problem}\n" for problem in problems)
            + f"Its version of the lesson is in {lesson.shown(aside)}. Take from there into "
            f"{lesson.shown(lesson.source)} what you want to keep, then: {ANEW.format(lesson.name)}"
        )
    files.write_text(text, lesson.source)
    build(lesson)
    return True


def _gone(lesson: Lesson, lifted: list[NotebookNode]) -> list[str]:
    """A sentence for each filled-in piece that the notebook doesn't have any more."""
    before, after = (
        "\n".join(cell.source for cell in version)
        for version in (cells.read(lesson.text()), lifted)
    )
    return [
        f"what the build writes for {frame} was edited: undo it here; it comes from {source}"
        for frame, source in FRAMES.values()
        if before.count(frame) > after.count(frame)
    ]


def _changed_on_the_way(
    text: str, wanted: list[NotebookNode], fillings: dict[str, str]
) -> list[str]:
    """The first cell that would not come back out of the lifted lesson."""
    made = cells.filled(cells.read(text), fillings)
    for index, cell in enumerate(wanted):
        if index == len(made) or digest([made[index]]) != digest([cell]):
            return [f"{files.where(index, cell)}: can't be written in a lesson; change this cell"]
    return [] if len(made) == len(wanted) else ["a cell holds a line that begins a new cell, # %%"]


def complaint(lesson: Lesson, state: State) -> str:
    """One sentence: how a notebook stands to its lesson, and the command that mends it."""
    source, notebook = lesson.shown(lesson.source), lesson.shown(lesson.notebook)
    return {
        State.BUILT: "",
        State.STALE: f"{notebook} is older than its lesson, or than what is filled in: make build",
        State.EDITED: f"{notebook} was edited since it was built: make lift; to drop the edits: "
        + ANEW.format(lesson.name),
        State.BOTH: f"{notebook} was edited and {source} changed, too: make lift says how to go on",
        State.ALONE: f"{notebook} has no lesson: make lift writes one",
        State.LEFT: f"{notebook} was built from {source}, which is gone: delete the notebook, too",
    }[state]
