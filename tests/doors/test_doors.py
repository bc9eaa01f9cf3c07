"""Nobody who gives the wrong thing meets anything but one clear sentence."""

import functools
from pathlib import Path

import pytest

from tests.doors.allowed import ONCE, may_pass
from tests.doors.examples import Door, copied, doors, with_examples
from tests.doors.trying import outcome, trials

pytestmark = pytest.mark.usefixtures("without_shape_checks", "_elsewhere")
DOORS = [door for door in doors() if door.parameters]


@pytest.fixture(name="_elsewhere")
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that was mistyped makes its file there."""
    monkeypatch.chdir(tmp_path)


@functools.cache
def examples() -> dict[str, Door]:
    """All doors by name, each with the arguments of a good call."""
    return {door.name: door for door in with_examples(DOORS)}


@pytest.mark.parametrize("name", [door.name for door in DOORS])
def test_bad_input_gets_one_clear_sentence(name: str) -> None:
    door = examples()[name]
    assert door.arguments is not None, "no example in its docstring calls it"
    found = [
        f"{trial.parameter} = {trial.bad}: {trial.verdict} {trial.said}"
        for trial in trials(door)
        if trial.verdict != "clear" and not may_pass(door, trial)
    ]
    assert not found, "\n".join([door.name, *found])


@pytest.mark.parametrize("name", [door.name for door in DOORS])
def test_a_copy_of_the_good_call_is_good(name: str) -> None:
    """Or else each bad value would be refused, whatever it is."""
    door = examples()[name]
    if door.arguments is None or name in ONCE:
        pytest.skip("no example, or one that can't be repeated")
    assert outcome(door, copied(door.arguments)) == ("accepted", "")
