"""A team of processes: rows that make up the batch, a team of one, what can't be joined."""

import socket

import pytest
import torch
import torch.distributed as dist
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lmteach.training.replicas import NAMED, Team, average_gradients, joined


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No environment of torchrun's."""
    for name in (*NAMED, "TORCHELASTIC_RESTART_COUNT"):
        monkeypatch.delenv(name, raising=False)


@given(st.integers(1, 8), st.integers(8, 40))
def test_the_rows_of_all_are_the_batch(size, batch) -> None:
    rows = [row for rank in range(size) for row in range(batch)[Team(rank, size).rows(batch)]]
    assert sorted(rows) == list(range(batch))


def test_by_hand() -> None:
    assert [0, 1, 2, 3, 4][Team(1, 2).rows(5)] == [1, 3]
    model = nn.Linear(1, 1, bias=False)
    model(torch.tensor([[3.0]])).sum().backward()
    with joined() as team:
        assert team == Team(0, 1)
        average_gradients(model)
    assert model.weight.grad.item() == 3.0
    assert not dist.is_initialized()


def test_it_is_left_after_an_error_too() -> None:
    with pytest.raises(ZeroDivisionError, match="division by zero"), joined():
        _ = 1 / 0
    assert not dist.is_initialized()


def test_half_an_environment_is_named(monkeypatch) -> None:
    monkeypatch.setenv("RANK", "0")
    missing = "MASTER_ADDR, MASTER_PORT, WORLD_SIZE is not set, and RANK is"
    with pytest.raises(ValueError, match=missing), joined():
        pass


def meeting(monkeypatch, port):
    values = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_a_port_in_use_is_named(monkeypatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        meeting(monkeypatch, taken.getsockname()[1])
        with pytest.raises(ConnectionError, match="the port is in use"), joined(seconds=5.0):
            pass


def test_nobody_is_waited_for_longer_than_asked(monkeypatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    meeting(monkeypatch, port)
    with (
        pytest.raises(ConnectionError, match=r"has waited 1 s .* not all of the others came"),
        joined(seconds=1.0),
    ):
        pass


def test_there_is_nothing_to_average() -> None:
    with pytest.raises(ValueError, match="there is no team"):
        average_gradients(nn.Linear(1, 1))
    with joined(), pytest.raises(ValueError, match="no gradients to average"):
        average_gradients(nn.Linear(1, 1))


def test_impossible_teams_are_refused() -> None:
    for rank, size in ((2, 2), (-1, 2), (0, 0)):
        with pytest.raises(ValueError, match="expected"):
            Team(rank, size)
    with pytest.raises(ValueError, match="Each process needs a row"):
        Team(0, 3).rows(2)
    with pytest.raises(ValueError, match="seconds is 0"), joined(seconds=0.0):
        pass
