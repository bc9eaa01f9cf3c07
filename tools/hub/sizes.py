"""From what was measured with three learners to what more of them need. Computed, not measured."""

import math
from dataclasses import dataclass

SPARE = 1.25  # a quarter more memory than computed: files that are kept in mind, second notebooks
NODE = (8, 32)  # cores and GB of a machine of a cluster
SYSTEM = 2.0  # GB of it that the system and the cluster take


@dataclass(frozen=True)
class Measured:
    """Of one learner, the largest of those measured: MB of memory and disk, CPU seconds."""

    private: float
    resident: float
    shared: float
    hub: float
    cpu: float
    disk: float


@dataclass(frozen=True)
class Needed:
    """What a class needs: GB of memory and disk, and seconds to the first cell, all at once."""

    memory: float
    disk: float
    seconds: float


def one_machine(learners: int, cores: int, found: Measured) -> Needed:
    """On one machine, where what is shared is there once.

    >>> one_machine(10, 4, Measured(1000, 1200, 200, 300, 8, 50))
    Needed(memory=13.125, disk=0.5, seconds=20.0)
    """
    memory = (learners * found.private + found.shared + found.hub) * SPARE / 1000
    return Needed(memory, learners * found.disk / 1000, learners * found.cpu / cores)


def nodes(learners: int, found: Measured) -> tuple[int, int]:
    """How many learners fit on a machine of a cluster, and how many machines that makes.

    In a cluster each pod is promised its resident memory: it shares nothing that is counted.

    >>> nodes(60, Measured(1000, 1200, 200, 300, 8, 50))
    (20, 3)
    """
    each = int((NODE[1] - SYSTEM) * 1000 / (found.resident * SPARE))
    return each, math.ceil(learners / each)


def table(cores: dict[int, int], found: Measured) -> list[str]:
    """The lines of Markdown that docs/jupyterhub.md holds."""
    lines = [
        "| learners at once | cores | memory | disk of homes | first cells, all at once |",
        "|---:|---:|---:|---:|---:|",
    ]
    for learners, given in cores.items():
        one = one_machine(learners, given, found)
        lines.append(
            f"| {learners} | {given} | {one.memory:.0f} GB | {one.disk * 1000:.0f} MB "
            f"| {one.seconds:.0f} s |"
        )
    return lines
