"""A small BERT that comes with the package, trained: notebooks 15 and later start at once.

Its weights and how it was made lie beside this file; its tokens are those of the shipped GPT, and
four special ones. ``python -m tools.train_bert`` makes it anew.
"""

from pathlib import Path

from lmteach.files import named_path
from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.model import BertForMaskedLM
from lmteach.text.tokenizers.special_tokens import SentenceTokenizer
from lmteach.training.checkpoints import Notes, write
from lmteach.training.shipped import read_shipped, read_shipped_notes
from lmteach.training.trained_gpt import trained_tokenizer
from lmteach.typed import typed

FOLDER = Path(__file__).parent / "trained_bert_files"
WEIGHTS, MEND = "model.safetensors", "python -m tools.train_bert"


@typed
def trained_bert(folder: str | Path = FOLDER) -> tuple[BertForMaskedLM, SentenceTokenizer]:
    """Return the trained model, ready to be used, and its tokenizer.

    Raises ``ValueError`` if a file is damaged, cut short or of another model,
    ``FileNotFoundError`` if there is none.

    >>> model, tokenizer = trained_bert()
    >>> model.config.vocab_size == tokenizer.vocab_size
    True
    """
    model = read_shipped(
        folder, WEIGHTS, lambda **sizes: BertForMaskedLM(BertConfig(**sizes)), MEND
    )
    return model, SentenceTokenizer(trained_tokenizer())


@typed
def trained_bert_notes(folder: str | Path = FOLDER) -> Notes:
    """Return how the model was made: its recipe, seed and text, and the bits that were measured.

    >>> sorted(trained_bert_notes())
    ['bits_per_blank', 'recipe', 'seconds', 'seed', 'text', 'torch']
    """
    return read_shipped_notes(folder, WEIGHTS, MEND)


@typed
def write_trained_bert(model: BertForMaskedLM, notes: Notes, folder: str | Path = FOLDER) -> None:
    """Write a model in half precision, and the notes about it.

    >>> import tempfile
    >>> model = BertForMaskedLM(BertConfig(vocab_size=9, context=8, dim=8, heads=2, layers=1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_trained_bert(model, {"seed": 0}, folder)
    ...     trained_bert_notes(folder)
    {'seed': 0}
    """
    half = {name: tensor.half() for name, tensor in model.state_dict().items()}
    write(named_path(folder) / WEIGHTS, half, notes)
