"""What is known of a run, and what follows from it."""

from lmteach.training.history import History


def test_the_best_step_is_the_first_of_the_lowest() -> None:
    history = History((3.0,) * 50, (1.0,) * 50, (10, 20, 30, 40, 50), (2.0, 1.5, 1.5, 1.7, 1.6))
    assert history.steps == tuple(range(1, 51))
    assert history.best_step == 20
    assert history.without_gain == 3


def test_without_validations_the_last_step_is_the_best() -> None:
    assert History((3.0, 2.0), (1.0, 1.0)).best_step == 2
    assert History((3.0, 2.0), (1.0, 1.0)).without_gain == 0
    assert History().best_step == 0


def test_two_runs_that_differ_in_time_alone_are_equal() -> None:
    assert History((3.0,), (1.0,), seconds=1.0) == History((3.0,), (1.0,), seconds=2.0)
    assert History((3.0,), (1.0,)) != History((3.0,), (1.5,))
