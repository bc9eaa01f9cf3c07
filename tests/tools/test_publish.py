"""tools/publish.py: names, rewriting, and finding what disagrees."""

from pathlib import Path

import pytest

from tools import lessons, publish
from tools.lesson.cells import LessonError
from tools.notebook import files

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
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "00_start.py").write_text(
        '# %% [markdown]\n"""\n{{badges}}\n"""\n\n# %%\n{{setup}}\n'
    )
    lessons.main(["build"], tmp_path)
    return tmp_path


def everything(root: Path) -> str:
    kinds = ("*.md", "*.toml", "*.cff", "*.ipynb", "*.py")
    return "".join(path.read_text() for kind in kinds for path in sorted(root.rglob(kind)))


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


@pytest.mark.parametrize("name", ["README.md", "CITATION.cff", "notebooks/00_start.ipynb"])
def test_check_finds_another_address(project: Path, name: str) -> None:
    path = project / name
    path.write_text(path.read_text().replace(OLD, "someone/else", 1))
    (line,) = publish.disagreements(project)
    assert Path(name).name in line
    assert "someone/else" in line


def test_nothing_is_published_over_an_edited_notebook(project: Path) -> None:
    path = project / "notebooks" / "00_start.ipynb"
    notebook = files.read(path)
    notebook.cells[0].source += " edited"
    files.write(notebook, path)
    before = everything(project)
    with pytest.raises(LessonError, match="was edited since it was built: make lift"):
        publish.publish(project, "ada/lmteach")
    assert everything(project) == before


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
