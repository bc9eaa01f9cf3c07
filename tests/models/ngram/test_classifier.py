"""n-grams of each class by Bayes' rule: against naive Bayes of scikit-learn, by hand, laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.naive_bayes import MultinomialNB

from lmteach.models.ngram.classifier import NGramClassifier
from lmteach.models.ngram.model import NGramModel

V = 4
sentences = st.lists(st.lists(st.integers(0, V - 1), max_size=6), min_size=2, max_size=12)


def classes_of(some: list[list[int]]) -> list[int]:
    return [place % 2 for place in range(len(some))]


@given(sentences, sentences, st.sampled_from([0.1, 0.5, 1.0, 3.0]))
def test_single_words_are_naive_bayes(
    known: list[list[int]], asked: list[list[int]], k: float
) -> None:
    """With the end of a sentence as one word more, which scikit-learn is given in each row."""

    def rows(some: list[list[int]]) -> np.ndarray:
        return np.array([np.bincount([*words, V], minlength=V + 1) for words in some])

    ours = NGramClassifier(V, k=k).fit(known, classes_of(known))
    theirs = MultinomialNB(alpha=k).fit(rows(known), classes_of(known))
    found = ours.log_scores(asked)
    expected = theirs.predict_joint_log_proba(rows(asked))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)
    sure = np.abs(expected[:, 0] - expected[:, 1]) > 1e-9
    assert (ours.predict(asked) == theirs.predict(rows(asked)))[sure].all()


def test_pairs_of_words_by_hand() -> None:
    """Class 0 said 0 1, class 1 said 1 0 and 1 0; pairs with add-1 over two words and the end."""
    classifier = NGramClassifier(2, order=2, k=1.0).fit([[0, 1], [1, 0], [1, 0]], [0, 1, 1])
    [scores] = classifier.log_scores([[0, 1]])
    zero = (1 + 1) / (1 + 3) * (1 + 1) / (1 + 3) * (1 + 1) / (1 + 3)  # end 0, 0 1, 1 end
    one = (0 + 1) / (2 + 3) * (0 + 1) / (2 + 3) * (0 + 1) / (2 + 3)
    assert scores.tolist() == pytest.approx([math.log(zero / 3), math.log(one * 2 / 3)])
    assert classifier.predict([[0, 1], [1, 0]]).tolist() == [0, 1]


@given(sentences)
def test_the_order_of_words_matters_to_pairs_alone(known: list[list[int]]) -> None:
    def scores(order: int, some: list[list[int]]) -> np.ndarray:
        classifier = NGramClassifier(V, order, "kneser_ney", discount=0.5)
        return classifier.fit(known, classes_of(known)).log_scores(some)

    told, turned = [[0, 1, 2, 3]], [[3, 0, 2, 1]]
    np.testing.assert_allclose(scores(1, told), scores(1, turned), atol=1e-10)
    models = [NGramModel(2, "kneser_ney", V + 1, discount=0.5) for _ in range(2)]
    for one, model in enumerate(models):
        model.fit([V, *(word for words in known[one::2] for word in [*words, V])])
    expected = [model.log_probabilities([V, *told[0], V])[1:].sum() for model in models]
    shares = np.log(np.bincount(classes_of(known)) / len(known))
    np.testing.assert_allclose(scores(2, told)[0], expected + shares, atol=1e-10)


def test_three_classes_and_their_shares() -> None:
    """An empty sentence of classes that always say one word: the shares and lengths decide."""
    classifier = NGramClassifier(3).fit([[0], [1], [1], [2], [2], [2]], [0, 1, 1, 2, 2, 2])
    scores = classifier.log_scores([[0], []])
    assert scores.shape == (2, 3)
    expected = [math.log(n / 6 * (n + 1) / (2 * n + 4)) for n in (1, 2, 3)]
    assert scores[1].tolist() == pytest.approx(expected)
    assert classifier.predict([[0, 0], []]).tolist() == [0, 2]


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="smoothing is 'mle', expected another"):
        NGramClassifier(2, smoothing="mle")
    classifier = NGramClassifier(2)
    with pytest.raises(ValueError, match="not counted anything yet: call fit"):
        classifier.predict([[0]])
    with pytest.raises(ValueError, match="got 1 sentences and 2 classes"):
        classifier.fit([[0]], [0, 1])
    for classes in ([0, 0], [0, 2], [1, 1]):
        with pytest.raises(ValueError, match="expected at least 0 and 1"):
            classifier.fit([[0], [1]], classes)
    with pytest.raises(ValueError, match=r"classes\[1\] is -1"):
        classifier.fit([[0], [1]], [0, -1])
    with pytest.raises(ValueError, match=r"sentences\[1\] contains the id 2"):
        classifier.fit([[0], [2]], [0, 1])
    with pytest.raises(ValueError, match="sentences is empty"):
        classifier.fit([[0], [1]], [0, 1]).log_scores([])
