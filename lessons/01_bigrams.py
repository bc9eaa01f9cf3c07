# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 01 · Bigrams: a model you can count

{{badges}}

> *doremus · becanar · swieck · brumble*

Two of these are surnames from the United States census. Two were made up by a table of numbers that
knows one thing only: which letter tends to come after which. Can you tell them apart? By the end you
will have built the table, and a second time as a neural network, and the two will agree.

**Aims.** Count a language model and sample from it. Measure it in nats, perplexity and bits. See why a
zero is fatal and mend it. Fit the same model by gradient descent, and watch it arrive at the counts.

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
from lmteach.text.corpora.names import names
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Eighty-eight thousand surnames

A list of names is a good first language: words of one line, made by people, never by rule. Ours come
from the census; four in five are for training, the rest is kept aside.
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

**Guess first.** Think of names you know. Which letter comes after a **q**? Which one most often ends a
name? How many of the 27 × 27 pairs never happen at all?

Counting is one line of Python: walk along the text, and note each letter with the one after it.
"""

# %%
pairs = Counter(pairwise(corpus.train))
pairs.most_common(4)

# %% [markdown]
"""
A pair of neighbours is called a *bigram*. The commonest is **er**, as in *miller*; the next is an **n**
that ends the name, as in *johnson*. To compute with the counts we put them into a table: a row for each
letter before, a column for each letter after. First as a loop that hides nothing, tried on one name:
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
Rows and columns are ⏎, a, n: check them against *anna*. Then without the loop. `np.add.at` adds 1 at every place that is listed, again for each repeat.
"""


# %% lmteach={"defines": "models.ngram.model.count_bigrams"}
def count_bigrams(tokens, vocab_size):
    counts = np.zeros((vocab_size, vocab_size), dtype=np.int64)
    np.add.at(counts, (tokens[:-1], tokens[1:]), 1)
    return counts


train = np.array(tokenizer.encode(corpus.train))
counts = count_bigrams(train, V)
assert (counts == count_by_loop(train, V)).all()

# %% [markdown]
"""
Here is the whole model, before anything is done to it. Each step of colour is a factor, not a
difference; a blank square is a pair that was never seen. Look for the row of **q**, and for the column
⏎, where names end.
"""

# %%
from lmteach.plots.heatmap import heatmap

display_figure(
    heatmap(counts, symbols, symbols, row_label="before", column_label="after", scale="log"),
    alt="A 27 by 27 matrix of counts, letters before as rows, letters after as columns, in "
    "colours that grow tenfold. The brightest squares are e followed by r, and n at the end of a "
    "name. The row of q is nearly all blank, and u is by far its brightest. Blank squares are "
    "blank: pairs never seen.",
)

# %%
q, u = tokenizer.encode("qu")
float(counts[q, u] / counts[q].sum()), int((counts == 0).sum())

# %% [markdown]
r"""
A **q** nearly always brings its **u**, though not in names such as *iqbal*. The second number answers
the third question: so many of the 729 pairs were never seen.

## From counts to chances

After a **q**, what should the model say of a **u**? You have just computed it: the
count, divided by all counts in the row.

$$ P(b \mid a) = \frac{C(a, b)}{\sum_{b'} C(a, b')} \tag{1.1} $$

Read it as *the probability of $b$, given that $a$ came before*. Of all tables, this one makes the
training text most probable, hence its name, *maximum likelihood*.
"""


# %% lmteach={"defines": "models.ngram.model.maximum_likelihood"}
def maximum_likelihood(counts):
    return counts / counts.sum(axis=-1, keepdims=True)  # eq. 1.1


P = maximum_likelihood(counts)
assert np.allclose(P.sum(axis=1), 1)

# %% [markdown]
"""
Every row sums to 1: after every letter, *something* comes. Pick a letter and see what. Then grow a name,
one click at a time; the number below each letter is what the model gave it.
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
**Look.** Two of them stood at the top of this page. Every pair of neighbours is a pair that occurs, and still few of these could be anybody's
name. Some stop after a letter, some don't know how to stop: the model can't tell how long the name
already is, because it sees one letter and no more. And compared to knowing nothing?
"""

# %%
blind = np.full((V, V), 1 / V)
print(*[draw_name(blind, session.rng) for _ in range(4)])

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## One number for how good it is

Ask the model for the probability of a whole name, and multiply along the way:

$$ P(\text{⏎ a l ⏎}) = P(a \mid ⏎)\, P(l \mid a)\, P(⏎ \mid l) \tag{1.2} $$

Products of many small numbers vanish, sums of their logarithms do not. So we add up $\log P$, turn the
sign and take the mean. That is the *loss*, in nats per character, and every model in this collection is
judged by it:

$$ L = -\frac{1}{T} \sum_{t=1}^{T} \log P(x_t \mid x_{t-1}) \tag{1.3} $$
"""


# %%
def probability(P, text):
    tokens = tokenizer.encode(text)
    return math.prod(float(P[a, b]) for a, b in pairwise(tokens))  # eq. 1.2


def loss(P, tokens):
    return float(-np.log(P[tokens[:-1], tokens[1:]]).mean())  # eq. 1.3


probability(P, "\nsmith\n"), loss(P, np.array(tokenizer.encode("\nsmith\n")))

# %% [markdown]
"""
**Guess first.** The blind model gives every symbol 1/27. What is its loss? And where will the bigram
land: near it, half of it, a tenth?
"""

# %%
loss(blind, train), loss(P, train)

# %% [markdown]
r"""
Two other scales say the same. *Perplexity*, $e^L$, is the number of sides of a fair die that would
surprise us as much. *Bits* are nats divided by ln 2, the unit of our scoreboard.

$$ \text{perplexity} = e^{L} \qquad \text{bits} = L / \ln 2 \tag{1.4} $$
"""

# %%
{"perplexity": math.exp(loss(P, train)), "bits": loss(P, train) / math.log(2)}  # eq. 1.4

# %% [markdown]
"""
Knowing one letter back shrinks the die from 27 sides to 13.

## The trouble with zero

We judged the model on the names it was counted from. That flatters it. Now the names it has never seen:
"""

# %%
valid = np.array(tokenizer.encode(corpus.valid))
with np.errstate(divide="ignore"):
    print(loss(P, valid))

# %% [markdown]
"""
Infinite. **Guess first:** what happened?
"""

# %%
unseen = {pair for pair in pairwise(valid) if counts[pair] == 0}
[tokenizer.decode(pair) for pair in sorted(unseen)]

# %% [markdown]
r"""
These pairs occur in the new names and in none of the old ones. The table says *impossible*, then it happens,
and no finite surprise is large enough. Absence of evidence was taken for evidence of absence. The
oldest cure is to pretend that everything was seen $k$ times more than it was; with $k = 1$ it is
*add-one*, or Laplace's rule.

$$ P_k(b \mid a) = \frac{C(a, b) + k}{\sum_{b'} \left( C(a, b') + k \right)} \tag{1.5} $$
"""


# %% lmteach={"defines": "models.ngram.model.add_k"}
def add_k(counts, k):
    return (counts + k) / (counts + k).sum(axis=-1, keepdims=True)  # eq. 1.5


loss(add_k(counts, 1), train), loss(add_k(counts, 1), valid)

# %% [markdown]
"""
Finite, and nearly the same on old names and new: a bigram has too few numbers to learn a list by heart.
Is 1 the right amount?

**Guess first.** If $k$ grows to a million, which model do we get? Which if it goes to 0? Draw the curve
in your head, then look.
"""

# %%
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

# %%
float(ks[np.argmin(held_out)]), min(held_out)

# %% [markdown]
"""
With much data and few pairs, any pinch will do; the best one wins by a hair. Far beyond it, the pretended counts drown the real
ones and we sink back to the blind die. With longer contexts this little choice becomes a great one; it
is the whole of the next notebook.

## The same model as a network

Now forget the counts. Take a table $W$ of 27 × 27 numbers, all zero, and let each row make probabilities
by the *softmax*: e to the power of each number, divided by the sum of the row.
"""


# %%
def softmax(logits):
    return logits.exp() / logits.exp().sum(dim=-1, keepdim=True)


W = torch.zeros(V, V, dtype=torch.float64)
assert torch.allclose(softmax(W), torch.full_like(W, 1 / V))

# %% [markdown]
"""
All zero is the blind die. To look up row $a$ is the same as to multiply a *one-hot* vector by $W$, so
this is a neural network with one layer, without bias:
"""

# %%
one_hot = F.one_hot(torch.tensor(a), V).double()
assert torch.equal(one_hot @ W, W[a])

# %% [markdown]
r"""
Its loss is equation 1.3 again. How should $W$ change to make the loss smaller? For one step from $a$,
calculus gives an answer that a child could carry out: *what you said, minus what happened*.

$$ \frac{\partial L}{\partial W_{ab}} = \frac{C(a)}{T} \left( \text{softmax}(W_a)_b
   - \frac{C(a, b)}{C(a)} \right) \tag{1.6} $$

where $C(a)$ is the sum of row $a$. The gradient is zero exactly if the softmax says what the counts say.
**Guess first:** then which loss will training end at?
"""

# %%
C = torch.tensor(counts, dtype=torch.float64)
T = C.sum()


def network_loss(W):
    return -(C * softmax(W).log()).sum() / T


def gradient(W):
    return (C.sum(dim=1, keepdim=True) * softmax(W) - C) / T  # eq. 1.6


# %% [markdown]
"""
The counts stand in for a walk over all pairs of neighbours, since the same pair always adds the same.
Is the formula right? PyTorch can differentiate on its own:
"""

# %%
random = torch.randn(V, V, dtype=torch.float64, generator=torch.manual_seed(0)).requires_grad_()
(automatic,) = torch.autograd.grad(network_loss(random), random)
assert torch.allclose(gradient(random), automatic)

# %% [markdown]
"""
Then walk downhill: subtract the gradient, again and again. This is the first training loop of the
collection, and all the others are this one with more in it.
"""

# %%
losses = []
for _ in range(2000):
    losses.append(network_loss(W).item())
    W -= 50 * gradient(W)
losses[0], losses[-1]

# %%
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
It falls to the counted model's level, first fast, then ever more slowly. No learning can do better with one letter of
context: the counts are already the best. Why then train at all? Because this recipe keeps working when
there is nothing left to count, when the context is a whole page.

## The equal sign

Four references, each by another road: a recount with Python's own `Counter`, exact fractions, PyTorch's
own loss, and the model that the package ships.
"""

# %%
from lmteach.models.ngram.model import NGramModel
from lmteach.models.ngram.model import add_k as lmteach_add_k

assert {(a, b): counts[tuple(tokenizer.encode(a + b))] for a, b in pairs} == pairs
assert counts.sum() == len(train) - 1

# %%
model = NGramModel(order=2, smoothing="mle", vocab_size=V).fit(train)
assert np.allclose([model.probabilities([token]) for token in range(V)], P, rtol=1e-12)
assert np.allclose(add_k(counts, 0.5), lmteach_add_k(counts, 0.5), rtol=1e-12)
assert math.isclose(model.log_probabilities(train)[1:].mean(), -loss(P, train))


# %%
def exact(text):
    tokens = tokenizer.encode(text)
    steps = pairwise(tokens)
    return math.prod(Fraction(int(counts[a, b]), int(counts[a].sum())) for a, b in steps)


assert math.isclose(float(exact("\nanna\n")), probability(P, "\nanna\n"), rel_tol=1e-12)

# %% [markdown]
"""
PyTorch's loss is the one that every later notebook trains with. It takes the logits, before the softmax:
"""

# %%
before, after = torch.tensor(train[:-1]), torch.tensor(train[1:])
assert math.isclose(F.cross_entropy(W[before], after).item(), losses[-1], rel_tol=1e-5)
assert abs(losses[-1] - loss(P, train)) < 1e-3

# %% [markdown]
"""
The last line is the claim of the section before: the network has reached the counted model's loss, to a
thousandth of a nat.

## The scoreboard

Names were practice. The board is for Wikipedia, as in notebook 00: count on the training articles, be
judged on the test articles. Beside the bigram stands the *unigram*, which looks at nothing at all.

**Guess first.** `gzip` stands at about three bits. On which side of it will the bigram be?
"""

# %%
from lmteach.evaluation.information import bits_per_character
from lmteach.evaluation.scoreboard import record, table

wiki = wikipedia()
wiki_tokenizer = CharTokenizer(wiki.train + wiki.valid + wiki.test)
wiki_train, wiki_test = (np.array(wiki_tokenizer.encode(text)) for text in (wiki.train, wiki.test))

# %%
for order, name in enumerate(("unigram, add-one", "bigram, add-one"), start=1):
    started = time.perf_counter()
    scored = NGramModel(order, "add_k", k=1.0, vocab_size=wiki_tokenizer.vocab_size).fit(wiki_train)
    seconds = time.perf_counter() - started
    nats = -scored.log_probability(wiki_test)
    bpc = bits_per_character(nats, tokens=len(wiki_test), characters=len(wiki.test))
    record("A", name, bpc, parameters=scored.parameter_count, seconds=seconds)

table("A", ["gzip", "xz", "unigram, add-one", "bigram, add-one"])

# %% [markdown]
"""
One letter back takes off most of a bit. The compressors look back thousands of letters, and win. But the bigram learns in a moment, and it can do what no compressor does: speak.
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
Two hundred and more: worse than a fair die with 27 sides. A model that has seen half a million pairs can't be
worse than one that has seen none, so it isn't a model. **Guess first:** what does a row sum to?
"""

# %%
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
smith = tokenizer.encode("\nsmith\n")
theirs = nltk_model.perplexity(bigrams("\nsmith\n"))
assert math.isclose(theirs, math.exp(loss(P, np.array(smith))))
theirs

# %% [markdown]
"""
With add-one there is a difference worth knowing. NLTK keeps a 28th entry, `<UNK>`, for symbols that it
has never met, and saves it some probability. Give our table the same spare row and the two agree again:
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

</details>
"""

# %% [markdown]
"""
### Exercise 2 · name_perplexity (8 minutes, ●●○)

Write `name_perplexity(probabilities, tokens)`: the perplexity of one name, whose tokens begin and end
with ⏎. Which of your friends has the most surprising name?
"""


# %% tags=["exercise"]
def name_perplexity(probabilities, tokens):
    ### BEGIN SOLUTION
    steps = pairwise(tokens)
    return math.exp(-np.mean([math.log(probabilities[a, b]) for a, b in steps]))
    ### END SOLUTION


check.name_perplexity(name_perplexity)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Equations 1.3 and 1.4. A name of five letters has seven tokens, and how many steps from one to the next?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 3 · count_trigrams (10 minutes, ●●○)

Look two letters back. Write `count_trigrams(tokens, vocab_size)`, an array of shape (V, V, V) in which
entry `[a, b, c]` counts how often `c` followed `a, b`. Then draw names from it: are they better?
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

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A bigram model is a table: each row says what follows one letter, and sums to 1.
- Maximum likelihood divides counts by the sum of their row. What was never seen gets 0.
- The loss is the mean of −log P, in nats; perplexity and bits are other names for it.
- One impossible event makes the loss infinite. Add-k is the oldest cure.
- A one-layer network trained by gradient descent ends up at the counts.

**Further reading.** A. A. Markov, "An Example of Statistical Investigation of the Text *Eugene Onegin*"
(1913), the first bigrams, of vowels and consonants. C. E. Shannon, "A Mathematical Theory of
Communication" (1948), §3, where letters are drawn as you did. D. Jurafsky and J. H. Martin, *Speech and
Language Processing*, the chapter on n-grams.

**Next.** {{next}}: look back further, and pay for it.
"""
