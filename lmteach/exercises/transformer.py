"""The checks of notebook 11: a decoder layer step by step, both sides, BLEU's heart, a floor."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from lmteach.exercises.attempt import undisturbed
from lmteach.exercises.feedback import exercise, expect
from lmteach.models.transformer.attention import causal_mask
from lmteach.models.transformer.layers import DecoderLayer, TransformerConfig
from lmteach.models.transformer.norms import LayerNorm
from lmteach.text.tokenizers.vocabulary import END, START
from lmteach.typed import typed

EXERCISES = (
    "add_and_norm",
    "own_mask",
    "across",
    "decoder_layer",
    "sides",
    "lowest_loss",
)

Look = Callable[[Tensor, Tensor, Tensor | None], Tensor]
Attend = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]


@dataclass(frozen=True)
class DecoderParts:
    """What a decoder layer is put together from.

    ``look(x, source, mask)`` and ``look_across(x, source, mask)`` are its two attentions: what the
    places of ``x`` fetch from ``source`` where ``mask`` lets them look. ``think(x)`` is the
    feed-forward part, and ``norms`` are three pairs of a gain and a bias.
    """

    look: Look
    look_across: Look
    think: Callable[[Tensor], Tensor]
    norms: tuple[tuple[Tensor, Tensor], ...]


@typed
def parts_of(layer: DecoderLayer) -> DecoderParts:
    """Take a decoder layer apart.

    Raises ``ValueError`` for a layer whose norms have no bias.

    >>> layer = DecoderLayer(TransformerConfig(dim=8, heads=2, feed_forward_dim=16))
    >>> parts = parts_of(layer)
    >>> parts.think(torch.zeros(1, 3, 8)).shape, len(parts.norms)
    (torch.Size([1, 3, 8]), 3)
    """

    def look(x: Tensor, source: Tensor, mask: Tensor | None = None) -> Tensor:
        return layer.self_attn(x, source, source, mask)[0]

    def look_across(x: Tensor, source: Tensor, mask: Tensor | None = None) -> Tensor:
        return layer.multihead_attn(x, source, source, mask)[0]

    pairs = []
    for norm in (layer.norm1, layer.norm2, layer.norm3):
        if not isinstance(norm, LayerNorm):
            raise ValueError(
                f"layer has a norm of the kind {type(norm).__name__}, which has no bias, expected "
                "layer norms: TransformerConfig(norm='layer')."
            )
        pairs.append((norm.weight, norm.bias))
    return DecoderParts(look, look_across, layer.feed_forward, tuple(pairs))


def _numbers(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def _normed(x: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
    return layer_norm(x, (x.shape[-1],), gain, bias)


@exercise
def add_and_norm(answer: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> None:
    """Check ``add_and_norm(x, change, gain, bias)``: the residual path, and the norm of the sum.

    >>> add_and_norm(lambda x, change, gain, bias: x + change)  # doctest: +ELLIPSIS
    add_and_norm: for ... That is the sum; its norm is missing.
    """

    def right(x: Tensor, change: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
        return _normed(x + change, gain, bias)

    def scaled(variance: Callable[[Tensor], Tensor], eps: float = 1e-5) -> Callable[..., Tensor]:
        def by_hand(x: Tensor, change: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
            both = x + change
            centred = both - both.mean(-1, keepdim=True)
            return centred / torch.sqrt(variance(both) + eps) * gain + bias

        return by_hand

    def by_variance(x: Tensor, change: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
        both = x + change
        centred = both - both.mean(-1, keepdim=True)
        return centred / (both.var(-1, keepdim=True, correction=0) + 1e-5) * gain + bias

    def uncentred(x: Tensor, change: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
        both = x + change
        return both / torch.sqrt(both.var(-1, keepdim=True, correction=0) + 1e-5) * gain + bias

    def over_places(x: Tensor, change: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
        both = x + change
        spread = torch.sqrt(both.var(1, keepdim=True, correction=0) + 1e-5)
        return (both - both.mean(1, keepdim=True)) / spread * gain + bias

    def outside(x: Tensor, change: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
        both = x + change
        spread = both.std(-1, keepdim=True, correction=0) + 1e-5
        return (both - both.mean(-1, keepdim=True)) / spread * gain + bias

    def by_std(x: Tensor, change: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
        both = x + change
        spread = both.std(-1, keepdim=True) + 1e-5
        return (both - both.mean(-1, keepdim=True)) / spread * gain + bias

    expect(
        answer,
        [
            (
                _numbers(1, 2, 4),
                _numbers(1, 2, 4, seed=1),
                _numbers(4, seed=2),
                _numbers(4, seed=3),
            ),
            (
                _numbers(2, 3, 6),
                _numbers(2, 3, 6, seed=4),
                _numbers(6, seed=5),
                _numbers(6, seed=6),
            ),
        ],
        right,
        slips=[
            (lambda x, change, gain, bias: x + change, "That is the sum; its norm is missing."),
            (
                lambda x, change, gain, bias: _normed(change, gain, bias),
                "The way around is missing: x is added to what the part made of it.",
            ),
            (
                lambda x, change, gain, bias: x + _normed(change, gain, bias),
                "The norm is that of the *sum*: add first.",
            ),
            (
                lambda x, change, gain, bias: _normed(x, gain, bias) + change,
                "The norm is that of the *sum*: add first.",
            ),
            (
                lambda x, change, gain, bias: layer_norm(x + change, (x.shape[-1],)),
                "The gain and the bias are missing.",
            ),
            (
                scaled(lambda both: both.var(-1, keepdim=True)),
                "The variance is divided by D, not by D - 1: `var` wants correction=0.",
            ),
            (
                scaled(lambda both: both.var(-1, keepdim=True, correction=0), eps=0.0),
                "The ε of 1e-5 under the root is missing.",
            ),
            (outside, "The ε belongs under the root, to the variance."),
            (
                by_std,
                "Two small things: the variance is divided by D, not by D - 1, and the ε belongs "
                "under its root.",
            ),
            (by_variance, "Divide by the root of the variance."),
            (uncentred, "Take the mean away first."),
            (over_places, "Each vector by itself: along the last axis."),
        ],
    )


def _real(*lengths: int, time: int) -> Tensor:
    return torch.arange(time) < torch.tensor(lengths)[:, None]


def _both(real: Tensor) -> Tensor:
    return causal_mask(real.shape[1]) & real[:, None]


@exercise
def own_mask(answer: Callable[[Tensor], Tensor]) -> None:
    """Check ``own_mask(real)``: where the decoder may look in what it has written.

    >>> own_mask(lambda real: causal_mask(real.shape[1]).expand(len(real), -1, -1))
    ... # doctest: +ELLIPSIS
    own_mask: for ... Padding can be seen: ...
    """

    def causal(real: Tensor) -> Tensor:
        return causal_mask(real.shape[1]).expand(len(real), -1, -1)

    def padding(real: Tensor) -> Tensor:
        return real[:, None].expand(-1, real.shape[1], -1)

    expect(
        answer,
        [(_real(2, 3, time=3),), (_real(1, 4, 2, time=4),)],
        _both,
        slips=[
            (causal, "Padding can be seen: a place may be looked at only if it is real, too."),
            (padding, "It sees what comes after: place t may look at 0 to t."),
            (
                lambda real: causal_mask(real.shape[1]) | real[:, None],
                "Both must hold: *and*, not *or*.",
            ),
            (
                lambda real: causal_mask(real.shape[1]).T & real[:, None],
                "That triangle is the future: a row is who looks, a column what is looked at.",
            ),
            (
                lambda real: causal_mask(real.shape[1]) & real[:, :, None],
                "Padding in the rows may look, for nobody asks what it sees: it must not be "
                "*looked at*, so it goes along the columns alone.",
            ),
            (
                lambda real: (
                    torch.tril(torch.ones(len(real), *2 * real.shape[1:]), -1).bool()
                    & real[:, None]
                ),
                "A place may look at itself, too.",
            ),
            (lambda real: ~_both(real), "The other way round: True is where it *may* look."),
        ],
    )


def _attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None) -> Tensor:
    """One head without weights: enough to see who asks whom."""
    scores = queries @ keys.transpose(1, 2) / keys.shape[-1] ** 0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    return scores.softmax(-1) @ values


@exercise
def across(answer: Callable[[Tensor, Tensor, Tensor, Attend], Tensor]) -> None:
    """Check ``across(x, memory, real, attend)``: what the decoder fetches from the source.

    >>> across(lambda x, memory, real, attend: attend(x, x, x, None))  # doctest: +ELLIPSIS
    across: for ... That is self-attention...
    """
    expect(
        answer,
        [
            (_numbers(2, 3, 4), _numbers(2, 3, 4, seed=1), _real(2, 3, time=3), _attend),
            (_numbers(2, 2, 4), _numbers(2, 5, 4, seed=2), _real(5, 3, time=5), _attend),
        ],
        lambda x, memory, real, attend: attend(x, memory, memory, real[:, None]),
        slips=[
            (
                lambda x, memory, real, attend: attend(x, x, x, None),
                "That is self-attention: keys and values come from the memory.",
            ),
            (
                lambda x, memory, real, attend: attend(x, x, x, real[:, None]),
                "That is self-attention: keys and values come from the memory.",
            ),
            (
                lambda x, memory, real, attend: attend(memory, x, x, real[:, None]),
                "The wrong way round: the decoder asks, so the queries are x.",
            ),
            (
                lambda x, memory, real, attend: attend(x, memory, memory, None),
                "It looks at padding: give `attend` the mask, too.",
            ),
            (
                lambda x, memory, real, attend: attend(x, memory, memory, real[:, :, None]),
                "The mask runs along the rows: what is *looked at* must be real, a column.",
            ),
            (
                lambda x, memory, real, attend: attend(x, memory, x, real[:, None]),
                "What is fetched comes from the memory: it is the values, too.",
            ),
            (
                lambda x, memory, real, attend: attend(
                    x, memory, memory, real[:, None] & causal_mask(x.shape[1])
                ),
                "The source may be seen whole: it was all there before the first word was written.",
            ),
        ],
    )


@cache
def _by_torch() -> tuple[nn.TransformerDecoderLayer, DecoderParts]:
    """A layer of PyTorch's, and ours with the same weights, taken apart."""
    with undisturbed():
        torch.manual_seed(0)
        theirs = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        for norm in (theirs.norm1, theirs.norm2, theirs.norm3):
            nn.init.normal_(norm.weight, 1.0, 0.3)
            nn.init.normal_(norm.bias, 0.0, 0.3)
        ours = DecoderLayer(TransformerConfig(8, 2, 16, 1, dropout=0.0))
    ours.load_state_dict(theirs.state_dict())
    plain = (theirs.double().eval(), ours.double().eval())
    for layer in plain:
        layer.requires_grad_(False)
    return theirs, parts_of(ours)


@exercise
def decoder_layer(
    answer: Callable[[Tensor, Tensor, Tensor, Tensor, DecoderParts], Tensor],
) -> None:
    """Check ``decoder_layer(x, memory, target_real, source_real, parts)`` against PyTorch's.

    >>> decoder_layer(lambda x, memory, target_real, source_real, parts: x)  # doctest: +ELLIPSIS
    decoder_layer: for ... you gave ..., expected ...
    """
    theirs, parts = _by_torch()

    def right(
        x: Tensor, memory: Tensor, target_real: Tensor, source_real: Tensor, parts: DecoderParts
    ) -> Tensor:
        return theirs(
            x,
            memory,
            tgt_mask=~causal_mask(x.shape[1]),
            tgt_key_padding_mask=~target_real,
            memory_key_padding_mask=~source_real,
        )

    def layer(
        own: Callable[[Tensor], Tensor | None] = _both,
        masked: bool = True,
        order: str = "look across think",
        around: bool = True,
        norms: Sequence[int] = (0, 1, 2),
        before: bool = False,
    ) -> Callable[..., Tensor]:
        def answered(
            x: Tensor, memory: Tensor, target_real: Tensor, source_real: Tensor, p: DecoderParts
        ) -> Tensor:
            for name, number in zip(order.split(), norms, strict=False):
                entering = _normed(x, *p.norms[number]) if before else x
                if name == "look":
                    change = p.look(entering, entering, own(target_real))
                elif name == "across":
                    seen = source_real[:, None] if masked else None
                    change = p.look_across(entering, memory, seen)
                else:
                    change = p.think(entering)
                both = x + change if around or name == "look" else change
                x = both if before else _normed(both, *p.norms[number])
            return x

        return answered

    def from_the_start(
        x: Tensor, memory: Tensor, target_real: Tensor, source_real: Tensor, p: DecoderParts
    ) -> Tensor:
        own = _normed(x + p.look(x, x, _both(target_real)), *p.norms[0])
        fetched = _normed(x + p.look_across(own, memory, source_real[:, None]), *p.norms[1])
        return _normed(fetched + p.think(fetched), *p.norms[2])

    expect(
        answer,
        [
            (
                *(_numbers(2, 4, 8), _numbers(2, 5, 8, seed=1)),
                *(_real(4, 2, time=4), _real(5, 3, time=5), parts),
            ),
            (
                *(_numbers(1, 3, 8, seed=2), _numbers(1, 3, 8, seed=3)),
                *(_real(3, time=3), _real(2, time=3), parts),
            ),
        ],
        right,
        slips=[
            (
                layer(own=lambda real: None),
                "The first attention has no mask: it sees what comes after.",
            ),
            (
                layer(own=lambda real: real[:, None]),
                "The first attention sees what comes after: it needs the causal mask, too.",
            ),
            (layer(own=lambda real: causal_mask(real.shape[1])), "It looks at padding."),
            (layer(masked=False), "The second attention looks at the padding of the source."),
            (
                layer(order="across look think"),
                "First it looks at what is written, then across, then it thinks.",
            ),
            (
                layer(order="across look think", norms=(1, 0, 2)),
                "First it looks at what is written, then across, then it thinks.",
            ),
            (layer(order="look across"), "The feed-forward part is missing."),
            (layer(order="look think", norms=(0, 2)), "The look across is missing."),
            (layer(around=False), "The way around is missing: each part only adds."),
            (
                from_the_start,
                "The way around the second part starts at what the first made, not at x.",
            ),
            (layer(norms=(0, 0, 0)), "Each of the three sums has a norm of its own."),
            (
                layer(before=True),
                "That is pre-norm (eq. 11.3); the layer of 2017 has its norms after the sums.",
            ),
        ],
    )


@exercise
def sides(answer: Callable[[list[int]], tuple[Sequence[int], Sequence[int]]]) -> None:
    """Check ``sides(tokens)``: what goes into the decoder, and what must come out of it.

    >>> sides(lambda tokens: (tokens, tokens))  # doctest: +ELLIPSIS
    sides: for ([8, 5, 9]) you gave ([8, 5, 9], [8, 5, 9]), expected ... see what it has to say.
    """

    def right(tokens: list[int]) -> tuple[list[int], list[int]]:
        return [START, *tokens], [*tokens, END]

    same = "Both sides are the same: the decoder can see what it has to say."
    expect(
        answer,
        [([8, 5, 9],), ([7],), ([4, 4, 4, 6],)],
        right,
        slips=[
            (lambda tokens: (tokens, tokens), same),
            (lambda tokens: 2 * ([START, *tokens, END],), same),
            (lambda tokens: 2 * ([START, *tokens],), same),
            (lambda tokens: 2 * ([*tokens, END],), same),
            (
                lambda tokens: right(tokens)[::-1],
                "The sides are swapped: it would have to say the token *before*.",
            ),
            (
                lambda tokens: (tokens[:-1], tokens[1:]),
                "Nobody asks for the first token, nor for the end: it would never stop.",
            ),
            (
                lambda tokens: (tokens, [*tokens[1:], END]),
                "Nobody asks for the first token: START goes in, and the first comes out.",
            ),
            (
                lambda tokens: ([START, *tokens[:-1]], tokens),
                "The end mark never comes out: the decoder would never stop.",
            ),
        ],
    )


@exercise
def lowest_loss(answer: Callable[[int, float], float]) -> None:
    """Check ``lowest_loss(vocab, smoothing)``: the entropy of smoothed targets, in nats."""

    def lowest(vocab: int, smoothing: float, among: int = 0) -> float:
        other = smoothing / (among or vocab)
        right = 1 - (vocab - 1) * other
        return -right * math.log(right) - (vocab - 1) * other * math.log(other)

    def of_the_right_one(vocab: int, smoothing: float) -> float:
        return -math.log(1 - smoothing + smoothing / vocab)

    def of_one_term(vocab: int, smoothing: float) -> float:
        right = 1 - smoothing + smoothing / vocab
        return -right * math.log(right)

    def of_one_other(vocab: int, smoothing: float) -> float:
        other = smoothing / vocab
        return of_one_term(vocab, smoothing) - other * math.log(other)

    forgotten = "The other tokens have terms, too, and there are V - 1 of them."
    expect(
        answer,
        [(29, 0.1), (2, 0.5), (100, 0.01)],
        lowest,
        slips=[
            (lambda vocab, smoothing: 0.0, "Only if all it is asked for were the right token."),
            (of_the_right_one, forgotten),
            (of_one_term, forgotten),
            (of_one_other, forgotten),
            (
                lambda vocab, smoothing: lowest(vocab, smoothing, among=vocab - 1),
                "The smoothing is shared by all V tokens here, the right one included.",
            ),
            (lambda vocab, smoothing: math.log(vocab), "That is a model that knows nothing."),
            (
                lambda vocab, smoothing: lowest(vocab, smoothing) / math.log(2),
                "Bits? Take the natural logarithm.",
            ),
            (
                lambda vocab, smoothing: -lowest(vocab, smoothing),
                "Logarithms of probabilities are negative: a minus sign is missing.",
            ),
        ],
    )
