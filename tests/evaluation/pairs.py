"""Pairs of texts as they come: words, Chinese, punctuation, numbers, nothing at all."""

import numpy as np

PIECES = [
    *("the", "The", "a", "an", "cat", "Cats", "sat", "on", "mat", "U.S.", "it's", "well-known"),
    *("1,000.5", "3-4", "1914-", "café", "naïve", "I", "running", "x"),
    *("猫", "喜欢", "我喜欢猫。", "，", "Ⅷ", "Ω", "İ"),
    *(".", ",", "!", "?", '"', "(", ")", "&amp;", "&quot;", "<skipped>", "—", "\n", "-\n", "\t"),
]


def random_pairs(count: int = 1000, seed: int = 0, longest: int = 12) -> list[tuple[str, str]]:
    """Texts, of which the second has some pieces of the first in it, so that much is shared."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(count):
        first = list(rng.choice(PIECES, rng.integers(0, longest)))
        kept = [piece for piece in first if rng.random() < 0.7]
        second = kept + list(rng.choice(PIECES, rng.integers(0, longest // 2)))
        joined = [
            "".join(piece + str(rng.choice(["", " ", "  "])) for piece in one)
            for one in (first, list(rng.permutation(second)) if rng.random() < 0.3 else second)
        ]
        pairs.append((joined[0], joined[1]))
    return pairs
