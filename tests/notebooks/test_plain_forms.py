"""A plain form in a notebook computes what the package's general form does at its defaults.

The cells that a plain form needs are run here, in this process; then both classes get the same
weights, which also shows that names and shapes agree, and the same inputs.
"""

import functools
import importlib
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lmteach.models.bert.config import BertConfig
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.transformer.attention import causal_mask
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.positions import Rotary
from tests.notebooks.rules.drift import definition_in, plain_names
from tests.notebooks.rules.reading import code_cells, load, notebook_paths, parse, tags
from tools.notebook.slicing import needed

CONFIG = TransformerConfig(dim=8, heads=2, feed_forward_dim=12, layers=2, dropout=0.0)
SMALL = GPTConfig(vocab_size=5, context=9, dim=8, heads=2, layers=1)
MODERN = GPTConfig.modern(vocab_size=5, context=9, dim=8, heads=2, layers=1)
BERT = BertConfig(vocab_size=5, context=9, dim=8, heads=2, layers=2, dropout=0.0, labels=3)
X, Y, MASK = torch.randn(2, 5, 8), torch.randn(2, 3, 8), causal_mask(5)
Pair = tuple[Callable[[type], Any], Callable[[type], Any], Callable[[Any, Any], tuple[Any, Any]]]


def alike(*given: Any, **named: Any) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Both are called in the same way."""
    return lambda ours, theirs: (ours(*given, **named), theirs(*given, **named))


def same(*given: Any) -> tuple[Callable[[type], Any], Callable[[type], Any]]:
    """Both are made in the same way."""
    return (lambda kind: kind(*given),) * 2


def positioned(kind: str) -> Pair:
    longest = 9 if kind == "learned" else None
    return *same(5, CONFIG, kind, longest), alike(torch.tensor([[3, 0, 4, 4], [1, 1, 2, 0]]))


def read_in_two_texts() -> Pair:
    ids, segments = torch.tensor([[3, 0, 4, 4], [1, 1, 2, 0]]), torch.tensor([[0, 0, 0, 1]] * 2)
    return *same(BERT), lambda ours, theirs: (
        ours(ids, segments),
        theirs(ids, token_type_ids=segments),
    )


def untrained(kind: type) -> list[Tensor]:
    """The weights that a feed-forward model starts with."""
    return list(kind(7, 3, 2, 4, torch.Generator().manual_seed(0)).parameters())


# For each plain form: how it is made, how the package's is, and how both are asked.
CASES: dict[str, list[Pair]] = {
    "FeedForwardLM": [
        (*same(7, 3, 2, 4), alike(torch.tensor([[0, 1, 2], [6, 6, 0]]))),
        (*same(7, 3, 2, 4), lambda *both: tuple(untrained(type(one)) for one in both)),
    ],
    "MultiHeadAttention": [
        (*same(8, 2), alike(X, Y, Y)),
        (*same(8, 2), alike(X, X, X, MASK)),
        (*same(8, 2), alike(X, X, X, MASK, need_weights=False)),
    ],
    "RotaryAttention": [
        (
            lambda kind: kind(8, 2),
            lambda kind: kind(8, 2, positions=Rotary()),
            alike(X, X, X, MASK),
        )
    ],
    "PositionedLM": [positioned(k) for k in ("none", "sinusoidal", "learned", "rotary", "alibi")],
    "EncoderLayer": [(*same(CONFIG), alike(X, MASK))],
    "Encoder": [(*same(CONFIG), alike(X, MASK))],
    "DecoderLayer": [(*same(CONFIG), alike(X, Y, MASK))],
    "Decoder": [(*same(CONFIG), alike(X, Y, MASK))],
    "Sublayers": [
        (*same(CONFIG), lambda ours, theirs: (ours.feed_forward(X), theirs.feed_forward(X))),
        (
            *same(CONFIG),
            lambda *both: tuple(one.around(X, nn.Identity(), torch.sin) for one in both),
        ),
    ],
    "SelfAttention": [
        (*same(8, 2), lambda ours, theirs: (ours(X), theirs(X, X, X, causal=True)[0])),
    ],
    "Block": [
        (
            lambda kind: kind(8, 2),
            lambda kind: kind(SMALL.layer),
            lambda ours, theirs: (ours(X), theirs(X, causal=True)),
        )
    ],
    "BertEncoder": [read_in_two_texts()],
    "BertForMaskedLM": [read_in_two_texts()],
    "BertForSequenceClassification": [read_in_two_texts()],
    "ModernBlock": [
        (
            lambda kind: kind(8, 2),
            lambda kind: kind(MODERN.layer),
            lambda ours, theirs: (ours(X, turns()), theirs(X, causal=True)),
        )
    ],
}


def turns() -> tuple[Tensor, Tensor]:
    """The angles that notebook 13 hands to its modern blocks."""
    angles = torch.arange(5)[:, None] * torch.tensor([1.0, 0.01])
    return angles.cos(), angles.sin()


FOUND = [
    (path, place, name)
    for path in notebook_paths()
    for place, cell in code_cells(load(path))
    for name in plain_names(cell)
]


@functools.cache
def namespace(path: Any, place: int) -> dict[str, Any]:
    """What the notebook's names stand for after the cells that one cell needs."""
    notebook, names = load(path), dict[str, Any]()
    for number in sorted(needed(notebook, [place])):
        cell = notebook.cells[number]
        if not {"setup", "toggle", "start"} & set(tags(cell)):
            exec(compile(cell.source, f"{path.name}, cell {number}", "exec"), names)
    return names


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("path", "place", "name"), FOUND, ids=[f"{p.name[:2]}-{place}" for p, place, _ in FOUND]
)
def test_a_plain_form_is_the_general_one_at_its_defaults(path: Any, place: int, name: str) -> None:
    tree = parse(load(path).cells[place].source)
    assert tree is not None
    [shown] = [case for case in CASES if definition_in(tree, case) is not None]
    module, _, general = name.rpartition(".")
    names = namespace(path, place)
    package = getattr(importlib.import_module(f"lmteach.{module}"), general)
    for make, make_theirs, ask in CASES[shown]:
        ours, theirs = make(names[shown]), make_theirs(package)
        theirs.load_state_dict(ours.state_dict())
        with torch.no_grad():
            torch.testing.assert_close(*ask(ours.eval(), theirs.eval()))


def test_there_are_plain_forms() -> None:
    assert len(FOUND) >= 12
