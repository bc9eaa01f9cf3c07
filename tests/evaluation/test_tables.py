"""Tables in plain text and Markdown: by hand, and every column stands straight."""

from hypothesis import given
from hypothesis import strategies as st

from lmteach.evaluation.tables import markdown_table, plain_table

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
