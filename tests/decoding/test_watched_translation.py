"""A watched translation: the same answer, and weights that the layers themselves would give."""

import numpy as np
import pytest
import torch
from torch import nn

from lmteach.decoding.translating import TextTranslator
from lmteach.decoding.watched_translation import WatchedTranslation, watch_translation
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.translator import Translator
from lmteach.text.tokenizers.vocabulary import END, START, Vocabulary

LETTERS, DIGITS = Vocabulary("abcdef "), Vocabulary("0123年")


def translator(pre_norm=False, seed=0, layers=2):
    torch.manual_seed(seed)
    config = TransformerConfig(8, 2, 16, layers, pre_norm=pre_norm)
    return TextTranslator(Translator(len(LETTERS), len(DIGITS), config), LETTERS, DIGITS, longest=6)


def by_torch(model, source, target):
    """Weights of every layer by ``torch.nn``'s own attention, given the same weights."""

    def weights(attention, query, key, mask=None):
        other = nn.MultiheadAttention(8, 2, batch_first=True)
        other.load_state_dict(attention.state_dict())
        return other(
            query, key, key, attn_mask=mask, need_weights=True, average_attn_weights=False
        )[1][0].numpy()

    found = {"encoder": [], "decoder": [], "cross": []}
    x = model.embed(model.source_embedding, source)
    for layer in model.transformer.encoder.layers:
        found["encoder"].append(weights(layer.self_attn, x, x))
        x = layer(x)
    memory = model.transformer.encoder.norm(x)
    y = model.embed(model.target_embedding, target)
    ahead = torch.ones(2 * y.shape[1:2], dtype=torch.bool).triu(1)
    for layer in model.transformer.decoder.layers:
        found["decoder"].append(weights(layer.self_attn, y, y, ahead))
        middle = layer.norm1(y + layer.self_attn(y, y, y, ~ahead)[0])
        found["cross"].append(weights(layer.multihead_attn, middle, memory))
        y = layer(y, memory, ~ahead)
    return {name: np.stack(rows) for name, rows in found.items()}


@pytest.mark.parametrize("seed", [0, 1])
@torch.no_grad()
def test_weights_and_probabilities_are_the_models_own(seed):
    own = translator(seed=seed)
    watched = watch_translation(own, "fed ab", width=2)
    assert own.model.training  # as it was made
    own.model.eval()
    [answer] = own.translate(["fed ab"], width=2)
    assert watched.source == tuple("fed ab")
    assert watched.target == (*answer, "<end>")
    assert watched.inputs == ("<start>", *answer)
    source = torch.tensor([LETTERS.encode("fed ab")])
    ids = [*DIGITS.encode(answer), END]
    expected = by_torch(own.model, source, torch.tensor([[START, *ids[:-1]]]))
    for name, weights in expected.items():
        np.testing.assert_allclose(getattr(watched, name), weights, rtol=0, atol=1e-6)
    total = np.log(watched.probabilities).sum()
    state, token = own.model.encode(source, torch.tensor([6])), torch.tensor([START])
    for number in ids:  # step by step, as it was written
        scores, state = own.model.step(token, state)
        total -= scores[0, number].item()
        token = torch.tensor([number])
    assert abs(total) < 1e-4


def test_choices_are_the_likeliest_and_greedy_takes_the_first():
    watched = watch_translation(translator(), "cab", width=1, most=4)
    for symbol, probability, choices in zip(
        watched.target[:-1], watched.probabilities, watched.choices, strict=False
    ):
        assert len(choices) == 4
        assert choices[0] == (symbol, probability)
        shares = [share for _, share in choices]
        assert shares == sorted(shares, reverse=True)
        assert 0 < sum(shares) <= 1
    everything = watch_translation(translator(), "cab", most=99).choices[0]
    assert sorted(symbol for symbol, _ in everything) == sorted(DIGITS.symbols)
    assert sum(share for _, share in everything) == pytest.approx(1)


def test_rows_sum_to_1_and_nothing_looks_ahead():
    watched = watch_translation(translator(pre_norm=True), "deaf")
    for weights in (watched.encoder, watched.decoder, watched.cross):
        assert weights.shape[:2] == (2, 2)
        np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-5)
    assert np.triu(watched.decoder, k=1).max() == 0


def test_what_cannot_be_read_and_what_cannot_be_watched():
    with pytest.raises(ValueError, match="No text to learn from had 'é'"):
        watch_translation(translator(), "bé")
    recurrent = EncoderDecoder(len(LETTERS), len(DIGITS), 8, attention=True)
    with pytest.raises(ValueError, match="the type EncoderDecoder"):
        watch_translation(TextTranslator(recurrent, LETTERS, DIGITS), "cab")


@pytest.mark.usefixtures("without_shape_checks")
def test_parts_of_different_translations_are_refused():
    whole = vars(watch_translation(translator(), "cab"))
    for change, message in (
        ({"source": tuple("ca")}, r"encoder has shape \(2, 2, 3, 3\), expected .*, 2, 2\)"),
        ({"target": ("1",)}, "probabilities and"),
        ({"cross": whole["cross"][:1]}, r"encoder has shape .* as cross, \(1, 2\)"),
        ({"decoder": whole["decoder"][..., :-1]}, r"decoder .* shape \(2, 2, 13, 12\)"),
        ({"choices": whole["choices"][:-1]}, "expected one of each"),
    ):
        with pytest.raises(ValueError, match=message):
            WatchedTranslation(**{**whole, **change})
