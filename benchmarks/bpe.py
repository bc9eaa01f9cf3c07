"""The hand-built byte-pair encoding beside Hugging Face's tokenizers, which is written in Rust."""

import os

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from benchmarks.measuring import Row, seconds
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer

VOCAB_SIZE = 1024
MOST_SECONDS = 5.0  # for learning VOCAB_SIZE tokens from a million characters
LEAST_RATE = 1.0  # megabytes a second, encoding words that were met before
ROUNDS = 3


def their_tokenizer(text: str) -> Tokenizer:
    """Hugging Face's tokenizer, trained to the same tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def training(text: str) -> Row:
    """Learn the merges of a megabyte."""
    ours, theirs = seconds(
        lambda: BPETokenizer.train(text, VOCAB_SIZE), lambda: their_tokenizer(text), rounds=ROUNDS
    )
    return Row(
        f"learn {VOCAB_SIZE:,} tokens from {len(text) / 1e6:.0f} MB; limit: {MOST_SECONDS:.0f} s",
        f"{ours:.2f} s",
        f"{theirs:.2f} s (tokenizers)",
        theirs / ours,
    )


def encoding(text: str, unseen: str) -> list[Row]:
    """Encode articles that were not trained on: with no word met before, and once more."""
    ours, theirs = BPETokenizer.train(text, VOCAB_SIZE), their_tokenizer(text)
    if ours.encode(unseen) != theirs.encode(unseen).ids:
        raise ValueError("the ids differ: there is nothing to compare.")
    cold, warm, rust = seconds(
        lambda: BPETokenizer(ours.merges).encode(unseen),
        lambda: ours.encode(unseen),
        lambda: theirs.encode(unseen),
        rounds=ROUNDS,
    )
    size = len(unseen.encode()) / 1e6
    return [
        Row(
            f"encode {size:.2f} MB of unseen articles, {how}; limit: {LEAST_RATE:.0f} MB/s",
            f"{size / spent:.1f} MB/s",
            f"{size / rust:.1f} MB/s (tokenizers)",
            rust / spent,
        )
        for how, spent in (("every word for the first time", cold), ("after warm-up", warm))
    ]


def measure() -> list[Row]:
    """Learning and encoding at the size of notebook 12, one thread each."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    corpus = wikipedia()
    text = corpus.train[:1_000_000]
    return [training(text), *encoding(text, corpus.valid + corpus.test)]
