# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 06 · Recurrent networks

{{badges}}

> *The trophy did not fit into the suitcase, because it was too* …

Big, or small? The words that decide stand some ten words back. A model with a window of five letters has
long forgotten them. What if a network carried a memory along, letter after letter? And when it has guessed
wrong, how far back can it still be taught?

**Aims.** Build a network with a state. Go back through time by hand, and get the gradient of autograd.
Write a training loop once. *Measure* how far back a gradient reaches, and see why it vanishes or
explodes. Truncate, clip, and put the first network with a memory on the scoreboard.

**Time.** {{time}} The cells run in under a minute on two CPU cores.

**Before.** [01 · Bigrams](01_bigrams.ipynb) for bits and gradient descent;
[05 · Embeddings and the neural language model](05_embeddings.ipynb) for a network with a window.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
With the toggle on, the network of this notebook gets eight times as wide.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import copy
import math
import time
from itertools import chain, pairwise, repeat

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.exercises import recurrent as check
from lmteach.plots.curves import curves
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## One number that remembers

Start with a memory of a single number $h$. At each step it looks at what comes in, $x$, and at what it
was, and becomes

$$ h_t = \tanh(u\, x_t + w\, h_{t-1}) \tag{6.1} $$

The tanh keeps it between −1 and 1. Let a one come in, and then nothing but zeros.

**Guess first.** For $w$ = 0.5, 1 and 2, with $u$ = 1: what is left of the one after eight steps?
"""


# %%
def memory(u, w, inputs):
    h, states = 0.0, []
    for x in inputs:
        h = math.tanh(u * x + w * h)  # eq. 6.1
        states.append(h)
    return np.array(states)


# %%
{w: memory(1.0, w, [1, 0, 0, 0, 0, 0, 0, 0]).round(3).tolist() for w in (0.5, 1.0, 2.0)}

# %% [markdown]
r"""
With ½ it is gone in no time, with 1 it fades slowly, and with 2 the network *latches*: it holds a value
for as long as you like, and has forgotten only how large the one was. Keep these three in mind.

## A state of many numbers

Now let $h$ be a vector of $D$ numbers, and $x$ a vector, too: the embedding of a letter, as in notebook
05. Then $u$ and $w$ become matrices, and each gets a bias, as in `torch.nn`.

$$ h_t = \tanh(W_{ih}\, x_t + b_{ih} + W_{hh}\, h_{t-1} + b_{hh}) \tag{6.2} $$

That is a *recurrent cell*. `Cell` holds the four parameters and makes a state of zeros; `forward` is the
mechanism.
"""

# %%
from lmteach.models.recurrent.cells import Cell


# %% lmteach={"defines": "models.recurrent.cells.RNNCell"}
class RNNCell(Cell):
    def forward(self, x, h=None):
        h = self.nothing(x) if h is None else h
        seen = x @ self.weight_ih.T + self.bias_ih
        remembered = h @ self.weight_hh.T + self.bias_hh
        return torch.tanh(seen + remembered)  # eq. 6.2


# %% [markdown]
"""
Rows are examples, so the matrices stand on the right, transposed. PyTorch has this cell, too. Give it our
numbers, in double precision, and compare what comes out *and* all gradients.
"""


# %%
def same_results(ours, theirs, *inputs):
    theirs.load_state_dict(ours.state_dict())
    results = [layer(*inputs) for layer in (ours, theirs)]
    outputs = [result[0] if isinstance(result, tuple) else result for result in results]
    assert_close(outputs[0], outputs[1], rtol=0, atol=1e-6)
    gradients = [
        torch.autograd.grad(output.sin().sum(), list(layer.parameters()))
        for output, layer in zip(outputs, (ours, theirs), strict=True)
    ]
    assert_close(gradients[0], gradients[1], rtol=0, atol=1e-6)
    return outputs[0].shape


x, h = torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 5, dtype=torch.float64)
same_results(RNNCell(3, 5).double(), nn.RNNCell(3, 5).double(), x, h)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Unrolling

To read a text, apply the *same* cell at each place and hand the state on. Draw it, and you get a network
as deep as the text is long, in which every floor has the same weights. This is called *unrolling*.

Only the state must wait for the step before. What the letters contribute is multiplied for all steps at
once, ahead of the loop; that is the same sum, sooner.
"""


# %% lmteach={"defines": "models.recurrent.unrolled.unroll_rnn"}
def unroll_rnn(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    (h,) = state
    sums = x @ weight_ih.T + (bias_ih + bias_hh)
    outputs = []
    for step in sums.unbind(dim=1):
        h = torch.tanh(torch.addmm(step, h, weight_hh.T))  # eq. 6.2
        outputs.append(h)
    return torch.stack(outputs, dim=1), (h,)


# %%
cell, sequence = RNNCell(3, 5).double(), torch.randn(4, 9, 3, dtype=torch.float64)
step_by_step, h = [], torch.zeros(4, 5, dtype=torch.float64)
for x in sequence.unbind(dim=1):
    h = cell(x, h)
    step_by_step.append(h)
outputs, _ = unroll_rnn(sequence, (torch.zeros_like(h),), *cell.parameters())
assert_close(outputs, torch.stack(step_by_step, dim=1))

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Back through time

How does such a network learn? Take one number again, three steps, and call the end the loss: $L = h_3$.
The weight $w$ is used at every step, so it has an influence along every path:

$$ \frac{dL}{dw} = \sum_{t=1}^{3} \frac{\partial L}{\partial h_t} (1 - h_t^2)\, h_{t-1} \tag{6.3} $$

since the slope of tanh is $1 - \tanh^2$. And $\partial L / \partial h_t$ comes from the step after it, times
$(1 - h_{t+1}^2)\, w$. So we walk from the end to the beginning.
"""

# %%
u, w, inputs = 0.7, 1.3, [1.0, -0.5, 0.25]
states = [0.0, *memory(u, w, inputs)]
arriving, slope_of_w = 1.0, 0.0  # the derivative of the loss by h_3, and what was collected
for t in (3, 2, 1):
    through_tanh = arriving * (1 - states[t] ** 2)
    slope_of_w += through_tanh * states[t - 1]  # eq. 6.3
    arriving = through_tanh * w

nudged = [memory(u, w + nudge, inputs)[-1] for nudge in (1e-6, -1e-6)]
slope_of_w, (nudged[0] - nudged[1]) / 2e-6

# %% [markdown]
r"""
The second number is the plain question "what if $w$ were a little larger", asked with a nudge. They
agree. With vectors, the walk is the same. A step gets its own share of the gradient, from the prediction
made there, and what *arrives* from later:

$$ \delta_t = (1 - h_t^2) \odot \Big( \frac{\partial L_t}{\partial h_t} + W_{hh}^\top \delta_{t+1} \Big)
   \tag{6.4} $$

$$ \frac{\partial L}{\partial W_{hh}} = \sum_t \delta_t\, h_{t-1}^\top, \qquad
   \frac{\partial L}{\partial W_{ih}} = \sum_t \delta_t\, x_t^\top, \qquad
   \frac{\partial L}{\partial b} = \sum_t \delta_t \tag{6.5} $$

This is *back-propagation through time*. The states are needed again on the way back, so they must be
kept: memory grows with the length of the text.
"""


# %%
def back_through_time(x, h, own_share, weight_ih, weight_hh):
    by_ih, by_hh = torch.zeros_like(weight_ih), torch.zeros_like(weight_hh)
    by_bias, arriving = torch.zeros(len(weight_hh)), torch.zeros(len(weight_hh))
    for t in reversed(range(len(x))):  # h[0] is the start, h[t + 1] the state after x[t]
        delta = (1 - h[t + 1] ** 2) * (own_share[t] + arriving)  # eq. 6.4
        by_ih = by_ih + torch.outer(delta, x[t])  # eq. 6.5
        by_hh = by_hh + torch.outer(delta, h[t])
        by_bias = by_bias + delta
        arriving = weight_hh.T @ delta
    return by_ih, by_hh, by_bias, by_bias


# %% [markdown]
"""
Let the loss be anything, here a sum of sines of all states. Its own share at a step is then a cosine. Does
autograd, which knows nothing of our formulas, find the same four gradients?
"""

# %%
numbers, (x, *_) = list(cell.parameters()), sequence
after, _ = unroll_rnn(x[None], (torch.zeros(1, 5, dtype=torch.float64),), *numbers)
by_autograd = torch.autograd.grad(after.sin().sum(), numbers)

h = torch.cat([torch.zeros(1, 5, dtype=torch.float64), after[0].detach()])
by_hand = back_through_time(x, h, h[1:].cos(), cell.weight_ih.detach(), cell.weight_hh.detach())
assert_close(by_hand, by_autograd, rtol=0, atol=1e-6)
[gradient.shape for gradient in by_hand]

# %% [markdown]
"""
From here on, autograd does the walking.

## The first loop

The text is Wikipedia, letter by letter, as on the scoreboard. A model is an embedding, the recurrent
layer, and an output layer that scores all 82 letters: `RecurrentLM`. A batch is 64 windows of 24 letters
from random places; the target of each letter is the next.
"""

# %%
from lmteach.models.recurrent.language_model import RecurrentLM
from lmteach.text.batches import random_windows

wiki = wikipedia()
tokenizer = CharTokenizer(wiki.train + wiki.valid + wiki.test)
train, valid, test = (
    torch.tensor(tokenizer.encode(text), device=session.device)
    for text in (wiki.train, wiki.valid, wiki.test)
)

# %%
BATCH, TIME, DIM = 64, 24, 128 * session.scale
RATE = 0.008 / session.scale**0.5  # a wider network wants smaller steps


def seeded(seed):
    return torch.Generator(session.device).manual_seed(seed)


def new_model(seed, dim=DIM):
    return RecurrentLM(tokenizer.vocab_size, dim, cell="rnn", generator=seeded(seed))


# %%
inputs, targets = random_windows(train, BATCH, TIME, seeded(0))
print(repr(tokenizer.decode(inputs[0].tolist())), "→", repr(tokenizer.decode(targets[0].tolist())))

# %% [markdown]
"""
**Guess first.** A network that has learned nothing: what will its loss be, in nats a letter, with 82
letters to choose from?

The loop draws a batch, predicts, measures, goes back, and makes a step. So does every training loop that
you will meet.
"""

# %%
model, generator = new_model(seed=1), seeded(2)
optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
losses = []
for _ in range(60):
    inputs, targets = random_windows(train, BATCH, TIME, generator)
    logits, _ = model(inputs)
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

math.log(tokenizer.vocab_size), round(losses[0], 1)

# %%
display_figure(
    curves({"training loss": losses}, xlabel="step", ylabel="nats per letter"),
    alt="The loss over the first sixty steps: it starts near 4.4 nats a letter, where all letters "
    "are alike, falls below 3 within a few steps, and then slowly to about 2.3.",
)

# %%
assert abs(losses[0] - math.log(82)) < 0.3
assert max(losses[10:]) < 3.0
assert losses[-1] < 2.5

# %% [markdown]
"""
It starts near ln 82, the surprise of a fair die with 82 sides: a network that knows nothing should *say*
nothing. If your first loss is far above that, something is wrong before any learning.

All later notebooks train with `fit`. It is this loop with plumbing: a bar with the time left, a learning
rate that changes, clipping, validation, the best weights kept, checkpoints to resume from, and an error
that explains itself when the loss is no number. Is it really the same loop?
"""

# %%
from lmteach.training.loop import fit


def loss_of(model, batch):
    inputs, targets = batch
    logits, _ = model(inputs)
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def draw(generator):
    return random_windows(train, BATCH, TIME, generator)


# %%
again = new_model(seed=1)
optimizer = torch.optim.AdamW(again.parameters(), lr=RATE)
history = fit(again, loss_of, draw, 60, optimizer, seeded(2), clip=None, progress=False)
if session.device.type == "cpu":  # on a GPU, fit computes in half precision
    assert_close(list(history.losses), losses, rtol=1e-5, atol=0)

# %% [markdown]
"""
The same sixty losses. Now train in earnest. The learning rate warms up over 50 steps and then falls along
a cosine; after 250 steps and at the end the bits on unread articles are measured, and the best weights are kept.
"""

# %%
from lmteach.evaluation.information import bits_per_character
from lmteach.training.schedules import warmup_cosine

STEPS = 480


def bits(model, ids):
    nats = -model.log_probabilities(ids, streams=64).mean().item()
    return bits_per_character(nats, tokens=len(ids), characters=len(ids))


# %% tags=["nbval-ignore-output"]
def trained(seed):
    model = new_model(seed)
    history = fit(
        model,
        loss_of,
        draw,
        STEPS,
        torch.optim.AdamW(model.parameters(), lr=RATE),
        seeded(seed),
        schedule=lambda step: warmup_cosine(step, warmup=50, steps=STEPS, floor=0.02),
        validate=lambda model: bits(model, valid[:30_000]),
        validate_every=250,
    )
    return model, history


model, history = trained(seed=0)
dict(zip(history.validation_steps, history.validations, strict=True))

# %% [markdown]
"""
Let it speak. Each letter is drawn, and then read by the network itself.
"""

# %% tags=["nbval-ignore-output"]
drawn = model.sample(300, seeded(5), context=tokenizer.encode("\n"), temperature=0.8)
print(tokenizer.decode(drawn.tolist()))

# %% [markdown]
"""
It has words, and it has lost the sentence by the time that it should end.

## How far does the gradient reach?

Now the question from the top. Let the network read 101 letters and be wrong about the next. The gradient
of that last loss arrives at every letter before it; its size says how much the end can teach about a
place that lies $k$ steps back.

**Guess first.** How large is it ten letters back, compared with one letter back? A hundred letters back?
"""

# %%
from lmteach.evaluation.gradient_lag import gradient_by_lag
from lmteach.plots.gradient_lag import gradient_lag

places, following = random_windows(valid, 128, 101, seeded(3))


def reach(model):
    def loss_of_last(output):
        return F.cross_entropy(model.output(output), following[:, -1], reduction="sum")

    return gradient_by_lag(model.recurrent, model.embedding(places), loss_of_last)


# %% tags=["nbval-ignore-output"]
at_start, after_training = reach(new_model(seed=0)), reach(model)
for lag in (1, 10, 20, 50, 100):
    print(f"lag {lag:3}   start {at_start[lag]:.0e}   trained {after_training[lag]:.0e}")

# %%
display_figure(
    gradient_lag({"RNN (start)": at_start, "RNN": after_training}),
    alt="The norm of the gradient against the lag, 1 to 100 steps, on a scale of factors. Both "
    "lines fall almost straight, that is, by a constant factor a step. Training lifts the line, "
    "but at lag 100 it is still more than twenty orders of magnitude below lag 1.",
)
assert at_start[100] < 1e-20 * at_start[1]
assert after_training[100] < 1e-20 * after_training[1]
assert after_training[10] > 2 * at_start[10]

# %% [markdown]
r"""
The scale is one of factors, so a straight line is a constant share lost at each step. A gradient that
small teaches nothing: the network that you have just heard was *never told* what a letter 50 places back
could do for it. Training has made the share smaller that is lost at each step. The line still falls, and
still straight.

## One number decides

Why a constant share? A step back multiplies by $W_{hh}^\top$, and by the slopes of tanh (eq. 6.4). Many
steps multiply many times by the same matrix, and then its largest eigenvalue wins, as in compound
interest. The size of that eigenvalue is the *spectral radius* $\rho$: without tanh,

$$ \Big\lVert \frac{\partial L}{\partial h_{T-k}} \Big\rVert \approx c\, \rho^k \tag{6.6} $$

**Guess first.** With $\rho$ = 0.9, 1 and 1.1, what is left of a gradient of 1 after 100 steps?
"""

# %%
{rho: f"{rho**100:.1e}" for rho in (0.9, 1.0, 1.1)}  # eq. 6.6, with c = 1

# %% [markdown]
"""
Turn the slider. Find the place where the gradient holds. How exactly must it be met? Then switch tanh on,
and look for a place where it holds *now*.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.spectral_radius.widget import SpectralRadius

SpectralRadius()

# %% [markdown]
"""
Without tanh there is one such place, and a hair beside it a hundred steps make a world of difference. With
tanh the slopes, at most 1, take their share at every step, and the larger the weights, the flatter the
tanh where the states are. Which radius has our own network found?
"""


# %% tags=["nbval-ignore-output"]
def radius(model):
    return torch.linalg.eigvals(model.recurrent.weight_hh_l0.detach()).abs().max().item()


slopes = 1 - model.recurrent(model.embedding(places))[0].detach() ** 2
radius(new_model(seed=0)), radius(model), slopes.mean().item()

# %%
assert radius(new_model(seed=0)) < 0.8
assert radius(model) > 1.5

# %% [markdown]
"""
It began below 1, as `torch.nn` draws the weights, and training pushed it far *above* 1. By eq. 6.6 that
network should explode. It doesn't: its tanh are so flat that a slope is far below 1 on average, and the
gradient vanishes all the same. A matrix alone doesn't decide. That is why we measured.

Changing the matrix can't mend this. Changing the *cell* can, so that the state is carried on by an
addition instead of being squeezed at every step: the next notebook.

## Truncation

If nothing arrives from afar, need we go back that far? *Truncated* back-propagation through time hands
the state on, but cuts the gradient every few steps: `state.detach()`. The forward pass is the same, the
backward pass is short and needs little memory.

**Guess first.** Compare with the gradient over all of 96 letters. How many steps are enough for an angle of
less than ten degrees?
"""


# %%
def truncated_gradient(model, inputs, targets, steps):
    model.zero_grad()
    state, pieces = None, zip(inputs.split(steps, 1), targets.split(steps, 1), strict=True)
    for x, y in pieces:
        logits, state = model(x, state)
        F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum").backward()
        state = state.detach()
    return torch.cat([weight.grad.flatten() for weight in model.recurrent.parameters()])


inputs, targets = random_windows(valid, 64, 96, seeded(4))
whole = truncated_gradient(model, inputs, targets, steps=96)

# %% tags=["nbval-ignore-output"]
lengths = (1, 2, 4, 8, 16, 32)
short = [truncated_gradient(model, inputs, targets, steps) for steps in lengths]
angles = [math.degrees(math.acos(F.cosine_similarity(g, whole, dim=0).item())) for g in short]
[(steps, round(angle)) for steps, angle in zip(lengths, angles, strict=True)]

# %%
display_figure(
    curves(
        {"RNN": angles},
        x=lengths,
        xscale="log",
        xlabel="steps before the gradient is cut",
        ylabel="angle to the whole gradient, degrees",
    ),
    alt="The angle between the truncated gradient and the whole one, against the steps before the "
    "cut, 1 to 32 on a scale of factors. It falls steadily, and at 32 it is a few degrees.",
)
assert all(later < earlier for earlier, later in pairwise(angles))
assert angles[-2] < 12
assert angles[-1] < 8

# %% [markdown]
"""
Sixteen steps come within some ten degrees, thirty-two within some five. So
windows of 24 letters were not a bad choice for *this* network. Truncation costs little here for a sad reason: what it cuts off had vanished
already.

## Clipping

The other trouble is rarer and louder. Take one number that remembers with $w$ = 3, start it at −0.5, let it
run for 12 steps with a bias $b$, and ask that it end at −0.9. Depending on $b$ it falls to one side or the
other, and in between there is a cliff.
"""


# %%
def end_of(bias, steps=12):
    h = torch.full_like(bias, -0.5)
    for _ in range(steps):
        h = torch.tanh(3 * h + bias)
    return h


biases = torch.linspace(0.9, 1.0, 4001, dtype=torch.float64, requires_grad=True)
cliff = (end_of(biases) + 0.9) ** 2
cliff.sum().backward()
steepest = biases.grad.abs().argmax()
biases[steepest].item(), biases.grad.abs().max().item(), biases.grad.abs().median().item()

# %%
display_figure(
    curves({"loss": cliff.detach()}, x=biases.detach(), xlabel="bias", ylabel="loss"),
    alt="The loss against the bias: level and low on the left, level and high on the right, and "
    "in between a wall that is as good as vertical.",
)

# %% [markdown]
r"""
On the plains the slope is next to nothing; on the wall it is enormous. One step of gradient descent from
there throws the weight out of the picture. **Guess first:** with a learning rate of only 0.001, where does
it land?

The gradient's *direction* is fine. It is the length that can't be trusted. So shorten it, if it is longer
than a limit $c$, and leave the direction alone:

$$ g \leftarrow g \cdot \min\Big(1, \frac{c}{\lVert g \rVert}\Big) \tag{6.7} $$
"""


# %% lmteach={"defines": "training.clipping.clip_by_norm"}
def clip_by_norm(parameters, limit):
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        raise ValueError("no parameter has a gradient: call backward() on a loss first.")
    norm = torch.stack([gradient.norm() for gradient in gradients]).norm()
    if norm > limit:
        share = limit / norm
        for gradient in gradients:
            gradient *= share  # eq. 6.7
    return norm


# %%
bias = nn.Parameter(biases[steepest].detach().clone())
((end_of(bias) + 0.9) ** 2).backward()
unclipped = (bias - 0.001 * bias.grad).item()
clip_by_norm([bias], limit=1.0)
clipped_step = (bias - 0.001 * bias.grad).item()
print(f"from {bias.item():.3f}: to {unclipped:.3g} unclipped, to {clipped_step:.3f} clipped")
assert abs(unclipped - bias.item()) > 1

# %% [markdown]
"""
The norm is that of *all* gradients together, as one long vector. Clipping each of them by itself would
bend the direction. How often did it act while our network was trained, with `fit`'s limit of 1?
"""

# %% tags=["nbval-ignore-output"]
norms = np.array(history.gradient_norms)
[norms.max().item(), np.median(norms).item(), (norms > 1).sum().item()]

# %%
display_figure(
    curves(
        {"norm of the gradient": norms},
        x=history.steps,
        xlabel="step",
        ylabel="norm",
        reference=("limit", 1.0),
    ),
    alt="The norm of the gradient at each of 480 steps, with the limit of 1 as a dashed level. "
    "It touches the limit in one of the first twenty, and then stays well below it.",
)

# %% [markdown]
"""
Hardly ever. On the plain road a seat belt does nothing, and you wear it for the one step in ten thousand.

## The equal sign

What you have written is what the package ships, and what PyTorch ships: cells and layers, values and
gradients, to six digits in double precision.
"""

# %%
from lmteach.models.recurrent import cells as recurrent_cells
from lmteach.models.recurrent import layers as recurrent
from lmteach.models.recurrent import unrolled
from lmteach.training import clipping

ours = recurrent.RNN(3, 5, num_layers=2).double()
same_results(ours, nn.RNN(3, 5, num_layers=2, batch_first=True).double(), sequence)
shipped = recurrent_cells.RNNCell(3, 5).double()
same_results(shipped, nn.RNNCell(3, 5).double(), sequence[:, 0])
start = (torch.zeros(4, 5, dtype=torch.float64),)
assert_close(unrolled.unroll_rnn(sequence, start, *cell.parameters())[0], outputs)

# %%
pair = [nn.Parameter(torch.zeros(size)) for size in (3, 2)]
for clip in (clip_by_norm, clipping.clip_by_norm, nn.utils.clip_grad_norm_):
    pair[0].grad, pair[1].grad = torch.tensor([2.0, 3.0, 0.0]), torch.tensor([-6.0, 0.0])
    norm = clip(pair, 3.5)  # the length is 7, so everything is halved
    after = torch.stack([norm, pair[0].grad[1], pair[1].grad[0]])
    assert_close(after, torch.tensor([7.0, 1.5, -3.0]))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

Three seeds, each trained once, each judged on the whole test text.

**Guess first.** The network has a fraction of the numbers of the counted 8-gram. Will it be better?
"""

# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.scoreboard import record, table

runs = [(model, history), *(trained(seed) for seed in (1, 2))]
results = [bits(network, test) for network, _ in runs]
seconds = np.mean([course.seconds for _, course in runs])
record("A", "RNN", results, parameters=model.parameter_count, seconds=seconds)
table("A", ["gzip", "unigram, add-one", "bigram, add-one", "8-gram, modified Kneser–Ney", "RNN"])

# %%
assert max(results) < 2.9
assert max(results) - min(results) < 0.15

# %% [markdown]
"""
It beats the bigram with ease and `gzip` by a little, and the counted 8-gram beats *it*, in less time. If
the simple model wins, say so. Counting has seen all of the text; our network has seen less than a million
letters, and it forgets. What it has for itself is size: it is some sixty times smaller.

## Spot the bug

This loop runs, and its loss falls. Read it twice before you go on.
"""


# %%
def circulated(steps, dim=128):
    model, generator, state = new_model(6, dim), seeded(7), None
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.004)
    for _ in range(steps):
        inputs, targets = random_windows(train, BATCH, 16, generator)
        logits, state = model(inputs, state)
        state = state.detach()
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


# %% [markdown]
"""
The state is carried over from batch to batch, and cut with `detach`, as it should be. What is wrong?

The windows come from *random* places. The state at the end of one has nothing to do with the beginning of
the next: each window starts with the memory of somebody else. Two ways to mend it: start from nothing, or
read on where you stopped, with `consecutive_windows`. Train all three.
"""

# %%
from lmteach.text.batches import consecutive_windows


def mended(steps, carry, dim=128):
    model, generator, state = new_model(6, dim), seeded(7), None
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.004)
    reading = chain.from_iterable(consecutive_windows(train, BATCH, 16) for _ in repeat(None))
    for _ in range(steps):
        inputs, targets = next(reading) if carry else random_windows(train, BATCH, 16, generator)
        logits, state = model(inputs, state if carry else None)
        state = state.detach()
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


# %% [markdown]
"""
Then measure on unread articles, in windows of 16, each network as it was trained: with somebody else's
state (that of the stream beside it), with none, with its own. Bits for the first letter of a window, the
second, and so on.

**Guess first.** Where will the three differ, and by how much?
"""


# %%
@torch.no_grad()
def bits_by_place(model, hand_on):
    state, found = None, []
    for inputs, targets in consecutive_windows(valid, BATCH, 16):
        if inputs.shape[1] == 16:
            logits, state = model(inputs, state)
            nats = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
            found.append(nats.mean(dim=0) / math.log(2))
            state = hand_on(state)
    return torch.stack(found).mean(dim=0).double().cpu().numpy()


# %% tags=["nbval-ignore-output"]
by_place = {
    "somebody else's state": bits_by_place(circulated(500), lambda state: state.roll(1, dims=1)),
    "no state": bits_by_place(mended(500, carry=False), lambda state: None),
    "its own state": bits_by_place(mended(500, carry=True), lambda state: state),
}
for name, line in by_place.items():
    print(f"{name:22}  first letter {line[0]:.2f}   all 16 {line.mean():.2f}")

# %%
display_figure(
    curves(by_place, x=range(1, 17), xlabel="place in the window", ylabel="bits per letter"),
    alt="Bits per letter against the place in the window, 1 to 16, for three networks. Somebody "
    "else's state starts highest, above four bits, no state half a bit lower; from the fifth "
    "letter on they nearly meet. With its own state the line is level and low from the first "
    "letter on.",
)
wrong, fresh, own = by_place.values()
assert wrong[0] > fresh[0] + 0.2 > own[0] + 0.4
assert wrong.mean() > own.mean() + 0.05

# %% [markdown]
"""
Somebody else's memory is *worse than none*. At the first letter it costs several tenths of a bit, and its
own memory would have saved as much again and more. After a few letters the wrong one is forgotten, which is
why nobody notices: the loss falls, the average hardly differs. And there is a worse kind of harm. The
answer to a question now depends on who asked before:
"""

# %% tags=["nbval-ignore-output"]
question = torch.tensor([tokenizer.encode("The ")], device=session.device)
for before in (". ", "in the "):
    _, state = model(torch.tensor([tokenizer.encode(before)], device=session.device))
    logits, _ = model(question[:, :1], state)
    odds = torch.softmax(logits[0, -1], dim=0)
    print(f"h after {before!r} and T: {odds[tokenizer.encode('h')[0]]:.2f}")

# %% [markdown]
"""
Carry a state only into what follows.

## In practice

Nobody writes the loop over time at work: `torch.nn.RNN` does it in compiled code. It takes our weights as
they are. Put it into our model, and the bits don't change.
"""

# %%
theirs = nn.RNN(DIM, DIM, batch_first=True)
theirs.load_state_dict(model.recurrent.state_dict())
ours = copy.deepcopy(model).cpu()
with_torch = copy.deepcopy(ours)
with_torch.recurrent = theirs
assert_close(bits(with_torch, valid[:5000]), bits(ours, valid[:5000]), rtol=1e-5, atol=0)


# %% tags=["nbval-ignore-output"]
def seconds_for(layer, rounds=20):
    x = torch.randn(BATCH, TIME, DIM)
    started = time.perf_counter()
    for _ in range(rounds):
        layer(x)[0].sum().backward()
    return (time.perf_counter() - started) / rounds


{name: seconds_for(layer) for name, layer in (("ours", ours.recurrent), ("torch.nn", theirs))}

# %% [markdown]
"""
Forward and backward, in seconds a batch. Nearly all of it is the same matrix products, so on a CPU the
compiled loop can't win much. Three habits from work: `batch_first=True`, or the axes are (time, batch);
clip with `torch.nn.utils.clip_grad_norm_`; and texts of different lengths are padded to
one batch (`lmteach.text.batches.pad`, or `torch.nn.utils.rnn.pad_sequence`).

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Exercise 1 · unroll (10 minutes, ●●○)

With NumPy: return the states (T, D) of a network that reads `inputs` (T, E), one row a step, from a state
of zeros.
"""


# %% tags=["exercise"]
def unroll(inputs, w_ih, w_hh, bias):
    ### BEGIN SOLUTION: w_ih is (D, E), w_hh is (D, D), bias is (D,)
    h, states = np.zeros(len(w_hh)), []
    for x in inputs:
        h = np.tanh(w_ih @ x + w_hh @ h + bias)
        states.append(h)
    return np.array(states)
    ### END SOLUTION


check.unroll(unroll)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Eq. 6.2 with one bias. A matrix times a vector is `w_ih @ x`. Keep the state in a variable, and a list of
all states beside it.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · one_step_back (10 minutes, ●●○)

`gradient` (D,) is that of the loss with regard to the state at some step, and `state` (D,) is that state.
Return the gradient with regard to the state *one step before*.
"""


# %% tags=["exercise"]
def one_step_back(gradient, state, w_hh):
    ### BEGIN SOLUTION: one line is enough
    return w_hh.T @ ((1 - state**2) * gradient)
    ### END SOLUTION


check.one_step_back(one_step_back)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Eq. 6.4, without a share of its own. What was last on the way forward is first on the way back.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 3 · clipped (10 minutes, ●●○)

`gradients` is a list of NumPy arrays. Return a list of the same arrays, shortened all together so that
their common norm is at most `limit`.
"""


# %% tags=["exercise"]
def clipped(gradients, limit):
    ### BEGIN SOLUTION: one factor for all of them
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients))
    return [gradient * min(1, limit / norm) for gradient in gradients]
    ### END SOLUTION


check.clipped(clipped)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The square of the common norm is the sum of all squares, over all arrays. Two things must not happen: that
each array gets its own factor, and that a short gradient is made longer.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 4 · steps_until (5 minutes, ●○○)

A gradient loses the same share at each step. After how many steps is *less* than `share` of it left? With
a radius of ½, a share of 0.3 takes two steps.
"""


# %% tags=["exercise"]
def steps_until(radius, share):
    ### BEGIN SOLUTION: a whole number
    steps, left = 0, 1.0
    while left >= share:
        steps, left = steps + 1, left * radius
    return steps
    ### END SOLUTION


check.steps_until(steps_until)

# %% [markdown] slideshow={"slide_type": "skip"}
r"""
<details><summary>Hint</summary>

A loop that multiplies and counts is fine. With logarithms: $\\rho^k < s$ means $k > \\ln s / \\ln \\rho$.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A recurrent cell makes a new state from an input and the old state; the same weights at every step.
- Back-propagation through time walks from the end to the beginning and adds up the shares of all steps.
- Each step back multiplies by the same matrix and by slopes below 1: the gradient vanishes, or explodes.
- Truncation cuts the way back short; clipping shortens the gradient and keeps its direction.
- A state may be carried only into what follows: somebody else's memory is worse than none.

**Further reading.** J. Elman, "Finding Structure in Time" (1990). P. Werbos, "Backpropagation Through Time:
What It Does and How to Do It" (1990). Y. Bengio, P. Simard and P. Frasconi, "Learning Long-Term
Dependencies with Gradient Descent Is Difficult" (1994). R. Pascanu, T. Mikolov and Y. Bengio, "On the
Difficulty of Training Recurrent Neural Networks" (2013), for the cliff and for clipping.

**Next.** {{next}}: cells that carry their memory on by adding to it.
"""
