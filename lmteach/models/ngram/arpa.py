"""ARPA files: the text format in which n-gram models travel. Taught in notebook 02.

A line holds log10 P(w | h), the n-gram h w, and, if h w is itself a context, its log10 back-off
weight. What stands in the file is looked up; what does not is the weight times the shorter:

    P(w | h) = 10^(weight of h) P(w | h without its first token)       where h w is not listed

Symbols are separated by white space, so a space is written ▁, a line break ⏎ and a tab ⇥.
KenLM and SRILM know three words of their own: <s> before a sentence, </s> after it, and <unk>.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from lmteach.checks import check_tokens, checked_by
from lmteach.models.ngram.backoff import (
    NEVER,
    BackoffLevel,
    BackoffModel,
    backoff_level,
    listed_ngrams,
)
from lmteach.models.ngram.model import NGramModel
from lmteach.models.ngram.smoothing import Smoothed
from lmteach.typed import typed

ESCAPES = {" ": "▁", "\n": "⏎", "\t": "⇥"}
START, END, UNKNOWN = "<s>", "</s>", "<unk>"


@typed
def escape(symbol: str) -> str:
    r"""Write a symbol without white space. ``unescape`` undoes it.

    >>> escape(" "), escape("\n")
    ('▁', '⏎')
    """
    for blank, sign in ESCAPES.items():
        symbol = symbol.replace(blank, sign)
    return symbol


@typed
def unescape(word: str) -> str:
    """Give a symbol its white space back.

    >>> unescape("New▁York")
    'New York'
    """
    for blank, sign in ESCAPES.items():
        word = word.replace(sign, blank)
    return word


def _check_writing(
    model: NGramModel, symbols: Sequence[str] | None, sentence_end: int | None
) -> None:
    size = len(model.probabilities())
    if model.smoothing == "add_k" and model.order > 1:
        raise ValueError(
            "the model has add_k smoothing, which gives what was never seen the same probability "
            "whatever the shorter context says; an ARPA file can't say that. Use another smoothing."
        )
    if sentence_end is not None:
        check_tokens([sentence_end], size)
    if symbols is None:
        return
    if len(symbols) != size:
        raise ValueError(
            f"symbols has {len(symbols)} entries, expected {size}, one for each id, such as "
            "tokenizer.characters or tokenizer.words."
        )
    for symbol in symbols:
        word = escape(symbol)
        if len(word.split()) != 1 or word.split()[0] != word or unescape(word) != symbol:
            raise ValueError(
                f"the symbol {symbol!r} can't be written: expected a text with no white space but "
                f"{', '.join(map(repr, ESCAPES))}, and without {' '.join(ESCAPES.values())}."
            )
    if reserved := {START, END} & set(symbols):
        raise ValueError(
            f"symbols contains {min(reserved)}, which has a meaning of its own: expected another "
            "name, or sentence_end=the id of the token that ends sentences."
        )
    if len(set(symbols)) < size:
        raise ValueError("symbols contains the same text twice, expected each one once.")


@typed
@checked_by(_check_writing)
def write_arpa(
    model: NGramModel,
    path: str | Path,
    symbols: Sequence[str] | None = None,
    sentence_end: int | None = None,
    backoff_weights: bool = True,
) -> None:
    """Write a fitted model as an ARPA file, which KenLM, SRILM and ``read_arpa`` can read.

    ``symbols`` are the texts of the ids, the ids themselves if not given. A text is a stream to
    our models, so scores are those of KenLM's ``score(text, bos=False, eos=False)``. If
    ``sentence_end`` is the id of a token that ends sentences, it is written <s> where it stands
    first in an n-gram and </s> where it stands last; n-grams across it are left out. Then
    ``score(sentence)`` is what our model gives for the sentence and its end after that token.

    Without ``backoff_weights`` that column is left out: readers take weights of 1, and what was
    never seen gets the probability after the shorter context as it is. That no longer sums to 1.

    Raises ``ValueError`` for a model that is not fitted or smoothed by add-k, and for symbols
    that are too few, alike, or can't be written.

    >>> import tempfile
    >>> model = NGramModel(2, "kneser_ney", discount=0.5).fit([0, 1, 0, 1, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_arpa(model, Path(folder) / "ab.arpa", symbols="ab")
    ...     print((Path(folder) / "ab.arpa").read_text().replace("\\t", "  ")[28:])
    \\1-grams:
    -0.477121255  a  -0.602059991
    -0.176091259  b  -0.301029996
    -99  <s>
    -99  </s>
    -99  <unk>
    <BLANKLINE>
    \\2-grams:
    -0.0377885609  a b
    -0.380211242  b a
    -0.234083206  b b
    <BLANKLINE>
    \\end\\
    <BLANKLINE>
    """
    words = list(map(escape, symbols)) if symbols else list(map(str, range(model.vocab_size or 0)))
    listed = list(listed_ngrams(model.levels, len(words)))
    sections = [_unigram_lines(*listed[0], model.levels[0], words, sentence_end, backoff_weights)]
    for grams, chances, weights in listed[1:]:
        inside = (grams[:, 1:-1] == sentence_end).any(axis=1)
        texts = _texts(grams[~inside], words, sentence_end)
        passed = weights if backoff_weights else np.ones_like(weights)
        logs, passed = _log10(chances[~inside]), _log10(passed[~inside])
        if sentence_end is not None:
            passed[grams[~inside, -1] == sentence_end] = 0  # </s> is no context
        sections.append(list(map(_line, logs, texts, passed)))
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write("\\data\\\n")
        file.writelines(f"ngram {n}={len(lines)}\n" for n, lines in enumerate(sections, start=1))
        for n, lines in enumerate(sections, start=1):
            file.write("\n".join([f"\n\\{n}-grams:", *lines, ""]))
        file.write("\n\\end\\\n")


def _unigram_lines(
    grams: np.ndarray,
    chances: np.ndarray,
    weights: np.ndarray,
    level: Smoothed,
    words: list[str],
    end: int | None,
    with_weights: bool,
) -> list[str]:
    """The lines of order 1: every symbol, seen or not, and the words that KenLM wants."""
    logs = np.full(len(words), _log10(level.weights / len(words))[0])
    passed = np.zeros(len(words) + 1)  # the last is 0: for <s> where there is no sentence end
    logs[grams[:, 0]] = _log10(chances)
    if with_weights:
        passed[grams[:, 0]] = _log10(weights)
    start = passed[-1 if end is None else end]
    if end is not None:
        passed[end] = 0.0
    texts = words if end is None else [*words[:end], END, *words[end + 1 :]]
    extra = [word for word in (END, UNKNOWN) if word not in texts]
    return [
        *map(_line, logs, texts, passed[:-1]),
        _line(NEVER, START, start),
        *(_line(NEVER, word, 0.0) for word in extra),
    ]


def _texts(grams: np.ndarray, words: list[str], end: int | None) -> Iterator[str]:
    """Write n-grams of two tokens or more as words."""
    first, last = np.array(words, dtype=object), np.array(words, dtype=object)
    if end is not None:
        first[end], last[end] = START, END
    tables = [first] * (grams.shape[1] - 1) + [last]
    columns = [table[ids] for table, ids in zip(tables, grams.T, strict=True)]
    return map(" ".join, zip(*columns, strict=True))


def _line(log: float, text: str, weight: float) -> str:
    return f"{log:.9g}\t{text}" + (f"\t{weight:.9g}" if weight != 0 else "")


def _log10(chances: np.ndarray) -> np.ndarray:
    """Base 10, with -99 for 0, as the format has it."""
    return np.log10(chances, out=np.full(len(chances), NEVER), where=chances > 0)


@typed
def read_arpa(path: str | Path) -> BackoffModel:
    """Read an ARPA file, ours or another program's, as a model that scores the same.

    The ids are the places in the list of unigrams, so they are those of the model that was
    written; <s>, </s> and <unk> have ids too. Raises ``ValueError`` for a file that is cut off,
    has other counts than it says, or lists an n-gram whose context it does not list.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = NGramModel(2, "kneser_ney", discount=0.5).fit([0, 1, 0, 1, 1])
    ...     write_arpa(model, Path(folder) / "ab.arpa", symbols="ab")
    ...     read_arpa(Path(folder) / "ab.arpa").symbols
    ['a', 'b', '<s>', '</s>', '<unk>']
    """
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    stripped = [line.strip() for line in lines]
    if "\\data\\" not in stripped or "\\end\\" not in stripped:
        raise ValueError(
            f"{path} has no \\data\\ or no \\end\\ line, expected a whole ARPA file: "
            "it may have been cut off."
        )
    announced = [line for line in stripped if line.startswith("ngram ")]
    sizes = [int(line.split("=")[1]) for line in announced]
    words: list[str] = []
    ids: dict[str, int] = {}
    levels: list[BackoffLevel] = []
    for n, size in enumerate(sizes, start=1):
        start = stripped.index(f"\\{n}-grams:") + 1 if f"\\{n}-grams:" in stripped else 0
        rows = [line.split() for line in stripped[start : start + size]]
        if not start or len(rows) < size or any(not row or row[0][0] == "\\" for row in rows):
            raise ValueError(
                f"{path} announces {size} n-grams of order {n} and does not list them."
            )
        if bad := next((row for row in rows if len(row) not in (n + 1, n + 2)), None):
            raise ValueError(f"{path} has the line {' '.join(bad)!r} among the {n}-grams.")
        if (after := stripped[start + size]) and after[0] != "\\":
            raise ValueError(
                f"{path} has more {n}-grams than the {size} that it announces: {after!r}."
            )
        if n == 1:
            words = [row[1] for row in rows]
            ids = {word: number for number, word in enumerate(words)}
        if unknown := next((w for row in rows for w in row[1 : n + 1] if w not in ids), None):
            raise ValueError(f"{path} has {unknown!r} in an {n}-gram and not among the unigrams.")
        levels.append(
            backoff_level(
                levels,
                len(words),
                np.array([[ids[word] for word in row[1 : n + 1]] for row in rows]),
                np.array([float(row[0]) for row in rows]),
                np.array([float(row[n + 1]) if len(row) > n + 1 else 0.0 for row in rows]),
            )
        )
    return BackoffModel([unescape(word) for word in words], levels)
