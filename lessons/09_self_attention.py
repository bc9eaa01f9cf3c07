# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 09 · Self-attention, step by step

{{badges}}

> The cat sat on the mat because **it** was tired.

Who was tired? You didn't ponder it: something in you looked back to *cat*. In notebook 08 a decoder looked
back at a source, one step after the other. What if every word of a sentence could look at every other one,
all at the same time?

**Aims.** Climb from a plain mean to multi-head attention in six rungs, each asserted equal to the one below
it where it should be, and the last equal to PyTorch's. Watch small models learn with queries,
keys and heads what they didn't without. Then look through all 72 heads of a real pretrained encoder at a sentence of
yours.

**Time.** {{time}} The cells run in under a minute on two CPU cores.

**Before.** [08 · Sequence to sequence](08_sequence_to_sequence.ipynb): a query that asks keys, weights that
sum to 1, and the mask for padding.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
With `USE_CUDA` ticked, attention is timed on sequences eight times as long.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import copy
import itertools
import math
import time
import warnings
from functools import partial

import matplotlib.pyplot as plt
import numpy as np  # noqa: F401 - for the exercises
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.exercises import self_attention as check
from lmteach.plots.curves import curves
from lmteach.plots.diagrams.attention import many_heads, one_query
from lmteach.plots.heatmap import heatmap
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Six tokens

Let it be small enough to follow every number. Six tokens, and for each a vector of four numbers, which we
make up by hand. In notebook 05 such numbers were learned.
"""

# %%
tokens = "the cat sat on the mat".split()
meaning = {  # being, place, doing, linking
    "the": [0, 0, 0, 1],
    "cat": [2, 0, 0, 0],
    "sat": [0, 0, 2, 0],
    "on": [0, 0, 0, 2],
    "mat": [0, 2, 0, 0],
}
x = torch.tensor([meaning[token] for token in tokens], dtype=torch.float64)  # (T, D)
x.shape

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Rung 1: the mean of what came before

A token's vector knows the token and nothing else. The plainest way to tell it of the others is a mean, over
all tokens up to itself:

$$ y_t = \frac{1}{t} \sum_{j=1}^{t} x_j \tag{9.1} $$
"""


# %%
def mean_so_far(x):
    means = []
    for t in range(1, len(x) + 1):
        means.append(sum(x[j] for j in range(t)) / t)  # eq. 9.1
    return torch.stack(means)


# %% [markdown]
"""
**Guess first.** What are the four numbers for *sat*, the third token?
"""

# %% tags=["answer"]
mean_so_far(x)[2]

# %% [markdown]
"""
A third of *the*, a third of *cat*, a third of *sat*. So a mean is a sum with *weights*. Write the weights of
each token into a row of a matrix, and all means are one product:
"""

# %%
past = torch.ones(6, 6, dtype=torch.float64).tril()
mean_weights = past / past.sum(dim=-1, keepdim=True)
assert_close(mean_weights @ x, mean_so_far(x))
mean_weights

# %% [markdown]
r"""
There is a third way to write it, roundabout at first sight. Give each pair a *score*: 0 where a token may
look, $-\infty$ where it may not. A softmax turns each row of scores into weights. **Guess first.** Into
which?
"""

# %% tags=["answer"]
no_wishes = torch.zeros(6, 6, dtype=torch.float64)
no_wishes[past == 0] = -torch.inf
assert_close(no_wishes.softmax(dim=-1), mean_weights)
print(no_wishes[2], no_wishes[2].softmax(dim=-1), sep="\n")  # the row of sat

# %% [markdown]
r"""
The same ones as above, for $e^0$ is 1 and $e^{-\infty}$ is 0. Keep this way, for a score need not be 0.

## Rung 2: not all alike

*sat* would be better served by *cat* than by *the*. Let the score of a pair say how well the two fit. The
shortest formula that does it is a dot product. It found neighbours in notebook 05, with all vectors brought to length
1; here they keep their length:

$$ s_{ij} = x_i \cdot x_j \tag{9.2} $$

$$ w_{ij} = \frac{\exp s_{ij}}{\sum_{j'} \exp s_{ij'}} \qquad y_i = \sum_j w_{ij}\, x_j \tag{9.3} $$

For a while, let everybody look everywhere, ahead as well. First as loops:
"""


# %%
def attend_by_loops(x):
    outputs = []
    for x_i in x:
        powers = []
        for x_j in x:
            score = sum(x_i[d] * x_j[d] for d in range(4))  # eq. 9.2
            powers.append(math.exp(score))
        output = 0.0
        for power, x_j in zip(powers, x, strict=True):
            output = output + power / sum(powers) * x_j  # eq. 9.3
        outputs.append(output)
    return torch.stack(outputs)


# %% [markdown]
"""
Then for all tokens at once. Nobody waits for anybody: it is two products of matrices.
"""


# %%
def attend(x):
    weights = (x @ x.T).softmax(dim=-1)  # eq. 9.2, 9.3
    return weights @ x, weights


# %%
everywhere, likeness_weights = attend(x)
print("scores of sat ", (x @ x.T)[2])
print("weights of sat", likeness_weights[2])
print("output of sat ", everywhere[2])

# %%
assert_close(everywhere, attend_by_loops(x))
assert_close(attend(0 * x)[1], torch.full((6, 6), 1 / 6).double())  # no scores: the mean again

# %% [markdown]
"""
Here is what `attend` did for *sat*, from below: its vector times each of the six gives six scores, the softmax makes
weights of them, and with these the six vectors are mixed. The drawing has three names for them: *sat*'s own vector
asks and is its *query*, those that it is compared with are the *keys*, and those that are mixed the *values*. Here all
three are rows of the same `x`.
"""

# %% tags=["folded"]
# @title One query, drawn
drawn_rows = (x, (x @ x.T)[2], likeness_weights[2], x)
display_figure(
    one_query(tokens, 2, x[2], *drawn_rows, everywhere[2]),
    alt="The way of one query, that of sat. A row of six keys below, one a token; above it six "
    "scores, of which only that of sat, 4, is not 0; a softmax; six weights, 0.92 for sat and "
    "0.02 for each other; six values; and at the top their mixture, nearly the vector of sat.",
)


# %%
def show_weights(weights, alt, numbers=".2f"):
    labels = {"row_label": "looks", "column_label": "at"}
    display_figure(heatmap(weights, tokens, tokens, numbers=numbers, **labels), alt=alt)


# %% [markdown]
"""
And all six at once, as a table: a row is a token that looks. **Guess first.** Where does each look most? *sat* you
have seen.
"""

# %% tags=["answer", "folded"]
# @title The weights of all six
show_weights(
    likeness_weights,
    alt="A table of weights, with a row and a column for each of the six tokens. The words cat, "
    "sat and mat look at themselves with 0.92, on with 0.75: a bright diagonal. Both rows named "
    "the are alike: nearly one half for on, the rest for all others.",
)

# %% [markdown]
r"""
Two things are wrong with it. Nearly everybody looks at itself, for what is more like you than yourself? (Only *the*
prefers *on*, which points its way and is twice as long: a score of 2 against 1.) And $s_{ij} = s_{ji}$: whenever *sat*
is interested in *cat*, *cat* must score *sat* as high. Both will be mended in rung 5. A third thing comes first.

## Rung 3: not too sharp

Our vectors have four entries. Those of the model below have 384. Draw a query $q$ and 16 keys $k$ of $d$
numbers each, all with mean 0 and variance 1, a thousand times:
"""


# %%
def draw_scores(d, keys=16, rows=1000):
    kind = {"generator": torch.Generator().manual_seed(0), "dtype": torch.float64}
    q = torch.randn(rows, 1, d, **kind)
    k = torch.randn(rows, keys, d, **kind)
    return (q @ k.mT)[:, 0]  # (rows, keys)


draw_scores(4).shape, draw_scores(4).mean()

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A query and a key have 400 entries each, all drawn with mean 0 and variance 1. Their product "
    "q · k is 0 on average. How far from 0 is it typically (what is its standard deviation)?",
    number=20,
    tolerance=1.5,
    reply="400 products of variance 1 add up to a variance of 400, and its root is 20.",
    slips={
        400: "That is the variance: 400 products with variance 1 each. The deviation is its root.",
        1: "One product has deviation 1. There are 400 of them, and their variances add up.",
        0: "That is the mean. The 400 products do not cancel exactly in any single draw.",
    },
)

# %% tags=["answer"]
{d: f"{draw_scores(d).std():.1f}" for d in (4, 16, 100, 400)}

# %% [markdown]
r"""
Each of the $d$ products has variance 1, and variances add up: the standard deviation is $\sqrt d$. In a wide
model, scores are large only because it is wide. What does that do to the softmax? Two measures, for one query and
16 keys. Over how many keys is the weight *spread*, as if evenly: $e$ to the power of the entropy. And how
strongly does a weight answer to a score, which is all that the training of queries and keys can go by ($[i = j]$ is 1
where $i$ is $j$, and 0 elsewhere):

$$ \frac{\partial w_i}{\partial s_j} = w_i\, ([i = j] - w_j) \tag{9.4} $$
"""


# %%
def spread(weights):
    return torch.special.entr(weights).sum(dim=-1).exp()  # entr(w) is -w ln w, and 0 at 0


def slopes(weights):
    return weights.diag_embed() - weights[..., :, None] * weights[..., None, :]  # eq. 9.4


# %%
one_row = draw_scores(d=4)[0]
by_autograd = torch.autograd.functional.jacobian(lambda scores: scores.softmax(dim=-1), one_row)
assert_close(slopes(one_row.softmax(dim=-1)), by_autograd)
print("spread of 1, 0, 0", spread(torch.tensor([1.0, 0, 0])).item())
print("spread of ½, ½, 0", round(spread(torch.tensor([0.5, 0.5, 0])).item(), 3))

# %% [markdown]
r"""
The cure is in the formula already: divide by $\sqrt d$, and scores have variance 1 at any width.

$$ s_{ij} = \frac{x_i \cdot x_j}{\sqrt d} \tag{9.5} $$

**Guess first.** With $d$ = 1024, over how many of the 16 keys is the weight spread without the division, and with it?
(The *slope* printed beside it is the length of the whole table of eq. 9.4, root of the sum of its squares.)
"""

# %% tags=["answer"]
WIDTHS = [2**power for power in range(11)]
drawn = {
    "q · k": [draw_scores(d).softmax(dim=-1) for d in WIDTHS],
    "q · k / √d": [(draw_scores(d) / math.sqrt(d)).softmax(dim=-1) for d in WIDTHS],  # eq. 9.5
}
spreads, sizes = {}, {}
for name, by_width in drawn.items():
    spreads[name] = [spread(w).mean().item() for w in by_width]
    sizes[name] = [slopes(w).norm(dim=(1, 2)).mean() for w in by_width]
{name: f"{spreads[name][-1]:.1f} keys, slope {sizes[name][-1]:.2f}" for name in drawn}

# %% tags=["answer", "folded"]
# @title Spread and slope against the width
figure, panels = plt.subplots(1, 2, figsize=(8, 3))
for axes, lines, label in zip(panels, (spreads, sizes), ("spread over keys", "slope"), strict=True):
    curves(lines, x=WIDTHS, xscale="log", xlabel="d", ylabel=label, axes=axes)
display_figure(
    figure,
    alt="Two panels over the width d from 1 to 1024. Left, over how many of 16 keys the weight is "
    "spread: without the division it falls from twelve to little more than one; with it, it "
    "stays above ten. Right, the size of the slopes: without the division it rises a little and "
    "then falls, from 0.3 to 0.05; with it, it stays level at 0.3.",
)

# %%
assert drawn["q · k"][0].equal(drawn["q · k / √d"][0])  # with d = 1, nothing changes
assert spreads["q · k"][-1] < 1.3
assert min(spreads["q · k / √d"][2:]) > 10
assert sizes["q · k"][-1] < 0.25 * sizes["q · k / √d"][-1]

# %% [markdown]
r"""
Without the division, at 1024 a query looks at one key, nearly alone, chosen by chance before anything has been
learned; and since the slopes are a sixth of what they could be, and go on falling, training has little to go by.
Vaswani and others (2017) *suspect* this to be what harms wide models, and divide. (What divides scores is called a *temperature*, and
you will turn one below.)

## Rung 4: don't look ahead

A model that is to guess the next token must not see it. So what lies ahead gets a score of $-\infty$, as in
rung 1. The *causal mask* says who may look at whom:
"""


# %% lmteach={"defines": "models.transformer.attention.causal_mask"}
def causal_mask(time):
    return torch.ones(time, time, dtype=torch.bool).tril()


# %% [markdown]
"""
And here is the function that everything from now on is made of. Queries (T of them), keys and values (S of them) come
in apart, which they haven't been yet: give it `x` three times, and it is our rung. (`bias` is kept for notebook 10.)
"""


# %% lmteach={"defines": "models.transformer.attention.scaled_dot_product_attention"}
def scaled_dot_product_attention(query, key, value, mask=None, bias=None):
    scores = query @ key.mT / math.sqrt(query.shape[-1])  # (B, T, S), eq. 9.5
    if bias is not None:
        scores = scores + bias
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)  # a row of nothing but -inf is NaN until here
    return weights @ value, weights


# %%
mask = causal_mask(6)
causal_output, causal_weights = scaled_dot_product_attention(x, x, x, mask)
print("scores ", (x @ x.T / 2)[2].masked_fill(~mask[2], -torch.inf))  # the row of sat
print("weights", causal_weights[2])
print("output ", causal_output[2], tuple(causal_output.shape))

# %% tags=["folded"]
# @title The same in the drawing, its scores lit
causal_scores = (x @ x.T / 2).masked_fill(~mask, -torch.inf)
drawn_rows = (x, causal_scores[2], causal_weights[2], x)
display_figure(
    one_query(
        tokens, 2, x[2], *drawn_rows, causal_output[2], "q · k / √4", lit=["query", "scores"]
    ),
    alt="The way of one query again, the scores of sat lit: 0 for the and cat, 2 for sat itself, "
    "and minus infinity for the three tokens that lie ahead, whose weights are 0.",
)

# %% [markdown]
"""
Behind −∞ there is a weight of exactly 0. All six rows:
"""

# %% tags=["folded"]
# @title The causal weights of all six
show_weights(
    causal_weights.masked_fill(~mask, torch.nan),
    numbers="",
    alt="The six tokens again, with the causal mask: right of the diagonal there is nothing. The "
    "first token has itself alone; cat, sat, on and mat look mostly at themselves; the second the "
    "spreads its weight, with a third at on.",
)

# %% [markdown]
"""
How does it stand to the rungs below? Three assertions. With no mask, and scores multiplied back, it is rung
2. A query of zeros has no preferences, so it gets rung 1, the mean so far. And each row with the mask is what
the last token of a *shorter* sentence gets without.
"""

# %%
assert_close(scaled_dot_product_attention(math.sqrt(4) * x, x, x)[0], attend(x)[0])
assert_close(scaled_dot_product_attention(0 * x, x, x, mask)[0], mean_so_far(x))
for t in range(1, 7):
    beginning = x[:t]
    alone, _ = scaled_dot_product_attention(beginning, beginning, beginning)
    assert_close(causal_output[t - 1], alone[-1])

# %% [markdown]
"""
That last one is why a decoder can learn from all places of a text at once: one pass through six tokens is six
exercises in guessing. Now the last two tokens, *the* and *mat*, are replaced by nonsense.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Six tokens go through attention with the causal mask. The vectors of the last two are "
    "replaced by nonsense, a thousand in every entry. Which of the six outputs change?",
    {
        "all six": "The first four may not look ahead: the weights there are 0, whatever stands "
        "there.",
        "only the last": "Not only it: the fifth is nonsense itself, and looks at itself.",
        "the last two": "The first four have weight 0 on what lies ahead, exactly 0.",
        "all six, the early ones "
        "hardly": "A score of minus infinity is a weight of 0, not a small one.",
    },
    right="the last two",
)

# %% tags=["answer"]
nonsense = x.clone()
nonsense[4:] = 1000
changed, _ = scaled_dot_product_attention(nonsense, nonsense, nonsense, mask)
(changed - causal_output).abs().amax(dim=-1)

# %%
assert torch.equal(changed[:4], causal_output[:4])  # not nearly: exactly

# %% [markdown]
"""
The first four are what they were, for nonsense times a weight of exactly 0 is 0. The last two *are* the nonsense, and
look at it.

A mask can hide padding, too, as in notebook 08; where both apply, *and* joins them. Below, row 0 of a batch has
four tokens and row 1 has six. And what becomes of a token that may look at nothing at all?
"""

# %%
from lmteach.models.transformer.attention import padding_mask

batch = torch.stack([torch.cat([x[:4], torch.full((2, 4), 1e6)]), x])
real = padding_mask(torch.tensor([4, 6]), time=6)[:, None]  # (B, 1, S): the same for every query
both, both_weights = scaled_dot_product_attention(batch, batch, batch, mask & real)
print(tuple(mask.shape), "&", tuple(real.shape), "is", tuple((mask & real).shape))
assert_close(both[0, :4], causal_output[:4])
assert_close(both[1], causal_output)
assert bool((both_weights[0, :, 4:] == 0).all())

# %%
nothing = mask.clone()
nothing[2] = False
empty, empty_weights = scaled_dot_product_attention(x, x, x, nothing)
empty_weights.sum(dim=-1), empty[2]

# %% [markdown]
"""
Every row sums to 1, or to 0 if there is nothing to look at, and then the output is zeros. A softmax alone would
have made it *not a number*, and that spreads. The package's function is the same, and also says so:
"""

# %%
from lmteach.models.transformer import attention as package

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    again, _ = package.scaled_dot_product_attention(x, x, x, nothing)
assert torch.equal(again, empty)
print(said[0].category.__name__, said[0].message, sep=": ")

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Rung 5: queries, keys, values

Back to the two things that were wrong. *sat* isn't looking for what is like itself; it asks **who**. *cat*
should be found by that question, whatever it asks itself. And what it then tells may be a third thing. So each
token gets three vectors: a **query**, what I look for; a **key**, what I am found by; a **value**, what I
tell.

$$ q_i = W_Q\, x_i \qquad k_i = W_K\, x_i \qquad v_i = W_V\, x_i \tag{9.6} $$

By hand, with two questions, *who* and *where*: doing asks who, linking asks where; beings answer to who, places
to where.
"""

# %%
#                     being place doing linking
W_Q = torch.tensor([[0.0, 0.0, 1.0, 0.0],   # who?
                    [0.0, 0.0, 0.0, 1.0]])  # where?
W_K = torch.tensor([[1.0, 0.0, 0.0, 0.0],
                    [0.0, 1.0, 0.0, 0.0]])
W_V = W_K  # what is told: the being, the place
asked, found_by, told = (x @ W.double().T for W in (W_Q, W_K, W_V))  # eq. 9.6
for row, token in enumerate(tokens):
    print(f"{token:4} asks {asked[row].tolist()}, is found by {found_by[row].tolist()}")

# %% [markdown]
"""
**Guess first.** Where does *sat* look now, and where *on*? And the two *the*?
"""

# %% tags=["answer", "folded"]
# @title The weights with queries and keys
answers_of_six, asked_weights = scaled_dot_product_attention(asked, found_by, told)
show_weights(
    asked_weights,
    alt="Weights with queries and keys. The row of sat is bright at cat, 0.77; the row of on is "
    "bright at mat, 0.77. Both rows named the have 0.45 at mat, the rest shared evenly. The rows "
    "of cat and mat, which ask nothing, have one sixth everywhere.",
)

# %% tags=["answer", "folded"]
# @title The query of sat, with keys and values of its own
drawn_rows = (found_by, (asked @ found_by.T / math.sqrt(2))[2], asked_weights[2], told)
display_figure(
    one_query(
        tokens,
        2,
        asked[2],
        *drawn_rows,
        answers_of_six[2],
        "q · k / √2",
        lit=["query", "keys", "values"],
    ),
    alt="The way of one query, with query, keys and values lit, now of two entries each. The query "
    "of sat, 2 and 0, meets the key of cat, 2 and 0: a score of 2.83 and a weight of 0.77. All "
    "other scores are 0. The mixture is 1.54 of being and 0.09 of place.",
)

# %%
identity = torch.eye(4, dtype=torch.float64)
as_before = scaled_dot_product_attention(x @ identity.T, x @ identity.T, x @ identity.T, mask)[0]
assert_close(as_before, causal_output)  # W = 1 is rung 4
assert [tokens[asked_weights[row].argmax()] for row in (2, 3)] == ["cat", "mat"]
assert torch.equal(asked_weights[0], asked_weights[4])
assert not torch.allclose(asked_weights, asked_weights.T)

# %% [markdown]
"""
*sat* looks at *cat*, and *cat*, which asks nothing, doesn't look back more than at anybody. *on* finds its *mat*. But
the two *the* can't be told apart: the first would rather have its *cat*, and nothing in its vector says where it
stands. That is notebook 10.

Here is the whole call as a ledger, with every matrix and its shape, and with the causal mask. Step through it,
and click any number to see the sum behind it.

**Guess first.** *on* asks for a place, and the only one lies ahead of it. What will its row of weights be?
"""

# %% tags=["answer", "widget", "nbval-ignore-output"]
from lmteach.widgets.attention_ledger.widget import AttentionLedger

AttentionLedger(x, W_Q, W_K, W_V, tokens, mask=causal_mask(6))

# %% [markdown]
"""
Finding none, it takes the mean of what it may see, one quarter each. A softmax always hands out all of its
weight: *nobody* is not among the answers. Remember it when we look into a real model.

### Can it be learned?

The matrices were made by hand. Now a task for training. Eight letters, a to h, stand in any order, and each
wears a digit, 0 to 3. Each letter asks: which digit does **the next letter of the alphabet** wear? (After h
comes a.) In the code, `by_letter` says which digit each letter of the alphabet wears; `after` and `before` look up the
neighbours there, for two questions, of which we ask the first for now.
"""

# %%
LETTERS, DIGITS = 8, 4


def draw_worn(generator, batch=64):
    place = {"generator": generator, "device": generator.device}
    letters = torch.rand(batch, LETTERS, **place).argsort(dim=-1)
    digits = torch.randint(DIGITS, (batch, LETTERS), **place)
    by_letter = torch.zeros_like(digits).scatter(1, letters, digits)
    after = by_letter.gather(1, (letters + 1) % LETTERS)
    before = by_letter.gather(1, (letters - 1) % LETTERS)
    return letters, digits, torch.stack([after, before], dim=-1)  # (B, T, 2)


# %%
def seeded(seed):
    return torch.Generator(session.device).manual_seed(seed)


letters, digits, answers = draw_worn(seeded(0), batch=1)
print("letter ", *("abcdefgh"[i] for i in letters[0].tolist()))
print("wears  ", *digits[0].tolist())
print("answer ", *answers[0, :, 0].tolist())
print(tuple(letters.shape), tuple(digits.shape), tuple(answers.shape))

# %% [markdown]
"""
The model: a letter's vector plus its digit's vector, an attention, and an output layer. The attention is
handed in, so that we can swap it. (`questions` becomes 2 later.)
"""


# %%
class Asker(nn.Module):
    def __init__(self, attention, dim=32, questions=1):
        super().__init__()
        self.letter, self.digit = nn.Embedding(LETTERS, dim), nn.Embedding(DIGITS, dim)
        self.attention, self.questions = attention, questions
        self.output = nn.Linear(dim, questions * DIGITS)

    def forward(self, letters, digits):
        x = self.letter(letters) + self.digit(digits)
        output, self.weights = self.attention(x, x, x)
        return self.output(output).unflatten(-1, (self.questions, DIGITS))  # (B, T, Q, 4)


# %%
class OneHead(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(dim, dim) for _ in range(3))

    def forward(self, query, key, value):
        query, key, value = self.query(query), self.key(key), self.value(value)  # eq. 9.6
        return scaled_dot_product_attention(query, key, value)


# %% [markdown]
"""
The loss, and the share of right answers on letters that are drawn anew. Then `learned` makes an attention with `make`,
puts it into a model, and trains that. (`kind` is for another model, later.)
"""

# %%
from lmteach.training.loop import fit


def loss_of_answers(model, batch):
    letters, digits, answers = batch
    logits = model(letters, digits)
    return F.cross_entropy(logits.flatten(0, 2), answers[..., : model.questions].flatten())


@torch.no_grad()
def share_right(model):
    letters, digits, answers = draw_worn(seeded(99), batch=1000)
    right = model(letters, digits).argmax(dim=-1) == answers[..., : model.questions]
    return right.double().mean(dim=(0, 1)).tolist()


# %%
def learned(make, seed, questions=1, steps=400, kind=Asker):
    torch.manual_seed(seed)
    model = kind(make(), questions=questions).to(session.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    fit(model, loss_of_answers, draw_worn, steps, optimizer, seeded(seed))
    return model


# %% [markdown]
r"""
Two models, three seeds each. One has the scores of rung 3, $x_i \cdot x_j / \sqrt d$, with learned vectors; the
other has learned queries and keys.

**Guess first.** Chance is one in four. How far does each come?
"""

# %% tags=["answer", "nbval-ignore-output"]
plain_askers = [learned(lambda: scaled_dot_product_attention, seed) for seed in (0, 1, 2)]
askers = [learned(lambda: OneHead(32), seed) for seed in (0, 1, 2)]
plain_right = [share_right(asker)[0] for asker in plain_askers]
asker_right = [share_right(asker)[0] for asker in askers]
print("x · x", [round(share, 3) for share in plain_right])
print("q · k", [round(share, 3) for share in asker_right])

# %%
assert max(plain_right) < 0.4
assert min(asker_right) > 0.97

# %% [markdown]
r"""
Queries and keys answer all, and without them it is chance. With more training rung 3 might rise above chance, but never
to all. To find its answer, b must score c above a: $s_{bc} > s_{ba}$. But $s_{ba} = s_{ab}$, and so it goes around the
circle: $s_{ab} < s_{bc} < s_{cd} < \dots < s_{ha} < s_{ab}$. A number would have to be less than itself. No vectors can
do it, of any width.

And the queries and keys that can? Sort the letters, and look:
"""


# %%
@torch.no_grad()
def maps_in_order(model):
    sorted_letters = torch.arange(LETTERS, device=session.device)[None]
    model(sorted_letters, torch.zeros_like(sorted_letters))
    return model.weights[0].cpu()


# %% tags=["folded"]
# @title Where the letters look
learned_map = maps_in_order(askers[0])
assert learned_map.argmax(dim=-1).tolist() == [1, 2, 3, 4, 5, 6, 7, 0]
display_figure(
    heatmap(learned_map, "abcdefgh", "abcdefgh", row_label="looks", column_label="at"),
    alt="The learned weights for the letters a to h in order. Each row has one bright square, one "
    "to the right of the diagonal: a looks at b, b at c, and so on; the last row, h, looks at a.",
)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Rung 6: many heads

Now let each letter ask two things at once: the digit of the letter *after* it, and of the one *before* it. The
vectors are 32 wide, and two digits need little room. Is one attention enough? Here is another kind, and then we try.

Each of $H$ *heads* gets its own queries, keys and values, of $K = D / H$ entries. Their outputs are laid side
by side, and one more matrix mixes them:

$$ \text{head}_h = \text{Attention}(x W_Q^{h\top}, x W_K^{h\top}, x W_V^{h\top}) \qquad
   y = [\text{head}_1; \dots; \text{head}_H]\, W_O^\top \tag{9.7} $$

The drawing is for $D$ = 4 and two heads. What is new is lit: the vectors are cut, and laid together again.
"""

# %% tags=["folded"]
# @title Many heads, drawn
display_figure(
    many_heads(dim=4, heads=2, lit=["split", "heads", "join"]),
    alt="From left to right: x, three matrices for queries, keys and values, a split into two "
    "heads of half the width, attention in each, a join, one more matrix W_O, and y. Split, heads "
    "and join are lit; before and after them the shape is T by 4, in each head T by 2.",
)

# %% [markdown]
"""
Here is the whole module. One matrix of $3D$ rows makes all queries, keys and values, and what it makes is cut
up. (`fused_attention` is for when nobody wants to see the weights: we get to it when we count the cost.)
"""

# %%
from lmteach.models.transformer.attention import fused_attention


# %% lmteach={"plain": "models.transformer.attention.MultiHeadAttention"}
class MultiHeadAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.dim, self.heads = dim, heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * dim, dim))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * dim))
        self.out_proj = nn.Linear(dim, dim)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def project(self, query, key, value):
        if query is key and key is value:  # one product for all three
            mapped = F.linear(query, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)
        else:
            weights, biases = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
            mapped = tuple(map(F.linear, (query, key, value), weights, biases))
        q, k, v = (x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in mapped)
        return q, k, v

    def forward(self, query, key, value, mask=None, bias=None, need_weights=True):
        query, key, value = self.project(query, key, value)  # (B, H, T or S, K)
        mask = mask[:, None] if mask is not None and mask.ndim == 3 else mask
        if need_weights:
            output, weights = scaled_dot_product_attention(query, key, value, mask, bias)
        else:
            output, weights = fused_attention(query, key, value, mask, bias), None
        return self.out_proj(output.transpose(1, 2).flatten(start_dim=-2)), weights


# %% [markdown]
"""
The shapes on the way, for a batch of one sentence of six tokens, 4 wide, and two heads:
"""

# %%
some = torch.randn(1, 6, 4, dtype=torch.float64)
layer = MultiHeadAttention(4, heads=2).double()
q, k, v = layer.project(some, some, some)
some_output, some_weights = layer(some, some, some)
print("x      ", tuple(some.shape), " weights of the projection", tuple(layer.in_proj_weight.shape))
print("q, k, v", tuple(q.shape), " batch, heads, places, width of a head")
print("weights", tuple(some_weights.shape), " output", tuple(some_output.shape))

# %% [markdown]
"""
Is that the formula? One head is rung 5, with one more matrix; and two heads are two attentions, one after the other,
each with half of the rows of $W_Q$, $W_K$ and $W_V$:
"""


# %%
def heads_one_by_one(layer, x):
    outputs = []
    for head in range(layer.heads):
        mapped = []  # query, key and value of this head
        parts = zip(layer.in_proj_weight.chunk(3), layer.in_proj_bias.chunk(3), strict=True)
        for weight, bias in parts:
            W, b = weight.chunk(layer.heads)[head], bias.chunk(layer.heads)[head]
            mapped.append(x @ W.T + b)
        outputs.append(scaled_dot_product_attention(*mapped)[0])
    return torch.cat(outputs, dim=-1) @ layer.out_proj.weight.T + layer.out_proj.bias  # eq. 9.7


# %%
for count in (1, 2, 4):
    tried = MultiHeadAttention(4, count).double()
    nn.init.normal_(tried.in_proj_bias)
    assert_close(tried(some, some, some)[0], heads_one_by_one(tried, some))
print("the third token, both ways:")
print(heads_one_by_one(layer, some)[0, 2].detach())
print(some_output[0, 2].detach())

# %% [markdown]
"""
Now the letters with their two questions. The number of parameters doesn't depend on the number of heads, so
that one head of 32 meets two of 16 on level terms.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Each letter asks two things: which digit does the letter after it wear, and the one before "
    "it? The answers are read off the output by one matrix. A single head, 32 entries wide, is "
    "trained. What will it be able to answer?",
    {
        "both questions": "Its weights are one row a letter. Looking at two letters, it gets their "
        "mean.",
        "one of the two": "It spends its weight on one neighbour, and about the other it knows "
        "little.",
        "neither": "It could at least look at one of the neighbours alone, as the single question "
        "did.",
        "both, each half the time": "What would tell it when? The same letters ask both each time.",
    },
    right="one of the two",
)

# %% tags=["answer", "nbval-ignore-output"]
double = {}
for count in (1, 2):
    make_heads = partial(MultiHeadAttention, 32, count)
    double[count] = [learned(make_heads, seed, questions=2) for seed in (0, 1, 2)]
double_right = {}
for count, trained in double.items():
    double_right[count] = [share_right(one) for one in trained]
    for after, before in double_right[count]:
        print(f"{count} head(s): after {after:.2f}, before {before:.2f}")

# %%
sizes_of_both = [sum(p.numel() for p in trained[0].parameters()) for trained in double.values()]
assert sizes_of_both[0] == sizes_of_both[1]
assert all(max(row) > 0.9 and min(row) < 0.6 for row in double_right[1])
assert min(min(row) for row in double_right[2]) > 0.97

# %% [markdown]
"""
One head answers *one* of the questions, and with the other it does little better than guess. It takes one mean,
and one matrix behind it can't say which part came from where. Two means, each half as wide, are no trouble at all.
"""

# %% tags=["folded"]
# @title The weights of the two heads
by_head = maps_in_order(double[2][0])
figure, panels = plt.subplots(1, 2, figsize=(11, 4))
for head, axes in enumerate(panels):
    heatmap(by_head[head], "abcdefgh", "abcdefgh", axes=axes, title=f"head {head}")
display_figure(
    figure,
    alt="The weights of the two heads, for the letters a to h in order. Each has one bright "
    "square a row: one head beside the diagonal on the right, at the next letter, the other "
    "beside it on the left, at the letter before.",
)
found = {tuple(head.argmax(dim=-1).tolist()) for head in by_head}
assert found == {(1, 2, 3, 4, 5, 6, 7, 0), (7, 0, 1, 2, 3, 4, 5, 6)}

# %% [markdown]
"""
That was one setting: one head, and one matrix behind it. In another, the head stays as it is, the matrix gives way to
a small network with a bend (ReLU), and the training is twice as long.

**Guess first.** How much of both questions will it answer?
"""


# %% tags=["answer", "nbval-ignore-output"]
class BendBehind(Asker):
    def __init__(self, attention, dim=32, questions=1):
        super().__init__(attention, dim, questions)
        inner = nn.Linear(dim, 64)
        self.output = nn.Sequential(inner, nn.ReLU(), nn.Linear(64, questions * DIGITS))


one_head = partial(MultiHeadAttention, 32, 1)
bend_right = []
for seed in (0, 1, 2):
    bent = learned(one_head, seed, questions=2, steps=800, kind=BendBehind)
    bend_right.append(share_right(bent))
for after, before in bend_right:
    print(f"after {after:.2f}, before {before:.2f}")

# %%
assert min(min(row) for row in bend_right) > 0.9

# %% [markdown]
"""
Nearly all of both. If two letters get *unequal* weights, their mean still holds both, and a network can take it apart.
(The training was longer, too; how much that did, we haven't measured.) So heads are not a matter of what is possible at
all: they spare whatever stands behind them the untangling. A Transformer has both, heads and a network after each
attention (notebook 11).
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Nobody waits

The long wait of notebook 07: a letter, fifty signs of noise, and the question which letter it was. A recurrent
network has to carry the letter through fifty steps. Here is attention with one query, from the last sign:
"""


# %%
def draw_wait(generator, batch=64, lag=50):
    place = {"generator": generator, "device": generator.device}
    letter = torch.randint(4, (batch, 1), **place)
    noise = torch.randint(4, 6, (batch, lag), **place)
    return torch.cat([letter, noise], dim=1), letter[:, 0]


class Waiter(nn.Module):
    def __init__(self, dim=32):
        super().__init__()
        self.embedding, self.output = nn.Embedding(6, dim), nn.Linear(dim, 4)
        self.attention = MultiHeadAttention(dim, heads=1)

    def forward(self, ids):
        x = self.embedding(ids)
        return self.output(self.attention(x[:, -1:], x, x)[0][:, 0])


# %%
def loss_of_letter(model, batch):
    return F.cross_entropy(model(batch[0]), batch[1])


def waited(seed):
    torch.manual_seed(seed)
    model = Waiter().to(session.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    fit(model, loss_of_letter, draw_wait, 150, optimizer, seeded(seed))
    tests = (draw_wait(seeded(99), 1000, lag) for lag in (50, 500))
    return [(model(ids).argmax(dim=-1) == letters).double().mean().item() for ids, letters in tests]


# %% [markdown]
"""
**Guess first.** It trains on 150 batches. How often is it right after a wait of fifty signs? And of five hundred,
which it never saw?
"""

# %% tags=["answer", "nbval-ignore-output"]
waits = [waited(seed) for seed in (0, 1, 2)]
waits

# %%
assert min(map(min, waits)) > 0.99

# %% [markdown]
"""
At either length, with every seed. Between the letter and the answer lies *one* step, however far apart they
are: nothing is multiplied fifty times. (Order isn't asked for here: the letter is unlike the noise, so it is
found by what it is. That won't always do.)

## What it costs

There must be a price. A score for every pair: twice as long, four times as much. In training, the weights of
all pairs are kept for the way back, too. Must they be? `fused_attention` hands the same task to a kernel that
goes through the keys block by block, keeps a running softmax, and computes the weights anew on the way back
(Dao and others 2022). The result is the same:
"""

# %%
hundred = torch.randn(3, 2, 4, 100, 32, dtype=torch.float64, device=session.device)
hundred_mask = causal_mask(100).to(session.device)
written_out, _ = scaled_dot_product_attention(*hundred, hundred_mask)
assert_close(fused_attention(*hundred, hundred_mask), written_out)

# %% [markdown]
"""
What is kept for the way back can be counted: PyTorch tells us of every tensor that it saves.
"""


# %% tags=["folded"]
# @title What is kept, and how long it takes
def kept(attend, x):
    """Mebibytes that are kept for the gradient, each piece of memory counted once."""
    sizes = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        output = attend(x)
    output.sum().backward()
    return sum(sizes.values()) / 2**20


def milliseconds(attend, x, rounds=3):
    def once():
        started = time.perf_counter()
        attend(x).sum().backward()
        if x.is_cuda:
            torch.cuda.synchronize()
        return 1000 * (time.perf_counter() - started)

    return min(once() for _ in range(rounds))


# %% [markdown]
"""
Four heads of 32 entries each, forward and backward, from 128 places to eight times as many.

**Guess first.** How many times as much is kept at the end, written out and fused?
"""

# %% tags=["answer", "nbval-ignore-output"]
ways = {
    "written out": lambda x: scaled_dot_product_attention(x, x, x)[0],
    "fused": lambda x: fused_attention(x, x, x),
}
PLACES = [session.scale * places for places in (128, 256, 512, 1024)]
kind = {"device": session.device, "requires_grad": True}
timed_on = [torch.randn(1, 4, places, 32, **kind) for places in PLACES]
memory = {name: [kept(way, four) for four in timed_on] for name, way in ways.items()}
spent = {name: [milliseconds(way, four) for four in timed_on] for name, way in ways.items()}
{name: f"{row[-1] / row[0]:.0f} times the memory" for name, row in memory.items()}

# %% tags=["answer", "folded"]
# @title Memory and time against the number of places
figure, panels = plt.subplots(1, 2, figsize=(8, 3))
for axes, lines, label in zip(panels, (memory, spent), ("MiB kept", "milliseconds"), strict=True):
    axes.set_yscale("log")
    curves(lines, x=PLACES, xscale="log", xlabel="places", ylabel=label, axes=axes)
display_figure(
    figure,
    alt="Two panels over the number of places, on logarithmic scales. Left, the memory kept for "
    "the gradient: attention written out starts above the fused one and climbs twice as steeply. "
    "Right, the time: both climb steeply, and the fused one lies lower at the right end.",
)
assert memory["written out"][-1] > 10 * memory["fused"][-1]
assert 40 < memory["written out"][-1] / memory["written out"][0] < 64
assert memory["fused"][-1] / memory["fused"][0] < 9

# %% [markdown]
"""
Written out, the memory grows nearly with the square of the length (53 times, and not 64: the vectors are kept, too,
and they grow with the length alone); fused, with the length. The work grows with the square in both: all pairs must be
scored. (The milliseconds follow it roughly, and differ from run to run.) This is the price for not waiting, and why
long texts are expensive.

## Seventy-two heads

Now a real one. MiniLM has 6 layers of 12 heads, 384 entries wide, and has learned to give similar vectors to sentences
of similar meaning (Wang and others 2020). Its 22.6 million numbers come with a package, and each of its
attentions is *our* `MultiHeadAttention`. (What else is in a layer, notebook 11 builds.)
"""

# %%
from lmteach.models.bert.minilm import minilm
from lmteach.models.transformer.attention_maps import watch_attention

encoder = minilm().to(session.device)
sum(p.numel() for p in encoder.parameters())


# %%
@torch.no_grad()
def all_heads(sentence):
    ids, mask = encoder.read([sentence])
    with watch_attention(encoder) as maps:
        encoder(ids, mask)
    return encoder.tokens(ids[0]), torch.cat(list(maps.values())).cpu()  # (L, H, T, T)


# %%
sentence = "The cat sat on the mat because it was tired."
names, maps_of_cat = all_heads(sentence)
assert_close(maps_of_cat.sum(dim=-1), torch.ones(6, 12, len(names)))
print(*names, tuple(maps_of_cat.shape))

# %% [markdown]
"""
`[CLS]` and `[SEP]` are put around every sentence. In each little map, rows look and columns are looked at.

**Guess first.** What would a head look like that looks at the word before? One that looks at the whole sentence?
And one that has nothing to look for?
"""

# %% tags=["answer", "folded"]
# @title All heads
from lmteach.plots.head_grid import head_grid

figure, axes = plt.subplots(figsize=(10.5, 5.5))
head_grid(maps_of_cat, axes=axes)
display_figure(
    figure,
    alt="72 small maps, 6 layers by 12 heads. In many a bright column stands at the left edge: "
    "all words look at the first token. Some have a diagonal: layer 0, head 2, a sharp one below "
    "the main diagonal, layer 1, head 8, one above it. Others are mixed and faint.",
)

# %% [markdown]
"""
The word before is a line just below the diagonal, sharp in layer 0, head 2. Looking at the whole sentence is an even
grey, as in many heads of layer 0. And the bright columns at the left edge all look at `[CLS]`, of which more below.

Such a habit can be *measured*: the share of a head's weight that goes to the word itself, the one before, the one after,
and `[CLS]`. (The rows of `[CLS]` and `[SEP]` are cut off, so that a word meets itself one to the right of the
diagonal.) As in notebook 07, we choose on some sentences of Wikipedia and report on others.
"""

# %%
import re

from lmteach.text.corpora.wikipedia import wikipedia


def habits(text, sentences=50):
    habit = {"itself": [], "before": [], "after": [], "[CLS]": []}
    for sentence in re.findall(r"[A-Z][^.\n]{40,100}\.", text)[:sentences]:
        inner = all_heads(sentence)[1][..., 1:-1, :].double()  # rows of [CLS] and [SEP] left out
        for name, offset in {"itself": 1, "before": 0, "after": 2}.items():
            habit[name].append(inner.diagonal(offset, dim1=-2, dim2=-1).mean(dim=-1))
        habit["[CLS]"].append(inner[..., 0].mean(dim=-1))
    return {name: torch.stack(shares).mean(dim=0) for name, shares in habit.items()}  # (L, H) each


# %%
wiki = wikipedia()
chosen_on, reported_on = habits(wiki.valid), habits(wiki.test)
best = {name: divmod(int(shares.argmax()), 12) for name, shares in chosen_on.items()}
for name, place in best.items():
    print(f"{name:8} layer {place[0]}, head {place[1]:2}   {reported_on[name][place]:.0%}")

# %%
assert reported_on["before"][best["before"]] > 0.95
assert reported_on["after"][best["after"]] > 0.5
assert reported_on["[CLS]"][best["[CLS]"]] > 0.6
print(f"at [CLS], over all heads: {reported_on['[CLS]'].mean():.0%}")

# %% [markdown]
"""
One head looks at the word before, and at hardly anything else, in sentences other than those that we chose it on. (It
can, since MiniLM's vectors know their positions.) And a large part of all weight goes to `[CLS]`, which is no word. You
know why that may be: where a head finds nothing, the softmax still hands out all of its weight, and it should go where
it does no harm. (Clark and others 2019 found the same in BERT, at `[SEP]`.)

And **it**? One head, number 11 of the last layer, looks at the *cat*:
"""

# %%
pronoun = maps_of_cat[5, 11, names.index("it")]
{name: f"{share:.2f}" for name, share in zip(names, pronoun.tolist(), strict=True) if share > 0.05}

# %% [markdown]
"""
So it knows who was tired? Careful: we looked through 72 heads for one that says what we like. Two tests.

**Guess first.** How much do the *other* words look at the cat?
"""

# %% tags=["answer"]
at_cat = maps_of_cat[5, 11, :, names.index("cat")]
print(*(f"{name} {share:.2f}" for name, share in zip(names, at_cat.tolist(), strict=True)))
assert at_cat.mean() > 0.5

# %% [markdown]
"""
Nearly everybody looks at the cat, and *sat* more than *it*: in the grid above it is one of the bright stripes from top
to bottom that fill the last layer. The second test: pairs in which one word decides who *it* is.

**Guess first.** What should change from line to line?
"""

# %% tags=["answer"]
PAIRS = [
    ("The cat sat on the mat because it was tired.", "cat", "mat"),
    ("The cat sat on the mat because it was warm.", "cat", "mat"),
    ("The trophy does not fit in the suitcase because it is too big.", "trophy", "suitcase"),
    ("The trophy does not fit in the suitcase because it is too small.", "trophy", "suitcase"),
    ("The monkey ate the banana because it was hungry.", "monkey", "banana"),
    ("The monkey ate the banana because it was ripe.", "monkey", "banana"),
]
leads = []
for text, first, second in PAIRS:
    words, maps_of_line = all_heads(text)
    looks = maps_of_line[5, 11, words.index("it")]
    at_first, at_second = looks[words.index(first)].item(), looks[words.index(second)].item()
    leads.append(at_first - at_second)
    ending = " ".join(text.split()[-2:])
    print(f"… {ending} {first} {at_first:.2f}, {second} {at_second:.2f}")

# %%
assert min(leads) > 0.1

# %% [markdown]
"""
Who is meant changes in every second line, and the numbers hardly. In all six lines *it* looks more at the first of the
two nouns. That it *looks* there is measured; that it *understands* was our wish. Weights say what is mixed, not why
(Jain and Wallace 2019); what a head is good for, one learns by taking it out.

Now your own sentence. Choose layers, heads and words, and turn the temperature, which divides all scores once
more. Try to explain a head; then try to refute yourself with another sentence.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.sentence_attention.widget import SentenceAttention

SentenceAttention(all_heads, sentence, layer=5, head=11, token=8)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The equal sign

Values *and* gradients, in double precision, against PyTorch, for both ways to compute, without a mask, with the
causal one, and with padding. Its `MultiheadAttention` takes our weights as they are. Mind its masks: they are
**True where one may *not* look**.
"""


# %%
def with_gradients(output, inputs):
    slope = torch.linspace(-1, 2, output.numel(), dtype=output.dtype).view_as(output)
    return [output, *torch.autograd.grad((output * slope).sum(), inputs)]


ours = MultiHeadAttention(12, 3).double()
for bias in (ours.in_proj_bias, ours.out_proj.bias):
    nn.init.normal_(bias)
theirs = nn.MultiheadAttention(12, 3, batch_first=True).double()
theirs.load_state_dict(ours.state_dict())
padded = padding_mask(torch.tensor([5, 2, 4]), time=5)
asks, source = (torch.randn(3, 5, 12, dtype=torch.float64, requires_grad=True) for _ in range(2))
print(tuple(asks.shape), {name: tuple(p.shape) for name, p in ours.named_parameters()})

# %%
exact = {"rtol": 0, "atol": 1e-8}
inputs, given = (asks, source), (asks, source, source)
for hides in (None, causal_mask(5), causal_mask(5) & padded[:, None]):
    expected = with_gradients(F.scaled_dot_product_attention(*given, attn_mask=hides), inputs)
    for attends in (scaled_dot_product_attention, package.scaled_dot_product_attention):
        assert_close(with_gradients(attends(*given, hides)[0], inputs), expected, **exact)
    assert_close(with_gradients(fused_attention(*given, hides), inputs), expected, **exact)

# %%
masks = {
    "none": (None, {}),
    "causal": (causal_mask(5), {"attn_mask": ~causal_mask(5)}),
    "padding": (padded[:, None], {"key_padding_mask": ~padded}),
}
for (hides, named), need in itertools.product(masks.values(), (True, False)):
    their_output, their_weights = theirs(*given, **named, average_attn_weights=False)
    our_output, our_weights = ours(*given, hides, need_weights=need)
    our_values = with_gradients(our_output, (*inputs, *ours.parameters()))
    their_values = with_gradients(their_output, (*inputs, *theirs.parameters()))
    assert_close(our_values, their_values, **exact)
    assert our_weights is None or torch.allclose(our_weights, their_weights, **exact)
our_output[0, 0, :3].tolist(), their_output[0, 0, :3].tolist()

# %% [markdown]
"""
The package's module is the one we wrote, and it says what it can't use:
"""

# %%
shipped = package.MultiHeadAttention(12, 3).double()
shipped.load_state_dict(ours.state_dict())
assert torch.equal(shipped(*given)[0], ours(*given)[0])
assert torch.equal(package.causal_mask(5), causal_mask(5))

# %%
mistakes = (
    lambda: package.MultiHeadAttention(dim=10, heads=4),
    lambda: shipped(*given, mask=padded),
    lambda: shipped(asks, source[:, :0], source[:, :0]),
)
for mistake in mistakes:
    try:
        mistake()
    except ValueError as error:
        print(error)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

Attention alone is not a model yet: it can't tell an order, and it only takes means. Both are mended in the next
two notebooks, and then a Transformer takes its rows. It will be up against these, one of which has an
attention already, and an LSTM around it:
"""

# %% tags=["folded"]
# @title The board so far
from lmteach.evaluation.scoreboard import table

table("B", ["HMM", "LSTM", "LSTM with attention"])

# %% [markdown]
r"""
What will happen to the errors, and to the seconds, if we keep the attention and take the LSTM away? Notebook 11
measures it.

## Spot the bug

### The shortest score

"The attention score of two words is the dot product of their vectors, $s_{ij} = x_i^\top x_j$." You have seen
that such scores are symmetric, and what that costs. Here it is on real vectors, those that MiniLM's first layer
gets.

**Guess first.** Which share of a word's weight goes to the word itself? And if we divide by $\sqrt d$?
"""

# %% tags=["answer"]
with torch.no_grad():
    ids, _ = encoder.read([sentence])
    vectors = encoder.hidden_states(ids)[0][0].double().cpu()  # (T, D)
raw = (vectors @ vectors.T).softmax(dim=-1)
divided = (vectors @ vectors.T / math.sqrt(384)).softmax(dim=-1)
learned_ones = maps_of_cat[0].double()  # the twelve heads of layer 0
kinds = {"as circulated": raw, "divided": divided, "learned": learned_ones}
for name, kind_weights in kinds.items():
    print(f"{name:15} at itself {kind_weights.diagonal(dim1=-2, dim2=-1).mean():.1%}")

# %%
assert raw.diagonal().min() > 0.99
assert divided.diagonal().mean() > 0.5
assert learned_ones.diagonal(dim1=-2, dim2=-1).mean() < 0.2

# %% [markdown]
"""
A layer that leaves everything as it was, at the price of all pairs. A vector's product with itself is the square
of its length, here far above all others. Dividing softens it and still leaves a diagonal; the learned queries and
keys look elsewhere. And how large is the slope that could change it?
"""

# %%
steepness = {name: slopes(w).norm(dim=(-2, -1)).mean().item() for name, w in kinds.items()}
assert steepness["as circulated"] < 0.01 * steepness["divided"]
{name: f"{value:.0e}" for name, value in steepness.items()}

# %% [markdown]
"""
Hundreds of times smaller than with the division. Training goes by this slope, so it could hardly change what such a
layer looks at.

### Three products

"$Q = W_Q K$, $K = W_K K$, $V = W_V V$." It reads well, and in *self*-attention every test passes. Here it is as
code, and a task: one sequence of letters asks, another one wears the digits.
"""


# %%
class AsPrinted(MultiHeadAttention):
    def project(self, query, key, value):
        return super().project(key, key, value)


class Across(Asker):
    def forward(self, asking, letters, digits):
        memory = self.letter(letters) + self.digit(digits)
        output, self.weights = self.attention(self.letter(asking), memory, memory)
        return self.output(output)  # for each that asks, the digit of the same letter


# %%
def draw_across(generator):
    letters, digits, _ = draw_worn(generator)
    asking = letters[torch.randperm(len(letters), generator=generator, device=letters.device)]
    is_same = asking[:, :, None] == letters[:, None, :]  # (B, T, S): who asks, who is asked
    places = is_same.int().argmax(dim=-1)  # (B, T), where the letter that asks stands
    return asking, letters, digits, digits.gather(1, places)


def loss_across(model, batch):
    return F.cross_entropy(model(*batch[:3]).flatten(0, 1), batch[3].flatten())


# %% [markdown]
"""
**Guess first.** Eight ask and eight are asked, so no shape is wrong. How often is each right?
"""

# %% tags=["answer", "nbval-ignore-output"]
across = {}
asking, worn_letters, worn_digits, sought = draw_across(seeded(99))
for attention in (MultiHeadAttention, AsPrinted):
    torch.manual_seed(0)
    crossing = Across(attention(32, heads=1)).to(session.device)
    optimizer = torch.optim.AdamW(crossing.parameters(), lr=0.01)
    fit(crossing, loss_across, draw_across, 300, optimizer, seeded(0))
    said_digits = crossing(asking, worn_letters, worn_digits).argmax(dim=-1)
    across[attention.__name__] = (said_digits == sought).double().mean().item()
across

# %% [markdown]
"""
The second one is better than one in four. What has it learned? Two suspicions to test: how good is somebody who always
says the commonest of the eight digits? And what does the second model say if something else is asked?
"""

# %%
commonest = F.one_hot(worn_digits).sum(dim=1).amax(dim=-1).double().mean().item() / LETTERS
print(f"who always says the commonest digit is right in {commonest:.2f}")
forward = crossing(asking, worn_letters, worn_digits)
backward = crossing(asking.flip(1), worn_letters, worn_digits)
print("other questions, other answers?", not torch.equal(forward, backward))

# %%
assert across["MultiHeadAttention"] > 0.97
assert across["AsPrinted"] < commonest + 0.05
assert torch.equal(forward, backward)

# %% [markdown]
"""
It has learned to say the commonest digit, and no more. Ask something else, and *exactly* the same comes back: the
asking sequence isn't in the formula, and should stand behind $W_Q$ where $K$ does. In self-attention query and
key are made from the same thing, and nothing shows. Test cross-attention with two different queries, and with a
source of another length: then the shapes don't fit any more.

### "It captures relations, so it knows the order"

Self-attention finds what belongs together wherever it stands. Some conclude that it knows *where* it stands. Test it:
shuffle the six tokens, without a mask, and compare what each gets.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Six tokens go through self-attention without a mask; then the same six in another order. What "
    "becomes of the six outputs?",
    {
        "the same six, in the new "
        "order": "No place enters a score: each token meets the same five others.",
        "the same six, in the old "
        "order": "A query belongs to its token, and its output goes with it.",
        "six new outputs": "They would be, if a score knew where its tokens stand. It knows who "
        "they are.",
        "it depends on the "
        "heads": "Every head takes scores of pairs, and pairs are the same in any order.",
    },
    right="the same six, in the new order",
)

# %% tags=["answer"]
order = torch.tensor([3, 5, 0, 2, 4, 1])
shuffled, _ = scaled_dot_product_attention(asked[order], found_by[order], told[order])
for place, old_place in enumerate(order.tolist()):
    was, now = answers_of_six[old_place].numpy(), shuffled[place].numpy()
    print(f"{tokens[old_place]:4}", was.round(2), now.round(2))

# %%
assert_close(shuffled, answers_of_six[order])
six = torch.randn(1, 6, 12, dtype=torch.float64)
assert_close(ours(six[:, order], six[:, order], six[:, order])[0], ours(six, six, six)[0][:, order])

# %% [markdown]
"""
The same outputs, shuffled: a *set* goes in, and a set comes out. It is called *permutation equivariance*: to shuffle
what goes in is to shuffle what comes out, and so it is with `ours`, too, which has three heads. Does it matter? Take a
trained model, and take its positions away:
"""

# %%
without = copy.deepcopy(encoder)
nn.init.zeros_(without.positions.weight)
with torch.no_grad():
    bites = ["The dog bites the man.", "The man bites the dog."]
    likeness = []
    for reader in (encoder, without):
        dog_bites, man_bites = reader.embed(bites)
        likeness.append((dog_bites @ man_bites).item())
print(f"with positions {likeness[0]:.3f}, without {likeness[1]:.3f}")
assert likeness[0] < 0.99
assert abs(likeness[1] - 1) < 1e-5

# %% [markdown]
"""
Without them, it is the same sentence, in all six layers and 72 heads. The cure is the next notebook.

## In practice

At work, `F.scaled_dot_product_attention` is the fused one; with `is_causal=True` it needs no mask and can skip
what lies ahead. `nn.MultiheadAttention` is what you have just built. Give it *our* mask, and it does the opposite,
without a word:
"""

# %%
wrong, wrong_weights = theirs(asks, asks, asks, attn_mask=causal_mask(5))  # wants ~causal_mask
assert bool(wrong[:, -1].isnan().all())  # the last token may look at nothing: not a number
wrong_weights[0, 0].detach()

# %% [markdown]
"""
The first token looks at the future, and only there. The last may look at nothing, and gets *not a number*. And the pretrained model is used through `transformers`,
which must give the hidden states, the weights of all 72 heads and the sentence vectors that our own layers gave:
"""

# %%
import importlib.util

from lmteach.models.bert.minilm import PACKAGE, REQUIREMENT
from lmteach.text.packages import package_folder

compared = bool(importlib.util.find_spec("transformers"))
if compared:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers import AutoModel, logging

        logging.disable_progress_bar()
        folder = str(package_folder(PACKAGE, REQUIREMENT) / "model")
        at_work = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
else:
    print("transformers is not installed: pip install transformers, to compare.")

# %%
if compared:
    ids, _ = encoder.cpu().read([sentence])
    with torch.no_grad():
        found = at_work(ids, output_hidden_states=True, output_attentions=True)
        assert_close(encoder.hidden_states(ids), list(found.hidden_states), rtol=0, atol=1e-4)
        assert_close(all_heads(sentence)[1], torch.cat(found.attentions), rtol=0, atol=1e-4)
        vector = F.normalize(found.last_hidden_state.mean(dim=1), dim=-1)
        assert_close(encoder.embed([sentence]), vector, rtol=0, atol=1e-4)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · multi-head attention (25 minutes, ●●○)

From one head to many, in NumPy: project, split, attend, join, and mix. One sentence at a time, `x` (T, D), so that no
axis is there that you don't need. At the end you have PyTorch's `nn.MultiheadAttention`, number by number.

#### Step 1 · project

`weight` (3D, D) holds $W_Q$, $W_K$ and $W_V$, one below the other, and `bias` (3D,) their biases, as in the module
above. Return queries, keys and values, in this order, (T, D) each. One product with `x` is enough.
"""


# %% tags=["exercise"]
def project(x, weight, bias):
    ### BEGIN SOLUTION: map x, then cut into three
    mapped = x @ weight.T + bias
    return np.split(mapped, 3, axis=-1)
    ### END SOLUTION


check.project(project)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Equation 9.6 for a row of x is `weight @ row`; for all rows it is `x @ weight.T`. `np.split` cuts along an axis.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · split_heads

Cut `x` (T, D) along its width into `heads` pieces that lie side by side, one matrix for each head: (H, T, K). One
`reshape` alone has the right shape and the wrong numbers: why?
"""


# %% tags=["exercise"]
def split_heads(x, heads):
    ### BEGIN SOLUTION
    return x.reshape(len(x), heads, -1).swapaxes(0, 1)
    ### END SOLUTION


check.split_heads(split_heads)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Which axes lie side by side in a row of x? Reshape to (T, H, K), then swap axes.

</details>

<details><summary>Solution</summary>

{{solution}}

A reshape never moves a number in memory. Straight to (H, T, K), the first head would get the first rows whole, all of
their width, and none of the others: it would mix up *places*, where it should cut each row.

</details>
"""

# %% [markdown]
"""
#### Step 3 · attend_in_heads

`query`, `key` and `value` are (H, T, K), and `mask` (T, T) is True where a row may look. All heads at once: the
scores, hidden where the mask says so, the softmax, the mixtures (H, T, K). The check also brings scores so large that
`np.exp` overflows: what can you take off a row of scores without changing its softmax?
"""


# %% tags=["exercise"]
def attend_in_heads(query, key, value, mask):
    ### BEGIN SOLUTION
    scores = query @ key.swapaxes(1, 2) / np.sqrt(query.shape[-1])
    scores = np.where(mask, scores, -np.inf)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = powers / powers.sum(axis=-1, keepdims=True)
    return weights @ value
    ### END SOLUTION


check.attend_in_heads(attend_in_heads)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`@` multiplies the last two axes and leaves the heads alone; turn the keys with `swapaxes(1, 2)`. `np.where(mask, …,
-np.inf)` hides.

</details>

<details><summary>Solution</summary>

{{solution}}

Any number can be taken off all scores of a row: it multiplies numerator and denominator alike. With the largest taken
off, no power is above 1.

</details>
"""

# %% [markdown]
"""
#### Step 4 · join_heads

The way back: (H, T, K) becomes (T, D), the heads side by side. It should undo step 2.
"""


# %% tags=["exercise"]
def join_heads(x):
    ### BEGIN SOLUTION
    return x.swapaxes(0, 1).reshape(x.shape[1], -1)
    ### END SOLUTION


check.join_heads(join_heads)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

First bring the places to the front again, (T, H, K). Then the last two axes can be laid end to end.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · multi_head

Put them together: `in_weight` and `in_bias` as in step 1, then `out_weight` (D, D) and `out_bias` (D,), which mix
what was joined (eq. 9.7). You may call your four functions; the check judges what comes out.

Then try it on a real model, in a cell of your own: take the attention of MiniLM's first layer,
`layer_0 = encoder.layers[0].self_attn`, its numbers as in `layer_0.in_proj_weight.detach().numpy()`, and
`vectors.numpy()` for x, with twelve heads and a mask of nothing but True. With `batch = vectors.float()[None]`, it
should give what `layer_0(batch, batch, batch)[0]` gives, up to the fifth digit or so.
"""


# %% tags=["exercise"]
def multi_head(x, in_weight, in_bias, out_weight, out_bias, heads, mask):
    ### BEGIN SOLUTION
    query, key, value = project(x, in_weight, in_bias)
    query, key, value = (split_heads(part, heads) for part in (query, key, value))
    joined = join_heads(attend_in_heads(query, key, value, mask))
    return joined @ out_weight.T + out_bias
    ### END SOLUTION


check.multi_head(multi_head)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Project, split each of the three, attend, join, and one product at the end. If the check complains of something that
this function doesn't do, look at the step that does.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 1 · window_mask (5 minutes, ●○○)

To save memory, some models let each token look at its last `width` tokens only, itself included. Write
`window_mask(time, width)` with NumPy: (T, T), True where a row may look. With two layers of it, how far back can
something be heard?
"""


# %% tags=["exercise"]
def window_mask(time, width):
    ### BEGIN SOLUTION
    return np.tri(time, dtype=bool) & ~np.tri(time, k=-width, dtype=bool)
    ### END SOLUTION


check.window_mask(window_mask)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.tri(time, dtype=bool)` is the causal mask, and `np.tri(time, k=-width, dtype=bool)` what should be
forgotten. Or compare two aranges, one of them as a column.

</details>

<details><summary>Solution</summary>

{{solution}}

A layer looks back `width` − 1 places, and so does the next one, from there: twice that with two layers, and $L$ times
with $L$.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- Attention is a mean with weights, the weights a softmax of scores, and a score of −∞ is a mask.
- Scores are divided by √d, or a wide model starts out looking at one place, with small slopes to leave it by.
- Query, key and value let a token ask for one thing, be found by a second, and tell a third.
- A head takes one mean. Two heads answer two questions without untangling, and cost no more parameters than one.
- Any two places are one step apart; every pair has its price; and the order is not known.

**Further reading.** A. Vaswani and others, "Attention Is All You Need" (2017). K. Clark and others, "What Does
BERT Look At?" (2019), for heads with habits. S. Jain and B. Wallace, "Attention is not Explanation" (2019).
W. Wang and others, "MiniLM" (2020). T. Dao and others, "FlashAttention" (2022), for the fused kernel. A.
Karpathy, "Let's build GPT" (2023), a lecture that starts from the same mean.

**Next.** {{next}}: how a token learns where it
stands.
"""
