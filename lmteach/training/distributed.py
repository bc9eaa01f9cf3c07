"""One GPT trained by several processes, to be started by torchrun. Taught in notebook 22.

    torchrun --standalone --nproc-per-node=2 -m lmteach.training.distributed --strategy ddp

Started without torchrun, it is the same run in one process. The batch of a step depends on the seed
and the step alone, and each process takes its rows of it: so the run is the same with any number of
processes, and one that was interrupted goes on to the same numbers.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_state_dict,
    set_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

from lmteach.checks import check_choice, check_number, check_sizes, check_tokens, check_whole
from lmteach.files import named_path
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.text.batches import Windows, random_windows
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training import checkpoints
from lmteach.training.replicas import Team, average_gradients, joined
from lmteach.training.schedules import warmup_cosine
from lmteach.training.trained_gpt import trained_tokenizer
from lmteach.typed import check_fields, typed

Strategy = Literal["by_hand", "ddp", "fsdp"]
Precision = Literal["double", "single", "mixed"]
WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)


@dataclass(frozen=True)
class DistributedRun:
    """What is trained, and by which strategy the processes share the work.

    "by_hand" averages the gradients with ``average_gradients``; "ddp" does the same in
    ``DistributedDataParallel``, while the backward pass still runs; with "fsdp" each process keeps
    only its share of every weight, gradient and average of Adam (``fully_shard``). A process goes
    through its rows of a batch in ``parts``. "mixed" computes in bfloat16, with weights in single
    precision. Of the training text, the first ``characters`` are read.

    Raises ``ValueError`` for sizes and choices out of range.

    >>> DistributedRun(steps=3, warmup=1).config.dim
    32
    """

    strategy: Strategy = "ddp"
    steps: int = 20
    batch: int = 16
    parts: int = 1
    dim: int = 32
    layers: int = 2
    context: int = 32
    rate: float = 3e-3
    warmup: int = 5
    seed: int = 0
    precision: Precision = "single"
    characters: int = 100_000

    def __post_init__(self) -> None:
        check_fields(self)
        check_choice("strategy", self.strategy, get_args(Strategy))
        check_choice("precision", self.precision, get_args(Precision))
        check_sizes(batch=self.batch, parts=self.parts, characters=self.characters)
        check_whole("warmup", self.warmup, at_least=0)
        check_whole("steps", self.steps, self.warmup + 1, "The warm-up ends before the last step.")
        check_number("rate", self.rate, above=0)
        check_whole("seed", self.seed, at_least=0)
        _ = self.config  # says what is wrong with its sizes

    @property
    def config(self) -> GPTConfig:
        """The model's sizes: GPT-2's form, small."""
        return GPTConfig(
            vocab_size=1024,
            context=self.context,
            dim=self.dim,
            heads=max(1, self.dim // 16),
            layers=self.layers,
        )

    @property
    def numbers(self) -> dict[str, Any]:
        """All that the numbers of a run depend on: not who shares the work, and how."""
        return {name: v for name, v in asdict(self).items() if name not in ("strategy", "parts")}


@typed
def train(
    run: DistributedRun,
    checkpoint: str | Path | None = None,
    save_every: int = 5,
    seconds: float = 60.0,
    kill: tuple[int, int] | None = None,
    stopped: Callable[[], bool] = bool,
) -> list[float]:
    """Train as a process of a team, or alone; return the loss of every step, in nats per token.

    With a ``checkpoint``, a path, the run is saved every ``save_every`` steps and at the end; if
    the file is there, it goes on from it. ``kill`` is for trying that out: a process and a step at
    which it ends itself, without a word, unless the team was started anew. ``stopped`` is asked
    before every step: at its first True, the run ends.

    Raises ``ConnectionError`` if a process did not come or is gone, after ``seconds`` at most, and
    ``ValueError`` for a checkpoint of another run, or fewer rows than processes times parts.

    >>> losses = train(DistributedRun(steps=2, warmup=1, batch=2, characters=5000))
    ... # doctest: +ELLIPSIS
    processes: 1, ddp, from step 1
    2 steps made, the last loss is 6.9...
    a process holds 711,168 bytes of weights and averages
    >>> len(losses), 6.8 < losses[0] < 7.1  # ln 1024 = 6.93
    (2, True)
    """
    check_sizes(save_every=save_every)
    with joined(seconds) as team:
        check_number(
            "batch",
            run.batch,
            at_least=team.size * run.parts,
            mend="Each process needs a row for each of its parts.",
        )
        ids = _ids(run)
        model = _shared(run, team)
        optimizer = torch.optim.AdamW(model.parameters(), lr=run.rate)
        losses = _resumed(checkpoint, run, model, optimizer)
        if team.rank == 0:
            begin = len(losses) + 1
            print(f"processes: {team.size}, {run.strategy}, from step {begin}", flush=True)
        for step in range(len(losses) + 1, run.steps + 1):
            if kill == (team.rank, step) and team.start == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            if stopped():
                raise ConnectionError(
                    f"process {team.rank} of {team.size} was told to stop before step {step}. "
                    + _where_it_goes_on(checkpoint)
                )
            with _partners(team, step, checkpoint):
                for group in optimizer.param_groups:
                    group["lr"] = run.rate * warmup_cosine(step, run.warmup, run.steps)
                losses.append(_step(run, team, model, optimizer, batch_of(run, ids, step)))
                if checkpoint is not None and (step % save_every == 0 or step == run.steps):
                    _save(checkpoint, run, team, model, optimizer, losses)
        if team.rank == 0:
            print(f"{run.steps} steps made, the last loss is {losses[-1]:.6f}", flush=True)
            print(f"a process holds {_held(model, optimizer):,} bytes of weights and averages")
    return losses


@typed
def batch_of(run: DistributedRun, ids: Tensor, step: int) -> Windows:
    """Return the whole batch of a step, inputs (B, T) and targets (B, T): the same whoever asks.

    >>> run, ids = DistributedRun(batch=2, context=3), torch.arange(50)
    >>> same, again = batch_of(run, ids, 7)[0], batch_of(run, ids, 7)[0]
    >>> bool((same == again).all()), bool((same == batch_of(run, ids, 8)[0]).all())
    (True, False)
    """
    check_whole("step", step)
    check_tokens(ids, run.config.vocab_size, name="ids")
    generator = torch.Generator().manual_seed(1_000_003 * run.seed + step)
    return random_windows(ids, run.batch, run.context, generator)


def _ids(run: DistributedRun) -> Tensor:
    return torch.tensor(trained_tokenizer().encode(wikipedia().train[: run.characters]))


def _device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return torch.device("cpu")


def _shared(run: DistributedRun, team: Team) -> nn.Module:
    """The model, the same in every process, as its strategy wants it."""
    model = GPT(run.config, torch.Generator().manual_seed(run.seed)).to(_device())
    if run.precision == "double":
        model = model.double()
    if run.strategy == "ddp":
        return DistributedDataParallel(model)
    if run.strategy == "fsdp":
        mesh = init_device_mesh(_device().type, (team.size,))
        for block in model.h:
            fully_shard(block, mesh=mesh)  # gathered when it is its turn, then let go
        fully_shard(model, mesh=mesh)
    return model


def _step(
    run: DistributedRun,
    team: Team,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: Windows,
) -> float:
    """One step of the whole team; the mean loss over the whole batch."""
    own = [half[team.rows(run.batch)].to(_device()) for half in batch]
    parts = list(zip(*(half.chunk(run.parts) for half in own), strict=True))
    total = torch.zeros((), dtype=torch.float64, device=_device())
    optimizer.zero_grad()
    for number, (inputs, targets) in enumerate(parts, start=1):
        with _exchange(model, number == len(parts)), _precision(run):
            logits = model(inputs).flatten(0, 1)
            loss = functional.cross_entropy(logits, targets.flatten(), reduction="sum")
        with _exchange(model, number == len(parts)):
            # The exchange is a mean over processes: times their number, it is the sum of all.
            (loss * team.size / batch[1].numel()).backward()
        total += loss.detach()
    if run.strategy == "by_hand":
        average_gradients(model)
    optimizer.step()
    dist.all_reduce(total)
    return total.item() / batch[1].numel()


@contextmanager
def _exchange(model: nn.Module, last: bool) -> Iterator[None]:
    """Exchange gradients after the last part alone: those before it only add up."""
    if isinstance(model, FSDPModule):
        model.set_requires_gradient_sync(last)
    alone: AbstractContextManager[None] = nullcontext()
    if isinstance(model, DistributedDataParallel) and not last:
        alone = model.no_sync()
    with alone:
        yield


def _precision(run: DistributedRun) -> Any:
    return torch.autocast(_device().type, torch.bfloat16, enabled=run.precision == "mixed")


@contextmanager
def _partners(team: Team, step: int, checkpoint: str | Path | None) -> Iterator[None]:
    """Say it in one sentence when another process is gone in the middle of an exchange."""
    try:
        yield
    except RuntimeError as error:
        if team.size == 1 or not _is_lost(error):
            raise
        raise ConnectionError(
            f"process {team.rank} of {team.size} lost another one in step {step}. "
            + _where_it_goes_on(checkpoint)
        ) from error


def _where_it_goes_on(checkpoint: str | Path | None) -> str:
    there = checkpoint is not None and named_path(checkpoint).is_file()
    return f"Start the run again: it goes on from {checkpoint}." if there else ""


def _is_lost(error: RuntimeError) -> bool:
    words = str(error).lower()
    return isinstance(error, dist.DistError) or any(
        one in words for one in ("closed by peer", "reset by peer", "broken pipe", "timed out")
    )


def _save(
    path: str | Path,
    run: DistributedRun,
    team: Team,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    losses: Sequence[float],
) -> None:
    """Gather what the processes hold; the first of them writes it, and all wait for it."""
    found: Any = get_state_dict(model, optimizer, options=WHOLE)
    weights, adam = found
    if team.rank == 0:
        tensors = {f"model.{name}": tensor for name, tensor in weights.items()}
        for name, state in adam["state"].items():
            tensors |= {f"optimizer.{name}.{key}": value for key, value in state.items()}
        notes = {"run": run.numbers, "losses": [*losses], "groups": adam["param_groups"]}
        checkpoints.write(path, tensors, notes)
    dist.barrier()


def _resumed(
    path: str | Path | None, run: DistributedRun, model: nn.Module, optimizer: torch.optim.Optimizer
) -> list[float]:
    """Put a saved run back, if there is one; the losses so far."""
    if path is None or not named_path(path).is_file():
        return []
    tensors, notes = checkpoints.read(path)
    if notes.get("run") != run.numbers:
        raise ValueError(
            f"{path} is of another run, {notes.get('run')}, and this one is {run.numbers}. Name "
            "another file to start anew."
        )
    weights: dict[str, Any] = {}
    averages: dict[str, Any] = {}
    for full_name, tensor in sorted(tensors.items()):  # one order for all, as they take turns
        part, _, name = full_name.partition(".")
        if part == "model":
            weights[name] = tensor
        else:
            name, _, key = name.rpartition(".")
            averages.setdefault(name, {})[key] = tensor
    groups = [group | {"betas": tuple(group["betas"])} for group in notes["groups"]]
    set_state_dict(
        model,
        optimizer,
        model_state_dict=weights,
        optim_state_dict={"state": averages, "param_groups": groups},
        options=WHOLE,
    )
    return list(notes["losses"])


def _held(model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """The bytes of weights and averages in this process: with shards, only its own."""
    tensors: list[Tensor] = [*model.parameters()]
    for state in optimizer.state.values():
        tensors += [value for value in state.values() if isinstance(value, Tensor) and value.ndim]
    return sum((t.to_local() if hasattr(t, "to_local") else t).nbytes for t in tensors)


@contextmanager
def _told_to_stop() -> Iterator[Callable[[], bool]]:
    """Note that this process is told to stop, instead of ending it without a word.

    When one process is gone, torchrun tells the others to stop: perhaps before they have said why.
    """
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    try:
        yield lambda: bool(told)
    finally:
        signal.signal(signal.SIGTERM, before)


def _main(line: list[str]) -> int:
    """Read the command line, train, and say in one line what went wrong, if anything did."""
    parser = argparse.ArgumentParser(prog="lmteach.training.distributed", description=__doc__)
    for field in fields(DistributedRun):
        choices = get_args(field.type) or None
        kind = str if choices else field.type
        name = f"--{field.name.replace('_', '-')}"
        parser.add_argument(name, type=kind, choices=choices, default=field.default)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--save-every", type=int, default=5)
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="how long others are waited for"
    )
    parser.add_argument("--kill", type=int, nargs=2, metavar=("RANK", "STEP"))
    given = vars(parser.parse_args(line))
    rest = {name: given.pop(name) for name in ("checkpoint", "save_every", "seconds", "kill")}
    rest["kill"] = rest["kill"] and tuple(rest["kill"])
    with _told_to_stop() as stopped:
        try:
            train(DistributedRun(**given), **rest, stopped=stopped)
        except (ValueError, ConnectionError) as error:
            print(f"lmteach.training.distributed: {error}", file=sys.stderr, flush=True)
            return 1
    return 0


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(_main(sys.argv[1:]))
