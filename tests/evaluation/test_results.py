"""Stored figures: every file is whole, and the first entry of each is measured again."""

import json
import math
import re
from dataclasses import asdict, replace
from datetime import date
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.evaluation.results import (
    FOLDER,
    Entry,
    Results,
    pack_answers,
    read_results,
    unpack_answers,
)
from lmteach.models.llama.files import SMOLLM2
from lmteach.text.corpora.film_sentences import FILM_SENTENCES
from tests.real_files import needs

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
STORED = sorted(path.stem for path in FOLDER.glob("*.json"))
each = pytest.mark.parametrize("name", STORED)


def numbers(figures):
    """All numbers among some figures, those of curves too; texts are none."""
    for value in figures.values():
        if not isinstance(value, str):
            yield from value if isinstance(value, list) else [value]


def test_every_experiment_has_stored_figures():
    assert STORED == sorted(p.stem for p in EXPERIMENTS.glob("*.py") if p.stem != "__init__")
    assert STORED


@each
def test_every_file_is_whole(name):
    stored = read_results(name)
    assert stored.name == name
    assert re.fullmatch(r"[0-9a-f]{40}", stored.commit)
    assert date(2020, 1, 1) < date.fromisoformat(stored.date)
    assert stored.seconds > 0
    assert {"cores", "processor", "system", "python", "numpy", "torch", "threads"} == set(
        stored.machine
    )
    assert all(stored.machine.values())
    assert stored.recipe
    figures = {str(entry.case): set(entry.figures) for entry in stored.entries}
    for entry in stored.entries:
        assert set(entry.figures) == figures[str(entry.case)] <= set(stored.entries[0].figures)
        assert all(map(math.isfinite, numbers(entry.figures)))


@each
def test_every_file_is_of_the_experiment_as_it_stands(name):
    experiment, stored = import_module(f"experiments.{name}"), read_results(name)
    assert experiment.__doc__
    assert stored.recipe == json.loads(json.dumps(experiment.RECIPE))
    assert stored.seeds == tuple(experiment.SEEDS)
    expected = [(case, seed) for case in experiment.CASES for seed in experiment.SEEDS or (None,)]
    assert [(entry.case, entry.seed) for entry in stored.entries] == expected


NEEDED = {  # no package brings them
    **dict.fromkeys(
        ("film_adapted", "film_networks", "film_sentences", "overfitting", "ranks"),
        (FILM_SENTENCES,),
    ),
    **dict.fromkeys(("chat_memory", "copying_heads", "new_skill"), (SMOLLM2,)),
    "film_prompted": (FILM_SENTENCES, SMOLLM2),
}
OF_THE_MACHINE = {"peak_memory", "seconds", "step_seconds"}
counted_by_linux = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="only Linux counts a peak anew"
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=[
                *map(needs, NEEDED.get(name, ())),
                *([counted_by_linux] if name == "film_adapted" else []),
            ],
        )
        for name in STORED
    ],
)
def test_the_first_entry_is_measured_again(name):
    experiment, first = import_module(f"experiments.{name}"), read_results(name).entries[0]
    again = experiment.measure(first.seed, **first.case)
    assert again.keys() == first.figures.keys()
    compared = {key for key, value in again.items() if not isinstance(value, str)}
    compared -= OF_THE_MACHINE
    assert compared
    for figure in compared:
        expected = pytest.approx(first.figures[figure], rel=0, abs=experiment.TOLERANCE)
        assert again[figure] == expected, figure


MACHINE = {"cores": 2, "processor": "P", "threads": 1}
SWEEP = Results(
    "sweep",
    {"steps": 3},
    (0, 1),
    "abc" * 13 + "d",
    MACHINE,
    "2026-01-31",
    61.0,
    (
        Entry({"cell": "rnn", "dim": 8}, 0, {"bits": 2.0, "size": 1000, "losses": [3.0, 2.0]}),
        Entry({"cell": "rnn", "dim": 8}, 1, {"bits": 2.5, "size": 1000, "losses": [3.0, 2.5]}),
        Entry({"cell": "gru", "dim": 8}, 0, {"bits": 1.0, "size": 3000, "losses": [3.0, 1.0]}),
        Entry({"cell": "gru", "dim": 8}, 1, {"bits": 1.5, "size": 3000, "losses": [3.0, 1.5]}),
    ),
)


def test_what_is_written_is_read(tmp_path):
    (tmp_path / "sweep.json").write_text(json.dumps(asdict(SWEEP)), encoding="utf-8")
    assert read_results("sweep", tmp_path) == SWEEP


def test_values_are_chosen_by_case_in_the_order_of_cases_and_seeds():
    assert SWEEP.values("bits") == [2.0, 2.5, 1.0, 1.5]
    assert SWEEP.values("bits", cell="gru") == [1.0, 1.5]
    assert SWEEP.values("losses", cell="rnn", dim=8) == [[3.0, 2.0], [3.0, 2.5]]
    with pytest.raises(ValueError, match=r"sweep has no 'bits' of {'cell': 'lstm'}"):
        SWEEP.values("bits", cell="lstm")
    with pytest.raises(
        ValueError, match=r"has no 'nats' of {}, expected one of bits, size, losses"
    ):
        SWEEP.values("nats")


def test_they_show_themselves_by_hand():
    assert repr(SWEEP).split("\n") == [
        'Stored figures of "sweep", 2026-01-31, commit abcabca: 61 s on P, 2 cores, 1 threads',
        "cell  dim          bits   size",
        "rnn   8    2.250 ± 0.35  1,000",
        "gru   8    1.250 ± 0.35  3,000",
    ]
    assert "| rnn | 8 | 2.250 ± 0.35 | " in SWEEP._repr_markdown_()
    assert SWEEP._repr_markdown_().startswith('Stored figures of "sweep"')


def test_a_wide_spread_is_written_without_an_exponent():
    wide = [
        Entry({"cell": "rnn", "dim": 8}, seed, {"seconds": seconds, "more": more})
        for seed, seconds, more in ((0, 111.0, 20.5), (1, 311.0, 34.5))
    ]
    [line] = repr(replace(SWEEP, entries=tuple(wide))).splitlines()[2:]
    assert line.split() == ["rnn", "8", "211.0", "±", "141", "27.50", "±", "9.9"]


def test_what_a_case_has_no_figure_of_stays_empty():
    some = Entry({"cell": "gru", "dim": 8}, 0, {"bits": 1.0, "losses": [3.0, 1.0]})
    shown = repr(replace(SWEEP, entries=(*SWEEP.entries[:2], some))).splitlines()
    assert [line.split() for line in shown[2:]] == [
        ["rnn", "8", "2.250", "±", "0.35", "1,000"],
        ["gru", "8", "1.000"],
    ]


def test_an_unknown_name_and_a_damaged_file_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"no experiment called 'x' .* make results NAME=x"):
        read_results("x", tmp_path)
    with pytest.raises(ValueError, match=r"expected one of .*token_ngrams"):
        read_results("x")
    (tmp_path / "cut.json").write_text('{"name": ')
    with pytest.raises(ValueError, match=r"cut\.json can't be read"):
        read_results("cut", tmp_path)
    (tmp_path / "cut.json").write_text('{"entries": [], "seeds": [], "name": "cut"}')
    with pytest.raises(ValueError, match=r"cut\.json can't be read .*recipe"):
        read_results("cut", tmp_path)


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "cut.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"cut\.json can't be read .*Take the file"):
        read_results("cut", tmp_path)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_answers_come_back_from_their_text(right):
    packed = pack_answers(np.array(right))
    assert unpack_answers(packed, len(right)).tolist() == right
    bits = "".join("1" if one else "0" for one in right).ljust(8 * -(-len(right) // 8), "0")
    assert packed == f"{int(bits, 2):0{len(bits) // 4}x}"


def test_texts_that_are_no_answers_are_refused():
    for packed, count in [("a8", 9), ("a8", 17), ("", 1), ("xy", 8), ("A8", 8), ("a8\n", 8)]:
        with pytest.raises(ValueError, match="hexadecimal digits"):
            unpack_answers(packed, count)
    with pytest.raises(ValueError, match="count"):
        unpack_answers("", 0)


def test_the_accuracy_of_film_sentences_is_that_of_the_answers():
    stored = read_results("film_sentences")
    for entry in stored.entries:
        if entry.case["method"] != "one person":
            right = unpack_answers(entry.figures["right"], 2003)
            assert round(float(right.mean()), 4) == entry.figures["accuracy"]
