"""What docs/hub gives a class: the configuration and the start of a learner's server."""

import json
import os
import resource
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from traitlets.config.loader import Config, PyFileConfigLoader

from tools.hub import accounts, ready
from tools.lesson.filling import ROOT

HUB = ROOT / "docs" / "hub"
START = runpy.run_path(str(HUB / "start.py"))


def config(monkeypatch: pytest.MonkeyPatch, learners: int = 3) -> Config:
    monkeypatch.setenv("LMTEACH_LEARNERS", str(learners))
    return PyFileConfigLoader("jupyterhub_config.py", path=str(HUB)).load_config()


def test_the_configuration_loads_and_names_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    c = config(monkeypatch)
    python, start, again, *server = c.Spawner.cmd
    assert python == again == sys.executable
    assert Path(start).is_file()
    assert server == ["-m", "jupyterhub.singleuser"]
    given = c.Spawner.environment
    assert Path(given["LMTEACH_CACHE"]) == ready.CACHE
    assert Path(given["LMTEACH_WORKBOOKS"]).parent == ROOT / "build"
    assert c.PAMAuthenticator.allowed_groups == {accounts.GROUP}


def test_the_proxy_is_the_one_that_make_class_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = config(monkeypatch).ConfigurableHTTPProxy.command
    assert Path(command).is_relative_to(ready.PROXY)
    package = json.loads((ready.PROXY / "package.json").read_text(encoding="utf-8"))
    assert Path(command).name in package["dependencies"]
    lock = (ready.PROXY / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock  # no registry's address: each uses their own


@pytest.mark.parametrize(("cores", "learners", "threads"), [(2, 3, 1), (32, 8, 4), (None, 1, 1)])
def test_the_cores_are_shared_out(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, learners: int, threads: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    given = config(monkeypatch, learners).Spawner.environment
    assert {given[name] for name in given if name.endswith("THREADS")} == {str(threads)}
    assert given["OMP_NUM_THREADS"] == str(threads)


def test_what_a_learner_has_is_never_written_over(tmp_path: Path) -> None:
    given, home = tmp_path / "given", tmp_path / "home"
    given.mkdir()
    for name in ("01.ipynb", "02.ipynb", "03.ipynb"):
        (given / name).write_text("given")
    START["hand_out"](given, home)
    assert {path.name for path in home.iterdir()} == {path.name for path in given.iterdir()}
    (home / "01.ipynb").write_text("mine")
    (home / "02.ipynb").unlink()
    (home / "03.ipynb").unlink()
    (home / "03.ipynb").symlink_to(tmp_path / "nowhere")
    (given / "01.ipynb").write_text("new")
    START["hand_out"](given, home)
    assert (home / "01.ipynb").read_text() == "mine"
    assert (home / "02.ipynb").read_text() == "given"
    assert (home / "03.ipynb").is_symlink()
    assert not (tmp_path / "nowhere").exists()


def test_the_server_starts_within_its_bounds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    called: list[Any] = []
    monkeypatch.setattr(resource, "setrlimit", lambda *given: called.append(given))
    monkeypatch.setattr(os, "execv", lambda *given: called.append(given))
    monkeypatch.setattr(os, "umask", lambda mask: called.append(mask))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MEM_LIMIT", "1000")
    monkeypatch.setenv("LMTEACH_WORKBOOKS", str(tmp_path / "none"))
    START["main"](["server", "word"])
    bound = (resource.RLIMIT_DATA, (1000, 1000))
    assert called == [0o077, bound, ("server", ["server", "word"])]
    assert (tmp_path / "lmteach").is_dir()


def test_a_full_disk_does_not_keep_a_learner_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "01.ipynb").write_text("given")
    monkeypatch.setattr("shutil.copyfile", full)
    monkeypatch.setattr(os, "execv", lambda *given: None)
    monkeypatch.setattr(os, "umask", lambda mask: None)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MEM_LIMIT", raising=False)
    monkeypatch.setenv("LMTEACH_WORKBOOKS", str(tmp_path))
    START["main"](["server"])
    assert "No space left" in capsys.readouterr().err
    assert (tmp_path / "lmteach").is_dir()
