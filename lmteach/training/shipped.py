"""A trained model that comes with the package: its weights in half precision, and notes on it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from torch import nn

from lmteach.files import named_path
from lmteach.training.checkpoints import Notes, check_fit, read
from lmteach.typed import typed

Model = TypeVar("Model", bound=nn.Module)


@typed
def shipped_path(folder: str | Path, name: str, mend: str) -> Path:
    """Return where a file of a shipped model lies; ``mend`` is the command that makes it anew.

    Raises ``FileNotFoundError`` if there is none.

    >>> shipped_path("nowhere", "model.safetensors", "python -m tools.train_gpt")
    Traceback (most recent call last):
    FileNotFoundError: nowhere has no model.safetensors, expected it beside the package's code. \
Install the package again, or make it anew: python -m tools.train_gpt
    """
    path = named_path(folder) / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} has no {name}, expected it beside the package's code. Install the package "
            f"again, or make it anew: {mend}"
        )
    return path


@typed
def read_shipped(folder: str | Path, name: str, make: Callable[..., Model], mend: str) -> Model:
    """Return the model that ``make`` makes of its noted sizes, with its weights, to be used.

    Raises ``ValueError`` if a file is damaged, cut short or of another model.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> from lmteach.models.gpt.model import GPT
    >>> folder = Path(__file__).parent / "trained_gpt_files"
    >>> make = lambda **sizes: GPT(GPTConfig(**sizes))
    >>> read_shipped(folder, "model.safetensors", make, "python -m tools.train_gpt").training
    False
    """
    path = shipped_path(folder, name, mend)
    tensors, notes = read(path)
    if "config" not in notes.get("recipe", {}):
        raise ValueError(
            f"{path} doesn't say how its model was made (its notes have no recipe with a config), "
            f"expected one of a shipped model. Make it anew: {mend}"
        )
    model = make(**notes["recipe"]["config"])
    if not isinstance(model, nn.Module):
        raise ValueError(f"make returned {model!r:.60}, expected a model: let it return one.")
    check_fit(model, tensors, path)
    model.load_state_dict(tensors)
    return model.eval()


@typed
def read_shipped_notes(folder: str | Path, name: str, mend: str) -> Notes:
    """Return the notes on a shipped model.

    >>> folder = Path(__file__).parent / "trained_gpt_files"
    >>> read_shipped_notes(folder, "model.safetensors", "python -m tools.train_gpt")["seed"]
    0
    """
    return read(shipped_path(folder, name, mend))[1]
