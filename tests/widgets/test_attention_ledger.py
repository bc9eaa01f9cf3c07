"""The ledger of one attention call: its numbers and shapes against torch, and the picture."""

import html

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from lmteach.widgets.attention_ledger.widget import AttentionLedger

RNG = np.random.default_rng(0)
X, MEMORY = RNG.normal(size=(3, 4)), RNG.normal(size=(5, 4))
QUERY, KEY, VALUE = RNG.normal(size=(2, 4)), RNG.normal(size=(2, 4)), RNG.normal(size=(6, 4))
TOKENS, SOURCE = ["the", "<b>", "$x$"], list("abcde")


def of_torch(memory: np.ndarray, mask: np.ndarray | None) -> dict[str, np.ndarray]:
    """What torch computes for the same call."""
    x, source, *weights = (torch.tensor(part) for part in (X, memory, QUERY, KEY, VALUE))
    given = (x, source, source)
    q, k, v = (functional.linear(part, w) for part, w in zip(given, weights, strict=True))
    allowed = None if mask is None else torch.tensor(mask)
    output = functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed)
    named = {"queries": q, "keys": k, "values": v, "scores": q @ k.T, "output": output}
    return {name: part.numpy() for name, part in named.items()}


@pytest.mark.parametrize("cross", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_every_step_is_that_of_torch(cross: bool, masked: bool) -> None:
    memory, names = (MEMORY, SOURCE) if cross else (X, TOKENS)
    mask = np.tri(3, len(memory), dtype=bool) if masked else None
    sources = (memory, names) if cross else (None, None)
    ledger = AttentionLedger(X, QUERY, KEY, VALUE, TOKENS, *sources, mask=mask)
    for name, expected in of_torch(memory, mask).items():
        np.testing.assert_allclose(ledger.result(name), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(ledger.result("scaled"), ledger.result("scores") / 2**0.5)
    hidden = np.isneginf(ledger.result("masked"))
    assert (hidden == (~mask if masked else False)).all()
    weights = ledger.result("weights")
    assert weights.sum(axis=1) == pytest.approx([1, 1, 1])
    assert not weights[hidden].any()


def test_the_shapes_fit_from_step_to_step() -> None:
    ledger = AttentionLedger(X, QUERY, KEY, VALUE, TOKENS, MEMORY, SOURCE)
    shapes = {step["name"]: tuple(step["result"]["shape"]) for step in ledger.steps}
    assert shapes == {
        "queries": (3, 2),
        "keys": (5, 2),
        "values": (5, 6),
        "scores": (3, 5),
        "scaled": (3, 5),
        "masked": (3, 5),
        "weights": (3, 5),
        "output": (3, 6),
    }
    for step in ledger.steps:
        for part in [*step["operands"], step["result"]]:
            assert list(np.shape(part["values"])) == part["shape"]
            assert [len(part["rows"]), len(part["columns"])] == part["shape"]
        if step["kind"] == "product":
            left, right = (np.array(part["values"]) for part in step["operands"])
            np.testing.assert_allclose(left @ right, step["result"]["values"], atol=1e-12)


def test_weights_of_layers_can_be_given() -> None:
    layers = [nn.Linear(4, 2, bias=False) for _ in "qkv"]
    x = torch.randn(2, 4, requires_grad=True)
    ledger = AttentionLedger(x, *(layer.weight for layer in layers), tokens=["a", "b"])
    np.testing.assert_allclose(ledger.result("keys"), layers[1](x).detach(), atol=1e-6)


def test_picture_and_words() -> None:
    ledger = AttentionLedger(X, QUERY, KEY, VALUE, TOKENS, mask=np.tri(3, dtype=bool))
    figure = ledger.picture()
    panels = figure.axes[:8]
    assert [axes.get_title(loc="left") for axes in panels[2:4]] == [
        "V = x W_Vᵀ  (3, 6)",
        "Q Kᵀ  (3, 3)",
    ]
    shown = np.ma.filled(panels[6].images[0].get_array(), np.nan)
    np.testing.assert_allclose(shown, ledger.result("weights"))
    figure.canvas.draw()  # a "$" in a token is no formula
    plt.close(figure)
    assert "scaled scores / √2, 3 by 3" in ledger.alt
    assert "Most looked at: the at the," in ledger.alt
    data, _ = ledger._repr_mimebundle_()
    assert f'alt="{html.escape(ledger.alt)}"' in data["text/html"]


def test_who_looks_evenly_is_said_to() -> None:
    alike = AttentionLedger(X, 0 * QUERY, KEY, VALUE, TOKENS, mask=np.tri(3, dtype=bool))
    assert alike.alt.endswith("Most looked at: the at the, <b> evenly at 2, $x$ evenly at 3.")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"x": np.zeros((2, 4))}, r"x has shape \(2, 4\), but there are 3 tokens"),
        ({"source": np.zeros((2, 4))}, r"source has shape \(2, 4\), expected \(3, 4\)"),
        ({"source": np.zeros((3, 5))}, r"source has shape \(3, 5\)"),
        ({"value": np.zeros((2, 5))}, r"the weights of V have shape \(2, 5\), expected \(K, 4\)"),
        ({"key": np.zeros((3, 4))}, "queries have 2 entries and keys 3"),
        ({"value": np.zeros((17, 4))}, "3 tokens and 17 entries, expected at most 8 and 16"),
        ({"mask": np.ones((2, 2), dtype=bool)}, r"mask has shape \(2, 2\)"),
        ({"step": 8}, "step is 8, expected 0 to 7"),
    ],
)
def test_bad_arguments(changed: dict[str, object], words: str) -> None:
    given = {"x": X, "query": QUERY, "key": KEY, "value": VALUE, "tokens": TOKENS}
    with pytest.raises(ValueError, match=words):
        AttentionLedger(**{**given, **changed})  # type: ignore[arg-type]


def test_a_step_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no step 'softmax', expected one of queries, keys"):
        AttentionLedger(X, QUERY, KEY, VALUE, TOKENS).result("softmax")
