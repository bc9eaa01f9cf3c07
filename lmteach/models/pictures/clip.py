"""Two encoders with one space: pictures on one side, words on the other. Taught in notebook 23."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmteach.checks import check_number, check_sizes, check_whole, checked_by
from lmteach.models.checks import check_context, check_ids, check_tensor
from lmteach.models.pictures.contrastive import similarities
from lmteach.models.pictures.patches import cut_patches
from lmteach.models.transformer.layers import EncoderLayer, TransformerConfig, make_norm
from lmteach.typed import check_fields, typed

INIT_STD = 0.02


@dataclass(frozen=True)
class ClipConfig:
    """What both encoders are made of; widths and layers are the same on both sides.

    Pictures are ``size`` high and wide, in patches of ``patch``. Texts have ``context`` tokens at
    most, out of ``vocab_size``; each ends with ``end_id``, and what follows is padding.
    ``shared_dim`` is the width of the space in which both meet. Source: A. Radford et al.,
    "Learning Transferable Visual Models From Natural Language Supervision" (2021), §2.4.

    Raises ``ValueError`` for sizes out of range, or patches that don't fill a picture.

    >>> ClipConfig(size=48, patch=8).patches
    36
    """

    size: int = 48
    patch: int = 8
    vocab_size: int = 512
    context: int = 32
    end_id: int = 0
    dim: int = 64
    heads: int = 4
    layers: int = 2
    shared_dim: int = 64
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        check_sizes(
            size=self.size,
            patch=self.patch,
            vocab_size=self.vocab_size,
            context=self.context,
            shared_dim=self.shared_dim,
        )
        if self.size % self.patch:
            raise ValueError(
                f"size is {self.size}, which patches of {self.patch} don't fill: take a size that "
                f"{self.patch} divides."
            )
        check_whole("end_id", self.end_id, at_least=0)
        check_number("end_id", self.end_id, below=self.vocab_size)
        _ = self.layer  # says what is wrong with all else

    @property
    def patches(self) -> int:
        """How many patches a picture has."""
        return (self.size // self.patch) ** 2

    @property
    def layer(self) -> TransformerConfig:
        """What each layer is made of: the norm before each part, GELU."""
        return TransformerConfig(
            dim=self.dim,
            heads=self.heads,
            feed_forward_dim=4 * self.dim,
            layers=self.layers,
            dropout=self.dropout,
            pre_norm=True,
            activation="gelu",
        )


def check_pictures(pictures: Tensor, config: ClipConfig) -> None:
    """Say what is wrong with pictures that are to be looked at, if anything.

    >>> check_pictures(torch.zeros(1, 8, 8, 3), ClipConfig(size=8, patch=8))
    Traceback (most recent call last):
    ValueError: pictures has shape (1, 8, 8, 3), expected (B, 3, size, size) = (any, 3, 8, 8).
    """
    shape = (None, 3, config.size, config.size)
    check_tensor("pictures", pictures, shape, "(B, 3, size, size)")


def _check_pictures(self: "PictureEncoder", pictures: Tensor) -> None:
    check_pictures(pictures, self.config)


class PictureEncoder(nn.Module):
    """A Transformer's encoder over the patches of a picture.

    ``forward(pictures (B, 3, size, size))`` returns (B, 1 + T, D): before the patches stands a
    place that belongs to none of them, for what is to be said of the whole. Source: A. Dosovitskiy
    et al., "An Image is Worth 16x16 Words" (2021), §3.1; the norm before the layers is CLIP's.

    Raises ``ValueError`` for pictures of another size.

    >>> encoder = PictureEncoder(ClipConfig(size=16, patch=8, dim=8, heads=2))
    >>> encoder(torch.zeros(5, 3, 16, 16)).shape
    torch.Size([5, 5, 8])
    """

    @typed
    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        self.patches = nn.Linear(3 * config.patch**2, config.dim, bias=False)
        self.whole = nn.Parameter(torch.empty(config.dim))
        self.positions = nn.Parameter(torch.empty(1 + config.patches, config.dim))
        self.norm_before, self.norm_after = make_norm(config.layer), make_norm(config.layer)
        self.layers = nn.ModuleList(EncoderLayer(config.layer) for _ in range(config.layers))

    @checked_by(_check_pictures)
    @typed
    def forward(
        self, pictures: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch time dim"]:
        """Return a vector for the whole, and one for each patch."""
        x = self.patches(cut_patches(pictures, self.config.patch))  # (B, T, D)
        x = torch.cat([self.whole.expand(len(x), 1, -1), x], dim=1) + self.positions
        x = self.norm_before(x)
        for layer in self.layers:
            x = layer(x)
        return self.norm_after(x)


def _check_texts(self: "TextEncoder", ids: Tensor) -> None:
    check_ids("ids", ids, self.config.vocab_size)
    check_context(ids.shape[1], self.config.context)
    if not (ids == self.config.end_id).any(dim=1).all():
        raise ValueError(
            f"a row of ids has no end: append {self.config.end_id}, the end_id, to each text."
        )


class TextEncoder(nn.Module):
    """A Transformer that looks back only, asked at the end of the text, where all has been read.

    ``forward(ids (B, T))`` returns (B, D). What follows the first ``end_id`` of a row is padding,
    and is not seen from there. Source: Radford et al. (2021), §2.4.

    Raises ``ValueError`` for ids out of range, rows without an end, or too many tokens.

    >>> encoder = TextEncoder(ClipConfig(vocab_size=9, dim=8, heads=2))
    >>> encoder(torch.tensor([[4, 2, 0], [7, 0, 0]])).shape
    torch.Size([2, 8])
    """

    @typed
    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        self.tokens = nn.Embedding(config.vocab_size, config.dim)
        self.positions = nn.Parameter(torch.empty(config.context, config.dim))
        self.layers = nn.ModuleList(EncoderLayer(config.layer) for _ in range(config.layers))
        self.norm_after = make_norm(config.layer)

    @checked_by(_check_texts)
    @typed
    def forward(self, ids: Int[Tensor, "batch time"]) -> Float[Tensor, "batch dim"]:
        """Return what is there at the end of each text."""
        x = self.tokens(ids) + self.positions[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x, causal=True)
        ends = (ids == self.config.end_id).int().argmax(dim=1)  # the first of each row
        return self.norm_after(x)[torch.arange(len(ids)), ends]


class Clip(nn.Module):
    """Both encoders, a map from each into the space where they meet, and a temperature.

    ``forward(pictures, ids)`` returns logits (B, M): the cosine of each picture with each text,
    divided by the temperature, which is learned; it starts at 0.07. ``contrastive_loss`` of them is
    what is trained. Weights start normal with standard deviation 0.02, biases at 0; they come from
    ``generator`` if there is one. Source: Radford et al. (2021), figure 3.

    Raises ``ValueError`` as the encoders do.

    >>> model = Clip(ClipConfig(size=16, vocab_size=9, dim=8, heads=2))
    >>> model(torch.zeros(2, 3, 16, 16), torch.tensor([[4, 2, 0], [7, 0, 0], [1, 1, 0]])).shape
    torch.Size([2, 3])
    >>> round(1 / model.log_scale.exp().item(), 2)
    0.07
    """

    @typed
    def __init__(self, config: ClipConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        self.picture_encoder, self.text_encoder = PictureEncoder(config), TextEncoder(config)
        self.from_picture = nn.Linear(config.dim, config.shared_dim, bias=False)
        self.from_text = nn.Linear(config.dim, config.shared_dim, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self._start(generator)

    @torch.no_grad()
    def _start(self, generator: torch.Generator | None) -> None:
        for name, parameter in self.named_parameters():
            if parameter.ndim > 1 or name.endswith("whole"):
                parameter.normal_(std=INIT_STD, generator=generator)
            elif name.endswith("bias"):
                parameter.zero_()

    @typed
    def picture_vectors(
        self, pictures: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch dim"]:
        """Return the vectors of pictures in the common space; their length means nothing."""
        return self.from_picture(self.picture_encoder(pictures)[:, 0])

    @typed
    def text_vectors(self, ids: Int[Tensor, "batch time"]) -> Float[Tensor, "batch dim"]:
        """Return the vectors of texts in the common space; their length means nothing."""
        return self.from_text(self.text_encoder(ids))

    def forward(
        self,
        pictures: Float[Tensor, "batch channels height width"],
        ids: Int[Tensor, "targets time"],
    ) -> Float[Tensor, "batch targets"]:
        """Return the logits of each picture with each text."""
        alike = similarities(self.picture_vectors(pictures), self.text_vectors(ids))
        return alike * self.log_scale.exp()
