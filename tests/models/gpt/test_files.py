"""GPT-2 in files: read from and by transformers, refused when damaged, downloaded once."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from lmteach.models.gpt import files as gpt_files
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.files import gpt2_shapes, read_gpt2, write_gpt2
from lmteach.models.gpt.model import GPT
from lmteach.text.downloads import WebFile
from lmteach.text.packages import sha256
from tests.serving import served

CONFIG = GPTConfig(vocab_size=11, context=12, dim=8, heads=2, layers=2, dropout=0.1)
IDS = torch.randint(11, (2, 12), generator=torch.Generator().manual_seed(0))


def theirs_of(tied: bool = True, **given: object) -> GPT2LMHeadModel:
    """A GPT-2 of transformers with weights that are not near 0."""
    torch.manual_seed(1)
    sizes = {"vocab_size": 11, "n_positions": 12, "n_embd": 8, "n_layer": 2, "n_head": 2}
    config = GPT2Config(**sizes, initializer_range=0.4, tie_word_embeddings=tied, **given)
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return model.eval()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    theirs_of().save_pretrained(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("inner", [None, 20])
def test_from_transformers(tmp_path: Path, tied: bool, inner: int | None) -> None:
    theirs = theirs_of(tied, n_inner=inner, resid_pdrop=0.25, layer_norm_epsilon=1e-3)
    theirs.save_pretrained(tmp_path)
    ours = GPT.from_pretrained(tmp_path)
    torch.testing.assert_close(ours(IDS), theirs(IDS).logits, rtol=0, atol=1e-5)
    expected = replace(CONFIG, dropout=0.25, norm_eps=1e-3, tied=tied, feed_forward_dim=inner)
    assert ours.config == expected
    assert not ours.training


@pytest.mark.parametrize("tied", [True, False])
def test_to_transformers_and_back(tmp_path: Path, tied: bool) -> None:
    ours = GPT(replace(CONFIG, tied=tied), torch.Generator().manual_seed(2)).eval()
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    ours.save_pretrained(tmp_path / "new" / "model")
    theirs, report = GPT2LMHeadModel.from_pretrained(
        tmp_path / "new" / "model", output_loading_info=True
    )
    assert not any(report.values())
    torch.testing.assert_close(ours(IDS), theirs.eval()(IDS).logits, rtol=0, atol=1e-5)
    assert (theirs.config.attn_pdrop, theirs.config.resid_pdrop) == (0.1, 0.1)
    again = GPT.from_pretrained(str(tmp_path / "new" / "model"))
    assert again.config == ours.config
    for name, tensor in ours.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor), name


def test_shapes_are_those_of_transformers() -> None:
    for tied in (True, False):
        theirs = theirs_of(tied).state_dict()
        if tied:
            del theirs["lm_head.weight"]
        named = {n.removeprefix("transformer."): tuple(t.shape) for n, t in theirs.items()}
        assert gpt2_shapes(replace(CONFIG, tied=tied)) == named


def test_old_files_with_masks_halves_and_no_prefix(folder: Path) -> None:
    """As the published gpt2 has them; float16 becomes float32."""
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    old = {name.removeprefix("transformer."): tensor.half() for name, tensor in weights.items()}
    for layer in range(2):
        old[f"h.{layer}.attn.bias"] = torch.ones(1, 1, 12, 12).tril()
        old[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    old["lm_head.weight"] = old["wte.weight"].clone()
    before = GPT.from_pretrained(folder)(IDS)
    safetensors.torch.save_file(old, folder / "model.safetensors")
    after = GPT.from_pretrained(folder)
    assert after.wte.weight.dtype == torch.float32
    torch.testing.assert_close(after(IDS), before, rtol=0, atol=0.05)


def test_a_model_that_was_read_can_be_trained(folder: Path) -> None:
    model = GPT.from_pretrained(folder)
    model(IDS).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_unknown_name() -> None:
    with pytest.raises(ValueError, match="gpt5 is no folder and no known name, expected a folder"):
        GPT.from_pretrained("gpt5")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"has no {name}, expected config.json and model"):
        GPT.from_pretrained(folder)


@pytest.mark.parametrize("kept", [0, 4, 7, 100, 0.5, -1])
def test_truncated_weights(folder: Path, kept: float) -> None:
    path = folder / "model.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept) if 0 < kept < 1 else int(kept)])
    with pytest.raises(ValueError, match=r"is not a whole safetensors file .* Take a copy"):
        GPT.from_pretrained(folder)


@pytest.mark.parametrize(("text", "words"), [("{", "is no JSON"), ("[1]", "holds a list")])
def test_damaged_configuration(folder: Path, text: str, words: str) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match=words):
        GPT.from_pretrained(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "llama"}, "model_type = 'llama', expected 'gpt2'"),
        ({"activation_function": "relu"}, "activation_function = 'relu', expected 'gelu_new' or"),
        ({"scale_attn_by_inverse_layer_idx": True}, "expected False: GPT can't compute"),
        ({"n_layer": 3}, r"h\.2\.attn\.c_attn\.bias is missing there, expected \(24,\)"),
        ({"n_layer": 1}, r"h\.1\..* expected no such weight"),
        ({"n_positions": 13}, r"wpe.weight is \(12, 8\) there, expected \(13, 8\)"),
        ({"tie_word_embeddings": False}, "lm_head.weight is missing there"),
        ({"n_head": 3}, "expected heads to divide dim"),
    ],
)
def test_configuration_of_another_model(
    folder: Path, change: dict[str, object], message: str
) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=message):
        read_gpt2(folder)


def rewrite(folder: Path, **change: object) -> None:
    """Change the configuration; what becomes None is left out."""
    path = folder / "config.json"
    given = json.loads(path.read_text()) | change
    path.write_text(json.dumps({name: value for name, value in given.items() if value is not None}))


ALIASES = [
    {"hidden_size": 8, "n_embd": None},
    {"num_hidden_layers": 2, "n_layer": None},
    {"num_attention_heads": 2, "n_head": None},
    {"max_position_embeddings": 12, "n_positions": None},
    {"num_attention_heads": 2},
    {"n_ctx": 5},
    {"reorder_and_upcast_attn": True},
    {"activation_function": "gelu_pytorch_tanh"},
    {"activation_function": None},
    {"tie_word_embeddings": None},
    {"torch_dtype": "float16", "use_cache": False, "architectures": ["GPT2Model"]},
]


@pytest.mark.parametrize("change", ALIASES, ids=lambda change: ",".join(change))
def test_odd_configurations_are_read_as_there(folder: Path, change: dict[str, object]) -> None:
    rewrite(folder, **change)
    theirs = GPT2LMHeadModel.from_pretrained(folder).eval().float()
    ours = GPT.from_pretrained(folder)
    torch.testing.assert_close(ours(IDS), theirs(IDS).logits, rtol=0, atol=1e-2)
    torch.testing.assert_close(ours(IDS), theirs_of()(IDS).logits, rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_every_precision_is_read_as_there(folder: Path, kind: torch.dtype) -> None:
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    lower = {name: tensor.to(kind) for name, tensor in weights.items()}
    safetensors.torch.save_file(lower, folder / "model.safetensors", {"format": "pt"})
    theirs = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()
    ours = GPT.from_pretrained(folder)
    torch.testing.assert_close(ours(IDS), theirs(IDS).logits, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_attention_heads": 4}, "n_head = 2 and num_attention_heads = 4, which are the same"),
        ({"hidden_size": 16}, "n_embd = 8 and hidden_size = 16"),
        ({"quantization_config": {"bits": 4}}, "says quantization_config = {'bits': 4}"),
        ({"n_layer": 0}, r"config\.json can't be read: layers is 0, expected a whole number"),
        ({"scale_attn_weights": False}, "says scale_attn_weights = False, expected True"),
    ],
)
def test_what_contradicts_itself_or_us_is_refused(
    folder: Path, change: dict[str, object], message: str
) -> None:
    rewrite(folder, **change)
    with pytest.raises(ValueError, match=message):
        GPT.from_pretrained(folder)


def test_an_output_layer_of_its_own_is_not_dropped(folder: Path) -> None:
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    weights["lm_head.weight"] = weights["transformer.wte.weight"] + 1
    safetensors.torch.save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ValueError, match=r"lm_head.weight that is not its wte.weight"):
        GPT.from_pretrained(folder)
    rewrite(folder, tie_word_embeddings=False)
    theirs = GPT2LMHeadModel.from_pretrained(folder).eval()
    ours = GPT.from_pretrained(folder)
    torch.testing.assert_close(ours(IDS), theirs(IDS).logits, rtol=0, atol=1e-5)


def test_weights_in_several_files_are_read(tmp_path: Path) -> None:
    theirs = theirs_of()
    theirs.save_pretrained(tmp_path, max_shard_size="1KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    with torch.no_grad():
        torch.testing.assert_close(
            GPT.from_pretrained(tmp_path)(IDS), theirs(IDS).logits, rtol=0, atol=1e-5
        )
    next(tmp_path.glob("model-00002*")).unlink()
    with pytest.raises(FileNotFoundError, match=r"has no model-00002.*\.safetensors"):
        GPT.from_pretrained(tmp_path)


def test_weights_in_a_pickle_are_named(tmp_path: Path) -> None:
    theirs_of().config.save_pretrained(tmp_path)
    torch.save(theirs_of().state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(FileNotFoundError, match=r"has no model\.safetensors.*pytorch_model.*again"):
        GPT.from_pretrained(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"norm": "rms"}, "norm is 'rms', expected 'layer': only GPT-2's form"),
        ({"positions": "rotary"}, "positions is 'rotary'"),
        ({"activation": "swiglu"}, "activation is 'swiglu'"),
        ({"bias": False}, "bias is False"),
        ({"query_key_norm": True}, "query_key_norm is True"),
    ],
)
def test_other_forms_are_not_written(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_gpt2(tmp_path / "model", replace(CONFIG, **change), {})
    assert not (tmp_path / "model").exists()


@pytest.fixture
def published(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, Path]]:
    """A name whose file is served on this machine: the file, and the cache."""
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path / "cache"))

    with served(folder) as address:
        digest = sha256((folder / "model.safetensors").read_bytes())
        file = WebFile("tiny.safetensors", f"{address}/model.safetensors", digest)
        monkeypatch.setitem(gpt_files.PUBLISHED, "tiny", (CONFIG, file))
        yield folder / "model.safetensors", tmp_path / "cache"


def test_a_name_is_downloaded_once(published: tuple[Path, Path]) -> None:
    served, cache = published
    first = GPT.from_pretrained("tiny")
    assert [path.name for path in cache.iterdir()] == ["tiny.safetensors"]
    torch.testing.assert_close(first(IDS), theirs_of()(IDS).logits, rtol=0, atol=1e-5)
    served.unlink()  # from now on, only the cache has it
    assert torch.equal(GPT.from_pretrained("tiny")(IDS), first(IDS))


def test_without_a_network(published: tuple[Path, Path]) -> None:
    published[0].unlink()
    with pytest.raises(FileNotFoundError, match=r"nor in the cache, and the download failed"):
        GPT.from_pretrained("tiny")


def test_another_file_than_expected(published: tuple[Path, Path]) -> None:
    with published[0].open("ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match="is not the expected file"):
        GPT.from_pretrained("tiny")


def test_the_published_model() -> None:
    config, file = gpt_files.PUBLISHED["gpt2"]
    assert config == GPTConfig(vocab_size=50257, context=1024, dropout=0.1)
    assert sum(torch.Size(shape).numel() for shape in gpt2_shapes(config).values()) == 124_439_808
    assert len(file.sha256) == 64
