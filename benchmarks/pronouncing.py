"""The Transformer of notebook 11 beside the LSTM with attention of notebook 08, as both learn."""

import itertools
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.measuring import Row, seconds
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.translator import Translator
from lmteach.text.batches import batches_of_like_length, pad
from lmteach.text.corpora.pronunciations import pronunciations
from lmteach.text.tokenizers.vocabulary import END, PAD, START, Vocabulary
from lmteach.training.clipping import clip_by_norm
from lmteach.training.label_smoothing import smoothed_cross_entropy

LSTM_STEPS, LSTM_BATCH, LSTM_DIM = 1300, 128, 160  # the training of notebook 08
STEPS, BATCH = 3000, 64  # the training of notebook 11
CONFIG = TransformerConfig(
    dim=64,
    heads=2,
    feed_forward_dim=256,
    layers=2,
    dropout=0.0,
    activation="gelu",
)
PART = 25  # of each training, this fraction is timed
ROUNDS = 4

Step = Callable[[Tensor], None]  # learns from the words at these places of the dictionary


def steps(batch: int, lengths: Tensor, learn: Step, count: int) -> Callable[[], None]:
    """A function that makes ``count`` training steps, on the same batches in each round."""
    generator = torch.Generator().manual_seed(0)
    batches = list(itertools.islice(batches_of_like_length(lengths, batch, generator), count))

    def go() -> None:
        for places in batches:
            learn(places)

    return go


def measure() -> list[Row]:
    """A part of either training, on the real words, in turns."""
    torch.manual_seed(0)
    words = pronunciations().train
    letters = Vocabulary("".join(words))
    phonemes = Vocabulary(p for variants in words.values() for one in variants for p in one)
    source, lengths = pad([letters.encode(word) for word in words])
    target, ends = pad([[START, *phonemes.encode(said[0]), END] for said in words.values()])

    def learn(model: nn.Module, optimizer: torch.optim.Optimizer, smoothing: float) -> Step:
        def step(places: Tensor) -> None:
            answers = target[places][:, : ends[places].max()]
            read = source[places][:, : lengths[places].max()]
            logits = model(read, lengths[places], answers[:, :-1])
            if smoothing:
                loss = smoothed_cross_entropy(logits, answers[:, 1:], smoothing)
            else:
                flat = logits.flatten(0, 1), answers[:, 1:].flatten()
                loss = F.cross_entropy(*flat, ignore_index=PAD)
            optimizer.zero_grad()
            loss.backward()
            clip_by_norm(model.parameters(), 1.0)
            optimizer.step()

        return step

    transformer = Translator(len(letters), len(phonemes), CONFIG, tied=False)
    lstm = EncoderDecoder(len(letters), len(phonemes), LSTM_DIM, attention=True)
    fused = torch.optim.AdamW(transformer.parameters(), fused=True)
    plain = torch.optim.AdamW(lstm.parameters())
    both = torch.stack([lengths, ends], dim=1)
    ours, theirs = seconds(
        steps(BATCH, both, learn(transformer, fused, 0.1), STEPS // PART),
        steps(LSTM_BATCH, both, learn(lstm, plain, 0.0), LSTM_STEPS // PART),
        rounds=ROUNDS,
    )
    return [
        Row(
            f"learning to pronounce, 1/{PART} of the trainings of notebooks 11 and 08: "
            f"{STEPS // PART} batches of {BATCH} words with the Transformer, {LSTM_STEPS // PART} "
            f"of {LSTM_BATCH} with the LSTM with attention",
            f"{ours:.2f} s",
            f"{theirs:.2f} s (LSTM)",
            theirs / ours,
        )
    ]
