"""What becomes of a scaling law when the text is read twice?

The runs of ``scaling_law`` up to width 64, with as many steps, but the first half of the tokens
comes a second time in place of the second half.
"""

from experiments.scaling_law import RECIPE as LAW
from experiments.scaling_law import figures_of

CHANGED = {"half, twice": {"rate": LAW["rate"], "passes": 2}}
RECIPE = LAW | {"changed": CHANGED}
CASES = tuple({"changed": "half, twice", "dim": dim} for dim in (16, 24, 32, 48, 64))
SEEDS = (0, 1)
TOLERANCE = 0.03


def measure(seed: int, changed: str, dim: int) -> dict[str, float]:
    """The loss on valid, in nats per token and bits per character, the size and the tokens read."""
    return figures_of(seed, dim, **CHANGED[changed])
