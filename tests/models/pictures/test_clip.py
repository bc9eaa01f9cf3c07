"""Clip is Hugging Face's CLIPModel, given its weights; and what must hold of any."""

import pytest
import torch
from torch.testing import assert_close
from transformers import CLIPConfig, CLIPModel

from lmteach.models.pictures.clip import Clip, ClipConfig, PictureEncoder, TextEncoder
from lmteach.models.pictures.contrastive import contrastive_loss

SMALL = ClipConfig(
    size=16, patch=4, vocab_size=11, context=7, end_id=10, dim=8, heads=2, layers=2, shared_dim=6
)
NAMES = {  # theirs: ours
    "vision_model.embeddings.class_embedding": "picture_encoder.whole",
    "vision_model.embeddings.position_embedding.weight": "picture_encoder.positions",
    "vision_model.pre_layrnorm": "picture_encoder.norm_before",
    "vision_model.post_layernorm": "picture_encoder.norm_after",
    "text_model.embeddings.token_embedding": "text_encoder.tokens",
    "text_model.embeddings.position_embedding.weight": "text_encoder.positions",
    "text_model.final_layer_norm": "text_encoder.norm_after",
    "visual_projection": "from_picture",
    "text_projection": "from_text",
    "logit_scale": "log_scale",
    "vision_model.encoder.layers": "picture_encoder.layers",
    "text_model.encoder.layers": "text_encoder.layers",
    "layer_norm1": "norm1",
    "layer_norm2": "norm2",
    "mlp.fc1": "linear1",
    "mlp.fc2": "linear2",
    "self_attn.out_proj": "self_attn.out_proj",
}


def theirs() -> CLIPModel:
    torch.manual_seed(0)
    part = {
        "hidden_size": 8,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "hidden_act": "gelu",
    }
    text = part | {"vocab_size": 11, "max_position_embeddings": 7, "eos_token_id": 10}
    vision = part | {"image_size": 16, "patch_size": 4}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=6)
    return CLIPModel(config).eval()


def weights_of(model: CLIPModel) -> dict[str, torch.Tensor]:
    """Their weights by our names: three maps of an attention are one, and a patch is a row."""
    found: dict[str, torch.Tensor] = {}
    for name, tensor in model.state_dict().items():
        if name.endswith("patch_embedding.weight"):
            found["picture_encoder.patches.weight"] = tensor.flatten(1)
            continue
        for their, our in NAMES.items():
            name = name.replace(their, our)
        found[name] = tensor
    for name in [name for name in found if ".q_proj." in name]:
        three = [found.pop(name.replace("q_proj", f"{part}_proj")) for part in "qkv"]
        found[name.replace("q_proj.", "in_proj_")] = torch.cat(three)
    return found


@pytest.fixture
def pair() -> tuple[CLIPModel, Clip]:
    other, own = theirs(), Clip(SMALL)
    own.load_state_dict(weights_of(other))
    return other, own.eval()


PICTURES = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
IDS = torch.tensor([[1, 4, 10, 0, 0], [2, 10, 3, 3, 3], [9, 8, 7, 6, 10]])


def test_logits_and_loss_are_those_of_hugging_face(pair: tuple[CLIPModel, Clip]) -> None:
    other, own = pair
    with torch.no_grad():
        expected = other(input_ids=IDS, pixel_values=PICTURES, return_loss=True)
        found = own(PICTURES, IDS)
    assert_close(found, expected.logits_per_image, atol=1e-5, rtol=0)
    assert_close(contrastive_loss(found), expected.loss, atol=1e-6, rtol=0)


def test_gradients_are_those_of_hugging_face(pair: tuple[CLIPModel, Clip]) -> None:
    other, own = (model.double() for model in pair)
    other(input_ids=IDS, pixel_values=PICTURES.double(), return_loss=True).loss.backward()
    contrastive_loss(own(PICTURES.double(), IDS)).backward()
    patch = other.vision_model.embeddings.patch_embedding.weight.grad
    assert patch is not None
    ours = own.picture_encoder.patches.weight.grad
    assert_close(ours, patch.flatten(1), atol=1e-9, rtol=0)
    assert_close(own.log_scale.grad, other.logit_scale.grad, atol=1e-9, rtol=0)


def test_what_follows_the_end_is_not_read() -> None:
    encoder = TextEncoder(SMALL).eval()
    torch.nn.init.normal_(encoder.positions)
    changed = IDS.clone()
    changed[0, 3:], changed[1, 2:] = 5, 10
    assert_close(encoder(changed), encoder(IDS), atol=1e-6, rtol=0)
    changed[0, 1] = 5
    assert not torch.allclose(encoder(changed)[0], encoder(IDS)[0])


def test_a_shuffled_pairing_has_the_loss_of_chance_on_average() -> None:
    model = Clip(SMALL, torch.Generator().manual_seed(0)).eval()
    with torch.no_grad():
        logits = model(PICTURES, IDS)
    losses = [contrastive_loss(logits[list(order)]) for order in ((0, 1, 2), (1, 2, 0), (2, 0, 1))]
    assert torch.stack(losses).mean() >= torch.log(torch.tensor(3.0)) - 1e-6  # Jensen


def test_one_generator_gives_one_model() -> None:
    one, other = (Clip(SMALL, torch.Generator().manual_seed(3)) for _ in range(2))
    for name, weight in one.state_dict().items():
        assert_close(weight, other.state_dict()[name], atol=0, rtol=0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(any, 3, 16, 16\)"):
        PictureEncoder(SMALL)(torch.zeros(1, 3, 8, 8))
    with pytest.raises(ValueError, match="a row of ids has no end"):
        TextEncoder(SMALL)(torch.tensor([[1, 2, 3]]))
    with pytest.raises(ValueError, match="context"):
        TextEncoder(SMALL)(torch.tensor([[1] * 7 + [10]]))
    with pytest.raises(ValueError, match="patches of 5 don't fill"):
        ClipConfig(size=48, patch=5)
    with pytest.raises(ValueError, match="end_id is 512"):
        ClipConfig(end_id=512)
