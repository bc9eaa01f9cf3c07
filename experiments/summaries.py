"""Three sentences for a whole article, held against its lead: five ways, 85 articles, ROUGE.

The lead of an article of ``wikipedia_leads()`` is the reference, and is not in what is summed up.
Nothing was trained or chosen on these articles, so all of them are test. Extractive ways take three
sentences of the body: "random" ones (the mean of 20 draws), the first ("lead-3"), those of
``textrank``, and those nearest to the mean of MiniLM's vectors ("centroid"). SmolLM2, which is
slow, sums up every fourth article: it reads 250 words of the body and writes at most 80 tokens,
the likeliest each time. SmolLM2 and MiniLM were pretrained elsewhere, on text that may hold these
leads.

For each article a figure holds ROUGE-1, -2 and -L (F1), the cosine of MiniLM's vectors of summary
and lead, which knows meaning and not words, and the number of words. ``texts`` has a summary on
each line.
"""

import time
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from lmteach.decoding.chat import Chat
from lmteach.evaluation.rouge import rouge_l, rouge_n, rouge_words
from lmteach.models.bert.minilm import PretrainedEncoder, minilm
from lmteach.models.llama.files import smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import smollm2
from lmteach.models.llama.reading import chat_template_of, tokenizer_of
from lmteach.models.search.sentence_vectors import SentenceVectors
from lmteach.models.summaries.centroid import nearest_to_mean
from lmteach.models.summaries.textrank import textrank
from lmteach.text.corpora.wikipedia_leads import LedArticle, wikipedia_leads

SENTENCES, DRAWS, WORDS, TOKENS, EVERY = 3, 20, 250, 80, 4
ASKED = "Sum up this text in three sentences.\n\n"
LONGEST = 1000  # characters of a sentence, or of a text whose vector is asked for
RECIPE = {
    "text": "wikipedia_leads(), lead of 200 characters or more, body of 10 sentences or more",
    "sentences": SENTENCES,
    "draws": DRAWS,
    "asked of SmolLM2": ASKED,
    "words that SmolLM2 reads": WORDS,
    "tokens that it writes at most": TOKENS,
    "of so many articles it sums up one": EVERY,
    "bits": 4,
}
CASES = tuple(
    {"method": method} for method in ("lead-3", "random", "TextRank", "centroid", "SmolLM2")
)
SEEDS = ()
TOLERANCE = 2e-4  # cosines are rounded


@lru_cache(maxsize=1)
def asked() -> tuple[LedArticle, ...]:
    """The articles that have both parts."""
    return tuple(article for article in wikipedia_leads() if article.has_both)


@lru_cache(maxsize=1)
def encoder() -> PretrainedEncoder:
    """MiniLM, read once."""
    return minilm()


@lru_cache(maxsize=1)
def chat_model() -> Chat:
    """A conversation with SmolLM2."""
    settings = read_gguf(smollm2_file()).settings
    return Chat(smollm2(bits=4), tokenizer_of(settings), chat_template_of(settings))


def first_sentences(article: LedArticle) -> str:
    """The first three."""
    return " ".join(article.sentences[:SENTENCES])


def by_words(article: LedArticle) -> str:
    """Those that most others share words with."""
    sentences = article.sentences
    return " ".join(sentences[place] for place in textrank(sentences, SENTENCES))


def by_vectors(article: LedArticle) -> str:
    """Those nearest to the mean."""
    sentences = article.sentences
    vectors = SentenceVectors([one[:LONGEST] for one in sentences], encoder()).vectors
    return " ".join(sentences[place] for place in nearest_to_mean(vectors, SENTENCES))


def written(article: LedArticle) -> str:
    """What SmolLM2 makes of the beginning."""
    chat = chat_model()
    chat.forget()
    text = " ".join(article.body.split()[:WORDS])
    said = "".join(token.text for token in chat.answer(ASKED + text, most=TOKENS))
    return " ".join(said.split())


def drawn(article: LedArticle, seed: int) -> str:
    """Any three."""
    sentences = article.sentences
    places = np.random.default_rng(seed).choice(len(sentences), SENTENCES, replace=False)
    return " ".join(sentences[place] for place in sorted(places))


WAYS: dict[str, Callable[[LedArticle], str]] = {
    "lead-3": first_sentences,
    "TextRank": by_words,
    "centroid": by_vectors,
    "SmolLM2": written,
}


def judged(summary: str, article: LedArticle) -> tuple[float, float, float]:
    """ROUGE-1, -2 and -L, each as F1."""
    one, two = (rouge_n(summary, article.lead, n).f1 for n in (1, 2))
    return one, two, rouge_l(summary, article.lead).f1


def nearness(summaries: list[str], articles: tuple[LedArticle, ...]) -> list[float]:
    """The cosine of each summary with its lead."""
    rows = [
        encoder().embed([summary[:LONGEST], article.lead[:LONGEST]]).detach().numpy()
        for summary, article in zip(summaries, articles, strict=True)
    ]
    return [round(float(a @ b), 4) for a, b in rows]


def measure(seed: None, method: str) -> dict[str, float | list[float] | str]:
    """Every article's figures, and the seconds that all summaries took."""
    articles = asked()[:: EVERY if method == "SmolLM2" else 1]
    started = time.perf_counter()
    if method == "random":
        texts = [[drawn(article, seed) for seed in range(DRAWS)] for article in articles]
    else:
        texts = [[WAYS[method](article)] for article in articles]
    seconds = time.perf_counter() - started
    scores = np.array(
        [
            np.mean([judged(one, article) for one in some], axis=0)
            for some, article in zip(texts, articles, strict=True)
        ]
    )
    first = [some[0] for some in texts]
    return {
        **{
            name: column.round(6).tolist()
            for name, column in zip(("rouge_1", "rouge_2", "rouge_l"), scores.T, strict=True)
        },
        "cosine": nearness(first, articles),
        "words": [float(len(rouge_words(one))) for one in first],
        "seconds": round(seconds, 2),
        "texts": "\n".join(first),
    }
