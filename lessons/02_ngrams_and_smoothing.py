# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 02 · n-grams and smoothing: what to say about the unseen

{{badges}}

> *Our text mentions* York *85 times and* theory *86 times. One of the two has come after 57 different
> words. The other has come after one single word, ever. Which of them should a model expect after
> "beautiful"?*

A count alone can't tell them apart. By the end of this notebook your model can, by an idea from 1995 that the
best n-gram models have used ever since.

**Aims.** Count with any length of context. See why longer contexts break a model that only counts, and
mend it four times: interpolation, discounting, Kneser–Ney, modified Kneser–Ney. Say where a sentence ends
and what an unknown word is. Hand your model to a program that others use.

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
from lmteach.plots.diagrams.backoff import staircase
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.text.tokenizers.words import WordTokenizer
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Looking further back

A bigram looks one letter back. An *n-gram* model of *order* $n$ looks back $n - 1$. Nothing else changes: count
how often each token $w$ followed the context $h$, and divide.

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
Seven different pairs in ten places. Put them into equation 2.1.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "In the word abracadabra, what is the probability of a b after an a, by equation 2.1?",
    number=0.5,
    tolerance=0.001,
    reply="Two of four. The last a is followed by nothing, so C(a) is 4, the sum over what "
    "followed.",
    slips={
        0.4: "Two of five a's, but the last one is followed by nothing: C(a) sums over what "
        "followed.",
        2: "That is the count of ab. Divide by what followed an a in all.",
        0.2: "That is ab among all ten pairs. Asked is: among those that begin with a.",
        0.1818: "That is the share of b among all letters, whatever came before.",
    },
)


# %% tags=["answer"]
def followers(h):
    after = {}
    for gram, times in C[len(h) + 1].items():
        if gram[:-1] == h:
            after[gram[-1]] = times
    return after


def maximum_likelihood(w, h):
    after = followers(h)
    return Fraction(after.get(w, 0), sum(after.values()))  # eq. 2.1


print(followers("a"), maximum_likelihood("b", "a"), maximum_likelihood("r", "ab"))

# %% [markdown]
"""
A half for **b** after **a**: of five a's four are followed by something, two of them by a **b**. And
certainty for **r** after **ab**. Now all of Wikipedia's training articles, and contexts of up to seven
letters. A table with a cell for each of the 82⁸ combinations of our text's 82 symbols would take sixteen
million gigabytes, so the package keeps only those that occur, as numbers.

An n-gram is a context and one token more. If the contexts have numbers already, one whole number, its *key*, stands for the n-gram: the
context's number times $V$, plus the token. The n-gram's own number is its place among the sorted ones. As
a plain loop, with a dictionary of key and count for each order:
"""


# %%
def levels_by_loop(tokens, vocab_size, order):
    levels, numbers = [], {(): 0}  # the empty context has the number 0
    for n in range(1, order + 1):
        grams = Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
        level, own = {}, {}
        for gram in sorted(grams):
            context, token = gram[:-1], gram[-1]
            key = numbers[context] * vocab_size + token
            level[key] = grams[gram]
            own[gram] = len(own)  # for the next order, whose context it is
        levels.append(level)
        numbers = own
    return levels


letters = CharTokenizer(toy)
toy_ids = letters.encode(toy)
print(toy_ids, *levels_by_loop(toy_ids, 5, order=2), sep="\n")

# %% [markdown]
"""
Key 1 of the second row is **ab**: context 0, token 1, seen twice. In a sorted list a key is found by
halving, and its place is the number of the n-gram when it becomes a context itself. `count_levels`
does the same with arrays: `keys` and `counts`, and what can be read off a key, `contexts` and `tokens`.
"""

# %%
from lmteach.models.ngram.counts import count_levels, ngram_numbers

toy_levels = count_levels(toy_ids, 5, order=3)
for level, by_loop in zip(toy_levels, levels_by_loop(toy_ids, 5, order=3), strict=True):
    assert level.keys.tolist() == list(by_loop)
    assert level.counts.tolist() == list(by_loop.values())
pairs = toy_levels[1]
pairs.keys, pairs.contexts, pairs.tokens, pairs.counts

# %% [markdown]
"""
Then the same for two million letters and eight orders.

**Guess first.** Each of the models will write a line. From which $n$ on will the words be English? From
which on does it make sense?
"""

# %% tags=["answer"]
from lmteach.models.ngram.model import NGramModel

wiki = wikipedia()
tokenizer = CharTokenizer(wiki.train + wiki.valid + wiki.test)
V = tokenizer.vocab_size
train, valid = (np.array(tokenizer.encode(text)) for text in (wiki.train, wiki.valid))

# %% tags=["answer", "nbval-ignore-output"]
levels = count_levels(train, V, order=8)
ORDERS = range(1, 9)
plain = [NGramModel(n, "mle").fit_counts(levels) for n in tqdm(ORDERS)]

# %% tags=["answer"]
for n in range(1, 7):
    line = plain[n - 1].sample(75, session.rng, context=tokenizer.encode("\n"))
    print(n, tokenizer.decode(line).replace("\n", " ⏎ "))

# %% [markdown]
r"""
**Look.** At 3 most of it can be pronounced, at 5 it is made of English words, at 6 some neighbours
belong together. Longer is better, it seems. Is the model learning English, or is it learning the
articles by heart?

## Old text, new text

Ask each model for its bits per character on text that it was counted from, and on articles that it has never
seen. Its `log_probability` is the mean of $\log P$ over a text, in nats.

**Guess first.** Draw both curves for $n$ from 1 to 8.
"""

# %% tags=["answer"]
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
At order 8 more than one in three. Language is lopsided: few things are common, and most things are rare. Count words, and set each count against its
rank. *Zipf's law* says that the thing of rank $r$ is about $1/r$ as common as the first, so that a factor
of ten in rank costs a factor of ten in count.

**Guess first.** Do words keep that law? And 5-grams of letters?
"""

# %% tags=["answer", "folded"]
# @title How often against which rank
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

# %% tags=["answer"]
for name, rare in (("words", word_counts), ("5-grams", levels[4].counts)):
    falling = np.sort(rare)[::-1]
    at_ranks = falling[[0, 9, 99, 999, 9999]]
    print(f"{name:8}", at_ranks, np.round(at_ranks[:-1] / at_ranks[1:], 1))

# %% [markdown]
"""
Counts at ranks 1, 10, 100, 1,000 and 10,000, and by what factor each is less than the one before. For words the
factor stays around ten, between six and thirteen: Zipf's law, roughly. For 5-grams it is three to four in
the middle: they don't follow it. What both share is the long tail.
"""

# %%
float((word_counts == 1).mean()), float((levels[4].counts == 1).mean())

# %% [markdown]
"""
About half of all different words occur once, and about half of all different 5-grams. If so many were seen
just once, then many others were just missed.

## Add-k, again

Notebook 01 had a cure: pretend that everything was seen $k$ times more. There any $k$ up to 10 would do.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Add-one goes wrong with long contexts: it gives 82 imaginary letters to a context that was "
    "seen three times. Will a smaller k, 0.1 or 0.01, rescue the order of 8?",
    {
        "yes: with k small enough longer is better": "It helps, by more than a bit. But it still "
        "gives the same to every letter that was not seen, likely or absurd.",
        "no: better than add-one, worse than order "
        "5": "A smaller k loses less, and the curve turns "
        "up all the same: all that is unseen is treated alike.",
        "no: a smaller k is "
        "worse": "For what is unseen it is. But most of what comes was seen, and "
        "that gains more.",
    },
    right="no: better than add-one, worse than order 5",
)


# %% tags=["answer", "nbval-ignore-output"]
def on_valid(smoothing, **parameters):
    models = (NGramModel(n, smoothing, **parameters).fit_counts(levels) for n in ORDERS)
    return [bits(model, valid) for model in models]


held_out = {f"add-{k}": on_valid("add_k", k=k) for k in tqdm((1.0, 0.1, 0.01))}

# %% tags=["answer", "folded"]
# @title Bits against the order
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

# %% [markdown]
"""
A smaller $k$ helps, and isn't enough. Add-one and add-0.01 in numbers, and how often a context of seven letters
was seen on average:
"""

# %%
print(np.round(held_out["add-1.0"], 2), np.round(held_out["add-0.01"], 2), sep="\n")
len(train) / len(levels[6].keys)

# %% [markdown]
r"""
With add-one, looking seven letters back is worse than looking at nothing. The reason is plain: a context of
seven letters was seen three times on average, and add-one gives 82 imaginary letters to it. With a hundredth of
them order 8 is still a whole bit worse than order 5, and one fault remains with every $k$: it treats all unseen
letters alike. After *zeppeli*, never seen, an **n** is as likely as a `%`.

But we know better: *li* was seen often, and what followed it.

## Ask a shorter context

When a long context knows little, ask a shorter one as well and mix the two. The mix is again a
probability, and the shorter one can ask a shorter one in turn, down to the fair die.

$$ P(w \mid h) = \lambda\, P_{ML}(w \mid h) + (1 - \lambda)\, P(w \mid h') \tag{2.2} $$

$h'$ is $h$ without its oldest token. A context never seen passes everything on, $P(w \mid h) = P(w \mid
h')$. Below the empty context stands the die: there $P(w \mid h')$ is $1/V$, and the recursion ends.
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
after **a**, 38/110 = 19/55. And after **ca**, where a **b** was never seen? Follow the arrows down.
"""

# %% tags=["folded"]
# @title From the longest context to the die
half, contexts = Fraction(1, 2), ["ca", "a", ""]
display_figure(
    staircase(
        "b",
        contexts,
        kept=[float(half * maximum_likelihood("b", h)) for h in contexts],
        passed=[0.5, 0.5, 0.5],
        die=0.2,
        lit=["pass 3", "pass 2", "pass 1", "die"],
    ),
    alt="A staircase of four stairs: after ca, after a, no context, and a fair die with 0.2. Each "
    "passes on 0.5 to the next one below. Beside the stairs: P(b) = 0.091 + 0.5 times 0.2 = 0.191, "
    "P(b | a) = 0.25 + 0.5 times 0.191 = 0.345, P(b | ca) = 0 + 0.5 times 0.345 = 0.173.",
)

# %% [markdown]
"""
The context **ca** has nothing to say for a **b**, so all that it gets comes from below. How much to trust
each order? Text that was kept aside can tell. Imagine a coin at each order: heads, and this order answers;
tails, and we go down. *Expectation maximisation* tosses the coins in thought over the held-out text, asks how
often each must have shown heads, and takes that as its new weight, until nothing moves.
"""

# %%
aside = train[-50_000:]
mixed = NGramModel(5, "interpolated", V).fit(train[:-50_000], held_out=aside)
print(np.round(mixed.weights, 2), round(bits(mixed, valid), 3))

# %% [markdown]
"""
The weights stand for orders 1 to 5: the longest context answers four times in five. Where a question comes all
the way down, the counts without context nearly never answer; the die does. The result beats the best of add-k
by far. This is the plain form of *Jelinek–Mercer* smoothing, the workhorse of the 1980s.

It has a blind spot: one weight for all contexts of a length, seen a thousand times or once.

## What is a count worth?

Here is an experiment that settles it (Church and Gale did it in 1991). Split the text into two equal
parts, say every other line. Take the 5-grams that occur exactly $r$ times in the first part. How often
do they occur, on average, in the second?

The counts of the second part are scaled as if both parts were equally long.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Text is split into two equal parts. Take all 5-grams of letters that occur exactly once in "
    "the first part. How often do they occur in the second, on average?",
    number=0.59,
    tolerance=0.12,
    reply="Four in ten of such counts were luck. A count of 4 comes back 3.4 times.",
    slips={
        1: "If counts were kept, yes. But they were chosen for having occurred: some were lucky.",
        0: "Many of them don't come back. But others do, some more than once, and all are in the "
        "mean.",
        2: "More than before? Those that we picked were lucky in the first part, not in the "
        "second.",
    },
)


# %% tags=["answer"]
lines = wiki.train.split("\n")
first = np.array(tokenizer.encode("\n".join(lines[0::2])))
second = np.array(tokenizer.encode("\n".join(lines[1::2])))


def recount(n):
    """How often n-grams that occur 1, 2, … 8 times in the first part occur in the second."""
    once = count_levels(first, V, order=n)
    again = ngram_numbers([level.keys for level in once], V, second)[n]
    back = np.bincount(again[again >= 0], minlength=len(once[-1].keys)) * len(first) / len(second)
    return [float(back[once[-1].counts == r].mean()) for r in range(1, 9)]


np.round(recount(5), 2)

# %% [markdown]
r"""
From a count of 2 up, 5-grams came back *less often than they promised, and by about the same amount*, roughly
0.6; those seen once lost 0.4. Luck brought them into the first part, and luck doesn't repeat. So don't scale
counts, and don't add to them. **Subtract.** Take a fixed discount $D$ off every count, and hand what was
taken to the shorter context:

$$ P(w \mid h) = \frac{\max(C(h\,w) - D,\, 0)}{C(h)}
   + \frac{D\, N(h\,\bullet)}{C(h)}\, P(w \mid h') \tag{2.3} $$

$N(h\,\bullet)$ is how many *different* tokens followed $h$: each gave up $D$. A context with many rare followers
passes much on, one with few common ones little. No weight has to be fitted. Start and end are those of
equation 2.2: a context never seen passes everything on, and below the empty one is $1/V$.
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
For 5-grams, the formula finds what the experiment found.

**Guess first.** Interpolation got to 2.24 bits at order 5. Where will discounting get, and at which order?
"""

# %% tags=["answer"]
held_out["absolute discounting"] = on_valid("absolute_discounting")
np.round(held_out["absolute discounting"], 2)

# %% [markdown]
"""
At order 5 it is a little behind interpolation, whose weights were fitted, and past 6 it gets worse again.
Something is still wrong with what the shorter contexts say.

## The trouble with York

Back to the question at the top. Count words for a moment, and for some of them also count *how many
different words* they came after. Take the first token off an n-gram, and a shorter one is left; a level keeps
the number of that one in `suffixes`. So it is enough to count those. In the toy:
"""

# %%
print(pairs.suffixes, np.bincount(pairs.suffixes, minlength=5))

# %% [markdown]
"""
The seven pairs end in a, b, c, d, r (0 to 4), and **a** ends three of them: it came after three different
letters. The package's function is that one line.
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

**Guess first.** In *abracadabra*, **a** occurs 5 times, **b** and **r** twice, **c** and **d** once: shares
of 11 letters. You have seen in how many contexts each occurs. Whose share will grow, and whose will fall?
"""


# %% tags=["answer"]
def continuations(g):
    before = set()
    for longer in C[len(g) + 1]:
        if longer[1:] == g:
            before.add(longer[0])
    return len(before)  # eq. 2.5


for letter in alphabet:
    print(letter, C[1][letter], continuations(letter))

# %% [markdown]
r"""
Counts, then continuation counts, of which there are 7. The **a** still wins, with 3/7 instead of 5/11; **b** and
**r**, seen twice each and always after the same letter, fall from 2/11 to 1/7 and are now worth no more than
**c** and **d**, which rise from 1/11. Everything else stays as in equation 2.3, with counts $c$ that are
real at the longest order $n$, and continuation counts below.

$$ c(g) = C(g) \text{ if } |g| = n, \text{ otherwise } N(\bullet\, g) \tag{2.6} $$
"""


# %%
def adjusted(h, n):
    """What followed h, by the counts of eq. 2.6."""
    after = {}
    for gram in C[len(h) + 1]:
        if gram[:-1] == h:
            after[gram[-1]] = C[n][gram] if len(gram) == n else continuations(gram)  # eq. 2.6
    return after


def kneser_ney(w, h, n, D=Fraction(1, 2)):
    lower = kneser_ney(w, h[1:], n, D) if h else Fraction(1, len(alphabet))
    after = adjusted(h, n)
    total = sum(after.values())
    if total == 0:
        return lower
    different = sum(c > 0 for c in after.values())
    return (max(after.get(w, 0) - D, 0) + D * different * lower) / total  # eq. 2.3


print(absolute("b", ""), kneser_ney("b", "", n=2), kneser_ney("b", "a", n=2))

# %% [markdown]
"""
The **b** on its own fell from 2/11 to 1/7: of seven different pairs, one ends in it, and (1 − ½ +
½·5·⅕)/7 = 1/7. After **a** it has 3/8 + 3/8 · 1/7 = 3/7. On the staircase only the lower stairs have changed:
the longest context counts as before.
"""

# %% tags=["folded"]
# @title The staircase of Kneser and Ney
stairs, keeps, passes = ["ab", "b", ""], [], []
for h in stairs:
    after = adjusted(h, n=3)
    total = sum(after.values())
    keeps.append((after["r"] - 0.5) / total)
    passes.append(0.5 * len(after) / total)
display_figure(
    staircase("r", stairs, keeps, passes, die=0.2, lit=["order 2", "order 1"]),
    alt="The staircase for r after ab. After ab: 0.75 kept, 0.25 passed on. After b, lit: 0.5 "
    "kept, 0.5 passed on, though br occurs twice. No context, lit: 0.071 kept, 0.357 passed on. "
    "P(r) = 0.143, P(r | b) = 0.571, P(r | ab) = 0.893.",
)
assert math.isclose(keeps[0] + passes[0] * kneser_ney("r", "b", n=3), kneser_ney("r", "ab", n=3))

# %% [markdown]
"""
After **ab** an **r** was seen twice, and ½ is taken off. One stair lower **br** occurs twice as well, but after
one letter only, so its count is 1 and half of it is passed on.

**Guess first.** What will that do to the bits at orders 5 to 8?
"""

# %% tags=["answer"]
held_out["Kneser–Ney"] = on_valid("kneser_ney")
np.round(held_out["Kneser–Ney"], 2)

# %% [markdown]
r"""
The curve no longer turns up steeply. The same n-grams, the same equations 2.3 and 2.4; the only change is the
question that the shorter contexts are asked.

## Three discounts

Look once more at the experiment, now with 8-grams: what each count from 1 to 8 lost on its way to the other
half.
"""

# %%
np.round(np.arange(1, 9) - recount(8), 2)

# %% [markdown]
r"""
A count of 1 lost 0.7, a count of 2 lost 0.9, larger ones lost more than 1. No single $D$ fits all of
these. Chen and Goodman (1999) took one discount for counts of 1, another for 2, a third for 3 and more,
each again from the counts of counts, with $Y$ the $D$ of equation 2.4:

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
This is *modified Kneser–Ney*, the best in their comparison. (Discounts for 0, 1, 2, and 3 or more.) Three
numbers instead of one. Which of them does the work? We can put them in one at a time and leave the others
at $Y$.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "One discount becomes three: for counts of 1, of 2, and of 3 or more. Each is put in alone, at "
    "order 8. Which one brings the most?",
    {
        "the one for "
        "1": "Put j = 1 into equation 2.7: what comes out is Y, the discount that we had. "
        "Nothing changes.",
        "the one for "
        "2": "It brings a good part, but less than the last: a count of 2 lost 0.9, and "
        "one discount takes 0.7 off it.",
        "the one for 3 or more": "Large counts lose the most, above 1, and one discount, which "
        "must be below 1, takes 0.7 off them.",
        "all three alike": "They would have to be equally far from the single one. Compare them "
        "with what the counts lost.",
    },
    right="the one for 3 or more",
)


# %% tags=["answer"]
from lmteach.models.ngram.model import token_probabilities
from lmteach.models.ngram.smoothing import with_continuations


def bits_with(n, discounts_of):
    smoothed = []
    for level in with_continuations(levels[:n]):
        smoothed.append(discounted_level(level, discounts_of(level.counts)))
    return -np.log2(token_probabilities(smoothed, V, valid)).mean()


def only(*places):
    def discounts_of(counts):
        discounts = one_discount(counts)
        for place in places:
            discounts[place] = three_discounts(counts)[place]
        return discounts

    return discounts_of


# %% tags=["answer"]
variants = {"one, estimated": only(), "D₁ alone": only(1), "D₂ alone": only(2)}
variants |= {"D₃ alone": only(3), "all three": only(1, 2, 3)}
variants["one, 0.9"] = lambda counts: one_discount(counts, 0.9)
print(" " * 14, *(f"{n:8}" for n in (5, 6, 7, 8)))
for name, discounts_of in variants.items():
    print(f"{name:14}", *(f"{bits_with(n, discounts_of):8.3f}" for n in (5, 6, 7, 8)))

# %% [markdown]
"""
$D_1$ *is* $Y$, so there are two new numbers, not three. At every one of these orders the one for large counts
brings most. The last row is a warning: a single discount that is merely larger, 0.9 everywhere, gets half of
the gain at order 5 and four fifths at order 8. Equation 2.4 sees counts of 1 and 2 only, and errs on the
low side for the rest. (But 0.9 was found by looking at this very text, and the three were not.)

All methods that we have at every order, and the last one on its own text as well. (Interpolation was fitted at
order 5 only, and got to 2.24.)
"""

# %% tags=["folded"]
# @title All methods, bits against the order
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

# %% tags=["folded", "nbval-ignore-output"]
# @title Seventy-two models for the panel
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

## Where sentences end, and words nobody has seen

Two questions were passed over. *Where does a sentence end?* Our line break is a token like others: it ends one
line and stands before the next, so the model learns where to stop, as in notebook 01. Without such a
token the probabilities of all texts *of one length* would sum to 1, and no text could be likelier than its
own beginning. Other programs take two signs, `<s>` in front, which is never predicted, and `</s>`
behind, which is. Here is ours, asked for a line break:
"""

# %%
newline = tokenizer.encode("\n")[0]
asked = NGramModel(5, "kneser_ney").fit_counts(levels)
for context in ("the end.", "in 1905.", "the end"):
    print(context, round(float(asked.probabilities(tokenizer.encode(context))[newline]), 4))

# %% [markdown]
"""
After a full stop, one time in three; after a year, half as often; in the middle of a sentence hardly ever.

*And what if a token was never seen at all?* With letters we cheated a little: the tokenizer was made from all
three parts of the text, so every character has a number. With words nobody can. This share of the words of the
validation articles never occurred in the training articles:
"""

# %%
new_words = [word for word in words.split(wiki.valid) if words.encode(word) == [0]]
len(new_words) / len(words.split(wiki.valid)), new_words[:6]

# %% [markdown]
"""
The usual way out is a word `<unk>`: rare words of the training text are replaced by it, so that it has
counts of its own, and all that is unknown is read as `<unk>`. How rare is rare?

**Guess first.** We fit a trigram of words and call those unknown that occur less than 1, 2, 5, 20, 100 times.
What becomes of its perplexity on the validation articles? And which of the five is the best model?
"""

# %% tags=["answer"]
for least in (1, 2, 5, 20, 100):
    known = WordTokenizer(wiki.train, min_count=least)
    trigram = NGramModel(3, "kneser_ney", known.vocab_size).fit(known.encode(wiki.train))
    ids = np.array(known.encode(wiki.valid))
    perplexity = math.exp(-trigram.log_probability(ids))
    print(f"{known.vocab_size:6} words, {(ids == 0).mean():.0%} unknown, {perplexity:6.0f}")

# %% [markdown]
r"""
The last one is by far the lowest, and useless: nearly half of what it reads and says is `<unk>`, which is
easy to foretell. Which of the five is best can't be read off this column: perplexities can be compared only
over the same vocabulary, with the same rule for what is unknown. That is one reason why our board asks for
bits per *character*: there every character has to be paid for.

## A model in a text file

An n-gram model is a list, and there is a format that all tools read: ARPA, after the agency that paid
for it. It wants equation 2.3 in another guise. An n-gram that was seen is listed with its whole
probability. One that wasn't is charged the *back-off weight* of its context, and looked up shorter.

$$ P(w \mid h) = b(h)\, P(w \mid h') \quad \text{if } h\,w \text{ is not listed} \tag{2.8} $$

It ends because every single token is listed; a context that isn't listed has $b(h) = 1$.
"""

# %%
from lmteach.models.ngram.arpa import escape, read_arpa, write_arpa

folder = Path(tempfile.mkdtemp())
small = NGramModel(2, "kneser_ney", discount=0.5).fit(toy_ids)
write_arpa(small, folder / "toy.arpa", letters.characters)
print((folder / "toy.arpa").read_text())

# %% [markdown]
r"""
Each line is $\log_{10} P$, the n-gram, and $\log_{10} b$ if it is a context. For **b**: $10^{-0.845}$ is
1/7, as above. `<s>`, `</s>` and `<unk>` must be there; −99 stands for never.
Reading it back takes a loop:
"""

# %%
logs, b = {}, {}
for line in (folder / "toy.arpa").read_text().split("\n"):
    row = line.split("\t")
    if len(row) > 1:
        gram = tuple(row[1].split())
        logs[gram] = float(row[0])
        b[gram] = float(row[2]) if len(row) == 3 else 0.0


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
three_gram = NGramModel(3, "kneser_ney", discount=0.5).fit(toy_ids)
all_contexts = ["", *alphabet, *("".join(two) for two in product(alphabet, repeat=2))]
for h in all_contexts:
    exact = [kneser_ney(w, h, n=3) for w in alphabet]
    assert sum(exact) == 1
    assert np.allclose(three_gram.probabilities(letters.encode(h)), [float(p) for p in exact])

# %%
other = NGramModel(3, "absolute_discounting", discount=0.5).fit(toy_ids)
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
show_source(token_probabilities)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

Orders were chosen on the validation articles. Now, and only now, the test articles.
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

# %% [markdown]
"""
**Guess first.** `xz`, after reading the whole training text, needs 2.23 bits. Which of the four will beat it on
the test articles?
"""

# %% tags=["answer", "folded", "nbval-ignore-output"]
# @title Four rows for the board
recorded = []
for name, (smoothing, parameters) in tqdm(entries.items()):
    order = int(np.argmin(held_out[name])) + 1
    started = time.perf_counter()
    model = NGramModel(order, smoothing, V, **parameters).fit(train)
    seconds = time.perf_counter() - started
    recorded.append(f"{order}-gram, {name}")
    once = {"text_read": len(wiki.train), "passes": 1}
    record("A", recorded[-1], bits(model, test), model.parameter_count, seconds, **once)

# %% tags=["answer", "nbval-ignore-output"]
compressors = ["gzip", "xz", "xz after reading train"]
assert bits(models[-1], test) < 2.23
table("A", [*compressors, "bigram, add-one", *recorded])

# %% [markdown]
"""
Three of the four do, in seconds: both kinds of Kneser–Ney, and even plain discounting, by a little. (`xz` is
made for any kind of file.) What the table also shows is the price: millions of numbers, many of them for
something seen once. Most of the neural models that follow are far smaller, and all of them pay in time
instead.

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
Fewer bits than with the column, and less work.

**Guess first.** Can that be? What would you compute to find out?
"""

# %% tags=["answer"]
zeppeli = tokenizer.encode("zeppeli")
light.probabilities(zeppeli).sum(), five.probabilities(zeppeli).sum()

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
write_arpa(five, folder / "five.arpa", tokenizer.characters, sentence_end=newline)
sentence = max(wiki.valid.split("\n")[:50], key=len)[:300]
framed = [newline, *tokenizer.encode(sentence), newline]
in_tens = five.log_probabilities(framed)[1:] / math.log(10)

# %% tags=["nbval-ignore-output"]
try:
    import kenlm
except ImportError:
    print("kenlm is not installed, so our file was not read by it")
else:
    quiet = kenlm.Config()
    quiet.show_progress, quiet.arpa_complain = False, kenlm.ARPALoadComplain.NONE
    theirs = kenlm.Model(str(folder / "five.arpa"), quiet)
    scores = [row[0] for row in theirs.full_scores(" ".join(map(escape, sentence)))]
    assert np.allclose(scores, in_tens, atol=1e-4)
    print(f"KenLM {sum(scores):.4f}, ours {in_tens.sum():.4f}")

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
for h in all_contexts:
    theirs = [nltk_model.score(w, list(h)) for w in alphabet]
    assert np.allclose(three_gram.probabilities(letters.encode(h)), theirs)
nltk_model.score("b", ["r", "a"])

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Your turn

### Build it · Kneser–Ney for all contexts at once (30 minutes, ●●●)

On this page one probability at a time went down the staircase, in fractions. You will send whole tables down:
from counts of letters to an array in which *every* row of 82 numbers is a distribution, for every
pair of letters before, seen or not. Here are the counts of Wikipedia's letters, two and three in a row:
"""

# %%
couples, triples = np.zeros((V, V), dtype=int), np.zeros((V, V, V), dtype=int)
np.add.at(couples, (train[:-1], train[1:]), 1)
np.add.at(triples, (train[:-2], train[1:-1], train[2:]), 1)
couples.shape, triples.shape, int((triples > 0).sum())

# %% [markdown]
"""
#### Step 1 · continuation_table

`counts` is a table (V, V) or (V, V, V); its first axis is the oldest token. Write `continuation_table(counts)`,
with one axis fewer: after how many *different* oldest tokens did the rest occur (equation 2.5)?
"""


# %% tags=["exercise"]
def continuation_table(counts):
    ### BEGIN SOLUTION
    seen = counts > 0
    return seen.sum(axis=0)
    ### END SOLUTION


check.continuation_table(continuation_table)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`counts > 0` is true where something was seen, however often. Sum that over the oldest token.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · discounted

Equation 2.3 for one context. `counts` (V,) is how often each token followed it, `lower` (V,) the
distribution after the shorter context. Write `discounted(counts, lower, discount)`, (V,). Does yours sum to
1?
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

It sums to 1 if `lower` does: what was taken in all is given out in all.

</details>
"""

# %% [markdown]
"""
#### Step 3 · discounted_table

The same for all contexts at once. `counts` is (V, V) or (V, V, V), a context for each row of the last axis;
`lower` has the shape of `counts`, or one axis fewer at the front, and NumPy repeats it. Write
`discounted_table(counts, lower, discount)`. A context that was never seen passes everything on. Write it
anew, without step 2.
"""


# %% tags=["exercise"]
def discounted_table(counts, lower, discount):
    ### BEGIN SOLUTION
    totals = counts.sum(axis=-1, keepdims=True)
    kept = np.maximum(counts - discount, 0)
    taken = discount * (counts > 0).sum(axis=-1, keepdims=True)
    mixed = (kept + taken * lower) / np.maximum(totals, 1)
    return np.where(totals > 0, mixed, lower)
    ### END SOLUTION


check.discounted_table(discounted_table)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Every `.sum()` of step 2 becomes `.sum(axis=-1, keepdims=True)`. Where the total is 0, divide by 1 instead, and
take `lower` with `np.where`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · kneser_ney_trigrams

Down the staircase. Write `kneser_ney_trigrams(bigrams, trigrams, discount)` from the counts (V, V) and (V, V,
V): entry `[a, b, c]` of the result is P(c | a, b). You may call steps 1 and 3. From below: the die 1/V, with
the V of the counts that you are given, then no context, then one token, then two. Which counts are real, and
which are continuation counts?

Then `P = kneser_ney_trigrams(couples, triples, 0.5)`. What do its rows sum to? How many bits does it need for
`valid`, and for which discount are they fewest? Does `NGramModel(3, "kneser_ney", discount=0.5).fit(train)`
agree?
"""


# %% tags=["exercise"]
def kneser_ney_trigrams(bigrams, trigrams, discount):
    ### BEGIN SOLUTION
    vocab_size = len(bigrams)
    die = np.full(vocab_size, 1 / vocab_size)
    one = discounted_table(continuation_table(bigrams), die, discount)
    two = discounted_table(continuation_table(trigrams), one, discount)
    return discounted_table(trigrams, two, discount)
    ### END SOLUTION


check.kneser_ney_trigrams(kneser_ney_trigrams)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Three calls of step 3, each with the result of the one before as `lower`. The counts of one token come from
`bigrams` by step 1, those of two tokens from `trigrams` by step 1, those of three are real.

</details>

<details><summary>Solution</summary>

{{solution}}

Only the counts of three tokens are real. All 82² rows sum to 1, also those of pairs that no text contains. The
bits are `-np.log2(P[valid[:-2], valid[1:-1], valid[2:]]).mean()`: 3.01, as in this page's list for order 3. They
are fewest for a discount of about 0.85, but the discount hardly matters: at 0.1 they are 3.02, for at order 3
nearly every token comes after a context that was seen many times. The package's model, after `.fit(train)`,
gives the same numbers: `.probabilities(tokenizer.encode("th"))` is the row of **t**, **h** in `P`.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · stupid_backoff (8 minutes, ●●○)

Large translation systems once ranked with a shortcut: if the n-gram was seen, its count divided by that of its
context; if not, 0.4 times the score of the n-gram without its oldest token. Write `stupid_backoff(counts,
gram)`; `counts` maps texts of any length to how often they occurred, with `counts[""]` the number of all
letters. A single letter that was never seen scores 0. Try `counts = {"": 11, **C[1], **C[2], **C[3]}`. What do
the scores of all letters after **a** sum to? After **ra**?
"""


# %% tags=["exercise"]
def stupid_backoff(counts, gram):
    ### BEGIN SOLUTION
    if gram in counts:
        return counts[gram] / counts[gram[:-1]]
    if len(gram) == 1:
        return 0.0
    return 0.4 * stupid_backoff(counts, gram[1:])
    ### END SOLUTION


check.stupid_backoff(stupid_backoff)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`gram[:-1]` is the context, `gram[1:]` the n-gram without its oldest letter. The function calls itself; where
does it stop?

</details>

<details><summary>Solution</summary>

{{solution}}

A little more than 1 after **a**, less after **ra**: they are scores, not probabilities. Nothing was
taken off what was seen, and what the unseen get is not measured by what is left. For ranking that can
be good enough; bits computed from them would mean nothing.

</details>
"""

# %% [markdown]
"""
### Exercise 2 · word_perplexity (4 minutes, ●○○)

A model needs `bits` for each character of a text that has so many `characters` and so many `words`. Write
`word_perplexity(bits, characters, words)`: how many sides has its die for a whole word? What is it for our
best model, with `len(wiki.valid)` and `len(words.split(wiki.valid))`, and may you compare it with the
trigrams of words above?
"""


# %% tags=["exercise"]
def word_perplexity(bits, characters, words):
    ### BEGIN SOLUTION
    bits_a_word = bits * characters / words
    return 2**bits_a_word
    ### END SOLUTION


check.word_perplexity(word_perplexity)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

How many bits has the whole text, and how many of them fall to one word? Then equation 1.5 of notebook 01, with
2 instead of e.

</details>

<details><summary>Solution</summary>

{{solution}}

It is about 1,900, more than twice that of the trigram with every word of the training text. But the
comparison isn't fair to the letters: they spell every word, and the words get off with `<unk>` for one in
thirteen.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A longer context fits old text better and better, and meets more and more that it has never seen.
- Add-k gives to all that is unseen alike; the other methods ask a shorter context instead.
- A count promises more than it keeps, by an amount that hardly grows with it: subtract, and pass that on. A
  larger discount for large counts is most of what the three discounts gain.
- Kneser–Ney: a shorter context should count in how many contexts, not how often. York follows New.
- Sum your probabilities. What sums to more than 1 can win any comparison, and means nothing.

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
