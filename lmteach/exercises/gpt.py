"""The checks of notebook 13: GPT-2's block, the shifted loss, counting weights, the time."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "normed",
    "into_heads",
    "attend_to_past",
    "feed_forward",
    "gpt2_block",
    "loss_of_text",
    "gpt_parameters",
    "training_seconds",
)

Array = np.ndarray[Any, np.dtype[Any]]
Weights = dict[str, Array]
_IDS = (1, 0, 2, 2)
_LOGITS = np.array([[0.5, -1.0, 2.0], [1.5, 0.0, 0.3], [-0.7, 0.2, 0.9], [2.5, -2.0, 0.1]])


def _normed(x: Array, gain: Array, bias: Array, eps: float = 1e-5, ddof: int = 0) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    return np.asarray(
        gain * centred / np.sqrt(x.var(axis=-1, keepdims=True, ddof=ddof) + eps) + bias
    )


@exercise
def normed(answer: Callable[[Array, Array, Array], Array]) -> None:
    """Check ``normed(x, gain, bias)``: LayerNorm of each row of x (T, D).

    >>> normed(lambda x, gain, bias: gain * (x - x.mean()) / x.std() + bias)
    ... # doctest: +ELLIPSIS
    normed: for (...) you gave ..., expected ... Each place by itself...
    """
    rng = np.random.default_rng(13)
    x, gain, bias = rng.normal(size=(3, 4)) + 1, rng.normal(size=4), rng.normal(size=4)

    def over_all(x: Array, gain: Array, bias: Array) -> Array:
        return np.asarray(gain * (x - x.mean()) / np.sqrt(x.var() + 1e-5) + bias)

    def over_places(x: Array, gain: Array, bias: Array) -> Array:
        return _normed(x.T, np.ones(len(x)), np.zeros(len(x))).T * gain + bias

    def outside(x: Array, gain: Array, bias: Array) -> Array:
        return np.asarray(
            gain * (x - x.mean(axis=-1, keepdims=True)) / (x.std(axis=-1, keepdims=True) + 1e-5)
            + bias
        )

    def without_root(x: Array, gain: Array, bias: Array) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        return np.asarray(gain * centred / (x.var(axis=-1, keepdims=True) + 1e-5) + bias)

    def not_centred(x: Array, gain: Array, bias: Array) -> Array:
        return np.asarray(gain * x / np.sqrt(np.square(x).mean(-1, keepdims=True) + 1e-5) + bias)

    each = "Each place by itself: mean and variance over the last axis, keepdims=True."
    expect(
        answer,
        [(x, gain, bias), (x / 1000, np.ones(4), np.zeros(4))],
        _normed,
        slips=[
            (over_all, each),
            (lambda x, g, b: g * (x - x.mean()) / x.std() + b, each),
            (over_places, each),
            (lambda x, g, b: _normed(x, g, b, ddof=1), "The variance divides by D, not D - 1."),
            (lambda x, g, b: _normed(x, g, b, eps=0.0), "Add 1e-5 to the variance."),
            (outside, "The 1e-5 belongs under the root, with the variance."),
            (without_root, "Divide by the root of the variance."),
            (not_centred, "That is RMSNorm: the mean has to go first."),
            (lambda x, g, b: _normed(x, np.ones_like(g), np.zeros_like(b)), "Gain and bias?"),
            (lambda x, g, b: _normed(x, g, np.zeros_like(b)), "The bias is missing."),
        ],
    )


def _into_heads(x: Array, heads: int) -> Array:
    return np.asarray(x.reshape(len(x), heads, -1).transpose(1, 0, 2))


@exercise
def into_heads(answer: Callable[[Array, int], Array]) -> None:
    """Check ``into_heads(x, heads)``: from (T, D) to (H, T, K), head h the h-th K columns.

    >>> into_heads(lambda x, heads: x.reshape(heads, len(x), -1))  # doctest: +ELLIPSIS
    into_heads: for (...) you gave ..., expected ... The shape is right, the numbers are mixed...
    """
    expect(
        answer,
        [(np.arange(12.0).reshape(2, 6), 3), (np.arange(12.0).reshape(3, 4), 2)],
        _into_heads,
        slips=[
            (
                lambda x, heads: x.reshape(heads, len(x), -1),
                "The shape is right, the numbers are mixed: cut the columns first (T, H, K), "
                "then let H and T change places.",
            ),
            (
                lambda x, heads: x.reshape(len(x), heads, -1),
                "(T, H, K) so far: the heads come first.",
            ),
            (
                lambda x, heads: x.reshape(len(x), -1, heads).transpose(2, 0, 1),
                "A head has K columns side by side, not every H-th.",
            ),
        ],
    )


def _attend(
    q: Array, k: Array, v: Array, root: bool = True, causal: bool = True, late: bool = False
) -> Array:
    """Causal attention of all heads; the options are the slips."""
    scores = q @ k.swapaxes(-1, -2) / (math.sqrt(q.shape[-1]) if root else 1.0)
    future = np.triu(np.ones(scores.shape[-2:], dtype=bool), 1)
    if causal and not late:
        scores = np.where(future, -np.inf, scores)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = powers / powers.sum(axis=-1, keepdims=True)
    if late:
        weights = np.where(future, 0.0, weights)
    return np.asarray(weights @ v)


@exercise
def attend_to_past(answer: Callable[[Array, Array, Array], Array]) -> None:
    """Check ``attend_to_past(q, k, v)``: causal attention of each head, (H, T, K) each.

    >>> attend_to_past(lambda q, k, v: v)  # doctest: +ELLIPSIS
    attend_to_past: for (...) you gave ..., expected ...
    """
    q, k, v = np.random.default_rng(14).normal(size=(3, 2, 4, 3))

    def masked_by_zero(q: Array, k: Array, v: Array) -> Array:
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
        powers = np.exp(np.tril(scores))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True) @ v)

    def down_the_columns(q: Array, k: Array, v: Array) -> Array:
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
        powers = np.exp(scores) * np.tril(np.ones(scores.shape[-2:]))
        return np.asarray(powers / powers.sum(axis=-2, keepdims=True) @ v)

    def masked(q: Array, k: Array, v: Array, seen: Array, axis: tuple[int, ...] = (-1,)) -> Array:
        scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
        powers = np.exp(np.where(seen[: q.shape[1], : q.shape[1]], scores, -np.inf))
        return np.asarray(powers / powers.sum(axis=axis, keepdims=True) @ v)

    past = np.tri(4, dtype=bool)
    expect(
        answer,
        [(q, k, v), (q[:1, :2], k[:1, :2], v[:1, :2])],
        _attend,
        slips=[
            (lambda q, k, v: _attend(q, k, v, causal=False), "A place sees the future: no mask."),
            (lambda q, k, v: _attend(q, k, v, root=False), "Divide the scores by √K."),
            (
                lambda q, k, v: _attend(q, k, v, late=True),
                "Masked after the softmax, the weights no longer sum to 1: mask the scores.",
            ),
            (masked_by_zero, "A masked score is −∞, not 0: e to the 0 is 1."),
            (down_the_columns, "The softmax is over the keys, the last axis."),
            (lambda q, k, v: _attend(k, q, v), "Query and key are swapped."),
            (
                lambda q, k, v: masked(q, k, v, np.tri(4, k=-1, dtype=bool)),
                "A place sees itself, too: the future begins one above the diagonal.",
            ),
            (
                lambda q, k, v: masked(q, k, v, past.T),
                "That is the past masked, not the future: it lies above the diagonal.",
            ),
            (
                lambda q, k, v: masked(q, k, v, past, (0, 1, 2)),
                "Divided by the sum of all powers: each row of each head has a sum of its own.",
            ),
        ],
    )


def _gelu(x: Array) -> Array:
    return np.asarray(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))


def _feed_forward(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Array:
    return np.asarray(_gelu(x @ w1 + b1) @ w2 + b2)


@exercise
def feed_forward(answer: Callable[[Array, Array, Array, Array, Array], Array]) -> None:
    """Check ``feed_forward(x, W1, b1, W2, b2)``: wide, GELU, narrow again.

    >>> feed_forward(lambda x, W1, b1, W2, b2: (x @ W1 + b1) @ W2 + b2)  # doctest: +ELLIPSIS
    feed_forward: for (...) you gave ..., expected ... Without the GELU...
    """
    rng = np.random.default_rng(15)
    x, w1, b1 = rng.normal(size=(3, 2)), rng.normal(size=(2, 8)), rng.normal(size=8)
    w2, b2 = rng.normal(size=(8, 2)), rng.normal(size=2)

    def relu(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Array:
        return np.asarray(np.maximum(x @ w1 + b1, 0) @ w2 + b2)

    def bracket(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Array:
        y = x @ w1 + b1
        return np.asarray(
            0.5 * y * (1 + np.tanh(math.sqrt(2 / math.pi) * y + 0.044715 * y**3)) @ w2 + b2
        )

    def at_the_end(x: Array, w1: Array, b1: Array, w2: Array, b2: Array) -> Array:
        return _gelu((x @ w1 + b1) @ w2 + b2)

    expect(
        answer,
        [(x, w1, b1, w2, b2)],
        _feed_forward,
        slips=[
            (
                lambda x, w1, b1, w2, b2: (x @ w1 + b1) @ w2 + b2,
                "Without the GELU two maps are one: it stands between them.",
            ),
            (relu, "That is ReLU; GPT-2 has the GELU of the formula."),
            (at_the_end, "The GELU stands between the two maps, where it is wide."),
            (bracket, "√(2/π) multiplies the whole sum x + 0.044715 x³: a bracket is missing."),
            (lambda x, w1, b1, w2, b2: _gelu(x @ w1) @ w2, "Each map has a bias."),
            (lambda x, w1, b1, w2, b2: _gelu(x @ w1 + b1) @ w2, "The second map has a bias, too."),
            (lambda x, w1, b1, w2, b2: _gelu(x @ w1) @ w2 + b2, "The first map has a bias, too."),
            (
                lambda x, w1, b1, w2, b2: x + _feed_forward(x, w1, b1, w2, b2),
                "The residual path is the block's affair: without x here.",
            ),
        ],
    )


def _join(heads: Array) -> Array:
    """(H, T, K) side by side: (T, H · K)."""
    return heads.transpose(1, 0, 2).reshape(heads.shape[1], -1)


def _block(
    x: Array,
    w: Weights,
    heads: int,
    residual: bool = True,
    after: bool = False,
    mixed: bool = True,
    normed: bool = True,
    join: Callable[[Array], Array] = _join,
) -> Array:
    """GPT-2's block by its weights; the options are the slips."""

    def norm(x: Array, name: str) -> Array:
        if not normed:
            return x
        return _normed(x, w[f"{name}.weight"], w[f"{name}.bias"])

    def attention(x: Array) -> Array:
        mapped = x @ w["attn.c_attn.weight"] + w["attn.c_attn.bias"]
        q, k, v = (_into_heads(part, heads) for part in np.split(mapped, 3, axis=-1))
        joined = join(_attend(q, k, v))
        return joined @ w["attn.c_proj.weight"] + w["attn.c_proj.bias"] if mixed else joined

    def wide(x: Array) -> Array:
        names = ("mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight", "mlp.c_proj.bias")
        return _feed_forward(x, *(w[name] for name in names))

    for part, name in ((attention, "ln_1"), (wide, "ln_2")):
        if after:
            x = norm(x + part(x), name)
        else:
            x = (x if residual else 0) + part(norm(x, name))
    return x


@exercise
def gpt2_block(answer: Callable[[Array, Weights, int], Array]) -> None:
    """Check ``gpt2_block(x, w, heads)``: both parts, each with its norm before and a path around.

    >>> gpt2_block(lambda x, w, heads: x)  # doctest: +ELLIPSIS
    gpt2_block: for (...) you gave ..., expected ... What came in goes out...
    """
    rng = np.random.default_rng(16)
    shapes = {
        "ln_1.weight": (4,),
        "ln_1.bias": (4,),
        "attn.c_attn.weight": (4, 12),
        "attn.c_attn.bias": (12,),
        "attn.c_proj.weight": (4, 4),
        "attn.c_proj.bias": (4,),
        "ln_2.weight": (4,),
        "ln_2.bias": (4,),
        "mlp.c_fc.weight": (4, 16),
        "mlp.c_fc.bias": (16,),
        "mlp.c_proj.weight": (16, 4),
        "mlp.c_proj.bias": (4,),
    }
    w = {name: rng.normal(size=shape) for name, shape in shapes.items()}

    def side_by_side(x: Array, w: Weights, heads: int) -> Array:
        silent = {name: np.zeros_like(weight) for name, weight in w.items()}
        looks = {name: silent[name] if "mlp.c_proj" in name else w[name] for name in w}
        thinks = {name: silent[name] if "attn.c_proj" in name else w[name] for name in w}
        return _block(x, looks, heads) + _block(x, thinks, heads) - x

    expect(
        answer,
        [(rng.normal(size=(3, 4)), w, 2), (rng.normal(size=(2, 4)), w, 1)],
        _block,
        slips=[
            (lambda x, w, heads: x, "What came in goes out: where are the two parts?"),
            (
                lambda x, w, heads: _block(x, w, heads, residual=False),
                "The residual path is missing: each part is *added* to what came in.",
            ),
            (
                lambda x, w, heads: _block(x, w, heads, after=True),
                "The norms stand before the parts in GPT-2, not after the sums.",
            ),
            (
                lambda x, w, heads: _block(x, w, heads, mixed=False),
                "After the heads are joined comes one more map: attn.c_proj.",
            ),
            (
                lambda x, w, heads: _block(x, w, heads, join=lambda y: y.reshape(x.shape)),
                "The heads are joined wrongly: (H, T, K) becomes (T, H, K), and then (T, D).",
            ),
            (
                lambda x, w, heads: _block(x, w, heads, normed=False),
                "Each part reads what a norm has made of x: ln_1 and ln_2.",
            ),
            (
                side_by_side,
                "The second part reads, and is added to, what the first has made of x.",
            ),
            (
                lambda x, w, heads: _block(x, w, 1),
                "One head: cut q, k and v into as many as asked for.",
            ),
        ],
    )


@exercise
def loss_of_text(answer: Callable[[ArrayLike, Sequence[int]], float]) -> None:
    """Check ``loss_of_text(logits, ids)``: nats per token, the logits at t for the token t + 1.

    >>> loss_of_text(lambda logits, ids: 0.0)  # doctest: +ELLIPSIS
    loss_of_text: for (...) you gave 0, expected ...
    """

    def surprises(logits: np.ndarray, ids: Sequence[int]) -> np.ndarray:
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return np.array([-np.log(row[wanted]) for row, wanted in zip(chances, ids, strict=False)])

    def right(logits: np.ndarray, ids: Sequence[int]) -> float:
        return float(surprises(logits[:-1], ids[1:]).mean())

    def all_pairs(logits: np.ndarray, ids: Sequence[int]) -> float:
        rows = [surprises(logits[:-1], [wanted] * len(ids)) for wanted in ids[1:]]
        return float(np.mean(rows))

    def without_softmax(logits: np.ndarray, ids: Sequence[int]) -> float:
        return -float(np.mean([row[wanted] for row, wanted in zip(logits, ids[1:], strict=False)]))

    def over_all(logits: np.ndarray, ids: Sequence[int]) -> float:
        chances = np.exp(logits) / np.exp(logits).sum()
        asked = zip(chances, ids[1:], strict=False)
        return float(np.mean([-np.log(row[wanted]) for row, wanted in asked]))

    expect(
        answer,
        [(_LOGITS, _IDS), (np.zeros((3, 50)), (7, 7, 9)), (3 * _LOGITS[:2], (0, 2))],
        right,
        slips=[
            (
                lambda logits, ids: surprises(logits, ids).mean(),
                "Not shifted: each place is asked for the token that it has just read.",
            ),
            (
                lambda logits, ids: surprises(logits[1:], ids[:-1]).mean(),
                "Shifted the wrong way: each place is asked for the token before.",
            ),
            (
                lambda logits, ids: surprises(logits[:-1], ids[1:]).sum(),
                "The sum over the places? Take the mean.",
            ),
            (
                lambda logits, ids: right(logits, ids) * (len(ids) - 1) / len(ids),
                "The mean is over the T - 1 tokens that have something before them.",
            ),
            (lambda logits, ids: -right(logits, ids), "A minus sign is missing."),
            (lambda logits, ids: right(logits, ids) / math.log(2), "Bits? Take nats."),
            (over_all, "The softmax is over the vocabulary: each row has a sum of its own."),
            (without_softmax, "Logits are no logarithms yet: the softmax is missing."),
            (
                lambda logits, ids: np.mean(
                    [surprises(logits[:-1], [one] * 99) for one in ids[1:]]
                ),
                "Each place has one token to say; [:-1, ids[1:]] takes every token at every place.",
            ),
        ],
    )


def _weights(vocab: int, context: int, dim: int, layers: int) -> int:
    return vocab * dim + context * dim + layers * (12 * dim**2 + 13 * dim) + 2 * dim


@exercise
def gpt_parameters(answer: Callable[[int, int, int, int], int]) -> None:
    """Check ``gpt_parameters(vocab, context, dim, layers)``: the weights of a GPT in GPT-2's form.

    >>> gpt_parameters(lambda vocab, context, dim, layers: 12 * layers * dim**2)
    gpt_parameters: for (1024, 128, 192, 4) you gave 1769472, expected 2001024. The tables of \
tokens and of positions have weights, too.
    """
    expect(
        answer,
        [(1024, 128, 192, 4), (50257, 1024, 768, 12), (10, 5, 4, 1)],
        _weights,
        slips=[
            (
                lambda vocab, context, dim, layers: 12 * layers * dim**2,
                "The tables of tokens and of positions have weights, too.",
            ),
            (
                lambda vocab, context, dim, layers: (vocab + context) * dim + 12 * layers * dim**2,
                "Biases and norms are missing: 13 D in each layer, and 2 D at the end.",
            ),
            (
                lambda vocab, context, dim, layers: _weights(vocab, context, dim, layers) - 2 * dim,
                "The norm before the output has 2 D numbers.",
            ),
            (
                lambda vocab, context, dim, layers: (
                    _weights(vocab, context, dim, layers) + vocab * dim
                ),
                "The output layer is the table of tokens over again: count it once.",
            ),
            (
                lambda vocab, context, dim, layers: (
                    _weights(vocab, context, dim, layers) - context * dim
                ),
                "The positions are a table of context × dim here.",
            ),
            (
                lambda vocab, context, dim, layers: (
                    _weights(vocab, context, dim, layers) - 4 * layers * dim
                ),
                "Two norms a layer, and each has a gain and a bias.",
            ),
            (
                lambda vocab, context, dim, layers: (
                    _weights(vocab, context, dim, layers) - 2 * layers * dim
                ),
                "Each norm has a gain and a bias, and a layer has two norms: 4 D.",
            ),
            (
                lambda vocab, context, dim, layers: (
                    _weights(vocab, context, dim, layers) - 9 * layers * dim
                ),
                "The maps have biases, one for each output: 3 D, D, 4 D and D in a layer.",
            ),
        ],
    )


@exercise
def training_seconds(answer: Callable[[float, float, float], float]) -> None:
    """Check ``training_seconds(parameters, tokens, flops)``: 6 N D, at so many a second."""

    def right(parameters: float, tokens: float, flops: float) -> float:
        return 6 * parameters * tokens / flops

    expect(
        answer,
        [(1e6, 2e6, 3e10), (175e9, 300e9, 1e15), (1e6, 2e6, 7e12)],
        right,
        slips=[
            (lambda n, d, f: right(n, d, f) / 3, "That is the way forth; the way back costs twice"),
            (lambda n, d, f: right(n, d, f) / 6, "Each weight is used 6 times for each token."),
            (lambda n, d, f: right(n, d, f) / 2, "A multiplication and an addition are 2."),
            (lambda n, d, f: 6 * n * d // f, "Rounded down: a part of a second counts, too."),
            (lambda n, d, f: right(n, d, f) / 86_400, "Days? Give seconds."),
            (lambda n, d, f: right(n, d, f) / 3_600, "Hours? Give seconds."),
            (lambda n, d, f: right(n, d, f) / (365 * 86_400), "Years? Give seconds."),
            (lambda n, d, f: right(n, d, f) / (365.25 * 86_400), "Years? Give seconds."),
            (lambda n, d, f: 6 * n * d * f, "More operations a second make it *shorter*."),
        ],
    )
