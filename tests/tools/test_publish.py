"""tools/publish.py: names, rewriting, and finding what disagrees."""

from pathlib import Path

import pytest
from nbformat import v4

from tools import publish
from tools.notebook import files
from tools.notebook.cells import setup_cell
from tools.notebook.normalise import normalise

ROOT = Path(__file__).resolve().parents[2]
OLD = "not_yet_published/lmteach"
BADGES = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{0}/blob/main/notebooks/01.ipynb) "
    "[![Binder](https://mybinder.org/badge_logo.svg)](https://mybinder.org/v2/gh/{0}/HEAD)"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project that carries the address in every place that has one."""
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "lmteach"\n[project.urls]\nRepository = "https://github.com/{OLD}"\n'
    )
    (tmp_path / "README.md").write_text(
        BADGES.format(OLD) + f" git clone https://github.com/{OLD}.git https://github.com/a/b"
    )
    (tmp_path / "CITATION.cff").write_text(f'repository-code: "https://github.com/{OLD}"\n')
    setup = setup_cell().replace(publish.current(ROOT), OLD)
    cells = [v4.new_markdown_cell(BADGES.format(OLD)), v4.new_code_cell(setup)]
    notebook = normalise(v4.new_notebook(cells=cells))
    files.write(notebook, tmp_path / "notebooks" / "01.ipynb")
    return tmp_path


def everything(root: Path) -> str:
    return "".join(path.read_text() for path in sorted(root.rglob("*.*")) if path.is_file())


def test_publish_rewrites_everything_once(project: Path) -> None:
    assert publish.disagreements(project) == []
    assert len(publish.publish(project, "ada/lm-teach.er")) == 4
    content = everything(project)
    assert OLD not in content
    assert content.count("ada/lm-teach.er") == 8
    assert "ada/lm-teach.er.git " in content
    assert "https://github.com/a/b" in content
    assert publish.disagreements(project) == []
    assert publish.publish(project, "ada/lm-teach.er") == []
    assert len(publish.publish(project, OLD)) == 4


@pytest.mark.parametrize("name", ["README.md", "CITATION.cff", "notebooks/01.ipynb"])
def test_check_finds_another_address(project: Path, name: str) -> None:
    path = project / name
    path.write_text(path.read_text().replace(OLD, "someone/else", 1))
    (line,) = publish.disagreements(project)
    assert Path(name).name in line
    assert "someone/else" in line


@pytest.mark.parametrize("name", ["ada/lmteach", "a/b", "A-1/x.y_z", "a" * 39 + "/b"])
def test_valid(name: str) -> None:
    assert publish.valid(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ada",
        "ada/",
        "/x",
        "-a/x",
        "a-/x",
        "a--b/x",
        "a_b/x",
        "a/b/c",
        "a/..",
        "a/x.git",
        "a/b c",
        "a" * 40 + "/b",
        "https://github.com/a/b",
    ],
)
def test_invalid(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not publish.valid(name)
    assert publish.main(["--", name]) == 1
    assert "owner/name" in capsys.readouterr().err


def test_this_project_agrees_with_itself() -> None:
    assert publish.disagreements(ROOT) == []
