"""NumPy's numbers are as good as Python's: every docstring's examples, with theirs in place."""

import ast
import doctest
import importlib
import json
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import lmteach
from lmteach.checks import for_json, plain
from lmteach.evaluation import scoreboard
from lmteach.models.embedding.skipgram import SkipGramConfig
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.transformer.attention import causal_mask
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.positions import alibi_slopes
from lmteach.text.splits import bucket
from lmteach.training import checkpoints
from lmteach.training.gpt_recipe import GPTRecipe
from lmteach.training.history import History
from lmteach.training.resuming import load_run, save_run
from lmteach.widgets.shared.random_numbers import uniform
from lmteach.widgets.training_panel.widget import TrainingPanel

pytestmark = pytest.mark.usefixtures("without_shape_checks")
MODULES = [
    found.name
    for found in pkgutil.walk_packages(lmteach.__path__, "lmteach.")
    if not found.name.endswith("__main__")
]


def numpys(value: Any) -> Any:
    """The same number as NumPy has it; what is no number, or too large, is left as it is."""
    if type(value) is int and value < 2**63:
        return np.int64(value)
    return np.float64(value) if type(value) is float else value


def with_numpys(called: Callable[..., Any]) -> Callable[..., Any]:
    """What is called, if it is the package's, with NumPy's numbers in place of Python's."""
    if not str(getattr(called, "__module__", "")).startswith("lmteach"):
        return called

    def call(*given: Any, **named: Any) -> Any:
        return called(*map(numpys, given), **{key: numpys(one) for key, one in named.items()})

    return call


class Wrapped(ast.NodeTransformer):
    """Puts `with_numpys` around what is called."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        wrapper = ast.Name("with_numpys", ast.Load())
        node.func = ast.Call(wrapper, [node.func], [])
        return node


def rewritten(source: str) -> str:
    return ast.unparse(ast.fix_missing_locations(Wrapped().visit(ast.parse(source)))) + "\n"


class SameValue(doctest.OutputChecker):
    """Takes np.int64(3) for 3: the value counts, since each can be used as the other."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        got = re.sub(r"np\.(?:int|float)64\(([^()]*)\)", r"\1", got)
        return super().check_output(want, got, optionflags)


@pytest.mark.parametrize("name", MODULES)
def test_examples_with_numpys_numbers(name: str) -> None:
    module = importlib.import_module(name)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    told: list[str] = []
    for example in doctest.DocTestFinder().find(module, name):
        example.globs["with_numpys"] = with_numpys
        for line in example.examples:
            line.source = rewritten(line.source)
        doctest.DocTestRunner(SameValue(), optionflags=flags).run(example, out=told.append)
    assert not told, "".join(told)


NUMBERS = [
    (np.int64(8), 8),
    (np.uint8(8), 8),
    (np.float32(0.5), 0.5),
    (np.float64(0.1), 0.1),
    (np.bool_(True), True),
]


@pytest.mark.parametrize(("given", "wanted"), NUMBERS)
def test_a_number_of_numpy_becomes_python_s(given: Any, wanted: float) -> None:
    assert plain(given) == wanted
    assert type(plain(given)) is type(wanted)


@pytest.mark.parametrize("value", [None, "8", 8, (np.int64(8),), np.arange(2)])
def test_all_else_is_left_as_it_is(value: Any) -> None:
    assert plain(value) is value


def test_sizes_of_numpy_do_as_python_s_do() -> None:
    assert torch.equal(alibi_slopes(np.int64(4)), alibi_slopes(4))  # type: ignore[arg-type]
    assert torch.equal(causal_mask(np.uint8(3)), causal_mask(3))  # type: ignore[arg-type]
    assert bucket("smith", np.int64(10)) == bucket("smith", 10)  # type: ignore[arg-type]
    assert TrainingPanel(steps=np.int64(3)).steps == 3  # type: ignore[arg-type]
    for seed in (0, 1, 2**31, 2**40):
        assert uniform(np.int64(seed), np.int64(9)) == uniform(seed, 9)  # type: ignore[arg-type]


@pytest.mark.parametrize("steps", [True, 0, 1.0, "3"])
def test_a_panel_refuses_what_is_no_count(steps: Any) -> None:
    with pytest.raises(ValueError, match=f"steps is {steps!r}, expected a whole number"):
        TrainingPanel(steps=steps)


SMALL = {"vocab_size": 12, "context": 8, "dim": 8, "heads": 2, "layers": 1, "dropout": 0.5}
CONFIGS: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (GPTConfig, SMALL),
    (TransformerConfig, {"dim": 8, "heads": 2, "feed_forward_dim": 16, "dropout": 0.5}),
    (SkipGramConfig, {"dim": 8, "window": 2, "rate": 0.25}),
    (GPTRecipe, {"config": GPTConfig(**SMALL), "batch": 2, "rate": 0.25}),
    (scoreboard.Row, {"model": "one", "value": 0.25, "parameters": 3, "seconds": 0.5}),
]


def in_single(value: Any) -> Any:
    """The same number in NumPy's short types."""
    return {int: np.int32, float: np.float32}.get(type(value), lambda same: same)(value)


@pytest.mark.parametrize(("make", "given"), CONFIGS)
def test_settings_hold_python_s_numbers(make: Callable[..., Any], given: dict[str, Any]) -> None:
    made = make(**{name: in_single(value) for name, value in given.items()})
    assert made == make(**given)
    for name, value in given.items():
        assert type(getattr(made, name)) is type(value)


def test_a_gpt_of_numpy_s_sizes_is_saved_and_loaded(tmp_path: Path) -> None:
    config = GPTConfig(**{name: in_single(value) for name, value in SMALL.items()})
    GPT(config).save_pretrained(tmp_path)
    assert GPT.from_pretrained(tmp_path).config == GPTConfig(**SMALL)
    assert json.loads((tmp_path / "config.json").read_text())["n_embd"] == 8


def test_a_checkpoint_keeps_notes_of_numpy_s_numbers(tmp_path: Path) -> None:
    path, model = tmp_path / "model.safetensors", nn.Linear(2, 1)
    notes = {"losses": [np.float32(0.5)], "best": {"at": np.int8(3)}}
    checkpoints.save(path, model, step=np.int64(7), **notes)
    assert checkpoints.load(path, model) == {"step": 7, "losses": [0.5], "best": {"at": 3}}
    with pytest.raises(TypeError, match="a set can't be kept as JSON"):
        checkpoints.save(path, model, seen={1})


def test_a_run_whose_optimizer_has_numpy_s_numbers_is_saved_and_loaded(tmp_path: Path) -> None:
    path, model = tmp_path / "run.safetensors", nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=np.float32(0.5))  # type: ignore[arg-type]
    generator = torch.Generator()
    history = History(losses=(np.float32(0.25),))  # type: ignore[arg-type]
    save_run(path, model, optimizer, generator, history, None)
    assert load_run(path, model, optimizer, generator)[0].losses == (0.25,)


def test_a_row_of_numpy_s_numbers_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMTEACH_SCOREBOARD", str(tmp_path / "board.json"))
    scoreboard.record("A", "mine", np.float32(2.5), np.int64(3), np.float32(0.5), bytes=np.int32(4))
    (row,) = json.loads((tmp_path / "board.json").read_text())["A"]
    assert row == {"model": "mine", "value": 2.5, "parameters": 3, "seconds": 0.5, "bytes": 4}


def test_what_can_not_be_kept_is_named() -> None:
    with pytest.raises(TypeError, match="a object can't be kept as JSON"):
        json.dumps(object(), default=for_json)
