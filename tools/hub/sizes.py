"""From what was measured with three learners to what more of them need. Computed, not measured."""

import math
from dataclasses import dataclass

from tools.hub.report import Report

SPARE = 1.25  # a quarter more memory than computed: a second notebook left open, other versions
NODE = (8, 32)  # cores and GB of a machine of a cluster
SYSTEM = 2.0  # GB of it that the system and the cluster take
CORES = {3: 2, 20: 8, 60: 32}  # learners, and the cores of a machine that one might give them


@dataclass(frozen=True)
class Needed:
    """What a class needs: GB of memory and disk, and seconds to the first cells, all at once."""

    memory: float
    disk: float
    seconds: float


def one_machine(learners: int, cores: int, found: Report) -> Needed:
    """On one machine, where what is shared is there once; the largest of the three for each."""
    private = max(one.private for one in found.class_)
    cpu = max(one.first_cpu for one in found.class_)
    memory = (learners * private + found.shared + found.hub) * SPARE / 1000
    return Needed(memory, learners * found.disk / 1000, learners * cpu / cores)


def nodes(learners: int, found: Report) -> tuple[int, int]:
    """How many learners fit on a machine of a cluster, and how many machines that makes.

    In a cluster each pod is promised its resident memory: nothing shared is counted on.
    """
    resident = max(one.resident for one in found.class_)
    each = int((NODE[1] - SYSTEM) * 1000 / (resident * SPARE))
    return each, math.ceil(learners / each)


def lines(found: Report) -> list[str]:
    """What docs/jupyterhub.md says of larger classes."""
    table = [
        "| learners at once | cores | memory | disk of homes | first cells together, at least |",
        "|---:|---:|---:|---:|---:|",
    ]
    for learners, cores in CORES.items():
        one = one_machine(learners, cores, found)
        table.append(
            f"| {learners} | {cores} | {one.memory:.0f} GB | {one.disk:.1f} GB "
            f"| {one.seconds:.0f} s |"
        )
    each, count = nodes(60, found)
    promised = max(one.resident for one in found.class_) * SPARE / 1000
    return [
        *table,
        "",
        f"Computed from the largest of the three: memory = (learners × private + shared + hub) × "
        f"{SPARE}; seconds = learners × seconds of CPU to the first cells / cores.",
        "",
        f"In a cluster of nodes with {NODE[0]} cores and {NODE[1]} GB, {SYSTEM:.0f} GB of them for "
        f"the system: {promised:.1f} GB promised to each learner (resident × {SPARE}), so {each} "
        f"learners on a node, and {count} nodes for 60. Computed, too.",
    ]
