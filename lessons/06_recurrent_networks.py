# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 06 · Recurrent networks

{{badges}}

> *The trophy did not fit into the suitcase, because it was too* …

Big, or small? The words that decide stand some ten words back. A model with a window of six letters has
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
from lmteach.plots.diagrams.recurrent import rnn_cell, unrolled
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## One number that remembers

Start with a memory of a single number $h$. At each step it looks at what comes in, $x$, and at what it
was. Two weights, $u$ and $w$, say how much each of them counts:

$$ h_0 = 0, \qquad h_t = \tanh(u\, x_t + w\, h_{t-1}) \quad \text{for } t = 1, \dots, T \tag{6.1} $$

The tanh keeps it between −1 and 1.
"""


# %%
def memory(u, w, inputs):
    h, states = 0.0, []
    for x in inputs:
        h = math.tanh(u * x + w * h)  # eq. 6.1
        states.append(h)
    return np.array(states)


# %% [markdown]
"""
Let a one come in, and then nothing but zeros. We take *u* = 1, and three memories: *w* = ½, 1 and 2. What is
left of the one? Think of the third first.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A memory h ← tanh(x + 2h) starts at 0, reads a one and then seven zeros. "
    "What does it hold in the end?",
    {
        "next to nothing": "A factor of ½ would do that, where each step loses half. With 2 each "
        "step pushes the state up again.",
        "about 0.96": "There h and tanh(2h) are the same. Once it has come there it stays, "
        "whatever it was that came in.",
        "exactly 1": "tanh comes near 1 and never gets there: the state settles where h = "
        "tanh(2h).",
        "about 97, which is 0.76 · 2⁷": "tanh lets nothing past 1, however large the sum is.",
    },
    right="about 0.96",
)

# %% tags=["answer"]
for w in (0.5, 1.0, 2.0):
    print(f"w = {w}: ", memory(1.0, w, [1, 0, 0, 0, 0, 0, 0, 0]).round(3))

# %% [markdown]
r"""
With ½ it is gone in no time, with 1 it fades slowly, and with 2 the network *latches*: it holds a value
for as long as you like, and has forgotten only how large the one was. Keep these three in mind.

## A state of many numbers

Now let $h$ be a vector of $D$ numbers, and $x$ a vector, too: the embedding of a letter, as in notebook
05. Then $u$ and $w$ become matrices, and each gets a bias, as in `torch.nn`.

$$ h_0 = 0, \qquad h_t = \tanh(W_{ih}\, x_t + b_{ih} + W_{hh}\, h_{t-1} + b_{hh})
   \quad \text{for } t = 1, \dots, T \tag{6.2} $$

That is a *recurrent cell*. $W_{ih}$ leads from the input to the state, $W_{hh}$ from the state to the state.
"""

# %% tags=["folded"]
# @title The cell, drawn
display_figure(
    rnn_cell(),
    alt="One step, left to right. The old state goes through W_hh, the input, from below, through "
    "W_ih. A plus adds the two, a tanh bends the sum, and the new state leaves on the right. A "
    "dashed frame says: the cell, the same at every step.",
)

# %% [markdown]
"""
Two departures. One bias would do: two of them are only ever added, and `torch.nn` has both. And J. Elman's
network of 1990 bent with the logistic function; tanh is today's habit.

`Cell` holds the four parameters, and its `nothing` makes a state of zeros; `forward` is the mechanism.
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
Rows are examples, so the matrices stand on the right, transposed. Four examples, three numbers each, and a
state of five:
"""

# %%
cell = RNNCell(3, 5).double()
for name, numbers in cell.named_parameters():
    print(name, tuple(numbers.shape))

x, h = torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 5, dtype=torch.float64)
print("x", tuple(x.shape), "and h", tuple(h.shape), "→", tuple(cell(x, h).shape))

# %% [markdown]
"""
PyTorch has this cell, too. `same_results` gives it our numbers, and compares what comes out *and* all
gradients. If all agree, it returns the shape of what came out.
"""


# %% tags=["folded"]
# @title How two layers are compared
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


# %%
same_results(cell, nn.RNNCell(3, 5).double(), x, h)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Unrolling

To read a text, apply the *same* cell at each place and hand the state on. Draw it, and you get a network
as deep as the text is long, in which every floor has the same weights. This is called *unrolling*.
"""

# %% tags=["folded"]
# @title The network over three letters, drawn
display_figure(
    unrolled("the", "he␣"),
    alt="Three columns, one a letter: t, h and e below, above each a state, logits, and the loss "
    "of the letter that should come next. Arrows lead from state to state, from a zeroth one on; "
    "all of them bear the same name, W_hh.",
)

# %% [markdown]
"""
Each column guesses the letter that is read in the next one, and is judged by the probability that it gave to
that letter.

Only the state must wait for the step before. What the letters contribute is multiplied for all steps at
once, ahead of the loop; that is the same sum, sooner. In the loop, `torch.addmm(a, b, c)` is `a + b @ c` in one
call. The state comes and goes as a tuple, here of one vector: the next notebook has a cell with two.
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
sequence = torch.randn(4, 9, 3, dtype=torch.float64)  # four texts, nine steps, three numbers each
zeros = torch.zeros(4, 5, dtype=torch.float64)
outputs, (last,) = unroll_rnn(sequence, (zeros,), *cell.parameters())
print("read", tuple(sequence.shape), "→ states", tuple(outputs.shape), "last", tuple(last.shape))

step_by_step = [zeros]
for t in range(9):
    step_by_step.append(cell(sequence[:, t], step_by_step[t]))
assert_close(outputs, torch.stack(step_by_step[1:], dim=1))

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Back through time

How does such a network learn? Each loss sends its gradient back the way that its guess came: down to its state,
and from there to all states before. Here is the way of the last loss. (What the δ stand for, eq. 6.4 will say.)
"""

# %% tags=["folded"]
# @title The way back of one loss, drawn
display_figure(
    unrolled("the", "he␣", back=True, lit="L3 down3 y3 h3 back3 h2 back2 h1".split()),
    alt="The unrolled network, pale but for one path: from the third loss down through its logits "
    "to the third state, and from there left, by W_hh transposed each time, to the second and the "
    "first.",
)

# %% [markdown]
r"""
Take one number again, three steps, and call the end the loss: $L = h_3$.
The weight $w$ is used at every step, so it has an influence along every path:

$$ \frac{dL}{dw} = \sum_{t=1}^{3} \frac{\partial L}{\partial h_t} (1 - h_t^2)\, h_{t-1} \tag{6.3} $$

since the slope of tanh is $1 - \tanh^2$. At the end, $\partial L / \partial h_3 = 1$; before it,
$\partial L / \partial h_t$ comes from the step after, times $(1 - h_{t+1}^2)\, w$. So we walk from the end to
the beginning, and stop at $h_0$, which was given.
"""

# %%
u, w, inputs = 0.7, 1.3, [1.0, -0.5, 0.25]
states = [0.0, *memory(u, w, inputs)]
arriving, slope_of_w = 1.0, 0.0  # the derivative of the loss by h_3, and what was collected
for t in (3, 2, 1):
    through_tanh = arriving * (1 - states[t] ** 2)
    slope_of_w += through_tanh * states[t - 1]  # eq. 6.3
    arriving = through_tanh * w
    print(f"step {t}: of the slope, so far {slope_of_w:.4f}; on to step {t - 1}: {arriving:.4f}")

nudged = [memory(u, w + nudge, inputs)[-1] for nudge in (1e-6, -1e-6)]
slope_of_w, (nudged[0] - nudged[1]) / 2e-6

# %% [markdown]
r"""
The first step adds nothing, for $h_0$ is 0. The last number is the plain question "what if $w$ were a little
larger", asked with a nudge. They agree.

With vectors, the walk is the same. A step gets its own share of the gradient, from the prediction made there, and
what *arrives* from later. Behind the end there is nothing. With $\delta_t$ we mean the gradient with regard to the
sum inside the tanh of step $t$, and $\odot$ multiplies entry by entry:

$$ \delta_{T+1} = 0, \qquad \delta_t = (1 - h_t^2) \odot \Big( \frac{\partial L_t}{\partial h_t} +
   W_{hh}^\top \delta_{t+1} \Big) \quad \text{for } t = T, \dots, 1 \tag{6.4} $$

$$ \frac{\partial L}{\partial W_{hh}} = \sum_t \delta_t\, h_{t-1}^\top, \qquad
   \frac{\partial L}{\partial W_{ih}} = \sum_t \delta_t\, x_t^\top, \qquad
   \frac{\partial L}{\partial b} = \sum_t \delta_t \tag{6.5} $$

This is *back-propagation through time*: of all losses at once, for what arrives is added up on the way. Both
biases of eq. 6.2 have the last gradient, so the code returns it twice. The states are needed again on the way back,
so they must be kept: memory grows with the length of the text.
"""

# %% tags=["folded"]
# @title The way back of all losses, drawn
display_figure(
    unrolled("the", "he␣", back=True),
    alt="The unrolled network with the way back lit. From each of the three losses arrows lead "
    "down to its state, and from each state one leads left to the state before. Where both meet "
    "stands a delta.",
)

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
one_text = sequence[:1]
states_after, _ = unroll_rnn(one_text, (zeros[:1],), *cell.parameters())
by_autograd = torch.autograd.grad(states_after.sin().sum(), list(cell.parameters()))

kept = torch.cat([zeros[:1], states_after[0].detach()])  # the start, and one after each step
shares = kept[1:].cos()
weight_ih, weight_hh = cell.weight_ih.detach(), cell.weight_hh.detach()
by_hand = back_through_time(one_text[0], kept, shares, weight_ih, weight_hh)
print("states", tuple(kept.shape), "own shares", tuple(shares.shape))
for mine, automatic in zip(by_hand, by_autograd, strict=True):
    print(tuple(mine.shape), f"largest difference {(mine - automatic).abs().max():.0e}")

# %%
assert_close(by_hand, by_autograd, rtol=0, atol=1e-6)

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
logits, state = new_model(seed=0)(inputs)
print("inputs", tuple(inputs.shape), "logits", tuple(logits.shape), "state", tuple(state.shape))
print(repr(tokenizer.decode(inputs[0].tolist())), "→", repr(tokenizer.decode(targets[0].tolist())))

# %% [markdown]
"""
The loop below draws a batch, predicts, measures, goes back, and makes a step. So does every training loop that
you will meet. Before the first step the network has learned nothing.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A network that has learned nothing has 82 letters to choose from. "
    "What is its loss, in nats a letter?",
    number=4.407,
    tolerance=0.06,
    reply="ln 82: the surprise of a fair die with 82 sides.",
    slips={
        82: "Those are the sides. The surprise is the logarithm of their number.",
        6.358: "That is log₂ 82, in bits. In nats it is the natural logarithm.",
        0.0122: "That is the probability of each. The loss is minus its logarithm.",
        0: "A loss of 0 is that of somebody who was certain, and right.",
    },
)

# %% tags=["answer"]
first_model, generator = new_model(seed=1), seeded(2)
optimizer = torch.optim.AdamW(first_model.parameters(), lr=RATE)
losses = []
for _ in range(60):
    inputs, targets = random_windows(train, BATCH, TIME, generator)
    logits, _ = first_model(inputs)
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

f"ln {tokenizer.vocab_size} is {math.log(tokenizer.vocab_size):.3f}; the first loss {losses[0]:.3f}"

# %% tags=["answer", "folded"]
# @title The loss, step by step
display_figure(
    curves({"training loss": losses}, xlabel="step", ylabel="nats per letter"),
    alt="The loss over the first sixty steps: it starts near 4.4 nats a letter, where all letters "
    "are alike, falls below 3 within a few steps, and then slowly to about 2.3.",
)
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
a cosine; after 250 steps and at the end the bits on unread articles are measured, and the best weights are
kept. `fit` counts in nats, `bits` in bits a letter, as the scoreboard does; with `streams=64` the text is cut
into 64 stretches that are read side by side. Three networks, of three seeds, so that what we find out is not the
luck of one.
"""

# %%
from lmteach.evaluation.information import bits_per_character
from lmteach.training.schedules import warmup_cosine

STEPS = 480


def bits(model, ids):
    nats = -model.log_probabilities(ids, streams=64).mean().item()
    return bits_per_character(nats, tokens=len(ids), characters=len(ids))


# %%
def trained(seed, batch=BATCH, time=TIME):
    model = new_model(seed)
    history = fit(
        model,
        loss_of,
        lambda generator: random_windows(train, batch, time, generator),
        STEPS,
        torch.optim.AdamW(model.parameters(), lr=RATE),
        seeded(seed),
        schedule=lambda step: warmup_cosine(step, warmup=50, steps=STEPS, floor=0.02),
        validate=lambda model: bits(model, valid[:30_000]),
        validate_every=250,
    )
    return model, history


# %% tags=["nbval-ignore-output"]
models, histories = [], []
for seed in range(3):
    one, course = trained(seed)
    models.append(one)
    histories.append(course)
    print(f"seed {seed}: bits after 250 and {STEPS} steps", np.round(course.validations, 3))

# %% [markdown]
"""
Let the first speak. Each letter is drawn, and then read by the network itself. (A `temperature` below 1 favours
the likelier letters; notebook 14 takes it apart.)
"""

# %% tags=["nbval-ignore-output"]
drawn = models[0].sample(300, seeded(5), context=tokenizer.encode("\n"), temperature=0.8)
print(tokenizer.decode(drawn.tolist()))

# %% [markdown]
"""
Its short words are mostly English, its long ones look like it, and no sentence holds together to its end.

## How far does the gradient reach?

Now the question from the top. Let the network read 101 letters and be judged by its guess of the next. The
gradient of that one loss arrives at every letter before it. Its size says how much the end can teach about a place
that lies $k$ steps back, at *lag* $k$. `gradient_by_lag` returns these sizes: the norm of the gradient with regard
to each letter's embedding, averaged over 128 texts.
"""

# %%
from lmteach.evaluation.gradient_lag import gradient_by_lag
from lmteach.plots.gradient_lag import gradient_lag

places, following = random_windows(valid, 128, 101, seeded(3))


def reach(model):
    def loss_of_last(output):
        return F.cross_entropy(model.output(output), following[:, -1], reduction="sum")

    return gradient_by_lag(model.recurrent, model.embedding(places), loss_of_last)


# %% [markdown]
"""
Remember the three memories of one number, before you answer.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A recurrent network of the plain kind, trained on text, is wrong about a letter. How large is "
    "the gradient that arrives 50 letters before it, compared with 1 letter before it?",
    {
        "about as large": "Then it would learn from afar as well as from nearby. But each step "
        "back multiplies by a matrix and by slopes of tanh, which are below 1.",
        "about a fiftieth": "That would be a loss of the same amount at each step. It is the same "
        "share, as in compound interest: half at each step makes 2⁻⁵⁰.",
        "about a millionth": "So small it is some twenty letters back. It goes on falling.",
        "less than a thousand-millionth": "By a good deal. Each step back loses the same share.",
    },
    right="less than a thousand-millionth",
)

# %% tags=["answer", "nbval-ignore-output"]
at_start = reach(new_model(seed=0))
after_training = [reach(one) for one in models]
for lag in (1, 10, 20, 50, 100):
    shown = "  ".join(f"{norms[lag]:.0e}" for norms in after_training)
    print(f"lag {lag:3}   start {at_start[lag]:.0e}   trained, three seeds {shown}")

# %% tags=["answer", "folded"]
# @title The gradient against the lag
display_figure(
    gradient_lag({"RNN (start)": at_start, "RNN": after_training[0]}),
    alt="The norm of the gradient against the lag, 1 to 100 steps, on a scale of factors. Both "
    "lines fall almost straight, that is, by a constant factor a step. Training lifts the line, "
    "but at lag 100 it is still more than twenty orders of magnitude below lag 1.",
)
assert at_start[100] < 1e-20 * at_start[1]
assert max(norms[100] / norms[1] for norms in after_training) < 1e-20
assert min(norms[10] for norms in after_training) > 2 * at_start[10]

# %% [markdown]
r"""
The scale is one of factors, so a straight line is a constant share lost at each step: here about half. A gradient
that small teaches nothing. Training has made the share that is lost a little smaller. The line still falls, and
nearly straight.

But is that the network's fault? We trained it on windows of 24 letters, and nobody can learn from what is not
in the window. So train two more on windows of 96 letters, a quarter as many of them, which is as much text.

**Guess first.** Will their gradient reach further? Will their bits be better?
"""

# %% tags=["answer", "nbval-ignore-output"]
long_models = []
for seed in range(2):
    one, course = trained(seed, batch=16, time=96)
    long_models.append(one)
    norms, usual = reach(one), histories[seed].validations[-1]
    print(f"seed {seed}: {course.validations[-1]:.3f} bits, with windows of 24 {usual:.3f}")
    print("  gradient at lags 1, 10, 20, 50:", *(f"{norms[lag]:.0e}" for lag in (1, 10, 20, 50)))
    assert norms[50] < 1e-9 * norms[1]

# %% [markdown]
r"""
Hardly. The bits differ by no more than two seeds do. What stands 50 letters back was in the window this time.
The gradient from there has grown with one of the two seeds, and it is still less than a thousand-millionth of that
from next door. It was not the windows that kept the network from looking back: trained like this, it can't.

## Does one number decide?

Why a constant share? A step back multiplies by $W_{hh}^\top$, and by the slopes of tanh (eq. 6.4). Many
steps multiply many times by the same matrix. In some directions a matrix only stretches, each by a factor of its
own, its eigenvalues; and after many steps the largest of them wins, as in compound interest. Its size is the
*spectral radius* $\rho$. Without tanh, and with some constant $c$,

$$ \Big\lVert \frac{\partial L}{\partial h_{T-k}} \Big\rVert \approx c\, \rho^k \tag{6.6} $$
"""

# %% tags=["folded"]
# @title What every step back goes through
display_figure(
    rnn_cell(lit=["W_hh", "tanh"]),
    alt="The cell once more, with two parts lit: the matrix W_hh and the tanh. On the way from the "
    "new state to the old one, a gradient meets both.",
)

# %% [markdown]
r"""
**Guess first.** With $\rho$ = 0.9, 1 and 1.1, what is left of a gradient of 1 after 100 steps?
"""

# %% tags=["answer"]
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
Without tanh there is one such place, and a hair beside it a hundred steps make a world of difference. With tanh
there is none on this slider: the slopes, at most 1, take their share at every step, and the larger the weights, the
flatter the tanh where the states are.

**Guess first.** Our own networks lose about half of the gradient at each step. Is their radius below 1?
"""


# %% tags=["answer", "nbval-ignore-output"]
def radius(model):
    return torch.linalg.eigvals(model.recurrent.weight_hh_l0.detach()).abs().max().item()


def mean_slope(model):
    states, _ = model.recurrent(model.embedding(places))
    return (1 - states.detach() ** 2).mean().item()


for seed, one in enumerate(models):
    before, after = radius(new_model(seed)), radius(one)
    print(f"seed {seed}: {before:.2f}, trained {after:.2f}; mean slope {mean_slope(one):.2f}")

# %%
assert max(radius(new_model(seed)) for seed in range(3)) < 0.8
assert min(radius(one) for one in models) > 1.5
assert max(mean_slope(one) for one in models) < 0.3

# %% [markdown]
"""
It began below 1, as `torch.nn` draws the weights, and training pushed it far *above* 1, with each seed. By
eq. 6.6 such a network should explode. It doesn't: its units stand where tanh is flat, with slopes far below 1 on
average, and the gradient vanishes all the same. A matrix alone doesn't decide. That is why we measured.

Training was free to choose the matrix, and didn't mend this. Changing the *cell* does, so that the state is carried
on by an addition instead of being squeezed at every step: the next notebook.

## Truncation

If nothing arrives from afar, need we go back that far? *Truncated* back-propagation through time hands
the state on, but cuts the gradient every few steps: `state.detach()`. The forward pass is the same, the
backward pass is short and needs little memory.
"""

# %% tags=["folded"]
# @title A cut after the second letter
display_figure(
    unrolled("the␣", "he␣c", back=True, cut=2),
    alt="Four letters and the way back, with a dotted line between the second and the third, "
    "labelled detach. The state is handed on across it; no gradient comes back.",
)


# %%
def truncated_gradient(model, inputs, targets, steps):
    model.zero_grad()
    state = None
    for begin in range(0, inputs.shape[1], steps):
        piece, wanted = inputs[:, begin : begin + steps], targets[:, begin : begin + steps]
        logits, state = model(piece, state)
        F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="sum").backward()
        state = state.detach()
    return torch.cat([weight.grad.flatten() for weight in model.recurrent.parameters()])


# %% [markdown]
"""
Compare the truncated gradient with that over all of 96 letters, by the angle between the two.

**Guess first.** How many steps are enough for less than ten degrees? And for the network that was trained on
windows of 96?
"""

# %% tags=["answer", "nbval-ignore-output"]
LENGTHS = (1, 2, 4, 8, 16, 32)
unread = random_windows(valid, 64, 96, seeded(4))  # inputs, targets


def angles_of(model):
    whole = truncated_gradient(model, *unread, steps=96)
    short = [truncated_gradient(model, *unread, steps) for steps in LENGTHS]
    cosines = [F.cosine_similarity(gradient, whole, dim=0).item() for gradient in short]
    return np.degrees(np.arccos(cosines))


angles = {"windows of 24": angles_of(models[0]), "windows of 96": angles_of(long_models[0])}
for name, degrees in angles.items():
    print(name, dict(zip(LENGTHS, degrees.round().astype(int).tolist(), strict=True)))

# %% tags=["answer", "folded"]
# @title The angle against the steps before the cut
display_figure(
    curves(
        angles,
        x=LENGTHS,
        xscale="log",
        xlabel="steps before the gradient is cut",
        ylabel="angle to the whole gradient, degrees",
    ),
    alt="The angle between the truncated gradient and the whole one, against the steps before the "
    "cut, 1 to 32 on a scale of factors, for two networks. Both lines fall steadily and lie close "
    "together; at 32 they are at a few degrees.",
)
for degrees in angles.values():
    assert all(later < earlier for earlier, later in pairwise(degrees))
    assert degrees[-2] < 12
    assert degrees[-1] < 8

# %% [markdown]
"""
Sixteen steps come within some ten degrees, thirty-two within some five, whatever the network was trained on.
So windows of 24 letters were no bad choice for this *cell*, at this width and length of training. Truncation
costs little here for a sad reason: what it cuts off had vanished already.

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

# %% tags=["folded"]
# @title The loss against the bias
display_figure(
    curves({"loss": cliff.detach()}, x=biases.detach(), xlabel="bias", ylabel="loss"),
    alt="The loss against the bias: level and low on the left, level and high on the right, and "
    "in between a wall that is as good as vertical.",
)

# %% [markdown]
r"""
Printed above: where it is steepest, the slope there, and the median of all slopes. On the plains the slope is
next to nothing; on the wall it is enormous.

**Guess first.** One step of gradient descent from the steepest place, with a learning rate of only 0.001:
where does the bias land?
"""

# %% tags=["answer"]
bias = nn.Parameter(biases[steepest].detach().clone())
((end_of(bias) + 0.9) ** 2).backward()
unclipped = (bias - 0.001 * bias.grad).item()
unclipped

# %% [markdown]
r"""
Out of the picture, and everything that was learned is lost.

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
clip_by_norm([bias], limit=1.0)  # the slope is that of the step above
clipped_step = (bias - 0.001 * bias.grad).item()
print(f"from {bias.item():.3f}: to {unclipped:.3g} unclipped, to {clipped_step:.3f} clipped")
assert abs(unclipped - bias.item()) > 1

# %% [markdown]
"""
The norm is that of *all* gradients together, as one long vector. Clipping each of them by itself would
bend the direction.

**Guess first.** How often did it act in the 480 steps of each of our networks, with `fit`'s limit of 1?
"""

# %% tags=["answer", "nbval-ignore-output"]
for course in histories:
    sizes = np.array(course.gradient_norms)
    print(f"above 1: {(sizes > 1).sum()}  largest {sizes.max():.2f}  median {np.median(sizes):.2f}")

# %% tags=["answer", "folded"]
# @title The norm of the gradient, step by step
display_figure(
    curves(
        {"norm of the gradient": histories[0].gradient_norms},
        x=histories[0].steps,
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
from lmteach.models.recurrent.unrolled import unroll_rnn as shipped_unroll_rnn
from lmteach.training import clipping

ours = recurrent.RNN(3, 5, num_layers=2).double()
same_results(ours, nn.RNN(3, 5, num_layers=2, batch_first=True).double(), sequence)
shipped = recurrent_cells.RNNCell(3, 5).double()
same_results(shipped, nn.RNNCell(3, 5).double(), sequence[:, 0])
start = (torch.zeros(4, 5, dtype=torch.float64),)
assert_close(shipped_unroll_rnn(sequence, start, *cell.parameters())[0], outputs)

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

The three networks, each judged on the whole test text.

**Guess first.** The network has a fraction of the numbers of the counted 8-gram. Will it be better?
"""

# %% tags=["answer", "nbval-ignore-output"]
from lmteach.evaluation.scoreboard import record, table

results = [bits(one, test) for one in models]
seconds = np.mean([course.seconds for course in histories])
reading = {"text_read": len(train), "passes": STEPS * BATCH * TIME / len(train)}
record("A", f"RNN, {STEPS} steps", results, models[0].parameter_count, seconds, **reading)
rivals = ["gzip", "unigram, add-one", "bigram, add-one", "8-gram, modified Kneser–Ney"]
table("A", [*rivals, f"RNN, {STEPS} steps"])

# %%
assert max(results) < 2.9
assert max(results) - min(results) < 0.15

# %% [markdown]
"""
It beats the bigram with ease and `gzip` by a little, and the counted 8-gram beats *it*, in less time. If
the simple model wins, say so. Counting has seen all of the text; our network has seen less than a million
letters, and it forgets. What it has for itself is size: it is some sixty times smaller. The row is that of 480
steps. At step 250 the bits stood higher, so more steps would bring more.

## Spot the bug

This loop trains a network with a shorter window. It hands the state on from batch to batch, so that the memory
may be longer than the window, and cuts the gradient with `detach`, as in the section on truncation.
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
    return model, loss.item()


# %% tags=["nbval-ignore-output"]
odd, last_loss = circulated(500)
last_loss, last_loss / math.log(2)

# %% [markdown]
"""
It runs, and its loss has fallen, to so many nats, or bits, a letter. Now watch it on unread articles, place by
place, and with all else as in the loop. What does the first letter of a window cost, and what do the others?
"""


# %%
@torch.no_grad()
def bits_over(windows, model, hand_on):
    state, found = None, []
    for inputs, targets in windows:
        logits, state = model(inputs, state)
        nats = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
        found.append(nats.mean(dim=0) / math.log(2))
        state = hand_on(state)  # what the next batch starts from
    return torch.stack(found).mean(dim=0).double().cpu().numpy()


def drawn_as_before(generator, count=200):
    return [random_windows(valid, BATCH, 16, generator) for _ in range(count)]


# %% tags=["nbval-ignore-output"]
as_trained = bits_over(drawn_as_before(seeded(8)), odd, hand_on=lambda state: state)
for place in (1, 2, 3, 5, 16):
    print(f"place {place:2}: {as_trained[place - 1]:.2f} bits")

# %% [markdown]
"""
The first letter of a window is dear, and a few letters on all is well.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A network is trained on windows from random places. Each batch starts from the state in which "
    "the batch before ended, cut by detach(). Of its windows, the first letter costs far more bits "
    "than the fifth. What is the matter?",
    {
        "detach() cuts the gradient": "It does, and that is all it does: the state itself goes on, "
        "and a state of its own text would help from the first letter on.",
        "the first letter has nothing before it": "It has a state before it, of 128 numbers. If "
        "that were as good as nothing, zeros would do as badly; and they do better.",
        "the state is that of another text": "The windows come from random places, so each starts "
        "with the memory of somebody else.",
        "500 steps are too few": "The other places have had no more, and are far better.",
    },
    right="the state is that of another text",
)

# %% tags=["answer", "nbval-ignore-output"]
from lmteach.text.batches import consecutive_windows

STATES = {
    "a neighbour's state": lambda state: state.roll(1, dims=1),  # of the text beside it
    "no state": lambda state: None,
    "its own state": lambda state: state,
}


def bits_by_place(model, hand_on):
    in_order = consecutive_windows(valid, BATCH, 16)  # each window goes on where the last one ended
    return bits_over([one for one in in_order if one[0].shape[1] == 16], model, hand_on)


by_place = {name: bits_by_place(odd, hand_on) for name, hand_on in STATES.items()}
for name, line in by_place.items():
    print(f"{name:20} first letter {line[0]:.2f}   all 16 {line.mean():.3f}")

# %% tags=["answer", "folded"]
# @title Bits by place, for three states
display_figure(
    curves(by_place, x=range(1, 17), xlabel="place in the window", ylabel="bits per letter"),
    alt="Bits per letter against the place in the window, 1 to 16, for one network with three "
    "states. A neighbour's state starts highest, above four bits, no state a little lower; from "
    "the fifth letter on they nearly meet. With its own state the line is level and low from the "
    "first letter on.",
)
stranger, empty, own = by_place.values()
assert stranger[0] > empty[0] + 0.05 > own[0] + 0.5
assert stranger.mean() > empty.mean() > own.mean() + 0.05

# %% [markdown]
"""
The same weights, three states. A neighbour's memory is *worse than none* at the first letter, and its own saves
more than a bit there. After a few letters the wrong one is forgotten, which is why nobody notices: the loss falls,
and the average is nearly that of no state at all.

Two ways to mend the loop: start from nothing, or read on where you stopped, with `consecutive_windows`.
"""


# %%
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
Three networks now, one trained in each way, and each is read with three states.

**Guess first.** What has the bug spoiled: the weights, or only the use that is made of them?
"""

# %% tags=["answer", "nbval-ignore-output"]
ways = {"a neighbour's": odd, "none": mended(500, carry=False), "its own": mended(500, carry=True)}
averages = {}
print("bits per letter, read with:", *(f"{name:>20}" for name in STATES))
for name, network in ways.items():
    averages[name] = [bits_by_place(network, hand_on).mean() for hand_on in STATES.values()]
    print(f"trained with {name:14}", *(f"{bits_here:20.3f}" for bits_here in averages[name]))

# %%
for with_stranger, with_none, with_own in averages.values():
    assert with_own < with_none < with_stranger
assert averages["its own"][2] < averages["none"][2] < averages["a neighbour's"][2]

# %% [markdown]
"""
Mostly the use: read with its own state, the network with the bug loses less than a tenth of a bit to the one that
was trained so. (One seed; two others, tried beside this page, gave the same order.) And there is a worse kind of
harm. The answer to a question now depends on who asked before:
"""

# %% tags=["nbval-ignore-output"]
asked = torch.tensor([tokenizer.encode("T")], device=session.device)
for words in (". ", "in the "):
    _, left_over = models[0](torch.tensor([tokenizer.encode(words)], device=session.device))
    scores, _ = models[0](asked, left_over)
    odds = torch.softmax(scores[0, -1], dim=0)
    print(f"h after {words!r} and T: {odds[tokenizer.encode('h')[0]]:.2f}")

# %% [markdown]
"""
Carry a state only into what follows.

## In practice

Nobody writes the loop over time at work: `torch.nn.RNN` does it in compiled code. It takes our weights as
they are. Put it into our model, and the bits don't change.
"""

# %%
theirs = nn.RNN(DIM, DIM, batch_first=True)
theirs.load_state_dict(models[0].recurrent.state_dict())
ours_on_cpu = copy.deepcopy(models[0]).cpu()
with_torch = copy.deepcopy(ours_on_cpu)
with_torch.recurrent = theirs
assert_close(bits(with_torch, valid[:5000]), bits(ours_on_cpu, valid[:5000]), rtol=1e-5, atol=0)


# %% tags=["folded", "nbval-ignore-output"]
# @title Seconds a batch, forward and backward
def seconds_for(layer, rounds=20):
    x = torch.randn(BATCH, TIME, DIM)
    started = time.perf_counter()
    for _ in range(rounds):
        layer(x)[0].sum().backward()
    return (time.perf_counter() - started) / rounds


layers = {"ours": ours_on_cpu.recurrent, "torch.nn": theirs}
{name: round(seconds_for(layer), 4) for name, layer in layers.items()}

# %% [markdown]
"""
Forward and backward, in seconds a batch. Nearly all of it is the same matrix products, so on a CPU the
compiled loop wins little or nothing. Three habits from work: `batch_first=True`, or the axes are (time, batch);
clip with `torch.nn.utils.clip_grad_norm_`; and texts of different lengths are padded to
one batch (`lmteach.text.batches.pad`, or `torch.nn.utils.rnn.pad_sequence`).

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · back-propagation through time (30 minutes, ●●○)

No autograd, only NumPy: the whole gradient of a small language model, from the letters to the loss and back.
Each step is judged alone, so you may do them in any order. `inputs` (T, E) has a row for each letter read,
`targets` (T,) the numbers of the letters that came, and there are four weights: `w_ih` (D, E), `w_hh` (D, D),
one `bias` (D,), and `w_ho` (V, D), which makes logits of a state.
"""

# %% [markdown]
"""
#### Step 1 · states_of

Forward. Return the states (T + 1, D): zeros first, then the state after each row of `inputs`.
"""


# %% tags=["exercise"]
def states_of(inputs, w_ih, w_hh, bias):
    ### BEGIN SOLUTION: eq. 6.2 with one bias; keep every state, the zeros too
    states = [np.zeros(len(w_hh))]
    for x in inputs:
        states.append(np.tanh(w_ih @ x + w_hh @ states[-1] + bias))
    return np.array(states)
    ### END SOLUTION


check.states_of(states_of)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A matrix times a vector is `w_ih @ x`, and the newest state of the list is `states[-1]`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
#### Step 2 · errors

The way back begins at the loss: the *mean* over the T steps of $-\log p$ of each target. Return its gradient
with regard to the `logits` (T, V). You know it from notebook 01: what was said, minus what happened.
"""


# %% tags=["exercise"]
def errors(logits, targets):
    ### BEGIN SOLUTION: a softmax for each row, less 1 at its target, over T
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    chances[np.arange(len(targets)), targets] -= 1
    return chances / len(targets)
    ### END SOLUTION


check.errors(errors)

# %% [markdown] slideshow={"slide_type": "skip"}
r"""
<details><summary>Hint</summary>

`chances[np.arange(len(targets)), targets]` picks one entry of each row. With a mean, every step counts a T-th.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · one_step_back

Eq. 6.4 for one step. `arriving` (D,) comes from the step after, `share` (D,) is the step's own, `state` (D,)
is the state of this step. Return two vectors: δ of this step, and what arrives at the step before.
"""


# %% tags=["exercise"]
def one_step_back(arriving, share, state, w_hh):
    ### BEGIN SOLUTION: two lines are enough
    delta = (1 - state**2) * (share + arriving)
    return delta, w_hh.T @ delta
    ### END SOLUTION


check.one_step_back(one_step_back)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

What was last on the way forward is first on the way back: the tanh. `w_hh` led from the old state to the new one.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · walk_back

All steps: `shares` (T, D) and `states` (T + 1, D), as step 1 made them. Return δ for each step (T, D), in the
order of time. Call your `one_step_back`, or write its lines once more.
"""


# %% tags=["exercise"]
def walk_back(shares, states, w_hh):
    ### BEGIN SOLUTION: from the last step to the first; behind the last, nothing arrives
    deltas, arriving = np.zeros(shares.shape), np.zeros(len(w_hh))
    for t in reversed(range(len(shares))):
        deltas[t] = (1 - states[t + 1] ** 2) * (shares[t] + arriving)
        arriving = w_hh.T @ deltas[t]
    return deltas
    ### END SOLUTION


check.walk_back(walk_back)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`states[0]` are the zeros, so the state after step t is `states[t + 1]`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · collected

Eq. 6.5, without a loop: the gradients with regard to `w_ih`, `w_hh` and the bias, in this order. A sum of outer
products over the steps is one product of matrices.
"""


# %% tags=["exercise"]
def collected(deltas, inputs, states):
    ### BEGIN SOLUTION: deltas (T, D), inputs (T, E), states (T + 1, D)
    return deltas.T @ inputs, deltas.T @ states[:-1], deltas.sum(axis=0)
    ### END SOLUTION


check.collected(collected)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The result must have the shape of the weight: (D, T) times (T, E) is (D, E). Which states did `w_hh` meet, those before the steps, or those after?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 6 · gradients

Put them together: return the four gradients, of `w_ih`, `w_hh`, `bias` and `w_ho`. The check compares them with
autograd's. Call your five functions; the check judges the whole. The logits are `states[1:] @ w_ho.T`.

When it says *right*, let it learn the beginning of Wikipedia by heart. What does the loss fall to, and what
happens at a rate of 1?

```python
ids = np.array(tokenizer.encode(wiki.train[:200]))
rows, draw_of = np.eye(tokenizer.vocab_size)[ids], np.random.default_rng(0)
weights = [0.1 * draw_of.normal(size=shape) for shape in ((32, 82), (32, 32), (32,), (82, 32))]
for step in range(301):
    for weight, slope in zip(weights, gradients(rows[:-1], ids[1:], *weights)):
        weight -= 0.5 * slope
    if step % 100 == 0:
        scores = states_of(rows[:-1], *weights[:3])[1:] @ weights[3].T
        print(step, F.cross_entropy(torch.tensor(scores), torch.tensor(ids[1:])).item())
```
"""


# %% tags=["exercise"]
def gradients(inputs, targets, w_ih, w_hh, bias, w_ho):
    ### BEGIN SOLUTION: forward, errors, each state's share of them, back, collect
    states = states_of(inputs, w_ih, w_hh, bias)
    wrong = errors(states[1:] @ w_ho.T, targets)
    deltas = walk_back(wrong @ w_ho, states, w_hh)
    by_ih, by_hh, by_bias = collected(deltas, inputs, states)
    return by_ih, by_hh, by_bias, wrong.T @ states[1:]
    ### END SOLUTION


check.gradients(gradients)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Logits are states times `w_ho` transposed. Then a state's share of the errors is `wrong @ w_ho`, and `w_ho` gets
`wrong.T` times the states that it met.

</details>

<details><summary>Solution</summary>

{{solution}}

From some 4.4 nats it falls to little more than 1: with 300 steps it knows much of the passage by heart. At a rate of 1 it
learns faster, below ½ a nat in 200 steps, and then one step throws it off and it begins anew: a cliff. Clip the
four gradients with your `clipped` of exercise 1.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · clipped (10 minutes, ●●○)

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
### Exercise 2 · steps_until (5 minutes, ●○○)

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

A loop that multiplies and counts is fine. With logarithms: $\rho^k < s$ means $k > \ln s / \ln \rho$.

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
