"""Words about a picture: a decoder that looks at the patches while it writes. Notebook 23."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmteach.checks import check_whole, checked_by
from lmteach.models.checks import check_context, check_ids
from lmteach.models.evaluating import in_evaluation
from lmteach.models.pictures.clip import INIT_STD, ClipConfig, PictureEncoder, check_pictures
from lmteach.models.transformer.attention import causal_mask
from lmteach.models.transformer.model import Decoder
from lmteach.typed import typed


def _check_texts(self: "Captioner", pictures: Tensor, ids: Tensor) -> None:
    check_pictures(pictures, self.config)
    check_ids("ids", ids, self.config.vocab_size)
    check_context(ids.shape[1], self.config.context)
    if len(ids) != len(pictures):
        raise ValueError(
            f"there are {len(ids)} texts for {len(pictures)} pictures, expected one for each."
        )


def _check_longest(self: "Captioner", longest: int | None) -> None:
    if longest is not None:
        check_whole("longest", longest)
        check_context(longest, self.config.context)


class Captioner(nn.Module):
    """The encoder of pictures, and a decoder whose cross-attention looks at its patches.

    ``forward(pictures (B, 3, size, size), ids (B, T))`` returns logits (B, T, V) of what follows
    each token. A text begins after ``end_id`` and ends with it. The output layer is the embedding
    once more. ``watch_attention`` shows where each word looks, under ``multihead_attn``: the first
    column is the place for the whole, the others are the patches. Source: O. Vinyals et al., "Show
    and Tell" (2015), with K. Xu et al., "Show, Attend and Tell" (2015), §3.1, by the attention of
    2017.

    Raises ``ValueError`` as the encoder does, for ids out of range, and for more tokens than
    ``context``.

    >>> model = Captioner(ClipConfig(size=16, vocab_size=9, dim=8, heads=2))
    >>> model(torch.zeros(2, 3, 16, 16), torch.tensor([[0, 4], [0, 7]])).shape
    torch.Size([2, 2, 9])
    """

    @typed
    def __init__(self, config: ClipConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        self.picture_encoder = PictureEncoder(config)
        self.tokens = nn.Embedding(config.vocab_size, config.dim)
        self.positions = nn.Parameter(torch.empty(config.context, config.dim))
        self.decoder = Decoder(config.layer)
        self._start(generator)

    @torch.no_grad()
    def _start(self, generator: torch.Generator | None) -> None:
        for name, parameter in self.named_parameters():
            if parameter.ndim > 1 or name.endswith("whole"):
                parameter.normal_(std=INIT_STD, generator=generator)
            elif name.endswith("bias"):
                parameter.zero_()

    @checked_by(_check_texts)
    @typed
    def forward(
        self,
        pictures: Float[Tensor, "batch channels height width"],
        ids: Int[Tensor, "batch time"],
    ) -> Float[Tensor, "batch time vocab"]:
        """Return the scores of every token as the next one, after each of the texts so far."""
        return self._write(self.picture_encoder(pictures), ids)

    def _write(self, places: Tensor, ids: Tensor) -> Tensor:
        time = ids.shape[1]
        x = self.tokens(ids) + self.positions[:time]
        x = self.decoder(x, places, causal_mask(time).to(ids.device))
        return x @ self.tokens.weight.T

    @checked_by(_check_longest)
    @typed
    @torch.no_grad()
    def caption(
        self,
        pictures: Float[Tensor, "batch channels height width"],
        longest: int | None = None,
    ) -> list[list[int]]:
        """Return for each picture the ids of its likeliest words, one after the other, to the end.

        Raises ``ValueError`` for ``longest`` above the context, and as ``forward`` does.

        >>> model = Captioner(ClipConfig(size=16, vocab_size=9, dim=8, heads=2))
        >>> [len(ids) <= 5 for ids in model.caption(torch.zeros(2, 3, 16, 16), longest=5)]
        [True, True]
        """
        end = self.config.end_id
        with in_evaluation(self):
            places = self.picture_encoder(pictures)
            ids = torch.full((len(pictures), 1), end, device=pictures.device)
            for _ in range((longest or self.config.context) - 1):
                following = self._write(places, ids)[:, -1].argmax(dim=-1)
                ids = torch.cat([ids, following[:, None]], dim=1)
                if (ids[:, 1:] == end).any(dim=1).all():
                    break
        rows = ids[:, 1:].tolist()
        return [row[: row.index(end)] if end in row else row for row in rows]
