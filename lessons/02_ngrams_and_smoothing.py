# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 02 · n-grams and smoothing: what to say about the unseen

{{badges}}

> *Our text mentions* York *85 times and* theory *86 times. One of the two has come after 57 different
> words. The other has come after one single word, ever. Which of them should a model expect after
> "beautiful"?*

A count alone can't tell them apart. By the end of this notebook your model can, and that idea, from 1995,
is in every good n-gram model since.

**Aims.** Count with any length of context. See why longer contexts break a model that only counts, and
mend it four times: interpolation, discounting, Kneser–Ney, modified Kneser–Ney. Hand
your model to a program that others use.

**Time.** {{time}} The cells run in about a minute on two CPU cores.

**Before.** [01 · Bigrams](01_bigrams.ipynb): maximum likelihood, the loss, add-k.
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
import tempfile
import time
from collections import Counter
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from lmteach.classroom import display_figure, show_source
from lmteach.exercises import ngrams as check
from lmteach.plots.curves import curves
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.text.tokenizers.words import WordTokenizer

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Looking further back

A bigram looks one letter back. An *n-gram* model looks back $n - 1$. Nothing else changes: count what
followed the context $h$, and divide.

$$ P(w \mid h) = \frac{C(h\,w)}{C(h)} \qquad C(h) = \sum_{w} C(h\,w) \tag{2.1} $$

A word to try it on, small enough to do by hand:
"""

# %%
toy, alphabet = "abracadabra", "abcdr"


def count(text, n):
    return Counter(text[i : i + n] for i in range(len(text) - n + 1))


C = {n: count(toy, n) for n in (1, 2, 3)}
C[2]

# %% [markdown]
"""
**Guess first.** After an **a**, what is the probability of a **b**? After **ab**, of an **r**? Look at
the counts above; the last **a** of the word is followed by nothing.
"""


# %%
def followers(h):
    return {gram[-1]: times for gram, times in C[len(h) + 1].items() if gram[:-1] == h}


def maximum_likelihood(w, h):
    return Fraction(followers(h).get(w, 0), sum(followers(h).values()))  # eq. 2.1


print(maximum_likelihood("b", "a"), maximum_likelihood("r", "ab"))

# %% [markdown]
"""
A half, and certainty. Now all of Wikipedia's training articles, and contexts of up to seven letters. A
table with a cell for each of the 82⁸ combinations would take sixteen million gigabytes, so the package
keeps only those that occur, sorted. Let each of the models write a line.

**Guess first.** From which $n$ on will the words be English? From which on does it make sense?
"""

# %%
from lmteach.models.ngram.counts import count_levels, ngram_numbers
from lmteach.models.ngram.model import NGramModel

wiki = wikipedia()
tokenizer = CharTokenizer(wiki.train + wiki.valid + wiki.test)
V = tokenizer.vocab_size
train, valid = (np.array(tokenizer.encode(text)) for text in (wiki.train, wiki.valid))

# %% tags=["nbval-ignore-output"]
levels = count_levels(train, V, order=8)
ORDERS = range(1, 9)
plain = [NGramModel(n, "mle").fit_counts(levels) for n in tqdm(ORDERS)]

# %%
for n, model in list(enumerate(plain, start=1))[:6]:
    line = model.sample(75, session.rng, context=tokenizer.encode("\n"))
    print(n, tokenizer.decode(line).replace("\n", " ⏎ "))

# %% [markdown]
"""
**Look.** At 3 most of it can be pronounced, at 5 it is made of English words, at 6 some neighbours
belong together. Longer is better, it seems. Is the model learning English, or is it learning the
articles by heart?

## The price of a long memory

Ask each model for its bits on text that it was counted from, and on articles that it has never seen.
**Guess first:** draw both curves for $n$ from 1 to 8.
"""

# %%
seen_before = train[:100_000]


def bits(model, tokens):
    return -model.log_probability(tokens) / math.log(2)


on_train = [bits(model, seen_before) for model in plain]
np.round(on_train, 2), np.round([bits(model, valid) for model in plain], 2)

# %% [markdown]
"""
On its own text it dives below one bit, as low as Shannon's readers in notebook 00. On new text it is
infinitely bad from the bigram on: one n-gram that was never seen is enough. How many are there?
"""

# %%
found = ngram_numbers([level.keys for level in levels], V, valid)
never = [float((numbers < 0).mean()) for numbers in found[1:]]
np.round(never, 3)

# %% [markdown]
"""
At order 8 more than one in three. More text helps less than one would think, because language is
lopsided: few things are common, and most things are rare. Count words and 5-grams of letters, and set
each count against its rank.
"""

# %%
from lmteach.plots.zipf import rank_frequency

words = WordTokenizer(wiki.train)
word_ids = words.encode(wiki.train)
word_counts = np.bincount(word_ids)[1:]  # entry 0 is for unknown words
display_figure(
    rank_frequency({"words": word_counts, "5 letters": levels[4].counts}),
    alt="Counts against rank, both axes in factors of ten. The words fall from twenty thousand "
    "to 1 along the dashed line of one over the rank, a little above it. The 5-grams of letters "
    "start as high, bend far above the line and end in a long step at 1.",
)

# %%
float((word_counts == 1).mean()), float((levels[4].counts == 1).mean())

# %% [markdown]
"""
That is *Zipf's law*: the thing of rank $r$ is about $1/r$ as common as the first. About half of all
words occur once, and about half of all 5-grams. If so many were seen just once, then many others were
just missed.

## Add-k gives up

Notebook 01 had a cure: pretend that everything was seen $k$ times more. **Guess first:** will a
smaller $k$ rescue the long contexts?
"""


# %% tags=["nbval-ignore-output"]
def on_valid(smoothing, **parameters):
    models = (NGramModel(n, smoothing, **parameters).fit_counts(levels) for n in ORDERS)
    return [bits(model, valid) for model in models]


held_out = {f"add-{k}": on_valid("add_k", k=k) for k in tqdm((1.0, 0.1, 0.01))}

# %%
display_figure(
    curves(
        {"on its own text": on_train, **held_out},
        x=ORDERS,
        xlabel="order",
        ylabel="bits per character",
    ),
    alt="Bits against the order. On its own text, without smoothing, the curve falls steadily "
    "below 1. Held out, the three curves of add-k fall to order 4 or 5 and then rise steeply; "
    "the one with k of 1 ends above 4.5, where it began.",
)

# %%
print(np.round(held_out["add-1.0"], 2), np.round(held_out["add-0.01"], 2), sep="\n")
len(train) / len(levels[6].keys)

# %% [markdown]
r"""
With add-one, looking seven letters back is worse than looking at nothing. The reason is plain: a
context of seven letters was seen three times on average (the last number), and add-one gives 82
imaginary letters to it. Worse, it treats all unseen letters alike. After *zeppeli*, never seen, an
**n** is as likely as a `%`.

But we know better: *li* was seen often, and what followed it.

## Ask a shorter context

When a long context knows little, ask a shorter one as well and mix the two. The mix is again a
probability, and the shorter one can ask a shorter one in turn, down to the fair die.

$$ P(w \mid h) = \lambda\, P_{ML}(w \mid h) + (1 - \lambda)\, P(w \mid h') \tag{2.2} $$

$h'$ is $h$ without its oldest token; a context never seen passes everything on.
"""


# %%
def interpolated(w, h, trust=Fraction(1, 2)):
    lower = interpolated(w, h[1:], trust) if h else Fraction(1, len(alphabet))
    if not followers(h):
        return lower
    return trust * maximum_likelihood(w, h) + (1 - trust) * lower  # eq. 2.2


print(interpolated("b", "a"), sum(interpolated(w, "ca") for w in alphabet))

# %% [markdown]
"""
By hand: *b* makes 2 of 11 letters, mixed with the die's 1/5 that is 21/110; mixed again with the 1/2
after **a**, 38/110 = 19/55. How much to trust each order? Text that was kept aside can tell. Imagine a
coin at each order: heads, and this order answers; tails, and we go down. *Expectation maximisation*
tosses the coins in thought over the held-out text, asks how often each must have shown heads, and takes
that as its new weight, until nothing moves.
"""

# %%
aside = train[-50_000:]
mixed = NGramModel(5, "interpolated", V).fit(train[:-50_000], held_out=aside)
print(np.round(mixed.weights, 2), round(bits(mixed, valid), 3))

# %% [markdown]
"""
The weights stand for orders 1 to 5: the longest context answers four times in five, and a single letter
without context nearly never. The result beats the best of add-k by far. This is *Jelinek–Mercer*
smoothing, the workhorse of the 1980s.

It has a blind spot: one weight for all contexts of a length, seen a thousand times or once.

## What is a count worth?

Here is an experiment that settles it (Church and Gale did it in 1991). Split the text into two equal
parts, say every other line. Take the 5-grams that occur exactly $r$ times in the first part. How often
do they occur, on average, in the second?

**Guess first.** For those seen once: once again, more, or less? For those seen four times?
"""

# %%
lines = wiki.train.split("\n")
first, second = (np.array(tokenizer.encode("\n".join(lines[half::2]))) for half in (0, 1))
once = count_levels(first, V, order=5)
again = ngram_numbers([level.keys for level in once], V, second)[5]
recounted = np.bincount(again[again >= 0], minlength=len(once[4].keys))
scale = len(first) / len(second)
promised = {r: scale * recounted[once[4].counts == r].mean() for r in range(1, 9)}
{r: round(float(mean), 2) for r, mean in promised.items()}

# %% [markdown]
r"""
From a count of 2 up, each kept *about the same amount less than it promised*, roughly 0.6; those seen
once lost 0.4. Luck brought them into the first part, and luck doesn't repeat. So don't scale counts, and don't add to them.
**Subtract.** Take a fixed discount $D$ off every count, and hand what was taken to the shorter context:

$$ P(w \mid h) = \frac{\max(C(h\,w) - D,\, 0)}{C(h)}
   + \frac{D\, N(h\,\bullet)}{C(h)}\, P(w \mid h') \tag{2.3} $$

$N(h\,\bullet)$ is how many *different* tokens followed $h$: each gave up $D$. A context with many rare followers
passes much on, one with few common ones little. No weight has to be fitted.
"""


# %%
def absolute(w, h, D=Fraction(1, 2)):
    lower = absolute(w, h[1:], D) if h else Fraction(1, len(alphabet))
    after = followers(h)
    if not after:
        return lower
    kept = max(after.get(w, 0) - D, 0)
    return (kept + D * len(after) * lower) / sum(after.values())  # eq. 2.3


print(absolute("b", "a"))

# %% [markdown]
"""
By hand: after **a** came b twice, c and d once. P(b) alone is (2 − ½ + ½·5·⅕)/11 = 2/11. Then
(2 − ½)/4 + (½·3)/4 · 2/11 = 39/88. The same for all n-grams of an order at once, as the package does it:
`shares` are the first term, `weights` the factor of the second.
"""

# %% lmteach={"defines": "models.ngram.smoothing.discounted_level"}
from lmteach.models.ngram.smoothing import Smoothed


def discounted_level(level, discounts):
    taken = discounts[np.minimum(level.counts, 3)]
    totals = level.sum_by_context(level.counts)
    followed = totals > 0
    divisors = np.where(followed, totals, 1.0)
    shares = (level.counts - taken) / divisors[level.contexts]
    return Smoothed(
        level.keys, shares, np.where(followed, level.sum_by_context(taken) / divisors, 1.0)
    )


# %% [markdown]
r"""
The discounts come as four numbers, for counts of 0, 1, 2, and 3 or more; you will see why. And $D$
itself? It can be read off the counts, from how many n-grams were seen once, $n_1$, and twice, $n_2$:

$$ D = \frac{n_1}{n_1 + 2 n_2} \tag{2.4} $$
"""


# %% lmteach={"defines": "models.ngram.smoothing.one_discount"}
def one_discount(counts, discount=None):
    if discount is None:
        n1, n2 = (int((counts == count).sum()) for count in (1, 2))
        discount = n1 / (n1 + 2 * n2) if n1 and n2 else 0.5  # eq. 2.4
    return discount * np.array([0.0, 1.0, 1.0, 1.0])


estimated = [float(one_discount(level.counts)[1]) for level in levels]
np.round(estimated, 2)

# %% [markdown]
"""
For 5-grams, the formula finds what the experiment found. And the bits?
"""

# %%
held_out["absolute discounting"] = on_valid("absolute_discounting")
np.round(held_out["absolute discounting"], 2)

# %% [markdown]
"""
At order 5 it is a little behind interpolation, and past 6 it gets worse again. Something is still wrong
with what the shorter contexts say.

## The trouble with York

Back to the question at the top. Count words for a moment, and for some of them also count *how many
different words* they came after.
"""


# %% lmteach={"defines": "models.ngram.counts.continuation_counts"}
def continuation_counts(level, longer):
    return np.bincount(longer.suffixes, minlength=len(level.keys))


one, two = count_levels(word_ids, words.vocab_size, order=2)
after_how_many = continuation_counts(one, two)
for word in ("York", "theory", "States", "beautiful"):
    [place] = np.flatnonzero(one.tokens == words.encode(word)[0])
    print(f"{word:10}{one.counts[place]:6} times, after {after_how_many[place]:5} different words")

# %% [markdown]
r"""
*York* is common, and it comes after *New*, always. The bigram knows that. When do we ask the unigram at
all? Only when the context has little to say, and then *New* was not the word before. There *York*
deserves almost nothing, whatever its count.

So the shorter context should not ask *how often did it occur?* but *in how many different contexts?*
Kneser and Ney replaced the counts of every order but the longest by *continuation counts*:

$$ N(\bullet\, g) = \left|\{\, v : C(v\, g) > 0 \,\}\right| \tag{2.5} $$

**Guess first.** In *abracadabra*, which letter has the largest continuation count?
"""


# %%
def continuations(g):
    return len({longer[0] for longer in C[len(g) + 1] if longer[1:] == g})  # eq. 2.5


{letter: (C[1][letter], continuations(letter)) for letter in alphabet}

# %% [markdown]
r"""
The **a** still wins, but **b** and **r**, seen twice each and always after the same letter, are now
worth no more than **c** and **d**. Everything else stays as in equation 2.3, with counts $c$ that are
real at the longest order $n$, and continuation counts below.

$$ c(g) = C(g) \text{ if } |g| = n, \text{ otherwise } N(\bullet\, g) \tag{2.6} $$
"""


# %%
def kneser_ney(w, h, n, D=Fraction(1, 2)):
    lower = kneser_ney(w, h[1:], n, D) if h else Fraction(1, len(alphabet))
    grams = [gram for gram in C[len(h) + 1] if gram[:-1] == h]
    after = {g[-1]: C[n][g] if len(g) == n else continuations(g) for g in grams}  # eq. 2.6
    total = sum(after.values())
    if total == 0:
        return lower
    kept = max(after.get(w, 0) - D, 0)
    return (kept + D * sum(c > 0 for c in after.values()) * lower) / total


print(absolute("b", ""), kneser_ney("b", "", n=2), kneser_ney("b", "a", n=2))

# %% [markdown]
"""
The **b** on its own fell from 2/11 to 1/7: of seven different pairs, one ends in it, and (1 − ½ +
½·5·⅕)/7 = 1/7. After **a** it has 3/8 + 3/8 · 1/7 = 3/7.
"""

# %%
held_out["Kneser–Ney"] = on_valid("kneser_ney")
np.round(held_out["Kneser–Ney"], 2)

# %% [markdown]
r"""
The curve no longer turns up steeply. The same n-grams, the same equations 2.3 and 2.4; the only change is the
question that the shorter contexts are asked.

## Three discounts

Look once more at the experiment. Counts of 1 lost less than the others. Chen and Goodman (1999) took
one discount for counts of 1, another for 2, a third for 3 and more, each again from the counts of
counts, with $Y$ the $D$ of equation 2.4:

$$ D_j = j - (j + 1)\, Y\, \frac{n_{j+1}}{n_j} \qquad j = 1, 2, 3 \tag{2.7} $$
"""

# %% lmteach={"defines": "models.ngram.smoothing.three_discounts"}
FALLBACK = np.array([0.0, 0.5, 1.0, 1.5])  # where there are too few n-grams to tell


def three_discounts(counts):
    n = [int((counts == count).sum()) for count in range(5)]
    if 0 in n[1:]:
        return FALLBACK
    y = n[1] / (n[1] + 2 * n[2])
    discounts = np.array([0.0, *(j - (j + 1) * y * n[j + 1] / n[j] for j in (1, 2, 3))])  # eq. 2.7
    return discounts if (discounts[1:] > 0).all() else FALLBACK


np.round(three_discounts(levels[7].counts), 2)

# %% [markdown]
"""
This is *modified Kneser–Ney*, the best that counting came to. All of them together, and the last one on
its own text as well:
"""

# %%
held_out["modified Kneser–Ney"] = on_valid("modified_kneser_ney")
models = [NGramModel(n, "modified_kneser_ney").fit_counts(levels) for n in ORDERS]
shown = {name: held_out[name] for name in list(held_out)[2:]}
shown["the same on its own text"] = [bits(model, seen_before) for model in models]
display_figure(
    curves(shown, x=ORDERS, xlabel="order", ylabel="bits per character"),
    alt="Held-out bits against the order. Add-0.01 falls to about 2.4 at order 5 and climbs again "
    "to 3.5; absolute discounting reaches about 2.3 and climbs a little; Kneser–Ney flattens near "
    "2.05; modified Kneser–Ney keeps falling to just below 2.0. On its own text it falls to 1.1.",
)

# %%
{name: (int(np.argmin(values)) + 1, round(min(values), 3)) for name, values in held_out.items()}

# %% [markdown]
"""
Each name with its best order and its bits. The better the smoothing, the longer the context that pays.
And the gap between old text and new only grows: a model that counts remembers more than it understands.

Move the order and the discount yourself. The panel holds 72 Kneser–Ney models, each fitted and
sampled beforehand, so that it answers at once.
"""

# %% tags=["nbval-ignore-output"]
DISCOUNTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
grid = np.zeros((2, len(ORDERS), len(DISCOUNTS)))
samples = [[[] for _ in DISCOUNTS] for _ in ORDERS]
for (i, n), (j, D) in tqdm(list(product(enumerate(ORDERS), enumerate(DISCOUNTS)))):
    model = NGramModel(n, "kneser_ney", discount=D).fit_counts(levels)
    grid[:, i, j] = bits(model, valid), bits(model, seen_before)
    drawn = (model.sample(240, session.rng, tokenizer.encode("\n")) for _ in range(2))
    samples[i][j] = [tokenizer.decode(tokens) for tokens in drawn]

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.ngram_panel.widget import NGramPanel

NGramPanel(*grid, samples, ORDERS, DISCOUNTS)

# %% [markdown]
r"""
**Look.** At order 2 the discount hardly matters. At order 8 it is worth a whole bit, and a small one is
ruinous: it trusts contexts that were seen once.

## A model in a text file

An n-gram model is a list, and there is a format that all tools read: ARPA, after the agency that paid
for it. It wants equation 2.3 in another guise. An n-gram that was seen is listed with its whole
probability. One that wasn't is charged the *back-off weight* of its context, and looked up shorter.

$$ P(w \mid h) = b(h)\, P(w \mid h') \quad \text{if } h\,w \text{ is not listed} \tag{2.8} $$
"""

# %%
from lmteach.models.ngram.arpa import escape, read_arpa, write_arpa

folder = Path(tempfile.mkdtemp())
letters = CharTokenizer(toy)
small = NGramModel(2, "kneser_ney", discount=0.5).fit(letters.encode(toy))
write_arpa(small, folder / "toy.arpa", letters.characters)
print((folder / "toy.arpa").read_text())

# %% [markdown]
r"""
Each line is $\log_{10} P$, the n-gram, and $\log_{10} b$ if it is a context. For **b**: $10^{-0.845}$ is
1/7, as above. `<s>`, `</s>` and `<unk>` are words that other tools want to see; −99 stands for never.
Reading it back takes a loop:
"""

# %%
rows = [line.split("\t") for line in (folder / "toy.arpa").read_text().split("\n") if "\t" in line]
logs = {tuple(row[1].split()): float(row[0]) for row in rows}
b = {tuple(row[1].split()): float(row[2]) for row in rows if len(row) == 3}


def from_file(w, h):
    if (*h, w) in logs:
        return logs[(*h, w)]
    return b.get(h, 0) + from_file(w, h[1:])  # eq. 2.8


10 ** from_file("b", ("a",)), 10 ** from_file("r", ("a",))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The equal sign

The recursion in fractions, the package's arrays, the file: three roads to the same numbers. In every
context of the toy, seen or not, and with the sum of 1 that every distribution owes us.
"""

# %%
ids = letters.encode(toy)
three_gram = NGramModel(3, "kneser_ney", discount=0.5).fit(ids)
for h in ("".join(context) for n in (0, 1, 2) for context in product(alphabet, repeat=n)):
    exact = [kneser_ney(w, h, n=3) for w in alphabet]
    assert sum(exact) == 1
    assert np.allclose(three_gram.probabilities(letters.encode(h)), [float(p) for p in exact])

# %%
other = NGramModel(3, "absolute_discounting", discount=0.5).fit(ids)
for h in ("", "a", "ab", "dc", "rr"):
    exact = [float(absolute(w, h)) for w in alphabet]
    assert np.allclose(other.probabilities(letters.encode(h)), exact)
for h, w in product(alphabet, repeat=2):
    ours = small.probabilities(letters.encode(h))[letters.encode(w)[0]]
    assert math.isclose(10 ** from_file(w, (h,)), ours, rel_tol=1e-7)

# %%
from lmteach.models.ngram.smoothing import discounted_level as lmteach_discounted_level
from lmteach.models.ngram.smoothing import three_discounts as lmteach_three_discounts

for level in levels:
    ours = discounted_level(level, three_discounts(level.counts))
    theirs = lmteach_discounted_level(level, lmteach_three_discounts(level.counts))
    assert np.array_equal(ours.shares, theirs.shares)
    assert np.array_equal(ours.weights, theirs.weights)
    assert np.allclose(level.sum_by_context(ours.shares) + ours.weights, 1)

# %% [markdown]
"""
The loop over orders, from the shortest context to the longest, is the part that you have not seen in
arrays. It is short:
"""

# %%
from lmteach.models.ngram.model import token_probabilities

show_source(token_probabilities)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

Orders were chosen on the validation articles. Now, and only now, the test articles.

**Guess first.** `xz`, after reading the whole training text, needs 2.23 bits. Can counting letters beat
it?
"""

# %%
from lmteach.evaluation.scoreboard import record, table

test = np.array(tokenizer.encode(wiki.test))
entries = {
    "add-0.01": ("add_k", {"k": 0.01}),
    "absolute discounting": ("absolute_discounting", {}),
    "Kneser–Ney": ("kneser_ney", {}),
    "modified Kneser–Ney": ("modified_kneser_ney", {}),
}
assert bits(models[-1], test) < 2.23

# %% tags=["nbval-ignore-output"]
recorded = []
for name, (smoothing, parameters) in tqdm(entries.items()):
    order = int(np.argmin(held_out[name])) + 1
    started = time.perf_counter()
    model = NGramModel(order, smoothing, V, **parameters).fit(train)
    seconds = time.perf_counter() - started
    recorded.append(f"{order}-gram, {name}")
    record("A", recorded[-1], bits(model, test), model.parameter_count, seconds)

# %% tags=["nbval-ignore-output"]
compressors = ["gzip", "xz", "xz after reading train"]
table("A", [*compressors, "bigram, add-one", *recorded])

# %% [markdown]
"""
It can, in seconds. What the table also shows is the price: millions of numbers, many of them for
something seen once. Most of the neural models that follow are far smaller, and all of them pay in time instead.

## Spot the bug

"To save space, leave the last column of the ARPA file out; it is only a correction." So we do, at order
5, and measure.
"""

# %%
five = NGramModel(5, "kneser_ney").fit_counts(levels)
write_arpa(five, folder / "light.arpa", tokenizer.characters, backoff_weights=False)
light = read_arpa(folder / "light.arpa")
bits(light, valid[:20_000]), bits(five, valid[:20_000])

# %% [markdown]
"""
Fewer bits than with the column, and less work. **Guess
first:** what is wrong with it?
"""

# %%
context = tokenizer.encode("zeppeli")
light.probabilities(context).sum(), five.probabilities(context).sum()

# %%
places = range(4, 20_000, 10)
rows = np.array([light.probabilities(valid[i - 4 : i]) for i in places])[:, :V]
np.round(rows.sum(axis=1).mean(), 3), np.round(rows.sum(axis=1).max(), 3)

# %% [markdown]
"""
It gives away more than it has. The discount was taken off what was seen, but the unseen get the *whole*
of the shorter context's probability, not $b(h)$ of it. Bits mean something only if the probabilities
sum to 1; a model that says 1 to everything would score 0 bits. Divide each by its sum and the miracle
is over: what was claimed, what it is worth, and the model with the column, at the same places.
"""

# %%
given = rows[np.arange(len(places)), valid[places]]
claimed = -np.log2(given).mean()
divided = -np.log2(given / rows.sum(axis=1)).mean()
full = [five.probabilities(valid[i - 4 : i])[valid[i]] for i in places]
honest = -np.log2(full).mean()
np.round([claimed, divided, honest], 3)

# %%
assert claimed < honest < divided

# %% [markdown]
"""
The mended file is the one with the column, and KenLM will read it in a moment. Whatever you smooth, sum
it first.

## In practice

KenLM is the program that n-gram models run on at work, in speech recognisers, translators and filters
for web text. It needs a compiler to install (`pip install kenlm`), so the cell works with and without
it. A line break ends a sentence: `<s>` in front of it, `</s>` behind.
"""

# %%
newline = tokenizer.encode("\n")[0]
write_arpa(five, folder / "five.arpa", tokenizer.characters, sentence_end=newline)
line = max(wiki.valid.split("\n")[:50], key=len)[:300]
ours = five.log_probabilities([newline, *tokenizer.encode(line), newline])[1:] / math.log(10)

# %% tags=["nbval-ignore-output"]
try:
    import kenlm
except ImportError:
    print("kenlm is not installed, so our file was not read by it")
else:
    quiet = kenlm.Config()
    quiet.show_progress, quiet.arpa_complain = False, kenlm.ARPALoadComplain.NONE
    theirs = kenlm.Model(str(folder / "five.arpa"), quiet)
    scores = [row[0] for row in theirs.full_scores(" ".join(map(escape, line)))]
    assert np.allclose(scores, ours, atol=1e-4)
    print(f"KenLM {sum(scores):.4f}, ours {ours.sum():.4f}")

# %% [markdown]
"""
NLTK has interpolated Kneser–Ney, too. It is slow, so it gets the toy; there it agrees in every context,
seen or not. (It doesn't discount the lowest order. If every letter was seen, as here, that makes no
difference: what was taken comes back evenly.)
"""

# %%
from nltk.lm import KneserNeyInterpolated
from nltk.lm.preprocessing import everygrams

nltk_model = KneserNeyInterpolated(3, discount=0.5)
nltk_model.fit([everygrams(toy, max_len=3)], vocabulary_text=toy)
for h in ("".join(context) for n in (0, 1, 2) for context in product(alphabet, repeat=n)):
    theirs = [nltk_model.score(w, list(h)) for w in alphabet]
    assert np.allclose(three_gram.probabilities(letters.encode(h)), theirs)
nltk_model.score("b", ["r", "a"])

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Your turn

### Exercise 1 · continuation_count (4 minutes, ●○○)

Write `continuation_count(tokens, token)`: directly after how many different tokens did `token` come? Then
try it on `word_ids`: which common word has come after one word only, like *York*?
"""


# %% tags=["exercise"]
def continuation_count(tokens, token):
    ### BEGIN SOLUTION
    neighbours = zip(tokens, tokens[1:], strict=False)
    return len({before for before, after in neighbours if after == token})
    ### END SOLUTION


check.continuation_count(continuation_count)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`pairwise(tokens)`, or `zip(tokens, tokens[1:])`, walks over the neighbours. A set keeps each thing once.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · estimate_discount (5 minutes, ●○○)

Write `estimate_discount(counts)` for a list of counts, equation 2.4. What does it say if every n-gram
was seen exactly once, and why is that not a good answer?
"""


# %% tags=["exercise"]
def estimate_discount(counts):
    ### BEGIN SOLUTION
    n1, n2 = counts.count(1), counts.count(2)
    return n1 / (n1 + 2 * n2)
    ### END SOLUTION


check.estimate_discount(estimate_discount)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

$n_1$ is *how many* counts are 1. A list has the method `.count`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 3 · discounted (12 minutes, ●●○)

One step of equation 2.3, for all tokens at once. `counts` (V,) is how often each token followed a
context, `lower` (V,) the distribution after the shorter one. Write `discounted(counts, lower, discount)`.
Does yours sum to 1?
"""


# %% tags=["exercise"]
def discounted(counts, lower, discount):
    ### BEGIN SOLUTION
    kept = np.maximum(counts - discount, 0)
    taken = discount * (counts > 0).sum()
    return (kept + taken * lower) / counts.sum()
    ### END SOLUTION


check.discounted(discounted)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.maximum(counts - discount, 0)` is what is kept. How much was taken in all? Only counts above 0 have
anything to give.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A longer context fits old text better and better, and meets more and more that it has never seen.
- Add-k gives to all that is unseen alike; the other methods ask a shorter context instead.
- A count promises about half a count more than it keeps, large or small: subtract, and pass that on.
- Kneser–Ney: a shorter context should count in how many contexts, not how often. York follows New.
- Sum your probabilities. What sums to more than 1 wins every comparison, and means nothing.

**Further reading.** F. Jelinek and R. Mercer, "Interpolated estimation of Markov source parameters from
sparse data" (1980). K. Church and W. Gale, "A comparison of the enhanced Good–Turing and deleted
estimation methods" (1991). R. Kneser and H. Ney, "Improved backing-off for m-gram language modeling"
(1995). S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for language modeling"
(1999), which compares them all. K. Heafield, "KenLM: faster and smaller language model queries" (2011).
T. Brants et al., "Large language models in machine translation" (2007), where scores without weights,
*stupid backoff*, rank translations well.

**Next.** {{next}}: what if the states that matter
can't be seen?
"""
