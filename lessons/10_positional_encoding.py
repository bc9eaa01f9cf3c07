# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 10 · Where am I? Positional encoding

{{badges}}

> The dog bit the man. · The man bit the dog.

The same five words. One is a mishap, the other makes the papers. What attention does with them, in notebook
09, is the same sum over the same words. Nothing in it knows which came first. So somebody has to
tell it.

**Aims.** See that attention is blind to order, in a toy and in a real model. Then build the four ways in which
it is told: sinusoids, a learned table, rotary positions and ALiBi. Put all four into one small model, train it
on short texts, and test it on long ones.

**Time.** {{time}} The cells run in about a minute on two CPU cores.

**Before.** [09 · Self-attention, step by step](09_self_attention.ipynb): queries, keys and values, the causal
mask, many heads.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
With `USE_CUDA` ticked, the batches are eight times as large.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import importlib.util
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.exercises import positions as check
from lmteach.models.transformer.attention import MultiHeadAttention, causal_mask
from lmteach.plots.curves import curves
from lmteach.plots.diagrams.positions import clocks_on_words, where_positions_enter
from lmteach.plots.heatmap import heatmap
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The same words

Notebook 09 shuffled six tokens, and you saw what became of the outputs. Here is such a layer again, as we need one to
build on: six vectors go through two heads, without a mask. Then they are shuffled, and go through once more: the one
that stood at place 3 is now the first.

**Guess first**, or remember. What is the first output now: that of place 0 before, that of place 3 before, or something new?
"""

# %% tags=["answer", "nbval-ignore-output"]
attention = MultiHeadAttention(dim=8, heads=2).double()
x = torch.randn(1, 6, 8, dtype=torch.float64)
order = torch.tensor([3, 0, 5, 1, 4, 2])
blind, _ = attention(x, x, x)
blind_shuffled, _ = attention(x[:, order], x[:, order], x[:, order])
print("output 3, before    ", blind[0, 3, :3].tolist())
print("output 0, shuffled  ", blind_shuffled[0, 0, :3].tolist(), " token", order[0].item())

# %%
assert not torch.allclose(blind_shuffled, blind)
assert_close(blind_shuffled, blind[:, order], rtol=0, atol=1e-12)

# %% [markdown]
"""
What place 3 gave before: the *permutation equivariance* of notebook 09. No depth and no number of heads changes it.

A real model, then: the encoder of notebook 09. It has 22.6 million trained numbers, and knows English. How alike
are our two sentences to it? 1 would be: the same.
"""

# %%
from lmteach.models.bert.minilm import minilm

encoder = minilm().to(session.device)
sentences = ["The dog bit the man.", "The man bit the dog."]
with torch.no_grad():
    dog, man = encoder.embed(sentences)
round((dog @ man).item(), 3)

# %% [markdown]
"""
Alike, and not the same. Among its numbers is a table with a vector for each place, which is added to the word
that stands there.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A trained encoder finds how alike 'The dog bit the man.' and 'The man bit the dog.' are: 1 "
    "would be the same. Its table of positions is set to zero. How alike are the two sentences to "
    "it now?",
    number=1.0,
    tolerance=0.001,
    reply="Nothing else in it knows an order, and both sentences hold the same words.",
    slips={
        0: "Then they would have nothing in common. They have all their words in common.",
        0.5: "Half of what? Ask what the encoder can still tell apart in two sentences of the same "
        "words.",
    },
)

# %% tags=["answer"]
with torch.no_grad():
    encoder.positions.weight.zero_()
    dog, man = encoder.embed(sentences)
assert_close(dog, man, rtol=0, atol=1e-5)
round((dog @ man).item(), 3)

# %% [markdown]
"""
Who bit whom is gone, as it was in notebook 09. All that this model knows about order came from that one table.

## Count

How do you write "you are at place $p$" into a vector? The first idea is the number itself. But an entry of an
embedding is about 1 in size, and at place 500 the number would drown it. Divide by the length of the text,
then? In a text of ten, neighbours would be a tenth apart, in one of a thousand a thousandth: "next to each
other" would look different each time.

We have a way to write large numbers with small signs: digits. Here are the places 0 to 15, in binary.
"""

# %%
places, digits = np.arange(16), 2 ** np.arange(4)
binary = (places[:, None] // digits) % 2  # (16, 4)
binary[5], binary[6]

# %% tags=["folded"]
# @title The sixteen places
display_figure(
    heatmap(binary, [str(p) for p in places], [str(d) for d in digits], numbers="d"),
    alt="A table of sixteen rows and four columns of zeros and ones. The first column changes "
    "in every row, the second every two rows, the third every four, and the fourth once, in "
    "the middle.",
)

# %% [markdown]
"""
Every row is different, and no entry is large. Each column swings half as fast as the one before it.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Places are written in binary with four digits, 0 to 15. From one place to the next, how many "
    "of the four digits change?",
    {
        "always one": "From 0 to 1, yes. Write down 7 and 8.",
        "always two": "That is about their mean. Write down 2 and 3, then 7 and 8.",
        "one to four": "Now few, now all: each carry turns over another digit.",
        "all four": "Only where a carry runs through: 0 and 1 differ in one digit.",
    },
    right="one to four",
)

# %% tags=["answer"]
np.abs(np.diff(binary, axis=0)).sum(axis=1)

# %% [markdown]
r"""
Now one, now four. From 7 to 8 everything changes, and yet they are neighbours. What is wrong with digits is
that they *jump*. So let them turn.

## Clocks

Think of a clock: its second hand turns fast, its minute hand slowly, its hour hand hardly at all. You read all
of them together, and you know the time. Take $D / 2$ hands, numbered from $j = 0$.
From one place to the next, hand $j$ turns by the angle

$$ \omega_j = b^{-2j / D}, \qquad b = 10000 \tag{10.1} $$

The first turns by one radian, and each further one by a constant factor less. A hand at the angle $p\,\omega_j$
has its tip at two numbers, and these are what we write down:

$$ PE(p, 2j) = \sin(p\, \omega_j), \qquad PE(p, 2j + 1) = \cos(p\, \omega_j) \tag{10.2} $$
"""


# %%
def position_by_loop(p, dim, base=10000.0):
    entries = []
    for j in range(dim // 2):
        angle = p * base ** (-2 * j / dim)  # eq. 10.1
        entries += [math.sin(angle), math.cos(angle)]  # eq. 10.2
    return entries


# %%
np.round(position_by_loop(3, dim=8), 3)

# %% [markdown]
"""
Place 3, in four pairs, sine and cosine of each hand. Here are four hands on a sentence, a column of clocks above
each word. (A hand at angle 0 points to the right and turns anticlockwise, as angles do in mathematics.) The first row
is lit: its hand moves from word to word by the same angle. Lit, too, are the columns of *dog* and of *man*.
"""

# %% tags=["folded"]
# @title Clocks on a sentence
words = "the dog bit the man".split()
hands_of_words = np.arange(5)[:, None] * 10000.0 ** (-2 * np.arange(4) / 8)
display_figure(
    clocks_on_words(words, hands_of_words, lit=["hand0", "word1", "word4"]),
    alt="Five words, the dog bit the man, at the places 0 to 4, each below a column of four "
    "clocks. The first hand turns by about 57 degrees from word to word, the second by a tenth of "
    "that, and the last two hardly move. The first row and the words dog and man are lit.",
)

# %% [markdown]
"""
Each place has a column of its own: the two *the* are the same word, and their clocks differ. Then for all places at
once. The angles are computed in double precision, since at place 100,000 the fast hands have been round many times.
"""


# %% lmteach={"defines": ["models.transformer.positions.frequencies", "models.transformer.positions.sinusoidal"]}
def frequencies(dim, base=10000.0):
    return base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)  # eq. 10.1


def sinusoidal(time, dim, base=10000.0):
    positions = torch.arange(time, dtype=torch.float64)
    angles = positions[:, None] * frequencies(dim, base)  # (T, D / 2)
    pairs = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (T, D / 2, 2), eq. 10.2
    return pairs.flatten(1).to(torch.get_default_dtype())  # (T, D)


# %%
by_loop = torch.tensor([position_by_loop(p, dim=8) for p in range(50)])
assert_close(sinusoidal(50, dim=8), by_loop, rtol=0, atol=1e-6)

# %% [markdown]
"""
Six places, and the eight hands of $D = 16$.

**Guess first.** Which hands tell place 0 from place 1? And which tell 0 from 100?
"""

# %% tags=["answer", "folded"]
# @title Six places, eight hands
from lmteach.plots.clock_hands import clock_hands

chosen = [0, 1, 2, 3, 10, 100]
chosen_angles = torch.tensor(chosen)[:, None] * frequencies(16)
display_figure(
    clock_hands(
        chosen_angles, [str(p) for p in chosen], [f"hand {j}" for j in range(8)], row_label="place"
    ),
    alt="Six rows of eight clocks, for the places 0, 1, 2, 3, 10 and 100. At 0 all hands "
    "point to the right. From row to row the first hand turns a long way, the second less; "
    "the last ones still point to the right at place 100, or have only begun to move.",
)

# %% [markdown]
"""
The fast hands tell neighbours apart: from 0 to 1 only they move. At 100 they have been round several times and could
point anywhere; the ones in the middle have gone part of the way, and tell near from far. Here is the whole table for 64
places, a row for each:
"""


# %% tags=["folded"]
# @title The table of 64 places
def every(step, count):
    return [str(place) if place % step == 0 else "" for place in range(count)]


_, axes = plt.subplots(figsize=(9, 6))
named = {"row_label": "place", "column_label": "entry"}
display_figure(
    heatmap(sinusoidal(64, dim=32), every(8, 64), every(4, 32), axes, **named),
    alt="The table of sinusoids as a heat map: 64 places down the side, 32 entries along the "
    "top. The leftmost columns swing quickly up and down; the waves get longer from left to "
    "right, and in the right third the columns are all but level: grey for sines, near 0, and "
    "bright yellow for cosines, near 1.",
)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## What the cosines are for

A single sine would do to swing. Why two entries for each hand? Because of what a network is good at: products
with a matrix. To move on by $k$ places is to turn each hand by $k\,\omega_j$, and turning is a matrix:

$$ \begin{pmatrix} \sin (p + k)\omega \\ \cos (p + k)\omega \end{pmatrix} =
\begin{pmatrix} \cos k\omega & \sin k\omega \\ -\sin k\omega & \cos k\omega \end{pmatrix}
\begin{pmatrix} \sin p\,\omega \\ \cos p\,\omega \end{pmatrix} \tag{10.3} $$

There is no $p$ in the matrix. "Five places on" is the same turn everywhere, so a head can learn it once.
"""


# %% lmteach={"defines": "models.transformer.positions.shift_rotation"}
def shift_rotation(steps, dim, base=10000.0):
    angles = steps * frequencies(dim, base)
    blocks = [  # eq. 10.3
        torch.stack([angle.cos(), angle.sin(), -angle.sin(), angle.cos()]).view(2, 2)
        for angle in angles
    ]
    return torch.block_diag(*blocks)


# %%
table = sinusoidal(128, dim=64).double()
for steps in (1, 5, 60):
    moved = table[:-steps] @ shift_rotation(steps, dim=64).T
    assert_close(moved, table[steps:], rtol=0, atol=1e-5)

# %% [markdown]
r"""
And the product of two places? For each hand, $\sin a \sin b + \cos a \cos b = \cos(a - b)$. So

$$ PE(p) \cdot PE(p + k) = \sum_j \cos(k\, \omega_j) \tag{10.4} $$
"""

# %%
products = table @ table.T
distances = torch.arange(128)[:, None]
by_distance = (distances * frequencies(64)).cos().sum(dim=1)  # eq. 10.4
print("from 0, 40 and 90 to itself", *(round(products[p, p].item(), 3) for p in (0, 40, 90)))
for p in (0, 40, 90):
    assert_close(products[p, p:], by_distance[: 128 - p], rtol=0, atol=1e-4)

# %% [markdown]
"""
**Guess first.** How does this go with the distance $k$: up, down, or up and down?
"""

# %% tags=["answer", "folded"]
# @title The product against the distance
display_figure(
    curves({"PE(p) · PE(p + k)": by_distance}, xlabel="distance k", ylabel="product"),
    alt="The product of two sinusoidal positions of 64 entries against their distance, 0 to "
    "127. It is 32 at distance 0, falls steeply over the first few places, and then slowly, "
    "from above 20 to about 10, in waves.",
)

# %% [markdown]
"""
Down on the whole, and in waves: places that are near are alike, wherever they are. A vector for each place, then,
with
no number to be learned. It is *added* to the embedding of the token, and the model finds out which directions
speak of words and which of places. This is how the Transformer of 2017 did it.

## A table that is learned

Or learn the vectors as you learn those of the words: a row for each place, random at first. GPT-2 and BERT do
this, and so did the encoder above.
"""


# %% lmteach={"defines": "models.transformer.positions.LearnedPositions"}
class LearnedPositions(nn.Module):
    def __init__(self, longest, dim, generator=None):
        super().__init__()
        self.longest = longest
        device = None if generator is None else generator.device
        numbers = torch.empty(longest, dim, device=device)
        self.weight = nn.Parameter(numbers.normal_(std=0.02, generator=generator))

    def forward(self, positions):
        return self.weight[positions]


# %%
learned = LearnedPositions(longest=32, dim=8)
embedding = nn.Embedding(32, 8)
embedding.load_state_dict(learned.state_dict())
assert torch.equal(learned(torch.arange(20)), embedding(torch.arange(20)))

# %% [markdown]
"""
It is an embedding like any other. From here on we take the package's, which looks at what it is asked.

**Guess first.** What does a table of 32 rows say about place 32? (The first is 0.)
"""

# %% tags=["answer"]
from lmteach.models.transformer.positions import LearnedPositions as ShippedPositions

try:
    ShippedPositions(longest=32, dim=8)(torch.arange(33))
except ValueError as error:
    print(error)

# %% [markdown]
"""
Nothing. We come back to what happens if it is made longer.

## Turn the query and the key

Here is one attention of a language model, and the two doors that we know are lit: both ways *add* to the embedding.
"""

# %% tags=["folded"]
# @title Where positions enter: two ways
display_figure(
    where_positions_enter(lit=["sinusoidal", "learned"]),
    alt="One attention of a language model, from left to right: a word, its embedding, a plus; "
    "W_Q, W_K and W_V; queries and keys meet in a product; a plus, a softmax, and a mix with the "
    "values. Lit are the sinusoids and the learned table, and the plus behind the embedding at "
    "which they enter.",
)

# %% [markdown]
"""
Both ways *add* something to the word, and let attention sort it out. But two places meet in only one spot of
attention, the product of a query with a key. So leave the words alone, and turn the query and the key right
there, each by its own place. Take one pair of entries, as one complex number, and a turn of 0.1 a place. (To multiply by
$e^{ia}$ is to turn by the angle $a$.)
"""

# %%
one_pair_query, one_pair_key, turn = 0.8 + 0.3j, -0.2 + 1.1j, 0.1


def score(m, n):
    turned_query = one_pair_query * np.exp(1j * m * turn)
    turned_key = one_pair_key * np.exp(1j * n * turn)
    return (turned_query * turned_key.conjugate()).real  # the dot product of two pairs


# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A query is turned by 0.1 for each place that it stands from the start, and a key likewise. "
    "The query at place 12 and the key at 4 have some score. What becomes of it at places 112 and "
    "104?",
    {
        "the same score": "Both were turned by the same 10 radians more, and the angle between "
        "them stays.",
        "a smaller one": "Neither length has changed. Has the angle between the two?",
        "the opposite sign": "If only one of them were turned further, it might. Both are.",
        "it depends on the "
        "two": "The score does. What becomes of it, after the same turn of both, doesn't.",
    },
    right="the same score",
)

# %% tags=["answer"]
round(score(12, 4), 6), round(score(112, 104), 6), round(score(12, 5), 6)

# %% [markdown]
r"""
The same score at the same distance, and another one at another distance. Each was turned, and what counts is
the angle between them. With $R_m$ the turn at place $m$,

$$ (R_m\, q) \cdot (R_n\, k) = q \cdot (R_{n - m}\, k) \tag{10.5} $$

The new doors are lit, and nothing is added to the word any more:
"""

# %% tags=["folded"]
# @title Where positions enter: the third way
display_figure(
    where_positions_enter(lit=["rotary"]),
    alt="The same attention. Lit are rotary, and the two steps named turn, one behind W_Q and one "
    "behind W_K, before queries and keys meet. The values take no turn.",
)

# %% [markdown]
r"""
These are **rotary positions**, RoPE (Su et al. 2021). A query of $K$ entries has $K / 2$ pairs, which turn as
fast as the clocks above. Which entries make a pair is a convention: here $j$ and $j + K / 2$, as in LLaMA.
First pair by pair:
"""


# %%
def rotary_by_loop(x, position, base=10000.0):
    turned, half = np.zeros_like(x), len(x) // 2
    for j in range(half):
        angle = position * base ** (-2 * j / len(x))  # eq. 10.1
        turned[j] = x[j] * math.cos(angle) - x[j + half] * math.sin(angle)
        turned[j + half] = x[j] * math.sin(angle) + x[j + half] * math.cos(angle)
    return turned


# %% [markdown]
"""
And for all places, heads and sentences at once:
"""


# %% lmteach={"defines": ["models.transformer.positions.rotate", "models.transformer.positions.rotary"]}
def rotate(x, cos, sin):
    first, second = x.chunk(2, dim=-1)  # (..., K / 2)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


def rotary(x, positions, base=10000.0):
    turns = frequencies(x.shape[-1], base).to(x.device)
    angles = positions[:, None] * turns  # (T, K / 2)
    return rotate(x, angles.cos().to(x.dtype), angles.sin().to(x.dtype))


# %%
q = torch.randn(24, 16, dtype=torch.float64)
turned = rotary(q, torch.arange(24))
by_loop = np.stack([rotary_by_loop(row.numpy(), place) for place, row in enumerate(q)])
assert_close(turned, torch.tensor(by_loop), rtol=0, atol=1e-12)
assert_close(turned.norm(dim=-1), q.norm(dim=-1))  # a turn changes no length

# %% [markdown]
"""
Now put one and the same query at all of 24 places, and one and the same key.

**Guess first.** What pattern will the table of scores have?
"""

# %% tags=["answer"]
one_query, one_key = q[:1].expand(24, -1), q[1:2].expand(24, -1)
scores = rotary(one_query, torch.arange(24)) @ rotary(one_key, torch.arange(24)).T  # eq. 10.5
scores[:4, :4]

# %% tags=["answer", "folded"]
# @title The table of scores
assert_close(scores[1:, 1:], scores[:-1, :-1], rtol=0, atol=1e-12)
_, axes = plt.subplots(figsize=(7, 5.5))
display_figure(
    heatmap(scores, every(4, 24), every(4, 24), axes, row_label="query at", column_label="key at"),
    alt="A square table of scores, 24 places of the query down, 24 places of the key along "
    "the top. It is made of stripes, parallel to the diagonal: along each, all scores are the "
    "same.",
)

# %% [markdown]
"""
Stripes: along a diagonal the distance is the same, and so is the score. In the attention of notebook 09 it is
one method. Values are not turned, for nobody asks a value where it stands.
"""


# %% lmteach={"plain": "models.transformer.attention.MultiHeadAttention"}
class RotaryAttention(MultiHeadAttention):
    def project(self, query, key, value):
        q, k, v = super().project(query, key, value)
        time, source = (torch.arange(x.shape[-2], device=x.device) for x in (q, k))
        return rotary(q, time), rotary(k, source), v


# %% tags=["nbval-ignore-output"]
turning = RotaryAttention(dim=8, heads=2).double()
turning.load_state_dict(attention.state_dict())
told, _ = turning(x, x, x)
told_shuffled, _ = turning(x[:, order], x[:, order], x[:, order])
print("output 3, before  ", told[0, 3, :3].tolist())
print("output 0, shuffled", told_shuffled[0, 0, :3].tolist(), " token", order[0].item())
assert not torch.allclose(told_shuffled, told[:, order])

# %% [markdown]
r"""
The same weights as in the first cell, and now the order matters.

## Or just say how far

The fourth way is the plainest. Turn nothing, add nothing to the words. *Attention with linear biases*, ALiBi
(Press, Smith and Lewis 2022), takes something off the score, in proportion to the distance:

$$ \text{score}_{ij} = \frac{q_i \cdot k_j}{\sqrt{K}} - m_h\, |i - j| \tag{10.6} $$

Each head $h$ has a slope $m_h$ of its own, which is not learned. For $H$ heads they are
$2^{-8/H}, 2^{-16/H}, \dots$, down to $2^{-8}$. (If $H$ is no power of two, some are taken from between.)
"""


# %% lmteach={"defines": ["models.transformer.positions.alibi_slopes", "models.transformer.positions.alibi_bias"]}
def alibi_slopes(heads):
    power = 2 ** (heads.bit_length() - 1)  # the largest that is not above
    slopes = 2 ** (-8 * torch.arange(1, power + 1) / power)
    between = 2 ** (-4 * torch.arange(1, 2 * power + 1, 2) / power)  # every second one
    return torch.cat([slopes, between])[:heads]


def alibi_bias(heads, time):
    places = torch.arange(time)
    distance = (places[:, None] - places).abs()  # (T, T)
    return alibi_slopes(heads)[:, None, None] * -distance  # eq. 10.6


# %%
bias = alibi_bias(heads=4, time=4)
for h, i, j in np.ndindex(4, 4, 4):
    assert bias[h, i, j] == -(0.25 ** (h + 1)) * abs(i - j)  # eq. 10.6, one by one
alibi_slopes(4).tolist(), bias[0].tolist()

# %% [markdown]
"""
**Guess first.** Suppose that a head finds all keys equally good, so that the bias alone decides. Where will
the four heads look?
"""

# %% tags=["answer", "folded"]
# @title Where the bias alone looks
ahead = ~causal_mask(32)
looks = alibi_bias(4, 32).masked_fill(ahead, -torch.inf).softmax(dim=-1)
backwards = looks[:, -1].flip(-1)  # of the last of 32 places, the nearest key first
display_figure(
    curves(
        {f"head {head}": weights for head, weights in enumerate(backwards)},
        xlabel="distance",
        ylabel="attention",
    ),
    alt="The attention of the last of 32 places against the distance, for four heads. That of the "
    "first falls from above 0.2 to nothing within some twenty places. Each of the next starts "
    "lower and falls more slowly, and the last is all but level at 0.03.",
)

# %% [markdown]
"""
The first looks at the last few tokens, the last at nearly everything. All four doors together:
"""

# %% tags=["folded"]
# @title Where positions enter: all four ways
display_figure(
    where_positions_enter(lit=["sinusoidal", "learned", "rotary", "alibi"]),
    alt="The attention with all four doors lit: sinusoids and a learned table at the plus behind "
    "the embedding, rotary at the turns of query and key, and minus m times distance at the plus "
    "behind their product.",
)

# %% [markdown]
"""
Now all four can compete.

## One small model, five ways

A model of two layers predicts the next letter. It is the same each time, with one place in it where positions
come in:

| | where | learned numbers | beyond what it was trained on |
|---|---|---|---|
| sinusoidal | added to the embedding | none | angles it has not seen |
| learned | added to the embedding | a row a place | no row |
| rotary | queries and keys | none | distances it has not seen |
| alibi | scores | none | a larger penalty |

The fifth way is not to tell it at all.
"""

# %%
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.model import Encoder

EMBEDDING_STD = 0.3  # small enough that learned positions, which start small, are soon heard


# %% lmteach={"plain": "models.transformer.positioned_lm.PositionedLM"}
class PositionedLM(nn.Module):
    def __init__(self, vocab_size, config, positions, longest=None):
        super().__init__()
        self.config, self.positions = config, positions
        self.embedding = nn.Embedding(vocab_size, config.dim)
        nn.init.normal_(self.embedding.weight, std=EMBEDDING_STD)
        self.output = nn.Linear(config.dim, vocab_size)
        self.encoder = Encoder(config)
        if positions == "rotary":
            for layer in self.encoder.layers:
                layer.self_attn = RotaryAttention(config.dim, config.heads)
        if longest is not None:
            self.learned = ShippedPositions(longest, config.dim)

    def forward(self, ids):
        time, x, bias = ids.shape[1], self.embedding(ids), None
        if self.positions == "sinusoidal":
            x = x + sinusoidal(time, self.config.dim).to(x)
        elif self.positions == "learned":
            x = x + self.learned(torch.arange(time, device=x.device))
        elif self.positions == "alibi":
            bias = alibi_bias(self.config.heads, time).to(x)
        return self.output(self.encoder(x, causal_mask(time).to(x.device), bias))


# %% [markdown]
"""
`Encoder` is attention and a feed-forward part, twice; notebook 11 builds it. With a causal mask it is a
language model. The text is the Wikipedia of the scoreboard.
"""

# %%
from lmteach.text.batches import random_windows
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer

wiki = wikipedia()
tokenizer = CharTokenizer(wiki.train + wiki.valid + wiki.test)
train, test = (
    torch.tensor(tokenizer.encode(text), device=session.device) for text in (wiki.train, wiki.test)
)

# %%
SHORT, LONG, STEPS, BATCH = 32, 128, 350, 16 * session.scale
CONFIG = TransformerConfig(
    dim=64, heads=4, feed_forward_dim=128, layers=2, dropout=0.0, pre_norm=True
)


def make(positions, seed):
    torch.manual_seed(seed)
    longest = SHORT if positions == "learned" else None
    return PositionedLM(tokenizer.vocab_size, CONFIG, positions, longest).to(session.device)


# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Train short, test long

Each is trained on windows of 32 letters and never sees a longer one. It is tested on windows of 128. All get
the same batches, for the same number of steps.
"""

# %%
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine


def draw(generator):
    return random_windows(train, BATCH, SHORT, generator)


def loss_of(model, batch):
    inputs, targets = batch
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


# %%
def trained(model, seed):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.008)
    generator = torch.Generator(session.device).manual_seed(seed)
    fit(
        model,
        loss_of,
        draw,
        STEPS,
        optimizer,
        generator,
        schedule=lambda step: warmup_cosine(step, warmup=50, steps=STEPS, floor=0.02),
    )
    return model


# %% [markdown]
"""
Five ways, three seeds each. Mind how little this is: 350 batches are a few seconds of training.
"""

# %% tags=["nbval-ignore-output"]
KINDS = ("none", "sinusoidal", "learned", "rotary", "alibi")
models = {kind: [trained(make(kind, seed), seed) for seed in (0, 1, 2)] for kind in KINDS}

# %%
windows, following = random_windows(test, 256, LONG, torch.Generator().manual_seed(0))


@torch.no_grad()
def bits_by_place(model):
    logits = model(windows).transpose(1, 2)  # (B, V, T)
    nats = F.cross_entropy(logits, following, reduction="none").mean(dim=0)
    return (nats / math.log(2)).cpu().numpy()  # (T,)


# %% [markdown]
"""
The learned table refuses, as it should:
"""

# %%
try:
    bits_by_place(models["learned"][0])
except ValueError as error:
    print(str(error).split(". ")[0])

# %% [markdown]
"""
What can be done instead: make the table longer, and load what was learned into its first rows. Then nothing
is refused any more. The new rows are as random as on the first day.
"""


# %%
def lengthen(model, longest):
    longer = ShippedPositions(longest, model.config.dim).to(session.device)
    with torch.no_grad():
        longer.weight[: model.learned.longest] = model.learned.weight
    model.learned = longer


for model in models["learned"]:
    lengthen(model, LONG)

# %%
bits = {kind: np.stack([bits_by_place(model) for model in models[kind]]) for kind in KINDS}
SPANS = {"1–32": slice(0, 32), "33–64": slice(32, 64), "65–128": slice(64, 128)}

# %% [markdown]
"""
Now all five can be read to the end.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Five small models were trained on windows of 32 letters. On the letters 65 to 128 of a longer "
    "window, which of them needs the fewest bits?",
    {
        "sinusoidal": "It has a vector for every place. But the layers never met those of the "
        "places beyond.",
        "rotary": "It knows distances only. But distances above 31 are new to it, too.",
        "alibi": "What is far is faint for it, in training and beyond: nothing new happens to it.",
        "none": "It can't be surprised by a place. But what does it know about the letter before?",
    },
    right="alibi",
)

# %% tags=["answer", "nbval-ignore-output"]
print(f"{'letters':11}", *(f"{name:>13}" for name in SPANS))
for kind, found in bits.items():
    means = [found[:, span].mean(axis=1) for span in SPANS.values()]
    print(f"{kind:11}", *(f"{m.mean():6.2f} ± {m.std(ddof=1):.2f}" for m in means))

# %% [markdown]
"""
Bits per letter, mean and spread over three seeds, the fewer the better. And place by place, in blocks of
eight letters:
"""

# %% tags=["folded", "nbval-ignore-output"]
# @title Bits by place
blocks = {kind: found.mean(axis=0).reshape(-1, 8).mean(axis=1) for kind, found in bits.items()}
axes = curves(blocks, x=np.arange(4.5, LONG, 8), xlabel="letter", ylabel="bits per letter")
axes.axvline(SHORT, color="grey", linestyle=":")
display_figure(
    axes,
    alt="Bits per letter against the place in a window of 128 letters, for five ways to tell "
    "positions; a dotted line stands at 32, where training ended. Left of it rotary is lowest "
    "and no positions highest. Right of it, sinusoidal and learned jump up at once, rotary "
    "stays low for eight letters more and climbs as high by about letter 70, and alibi and no "
    "positions stay all but level, alibi lowest of all.",
)

# %%
within = {kind: found[:, 8:SHORT].mean(axis=1) for kind, found in bits.items()}
beyond = {kind: found[:, 64:].mean(axis=1) for kind, found in bits.items()}
lost = {kind: beyond[kind] - within[kind] for kind in KINDS}
assert min(lost["sinusoidal"]) > 0.3
assert min(lost["rotary"]) > 0.3
assert lost["learned"].mean() > 0.05
assert max(abs(lost["alibi"])) < 0.1
assert max(abs(lost["none"])) < 0.2 or session.scale > 1
assert min(KINDS, key=lambda kind: within[kind].mean()) == "rotary"
assert min(KINDS, key=lambda kind: beyond[kind].mean()) == "alibi"

# %% [markdown]
"""
On what it was trained for, rotary is best, after so short a training. The learned table has the largest spread there:
it starts as noise, and perhaps one seed makes sense of it sooner than another.

Beyond 32, three of four lose. The sinusoids are defined at place 100, but the layers above them have never met
those hands together. And rotary scores between tokens 60 apart are products that training never looked at.

But look at the learned table: its new rows are *random*, and it loses less than the two that are computed. That wants
an explanation. How loud are those rows? And what if they were zeros, or the 32 learned ones over and over?
"""


# %%
@torch.no_grad()
def beyond_with(model, make_rows):
    kept = model.learned.weight.clone()
    model.learned.weight[SHORT:] = make_rows(kept)
    found = bits_by_place(model)[64:].mean()
    model.learned.weight.copy_(kept)
    return float(found)


def sizes_of_rows(model):
    rows = model.learned.weight.detach()
    parts = (model.embedding.weight, rows[:SHORT], rows[SHORT:])
    return [round(part.std().item(), 3) for part in parts]


# %% [markdown]
"""
**Guess first.** Which rows are best beyond 32: random, zero, or the learned ones again?
"""

# %% tags=["answer", "nbval-ignore-output"]
ROWS = {
    "random": lambda rows: rows[SHORT:],
    "zero": lambda rows: 0 * rows[SHORT:],
    "learned again": lambda rows: rows[:SHORT].repeat(3, 1),
}
print("size of an entry: embedding, learned row, random row", sizes_of_rows(models["learned"][0]))
new_rows = {
    name: [beyond_with(model, make_rows) for model in models["learned"]]
    for name, make_rows in ROWS.items()
}
for name, found in new_rows.items():
    print(f"{name:14}", *(f"{value:.2f}" for value in found))

# %% [markdown]
"""
Random rows and zeros come to the same, for the random ones are so small that hardly anybody hears them, and the learned
ones over again are little better. Beyond 32 the
table is *silent*, and the model is one without positions. That is no feat of the table: as long as the layers above hardly
listen to positions, silence does less harm than something strange.

ALiBi goes on as if nothing had happened. Little has: most of its heads are nearsighted, and what is far is faint. That
is its price, too: a longer text brings it hardly anything that a short one hadn't.

All of them are barely trained, so what does more training do? The same five, with four times as many batches, were run
beforehand (`experiments/train_short_test_long.py`). *Within* are the letters 9 to 32, *beyond* the letters 65 to 128:
"""

# %%
from lmteach.evaluation.results import read_results

longer_trained = read_results("train_short_test_long")
longer_trained


# %%
def after_longer(figure):
    return {kind: np.mean(longer_trained.values(figure, positions=kind)) for kind in KINDS}


longer_within, longer_beyond = after_longer("within"), after_longer("beyond")
assert longer_beyond["learned"] > 1.5 + longer_within["learned"]
assert longer_within["none"] < within["none"].mean() - 0.1 or session.scale > 1
for kind in ("sinusoidal", "learned"):
    assert longer_beyond[kind] > beyond[kind].mean() or session.scale > 1

# %% [markdown]
"""
Two things don't last. The learned table now loses beyond 32 as much as the sinusoids do, as if the model had come to
rely on its rows, and silence is no help any more. And the model without positions has got better on letters 9 to 32,
though nobody tells it where it is. What lasts: beyond 32 ALiBi stays as good as within. Sinusoids, table and rotary do
worse there than with less training, as if they trusted their positions more. Even so this is little training of a small
model, and two seeds; for a large one, measure again.

## One letter back

Is ALiBi the winner, then? Here is an errand in which nothing counts but the exact place. The letters are random,
four kinds of them, and the answer at each place is the letter *before*. One layer of two heads, trained on 8 letters,
tested on 32. Who guesses blindly has 2 bits.
"""

# %%
ERRAND = TransformerConfig(
    dim=16, heads=2, feed_forward_dim=32, layers=1, dropout=0.0, pre_norm=True
)


def draw_letters(generator, batch=32, time=8):
    return torch.randint(4, (batch, time), generator=generator, device=generator.device)


def letter_before(model, ids):
    logits = model(ids)[:, 1:].transpose(1, 2)
    return F.cross_entropy(logits, ids[:, :-1], reduction="none")


# %%
def run_errand(kind):
    torch.manual_seed(0)
    generator = torch.Generator(session.device).manual_seed(0)
    longest = 8 if kind == "learned" else None
    model = PositionedLM(4, ERRAND, kind, longest).to(session.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    fit(model, lambda m, b: letter_before(m, b).mean(), draw_letters, 150, optimizer, generator)
    if kind == "learned":
        lengthen(model, 32)
    with torch.no_grad():
        found = letter_before(model, draw_letters(generator, 500, 32)) / math.log(2)
    return found[:, :7].mean().item(), found[:, 15:].mean().item()


# %% [markdown]
"""
Bits on the first eight letters, which are as in training, and on those from the seventeenth on.

**Guess first.** Which of the five can do it, on 8 letters and beyond?
"""

# %% tags=["answer", "nbval-ignore-output"]
errand = {kind: run_errand(kind) for kind in KINDS}
for kind, (seen, far) in errand.items():
    print(f"{kind:11}{seen:6.2f}{far:8.2f}")

# %%
for kind in ("sinusoidal", "learned", "rotary"):
    assert errand[kind][0] < 0.1
for kind in ("sinusoidal", "learned"):
    assert errand[kind][1] > 2
assert errand["rotary"][1] < 1
assert errand["alibi"][0] > 0.5

# %% [markdown]
"""
Another order altogether. "One back" is one turn, and rotary makes it at any place. The sinusoids and the table
do it without a mistake where they were trained, and beyond it are worse than a blind guess. And ALiBi is unsure
even on eight letters.

It would be easy to stop here, with a reason ready: "a slope says *rather near*, and never *exactly one*". But this is
one seed, and one number of heads. Each head has its own slope, so with two there are two, and both are gentle. What if
there are eight, from steep to gentle? And rotary: a head of 16 / 2 = 8 entries has four pairs, a head of 16 / 8 = 2
has one.

**Guess first.** With eight heads instead of two, who gets better, and who gets worse?
"""

# %% tags=["answer"]
sweep = read_results("one_letter_back")
for (dim, heads), kind in itertools.product(((16, 2), (16, 8), (64, 8)), ("rotary", "alibi")):
    case = {"dim": dim, "heads": heads, "positions": kind}
    seen, far = sweep.values("seen", **case), sweep.values("far", **case)
    print(f"{kind:7} {heads} heads of {dim // heads}:", end="")
    for on_eight, beyond_eight in zip(seen, far, strict=True):
        print(f"  {on_eight:.2f} / {beyond_eight:.2f}", end="")
    print()

# %%
assert max(sweep.values("seen", dim=16, heads=8, positions="alibi")) < 0.2
assert max(sweep.values("far", dim=16, heads=8, positions="alibi")) < 1
assert min(sweep.values("far", dim=16, heads=8, positions="rotary")) > 2
assert max(sweep.values("far", dim=64, heads=8, positions="rotary")) < 0.1

# %% [markdown]
"""
Bits on eight letters and beyond, after four times as many batches as above, for three seeds. With eight heads ALiBi
all but does the errand where it was trained, and the larger part of it beyond: a steep head and a gentler one,
subtracted, can point at one place. "Never *exactly one*" was true of two gentle slopes.

And rotary, with eight heads of two entries, is worse than a blind guess beyond. Each head has a single pair, which turns
by one radian a place and comes round after a little more than six: "one back" looks like "seven back". It isn't the
*number* of heads, as the last lines show. Eight heads of eight entries (in a model four times as wide) have the slower
pairs again, and do the errand anywhere. Before you believe a reason, turn the knob that it names.

So there is no winner for all uses. Large models today mostly have rotary positions, with heads of 64 entries and more,
and are *trained* on long texts, or go on training with slower turns (Chen et al. 2023).

## Play

All of it is computed in your browser. Move the base: where do the columns freeze? Change to *Rotary* and
*move both*: the hands turn, the score stays.

**Guess first.** Which base makes the score of distant tokens swing the most?
"""

# %% tags=["answer", "widget", "nbval-ignore-output"]
from lmteach.widgets.positions_view.widget import PositionsView

PositionsView(dim=32, length=64, position=10)

# %% [markdown]
"""
A small one. Then even the last hand comes round within the text, and places far apart can look like
neighbours. With a large base most hands hardly move, and only the first few speak of places at all.

## The equal sign

What you wrote is what the package ships: the tables, the turns, the biases, and the whole model, with the same
weights.
"""

# %%
from lmteach.models.transformer import positioned_lm as positioned
from lmteach.models.transformer import positions as package

assert torch.equal(sinusoidal(40, 12), package.sinusoidal(40, 12))
assert torch.equal(shift_rotation(7, 12), package.shift_rotation(7, 12))
assert torch.equal(rotary(q, torch.arange(24)), package.rotary(q, torch.arange(24)))
for heads in (1, 4, 6, 8):
    assert torch.equal(alibi_bias(heads, 9), package.alibi_bias(heads, 9))

# %%
with torch.no_grad():
    for kind in KINDS:
        ours = models[kind][0]
        longest = LONG if kind == "learned" else None
        theirs = positioned.PositionedLM(tokenizer.vocab_size, CONFIG, kind, longest)
        theirs.load_state_dict(ours.state_dict())
        theirs.to(session.device).eval()
        assert torch.equal(ours(windows[:4]), theirs(windows[:4]))

# %% [markdown]
r"""
Equation 10.5 with complex numbers, which PyTorch multiplies by itself: the real part of
$q\, \bar{k}\, e^{i(m - n)\omega}$, summed over the pairs.
"""

# %%
k = torch.randn(24, 16, dtype=torch.float64)
complex_q, complex_k = (torch.complex(*part.chunk(2, dim=-1)) for part in (q, k))
apart = torch.arange(24)[:, None] - torch.arange(24)
turns = torch.exp(1j * apart[..., None] * frequencies(16))
expected = torch.einsum("mj,nj,mnj->mn", complex_q, complex_k.conj(), turns).real
found = rotary(q, torch.arange(24)) @ rotary(k, torch.arange(24)).T
assert_close(found, expected, rtol=0, atol=1e-12)

# %% [markdown]
"""
And every model is causal: other letters in the second half of the window change nothing in the first.
"""

# %%
changed = windows[:4].clone()
changed[:, 64:] = changed[:, 64:].flip(1)
with torch.no_grad():
    for kind in KINDS:
        before, after = models[kind][0](windows[:4]), models[kind][0](changed)
        assert_close(before[:, :64], after[:, :64])
        assert not torch.allclose(before[:, 64:], after[:, 64:])

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

No row from these: they are small and were trained for a few seconds. Below are their bits on letters 9 to 32, so that
each had at most 31 before it.

**Guess first.** On the board stand a bigram, three recurrent networks and an 8-gram. Which is the model without
positions nearest to?
"""

# %% tags=["answer", "nbval-ignore-output"]
from lmteach.evaluation.scoreboard import table as scoreboard

print({kind: round(float(found.mean()), 2) for kind, found in within.items()})
short = [f"{name}, 480 steps" for name in ("RNN", "GRU", "LSTM")]
scoreboard("A", ["bigram, add-one", *short, "LSTM, 3,840 steps", "8-gram, modified Kneser–Ney"])

# %%
assert abs(within["none"].mean() - 3.59) < 0.2 or session.scale > 1

# %% [markdown]
r"""
The bigram. A letter sees itself, since its query meets its own key and its own residual path. All others are a
heap to it: they are there, but *which came before me* can't be said. Not after 350 batches, that is. With a causal
mask a trace of the order leaks in: the first place sees one letter, the second two. Given long enough, models learn to
count with it (Haviv et al. 2022), and the table of the longer training above shows how far ours has come.

## Spot the bug

### One formula, many articles

This formula is found in more than one article:

$$ PE(i, j) = \sin\!\big(i \cdot 10000^{-(2j + 1)}\big) \quad\text{and}\quad
   \cos\!\big(i \cdot 10000^{-(2j + 1)}\big) $$

It looks like ours. Here it is beside ours, with $D$ = 8.
"""


# %%
def circulated(time, dim):
    exponents = 2 * torch.arange(dim // 2, dtype=torch.float64) + 1
    angles = torch.arange(time)[:, None] * 10000.0**-exponents
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()


# %% [markdown]
"""
**Guess first.** How far does each column move, over 128 places, in either?
"""

# %% tags=["answer"]
for made in (sinusoidal(LONG, 8), circulated(LONG, 8)):
    span = made.amax(dim=0) - made.amin(dim=0)
    print("  ".join(f"{width:.0e}" for width in span.tolist()))

# %% [markdown]
"""
Above ours, below the other. One column creeps by a hundredth, and the rest stand still: the exponent isn't divided
by $D$. The places are there on paper and can't be told apart. And in training? The same model, the same seed, with this table:
"""


# %%
class CirculatedLM(PositionedLM):
    def forward(self, ids):
        x = self.embedding(ids) + circulated(ids.shape[1], self.config.dim).to(ids.device)
        return self.output(self.encoder(x, causal_mask(ids.shape[1]).to(ids.device)))


# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)
stuck = trained(CirculatedLM(tokenizer.vocab_size, CONFIG, "none").to(session.device), seed=0)
stuck_bits = bits_by_place(stuck)[8:SHORT].mean()
print(f"circulated {stuck_bits:.2f}")
print(f"none {within['none'][0]:.2f}, right {within['sinusoidal'][0]:.2f}")

# %%
assert abs(stuck_bits - within["none"][0]) < 0.1
assert stuck_bits > within["sinusoidal"][0] + 0.1

# %% [markdown]
r"""
As good as no positions. No error, no warning, a loss that falls: only the comparison shows it.

### The shorter table

"$PE(i, j) = \sin(i / 10000^{2j/d})$ for all $j$." All columns swing now. Compare it with ours, at the same number of
entries. (Its 32 hands are spread here over the same range of speeds as our 16, so that only the cosines are missing.)
What would a head have to learn to look five places back? The best matrix that takes every place to the one five places
on is a fit by least squares:
"""


# %%
def best_shift_error(table, steps=5):
    matrix = torch.linalg.lstsq(table[:-steps], table[steps:], driver="gelsd").solution
    return (table[:-steps] @ matrix - table[steps:]).abs().max().item()


sixteen_hands = torch.arange(LONG)[:, None] * frequencies(32)
both = torch.cat([sixteen_hands.sin(), sixteen_hands.cos()], dim=1)  # 16 hands, 32 entries
sines = (torch.arange(LONG)[:, None] * frequencies(64)).sin()  # 32 hands, 32 entries
both.shape, sines.shape

# %% [markdown]
"""
**Guess first.** How large is the error that is left, with either table?
"""

# %% tags=["answer", "nbval-ignore-output"]
print(f"with cosines {best_shift_error(both):.0e}, sines alone {best_shift_error(sines):.0e}")

# %%
assert best_shift_error(both) < 1e-8
assert best_shift_error(sines) > 1e-3

# %% [markdown]
"""
With cosines the matrix exists, exactly. Without them it doesn't: half of each hand's tip is unknown, and a
sine alone can't say whether it is going up or down. The product of two places goes wrong with it. At a distance
of five it should be one number:
"""

# %%
for name, made in (("with cosines", both), ("sines alone", sines)):
    at_five = (made[:-5] * made[5:]).sum(dim=1)
    print(f"{name:13} {at_five.min():6.2f} to {at_five.max():.2f}")

# %% [markdown]
"""
### "Attention knows where words stand"

"Self-attention relates every word to every other, wherever they stand, so it understands their order." The
first half is true. Test the second. Eight letters hold one *a* and one *b*: which comes first? A small encoder
looks at all of them, with positions or without.
"""


# %%
class Judge(nn.Module):
    def __init__(self, told):
        super().__init__()
        self.told, self.embedding = told, nn.Embedding(26, 32)
        config = TransformerConfig(32, heads=2, feed_forward_dim=64, layers=1, dropout=0.0)
        self.encoder, self.output = Encoder(config), nn.Linear(32, 2)

    def forward(self, ids):
        x = self.embedding(ids)
        if self.told:
            x = x + sinusoidal(ids.shape[1], 32).to(x)
        return self.output(self.encoder(x).mean(dim=1))


# %%
def which_first(generator, batch=64):
    on = {"generator": generator, "device": generator.device}
    ids = torch.randint(2, 26, (batch, 8), **on)
    a, b = torch.rand(batch, 8, **on).argsort(dim=1)[:, :2].T  # two different places
    rows = torch.arange(batch, device=ids.device)
    ids[rows, a], ids[rows, b] = 0, 1
    return ids, (a < b).long()


# %% [markdown]
"""
It is tested on a thousand of them, and on the same thousand backward, where the other one is first.
"""


# %%
def judged(told):
    torch.manual_seed(0)
    judge = Judge(told).to(session.device)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=0.01)
    generator = torch.Generator(session.device).manual_seed(0)
    fit(judge, lambda m, b: F.cross_entropy(m(b[0]), b[1]), which_first, 200, optimizer, generator)
    ids, first = which_first(generator, batch=1000)
    with torch.no_grad():
        said = [judge(row).argmax(dim=1) for row in (ids, ids.flip(1))]
    return torch.cat([said[0] == first, said[1] == 1 - first]).double().mean().item()


# %% [markdown]
"""
**Guess first.** What share will be right, without positions and with them?
"""

# %% tags=["answer", "nbval-ignore-output"]
shares = {"without positions": judged(told=False), "with": judged(told=True)}
shares

# %%
assert round(shares["without positions"], 2) == 0.5
assert shares["with"] > 0.95

# %% [markdown]
"""
Exactly half, and it can't be otherwise. Forward and backward are the same heap of letters, so it gives both the
same answer, and one of the two is wrong. With positions added, the same network is right. Attention relates
words wherever they stand *because* it doesn't know where they stand.

## In practice

Here are the rotary positions of LLaMA and the biases of MPT, as the library `transformers` ships them.
"""

# %%
there = importlib.util.find_spec("transformers") is not None
if there:
    from transformers import LlamaConfig
    from transformers.models.llama import modeling_llama as llama
    from transformers.models.mpt.modeling_mpt import build_mpt_alibi_tensor
else:
    print("transformers is not installed (pip install transformers): the next cell is skipped.")

# %%
if there:
    queries, keys = torch.randn(2, 1, 4, 40, 16).unbind()  # (B, H, T, K)
    forty = torch.arange(40)
    llama_turns = llama.LlamaRotaryEmbedding(LlamaConfig(hidden_size=64, num_attention_heads=4))
    cos, sin = llama_turns(queries, forty[None])
    turned_by_llama = llama.apply_rotary_pos_emb(queries, keys, cos, sin)
    assert_close((rotary(queries, forty), rotary(keys, forty)), turned_by_llama, rtol=0, atol=2e-5)
    for heads in (4, 6, 8):
        assert_close(alibi_bias(heads, 40)[:, -1:], build_mpt_alibi_tensor(heads, 40))

# %% [markdown]
"""
The same numbers. Three habits from work: look up which entries a checkpoint pairs, for GPT-J turns neighbours
and LLaMA halves, and weights of one are nonsense in the other; look up its base, which is 10,000 here and
larger in models for long texts; and before you trust a model with a text longer than its training, measure it
by place, as we did.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · rotary positions (25 minutes, ●●○)

As the paper has them, in NumPy: the pairs are *neighbours*, entries $2j$ and $2j + 1$, and not halves as above. Angles,
turned pairs, a measure, and the scores. In the end you see with your own function that only the distance counts.

#### Step 1 · angles

`positions` (T,) are whole numbers, and `width` is K. Return by how much each of the K / 2 pairs is turned at each
place: (T, K / 2). The base is 10,000 (eq. 10.1).
"""


# %% tags=["exercise"]
def angles(positions, width):
    ### BEGIN SOLUTION: a turn for each pair, times each place
    turns = 10000.0 ** (-2 * np.arange(width // 2) / width)
    return positions[:, None] * turns
    ### END SOLUTION


check.angles(angles)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

There are K / 2 turns, and pair 0 turns by 1. A column of places times a row of turns is a table.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · turn_pairs

Turn the pairs of each row of `x` (T, K) by its `angles` (T, K / 2), and leave them where they lay. What happens if you
write the turned first entries into `x`, and then make the second ones?
"""


# %% tags=["exercise"]
def turn_pairs(x, angles):
    ### BEGIN SOLUTION: every pair turns against the clock
    first, second = x[:, 0::2], x[:, 1::2]
    turned = np.empty_like(x)
    turned[:, 0::2] = first * np.cos(angles) - second * np.sin(angles)
    turned[:, 1::2] = first * np.sin(angles) + second * np.cos(angles)
    return turned
    ### END SOLUTION


check.turn_pairs(turn_pairs)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`x[:, 0::2]` are the first entries of all pairs, `x[:, 1::2]` the second ones. A turn of (a, b) is
(a cos − b sin, a sin + b cos).

</details>

<details><summary>Solution</summary>

{{solution}}

Written into `x` itself, the second entries would be made from first ones that are turned already, and the lengths would
change. So the result has an array of its own.

</details>
"""

# %% [markdown]
"""
#### Step 3 · spread_by_distance

How much do the scores depend on more than the distance? `scores` is (T, T), rows are queries. For each distance
0, 1, …, T − 1 that a key stands *before* its query, return the largest minus the smallest of the scores at this
distance: (T,).
"""


# %% tags=["exercise"]
def spread_by_distance(scores):
    ### BEGIN SOLUTION
    spreads = []
    for distance in range(len(scores)):
        along = np.diagonal(scores, -distance)
        spreads.append(along.max() - along.min())
    return np.array(spreads)
    ### END SOLUTION


check.spread_by_distance(spread_by_distance)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A distance is a diagonal. `np.diagonal(scores, -2)` holds the scores of rows with the key two places before.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · rotary_scores

`query` and `key` are (T, K) and stand at `positions` (T,): turn both, and return the scores (T, T), divided by √K as in
notebook 09. You may call your own functions; the check judges what comes out.

Then try it, in a cell of your own. Take the rotary model that was trained above, and the query and key that its first
layer makes of one letter, put at 32 places: `layer = models["rotary"][0].encoder.layers[0]`, `letter =
models["rotary"][0].embedding.weight[5].expand(1, 32, -1)`, and `q, k, v = MultiHeadAttention.project(layer.self_attn,
letter, letter, letter)`. What does `spread_by_distance` say of the scores of `q[0, 0].detach().numpy()` and
`k[0, 0].detach().numpy()`, and what if you add 1,000 to all positions?
"""


# %% tags=["exercise"]
def rotary_scores(query, key, positions):
    ### BEGIN SOLUTION
    turns = angles(positions, query.shape[1])
    turned_query, turned_key = turn_pairs(query, turns), turn_pairs(key, turns)
    return turned_query @ turned_key.T / np.sqrt(query.shape[1])
    ### END SOLUTION


check.rotary_scores(rotary_scores)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Steps 1 and 2, for the query and for the key, with the same angles; then a product, rows of queries, columns of keys.

</details>

<details><summary>Solution</summary>

{{solution}}

The spread is 0 at every distance, up to rounding: one letter has one query and one key, and then only the distance
counts. Adding 1,000 to all positions turns both by the same angle more, and changes no score.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · places_per_turn (5 minutes, ●○○)

After how many places has hand `pair` of a table with `dim` entries gone round once? The base is 10,000. With
$D$ = 16, which hand is the first that doesn't come round within 128 places?
"""


# %% tags=["exercise"]
def places_per_turn(pair, dim):
    ### BEGIN SOLUTION: equation 10.1 says how far it turns in one place
    return 2 * math.pi * 10000 ** (2 * pair / dim)
    ### END SOLUTION


check.places_per_turn(places_per_turn)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A whole turn is 2π radians. Divide it by what is turned at each place.

</details>

<details><summary>Solution</summary>

{{solution}}

Hand 3: it needs 2π · 10000^(6/16), which is 199 places, and hand 2 needs 63.

</details>
"""

# %% [markdown]
"""
### Exercise 2 · distance_bias (5 minutes, ●○○)

The bias of one head of ALiBi in a causal model, with the mask in it: (T, T), −slope · distance for what came
before, and −∞ for what is ahead. Rows are queries.
"""


# %% tags=["exercise"]
def distance_bias(time, slope):
    ### BEGIN SOLUTION: equation 10.6, without the scores
    distance = np.arange(time)[:, None] - np.arange(time)
    return np.where(distance < 0, -np.inf, -slope * distance)
    ### END SOLUTION


check.distance_bias(distance_bias)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.arange(time)[:, None] - np.arange(time)` is the distance, negative ahead. Then `np.where`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- Attention alone is blind to order: shuffle the words, and the outputs are shuffled, no more.
- Sinusoids are clock hands; a shift is the same rotation everywhere, which is what the cosines are for.
- A learned table is an embedding of places. It ends where it ends.
- Rotary positions turn queries and keys, ALiBi lowers the scores of what is far: both know distances only.
- Trained short and tested long, only ALiBi of the four doesn't lose; one letter back, slopes and pairs decide. Turn the
  knob that a reason names before you believe it.

**Further reading.** A. Vaswani and others, "Attention Is All You Need" (2017), section 3.5, for the sinusoids.
J. Gehring and others, "Convolutional Sequence to Sequence Learning" (2017), for the learned table. J. Su and
others, "RoFormer: Enhanced Transformer with Rotary Position Embedding" (2021). O. Press, N. Smith and M.
Lewis, "Train Short, Test Long" (2022), for ALiBi and for the test. A. Haviv and others, "Transformer Language
Models without Positional Encodings Still Learn Positional Information" (2022). S. Chen and others, "Extending
Context Window of Large Language Models via Positional Interpolation" (2023).

**Next.** {{next}}: all the parts are there. Put them together.
"""
