"""Tables in plain text and Markdown: by hand, and every column stands straight."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st
from nbconvert.filters import markdown2html

from lmteach.evaluation.results import Entry, Results
from lmteach.evaluation.scoreboard import Row, Table
from lmteach.evaluation.tables import literal, markdown_table, plain_table

HEADER = ("unit", "order", "bits")
ROWS = [("characters", "3", "3.01"), ("tokens", "12", "1.95")]


def test_by_hand_with_one_name_and_two():
    assert plain_table(HEADER, ROWS).split("\n") == [
        "unit        order  bits",
        "characters      3  3.01",
        "tokens         12  1.95",
    ]
    assert plain_table(HEADER, ROWS, names=2).split("\n")[1] == "characters  3      3.01"
    assert markdown_table(HEADER, ROWS, names=2).split("\n") == [
        "| unit | order | bits |",
        "| --- | --- | ---: |",
        "| characters | 3 | 3.01 |",
        "| tokens | 12 | 1.95 |",
    ]


WORDS = st.text("abcxyz", min_size=1, max_size=6)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5))
def test_every_column_stands_straight(rows):
    lines = plain_table(("a", "b"), rows).split("\n")
    assert len({len(line) for line in lines}) == 1
    assert [tuple(line.split()) for line in lines[1:]] == rows


def test_a_table_without_rows_shows_its_header():
    assert plain_table(HEADER, []) == "unit  order  bits"


SIGNS = st.text("a1 $|_*`<>&\\[]()!#~{}^\"'-+.:=%", max_size=12)


def read(markdown: str) -> str:
    """The text that a page shows, without the ends and doubled blanks that no page shows."""
    bare = html.unescape(re.sub(r"<[^>]*>", "", markdown2html(markdown)))
    return " ".join(bare.split())


@given(SIGNS)
def test_whatever_a_name_is_a_page_shows_it_in_its_cell(name):
    page = markdown2html(markdown_table(("model", "bits"), [(f"a{name}a", "1.0")]))
    (cell, _) = re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)
    assert set(re.findall(r"<(/?\w+)", cell)) <= {"span", "/span"}
    shown = html.unescape(re.sub(r"<[^>]*>", "", cell))
    assert " ".join(shown.split()) == " ".join(f"a{name}a".split())
    assert not re.search(r"[$\\]", html.unescape(re.sub(r"<span>.*?</span>", "", cell)))


def test_no_two_dollars_share_a_piece_of_text_so_no_formula_is_found():
    """MathJax reads the finished page, entities and all, but not across tags."""
    assert literal(r"$x$ \(y\)").count("<span>") == 4
    assert literal("add_k of 3 - 1 (new)") == "add_k of 3 - 1 (new)"  # nothing that needs it
    assert literal("_a_") == "&#95;a&#95;"


def test_a_name_of_two_lines_stays_in_one():
    rows = [("a\nb\r\nc\u2028d\n", "1")]
    assert plain_table(("model", "bits"), rows).splitlines()[1] == "a⏎b⏎c⏎d⏎     1"
    assert markdown_table(("model", "bits"), rows).splitlines()[2] == "| a⏎b⏎c⏎d⏎ | 1 |"


def test_scoreboard_and_results_show_names_as_they_are():
    name = "<b>$5|$6</b> *_a_*"
    board = Table("A", committed=(Row(name, 2.0),), yours=())
    assert name in read(board._repr_markdown_())
    entries = (Entry({name: name}, None, {name: 1.5}),)
    machine = {"cores": 2, "processor": name, "threads": 2}
    results = Results(name, {}, (), "0" * 40, machine, "2026-01-31", 5.0, entries)
    assert read(results._repr_markdown_()).count(name.replace("_", " ")) >= 1
    assert read(results._repr_markdown_()).count(name) == 3
