"""For every test, doctest and notebook: no network, a cache and scoreboard of its own.

What `make data` brought is there: the cache of before is the folder of data (``LMTEACH_DATA``).
"""

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jaxtyping
import pytest
from hypothesis import settings

OFFLINE = Path(__file__).resolve().parent / "tests" / "offline"

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def _refuse_network() -> None:
    """In this process, and through PYTHONPATH in every process that it starts."""
    paths = [str(OFFLINE), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    spec = importlib.util.spec_from_file_location("offline", OFFLINE / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """nbval gives a cell's last message five seconds to arrive: too few on a busy machine.

    And a notebook whose file is not there is skipped.
    """
    for item in items:
        if hasattr(item, "output_timeout"):
            item.output_timeout = 60
    from lmteach.models.llama.files import SMOLLM2
    from tests.real_files import needs

    for item in items:  # its committed outputs are those with the real file
        if item.path.name == "16_real_weights.ipynb":
            item.add_marker(needs(SMOLLM2))


def pytest_configure(config: pytest.Config) -> None:
    _refuse_network()
    from lmteach.text.cache import cache_folder

    os.environ.setdefault("LMTEACH_DATA", str(cache_folder()))
    scratch = tempfile.TemporaryDirectory(prefix="lmteach-tests-")
    config.add_cleanup(scratch.cleanup)
    os.environ["LMTEACH_CACHE"] = str(Path(scratch.name) / "cache")
    os.environ["LMTEACH_SCOREBOARD"] = str(Path(scratch.name) / "scoreboard.json")
    os.environ["IPYTHONDIR"] = str(Path(scratch.name) / "ipython")
    import matplotlib

    matplotlib.use("Agg")  # not by MPLBACKEND, which kernels would inherit


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Each notebook starts with an empty scoreboard, as when its outputs were made."""
    if item.path.suffix == ".ipynb":
        board = Path(os.environ["LMTEACH_SCOREBOARD"]).with_name(f"{item.path.stem}.json")
        os.environ["LMTEACH_SCOREBOARD"] = str(board)


@pytest.fixture(autouse=True)
def _figures_closed() -> Iterator[None]:
    """Close what a test or doctest has drawn: open figures add up over a run."""
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture
def without_shape_checks() -> Iterator[None]:
    """Call the package as a user does: bad input is to meet our own checks, not jaxtyping's."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
