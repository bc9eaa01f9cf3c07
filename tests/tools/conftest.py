"""What tests of tools share."""

import os
import shutil

import pytest

from tools import scripts


@pytest.fixture
def node() -> str:
    """Node, where what it runs is installed."""
    found = shutil.which("node")
    ready = found and scripts.is_ready()
    if not ready and os.environ.get("LMTEACH_REQUIRE_NODE") == "1":
        pytest.fail(scripts.NO_NODE)
    if not ready:
        pytest.skip("no Node, or its packages not yet installed: python -m tools.scripts")
    return str(found)
