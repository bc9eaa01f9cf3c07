"""Small talk in 28 languages, written by volunteers. Taught in notebook 17."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from lmteach.checks import check_choice, checked_by
from lmteach.text.packages import package_folder
from lmteach.typed import typed

_REQUIREMENT = "chatterbot-corpus>=1.2"


def _turns(entry: Any) -> tuple[str, ...]:
    """What was said, turn by turn; nothing for an entry that is no conversation."""
    if not isinstance(entry, list):
        return ()
    turns = tuple(" ".join(str(turn).split()) for turn in entry if turn is not None)
    return turns if len(turns) > 1 and all(turns) else ()


def _read(file: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where it was built
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(
            f"The file {file.name} of the package 'chatterbot_corpus' is damaged "
            f"({type(error).__name__}). Mend it with: "
            f'pip install --force-reinstall --no-deps "{_REQUIREMENT}"'
        ) from error


def _check_topics(topics: Sequence[str] | None) -> None:
    if topics is not None and (isinstance(topics, str) or len(topics) == 0):
        raise ValueError(
            f"topics is {topics!r}, expected a list of at least one topic, such as ['food'], or "
            "None for all."
        )


@typed
@checked_by(_check_topics)
def dialogues(
    language: str, topics: Sequence[str] | None = None, repeats: bool = False
) -> tuple[tuple[str, ...], ...]:
    """Conversations of two or more turns, each once, file by file in alphabetical order.

    An entry that is no conversation of at least two turns (there are a few) is left out, and so is
    one that stood there before, turn for turn: an English file repeats ten questions and answers
    about a hundred times each, so that of 2,025 conversations 898 remain. With ``repeats`` all
    stay, as they come. Single turns do come again, as when a question is answered in several ways:
    split by turns if parts must share none. ``topics`` are names of files, such as "food"; all if
    not given.

    Raises:
        ValueError: there is no such language or topic (says which there are), or a file is damaged.
        ModuleNotFoundError: the package chatterbot-corpus is not installed.

    Source: the ChatterBot language training corpus, BSD licence.

    >>> dialogues("english")[2]
    ('Are you sentient?', 'Sort of.')
    >>> dialogues("chinese")[1]
    ('你是什么语言编写的', 'Python')
    >>> len(dialogues("english", ["tech_support"]))
    10
    >>> len(dialogues("english", ["tech_support"], repeats=True))
    1050
    """
    folder = package_folder("chatterbot_corpus", _REQUIREMENT) / "data"
    languages = sorted(path.name for path in folder.glob("*") if path.is_dir())
    if not languages:
        raise FileNotFoundError(
            f"The package 'chatterbot_corpus' is installed, but its data is missing. Mend it with: "
            f'pip install --force-reinstall --no-deps "{_REQUIREMENT}"'
        )
    check_choice("language", language, languages)
    files = {file.stem: file for file in sorted((folder / language).glob("*.yml"))}
    for topic in topics or ():
        check_choice("topics", topic, files)
    found: list[tuple[str, ...]] = []
    for topic, file in files.items():
        if topics is None or topic in topics:
            content = _read(file)
            entries = content.get("conversations") if isinstance(content, dict) else None
            found.extend(turns for turns in map(_turns, entries or ()) if turns)
    return tuple(found if repeats else dict.fromkeys(found))  # in the order in which they came
