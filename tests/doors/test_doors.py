"""Nobody who gives the wrong thing meets anything but one clear sentence."""

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lmteach.models.llama.files import SMOLLM2, smollm2_file
from lmteach.models.llama.model import Llama
from tests.doors.allowed import ONCE, may_pass
from tests.doors.examples import Door, copied, doors, with_examples
from tests.doors.trying import outcome, trials
from tests.real_files import needs, there

pytestmark = pytest.mark.usefixtures("without_shape_checks", "_elsewhere")
DOORS = [door for door in doors() if door.parameters]


@pytest.fixture(name="_elsewhere")
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that was mistyped makes its file there."""
    monkeypatch.chdir(tmp_path)


# A good call of these reads a file of 93 MB, which no example in a docstring does.
WITH_A_FILE = ("models.llama.model.smollm2", "models.llama.model.Llama.from_gguf")


@functools.cache
def examples() -> dict[str, Door]:
    """All doors by name, each with the arguments of a good call."""
    found = {door.name: door for door in with_examples(DOORS)}
    for name in WITH_A_FILE if there(SMOLLM2) else ():
        whose = {"cls": Llama, "path": smollm2_file()} if name.endswith("from_gguf") else {}
        good = {**whose, "bits": 4}
        found[name] = replace(found[name], arguments=good)
    return found


def named(doors: list[Door]) -> list[Any]:
    """The names of doors, each to be tried where the file is that it needs."""
    needed = needs(SMOLLM2)
    return [
        pytest.param(door.name, marks=needed if door.name in WITH_A_FILE else ()) for door in doors
    ]


@pytest.mark.parametrize("name", named(DOORS))
def test_bad_input_gets_one_clear_sentence(name: str) -> None:
    door = examples()[name]
    assert door.arguments is not None, "no example in its docstring calls it"
    found = [
        f"{trial.parameter} = {trial.bad}: {trial.verdict} {trial.said}"
        for trial in trials(door)
        if trial.verdict != "clear" and not may_pass(door, trial)
    ]
    assert not found, "\n".join([door.name, *found])


@pytest.mark.parametrize("name", named(DOORS))
def test_a_copy_of_the_good_call_is_good(name: str) -> None:
    """Or else each bad value would be refused, whatever it is."""
    door = examples()[name]
    if door.arguments is None or name in ONCE:
        pytest.skip("no example, or one that can't be repeated")
    assert outcome(door, copied(door.arguments)) == ("accepted", "")
