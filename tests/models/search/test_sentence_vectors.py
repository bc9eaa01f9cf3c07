"""MiniLM's search against sentence-transformers' pooling by hand, whatever the batches are."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from lmteach.models.bert.minilm import minilm
from lmteach.models.search.sentence_vectors import SentenceVectors
from lmteach.text.corpora.lee_documents import lee_documents

TEXTS = ["Rain.", *lee_documents().documents[:6], "A dog barks."]


@pytest.fixture(scope="module")
def encoder():
    return minilm()


@pytest.mark.parametrize(("batch", "by_length"), [(1, True), (3, True), (3, False), (50, True)])
def test_each_document_has_the_vector_that_it_has_alone(encoder, batch, by_length) -> None:
    found = SentenceVectors(TEXTS, encoder, batch, by_length)
    with torch.no_grad():
        alone = torch.cat([encoder.embed([text]) for text in TEXTS]).numpy()
    assert np.abs(found.vectors - alone).max() < 1e-6
    expected = alone @ alone[0]
    assert found.scores("Rain.") == pytest.approx(expected, abs=1e-6)


def test_documents_of_like_length_are_read_together() -> None:
    read: list[list[str]] = []

    class Recorder:
        def embed(self, sentences: Sequence[str]) -> torch.Tensor:
            read.append(list(sentences))
            return torch.tensor([[float(len(sentence)), 1.0] for sentence in sentences])

    found = SentenceVectors(["aaaa", "b", "ccc", "d"], Recorder(), batch=2)
    assert read == [["b", "d"], ["ccc", "aaaa"]]
    lengths = np.array([4.0, 1, 3, 1])
    expected = np.stack([lengths, np.ones(4)], axis=1)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert found.vectors == pytest.approx(expected, abs=1e-12)


def test_meaning_is_found_without_a_common_word(encoder) -> None:
    texts = ["The physician treated her.", "Shares fell in London.", "It snowed in the Alps."]
    found = SentenceVectors(texts, encoder)
    for query, place in (("doctor", 0), ("stock market", 1), ("winter weather", 2)):
        assert found.search(query, top=1)[0][0] == place


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "embeds 2 texts as None"),
        (torch.ones(3, 2), r"shape \(3, 2\), expected \(B, D\) = \(2, any\)"),
    ],
)
def test_what_an_encoder_may_not_return(answer: object, message: str) -> None:
    class Wrong:
        def embed(self, sentences: Sequence[str]) -> object:
            return answer

    with pytest.raises(ValueError, match=message):
        SentenceVectors(["a", "b"], Wrong())


def test_what_is_refused(encoder) -> None:
    with pytest.raises(ValueError, match="the model looks at 512 at most"):
        SentenceVectors(["word " * 600], encoder)
    with pytest.raises(ValueError, match="batch is 0"):
        SentenceVectors(["a"], encoder, batch=0)
