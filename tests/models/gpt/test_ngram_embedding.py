"""Rows of n-grams: by hand and by plain Python; vectors added up."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.gpt.ngram_embedding import GOLDEN, SCALE, NGramEmbedding, ngram_rows

IDS = st.lists(st.integers(0, 2000), min_size=1, max_size=12)


@given(IDS, st.integers(1, 4), st.integers(1, 20_000))
def test_rows_are_hashes_by_plain_integers(ids, order, rows):
    found = ngram_rows(torch.tensor([ids]), order, rows)[0].tolist()
    for place, row in enumerate(found):
        number = 0
        for back in range(order):
            number = (number + (ids[place - back] if place >= back else 0)) * GOLDEN % 2**32
            number ^= number // 2**15
        assert row == number * rows // 2**32


def test_a_bigram_by_hand():
    # 1 · GOLDEN is 0.38197 of 2³²: by itself, each 1 is in row 381; after another 1, elsewhere
    assert ngram_rows(torch.tensor([[1, 1]]), 1, 1000).tolist() == [[381, 381]]
    once = GOLDEN ^ (GOLDEN >> 15)
    twice = (once + 1) * GOLDEN % 2**32
    expected = (twice ^ (twice >> 15)) * 1000 // 2**32
    assert ngram_rows(torch.tensor([[1, 1]]), 2, 1000)[0, 1] == expected != 381


@given(IDS, st.integers(2, 4))
def test_vectors_are_the_tables_rows_added_up(ids, order):
    embedding, row = _filled(order), torch.tensor([ids])
    expected = sum(
        table.weight[ngram_rows(row, n, 97)[0]] for n, table in enumerate(embedding.tables, start=2)
    )
    torch.testing.assert_close(embedding(row, last=len(ids))[0], SCALE * expected)


@given(IDS, st.integers(2, 4), st.data())
def test_the_last_places_alone_are_the_same(ids, order, data):
    embedding, row = _filled(order), torch.tensor([ids, ids[::-1]])
    last = data.draw(st.integers(1, len(ids)))
    whole = embedding(row, last=len(ids))
    torch.testing.assert_close(embedding(row, last=last), whole[:, -last:])


@pytest.mark.parametrize("rows", [1024, 8000, 12_288, 99_991])
@pytest.mark.parametrize("order", [2, 3])
def test_ngrams_spread_over_the_rows_as_if_drawn(rows, order):
    """All pairs of 100 neighbouring ids: no more of them share a row than when rows are drawn."""
    ids = torch.cartesian_prod(torch.arange(100), torch.arange(100))
    ids = torch.cat([torch.full((len(ids), order - 2), 5), ids], dim=1)
    found = ngram_rows(ids, order, rows)[:, -1]
    expected = rows * (1 - (1 - 1 / rows) ** len(ids))
    assert len(found.unique()) >= 0.97 * expected


def test_it_starts_at_zero_and_learns():
    embedding, ids = NGramEmbedding(order=2, rows=50, dim=3), torch.tensor([[1, 4, 2]])
    assert not embedding(ids, last=3).any()
    embedding(ids, last=2).sum().backward()
    touched = embedding.tables[0].weight.grad.any(dim=1).nonzero()[:, 0].tolist()
    assert touched == sorted(ngram_rows(ids, 2, 50)[0, 1:].tolist())


def test_whole_vectors_are_left_out_in_training_alone():
    embedding = NGramEmbedding(order=2, rows=97, dim=3, dropout=0.25)
    embedding.tables[0].weight.data.normal_(generator=torch.Generator().manual_seed(0))
    ids = torch.arange(4000).reshape(2, 2000)
    whole = embedding.eval()(ids, last=2000)
    torch.manual_seed(0)
    found = embedding.train()(ids, last=2000)
    left_out = (found == 0).all(dim=-1)
    assert 0.22 < left_out.float().mean() < 0.28
    torch.testing.assert_close(found[~left_out], whole[~left_out] / 0.75)


def test_each_order_is_left_out_for_itself():
    embedding = NGramEmbedding(order=3, rows=97, dim=3, dropout=0.5)
    for place, table in enumerate(embedding.tables):
        table.weight.data.fill_(10.0**place)
    torch.manual_seed(0)
    found = embedding.train()(torch.zeros(1, 200, dtype=torch.long), last=200)
    assert found.unique().tolist() == pytest.approx([0.0, 2 * SCALE, 20 * SCALE, 22 * SCALE])


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((1, 9, 4), "order is 1, expected at least 2"),
        ((2, 0, 4), "rows is 0"),
        ((2, 9, 0), "dim is 0"),
        ((2, 9, 4, 1.0), "dropout is 1.0"),
    ],
)
def test_bad_sizes(given, message):
    with pytest.raises(ValueError, match=message):
        NGramEmbedding(*given)


def _filled(order):
    embedding = NGramEmbedding(order, rows=97, dim=3)
    for table in embedding.tables:
        table.weight.data.normal_(generator=torch.Generator().manual_seed(order))
    return embedding
