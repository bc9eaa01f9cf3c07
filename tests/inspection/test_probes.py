"""Probes: the same answer as scikit-learn's, by hand, and labels without sense."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from lmteach.inspection.probes import LinearProbe, control_labels, fit_probe, probe_accuracy


def clouds(rows=200, seed=0):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (rows,), generator=generator)
    x = torch.randn(rows, 4, generator=generator)
    x[:, 0] += 2 * labels
    return x, labels


def test_the_map_is_scikit_learns():
    x, labels = clouds()
    probe = fit_probe(x, labels, decay=0.01, steps=500)
    scaled = ((x - x.mean(0)) / x.std(0, correction=0)).double().numpy()
    theirs = LogisticRegression(C=1 / (0.01 * len(x)), tol=1e-10, max_iter=5000)
    theirs.fit(scaled, labels.numpy())
    ours = probe(x).softmax(-1).numpy()
    np.testing.assert_allclose(ours, theirs.predict_proba(scaled), atol=2e-3)
    assert probe_accuracy(probe, x, labels) == pytest.approx(theirs.score(scaled, labels.numpy()))


def test_accuracy_by_hand():
    probe = LinearProbe(torch.zeros(1), torch.ones(1), 2)
    probe.map.weight.data = torch.tensor([[-1.0], [1.0]])  # label 1 where x is above 0
    x = torch.tensor([[-2.0], [-1.0], [1.0], [3.0]])
    assert probe_accuracy(probe, x, torch.tensor([0, 1, 1, 1])) == 0.75


@given(st.integers(0, 200))
def test_each_word_has_one_control_label_and_it_is_one_of_the_labels(seed):
    generator = torch.Generator().manual_seed(seed)
    words = torch.randint(20, (60,), generator=generator)
    labels = torch.randint(3, (60,), generator=generator)
    found = control_labels(words, labels, generator)
    for word in words.unique():
        assert len(found[words == word].unique()) == 1
    assert set(found.tolist()) <= set(labels.tolist())


def test_control_labels_are_as_frequent_as_the_labels():
    words = torch.arange(4000)
    labels = (words % 4 == 0).long()
    found = control_labels(words, labels, torch.Generator().manual_seed(0))
    assert found.float().mean() == pytest.approx(0.25, abs=0.03)
    assert (found == labels).float().mean() == pytest.approx(0.75**2 + 0.25**2, abs=0.03)


def test_what_is_constant_or_in_half_precision_does_no_harm():
    x, labels = clouds()
    x = torch.cat([x, torch.ones(len(x), 1)], dim=1).bfloat16()
    assert probe_accuracy(fit_probe(x, labels), x, labels) > 0.75


def test_it_learns_where_gradients_are_off():
    x, labels = clouds()
    with torch.no_grad():
        assert probe_accuracy(fit_probe(x, labels), x, labels) > 0.75


def test_what_does_not_fit_is_refused():
    x, labels = clouds()
    probe = fit_probe(x, labels, steps=1)
    for call, message in [
        (lambda: fit_probe(x, labels[1:]), "labels is of type"),
        (lambda: fit_probe(x / 0, labels), "not finite"),
        (lambda: fit_probe(x, labels, decay=-1.0), "decay is -1"),
        (lambda: fit_probe(x, labels, steps=0), "steps is 0"),
        (lambda: probe_accuracy(probe, x[:, :2], labels), "x has shape"),
        (lambda: probe_accuracy(probe, x, labels[1:]), "labels is of type"),
        (lambda: control_labels(labels[1:], labels, torch.Generator()), "labels is of type"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
