"""A small GPT that comes with the package, trained: notebooks 14 and later start at once.

Its weights, its merges and how it was made lie beside this file. ``python -m tools.train_gpt``
makes them anew.
"""

from pathlib import Path

from lmteach.files import named_path
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.training.checkpoints import Notes, check_fit, read, write
from lmteach.typed import typed

FOLDER = Path(__file__).parent / "trained_gpt_files"
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"


@typed
def trained_gpt(folder: str | Path = FOLDER) -> tuple[GPT, BPETokenizer]:
    """Return the trained model, ready to be used, and its tokenizer.

    Raises ``ValueError`` if a file is damaged, cut short or of another model,
    ``FileNotFoundError`` if there is none.

    >>> model, tokenizer = trained_gpt()
    >>> model.config.vocab_size == tokenizer.vocab_size
    True
    """
    path = _path(folder, WEIGHTS)
    tensors, notes = read(path)
    if "config" not in notes.get("recipe", {}):
        raise ValueError(
            f"{path} doesn't say how its model was made (its notes have no recipe with a config), "
            "expected a file that write_trained_gpt made."
        )
    model = GPT(GPTConfig(**notes["recipe"]["config"]))
    check_fit(model, tensors, path)
    model.load_state_dict(tensors)
    return model.eval(), BPETokenizer.load(_path(folder, TOKENIZER))


@typed
def trained_gpt_notes(folder: str | Path = FOLDER) -> Notes:
    """Return how the model was made: its recipe, seed and text, and the bits that were measured.

    >>> sorted(trained_gpt_notes())
    ['bits_per_character', 'recipe', 'seconds', 'seed', 'text', 'torch']
    """
    return read(_path(folder, WEIGHTS))[1]


@typed
def write_trained_gpt(
    model: GPT, tokenizer: BPETokenizer, notes: Notes, folder: str | Path = FOLDER
) -> None:
    """Write a model in half precision, its tokenizer, and the notes about it.

    >>> import tempfile
    >>> model = GPT(GPTConfig(vocab_size=256, context=8, dim=8, heads=2, layers=1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_trained_gpt(model, BPETokenizer([]), {"seed": 0}, folder)
    ...     trained_gpt_notes(folder)
    {'seed': 0}
    """
    half = {name: tensor.half() for name, tensor in model.state_dict().items()}
    write(named_path(folder) / WEIGHTS, half, notes)
    tokenizer.save(named_path(folder) / TOKENIZER)


def _path(folder: str | Path, name: str) -> Path:
    path = named_path(folder) / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{folder} has no {name}, expected it beside the package's code. Install the package "
            "again, or make it anew: python -m tools.train_gpt"
        )
    return path
