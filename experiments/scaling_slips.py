"""What becomes of a scaling law when the text is read twice, or at a rate that was not chosen?

The runs of ``scaling_law``, with as many steps. Once the first half of the tokens comes a second
time in place of the second half, up to width 64; twice the rate is another one than the law's,
at all six widths.
"""

from experiments.scaling_law import RECIPE as LAW
from experiments.scaling_law import WIDTHS, figures_of

CHANGED = {
    "half, twice": {"rate": LAW["rate"], "passes": 2},
    "half the rate": {"rate": LAW["rate"] / 2, "passes": 1},
    "twice the rate": {"rate": LAW["rate"] * 2, "passes": 1},
}
RECIPE = LAW | {"changed": CHANGED}
CASES = tuple(
    {"changed": changed, "dim": dim}
    for changed in CHANGED
    for dim in (WIDTHS[:-1] if changed == "half, twice" else WIDTHS)
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.03


def measure(seed: int, changed: str, dim: int) -> dict[str, float]:
    """The loss on valid, in nats per token and bits per character, the size and the tokens read."""
    return figures_of(seed, dim, **CHANGED[changed])
