"""Fifty short news documents, each pair judged by people for likeness. Taught in notebook 16."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lmteach.text.packages import read_package_file

_FILES = {  # of gensim's tests, each with its SHA-256
    "lee.cor": "a878f9a58f6743c32985c56c2f2f75988386216b38a4023a01fd3bcf7884d93e",
    "lee_background.cor": "5d78d6dafd953bbf65797bef09a9ffb9ec430583381be705f8fd460000f370fb",
    "similarities0-1.txt": "23762bc6b728897144dda3d324a2c032dc1e059e1009806226d64b6dd123ed79",
}


@dataclass(frozen=True)
class LeeDocuments:
    """Documents, how alike people find each two of them, and more of the same kind, not judged.

    ``likeness`` (50, 50) holds the mean of what people said, from 0.2 (unrelated) to 1 (related):
    ratings from 1 to 5, divided by 5. It is symmetric, and 1 on the diagonal, which was not asked.
    ``background`` are further news documents, to count words on.
    """

    documents: tuple[str, ...]
    likeness: Float[np.ndarray, "documents documents"]
    background: tuple[str, ...]

    def __repr__(self) -> str:
        """Sizes instead of news."""
        return (
            f"LeeDocuments({len(self.documents)} documents, judged in pairs, "
            f"background={len(self.background)} documents)"
        )


def lee_documents() -> LeeDocuments:
    """The 50 documents, of 45 to 126 words, with their 1,225 judged pairs, and 300 others.

    Seven of the 300 stand there twice, as published; none is among the 50.

    Raises:
        ModuleNotFoundError: gensim, which brings the files, is not installed.
        FileNotFoundError: it is installed without its test data.
        ValueError: a file is damaged.

    Source: Lee, Pincombe and Welsh 2005, "An Empirical Evaluation of Models of Text Document
    Similarity"; news of the Australian Broadcasting Corporation. The files come with gensim's
    tests.

    >>> lee = lee_documents()
    >>> lee
    LeeDocuments(50 documents, judged in pairs, background=300 documents)
    >>> lee.documents[0][:42], round(float(lee.likeness[0, 1]), 2)
    ('The national executive of the strife-torn ', 0.3)
    """
    texts = [
        read_package_file("gensim", "gensim>=4.4", f"test/test_data/{name}", expected)
        for name, expected in _FILES.items()
    ]
    documents, background, judged = (text.decode("cp1252").splitlines() for text in texts)
    upper = np.array([line.split() for line in judged], dtype=float)  # zeros below the diagonal
    return LeeDocuments(tuple(documents), np.maximum(upper, upper.T), tuple(background))
