"""What is written down of benchmarks, and what a notebook quotes of it."""

import re
from pathlib import Path

from benchmarks.__main__ import RESULTS, written

LESSONS = Path(__file__).parents[1] / "lessons"


def test_sections_put_together_are_the_file():
    text = RESULTS.read_text(encoding="utf-8")
    head = text.partition("\n\n## ")[0]
    assert "\n\n".join([head, *written(text).values()]) + "\n" == text


def test_notebook_16_quotes_the_speeds_that_were_measured():
    lesson = (LESSONS / "16_real_weights.py").read_text(encoding="utf-8")
    quoted = re.search(
        r"it was (\d+), (\d+), (\d+)\s+and (\d+) tokens a second, and Hugging Face's model had "
        r"(\d+) in 32 bits and (\d+) in 16 \(`benchmarks/RESULTS.md`, llama\)",
        lesson,
    )
    assert quoted
    rows = re.findall(
        r"tokens written after.*?\| (\d+) tokens/s \| (\d+) tokens/s",
        written(RESULTS.read_text(encoding="utf-8"))["llama"],
    )
    ours, theirs = zip(*rows, strict=True)
    assert quoted.groups() == (*ours[:4], theirs[0], theirs[4])
