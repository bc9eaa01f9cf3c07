"""What a corpus is: three texts, where they come from, and what you may do with them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Corpus:
    """A text in three parts that share nothing.

    ``train`` is for fitting, ``valid`` for choosing, ``test`` for the one number at the end.
    ``source`` says in one line where the text comes from, ``licence`` what its terms are.

    >>> corpus = Corpus(train="abc", valid="d", test="e", source="the alphabet", licence="none")
    >>> corpus
    Corpus(train=3 characters, valid=1, test=1, source='the alphabet')
    """

    train: str
    valid: str
    test: str
    source: str
    licence: str

    def __repr__(self) -> str:
        """Sizes instead of megabytes of text."""
        return (
            f"Corpus(train={len(self.train):,} characters, valid={len(self.valid):,}, "
            f"test={len(self.test):,}, source={self.source!r})"
        )
