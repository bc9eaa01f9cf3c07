# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 13 · GPT

{{badges}}

> The wolf is a large dog that lives in the ▁

What comes next? Every notebook so far has asked this, and after twelve of them the best answer on our scoreboard
is still a count: the 8-gram of notebook 02, made in two seconds. Here is a network that asks nothing else, built from what you
have. Can it beat counting, in two minutes, on the machine in front of you?

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
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.gpt_recipe import WIKIPEDIA
from lmteach.training.loop import fit

# %% [markdown]
"""
Wikipedia again, as the tokens of notebook 12 for the model that counts in the end, and as letters for small experiments on the way, which are quicker
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

Here is the first. One map makes queries, keys and values at once. (`turns` and `rms_norm` wait for their time: they
come below.)
"""

# %%
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.transformer.attention import causal_mask
from lmteach.models.transformer.layers import ACTIVATIONS, make_norm
from lmteach.models.transformer.positions import LearnedPositions, frequencies, rotary, rotate


# %% lmteach={"plain": "models.transformer.attention.MultiHeadAttention"}
class SelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        maps = nn.Linear(config.dim, 3 * config.dim, config.bias)
        self.in_proj_weight, self.in_proj_bias = maps.weight, maps.bias
        self.out_proj = nn.Linear(config.dim, config.dim, config.bias)

    def forward(self, x, turns=None):
        mapped = functional.linear(x, self.in_proj_weight, self.in_proj_bias)
        parts = mapped.unflatten(-1, (3, -1, self.config.head_dim))  # (B, T, 3, H, K)
        q, k, v = parts.transpose(1, 3).unbind(dim=2)  # (B, H, T, K)
        if self.config.query_key_norm:
            q, k = rms_norm(q), rms_norm(k)
        if turns is not None:
            q, k = rotate(q, *turns), rotate(k, *turns)
        dropout = self.config.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(q, k, v, None, dropout, is_causal=True)
        return self.out_proj(mixed.transpose(1, 2).flatten(start_dim=-2))


# %% lmteach={"defines": ["models.transformer.layers.squared_relu", "models.transformer.layers.swiglu"]}
def squared_relu(x):
    return functional.relu(x).square()


def swiglu(x):
    gate, value = x.chunk(2, dim=-1)
    return functional.silu(gate) * value


# %% [markdown]
"""
Between its two maps the small network has a GELU, or one of these two, whose time comes below as well. The block: look back, then
think, each beside the residual path, with the norm before it (eq. 11.3 of notebook 11).
"""


# %% lmteach={"plain": "models.transformer.layers.EncoderLayer"}
class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        wide = 2 * config.hidden if config.activation == "swiglu" else config.hidden
        self.norm1, self.self_attn = make_norm(config.layer), SelfAttention(config)
        self.norm2 = make_norm(config.layer)
        self.linear1 = nn.Linear(config.dim, wide, config.bias)
        self.linear2 = nn.Linear(config.hidden, config.dim, config.bias)
        self.activation = ACTIVATIONS[config.layer.activation]
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x, turns=None):
        x = x + self.dropout(self.self_attn(self.norm1(x), turns))
        return x + self.dropout(self.linear2(self.activation(self.linear1(self.norm2(x)))))


# %% [markdown]
"""
**Guess first.** You have met this block before, under another name. It is *not* the decoder layer of notebook 11. Which one
is it?
"""

# %%
from lmteach.models.transformer.layers import EncoderLayer, TransformerConfig

sizes = {"context": 32, "dim": 64, "heads": 4, "layers": 2}
config = GPTConfig(vocab_size=V, **sizes)
block = Block(config)
layer = EncoderLayer(TransformerConfig(64, 4, 256, dropout=0.0, pre_norm=True)).eval()
layer.activation = nn.GELU(approximate="tanh")

# %%
layer.load_state_dict(block.state_dict())
x = torch.randn(3, 10, 64)
assert_close(block(x), layer(x, mask=causal_mask(10)), atol=1e-5, rtol=0)

# %% [markdown]
"""
The *encoder* layer, under the decoder's mask. Only the mask makes it a writer.

## Ids in, logits out

What is left is little: a table of tokens, positions, blocks, one more norm, and logits for every token of the vocabulary,
by the same table the other way round. GPT-2's positions are a learned table, too (notebook 10).
"""


# %%
class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.dim)
        self.wpe = LearnedPositions(config.context, config.dim)
        self.h = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.ln_f = make_norm(config.layer)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1], device=ids.device))
        for block in self.h:
            x = block(x)
        return functional.linear(self.ln_f(x), self.wte.weight)


# %%
untrained = GPT(config).to(session.device)
sentence = "The wolf is a large dog that lives in the forest."
ids = torch.tensor([tokenizer.encode(sentence)], device=session.device)
ids.shape, untrained(ids).shape

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Every place is a question

The probability of a text is that of its first token, times that of the second given the first, and so on. This is no assumption,
only the chain rule of notebook 01:

$$ P(w_1, \dots, w_T) = \prod_{t=1}^{T} P(w_t \mid w_1, \dots, w_{t-1}) \tag{13.1} $$

The loss is the mean surprise, and the logits at place $t$ are about the token $t + 1$:

$$ \mathcal{L} = -\frac{1}{T - 1} \sum_{t=1}^{T-1} \log P_\theta(w_{t+1} \mid w_1, \dots, w_t) \tag{13.2} $$

One text of $T$ tokens is $T - 1$ questions. The honest way to ask them is one after the other, each with its own past:
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
**Guess first.** How many times does the model have to read the text, if all questions are asked at once?
"""


# %% lmteach={"defines": "training.gpt_recipe.next_token_loss"}
def next_token_loss(model, windows):
    inputs, following = windows
    return functional.cross_entropy(model(inputs).flatten(0, 1), following.flatten())


# %%
at_once = next_token_loss(untrained, (ids[:, :-1], ids[:, 1:]))
assert_close(at_once, one_by_one(untrained, ids), atol=1e-5, rtol=0)

# %% [markdown]
"""
Once. No place sees what comes after it, so all answers are as good as if they had been asked alone. This is what the causal
mask is for, and it is why a GPT learns from every token at every step, where the RNN of notebook 06 had to walk.

## Before it has learned anything

**Guess first.** An untrained model, a vocabulary of 1,024. How large is its loss, in nats per token?
"""

# %%
from lmteach.models.gpt import model as shipped
from lmteach.text.batches import random_windows

# %%
starting = []
for name, form in (("small", config), ("to be trained", recipe.config)):
    model = shipped.GPT(form, seeded(0)).to(session.device)
    loss = next_token_loss(model, random_windows(train, 4, form.context, seeded(0))).item()
    starting.append(loss / math.log(V))
    print(f"{name:14} {loss:.2f}, ln V = {math.log(V):.2f}")
assert all(abs(ratio - 1) < 0.02 for ratio in starting)

# %% [markdown]
r"""
ln V: whoever knows nothing should say nothing. The package gets there by starting small, as GPT-2 did: all weights normal with standard deviation 0.02, and those that
end in the residual path smaller still, by $\sqrt{2L}$, since so many of them are added up.

The class that you have just read has PyTorch's own start, and `nn.Embedding` begins at standard deviation 1. It
runs, it has the right shapes. **Guess first.** What does it say?
"""

# %%
small = GPTConfig(vocab_size=letters.vocab_size, **sizes)
torch.manual_seed(0)
careless = GPT(small).to(session.device)
wanted = random_windows(text, 16, 32, seeded(0))
print(f"{next_token_loss(careless, wanted).item():.1f}, and ln 82 is {math.log(82):.1f}")

# %% [markdown]
"""
It is as sure of itself as it is wrong: each token is scored by its own table row, and so it expects every token to be
followed by itself. What does that cost? A hundred steps on letters from both starts:
"""


# %%
def fresh(form=small):
    return shipped.GPT(form, seeded(0)).to(session.device)


def windows_of_letters(generator):
    return random_windows(text, 16, 32, generator)


def adamw(model, kind=torch.optim.AdamW):
    return kind(model.parameters(), lr=3e-3, betas=(0.9, 0.95), weight_decay=0.0)


def short_run(model, make=adamw, schedule=None, steps=100):
    given = {"schedule": schedule, "progress": False}
    run = fit(model, next_token_loss, windows_of_letters, steps, make(model), seeded(1), **given)
    return run.losses


# %% tags=["nbval-ignore-output"]
starts = {
    name: short_run(begun)
    for name, begun in (("small start", fresh()), ("careless start", careless))
}
below = {name: np.argmax(np.array(run) < math.log(82)) for name, run in starts.items()}
for name, run in starts.items():
    print(f"{name:15} below ln 82 after {below[name]:2} steps, {np.mean(run[-10:]):.2f} at the end")

# %%
display_figure(
    curves(starts, xlabel="step", ylabel="nats per letter", reference=("ln 82", math.log(82))),
    alt="Two losses over 100 steps and a dashed level, ln 82, at 4.4. The small start begins at "
    "the level and falls below it at once. The careless start begins many times as high, and "
    "comes down to the level only after more than fifteen steps.",
)
assert starts["careless start"][0] > 5 * math.log(82)
assert below["small start"] < 5
assert below["careless start"] > 10

# %% [markdown]
r"""
Until it is below ln 82, the careless one has only been unlearning: steps that you have paid for. So print the first loss of every run and compare it with ln V: it is the cheapest test that
there is.

## Adam, written out

`AdamW` has trained our networks since notebook 05, on trust. What is in it? Two running means for each weight: of its gradient, and of the
gradient's square.

$$ m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \tag{13.3} $$

Both begin at 0 and are too small at first; after $t$ steps their weights sum to $1 - \beta^t$, and dividing by it mends that. The step is the mean,
in units of the usual size:

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

# %%
-adam_direction(torch.tensor([1000.0, 0.1, -0.00001]), {}, betas=(0.9, 0.999), eps=1e-12)

# %% [markdown]
"""
All alike: only the sign counts. A gradient says which way; Adam decides how far. The rest is bookkeeping:
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
*Weight decay* pulls all weights towards 0. Here it goes through the gradient, and is divided by its size like everything else. **AdamW**
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
    pair = [fresh(form).cpu().double() for _ in range(2)]
    steps = [make(m.parameters(), **options) for make, m in zip((ours, theirs), pair, strict=True)]
    for step in range(20):
        windows = [part.cpu() for part in windows_of_letters(seeded(step))]
        for model, optimizer in zip(pair, steps, strict=True):
            optimizer.zero_grad()
            next_token_loss(model, windows).backward()
            optimizer.step()
        assert_close(*(list(model.parameters()) for model in pair), rtol=1e-9, atol=1e-12)


step_by_step(Adam, torch.optim.Adam, lr=0.01, weight_decay=0.1)
step_by_step(AdamW, torch.optim.AdamW, lr=0.01, weight_decay=0.1, betas=(0.8, 0.95))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Warm up, then come to rest

Adam divides by the usual size of a gradient. At the first step it knows one gradient, at the second two. **Guess first.** When are its
steps longest: when it knows least, or when it knows most? A run in which every step's root mean square is written down, in learning
rates:
"""


# %%
class Watched(AdamW):
    def step(self):
        group = self.param_groups[0]
        before = [p.detach().clone() for p in group["params"]]
        super().step()
        pairs = zip(before, group["params"], strict=True)
        moved = torch.cat([(old - new).flatten() for old, new in pairs])
        self.sizes.append(moved.square().mean().sqrt().item() / group["lr"])


# %% tags=["nbval-ignore-output"]
Watched.sizes = []
short_run(fresh(), lambda model: adamw(model, Watched))
assert Watched.sizes[0] > 2 * max(Watched.sizes[20:])
[round(Watched.sizes[step], 2) for step in (0, 1, 10, 50, 99)]

# %%
display_figure(
    curves({"Adam": Watched.sizes}, xlabel="step", ylabel="step, in learning rates"),
    alt="The root mean square of Adam's steps over 100 steps, in learning rates. The first step "
    "is by far the longest, at about one; within some ten steps it falls to a third, and goes "
    "lower.",
)

# %% [markdown]
r"""
Longest when it knows least: at first all gradients agree with their own mean, later they contradict each other. So the rate starts near 0 and
*warms up*. At the end the opposite is wanted: the gradient of a batch is noise around the true one, and a model that keeps stepping is
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
a valley, each with a gradient of its own, which is as noisy as a small batch's. **Guess first.** Both rates bring them to the bottom. How close do they stay?
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


# %%
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
At a level rate they are thrown about at a distance that the rate itself sets. Falling to zero, they come to rest.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## A step for matrices: Muon

Adam treats a matrix as a bag of numbers. But a matrix has *directions*: it is a sum of a few, each with a strength, its singular values (notebook 05's
principal plane was made of the first two). Look at the gradient of one map in a model that has learned a little:
"""

# %% tags=["nbval-ignore-output"]
learner = fresh()
short_run(learner)
learner.zero_grad()
next_token_loss(learner, wanted).backward()

# %% tags=["nbval-ignore-output"]
gradient = learner.h[0].linear1.weight.grad
strengths = torch.linalg.svdvals(gradient)
assert strengths[10] < strengths[0] / 4
(strengths / strengths[0])[[0, 1, 5, 10, 20, 40]].cpu()

# %% [markdown]
r"""
The first few outweigh all others: the fourth number is the eleventh direction, and there are 64. Muon (Jordan 2024)
makes them equally strong, without finding them. A polynomial, of matrix products only,

$$ X \leftarrow a X + b\, (X X^\top) X + c\, (X X^\top)^2 X \tag{13.6} $$

does to each singular value $s$ what $a s + b s^3 + c s^5$ does to a number, and leaves the directions alone. **Guess first.** Five rounds from $s = 1$, 0.1 and 0.01, with the coefficients
below: where do they end?
"""

# %%
QUINTIC, ROUNDS = (3.4445, -4.7750, 2.0315), 5
a, b, c = QUINTIC
for s in (1.0, 0.1, 0.01):
    for _ in range(ROUNDS):
        s = a * s + b * s**3 + c * s**5
    print(round(s, 2))


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
by_adam = adam_direction(gradient.clone(), {}, betas=(0.9, 0.999), eps=1e-8)
values = {
    name: torch.linalg.svdvals(step).cpu()
    for name, step in (
        ("gradient", gradient),
        ("Adam", by_adam),
        ("Muon", orthogonalised(gradient)),
    )
}

# %% [markdown]
"""
In this order: what came in, what Adam would make of it, and what Muon makes of it.
"""

# %% tags=["nbval-ignore-output"]
display_figure(
    curves(
        {name: found / found[0] for name, found in values.items()},
        xlabel="direction, the strongest first",
        ylabel="strength, of the strongest",
    ),
    alt="Singular values of three steps for one matrix, 64 directions, as shares of the largest. "
    "The gradient's fall to an eighth within ten directions, and on to almost nothing. Those of "
    "Adam's step fall nearly as fast, and stay a little above. Muon's go down slowly and are "
    "above one half until the last one.",
)
strong = {name: int((found > 0.5 * found[0]).sum()) for name, found in values.items()}
assert strong["Muon"] > 3 * max(strong["gradient"], strong["Adam"])
strong

# %% [markdown]
"""
So many directions have at least half of the strength of the first. Only what was next to nothing is still little after five rounds. Does it learn faster? The same model, the
same batches; tables and norms, which are no maps, stay with AdamW.
"""

# %%
from lmteach.training.muon import Muon, muon_groups


def muon(model):
    return Muon(muon_groups(model), lr=1e-2, weight_decay=0.0)


def cosine(t):
    return factor(t, 20, 100)


# %% tags=["nbval-ignore-output"]
runs = {"AdamW": short_run(fresh(), adamw, cosine), "Muon": short_run(fresh(), muon, cosine)}
for name, losses in runs.items():
    print(f"{name:6}{np.mean(losses[-20:]):.2f} nats per letter")
assert np.mean(runs["Muon"][-20:]) < np.mean(runs["AdamW"][-20:]) - 0.05

# %% [markdown]
r"""
Fewer steps for the same loss. A step costs more, by five rounds of matrix products for each matrix; whether that pays is a matter of seconds,
not of steps, and the larger the batch, the less it costs.

## GPT-2's form, and today's

The plan is that of 2019. Five parts have changed:

| part | GPT-2 (2019) | today | why |
|---|---|---|---|
| norm | LayerNorm | RMSNorm (Zhang and Sennrich 2019) | no mean to subtract, no bias |
| positions | learned table | rotary (Su et al. 2021) | only distances count |
| activation | GELU | squared ReLU (So et al. 2021), SwiGLU (Shazeer 2020) | better for the same work |
| biases | everywhere | none | nothing is lost |
| queries and keys | as they come | brought to one length (Henry et al. 2020) | scores can't run away |

The first in one line,

$$ \mathrm{RMS}(x) = \frac{x}{\sqrt{\tfrac{1}{D} \sum_d x_d^2 + \epsilon}} \odot g \tag{13.7} $$
"""


# %% lmteach={"defines": "models.transformer.norms.rms_norm"}
def rms_norm(x, eps=1e-5):
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + eps)  # eq. 13.7


# %%
x = torch.randn(2, 4, 5, 16)
assert_close(rms_norm(x), functional.rms_norm(x, (16,), eps=1e-5))
angles = torch.arange(5)[:, None] * frequencies(16)
by_gpt = rotate(x, angles.cos().float(), angles.sin().float())
assert_close(by_gpt, rotary(x, torch.arange(5)))

# %% [markdown]
"""
and the others as one word each in the configuration. **Guess first.** Exchange one at a time in our small model, a hundred steps of Muon each. Which
change brings most? Which brings nothing?
"""

# %% tags=["nbval-ignore-output"]
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

# %% tags=["nbval-ignore-output"]
after = {}
for name, form in forms.items():
    begun = fresh(form)
    after[name] = np.mean(short_run(begun, muon, cosine)[-20:])
    print(f"{name:18}{begun.parameter_count:9,} weights  {after[name]:.2f} nats per letter")

# %%
assert after["all five"] < after["GPT-2's form"] - 0.03
assert after["rotary positions"] < after["GPT-2's form"]
assert abs(after["no biases"] - after["GPT-2's form"]) < 0.1

# %% [markdown]
"""
One seed and a hundred steps: differences of a hundredth are luck. But rotary positions show, biases don't, and all five together are the
form that we train.

One thing more, from the other end of this path. A counted model looks up what followed a *pair* or a *triple* of tokens; a network has to work out from single
tokens what it stands behind. So let it look that up, too: give each bigram and trigram a vector, and add it to the token's (Huang et al. 2025). There are a billion possible trigrams and
few rows, so a hash says which, and some n-grams must share:
"""

# %%
from lmteach.models.gpt.ngram_embedding import make_ngrams, ngram_rows

twice = torch.tensor([tokenizer.encode(" the wolf and the wolf")])
ngram_rows(twice, order=2, rows=4096)

# %% [markdown]
"""
The same pair, the same row. A look-up costs next to no time, whatever the size of the table. Does it help?
"""

# %% tags=["nbval-ignore-output"]
form = dataclasses.replace(forms["all five"], ngram_order=3, ngram_rows=4096)
begun = fresh(form)
after["and n-grams"] = np.mean(short_run(begun, muon, cosine)[-20:])
print(f"{begun.parameter_count:,} weights, {after['and n-grams']:.2f} nats per letter")
assert after["and n-grams"] < after["all five"]

# %% [markdown]
"""
So here is today's form, as short as the first:
"""


# %%
class ModernGPT(GPT):
    def __init__(self, config):
        super().__init__(config)
        self.wpe, self.ngrams = None, make_ngrams(config)

    def forward(self, ids):
        x = self.wte(ids)
        if self.ngrams is not None:
            x = x + self.ngrams(ids, last=ids.shape[1])
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

**Guess first.** In the model that we will train, which part has more of the weights, the attention or the feed-forward part? Which more of the work?
"""

# %%
from lmteach.plots.bars import bars

model = recipe.model(seeded(0)).to(session.device)
c = recipe.config
D, L, T, hidden = c.dim, c.layers, c.context, c.hidden
matrices = {"tokens": V * D, "attention": 4 * L * D**2, "feed-forward": 2 * L * D * hidden}
work = {part: 2 * count for part, count in matrices.items()} | {"n-grams": 0}
work["scores"] = 4 * L * T * D  # queries times keys, weights times values
weights = matrices | {"n-grams": (c.ngram_order - 1) * c.ngram_rows * D}
model.parameter_count - sum(weights.values()), weights, work

# %%
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
The feed-forward part has twice the attention's. The tables of n-grams are weights without work: in eq. 13.8 $N$ counts what is multiplied. (The first number is what is left
over: the gains of the norms.) Is the rule of six right? PyTorch can count what is really computed, with the scores written out instead of fused:
"""

# %%
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

# %%
windows = random_windows(train, 2, T, seeded(0))
with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
    next_token_loss(model, windows).backward()
counted = counter.get_total_flops() / (2 * T)
rule = 6 * sum(matrices.values())  # eq. 13.8, for one token
print(f"counted {counted:,.0f}, rule {rule:,.0f}, scores {3 * work['scores'] / counted:.0%}")

# %%
assert counted == 3 * sum(work.values())
assert counted - 3 * work["scores"] == rule

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
the vectors of n-grams are multiplied by 0.2: rare ones would be learned by heart if they learned as fast as the rest.

While it learns, it writes now and then, with the same dice each time, so that you see what has
changed. The levels are what counting pays for as many letters. **Guess first.** When will it write its first real word? Its first sentence?
"""

# %%
from lmteach.decoding.sampling import sample
from lmteach.evaluation.scoreboard import record, table

# %%
board = {row.model: row for row in table("A").committed}
characters_per_token = len(wiki.train) / len(train)
marks = {"knows nothing": math.log(V)}
for name in ("bigram, add-one", "8-gram, modified Kneser–Ney"):
    marks[name] = board[name].value * math.log(2) * characters_per_token
{name: number for name, number in vars(recipe).items() if name != "config"}


# %%
def write(prompt="The wolf", length=60, seed=2):
    ids = torch.tensor([tokenizer.encode(prompt)], device=session.device)
    new = sample(model, ids, length, temperature=0.8, generator=seeded(seed))
    return prompt + tokenizer.decode(new[0].tolist())


write()

# %% [markdown]
"""
Run the next cell, and while it trains press *Pause*, *Sample now*, or *Stop*. The cell after it waits for the end. (In Colab the buttons
work only until that one is run, so take the cells one by one.)
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.training_panel.widget import TrainingPanel

model = recipe.model(seeded(0)).to(session.device)
panel = TrainingPanel(
    recipe.steps,
    sample=write,
    sample_every=recipe.steps // 4,
    tokens_per_step=recipe.batch * recipe.config.context,
    marks=marks,
)
panel.run(lambda f: recipe.train(model, train, seeded(0), on_step=f, progress=False))

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
wolves: a model of this size has grammar before it has facts. Another prompt, and other dice:
"""

# %% tags=["nbval-ignore-output"]
print(write("In 1912, the", length=100, seed=7))

# %% [markdown]
"""
How good is it on articles that it has never seen? Windows as long as the context, moved on by half of it, so that each token has at least half a context
before it:
"""

# %%
from lmteach.evaluation.information import bits_per_character


def bits(model, text):
    ids = torch.tensor(tokenizer.encode(text), device=session.device)
    nats = -model.log_probabilities(ids).mean().item()
    return bits_per_character(nats, tokens=len(ids), characters=len(text))


# %% tags=["nbval-ignore-output"]
on_test = bits(model, wiki.test)
f"{on_test:.3f} bits per character"

# %%
assert on_test < 2.12

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Every network so far, against the clock

The networks of notebooks 05 to 07, trained again for some seconds each, beside the run above. They read letters, GPT reads tokens; in bits per character
they can stand on one axis. **Guess first.** Who leads after one second? After ten?
"""

# %%
from lmteach.models.embedding.feedforward import FeedForwardLM, context_windows
from lmteach.models.recurrent.language_model import RecurrentLM

contexts, C = context_windows(text, 6), letters.vocab_size


def some_contexts(generator):
    places = torch.randint(len(text), (1024,), generator=generator).to(text.device)
    return contexts[places], text[places]


def some_letters(generator):
    return random_windows(text, 64, 24, generator)


# %%
def loss_of_next(model, batch):
    logits, wanted = model(batch[0]), batch[1]
    logits = logits[0] if isinstance(logits, tuple) else logits  # a recurrent model's state
    return functional.cross_entropy(logits.flatten(0, -2), wanted.flatten())


def train_for(model, draw, steps, rate):
    optimizer = torch.optim.AdamW(model.to(session.device).parameters(), lr=rate)
    rates = {"schedule": lambda step: warmup_cosine(step, steps // 20, steps, floor=0.02)}
    return fit(model, loss_of_next, draw, steps, optimizer, seeded(0), progress=False, **rates)


# %% [markdown]
"""
Each with the batches, the rate and the number of steps of its own notebook:
"""

# %%
contestants = {
    "feed-forward": (FeedForwardLM(C, 6, 24, 256, seeded(0)), some_contexts, 1200, 0.01),
    "RNN": (RecurrentLM(C, 128, "rnn", generator=seeded(0)), some_letters, 480, 0.008),
    "LSTM": (RecurrentLM(C, 128, "lstm", generator=seeded(0)), some_letters, 480, 0.02),
}

# %% tags=["nbval-ignore-output"]
trained = {name: train_for(*given) for name, given in contestants.items()}
trained["GPT"] = history
{name: f"{run.seconds:.1f} s" for name, run in trained.items()}

# %%
from lmteach.plots.training_runs import training_runs


def smooth(losses, over):
    return np.convolve(losses, np.ones(over) / over, mode="valid")


clocked = {}
for name, run in trained.items():
    each = characters_per_token if name == "GPT" else 1.0
    found = smooth(run.losses, 20) / math.log(2) / each
    clocked[name] = np.linspace(0, run.seconds, len(run.losses))[-len(found) :], found
assert clocked["GPT"][1][-1] < min(clocked[name][1][-1] for name in contestants) - 0.2
display_figure(
    training_runs(
        clocked, {name: board[name].value for name in ("gzip", "8-gram, modified Kneser–Ney")}
    ),
    alt="Bits per character against seconds of training, on a scale of factors, for four "
    "networks, and dashed levels for gzip and the 8-gram. In the first seconds the three small "
    "ones lead. They level off and end one after the other. GPT's line starts later, above where "
    "theirs are by then, and falls on below all of them.",
)

# %% [markdown]
"""
The small ones are ahead at first: their steps are cheap. Then each runs into its own wall: six letters of sight, a memory that fades. GPT has 128 tokens in
view, and a way to use them all at once. (These are losses in training, and GPT's last piece is on text that it reads again; the board below is on unread
articles.)

## The equal sign

The classes from this notebook, with the weights of the trained model, against the package; and both forms, with tiny random weights.
"""

# %%
twin = ModernGPT(model.config).to(session.device).eval()
twin.load_state_dict(model.state_dict())
windows = random_windows(train, 4, T, seeded(5))[0]
with torch.no_grad():
    assert_close(twin(windows), model(windows), atol=1e-4, rtol=1e-5)

# %%
tiny = {"vocab_size": V, "context": 32, "dim": 16, "heads": 2, "layers": 3}
modern = GPTConfig.modern(**tiny, ngram_order=3, ngram_rows=500)
for kind, form in ((GPT, GPTConfig(**tiny)), (ModernGPT, modern)):
    ours, theirs = kind(form).double(), shipped.GPT(form).double()
    ours.load_state_dict(theirs.state_dict())
    some = windows[:, :32].cpu()
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

The last model of board A, judged on the same test articles as all others.
"""

# %% tags=["nbval-ignore-output"]
mine = record("A", "GPT", on_test, model.parameter_count, history.seconds)
rivals = ["unigram, add-one", "bigram, add-one", "HMM, 32 states", "gzip", "RNN", "LSTM"]
rivals += ["feed-forward", "xz", "8-gram, modified Kneser–Ney", "GPT"]
table("A", rivals)

# %% [markdown]
"""
And the whole board in one picture, from counting letters to GPT. The band is where people are: given a hundred letters, Shannon's readers
needed between 0.6 and 1.3 bits for the next one, in an alphabet of 27 signs (Shannon 1951, table I).
"""

# %%
from lmteach.plots.cost_and_quality import cost_and_quality

KINDS = {"gram": "counted", "HMM": "hidden Markov", "": "networks", "GPT": "Transformer"}


def family(name):
    return next((kind for part, kind in KINDS.items() if part and part in name), "networks")


# %%
rows = board | {"GPT": mine}
levels = {name: rows.pop(name).value for name in ("gzip", "xz", "xz after reading train")}
points = {kind: {} for kind in KINDS.values()}
for name, row in rows.items():
    points[family(name)][name] = row.seconds, row.value

# %% tags=["nbval-ignore-output"]
display_figure(
    cost_and_quality(points, levels, band=("people: 0.6 to 1.3", 0.6, 1.3)),
    alt="All models of board A: bits per character against seconds of training, on a scale of "
    "factors. Counted models go down from the unigram above four bits to the 8-gram near two, "
    "all within two seconds. Hidden Markov models lie above three and a half. The networks of "
    "notebooks 05 to 07 lie between two and a half and three, after four to ten seconds. GPT "
    "stands alone at the lower right. Dashed levels: gzip, xz, and xz that has read the training "
    "text. All are above the green band of people, 0.6 to 1.3.",
)

# %% [markdown]
"""
Beside the best of the networks before it, and the best count:
"""

# %% tags=["nbval-ignore-output"]
networks = [points["networks"][name][1] for name in points["networks"]]
counted = points["counted"]["8-gram, modified Kneser–Ney"][1]
assert mine.value < min(networks) - 0.3
assert mine.value < counted
f"networks before {min(networks):.3f}, 8-gram {counted:.3f}, GPT {mine.value:.3f}"

# %% [markdown]
r"""
Read it from left to right: that is the path of this collection. For its price, counting has no rival. It took attention, tokens and two minutes for a network to get past the best table of
counts, by a hair, and not without counting's own idea: three of four of its weights are vectors of bigrams and trigrams. But the table has seen all it will ever see of this text, and the network has
been through it twice. And look at the gap below them: that is where larger models live, on more text.

## Spot the bug

A course page gives Adam's update as $\theta \leftarrow \theta - \alpha \nabla L$. It looks right. It has a rate, a gradient and a minus sign. Here is a long, narrow valley, a hundred times as
steep across as along. **Guess first.** Which way will each of them go?
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
Sixty steps for each, at a rate that suits it:
"""

# %%
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
The last is the rate that suited Adam. And in a GPT, at the rate of our short runs?
"""

# %% tags=["nbval-ignore-output"]
in_gpt = {}
for name, make in (("labelled Adam", LabelledAdam), ("Adam", Adam)):
    run = short_run(fresh(), lambda model, make=make: make(model.parameters(), lr=3e-3))
    in_gpt[name] = np.mean(run[-10:])
    print(f"{name:14}{in_gpt[name]:.2f} nats per letter")

# %%
assert in_gpt["Adam"] < in_gpt["labelled Adam"] - 0.5

# %% [markdown]
"""
No error, no warning, and the loss even falls. It is only slow: that is how the wrong formula looks from outside, and whoever sees it looks for the mistake in
the model.

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
some = torch.randint(V, (3, 32), generator=seeded(0))
if compared:
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        ours = shipped.GPT(GPTConfig(V, 32, 16, 2, 3), seeded(1)).eval()
        ours.save_pretrained(folder)
        theirs = GPT2LMHeadModel.from_pretrained(folder).eval()
        assert_close(ours(some), theirs(some).logits, atol=1e-5, rtol=0)

# %%
if compared:
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        given = GPT2Config(vocab_size=V, n_positions=32, n_embd=16, n_layer=3, n_head=2)
        theirs = GPT2LMHeadModel(given).eval()
        theirs.save_pretrained(folder)
        ours = shipped.GPT.from_pretrained(folder)
        assert_close(ours(some), theirs(some).logits, atol=1e-5, rtol=0)

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

### Exercise 1 · next_token_loss (8 minutes, ●●○)

With NumPy, for one text: `logits` (T, V) and `ids` (T,). Return the loss of equation 13.2 in nats per token.
"""


# %% tags=["exercise"]
def next_token_loss(logits, ids):
    ### BEGIN SOLUTION: which row is about which token?
    rows, wanted = logits[:-1], np.array(ids[1:])
    sums = np.log(np.exp(rows).sum(axis=1))
    return (sums - rows[np.arange(len(wanted)), wanted]).mean()
    ### END SOLUTION


check.next_token_loss(next_token_loss)

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
r"""
### Exercise 2 · adam_step (10 minutes, ●●○)

One weight, one step. Take $\beta_1 = 0.9$, $\beta_2 = 0.99$ and $\epsilon = 10^{-8}$; `m` and `v` are those before the step, and
`step` counts from 1. Return the change of the weight, and the new `m` and `v`.
"""


# %% tags=["exercise"]
def adam_step(gradient, m, v, step, lr):
    ### BEGIN SOLUTION: return change, m, v
    m = 0.9 * m + 0.1 * gradient
    v = 0.99 * v + 0.01 * gradient**2
    m_hat, v_hat = m / (1 - 0.9**step), v / (1 - 0.99**step)
    return -lr * m_hat / (math.sqrt(v_hat) + 1e-8), m, v
    ### END SOLUTION


check.adam_step(adam_step)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Equation 13.3, then 13.4. The corrected means are used for the step only; what is returned is not corrected.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 3 · gpt_parameters (10 minutes, ●●○)

How many weights has a GPT in GPT-2's form, with biases, LayerNorms and a learned table of positions? For GPT-2 itself, the number above must come
out.
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
### Exercise 4 · training_seconds (5 minutes, ●○○)

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

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- GPT is the encoder layer under a causal mask, stacked: all questions of a text are asked and answered at once.
- An untrained model should start at ln V. If it doesn't, mend the start.
- Adam steps by the mean gradient in units of its usual size; warm up while it knows little, come to rest at the end.
- Training costs about six operations for each weight and token.
- In bits per character and seconds, everything from unigram to GPT fits into one picture.

**Further reading.** A. Radford and others, "Improving Language Understanding by Generative Pre-Training" (2018), and "Language Models
are Unsupervised Multitask Learners" (2019). D. Kingma and J. Ba, "Adam" (2015). I. Loshchilov and F. Hutter, "Decoupled Weight Decay
Regularization" (2019). K. Jordan and others, "Muon" (2024). J. Kaplan and others, "Scaling Laws for Neural Language Models" (2020). T. Brown and others,
"Language Models are Few-Shot Learners" (2020). H. Huang and others, "Over-Tokenized Transformer" (2025). C. E. Shannon, "Prediction and Entropy of Printed English" (1951).

**Next.** {{next}}: the model gives probabilities. Which token do we take?
"""
