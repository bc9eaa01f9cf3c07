"""One call of attention as a ledger: every step with its matrices and their shapes.

Played in notebook 09.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure

from lmteach.plots.heatmap import heatmap
from lmteach.plots.style import use_style
from lmteach.plots.symbols import spoken, visible
from lmteach.typed import typed
from lmteach.widgets.shared.attention import SEEN, as_array, attention_weights, mask_kinds
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

MOST_TOKENS, MOST_WIDTH = 8, 16


class AttentionLedger(TeachingWidget):
    """One attention call of one head, stepped through: each result, and what it is made of.

    ``x`` (T, D) are the vectors of the T ``tokens`` that look; ``query``, ``key`` and ``value``
    (K, D) are weights as ``torch.nn.Linear`` keeps them, so that Q = x Wᵀ. ``source`` (S, D) and
    ``source_tokens`` are what is looked at, in cross-attention; if not given, x itself. ``mask``
    (T, S) or (S,) is True where a query may attend. At most 8 tokens and a width of 16 can be read.

    ``step`` is the step shown, from 0; ``cell`` the entry of its result whose sum is written out.
    ``steps`` holds for each its name, its formula, the names and the shapes of what goes in and
    comes out, and the numbers.

    Raises ``ValueError`` for shapes that don't fit, or too many tokens or entries.

    >>> ledger = AttentionLedger(np.eye(2), np.eye(2), np.eye(2), np.eye(2), ["a", "b"])
    >>> [step["name"] for step in ledger.steps]
    ['queries', 'keys', 'values', 'scores', 'scaled', 'masked', 'weights', 'output']
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    steps = traitlets.List(traitlets.Dict()).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    cell = traitlets.List(traitlets.Int(), [0, 0]).tag(sync=True)

    @typed
    def __init__(
        self,
        x: Any,
        query: Any,
        key: Any,
        value: Any,
        tokens: Sequence[str],
        source: Any = None,
        source_tokens: Sequence[str] | None = None,
        mask: Any = None,
        **options: Any,
    ) -> None:
        """Compute all steps; ``options`` go to ipywidgets (``layout``, for one)."""
        asking = [str(token) for token in tokens]
        asked = asking if source_tokens is None else [str(token) for token in source_tokens]
        x_here = as_array(x)
        memory = x_here if source is None else as_array(source)
        weights = {
            name: as_array(part) for name, part in zip("QKV", (query, key, value), strict=True)
        }
        _check_sizes(x_here, memory, weights, len(asking), len(asked))
        kinds = mask_kinds(mask, (len(asking), len(asked)))
        super().__init__(
            steps=_steps(x_here, memory, weights, kinds, asking, asked, source is not None),
            **options,
        )

    @traitlets.validate("step")
    def _check_step(self, proposal: dict[str, Any]) -> int:
        """Let in only a step that is there."""
        value, last = int(proposal["value"]), len(self.steps) - 1
        if not 0 <= value <= last:
            raise ValueError(f"step is {value}, expected 0 to {last}.")
        return value

    @typed
    def result(self, name: str) -> np.ndarray:
        """Return what the step of this name computes; −∞ where the mask hides.

        Raises ``ValueError`` for a name that is not in the ledger.

        >>> ledger = AttentionLedger(np.eye(2), np.eye(2), np.eye(2), np.eye(2), ["a", "b"])
        >>> ledger.result("scores")
        array([[1., 0.],
               [0., 1.]])
        """
        for step in self.steps:
            if step["name"] == name:
                return np.array(
                    [[-np.inf if v is None else v for v in row] for row in step["result"]["values"]]
                )
        names = ", ".join(step["name"] for step in self.steps)
        raise ValueError(f"there is no step {name!r}, expected one of {names}.")

    def picture(self) -> Figure:
        """Draw the results of all steps, with their formulas and shapes."""
        use_style()
        figure, panels = plt.subplots(2, 4, figsize=(14, 6.6))
        for step, axes in zip(self.steps, panels.flat, strict=True):
            result = step["result"]
            values = self.result(step["name"])
            heatmap(
                np.where(np.isfinite(values), values, np.nan),
                rows=[visible(token) for token in result["rows"]],
                columns=[visible(token) for token in result["columns"]],
                axes=axes,
                title=f"{step['formula']}  {tuple(result['shape'])}",
            )
            long = len(result["columns"]) * (1 + max(map(len, result["columns"]))) > 24
            axes.tick_params(axis="x", labelrotation=90 if long else 0)
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        ledger = "; ".join(
            f"{step['name']} {step['formula']}, {' by '.join(map(str, step['result']['shape']))}"
            for step in self.steps
        )
        weights, last = self.result("weights"), self.steps[-2]["result"]
        looks = ", ".join(
            f"{spoken(token)} {_most_looked_at(row, last['columns'])}"
            for token, row in zip(last["rows"], weights, strict=True)
            if row.any()
        )
        return f"The steps of one attention call as heat maps: {ledger}. Most looked at: {looks}."


def _most_looked_at(weights: np.ndarray, tokens: list[str]) -> str:
    """Say which token has the most weight, or how many share it."""
    best = np.flatnonzero(np.isclose(weights, weights.max()))
    return f"at {spoken(tokens[best[0]])}" if len(best) == 1 else f"evenly at {len(best)}"


def _check_sizes(
    x: np.ndarray, memory: np.ndarray, weights: dict[str, np.ndarray], time: int, source: int
) -> None:
    """Say which of the arrays doesn't fit the others, or is not finite."""
    named = {"x": x, "source": memory} | {f"the weights of {n}": w for n, w in weights.items()}
    for name, array in named.items():
        if not np.isfinite(array).all():
            bad = array[~np.isfinite(array)][0]
            raise ValueError(f"{name} contains {bad}, expected finite numbers.")
    if x.ndim != 2 or len(x) != time or x.size == 0:
        raise ValueError(
            f"x has shape {x.shape}, but there are {time} tokens; expected ({time}, D)."
        )
    dim = x.shape[1]
    if memory.shape != (source, dim):
        raise ValueError(
            f"source has shape {memory.shape}, expected ({source}, {dim}): a row for each of the "
            "source tokens, as wide as x."
        )
    for name, part in weights.items():
        if part.ndim != 2 or part.shape[1] != dim or len(part) == 0:
            raise ValueError(
                f"the weights of {name} have shape {part.shape}, expected (K, {dim}), as "
                "torch.nn.Linear keeps them."
            )
    if len(weights["Q"]) != len(weights["K"]):
        raise ValueError(
            f"queries have {len(weights['Q'])} entries and keys {len(weights['K'])}, expected as "
            "many: each query is multiplied with each key."
        )
    tokens, widest = max(time, source), max(dim, *map(len, weights.values()))
    if tokens > MOST_TOKENS or widest > MOST_WIDTH:
        raise ValueError(
            f"there are up to {tokens} tokens and {widest} entries, expected at most {MOST_TOKENS} "
            f"and {MOST_WIDTH}: with more, the numbers would not be readable."
        )


def _matrix(name: str, values: np.ndarray, rows: list[str], columns: list[str]) -> dict[str, Any]:
    """A matrix as the browser gets it; −∞, which JSON doesn't know, is None."""
    cells = [[float(v) if np.isfinite(v) else None for v in row] for row in values]
    shape = list(values.shape)
    return {"name": name, "values": cells, "rows": rows, "columns": columns, "shape": shape}


def _steps(
    x: np.ndarray,
    memory: np.ndarray,
    weights: dict[str, np.ndarray],
    kinds: np.ndarray,
    asking: list[str],
    asked: list[str],
    cross: bool,
) -> list[dict[str, Any]]:
    """Return all steps; each with its operands, at most two, and its result."""

    def numbered(letter: str, count: int) -> list[str]:
        return [f"{letter}{place}" for place in range(count)]

    entries = numbered("", x.shape[1])
    made, steps = {}, []
    for letter, name in zip("QKV", ("queries", "keys", "values"), strict=True):
        given, rows, of = (
            (x, asking, "x") if letter == "Q" else (memory, asked, "s" if cross else "x")
        )
        columns = numbered(letter.lower(), len(weights[letter]))
        made[letter] = _matrix(letter, given @ weights[letter].T, rows, columns)
        operands = [
            _matrix(of, given, rows, entries),
            _matrix(f"W_{letter}ᵀ", weights[letter].T, entries, columns),
        ]
        steps.append(_step(name, f"{letter} = {of} W_{letter}ᵀ", "product", operands, made[letter]))
    q, k, v = (np.array(made[letter]["values"]) for letter in "QKV")
    turned = _matrix("Kᵀ", k.T, made["K"]["columns"], asked)
    scores = _matrix("scores", q @ k.T, asking, asked)
    scaled = _matrix("scaled", q @ k.T / np.sqrt(q.shape[1]), asking, asked)
    open_scores = np.where(kinds == SEEN, np.array(scaled["values"]), -np.inf)
    masked = _matrix("masked", open_scores, asking, asked)
    shares = attention_weights(np.array(scaled["values"]), kinds == SEEN)
    attention = _matrix("weights", shares, asking, asked)
    output = _matrix("output", shares @ v, asking, made["V"]["columns"])
    allowed = _matrix("mask", (kinds == SEEN).astype(float), asking, asked)
    divide = _step("scaled", f"scores / √{q.shape[1]}", "scale", [scores], scaled)
    return [
        *steps,
        _step("scores", "Q Kᵀ", "product", [made["Q"], turned], scores),
        {**divide, "root": q.shape[1]},
        _step("masked", "−∞ where hidden", "mask", [scaled, allowed], masked),
        _step("weights", "softmax of each row", "softmax", [masked], attention),
        _step("output", "weights V", "product", [attention, made["V"]], output),
    ]


def _step(
    name: str, formula: str, kind: str, operands: list[dict[str, Any]], result: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "formula": formula,
        "kind": kind,
        "operands": operands,
        "result": result,
    }
