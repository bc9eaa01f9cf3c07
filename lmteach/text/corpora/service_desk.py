"""What people say to a service desk, and what it answers. Taught in notebook 17.

Part of the small talk of ``dialogues``: about computers and code, about the assistant itself, and
greetings. The other topics, questions of general knowledge, are what no such desk can answer.
"""

import re
from typing import NamedTuple

from lmteach.text.corpora.dialogues import dialogues
from lmteach.typed import typed

DESK = (
    "ai",
    "botprofile",
    "coding",
    "computers",
    "conversations",
    "emotion",
    "greetings",
    "psychology",
    "tech_support",
)
ELSEWHERE = ("history", "literature", "movies", "politics", "science", "sports", "trivia")
_CODE = re.compile(r"```.*?(?:```|$)", re.DOTALL)


class ServicePair(NamedTuple):
    """What a customer says, and what the desk answers."""

    question: str
    answer: str

    @property
    def key(self) -> str:
        """The question without capitals and punctuation: by it pairs are told apart.

        >>> ServicePair("What's up?", "Not much.").key
        'what s up'
        """
        return question_key(self.question)


@typed
def question_key(question: str) -> str:
    """Return the words of a question in small letters: the same for what differs in signs alone.

    >>> question_key("What is AI?") == question_key("what is ai")
    True
    """
    return " ".join(re.findall(r"\w+", question.lower()))


@typed
def service_pairs(repeats: bool = False) -> tuple[ServicePair, ...]:
    """Return the first two turns of each English conversation of the desk's topics, each pair once.

    With ``repeats`` they are as they come: ten questions of technical support stand there about a
    hundred times each. A question may have several answers, in as many pairs. Programs in an answer
    are replaced by ``[code]``: the loader has lost their lines, and a desk would attach them.

    Raises ``ValueError`` and ``ModuleNotFoundError`` as ``dialogues`` does.

    >>> pairs = service_pairs()
    >>> pairs[2]
    ServicePair(question='Are you sentient?', answer='Sort of.')
    >>> len(service_pairs(repeats=True)), len(pairs), len({pair.key for pair in pairs})
    (1527, 398, 331)
    """
    talks = dialogues("english", DESK, repeats=True)
    pairs = [ServicePair(talk[0], _CODE.sub("[code]", talk[1])) for talk in talks]
    return tuple(pairs if repeats else dict.fromkeys(pairs))


@typed
def questions_elsewhere() -> tuple[str, ...]:
    """Return what people ask that is not for the desk, each question once: general knowledge.

    What the desk is asked, too, is left out.

    >>> questions_elsewhere()[:2]
    ('tell me about the american civil war', 'do you know about the american civil war')
    """
    known = {pair.key for pair in service_pairs()}
    found = {question_key(talk[0]): talk[0] for talk in dialogues("english", ELSEWHERE)}
    return tuple(question for key, question in found.items() if key not in known)
