"""The one loop that trains every network of the collection. Written out in notebook 06.

Draw a batch, find the loss, go back through it, clip, step. The rest is plumbing: a bar,
validation, the best weights, checkpoints, and an error that explains itself.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm.auto import tqdm

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.files import named_path
from lmteach.interrupts import interrupts_held
from lmteach.training.clipping import clip_by_norm
from lmteach.training.history import History
from lmteach.training.resuming import Weights, copy_of, load_run, save_run
from lmteach.training.standing import Standing
from lmteach.typed import typed

Batch = TypeVar("Batch")
Model = TypeVar("Model", bound=nn.Module)


def _check_run(
    model: nn.Module,
    steps: int,
    optimizer: Optimizer,
    clip: float | None,
    validate: object,
    validate_every: int,
    patience: int | None,
) -> None:
    check_sizes(steps=steps, validate_every=validate_every)
    if clip is not None:
        check_number("clip", clip, above=0, mend="None is for no clipping.")
    if patience is not None:
        check_sizes(patience=patience)
        if validate is None:
            raise ValueError("patience needs validations to lose it over: give validate, too.")
    own = {id(parameter) for parameter in model.parameters()}
    trained = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not trained <= own:
        raise ValueError(
            "the optimizer trains weights that are not the model's. Was the model made anew? Make "
            "the optimizer after it, as in torch.optim.AdamW(model.parameters())."
        )


@typed
@checked_by(_check_run)
def fit(
    model: Model,
    loss_of: Callable[[Model, Batch], Tensor],
    draw: Callable[[torch.Generator], Batch],
    steps: int,
    optimizer: Optimizer,
    generator: torch.Generator,
    *,
    schedule: Callable[[int], float] | None = None,
    clip: float | None = 1.0,
    validate: Callable[[Model], float] | None = None,
    validate_every: int = 100,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
    on_step: Callable[[int, float], object] | None = None,
) -> History:
    """Train ``model`` for ``steps`` steps and return what happened.

    ``draw(generator)`` returns a batch; all its randomness comes from ``generator``.
    ``loss_of(model, batch)`` is a tensor () in nats per token. ``schedule(step)``, steps counted
    from 1, is a factor on the optimizer's learning rates. Gradients longer than ``clip`` are
    clipped. ``validate(model)``, lower is better, is called every ``validate_every`` steps and at
    the end, with dropout and gradients off; the best weights are put back at the end, and
    ``patience`` validations without a new best end the run. However it ends, the model is left in
    evaluation mode, and the learning rates are what they were.

    ``on_step(step, loss)`` is called after every step; if it returns True, the run ends there, as
    it would after its last step. It may take its time: none of it counts in ``History.seconds``.

    With ``checkpoint``, a path, the run is saved every ``validate_every`` steps and at the end,
    and if the file exists, goes on from there to the same numbers. On CUDA the loss is computed in
    bfloat16 where the GPU has it.

    An interrupt (Ctrl-C, ■) is raised when the step is done and saved, and says what is left; a
    second one is raised at once. Errors say in a note what is left.

    Raises ``ValueError`` for impossible arguments, for what ``loss_of``, ``draw``, ``schedule`` or
    ``validate`` may not return, and a checkpoint that is damaged or of another run;
    ``FloatingPointError`` when a loss or gradient is not finite.

    >>> line, target = nn.Linear(1, 1), torch.tensor([[1.0], [3.0]])
    >>> history = fit(
    ...     line,
    ...     loss_of=lambda model, x: (model(x) - 2 * x - 1).square().mean(),
    ...     draw=lambda generator: torch.rand(8, 1, generator=generator),
    ...     steps=300,
    ...     optimizer=torch.optim.Adam(line.parameters(), lr=0.1),
    ...     generator=torch.Generator().manual_seed(0),
    ...     progress=False,
    ... )
    >>> round(line.weight.item(), 2), round(line.bias.item(), 2), history.best_step
    (2.0, 1.0, 300)
    """
    began, history, best = time.perf_counter(), History(), None
    run = Standing(steps, checkpoint)
    if checkpoint is not None and named_path(checkpoint).exists():
        history, best = load_run(checkpoint, model, optimizer, generator)
        _check_not_beyond(checkpoint, history, steps)
        run.made = run.saved = len(history.losses)
        run.history = history
    earlier, losses, norms = history.seconds, [*history.losses], [*history.gradient_norms]
    ended = len(losses) >= steps
    with (
        run.said(),
        interrupts_held() as interrupt,
        _left_in_evaluation(model),
        torch.enable_grad(),
        tqdm(total=steps, initial=len(losses), disable=not progress, leave=False) as bar,
    ):
        while not ended and not (patience and history.without_gain >= patience):
            step = len(losses) + 1
            factor = _factor(schedule, step)
            model.train()
            with _precision(model):
                loss = loss_of(model, _drawn(draw, generator, step))
            _check_one_number(loss)
            model.zero_grad()
            loss.backward()
            norm = clip_by_norm(model.parameters(), math.inf if clip is None else clip)
            losses.append(loss.item())
            norms.append(norm.item())
            _check_finite(losses, norms, factor, optimizer)
            run.stepping = True
            with _scaled_rates(optimizer, factor):
                optimizer.step()
            run.stepping, run.made = False, step
            called = time.perf_counter()
            stopped = on_step is not None and _is_true(on_step(step, losses[-1]))
            began += time.perf_counter() - called  # what others do with their turn isn't training
            ended = stopped or step == steps
            due, interrupted = step % validate_every == 0 or ended, interrupt.came
            if due or interrupted:
                history = replace(history, losses=(*losses,), gradient_norms=(*norms,))
                if due:
                    history, best = _validated(model, validate, history, best)
                history = replace(history, seconds=earlier + time.perf_counter() - began)
                run.history = history
                if checkpoint is not None:
                    save_run(checkpoint, model, optimizer, generator, history, best)
                    run.saved = step
            bar.update()
            bar.set_postfix_str(f"loss {losses[-1]:.3f}", refresh=False)
            if interrupted:
                interrupt.let_go()
        if best is not None:
            model.load_state_dict(best, strict=False)  # without the frozen ones
    return history


@contextmanager
def _left_in_evaluation(model: nn.Module) -> Iterator[None]:
    try:
        yield
    finally:
        model.eval()


def _factor(schedule: Callable[[int], float] | None, step: int) -> float:
    if schedule is None:
        return 1.0
    factor = _as_float(f"schedule({step})", schedule(step))
    check_number(
        f"schedule({step})", factor, at_least=0, mend="It is a factor on the learning rates."
    )
    return factor


def _drawn(
    draw: Callable[[torch.Generator], Batch], generator: torch.Generator, step: int
) -> Batch:
    try:
        batch = draw(generator)
    except StopIteration as error:
        raise ValueError(
            f"step {step}: the batches that draw takes from have come to an end. Let them begin "
            "again, or ask for fewer steps."
        ) from error
    if batch is None:
        raise ValueError(f"step {step}: draw returned None, expected a batch: let it return one.")
    return batch


def _as_float(what: str, came: Any) -> float:
    """What a function returned, as a number: Python's, NumPy's, or a tensor of one number."""
    try:
        return float(came.item() if isinstance(came, Tensor) else came)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{what} returned {came!r}, expected one number.") from None


def _is_true(came: object) -> bool:
    """Whether a function returned True: Python's, NumPy's, or a tensor's."""
    if isinstance(came, Tensor):
        return came.dtype == torch.bool and bool(came.all())
    return isinstance(came, bool | np.bool_) and bool(came)


def _precision(model: nn.Module) -> AbstractContextManager[Any]:
    """bfloat16 where the model is on a GPU that computes in it, else nothing special."""
    on_gpu = next(model.parameters()).device.type == "cuda"
    if on_gpu and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return nullcontext()


@contextmanager
def _scaled_rates(optimizer: Optimizer, factor: float) -> Iterator[None]:
    rates = [group["lr"] for group in optimizer.param_groups]
    for group in optimizer.param_groups:
        group["lr"] = group["lr"] * factor
    try:
        yield
    finally:
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate


def _validated(
    model: Model, validate: Callable[[Model], float] | None, history: History, best: Weights | None
) -> tuple[History, Weights | None]:
    """Validate, if there is a way to; keep a copy of the weights if they are the best so far."""
    if validate is None:
        return history, None
    model.eval()
    with torch.no_grad():
        value = _as_float("validate", validate(model))
    step = len(history.losses)
    if not math.isfinite(value):
        raise FloatingPointError(
            f"step {step}: validate returned {value}, expected a finite number. Does it take the "
            "logarithm of a probability that can be 0?"
        )
    history = replace(
        history,
        validation_steps=(*history.validation_steps, step),
        validations=(*history.validations, value),
    )
    return history, copy_of(model) if history.best_step == step else best


def _check_one_number(loss: object) -> None:
    if not isinstance(loss, Tensor) or loss.ndim != 0:
        came = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else repr(loss)
        raise ValueError(
            f"loss_of returned {came}, expected a tensor with one number: take the mean over batch "
            "and time, and don't call .item()."
        )
    if not loss.requires_grad:
        raise ValueError(
            "the loss doesn't depend on any weight that can be trained. Was it detached, or "
            "computed under torch.no_grad() or without the model?"
        )


def _check_finite(
    losses: list[float], norms: list[float], factor: float, optimizer: Optimizer
) -> None:
    """The step is not made if the loss or its gradient is no number: the weights stay as good."""
    if math.isfinite(losses[-1]) and math.isfinite(norms[-1]):
        return
    rates = ", ".join(f"{group['lr'] * factor:.3g}" for group in optimizer.param_groups)
    before = (
        f"One step before it was {losses[-2]:.4g}, with a gradient of norm {norms[-2]:.3g}. "
        if len(losses) > 1
        else "It is the first step, so look at the data and the starting weights. "
    )
    raise FloatingPointError(
        f"step {len(losses)}: the loss is {losses[-1]:.4g} and the norm of its gradient "
        f"{norms[-1]:.3g}, at the learning rate {rates}. {before}Try a smaller learning rate, a "
        "warm-up, or a smaller clip; and look for log(0), and for divisions by 0, in the loss. "
        "The weights are those from before this step."
    )


def _check_not_beyond(checkpoint: str | Path, history: History, steps: int) -> None:
    if len(history.losses) > steps:
        raise ValueError(
            f"{checkpoint} has {len(history.losses)} steps behind it, and steps is {steps}. Ask "
            "for more steps, or name another file to start anew."
        )
