# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 01 · Bigrams: a model you can count

{{badges}}

> *doremus · becanar · swieck · brumble*

Two of these are surnames from the United States census. Two were made up by a table of numbers that
knows one thing only: which letter tends to come after which. Can you tell them apart? By the end you
will have built the table, and then a neural network that learns the same table, and you will know
where the two agree and where they can't.

**Aims.** Count a language model and sample from it. Measure it in nats, perplexity and bits. See why a
zero is fatal and mend it. Fit a network of one layer by gradient descent, see how near it comes to the
counts, and what happens if it learns too fast.

**Time.** {{time}} The cells run in under a minute on two CPU cores.

**Before.** [00 · Start here](00_start_here.ipynb): bits, and the text we measure on.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
No GPU is needed.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import math
import time
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F

from lmteach.classroom import display_figure
from lmteach.exercises import bigrams as check
from lmteach.plots.diagrams.networks import one_layer
from lmteach.text.corpora.names import names
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Eighty-eight thousand surnames

A list of names is a good first language: one word to a line, made by people and by no rule. Ours come from
the census, each name once, however many bear it; four in five are for training, the rest is kept aside.
"""

# %%
corpus = names("last")
surnames = corpus.train.split()
len(surnames), surnames[:6]

# %% [markdown]
"""
A computer counts numbers, not letters, so each symbol gets one. The line break is a symbol too: it
stands before the first letter of a name and after the last, and tells the model where names begin and
end. On the screen we write it ⏎.
"""

# %%
tokenizer = CharTokenizer(corpus.train)
V = tokenizer.vocab_size
symbols = ["⏎" if symbol == "\n" else symbol for symbol in tokenizer.decode(range(V))]
V, "".join(symbols)

# %%
tokenizer.encode("\nsmith\n")

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## What follows what

A pair of neighbours is called a *bigram*. Counting them is one line of Python: walk along the text, and
note each letter with the one after it. Before you do, think of names that you know.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "In 70,940 surnames of the United States, with the end of a name as a symbol of its own: which "
    "pair of neighbours is the most frequent?",
    {
        "t, h": "The commonest pair of English text, yes: the, that, this. Names have no articles.",
        "e, r": "Miller, Baker, Fisher: names of trades end in it, and Berg and Sanders have it "
        "too.",
        "n, end": "Johnson, Brown, Allen: a good guess, and the second. Only one pair is ahead.",
        "a, n": "Anderson and Hernandez: the third. Two pairs are ahead of it.",
    },
    right="e, r",
)

# %% tags=["answer"]
pairs = Counter(pairwise(corpus.train))
pairs.most_common(4)

# %% [markdown]
"""
The commonest is **er**, as in *miller*; the next is an **n** that ends the name, as in *johnson*. To compute
with the counts we put them into a table: a row for each letter before, a column for each letter after. First
as a loop that hides nothing, tried on one name:
"""


# %%
def count_by_loop(tokens, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=int)
    for before, after in pairwise(tokens):
        counts[before, after] += 1
    return counts


end, a, n = tokenizer.encode("\nan")
count_by_loop(tokenizer.encode("\nanna\n"), V)[np.ix_([end, a, n], [end, a, n])]

# %% [markdown]
"""
`np.ix_` picks three rows and columns of the 27, here ⏎, a and n: check them against *anna*. Then without the
loop. `np.add.at` adds 1 at
every place that is listed, again for each repeat.
"""


# %% lmteach={"defines": "models.ngram.model.count_bigrams"}
def count_bigrams(tokens, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=np.int64)
    np.add.at(counts, (tokens[:-1], tokens[1:]), 1)
    return counts


train = np.array(tokenizer.encode(corpus.train))
counts = count_bigrams(train, V)
assert (counts == count_by_loop(train, V)).all()
train.shape, counts.shape, int(counts.sum())

# %% [markdown]
"""
555,535 symbols, 729 numbers, and one pair fewer than there are symbols. Next comes the whole table as a
picture. Each step of colour is a factor, not a difference; a blank square is a pair that was never seen.
Rows are letters before, and the column ⏎ is where names end.

**Guess first.** Which letter comes after a **q**: always the same one? And how many of the 27 × 27 pairs
never happen at all: five, fifty, five hundred?
"""

# %% tags=["answer", "folded"]
# @title The counts, drawn
from lmteach.plots.heatmap import heatmap

display_figure(
    heatmap(counts, symbols, symbols, row_label="before", column_label="after", scale="log"),
    alt="A 27 by 27 matrix of counts, letters before as rows, letters after as columns, in "
    "colours that grow tenfold. The brightest squares are e followed by r, and n at the end of a "
    "name. The row of q is nearly all blank, and u is by far its brightest. Blank squares are "
    "blank: pairs never seen.",
)

# %% tags=["answer"]
q, u = tokenizer.encode("qu")
float(counts[q, u] / counts[q].sum()), int((counts == 0).sum())

# %% [markdown]
r"""
A **q** nearly always brings its **u**, though not in names such as *iqbal*. And 55 of the 729 pairs were
never seen in so many names.

## From counts to chances

After a **q**, what should the model say of a **u**? You have just computed it: the
count, divided by all counts in the row.

$$ P(b \mid a) = \frac{C(a, b)}{\sum_{b'} C(a, b')} \tag{1.1} $$

Read it as *the probability of $b$, given that $a$ came before*. Of all tables, this one makes the
training text most probable (you will see why below), hence its name, *maximum likelihood*.
"""


# %% lmteach={"defines": "models.ngram.model.maximum_likelihood"}
def maximum_likelihood(counts):
    return counts / counts.sum(axis=-1, keepdims=True)  # eq. 1.1


P = maximum_likelihood(counts)
assert np.allclose(P.sum(axis=1), 1)
np.round(P[[end, a, n]][:, [end, a, n]], 3)

# %% [markdown]
"""
Three rows and columns of it, ⏎, a and n again. Every whole row sums to 1: after every letter,
*something* comes. Pick a letter and see what. Then grow a name,
one click at a time; the percentage at each letter is what the model gave it.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.bigram_explorer.widget import BigramExplorer

BigramExplorer(P, symbols=tokenizer.decode(range(V)), seed=18)

# %% [markdown]
"""
Growing a name by hand is *sampling*: throw a die with 27 sides, loaded by the row of the letter that
you have, and move on to the row of the letter that you got.
"""


# %%
def draw_name(P, rng):
    token, name = end, ""
    while not name.endswith("\n"):
        token = rng.choice(V, p=P[token])
        name += tokenizer.decode([token])
    return name.strip()


print(*[draw_name(P, session.rng) for _ in range(30)])

# %% [markdown]
"""
**Look.** Two of them stood at the top of this page. Every pair of neighbours is a pair that occurs, and
still few of these could be anybody's name. Some stop after a letter, some don't know how to stop: the model
can't tell how long the name already is, because it sees one letter and no more. And compared to knowing
nothing?
"""

# %%
blind = np.full((V, V), 1 / V)
print(*[draw_name(blind, session.rng) for _ in range(4)])

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## One number for how good it is

How probable is a whole name? Write its symbols as $x_0, x_1, \dots, x_T$, with $x_0 = ⏎$. The *chain
rule* takes the symbols one by one, each given all before it. It holds for every distribution:

$$ P(x_1, \dots, x_T \mid x_0) = \prod_{t=1}^{T} P(x_t \mid x_0, \dots, x_{t-1}) \tag{1.2} $$

Every language model in this collection is a way to fill in the right side. Ours forgets all but the last
symbol. That is the *Markov assumption*, it is wrong, and it is what makes the table small:

$$ P(x_t \mid x_0, \dots, x_{t-1}) \approx P(x_t \mid x_{t-1}) \tag{1.3} $$

For *al*: $P(a \mid ⏎)\, P(l \mid a)\, P(⏎ \mid l)$.
"""


# %%
def probability(P, text):
    product = 1.0  # eq. 1.2
    for before, after in pairwise(tokenizer.encode(text)):
        product *= P[before, after]  # eq. 1.3
    return float(product)


probability(P, "\nal\n"), probability(P, "\nsmith\n")

# %% [markdown]
r"""
Products of many small numbers vanish, sums of their logarithms do not. So we add up $\log P$, turn the
sign and take the mean. That is the *loss*, and every language model in this collection is judged by it. The
logarithm is the natural one, so the unit is the nat, here per character:

$$ L = -\frac{1}{T} \sum_{t=1}^{T} \log P(x_t \mid x_{t-1}) \tag{1.4} $$
"""


# %%
def loss(P, tokens):
    return float(-np.log(P[tokens[:-1], tokens[1:]]).mean())  # eq. 1.4


smith = np.array(tokenizer.encode("\nsmith\n"))
loss(P, smith), math.exp(-6 * loss(P, smith))

# %% [markdown]
"""
Six steps from ⏎ to ⏎, so e to the power of −6 times the loss is the probability again. Now the whole
text, for the bigram and for the blind model, which gives every symbol 1/27.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A blind model gives each of 27 symbols the probability 1/27. What is its loss, in nats per "
    "character?",
    number=3.296,
    tolerance=0.06,
    reply="ln 27. It is the same for every text: whatever comes, it is surprised alike.",
    slips={
        0.037: "That is the probability, 1/27. The loss is minus its logarithm.",
        4.755: "That is log₂ 27, in bits. In nats the logarithm is the natural one.",
        27: "That is the number of sides, the perplexity. The loss is its logarithm.",
        1.431: "A logarithm to the base of 10. Nats want the natural one.",
    },
)

# %% tags=["answer"]
loss(blind, train), loss(P, train)

# %% [markdown]
r"""
The blind model pays −ln 1/27, which is ln 27, for every symbol of any text; the bigram a good part less, on
the names that it was counted from. Two other scales say the same. *Perplexity*, $e^L$, is the number of sides
of a fair die that would surprise us as much. *Bits* are nats divided by ln 2, the unit of our scoreboard.

$$ \text{perplexity} = e^{L} \qquad \text{bits} = L / \ln 2 \tag{1.5} $$
"""

# %%
{"perplexity": math.exp(loss(P, train)), "bits": loss(P, train) / math.log(2)}  # eq. 1.5

# %% [markdown]
"""
Knowing one letter back shrinks the die from 27 sides to 13.

## Names it has never seen

We judged the model on the names it was counted from. That flatters it. About nine thousand others were
kept aside.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A bigram table is counted on 70,940 names, where its loss is 2.56 nats. Then it is judged on "
    "thousands of names that it has never seen. What will its loss be there?",
    {
        "about the same, 2.6": "It would be, if all the pairs of the new names were in the table. "
        "One that isn't is enough to spoil the mean.",
        "a little more, 2.8": "New names do surprise more, but a table of 729 numbers can't learn "
        "that many names by heart. Something else decides: a pair that it calls impossible.",
        "as bad as blind, 3.3": "The pairs of new names are mostly those of the old. But think of "
        "what the table says of the few pairs that it never met.",
        "infinite": "One pair that the table calls impossible is enough: −log 0 is infinite, and "
        "so is any mean with it.",
    },
    right="infinite",
)

# %% tags=["answer"]
valid = np.array(tokenizer.encode(corpus.valid))
with np.errstate(divide="ignore"):
    print(loss(P, valid))

# %% [markdown]
"""
**Guess first.** What happened? How would you look for the culprits?
"""

# %% tags=["answer"]
unseen = {pair for pair in pairwise(valid) if counts[pair] == 0}
[tokenizer.decode(pair) for pair in sorted(unseen)]

# %% [markdown]
r"""
These pairs occur in the new names and in none of the old ones. The table says *impossible*, then it happens,
and no finite surprise is large enough. Absence of evidence was taken for evidence of absence. The
oldest cure is to pretend that everything was seen $k$ times more than it was; with $k = 1$ it is
*add-one*, or Laplace's rule.

$$ P_k(b \mid a) = \frac{C(a, b) + k}{\sum_{b'} \left( C(a, b') + k \right)} \tag{1.6} $$
"""


# %% lmteach={"defines": "models.ngram.model.add_k"}
def add_k(counts, k):
    return (counts + k) / (counts + k).sum(axis=-1, keepdims=True)  # eq. 1.6


loss(add_k(counts, 1), train), loss(add_k(counts, 1), valid)

# %% [markdown]
"""
Finite, and nearly the same on old names and new: a bigram has too few numbers to learn a list by heart.
Is 1 the right amount?

**Guess first.** If $k$ grows to a million, which model do we get? Which if it goes to 0? Draw the curve
in your head, then look.
"""

# %% tags=["answer", "folded"]
# @title The loss on new names, for eight values of k
from lmteach.plots.curves import curves

ks = 10.0 ** np.arange(-3, 5)
held_out = [loss(add_k(counts, k), valid) for k in ks]
display_figure(
    curves(
        {"add-k, new names": held_out},
        x=ks,
        xscale="log",
        xlabel="k",
        ylabel="nats per character",
        reference=("blind", math.log(V)),
    ),
    alt="The loss on new names against k from 0.001 to 10,000: flat and lowest up to about 10, "
    "then rising towards the dashed line of the blind model.",
)

# %% tags=["answer"]
float(ks[np.argmin(held_out)]), min(held_out)

# %% [markdown]
r"""
With much data and few pairs, any pinch will do; of these eight, 1 wins by a hair. Far beyond it, the
pretended counts drown the real ones and we sink back to the blind die; towards 0 we come back to the
table of counts, and to infinity, though so slowly that the curve doesn't show it. With longer contexts this
little choice becomes a great one; it is the whole of the next notebook.

## The table as a network

Now forget the counts. Take a table $W$ of 27 × 27 numbers, the *weights*, and let row $a$ make
probabilities by the *softmax*: e to the power of each number, divided by the sum of these over the row.

$$ \text{softmax}(W_a)_b = \frac{e^{W_{ab}}}{\sum_{b'} e^{W_{ab'}}} \tag{1.7} $$

To look up row $a$ is the same as to multiply $W$ by a *one-hot* vector, 1 at place $a$ and 0 elsewhere.
So this is a neural network, with one layer and no bias. What comes out of the layer, before the softmax,
is called *logits*. Three symbols are enough to draw it. The weights are random numbers for now.
"""

# %% tags=["folded"]
# @title The network for three symbols, drawn
small = torch.randn(3, 3, generator=torch.manual_seed(1))
display_figure(
    one_layer("⏎an", small.numpy(), hot="a", target="n"),
    alt="A network of one layer, left to right. A one-hot vector with its 1 at a picks the row of "
    "a in a table W of nine numbers: 0.62, −0.45, −0.17. They are the logits; a softmax makes "
    "0.56, 0.19 and 0.25 of them; n came, and the loss is −log 0.25, which is 1.37.",
)


# %%
def softmax(logits):
    return logits.exp() / logits.exp().sum(dim=-1, keepdim=True)  # eq. 1.7


one_hot = torch.tensor([0.0, 1.0, 0.0])
assert torch.equal(one_hot @ small, small[1])
one_hot @ small, softmax(one_hot @ small)

# %% [markdown]
r"""
The drawing's numbers. With all weights zero, every row would be the blind die. How should $W$ change to
make the loss smaller? Suppose that **n** came after **a**. By eq. 1.7 the loss is a difference of two terms:

$$ -\log \text{softmax}(W_a)_n = \log \sum_b e^{W_{ab}} - W_{an} $$

The derivative of the first term with respect to $W_{ab}$ is $e^{W_{ab}}$ over the sum: the probability of $b$. That of
the second is 1 for **n** and 0 for all others. Together that is an answer that a child could carry out: *what you said,
minus what happened*.
"""

# %% tags=["folded"]
# @title The same network, and what it should change
display_figure(
    one_layer(
        "⏎an",
        small.numpy(),
        hot="a",
        target="n",
        back=True,
        lit=["row", "probabilities", "happened", "gradient"],
    ),
    alt="The same network, paler, with the row of a and the right end lit: the probabilities 0.56, "
    "0.19 and 0.25, minus what happened, 0, 0 and 1, are the gradient: 0.56, 0.19 and −0.75.",
)

# %% [markdown]
r"""
The other rows were not asked, so their gradient is zero. Averaged over all $T$ pairs of the text, with
$C(a) = \sum_b C(a, b)$:

$$ \frac{\partial L}{\partial W_{ab}} = \frac{C(a)}{T} \left( \text{softmax}(W_a)_b
   - \frac{C(a, b)}{C(a)} \right) \tag{1.8} $$

It is zero exactly if the softmax says what the counts say. The loss is a bowl in $W$ (it is *convex*), so
where it has no slope it is lowest. That is why equation 1.1 is maximum likelihood.
"""

# %%
C = torch.tensor(counts, dtype=torch.float64)
T = C.sum()


def network_loss(W):
    return -(C * softmax(W).log()).sum() / T  # eq. 1.4, equal pairs taken together


def gradient(W):
    return (C.sum(dim=1, keepdim=True) * softmax(W) - C) / T  # eq. 1.8


# %% [markdown]
"""
Is the formula right? PyTorch can differentiate on its own. A tensor with `requires_grad` is watched; what
is computed from it remembers how; `.backward()` walks that way back and leaves the derivative in
`.grad`. For x² at 3:
"""

# %%
x = torch.tensor(3.0, requires_grad=True)
(x**2).backward()
x.grad

# %% [markdown]
"""
**Guess first.** One x, which is 3. Compute x² from it and call `.backward()`, then do both again. What stands
in `.grad` in the end?
"""

# %% tags=["answer"]
twice = torch.tensor(3.0, requires_grad=True)
(twice**2).backward()
(twice**2).backward()
twice.grad

# %% [markdown]
"""
It *adds* to what is there. Whoever trains must empty `.grad` before the next step; keep that in mind for
the end of this page. And equation 1.8, at random weights?
"""

# %%
random = torch.randn(V, V, dtype=torch.float64, generator=torch.manual_seed(0)).requires_grad_()
network_loss(random).backward()
assert torch.allclose(gradient(random), random.grad)
random.grad.shape

# %% [markdown]
r"""
Then walk downhill: subtract the gradient times a *learning rate* $\eta$, again and again.

$$ W \leftarrow W - \eta\, \frac{\partial L}{\partial W} \tag{1.9} $$

Ours is 50, which is unusually high, but here each weight's gradient
is small: it is multiplied by its row's share of the text, an eighth at most, a thousandth for **q**. This is
the first training loop of the collection, and all the others are this one with more in it.

**Guess first.** From the blind die, 2,000 steps. Which loss will it end at: above the counted table's, the
same, below?
"""

# %% tags=["answer"]
rate, losses = 50, []
learned = torch.zeros(V, V, dtype=torch.float64)
for _ in range(2000):
    losses.append(network_loss(learned).item())
    learned = learned - rate * gradient(learned)  # eq. 1.9
losses[0], losses[-1], loss(P, train)

# %% tags=["answer", "folded"]
# @title The loss over the first 200 steps
display_figure(
    curves(
        {"network": losses[:200]},
        xlabel="step",
        ylabel="nats per character",
        reference=("counted", loss(P, train)),
    ),
    alt="The network's loss over the first 200 steps: it starts at 3.3 nats, falls steeply at "
    "once and then creeps down almost to the dashed line of the counted model.",
)

# %% [markdown]
"""
It falls towards the counted table's level, first fast, then ever more slowly, and on this text nothing with
one letter of context can fall below. Why then train at all? Because this recipe keeps working when there
is nothing left to count, when the context is a whole page.

On the names it has learned from, the two are a thousandth of a nat apart. On new names the counted table
is at infinity.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "On old names a network with a softmax comes within a thousandth of a nat of the counted "
    "table. On new names the counted table's loss is infinite. The network's?",
    {
        "infinite as well": "The two agree closely where there was something to count. But "
        "softmax divides e to some power, and that is never 0.",
        "finite, as low as add-one's": "No weight is −∞, so no pair is impossible. It has smoothed "
        "without being asked.",
        "finite, worse than blind": "The few unseen pairs are dear, yes, five nats and more each. "
        "But they are four pairs in thousands of names, and all others cost what they did.",
    },
    right="finite, as low as add-one's",
)

# %% tags=["answer"]
Q = softmax(learned).numpy()
loss(P, train), loss(Q, train), loss(Q, valid), loss(add_k(counts, 1), valid)

# %%
for before_it, came in sorted(unseen):
    print(tokenizer.decode([before_it, came]), f"{Q[before_it, came]:.6f}")
float(learned.min())

# %% [markdown]
"""
So it is *not* the same model. A softmax never says zero: for that a weight would have to be −∞, and after
2,000 steps the lowest has come to −5.5. It is still on its way. How much it smooths depends on when you
stop; let it walk ten times as far:
"""

# %%
W = torch.zeros(V, V, dtype=torch.float64)
for step in range(1, 20_001):
    W = W - rate * gradient(W)
    if step in (500, 2_000, 5_000, 20_000):
        walked = softmax(W).numpy()
        print(f"{step:6}  old {loss(walked, train):.5f}  new {loss(walked, valid):.5f}")

# %% [markdown]
"""
On old names it goes on falling; on new ones it has turned, by a hair, before the last row. In the end, which
it never reaches, stands the table with its zeros. And what does the network say when it is asked for names?
"""

# %%
print(*[draw_name(Q, session.rng) for _ in range(12)])
float(np.abs(P - Q).max())

# %% [markdown]
"""
The dice of network and table are loaded alike: the last number is the largest difference between any two
probabilities, one in a hundred. The names are as good and as bad as the table's.

## The equal sign

Four references, each by another road: a recount with Python's own `Counter`, exact fractions, PyTorch's
own loss, and the model that the package ships.
"""

# %%
from lmteach.models.ngram.model import NGramModel
from lmteach.models.ngram.model import add_k as lmteach_add_k

for first, second in pairs:
    assert counts[tuple(tokenizer.encode(first + second))] == pairs[first, second]
assert counts.sum() == pairs.total() == len(train) - 1

# %%
model = NGramModel(order=2, smoothing="mle", vocab_size=V).fit(train)
assert np.allclose([model.probabilities([token]) for token in range(V)], P, rtol=1e-12)
assert np.allclose(add_k(counts, 0.5), lmteach_add_k(counts, 0.5), rtol=1e-12)
assert math.isclose(model.log_probabilities(train)[1:].mean(), -loss(P, train))


# %%
def exact(text):
    product = Fraction(1)
    for before, after in pairwise(tokenizer.encode(text)):
        product *= Fraction(int(counts[before, after]), int(counts[before].sum()))
    return product


assert math.isclose(float(exact("\nanna\n")), probability(P, "\nanna\n"), rel_tol=1e-12)
exact("\nal\n")

# %% [markdown]
"""
PyTorch's loss is the one that every later notebook trains with. It takes the logits, before the softmax:
"""

# %%
before, after = torch.tensor(train[:-1]), torch.tensor(train[1:])
assert math.isclose(F.cross_entropy(learned[before], after).item(), losses[-1], rel_tol=1e-5)
assert abs(losses[-1] - loss(P, train)) < 1e-3
before.shape, learned[before].shape

# %% [markdown]
"""
The second assertion is the claim of the section before: on old names the network has reached the counted
table's loss, to a thousandth of a nat.

## The scoreboard

Names were practice. The board is for Wikipedia, as in notebook 00: count on the training articles, be
judged on the test articles. Beside the bigram stands the *unigram*, which looks at nothing at all.
"""

# %%
from lmteach.evaluation.information import bits_per_character
from lmteach.evaluation.scoreboard import record, table

wiki = wikipedia()
wiki_tokenizer = CharTokenizer(wiki.train + wiki.valid + wiki.test)
wiki_train, wiki_test = (np.array(wiki_tokenizer.encode(text)) for text in (wiki.train, wiki.test))

# %% [markdown]
"""
**Guess first.** `gzip` stands at about three bits. On which side of it will the bigram be?
"""

# %% tags=["answer", "folded"]
# @title Two rows for the board
for order, name in enumerate(("unigram, add-one", "bigram, add-one"), start=1):
    started = time.perf_counter()
    scored = NGramModel(order, "add_k", k=1.0, vocab_size=wiki_tokenizer.vocab_size).fit(wiki_train)
    seconds = time.perf_counter() - started
    nats = -scored.log_probability(wiki_test)
    bpc = bits_per_character(nats, tokens=len(wiki_test), characters=len(wiki.test))
    once = {"text_read": len(wiki.train), "passes": 1}
    record("A", name, bpc, scored.parameter_count, seconds, **once)

table("A", ["gzip", "xz", "unigram, add-one", "bigram, add-one"])

# %% [markdown]
"""
One letter back takes off most of a bit. The compressors win all the same, though they were given less: they
begin with nothing, and the bigram had read the training articles before. They look back thousands of
letters. But the bigram learns in a moment, and it can speak.
"""

# %%
line = scored.sample(300, session.rng, context=wiki_tokenizer.encode("\n"))
print(wiki_tokenizer.decode(line))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Spot the bug

"A bigram model computes the joint probability of two neighbours," says many an article, and the code
follows suit. It runs without complaint. What is wrong with it?
"""

# %%
joint = counts / counts.sum()
loss(joint, train), math.exp(loss(joint, train))

# %% [markdown]
"""
Two hundred and more: worse than a fair die with 27 sides. A model that has seen half a million pairs should
not be worse than one that has seen none.

**Guess first.** What does a row of `joint` sum to?
"""

# %% tags=["answer"]
np.round(joint.sum(axis=1)[:5], 3), np.round(counts.sum(axis=1)[:5] / counts.sum(), 3)

# %% [markdown]
r"""
To $P(a)$, not to 1. The joint $P(a, b)$ answers *how often does this pair occur anywhere*; we had asked
*what comes next, now that we have $a$*. The two differ by a division, $P(b \mid a) = P(a, b) / P(a)$, and
leaving it out charges us for $a$ a second time at every step. NumPy's die notices at once:
"""

# %%
try:
    session.rng.choice(V, p=joint[a])
except ValueError as error:
    print(error)

# %%
assert np.allclose(joint / joint.sum(axis=1, keepdims=True), P)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## In practice

`nltk.lm` counts n-grams of any order. Texts go in as lists of symbols; `score` is the conditional
probability, and `perplexity` is ours in base 2, which comes to the same.
"""

# %%
from nltk.lm import MLE, Laplace, Vocabulary
from nltk.util import bigrams, ngrams

vocabulary = Vocabulary(corpus.train)
nltk_model = MLE(2, vocabulary)
nltk_model.fit([ngrams(corpus.train, 1), bigrams(corpus.train)])
assert math.isclose(nltk_model.score("u", ["q"]), P[q, u])

# %%
theirs = nltk_model.perplexity(bigrams("\nsmith\n"))
assert math.isclose(theirs, math.exp(loss(P, smith)))
theirs

# %% [markdown]
"""
With add-one there is a difference worth knowing. NLTK keeps a 28th entry, `<UNK>`, for symbols that it
has never met, and saves it some probability. Give our table a spare row and column, too, and the two agree
again:
"""

# %%
laplace = Laplace(2, vocabulary)
laplace.fit([ngrams(corpus.train, 1), bigrams(corpus.train)])
with_spare = add_k(np.pad(counts, ((0, 1), (0, 1))), 1)
assert len(vocabulary) == V + 1
assert math.isclose(laplace.score("u", ["q"]), with_spare[q, u])

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Your turn

### Build it · a bigram model that learns by itself (25 minutes, ●●○)

Above, the gradient was a formula. Here PyTorch finds it, from the pairs themselves, and nobody has
to know the formula: forward, loss, step, and all of it in a loop. That is how every network
in this collection is trained. Each step is checked by itself.

#### Step 1 · predict

`W` is a tensor (V, V) of weights, `before` a tensor (T,) with the ids of the letters before. Write
`predict(W, before)`: for each of them the probabilities of what comes next, (T, V). No loop is needed.
"""


# %% tags=["exercise"]
def predict(W, before):
    ### BEGIN SOLUTION
    logits = W[before]
    weights = logits.exp()
    return weights / weights.sum(dim=1, keepdim=True)
    ### END SOLUTION


check.predict(predict)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A tensor of ids picks rows: `W[before]` has shape (T, V). Then equation 1.7, one row at a time; `keepdim=True`
keeps the sums as a column.

</details>

<details><summary>Solution</summary>

{{solution}}

`torch.softmax(W[before], dim=1)` is the same, and doesn't overflow when a logit is in the hundreds.

</details>
"""

# %% [markdown]
"""
#### Step 2 · mean_surprise

`probabilities` (T, V) are what step 1 returns, `after` (T,) the ids of what came. Write
`mean_surprise(probabilities, after)`: the loss of equation 1.4, a tensor with one number.
"""


# %% tags=["exercise"]
def mean_surprise(probabilities, after):
    ### BEGIN SOLUTION
    places = torch.arange(len(after))
    return -probabilities[places, after].log().mean()
    ### END SOLUTION


check.mean_surprise(mean_surprise)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Row 0 is asked for column `after[0]`, row 1 for column `after[1]`. `torch.arange(len(after))` counts the
rows, and two tensors of ids in the brackets are taken pairwise.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · step_down

Write `step_down(W, before, after, rate)`: the weights after one step of equation 1.9, found with
`.backward()`. Leave the `W` that you are given as it is: work on `W.clone().requires_grad_()`, and return
numbers that no longer remember how they were made (`.detach()`). Use your steps 1 and 2, or PyTorch's own,
which does both in one call: `F.cross_entropy(W[before], after)`.
"""


# %% tags=["exercise"]
def step_down(W, before, after, rate):
    ### BEGIN SOLUTION
    watched = W.clone().requires_grad_()
    surprise = F.cross_entropy(watched[before], after)
    surprise.backward()
    return watched.detach() - rate * watched.grad
    ### END SOLUTION


check.step_down(step_down)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Four lines: a watched copy, the loss computed from it, `.backward()`, and the copy minus `rate` times its
`.grad`. `.detach()` gives the numbers of a tensor without its memory.

</details>

<details><summary>Solution</summary>

{{solution}}

A fresh copy has an empty `.grad`. Whoever keeps one `W` for all steps has to empty it each time.

</details>
"""

# %% [markdown]
"""
#### Step 4 · fit_network

Put them together. Write `fit_network(before, after, vocab_size, rate, steps)`: begin with weights of zero,
walk `steps` times, and return the list of losses, each taken *before* its step. Call what you wrote, or
write the loop anew.

Then let it learn names, and turn the rate up until it breaks: run `fit_network(before[:50_000],
after[:50_000], V, rate, 100)` with a rate of 1, 10, 50, 100, 200 and 500; `before` and `after` are still
those of *The equal sign*. Which is best? What does the loss do when it is too high, and which loss should it
never exceed?
"""


# %% tags=["exercise"]
def fit_network(before, after, vocab_size, rate, steps):
    ### BEGIN SOLUTION
    W, losses = torch.zeros(vocab_size, vocab_size), []
    for _ in range(steps):
        surprise = F.cross_entropy(W[before], after)
        losses.append(surprise.item())
        W = step_down(W, before, after, rate)
    return losses
    ### END SOLUTION


check.fit_network(fit_network)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`torch.zeros(vocab_size, vocab_size)` is the blind die, so the first loss must be ln V. In the loop: the
loss, `.item()` into the list, then the next `W`.

</details>

<details><summary>Solution</summary>

{{solution}}

Of these six, 100 is best: up to there a higher rate is faster, and at 1 a hundred steps have hardly begun. At
200 the loss falls
and jumps by turns and never settles. At 500 it ends far above the loss of the blind die, ln 27, from which
it came: a model that learns should never be worse than one that knows nothing. Each step overshoots the
bottom of the bowl and lands higher on the other side. And judge late: after one step, 200 is ahead of 100.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · likeliest_next (3 minutes, ●○○)

Write `likeliest_next(probabilities, token)`: the id of the symbol that most probably follows `token`.
Then start at ⏎ and always take the likeliest. Which name do you get, and does it ever end?
"""


# %% tags=["exercise"]
def likeliest_next(probabilities, token):
    ### BEGIN SOLUTION
    return probabilities[token].argmax()
    ### END SOLUTION


check.likeliest_next(likeliest_next)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

What follows `token` stands in its row. `argmax` says where the largest number of a row is.

</details>

<details><summary>Solution</summary>

{{solution}}

It ends at once: **s** is the commonest first letter, and after an **s** the likeliest is ⏎. So the name
is *s*, always. The likeliest symbol at each step is not what names are made of; that is why we draw.

</details>
"""

# %% [markdown]
"""
### Exercise 2 · count_trigrams (10 minutes, ●●○)

Look two letters back. Write `count_trigrams(tokens, vocab_size)`, an array of shape (V, V, V) in which
entry `[a, b, c]` counts how often `c` followed `a, b`. Then divide and draw names from it, beginning with
⏎ and a letter: are they better? How many of its entries are 0?
"""


# %% tags=["exercise"]
def count_trigrams(tokens, vocab_size):
    ### BEGIN SOLUTION
    counts = np.zeros((vocab_size, vocab_size, vocab_size), dtype=int)
    np.add.at(counts, (tokens[:-2], tokens[1:-1], tokens[2:]), 1)
    return counts
    ### END SOLUTION


check.count_trigrams(count_trigrams)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`count_bigrams` shifts the tokens by one. Three shifted copies are `tokens[:-2]`, `tokens[1:-1]` and
`tokens[2:]`.

</details>

<details><summary>Solution</summary>

{{solution}}

They are: most can be pronounced, and the loss on the names that were counted falls by a quarter of a nat.
The price is zeros: more than half of the 27³ entries, where the bigram had 55 of 729. The next
notebook is about those.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A bigram model is a table whose rows sum to 1. The chain rule always holds; that one letter of context
  is enough is the Markov assumption.
- Maximum likelihood divides counts by the sum of their row. What was never seen gets 0.
- The loss is the mean of −log P, in nats; perplexity and bits are other names for it.
- One impossible event makes the loss infinite. Add-k is the oldest cure.
- A network of one layer learns the table by gradient descent, as near as you let it, and never says zero.
  A learning rate that is too high doesn't learn faster: it climbs.

**Further reading.** A. A. Markov, "An Example of Statistical Investigation of the Text *Eugene Onegin*"
(1913), the first bigrams, of vowels and consonants. C. E. Shannon, "A Mathematical Theory of
Communication" (1948), §3, where letters are drawn as you did. D. Jurafsky and J. H. Martin, *Speech and
Language Processing*, the chapter on n-grams.

**Next.** {{next}}: look back further, and pay for it.
"""
