# %% [markdown] slideshow={"slide_type": "slide"}
r"""
# 22 · Bigger

{{badges}}

Every model in these notebooks was trained on two cores. The ones you hear about were trained on thousands of chips, for months, once. Nobody can try that out first. So how does one know, before the money is spent, what will come of it? And how can a thousand machines train one model as if they were one?

**Aims.** Fit a scaling law to five small models and predict the sixth. See where counting stops being the better bargain, and what that costs. Build a large batch from small parts, and one model from several processes, and prove both equal to the plain thing. Plan a run on paper.

**Time.** {{time}} The cells run in about a minute on two CPU cores.

**Before.** [13 · GPT](13_gpt.ipynb) for the model, Adam and the rule of six operations. [02 · n-grams and smoothing](02_ngrams_and_smoothing.ipynb) for the counts that it is compared with.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device. All models here are small, and stay on the CPU; what needs several GPUs is written so that it would run there, and is tried with two processes on one machine.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import copy
import math
import os
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import torch
from torch.nn import functional

from lmteach.classroom import display_figure, show_source
from lmteach.evaluation.results import read_results
from lmteach.exercises import bigger as check
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.plots.curves import curves
from lmteach.text.batches import random_windows
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training.trained_gpt import trained_gpt, trained_tokenizer
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## What does size buy?

Six GPTs in today's form, with two layers and widths from 16 to 96. Each reads the same piece of Wikipedia, no token of it twice, and is then asked for its loss on the held-out articles, in nats per token. That takes too long for a notebook, so the figures are stored, of several seeds each. Here are the first five, the mean and the spread of their seeds:
"""

# %%
law_runs = read_results("scaling_law")
widths = [16, 24, 32, 48, 64]
sizes = np.array([law_runs.values("parameters", dim=width)[0] for width in widths], float)
losses = np.array([law_runs.values("nats", dim=width) for width in widths])  # (5, seeds)
five = losses.mean(axis=1)
told = law_runs.recipe
read_once = told["steps"] * told["batch"] * told["context"]
print(f"{losses.shape[1]} seeds each; every run reads {read_once:,} tokens")
for width, size, row in zip(widths, sizes, losses, strict=True):
    print(f"width {width}: {size:9,.0f} parameters, {row.mean():.3f} ± {row.std(ddof=1):.3f} nats")

# %% tags=["folded"]
# @title The five, on axes that are both logarithms
def on_log_axes(axes, marks):
    axes.plot(np.repeat(sizes, losses.shape[1]), losses.ravel(), "o", color="#222222", markersize=5)
    axes.set_yscale("log")
    axes.set_yticks(marks, [str(mark) for mark in marks])
    axes.yaxis.minorticks_off()
    return axes


display_figure(
    on_log_axes(
        curves(
            {"means": five}, x=sizes, xscale="log", xlabel="parameters", ylabel="nats per token"
        ),
        [4.5, 4.6, 4.7, 4.8, 4.9, 5.0],
    ),
    alt="Loss against parameters, both on log scales. Five groups of dots, the seeds close to "
    "each other, fall from 5.0 to 4.5 along a line that is nearly straight and bends up a little.",
)

# %% [markdown]
"""
Can you reach them yourself? The smallest takes a few seconds. (A run is what you want it to be only if it can be made again.)
"""

# %%
from lmteach.training.gpt_recipe import GPTRecipe

tokenizer, corpus = trained_tokenizer(), wikipedia()
train_ids = torch.tensor(tokenizer.encode(corpus.train))
valid_ids = torch.tensor(tokenizer.encode(corpus.valid))
f"{len(train_ids):,} tokens to read, {len(valid_ids):,} held out"


# %% tags=["nbval-ignore-output"]
def seeded(number):
    return torch.Generator().manual_seed(number)


smallest = GPTRecipe(
    GPTConfig.modern(vocab_size=1024, context=64, dim=16, heads=2, layers=told["layers"]),
    batch=told["batch"],
    steps=told["steps"],
    warmup=told["warmup"],
    rate=told["rate"],
    weight_decay=told["weight_decay"],
)
tiny = smallest.model(seeded(0))
run = smallest.train(tiny, train_ids[: read_once + 64], seeded(0), progress=False)
yours = -float(tiny.log_probabilities(valid_ids, stride=64).mean())
print(f"yours {yours:.3f}, stored {losses[0, 0]:.3f} nats per token")

# %% tags=["nbval-ignore-output"]
assert abs(yours - losses[0, 0]) < 0.03

# %% [markdown]
r"""
The losses fall, and each step falls by less. Two simple shapes do that. One is a power of the size $N$, and where both axes are logarithms, as in the figure, that is a straight line (Kaplan and others 2020). The other has a *floor* below it, which no size gets through: what even a perfect model, given this much text, would pay (Hoffmann and others 2022).

$$ L(N) = E + \frac{A}{N^{\alpha}} \tag{22.1} $$

$E$ is the floor, $A$ the scale, $\alpha$ the exponent; with $E = 0$ you have the straight line.

How are they fitted? Fix the exponent for a moment. Then 22.1 is a line in the variable $x = N^{-\alpha}$, and least squares gives $E$ and $A$ at once. So try exponents, and keep the best:
"""


# %%
def law_with(alpha, sizes, losses):
    x = sizes**-alpha
    scale, floor = np.polyfit(x, losses, 1)  # losses = floor + scale x, eq. 22.1
    return floor, scale, np.square(floor + scale * x - losses).sum()


# %%
exponents = np.linspace(0.05, 1.5, 2901)
errors = np.array([law_with(alpha, sizes, five)[2] for alpha in exponents])
alpha = exponents[errors.argmin()]
floor, scale, _ = law_with(alpha, sizes, five)
print(f"L(N) = {floor:.2f} + {scale:.1f} / N^{alpha:.2f}")

# %% [markdown]
"""
The package does the same, with a finer search. Its law, and two plainer guesses to compare with: a power through all five points without a floor, and the line through the last two alone.
"""

# %%
from lmteach.evaluation.scaling_law import fit_scaling_law, power_through

with_floor = fit_scaling_law(sizes, five)
guesses = {
    "law with a floor": with_floor,
    "power, no floor": power_through(sizes, five),
    "line through the last two": power_through(sizes[-2:], five[-2:]),
}
assert abs(with_floor.exponent - alpha) < 1e-3
assert abs(with_floor.floor - floor) < 1e-2
with_floor

# %% [markdown]
"""
Now the sixth, of width 96, twice as large as the fifth. It was trained like the others, and nothing above has seen it.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Three predictions for a model twice as large as any of the five: the law with a floor, the "
    "power without one, and the straight line through the last two points, both in logarithms. "
    "How far off is the law with a floor?",
    {
        "10 % or so: nobody can know": "Five points that lie so well on a curve leave it little "
        "room to go astray at twice the size. At a hundred times the size it is another matter.",
        "about 1 %": "That is how runs are planned: many small ones, and a curve. (And a little "
        "doubt.)",
        "exactly right": "Already the seeds differ by some tenths of a per cent.",
    },
    right="about 1 %",
)

# %% tags=["answer"]
sixth = law_runs.values("parameters", dim=96)[0]
measured = np.array(law_runs.values("nats", dim=96))
print(f"{sixth:,} parameters; measured {measured.round(3)}, mean {measured.mean():.3f}")
for name, guess in guesses.items():
    promised = guess.loss(float(sixth))
    gaps_of_seeds = 100 * (promised / measured - 1)
    print(f"{name:26} {promised:.3f}: {100 * (promised / measured.mean() - 1):+.2f} %,", end=" ")
    print("of each seed", *(f"{gap:+.1f}" for gap in gaps_of_seeds))

# %% tags=["answer", "folded"]
# @title The three guesses, and what came
reach = np.geomspace(sizes[0], 10 * sixth, 60)
axes = curves(
    {name: [guess.loss(float(n)) for n in reach] for name, guess in guesses.items()},
    x=reach,
    xscale="log",
    xlabel="parameters",
    ylabel="nats per token",
    reference=("floor", with_floor.floor),
)
axes.plot([sixth] * len(measured), measured, "D", color="#d55e00", markersize=7)
axes.annotate("the sixth", (sixth, measured.max()), (8, 2), textcoords="offset points")
display_figure(
    on_log_axes(axes, [3.8, 4.0, 4.2, 4.4, 4.6, 4.8, 5.0]),
    alt="Loss against parameters, both on log scales, up to three million. Five groups of black "
    "dots lie on the curve with a floor and close to the straight line of the power; the line "
    "through the last two passes below the first ones. Diamonds at the sixth size lie a little "
    "above all three. Beyond, they part: the curve with a floor bends towards a dashed level, "
    "the other two go straight on down through it.",
)
assert abs(with_floor.loss(float(sixth)) / measured.mean() - 1) < 0.01

# %% [markdown]
"""
The law with a floor is nearest, within one per cent of the mean, though not of every seed; the straight lines are further off. And all three promised too much: the sixth model is a little worse than any curve through the first five. So hold such a law for what it is, a curve, and look for what the small runs had that the large one had not.

One thing was tacitly the same in all runs: no token came twice. Let that slip. As many steps, but in place of the second half of the tokens the first half comes again; stored, as all that follows in this part.
"""

# %%
slips = read_results("scaling_slips")
for width in widths:
    once = np.mean(law_runs.values("nats", dim=width))
    twice = np.mean(slips.values("nats", changed="half, twice", dim=width))
    print(f"width {width}: {once:.3f} when all is new, {twice:.3f} with half of it twice,", end=" ")
    print(f"{twice - once:+.3f}")


# %%
means_twice = [np.mean(slips.values("nats", changed="half, twice", dim=w)) for w in widths]
law_twice = fit_scaling_law(sizes, means_twice)
for name, law in (("all new", with_floor), ("half, twice", law_twice)):
    print(f"{name:12} exponent {law.exponent:.2f}, floor {law.floor:.2f}")
assert law_twice.floor > with_floor.floor

# %% [markdown]
"""
A second reading teaches less than new text, and the larger a model is, the more it loses by that: it has got more out of the first. So the curve bends earlier, the floor comes out higher, and a law taken from runs that read once promises too much to one that reads twice.

Something else was the same in all runs, and should it have been? The rate: of three, it was the best at width 48. The store holds every width at half and at twice that rate, too. **Guess first.** Which widths would rather have had the higher rate, which the lower?
"""

# %% tags=["answer"]
rates = ["half the rate", "the rate", "twice the rate"]
by_rate = np.array(
    [
        [np.mean(slips.values("nats", changed="half the rate", dim=w)) for w in (*widths, 96)],
        [*five, measured.mean()],
        [np.mean(slips.values("nats", changed="twice the rate", dim=w)) for w in (*widths, 96)],
    ]
)
for rate, row in zip(rates, by_rate, strict=True):
    print(f"{rate:14}", *(f"{loss:.3f}" for loss in row))
for width, best in zip((*widths, 96), by_rate.argmin(axis=0), strict=True):
    print(f"width {width}: {rates[best]}")

# %% [markdown]
"""
The narrow ones the higher, the widest the lower. And what becomes of the law at each rate, or if every width has the best of its three?
"""

# %%
for name, row in [*zip(rates, by_rate, strict=True), ("each its best", by_rate.min(axis=0))]:
    law = fit_scaling_law(sizes, row[:-1])
    gap = 100 * (law.loss(float(sixth)) / row[-1] - 1)
    print(f"{name:14} exponent {law.exponent:.2f}, floor {law.floor:.2f}, sixth {gap:+.2f} %")
assert abs(gap) < abs(100 * (with_floor.loss(float(sixth)) / measured.mean() - 1))

# %% [markdown]
"""
One rate for all sizes is a slip that no single run shows: it tilts the whole curve. At twice the rate the exponent would have been reported as another one. Where each width has its best, the sixth model falls short by less than half as much. So part of what looked like a limit of the law was a rate that suited the middle. (A near prediction is no proof of a good rate: at twice the rate the sixth comes nearest to its law, and it is the worst sixth of the three. Three rates are few, and at width 96 the gain is no more than the seeds lie apart.)
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Size, or text? Counts against networks

Since notebook 02 a humble rival has stood on the scoreboard: a table of counts, modified Kneser–Ney, over the very same tokens. It is made in a second. A network costs operations: 6 for each parameter and token (equation 13.8). So the fair question is not which is better, but *from how much computing on, and for how much text*.

Three levels of computing, each a network of its own size, read a sixteenth, a quarter and the whole of the text, in these columns; with little text they read it again and again. Bits per character on the test articles, the mean of several seeds, stored:
"""

# %%
rivals = read_results("counts_and_networks")
levels = list(rivals.recipe["width and steps"])
parts = [16, 4, 1]
tokens = [rivals.values("different_tokens", model="counts", of=part)[0] for part in parts]
work = {}
for level in levels:
    work[level] = rivals.values("operations", model=level, of=1)[0]
    passes = [rivals.values("passes", model=level, of=part)[0] for part in parts]
    width, steps = rivals.recipe["width and steps"][level]
    print(f"{level:6} width {width}, {steps:3} steps, {work[level]:.1e} operations;", end=" ")
    print("times the text is read:", *np.round(passes, 1))

# %% [markdown]
"""
Fewer passes mean more of the text that is new. Does that help the network as much as the counts?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Hold the computing of a network fixed, and give both it and the counts sixteen times as much "
    "text. What becomes of the gap between them?",
    {
        "the network gains on the counts": "It would with more computing. With the same number of "
        "steps it reads no more than before; the text is only less often the same.",
        "it stays about the same": "Counts read all of the text, however much there is. What does "
        "the network read?",
        "the counts pull away": "They read everything, for a second's work. The network reads as "
        "much as it has steps for.",
    },
    right="the counts pull away",
)


# %% tags=["answer"]
def test_bits(model, of):
    return np.mean(rivals.values("test_bits", model=model, of=of))


table_of = {model: [test_bits(model, part) for part in parts] for model in ["counts", *levels]}
print("tokens  ", *(f"{count:>9,}" for count in tokens))
for model, bits in table_of.items():
    print(f"{model:8}", *(f"{value:9.3f}" for value in bits))

# %% tags=["answer", "folded"]
# @title Bits against text
display_figure(
    curves(
        table_of,
        x=np.array(tokens),
        xscale="log",
        xlabel="tokens of text",
        ylabel="bits per character",
    ),
    alt="Bits per character against tokens of text, a sixteenth, a quarter and the whole. The "
    "line of the counts is lowest and falls steadily. The smallest network is highest and flat, "
    "the medium one falls a little; the largest starts above the medium one, falls as fast as "
    "the counts to the quarter, and little from there on.",
)


# %% [markdown]
"""
And the gaps in numbers:
"""

# %%
gaps = {level: np.subtract(table_of[level], table_of["counts"]) for level in levels}
for level, gap in gaps.items():
    print(f"{level:6} behind the counts by", *(f"{one:+.2f}" for one in gap), "bits")
    assert gap[2] > max(gap[0], gap[1])

# %% [markdown]
"""
With the whole text, every network is further behind the counts than with a sixteenth of it: at fixed computing the counts pull away. (One gap shrinks in between. The largest network has read the sixteenth eleven times and is worse there than the medium one: it has begun to learn it by heart. There it is text that is missing, and more computing does harm.)

Where do the curves cross, then? Follow a column: the same text, more computing. Go on from the last two levels along a straight line in the logarithm of the operations, until the gap is gone. That is an extrapolation, and is called so:
"""

# %%
decades = math.log10(work["large"] / work["medium"])
for count, of_medium, of_large in zip(tokens, gaps["medium"], gaps["large"], strict=True):
    slope = (of_large - of_medium) / decades
    print(f"{count:>8,} tokens: ten times the operations, {slope:+.2f} bits of gap;", end=" ")
    if slope < 0:
        none_left = work["large"] * 10 ** (-of_large / slope)
        print(f"none left at {none_left:.1e}, {none_left / work['large']:.0f} times the large one")
    else:
        print("by this line none is ever left")

# %% [markdown]
"""
For the whole text the line goes on far beyond all that was trained here. Is it to be trusted? There is a point further out: the GPT in today's form of notebook 13, two passes over the same text, several seeds, stored.

**Guess first.** It has had a dozen times the operations of our largest. By the line, has it overtaken the counts?
"""

# %% tags=["answer"]
forms = read_results("gpt_forms")
case = {"form": "today's", "ngrams": 1, "optimizer": "Muon", "steps": 700, "counts": 0}
seen = case["steps"] * forms.recipe["batch"] * forms.recipe["context"]
there = 6 * forms.values("parameters", **case)[0] * seen
by_line = of_large + slope * math.log10(there / work["large"])  # the last line above
beyond = np.mean(forms.values("test_bits", **case)) - test_bits("counts", 1)
print(f"{there:.1e} operations: {by_line:.2f} bits behind by the line, {beyond:.2f} measured")
print(f"by the line, level at {none_left / there:.1f} times as many")
assert abs(by_line - beyond) < 0.05

# %% [markdown]
"""
Not yet, and the line says by how much. That may be luck: one point, with another optimizer (Muon), on a line through two. If it holds, counts win on this text until a network has had some two or three times the computing that notebook 13 spent. (It bought the rest more cheaply, by lending the network n-grams of its own: rows of the scoreboard.) With a thousand times the text the crossing would have to be measured again; the table above says which way it moves.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## What a model weighs

Before anything is shared out, know what there is. Weights and operations can be counted from a configuration alone (you did it by hand in 13):
"""

# %%
from lmteach.models.gpt.cost import operations_by_part, parameters_by_part

small, gpt2 = smallest.config, GPTConfig()
for name, config in (("width 16", small), ("GPT-2, the smallest", gpt2)):
    weights = parameters_by_part(config)
    shares = ", ".join(
        f"{part} {n / sum(weights.values()):.0%}" for part, n in weights.items() if n
    )
    print(f"{name}: {sum(weights.values()):,} weights: {shares}")

# %% [markdown]
"""
Most of our smallest model is its table of tokens, which is also its output layer. And the operations? Here are those of one token on the way forward, by part; PyTorch can count what is really done, and the two must agree:
"""

# %%
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

few = train_ids[:64][None]
with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
    tiny(few)
operations = operations_by_part(small)
assert counter.get_total_flops() == 64 * sum(operations.values())
print(operations)
with_weights = sum(operations.values()) - operations["scores"]
print(f"without the scores, {with_weights / tiny.parameter_count:.2f} for each weight")

# %% [markdown]
r"""
Two for each weight, a multiplication and an addition: that is the rule (the way back takes twice as many, and so it is six). The rule leaves out the scores of attention, which have no weights and grow with the window.

Training keeps more than weights. Large models are trained in *mixed precision*, most of it in numbers of 16 bits called bfloat16; you will see below why not all. With Adam, each parameter then takes 2 bytes, its gradient 2, and in single precision 4 for the weight that is really stepped and 4 each for Adam's two averages (Rajbhandari and others 2020):

$$ 2 + 2 + 4 + 4 + 4 = 16 \text{ bytes for each parameter} \tag{22.2} $$

And there is what the way forward must keep for the way back: the *activations*. How many there are depends on the batch, too. Count them, by a hook on all that autograd keeps:
"""

# %%
from lmteach.training.gpt_recipe import next_token_loss
from lmteach.training.memory import activations_counted


def kept_bytes(model, rows):
    with activations_counted() as kept:
        next_token_loss(model, random_windows(train_ids, rows, 64, seeded(0)))
    return sum(kept)


# %%
states = (2 + 2 + 4 + 4 + 4) * tiny.parameter_count  # eq. 22.2
one, two = kept_bytes(tiny, 8), kept_bytes(tiny, 16)
print(f"16 bytes a parameter: {states / 1e6:.1f} MB")
print(f"activations of 8 windows {one / 1e6:.1f} MB, of 16 windows {two / 1e6:.1f} MB")
assert two > 1.9 * one

# %% [markdown]
"""
Here the activations are many times the rest, and twice the windows keep twice as much. That is what a large batch runs into first.

## A batch that doesn't fit

The gradient of a batch is a sum over its tokens, divided by how many they are. A sum can be taken in parts. So go through the batch a few windows at a time, let `backward` add up the gradients (it does so by itself), and step at the end: *gradient accumulation*.
"""


# %%
def accumulated(model, parts, summed_loss):
    model.zero_grad()
    count = 0
    for part in parts:
        loss, predictions = summed_loss(model, part)
        loss.backward()  # adds to the gradients that are there
        count += predictions
    for weight in model.parameters():
        weight.grad /= count


# %% [markdown]
"""
For the trial, a batch as it comes in life: windows of unequal length, filled up at the end with −100, which `cross_entropy` leaves out. The small model is of GPT-2's form.
"""


# %%
def summed_loss(model, part):
    inputs, targets = part
    logits = model(inputs).flatten(0, 1)
    loss = functional.cross_entropy(logits, targets.flatten(), ignore_index=-100, reduction="sum")
    return loss, int((targets != -100).sum())


# %%
form = GPTConfig(vocab_size=1024, context=32, dim=32, heads=2, layers=2)
inputs, targets = random_windows(train_ids, 12, 32, seeded(1))
lengths = torch.tensor([32] * 4 + [20] * 4 + [3] * 4)
targets = targets.masked_fill(torch.arange(32) >= lengths[:, None], -100)
batch = inputs, targets
three_parts = list(zip(inputs.split(4), targets.split(4), strict=True))
print("targets in each part:", *(int((t != -100).sum()) for _, t in three_parts))

# %% [markdown]
"""
The whole batch at once, and in three parts. Print the largest difference of any gradient, and how much is kept on the way:
"""


# %%
def gradients(model):
    return {name: weight.grad.clone() for name, weight in model.named_parameters()}


def farthest(one, other):
    return max(float((one[name] - other[name]).abs().max()) for name in one)


# %% tags=["nbval-ignore-output"]
model = GPT(form, seeded(0))
accumulated(model, [batch], summed_loss)
whole = gradients(model)
accumulated(model, three_parts, summed_loss)
in_parts = gradients(model)
largest = max(float(one.abs().max()) for one in whole.values())
print(f"largest entry {largest:.1e}, farthest apart {farthest(whole, in_parts):.0e}")
assert farthest(whole, in_parts) < 1e-6

# %% [markdown]
"""
The same, up to the rounding of single precision (sums taken in another order). And what was it for?
"""

# %% tags=["nbval-ignore-output"]
for rows, name in ((12, "at once"), (4, "in parts")):
    with activations_counted() as kept:
        summed_loss(model, (inputs[:rows], targets[:rows]))
    print(f"{name:9} {sum(kept) / 1e6:.1f} MB of activations at a time")

# %% [markdown]
"""
**Fewer bits.** The other saving is to compute in bfloat16, with 8 bits of precision instead of 24. Why, then, are the weights kept in single precision?

**Guess first.** A weight stands at 1, and gets 1,000 steps of 0.001. Where is it in the end, in single precision, and in bfloat16?
"""

# %% tags=["answer"]
for kind in (torch.float32, torch.bfloat16):
    weight = torch.ones((), dtype=kind)
    for _ in range(1000):
        weight += 0.001
    gap = torch.finfo(kind).eps
    print(f"{kind!s:15} {weight.item():.4f}; from 1 to the next number it is {gap:.1g}")

# %% [markdown]
"""
It never moved: in bfloat16 the next number above 1 is further off than twice the step, and so the step is rounded away, a thousand times. So the steps are added up in single precision, and only the products are taken in 16 bits. `autocast` does that choice for every operation:
"""

# %% tags=["nbval-ignore-output"]
with torch.autocast("cpu", torch.bfloat16), activations_counted() as kept:
    mixed, predicted = summed_loss(model, batch)
single, _ = summed_loss(model, batch)
print(f"{single.item() / predicted:.4f} nats in single, {mixed.item() / predicted:.4f} in mixed")
print(f"{sum(kept) / 1e6:.1f} MB of activations; weights are {model.wte.weight.dtype}")
assert abs(mixed.item() / single.item() - 1) < 1e-3

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Two replicas

If parts of a batch can be computed one after the other, they can be computed at the same time, by several processes, each with its own copy of the model: *replicas*. Each takes its rows, goes forward and back, and then there is one exchange, the *all-reduce*: everybody gets the mean of everybody's gradients. All make the same step, and are equal again.
"""

# %% tags=["folded"]
# @title A step of two replicas
from lmteach.plots.diagrams.data_parallel import data_parallel

display_figure(
    data_parallel(2),
    alt="A drawing from left to right. A batch goes to two rows of boxes: rows 0, 2 and so on to "
    "replica 0, rows 1, 3 and so on to replica 1, and each has a gradient. Both gradients go into "
    "one tall box, all-reduce; from it comes the mean to each, and each makes a step.",
)

# %% [markdown]
r"""
With $K$ processes that have equally many rows, and $g_k$ for the gradient of the mean loss over the rows of process $k$:

$$ g = \frac{1}{K} \sum_{k=1}^{K} g_k \tag{22.3} $$

(How does everybody get it, if each can only send to its neighbour? That is what you build at the end.) Play both parts in one kernel first. Two copies, ten steps of Adam each, in double precision; beside them, one model that reads all rows:
"""


# %%
def exchange(replicas):
    for weights in zip(*(one.parameters() for one in replicas), strict=True):
        mean = torch.stack([weight.grad for weight in weights]).mean(dim=0)  # eq. 22.3
        for weight in weights:
            weight.grad = mean.clone()


# %%
def ten_steps(count, dtype):
    replicas = [GPT(form, seeded(0)).to(dtype) for _ in range(count)]
    adams = [torch.optim.AdamW(one.parameters(), lr=3e-3) for one in replicas]
    for step in range(10):
        rows = random_windows(train_ids, 8, 32, seeded(step))
        for rank, one in enumerate(replicas):
            own = tuple(half[rank::count] for half in rows)
            accumulated(one, [own], summed_loss)
        exchange(replicas)
        for adam in adams:
            adam.step()
    return [{n: w.detach() for n, w in one.named_parameters()} for one in replicas]


# %% tags=["nbval-ignore-output"]
[alone] = ten_steps(1, torch.double)
first, second = ten_steps(2, torch.double)
print(f"two replicas from each other: {farthest(first, second):.0e}")
print(f"two replicas from one model:  {farthest(first, alone):.0e}")
assert farthest(first, second) == 0
assert farthest(first, alone) < 1e-9

# %% [markdown]
"""
Now the same in single precision, as everybody trains.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "In double precision two replicas and one model end some 1e-14 apart. In single precision, "
    "with about 7 digits, everything differs by a little more. Which weight differs most after "
    "ten steps of Adam?",
    {
        "the table of tokens: it is the largest": "Many weights, but each has a gradient of its "
        "own, and rounding is small beside that.",
        "a bias that does nothing at all": "Adam divides each gradient by its own usual size. "
        "Where the true gradient is 0, what it divides is rounding.",
        "all about alike": "They would, if the step were the gradient times the rate. But Adam "
        "divides.",
    },
    right="a bias that does nothing at all",
)

# %% tags=["answer", "nbval-ignore-output"]
[alone_32] = ten_steps(1, torch.float32)
first_32, _ = ten_steps(2, torch.float32)
apart = {name: (first_32[name] - alone_32[name]).abs() for name in first_32}
by_distance = sorted(apart, key=lambda name: -float(apart[name].max()))
for name in by_distance[:4]:
    print(f"{float(apart[name].max()):.0e}  {name}")

# %% [markdown]
"""
The first is a bias, of the layer that makes query, key and value of each place. Which of its thirds?
"""

# %% tags=["nbval-ignore-output"]
worst = by_distance[0]
of_query, of_key, of_value = (float(third.max()) for third in apart[worst].chunk(3))
print(f"{worst}: of the query {of_query:.0e}, of the key {of_key:.0e}, of the value {of_value:.0e}")
assert worst.endswith("in_proj_bias")
assert of_key > 5 * max(of_query, of_value)

# %% [markdown]
r"""
It is the bias of the *keys*. A key's bias adds $q \cdot b$ to every score of a query, the same for all places, and softmax takes no notice of that. So its true gradient is 0; what stands there is rounding, and Adam divides rounding by its own size (only its ε keeps the step from being a full one). It does no harm, since the bias does nothing. It only shows that "equal" wants to be looked at closely: compare gradients, or train in double precision.

## In two processes

So far it was a play. For real, each replica is a process, on its own chip, and they send each other numbers. `torchrun` starts them and tells each its number, *rank*, and how many there are. All run the same script, here `lmteach/training/distributed.py`. Its exchange is this function: `all_reduce` leaves the sum in every process.
"""

# %%
from lmteach.training.replicas import average_gradients

show_source(average_gradients)

# %% [markdown]
"""
In a terminal, on this machine, the script is started by

`torchrun --standalone --nproc-per-node=2 -m lmteach.training.distributed --steps 10 --precision double`

and more options for what is tried out. The next cell does the same from here, and prints the lines that are the script's own.
"""


# %% tags=["folded"]
# @title A command line from the notebook
folder = Path(mkdtemp())
short = ["--steps", "10", "--precision", "double"]


def torchrun(*options, processes=2):
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    words += [f"--nproc-per-node={processes}", "-m", "lmteach.training.distributed"]
    words += [*short, *map(str, options)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    lines = (done.stdout + done.stderr).replace(f"{folder}{os.sep}", "").splitlines()
    ours = [line for line in lines if is_ours(line)]
    print(*ours, f"torchrun ended with {done.returncode}", sep="\n")


def is_ours(line):
    marks = ("processes:", "steps made", "a process holds", "lmteach.training.distributed:")
    return any(mark in line for mark in marks)


# %% tags=["nbval-ignore-output"]
torchrun("--checkpoint", folder / "one", processes=1)
torchrun("--checkpoint", folder / "ddp", "--strategy", "ddp")

# %% [markdown]
"""
The strategy `ddp` is PyTorch's `DistributedDataParallel`: the same exchange, but begun while the backward pass still runs, a few layers at a time. Are the weights those of one process?
"""

# %% tags=["nbval-ignore-output"]
from lmteach.training.checkpoints import read


def weights_of(name):
    tensors, notes = read(folder / name)
    return {key: t for key, t in tensors.items() if key.startswith("model.")}, notes["losses"]


alone_weights, alone_losses = weights_of("one")
ddp_weights, _ = weights_of("ddp")
print(len(alone_losses), "steps,", f"{farthest(alone_weights, ddp_weights):.0e} apart")
assert farthest(alone_weights, ddp_weights) < 1e-9

# %% [markdown]
"""
**Sharded.** Each of the two holds all weights and all of Adam's averages, twice the same. With the strategy `fsdp` (PyTorch's *fully sharded data parallel*), each keeps its share of every tensor, gathers a layer when its turn comes, and lets it go again (Rajbhandari and others 2020; Zhao and others 2023).

**Guess first.** What becomes of the bytes that each process holds? And of the numbers?
"""

# %% tags=["answer", "nbval-ignore-output"]
torchrun("--checkpoint", folder / "fsdp", "--strategy", "fsdp", "--parts", 2)

# %% tags=["answer"]
fsdp_weights, _ = weights_of("fsdp")
print(f"{farthest(alone_weights, fsdp_weights):.0e} apart")
assert farthest(alone_weights, fsdp_weights) < 1e-9

# %% [markdown]
"""
Half the bytes, the same numbers, even with each process going through its rows in two parts. The price is more to send: every layer's weights, on the way forward and again on the way back.

**A process dies.** With many chips that is no accident but the rule: in 54 days on 16,384 chips, the run of Llama 3 was interrupted 419 times without a plan, once in three hours (Grattafiori and others 2024). Here process 1 kills itself in step 7, without a word; the run was saved after step 5.
"""

# %% tags=["nbval-ignore-output"]
torchrun("--checkpoint", folder / "killed", "--kill", 1, 7)

# %% [markdown]
"""
The other one noticed at the next exchange, and says so; nothing hangs. Start it again, by the same command without the accident:
"""

# %% tags=["nbval-ignore-output"]
torchrun("--checkpoint", folder / "killed")

# %% tags=["nbval-ignore-output"]
again_weights, again_losses = weights_of("killed")
print(f"{len(again_losses)} losses, {farthest(alone_weights, again_weights):.0e} apart")
assert farthest(alone_weights, again_weights) < 1e-9
assert len(again_losses) == len(alone_losses) == 10
assert np.allclose(again_losses, alone_losses, rtol=0, atol=1e-12)

# %% [markdown]
"""
In the end no step is missing, and none counts twice (the sixth was made again, for its first making was not saved). Three things make that possible: the file holds Adam's averages, too; a batch depends on the seed and the step alone, not on who has read what; and the file is written whole or not at all. (`torchrun --max-restarts=1` does the second start by itself.)

What if a process never comes? Start one of two by hand, and wait at most three seconds:
"""

# %% tags=["nbval-ignore-output"]
import socket

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]  # free a moment ago
place = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
lonely = subprocess.run(
    [sys.executable, "-m", "lmteach.training.distributed", "--seconds", "3"],
    env={**os.environ, **place},
    capture_output=True,
    text=True,
    timeout=120,
)
print(lonely.stderr.strip().splitlines()[-1])
assert lonely.returncode == 1

# %% [markdown]
r"""
One sentence, after three seconds. PyTorch by itself would wait ten minutes with NCCL, the exchange between GPUs, and half an hour with Gloo, the one on CPUs, and then print a page.

## Plan a run

How long does it take on paper? Two operations for each parameter and token on the way forward, four on the way back (equation 13.8), with $N$ parameters and $D$ tokens:

$$ C = 6 N D \tag{22.4} $$

$K$ chips do $F$ operations a second each, says their data sheet; a share $s$ of that is really done, for chips wait for memory and for each other. So the hours are

$$ t = \frac{6 N D}{K\, F\, s \cdot 3600} \tag{22.5} $$

The cost is the price of a chip's hour, times hours and chips. Memory is equation 22.2, divided by the number of chips if all is sharded; activations come on top.
"""


# %%
def hours_of(parameters, tokens, chips, operations, share):
    needed = 6 * parameters * tokens  # eq. 22.4
    return needed / (chips * operations * share) / 3600  # eq. 22.5


# %%
from lmteach.training.planning import ACCELERATORS, plan

h100 = ACCELERATORS[1]
hours = hours_of(175e9, 300e9, 1000, h100.operations, 0.4)
made = plan(175e9, 300e9, h100, count=1000, share=0.4)
assert math.isclose(hours, made.hours)
print("GPT-3, 175 billion parameters on 300 billion tokens (Brown and others 2020),")
print(f"on 1,000 x {h100.name} at 40 % of {h100.operations:.3g} operations a second:")
print(f"computed: {made.operations:.2e} operations, {hours / 24:.1f} days")

# %% [markdown]
"""
(The speed is that of the maker's data sheet, "NVIDIA H100 Tensor Core GPU", in bfloat16 without sparsity. The share is about what the run of Llama 3 reached, 38 to 43 %. All of this is computed; none of it was run.)

**Guess first.** And our own width 96, one pass over its tokens: how long on one such chip?
"""

# %% tags=["answer"]
for chips in (1, 1000):
    ours = plan(float(sixth), float(read_once), h100, count=chips)
    print(f"{chips:4} x {h100.name}, computed: {3.6e6 * ours.hours:.3f} ms")

# %% [markdown]
r"""
Milliseconds, if it could be kept busy; with batches so small it can't. The formula knows nothing of that: it is for models that fill the chip.

**A model, or text?** The same operations buy a large model with little text, or a small one with much. Hoffmann and others (2022) gave each a term of its own in the law, with exponents $\alpha$ and $\beta$, and fitted it to more than 400 models:

$$ L(N, D) = E + \frac{A}{N^{\alpha}} + \frac{B}{D^{\beta}} \tag{22.6} $$

Besiroglu and others (2024) fitted it anew, to the points of one of their figures.

**Guess first.** With the operations fixed, at how many tokens for each parameter is the loss lowest, by the one and by the other? Only the order of magnitude: 1, 10, 100, 1,000?
"""

# %% tags=["answer"]
laws = {  # E, A, alpha, B, beta
    "Hoffmann": (1.69, 406.4, 0.34, 410.7, 0.28),
    "Besiroglu": (1.8172, 482.01, 0.3478, 2085.43, 0.3658),
}
budget = 1.2e22  # operations: what the planner below begins with
tokens_each = np.array([2, 5, 10, 20, 40, 60, 100, 200])
sizes_for = np.sqrt(budget / 6 / tokens_each)  # eq. 22.4, with D = tokens_each N
print("tokens for each parameter", *(f"{each:6}" for each in tokens_each))
for name, (e, a, alpha_n, b, beta_d) in laws.items():
    n, d = sizes_for, tokens_each * sizes_for
    by_law = e + a / n**alpha_n + b / d**beta_d  # eq. 22.6
    print(f"{name:25}", *(f"{loss:6.3f}" for loss in by_law))

# %% [markdown]
"""
Fitted anew, the lowest is at 20. That is the rule of thumb which people took from the first paper, whose two other ways of reckoning come out near it; its formula, as it was printed, would rather have 60. And look how little it matters: between 20 and 60 the loss moves by less than a hundredth of a nat. Near the bottom of a valley nobody sees well where it is lowest.

Now plan your own. It begins with ten billion parameters on eight chips: too much for each of them alone, and enough room when all is shared out. The loss is 22.6 as first printed, for their text and their tokens. Double the parameters: does the loss fall? Press *20 tokens a parameter*, the rule of thumb. When does one chip no longer do, for time, and when for memory?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.run_planner.widget import RunPlanner

RunPlanner(size=10.0, text=11.3, doublings=3)

# %% [markdown]
"""
## Fewer bits at rest

A model that is trained must also be kept, moved and run. Round its weights: in blocks of 32, each with a scale of 16 bits, and a whole number of so many bits for each weight (notebook 16 unpacks such files). Our GPT that comes with the package, on the first 20,000 characters of the held-out articles:
"""


# %%
def rounded(weight, bits):
    blocks = weight.reshape(-1, 32)
    most = 2 ** (bits - 1) - 1  # whole numbers from -most to most; of 2 bits: -1, 0, 1
    scale = blocks.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / most
    return ((blocks / scale).round() * scale).reshape(weight.shape)


# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.information import evaluate

shipped, shipped_tokenizer = trained_gpt()
at_rest = {}
for bits in (32, 8, 6, 5, 4, 3, 2):
    lighter = copy.deepcopy(shipped)
    with torch.no_grad():
        for weight in lighter.parameters():
            if weight.ndim == 2 and bits < 32:
                weight.copy_(rounded(weight, bits))
    size = shipped.parameter_count * (bits + (0.5 if bits < 32 else 0)) / 8e6
    score = evaluate(lighter, shipped_tokenizer, corpus.valid[:20_000]).bits_per_character
    at_rest[bits] = score
    print(f"{bits:2} bits a weight: {size:5.2f} MB, {score:.3f} bits per character")

# %% tags=["nbval-ignore-output"]
assert abs(at_rest[8] - at_rest[32]) < 0.005
assert at_rest[2] > at_rest[3] > at_rest[4] > at_rest[32]

# %% [markdown] slideshow={"slide_type": "slide"}
"""
Down to five bits you hardly see it, four cost a little, and with two the model is lost. That is one model, on one text: how many bits a model can do without is measured, not derived. (Notebook 16 has other kinds of rounding.)

## The equal sign

Our accumulation gives the gradient of the package's `accumulate`, and of the whole batch at once; our law is the one that `scipy` fits; and the parts of GPT-2 add up to its weights.
"""

# %%
from lmteach.training.accumulation import accumulate

mean_loss = accumulate(model, three_parts, summed_loss)
assert farthest(gradients(model), in_parts) < 1e-8
model.zero_grad()
straight = functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
straight.backward()
assert farthest(gradients(model), whole) < 1e-6
assert math.isclose(mean_loss, straight.item(), rel_tol=1e-5)

# %%
from scipy.optimize import curve_fit

theirs, _ = curve_fit(lambda n, e, a, p: e + a / n**p, sizes, five, p0=(3, 100, 0.4), maxfev=20000)
ours = (with_floor.floor, with_floor.scale, with_floor.exponent)
print("scipy", theirs.round(3), " ours", np.round(ours, 3))
assert np.allclose(theirs, ours, rtol=1e-2)
assert sum(parameters_by_part(gpt2).values()) == 124_439_808

# %% [markdown]
"""
## The scoreboard

No row of thread A was set here to be the best: the six models read little more than a third of the text, once. Your own smallest beside those who read all of it:
"""

# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.scoreboard import table

bits_of_yours = evaluate(tiny, tokenizer, corpus.test, stride=64).bits_per_character
print(f"yours, width 16, {tiny.parameter_count:,} parameters: {bits_of_yours:.3f} bits")
names = ["6-gram of tokens", "GPT in today's form, Muon", "plain GPT, Muon", "bigram, add-one"]
table("A", names, ["parameters", "seconds", "passes"])

# %% [markdown]
"""
## Spot the bug

Somebody accumulates gradients as most scripts do: the mean loss of each part, divided by the number of parts.
"""

# %%
model.zero_grad()
for inputs_of_part, targets_of_part in three_parts:
    logits = model(inputs_of_part).flatten(0, 1)
    loss = functional.cross_entropy(logits, targets_of_part.flatten(), ignore_index=-100)
    (loss / len(three_parts)).backward()
by_means = gradients(model)

# %% [markdown]
"""
**Guess first.** It trains, and the loss goes down. Is it the gradient of the batch? How would you find out, and in which batches would you *not* find out?
"""

# %% tags=["answer", "nbval-ignore-output"]
difference = math.sqrt(sum(float((by_means[n] - whole[n]).square().sum()) for n in whole))
length = math.sqrt(sum(float(whole[n].square().sum()) for n in whole))
print(f"{difference / length:.0%} off: the length of the difference, by that of the gradient")
for _, t in three_parts:
    there = int((t != -100).sum())
    print(f"a token in a part of {there:3} targets counts {1 / 3 / there:.4f}")
assert difference > 0.1 * length

# %% [markdown]
"""
A mean of means. A token in the short part counts for ten in the long one; in the whole batch all count alike. With parts of equal length it can't be seen, and so it stood in Hugging Face's `Trainer` until October 2024 (pull request 34191 of `transformers`). Sum, and divide once by the number of targets.

And another. Two replicas, two parts a step, one exchange. It used to come after part 1, the last; somebody has moved it. What is printed is the loss of replica 0, as in most scripts:
"""


# %%
def trained_so(exchange_after):
    replicas = [GPT(form, seeded(0)) for _ in range(2)]
    adams = [torch.optim.AdamW(one.parameters(), lr=3e-3) for one in replicas]
    for step in range(60):
        windows = random_windows(train_ids, 16, 32, seeded(step))
        for one in replicas:
            one.zero_grad()
        for part in range(2):
            for rank, one in enumerate(replicas):
                own = tuple(half[rank::2][4 * part : 4 * part + 4] for half in windows)
                (summed_loss(one, own)[0] / (8 * 32)).backward()
            if part == exchange_after:
                exchange(replicas)
        for adam in adams:
            adam.step()
    return replicas


# %% tags=["nbval-ignore-output"]
suspects = trained_so(exchange_after=0)
honest = trained_so(exchange_after=1)
with torch.no_grad():
    judged = random_windows(valid_ids, 64, 32, seeded(0))
    for name, pair in (("this run", suspects), ("the run before", honest)):
        print(f"{name}: held-out loss {float(next_token_loss(pair[0], judged)):.3f}")

# %% [markdown]
"""
**Guess first.** No error, and a loss that could be another seed's. What would you print to see what is wrong?
"""

# %% tags=["answer", "nbval-ignore-output"]
for name, pair in (("this run", suspects), ("the run before", honest)):
    one, other = ({n: w.detach() for n, w in r.named_parameters()} for r in pair)
    print(f"{name}: replicas {farthest(one, other):.0e} apart")

# %% tags=["answer"]
pairs = [[{n: w.detach() for n, w in r.named_parameters()} for r in p] for p in (suspects, honest)]
assert farthest(*pairs[0]) > 1e-3
assert farthest(*pairs[1]) == 0

# %% [markdown]
"""
The exchange came after the first part and not after the last, so the second part's gradient stayed at home. The replicas drift apart: there are two models now, and the one that is saved has seen half of those gradients. In PyTorch it is `no_sync` around every part instead of all but the last. The loss of one replica doesn't tell. Compare the replicas with each other, once in a while: they must be equal to the last bit.

## In practice

`torchrun` with `DistributedDataParallel` and `fully_shard` were the real thing already. Hugging Face's `accelerate` wraps the same: it tells you when to step. With parts of equal length it must give our gradient.
"""

# %% tags=["nbval-ignore-output"]
from accelerate import Accelerator

accelerator = Accelerator(gradient_accumulation_steps=3, cpu=True)
prepared = accelerator.prepare(GPT(form, seeded(0)))
even = random_windows(train_ids, 12, 32, seeded(1))
for x, y in zip(even[0].split(4), even[1].split(4), strict=True):
    with accelerator.accumulate(prepared):
        accelerator.backward(functional.cross_entropy(prepared(x).flatten(0, 1), y.flatten()))
accumulated(model, list(zip(even[0].split(4), even[1].split(4), strict=True)), summed_loss)
print(f"{farthest(gradients(prepared), gradients(model)):.0e} apart")
assert farthest(gradients(prepared), gradients(model)) < 1e-6

# %% [markdown]
"""
Its division is by the number of parts. With unequal ones it is the first bug, unless you hand it the sum over each part, times the number of parts, by the count of all.

On GPUs, the same script works with NCCL in the place of Gloo: `torchrun --nproc-per-node=8 -m lmteach.training.distributed --strategy fsdp --precision mixed`. That was not run here: the tests have two processes on CPUs.
"""

# %% [markdown]
"""
## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.
"""

# %% [markdown]
"""
### Build it · the all-reduce, with neighbours only (35 minutes, ●●●)

`all_reduce` was a black box. Everybody could send all to process 0, which adds and sends back; then process 0 has the traffic of all. The usual way is a *ring* (Patarasuk and Yuan 2009): each of the $K$ processes speaks to the next one only, the last to the first, and a vector goes round in $K$ pieces. In NumPy, and with unequally many rows, so that it ends with the gradient of the whole batch.

#### Step 1 · packed

What is sent is one row of numbers. `gradients` is a list of arrays of any shapes, each a *sum* over `count` rows. Write all of them behind one another, row after row, and the count at the end: whoever gets the sum of all such rows has the number to divide by.
"""


# %% tags=["exercise"]
def packed(gradients, count):
    ### BEGIN SOLUTION: an array of one axis
    flat = [np.ravel(gradient) for gradient in gradients]
    return np.concatenate([*flat, [count]])
    ### END SOLUTION


check.packed(packed)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.ravel` makes one row of an array, `np.concatenate` one of several; the count goes in as a row of one.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · round_of_sums

`held[k, j]` is piece `j` of what process `k` holds; the shape is (K, K, numbers in a piece). In the first lap, in turn 0, 1, …, each process $k$ sends its piece `k - turn` to process $k + 1$, who *adds* it to its own. All numbers go round: after $K - 1$ comes 0, before 0 comes $K - 1$. With three processes and pieces a, b, c:

| | process 0 | process 1 | process 2 |
|---|---|---|---|
| before | a₀ b₀ c₀ | a₁ b₁ c₁ | a₂ b₂ c₂ |
| after turn 0 | a₀ b₀ **c₂₀** | **a₀₁** b₁ c₁ | a₂ **b₁₂** c₂ |
| after turn 1 | a₀ **b₁₂₀** c₂₀ | a₀₁ b₁ **c₂₀₁** | **a₀₁₂** b₁₂ c₂ |

Make one turn, and return what all hold then.
"""


# %% tags=["exercise"]
def round_of_sums(held, turn):
    ### BEGIN SOLUTION: an array like held
    after, size = held.copy(), len(held)
    for k in range(size):
        piece = (k - turn) % size
        after[(k + 1) % size, piece] += held[k, piece]
    return after
    ### END SOLUTION


check.round_of_sums(round_of_sums)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Copy `held` first. Then, for each `k`, one line adds one piece. In Python, `(k - turn) % size` goes round also below 0.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · round_of_copies

After $K - 1$ such turns, one piece of each process is the sum of all. Which one, in process $k$? In the second lap it goes round: in each turn process $k$ sends piece `k + 1 - turn`, and process $k + 1$ *takes it in place of its own*. One turn of that.
"""


# %% tags=["exercise"]
def round_of_copies(held, turn):
    ### BEGIN SOLUTION: an array like held
    after, size = held.copy(), len(held)
    for k in range(size):
        piece = (k + 1 - turn) % size
        after[(k + 1) % size, piece] = held[k, piece]
    return after
    ### END SOLUTION


check.round_of_copies(round_of_copies)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Step 2, with another piece, and with `=` for `+=`.

</details>

<details><summary>Solution</summary>

{{solution}}

Piece $k + 1$: in the table, process 0 has all of b, process 1 all of c, process 2 all of a.

</details>
"""

# %% [markdown]
"""
#### Step 4 · ring_sum

Both laps, for `vectors` (K, n), a row for each process: $K - 1$ turns of sums, $K - 1$ of copies. Where $n$ can't be cut in $K$ equal pieces, fill up with zeros, and cut them off in the end. How many numbers has each process sent then? And how many would process 0 have, if it did all the adding?
"""


# %% tags=["exercise"]
def ring_sum(vectors):
    ### BEGIN SOLUTION: an array like vectors, all rows the sum
    size, length = vectors.shape
    in_a_piece = math.ceil(length / size)
    filled = np.zeros((size, size * in_a_piece))
    filled[:, :length] = vectors
    held = filled.reshape(size, size, in_a_piece)
    for turn in range(size - 1):
        held = round_of_sums(held, turn)
    for turn in range(size - 1):
        held = round_of_copies(held, turn)
    return held.reshape(size, -1)[:, :length]
    ### END SOLUTION


check.ring_sum(ring_sum)

# %% [markdown] slideshow={"slide_type": "skip"}
r"""
<details><summary>Hint</summary>

A piece has `math.ceil(n / K)` numbers. Put the vectors into an array of zeros that is wide enough, give it the shape (K, K, numbers in a piece), and at the end (K, all).

</details>

<details><summary>Solution</summary>

{{solution}}

In $2(K - 1)$ turns, a piece of $n / K$ each: less than $2n$, whether two processes take part or a thousand. Process 0 would have to send $(K - 1)\,n$, and get as many.

</details>
"""

# %% [markdown]
"""
#### Step 5 · exchanged

All together. `gradients[k]` is the list of process `k`, sums over its `counts[k]` rows. Return what each process has after the exchange: the list of gradients of the *mean* over the whole batch, in their shapes. When is that the mean of everybody's means?
"""


# %% tags=["exercise"]
def exchanged(gradients, counts):
    ### BEGIN SOLUTION: a list of arrays like gradients[0]
    rows = [packed(own, count) for own, count in zip(gradients, counts, strict=True)]
    summed = ring_sum(np.stack(rows))[0]
    mean, place, result = summed[:-1] / summed[-1], 0, []
    for gradient in gradients[0]:
        piece = mean[place : place + gradient.size]
        result.append(piece.reshape(gradient.shape))
        place += gradient.size
    return result
    ### END SOLUTION


check.exchanged(exchanged)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Pack each, stack the rows, sum in the ring; any row of the result will do. Its last number is how many rows there are in all. Then cut off as many numbers as each gradient has.

</details>

<details><summary>Solution</summary>

{{solution}}

It is the mean of means when all have equally many rows, and that is what `DistributedDataParallel` takes for granted: it sends no counts. Try yours on the three parts of the batch above, as three processes, and compare with `whole`:

```
sums = []
for part in three_parts:
    accumulated(model, [part], summed_loss)
    targets_there = int((part[1] != -100).sum())
    sums.append([weight.grad.numpy() * targets_there for weight in model.parameters()])
mine = exchanged(sums, [128, 80, 12])
max(abs(m - w.numpy()).max() for m, w in zip(mine, whole.values(), strict=True))
```

The difference is rounding: three processes, unequal parts, neighbours only, and yet the gradient of the large batch.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · chips_needed (8 minutes, ●●○)

A run must be done in so many `days`. Each chip does a `share` of its `operations` a second and has `memory` bytes; all that equation 22.2 counts is shared out evenly. What is the smallest number of chips that gives both the time and the room? Then ask yours about GPT-3 on H100s in 30 days. Which of the two decides?
"""


# %% tags=["exercise"]
def chips_needed(parameters, tokens, operations, memory, share, days):
    ### BEGIN SOLUTION: a whole number
    seconds = days * 24 * 3600
    for_time = 6 * parameters * tokens / (operations * share * seconds)
    for_room = 16 * parameters / memory
    return math.ceil(max(for_time, for_room))
    ### END SOLUTION


check.chips_needed(chips_needed)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Solve equation 22.5 for $K$, with the hours given. The bytes of a parameter, times the parameters, by the bytes of a chip is another $K$. Both must be there.

</details>

<details><summary>Solution</summary>

{{solution}}

`chips_needed(175e9, 300e9, h100.operations, h100.memory, 0.4, 30)` is 308, and the time decides: for the room, 35 would do. In 300 days it is the room.

</details>
"""

# %% [markdown]
"""
### Exercise 2 · size_for_loss (6 minutes, ●●○)

Turn the law round: which size has a given loss? At the floor and below it, none has: return `np.inf`. Then ask yours what it takes to bring the loss of the sixth model down by a tenth, by our own law, `with_floor`. Would you believe it?
"""


# %% tags=["exercise"]
def size_for_loss(loss, floor, scale, exponent):
    ### BEGIN SOLUTION: a number
    if loss <= floor:
        return np.inf
    return (scale / (loss - floor)) ** (1 / exponent)
    ### END SOLUTION


check.size_for_loss(size_for_loss)

# %% [markdown] slideshow={"slide_type": "skip"}
r"""
<details><summary>Hint</summary>

Solve $L = E + A / N^{\alpha}$ for $N^{\alpha}$ first, then take the power $1/\alpha$.

</details>

<details><summary>Solution</summary>

{{solution}}

`size_for_loss(0.9 * measured.mean(), with_floor.floor, with_floor.scale, with_floor.exponent)` is `inf`: a tenth less is below the floor. The law says that no size will do, and that it takes more text, for the floor of 22.1 holds what the text lacks. Believe that much. The height of the floor is less sure: it lies far from all five points that it was fitted to.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A law fitted to small models predicts the next larger one, if all are trained alike: one pass, rates that fit. Further out, the choice of the law decides.
- With the computing fixed, counts pull away as the text grows; a network overtakes them by computing.
- A large batch is a sum of small parts: add up the sums, divide once.
- Replicas exchange gradients once a step, after the last part, and stay equal to the last bit. Look whether they do. In a ring each sends less than twice its gradient, however many there are.
- Six operations and sixteen bytes for each parameter are a plan; what it leaves out is activations, waiting and failures.

**Further reading.** J. Kaplan and others, "Scaling Laws for Neural Language Models" (2020). J. Hoffmann and others, "Training Compute-Optimal Large Language Models" (2022). S. Rajbhandari and others, "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models" (2020). S. Li and others, "PyTorch Distributed" (2020).
Y. Zhao and others, "PyTorch FSDP" (2023). P. Micikevicius and others, "Mixed Precision Training" (2018). N. Muennighoff and others, "Scaling Data-Constrained Language Models" (2023). NVIDIA, "NVIDIA H100 Tensor Core GPU", data sheet (2024). P. Patarasuk and X. Yuan, "Bandwidth Optimal All-reduce Algorithms for Clusters of Workstations" (2009).
A. Grattafiori and others, "The Llama 3 Herd of Models" (2024). T. Besiroglu and others, "Chinchilla Scaling: A Replication Attempt" (2024).

**Next.** {{next}}
"""
