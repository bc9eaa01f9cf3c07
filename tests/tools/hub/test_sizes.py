"""What a class needs, computed: by hand, and as it must grow."""

from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.hub.memory import Most, memory, most, read_status
from tools.hub.sizes import Measured, Needed, nodes, one_machine, table

FOUND = Measured(private=1000, resident=1200, shared=200, hub=300, cpu=8, disk=50)


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


def test_the_table_has_a_line_for_each_class() -> None:
    lines = table({3: 2, 60: 32}, FOUND)
    assert lines[2] == "| 3 | 2 | 4 GB | 150 MB | 12 s |"
    assert len(lines) == 4


def test_this_process_has_memory_that_adds_up() -> None:
    found = memory([psutil.Process()])
    assert 0 < found.private <= found.fair <= found.resident * 1.01
    if Path("/proc/self/status").exists():
        assert most(psutil.Process()).resident >= found.resident * 0.9


def test_kilobytes_of_the_system_are_1024_bytes() -> None:
    text = "Name:\tpython\nVmHWM:\t    2000 kB\nVmData:\t    1000 kB\n"
    assert read_status(text) == Most(resident=2.048, data=1.024)
