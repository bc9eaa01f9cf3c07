"""ARPA files: the text format in which n-gram models travel. Taught in notebook 02.

A line holds log10 P(w | h), the n-gram h w, and, if h w is itself a context, its log10 back-off
weight. What stands in the file is looked up; what does not is the weight times the shorter:

    P(w | h) = 10^(weight of h) P(w | h without its first token)       where h w is not listed

Symbols are separated by white space, so a space is written ▁, a line break ⏎ and a tab ⇥.
KenLM and SRILM know three words of their own: <s> before a sentence, </s> after it, and <unk>.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from lmteach.checks import check_tokens, checked_by
from lmteach.files import named_path, write_whole
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
BLANKS = "\0\t\n\v\f\r "  # what ends a word for KenLM; other blanks of Unicode are part of it
START, END, UNKNOWN = "<s>", "</s>", "<unk>"
RESERVED = {START, END, "<UNK>"}  # the last is <unk> to KenLM


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
        if not _is_utf8(word) or set(word) & set(BLANKS) or unescape(word) != symbol or not word:
            raise ValueError(
                f"the symbol {symbol!r} can't be written: expected a text with no white space but "
                f"{', '.join(map(repr, ESCAPES))}, and without {' '.join(ESCAPES.values())}."
            )
    if reserved := RESERVED & set(symbols):
        raise ValueError(
            f"symbols contains {min(reserved)}, which has a meaning of its own: expected another "
            "name, or sentence_end=the id of the token that ends sentences."
        )
    if len(set(symbols)) < size:
        raise ValueError("symbols contains the same text twice, expected each one once.")


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


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
    that are too few, alike, or can't be written; ``OSError`` if the file can't be written, and
    what stood there is unchanged.

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
        logs = np.minimum(_log10(chances[~inside]), 0)  # rounding can make a chance of 1 more
        passed = _log10(passed[~inside])
        if sentence_end is not None:
            passed[grams[~inside, -1] == sentence_end] = 0  # </s> is no context
        sections.append(list(map(_line, logs, texts, passed)))
    counts = [f"ngram {n}={len(lines)}" for n, lines in enumerate(sections, start=1)]
    blocks = [["", f"\\{n}-grams:", *lines] for n, lines in enumerate(sections, start=1)]
    whole = chain(["\\data\\"], counts, *blocks, ["", "\\end\\", ""])
    write_whole(path, "\n".join(whole))


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
    logs[grams[:, 0]] = np.minimum(_log10(chances), 0)
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


NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|-inf", re.IGNORECASE)
COUNT = re.compile(rb"ngram\s+(\d+)\s*=\s*(\d+)")


@typed
def read_arpa(path: str | Path, escaped: bool = True) -> BackoffModel:
    """Read an ARPA file, ours or another program's, as a model that scores the same.

    The ids are the places in the list of unigrams, so they are those of the model that was
    written; <s>, </s> and <unk> have ids too. Words end at the blanks of ASCII, as for KenLM, and
    are kept letter by letter; but ▁, ⏎ and ⇥ are read as the blanks for which ``write_arpa`` has
    them, unless ``escaped`` is False.

    Raises ``ValueError`` for a file that is cut off, has other counts than it says, holds a line
    or a number that has no place there, or lists an n-gram twice or without its context.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model = NGramModel(2, "kneser_ney", discount=0.5).fit([0, 1, 0, 1, 1])
    ...     write_arpa(model, Path(folder) / "ab.arpa", symbols="ab")
    ...     read_arpa(Path(folder) / "ab.arpa").symbols
    ['a', 'b', '<s>', '</s>', '<unk>']
    """
    data = named_path(path).read_bytes()
    if data.startswith(b"\x1f\x8b"):
        raise ValueError(f"{path} is compressed, expected plain text: unpack it with gunzip first.")
    lines = [line.strip() for line in data.split(b"\n")]  # of bytes, so of ASCII's blanks alone
    if b"\\data\\" not in lines or b"\\end\\" not in lines:
        raise ValueError(
            f"{path} has no \\data\\ or no \\end\\ line, expected a whole ARPA file in plain text: "
            "it may have been cut off."
        )
    if b"\0" in data:
        raise ValueError(f"{path} has a byte 0 in it, at which programs end a word: remove it.")
    rest = [line for line in lines[lines.index(b"\\data\\") + 1 :] if line]
    sizes: list[int] = []
    while not rest[len(sizes)].startswith(b"\\"):
        count = COUNT.fullmatch(line := rest[len(sizes)])
        if count is None or int(count[1]) != len(sizes) + 1:
            raise ValueError(
                f"{path} has the line {_shown(line)} below \\data\\, expected "
                f"'ngram {len(sizes) + 1}=' and how many there are."
            )
        sizes.append(int(count[2]))
    place = len(sizes)
    words: list[bytes] = []
    ids: dict[bytes, int] = {}
    levels: list[BackoffLevel] = []
    for n, size in enumerate(sizes, start=1):
        rows = [line.split() for line in rest[place + 1 : place + 1 + size]]
        if (
            rest[place : place + 1] != [f"\\{n}-grams:".encode()]
            or len(rows) < size
            or any(row[0].startswith(b"\\") for row in rows)
        ):
            raise ValueError(
                f"{path} announces {size} n-grams of order {n} and does not list them."
            )
        place += 1 + size
        if not (after := rest[place]).startswith(b"\\"):
            raise ValueError(
                f"{path} has more {n}-grams than the {size} that it announces: {_shown(after)}."
            )
        if n == 1:
            words = [row[1] for row in rows if len(row) > 1]
            ids = {word: number for number, word in enumerate(words)}
            if len(ids) < len(words):
                twice = next(word for word, count in Counter(words).items() if count > 1)
                raise ValueError(f"{path} has {_shown(twice)} listed twice among the 1-grams.")
        top = n == len(sizes)
        levels.append(_read_level(path, n, rows, ids, levels, top))
    if not words:
        raise ValueError(f"{path} lists no words, expected at least one among the 1-grams.")
    if rest[place:] != [b"\\end\\"]:
        wrong = next(line for line in rest[place:] if line != b"\\end\\")
        raise ValueError(f"{path} has the line {_shown(wrong)} where \\end\\ is expected.")
    try:
        texts = [word.decode() for word in words]
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} has {error.object!r} among its words, which is not UTF-8: write the file anew "
            "in UTF-8."
        ) from None
    return BackoffModel(list(map(unescape, texts)) if escaped else texts, levels)


def _read_level(
    path: str | Path,
    n: int,
    rows: list[list[bytes]],
    ids: dict[bytes, int],
    shorter: Sequence[BackoffLevel],
    top: bool,
) -> BackoffLevel:
    """The n-grams of an order: the fields of its lines are a logarithm, n words, a weight."""
    for row in rows:
        numbers = [row[0], *row[n + 1 :]]
        if len(row) not in (n + 1, n + 2) or not all(map(NUMBER.fullmatch, numbers)):
            raise ValueError(f"{path} has the line {_shown(b' '.join(row))} among the {n}-grams.")
    if unknown := next((w for row in rows for w in row[1 : n + 1] if w not in ids), None):
        raise ValueError(f"{path} has {_shown(unknown)} in an {n}-gram and not among the unigrams.")
    grams = np.array([[ids[word] for word in row[1 : n + 1]] for row in rows], dtype=np.int64)
    logs = np.array([float(row[0]) for row in rows])
    weights = np.array([float(row[n + 1]) if len(row) > n + 1 else 0.0 for row in rows])
    for wrong, why in (
        (logs > 0, "a probability above 1"),
        (np.isinf(weights), "a weight that is not finite"),
        ((weights != 0) & top, "a weight, and no longer n-grams follow"),
    ):
        if wrong.any():
            line = _shown(b" ".join(rows[int(np.argmax(wrong))]))
            raise ValueError(f"{path} has the line {line} among the {n}-grams: {why}.")
    try:
        return backoff_level(shorter, len(ids), grams.reshape(-1, n), logs, weights)
    except ValueError as error:
        raise ValueError(f"{path} can't be read: {error}") from None


def _shown(line: bytes) -> str:
    return repr(line.decode(errors="replace"))
