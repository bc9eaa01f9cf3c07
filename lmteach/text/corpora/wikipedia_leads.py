"""Wikipedia's articles in two parts: the lead, which sums an article up, and the rest of it.

The articles are those of ``wikipedia()``, with their titles, and cut at the first heading. Taught
in notebook 18.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lmteach.checks import checked_by
from lmteach.text.cache import read_cached, write_cached
from lmteach.text.corpora.made_queries import sentences_of
from lmteach.text.corpora.wikipedia import _ARCHIVE, _ARCHIVE_SHA256, articles
from lmteach.text.corpora.wikitext import paragraphs
from lmteach.text.packages import read_package_file, sha256
from lmteach.typed import check_fields, typed

_LEADS_SHA256 = "6b8d6afa26acc6697c0e8ff003baab514abd62a561ff15e77eb9a15d1fb04df4"
_CACHED = "wikipedia_leads.json"
_HEADING = re.compile(r"^==[^=].*$", re.MULTILINE)
LEAST_LEAD, LEAST_BODY = 200, 10  # characters; sentences


@dataclass(frozen=True)
class LedArticle:
    """An article: its ``lead`` and its ``body``, one paragraph a line; either may be empty.

    >>> LedArticle("Ant", "Ants are insects.", "They live in colonies.").title
    'Ant'
    """

    title: str
    lead: str
    body: str

    def __post_init__(self) -> None:
        """Ask each field for its type."""
        check_fields(self)

    @property
    def sentences(self) -> list[str]:
        """The sentences of the body, in order."""
        return sentences_of(self.body)

    @property
    def has_both(self) -> bool:
        """Whether there is a lead of some length, and a body to be summed up."""
        return len(self.lead) >= LEAST_LEAD and len(self.sentences) >= LEAST_BODY


@typed
def cut_at_heading(source: str) -> tuple[str, str]:
    r"""Return the prose before the first heading of a page's source, and the prose behind it.

    >>> ants, life = "Ants are insects" + " that work" * 9 + ".", "They sleep" + " and eat" * 9
    >>> lead, body = cut_at_heading(f"'''{ants[:4]}'''{ants[4:]}\n== Life ==\n{life}.")
    >>> lead == ants, body == life + "."
    (True, True)
    """
    heading = _HEADING.search(source)
    end = heading.start() if heading else len(source)
    return "\n".join(paragraphs(source[:end])), "\n".join(paragraphs(source[end:]))


def wikipedia_leads() -> tuple[LedArticle, ...]:
    """The 106 articles, 85 of them with a lead and a body, in the dump's order.

    Paragraphs are those of ``wikipedia()``: printable ASCII, whole ones only; where the first of a
    lead has a formula or a hole, it is left out, and the lead begins with the next. What two
    articles have in common stands in both. Cached, as ``wikipedia()`` is.

    Raises:
        ModuleNotFoundError: gensim, which brings the articles, is not installed.
        FileNotFoundError: it is installed without its test data.
        ValueError: its archive is damaged.

    Source: English Wikipedia, May 2016; licence CC BY-SA 3.0.

    >>> anarchism = wikipedia_leads()[0]
    >>> anarchism.title, anarchism.lead[:35], len(anarchism.sentences)
    ('Anarchism', 'Anarchism is a political philosophy', 328)
    """
    data = read_cached(_CACHED, _LEADS_SHA256)
    if data is None:
        archive = read_package_file(
            "gensim", "gensim>=4.4", f"test/test_data/{_ARCHIVE}", _ARCHIVE_SHA256
        )
        found = [LedArticle(title, *cut_at_heading(source)) for title, source in articles(archive)]
        data = json.dumps([asdict(one) for one in found], indent=0).encode("ascii")
        if sha256(data) != _LEADS_SHA256:
            raise ValueError(
                f"The cleaned articles have the SHA-256 {sha256(data)}, expected {_LEADS_SHA256}: "
                "the cleaning was changed, here or in gensim. If on purpose, change the expected "
                "value too, and measure every number on these articles again."
            )
        write_cached(_CACHED, data)
    return tuple(LedArticle(**one) for one in json.loads(data))


@dataclass(frozen=True)
class MadeQuestion:
    """A question whose answer is a part of a known sentence.

    >>> made = MadeQuestion("What is an ant?", "an insect", "An ant is an insect that works.")
    >>> made.answer in made.sentence
    True
    """

    question: str
    answer: str
    sentence: str

    def __post_init__(self) -> None:
        """Ask each field for its type."""
        check_fields(self)
        if not self.question or not self.answer or self.answer not in self.sentence:
            raise ValueError(
                f"answer is {self.answer!r} to {self.question!r}, expected a question, and a part "
                f"of the sentence {self.sentence[:40]!r} for its answer."
            )


_IS = re.compile(r"^(.*?) (is|was|are|were) ((?:an?|the|one of the) .*)")
_BEFORE = re.compile(r"^(?:In|As|Generally|Launched)\b[^,]*, ")
_END = re.compile(
    r"[,.;:(]| - | (?:that|which|who|whose|where)\b|"
    r" (?:born|found|made|written|practiced|referring|concerning)\b|"
    r"(?: \w+(?:ed|en))? (?:by|in|from|on|for|with|at|to)\b"
)
LEAST_WORDS, MOST_WORDS = 3, 9  # of an answer, its article included


@typed
def question_of(article: LedArticle) -> MadeQuestion | None:
    """Make a question of the first sentence of a lead, if it says what the title is.

    "X is a Y that …" becomes "Who or what is X?", with the answer "a Y", as it stands there. What
    is in brackets is left out. The answer ends where a mark, a clause or a place begins: a rule of
    thumb. Answers of two words or of ten are left out, with their article, and sentences in which
    the title is not what is spoken of. None where there is no such question.

    >>> made = question_of(LedArticle("Ant (bug)", "The ant is a small insect, and it works.", ""))
    >>> made.question, made.answer
    ('Who or what is the ant?', 'a small insect')
    """
    cut = sentences_of(article.lead)
    sentence = re.sub(r" \([^()]*\)", "", cut[0]) if cut else ""
    found = _IS.match(sentence)
    if found is None:
        return None
    subject = re.split(r",| or ", _BEFORE.sub("", found[1]))[0]
    title = re.sub(r" \(.*\)", "", article.title)
    if not all(word in subject.lower() for word in title.lower().split()):
        return None
    end = _END.search(found[3])
    answer = found[3][: end.start()] if end else found[3]
    if not LEAST_WORDS <= len(answer.split()) <= MOST_WORDS:
        return None
    if subject.startswith(("A ", "An ", "The ")):
        subject = subject[0].lower() + subject[1:]
    return MadeQuestion(f"Who or what {found[2]} {subject}?", answer, sentence)


def _check_articles(articles: Sequence[LedArticle]) -> None:
    if len(articles) == 0:
        raise ValueError("articles is empty, expected at least one, such as wikipedia_leads().")


@typed
@checked_by(_check_articles)
def made_questions(articles: Sequence[LedArticle]) -> tuple[MadeQuestion, ...]:
    """Make a question of each article for which there is one, in their order.

    Raises ``ValueError`` for no articles.

    >>> ant = LedArticle("Ant", "The ant is a small insect, and it works.", "")
    >>> [made.answer for made in made_questions([ant, LedArticle("Bee", "Bees fly.", "")])]
    ['a small insect']
    """
    found = (question_of(article) for article in articles)
    return tuple(made for made in found if made is not None)
