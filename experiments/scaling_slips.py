"""What becomes of a scaling law when the text is read twice, or the rate was never chosen?

The runs of ``scaling_law`` up to width 64 with one thing changed: in "half, twice" the first half
of the tokens comes a second time in place of the second half; in "an eighth of the rate" all learn
more slowly. "Half the rate" asks for the largest width alone whether the rate was chosen too high.
"""

from experiments.scaling_law import RECIPE as LAW
from experiments.scaling_law import figures_of

CHANGED = {
    "half, twice": {"rate": LAW["rate"], "passes": 2},
    "an eighth of the rate": {"rate": LAW["rate"] / 8, "passes": 1},
    "half the rate": {"rate": LAW["rate"] / 2, "passes": 1},
}
RECIPE = LAW | {"changed": CHANGED}
CASES = (
    *({"changed": "half, twice", "dim": dim} for dim in (16, 24, 32, 48, 64)),
    *({"changed": "an eighth of the rate", "dim": dim} for dim in (16, 24, 32, 48, 64)),
    {"changed": "half the rate", "dim": 96},
)
SEEDS = (0, 1)
TOLERANCE = 0.03


def measure(seed: int, changed: str, dim: int) -> dict[str, float]:
    """The loss on valid, in nats per token and bits per character, the size and the tokens read."""
    return figures_of(seed, dim, **CHANGED[changed])
