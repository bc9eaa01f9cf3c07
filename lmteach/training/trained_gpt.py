"""A small GPT that comes with the package, trained: notebooks 14 and later start at once.

Its weights, its merges and how it was made lie beside this file. ``python -m tools.train_gpt``
makes them anew.
"""

from pathlib import Path

from lmteach.files import named_path
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.training.checkpoints import Notes, write
from lmteach.training.shipped import read_shipped, read_shipped_notes, shipped_path
from lmteach.typed import typed

FOLDER = Path(__file__).parent / "trained_gpt_files"
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
MEND = "python -m tools.train_gpt"


@typed
def trained_gpt(folder: str | Path = FOLDER) -> tuple[GPT, BPETokenizer]:
    """Return the trained model, ready to be used, and its tokenizer.

    Raises ``ValueError`` if a file is damaged, cut short or of another model,
    ``FileNotFoundError`` if there is none.

    >>> model, tokenizer = trained_gpt()
    >>> model.config.vocab_size == tokenizer.vocab_size
    True
    """
    model = read_shipped(folder, WEIGHTS, lambda **sizes: GPT(GPTConfig(**sizes)), MEND)
    return model, trained_tokenizer(folder)


@typed
def trained_tokenizer(folder: str | Path = FOLDER) -> BPETokenizer:
    """Return the tokenizer alone.

    >>> trained_tokenizer().vocab_size
    1024
    """
    return BPETokenizer.load(shipped_path(folder, TOKENIZER, MEND))


@typed
def trained_gpt_notes(folder: str | Path = FOLDER) -> Notes:
    """Return how the model was made: its recipe, seed and text, and the bits that were measured.

    >>> sorted(trained_gpt_notes())
    ['bits_per_character', 'recipe', 'seconds', 'seed', 'text', 'torch']
    """
    return read_shipped_notes(folder, WEIGHTS, MEND)


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
