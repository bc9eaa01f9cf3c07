"""A trained model's folder in the format of Hugging Face: config.json and model.safetensors.

What is the same for every family: GPT and BERT read and write theirs through it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from lmteach.files import named_path, write_whole
from lmteach.typed import check_fields, typed

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
Config = TypeVar("Config")
Shape = tuple[int, ...]


@dataclass(frozen=True)
class PretrainedFormat:
    """How a family's settings are called in config.json, and who writes such folders.

    ``ours`` and ``theirs`` are the classes that do, here and in Hugging Face's ``transformers``.
    ``names`` leads from their names of settings to ours, ``aliases`` from other names that they
    have for the same to those, and ``fixed`` holds what else can be chosen there, and the choices
    that ours can compute, the usual one first.

    >>> form = PretrainedFormat("GPT", "GPT2LMHeadModel", {"n_embd": "dim"}, {}, {"bias": (True,)})
    >>> form.settings({"dim": 8})
    {'n_embd': 8, 'bias': True, 'architectures': ['GPT2LMHeadModel']}
    """

    ours: str
    theirs: str
    names: Mapping[str, str]
    aliases: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("ours", "theirs"):
            if not getattr(self, name):
                raise ValueError(f"{name} is empty, expected the name of a class.")

    @typed
    def settings(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content of config.json for settings by our names.

        Raises ``ValueError`` if one that has a name there is not among them.
        """
        if missing := [name for name in self.names.values() if name not in own]:
            raise ValueError(f"own has no {missing[0]!r}, expected all of {self.ours}'s settings.")
        given = {name: own[ours] for name, ours in self.names.items()}
        given |= {
            name: choices[0] for name, choices in self.fixed.items() if choices[0] is not None
        }
        return given | {"architectures": [self.theirs]}

    @typed
    def read_config(self, folder: str | Path, make: Callable[..., Config]) -> Config:
        """Return what ``make`` makes of the settings in a folder, by our names.

        Raises ``ValueError`` for a config.json that is none, contradicts itself, or is that of a
        model which ours can't compute; ``FileNotFoundError`` if there is none.

        >>> import tempfile
        >>> form = PretrainedFormat("GPT", "GPT2LMHeadModel", {"n_embd": "dim"})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     (Path(folder) / "config.json").write_text('{"n_embd": 8}')
        ...     form.read_config(folder, dict)
        13
        {'dim': 8}
        """
        path = named_path(folder) / CONFIG
        given: dict[str, Any] = {}
        for alias, value in _json_of(self._bytes_of(path), path).items():
            name = self.aliases.get(alias, alias)
            if given.setdefault(name, value) != value:
                raise ValueError(
                    f"{path} says {name} = {given[name]!r} and {alias} = {value!r}, which are the "
                    "same setting: leave one of them out."
                )
        for name, choices in self.fixed.items():
            if given.get(name, choices[0]) not in choices:
                raise ValueError(
                    f"{path} says {name} = {given[name]!r}, expected "
                    f"{' or '.join(map(repr, choices))}: {self.ours} can't compute another kind of "
                    "model."
                )
        try:
            return make(**{ours: given[name] for name, ours in self.names.items() if name in given})
        except ValueError as error:
            raise ValueError(f"{path} can't be read: {error}") from None

    @typed
    def read_weights(self, folder: str | Path) -> dict[str, Tensor]:
        """Return the tensors in a folder, by their names there: of one file, or of all in an index.

        Raises ``FileNotFoundError`` if there is no model.safetensors, ``ValueError`` if it is not
        whole.

        >>> import tempfile, torch
        >>> form = PretrainedFormat("GPT", "GPT2LMHeadModel", {})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     form.write(folder, {}, {"wte.weight": torch.ones(2)})
        ...     form.read_weights(folder)
        {'wte.weight': tensor([1., 1.])}
        """
        place = named_path(folder)
        names, index = [WEIGHTS], place / INDEX
        if index.is_file():
            places = _json_of(self._bytes_of(index), index).get("weight_map")
            if not isinstance(places, dict) or not places:
                raise ValueError(
                    f"{index} has no weight_map, expected names and the files they are in."
                )
            names = sorted(set(places.values()))
        tensors: dict[str, Tensor] = {}
        for name in names:
            self._check_there(place / name)
            try:
                tensors |= safetensors.torch.load_file(place / name)
            except SafetensorError as error:
                raise _damaged(place / name, error) from error
        return tensors

    @typed
    def write(
        self, folder: str | Path, given: Mapping[str, Any], weights: Mapping[str, Tensor]
    ) -> None:
        """Write settings and weights, both by their names; folders on the way are made.

        Raises ``ValueError`` if there are no weights.
        """
        if not weights:
            raise ValueError("weights is empty, expected a model's weights by name.")
        named = {
            name: tensor.detach().cpu().clone().contiguous() for name, tensor in weights.items()
        }
        # The larger one first: where it has no room, those that stand there belong together.
        write_whole(named_path(folder) / WEIGHTS, safetensors.torch.save(named, {"format": "pt"}))
        write_whole(named_path(folder) / CONFIG, json.dumps(dict(given), indent=2))

    def _bytes_of(self, path: Path) -> bytes:
        self._check_there(path)
        return path.read_bytes()

    def _check_there(self, path: Path) -> None:
        if path.is_file():
            return
        folder = path.parent
        found = sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
        raise FileNotFoundError(
            f"{folder} has no {path.name}, expected {CONFIG} and {WEIGHTS}, as save_pretrained of "
            f"{self.ours} or of Hugging Face's {self.theirs} writes them. There is "
            f"{', '.join(found) or 'nothing'}; to make one file of several or of a pickle, load it "
            f"with {self.theirs} and save it again."
        )


@typed
def tensors_of(data: bytes, path: Path) -> dict[str, Tensor]:
    """Return the tensors in the bytes of a safetensors file; ``path`` is where they were read.

    Raises ``ValueError`` if they are not whole.

    >>> import torch
    >>> tensors_of(safetensors.torch.save({"ones": torch.ones(2)}), Path("a.safetensors"))
    {'ones': tensor([1., 1.])}
    """
    try:
        return safetensors.torch.load(data)
    except SafetensorError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ValueError:
    return ValueError(
        f"{path} is not a whole safetensors file ({error}): it was cut short, or is something "
        "else. Take a copy that is whole."
    )


def check_weight_shapes(
    weights: Mapping[str, Tensor], expected: Mapping[str, Shape], path: Path
) -> None:
    """Say which weight in a file is not as its configuration has it, if one is not.

    >>> import torch
    >>> check_weight_shapes({"a": torch.ones(2)}, {"a": (3,)}, Path("a.safetensors"))
    Traceback (most recent call last):
    ValueError: a.safetensors doesn't fit its configuration: a is (2,) there, expected (3,).
    """
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    for name in sorted(expected.keys() | found.keys()):
        if found.get(name) != expected.get(name):
            raise ValueError(
                f"{path} doesn't fit its configuration: {name} is {found.get(name, 'missing')} "
                f"there, expected {expected.get(name, 'no such weight')}."
            )


def _json_of(data: bytes, path: Path) -> dict[str, Any]:
    try:
        given = json.loads(data)
    except ValueError as error:
        raise ValueError(f"{path} is no JSON ({error}). Take a copy that is whole.") from error
    if not isinstance(given, dict):
        raise ValueError(f"{path} holds a {type(given).__name__}, expected names and values.")
    return given
