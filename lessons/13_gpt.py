# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 13 · GPT

{{badges}}

> The wolf is a large dog that lives in the ▁

What comes next? Nearly every notebook so far has asked this, and after twelve of them the best answer on our scoreboard
is still a count: the 8-gram of notebook 02, made in two seconds. Here is a network that asks nothing else, built from what you
have. Can it beat counting, in two minutes, on the machine in front of you? And counting what?

**Aims.** Take the Transformer apart, keep one half, and get GPT-2, logit by logit. Write Adam out. Find out where the weights are
and what they cost. Train live, watch it learn to write, and put everything from unigram to GPT into one picture.

**Time.** {{time}} The cells run in about three minutes on two CPU cores, of which the training takes about two.

**Before.** [09 · Self-attention](09_self_attention.ipynb), [11 · The Transformer](11_the_transformer.ipynb) and
[12 · Tokens](12_byte_pair_encoding.ipynb).
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
With `USE_CUDA` ticked, the model that is trained in the end is eight times as wide.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import dataclasses
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.optim import Optimizer
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.exercises import gpt as check
from lmteach.plots.curves import curves
from lmteach.plots.diagrams.gpt import gpt
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.gpt_recipe import WIKIPEDIA
from lmteach.training.loop import fit
from lmteach.widgets.question.widget import Question

# %% [markdown]
"""
Wikipedia again, as the tokens of notebook 12 for the model that we train in the end, and as letters for small experiments on the way, which are quicker
with 82 symbols.
"""

# %%
wiki, recipe = wikipedia(), WIKIPEDIA.scaled(session.scale)
V = recipe.config.vocab_size
tokenizer = BPETokenizer.train(wiki.train, V)
letters = CharTokenizer(wiki.train + wiki.valid + wiki.test)
train, text = (
    torch.tensor(unit.encode(wiki.train), device=session.device) for unit in (tokenizer, letters)
)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


len(train), len(text)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Half of a Transformer

The model of notebook 11 reads one text and writes another. Now there is only one text, and it is read *and* written:
nothing is left for an encoder to do. Without it nobody is there to look across to, and the cross-attention goes, too. What is
left of a decoder layer: attention to the past, and the small network at each place.

The whole of it, from ids to logits, with the shapes of what flows: B texts, T tokens, D numbers for each. V is the vocabulary.
"""

# %% tags=["folded"]
# @title GPT-2, and one of its blocks
display_figure(
    gpt(),
    alt="A drawing in two columns. Left, from below: ids, B by T, go to a table of tokens, V by D, "
    "and a table of positions, T by D; their sum goes through block 1 to block L, a LayerNorm and "
    "the table of tokens the other way round, to logits, B by T by V. Right, a block, opened: a "
    "residual path goes straight up; beside it LayerNorm and causal attention, whose result is "
    "added to it, then LayerNorm, a linear map from D to 4 D, a GELU, and one back to D, added "
    "too.",
)

# %% [markdown]
"""
Attention to the past first:
"""

# %% tags=["folded"]
# @title Where we are
display_figure(
    gpt(lit=["attention"]),
    alt="The same drawing, pale but for the lower part of the block: from the residual path to "
    "LayerNorm, to causal attention with H heads, and back to the path.",
)

# %% [markdown]
"""
One map makes queries, keys and values at once; they are cut into heads as in notebook 09, and PyTorch does the masked softmax. The names
`in_proj_weight` and `out_proj` are those of notebook 09's attention, so that weights can be exchanged.
"""


# %% lmteach={"plain": "models.transformer.attention.MultiHeadAttention"}
class SelfAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        maps = nn.Linear(dim, 3 * dim)
        self.in_proj_weight, self.in_proj_bias = maps.weight, maps.bias
        self.out_proj = nn.Linear(dim, dim)

    def forward(self, x):
        B, T, D = x.shape
        mapped = functional.linear(x, self.in_proj_weight, self.in_proj_bias)  # (B, T, 3 D)
        parts = mapped.view(B, T, 3, self.heads, D // self.heads)  # (B, T, 3, H, K)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # three times (B, H, T, K)
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(mixed.transpose(1, 2).flatten(start_dim=-2))  # (B, T, D)


# %%
x = torch.randn(3, 10, 64)
attention = SelfAttention(dim=64, heads=4)
attention.in_proj_weight.shape, attention(x).shape

# %% [markdown]
"""
The block: look back, then think, each beside the residual path, with the norm before it (eq. 11.3 of notebook 11). To think is to go four times as wide,
through a GELU, and back.
"""


# %% lmteach={"plain": "models.transformer.layers.EncoderLayer"}
class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.self_attn = nn.LayerNorm(dim), SelfAttention(dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.linear1, self.linear2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        x = x + self.self_attn(self.norm1(x))
        wide = functional.gelu(self.linear1(self.norm2(x)), approximate="tanh")  # as in GPT-2
        return x + self.linear2(wide)


# %%
block = Block(dim=64, heads=4)
block(x).shape, sum(parameter.numel() for parameter in block.parameters())

# %% [markdown]
"""
Two layers of notebook 11 were made of such parts. (With ReLU for the GELU; we exchange it here.)
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Notebook 11 had an encoder layer and a decoder layer, each with a norm before its parts. With "
    "which of them does this block agree, number by number, if it is given the same weights?",
    {
        "the decoder layer": "That one has three parts: between looking back and thinking it "
        "looks across at the source. Here is no source.",
        "the encoder layer": "Attention, then the small network, a path around both. The encoder "
        "layer sees the future, but that is its mask's doing, and masks can be exchanged.",
        "neither": "Attention to its own text and a small network at each place: one of the two "
        "has just these parts. What differs is the mask.",
    },
    right="the encoder layer",
)

# %% tags=["answer", "folded"]
# @title The layer of notebook 11 with the weights of our block
from lmteach.models.transformer.attention import causal_mask
from lmteach.models.transformer.layers import EncoderLayer, TransformerConfig

layer = EncoderLayer(TransformerConfig(64, 4, 256, dropout=0.0, pre_norm=True)).eval()
layer.activation = nn.GELU(approximate="tanh")
layer.load_state_dict(block.state_dict())
assert_close(block(x), layer(x, mask=causal_mask(10)), atol=1e-5, rtol=0)
f"the encoder layer: at most {(block(x) - layer(x, mask=causal_mask(10))).abs().max():.0e} apart"

# %% [markdown]
"""
The *encoder* layer, under the decoder's mask. Only the mask makes it a writer.

## Ids in, logits out

What is left is little: a table of tokens, positions, blocks, one more norm, and logits for every token of the vocabulary,
by the same table the other way round. GPT-2's positions are a learned table, too (notebook 10).
`wte`, `wpe`, `h` and `ln_f` are GPT-2's own names: the two tables, the blocks, the last norm.
"""

# %% tags=["folded"]
# @title What surrounds the blocks
display_figure(
    gpt(lit=["embedding", "output"]),
    alt="The drawing once more, pale but for the lower end of the left column, ids, the tables of "
    "tokens and positions and their sum, and its upper end, LayerNorm, the table of tokens again "
    "and the logits.",
)


# %%
class GPT(nn.Module):
    def __init__(self, vocab_size, context, dim, heads, layers):
        super().__init__()
        self.wte = nn.Embedding(vocab_size, dim)
        self.wpe = nn.Embedding(context, dim)
        self.h = nn.ModuleList(Block(dim, heads) for _ in range(layers))
        self.ln_f = nn.LayerNorm(dim)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1], device=ids.device))
        for block in self.h:
            x = block(x)
        return functional.linear(self.ln_f(x), self.wte.weight)


# %% [markdown]
"""
No option, no special case: this is GPT-2, but for its size, its dropout and how its weights start. A sentence on its way through it, with a vocabulary of
1,024 tokens:
"""

# %%
sizes = {"context": 32, "dim": 64, "heads": 4, "layers": 2}
untrained = GPT(V, **sizes).to(session.device)
sentence = "The wolf is a large dog that lives in the forest."
ids = torch.tensor([tokenizer.encode(sentence)], device=session.device)
print("ids       ", tuple(ids.shape))
embedded = untrained.wte(ids) + untrained.wpe(torch.arange(ids.shape[1], device=ids.device))
print("embedded  ", tuple(embedded.shape))
print("block 1   ", tuple(untrained.h[0](embedded).shape))
print("logits    ", tuple(untrained(ids).shape))

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Every place is a question

The probability of a text is that of its first token, times that of the second given the first, and so on. This is no assumption,
only the chain rule of notebook 01:

$$ P(x_1, \dots, x_T) = \prod_{t=1}^{T} P(x_t \mid x_1, \dots, x_{t-1}) \tag{13.1} $$

The loss is the mean surprise, and the logits at place $t$ are about the token $t + 1$:

$$ \mathcal{L} = -\frac{1}{T - 1} \sum_{t=1}^{T-1} \log P_\theta(x_{t+1} \mid x_1, \dots, x_t) \tag{13.2} $$

The first token has nothing before it and isn't asked for, so one text of $T$ tokens is $T - 1$ questions. The honest way to ask them is one after the other, each with its own past:
"""


# %%
@torch.no_grad()
def one_by_one(model, ids):
    surprises = []
    for t in range(1, ids.shape[1]):
        scores = model(ids[:, :t])[0, -1]  # the past, and nothing else
        surprises.append(-scores.log_softmax(dim=-1)[ids[0, t]])  # a factor of eq. 13.1
    return torch.stack(surprises).mean()  # eq. 13.2


# %% [markdown]
"""
Our sentence has 19 tokens, and is 18 questions. Let us count for a shorter one, of 13 tokens.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A text of 13 tokens is 12 questions. One after the other, the model reads 12 beginnings. How "
    "often must a GPT read a text of 13 tokens, at least, to answer all 12 as well?",
    number=1,
    reply="Each place sees its own past and nothing else, so all are asked in one reading.",
    slips={
        12: "That is one reading a question. What does place 5 see, when the whole text is there?",
        13: "One a token? There are 12 questions, and no place sees what comes after it.",
        2: "One reading gives logits at every place, each about the token after it.",
        0: "Once it has to.",
    },
)


# %% tags=["answer"] lmteach={"defines": "training.gpt_recipe.next_token_loss"}
def next_token_loss(model, windows):
    inputs, following = windows
    return functional.cross_entropy(model(inputs).flatten(0, 1), following.flatten())


# %% tags=["answer"]
at_once = next_token_loss(untrained, (ids[:, :-1], ids[:, 1:]))
assert_close(at_once, one_by_one(untrained, ids), atol=1e-5, rtol=0)
f"{one_by_one(untrained, ids).item():.4f} one by one, {at_once.item():.4f} at once"

# %% [markdown]
"""
Once. No place sees what comes after it, so all answers are as good as if they had been asked alone. This is what the causal
mask is for, and it is why a GPT learns from every token at every step, where the RNN of notebook 06 had to walk.

## Before it has learned anything

A model of the package, of the same form as ours, has not been trained yet. Its first loss is a mean surprise, in nats.
"""

# %%
from lmteach.models.gpt import model as shipped
from lmteach.models.gpt.config import GPTConfig
from lmteach.text.batches import random_windows

config = GPTConfig(vocab_size=V, **sizes)

# %% [markdown]
"""
**Guess first.** It has 1,024 tokens to choose from, and knows nothing. How many nats?
"""

# %% tags=["answer"]
starting = []
for name, form in (("small", config), ("to be trained", recipe.config)):
    unlearned = shipped.GPT(form, seeded(0)).to(session.device)
    loss = next_token_loss(unlearned, random_windows(train, 4, form.context, seeded(0))).item()
    starting.append(loss / math.log(V))
    print(f"{name:14} {loss:.2f}, ln V = {math.log(V):.2f}")

# %% [markdown]
r"""
ln V: whoever knows nothing should believe in all tokens alike. The package gets there by starting small, as GPT-2 did: all weights normal with standard deviation 0.02, and those that
end in the residual path smaller still, by $\sqrt{2L}$ for $L$ blocks, since so many of them are added up.

The class that you have just read has PyTorch's own start, and `nn.Embedding` begins at standard deviation 1. It
runs, it has the right shapes. On our sentence, above, its loss was far beyond ln V.

**Guess first.** On letters ln V is 4.4. What will its first loss be there?
"""

# %% tags=["answer"]
small = GPTConfig(vocab_size=letters.vocab_size, **sizes)
torch.manual_seed(0)
careless = GPT(letters.vocab_size, **sizes).to(session.device)
wanted = random_windows(text, 16, 32, seeded(0))
print(f"{next_token_loss(careless, wanted).item():.1f}, and ln 82 is {math.log(82):.1f}")

# %% [markdown]
"""
It is as sure of itself as it is wrong: each token is scored by its own table row, and so it expects every token to be
followed by itself. What does that cost? A hundred steps on letters from both starts:
"""


# %%
def fresh(form=small, seed=0):
    return shipped.GPT(form, seeded(seed)).to(session.device)


def windows_of_letters(generator):
    return random_windows(text, 16, 32, generator)


def adamw(model, kind=torch.optim.AdamW):
    return kind(model.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.0)


def short_run(model, make=adamw, schedule=None, steps=100, seed=1):
    given = {"schedule": schedule, "progress": False}
    dice = seeded(seed)
    return fit(model, next_token_loss, windows_of_letters, steps, make(model), dice, **given).losses


# %% tags=["nbval-ignore-output"]
starts = {
    name: short_run(begun)
    for name, begun in (("small start", fresh()), ("careless start", careless))
}
below = {name: np.argmax(np.array(run) < math.log(82)) for name, run in starts.items()}
for name, run in starts.items():
    print(f"{name:15} below ln 82 after {below[name]:2} steps, {np.mean(run[-10:]):.2f} at the end")

# %% tags=["folded"]
# @title Both starts
display_figure(
    curves(starts, xlabel="step", ylabel="nats per letter", reference=("ln 82", math.log(82))),
    alt="Two losses over 100 steps and a dashed level, ln 82, at 4.4. The small start begins at "
    "the level and falls below it at once. The careless start begins many times as high, and "
    "comes down to the level only after more than fifteen steps.",
)
assert all(abs(ratio - 1) < 0.02 for ratio in starting)
assert starts["careless start"][0] > 5 * math.log(82)
assert below["small start"] < 5
assert below["careless start"] > 10

# %% [markdown]
r"""
Until it is below ln 82, the careless one is worse than one that knows nothing: steps that you have paid for. So print the first loss of every run and compare it with ln V: it is the cheapest test that
there is.

## Adam, written out

`AdamW` has trained our networks since notebook 05, on trust. What is in it? Two running means for each weight: of its gradient, and of the
gradient's square.

$$ m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \tag{13.3} $$

Both begin at 0 and are too small at first; after $t$ steps the shares of all gradients in such a mean sum to $1 - \beta^t$, and dividing by it mends that. The step is the mean,
in units of the usual size, with a learning rate $\eta$ and a tiny $\epsilon$ against division by 0:

$$ \theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}, \qquad
\hat m = \frac{m}{1 - \beta_1^t}, \quad \hat v = \frac{v}{1 - \beta_2^t} \tag{13.4} $$
"""


# %% lmteach={"defines": "training.optimizers.adam_direction"}
def adam_direction(gradient, state, betas, eps):
    if not state:
        state["step"] = torch.zeros(())
        state["exp_avg"] = torch.zeros_like(gradient)
        state["exp_avg_sq"] = torch.zeros_like(gradient)
    beta1, beta2 = betas
    state["step"] += 1
    step, m, v = state["step"].item(), state["exp_avg"], state["exp_avg_sq"]
    m *= beta1
    m += (1 - beta1) * gradient  # eq. 13.3
    v *= beta2
    v += (1 - beta2) * gradient.square()
    m_hat = m / (1 - beta1**step)  # eq. 13.4
    v_hat = v / (1 - beta2**step)
    return m_hat / (v_hat.sqrt() + eps)


# %% [markdown]
"""
**Guess first.** Three weights, with gradients of 1,000, 0.1 and −0.00001. How far does each go in the first step, at a learning rate of 1?
"""

# %% tags=["answer"]
-adam_direction(torch.tensor([1000.0, 0.1, -0.00001]), {}, betas=(0.9, 0.999), eps=1e-12)

# %% [markdown]
"""
All alike: only the sign counts. A gradient says which way; Adam decides how far. The rest is bookkeeping: PyTorch's `Optimizer` keeps
the weights in groups, each with its own settings, and for each weight tensor what `adam_direction` remembers.
"""


# %% lmteach={"defines": "training.optimizers.Adam"}
class Adam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, **more):
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults | more)

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.update(parameter, parameter.grad, self.state[parameter], group)
        return loss

    def update(self, parameter, gradient, state, group):
        gradient = gradient + group["weight_decay"] * parameter
        parameter -= group["lr"] * adam_direction(gradient, state, group["betas"], group["eps"])


# %% [markdown]
"""
*Weight decay* pulls all weights towards 0. Here it goes through the gradient, and is divided by the usual size like everything else. **AdamW**
takes it out and shrinks the weights by themselves (Loshchilov and Hutter 2019):
"""


# %% lmteach={"defines": "training.optimizers.AdamW"}
class AdamW(Adam):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, **more):
        super().__init__(params, lr, betas, eps, weight_decay, **more)

    def update(self, parameter, gradient, state, group):
        parameter *= 1 - group["lr"] * group["weight_decay"]
        parameter -= group["lr"] * adam_direction(gradient, state, group["betas"], group["eps"])


# %% [markdown]
"""
Are they PyTorch's? Two copies of a model, the same gradients, twenty steps, compared after *each*:
"""


# %%
def step_by_step(ours, theirs, **options):
    form = GPTConfig(82, 32, 16, 2, 1, bias=False)
    one, other = fresh(form).cpu().double(), fresh(form).cpu().double()
    our_steps = ours(one.parameters(), **options)
    their_steps = theirs(other.parameters(), **options)
    for step in range(20):
        windows = [part.cpu() for part in windows_of_letters(seeded(step))]
        for copy, optimizer in ((one, our_steps), (other, their_steps)):
            optimizer.zero_grad()
            next_token_loss(copy, windows).backward()
            optimizer.step()
        assert_close(list(one.parameters()), list(other.parameters()), rtol=1e-9, atol=1e-12)


step_by_step(Adam, torch.optim.Adam, lr=0.01, weight_decay=0.1)
step_by_step(AdamW, torch.optim.AdamW, lr=0.01, weight_decay=0.1, betas=(0.8, 0.95))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Warm up, then come to rest

Adam divides by the usual size of a gradient. At the first step it knows one gradient, at the second two. Here is a run in which every step's
root mean square is written down, in learning rates:
"""


# %%
class Watched(AdamW):
    def step(self):
        group = self.param_groups[0]
        before = nn.utils.parameters_to_vector(group["params"]).detach()
        super().step()
        moved = nn.utils.parameters_to_vector(group["params"]).detach() - before
        self.sizes.append(moved.square().mean().sqrt().item() / group["lr"])


# %% [markdown]
"""
**Guess first.** When are its steps longest: when it knows least, or when it knows most?
"""

# %% tags=["answer", "nbval-ignore-output"]
Watched.sizes = []
short_run(fresh(), lambda model: adamw(model, Watched))
[round(Watched.sizes[step], 2) for step in (0, 1, 10, 50, 99)]

# %% tags=["answer", "folded"]
# @title All hundred steps
assert Watched.sizes[0] > 2 * max(Watched.sizes[20:])
display_figure(
    curves({"Adam": Watched.sizes}, xlabel="step", ylabel="step, in learning rates"),
    alt="The root mean square of Adam's steps over 100 steps, in learning rates. The first step "
    "is by far the longest, at about one; within some ten steps it falls to a third, and goes "
    "lower.",
)

# %% [markdown]
r"""
Longest when it knows least: at first all gradients agree with their own mean, later they contradict each other. So the rate starts near 0 and
*warms up*. At the end it should be small again, for another reason: the gradient of a batch is noise around the true one, and a model that keeps stepping is
thrown about by it. So the rate falls along a cosine. With $w$ steps of warm-up out of $S$:

$$ \eta(t) = \begin{cases} t / w & t < w \\[2pt]
\tfrac{1}{2} \big(1 + \cos\big(\pi\, \tfrac{t - w}{S - w}\big)\big) & t \ge w \end{cases} \tag{13.5} $$
"""


# %%
def factor(t, w, S):
    return t / w if t < w else (1 + math.cos(math.pi * (t - w) / (S - w))) / 2  # eq. 13.5


# %%
from lmteach.training.schedules import warmup_cosine

assert all(math.isclose(factor(t, 20, 100), warmup_cosine(t, 20, 100, 0.0)) for t in range(1, 101))
schedules = {"constant": lambda t: 1.0, "warm-up and cosine": lambda t: factor(t, 20, 100)}

# %% [markdown]
"""
Notebook 11 had a model that learned nothing without a warm-up. What the fall is for is seen best where we know the lowest point: a thousand walkers in
a valley, each with a gradient of its own, to which noise is added, as a small batch does.
"""


# %%
def distances(schedule, rate=0.3):
    walkers, state, generator = torch.full((1000,), 3.0), {}, seeded(0)
    far = []
    for t in range(1, 101):
        noisy = walkers + torch.randn(1000, generator=generator)
        walkers -= rate * schedule(t) * adam_direction(noisy, state, (0.9, 0.95), 1e-8)
        far.append(walkers.square().mean().sqrt().item())
    return far


# %% [markdown]
"""
**Guess first.** Both rates bring the walkers to the bottom. How close do they stay?
"""

# %% tags=["answer", "folded"]
# @title Two rates, and the walkers
figure, panels = plt.subplots(1, 2, figsize=(11, 4.2))
rates = {name: [schedule(t) for t in range(1, 101)] for name, schedule in schedules.items()}
curves(rates, axes=panels[0], xlabel="step", ylabel="share of the highest rate")
lines = {name: distances(schedule) for name, schedule in schedules.items()}
curves(lines, axes=panels[1], xlabel="step", ylabel="distance from the bottom")
display_figure(
    figure,
    alt="Left, two learning rates over 100 steps: one level, one rising over 20 steps and falling "
    "along a cosine to zero. Right, how far the walkers are from the bottom: with the level rate "
    "they come down first and stay at a distance; with the other they come down later and closer.",
)

# %%
level, falling = (line[-1] for line in lines.values())
assert falling < 0.6 * level
f"{level:.2f} at a level rate, {falling:.2f} at one that falls to zero"

# %% [markdown]
"""
At a level rate they are thrown about and come no closer. Where it falls to zero, they come to rest, about half as far away.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## A step for matrices: Muon

Adam treats a matrix as a bag of numbers. But a matrix has *directions*: it is a sum of a few, each with a strength, its singular values (notebook 05's
principal plane was made of the first two). Look at the gradient of one map in a model that has learned a little, and keep what Adam has in its two means
by then:
"""

# %% tags=["nbval-ignore-output"]
learner = fresh()
memory = AdamW(learner.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.0)
short_run(learner, lambda model: memory)
learner.zero_grad()
next_token_loss(learner, wanted).backward()

# %% tags=["nbval-ignore-output"]
seen_map = learner.h[0].linear1.weight
gradient = seen_map.grad
strengths = torch.linalg.svdvals(gradient)
print(f"gradient {tuple(gradient.shape)}, {len(strengths)} directions")
(strengths / strengths[0])[[0, 1, 5, 10, 20, 40]].cpu()

# %% [markdown]
r"""
The first few are far stronger than most: the fourth number is the eleventh direction, and there are 64. Muon (Jordan 2024)
changes these strengths without finding the directions. A polynomial, of matrix products only,

$$ X \leftarrow a X + b\, (X X^\top) X + c\, (X X^\top)^2 X \tag{13.6} $$

does to each singular value $s$ what $a s + b s^3 + c s^5$ does to a number, and leaves the directions alone.

**Guess first.** Five rounds from $s = 1$, 0.1 and 0.01, with the coefficients below: where do they end?
"""

# %% tags=["answer"]
QUINTIC, ROUNDS = (3.4445, -4.7750, 2.0315), 5
a, b, c = QUINTIC
for s in (1.0, 0.1, 0.01):
    for _ in range(ROUNDS):
        s = a * s + b * s**3 + c * s**5
    print(round(s, 2))

# %% [markdown]
"""
All come out near 0.7, whether they began at 1 or at a hundredth. On a whole matrix, first divided by its norm, so that no
singular value is above 1 (`torch.addmm(gram, gram, gram, beta=b, alpha=c)` is `b * gram + c * gram @ gram`):
"""


# %% lmteach={"defines": "training.muon.orthogonalised"}
def orthogonalised(matrix, rounds=ROUNDS):
    a, b, c = QUINTIC
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(rounds):
        gram = x @ x.T
        x = a * x + torch.addmm(gram, gram, gram, beta=b, alpha=c) @ x  # eq. 13.6
    return x.T if matrix.shape[0] > matrix.shape[1] else x


# %% tags=["nbval-ignore-output"]
state = {name: value.clone() for name, value in memory.state[seen_map].items()}
by_adam = adam_direction(gradient, state, betas=(0.9, 0.95), eps=1e-8)  # its 101st step
mean_gradient = state["exp_avg"]  # the same running mean for both
by_muon = orthogonalised(mean_gradient)
steps_made = {"gradient": gradient, "Adam": by_adam, "Muon": by_muon}
values = {name: torch.linalg.svdvals(step).cpu() for name, step in steps_made.items()}

# %% [markdown]
"""
In this order: what came in, Adam's next step, and what Muon makes of the same running mean.

**Guess first.** Of 64 directions, how many have at least half of the strength of the first, in each of the three?
"""

# %% tags=["answer", "folded", "nbval-ignore-output"]
# @title The singular values of three steps
display_figure(
    curves(
        {name: found / found[0] for name, found in values.items()},
        xlabel="direction, the strongest first",
        ylabel="strength, of the strongest",
    ),
    alt="Singular values of three steps for one matrix, 64 directions, as shares of the largest. "
    "The gradient's fall within a few directions to a small part, and on to almost nothing. "
    "Those of Adam's step fall more slowly, and lie above the gradient's. Muon's go down "
    "slowly and are above one half for most directions.",
)
strong = {name: int((found > 0.5 * found[0]).sum()) for name, found in values.items()}
assert strong["Muon"] > 2 * max(strong["gradient"], strong["Adam"])
strong

# %% [markdown]
"""
Most of Muon's directions are within a factor of two of the first. Does it learn faster? The same model, the same batches; tables and norms, which are no maps, stay with AdamW. Each
at one rate of its own, both level and with warm-up and cosine, from two seeds.
"""

# %%
from lmteach.training.muon import Muon, muon_groups


def muon(model):
    return Muon(muon_groups(model), lr=1e-2, weight_decay=0.0)


def cosine(t):
    return factor(t, 20, 100)


# %% tags=["nbval-ignore-output"]
ends = {}
for name, make in (("AdamW", adamw), ("Muon", muon)):
    for rate, schedule in (("level", None), ("cosine", cosine)):
        found = []
        for seed in (0, 1):
            run = short_run(fresh(seed=seed), make, schedule, seed=seed)
            found.append(np.mean(run[-20:]))
        ends[name, rate] = found
        print(f"{name:6}{rate:8}", *(f"{end:.2f}" for end in found), "nats per letter")

# %% tags=["nbval-ignore-output"]
best = {}
for name in ("AdamW", "Muon"):
    best[name] = min(np.mean(ends[name, "level"]), np.mean(ends[name, "cosine"]))
assert best["Muon"] < best["AdamW"]
f"each at its better rate: Muon ahead by {best['AdamW'] - best['Muon']:.2f}"

# %% [markdown]
r"""
The cosine, which helped the walkers, does not help AdamW in so few steps; with that rate alone, Muon's lead would have looked larger. With the better rate
for each, Muon is ahead still. What is shown is this: fewer steps for the same loss, on this small model, after a hundred steps. A step costs more, by five rounds of matrix products for each matrix; whether that pays is a matter of seconds.

## GPT-2's form, and today's

The plan is that of 2019. Five parts have changed:

| part | GPT-2 (2019) | today | the reason that is given |
|---|---|---|---|
| norm | LayerNorm | RMSNorm (Zhang and Sennrich 2019) | no mean to subtract, no bias |
| positions | learned table | rotary (Su et al. 2021) | only distances count |
| activation | GELU | squared ReLU (So et al. 2021), SwiGLU (Shazeer 2020) | found by search, by trial |
| biases | everywhere | none | nothing is lost |
| queries and keys | as they come | brought to one length (Henry et al. 2020) | scores can't run away |

The first, in one line:

$$ \mathrm{RMS}(x) = \frac{x}{\sqrt{\tfrac{1}{D} \sum_d x_d^2 + \epsilon}} \odot g \tag{13.7} $$

with a gain $g$ for each place in the vector, which the function below leaves to its caller.
"""


# %% lmteach={"defines": "models.transformer.norms.rms_norm"}
def rms_norm(x, eps=1e-5):
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + eps)  # eq. 13.7


# %% lmteach={"defines": ["models.transformer.layers.squared_relu", "models.transformer.layers.swiglu"]}
def squared_relu(x):
    return functional.relu(x).square()


def swiglu(x):
    gate, value = x.chunk(2, dim=-1)
    return functional.silu(gate) * value


# %% [markdown]
"""
Rotary positions are notebook 10's: they turn queries and keys by an angle for each place. Squared ReLU takes the GELU's place as it is; a SwiGLU needs twice
as wide a first map, one half of which gates the other.
"""

# %%
from lmteach.models.transformer.positions import frequencies, rotary, rotate

sample_of_x = torch.randn(2, 4, 5, 16)
assert_close(rms_norm(sample_of_x), functional.rms_norm(sample_of_x, (16,), eps=1e-5))
angles = torch.arange(5)[:, None] * frequencies(16)
by_gpt = rotate(sample_of_x, angles.cos().float(), angles.sin().float())
assert_close(by_gpt, rotary(sample_of_x, torch.arange(5)))
angles.shape

# %% [markdown]
"""
In the package each is one word in the configuration. We exchange one at a time in our small model, a hundred steps of Muon each, from two seeds.
"""

# %%
changes = {
    "GPT-2's form": {},
    "RMSNorm": {"norm": "rms"},
    "rotary positions": {"positions": "rotary"},
    "squared ReLU": {"activation": "squared_relu"},
    "no biases": {"bias": False},
    "query–key norm": {"query_key_norm": True},
}
forms = {name: dataclasses.replace(small, **change) for name, change in changes.items()}
forms["all five"] = GPTConfig.modern(vocab_size=82, **sizes)


def after_steps(form):
    found = []
    for seed in (0, 1):
        found.append(np.mean(short_run(fresh(form, seed), muon, cosine, seed=seed)[-20:]))
    return found


# %% [markdown]
"""
**Guess first.** Which change brings most? Which brings nothing? And all five: as much as their sum, less, or more?
"""

# %% tags=["answer", "nbval-ignore-output"]
after = {name: after_steps(form) for name, form in forms.items()}
plain = np.array(after["GPT-2's form"])
for name, found in after.items():
    print(f"{name:18}", *(f"{end:.2f}" for end in found), f" {np.mean(found - plain):+.3f}")

# %% tags=["nbval-ignore-output"]
gains = {name: np.mean(plain - found) for name, found in after.items()}
apart = sum(gains[name] for name in changes)
print(f"one by one, added up: {apart:.3f}; all five together: {gains['all five']:.3f}")
assert gains["all five"] > 0
assert gains["rotary positions"] > 0

# %% [markdown]
"""
The last column is the mean change in nats. Compare it with how far the two seeds are apart: most single changes are no larger than that, in a
hundred steps of a small model. Rotary positions show, and all five together bring more than the five gains added up. All five are the form that we train; what each is worth at full size, this page
does not show.

One thing more, from where this path began. A counted model looks up what followed a *pair* or a *triple* of tokens; a network is given single
tokens, and has to put them together itself. So let it look that up, too: give each bigram and trigram a vector, and add it to the token's (Huang et al. 2025). There are a billion possible trigrams and
few rows, so a hash says which row, and some n-grams must share one:
"""

# %%
from lmteach.models.gpt.ngram_embedding import make_ngrams, ngram_rows

twice = torch.tensor([tokenizer.encode(" the wolf and the wolf")])
ngram_rows(twice, order=2, rows=4096)

# %% [markdown]
"""
The same pair, the same row. A look-up multiplies nothing, whatever the size of the table. Does it help?
"""

# %% tags=["nbval-ignore-output"]
form = dataclasses.replace(forms["all five"], ngram_order=3, ngram_rows=4096)
after["and n-grams"] = after_steps(form)
print(f"{fresh(form).parameter_count:,} weights instead of "
f"{fresh(forms['all five']).parameter_count:,}")
for name in ("all five", "and n-grams"):
    print(f"{name:14}", *(f"{end:.2f}" for end in after[name]), "nats per letter")
assert np.mean(after["and n-grams"]) < np.mean(after["all five"])

# %% [markdown]
"""
A gain that both seeds show, and far more weights. So here is today's form. Its attention:
"""


# %%
class ModernAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.randn(3 * dim, dim) / dim**0.5)  # no biases
        self.out_proj = nn.Linear(dim, dim, bias=False)

    def forward(self, x, turns):
        B, T, D = x.shape
        mapped = functional.linear(x, self.in_proj_weight)
        parts = mapped.view(B, T, 3, self.heads, D // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        q, k = rotate(rms_norm(q), *turns), rotate(rms_norm(k), *turns)  # one length, then turned
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out_proj(mixed.transpose(1, 2).flatten(start_dim=-2))


# %% [markdown]
"""
Its block, with RMSNorm and squared ReLU in the places of LayerNorm and GELU:
"""


# %% lmteach={"plain": "models.transformer.layers.EncoderLayer"}
class ModernBlock(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.self_attn = nn.RMSNorm(dim, eps=1e-5), ModernAttention(dim, heads)
        self.norm2 = nn.RMSNorm(dim, eps=1e-5)
        self.linear1 = nn.Linear(dim, 4 * dim, bias=False)
        self.linear2 = nn.Linear(4 * dim, dim, bias=False)

    def forward(self, x, turns):
        x = x + self.self_attn(self.norm1(x), turns)
        return x + self.linear2(squared_relu(self.linear1(self.norm2(x))))


# %% [markdown]
"""
And the whole, where the n-grams stand in the place of the table of positions:
"""

# %% tags=["folded"]
# @title Today's form
display_figure(
    gpt("modern", lit=["embedding", "norms"]),
    alt="The drawing of the model in today's form, pale but for ids, tokens, n-grams and their "
    "sum, and three boxes RMSNorm, two in the block and one above the blocks. The block has rotary "
    "attention and a squared ReLU.",
)


# %%
class ModernGPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.wte, self.ngrams = nn.Embedding(config.vocab_size, config.dim), make_ngrams(config)
        blocks = [ModernBlock(config.dim, config.heads) for _ in range(config.layers)]
        self.h, self.ln_f = nn.ModuleList(blocks), nn.RMSNorm(config.dim, eps=1e-5)

    def forward(self, ids):
        x = self.wte(ids) + self.ngrams(ids, last=ids.shape[1])
        angles = torch.arange(ids.shape[1])[:, None] * frequencies(self.config.head_dim)
        turns = angles.cos().to(x), angles.sin().to(x)
        for block in self.h:
            x = block(x, turns)
        return functional.linear(self.ln_f(x), self.wte.weight)


# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Where are the weights, and what do they cost?

A matrix of $D \times D$ is $D^2$ weights, and each is used for one multiplication and one addition for every token. So going forth takes two operations a weight, and
going back, once for the gradient of the weights and once for that of the inputs, takes four. For $N$ weights and $n$ tokens (Kaplan et al. 2020):

$$ C \approx 6\, N n \tag{13.8} $$

The model that we will train, part by part:
"""

# %%
from lmteach.plots.bars import bars

to_train = recipe.model(seeded(0)).to(session.device)
c = recipe.config
D, L, T, hidden = c.dim, c.layers, c.context, c.hidden
matrices = {"tokens": V * D, "attention": 4 * L * D**2, "feed-forward": 2 * L * D * hidden}
work = {part: 2 * count for part, count in matrices.items()} | {"n-grams": 0}
work["scores"] = 4 * L * T * D  # queries times keys, weights times values
weights = matrices | {"n-grams": (c.ngram_order - 1) * c.ngram_rows * D}
to_train.parameter_count - sum(weights.values())

# %% [markdown]
"""
(That is what is left over: the gains of the norms.)

**Guess first.** Which part has more of the weights, the attention, the feed-forward part or the tables of n-grams? Which more of the work?
"""

# %% tags=["answer", "folded"]
# @title Weights and operations
_, panels = plt.subplots(1, 2, figsize=(11, 4))
both = {"weights": weights, "operations a token": work}
for panel, (name, parts) in zip(panels, both.items(), strict=True):
    bars(np.array(list(parts.values())) / 1e6, list(parts), panel, f"{name}, millions")
    panel.tick_params(axis="x", labelsize=11)
display_figure(
    panels[0],
    alt="Two bar charts. Left, weights in millions: tokens, attention, feed-forward with twice "
    "the attention's, and n-grams with three times as many as all others together. Right, "
    "operations a token: the first three again, doubled; for the n-grams nothing; and a smaller "
    "bar for the scores of attention.",
)

# %% [markdown]
"""
The feed-forward part has twice the attention's. The tables of n-grams are weights without work: in eq. 13.8 $N$ counts what is multiplied. Is the rule of six right? PyTorch can count what is really computed, with the scores written out instead of fused:
"""

# %%
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

# %%
two_windows = random_windows(train, 2, T, seeded(0))
with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
    next_token_loss(to_train, two_windows).backward()
flops = counter.get_total_flops() / (2 * T)
rule = 6 * sum(matrices.values())  # eq. 13.8, for one token
print(f"counted {flops:,.0f}, rule {rule:,.0f}, scores {3 * work['scores'] / flops:.0%}")

# %%
assert flops == 3 * sum(work.values())
assert flops - 3 * work["scores"] == rule

# %% [markdown]
"""
To the last operation, if the scores are added; the rule leaves them out, and in our small model that is an eighth. For the run below:
"""

# %%
seen = recipe.steps * recipe.batch * T
again = len(train) // (recipe.batch * T)
print(f"{recipe.steps} steps, {seen:,} tokens, {seen / len(train):.1f} times through the text")
print(f"the text begins again at step {again}")
print(f"{rule * seen:.1e} operations")

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Two minutes

Now in earnest: today's form, Muon, warm-up and cosine, and the n-grams. Three more choices hide in the recipe, all found by trials on the validation articles.
Every matrix that ends in the residual path starts at 0, so that at first a layer hands on what it gets. Every window of the text comes once before any comes again. And
the vectors of n-grams are multiplied by 0.2, which makes them learn more slowly: the fear is that rare ones are learned by heart.

While it learns, it writes now and then, with the same dice each time, so that you see what has
changed. The curve is the loss on what it is learning from; the dashed level is ln V. When will it write its first real word? Its first sentence?
"""

# %%
from lmteach.decoding.sampling import sample
from lmteach.evaluation.scoreboard import record, table

{name: number for name, number in vars(recipe).items() if name != "config"}


# %%
def write(model, prompt="The wolf", length=60, seed=2):
    ids = torch.tensor([tokenizer.encode(prompt)], device=session.device)
    new = sample(model, ids, length, temperature=0.8, generator=seeded(seed))
    return prompt + tokenizer.decode(new[0].tolist())


write(to_train)

# %% [markdown]
"""
Run the next cell, and while it trains press *Pause*, *Sample now*, or *Stop*. The cell after it waits for the end. After *Stop* the figures and some
checks below, which are for the whole run, won't hold: run the cell again. (In Colab the buttons
work only until that one is run, so take the cells one by one.)
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.training_panel.widget import TrainingPanel

model = recipe.model(seeded(0)).to(session.device)
panel = TrainingPanel(
    recipe.steps,
    sample=lambda: write(model),
    sample_every=recipe.steps // 4,
    tokens_per_step=recipe.batch * recipe.config.context,
    marks={"knows nothing": math.log(V)},
)


def train_it(f):
    return recipe.train(model, train, seeded(0), on_step=f, progress=False)


panel.run(train_it)

# %% tags=["nbval-ignore-output"]
history = await panel.finished()
speed = rule * len(history.losses) * recipe.batch * recipe.config.context / history.seconds
print(f"loss {np.mean(history.losses[-50:]):.3f} after {history.seconds:.0f} s")
print(f"{speed / 1e9:.0f} billion operations a second")

# %% [markdown]
"""
Letters into words, words into phrases. Do you see the step in the curve? It is where the text begins for the second time: the model *recognises* what it has read, which is not
to say that it understands more. Which is why nobody is judged by the loss in training.

The writing is fluent within a few words of itself, and knows nothing about
wolves: it has more grammar than facts. Another prompt, and other dice:
"""

# %% tags=["nbval-ignore-output"]
print(write(model, "In 1912, the", length=100, seed=7))

# %% [markdown]
"""
How good is it on articles that it has never seen? Windows as long as the context, moved on by half of it, so that each token has at least half a context
before it:
"""

# %%
from lmteach.evaluation.information import bits_per_character

test_ids = torch.tensor(tokenizer.encode(wiki.test), device=session.device)


def bits(nats):
    return bits_per_character(float(-nats.mean()), len(test_ids), len(wiki.test))


# %% tags=["nbval-ignore-output"]
by_gpt = model.log_probabilities(test_ids).cpu()
on_test = bits(by_gpt)
f"{on_test:.3f} bits per character"

# %%
assert on_test < 2.12

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Counting the same tokens

The 8-gram of notebook 02, at 1.964 on these articles, counts *letters*. The GPT reads tokens, of two to three letters each. So let counting have them, too:
the same modified Kneser–Ney, from the same text, over the same 1,024 tokens.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Modified Kneser–Ney n-grams of up to six tokens, counted in seconds. The GPT, trained for "
    "two minutes, with its own vectors of bigrams and trigrams. Who pays fewer bits per character "
    "on the unread test articles?",
    {
        "the GPT, by a tenth of a bit or more": "It was a hair ahead of the count of letters. But "
        "tokens help the count just as well: six of them are some fifteen letters.",
        "the counts, by a tenth of a bit or more": "They have had all of the text at once, and "
        "they are strong on so little of it. Yet the network sees what no such count does: "
        "what stands further back than six tokens.",
        "they are within a fiftieth of a bit": "A draw, at this size of text and in this time, and "
        "one side took seconds.",
    },
    right="they are within a fiftieth of a bit",
)

# %% tags=["answer"]
from lmteach.evaluation.results import read_results

stored = read_results("token_ngrams")
for order in range(3, 7):
    [valid_bits] = stored.values("valid_bits", unit="tokens", order=order)
    [test_bits] = stored.values("test_bits", unit="tokens", order=order)
    print(f"{order}-gram of tokens: valid {valid_bits:.3f}, test {test_bits:.3f}")
print(f"GPT: test {on_test:.3f}")

# %% [markdown]
"""
These are stored figures, of one run of `experiments/token_ngrams.py`. The order is chosen on valid: 6. Let us count it here:
"""

# %% tags=["nbval-ignore-output"]
import time

from lmteach.models.ngram.model import NGramModel

begun_at = time.perf_counter()
six_gram = NGramModel(6, "modified_kneser_ney", V).fit(train.tolist())
count_seconds = time.perf_counter() - begun_at
by_count = torch.tensor(six_gram.log_probabilities(test_ids.tolist()))
count_on_test = bits(by_count)
f"{count_on_test:.3f} bits per character, counted in {count_seconds:.1f} s"

# %%
assert abs(count_on_test - test_bits) < 1e-3
assert abs(count_on_test - on_test) < 0.05

# %% [markdown]
r"""
So the fair rival is the count of tokens and not that of letters, and against the fair one the GPT does not win. What two minutes and three million weights buy here, a table has after a second.

## Two who disagree

They pay nearly the same for the whole text. Do they pay it for the same tokens? Let both speak, and believe each by half:

$$ p(x) = \tfrac{1}{2}\, p_\text{GPT}(x) + \tfrac{1}{2}\, p_\text{count}(x) \tag{13.9} $$

This is a distribution again: it sums to 1.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "The GPT and the count pay about 1.95 bits per character each, on the same tokens of the same "
    "articles. What does the mean of their two probabilities pay?",
    {
        "about 1.95, as each of them": "Only if they were sure of the same tokens. Where one gives "
        "a half and the other a hundredth, the mean gives a quarter: one bit lost, over four "
        "saved.",
        "more than 1.95: each spoils the other": "It can't be more than the mean of the two: the "
        "logarithm of a mean is at least the mean of the logarithms.",
        "a few thousandths less": "Perhaps, if the two were nearly the same model. These two have "
        "learned in ways that have little in common.",
        "nearly a tenth less": "They are wrong about different tokens, and to be half right costs "
        "one bit at most.",
    },
    right="nearly a tenth less",
)

# %% tags=["answer", "nbval-ignore-output"]
mixed = torch.logaddexp(by_gpt, by_count) - math.log(2)  # eq. 13.9
print(f"GPT {on_test:.3f}, count {count_on_test:.3f}, half of each {bits(mixed):.3f}")
apart = (by_gpt - by_count).abs() / math.log(2)
print(f"tokens for which one pays over 1 bit more than the other: {(apart > 1).float().mean():.0%}")

# %% tags=["answer"]
assert bits(mixed) < min(on_test, count_on_test) - 0.05
assert bool((mixed >= torch.maximum(by_gpt, by_count) - math.log(2) - 1e-5).all())

# %% [markdown]
"""
Half of each, in one line. The last assertion says why it can't go far wrong: at no token does the mixture pay more than one bit above the better of the two, ln 2 in nats. And where do they
differ? Here are tokens for which one paid at least three bits less than the other, each after the six before it:
"""

# %% tags=["nbval-ignore-output"]
for better, gain in (("GPT", by_gpt - by_count), ("count", by_count - by_gpt)):
    places = [place for place in range(6, 4006) if gain[place] > 3 * math.log(2)]
    print(f"the {better}, at {len(places)} of 4,000 tokens; the first six:")
    for place in places[:6]:
        before = tokenizer.decode(test_ids[place - 6 : place].tolist())
        print(f"    …{before!r} → {tokenizer.decode([test_ids[place].item()])!r}")

# %% [markdown]
"""
A dozen tokens are an impression and no proof. What is measured is only that the two are sure at different places. That is what a mixture lives on.

## What each part is worth

What do Muon, today's form and the vectors of n-grams bring at full length? The runs of a hundred steps above can't say. These are stored figures of 700 steps each, three seeds, on the
test articles (`experiments/gpt_forms.py`).

**Guess first.** From a plain GPT-2 with AdamW to the model that you have trained, in three changes. Which of them brings most?
"""

# %% tags=["answer"]
whole_runs = read_results("gpt_forms")
ladder = {
    "plain GPT, AdamW": {"form": "GPT-2's", "optimizer": "AdamW"},
    "with Muon": {"form": "GPT-2's", "optimizer": "Muon"},
    "in today's form": {"form": "today's", "ngrams": 1},
    "with n-gram vectors": {"form": "today's", "ngrams": 3},
}
for name, case in ladder.items():
    seeds = whole_runs.values("test_bits", steps=700, counts=0, **case)
    print(f"{name:20} {np.mean(seeds):.3f} ± {np.std(seeds, ddof=1):.3f} bits per character")

# %% [markdown]
"""
The second line has, with Muon, all else that is the recipe's: the matrices that start at 0, its warm-up and decay. Each of the next two adds one thing to the line above. Today's form brings
most, more than a quarter of a bit; Muon with what goes with it, and the vectors of n-grams, bring about a tenth each.

In the hundred steps on letters
further up it was the other way round: there the n-grams brought more than the form. So a part is worth so much at this length, on these tokens, in this order of the list. (AdamW had the best of eight
settings of rate, schedule, warm-up, decay and start that were tried on the validation articles, with one seed.)
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Against the clock

How do they all get on if they are given more time, or less? Bits on the *validation* articles against seconds, stored figures, means of three seeds. Each point is a run of its own that comes to rest at its end; the
counts are of the first part of the text, then of more of it, then of all.

**Guess first.** Who leads after ten seconds? And after two minutes?
"""

# %% tags=["answer", "folded"]
# @title Bits on unread text against seconds
from lmteach.plots.training_runs import training_runs

readings = read_results("reading")


def run_of(stored, sizes, **case):
    seconds = [np.mean(stored.values("seconds", **case, **size)) for size in sizes]
    return seconds, [np.mean(stored.values("valid_bits", **case, **size)) for size in sizes]


lengths = [{"letters": 737_280 * times} for times in (1, 3, 8)]
parts = [{"letters": 46_080 * 2**k} for k in range(6)] + [{"letters": 1_876_350}]
steps = [{"steps": number} for number in (175, 350, 700)]
clocked = {
    "6-gram of tokens": run_of(readings, parts, model="6-gram of tokens"),
    "feed-forward": run_of(readings, lengths, model="feed-forward"),
    "LSTM": run_of(readings, lengths, model="LSTM"),
    "GPT": run_of(whole_runs, steps, ngrams=3, counts=0),
    "GPT and 6-gram": run_of(whole_runs, steps, ngrams=3, counts=6),
}
display_figure(
    training_runs(clocked, {"the finished 6-gram": clocked["6-gram of tokens"][1][-1]}),
    alt="Bits per character on the validation articles against seconds of training, on a scale "
    "of factors. The 6-gram of tokens falls from above three bits to just below two within a "
    "second; a dashed level stands where it ends. Far to the right, feed-forward and LSTM end "
    "near 2.3 after one to two minutes. GPT's line falls steeply from 2.3 after half a minute to "
    "that level at two minutes. The line of both together starts at it and ends a tenth of a bit "
    "below.",
)

# %% tags=["answer"]
print("on the test articles, after 700 steps:")
print(f"6-gram of tokens  {test_bits:.3f}")
for name, counts in (("GPT", 0), ("half of each", 6)):
    seeds = whole_runs.values("test_bits", ngrams=3, steps=700, counts=counts)
    print(f"{name:17} {np.mean(seeds):.3f} ± {np.std(seeds, ddof=1):.3f}")
assert np.mean(seeds) < test_bits - 3 * np.std(seeds, ddof=1)

# %% [markdown]
"""
After ten seconds the count has long been done, and no network has come near it. The networks of letters stand near 2.3 after a minute or two. The GPT is a third of a bit behind after half a minute,
and as good as level after two, where its schedule ends.

And half of each? With a GPT of half a minute it is no better than the count alone: whoever knows little should not be believed by half. From one minute on it is the best of all, by many times what seeds
differ by.

## Twice the time

Would more time take the network past the count, without its help? Twice the steps are four times through the text, and what comes again is recognised: that was the step in the curve of the loss. A
suspicion: it is the tables, with three of four weights, that learn the text by heart.

To try it, there is one more word in the configuration, `ngram_dropout=0.25`. In each step of training a quarter of the n-grams' vectors, drawn anew, are left out, so that the layers must be able to do
without any of them. When it is judged, the model has them all. (Leaving out parts at random is called *dropout*; Srivastava et al. 2014 leave out single numbers.)

**Guess first.** Twice the steps, with all vectors and with a quarter left out: which gains more over the 700 steps, and is either below the count?
"""

# %% tags=["answer"]
longer, left_out = read_results("gpt_longer"), {"steps": 1400, "ngram_dropout": 0.25}
runs_of_it = {
    "700 steps": (whole_runs, {"steps": 700, "ngrams": 3, "counts": 0}),
    "1,400 steps": (longer, {"steps": 1400, "ngram_dropout": 0.0}),
    "1,400 steps, a quarter left out": (longer, {**left_out, "counts": 0}),
    "half of that, half 6-gram": (longer, {**left_out, "counts": 6}),
}
for name, (source, case) in runs_of_it.items():
    seeds, seconds = (source.values(figure, **case) for figure in ("test_bits", "seconds"))
    spread = np.std(seeds, ddof=1)
    print(f"{name:32} {np.mean(seeds):.3f} ± {spread:.3f} in {np.mean(seconds):.0f} s")
print(f"{'6-gram of tokens':32} {test_bits:.3f}")

# %% [markdown]
"""
Twice the time alone takes it a little past the count. With a quarter of the vectors left out it stands a twentieth of a bit below the count, many times what the seeds differ by, with as many weights and
as many steps. That fits the suspicion; it is no proof of what goes on inside. And half of that GPT and half of the count pay least of all on our board.

## The equal sign

The classes from this notebook, with the weights of the trained model, against the package; and both forms, with tiny random weights.
"""

# %%
twin = ModernGPT(model.config).to(session.device).eval()
twin.load_state_dict(model.state_dict())
four_windows = random_windows(train, 4, T, seeded(5))[0]
with torch.no_grad():
    assert_close(twin(four_windows), model(four_windows), atol=1e-4, rtol=1e-5)

# %%
tiny = {"vocab_size": V, "context": 32, "dim": 16, "heads": 2, "layers": 3}
modern = GPTConfig.modern(**tiny, ngram_order=3, ngram_rows=500)
pairs = ((GPT(**tiny), shipped.GPT(GPTConfig(**tiny))), (ModernGPT(modern), shipped.GPT(modern)))
for ours, theirs in pairs:
    ours, theirs = ours.double(), theirs.double()
    ours.load_state_dict(theirs.state_dict())
    some = four_windows[:, :32].cpu()
    assert_close(ours(some), theirs(some), atol=1e-8, rtol=0)
    later = some.clone()
    later[:, 20:] = 0  # what comes later changes nothing before it
    assert torch.equal(ours(later)[:, :20], ours(some)[:, :20])

# %%
from lmteach.training import muon as shipped_muon
from lmteach.training import optimizers

step_by_step(Adam, optimizers.Adam, lr=0.01)
step_by_step(AdamW, optimizers.AdamW, lr=0.01)
matrix = torch.randn(7, 12)
assert_close(orthogonalised(matrix), shipped_muon.orthogonalised(matrix))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

The last model of board A, judged on the same test articles as all others. *Seeds* says over how many runs a row is the mean, *characters* how much of
the text there was to read, and *times read* how often it was read: a network that was stopped early has read it less than once. Where no seeds are named, no dice were thrown.
"""

# %% tags=["nbval-ignore-output"]
name = "GPT with n-gram vectors, Muon"
reading = {"text_read": len(wiki.train), "passes": seen / len(train)}
mine = record("A", name, on_test, model.parameter_count, history.seconds, **reading)
table("A", columns=["parameters", "seconds", "seeds", "text_read", "passes"])

# %% [markdown]
"""
And the board in one picture, from counting letters to GPT, without short runs and some rows that lie between others. The band is where people are: given a hundred letters, Shannon's readers
needed between 0.6 and 1.3 bits for the next one, in an alphabet of 27 signs (Shannon 1951, table I).
"""

# %%
from lmteach.plots.cost_and_quality import cost_and_quality


def family(name):
    if "GPT" in name:
        return "Transformer"
    if "HMM" in name:
        return "hidden Markov"
    return "counted" if "gram" in name else "networks"


# %%
between = ["7-gram, Kneser–Ney", "6-gram, absolute discounting", "HMM, 4 states"]
between += ["HMM, 16 states", "RNN, 480 steps", "GRU, 480 steps", "LSTM, 480 steps"]
between += ["feed-forward, 1,200 steps", "plain GPT, Muon", "GPT in today's form, Muon"]
between += ["half GPT, half 6-gram of tokens"]
points = {"counted": {}, "hidden Markov": {}, "networks": {}, "Transformer": {}}
levels = {}
for row in table("A").committed:
    if "gzip" in row.model or "xz" in row.model:
        levels[row.model] = row.value
    elif row.model not in between:
        points[family(row.model)][row.model] = row.seconds, row.value

# %% tags=["folded", "nbval-ignore-output"]
# @title The whole board
display_figure(
    cost_and_quality(points, levels, band=("people: 0.6 to 1.3", 0.6, 1.3)),
    alt="Models of board A: bits per character against seconds of training, on a scale of "
    "factors. Counted models go down from the unigram above four bits to the 8-gram and the "
    "6-gram of tokens just below two, all within some seconds. The hidden Markov model lies at "
    "three and a half. The networks of notebooks 05 and 07 are near 2.3 after one or two minutes. "
    "At the far right the GPTs: the "
    "plain one at 2.4, the one with n-gram vectors as low as the best counts, after twice the time "
    "below them, and lowest of all halves of a GPT and of the 6-gram. Dashed levels: gzip, xz, and "
    "xz that has read the training text. All are above the green band of people, 0.6 to 1.3.",
)

# %% [markdown]
"""
Beside the best of the networks before it, and the best counts:
"""

# %% tags=["nbval-ignore-output"]
networks = [bits_and_time[1] for bits_and_time in points["networks"].values()]
assert mine.value < min(networks) - 0.3
print(f"networks before: {min(networks):.3f}")
print(f"8-gram of letters: {points['counted']['8-gram, modified Kneser–Ney'][1]:.3f}")
print(f"6-gram of tokens: {count_on_test:.3f}, GPT: {mine.value:.3f}")

# %% [markdown]
r"""
Read it from left to right: that is the path of this collection. For its price, counting has no rival. A recurrent network needs minutes to come where a count of five letters is after a second.
It took attention, tokens and two minutes for a network to come level with the best tables of counts, and four to pass them. And not without
counting's own idea, for three of four of its weights are vectors of bigrams and trigrams. Lowest stands what believes both. Look at the gap below them all: that is where larger models live, on more text.

## Spot the bug

A course page gives Adam's update as $\theta \leftarrow \theta - \alpha \nabla L$. It looks right. It has a rate, a gradient and a minus sign. Here is a long, narrow valley, a hundred times as
steep across as along.
"""


# %%
class LabelledAdam(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter -= group["lr"] * parameter.grad


# %%
def bowl(x, y):
    return (x**2 + 100 * y**2) / 2


def walk(make, rate, steps=60):
    place = nn.Parameter(torch.tensor([-9.0, 1.5]))
    optimizer, path = make([place], lr=rate), []
    for _ in range(steps):
        path.append(place.detach().clone())
        optimizer.zero_grad()
        bowl(*place).backward()
        optimizer.step()
    return torch.stack(path).numpy()


# %% [markdown]
"""
Sixty steps for each, at a rate that suits it, from the upper left; the lowest point is in the middle, at (0, 0).

**Guess first.** Which way will each of them go?
"""

# %% tags=["answer", "folded"]
# @title Two ways down
from lmteach.plots.descent_paths import descent_paths

paths = {"labelled Adam": walk(LabelledAdam, 0.018), "Adam": walk(Adam, 0.5)}
display_figure(
    descent_paths(paths, bowl),
    alt="Contours of a long, narrow valley, and two paths of 60 steps from its upper left. The "
    "one labelled Adam jumps from wall to wall and then creeps along the floor; after two thirds "
    "of the way its steps are over. Adam swings across in one wide curve, passes the middle, and "
    "curls back into it.",
)

# %%
for name, path in paths.items():
    print(f"{name:14} is {np.hypot(*path[-1]):.2f} away, at a height of {bowl(*path[-1]):.3f}")
assert np.hypot(*paths["Adam"][-1]) < 1 < np.hypot(*paths["labelled Adam"][-1])

# %% [markdown]
"""
It is plain gradient descent. Across the valley the gradient is large, along it small, and one rate must serve both; a little more than 0.02, and it
jumps out:
"""

# %%
[float(f"{bowl(*walk(LabelledAdam, rate)[-1]):.2g}") for rate in (0.015, 0.019, 0.021, 0.5)]

# %% [markdown]
"""
The last is the rate that suited Adam. And in a GPT, at the rate of our short runs, and at others?
"""

# %% tags=["nbval-ignore-output"]
def ends_at(make, rate):
    return np.mean(short_run(fresh(), lambda model: make(model.parameters(), lr=rate))[-10:])


by_adam = ends_at(Adam, 3e-3)
labelled = {rate: ends_at(LabelledAdam, rate) for rate in (3e-3, 0.03, 0.1, 0.3, 1.0)}
print(f"Adam           at 0.003  {by_adam:.2f} nats per letter")
for rate, end in labelled.items():
    print(f"labelled Adam  at {rate:<7g}{end:.2f}")

# %%
assert labelled[3e-3] > by_adam + 0.5
assert min(labelled.values()) > by_adam + 0.05

# %% [markdown]
"""
No error, no warning, and the loss falls at every rate. At Adam's it hardly moves, and whoever sees that looks for the mistake in the model. With a rate of its own, a hundred times as
large, it makes up most of the way and not all of it (one seed, a hundred steps).

## In practice

`GPT2LMHeadModel` of `transformers` is the same model. Ours is saved in its format, and it reads it; it saves its own, and ours reads that. The
logits agree both ways, with tiny random weights:
"""

# %%
import importlib.util
import tempfile

compared = bool(importlib.util.find_spec("transformers"))
if compared:
    from transformers import GPT2Config, GPT2LMHeadModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
else:
    print("transformers is not installed: pip install transformers, to compare.")

# %%
some_ids = torch.randint(V, (3, 32), generator=seeded(0))
if compared:
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        ours = shipped.GPT(GPTConfig(V, 32, 16, 2, 3), seeded(1)).eval()
        ours.save_pretrained(folder)
        theirs = GPT2LMHeadModel.from_pretrained(folder).eval()
        assert_close(ours(some_ids), theirs(some_ids).logits, atol=1e-5, rtol=0)

# %%
if compared:
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        given = GPT2Config(vocab_size=V, n_positions=32, n_embd=16, n_layer=3, n_head=2)
        theirs = GPT2LMHeadModel(given).eval()
        theirs.save_pretrained(folder)
        ours = shipped.GPT.from_pretrained(folder)
        assert_close(ours(some_ids), theirs(some_ids).logits, atol=1e-5, rtol=0)

# %% [markdown]
"""
So where there is a network, `GPT.from_pretrained("gpt2")` gives you the smallest real one: 548 MB, once, checked by its SHA-256. The same class that you read
above, only larger:
"""

# %%
with torch.device("meta"):  # shapes without numbers
    print(f"{shipped.GPT(GPTConfig()).parameter_count:,}")

# %% [markdown]
"""
Three habits from work: print the first loss; keep the recipe beside the weights, as `GPTRecipe` does; and compare models in seconds, not in
steps.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · a block of GPT-2 (25 minutes, ●●○)

The drawing's right column, in NumPy, for one text: no class, no option, nothing hidden. Each step is judged alone. In the end it takes the weights of a block of
Hugging Face's GPT-2, and must agree with it.

#### Step 1 · normed

LayerNorm of `x` (T, D): each place by itself is brought to mean 0 and variance 1, with 1e-5 added to the variance, then multiplied by `gain` (D,), and `bias` (D,) is added.
"""


# %% tags=["exercise"]
def normed(x, gain, bias):
    ### BEGIN SOLUTION: an array (T, D)
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    return gain * centred / np.sqrt(variance + 1e-5) + bias
    ### END SOLUTION


check.normed(normed)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Mean and variance are over the last axis; with `keepdims=True` they can be subtracted from and divided into (T, D).

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · into_heads

From `x` (T, D) to (H, T, K): head number h gets the h-th group of K neighbouring columns, K = D / H.
"""


# %% tags=["exercise"]
def into_heads(x, heads):
    ### BEGIN SOLUTION: an array (H, T, K)
    cut = x.reshape(len(x), heads, -1)  # (T, H, K)
    return cut.transpose(1, 0, 2)
    ### END SOLUTION


check.into_heads(into_heads)


# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

First cut the columns, (T, H, K); then let two axes change places.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · attend_to_past

Causal attention of all heads at once: `q`, `k` and `v` are (H, T, K). Place t sees places up to t.
"""


# %% tags=["exercise"]
def attend_to_past(q, k, v):
    ### BEGIN SOLUTION: an array (H, T, K)
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])  # (H, T, T)
    future = np.triu(np.ones(scores.shape[-2:], dtype=bool), 1)
    powers = np.exp(np.where(future, -np.inf, scores))
    return powers / powers.sum(axis=-1, keepdims=True) @ v
    ### END SOLUTION


check.attend_to_past(attend_to_past)


# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.triu(…, 1)` is what lies above the diagonal: the future. Its scores become −∞ *before* the softmax.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
#### Step 4 · feed_forward

Wide, GELU, narrow again: `W1` is (D, 4 D), `W2` (4 D, D). GPT-2's GELU is

$$ \mathrm{GELU}(z) = \tfrac{1}{2}\, z\, \Big(1 + \tanh\big(\sqrt{2 / \pi}\, (z + 0.044715\, z^3)\big)\Big) $$
"""


# %% tags=["exercise"]
def feed_forward(x, W1, b1, W2, b2):
    ### BEGIN SOLUTION: an array (T, D), without the residual path
    z = x @ W1 + b1
    gelu = 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return gelu @ W2 + b2
    ### END SOLUTION


check.feed_forward(feed_forward)


# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`x @ W1 + b1` is (T, 4 D); the GELU keeps the shape.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · gpt2_block

The block for `x` (T, D), with your four functions. `w` holds the weights by the names that they have in GPT-2: `ln_1.weight` and
`ln_1.bias`, `attn.c_attn.weight` (D, 3 D), whose result is q, k and v side by side, `attn.c_proj.weight` (D, D) for the joined heads, `ln_2.weight`, `mlp.c_fc.weight` (D, 4 D),
`mlp.c_proj.weight` (4 D, D), and a `.bias` for each. Then hold it against the original, in a new cell below yours:

```python
from transformers.models.gpt2.modeling_gpt2 import GPT2Block

given = GPT2Config(n_embd=16, n_head=2, attn_implementation="sdpa")
theirs = GPT2Block(given, layer_idx=0).double().eval()
w = {name: weight.numpy() for name, weight in theirs.state_dict().items()}
x_in = np.random.default_rng(0).normal(size=(7, 16))
with torch.no_grad():
    expected = theirs(torch.tensor(x_in)[None])
expected = expected[0] if isinstance(expected, tuple) else expected
np.abs(gpt2_block(x_in, w, 2) - expected.numpy().reshape(7, 16)).max()
```

How large may the difference be?
"""


# %% tags=["exercise"]
def gpt2_block(x, w, heads):
    ### BEGIN SOLUTION: an array (T, D)
    mapped = normed(x, w["ln_1.weight"], w["ln_1.bias"]) @ w["attn.c_attn.weight"]
    q, k, v = np.split(mapped + w["attn.c_attn.bias"], 3, axis=-1)
    mixed = attend_to_past(into_heads(q, heads), into_heads(k, heads), into_heads(v, heads))
    joined = mixed.transpose(1, 0, 2).reshape(x.shape)
    x = x + joined @ w["attn.c_proj.weight"] + w["attn.c_proj.bias"]
    fc = w["mlp.c_fc.weight"], w["mlp.c_fc.bias"]
    proj = w["mlp.c_proj.weight"], w["mlp.c_proj.bias"]
    return x + feed_forward(normed(x, w["ln_2.weight"], w["ln_2.bias"]), *fc, *proj)
    ### END SOLUTION


check.gpt2_block(gpt2_block)


# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Twice: `x = x + part(norm(x))`. To join the heads is step 2 the other way: transpose, then reshape to (T, D).

</details>

<details><summary>Solution</summary>

{{solution}}

The difference is rounding: with double precision some 1e-15, and 1e-6 in single. Whatever is larger is a mistake.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · loss_of_text (8 minutes, ●●○)

With NumPy, for one text: `logits` (T, V) and `ids` (T,). Return the loss of equation 13.2 in nats per token.
"""


# %% tags=["exercise"]
def loss_of_text(logits, ids):
    ### BEGIN SOLUTION: which row is about which token?
    rows, wanted = logits[:-1], np.array(ids[1:])
    sums = np.log(np.exp(rows).sum(axis=1))
    return (sums - rows[np.arange(len(wanted)), wanted]).mean()
    ### END SOLUTION


check.loss_of_text(loss_of_text)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The last row is about a token that isn't there, and nobody asks for the first token. `np.log(np.exp(row).sum())` is the logarithm of
the softmax's denominator.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · gpt_parameters (10 minutes, ●●○)

How many weights has a GPT in GPT-2's form, with biases, LayerNorms and a learned table of positions? For GPT-2 itself (a vocabulary of 50,257, a context
of 1,024, 768 numbers, 12 layers), the number above must come out: 124,439,808.
"""


# %% tags=["exercise"]
def gpt_parameters(vocab, context, dim, layers):
    ### BEGIN SOLUTION: a whole number
    layer = 12 * dim**2 + (3 + 1 + 4 + 1) * dim + 2 * 2 * dim
    return (vocab + context) * dim + layers * layer + 2 * dim
    ### END SOLUTION


check.gpt_parameters(gpt_parameters)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

In a layer: maps of D × 3D, D × D, D × 4D and 4D × D, each with as many biases as it has outputs, and two norms of 2D. Outside: two
tables and one norm. The output layer is the table of tokens.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 3 · training_seconds (5 minutes, ●○○)

How long does it take to train a model of so many parameters on so many tokens, on a machine that does `flops` operations a second? GPT-3
has 175 billion parameters and read 300 billion tokens (Brown et al. 2020). How many years would it be at the speed that you measured above?
"""


# %% tags=["exercise"]
def training_seconds(parameters, tokens, flops):
    ### BEGIN SOLUTION: equation 13.8
    return 6 * parameters * tokens / flops
    ### END SOLUTION


check.training_seconds(training_seconds)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Six operations for each weight and token, divided by how many are done in a second. `speed` is your machine's.

</details>

<details><summary>Solution</summary>

{{solution}}

At sixty billion operations a second, `training_seconds(175e9, 300e9, 60e9)` is 5.25e12 s, or about 166,000 years. To have it in a month takes two million such machines.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- GPT is the encoder layer under a causal mask, stacked: all questions of a text are asked and answered at once.
- An untrained model should start at ln V. If it doesn't, mend the start.
- Adam steps by the mean gradient in units of its usual size; warm up while it knows little, come to rest at the end.
- Training costs about six operations for each weight and token.
- After two minutes, on this text, GPT and the best count of its own tokens are level; after four, and with n-gram vectors left out at random, the GPT is ahead; half of each is better than either. Compare on unread text, and say who read how much.

**Further reading.** A. Radford and others, "Improving Language Understanding by Generative Pre-Training" (2018), and "Language Models
are Unsupervised Multitask Learners" (2019). D. Kingma and J. Ba, "Adam" (2015). I. Loshchilov and F. Hutter, "Decoupled Weight Decay
Regularization" (2019). K. Jordan and others, "Muon" (2024). J. Kaplan and others, "Scaling Laws for Neural Language Models" (2020). T. Brown and others,
"Language Models are Few-Shot Learners" (2020). N. Srivastava and others, "Dropout" (2014). H. Huang and others, "Over-Tokenized Transformer" (2025). C. E. Shannon, "Prediction and Entropy of Printed English" (1951).

**Next.** {{next}}: the model gives probabilities. Which token do we take?
"""
