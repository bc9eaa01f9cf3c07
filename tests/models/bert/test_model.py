"""BERT beside transformers: logits, gradients, files both ways; and what it promises."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from transformers import BertConfig as TheirConfig
from transformers import BertForMaskedLM as TheirMaskedLM
from transformers import BertForSequenceClassification as TheirClassifier

from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.files import from_bert, to_bert
from lmteach.models.bert.masking import mask_tokens, masked_loss
from lmteach.models.bert.model import BertForMaskedLM, BertForSequenceClassification

SIZES = BertConfig(vocab_size=11, context=12, dim=16, heads=2, layers=3, dropout=0.0, labels=3)
IDS = torch.randint(11, (3, 9), generator=torch.Generator().manual_seed(0))
MASK = torch.arange(9) < torch.tensor([9, 6, 1])[:, None]
SEGMENTS = torch.randint(2, (3, 9), generator=torch.Generator().manual_seed(1))
MODELS = {TheirMaskedLM: BertForMaskedLM, TheirClassifier: BertForSequenceClassification}
BOTH = pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)


def lively(model):
    """The same model with larger numbers, gains and biases among them: nothing is near 0 or 1."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            middle = 1.0 if parameter.ndim == 1 and name.endswith("weight") else 0.0
            parameter.normal_(middle, 0.3, generator=generator)
    return model.eval()


def theirs_of(kind, **given):
    torch.manual_seed(1)
    sizes = {"vocab_size": 11, "max_position_embeddings": 12, "hidden_size": 16, "num_labels": 3}
    sizes |= {"num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64}
    off = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return lively(kind(TheirConfig(**sizes | off | given)))


def asked(model, theirs=False):
    """Logits with padding and segments."""
    found = model(IDS, attention_mask=MASK.long() if theirs else MASK, token_type_ids=SEGMENTS)
    return found.logits if theirs else found


def expect_same(ours, theirs):
    """The same logits wherever no padding stands."""
    found, expected = asked(ours), asked(theirs, theirs=True)
    if found.ndim == 3:
        found, expected = found[MASK], expected[MASK]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@BOTH
def test_from_transformers(kind, tmp_path: Path):
    theirs = theirs_of(kind)
    theirs.save_pretrained(tmp_path)
    ours = MODELS[kind].from_pretrained(tmp_path)
    assert ours.config == SIZES
    assert not ours.training
    expect_same(ours, theirs)


@BOTH
@pytest.mark.parametrize("inner", [None, 20])
def test_to_transformers_and_back(kind, inner, tmp_path: Path):
    ours = lively(MODELS[kind](replace(SIZES, feed_forward_dim=inner, dropout=0.25)))
    ours.save_pretrained(tmp_path / "new" / "model")
    theirs, report = kind.from_pretrained(tmp_path / "new" / "model", output_loading_info=True)
    assert not any(report.values())
    expect_same(ours, theirs.eval())
    dropped = theirs.config.hidden_dropout_prob, theirs.config.attention_probs_dropout_prob
    assert (theirs.config.num_labels, *dropped) == (3, 0.25, 0.25)
    again = MODELS[kind].from_pretrained(str(tmp_path / "new" / "model"))
    assert again.config == ours.config
    for name, tensor in ours.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor), name


def test_the_gradients_of_the_masked_loss_are_those_of_transformers(tmp_path: Path):
    theirs = theirs_of(TheirMaskedLM)
    theirs.save_pretrained(tmp_path)
    ours = BertForMaskedLM.from_pretrained(tmp_path)
    targets = torch.randint(11, IDS.shape, generator=torch.Generator().manual_seed(2))
    chosen = MASK & (torch.rand(IDS.shape, generator=torch.Generator().manual_seed(3)) < 0.5)
    loss = masked_loss(asked(ours), targets, chosen)
    labels = targets.masked_fill(~chosen, -100)
    expected = theirs(IDS, attention_mask=MASK.long(), token_type_ids=SEGMENTS, labels=labels).loss
    torch.testing.assert_close(loss, expected, rtol=0, atol=1e-5)
    loss.backward()
    expected.backward()
    own = {name: p.grad for name, p in ours.named_parameters()}
    found = {name: p.grad for name, p in theirs.named_parameters()}
    for name, gradient in from_bert(found).items():
        if name == "bert.words.weight":  # theirs never learns what [PAD] is: id 0
            torch.testing.assert_close(own[name][1:], gradient[1:], rtol=0, atol=1e-5)
        else:
            torch.testing.assert_close(own[name], gradient, rtol=0, atol=1e-5)


@pytest.mark.parametrize("order", [0, 2])
def test_what_stands_in_padding_changes_nothing(order: int):
    config = replace(SIZES, neighbour_order=order, neighbour_rows=50)
    for kind in MODELS.values():
        model = lively(kind(config))
        changed = IDS.where(MASK, (IDS + 1) % 11)
        found, expected = (model(ids, MASK) for ids in (changed, IDS))
        if found.ndim == 3:
            found, expected = found[MASK], expected[MASK]
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_both_sides_count():
    model = lively(BertForMaskedLM(SIZES))
    for place in (0, 8):
        changed = IDS.clone()
        changed[:, place] = (changed[:, place] + 1) % 11
        assert bool((model(changed) - model(IDS))[:, 4].abs().amax(dim=-1).min() > 1e-3)


def test_a_target_that_is_not_chosen_changes_nothing():
    logits, targets = torch.randn(3, 9, 11), IDS.clone()
    chosen = torch.zeros_like(MASK)
    chosen[:, 2] = True
    before = masked_loss(logits, targets, chosen)
    targets[:, 3:] = 0
    assert torch.equal(masked_loss(logits, targets, chosen), before)
    targets[0, 2] = (targets[0, 2] + 1) % 11
    assert not torch.equal(masked_loss(logits, targets, chosen), before)


def test_the_first_loss_is_that_of_a_guess():
    config = BertConfig(vocab_size=1028, context=64, dim=64, heads=4, layers=3, dropout=0.0)
    model = BertForMaskedLM(config, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(1024, (8, 64), generator=generator)
    hidden, chosen = mask_tokens(ids, [], 1027, 1024, generator)
    loss = masked_loss(model(hidden), ids, chosen).item()
    assert loss == pytest.approx(math.log(1028), rel=0.02)


def test_each_place_is_masked_alone():
    model = lively(BertForMaskedLM(SIZES))
    row, places = IDS[0], [7, 0, 4]
    expected = []
    for place in places:
        hidden = row.clone()
        hidden[place] = 10
        expected.append(model(hidden[None])[0, place].log_softmax(dim=-1)[row[place]].item())
    found = model.masked_log_probabilities(row, places, mask_id=10)
    assert found.tolist() == pytest.approx(expected, abs=1e-5)
    model.train()
    assert model.masked_log_probabilities(row.tolist(), [0], 10).shape == (1,)
    assert model.training


def test_names_lead_there_and_back():
    for theirs, ours in MODELS.items():
        own = ours(SIZES).state_dict()
        back = from_bert(to_bert(own))
        assert back.keys() == own.keys()
        assert all(torch.equal(back[name], own[name]) for name in own)
        copies = {name for name in theirs_of(theirs).state_dict() if ".decoder." in name}
        assert set(to_bert(own)) | copies == set(theirs_of(theirs).state_dict())


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((torch.zeros(1, 13).long(),), "there are 13 tokens, but the model looks at 12 at most"),
        ((torch.tensor([[11]]),), r"ids contains the id 11, .* \(ids 0 to 10\)"),
        ((IDS, MASK[:, :5]), r"attention_mask has shape \(3, 5\), expected \(B, T\) = \(3, 9\)"),
        ((IDS, MASK.float()), "attention_mask is of type torch.float32, expected bool"),
        ((IDS, MASK, SEGMENTS + 1), "token_type_ids contains the id 2"),
        ((IDS, MASK, SEGMENTS[:1]), r"token_type_ids has shape \(1, 9\)"),
    ],
)
def test_what_does_not_fit_is_refused(given, message):
    for kind in MODELS.values():
        with pytest.raises(ValueError, match=message):
            kind(SIZES)(*given)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(tmp_path: Path, name: str):
    BertForMaskedLM(SIZES).save_pretrained(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"has no {name}, expected .* BertForMaskedLM"):
        BertForMaskedLM.from_pretrained(tmp_path)


@pytest.mark.parametrize("kept", [0, 7, 100, -1])
def test_a_file_cut_short_is_refused(tmp_path: Path, kept: int):
    BertForMaskedLM(SIZES).save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        BertForMaskedLM.from_pretrained(tmp_path)


def test_a_file_of_another_model_is_refused(tmp_path: Path):
    BertForMaskedLM(SIZES).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"bert\.pooler\.dense\.bias is missing there"):
        BertForSequenceClassification.from_pretrained(tmp_path)
    weights = safetensors.torch.load_file(tmp_path / "model.safetensors")
    weights["cls.predictions.decoder.bias"] = weights["cls.predictions.bias"] + 1
    safetensors.torch.save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ValueError, match=r"decoder\.bias that is not its cls\.predictions\.bias"):
        BertForMaskedLM.from_pretrained(tmp_path)


def test_what_pretraining_leaves_over_is_left_out(tmp_path: Path):
    BertForMaskedLM(SIZES).save_pretrained(tmp_path)
    weights = safetensors.torch.load_file(tmp_path / "model.safetensors")
    more = {
        "cls.seq_relationship.weight": torch.ones(2, 16),
        "bert.pooler.dense.bias": torch.ones(16),
    }
    safetensors.torch.save_file(weights | more, tmp_path / "model.safetensors", {"format": "pt"})
    assert BertForMaskedLM.from_pretrained(tmp_path).config == SIZES


def test_neighbours_are_not_written(tmp_path: Path):
    model = BertForMaskedLM(replace(SIZES, neighbour_order=1, neighbour_rows=5))
    with pytest.raises(ValueError, match="neighbour_order is 1, expected 0: only BERT's own form"):
        model.save_pretrained(tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pad_id": 11}, "pad_id is 11, expected one of the ids 0 to 10"),
        ({"neighbour_order": 1}, "neighbour_rows is 0, expected a whole number of at least 1"),
        ({"heads": 3}, "dim is 16 and heads is 3"),
        ({"labels": 0}, "labels is 0"),
    ],
)
def test_configurations_that_can_not_be(given, message):
    with pytest.raises(ValueError, match=message):
        replace(SIZES, **given)
