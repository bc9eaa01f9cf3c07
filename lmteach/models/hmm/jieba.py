"""A hidden Markov model at work: jieba's, which finds words in Chinese. Taught in notebook 03.

Chinese is written without spaces. Each character is tagged as the Beginning, Middle or End of a
word, or as a Single one, and the best path of tags cuts the text. The parameters are read from the
package jieba as it ships them, without importing it.
"""

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lmteach.checks import check_text
from lmteach.models.hmm.viterbi import viterbi
from lmteach.text.packages import read_package_file
from lmteach.typed import typed

REQUIREMENT = "jieba==0.42.1"
_FILES = {
    "prob_start": "14c5706ced5cd3b42eb4873d4b88f7f52a7bdf80fbd767bc4423d361e20c5330",
    "prob_trans": "54dfbc252ed71480d4f0cdfdf516ecfbe44efd0f6c3c64b158e7039f2906c91b",
    "prob_emit": "27d46b1c9efe4dd148fde8be042a21be40e3562d0c7f1273f9de7abae12ebb8d",
}
NEVER = -3.14e100  # how jieba writes minus infinity: for unknown characters, and at the start
_HAN = re.compile("([\u4e00-\u9fd5]+)")
_LATIN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")


@dataclass(frozen=True)
class TagScores:
    """Log scores over the tags S, M, E, B, in this order (N = 4), and over characters.

    ``initial`` (N,), ``transition`` (N, N) [from, to], ``emission``: for each character the scores
    (N,) of being emitted by each tag; ``unknown`` (N,) is for characters that are not in it.
    The order is that of jieba's ties: of two equal paths it takes the later letter, and
    ``viterbi`` takes the earlier state.

    >>> none = np.zeros(4)
    >>> made = TagScores(none, np.zeros((4, 4)), {"a": none + 1}, unknown=none - 9)
    >>> made.emission_scores("ax")
    array([[  1.,   1.,   1.,   1.],
           [ -9., -inf,  -9., -inf]])
    """

    initial: Float[np.ndarray, " states"]
    transition: Float[np.ndarray, "states states"]
    emission: dict[str, Float[np.ndarray, " states"]]
    unknown: Float[np.ndarray, " states"]

    @typed
    def emission_scores(self, text: str) -> Float[np.ndarray, "time states"]:
        """Return the score (T, N) of each character of ``text`` under each tag.

        A word can't stop in its middle, so at the last character B and M are impossible.
        Raises ``ValueError`` for an empty text.
        """
        check_text(text, empty_allowed=False)
        scores = np.array([self.emission.get(character, self.unknown) for character in text])
        scores[-1, [TAGS.index("M"), TAGS.index("B")]] = -np.inf
        return scores


TAGS = "SMEB"


@functools.cache
def jieba_scores() -> TagScores:
    """Read jieba's trained parameters: 4 tags, 20,000 characters and more.

    They are log scores and not a probability model: each tag's emissions sum to 1.15–1.35.
    Viterbi compares paths and does not mind.

    Raises ``ModuleNotFoundError`` if jieba is not installed, ``ValueError`` if a file is damaged or
    of another version. Source: the package jieba (Sun Junyi), MIT licence.

    >>> scores = jieba_scores()
    >>> np.exp(scores.transition[TAGS.index("B")]).round(2).tolist()  # to S, M, E, B
    [0.0, 0.4, 0.6, 0.0]
    """
    start, trans, emit = (_table(name) for name in _FILES)
    transition = [[trans[one].get(other, -np.inf) for other in TAGS] for one in TAGS]
    characters = sorted(set().union(*emit.values()))
    table = np.array(
        [[emit[tag].get(character, NEVER) for tag in TAGS] for character in characters]
    )
    return TagScores(
        initial=np.array([start[tag] for tag in TAGS]),
        transition=np.array(transition),
        emission=dict(zip(characters, table, strict=True)),
        unknown=np.full(len(TAGS), NEVER),
    )


def _table(name: str) -> dict[str, Any]:
    """The dictionary that one of jieba's parameter files writes out, read and not run."""
    source = read_package_file("jieba", REQUIREMENT, f"finalseg/{name}.py", _FILES[name])
    text = source.decode("utf-8")
    table = ast.literal_eval(text[text.index("{") :])
    assert isinstance(table, dict)
    return table


@typed
def cut_run(run: str, scores: TagScores) -> list[str]:
    """Cut one run of Chinese characters into words: one after every E and every S.

    Raises ``ValueError`` for an empty run.

    >>> cut_run("我们学习语言", jieba_scores())  # we · learn · language
    ['我们', '学习', '语言']
    """
    path, _ = viterbi(scores.initial, scores.transition, scores.emission_scores(run))
    ends = [place + 1 for place, tag in enumerate(path) if TAGS[tag] in "ES"]
    return [run[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@typed
def segment(text: str, scores: TagScores | None = None) -> list[str]:
    """Cut ``text`` into words, as ``jieba.finalseg.cut`` does; joined, they give the text again.

    Runs of Chinese characters are cut by Viterbi over ``scores`` (jieba's own, if not given),
    Latin words and numbers are left whole, and so is whatever stands between.

    >>> segment("我们学习Python 3")
    ['我们', '学习', 'Python', ' ', '3']
    """
    return list(_segments(text, jieba_scores() if scores is None else scores))


def _segments(text: str, scores: TagScores) -> Iterator[str]:
    for block in _HAN.split(text):
        if _HAN.match(block):
            yield from cut_run(block, scores)
        else:
            yield from (piece for piece in _LATIN.split(block) if piece)
