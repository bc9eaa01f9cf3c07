"""Rows of neighbours: by plain Python, and the place itself in none of them."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.bert.neighbour_embedding import NeighbourEmbedding, neighbour_rows
from lmteach.models.gpt.ngram_embedding import hashed_rows

IDS = st.lists(st.integers(0, 2000), min_size=1, max_size=9)


def hashed(tokens: list[int]) -> int:
    return int(hashed_rows([torch.tensor([[token]]) for token in tokens], 97))


@given(IDS, st.integers(1, 3))
def test_rows_by_plain_python(ids: list[int], order: int) -> None:
    found = [rows[0].tolist() for rows in neighbour_rows(torch.tensor([ids]), order, 97)]
    wide = [0] * order + ids + [0] * order
    for place in range(len(ids)):
        left, right = wide[place : place + order][::-1], wide[place + order + 1 :][:order]
        expected = [hashed([left[0], right[0]])]
        expected += [hashed(side[:near]) for side in (left, right) for near in range(1, order + 1)]
        assert [rows[place] for rows in found] == expected


def test_vectors_are_added_up_and_the_place_itself_counts_for_nothing() -> None:
    embedding, ids = NeighbourEmbedding(2, 97, 4), torch.tensor([[5, 6, 7, 8, 9]])
    assert not embedding(ids).any()
    for number, table in enumerate(embedding.tables):
        torch.nn.init.normal_(table.weight, generator=torch.Generator().manual_seed(number))
    pairs = zip(embedding.tables, neighbour_rows(ids, 2, 97), strict=True)
    torch.testing.assert_close(embedding(ids), sum(table(rows) for table, rows in pairs))
    changed = ids.clone()
    changed[0, 2] = 50
    same = (embedding(changed) == embedding(ids)).all(dim=-1)[0]
    assert same.tolist() == [False, False, True, False, False]
