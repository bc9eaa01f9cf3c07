"""Who or what is X? Short answers from counting, vectors and a chat model, by exact match and F1.

52 questions of ``made_questions``, each made from the first sentence of an article's lead; the
answer is the part behind "is". Nothing was trained or chosen on them. The first four ways look for
a sentence among those of all leads, with BM25 or MiniLM, and say all of it, or what stands between
"is" and the first comma, stop or bracket. (The rule that made the answers is finer, but begins
alike: who finds the sentence is half right.) SmolLM2 goes on with a text that shows it two answers,
without any passage ("closed book") or with the sentence that MiniLM found before the question. It
was pretrained elsewhere, on text that may hold these leads.

``exact`` and ``f1`` hold a number for each question, ``found`` whether the right sentence was the
one looked at, ``cosine`` that of MiniLM's vectors of what was said and of the right answer;
``texts`` has an answer on each line.
"""

import re
import time
from collections.abc import Callable
from functools import lru_cache

import torch

from experiments.summaries import encoder
from lmteach.decoding.sampling import greedy
from lmteach.evaluation.answers import exact_match, token_f1
from lmteach.models.llama.files import smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import Llama, smollm2
from lmteach.models.llama.reading import tokenizer_of
from lmteach.models.search.bm25 import BM25
from lmteach.models.search.ranking import Ranking
from lmteach.models.search.sentence_vectors import SentenceVectors
from lmteach.text.corpora.made_queries import sentences_of
from lmteach.text.corpora.wikipedia_leads import MadeQuestion, made_questions, wikipedia_leads
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE

EXAMPLES = (
    ("Paris is the capital of France.", "Who or what is Paris?", "the capital of France"),
    ("Mozart was an Austrian composer of operas.", "Who or what was Mozart?", "a composer"),
)
TOKENS = 16
RECIPE = {
    "text": "wikipedia_leads(), sentences of all leads, brackets left out",
    "shown to SmolLM2": EXAMPLES,
    "tokens that it writes at most": TOKENS,
    "bits": 4,
}
CASES = tuple(
    {"method": method}
    for method in (
        "BM25, whole sentence",
        "BM25, from is to a mark",
        "MiniLM, whole sentence",
        "MiniLM, from is to a mark",
        "SmolLM2, closed book",
        "SmolLM2, with MiniLM's sentence",
    )
)
SEEDS = ()
TOLERANCE = 2e-4  # cosines are rounded
_BEHIND_IS = re.compile(r" (?:is|was|are|were) ([^,.;:(]+)")


@lru_cache(maxsize=1)
def questions() -> tuple[MadeQuestion, ...]:
    """All that can be made."""
    return made_questions(wikipedia_leads())


@lru_cache(maxsize=1)
def passages() -> tuple[str, ...]:
    """The sentences of all leads."""
    return tuple(
        re.sub(r" \([^()]*\)", "", sentence)
        for article in wikipedia_leads()
        for sentence in sentences_of(article.lead)
    )


@lru_cache(maxsize=2)
def search(name: str) -> Ranking:
    """BM25 or MiniLM, having read all sentences."""
    return BM25(passages()) if name == "BM25" else SentenceVectors(passages(), encoder())


def best(name: str, question: str) -> str:
    """The sentence that a search puts first."""
    [(place, _)] = search(name).search(question, top=1)
    return passages()[place]


def behind_is(sentence: str) -> str:
    """What stands between "is" and the first mark; the whole sentence if there is no "is"."""
    found = _BEHIND_IS.search(sentence)
    return found[1] if found else sentence


@lru_cache(maxsize=1)
def writer() -> tuple[Llama, PretrainedBPE]:
    """SmolLM2 and its tokenizer."""
    return smollm2(bits=4), tokenizer_of(read_gguf(smollm2_file()).settings)


def asked_in_words(question: str, sentence: str = "") -> str:
    """Two questions with their answers, and one that is still open."""
    rows = [*EXAMPLES, (sentence, question, "")]
    shown = [
        (f"Text: {text}\n" if sentence else "") + f"Question: {asks}\nAnswer: {answer}"
        for text, asks, answer in rows
    ]
    return "\n\n".join(shown).strip()


def told(question: str, sentence: str = "") -> str:
    """What SmolLM2 writes to the end of the line."""
    model, tokenizer = writer()
    (line_break,) = tokenizer.encode("\n")
    ids = torch.tensor([tokenizer.encode(asked_in_words(question, sentence))])
    with torch.no_grad():
        said = tokenizer.decode(greedy(model, ids, TOKENS, end=line_break)[0])
    return said.split("\n")[0].strip()


WAYS: dict[str, Callable[[str], str]] = {
    "BM25, whole sentence": lambda asked: best("BM25", asked),
    "BM25, from is to a mark": lambda asked: behind_is(best("BM25", asked)),
    "MiniLM, whole sentence": lambda asked: best("MiniLM", asked),
    "MiniLM, from is to a mark": lambda asked: behind_is(best("MiniLM", asked)),
    "SmolLM2, closed book": told,
    "SmolLM2, with MiniLM's sentence": lambda asked: told(asked, best("MiniLM", asked)),
}


def measure(seed: None, method: str) -> dict[str, float | list[float] | str]:
    """Every question's figures, and the seconds that all answers took."""
    asked = questions()
    name = "BM25" if method.startswith("BM25") else "MiniLM"
    search(name)
    started = time.perf_counter()
    said = [WAYS[method](one.question) for one in asked]
    seconds = time.perf_counter() - started
    looked_at = [best(name, one.question) for one in asked]
    pairs = list(zip(said, asked, strict=True))
    vectors = [
        encoder().embed([text[:500] or ".", one.answer]).detach().numpy() for text, one in pairs
    ]
    return {
        "exact": [exact_match(text, one.answer) for text, one in pairs],
        "f1": [round(token_f1(text, one.answer), 6) for text, one in pairs],
        "found": [float(one.sentence == x) for x, one in zip(looked_at, asked, strict=True)],
        "cosine": [round(float(a @ b), 4) for a, b in vectors],
        "seconds": round(seconds, 2),
        "texts": "\n".join(said),
    }
