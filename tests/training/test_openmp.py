"""Helper threads end when told to, and come back when they are needed."""

import os
import subprocess
import sys

import psutil
import pytest

COUNTED = """
import time
import psutil, torch
from lmteach.training.openmp import release_threads

def threads():
    return psutil.Process().num_threads()

x = torch.ones(1000, 1000)
x.exp()
before = threads()
release_threads()
end = time.monotonic() + 20
while threads() == before and time.monotonic() < end:  # they end a little later
    time.sleep(0.01)
released = threads()
x.exp()
print(before - released, threads() - released)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts the helpers of GNU's OpenMP")
def test_helpers_end_and_come_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COUNTED],
        env=os.environ | {"OMP_NUM_THREADS": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    ended, came_back = map(int, done.stdout.split())
    assert ended == came_back >= 1


def test_without_helpers_nothing_happens() -> None:
    from lmteach.training.openmp import release_threads

    before = psutil.Process().num_threads()
    release_threads()
    release_threads()
    assert psutil.Process().num_threads() <= before
