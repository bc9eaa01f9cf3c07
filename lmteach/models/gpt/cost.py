"""What a GPT costs, counted from its configuration alone: weights and operations, part by part.

Counted by hand in notebook 13, and for models of any size in notebook 22.
"""

from lmteach.checks import check_sizes, checked_by
from lmteach.models.gpt.config import GPTConfig
from lmteach.typed import typed


@typed
def parameters_by_part(config: GPTConfig) -> dict[str, int]:
    """Return how many weights each part of a GPT has; together, its ``parameter_count``.

    >>> parameters_by_part(GPTConfig())["feed-forward"]  # of the smallest GPT-2
    56669184
    >>> sum(parameters_by_part(GPTConfig()).values())
    124439808
    """
    dim, layers, hidden, biased = config.dim, config.layers, config.hidden, int(config.bias)
    key_dim = (config.key_heads or config.heads) * config.head_dim
    entering = 2 * hidden if config.activation == "swiglu" else hidden
    per_norm = 2 * dim if config.norm == "layer" else dim
    return {
        "tokens": config.vocab_size * dim * (1 if config.tied else 2),
        "positions": config.context * dim if config.positions == "learned" else 0,
        "n-grams": (config.ngram_order - 1) * config.ngram_rows * dim,
        "attention": layers * ((dim + biased) * (dim + 2 * key_dim) + (dim + biased) * dim),
        "feed-forward": layers * ((dim + biased) * entering + (hidden + biased) * dim),
        "norms": (2 * layers + 1) * per_norm,
    }


def _check(context: int | None) -> None:
    if context is not None:
        check_sizes(context=context)


@typed
@checked_by(_check)
def operations_by_part(config: GPTConfig, context: int | None = None) -> dict[str, int]:
    """Return the operations that *one token* costs on the way forward; training takes three times.

    A weight of a matrix is multiplied once and added once. "scores" are queries times keys and
    weights times values over all ``context`` places, as they are computed: the future, too.
    ``context`` is the configuration's if it is not given. Source: J. Kaplan et al. (2020), table 1.

    >>> config = GPTConfig.modern(vocab_size=1000, context=64, dim=32, heads=2, layers=2)
    >>> operations_by_part(config)
    {'attention': 16384, 'feed-forward': 32768, 'scores': 16384, 'output': 64000}
    """
    key_dim = (config.key_heads or config.heads) * config.head_dim
    matrices = 3 if config.activation == "swiglu" else 2
    places = config.context if context is None else context
    return {
        "attention": 2 * config.layers * config.dim * (2 * config.dim + 2 * key_dim),
        "feed-forward": 2 * config.layers * matrices * config.dim * config.hidden,
        "scores": 4 * config.layers * places * config.dim,
        "output": 2 * config.vocab_size * config.dim,
    }
