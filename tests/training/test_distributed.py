"""torchrun on two processes: the numbers of one, and of a run that lost a process."""

import os
import subprocess
import sys

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from lmteach.models.gpt.model import GPT
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training.checkpoints import read
from lmteach.training.distributed import DistributedRun, batch_of, train
from lmteach.training.replicas import NAMED
from lmteach.training.schedules import warmup_cosine
from lmteach.training.trained_gpt import trained_tokenizer

RUN = DistributedRun(steps=8, batch=8, precision="double", characters=20_000)
WORDS = "--steps 8 --batch 8 --precision double --characters 20000 --save-every 3"


@pytest.fixture(scope="module", autouse=True)
def alone():
    """No environment of torchrun's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMED:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def one(tmp_path_factory, alone):
    """The run in one process: its weights and its losses."""
    path = tmp_path_factory.mktemp("one") / "run"
    losses = train(RUN, path)
    return weights_of(path), losses


def weights_of(path):
    tensors, _ = read(path)
    return {name: tensor for name, tensor in tensors.items() if name.startswith("model.")}


def torchrun(words, restarts=0):
    line = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    line += [f"--max-restarts={restarts}", "-m", "lmteach.training.distributed"]
    return subprocess.run(
        [sys.executable, *line, *WORDS.split(), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def assert_same(path, one, losses=None):
    weights, expected = one
    for name, tensor in weights_of(path).items():
        assert_close(tensor, weights[name], atol=1e-9, rtol=0)
    found = read(path)[1]["losses"] if losses is None else losses
    assert found == pytest.approx(expected, abs=1e-12)


def test_one_process_is_a_plain_loop(one) -> None:
    ids = torch.tensor(trained_tokenizer().encode(wikipedia().train[: RUN.characters]))
    model = GPT(RUN.config, torch.Generator().manual_seed(0)).double()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RUN.rate)
    for step in range(1, RUN.steps + 1):
        inputs, targets = batch_of(RUN, ids, step)
        optimizer.param_groups[0]["lr"] = RUN.rate * warmup_cosine(step, RUN.warmup, RUN.steps)
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten()).backward()
        optimizer.step()
    for name, weight in model.state_dict().items():
        assert_close(one[0][f"model.{name}"], weight, atol=1e-9, rtol=0)


def test_two_processes_by_ddp_are_one(one, tmp_path) -> None:
    done = torchrun(["--strategy", "ddp", "--parts", 2, "--checkpoint", tmp_path / "run"])
    assert done.returncode == 0, done.stderr
    assert "processes: 2, ddp, from step 1" in done.stdout
    assert_same(tmp_path / "run", one)


def test_shards_are_one_even_when_a_process_is_lost_and_all_start_anew(one, tmp_path) -> None:
    words = ["--strategy", "fsdp", "--checkpoint", tmp_path / "run", "--kill", 1, 5]
    done = torchrun(words, restarts=1)
    assert done.returncode == 0, done.stderr
    assert "process 0 of 2 lost another one in step 5" in done.stderr
    assert "processes: 2, fsdp, from step 4" in done.stdout
    assert_same(tmp_path / "run", one)
    held = [
        int(line.split()[3].replace(",", ""))
        for line in done.stdout.splitlines()
        if "holds" in line
    ]
    whole = sum(3 * tensor.nbytes for name, tensor in one[0].items())
    assert held == [pytest.approx(whole / 2, rel=0.01)]


def test_a_lost_process_ends_the_run_and_one_alone_goes_on(one, tmp_path) -> None:
    words = ["--strategy", "by_hand", "--checkpoint", tmp_path / "run", "--kill", 1, 5]
    done = torchrun(words)
    assert done.returncode != 0
    assert f"it goes on from {tmp_path / 'run'}" in done.stderr
    assert len(read(tmp_path / "run")[1]["losses"]) == 3
    assert_same(tmp_path / "run", one, train(RUN, tmp_path / "run"))


def test_a_run_that_is_told_to_stop_says_where_it_goes_on(one, tmp_path) -> None:
    answers = iter([False] * 4 + [True])
    with pytest.raises(ConnectionError, match="told to stop before step 5") as told:
        train(RUN, tmp_path / "run", save_every=3, stopped=lambda: next(answers))
    assert f"it goes on from {tmp_path / 'run'}" in str(told.value)
    assert_same(tmp_path / "run", one, train(RUN, tmp_path / "run"))


def test_a_process_heeds_the_signal_at_its_next_step(tmp_path) -> None:
    line = ["-m", "lmteach.training.distributed", "--steps", "1000000", "--batch", "2"]
    process = subprocess.Popen(
        [sys.executable, *line, "--checkpoint", str(tmp_path / "run"), "--save-every", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "processes: 1" in process.stdout.readline()
    process.terminate()
    _, said = process.communicate(timeout=100)
    assert process.returncode == 1
    assert "process 0 of 1 was told to stop before step" in said


def test_what_does_not_fit_is_refused(one, tmp_path) -> None:
    train(DistributedRun(steps=1, warmup=0, batch=2, characters=2000), tmp_path / "run")
    with pytest.raises(ValueError, match="is of another run"):
        train(DistributedRun(steps=2, warmup=0, batch=2, characters=2000), tmp_path / "run")
    with pytest.raises(ValueError, match="a row for each of its parts"):
        train(DistributedRun(batch=2, parts=3, characters=2000))
    with pytest.raises(ValueError, match="rate is 0"):
        DistributedRun(rate=0.0)
