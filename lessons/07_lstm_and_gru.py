# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 07 · LSTM and GRU

{{badges}}

> **c** · · − · − − · − · · · − − · − · · − − · · − · − · · − · · − − · − · − · · − · − − · · − · − · · − · **?**

One letter, then fifty signs of noise. Which letter was it? A child can do that: remember the letter,
don't listen to the rest. The network of notebook 06 can't. Two inventions, of 1997 and 2014, can. What do
they do differently?

**Aims.** Build the LSTM and the GRU gate by gate, and get PyTorch's numbers. Watch them solve what the
plain network can't, and *measure* why. Look inside while one reads, find out what a single unit keeps
track of, and put both on the scoreboard.

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
from lmteach.training.loop import fit

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
["".join("abcd·−"[i] for i in row) for row in ids.tolist()]

# %% [markdown]
"""
The network reads the sequence and scores the symbols at the end. Who guesses blindly is right one time in
four, with a loss of ln 4 nats.

**Guess first.** The plain network of notebook 06, 32 units wide, 250 batches. How often will it be right?
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
The model is an embedding, the recurrent layer and an output layer, `RecurrentLM`. A place is kept for
something that comes later, the bias of its gates.
"""


# %%
def wait_model(cell, seed, bias=None):
    model = RecurrentLM(LETTERS + NOISE, dim=32, cell=cell, generator=seeded(seed))
    return model if bias is None else with_gate_biases(model, forget=bias)


def learn_to_wait(model, seed):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    history = fit(model, loss_of_answer, draw_wait, 250, optimizer, seeded(seed))
    return model, history, share_right(model)


# %% tags=["nbval-ignore-output"]
plain = [learn_to_wait(wait_model("rnn", seed), seed) for seed in (0, 1, 2)]
[round(right, 3) for _, _, right in plain]

# %%
assert all(0.2 < right < 0.3 for _, _, right in plain)
assert all(np.mean(history.losses[-50:]) > math.log(LETTERS) - 0.03 for _, history, _ in plain)

# %% [markdown]
r"""
One in four, three times over: pure chance. You know the reason from notebook 06. Between the letter and the
answer the state is multiplied fifty times, and the gradient with it, so the answer can't teach anything
about the letter.

## Add, don't multiply

What if the state were not squeezed through a matrix and a tanh at every step? Take one number $c$, keep a
share $f$ of it, and *add* what is new:

$$ c_t = f_t\, c_{t-1} + i_t\, g_t \tag{7.1} $$

Here $g$ is what could be written, $i$ says how much of it *is* written, and $f$ how much of the old is
kept. On the way back, the derivative of $c_t$ by $c_{t-1}$ is $f_t$ and nothing else.

**Guess first.** A one was written at the start, and nothing since. For $f$ = 0.5, 0.9, 0.98 and 1: what is
left after fifty steps?
"""


# %%
def keep(f, i, g, c=0.0):
    memory = []
    for f_t, i_t, g_t in zip(f, i, g, strict=True):
        c = f_t * c + i_t * g_t  # eq. 7.1
        memory.append(c)
    return memory


# %%
written_once, ones = [1.0] + [0.0] * 50, [1.0] * 51
{share: f"{keep([share] * 51, written_once, ones)[-1]:.1e}" for share in (0.5, 0.9, 0.98, 1.0)}

# %% [markdown]
r"""
At one half nothing is left, at 0.98 more than a third, at one everything. The gradient fares just the same. So what we want
is an $f$ near 1 *most of the time*, and near 0 when it is time to forget. That is a decision, and a network
can learn to make it: a *gate* is a number between 0 and 1, made by a sigmoid from what is seen and what is
known.

## The LSTM, gate by gate

*Long short-term memory* has three gates, forget, input and output, and a candidate $g$. Each has
its own matrices and looks at the same two things, the input $x_t$ and the last output $h_{t-1}$:

$$ \begin{aligned}
i_t &= \sigma(W_i x_t + U_i h_{t-1} + b_i) &\quad f_t &= \sigma(W_f x_t + U_f h_{t-1} + b_f) \\
o_t &= \sigma(W_o x_t + U_o h_{t-1} + b_o) &\quad g_t &= \tanh(W_g x_t + U_g h_{t-1} + b_g)
\end{aligned} \tag{7.2} $$

$$ c_t = f_t \odot c_{t-1} + i_t \odot g_t, \qquad h_t = o_t \odot \tanh(c_t) \tag{7.3} $$

Every unit has a memory and three gates of its own. The memory $c$ is the long-term part. The output $h$
is what the unit *shows* of it at the moment.
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
cell = LSTMCell(3, 5).double()
x, h, c = torch.randn(4, 3).double(), torch.randn(4, 5).double(), torch.randn(4, 5).double()
W, U, b = (
    dict(zip("ifgo", stacked.chunk(4), strict=True))
    for stacked in (cell.weight_ih, cell.weight_hh, cell.bias_ih + cell.bias_hh)
)
for row in range(4):
    together = [part[row] for part in cell(x, (h, c))]
    assert_close(list(lstm_gate_by_gate(x[row], h[row], c[row], W, U, b)), together)

# %% [markdown]
"""
Is it PyTorch's cell? Give it our numbers and compare outputs and *all* gradients, in double precision.
"""


# %%
def flat(result):
    return torch.cat([p.flatten() for p in (result if isinstance(result, tuple) else (result,))])


# %%
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
same_results(LSTMCell(3, 5).double(), nn.LSTMCell(3, 5).double(), x, (h, c))

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## The GRU

Can it be simpler? The *gated recurrent unit* has no second memory. One *update* gate $z$ does the work of
two: what isn't kept is written anew. A *reset* gate $r$ decides how much of the past the
candidate $n$ may look at.

$$ \begin{aligned}
r_t &= \sigma(W_r x_t + U_r h_{t-1} + b_r) &\quad z_t &= \sigma(W_z x_t + U_z h_{t-1} + b_z) \\
n_t &= \tanh\big(W_n x_t + b_n + r_t \odot (U_n h_{t-1} + b'_n)\big)
&\quad h_t &= z_t \odot h_{t-1} + (1 - z_t) \odot n_t
\end{aligned} \tag{7.4} $$

**Guess first.** For the same width, how does its number of parameters compare with the LSTM's?
"""


# %% lmteach={"defines": "models.recurrent.cells.GRUCell"}
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


# %%
same_results(GRUCell(3, 5).double(), nn.GRUCell(3, 5).double(), x, h)

# %% [markdown]
"""
Three blocks instead of four: three quarters. Two conventions are about, by the way. In Cho's paper $z$ keeps
the old, as here and in PyTorch; in others it writes the new. Neither is wrong, and a table of weights from
one is nonsense in the other.

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
for x_t in sequence.unbind(dim=1):
    state = cell(x_t, state)
    step_by_step.append(state[0])
nothing = torch.zeros(4, 5).double()
outputs, _ = unroll_lstm(sequence, (nothing, nothing), *cell.parameters())
assert_close(outputs, torch.stack(step_by_step, dim=1))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The long wait again

Now let the LSTM try. One thing first: at the start all gates stand near σ(0), a half, and you have seen
what fifty halves leave. So give the forget gates a *bias* of 4, and the input gates one of −2: keep much,
write little. **Guess first:** what share does a gate of σ(4) keep over fifty steps?
"""


# %%
def with_gate_biases(model, forget, write=-2.0):
    _, _, *biases = model.recurrent.numbers(0)
    with torch.no_grad():
        for bias in biases:  # the two are added, so each gets one half
            i, f, _, _ = bias.chunk(4)
            i.fill_(write / 2)
            f.fill_(forget / 2)
    return model


# %%
gate = 1 / (1 + math.exp(-4))
round(gate, 3), round(gate**50, 2)

# %% [markdown]
"""
Two fifths: enough for a gradient to live on.
"""

# %% tags=["nbval-ignore-output"]
gated = [learn_to_wait(wait_model("lstm", seed, bias=4), seed) for seed in (0, 1, 2)]
[round(right, 3) for _, _, right in gated]

# %%
assert all(right > 0.95 for _, _, right in gated)

# %% [markdown]
"""
Solved, with three seeds out of three. And the GRU? Its update gate has no special start.
"""

# %% tags=["nbval-ignore-output"]
updated = [learn_to_wait(wait_model("gru", seed=0), seed=0)]
updated[0][2]


# %%
def smooth(losses, over=10):
    return np.convolve(losses, np.ones(over) / over, mode="valid")


# %%
groups = {"RNN": plain, "GRU": updated, "LSTM": gated}
lines = {name: smooth(runs[0][1].losses) for name, runs in groups.items()}
display_figure(
    curves(lines, xlabel="step", ylabel="nats", reference=("chance", math.log(LETTERS))),
    alt="The loss of the three networks over 250 steps, first seed. The RNN stays level at "
    "chance, 1.39 nats. The LSTM falls early, the GRU after some tens of steps; both end near "
    "zero.",
)

# %% [markdown]
"""
The shape of the two falling lines is worth a look. The LSTM was told to keep, and falls at once. The GRU
has to find out: for a while nothing happens, then a unit somewhere holds on to a little of the letter, is
rewarded, and from there it is quick. The plain network waits for that first reward in vain.

## A model of English

Now text, the Wikipedia of the scoreboard. The three cells, of the same width, with the
same batches: 64 windows of 24 letters, as in notebook 06.
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
{name: round(bits(run[0][0], valid), 2) for name, run in runs.items()}

# %% [markdown]
"""
Bits per letter on unread articles. And on the way there:
"""

# %%
display_figure(
    curves(
        {name: smooth(run[0][1].losses, over=20) / math.log(2) for name, run in runs.items()},
        xlabel="step",
        ylabel="bits per letter",
    ),
    alt="Training loss in bits per letter over 480 steps for three networks of the same width. "
    "All fall steeply at first; GRU and LSTM end close together, the RNN a little above them.",
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

**Guess first.** Before any training, the forget gates of our language model have a bias of 1, σ(1) is 0.73.
At lag 100, will the LSTM's gradient be nearer to the RNN's, or to its own at lag 1?
"""

# %%
from lmteach.evaluation.gradient_lag import gradient_by_lag
from lmteach.plots.gradient_lag import gradient_lag

places, following = random_windows(valid, 64, 101, seeded(3))


def reach(model):
    def loss_of_last(output):
        return F.cross_entropy(model.output(output), following[:, -1], reduction="sum")

    return gradient_by_lag(model.recurrent, model.embedding(places), loss_of_last)


# %%
reached = {}
for name in ("RNN", "GRU", "LSTM"):
    reached[f"{name} (start)"] = reach(language_model(name.lower(), seed=0))
    reached[name] = reach(runs[name][0][0])

# %% tags=["nbval-ignore-output"]
for name, norms in reached.items():
    print(f"{name:14}" + "   ".join(f"lag {k}: {norms[k]:.0e}" for k in (1, 10, 30, 100)))

# %% [markdown]
"""
Dashed before training, whole after it.
"""

# %%
display_figure(
    gradient_lag(reached),
    alt="Norm of the gradient against the lag, 1 to 100, on a scale of factors, for three "
    "networks before training, dashed, and after it. All dashed lines fall steeply, almost "
    "straight. After training, the lines of GRU and LSTM bend and flatten; at lag 100 they are "
    "many orders of magnitude above the RNN's.",
)

# %%
for name in ("GRU", "LSTM"):
    assert reached[name][100] > 1e10 * reached["RNN"][100]
    assert reached[name][100] > 10 * reached[f"{name} (start)"][100]

# %% [markdown]
"""
Two things to see. At the start all lines are nearly straight, a constant share lost at each step, and the
LSTM's loses least, thanks to its bias. Training hardly moves the RNN's line at lag 100. Those of GRU and
LSTM have *flattened*: most units forget fast, some slowly, and far back the slow ones are what is left.
At lag 30 the LSTM's is even below where it started: it has learned to forget, too. Gates can learn how
long to wait.

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
    return dict(zip(("input", "forget", "output", "memory"), parts, strict=True))


# %%
from lmteach.plots.gates import coloured_text, gate_strips

sentences = wiki.test.replace("\n", " ").split(". ")
sentence = next(line for line in sentences if "(" in line and 50 < len(line) < 66)
inside = look_inside(model, sentence)
means = {name: inside[name].mean(axis=1) for name in ("input", "forget", "output")}

# %%
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
At a space the gates change over. Less of the old is kept, more is written, and less is shown: when a word
is over, what it was matters less for the next letter.

## A unit that counts

Is there a unit whose memory a person can *read*? Don't look for a pretty picture; measure. Write down what
could be tracked, one number for each letter, and correlate it with the memory of all units.

**Guess first.** Of these three, which will a small network have found: being inside a word, how many
letters of the word are written so far, being inside brackets?
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
    memory = look_inside(model, text)["memory"]
    return {name: np.corrcoef(memory.T, seen)[-1, :-1] for name, seen in tracked(text).items()}


# %%
chosen_on, checked_on = correlations(wiki.valid[:20_000]), correlations(wiki.test[:20_000])

# %% [markdown]
"""
Among 128 units the best is good by luck, too. So the unit is chosen on one text and reported on another.
"""

# %% tags=["nbval-ignore-output"]
best = {name: int(np.abs(r).argmax()) for name, r in chosen_on.items()}
for name, unit in best.items():
    print(f"{name:15} unit {unit:3}   chosen on {chosen_on[name][unit]:+.2f}   "
          f"new text {checked_on[name][unit]:+.2f}")

# %%
strength = {name: abs(checked_on[name][unit]) for name, unit in best.items()}
assert strength["letters so far"] > 0.45
assert strength["in brackets"] < 0.4

# %% [markdown]
"""
There *is* a unit that follows a word as it begins: its memory moves on over the first letters, stays there, and jumps
back at the end. (Up or down is the same to a network. In the picture it is turned so that it climbs; in the
widget under *Play* it is as it is.) It is no perfect counter, as the correlation says: after the fourth letter it hardly counts on.
And there is none for brackets: even the best of all units is next to nothing, on both texts. Units for brackets have been found in larger networks (Karpathy and others, 2015). That a network *has*
readable units is not a promise.
"""

# %%
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
expects next. **Guess first:** where in a long word are the odds of the next letter most certain, at its
beginning or its end? Then change the unit.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.gate_scrubber.widget import GateScrubber

inside = look_inside(model, excerpt)
strongest = np.argsort(-np.abs(chosen_on["letters so far"]))[:6].tolist()
units = list(dict.fromkeys([counter, *best.values(), *strongest]))
with torch.no_grad():
    logits, _ = model(torch.tensor([tokenizer.encode(excerpt)], device=session.device))
scrubber = GateScrubber(
    excerpt,
    inside["memory"][:, units],
    {name: inside[name][:, units] for name in ("input", "forget", "output")},
    torch.softmax(logits[0], dim=-1).cpu().numpy(),
    tokenizer.characters,
    units=[str(unit) for unit in units],
    place=60,
)
scrubber

# %% [markdown] slideshow={"slide_type": "slide"}
"""
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

# %%
for ours, shipped in ((LSTMCell, recurrent_cells.LSTMCell), (GRUCell, recurrent_cells.GRUCell)):
    same_results(ours(3, 5).double(), shipped(3, 5).double(), x)
again, _ = unrolled.unroll_lstm(sequence, (nothing, nothing), *cell.parameters())
assert_close(again, outputs)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

Three seeds each, judged on the whole test text.

**Guess first.** With one seed the GRU was a little ahead, without the LSTM's extra memory and extra numbers. Will
that hold with three?
"""

# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.scoreboard import record, table

results = {}
for name in ("GRU", "LSTM"):
    runs[name] += [trained(name.lower(), seed) for seed in (1, 2)]
    results[name] = [bits(network, test) for network, _ in runs[name]]
    seconds = np.mean([history.seconds for _, history in runs[name]])
    parameters = runs[name][0][0].parameter_count
    record("A", name, results[name], parameters=parameters, seconds=seconds)

board = ["gzip", "bigram, add-one", "8-gram, modified Kneser–Ney", "feed-forward"]
table("A", [*board, "RNN", "GRU", "LSTM"])

# %%
assert max(results["GRU"] + results["LSTM"]) < 2.85
assert abs(np.mean(results["GRU"]) - np.mean(results["LSTM"])) < 0.1
assert max(np.mean(row) for row in results.values()) < bits(runs["RNN"][0][0], test)

# %% [markdown]
"""
Their means are all but level: on text the GRU does with three quarters of the numbers what
the LSTM does. Both are ahead of the plain network of the same width, on average and not by much: the GRU's
own seeds lie further apart than that. In less than a million letters there is little to learn that lies far back. Gates pay where there is something to wait for.

And look who is ahead of all three: the feed-forward network of notebook 05, with six letters in view, and
the counted 8-gram. Their places don't wait for each other. The LSTM and the GRU have to walk, letter
by letter, with three or four products at each, so in about the same seconds they have read much less. A network that looks far back *and* waits for nothing
would be worth having.

## Spot the bug

### A forget gate that starts at a half

Most tutorials make an LSTM and train it. The forget gates then start with a bias near zero: PyTorch draws it
between ± 1/√D. Nothing in the code looks wrong. What does it do to the long wait?

**Guess first.** Same network, same seed, same batches as the one that solved it. Only the forget gate's
bias is 0 instead of 4.
"""

# %% tags=["nbval-ignore-output"]
_, started_at_half, right = learn_to_wait(wait_model("lstm", 0, bias=0), seed=0)
round(right, 3)

# %% [markdown]
"""
Back at chance. How large is the gradient that arrives at the letter, before any training?
"""


# %%
def reach_of_letter(bias, lag=LAG):
    model = wait_model("lstm", 0, bias)
    ids, letters = draw_wait(seeded(1), lag=lag)

    def loss_of_last(output):
        return F.cross_entropy(model.output(output), letters, reduction="sum")

    return gradient_by_lag(model.recurrent, model.embedding(ids), loss_of_last)[lag]


# %% tags=["nbval-ignore-output"]
with_half, with_four = (float(reach_of_letter(bias)) for bias in (0, 4))
print(f"bias 0: {with_half:.0e}   bias 4: {with_four:.0e}")

# %%
assert right < 0.3
assert with_half < 1e-4 * with_four

# %% [markdown]
"""
With a bias of 0 it is smaller by a factor of hundreds of millions. The gate *could* open wider; nobody ever tells it to. One line
mends it, `layer.remember(bias)` in the package; 1 is a common choice for text, and more where the wait is
longer (Tallec and Ollivier, 2018, let its logarithm decide, and give the input gates the opposite). The paper that brought the forget gate says so already (Gers and others, 2000), and it was found
again in 2015.

### Gates through ReLU

"ReLU doesn't saturate, so let's use it for the gates, too." A gate is a *share*, between 0 and 1. ReLU has
no upper end. **Guess first:** what becomes of a memory that is multiplied by 1.3 at each of 100 letters?
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


# %% tags=["nbval-ignore-output"]
@torch.no_grad()
def largest_memory(model, read):
    _, (_, c) = model.recurrent(model.embedding(valid[None, :read]))
    return c.abs().max().item()


untrained = language_model("lstm", seed=0)
networks = {"sigmoid": untrained, "ReLU": with_relu(untrained)}
largest = {
    name: [largest_memory(network, read) for read in (1, 10, 50, 100)]
    for name, network in networks.items()
}
{name: [f"{value:.1e}" for value in values] for name, values in largest.items()}

# %% [markdown]
"""
The largest memory after 1, 10, 50 and 100 letters, before any training. The sum in equation 7.3 has become
a product again, and it explodes.
"""

# %%
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

# %%
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
Forward and backward, in seconds a batch. PyTorch does all steps in one compiled call. Three habits from
work: set the bias of the forget gates, which PyTorch doesn't do for you (rows $D$ to $2D$ of `bias_ih_l0`);
an LSTM's state is a *pair*, so carry and detach both; and `num_layers=2` with `dropout` between the layers
is where most people start.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Exercise 1 · lstm_step (10 minutes, ●●○)

With NumPy: `sums` (4D,) are the blocks i, f, g, o, before sigmoid and tanh, and `c` (D,) is the memory.
Return the output and the new memory.
"""


# %% tags=["exercise"]
def lstm_step(sums, c):
    ### BEGIN SOLUTION: return h, c
    i, f, g, o = np.split(sums, 4)
    share_i, share_f, share_o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
    c = share_f * c + share_i * np.tanh(g)
    return share_o * np.tanh(c), c
    ### END SOLUTION


check.lstm_step(lstm_step)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.split(sums, 4)` cuts the row. A sigmoid is `1 / (1 + np.exp(-z))`. Then equation 7.3, first the memory,
then the output from the *new* memory.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · gru_step (10 minutes, ●●○)

`seen` and `remembered` (3D,) are the blocks r, z, n of what the input and what the state contribute, biases
included; `h` (D,) is the state. Return the new state.
"""


# %% tags=["exercise"]
def gru_step(seen, remembered, h):
    ### BEGIN SOLUTION: equation 7.4
    (r, z, n), (r_known, z_known, n_known) = np.split(seen, 3), np.split(remembered, 3)
    reset, update = 1 / (1 + np.exp(-r - r_known)), 1 / (1 + np.exp(-z - z_known))
    candidate = np.tanh(n + reset * n_known)
    return update * h + (1 - update) * candidate
    ### END SOLUTION


check.gru_step(gru_step)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Two gates from the sums of the first two blocks. The third blocks stay apart until the reset gate has
scaled what is remembered.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 3 · forget_bias (8 minutes, ●●○)

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

</details>
"""

# %% [markdown]
"""
### Exercise 4 · lstm_parameters (5 minutes, ●○○)

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

- A memory that is scaled and added to keeps its gradient; one that is multiplied by a matrix loses it.
- Gates are shares between 0 and 1, made from what is seen and what is known, and they can be learned.
- LSTM: three gates, a memory and an output. GRU: two gates and one state, with three quarters of the numbers.
- A forget gate must start near 1, or it never learns to wait.
- What a unit tracks can be measured; choose it on one text, and report it on another.

**Further reading.** S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory" (1997). F. Gers, J.
Schmidhuber and F. Cummins, "Learning to Forget" (2000). K. Cho and others, "Learning Phrase
Representations using RNN Encoder–Decoder" (2014), for the GRU. R. Jozefowicz, W. Zaremba and I. Sutskever,
"An Empirical Exploration of Recurrent Network Architectures" (2015), for the bias. A. Karpathy, J. Johnson
and L. Fei-Fei, "Visualizing and Understanding Recurrent Networks" (2015), for units that can be read.

**Next.** {{next}}: one network reads,
another writes.
"""
