"""What a large training run takes, computed and not measured: hours, memory, money, loss.

Its formulas are derived in notebook 22.
"""

from dataclasses import dataclass

from lmteach.checks import check_number, check_text, check_whole, checked_by
from lmteach.typed import check_fields, typed

OPERATIONS = 6  # for each parameter and token: forward 2, backward 4
BYTES = 16  # for each parameter, in mixed precision with Adam
FLOOR, BY_SIZE, BY_TEXT = 1.69, (406.4, 0.34), (410.7, 0.28)  # nats; scale and exponent


@dataclass(frozen=True)
class Accelerator:
    """A chip: multiplications and additions a second in bfloat16, and bytes of memory.

    >>> Accelerator("a chip", operations=1e12, memory=1e9).memory
    1000000000.0
    """

    name: str
    operations: float
    memory: float

    def __post_init__(self) -> None:
        check_fields(self)
        check_text(self.name, empty_allowed=False)
        check_number("operations", self.operations, above=0)
        check_number("memory", self.memory, above=0)


# "NVIDIA A100 Tensor Core GPU" (2021), "NVIDIA H100 Tensor Core GPU" (2024) and "NVIDIA H200 Tensor
# Core GPU" (2024), the maker's data sheets: bfloat16 tensor core, SXM. The last two state 1,979
# TFLOPS with sparsity, which training has not: half of that.
ACCELERATORS = (
    Accelerator("A100 80 GB", operations=312e12, memory=80e9),
    Accelerator("H100 80 GB", operations=989.5e12, memory=80e9),
    Accelerator("H200 141 GB", operations=989.5e12, memory=141e9),
)


@dataclass(frozen=True)
class Plan:
    """A run on paper.

    ``hours`` of the clock, ``cost`` in the unit of the price, ``bytes_each`` that each chip holds
    of weights, gradients and averages when all are shared out, ``bytes_whole`` when each holds
    everything, and ``loss`` in nats per token, by the law of Hoffmann and others, for their text.
    """

    operations: float
    hours: float
    cost: float
    bytes_whole: float
    bytes_each: float
    loss: float


def _check(parameters: float, tokens: float, count: int, share: float, price: float) -> None:
    check_number("parameters", parameters, at_least=1)
    check_number("tokens", tokens, at_least=1)
    check_whole("count", count)
    check_number("share", share, above=0, at_most=1)
    check_number("price", price, at_least=0)


@typed
@checked_by(_check)
def plan(
    parameters: float,
    tokens: float,
    chip: Accelerator,
    count: int = 1,
    share: float = 0.4,
    price: float = 2.0,
) -> Plan:
    """Return what it takes to train so many parameters on so many tokens.

    ``count`` chips do ``share`` of the operations that their data sheet names, at ``price`` for an
    hour of one. Sources: 6 · N · D operations, J. Kaplan et al. (2020), §2.1; 16 bytes for a
    parameter, S. Rajbhandari et al., "ZeRO" (2020), §3.1; the loss, J. Hoffmann et al. (2022),
    eq. 10.

    Raises ``ValueError`` for parameters, tokens or a count below 1, a share that is not above 0 and
    at most 1, and a negative price.

    >>> chip = Accelerator("a chip", operations=1e12, memory=1e9)
    >>> made = plan(1e8, 6e9, chip, count=10, share=0.5)
    >>> made.operations, made.hours, made.cost, made.bytes_each
    (3.6e+18, 200.0, 4000.0, 160000000.0)
    """
    operations = OPERATIONS * parameters * tokens
    hours = operations / (count * chip.operations * share) / 3600
    loss = FLOOR
    for amount, (scale, exponent) in ((parameters, BY_SIZE), (tokens, BY_TEXT)):
        loss += scale / amount**exponent
    whole = float(BYTES * parameters)
    return Plan(operations, hours, hours * count * price, whole, whole / count, loss)
