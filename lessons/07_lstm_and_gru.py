# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 07 · LSTM and GRU

{{badges}}

> **c** · · − · − − · − · · · − − · − · · − − · · − · − · · − · · − − · − · − · · − · − − · · − · − · · − · **?**

One letter, then fifty signs of noise. Which letter was it? A child can do that: remember the letter,
don't listen to the rest. Can the network of notebook 06? Two inventions, of 1997 and 2014, were made for such
waits. What do they do differently?

**Aims.** Build the LSTM and the GRU gate by gate, and get PyTorch's numbers. Find out who can wait for fifty steps,
and *measure* why: the reason is not the one that is usually given. Look inside while one reads, find out what a
single unit keeps track of, and put both on the scoreboard.

**Time.** {{time}} The cells run in about a minute and a half on two CPU cores.

**Before.** [06 · Recurrent networks](06_recurrent_networks.ipynb): the plain cell, unrolling, vanishing
gradients, and `fit`.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
With the toggle on, the language models get eight times as wide.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import copy
import math
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.exercises import gates as check
from lmteach.models.recurrent.language_model import RecurrentLM
from lmteach.plots.curves import curves
from lmteach.plots.diagrams.gated import gru_cell, lstm_cell
from lmteach.training.loop import fit
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## A letter, and a long wait

Six symbols: the letters a to d, and two kinds of noise. A sequence is one letter and fifty signs of noise;
the answer is the letter. Nothing else can help, so whoever answers right has carried it all the way.
"""

# %%
LETTERS, NOISE, LAG = 4, 2, 50


def seeded(seed):
    return torch.Generator(session.device).manual_seed(seed)


def draw_wait(generator, batch=64, lag=LAG):
    where = {"generator": generator, "device": generator.device}
    letter = torch.randint(LETTERS, (batch, 1), **where)
    noise = torch.randint(LETTERS, LETTERS + NOISE, (batch, lag), **where)
    return torch.cat([letter, noise], dim=1), letter[:, 0]


# %%
ids, letters = draw_wait(seeded(0), batch=2)
print("ids", tuple(ids.shape), "letters", letters.tolist())
for row in ids.tolist():
    print("".join("abcd·−"[symbol] for symbol in row))

# %% [markdown]
"""
The network reads the sequence and scores the symbols at the end. Who guesses blindly is right one time in
four, with a loss of ln 4 nats.
"""


# %%
def loss_of_answer(model, batch):
    ids, letters = batch
    logits, _ = model(ids)
    return F.cross_entropy(logits[:, -1], letters)


# %%
@torch.no_grad()
def share_right(model):
    ids, letters = draw_wait(seeded(99), batch=1000)
    return (model(ids)[0][:, -1].argmax(dim=-1) == letters).double().mean().item()


# %% [markdown]
"""
The model is an embedding, the recurrent layer and an output layer, `RecurrentLM`.

**Guess first.** The plain network of notebook 06, 32 units wide, 250 batches, three seeds. How often will it
be right?
"""


# %% tags=["answer", "nbval-ignore-output"]
def wait_model(cell, seed):
    return RecurrentLM(LETTERS + NOISE, dim=32, cell=cell, generator=seeded(seed))


def learn_to_wait(model, seed):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    history = fit(model, loss_of_answer, draw_wait, 250, optimizer, seeded(seed))
    return model, history, share_right(model)


plain = [learn_to_wait(wait_model("rnn", seed), seed) for seed in (0, 1, 2)]
[round(right, 3) for _, _, right in plain]

# %% tags=["folded"]
# @title Held to it
assert all(0.2 < right < 0.3 for _, _, right in plain)
assert all(np.mean(history.losses[-50:]) > math.log(LETTERS) - 0.03 for _, history, _ in plain)

# %% [markdown]
r"""
One in four, three times over: pure chance. Notebook 06 suggests a reason. Between the letter and the answer the
state is multiplied fifty times, and the gradient with it, so the answer can hardly teach anything about the letter.

## Add, don't multiply

What if the state were not squeezed through a matrix and a tanh at every step? Take one number $c$, keep a
share $f$ of it, and *add* what is new:

$$ c_t = f_t\, c_{t-1} + i_t\, g_t \tag{7.1} $$

Here $g$ is what could be written, $i$ says how much of it *is* written, and $f$ how much of the old is
kept. On the way back along this line, the derivative of $c_t$ by $c_{t-1}$ is $f_t$ and nothing else. (Gates
that look at the past open more ways back; this is the one that reaches far.)
"""

# %% tags=["folded"]
# @title The memory line
display_figure(
    lstm_cell(lit=["c before", "keep", "write", "add", "c"]),
    alt="A line from the memory before to the memory after. On it a times sign, where the forget "
    "gate acts, then a plus sign, to which a second times sign leads from the input gate and the "
    "candidate. The line is lit; the gates below and the output beside it are pale.",
)


# %%
def keep(shares, written):
    c = 0.0
    for f, new in zip(shares, written, strict=True):
        c = f * c + new  # eq. 7.1, with i · g in one number
    return c


# %%
written_once = [1.0] + [0.0] * 50
print(len(written_once), "steps, the first five:", written_once[:5])

# %% [markdown]
"""
A one is written at the start, and nothing after it.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A one is written into a memory, and then nothing more. At each of the following fifty steps "
    "the memory keeps a share of 0.98. What is left at the end?",
    {
        "0.98": "That is what is left after one step. Each step takes its share of what there is.",
        "a bit more than a third": "0.98 to the power of 50. Small losses add up, and yet a third "
        "is enough to be read.",
        "nothing": "0.5 would leave nothing that can be read. 0.98 is nearer to 1 than it looks: "
        "what is lost at first is a fiftieth.",
        "0, since 50 times 0.02 is 1": "A fiftieth is lost of what is *left*, and that is less "
        "each time: shares multiply, and don't add.",
    },
    right="a bit more than a third",
)

# %% tags=["answer"]
for share in (0.5, 0.9, 0.98, 1.0):
    print(f"{share}: {keep([share] * 51, written_once):.1e}")

# %% [markdown]
r"""
At one half nothing is left, at 0.98 more than a third, at one everything. The gradient on this line fares just the
same. So what we want is an $f$ near 1 *most of the time*, and near 0 when it is time to forget. That is a decision,
and a network can learn to make it: a *gate* is a number between 0 and 1, made from what is seen and what is known by
a sigmoid, $\sigma(z) = 1 / (1 + e^{-z})$.

## The LSTM, gate by gate

*Long short-term memory* has three gates, forget, input and output, and a candidate $g$. Each has
its own matrices and looks at the same two things, the input $x_t$ and the last output $h_{t-1}$:

$$ \begin{aligned}
i_t &= \sigma(W_i x_t + U_i h_{t-1} + b_i) &\quad f_t &= \sigma(W_f x_t + U_f h_{t-1} + b_f) \\
o_t &= \sigma(W_o x_t + U_o h_{t-1} + b_o) &\quad g_t &= \tanh(W_g x_t + U_g h_{t-1} + b_g)
\end{aligned} \tag{7.2} $$

$$ c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t) \tag{7.3} $$

It starts from $h_0 = c_0 = 0$. The LSTM of 1997 had no forget gate: there $f_t = 1$ for ever, and what was
written stayed. Gers and others put the gate in three years later, and everybody has it now.

Take an input of three numbers, two units, and weights drawn at random, and go through it valve by valve.
"""

# %%
x_t, h_before, c_before = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.5, -0.5]), torch.ones(2)
W, U, b = {}, {}, {}
for block in "ifgo":
    W[block] = torch.randn(2, 3, generator=torch.Generator().manual_seed(ord(block)))
    U[block] = torch.randn(2, 2, generator=torch.Generator().manual_seed(ord(block) + 1))
    b[block] = torch.zeros(2)
print("x", tuple(x_t.shape), "h", tuple(h_before.shape), "c", tuple(c_before.shape))
print("W_f", tuple(W["f"].shape), "U_f", tuple(U["f"].shape), "b_f", tuple(b["f"].shape))

# %% [markdown]
"""
First the valve on the line: how much of each unit's memory is kept?
"""

# %% tags=["folded"]
# @title The first valve
display_figure(
    lstm_cell(lit=["seen", "forget", "c before", "keep"]),
    alt="The same cell with the forget gate lit: from the last output and the input to the gate, "
    "and from the gate up to the times sign on the memory line.",
)

# %%
f_t = torch.sigmoid(W["f"] @ x_t + U["f"] @ h_before + b["f"])  # eq. 7.2
print("f ", f_t, "  kept", f_t * c_before)

# %% [markdown]
"""
Two shares, one for each unit; the memory held two ones, so what is kept looks like the shares. Then what is
written: the candidate, and the gate that lets it in.
"""

# %% tags=["folded"]
# @title What comes in
display_figure(
    lstm_cell(lit=["seen", "input", "candidate", "write", "add", "c"]),
    alt="The same cell with the input gate and the candidate lit. Both lead to a times sign, and "
    "from there up to the plus sign on the memory line.",
)

# %%
i_t = torch.sigmoid(W["i"] @ x_t + U["i"] @ h_before + b["i"])
g_t = torch.tanh(W["g"] @ x_t + U["g"] @ h_before + b["g"])  # from −1 to 1: it is no gate
c_t = f_t * c_before + i_t * g_t  # eq. 7.3
print("i ", i_t, "  g", g_t)
print("c ", c_t)

# %% [markdown]
"""
Last, what is shown. The memory $c$ is the long-term part; the output $h$ is what a unit *shows* of it at the
moment, and all that the gates of the next step will see.
"""

# %% tags=["folded"]
# @title What goes out
display_figure(
    lstm_cell(lit=["seen", "output", "c", "squash", "show", "h"]),
    alt="The same cell with the output gate lit. The memory goes through tanh down to a times "
    "sign, which the output gate meets from the left, and from there to the output.",
)

# %%
o_t = torch.sigmoid(W["o"] @ x_t + U["o"] @ h_before + b["o"])
h_t = o_t * torch.tanh(c_t)
print("o ", o_t, "  h", h_t)

# %% [markdown]
"""
All in one place:
"""


# %%
def lstm_gate_by_gate(x, h, c, W, U, b):
    i = torch.sigmoid(W["i"] @ x + U["i"] @ h + b["i"])  # eq. 7.2
    f = torch.sigmoid(W["f"] @ x + U["f"] @ h + b["f"])
    g = torch.tanh(W["g"] @ x + U["g"] @ h + b["g"])
    o = torch.sigmoid(W["o"] @ x + U["o"] @ h + b["o"])
    c = f * c + i * g  # eq. 7.3
    return o * torch.tanh(c), c


# %% [markdown]
"""
Four products of the same two vectors can be one. Stack the four matrices, in the order i, f, g, o, which
is PyTorch's, and cut the result into four. `Cell` holds the stacked numbers, as in notebook 06;
`blocks` says how many are stacked.
"""

# %%
from lmteach.models.recurrent.cells import Cell


# %% lmteach={"defines": "models.recurrent.cells.LSTMCell"}
class LSTMCell(Cell):
    blocks = 4

    def forward(self, x, state=None):
        h, c = (self.nothing(x), self.nothing(x)) if state is None else state
        sums = x @ self.weight_ih.T + self.bias_ih + h @ self.weight_hh.T + self.bias_hh  # eq. 7.2
        i, f, g, o = sums.chunk(4, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # eq. 7.3
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, c


# %%
stacked = LSTMCell(3, 2)
with torch.no_grad():
    stacked.weight_ih.copy_(torch.cat([W["i"], W["f"], W["g"], W["o"]]))
    stacked.weight_hh.copy_(torch.cat([U["i"], U["f"], U["g"], U["o"]]))
    stacked.bias_ih.zero_()
    stacked.bias_hh.zero_()
    together = stacked(x_t[None], (h_before[None], c_before[None]))
print("W", tuple(stacked.weight_ih.shape), "U", tuple(stacked.weight_hh.shape))
print("h", together[0], "  c", together[1])
assert_close(torch.cat(together), torch.stack([h_t, c_t]))
assert_close(lstm_gate_by_gate(x_t, h_before, c_before, W, U, b), (h_t, c_t))


# %% [markdown]
"""
Is it PyTorch's cell? Give it our numbers and compare outputs and *all* gradients, in double precision. If they
agree, the cell below says how many parameters were compared.
"""


# %% tags=["folded"]
# @title The same outputs, the same gradients?
def flat(result):
    return torch.cat([p.flatten() for p in (result if isinstance(result, tuple) else (result,))])


def same_results(ours, theirs, x, state=None):
    theirs.load_state_dict(ours.state_dict())
    pair = []
    for layer in (ours, theirs):
        result = layer(x, state)
        outputs = result[0] if isinstance(result[1], tuple) else flat(result)
        loss = outputs.sin().sum()
        pair.append((outputs, torch.autograd.grad(loss, list(layer.parameters()))))
    assert_close(pair[0], pair[1], rtol=0, atol=1e-6)
    return sum(parameter.numel() for parameter in ours.parameters())


# %%
cell = LSTMCell(3, 5).double()
x, h, c = torch.randn(4, 3).double(), torch.randn(4, 5).double(), torch.randn(4, 5).double()
same_results(cell, nn.LSTMCell(3, 5).double(), x, (h, c))

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## The GRU

Can it be simpler? The *gated recurrent unit* has no second memory. One *update* gate $z$ does the work of
two: what isn't kept is written anew. A *reset* gate $r$ decides how much of the past the
candidate $n$ may look at. (In notebook 03, $z$ was a hidden state; here it is a gate, as in the papers.)

$$ \begin{aligned}
r_t &= \sigma(W_r x_t + U_r h_{t-1} + b_r) &\quad z_t &= \sigma(W_z x_t + U_z h_{t-1} + b_z) \\
n_t &= \tanh\big(W_n x_t + b_n + r_t \odot (U_n h_{t-1} + b'_n)\big)
&\quad h_t &= z_t \odot h_{t-1} + (1 - z_t) \odot n_t
\end{aligned} \tag{7.4} $$

again from $h_0 = 0$. Two departures to know of. The reset gate stands *behind* the matrix $U_n$ here, which is
PyTorch's place for it; Cho and others (2014) have it before, $U_n (r_t \odot h_{t-1})$. And $z$ keeps the old,
as in their paper; in others it writes the new. A table of weights from one is nonsense in the other.
"""

# %% tags=["folded"]
# @title The GRU's cell
display_figure(
    gru_cell(lit=["h before", "keep", "write", "add", "h", "update", "candidate"]),
    alt="A line from the state before to the state after, with a times sign and a plus sign on it. "
    "The update gate leads to two times signs: as z to the one on the line, as one minus z to the "
    "one between the candidate and the plus sign. Both are lit, with the line. On the left, pale, "
    "the reset gate meets what is remembered before it enters the candidate.",
)

# %% [markdown]
"""
One gate, and one memory, less to compute. How much is that?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "An LSTM has three gates and a candidate, a GRU two gates and a candidate. With the same width "
    "and the same inputs, how many numbers does the GRU have?",
    {
        "as many": "Each gate and each candidate has two matrices and biases of its own; there is "
        "one block less.",
        "three quarters": "Three blocks instead of four, all of one size.",
        "two thirds": "That is gates against gates. The candidate has its matrices, too, in both.",
        "half": "The GRU has one state instead of two, but a state has no numbers to learn: the "
        "blocks have.",
    },
    right="three quarters",
)


# %% tags=["answer"] lmteach={"defines": "models.recurrent.cells.GRUCell"}
class GRUCell(Cell):
    blocks = 3

    def forward(self, x, h=None):
        h = self.nothing(x) if h is None else h
        seen = (x @ self.weight_ih.T + self.bias_ih).chunk(3, dim=-1)
        remembered = (h @ self.weight_hh.T + self.bias_hh).chunk(3, dim=-1)
        reset = torch.sigmoid(seen[0] + remembered[0])  # eq. 7.4
        update = torch.sigmoid(seen[1] + remembered[1])
        candidate = torch.tanh(seen[2] + reset * remembered[2])
        return update * h + (1 - update) * candidate


# %% tags=["answer"]
same_results(GRUCell(3, 5).double(), nn.GRUCell(3, 5).double(), x, h)

# %% [markdown]
"""
Three blocks instead of four: three quarters. And PyTorch's numbers, values and gradients.

## A whole layer

Over a sequence, only the state has to wait. What the inputs contribute is multiplied for all steps at
once, ahead of the loop, as in notebook 06.
"""


# %% lmteach={"defines": "models.recurrent.unrolled.unroll_lstm"}
def unroll_lstm(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    sums = x @ weight_ih.T + (bias_ih + bias_hh)
    outputs = []
    for step in sums.unbind(dim=1):
        i, f, g, o = torch.addmm(step, h, weight_hh.T).chunk(4, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # eq. 7.3
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs, dim=1), (h, c)


# %%
sequence = torch.randn(4, 9, 3).double()
state, step_by_step = None, []
for letter in sequence.unbind(dim=1):  # (B, E)
    state = cell(letter, state)
    step_by_step.append(state[0])
nothing = torch.zeros(4, 5).double()
outputs, _ = unroll_lstm(sequence, (nothing, nothing), *cell.parameters())
print("sequence", tuple(sequence.shape), "outputs", tuple(outputs.shape))
assert_close(outputs, torch.stack(step_by_step, dim=1))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The long wait again

Now let the LSTM try. One thing first: at the start all gates stand near σ(0), a half, and you have seen
what fifty halves leave. So give the forget gates a *bias* of 4, and the input gates one of −2: keep much,
write little. (The two biases of PyTorch's form are added, so each gets one half.)
"""


# %%
def wait_lstm(seed, forget, write):
    model = wait_model("lstm", seed)
    _, _, bias_ih, bias_hh = model.recurrent.numbers(0)
    with torch.no_grad():
        for bias in (bias_ih, bias_hh):
            i, f, _, _ = bias.chunk(4)
            i.fill_(write / 2)
            f.fill_(forget / 2)
    return model


# %% [markdown]
"""
**Guess first.** What share does a gate of σ(4) keep over fifty steps? And how often will the LSTM be right?
"""

# %% tags=["answer"]
at_four = 1 / (1 + math.exp(-4))
round(at_four, 3), round(at_four**50, 2)

# %% tags=["answer", "nbval-ignore-output"]
gated = [learn_to_wait(wait_lstm(seed, forget=4, write=-2), seed) for seed in (0, 1, 2)]
[round(right, 3) for _, _, right in gated]

# %% tags=["folded"]
# @title Held to it
assert all(right > 0.95 for _, _, right in gated)

# %% [markdown]
"""
Two fifths, enough for a gradient to live on, and solved, with three seeds out of three. And the GRU? Its
update gate has no special start: it stands at a half.
"""

# %% tags=["nbval-ignore-output"]
updated = [learn_to_wait(wait_model("gru", seed=0), seed=0)]
updated[0][2]


# %% tags=["folded"]
# @title The losses of the three
def smooth(losses, over=10):
    return np.convolve(losses, np.ones(over) / over, mode="valid")


groups = {"RNN": plain, "GRU": updated, "LSTM": gated}
lines = {name: smooth(attempts[0][1].losses) for name, attempts in groups.items()}
display_figure(
    curves(lines, xlabel="step", ylabel="nats", reference=("chance", math.log(LETTERS))),
    alt="The loss of the three networks over 250 steps, first seed. The RNN stays level at "
    "chance, 1.39 nats. The LSTM falls early, the GRU after some tens of steps; both end near "
    "zero.",
)

# %% [markdown]
"""
The LSTM was told to keep, and falls at once. Nobody told the GRU: for a while nothing happens, and then it is
quick. Fifty halves leave nothing of a gradient, so how did it find out? Keep the question in mind: it is
answered under *Spot the bug*.

## A model of English

Now text, the Wikipedia of the scoreboard. The three cells, of the same width, with the same batches: 64 windows of
24 letters, as in notebook 06. Each has a learning rate of its own; what others would make of them stands further
down, beside the board. The runs are *short*: 480 steps.
"""

# %%
from lmteach.evaluation.information import bits_per_character
from lmteach.text.batches import random_windows
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer

wiki = wikipedia()
tokenizer = CharTokenizer(wiki.train + wiki.valid + wiki.test)
train, valid, test = (
    torch.tensor(tokenizer.encode(text), device=session.device)
    for text in (wiki.train, wiki.valid, wiki.test)
)

# %%
BATCH, TIME, DIM, STEPS = 64, 24, 128 * session.scale, 480
RATES = {"rnn": 0.008, "gru": 0.01, "lstm": 0.02}


def language_model(cell, seed):
    return RecurrentLM(tokenizer.vocab_size, DIM, cell=cell, generator=seeded(seed))


# %%
def draw_text(generator):
    return random_windows(train, BATCH, TIME, generator)


def loss_of_text(model, batch):
    inputs, targets = batch
    logits, _ = model(inputs)
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


# %% [markdown]
"""
The learning rate warms up over 30 steps and falls along a cosine, and the bits are those of a whole text,
with the state carried along.
"""

# %%
from lmteach.training.schedules import warmup_cosine


def bits(model, ids):
    nats = -model.log_probabilities(ids, streams=64).mean().item()
    return bits_per_character(nats, tokens=len(ids), characters=len(ids))


# %%
def trained(cell, seed, steps=STEPS):
    model = language_model(cell, seed)
    rate = RATES[cell] / session.scale**0.5  # a wider network wants smaller steps
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    history = fit(
        model,
        loss_of_text,
        draw_text,
        steps,
        optimizer,
        seeded(seed),
        schedule=lambda step: warmup_cosine(step, warmup=30, steps=steps, floor=0.02),
    )
    return model, history


# %% tags=["nbval-ignore-output"]
runs = {"RNN": [trained("rnn", 0)], "GRU": [trained("gru", 0)], "LSTM": [trained("lstm", 0)]}
print(f"{STEPS * BATCH * TIME:,} letters read of a text of {len(train):,}")
{name: round(bits(run[0][0], valid), 2) for name, run in runs.items()}

# %% [markdown]
"""
Bits per letter on unread articles, one seed each, after fewer letters than half of the text has. (Notebook 06 watched
its networks on the first 30,000 letters of these articles alone, where the bits are lower.) And on the way there:
"""

# %% tags=["folded"]
# @title The training losses
display_figure(
    curves(
        {name: smooth(run[0][1].losses, over=20) / math.log(2) for name, run in runs.items()},
        xlabel="step",
        ylabel="bits per letter",
    ),
    alt="Training loss in bits per letter over 480 steps for three networks of the same width. "
    "All fall steeply at first; in the end the RNN is the highest, and GRU and LSTM are below it.",
)

# %% [markdown]
"""
Let the LSTM write. Each letter is drawn, and then read by the network itself.
"""

# %% tags=["nbval-ignore-output"]
model = runs["LSTM"][0][0]
drawn = model.sample(300, seeded(5), context=tokenizer.encode("\n"), temperature=0.8)
print(tokenizer.decode(drawn.tolist()))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## How far does the gradient reach?

The measurement of notebook 06, with all three. The network reads 101 letters and is judged by its guess of
the next; how large is the gradient of that at the letter $k$ steps back?
"""

# %% tags=["folded"]
# @title The measurement of notebook 06
from lmteach.evaluation.gradient_lag import gradient_by_lag
from lmteach.plots.gradient_lag import gradient_lag

places, following = random_windows(valid, 64, 101, seeded(3))


def reach(model):
    def loss_of_last(output):
        return F.cross_entropy(model.output(output), following[:, -1], reduction="sum")

    return gradient_by_lag(model.recurrent, model.embedding(places), loss_of_last)


# %% [markdown]
"""
**Guess first.** Before any training, the forget gates of our language model have a bias of 1, and σ(1) is 0.73.
Will the LSTM's gradient at lag 100, on this scale of factors, be nearer to the RNN's there, or to its own at lag 1?
"""

# %% tags=["answer", "nbval-ignore-output"]
reached = {}
for name in ("RNN", "GRU", "LSTM"):
    reached[f"{name} (start)"] = reach(language_model(name.lower(), seed=0))
    reached[name] = reach(runs[name][0][0])
for name, norms in reached.items():
    print(f"{name:14}" + "   ".join(f"lag {k}: {norms[k]:.0e}" for k in (1, 10, 30, 100)))

# %% tags=["answer", "folded"]
# @title The norms, drawn: dashed before training, whole after it
display_figure(
    gradient_lag(reached),
    alt="Norm of the gradient against the lag, 1 to 100, on a scale of factors, for three "
    "networks before training, dashed, and after it. All dashed lines fall steeply, almost "
    "straight. After training, the lines of GRU and LSTM bend and flatten; at lag 100 they are "
    "many orders of magnitude above the RNN's.",
)

# %% tags=["folded"]
# @title Held to it
for name in ("GRU", "LSTM"):
    assert reached[name][100] > 1e10 * reached["RNN"][100]
    assert reached[name][100] > 10 * reached[f"{name} (start)"][100]

# %% [markdown]
"""
Two things to see. At the start all lines are nearly straight, a constant share lost at each step. The LSTM's,
with its forget gates at 0.73, loses least: at lag 100 it is far nearer to its own beginning, eight or nine powers
of ten away, than to the RNN, which lies some twenty below it.

Then the training, with one seed. It hardly moves the RNN's line at lag 100. Those of GRU and LSTM have *flattened*,
as they would if most units forgot fast and some slowly: far back the slow ones are what is left. At lag 30 the LSTM's
is even below where it started: it has learned to forget, too. Gates can learn how long to wait.

## Gates over a sentence

What do the gates *do*? Read a text letter by letter and keep all of them. The memory is shown as
tanh $c$, as the output gate sees it.
"""


# %%
@torch.no_grad()
def look_inside(model, text):
    weight_ih, weight_hh, bias_ih, bias_hh = model.recurrent.numbers(0)
    h = c = torch.zeros(model.dim, device=weight_hh.device)
    rows = []
    for x in model.embedding(torch.tensor(tokenizer.encode(text), device=weight_hh.device)):
        sums = weight_ih @ x + bias_ih + weight_hh @ h + bias_hh
        i, f, g, o = sums.chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()  # eq. 7.3
        h = o.sigmoid() * c.tanh()
        rows.append(torch.stack([i.sigmoid(), f.sigmoid(), o.sigmoid(), c.tanh()]))
    parts = torch.stack(rows, dim=1).cpu().numpy()  # (4, T, D)
    return {"input": parts[0], "forget": parts[1], "output": parts[2], "memory": parts[3]}


# %%
from lmteach.plots.gates import coloured_text, gate_strips

sentences = wiki.test.replace("\n", " ").split(". ")
sentence = next(line for line in sentences if "(" in line and 50 < len(line) < 66)
inside = look_inside(model, sentence)
means = {name: inside[name].mean(axis=1) for name in ("input", "forget", "output")}
print(sentence, inside["forget"].shape, sep="\n")

# %% tags=["folded"]
# @title The gates over the sentence
display_figure(
    gate_strips(means, sentence, lowest=0.2, highest=0.9),
    alt="Three strips of coloured squares over a sentence: input, forget and output gate, each "
    "the mean of all units. The input gate is brightest at spaces; the forget gate is darker "
    "there and at the first letter of a word; the output gate is dark at every space. In the "
    "number 88.2% all three are dark.",
)

# %% [markdown]
"""
One sentence is one sentence. The means over 5,000 letters:
"""

# %% tags=["nbval-ignore-output"]
sample = look_inside(model, wiki.test[:5000])
is_space = np.array([letter == " " for letter in wiki.test[:5000]])
for name in ("input", "forget", "output"):
    at_space, elsewhere = sample[name][is_space].mean(), sample[name][~is_space].mean()
    print(f"{name:7} at spaces {at_space:.2f}, elsewhere {elsewhere:.2f}")

# %% [markdown]
"""
At a space all three move. Less of the old is kept, more is written, and less is shown. That makes sense: when a
word is over, what it was matters less for the next letter.

## Can a unit be read?

Is there a unit whose memory a person can *read*? Don't look for a pretty picture; measure. Write down what
could be tracked, one number for each letter, and correlate it with the memory of all units.
"""


# %%
def tracked(text):
    word, bracket, rows = 0, False, []
    for letter in text:
        word = word + 1 if letter.isalpha() else 0
        bracket = letter == "(" or (bracket and letter not in ")\n")
        rows.append([word > 0, word, bracket])
    numbers = np.array(rows, dtype=float).T
    return {"in a word": numbers[0], "letters so far": numbers[1], "in brackets": numbers[2]}


# %%
def correlations(text):
    memory = look_inside(model, text)["memory"]  # (T, D)
    found = {}
    for name, seen in tracked(text).items():
        found[name] = np.corrcoef(memory.T, seen)[-1, :-1]  # of each unit with what is seen: (D,)
    return found


# %% [markdown]
"""
Among 128 units the best is good by luck, too. So the unit is chosen on one text and reported on another.

**Guess first.** Of these three, which will a small network have found: being inside a word, how many
letters of the word are written so far, being inside brackets?
"""

# %% tags=["answer", "nbval-ignore-output"]
chosen_on, checked_on = correlations(wiki.valid[:20_000]), correlations(wiki.test[:20_000])
best = {name: int(np.abs(r).argmax()) for name, r in chosen_on.items()}
for name, unit in best.items():
    print(f"{name:15} unit {unit:3}   chosen on {chosen_on[name][unit]:+.2f}   "
          f"new text {checked_on[name][unit]:+.2f}")

# %% tags=["folded"]
# @title Held to it
strength = {name: abs(checked_on[name][unit]) for name, unit in best.items()}
assert strength["letters so far"] > 0.45
assert strength["in brackets"] < 0.4

# %% [markdown]
"""
There *is* a unit that follows a word as it begins, and one, less closely, for being in a word at all. The first is
drawn below: its memory moves on over the first letters, stays there, and jumps back at the end. (Up or down is the
same to a network. In the picture it is turned so that it climbs; in the widget under *Play* it is as it is.) It is
no perfect counter, as the correlation says: after the fourth letter it hardly counts on.

And there is none for brackets: even the best of all units is next to nothing, on both texts. Units for brackets have
been found in larger networks (Karpathy and others, 2015). That a network *has* readable units is not a promise.
"""

# %% tags=["folded"]
# @title The memory of one unit over a text
counter = best["letters so far"]
sign = np.sign(chosen_on["letters so far"][counter])
excerpt = wiki.test[:240].replace("\n", " ")
memory = sign * look_inside(model, excerpt)["memory"][:, counter]
display_figure(
    coloured_text(memory, excerpt, lowest=memory.min(), highest=memory.max()),
    alt="Four lines of an article, each letter on a ground coloured by the memory of one unit. At "
    "spaces and the first letter of a word it is dark, low; it climbs over the next few, and from "
    "about the fourth letter on it is bright, with a few relapses. Short words stay dark.",
)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Play

Scrub through the text with the arrow keys: on the left the gates of one unit, on the right what the network
expects next. Then change the unit.

**Guess first.** Where in a long word are the odds of the next letter most certain, at its beginning or its
end?
"""

# %% tags=["answer", "folded", "widget", "nbval-ignore-output"]
# @title Scrub through the text
from lmteach.widgets.gate_scrubber.widget import GateScrubber

scrubbed = look_inside(model, excerpt)
strongest = np.argsort(-np.abs(chosen_on["letters so far"]))[:6].tolist()
units = list(dict.fromkeys([counter, *best.values(), *strongest]))
with torch.no_grad():
    logits, _ = model(torch.tensor([tokenizer.encode(excerpt)], device=session.device))
scrubber = GateScrubber(
    excerpt,
    scrubbed["memory"][:, units],
    {name: scrubbed[name][:, units] for name in ("input", "forget", "output")},
    torch.softmax(logits[0], dim=-1).cpu().numpy(),
    tokenizer.characters,
    units=[str(unit) for unit in units],
    place=60,
)
scrubber

# %% [markdown] slideshow={"slide_type": "slide"}
"""
As a rule near its end, and least of all before its first letter, where anything may begin. In between the odds go up
and down. Scrub through *officially*: in the run shown, the network is all but sure of a space after *of*, and then the
word goes on.

## The equal sign

Cells and whole layers, values and gradients, against PyTorch; and what you have seen above against what
the package ships. The package's LSTM computes the way back by hand, which is faster and must not be
different.
"""

# %%
from lmteach.models.recurrent import cells as recurrent_cells
from lmteach.models.recurrent import layers as recurrent
from lmteach.models.recurrent import unrolled

state = torch.randn(2, 4, 5).double()
for ours, theirs, handed_on in (
    (recurrent.GRU, nn.GRU, state),
    (recurrent.LSTM, nn.LSTM, (state, state.flip(0))),
):
    for given in (None, handed_on):
        layers = ours(3, 5, num_layers=2).double()
        same_results(layers, theirs(3, 5, num_layers=2, batch_first=True).double(), sequence, given)

# %% tags=["folded"]
# @title The cells and the layer of the package
for ours, shipped in ((LSTMCell, recurrent_cells.LSTMCell), (GRUCell, recurrent_cells.GRUCell)):
    same_results(ours(3, 5).double(), shipped(3, 5).double(), x)
again, _ = unrolled.unroll_lstm(sequence, (nothing, nothing), *cell.parameters())
assert_close(again, outputs)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

Three seeds each, short runs all, judged on the whole test text. On the board are bits; the losses above that
are trained are nats.

**Guess first.** Above, with one seed, you saw which of GRU and LSTM was ahead, and by how little. Will that hold
with three?
"""

# %% tags=["answer", "nbval-ignore-output"]
from lmteach.evaluation.scoreboard import record, table

results, reading = {}, {"text_read": len(train), "passes": STEPS * BATCH * TIME / len(train)}
for name in ("GRU", "LSTM"):
    runs[name] += [trained(name.lower(), seed) for seed in (1, 2)]
    results[name] = [bits(network, test) for network, _ in runs[name]]
    seconds = np.mean([history.seconds for _, history in runs[name]])
    parameters = runs[name][0][0].parameter_count
    record("A", f"{name}, {STEPS} steps", results[name], parameters, seconds, **reading)

board = ["gzip", "bigram, add-one", "8-gram, modified Kneser–Ney", "feed-forward, 1,200 steps"]
table("A", [*board, *(f"{name}, {STEPS} steps" for name in ("RNN", "GRU", "LSTM"))])

# %% tags=["folded"]
# @title Held to it
assert max(results["GRU"] + results["LSTM"]) < 2.85
assert abs(np.mean(results["GRU"]) - np.mean(results["LSTM"])) < 0.1
assert max(np.mean(row) for row in results.values()) < bits(runs["RNN"][0][0], test)

# %% [markdown]
"""
Their means are all but level: on text the GRU does with three quarters of the numbers what
the LSTM does. Both are ahead of the plain network of the same width, on average and not by much: the GRU's
own seeds lie further apart than that. And how much of it is the rate? Stored figures, five rates for each, bits on
the *validation* articles (`experiments/recurrent_rates.py`):
"""

# %%
from lmteach.evaluation.results import read_results

rates = read_results("recurrent_rates")
for name in ("RNN", "GRU", "LSTM"):
    for rate in (0.004, 0.008, 0.01, 0.02, 0.04):
        seeds = rates.values("valid_bits", cell=name.lower(), rate=rate)
        print(f"{name:4} {rate:5}  {np.mean(seeds):.2f} ± {np.std(seeds, ddof=1):.2f}")

# %% [markdown]
"""
So the rows are no last word. The GRU had its best rate of these, the plain network did better at 0.02, and the
LSTM at 0.04, the highest that was tried. At its best rate each, the LSTM is a little ahead of the GRU, and the
plain network is last; from first to last it is no more than two of the GRU's own seeds may differ by.

And the feed-forward network of notebook 05 is ahead of all three, and the counted 8-gram by far. Before you
draw a conclusion, look at what each of them has *read*.
"""

# %%
read = STEPS * BATCH * TIME
print(f"RNN, GRU, LSTM  {read:9,} letters")
print(f"feed-forward    {1200 * 1024:9,} letters, drawn with the six before each")
print(f"8-gram          {len(train):9,} letters, each once")

# %% [markdown]
"""
So give the counts no more than the LSTM has had.

**Guess first.** An 8-gram counts the first letters of the text, as many as the LSTM has read. Is it still ahead?
"""

# %% tags=["answer"]
from lmteach.models.ngram.model import NGramModel

counted = NGramModel(8, "modified_kneser_ney", tokenizer.vocab_size).fit(train[:read].tolist())
nats = -counted.log_probabilities(test.tolist()).mean()
round(float(nats) / math.log(2), 2)

# %% [markdown]
"""
It is, by half a bit. A table writes down what it sees at once; a network takes a small step for each batch,
and has to see the same thing again and again. So the rows don't say which model is better in the end. They
say where each stands after a few seconds, and the networks' schedule ended while they were still learning.

What becomes of them when they read on? These runs take minutes, so they were made beforehand
(`experiments/reading.py`), each length with a schedule of its own:
"""

# %%
stored = read_results("reading")
for letters in (737_280, 2_211_840, 5_898_240):
    for name in ("feed-forward", "LSTM"):
        seeds = stored.values("test_bits", model=name, letters=letters)
        print(f"{name:12} {letters:9,} letters  {np.mean(seeds):.2f} bits")
for name in ("5-gram", "8-gram"):
    [once] = set(stored.values("test_bits", model=name, letters=1_876_350))
    print(f"{name:12} {1_876_350:9,} letters  {once:.2f} bits")

# %% [markdown]
"""
Both networks go on learning long after our rows stop. After three times round the text they are level with each
other, and a hair ahead of the table of five letters, add-k, that has counted the text once. The 8-gram with its
better smoothing stays far ahead. These are the means of three seeds, with one rate and schedule for each network; the LSTM's rate is
half of that above, and so its first line here is not its row on the board.

That the LSTM must walk letter by letter, and so reads less in a second than the feed-forward network does, is a
price of its own. A network that looks far back *and* waits for nothing would be worth having.

## Spot the bug

### As it comes out of the box

Most tutorials make an LSTM and train it. Here is one that is to wait, as the one above did: the same width, the
same seed, the same batches. It runs, and no error is raised.

**Guess first.** How often will it be right? Read the cell: what is different from the network that solved the long
wait?
"""

# %% tags=["answer", "nbval-ignore-output"]
unbiased = wait_lstm(0, forget=0, write=0)
_, _, right_unbiased = learn_to_wait(unbiased, seed=0)
round(right_unbiased, 3)

# %% [markdown]
"""
Back at chance. The biases are all that is different: here they start at zero. (PyTorch draws them between
± 1/√D, which is much the same.) The usual explanation is the one from above: a gate at a half, fifty times over, and
no gradient arrives at the letter. But the GRU's gate starts at a half as well, and the GRU learned. So measure it.
"""


# %%
def reach_of_letter(model, lag=LAG):
    ids, letters = draw_wait(seeded(1), lag=lag)

    def loss_of_last(output):
        return F.cross_entropy(model.output(output), letters, reduction="sum")

    return gradient_by_lag(model.recurrent, model.embedding(ids), loss_of_last)[lag]


# %% [markdown]
"""
That is the norm of the gradient at the letter, summed over a batch.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Before any training: how large is the gradient that arrives at the letter, fifty steps back, "
    "in the GRU that later learned, beside the LSTM with zero biases that did not?",
    {
        "thousands of times larger": "So one would think, if the gradient at the start decided. "
        "Both keep about a half at each step, though: what is a half to the power of fifty?",
        "about as small": "Both keep about a half at each step, and fifty halves leave nothing in "
        "either. So it must be something else.",
        "exactly zero": "A product of fifty halves is tiny, and not zero.",
        "much smaller": "The reset gate does take some away from the candidate's way; the way "
        "along the line is the same half.",
    },
    right="about as small",
)

# %% tags=["answer", "nbval-ignore-output"]
at_start = {
    "LSTM, biases 4 and −2": reach_of_letter(wait_lstm(0, forget=4, write=-2)),
    "LSTM, bias 1": reach_of_letter(wait_lstm(0, forget=1, write=0)),
    "LSTM, biases 0": reach_of_letter(wait_lstm(0, forget=0, write=0)),
    "GRU": reach_of_letter(wait_model("gru", 0)),
}
for name, norm in at_start.items():
    print(f"{name:22} {norm:.0e}")

# %% tags=["folded"]
# @title Held to it
assert right_unbiased < 0.3
assert at_start["LSTM, biases 0"] < 1e-4 * at_start["LSTM, biases 4 and −2"]
assert 0.1 < at_start["GRU"] / at_start["LSTM, biases 0"] < 10

# %% [markdown]
"""
Next to nothing, both. So the gradient at the start doesn't tell who will learn. What happens *during* the
training, then? Look at the memory of the LSTM that failed, and at how much its output still differs from one
sequence to another.
"""


# %% tags=["nbval-ignore-output"]
@torch.no_grad()
def look_at_end(model):
    ids, _ = draw_wait(seeded(1))
    _, (h, c) = model.recurrent(model.embedding(ids))  # (1, B, D) each
    full, spread = c.abs().median(), h[0].std(dim=0).mean()
    print(f"memory, median |c| {full:.2f}   output, spread over the batch {spread:.3f}")


look_at_end(wait_lstm(0, forget=0, write=0))
look_at_end(unbiased)

# %% [markdown]
r"""
The first line is before the training, the second after it. The memory is *full*: tanh is flat out there, and
the output is nearly the same whatever is read. That is one way to be deaf to noise, and deafness pays at once:
what the last few signs do to the scores costs nats, and their gradient is large, as they are near. An LSTM can
get there by keeping much *and* writing much, until nothing moves any more. A GRU can't: its share written is
$1 - z$. For a GRU, the only way to be deaf is to *keep*.

If that is the reason, then joining the two gates of an LSTM should be enough, with no bias at all:
"""


# %%
def unroll_joined(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    outputs = []
    for step in (x @ weight_ih.T + bias_ih + bias_hh).unbind(dim=1):
        _, f, g, o = torch.addmm(step, h, weight_hh.T).chunk(4, dim=-1)
        kept = torch.sigmoid(f)
        c = kept * c + (1 - kept) * torch.tanh(g)  # eq. 7.3 with i = 1 − f, as in a GRU
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs, dim=1), (h, c)


# %% [markdown]
"""
**Guess first.** The same seed, the same batches, biases of zero: how often will it be right now?
"""


# %% tags=["answer", "nbval-ignore-output"]
class JoinedLSTM(recurrent.LSTM):
    unroll = staticmethod(unroll_joined)


joined = wait_lstm(0, forget=0, write=0)
layer = JoinedLSTM(32, 32).to(session.device)
layer.load_state_dict(joined.recurrent.state_dict())
joined.recurrent = layer
_, _, right_joined = learn_to_wait(joined, seed=0)
round(right_joined, 3)

# %% [markdown]
"""
One seed is one seed. Here are the stored figures of four, with the reverse, too: a GRU whose gate is *parted*
into one that keeps and one that writes. *Kept over the wait* and *written at a step* are those of the unit that
keeps most, after the first 50 batches. The columns *keep* and *write* hold the biases of the forget and the input
gates. In the rows with answers *drawn*, the answers were drawn at random, so there was nothing to learn about any
letter.
"""

# %%
from lmteach.evaluation.results import read_results

waiting = read_results("waiting")
waiting

# %% tags=["folded"]
# @title Held to it
START = {"keep": 0, "write": 0, "answers": "right"}
assert right_joined > 0.9
assert min(waiting.values("right", cell="GRU", **START)) > 0.95
assert min(waiting.values("right", cell="LSTM, gates joined", **START)) > 0.4
assert max(waiting.values("right", cell="LSTM", **START)) < 0.3
assert max(waiting.values("right", cell="GRU, gates parted", **START)) < 0.3

# %% [markdown]
"""
Four times out of four the GRU learns and the LSTM fails, from the same start. Join the LSTM's gates, and it
learns, if one seed only in part; part the GRU's, and it fails each time. In the LSTM that fails there *is* a unit
that keeps more than half over the whole wait, after 50 batches. But it writes more than nine tenths of every sign
of noise on top. The GRU's best keeper writes next to nothing, and whatever gradient then comes through finds the
letter still there.

With drawn answers, which no letter can explain, the GRU's best unit keeps something as well, much with one seed
and little with the others. So deafness alone can begin to open the gate, and the letter does the rest.
"""

# %% [markdown]
"""
And the bias? One of 1, which many recommend, is not enough for a wait of fifty: no seed learns. With 4 a gate keeps
enough for a gradient to reach the letter from the first step on. Yet with the input gate at a half, only half of the
seeds learn: what is kept is written over. With 4 *and* −2 all do. So to wait is to keep and not to write: either from
the start, or by a gate that can't do both at once. All this is four seeds, one width, one length of wait.

In the package, `layer.remember(bias)` sets it; 1 is a common choice for text, and more where the wait is longer
(Tallec and Ollivier, 2018, let its logarithm decide, and give the input gates the opposite). The paper
that brought the forget gate says so already (Gers and others, 2000), and it was found again in 2015.

### Gates that never saturate

"ReLU doesn't saturate, so let's use it for the gates, too." It runs, and here it is.
"""


# %%
def unroll_with_relu(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    outputs = []
    for step in (x @ weight_ih.T + bias_ih + bias_hh).unbind(dim=1):
        i, f, g, o = torch.addmm(step, h, weight_hh.T).chunk(4, dim=-1)
        c = torch.relu(f) * c + torch.relu(i) * torch.tanh(g)
        h = torch.relu(o) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs, dim=1), (h, c)


# %%
class ReluLSTM(recurrent.LSTM):
    unroll = staticmethod(unroll_with_relu)


def with_relu(model):
    changed = copy.deepcopy(model)
    changed.recurrent = ReluLSTM(model.dim, model.dim).to(session.device)
    changed.recurrent.load_state_dict(model.recurrent.state_dict())
    return changed


# %%
@torch.no_grad()
def largest_memory(model, letters_read):
    _, (_, c) = model.recurrent(model.embedding(valid[None, :letters_read]))
    return c.abs().max().item()


# %% [markdown]
"""
**Guess first.** Before any training: how large is the largest memory after 1, 10, 50 and 100 letters, with
sigmoids and with ReLU?
"""

# %% tags=["answer", "nbval-ignore-output"]
untrained = language_model("lstm", seed=0)
networks = {"sigmoid": untrained, "ReLU": with_relu(untrained)}
largest = {}
for name, network in networks.items():
    largest[name] = [largest_memory(network, count) for count in (1, 10, 50, 100)]
    print(f"{name:8}", [f"{value:.1e}" for value in largest[name]])

# %% [markdown]
"""
A gate is a *share*, between 0 and 1, and ReLU has no upper end. A memory that is multiplied by more than one at
each letter is a product again, and it explodes.
"""

# %% tags=["folded"]
# @title Held to it
assert max(largest["sigmoid"]) < 10
assert largest["ReLU"][-1] > 1e4

# %% [markdown]
"""
Does training mend it?
"""


# %%
def hundred_steps(network):
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATES["lstm"])
    try:
        history = fit(network, loss_of_text, draw_text, 100, optimizer, seeded(0))
    except FloatingPointError as error:
        return str(error).split(". ")[0]
    whole = -network.log_probabilities(valid[:20_000], streams=4).mean().item()
    return f"{history.losses[-1]:.2f} nats in windows of {TIME}, {whole:.2f} on a long text"


# %% tags=["nbval-ignore-output"]
outcome = {name: hundred_steps(network) for name, network in networks.items()}
outcome

# %% tags=["folded"]
# @title Held to it
assert "nan" in outcome["ReLU"]
assert "nan" not in outcome["sigmoid"]

# %% [markdown]
"""
This is how such a bug gets through: in short windows the loss falls, a little less well, and nobody looks
further. Read on from there, and the memory runs over: *nan*, not a number. Saturating is not a fault of a
gate. It is what a gate is for.

## In practice

`torch.nn.LSTM` takes our weights as they are, and the bits don't change.
"""

# %%
theirs = nn.LSTM(DIM, DIM, batch_first=True)
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
Forward and backward, in seconds a batch. PyTorch does all steps in one compiled call; in the run shown it is no
faster than the package's layer, whose way back is written by hand. Three habits from work: set the bias of the forget
gates, which PyTorch doesn't do for you (rows $D$ to $2D$ of `bias_ih_l0`); an LSTM's state is a *pair*, so carry and
detach both; and `num_layers=2` with `dropout` between the layers is a common start.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · the LSTM's step, gate by gate (25 minutes, ●●○)

With NumPy, from one gate to a whole sequence, and then with the weights of the network that you have trained.
A step may call the functions of the steps before it; its check judges it alone.

#### Step 1 · gate

`x` (E,) is what is read, `h` (D,) the last output; `W` (D, E), `U` (D, D) and `b` (D,) belong to one gate.
Return the shares (D,) that it lets through: equation 7.2.
"""


# %% tags=["exercise"]
def gate(x, h, W, U, b):
    ### BEGIN SOLUTION: a share for each unit
    sums = W @ x + U @ h + b
    return 1 / (1 + np.exp(-sums))
    ### END SOLUTION


check.gate(gate)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`W @ x` is a matrix times a vector. A sigmoid is `1 / (1 + np.exp(-sums))`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · four_blocks

Stacked, the four sums come as one row `sums` (4D,), in PyTorch's order i, f, g, o, before anything was squashed.
Return the four blocks, each through its own squash. Which of the four is no share?
"""


# %% tags=["exercise"]
def four_blocks(sums):
    ### BEGIN SOLUTION: return i, f, g, o
    i, f, g, o = np.split(sums, 4)
    i = 1 / (1 + np.exp(-i))
    f = 1 / (1 + np.exp(-f))
    o = 1 / (1 + np.exp(-o))
    return i, f, np.tanh(g), o
    ### END SOLUTION


check.four_blocks(four_blocks)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.split(sums, 4)` cuts the row into four. What can be written may be negative, too.

</details>

<details><summary>Solution</summary>

{{solution}}

The candidate is no share: it is what could be written, and goes from −1 to 1.

</details>
"""

# %% [markdown]
"""
#### Step 3 · memory_and_output

From the four blocks and the old memory `c`, all (D,), return the output and the new memory, in this order:
equation 7.3.
"""


# %% tags=["exercise"]
def memory_and_output(i, f, g, o, c):
    ### BEGIN SOLUTION: return h, c
    c = f * c + i * g
    return o * np.tanh(c), c
    ### END SOLUTION


check.memory_and_output(memory_and_output)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

First the memory line, then what is shown of the *new* memory.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · lstm_step

One whole step: `W` (4D, E), `U` (4D, D) and `b` (4D,) are stacked. Return the output and the memory.
"""


# %% tags=["exercise"]
def lstm_step(x, h, c, W, U, b):
    ### BEGIN SOLUTION: sums, blocks, memory
    i, f, g, o = four_blocks(W @ x + U @ h + b)
    return memory_and_output(i, f, g, o, c)
    ### END SOLUTION


check.lstm_step(lstm_step)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

One line for the sums (4D,), then steps 2 and 3.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · read_sequence

Start from zeros and read `xs` (T, E), carrying both `h` and `c`. Return the outputs of all steps (T, D).

When it is right, give it the network of this notebook: `weight_ih, weight_hh, bias_ih, bias_hh =
[p.detach().cpu().numpy() for p in model.recurrent.numbers(0)]`, with the two biases added, and the rows of
`model.embedding.weight` for the letters of `sentence`. Do your outputs equal those of `model.recurrent`?
"""


# %% tags=["exercise"]
def read_sequence(xs, W, U, b):
    ### BEGIN SOLUTION: the outputs, a row for each step
    h = c = np.zeros(len(b) // 4)
    outputs = []
    for x in xs:
        h, c = lstm_step(x, h, c, W, U, b)
        outputs.append(h)
    return np.array(outputs)
    ### END SOLUTION


check.read_sequence(read_sequence)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`h = c = np.zeros(len(b) // 4)`, then a loop over the rows of `xs`.

</details>

<details><summary>Solution</summary>

{{solution}}

They do, up to the last digits of single precision: with `xs = model.embedding.weight[tokenizer.encode(sentence)]`
as an array, `np.abs(read_sequence(xs, weight_ih, weight_hh, bias_ih + bias_hh) - theirs).max()` is below a
hundred-thousandth, where `theirs` are the outputs of `model.recurrent(xs[None])`. You have built the network
that wrote the text above.

</details>
"""

# %% [markdown]
r"""
### Exercise 1 · gru_of_2014 (10 minutes, ●●○)

Cho's GRU: the reset gate meets the state *before* the matrix, $U_n (r \odot h)$. `seen` (3D,) are the blocks
r, z, n of what the input adds, biases included; `U` (3D, D) is stacked in the same order; `h` (D,) is the state.
Return the new state. Could you load PyTorch's weights into it?
"""


# %% tags=["exercise"]
def gru_of_2014(seen, h, U):
    ### BEGIN SOLUTION: equation 7.4, with the reset gate in its old place
    r_seen, z_seen, n_seen = np.split(seen, 3)
    U_r, U_z, U_n = np.split(U, 3)
    reset = 1 / (1 + np.exp(-(r_seen + U_r @ h)))
    update = 1 / (1 + np.exp(-(z_seen + U_z @ h)))
    candidate = np.tanh(n_seen + U_n @ (reset * h))
    return update * h + (1 - update) * candidate
    ### END SOLUTION


check.gru_of_2014(gru_of_2014)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Cut both `seen` and `U` into three. Two gates first; then scale `h` by the reset gate, and only then multiply.

</details>

<details><summary>Solution</summary>

{{solution}}

The shapes fit, so the weights would load without a word, and the answers would be others: only where the reset
gate is all open are the two the same. PyTorch's form has its reason: $U h$ is one product for all three blocks.

</details>
"""

# %% [markdown]
"""
### Exercise 2 · forget_bias (8 minutes, ●●○)

Which bias of a forget gate leaves `share` of the memory after `steps` steps, if nothing else comes in? What
would you choose for a wait of 50?
"""


# %% tags=["exercise"]
def forget_bias(steps, share):
    ### BEGIN SOLUTION: the sigmoid of your answer, to the power of steps, is share
    gate = share ** (1 / steps)
    return math.log(gate / (1 - gate))
    ### END SOLUTION


check.forget_bias(forget_bias)

# %% [markdown] slideshow={"slide_type": "skip"}
r"""
<details><summary>Hint</summary>

First the gate: which $f$ has $f^{\text{steps}}$ equal to the share? Then the number whose sigmoid is $f$:
$\ln(f / (1 - f))$.

</details>

<details><summary>Solution</summary>

{{solution}}

For a wait of 50 it depends on how much must be left: `forget_bias(50, 0.4)` is about the bias that was used
above, and to keep half you need little more. It grows with the logarithm of the wait.

</details>
"""

# %% [markdown]
"""
### Exercise 3 · lstm_parameters (5 minutes, ●○○)

How many numbers does one layer of an LSTM have, as PyTorch counts them?
"""


# %% tags=["exercise"]
def lstm_parameters(inputs, dim):
    ### BEGIN SOLUTION: a whole number
    return 4 * dim * (inputs + dim + 2)
    ### END SOLUTION


check.lstm_parameters(lstm_parameters)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Four blocks. Each has a matrix for the input, one for the state, and PyTorch gives each matrix a bias.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- On a memory line the gradient is scaled by the gate, and by nothing else; a matrix at every step loses it.
- Gates are shares between 0 and 1, made from what is seen and what is known, and they can be learned.
- LSTM: three gates, a memory and an output. GRU: two gates and one state, with three quarters of the numbers.
- To wait is to keep *and* not to write. A GRU does both with one gate; an LSTM needs a start, or its memory fills up.
- What a unit tracks can be measured; choose it on one text, and report it on another.

**Further reading.** S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory" (1997). F. Gers, J.
Schmidhuber and F. Cummins, "Learning to Forget" (2000). K. Cho and others, "Learning Phrase
Representations using RNN Encoder–Decoder" (2014), for the GRU. R. Jozefowicz, W. Zaremba and I. Sutskever,
"An Empirical Exploration of Recurrent Network Architectures" (2015), for the bias. A. Karpathy, J. Johnson
and L. Fei-Fei, "Visualizing and Understanding Recurrent Networks" (2015), for units that can be read.

**Next.** {{next}}: one network reads,
another writes.
"""
