"""The toggle cell: one device, one line, the same random numbers; sources and figures shown."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch

from lmteach.classroom import CUDA_SCALE, Session, display_figure, show_source, start
from lmteach.evaluation.information import bits_per_character, shannon_bounds


def test_start_says_in_one_line_where_it_computes(capsys):
    session = start(seed=3)
    assert capsys.readouterr().out == "Computing on the CPU, seed 3.\n"
    assert isinstance(session, Session)
    assert (session.device.type, session.scale) == ("cpu", 1)


def test_the_same_seed_gives_the_same_numbers_from_all_three_sources(capsys):
    draws = []
    for _ in range(2):
        session = start(seed=5)
        draws.append(
            (session.rng.random(), torch.rand(1, generator=session.generator), torch.rand(1))
        )
    assert draws[0] == draws[1]
    assert draws[0][0] != start(seed=6).rng.random()


def test_cuda_asked_for_without_a_gpu_is_one_clear_line_and_the_cpu(capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    session = start(use_cuda=True)
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "No CUDA GPU was found: computing on the CPU" in said
    assert (session.device.type, session.scale) == ("cpu", 1)
    assert torch.ones(2, device=session.device).sum() == 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_cuda_on_a_gpu(capsys):
    session = start(use_cuda=True)
    assert (session.device.type, session.scale) == ("cuda", CUDA_SCALE)
    drawn = torch.rand(3, generator=session.generator, device=session.device)
    assert drawn.device.type == "cuda"


def test_a_notebook_shows_numbers_with_four_digits(monkeypatch, capsys):
    magics = []
    shell = SimpleNamespace(run_line_magic=lambda *call: magics.append(call))
    monkeypatch.setattr("lmteach.classroom.get_ipython", lambda: shell)
    start()
    assert magics == [("precision", "%.4g")]


@pytest.mark.parametrize("seed", [-1, True])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed is {seed}, expected a whole number"):
        start(seed=seed)


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, in order."""
    displayed = []
    monkeypatch.setattr(
        "lmteach.classroom.display", lambda thing, raw=False: displayed.append(thing)
    )
    return displayed


@pytest.mark.parametrize("helper", [bits_per_character, shannon_bounds])
def test_show_source_shows_the_whole_function_decorated_or_not(helper, shown):
    show_source(helper)
    assert f"def {helper.__name__}(" in shown[0].data
    assert "return" in shown[0].data


def test_display_figure_sends_picture_and_words(shown):
    _, axes = plt.subplots()
    display_figure(axes, alt='A "quoted" <alt> text.')
    (bundle,) = shown
    assert bundle["text/plain"] == 'A "quoted" <alt> text.'
    assert 'alt="A &quot;quoted&quot; &lt;alt&gt; text."' in bundle["text/html"]
    assert bundle["image/png"].startswith("iVBOR")
