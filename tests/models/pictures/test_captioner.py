"""The captioner looks at its picture, never ahead, and stops at the end."""

import pytest
import torch
from torch.testing import assert_close

from lmteach.models.pictures.captioner import Captioner
from lmteach.models.pictures.clip import ClipConfig
from lmteach.models.transformer.attention_maps import watch_attention

SMALL = ClipConfig(size=16, patch=4, vocab_size=9, context=6, dim=8, heads=2)
PICTURES = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
IDS = torch.tensor([[0, 4, 2], [0, 7, 7]])


def made(seed: int = 0) -> Captioner:
    model = Captioner(SMALL, torch.Generator().manual_seed(seed)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(20)  # so that something happens
    return model


def test_what_comes_later_changes_nothing() -> None:
    model, changed = made(), IDS.clone()
    changed[:, 2] = 5
    found, other = model(PICTURES, IDS), model(PICTURES, changed)
    assert_close(found[:, :2], other[:, :2], atol=1e-4, rtol=0)
    assert not torch.allclose(found[:, 2], other[:, 2])


def test_each_text_sees_its_own_picture() -> None:
    model = made()
    swapped = model(PICTURES.flip(0), IDS)
    alone = torch.cat([model(PICTURES[1:], IDS[:1]), model(PICTURES[:1], IDS[1:])])
    assert_close(swapped, alone, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(swapped, model(PICTURES, IDS))


def test_a_caption_is_the_likeliest_next_token_again_and_again() -> None:
    model = made(3)
    for picture, found in zip(PICTURES, model.caption(PICTURES), strict=True):
        ids = [0]
        while len(ids) < SMALL.context:
            following = int(model(picture[None], torch.tensor([ids]))[0, -1].argmax())
            if following == SMALL.end_id:
                break
            ids.append(following)
        assert found == ids[1:]


def test_attention_has_a_column_for_the_whole_and_each_patch() -> None:
    model = made()
    with watch_attention(model) as seen:
        model(PICTURES, IDS)
    weights = seen["decoder.layers.0.multihead_attn"]
    assert weights.shape == (2, 2, 3, 1 + SMALL.patches)
    assert_close(weights.sum(dim=-1), torch.ones(2, 2, 3), atol=1e-5, rtol=0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="3 texts for 2 pictures"):
        made()(PICTURES, torch.zeros(3, 2, dtype=torch.long))
    with pytest.raises(ValueError, match="context"):
        made().caption(PICTURES, longest=7)
