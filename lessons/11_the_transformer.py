# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 11 · The Transformer

{{badges}}

> Monday, November 23, 2026 → 2026年11月23日

The weekday is gone, the month has become a number, and the year, which came last, comes first. A date is a
small sentence in which we know which part says what. Can a network with nothing but attention find that out
from examples alone, and can we catch it looking at the right place?

**Aims.** Put the pieces of notebooks 09 and 10 together: residual paths, layer normalisation, encoder,
decoder, two masks. Train the whole model of 2017 on dates and on spelling → sound, watch where it looks, and
find out where the norm should stand.

**Time.** {{time}} The cells run in about three minutes on two CPU cores.

**Before.** [08 · Sequence to sequence](08_sequence_to_sequence.ipynb), [09 · Self-attention](09_self_attention.ipynb)
and [10 · Positional encoding](10_positional_encoding.ipynb).
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
With `USE_CUDA` ticked, the network for spelling is eight times as wide.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import math
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from lmteach.classroom import display_figure
from lmteach.exercises import transformer as check
from lmteach.plots.curves import curves
from lmteach.plots.diagrams.transformer import around_a_part, encoder_decoder
from lmteach.plots.heatmap import heatmap
from lmteach.text.corpora.dates import ENGLISH_FORMATS, dates
from lmteach.widgets.question.widget import Question

# %% [markdown]
"""
Days from 1900 to 2099, in ten English formats and in one Chinese one:
"""

# %%
for some in dates(6, np.random.default_rng(3)):
    print(f"{some.english:32}{some.chinese}")

# %% [markdown]
"""
Year, month, day is the order in Chinese: 年, 月 and 日. And since we made the pairs, we know which letters on the
left say what stands on the right:
"""

# %%
print(some.english_spans)
print(some.chinese_spans)

# %% [markdown]
"""
A thousand pairs are kept for testing, a hundred in each format. No *day* among them is in the training set, in
whatever format. Letters and characters become numbers, as in notebook 08.
"""

# %%
from lmteach.text.batches import pad
from lmteach.text.tokenizers.vocabulary import END, PAD, START, Vocabulary

rng = np.random.default_rng(0)
unseen = [pair for pattern in ENGLISH_FORMATS for pair in dates(100, rng, [pattern])]
kept = {pair.date for pair in unseen}
known = [pair for pair in dates(50_000, rng) if pair.date not in kept]
letters = Vocabulary("".join(pair.english for pair in known))
characters = Vocabulary("".join(pair.chinese for pair in known))
len(known), len(letters), len(characters)


# %%
def padded(sources, targets):
    return *pad(sources), *pad([[START, *ids, END] for ids in targets])


def rows(data, places):
    source, lengths, target, ends = (part[places] for part in data)
    batch = source[:, : lengths.max()], lengths, target[:, : ends.max()]
    return [part.to(session.device) for part in batch]


# %%
data = padded(
    [letters.encode(pair.english) for pair in known],
    [characters.encode(pair.chinese) for pair in known],
)
batch = rows(data, torch.arange(64))
for name, part in zip(("source", "lengths", "target"), batch, strict=True):
    print(f"{name:8}{tuple(part.shape)}")

# %% [markdown]
"""
64 dates of at most 26 letters, and their answers, start and end marks among them. This is what will read the first
and write the second; we build it from the inside out.
"""

# %% tags=["folded"]
# @title The whole model, drawn
display_figure(
    encoder_decoder(),
    alt="The whole model. On the left the ids of the source become embeddings, positions are "
    "added, and they go up through the encoder's layers: self-attention, add and norm, "
    "feed-forward, add and norm. What comes out is the memory. On the right the ids written so far "
    "go up through the decoder's layers, which have a cross-attention to the memory between the "
    "two; then a linear map and a softmax. Around each part leads a path to its add and norm.",
)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Keep the numbers in hand: layer normalisation

We are about to stack many layers. If each makes its numbers a little larger, the last gets enormous ones. So
every vector is brought back to mean 0 and variance 1 (Ba, Kiros and Hinton 2016), on its own, whatever
stands beside it. With $\mu$ and $\sigma^2$ the mean and the variance of the $D$ entries of $x$,

$$ \mathrm{LN}(x) = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} \odot g + b \tag{11.1} $$

where $g$ and $b$ are learned, and $\epsilon$ is tiny, so that nobody divides by 0. For $(1, 2, 6)$ the mean is 3 and the
variance 14/3, so that it becomes about $(-0.93, -0.46, 1.39)$.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Layer normalisation makes (−0.93, −0.46, 1.39) of (1, 2, 6). What does it make of "
    "(10, 20, 60)?",
    {
        "(−9.3, −4.6, 13.9)": "Ten times as much? The root of the variance is ten times as large, "
        "too, and divides.",
        "(−0.93, −0.46, 1.39)": "Mean and spread are both ten times as large, and ten cancels.",
        "(−0.09, −0.05, 0.14)": "Dividing by the variance would do so, which grows a hundredfold; "
        "it is by its root.",
        "(7, 17, 57)": "The mean is that of this vector, 30, and the spread is divided out as "
        "well.",
    },
    right="(−0.93, −0.46, 1.39)",
)


# %% tags=["answer"]
def norm_by_loops(x):
    mean = sum(x) / len(x)
    variance = sum((entry - mean) ** 2 for entry in x) / len(x)
    return [(entry - mean) / math.sqrt(variance) for entry in x]  # eq. 11.1


print(np.round(norm_by_loops([1, 2, 6]), 3))
print(np.round(norm_by_loops([10, 20, 60]), 3))

# %% [markdown]
r"""
The same: that one is ten times as long is forgotten. (That was without $g$, $b$ and $\epsilon$.) For many vectors at
once:
"""


# %% lmteach={"defines": "models.transformer.norms.layer_norm"}
def layer_norm(x, weight, bias, eps=1e-5):
    centred = x - x.mean(dim=-1, keepdim=True)
    variance = centred.square().mean(dim=-1, keepdim=True)
    return centred / torch.sqrt(variance + eps) * weight + bias  # eq. 11.1


# %%
two = torch.tensor([[1.0, 2.0, 6.0], [10.0, 20.0, 60.0]])
normed = layer_norm(two, torch.ones(3), torch.zeros(3))
print(normed)
assert torch.allclose(normed[0], torch.tensor(norm_by_loops([1, 2, 6])), atol=1e-5)
assert torch.allclose(normed, nn.LayerNorm(3)(two), atol=1e-6)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Go around: the residual path

In a deep stack, a layer should be able to do *nothing*. So what it makes is not put in the place of its
input but **added** to it (He et al. 2016). There are two places for the norm: after the sum, as in 2017,
or before the part, with the path around it left alone (Xiong et al. 2020):

$$ y = \mathrm{LN}(x + f(x)) \tag{11.2} $$

$$ y = x + f(\mathrm{LN}(x)) \tag{11.3} $$
"""

# %% tags=["folded"]
# @title Both, drawn
display_figure(
    around_a_part(["paths"]),
    alt="Two columns from x below to y above. Left, post-norm: f, plus, norm. Right, pre-norm: "
    "norm, f, plus. In both a path, which is lit, leads from x around to the plus: on the left the "
    "norm stands between its end and y, on the right nothing does.",
)

# %% [markdown]
r"""
What is $f$? One is attention. The other is a small network which each place goes through by itself, with the
same weights everywhere:

$$ \mathrm{FF}(x) = W_2 \max(0,\, W_1 x + b_1) + b_2 \tag{11.4} $$

Attention fetches; the feed-forward part thinks about what was fetched. Both ways to go around it are in one class, from
which the layers below are made; `config`, a `TransformerConfig`, holds the sizes and says which way.
"""

# %%
from lmteach.models.transformer.attention import MultiHeadAttention, causal_mask, padding_mask
from lmteach.models.transformer.layers import ACTIVATIONS, TransformerConfig
from lmteach.models.transformer.norms import LayerNorm


# %% lmteach={"plain": "models.transformer.layers.Sublayers"}
class Sublayers(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.pre_norm, self.activation = config.pre_norm, ACTIVATIONS[config.activation]
        self.linear1 = nn.Linear(config.dim, config.feed_forward_dim)
        self.linear2 = nn.Linear(config.feed_forward_dim, config.dim)
        self.dropout = nn.Dropout(config.dropout)

    def feed_forward(self, x):
        return self.linear2(self.activation(self.linear1(x)))  # eq. 11.4

    def around(self, x, norm, part):
        if self.pre_norm:
            return x + self.dropout(part(norm(x)))  # eq. 11.3
        return norm(x + self.dropout(part(x)))  # eq. 11.2


# %% [markdown]
"""
**Guess first.** Let the part return nothing but zeros. What comes out of a pre-norm layer, and what out of a
post-norm layer?
"""

# %% tags=["answer"]
config = TransformerConfig(dim=64, heads=4, feed_forward_dim=256, layers=2, dropout=0.0)
ramp = torch.arange(64.0).expand(1, 5, 64)
for pre_norm in (True, False):
    layer = Sublayers(TransformerConfig(dim=64, heads=4, pre_norm=pre_norm))
    out = layer.around(ramp, LayerNorm(64), torch.zeros_like)
    print(
        "pre-norm: " if pre_norm else "post-norm:", torch.equal(out, ramp), out[0, 0, :3].tolist())

# %% [markdown]
"""
Out of the first comes its input, untouched; out of the second, the norm of its input. Through pre-norm layers there is a
straight way from the first to the last; after a post-norm layer, everything has gone through a norm. Remember this for
later.

## The encoder reads

A layer of the encoder: look at all the others, then think. `MultiHeadAttention` is the one you built in
notebook 09.
"""


# %% lmteach={"plain": "models.transformer.layers.EncoderLayer"}
class EncoderLayer(Sublayers):
    def __init__(self, config):
        super().__init__(config)
        self.self_attn = MultiHeadAttention(config.dim, config.heads)
        self.norm1 = LayerNorm(config.dim, config.norm_eps)
        self.norm2 = LayerNorm(config.dim, config.norm_eps)

    def forward(self, x, mask=None, bias=None):
        def look(x):
            return self.self_attn(x, x, x, mask, bias, need_weights=False)[0]

        x = self.around(x, self.norm1, look)
        return self.around(x, self.norm2, self.feed_forward)


# %% [markdown]
"""
What comes out has the shape of what went in, so layers can be stacked. The norm at the end is *not* in the paper of
2017, whose layers end with a norm anyway. After pre-norm layers nothing else would keep the sum in hand, and
`nn.Transformer` has it in both cases; so do we, to be equal.
"""


# %% lmteach={"plain": "models.transformer.model.Encoder"}
class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.norm = LayerNorm(config.dim, config.norm_eps)

    def forward(self, x, mask=None, bias=None):
        for layer in self.layers:
            x = layer(x, mask, bias)
        return self.norm(x)  # not in Vaswani et al. (2017)


# %%
read = torch.randn(2, 12, 64)
memory = Encoder(config)(read)
print("in (B, S, D):", tuple(read.shape), " memory:", tuple(memory.shape))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The decoder writes

It has one attention more. The first looks at what has been written so far, and must not see what comes after:
the causal mask of notebook 09. In the second, the *queries* are the decoder's; *keys and values* are what the
encoder made: **cross-attention**. It does what Bahdanau's did in notebook 08, with a dot product in the place
of a small network. (Its name in the code, `multihead_attn`, is PyTorch's, so that weights can be exchanged.)
"""

# %% tags=["folded"]
# @title Where it stands in the model
display_figure(
    encoder_decoder(["decoder", "cross-attention"]),
    alt="The whole model again, with the decoder's layer and the memory lit: masked "
    "self-attention, cross-attention with keys and values from the memory, feed-forward, each with "
    "its path around and its add and norm.",
)


# %% lmteach={"plain": "models.transformer.layers.DecoderLayer"}
class DecoderLayer(Sublayers):
    def __init__(self, config):
        super().__init__(config)
        self.self_attn = MultiHeadAttention(config.dim, config.heads)
        self.multihead_attn = MultiHeadAttention(config.dim, config.heads)
        self.norm1 = LayerNorm(config.dim, config.norm_eps)
        self.norm2 = LayerNorm(config.dim, config.norm_eps)
        self.norm3 = LayerNorm(config.dim, config.norm_eps)

    def forward(self, x, memory, mask=None, memory_mask=None):
        def look(x):
            return self.self_attn(x, x, x, mask, need_weights=False)[0]

        def look_across(x):
            return self.multihead_attn(x, memory, memory, memory_mask, need_weights=False)[0]

        x = self.around(x, self.norm1, look)
        x = self.around(x, self.norm2, look_across)
        return self.around(x, self.norm3, self.feed_forward)


# %% lmteach={"plain": "models.transformer.model.Decoder"}
class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.layers))
        self.norm = LayerNorm(config.dim, config.norm_eps)

    def forward(self, x, memory, mask=None, memory_mask=None):
        for layer in self.layers:
            x = layer(x, memory, mask, memory_mask)
        return self.norm(x)  # not in Vaswani et al. (2017)


# %% [markdown]
"""
Four places are written, twelve were read; what comes out is as long as what was written:
"""

# %%
written_so_far = torch.randn(2, 4, 64)
decoded = Decoder(config)(written_so_far, memory, causal_mask(4))
print("in (B, T, D):", tuple(written_so_far.shape), " out:", tuple(decoded.shape))

# %% [markdown]
"""
Both together. A place of the target may be looked at if it is no padding *and* not ahead; a place of the source,
if it is no padding.
"""


# %% lmteach={"defines": "models.transformer.model.Transformer"}
class Transformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        for parameter in self.parameters():
            if parameter.ndim > 1:
                nn.init.xavier_uniform_(parameter)

    def encode(self, source, source_mask=None):
        mask = None if source_mask is None else source_mask[:, None]  # (B, 1, S)
        return self.encoder(source, mask)

    def decode(self, target, memory, target_mask=None, source_mask=None, causal=True):
        mask = causal_mask(target.shape[1]).to(target.device) if causal else None
        if target_mask is not None:
            padding = target_mask[:, None]  # (B, 1, T)
            mask = padding if mask is None else mask & padding  # (B, T, T)
        memory_mask = None if source_mask is None else source_mask[:, None]  # (B, 1, S)
        return self.decoder(target, memory, mask, memory_mask)

    def forward(self, source, target, source_mask=None, target_mask=None, causal=True):
        memory = self.encode(source, source_mask)
        return self.decode(target, memory, target_mask, source_mask, causal)


# %% [markdown]
"""
Here are the masks of a short answer (four tokens and two of padding) and of its source. Yellow may be seen.
"""

# %% tags=["folded"]
# @title Both masks, drawn
figure, panels = plt.subplots(1, 2, figsize=(9, 3.4))
may = causal_mask(6) & padding_mask(torch.tensor([4]), 6)[:, None]
heatmap(may[0].int(), list("▸2月日··"), list("▸2月日··"), panels[0], numbers="d")
across = padding_mask(torch.tensor([6]), 8)[:, None].expand(1, 6, 8)
heatmap(across[0].int(), list("▸2月日··"), list("Feb 26··"), panels[1], numbers="d")
display_figure(
    figure,
    alt="Two tables of ones and zeros. Left, the decoder's own: ones in the lower left triangle, "
    "but none in the last two columns, which are padding. Right, the cross-attention: six columns "
    "of ones for the letters Feb 26 and two columns of zeros for padding.",
)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Ids in, logits out

Three things are missing: embeddings, positions and an output layer. Ids become vectors; the paper multiplies these by
$\sqrt{D}$, so that they are not drowned by the positions that are added (the sinusoids of notebook 10). And in the end
each vector must become a logit for every entry of the vocabulary. `Translator` has all three.
"""

# %%
from lmteach.models.transformer.positions import sinusoidal
from lmteach.models.transformer.translator import Translator

torch.manual_seed(0)
model = Translator(len(letters), len(characters), config).to(session.device)
print(sum(weight.numel() for weight in model.parameters()), "weights")

# %% tags=["folded"]
# @title The parts that come before and after
display_figure(
    encoder_decoder(["ids", "embeddings", "output"]),
    alt="The whole model once more, with its ends lit: ids, embeddings times the root of D, and "
    "positions below; the linear map from D to V and the softmax above.",
)


# %%
def translate_by_hand(model, source, lengths, target):
    embedded = []
    for embedding, ids in ((model.source_embedding, source), (model.target_embedding, target)):
        places = sinusoidal(ids.shape[1], model.config.dim).to(session.device)
        embedded.append(embedding(ids) * math.sqrt(model.config.dim) + places)
    real = padding_mask(lengths, source.shape[1])
    return model.transformer(*embedded, source_mask=real) @ model.target_embedding.weight.T


# %% [markdown]
"""
The same by hand, and what goes in and out:
"""

# %%
source, lengths, target = batch
logits = model(source, lengths, target)
assert torch.allclose(logits, translate_by_hand(model, source, lengths, target), atol=1e-4)
print("ids (B, S) and (B, T):", tuple(source.shape), tuple(target.shape))
print("logits (B, T, V):     ", tuple(logits.shape))

# %% [markdown]
r"""
The last matrix is the embedding of the target, used a second time the other way round: the weights are *tied*. (In 2017 the source's embedding was the same, too, since both languages shared one vocabulary.)
Padding at the end of a target needs no mask, since nobody before it can see it, and its loss is left out.

## Don't be too sure: label smoothing

Cross-entropy is never content: a probability of 0.99 should be 0.999. So the paper asks for a little less. The
right token gets $1 - \varepsilon$, and $\varepsilon$ is spread over all $V$ alike (Szegedy et al. 2016):

$$ \mathcal{L} = -(1 - \varepsilon) \log p_y - \frac{\varepsilon}{V} \sum_{v=1}^{V} \log p_v \tag{11.5} $$
"""


# %% lmteach={"defines": "training.label_smoothing.smoothed_cross_entropy"}
def smoothed_cross_entropy(logits, targets, smoothing=0.1, ignore_index=PAD):
    log_probabilities = logits.log_softmax(dim=-1)
    real = targets != ignore_index
    right = log_probabilities.gather(-1, targets.where(real, 0)[..., None]).squeeze(-1)
    everywhere = log_probabilities.mean(dim=-1)
    losses = -(1 - smoothing) * right - smoothing * everywhere  # eq. 11.5
    return losses[real].mean()


# %%
def loss_of(model, batch, smoothing=0.1):
    source, lengths, target = batch
    logits = model(source, lengths, target[:, :-1])  # what is written so far
    return smoothed_cross_entropy(logits, target[:, 1:], smoothing)  # what comes next


# %%
flat = model(source, lengths, target[:, :-1]).flatten(0, 1)  # (B · T, V)
by_torch = F.cross_entropy(flat, target[:, 1:].flatten(), ignore_index=PAD, label_smoothing=0.1)
print(f"ours {loss_of(model, batch).item():.4f}, PyTorch's {by_torch.item():.4f}")
assert torch.allclose(loss_of(model, batch), by_torch, atol=1e-6)

# %% [markdown]
"""
So how sure should a model be?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "There are 16 symbols, and smoothing with ε = 0.1: the right one is asked for with 0.9 and its "
    "share of ε, each other one with its share. A model gives the right one a probability p and "
    "each other one an equal part of the rest. Which p has the lowest loss?",
    number=0.906,
    tolerance=0.003,
    reply="The loss is lowest where the model says what it is asked for: 0.9 + 0.1 / 16.",
    slips={
        1: "That is best without smoothing. Here the other symbols have terms, and log 0 is "
        "infinite.",
        0.9: "Nearly: ε is shared by all 16, the right one included.",
    },
)

# %% tags=["answer", "folded"]
# @title The loss against p
shares = np.linspace(0.5, 0.999, 200)
V = len(characters)
others = (1 - shares) / (V - 1)
lines = {
    f"ε = {e}": -(1 - e + e / V) * np.log(shares) - (V - 1) * e / V * np.log(others)
    for e in (0.0, 0.1)
}
display_figure(
    curves(lines, x=shares, xlabel="probability of the right token", ylabel="loss, nats"),
    alt="The loss against the probability of the right token, from one half to one. Without "
    "smoothing the curve falls to zero at one. With smoothing it is lowest at about nine tenths, "
    "and rises steeply after that.",
)
lowest = shares[lines["ε = 0.1"].argmin()]
assert abs(lowest - (0.9 + 0.1 / V)) < 0.01

# %% [markdown]
r"""
Not 1: with $\varepsilon = 0.1$, it is best to be a little more than 90 % sure. And the loss can't reach 0 any
more, so look at answers rather than at losses. (How low it can get is an exercise.)

## Warm up

At the start all is random, and so are the gradients; large steps may lead anywhere. So the learning rate begins
near 0, rises, and falls again. This is the one of 2017, with $w$ steps of warm-up:

$$ \eta(t) = D^{-1/2} \min(t^{-1/2},\; t \cdot w^{-3/2}) \tag{11.6} $$
"""

# %% tags=["folded"]
# @title Two schedules, drawn
from lmteach.training.schedules import noam, warmup_cosine

steps = np.arange(1, 701)
rate = 64**-0.5 * np.minimum(steps**-0.5, steps * 100**-1.5)  # eq. 11.6
assert np.allclose(rate, [noam(int(step), dim=64, warmup=100) for step in steps])
cosine = np.array([warmup_cosine(int(step), 100, 700, floor=0.0) for step in steps])
display_figure(
    curves({"2017": rate / rate.max(), "cosine": cosine}, x=steps, xlabel=
        "step", ylabel="share of the highest rate"),
    alt="Two learning rates over 700 steps. Both rise in a line to their peak at step 100. The "
    "one of 2017 falls quickly, then ever more slowly, and ends at more than a third of its "
    "peak. The cosine stays high for longer and falls to zero at the end.",
)

# %% [markdown]
"""
A short run should come to rest at its end, so we take the cosine of notebook 08, with the same warm-up.

## Train it on dates

Two layers on either side, 64 wide; 700 steps of 64 dates; the norm after the sum, as in 2017. The loop is `fit`.
"""

# %%
from lmteach.training.loop import fit


def train(model, draw, steps, rate, warmup, loss_of=loss_of):
    return fit(
        model,
        loss_of,
        draw,
        steps,
        optimizer=torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), fused=True),
        generator=torch.Generator().manual_seed(0),
        schedule=lambda step: warmup_cosine(step, warmup, steps, floor=0.0),
        validate_every=steps,
    )


# %% tags=["nbval-ignore-output"]
def some_dates(generator):
    return rows(data, torch.randint(len(known), (64,), generator=generator))


history = train(model, some_dates, steps=700, rate=2e-3, warmup=100)
print(f"loss {np.mean(history.losses[-50:]):.3f} after {history.seconds:.0f} s")

# %% [markdown]
"""
Ask it greedily, symbol by symbol, as in notebook 08: what it has written goes in, the likeliest next one
comes out.
"""


# %%
@torch.no_grad()
def greedy(model, text):
    source, lengths = (part.to(session.device) for part in pad([letters.encode(text)]))
    state, written = model.encode(source, lengths), [START]
    while written[-1] != END and len(written) < 40:
        target = torch.tensor([written], device=session.device)
        written.append(model.decode(target, state)[0, -1].argmax().item())
    return "".join(characters.decode(written))


# %% tags=["nbval-ignore-output"]
for text in ("Monday, November 23, 2026", "1/2/2003", "2 Jan 2003", "31 February 1999"):
    print(f"{text:32}{greedy(model, text)}")

# %% [markdown]
"""
The last is no date at all: it has learned how dates are written, and not how many days a month has.

`TextTranslator` asks for many at once, with the beam search of notebook 08.
"""

# %% tags=["nbval-ignore-output"]
from lmteach.decoding.translating import TextTranslator

translator = TextTranslator(model, letters, characters, longest=30)
right = [pair.chinese for pair in unseen]


def answers_of(model, pairs):
    asked = TextTranslator(model, letters, characters, longest=30)
    return ["".join(said) for said in asked.translate([pair.english for pair in pairs])]


# %% [markdown]
"""
**Guess first.** How many of the thousand unseen dates are right to the last character?
"""

# %% tags=["answer", "nbval-ignore-output"]
said = answers_of(model, unseen)
assert said[::50] == [greedy(model, pair.english) for pair in unseen[::50]]
exact = np.mean([a == b for a, b in zip(said, right, strict=True)])
assert exact >= 0.99
print(f"exact match {exact:.1%}")

# %% [markdown]
"""
One by one, the ten formats, each with an example. If any of them gave it trouble, it would show here:
"""

# %% tags=["nbval-ignore-output"]
for number, pattern in enumerate(ENGLISH_FORMATS):
    of_this = range(100 * number, 100 * number + 100)
    share = np.mean([said[place] == right[place] for place in of_this])
    print(f"{pattern:18}{share:5.0%}   {unseen[100 * number].english}")
    assert share >= 0.95

# %% [markdown]
r"""
*Exact match* knows no "nearly". **BLEU** does (Papineni et al. 2002). Take the runs of $n$ symbols that were said: which
share of them stands in the right answer, too, each counted at most as often as it stands there? That is the precision
$p_n$. BLEU is the geometric mean of $p_1$ to $p_4$, over all answers together, times a penalty for having said too little:

$$ \mathrm{BLEU} = \min(1,\, e^{1 - r / c}) \cdot \exp\Big(\frac{1}{4} \sum_{n=1}^{4} \log p_n\Big) \tag{11.7} $$

$c$ symbols were said, and $r$ are in the right answers. One digit too many:
"""

# %%
def runs(text, n):
    return Counter(text[place : place + n] for place in range(len(text) - n + 1))


wrong, wanted = "2026年11月23日", "2026年11月3日"
logs = 0.0
for n in (1, 2, 3, 4):
    ours, theirs = runs(wrong, n), runs(wanted, n)
    print(f"p_{n} = {(ours & theirs).total()} / {ours.total()}")
    logs += math.log((ours & theirs).total() / ours.total()) / 4
math.exp(logs)  # eq. 11.7; c is larger than r, so there is no penalty

# %%
from lmteach.evaluation.bleu import bleu

assert math.isclose(bleu([wrong], [(wanted,)]), math.exp(logs))
bleu(said, [(one,) for one in right])

# %% [markdown]
"""
One digit too many breaks one run of one symbol, and up to four runs of four; here, where it stands near the end, it is
three. Further down there will be models that are only half right.

## Where did it look?

Nobody told it which letters say what. `watch_translation` keeps all that it looked at. First the cross-attention
of the last layer, as a mean over its four heads: a row for each symbol that is written.
"""

# %% tags=["nbval-ignore-output"]
from lmteach.decoding.watched_translation import watch_translation

watched = watch_translation(translator, "Monday, November 23, 2026")
last = watched.cross[-1].mean(axis=0)
print("layers, heads, symbols, letters:", tuple(np.shape(watched.cross)))
display_figure(
    heatmap(last, watched.target, watched.source, colour_label="attention"),
    alt="A table with the letters of Monday, November 23, 2026 along the top and the symbols of "
    "the Chinese date down the side. The rows of the year are bright at the far right, where the "
    "year stands; those of the day at the 23; those of the month, paler, at the letters of "
    "November.",
)

# %% [markdown]
"""
And everything at a glance: what the letters looked at in the encoder, and what the symbols looked at among
those before them.
"""

# %% tags=["folded"]
# @title Every head of every layer
from lmteach.plots.head_grid import head_grid

figure, panels = plt.subplot_mosaic([["encoder", "decoder"], ["cross", "cross"]], figsize=(9, 6.5))
names = {"encoder": watched.encoder, "decoder": watched.decoder, "cross": watched.cross}
for name, weights in names.items():
    head_grid(weights, panels[name], title=name)
display_figure(
    figure,
    alt="Three grids of small maps, two layers by four heads each. In the encoder the weight "
    "is spread over many letters. In the decoder all is on or below the diagonal. In "
    "the second layer of the cross-attention there are blocks for the fields, bright for the year "
    "and the day, paler for the month.",
)

# %% [markdown]
"""
That was one date. We know the right alignment of every date, so let us take every fourth of the thousand
and count: how much of the last layer's attention lies on the right field, how often does the brightest letter lie
there, and how much would it be if the weight were spread evenly?
"""


# %%
def landed(pair, weights):
    for field, (first, last) in pair.chinese_spans.items():
        begin, end = pair.english_spans[field]
        for row in weights[first:last]:
            hit = begin <= row.argmax() < end
            yield field, row[begin:end].sum(), hit, (end - begin) / len(row)


# %% tags=["nbval-ignore-output"]
found = []
for pair in unseen[::4]:
    found += landed(pair, translator.align(pair.english, tuple(pair.chinese)))
for field in ("year", "month", "day"):
    weight, hit, even = np.mean([line[1:] for line in found if line[0] == field], axis=0)
    print(f"{field:7}weight {weight:.0%}, brightest {hit:.0%}, if spread evenly {even:.0%}")
assert np.mean([hit for _, _, hit, _ in found]) > 0.9

# %% [markdown]
"""
Its brightest letter is in the right field nearly always, over ten formats in which the field stands first, last or in
the middle.
Type a date of your own, and watch it being written:
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.translation_view.widget import TranslationView

TranslationView(
    lambda text: watch_translation(translator, text),
    "Monday, November 23, 2026",
    ["23 November 2026", "Wed, Sep 30, 1998", "1/2/2003", "2026-11-23"],
    prompt="Type a date",
)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Where should the norm stand?

Two layers are not deep. Take twelve on each side, untrained, and send the loss of one batch back.
"""


# %%
def deep(pre_norm, layers, dim=64, seed=0):
    torch.manual_seed(seed)
    config = TransformerConfig(dim, 4, 4 * dim, layers, dropout=0.0, pre_norm=pre_norm)
    return Translator(len(letters), len(characters), config).to(session.device)


# %%
def gradients(model):
    loss_of(model, batch).backward()
    layers = model.transformer.decoder.layers
    return [layer.linear1.weight.grad.norm().item() for layer in layers]


# %% [markdown]
"""
**Guess first.** How long is the gradient of the feed-forward weights in each layer of the decoder, with the norm after
the sum (eq. 11.2) and before the part (eq. 11.3)? Where is it longest?
"""

# %% tags=["answer", "folded"]
# @title The gradients, layer by layer, drawn
by_norm = {"post-norm": gradients(deep(False, 12)), "pre-norm": gradients(deep(True, 12))}
display_figure(
    curves(by_norm, x=range(1, 13), xlabel="layer of the decoder", ylabel="norm of the gradient"),
    alt="The norm of the gradient in each of twelve layers of the decoder. With post-norm it "
    "climbs towards the loss, to several times as much at the last as at the first. With "
    "pre-norm it is about the same everywhere.",
)
for seed in (0, 1, 2):
    post = gradients(deep(False, 12, seed=seed))
    pre = gradients(deep(True, 12, seed=seed))
    assert post[-1] > 4 * post[0]
    assert max(pre) < 2.5 * min(pre)

# %% [markdown]
"""
With post-norm, the layers next to the loss get by far the largest gradients, for on its way down a gradient
passes a norm in every layer; with two other seeds it is the same. Xiong et al. (2020) proved it for such untrained
models, and take it for the reason why the paper of 2017 needed a warm-up: a rate that suits the first layers is too much
for the last ones.

That is *one* explanation. With plain gradient descent it would be a good one. But the step of Adam, in its first round, is
the gradient divided by its own size. How far do the weights of each layer go?
"""

# %%
for pre_norm in (False, True):
    stepping = deep(pre_norm, 12)
    layers = stepping.transformer.decoder.layers
    before = [layer.linear1.weight.detach().clone() for layer in layers]
    adam = torch.optim.Adam(stepping.parameters(), lr=0.001)
    loss_of(stepping, batch).backward()
    adam.step()
    print("pre-norm" if pre_norm else "post-norm")
    for number in (0, 5, 11):
        moved = (layers[number].linear1.weight - before[number]).abs()
        print(f"   layer {number + 1:2}: {moved.median():.4f}")

# %% [markdown]
"""
The same everywhere. So the length of the gradients can't be all of it: in this first step Adam takes it out. Others
point to the first steps of Adam, whose divisor is a guess from a few gradients (Liu et al. 2020a), or to how much a
small change of the weights changes what comes out of a deep post-norm stack (Liu et al. 2020b). What can be measured here is *whether* a warm-up is needed:
six layers on each side, 32 wide, 60 steps, three seeds, at two rates. Stored figures, the loss at the end in nats:
"""

# %%
from lmteach.evaluation.results import read_results

norm_runs = read_results("norm_and_warmup")
norm_runs

# %% tags=["folded"]
# @title What the text below relies on
def losses_of(norm, warmup, rate):
    return norm_runs.values("loss", norm=norm, warmup=warmup, rate=rate)


assert min(losses_of("post", "without", 0.01)) > max(losses_of("post", "with", 0.01)) + 0.5
assert min(losses_of("post", "without", 0.01)) > max(losses_of("pre", "without", 0.01)) + 0.5
assert np.mean(losses_of(
    "post", "without", 0.002)) < np.mean(losses_of("post", "with", 0.002)) + 0.1

# %% [markdown]
"""
At the high rate, the post-norm model learns next to nothing without a warm-up, with every seed; the pre-norm model loses a
little by it. At a fifth of that rate neither needs one. So a warm-up is what a post-norm model needs *to bear a
high rate*; at least one of six layers, in its first sixty steps. Nearly all large models since have
their norms before the part, and so will ours in the notebooks to come.

## Spelling → sound, again

The LSTM with attention in notebook 08 read letters one after another. The Transformer reads a whole word at once, and
in training *writes* it at once, too. In about the same seconds it sees some more words. Will it be better for it?
"""

# %%
from lmteach.text.batches import batches_of_like_length
from lmteach.text.corpora.pronunciations import pronunciations

sounds = pronunciations()
spelling = Vocabulary("".join(sounds.train))
phonemes = Vocabulary(p for variants in sounds.train.values() for one in variants for p in one)
words = padded(
    [spelling.encode(word) for word in sounds.train],
    [phonemes.encode(variants[0]) for variants in sounds.train.values()],
)


# %%
def words_of_like_length():
    generator = torch.Generator().manual_seed(0)
    lengths = torch.stack([words[1], words[3]], dim=1)
    while True:
        yield from batches_of_like_length(lengths, 64, generator)


# %% [markdown]
"""
Two layers are not deep, so the norm stands where it stood in 2017, with a long warm-up; 64 wide as before, with two heads. With 3,000
batches of 64 words it takes about as long as the LSTM did. The words of a batch are of like length, and the output has a matrix of its own. In the place of max(0, x) stands GELU
(Hendrycks and Gimpel 2016), the same with a rounded corner. And the embeddings start smaller: in trials, the
validation words liked these last four better.
"""

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
dim = 64 * session.scale
speaking_config = TransformerConfig(dim, 2, 4 * dim, layers=2, dropout=0.0, activation="gelu")
speaker = Translator(len(spelling), len(phonemes), speaking_config, tied=False).to(session.device)
for embedding in (speaker.source_embedding, speaker.target_embedding):
    nn.init.normal_(embedding.weight, std=0.05)
batches = words_of_like_length()
speaking = train(
    speaker,
    lambda generator: rows(words, next(batches)),
    steps=3000,
    rate=3e-3,
    warmup=400,
)
print(f"loss {np.mean(speaking.losses[-100:]):.3f} after {speaking.seconds:.0f} s")

# %% [markdown]
"""
`Pronouncer` of notebook 08 takes it as it is: all that it asks of a model is `encode` and `step`.
"""

# %% tags=["nbval-ignore-output"]
from lmteach.decoding.translating import Pronouncer

pronouncer = Pronouncer(speaker, spelling, phonemes)
for word in ("knight", "though", "photographer", "transformer"):
    [answer] = pronouncer.pronounce([word], width=4)
    print(f"{word:14}{' '.join(answer)}")

# %% tags=["folded", "nbval-ignore-output"]
# @title Where it looked
watched_word = watch_translation(pronouncer, "photographer", width=4)
display_figure(
    heatmap(
        watched_word.cross[-1].mean(axis=0),
        watched_word.target,
        list("photographer"),
        colour_label="attention",
    ),
    alt="A table with the letters of photographer along the top and the phonemes down the side. "
    "The bright squares lead from the upper left to the lower right.",
)

# %% [markdown]
"""
Letters from left to right, as in notebook 08, although nothing in this encoder reads from left to right: the
order is in the positions alone. (Not every word comes out right: *though* is DH OW. How often it errs, the scoreboard
says.)

## The equal sign

The classes that you read above, with the weights of `torch.nn.Transformer`, both masks, in double precision:
values and gradients.
"""

# %%
torch.manual_seed(0)
small = TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=2, dropout=0.0)
torch_model = nn.Transformer(8, 2, 2, 2, 16, dropout=0.0, batch_first=True).double()
our_model = Transformer(small).double()
our_model.load_state_dict(torch_model.state_dict())
x = torch.randn(3, 6, 8, dtype=torch.float64, requires_grad=True)
y = torch.randn(3, 4, 8, dtype=torch.float64, requires_grad=True)
x_real, y_real = padding_mask(torch.tensor([6, 2, 4]), 6), padding_mask(torch.tensor([4, 1, 3]), 4)

# %%
expected = torch_model(
    x,
    y,
    tgt_mask=~causal_mask(4),
    src_key_padding_mask=~x_real,
    tgt_key_padding_mask=~y_real,
    memory_key_padding_mask=~x_real,
)
got = our_model(x, y, x_real, y_real)
print(got[0, 0, :4], expected[0, 0, :4], sep="\n")
assert torch.allclose(got, expected, atol=1e-8, rtol=0)


# %%
def gradients_of(model, output):
    parameters = [weight for _, weight in sorted(model.named_parameters())]
    return torch.autograd.grad(output.square().sum(), [x, y, *parameters])


pairs = zip(gradients_of(our_model, got), gradients_of(torch_model, expected), strict=True)
assert all(torch.allclose(a, b, atol=1e-8, rtol=0) for a, b in pairs)

# %% [markdown]
"""
No leak through either mask: what comes later changes nothing before it, and padding can hold anything.
"""

# %%
with torch.no_grad():
    later, filled = y.clone(), x.clone()
    later[:, 2:] = 99.0
    filled[~x_real] = 99.0
    assert torch.equal(our_model(x, later, x_real, y_real)[:, :2], got[:, :2])
    assert torch.equal(our_model(filled, y, x_real, y_real), got)

# %% [markdown]
"""
And the model that translates dates, with the Transformer from this notebook in the place of the package's:
"""

# %%
twin = Transformer(model.config).to(session.device).eval()
twin.load_state_dict(model.transformer.state_dict())
shipped, model.transformer = model.transformer, twin
with torch.no_grad():
    by_ours = model(source, lengths, target)
    model.transformer = shipped
    assert torch.allclose(by_ours, model(source, lengths, target), atol=1e-5)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

The test words of notebook 08, with a beam of four:
"""

# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.error_rates import phoneme_error_rate, word_error_rate
from lmteach.evaluation.scoreboard import record, table

# %% tags=["nbval-ignore-output"]
answers = list(sounds.test.values())
spoken = pronouncer.pronounce(list(sounds.test), width=4)
error = phoneme_error_rate(spoken, answers)
print(f"word error rate {word_error_rate(spoken, answers):.3f}")

# %%
size = sum(weight.numel() for weight in speaker.parameters())
reading = {"text_read": sum(map(len, sounds.train)), "passes": 3000 * 64 / len(sounds.train)}
mine = record("B", "Transformer", error, size, speaking.seconds, **reading)

# %% [markdown]
"""
Beside those of the notebooks before:
"""

# %% tags=["nbval-ignore-output"]
assert error < 0.11
table("B", ["HMM", "LSTM", "LSTM with attention", "Transformer"])

# %% [markdown]
"""
As many errors as the LSTM with attention makes, to a few thousandths, with little more than half as many
parameters, and in about the same time. *Yours* is one run, with one seed. The rows of these pages are means of three
(`experiments/pronouncing.py`), and they lie no further apart than the seeds of each: they don't say which is better, and nobody has
tried the settings of the LSTM as we did those of the Transformer. Why not in less time? On words of eight letters a loop of eight steps is short. The longer the sequences, the
more there is to gain.

## Spot the bug

**One.** Here is a training loss. Source and answer go in, and the answer is asked for.
"""


# %%
def another_loss(model, batch):
    source, lengths, target = batch
    state = model.encode(source, lengths)
    x = model.embed(model.target_embedding, target)
    decoded = model.transformer.decode(x, state.memory, source_mask=state.mask, causal=False)
    return smoothed_cross_entropy(model.output(decoded), target, smoothing=0.0)


# %% [markdown]
"""
We train with it for 150 steps. How low will it get, and how many dates will be right when the model is asked?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Source and answer go in; the decoder may look at the whole answer, and has to return it. "
    "After 150 steps, what are the loss and the share of unseen dates that it translates rightly?",
    {
        "a low loss, nearly all right": "It would be, if it had to find the answer. Look again at "
        "what goes in and what must come out.",
        "a low loss, none "
        "right": "The answer stands in the question: it learns to copy. When it is "
        "asked, there is nothing to copy but the start mark.",
        "a high loss, none "
        "right": "What must come out stands among what goes in; nothing is easier.",
        "a high loss, half of them "
        "right": "A loss that is high while answers are right would be odd: "
        "the loss falls as the right symbols get likelier.",
    },
    right="a low loss, none right",
)

# %% tags=["answer", "nbval-ignore-output"]
leaky = deep(pre_norm=True, layers=2, dim=32)
leaky_losses = train(leaky, some_dates, 150, 5e-3, 20, another_loss).losses
few, few_right = unseen[::8], right[::8]
copied = answers_of(leaky, few)
hits = np.mean([a == b for a, b in zip(copied, few_right, strict=True)])
print(f"loss {leaky_losses[-1]:.4f}, exact match {hits:.1%}, such as {copied[0][:20]!r}")
assert leaky_losses[-1] < 0.05
assert hits < 0.05

# %% [markdown]
"""
Next to no loss, and not one date. No mask, no shift: it has learned to copy its input, and when it is asked, there is nothing to copy
but the start mark. The cure is the two slices in `loss_of`, and the causal mask.

**Two.** "After attention, the result is pooled and *concatenated* with the input." Try to stack two such layers:
"""

# %%
attention = MultiHeadAttention(64, 4)


def concatenating(x):
    pooled = attention(x, x, x)[0].mean(dim=1, keepdim=True).expand_as(x)
    return torch.cat([x, pooled], dim=-1)


# %%
once = concatenating(torch.randn(2, 12, 64))
print(tuple(once.shape))
try:
    concatenating(once)
except ValueError as problem:
    print(problem)

# %% [markdown]
"""
Twice as wide after one layer; six layers would need 64 times the width. And the mean over all places has
forgotten which place it was made for. An addition keeps the shape, and leaves the way through open.

**Three.** "The output layer has `4 * dim` entries", or there is none, and the decoder's vectors are taken for
logits. The loss doesn't complain:
"""

# %% tags=["nbval-ignore-output"]
with torch.no_grad():
    state = model.encode(source, lengths)
    embedded_target = model.embed(model.target_embedding, target[:, :-1])
    vectors = model.transformer.decode(embedded_target, state.memory, source_mask=state.mask)
loss = F.cross_entropy(vectors.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PAD)
none_such = (vectors.argmax(dim=-1) >= len(characters)).float().mean()
print(f"loss {loss:.2f}; {none_such:.0%} of the answers are in no vocabulary")
assert none_such > 0.3

# %% [markdown]
"""
There are 16 symbols and 64 "logits": most of what it says does not exist. The last layer must be as wide as
the vocabulary, which is why its shape is the first thing to check.

**Four.** "A Transformer block is attention." How much does the feed-forward part do? Take it out, and most of the weights are
gone with it: that would be no fair fight. So a third model has no feed-forward part either, but is 96 wide in the place
of 64, which brings its weights back.
"""


# %%
def without_thinking(dim):
    model = deep(pre_norm=False, layers=2, dim=dim)
    for module in (*model.transformer.encoder.layers, *model.transformer.decoder.layers):
        module.feed_forward = torch.zeros_like
        del module.linear1, module.linear2
    return model


contestants = {
    "whole, 64 wide": deep(pre_norm=False, layers=2),
    "attention, 64 wide": without_thinking(64),
    "attention, 96 wide": without_thinking(96),
}
for name, contestant in contestants.items():
    print(f"{name:21}{sum(w.numel() for w in contestant.parameters()):9,} weights")

# %% [markdown]
"""
**Guess first.** All train for the same 200 steps. Which dates do they get right, exactly and by BLEU? Does attention need
the feed-forward part, or only the weights?
"""

# %% tags=["answer", "nbval-ignore-output"]
halves = {}
for name, contestant in contestants.items():
    seconds = train(contestant, some_dates, 200, 2e-3, 30).seconds
    halves[name] = answers_of(contestant, few)
    hits = np.mean([a == b for a, b in zip(halves[name], few_right, strict=True)])
    score = bleu(halves[name], [(one,) for one in few_right])
    print(f"{name:21}exact {hits:6.1%}, BLEU {score:.3f}, {seconds:.0f} s")

# %% [markdown]
"""
Without it most dates are lost. With the weights given back, attention alone makes good a large part of that, and stays
behind. So half of the answer was the weights, and the other half is where they stand. That is one seed, after 200 steps; in trials, five
layers of attention, 64 wide, did worse than two. BLEU tells more than the exact matches: half of an answer that is wrong may be right.

## In practice

`nn.Transformer` takes our weights as they are. Set into the translator, it gives the same logits:
"""

# %%
c = model.config
torchs = nn.Transformer(
    c.dim, c.heads, c.layers, c.layers, c.feed_forward_dim, c.dropout, batch_first=True
).to(session.device)
torchs.load_state_dict(model.transformer.state_dict())
real, written = padding_mask(lengths, source.shape[1]), target[:, :-1]
hidden = torchs(
    model.embed(model.source_embedding, source),
    model.embed(model.target_embedding, written),
    tgt_mask=~causal_mask(written.shape[1]).to(session.device),
    src_key_padding_mask=~real,
    memory_key_padding_mask=~real,
)
assert torch.allclose(model.output(hidden), model(source, lengths, written), atol=1e-4)

# %% [markdown]
"""
And `sacrebleu`, with which translations are compared in papers, gives the same BLEU, letter by letter:
"""

# %% tags=["nbval-ignore-output"]
try:
    import sacrebleu
except ImportError:
    print("Skipped: pip install sacrebleu brings it.")
else:
    for answers in halves.values():
        score = sacrebleu.corpus_bleu(answers, [few_right], tokenize="char").score / 100
        print(f"{score:.3f}")
        assert math.isclose(bleu(answers, [(one,) for one in few_right]), score, abs_tol=1e-9)

# %% [markdown]
"""
At work one fetches a translator. MarianMT (Junczys-Dowmunt et al. 2018) is the model of this notebook, larger:
encoder, decoder, sinusoids. Tiedemann and Thottingal (2020) trained one for English → Chinese, on sentences of
all kinds. Its weights are fetched where the network allows, and otherwise the cell says so in a line.
"""

# %%
from urllib.request import urlopen


def marian(texts, name="Helsinki-NLP/opus-mt-en-zh"):
    from huggingface_hub.constants import ENDPOINT
    from transformers import MarianMTModel, MarianTokenizer

    urlopen(ENDPOINT, timeout=3).close()  # is there a network? At once, or not at all
    tokenizer, model = MarianTokenizer.from_pretrained(name), MarianMTModel.from_pretrained(name)
    ids = model.generate(**tokenizer(texts, return_tensors="pt", padding=True), max_new_tokens=40)
    return tokenizer.batch_decode(ids, skip_special_tokens=True)


# %% tags=["nbval-ignore-output"]
asked = [pair.english for pair in unseen[::250]]
try:
    print(*zip(asked, marian(asked), strict=True), sep="\n")
except (ImportError, OSError):
    print("Skipped: it needs the network, and the packages transformers and sentencepiece.")

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Your turn

### Build it · the decoder layer (30 minutes, ●●○)

Four steps to a layer of your own: three parts, each with its way around and its norm, and both masks. It is the layer of
2017, with the norm after the sum. Each step is judged alone and may call those before it; the last is compared with
`nn.TransformerDecoderLayer`.

#### Step 1 · add_and_norm

`x` (B, T, D) is what went into a part, `change` (B, T, D) what came out. Return the norm of their sum (eq. 11.2 and 11.1),
with `gain` and `bias` (D,) and $\epsilon = 10^{-5}$.
"""


# %% tags=["exercise"]
def add_and_norm(x, change, gain, bias):
    ### BEGIN SOLUTION: (B, T, D)
    both = x + change
    centred = both - both.mean(dim=-1, keepdim=True)
    variance = centred.square().mean(dim=-1, keepdim=True)
    return centred / torch.sqrt(variance + 1e-5) * gain + bias
    ### END SOLUTION


check.add_and_norm(add_and_norm)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Add first. Mean and variance go along the last axis, with `keepdim=True`; the variance is the mean of the squares.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · own_mask

`real` (B, T) is True where a place of the target is no padding. Return (B, T, T), True where the place of the row may look
at the place of the column: real, and not ahead.
"""


# %% tags=["exercise"]
def own_mask(real):
    ### BEGIN SOLUTION: (B, T, T)
    past = causal_mask(real.shape[1])  # (T, T)
    return past & real[:, None]
    ### END SOLUTION


check.own_mask(own_mask)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`causal_mask(T)` is one triangle for all. What must be seen is a column, so `real` needs its new axis in the middle.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · across

What the decoder fetches from the source. `x` (B, T, D) are the decoder's places, `memory` (B, S, D) the encoder's, `real`
(B, S) says which of these are no padding, and `attend(queries, keys, values, mask)` is an attention whose mask must fit
(B, T, S). Who asks, and who is asked?
"""


# %% tags=["exercise"]
def across(x, memory, real, attend):
    ### BEGIN SOLUTION: (B, T, D)
    return attend(x, memory, memory, real[:, None])
    ### END SOLUTION


check.across(across)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

As many places come out as there are queries. An axis of length 1 stretches to any T.

</details>

<details><summary>Solution</summary>

{{solution}}

The decoder asks, so the queries are `x`; the memory is asked, and keys and values are both made of it.

</details>
"""

# %% [markdown]
"""
#### Step 4 · decoder_layer

All together. In `parts` are `parts.look(x, source, mask)` and `parts.look_across(x, source, mask)`, the two attentions
(`source` is what is looked at, for keys and values both, so that `across` with its four arguments isn't called here; its
mask is needed), `parts.think(x)`, the feed-forward part, and `parts.norms`, three pairs of gain and bias.

Then use it on dates: with `inside = model.transformer.decoder.layers[0]` and `parts = check.parts_of(inside)`, embed a batch by
`model.embed(model.target_embedding, target)`, take `model.encode(source, lengths).memory`, and compare with what
`inside` itself returns for the same masks. What changes in it if you leave out the causal mask?
"""


# %% tags=["exercise"]
def decoder_layer(x, memory, target_real, source_real, parts):
    ### BEGIN SOLUTION: (B, T, D), in six lines
    change = parts.look(x, x, own_mask(target_real))
    x = add_and_norm(x, change, *parts.norms[0])
    change = parts.look_across(x, memory, source_real[:, None])
    x = add_and_norm(x, change, *parts.norms[1])
    change = parts.think(x)
    return add_and_norm(x, change, *parts.norms[2])
    ### END SOLUTION


check.decoder_layer(decoder_layer)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Three times the same two lines: what does the part make of `x`, and `add_and_norm` with the norm of that part.

</details>

<details><summary>Solution</summary>

{{solution}}

It agrees with the layer of the trained model to rounding. Without the causal mask all places but the last change: each of
them has seen what comes after it, and the last had nothing after it.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · sides (5 minutes, ●○○)

In training the decoder gets the whole answer at once. Write `sides(tokens)`: from the ids of an answer, what
goes *into* the decoder and what must come *out* of it, two lists of the same length. At every place, what
comes out is the token *after* the last one that went in. Use `START` and `END`.
"""


# %% tags=["exercise"]
def sides(tokens):
    ### BEGIN SOLUTION
    both = [START, *tokens, END]
    return both[:-1], both[1:]
    ### END SOLUTION


check.sides(sides)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Write the answer once with both marks around it. Which token is never a question, and which is never an
answer?

</details>

<details><summary>Solution</summary>

{{solution}}

The end mark never goes in, since nothing comes after it, and the start mark never comes out.

</details>
"""

# %% [markdown]
r"""
### Exercise 2 · lowest_loss (10 minutes, ●●○)

With label smoothing the loss never falls to 0, however good the model is. Write
`lowest_loss(vocab, smoothing)`: how low can it get, in nats per token, when the smoothing $\varepsilon$ is
spread evenly over all $V$ tokens, the right one included? Then look again at the loss after the training on dates: how
much of it is the model's fault?
"""


# %% tags=["exercise"]
def lowest_loss(vocab, smoothing):
    ### BEGIN SOLUTION
    other = smoothing / vocab
    right = 1 - smoothing + other
    return -right * math.log(right) - (vocab - 1) * other * math.log(other)
    ### END SOLUTION


check.lowest_loss(lowest_loss)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The loss is lowest when the model says exactly the probabilities that it is asked for. What are they, for the
right token and for each of the others? And what is the cross-entropy of a distribution with itself called?

</details>

<details><summary>Solution</summary>

{{solution}}

For sixteen symbols and ε = 0.1 this is what the training on dates ended at, to about a thousandth: next to nothing of that
loss is the model's fault.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A layer is attention, then a small network at each place, with a path around both that only adds.
- Layer normalisation brings each vector back to mean 0 and variance 1: after the sum, or before the part.
- The decoder sees what is written, never what comes; and by cross-attention all that was read.
- Norms before the parts keep the gradients of an untrained model level from layer to layer; post-norm, in our runs, bore
  a high rate only after a warm-up.
- Attention found the year, the month and the day by itself. Reading words aloud, it was level with the LSTM with
  attention, over three seeds of each.

**Further reading.** A. Vaswani and others, "Attention Is All You Need" (2017). J. L. Ba, J. R. Kiros and
G. E. Hinton, "Layer Normalization" (2016). K. He and others, "Deep Residual Learning for Image Recognition"
(2016). C. Szegedy and others, "Rethinking the Inception Architecture for Computer Vision" (2016). R. Xiong and
others, "On Layer Normalization in the Transformer Architecture" (2020). L. Liu and others, "On the Variance of the Adaptive
Learning Rate and Beyond" (2020a) and "Understanding the Difficulty of Training Transformers" (2020b). K. Papineni and others, "BLEU: a Method
for Automatic Evaluation of Machine Translation" (2002). M. Junczys-Dowmunt and
others, "Marian: Fast Neural Machine Translation in C++" (2018). J. Tiedemann and S. Thottingal, "OPUS-MT" (2020).

On the page: A. Rush, "The Annotated Transformer" (2018).

**Next.** {{next}}: letters are many, words are more. What should a model read?
"""
