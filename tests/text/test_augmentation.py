"""Changed words: as plain Python changes them, by hand, and what must stay as it was."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.augmentation import drop_words, replace_words, swap_words
from lmteach.text.batches import pad

ROWS = st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=9), min_size=1, max_size=6)
SEEDS = st.integers(0, 1000)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(ROWS, SEEDS, st.floats(0, 1))
def test_dropped_and_replaced_words_are_those_that_were_drawn(
    rows: list[list[int]], seed: int, share: float
) -> None:
    ids, _ = pad(rows)
    drawn = torch.rand(ids.shape, generator=seeded(seed))
    dice = seeded(seed)
    torch.rand(ids.shape, generator=dice)
    others = torch.randint(1, 31, ids.shape, generator=dice)
    dropped = drop_words(ids, share, seeded(seed)).tolist()
    replaced = replace_words(ids, share, 31, seeded(seed)).tolist()
    for r, row in enumerate(ids.tolist()):
        for t, word in enumerate(row):
            hit = drawn[r, t].item() < share
            assert dropped[r][t] == (0 if hit else word)
            assert replaced[r][t] == (others[r, t].item() if hit and word else word)


@given(ROWS, SEEDS)
def test_swapping_keeps_the_words_and_moves_two_at_most(rows: list[list[int]], seed: int) -> None:
    ids, lengths = pad(rows)
    swapped = swap_words(ids, seeded(seed))
    assert swapped.sort().values.equal(ids.sort().values)
    assert ((swapped != ids).sum(dim=1) <= 2).all()
    assert swapped[torch.arange(ids.shape[1]) >= lengths[:, None]].eq(0).all()


def test_all_pairs_are_swapped() -> None:
    ids = torch.tensor([[1, 2, 3, 0]]).repeat(500, 1)
    found = {tuple(row) for row in swap_words(ids, seeded(0)).tolist()}
    assert found == {(1, 2, 3, 0), (2, 1, 3, 0), (3, 2, 1, 0), (1, 3, 2, 0)}


def test_by_hand() -> None:
    ids = torch.tensor([[7, 8, 0]])
    assert drop_words(ids, 1.0, seeded(0)).tolist() == [[0, 0, 0]]
    assert drop_words(ids, 0.0, seeded(0)).equal(ids)
    assert replace_words(ids, 0.0, 9, seeded(0)).equal(ids)
    assert replace_words(torch.tensor([[1, 0]]), 1.0, 2, seeded(0)).tolist() == [[1, 0]]
    assert ids.tolist() == [[7, 8, 0]]


def test_the_share_is_hit() -> None:
    ids = torch.full((300, 300), 5)
    assert drop_words(ids, 0.3, seeded(0)).eq(0).float().mean().item() == pytest.approx(
        0.3, abs=0.01
    )
    same = replace_words(ids, 0.3, 1000, seeded(0)).eq(5).float().mean().item()
    assert same == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_unfit_shares_are_refused(share: float) -> None:
    ids = torch.tensor([[1]])
    with pytest.raises(ValueError, match="share is"):
        drop_words(ids, share, seeded(0))
    with pytest.raises(ValueError, match="share is"):
        replace_words(ids, share, 5, seeded(0))


def test_a_vocabulary_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="vocab_size is 1"):
        replace_words(torch.tensor([[1]]), 0.5, 1, seeded(0))


@pytest.mark.parametrize("ids", [torch.zeros(0, 3, dtype=torch.long), torch.tensor([[2, -1]])])
def test_unfit_rows_are_refused(ids: torch.Tensor) -> None:
    for change in (
        lambda: drop_words(ids, 0.5, seeded(0)),
        lambda: swap_words(ids, seeded(0)),
        lambda: replace_words(ids, 0.5, 9, seeded(0)),
    ):
        with pytest.raises(ValueError, match="ids"):
            change()


def test_a_word_outside_the_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="ids contains the id 9"):
        replace_words(torch.tensor([[9]]), 0.5, 9, seeded(0))
