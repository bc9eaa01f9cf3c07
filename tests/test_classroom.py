"""The toggle cell: one device, one line, the same random numbers; sources and figures shown."""

import re
import warnings
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
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


@pytest.mark.parametrize(
    ("name", "reason"),
    [("mps", "Apple's mps is not used: it has no double precision"), ("xpu", "Intel's xpu is not")],
)
def test_another_accelerator_is_named_with_the_reason(capsys, monkeypatch, name, reason):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    backend = torch.backends.mps if name == "mps" else torch.xpu
    monkeypatch.setattr(backend, "is_available", lambda: True)
    session = start(use_cuda=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("No CUDA GPU was found (")
    assert reason in line
    assert "): computing on the CPU, seed 0." in line
    assert session.device.type == "cpu"


def test_a_gpu_of_amd_is_used_and_named(capsys, monkeypatch):
    made = torch.Generator
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "AMD Instinct")
    monkeypatch.setattr(torch, "rand", lambda *shape, **options: np.zeros(shape))
    monkeypatch.setattr(torch, "Generator", lambda device: made())
    session = start(use_cuda=True)
    assert (
        capsys.readouterr().out
        == "Computing on the GPU (AMD Instinct), seed 0, 8 times the scale.\n"
    )
    assert (session.device.type, session.scale) == ("cuda", CUDA_SCALE)


NO_KERNEL = "CUDA error: no kernel image is available for execution on the device"


@pytest.mark.parametrize(
    ("where", "error", "reason"),
    [
        ("rand", RuntimeError(f"{NO_KERNEL}\nCUDA kernel errors might be"), NO_KERNEL),
        ("Generator", torch.OutOfMemoryError("CUDA out of memory. Tried"), "CUDA out of memory"),
    ],
)
def test_a_gpu_that_can_not_be_used_is_one_clear_line_and_the_cpu(
    capsys, monkeypatch, recwarn, where, error, reason
):
    made = getattr(torch, where)

    def failing(*args, **options):
        if "cuda" in (*args, options.get("device")):
            warnings.warn("This GPU is old.", stacklevel=1)
            raise error
        return made(*args, **options)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, where, failing)
    if where == "rand":
        generator = torch.Generator
        monkeypatch.setattr(torch, "Generator", lambda device="cpu": generator())
    session = start(use_cuda=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"The CUDA GPU can't be used ({reason}")
    assert "): computing on the CPU, seed 0." in line
    assert (session.device.type, session.scale) == ("cpu", 1)
    assert not recwarn.list


def test_a_driver_that_is_too_old_is_the_reason_and_no_warning(capsys, monkeypatch, recwarn):
    def old():
        warnings.warn("CUDA initialization: the driver is too old.\nUpdate it.", stacklevel=1)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", old)
    start(use_cuda=True)
    (line,) = capsys.readouterr().out.splitlines()
    wanted = (
        "No CUDA GPU was found (CUDA initialization: the driver is too old): computing on the CPU"
    )
    assert line.startswith(wanted)
    assert not recwarn.list


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("seed", [3, np.int64(3), np.uint8(3)])
def test_a_seed_of_numpy_is_as_good_as_python_s(seed, capsys):
    session = start(seed=seed)
    assert capsys.readouterr().out == "Computing on the CPU, seed 3.\n"
    assert session.generator.initial_seed() == 3
    assert session.rng.random() == np.random.default_rng(3).random()


@pytest.mark.parametrize("seed", [2**64, 2**70])
def test_a_seed_that_is_too_large_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed is {seed}, expected a whole number of at most"):
        start(seed=seed)


def test_the_largest_seed_is_taken():
    assert start(seed=2**64 - 1).generator.initial_seed() == 2**64 - 1


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("seed", [-1, True, "0", 0.0, None])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ValueError, match=re.escape(f"seed is {seed!r}, expected a whole number")):
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
