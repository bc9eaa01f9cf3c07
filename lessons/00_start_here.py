# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 00 · Start here

{{badges}}

> *The capital of Albania is Tiran█*

You know the letter under the block. How sure are you? Sure enough to put a number on it, in bits?
Every model in this collection will be asked to do what you just did, on the same text, and will be
given the same kind of number. Before any of them plays, you play.

**Aims.** See the path ahead. Learn what a *bit* of surprise is. Play Shannon's game and get your own
number. Meet the first three rows of the scoreboard, which are not models at all.

**Time.** {{time}} The cells run in under half a minute on two CPU cores.

**Before.** Nothing but a little Python. Run a cell with <kbd>Shift</kbd> + <kbd>Enter</kbd>; run them
all with *Run → Run All Cells* (in Colab, *Runtime → Run all*).
"""

# %% [markdown]
"""
The next cell finds the package `lmteach`, in which our helpers live. It is the same in every notebook.
"""

# %%
{{setup}}

# %% [markdown]
"""
And this one chooses where to compute. No GPU is needed anywhere in the collection. If you have one,
set `USE_CUDA = True` (in Colab, tick the box): the same cells then run larger.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import gzip
import lzma
import math
import time
from collections import Counter

import torch
from torch.utils.benchmark import Timer

from lmteach.classroom import display_figure, show_source
from lmteach.exercises import start_here as check
from lmteach.plots.diagrams.threads import threads
from lmteach.plots.journey import journey
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## One path

Twenty-five notebooks, four parts. Each idea answers a failure of the one before: counting is honest
but forgets, networks remember but fade, attention looks back as far as it likes. The filled boxes are
ready to open.
"""

# %% tags=["folded"]
# @title The map
display_figure(
    journey(ready={{ready}}),
    alt="A map of twenty-five numbered boxes under four headings: Counting, Networks with memory, "
    "The Transformer, and Pretrain, adapt, judge. Boxes 00 to {{last}} are filled.",
)

# %% [markdown]
"""
Two things stay the same all the way, so that models sixty years apart can be compared: the **text**
and the **unit**. Three tasks do, too. We call them threads, and each has a board of its own:
"""

# %% tags=["folded"]
# @title The three threads
display_figure(
    threads(),
    alt="Three rows, each with a text, a question and an answer. A: which character comes next? "
    "Judged in bits per character. B: how is a word pronounced? Judged by the phoneme error rate. "
    "C: is a sentence praise or blame? Judged by accuracy.",
)

# %% [markdown]
r"""
Thread **A** begins in this notebook, **B** in notebook 04, where words are spelled and spoken, and **C**
in notebook 15, where a pretrained model reads film reviews.

### One notation

The same letter means the same thing in every notebook:

| letter | is | letter | is |
|---|---|---|---|
| $x_t$ | what is seen at step $t$: a character, a token, a word | $T$ | how many steps a text has |
| $z_t$ | what is hidden behind it: a state, a tag | $V$ | how many different tokens there are |
| $h_t$ | what a network remembers at step $t$ | $N$ | how many states a hidden Markov model has |
| $P(a \mid b)$ | the probability of $a$, given $b$ | $D$ | how many numbers describe a token to a network |
| $C(\cdot)$ | how often something was counted | $n$ | the order: how many tokens are looked at together |
| $L$ | the loss: the mean of $-\log P$, in nats | $W$ | weights: the numbers that are learned |

Losses are in **nats**, the unit of the natural logarithm, because calculus likes it; board A is in **bits
per character**, logarithms to base 2, because those can be compared whatever the tokens are. For a model of
characters, bits are nats divided by ln 2. What a bit is comes below.

## One text

About a hundred articles of the English Wikipedia, as clean prose. Most of it is for learning
(`train`), a part for making choices (`valid`), and a part is kept aside to be judged on (`test`).
Whole articles go to one part or another, so nothing leaks.
"""

# %%
from lmteach.text.corpora.wikipedia import wikipedia

corpus = wikipedia()
{name: len(getattr(corpus, name)) for name in ("train", "valid", "test")}

# %%
print(corpus.test[:400])

# %% [markdown]
"""
The text is free to use and share, under the licence that its authors chose:
"""

# %%
print(corpus.source, corpus.licence, sep="\n")

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## One unit

Now the number. Something that is certain tells you nothing when it happens. A fair coin tells you
one bit.

A letter is drawn blindly from 27: the alphabet and the space. You may ask questions that are answered
yes or no, such as *is it before n?*
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A letter is drawn blindly from 27. How many yes-or-no questions find it, if you ask well?",
    {
        "27": "That is asking for each letter by name. One good question can rule out half of "
        "them.",
        "13 or 14": "Asking for one letter after another finds it half way, on average. Halve "
        "instead.",
        "4 or 5": "Each good question halves what is left: 27, 14, 7, 4, 2, 1.",
        "1 or 2": "Two answers tell four cases apart at most. There are 27.",
    },
    right="4 or 5",
)

# %% tags=["answer"]
left, questions = 27, 0
while left > 1:
    left = math.ceil(left / 2)
    questions += 1
    print(f"after question {questions} at most {left} are left")

# %% [markdown]
r"""
How often can 27 be halved? Its logarithm to base 2 says so: 4.75 times. When we let the number of questions
be no whole number, it is called the *surprise* of an event with probability $p$, here 1/27:

$$ s(p) = \log_2 \frac{1}{p} \tag{0.1} $$
"""


# %%
def bits(p):
    return math.log2(1 / p)  # eq. 0.1


print("a coin        ", bits(1 / 2))
print("a blind letter", bits(1 / 27))

# %% [markdown]
"""
A coin is one bit. A blind letter is 4.75: four questions don't always suffice, five do. Whoever needs
fewer *knows* something about English. Claude Shannon asked in 1951 how much a reader knows, and
found a way to measure it without looking into the reader's head.

## The guessing game

Cover a sentence. Let somebody guess the next letter until it is found, then the next, to the end.
Write down only **how many guesses** each letter took. Here is a game from Shannon's paper.
"""

# %%
from lmteach.widgets.guessing_game.recorded_game import SHANNON_1951, draw_recorded

print(SHANNON_1951.text)
print(*SHANNON_1951.guesses)

# %% [markdown]
"""
Each number belongs to the letter at the same place of the line above.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Which letters took this reader the most guesses?",
    {
        "rare letters, such as v and "
        "y": "The v of reverse was the hardest of all, yet each y took one "
        "guess. Where a rare letter must follow, it is found at once.",
        "the first letters of words": "Six of the eight that took more than five guesses are first "
        "letters. Within a word the next letter follows almost by itself; a new word can be "
        "anything.",
        "the last letters of words": "By then the word is known. Most of those took one guess.",
        "the spaces": "Where a word ends is nearly always clear from the word.",
    },
    right="the first letters of words",
)

# %% tags=["answer", "folded"]
# @title The game, letter by letter
display_figure(
    draw_recorded(SHANNON_1951),
    alt="The sentence in three lines, with its number of guesses under each letter, mostly 1. The "
    "numbers above five stand at the first letters of reverse, motorcycle, friend, found, "
    "dramatically and the, at the v of reverse and at the r of friend.",
)

# %% [markdown]
r"""
The numbers are a *second copy of the text*. Imagine a twin of the reader, who guesses in just the same
order: from `1 1 1 5 …` the twin could restore every letter. So the text carries no more information
than its guess numbers do, and those are easy to judge. Let $q_1$ be the share of the number that comes most
often, $q_2$ that of the next, and so on. (Shannon's $q_i$ is the share of the number $i$; in a long game that
is the same.) The mean surprise of the numbers bounds $H$, the bits per character, from above; Shannon proved
a bound from below, too:

$$ \sum_i i\,(q_i - q_{i+1}) \log_2 i \;\le\; H \;\le\; \sum_i q_i \log_2 \frac{1}{q_i} \tag{0.2} $$
"""

# %%
times = Counter(SHANNON_1951.guesses)
for guesses, count in times.most_common(4):
    print(f"found on guess {guesses}: {count:3} of {len(SHANNON_1951.guesses)} letters")

# %% [markdown]
"""
Nearly four letters out of five were found at once. Both sides of the inequality, written out:
"""


# %% lmteach={"defines": "evaluation.information.shannon_bounds"}
def shannon_bounds(guesses):
    counts = Counter(guesses).values()
    shares = sorted((count / len(guesses) for count in counts), reverse=True)
    steps = zip(shares, [*shares[1:], 0.0], strict=True)
    lower = sum(i * (q - after) * math.log2(i) for i, (q, after) in enumerate(steps, start=1))
    upper = sum(q * math.log2(1 / q) for q in shares)  # eq. 0.2
    return lower, upper


shannon_bounds(SHANNON_1951.guesses)

# %% [markdown]
"""
From 4.75 bits down to somewhere between the two: that much of English is known before it is read. Mind
**whose bits** these are: Shannon's alphabet has 27 symbols, our text has more, and one sentence is little
evidence. His full experiment, with a hundred letters of context before each guess, put people between **0.6
and 1.3 bits** per character (Shannon 1951, table I). Keep these two numbers in mind; they will hang over
every model that we build.

### Your move

Sentences from articles kept aside, in Shannon's 27 symbols. Type a letter; <kbd>Space</kbd> is a
letter too. Play at least thirty and watch the two bounds settle.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.guessing_game.widget import GuessingGame

openings = [line.split(". ")[0] for line in corpus.valid.splitlines()]
game = GuessingGame([opening for opening in openings if 60 < len(opening) < 110])
game

# %% [markdown]
"""
Where did you stumble? If it was where words begin, as with Shannon's reader, you used the whole word so far,
and the sentence before it. A model that looks back one letter can't. How far back a model can look, and what
it makes of what it sees there, is the story of the whole collection.

## A compressor guesses, too

`gzip` knows nothing about language. It replaces what it has seen before by a pointer back. But to make
a text short you must expect it, so its size is a guess at the number of bits. The text has capitals,
digits and signs, so a blind draw costs more here than a blind letter did:
"""

# %%
alphabet = set(corpus.train)
print(f"{len(alphabet)} different symbols, {bits(1 / len(alphabet)):.2f} bits for a blind one")

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Stored plainly, a character takes 8 bits. How many does gzip need for a character of our "
    "text?",
    number=2.96,
    tolerance=0.3,
    reply="A little less than half of what a blind draw costs.",
    slips={
        8: "That would be no compression at all.",
        6.36: "That is a blind draw out of 82, and gzip is not blind: it sees what came before.",
        4.75: "That is a blind letter out of 27, and gzip is not blind: it sees what came before.",
        1.3: "So few would be as good as a human reader.",
    },
)

# %% tags=["answer"]
from lmteach.evaluation.information import bits_per_character


def compressed_bits(text, compress):
    return 8 * len(compress(text.encode())) / len(text)


print("gzip", round(compressed_bits(corpus.test, gzip.compress), 3))
print("xz  ", round(compressed_bits(corpus.test, lzma.compress), 3))

# %% [markdown]
"""
`xz` looks further back, packs more tightly, and gets further. Both know more than the blind draw, and are a
long way from a reader's 1.3. But it isn't a fair game: you had read some English before you came. Let `xz`
read the training text first, and count only what the test text adds.

**Guess first.** Nearly two million characters of reading. How much will they help?
"""


# %% tags=["answer"]
def bits_after_reading(text, before, compress):
    both, alone = (len(compress(read.encode())) for read in (before + text, before))
    return 8 * (both - alone) / len(text)


started = time.perf_counter()
read_first = bits_after_reading(corpus.test, corpus.train, lzma.compress)
reading_seconds = time.perf_counter() - started
read_first

# %% [markdown]
"""
Reading helps, and a reader still needs little more than half as much, at the very most. A pointer back wants
the very same letters again; a reader learns what English is *like*. To go from the first to the second is
what a language model is for.

## What the CUDA toggle changes

Where networks are trained, most of the time goes into products of matrices. This is what yours costs here,
in billions of multiplications and additions per second, on every device that there is:
"""


# %% tags=["nbval-ignore-output"]
def billions_per_second(device, size=1024):
    matrix = torch.rand(size, size, device=device)
    seconds = Timer("matrix @ matrix", globals={"matrix": matrix}).timeit(5).mean
    return round(2 * size**3 / seconds / 1e9)


devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
{device: billions_per_second(device) for device in devices}

# %% [markdown]
"""
With the toggle on, `session.device` is the GPU, and `session.scale` grows: later notebooks multiply the size
of their models by it. The numbers printed in these pages were all made on a CPU:
"""

# %%
session.device, session.scale

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## The equal sign

Nothing here is taken on trust. Each mechanism that we write out is compared with the one in the
package, and with a reference that somebody else wrote. The upper bound is an entropy, which SciPy
knows. The lower one we work out by hand, for four letters found on guesses 1, 1, 2, 3: the shares are ½, ¼
and ¼, and of the three terms only the last is not zero, $3 \cdot \frac{1}{4} \cdot \log_2 3$.
"""

# %%
from scipy.stats import entropy

from lmteach.evaluation.information import shannon_bounds as lmteach_shannon_bounds

lower, upper = shannon_bounds(SHANNON_1951.guesses)
shares = [count / len(SHANNON_1951.guesses) for count in times.values()]
assert (lower, upper) == lmteach_shannon_bounds(SHANNON_1951.guesses)
assert math.isclose(upper, entropy(shares, base=2))
assert math.isclose(shannon_bounds([1, 1, 2, 3])[0], 3 / 4 * math.log2(3))

# %% [markdown]
"""
A compressor would be worth nothing if the text could not be had back, and a model of characters loses
ln 2 nats for each bit:
"""

# %%
assert gzip.decompress(gzip.compress(corpus.test.encode())).decode() == corpus.test
assert bits_per_character(math.log(2), tokens=10, characters=10) == 1.0

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

Every model from here on puts one row on this board: bits per character on the test articles, how many
numbers it learned, how long that took, and how often it has read the training articles. The column *yours*
is what this machine measured just now; the one before it was measured for these pages.
"""

# %% tags=["folded"]
# @title The first three rows
from lmteach.evaluation.scoreboard import record, table

for name, compress in {"gzip": gzip.compress, "xz": lzma.compress}.items():
    started = time.perf_counter()
    size = compressed_bits(corpus.test, compress)
    record("A", name, size, None, time.perf_counter() - started, text_read=0, passes=0)
once = {"text_read": len(corpus.train), "passes": 1}
record("A", "xz after reading train", read_first, None, reading_seconds, **once)
shown = ["gzip", "xz", "xz after reading train"]
table("A", shown)

# %% [markdown]
"""
And you? If you have played thirty letters, your upper bound joins them when you run the next cell. It was
measured on fewer letters, in a smaller alphabet, so read it as a neighbour of the others and not as a
rival. This is how many letters you have played:
"""

# %%
if len(game.guesses) >= 30:
    record("A", "you", game.bounds()[1], parameters=None, seconds=0)
    shown.append("you")
len(game.guesses)

# %% tags=["folded"]
# @title The board, drawn
from lmteach.plots.ranking import ranking

display_figure(
    ranking(
        {row.model: row.value for row in table("A", shown).yours},
        band=("people: 0.6 to 1.3 (Shannon 1951)", 0.6, 1.3),
    ),
    alt="Horizontal bars of bits per character, best on top: xz after reading the training text, "
    "xz, gzip. All end far to the right of a green band that marks people, 0.6 to 1.3.",
)

# %% [markdown]
"""
All the room between the bars and the band is ours to conquer.

## Spot the bug

Somebody measures Chinese in the same way and reports that it is only a fifth harder than English. Here is the
code. What would you check?
"""

# %%
from lmteach.text.corpora.dialogues import dialogues


def reported_bits(text):
    data = text.encode()
    return 8 * len(gzip.compress(data)) / len(data)


english, chinese = (
    "\n".join(line for talk in dialogues(language) for line in talk)
    for language in ("english", "chinese")
)
english = english[: len(chinese)]
reported_bits(english), reported_bits(chinese)

# %% [markdown]
"""
The two texts are equally long, character for character. Look at the code again before you go on, and set it
beside `compressed_bits` above.

**Guess first.** What would you print of the two texts to find out?
"""

# %% tags=["answer"]
len(english.encode()) / len(english), len(chinese.encode()) / len(chinese)

# %% [markdown]
"""
Those are bytes for each character. The code divides by *bytes* and calls them characters. In English nothing
shows, since there the two are the same. A Chinese character takes three bytes; line breaks and Latin signs
take one, and pull the mean down. Divided by what a reader would call a character, the small gap becomes a
factor of three:
"""

# %%
compressed_bits(english, gzip.compress), compressed_bits(chinese, gzip.compress)

# %% [markdown]
"""
One Chinese character carries far more than one Latin letter, as it should: it stands for a syllable or
a word. Always ask *per what?* before you compare two models.

## In practice

Entropy is everywhere, so every library has it. PyTorch measures in nats, as all our training will;
divided by ln 2 they are bits.
"""

# %%
nats = torch.distributions.Categorical(torch.tensor(shares, dtype=torch.float64)).entropy()
assert math.isclose(nats / math.log(2), upper)
bits_per_character(nats.item(), tokens=102, characters=102)

# %% [markdown]
"""
Helpers are never a secret: `show_source` prints any of them in place.
"""

# %%
show_source(bits_per_character)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Your turn

Each exercise has a blank and a check. Fill the blank, run the cell, and the check tells you whether it
is right, or what is likely wrong. Blanks left alone harm nothing.

### Exercise 1 · bits_per_word (5 minutes, ●○○)

Somebody publishes bits per *word*, and you have bits per character. Write
`bits_per_word(bits_per_character, text)`, which converts one into the other for a given text whose words
stand between single spaces. What do Shannon's 0.6 and 1.3 become on his own sentence, `SHANNON_1951.text`?
(A space at the end begins no word.)
"""


# %% tags=["exercise"]
def bits_per_word(bits_per_character, text):
    ### BEGIN SOLUTION
    return bits_per_character * len(text) / len(text.split())
    ### END SOLUTION


check.bits_per_word(bits_per_word)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The whole text costs the same, however you cut it. How much is that, and how many words share it?

</details>

<details><summary>Solution</summary>

{{solution}}

Shannon's sentence has 102 characters and 19 words, so 5.4 to a word: people need between 3.2 and 7.0 bits
for each.

</details>
"""

# %% [markdown]
"""
### Exercise 2 · fixed_order_guesses (10 minutes, ●●○)

A player who knows no words always guesses in the same order, `order[0]` first. Write
`fixed_order_guesses(text, order)`: the list of how many guesses each letter of the text takes. Then
give your player the order `" etaoinsrhldcumfpgwybvkxjqz"` and a line of Wikipedia, say
`corpus.test.splitlines()[0]`, in small letters and without the characters that are not in the order. What are
its bounds, by `shannon_bounds`?
"""


# %% tags=["exercise"]
def fixed_order_guesses(text, order):
    ### BEGIN SOLUTION
    return [order.index(letter) + 1 for letter in text]
    ### END SOLUTION


check.fixed_order_guesses(fixed_order_guesses)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`order.index(letter)` says where a letter stands, counted from 0. A first guess is guess number 1.

</details>

<details><summary>Solution</summary>

{{solution}}

With `line = corpus.test.splitlines()[0]`, the text to guess is
`"".join(letter for letter in line.lower() if letter in order)`, and the bounds are 3.3 and 4.0 bits. When the
order never changes, a guess number is just another name for its letter, so this player's number is the upper
one: to know how common each letter is, on this line, is worth three quarters of a bit against the blind 4.75.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Recap

- Surprise is $\log_2(1/p)$ bits; a blind letter out of 27 costs 4.75.
- Shannon's game turns guesses into bounds: people need 0.6 to 1.3 bits per character.
- To compress is to predict, so `gzip` and `xz` are on the scoreboard, and they are beatable.
- One text, one unit, one split: that is why the rows can be compared.
- Always ask *per what*: bytes are not characters.

**Further reading.** C. E. Shannon, "Prediction and Entropy of Printed English" (1951), the game and its
bounds. T. M. Cover and R. C. King, "A Convergent Gambling Estimate of the Entropy of English" (1978),
where the players bet. P. F. Brown et al., "An Estimate of an Upper Bound for the Entropy of English"
(1992), a model plays.

**Next.** {{next}}, the first model that learns.
"""
