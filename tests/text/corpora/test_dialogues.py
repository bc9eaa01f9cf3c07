"""Dialogues, against the same files read line by line, and with broken files."""

import re
from pathlib import Path

import pytest

from lmteach.text.corpora import dialogues as module
from lmteach.text.corpora.dialogues import dialogues
from lmteach.text.packages import package_folder


def test_number_of_conversations_counted_by_lines() -> None:
    """The Chinese files say two things twice."""
    folder = package_folder("chatterbot_corpus", "chatterbot-corpus") / "data"
    for language, repeated in (("chinese", 2), ("german", 0)):
        texts = [file.read_text("utf-8") for file in sorted((folder / language).glob("*.yml"))]
        there = sum(len(re.findall(r"^- +- ", t, re.M)) for t in texts)
        assert len(dialogues(language)) == there - repeated


def test_the_english_file_that_repeats_itself() -> None:
    folder = package_folder("chatterbot_corpus", "chatterbot-corpus") / "data" / "english"
    texts = [file.read_text("utf-8") for file in folder.glob("*.yml")]
    assert sum(text.count("My printer is not printing.") for text in texts) == 121
    talks = dialogues("english")
    assert sum(turns[0] == "My printer is not printing." for turns in talks) == 1
    assert len(talks) == 898


def test_every_language_gives_whole_conversations() -> None:
    folder = package_folder("chatterbot_corpus", "chatterbot-corpus") / "data"
    languages = [path.name for path in folder.iterdir() if path.is_dir()]
    assert {"english", "chinese"} <= set(languages)
    for language in languages:
        found = dialogues(language)
        assert found, language
        assert all(len(turns) > 1 for turns in found)
        assert len(set(found)) == len(found), f"{language} repeats a conversation"
        assert all(turn and turn == " ".join(turn.split()) for turns in found for turn in turns)


def test_hand_read() -> None:
    assert ("Are you sentient?", "Sort of.") in dialogues("english")


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(module, "package_folder", lambda package, requirement: tmp_path)
    folder = tmp_path / "data" / "klingon"
    folder.mkdir(parents=True)
    return folder


def test_malformed_entries_are_left_out(package: Path) -> None:
    text = "conversations:\n- - nuqneH\n  - 42\n- - alone\n- no list\n- - a\n  - null\n- []\n"
    (package / "a.yml").write_text(text, encoding="utf-8")
    (package / "b.yml").write_text("- no mapping\n", encoding="utf-8")
    (package / "c.yml").write_text("categories:\n- empty\n", encoding="utf-8")
    assert dialogues("klingon") == (("nuqneH", "42"),)


def test_the_first_of_what_is_repeated_stays(package: Path) -> None:
    (package / "a.yml").write_text("conversations:\n- [c, d]\n- [a, b]\n- [c, d]\n")
    (package / "b.yml").write_text("conversations:\n- [a, b]\n- [a, b, c]\n- [b, a]\n")
    assert dialogues("klingon") == (("c", "d"), ("a", "b"), ("a", "b", "c"), ("b", "a"))


def test_repeats_stay_where_they_are_asked_for(package: Path) -> None:
    (package / "a.yml").write_text("conversations:\n- [c, d]\n- [a, b]\n- [c, d]\n")
    (package / "b.yml").write_text("conversations:\n- [a, b]\n")
    assert dialogues("klingon", repeats=True) == (("c", "d"), ("a", "b"), ("c", "d"), ("a", "b"))


def test_topics_are_read_alone_in_the_order_of_the_files(package: Path) -> None:
    for topic in "abc":
        (package / f"{topic}.yml").write_text(f"conversations:\n- [{topic}, answer]\n")
    assert dialogues("klingon", ["c", "a"]) == (("a", "answer"), ("c", "answer"))
    with pytest.raises(ValueError, match=r"topics is 'd', expected one of 'a', 'b', 'c'"):
        dialogues("klingon", ["a", "d"])
    for none in ([], "a"):
        with pytest.raises(ValueError, match=r"expected a list of at least one topic"):
            dialogues("klingon", none)


def test_all_topics_together_are_all_dialogues() -> None:
    folder = package_folder("chatterbot_corpus", "chatterbot-corpus") / "data" / "english"
    topics = [path.stem for path in folder.glob("*.yml")]
    assert dialogues("english", topics) == dialogues("english")


def test_a_file_that_is_no_yaml(package: Path) -> None:
    (package / "a.yml").write_text("conversations: [", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.yml.*chatterbot_corpus.*pip install"):
        dialogues("klingon")


@pytest.mark.parametrize("language", ["elvish", "", "..", "../data", "English"])
def test_unknown_language(language: str) -> None:
    with pytest.raises(ValueError, match=r"expected one of .*'chinese', .*'english'"):
        dialogues(language)


def test_missing_data(package: Path) -> None:
    package.rmdir()
    with pytest.raises(FileNotFoundError, match=r"data is missing.*pip install"):
        dialogues("english")
