"""What a class needs, computed: by hand, and as it must grow."""

from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import hub_check
from tools.hub import report, sizes
from tools.hub.memory import Most, memory, most, read_status
from tools.hub.report import Report, Took
from tools.hub.sizes import Needed, nodes, one_machine

SMALL = Took("01", 1.0, 2.0, 3.0, 4.0, 5.0, 600, 700, 500, 550, 0)
LARGE = Took("13", 1.0, 2.0, 8.0, 4.0, 9.0, 1000, 1200, 900, 950, 1)
FOUND = Report((SMALL, LARGE), cores=2, cells="all cells", shared=200, hub=300, disk=50)


def test_ten_learners_by_hand() -> None:
    # (10 · 1000 + 200 + 300) MB and a quarter; 10 · 50 MB; 10 · 8 s on 4 cores
    assert one_machine(10, 4, FOUND) == Needed(memory=13.125, disk=0.5, seconds=20.0)


def test_a_cluster_by_hand() -> None:
    # 30 GB of 32, 1.5 GB a learner
    assert nodes(60, FOUND) == (20, 3)
    assert nodes(61, FOUND) == (20, 4)


@given(st.integers(1, 100), st.integers(1, 64))
def test_more_learners_need_more_and_more_cores_less_time(learners: int, cores: int) -> None:
    one, more = one_machine(learners, cores, FOUND), one_machine(learners + 1, cores, FOUND)
    assert more.memory > one.memory
    assert more.seconds > one.seconds
    assert one_machine(learners, 2 * cores, FOUND).seconds == pytest.approx(one.seconds / 2)


def test_a_line_for_each_class() -> None:
    lines = sizes.lines(FOUND)
    assert lines[2] == "| 3 | 2 | 4 GB | 0.1 GB | 12 s |"
    assert len([line for line in lines if line.startswith("|")]) == 2 + len(sizes.CORES)
    assert "1.5 GB promised to each learner (resident × 1.25), so 20 learners" in lines[-1]


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    report.write(FOUND, tmp_path / "measured.json")
    assert report.read(tmp_path / "measured.json") == FOUND


def test_the_page_shows_what_was_measured() -> None:
    text, found = report.PAGE.read_text(encoding="utf-8"), report.read()
    assert text == report.put(text, [*report.lines(found), "", *sizes.lines(found)])
    assert {one.notebook for one in found.class_} == {
        name.removesuffix(".ipynb") for name in hub_check.CLASS.values()
    }


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        report.put(f"text {report.BEGIN} text", [])


def test_this_process_has_memory_that_adds_up() -> None:
    found = memory([psutil.Process()])
    assert 0 < found.private <= found.fair <= found.resident * 1.01
    if Path("/proc/self/status").exists():
        assert most(psutil.Process()).resident >= found.resident * 0.9


def test_kilobytes_of_the_system_are_1024_bytes() -> None:
    text = "Name:\tpython\nVmHWM:\t    2000 kB\nVmData:\t    1000 kB\n"
    assert read_status(text) == Most(resident=2.048, data=1.024)
