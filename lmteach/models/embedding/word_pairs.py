"""From sentences to pairs of a word and a word nearby, which skip-gram learns from.

As in word2vec (Mikolov et al. 2013): rare words are left out, frequent ones thinned, and the
window is of random size, so that near words are seen more often. Taught in notebook 05.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.models.checks import check_ids, check_kind
from lmteach.typed import typed


@dataclass(frozen=True)
class WordText:
    """Sentences as numbers, end to end.

    ``words`` are the V words, the most frequent first; ``counts`` (V,) how often each occurs;
    ``ids`` (T,) the words of the text; ``sentences`` (T,) the number of each one's sentence.

    >>> text = WordText(("the", "cat"), torch.tensor([2, 1]), *torch.tensor([[0, 1, 0], [0, 0, 1]]))
    >>> [text.words[number] for number in text.ids]
    ['the', 'cat', 'the']
    """

    words: tuple[str, ...]
    counts: Int[Tensor, " vocab"]
    ids: Int[Tensor, " time"]
    sentences: Int[Tensor, " time"]

    @typed
    def to(self, device: torch.device) -> "WordText":
        """Return the same text on another device.

        >>> text = word_text([["a", "cat"]], min_count=1)
        >>> text.to(torch.device("meta")).ids.device
        device(type='meta')
        """
        tensors = (one.to(device) for one in (self.counts, self.ids, self.sentences))
        return WordText(self.words, *tensors)


def _check_sentences(sentences: Sequence[Sequence[str]], min_count: int) -> None:
    check_sizes(min_count=min_count)
    if isinstance(sentences, str) or any(isinstance(sentence, str) for sentence in sentences):
        raise ValueError(
            "sentences holds plain text, expected lists of words: split first, as in "
            "[line.split() for line in text.splitlines()]."
        )


@typed
@checked_by(_check_sentences)
def word_text(sentences: Sequence[Sequence[str]], min_count: int = 5) -> WordText:
    """Number the words of sentences; those that occur less than ``min_count`` times are left out.

    A word that is left out leaves no gap: its neighbours become neighbours of each other.

    Raises ``ValueError`` for plain strings instead of lists of words, or if no word is left.

    >>> text = word_text([["a", "cat"], ["a", "dog", "a"]], min_count=1)
    >>> text.words, text.ids.tolist(), text.sentences.tolist()
    (('a', 'cat', 'dog'), [0, 1, 0, 2, 0], [0, 0, 1, 1, 1])
    """
    counted = Counter(word for sentence in sentences for word in sentence)
    kept = sorted((w for w in counted if counted[w] >= min_count), key=lambda w: (-counted[w], w))
    if not kept:
        raise ValueError(
            f"no word of the {len(sentences)} sentences occurs {min_count} times or more; lower "
            "min_count, or take a longer text."
        )
    number = {word: place for place, word in enumerate(kept)}
    pairs = [
        (number[word], place)
        for place, sentence in enumerate(sentences)
        for word in sentence
        if word in number
    ]
    ids, places = torch.tensor(pairs).T.contiguous()
    return WordText(tuple(kept), torch.tensor([counted[word] for word in kept]), ids, places)


def check_counts(counts: Tensor) -> None:
    """Say what is wrong with the counts (V,) of words, if anything.

    >>> check_counts(torch.tensor([3, 0]))
    Traceback (most recent call last):
    ValueError: counts has shape (2,), expected one row (V,) of counts of at least 1, such as \
word_text(sentences).counts.
    """
    if counts.ndim != 1 or len(counts) == 0 or int(counts.min()) < 1:
        raise ValueError(
            f"counts has shape {tuple(counts.shape)}, expected one row (V,) of counts of at least "
            "1, such as word_text(sentences).counts."
        )


def _check_keeping(counts: Tensor, subsample: float) -> None:
    check_counts(counts)
    check_number("subsample", subsample, above=0, at_most=1, mend="It is a share, such as 1e-4.")


@typed
@checked_by(_check_keeping)
def keep_probability(counts: Int[Tensor, " vocab"], subsample: float) -> Float[Tensor, " vocab"]:
    """Return the chance (V,) with which an occurrence of each word is kept in an epoch.

    With f the share of a word in the text and t = ``subsample``, it is sqrt(t/f) + t/f, at most 1:
    what word2vec's program does. (The paper, Mikolov et al. 2013, §2.3, prints sqrt(t/f).)

    Raises ``ValueError`` for counts below 1 or a share that is not above 0 and at most 1.

    >>> keep_probability(torch.tensor([96, 4]), subsample=0.04)
    tensor([0.2458, 1.0000])
    """
    ratio = subsample * counts.sum() / counts
    return (ratio.sqrt() + ratio).clamp(max=1)


def _check_pairs(ids: Tensor, sentences: Tensor, window: int) -> None:
    check_kind("ids", ids)
    check_kind("sentences", sentences)
    if ids.ndim != 1 or ids.shape != sentences.shape:
        raise ValueError(
            f"ids has shape {tuple(ids.shape)} and sentences {tuple(sentences.shape)}, expected "
            "two rows of the same length: a word, and the number of its sentence."
        )
    check_sizes(window=window)
    check_ids("ids", ids, shape=ids.shape)
    check_ids("sentences", sentences, shape=sentences.shape)


@checked_by(_check_pairs)
@typed
def skipgram_pairs(
    ids: Int[Tensor, " time"],
    sentences: Int[Tensor, " time"],
    window: int,
    generator: torch.Generator,
) -> Int[Tensor, "2 batch"]:
    """Return pairs of a centre and a word near it, in random order: centres, then contexts (2, B).

    Each centre draws its own reach from 1 to ``window`` and is paired with every word of its
    sentence that is not further away. Raises ``ValueError`` if the rows don't fit each other, or
    for a negative number.

    >>> generator = torch.Generator().manual_seed(0)
    >>> pairs = skipgram_pairs(torch.tensor([7, 8, 9]), torch.tensor([0, 0, 1]), 1, generator)
    >>> sorted(pairs.T.tolist())
    [[7, 8], [8, 7]]
    """
    reach = torch.randint(1, window + 1, ids.shape, generator=generator, device=ids.device)
    found = []
    for distance in range(1, window + 1):
        both = torch.stack([ids[:-distance], ids[distance:]])  # left and right word
        together = sentences[:-distance] == sentences[distance:]
        found.append(both[:, together & (reach[:-distance] >= distance)])
        found.append(both.flip(0)[:, together & (reach[distance:] >= distance)])
    pairs = torch.cat(found, dim=1)
    return pairs[:, torch.randperm(pairs.shape[1], generator=generator, device=ids.device)]
