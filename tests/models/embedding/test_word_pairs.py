"""Words, thinning and pairs against loops that hide nothing, and against gensim's own numbers."""

from collections import Counter

import numpy as np
import pytest
import torch
from gensim.models import Word2Vec
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.embedding.word_pairs import keep_probability, skipgram_pairs, word_text

SENTENCES = [["the", "cat", "saw", "the", "dog"], ["a", "dog", "saw", "the", "sea"], ["the"]]
texts = st.lists(st.lists(st.sampled_from("abcdef"), max_size=8), min_size=1, max_size=6)


def test_words_by_hand() -> None:
    text = word_text(SENTENCES, min_count=2)
    assert text.words == ("the", "dog", "saw")
    assert text.counts.tolist() == [4, 2, 2]
    assert text.ids.tolist() == [0, 2, 0, 1, 1, 2, 0, 0]  # the rare ones leave no gap
    assert text.sentences.tolist() == [0, 0, 0, 0, 1, 1, 1, 2]


@given(sentences=texts, min_count=st.integers(1, 3))
def test_words_are_those_that_are_counted(sentences: list[list[str]], min_count: int) -> None:
    counted = Counter(word for sentence in sentences for word in sentence)
    if not any(count >= min_count for count in counted.values()):
        with pytest.raises(ValueError, match="lower min_count"):
            word_text(sentences, min_count)
        return
    text = word_text(sentences, min_count)
    kept = {word: count for word, count in counted.items() if count >= min_count}
    assert dict(zip(text.words, text.counts.tolist(), strict=True)) == kept
    assert sorted(text.counts.tolist(), reverse=True) == text.counts.tolist()
    again = [(text.words[i], s) for i, s in zip(text.ids, text.sentences.tolist(), strict=True)]
    assert again == [(w, s) for s, words in enumerate(sentences) for w in words if w in kept]


def test_thinning_is_gensims() -> None:
    rng = np.random.default_rng(0)
    names = [f"w{n}" for n in range(60)]
    sentences = [rng.choice(names, 20, p=(p := 1 / np.arange(1, 61)) / p.sum()).tolist()] * 40
    text = word_text(sentences, min_count=1)
    theirs = Word2Vec(min_count=1, sample=0.003)
    theirs.build_vocab(sentences)
    chances = [theirs.wv.get_vecattr(word, "sample_int") / (2**32 - 1) for word in text.words]
    assert keep_probability(text.counts, 0.003).tolist() == pytest.approx(chances, abs=1e-6)


def test_thinning_by_hand() -> None:
    # shares 0.9 and 0.1, threshold 0.1: sqrt(1/9) + 1/9, and all of the rare one
    kept = keep_probability(torch.tensor([900, 100]), 0.1)
    assert kept.tolist() == pytest.approx([1 / 3 + 1 / 9, 1], rel=1e-6)


def by_loop(ids: list[int], sentences: list[int], reach: list[int]) -> Counter[tuple[int, int]]:
    pairs = [
        (ids[here], ids[there])
        for here in range(len(ids))
        for there in range(len(ids))
        if here != there
        and sentences[here] == sentences[there]
        and abs(here - there) <= reach[here]
    ]
    return Counter(pairs)


@given(sentences=texts, window=st.integers(1, 6), seed=st.integers(0, 99))
def test_pairs_are_those_of_a_loop(sentences: list[list[str]], window: int, seed: int) -> None:
    if not any(sentences):
        return
    text = word_text(sentences, min_count=1)
    generator = torch.Generator().manual_seed(seed)
    pairs = skipgram_pairs(text.ids, text.sentences, window, generator)
    reach = torch.randint(1, window + 1, text.ids.shape, generator=generator.manual_seed(seed))
    expected = by_loop(text.ids.tolist(), text.sentences.tolist(), reach.tolist())
    assert Counter(map(tuple, pairs.T.tolist())) == expected


def test_near_words_are_seen_more_often() -> None:
    """With a window of 5 the distances 1 to 5 are kept in proportion 5 : 4 : 3 : 2 : 1."""
    ids = torch.arange(20_000)
    generator = torch.Generator().manual_seed(0)
    centres, contexts = skipgram_pairs(ids, torch.zeros_like(ids), 5, generator)
    found = np.bincount((centres - contexts).abs().numpy(), minlength=6)[1:] / 40_000
    assert found == pytest.approx(np.array([5, 4, 3, 2, 1]) / 5, abs=0.015)


def test_the_order_is_shuffled() -> None:
    ids, generator = torch.arange(500), torch.Generator().manual_seed(0)
    centres, _ = skipgram_pairs(ids, torch.zeros_like(ids), 2, generator)
    assert abs(np.corrcoef(centres.numpy(), np.arange(len(centres)))[0, 1]) < 0.1


def test_a_text_moves_as_a_whole() -> None:
    moved = word_text(SENTENCES, 1).to(torch.device("meta"))
    assert {one.device.type for one in (moved.counts, moved.ids, moved.sentences)} == {"meta"}


def test_what_is_refused() -> None:
    ids, generator = torch.tensor([0, 1]), torch.Generator()
    with pytest.raises(ValueError, match="split first"):
        word_text(["the cat"], 1)
    with pytest.raises(ValueError, match="min_count is 0"):
        word_text(SENTENCES, 0)
    with pytest.raises(ValueError, match="occurs 9 times or more"):
        word_text(SENTENCES, 9)
    with pytest.raises(ValueError, match="counts of at least 1"):
        keep_probability(torch.tensor([3, 0]), 0.1)
    with pytest.raises(ValueError, match="subsample is 0"):
        keep_probability(torch.tensor([3]), 0.0)
    with pytest.raises(ValueError, match="window is 0"):
        skipgram_pairs(ids, ids, 0, generator)
    with pytest.raises(ValueError, match="two rows of the same length"):
        skipgram_pairs(ids, ids[:1], 1, generator)
