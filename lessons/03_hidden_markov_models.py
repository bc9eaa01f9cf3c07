# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 03 · Hidden Markov models and Viterbi

{{badges}}

> *notable* · *not able* · *no table*

Without spaces, even seven English letters can be read in three ways. Chinese is always written like this:
人工智能是科学的分支. Where does one word end and the next begin? For words that it doesn't know, one of the best-known
programs for Chinese answers with four hidden states and an algorithm from 1967. By the end you will have
given the algorithm that program's own numbers, got the same words as its own code for this step, and built it
yourself.

**Aims.** Tell what is seen from what is hidden. Sum over more paths than there are atoms in a room, and
find the best of them. See what underflows without logarithms. Train a model by counting, load one that
somebody else trained, and measure both.

**Time.** {{time}} The cells run in under a minute on two CPU cores.

**Before.** [01 · Bigrams](01_bigrams.ipynb): tables whose rows sum to 1. No Chinese is needed; every
word comes with its meaning.
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
import re
import warnings
from itertools import pairwise, product

import numpy as np

from lmteach.classroom import display_figure
from lmteach.exercises import hidden_markov as check
from lmteach.models.hmm.batch import log_of  # np.log, and minus infinity for 0 without a warning
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Behind the door

A baby sleeps in the next room, you hope. Opening the door would end the matter, so you listen, and every
five minutes you write down what you hear:

> quiet · quiet · babble · babble · quiet · cry

At the fifth note it was quiet. Was the baby asleep? Make up your mind now; two answers will come, and they
will differ.

What you want to know are the *states*, asleep or awake, which nobody sees. What you have are *symbols*
that the states give off. Three tables connect them:
"""

# %%
states, symbols = ["asleep", "awake"], ["quiet", "babble", "cry"]
initial = np.array([0.7, 0.3])  # (N,): how the night begins
transition = np.array([[0.8, 0.2], [0.3, 0.7]])  # (N, N): a row for the state now
emission = np.array([[0.80, 0.15, 0.05], [0.20, 0.40, 0.40]])  # (N, V)

# %% [markdown]
"""
There are N = 2 states and V = 3 symbols, and every row sums to 1. Here are the same twelve numbers as a
picture: where a night begins, how the state moves, and what it sounds like.
"""

# %% tags=["folded"]
# @title The model, drawn
from lmteach.plots.diagrams.hmm import states_and_emissions

night = initial, transition, emission, states, symbols
display_figure(
    states_and_emissions(*night),
    alt="A graph. From the start, 0.70 leads to asleep and 0.30 to awake. Asleep stays asleep with "
    "0.80 and wakes with 0.20; awake stays awake with 0.70 and falls asleep with 0.30. Asleep "
    "gives quiet 0.80, babble 0.15, cry 0.05; awake gives quiet 0.20, babble 0.40, cry 0.40.",
)

# %% [markdown]
"""
The arrows between the states are a bigram model, as in notebook 01, of something that is hidden. The arrows
below them say what each state sounds like. A baby that is awake can be quiet, and that is what makes the
question hard.

This is a *hidden Markov model*, HMM for short. It tells a story about how a night is made: the state
moves by chance, and in each state a symbol is drawn by chance.
"""


# %%
def draw(length, rng):
    hidden, heard = [], []
    state = rng.choice(2, p=initial)
    for _ in range(length):
        hidden.append(int(state))
        heard.append(int(rng.choice(3, p=emission[state])))
        state = rng.choice(2, p=transition[state])
    return hidden, heard


hidden_states, sounds_heard = draw(6, session.rng)
print(*[states[z] for z in hidden_states])
print(*[symbols[x] for x in sounds_heard])

# %% [markdown]
r"""
You only get the lower line. All that follows is the art of guessing the upper one.

## One path

Suppose for a moment that the states were known. Then there is nothing to guess: multiply. Write $z_t$ for the
state at step $t$ and $x_t$ for the symbol, $\pi$ for `initial`, $a$ for `transition` and $b$ for `emission`.
A start and its emission, then a transition and an emission at each further step:

$$ P(z, x) = \pi_{z_1}\, b_{z_1}(x_1) \prod_{t=2}^{T} a_{z_{t-1} z_t}\, b_{z_t}(x_t) \tag{3.1} $$

Two steps of it, *asleep* and *asleep*, both times *quiet*, use three arrows, one of them twice:
"""

# %% tags=["folded"]
# @title One path, lit
display_figure(
    states_and_emissions(
        *night,
        lit=["start", "start→asleep", "asleep", "asleep→asleep", "asleep→quiet", "quiet"],
    ),
    alt="The graph again. Lit are the way from the start to asleep, 0.70, the loop from asleep to "
    "asleep, 0.80, and the arrow from asleep to quiet, 0.80, which is used twice.",
)


# %%
def joint(path, observations, initial=initial, transition=transition, emission=emission):
    probability = initial[path[0]] * emission[path[0], observations[0]]
    for t in range(1, len(path)):
        probability *= transition[path[t - 1], path[t]]
        probability *= emission[path[t], observations[t]]  # eq. 3.1
    return float(probability)


joint([0, 0], [0, 0]), 0.7 * 0.8 * 0.8 * 0.8

# %% [markdown]
"""
Now all six notes, with a baby that is asleep throughout, and with one that is awake throughout:
"""

# %%
heard = [symbols.index(word) for word in "quiet quiet babble babble quiet cry".split()]
joint([0] * 6, heard), joint([1] * 6, heard)

# %% [markdown]
r"""
Asleep all the time is five times likelier than awake all the time. But there are other stories.

## Every path

A path says for each of the six notes which of the two states it was. How many are there?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Two states, six steps. How many paths of states are there?",
    number=64,
    reply="Each step doubles their number: 2 to the sixth.",
    slips={
        12: "That is 2 · 6, as if steps were chosen alone; but every choice goes with every other.",
        36: "That is 6², six choices made twice. It is two choices, made six times.",
        2: "Only if the state never changed. It may change at every step.",
        32: "That is five steps. The first state is free, too.",
    },
)

# %% tags=["answer"]
paths = list(product(range(2), repeat=6))
len(paths), paths[:3]

# %% [markdown]
r"""
Nobody knows which path was taken, so what was heard has the probability of all of them together:

$$ P(x) = \sum_{z} P(z, x) \tag{3.2} $$
"""

# %%
joints = np.array([joint(path, heard) for path in paths])
likelihood = joints.sum()  # eq. 3.2
float(likelihood)

# %% [markdown]
"""
**Guess first.** How large a share of this sum does the best of the 64 paths have? And does it sleep at the
fifth note?
"""

# %% tags=["answer"]
for place in np.argsort(-joints)[:3]:
    print(f"{joints[place] / likelihood:.3f}", *(states[z] for z in paths[place]))

# %% [markdown]
"""
The best path sleeps for two notes and is awake to the end, quiet fifth note included. But look at its
share: the best of all stories has not even a fifth of the whole, and the next one tells of a baby that
slept until it cried. Keep both facts in mind, they will come back.

So the problem is solved? For six notes it is. A whole night has a hundred, and the number of paths
doubles with each:
"""

# %%
f"{2**100:.1e}"

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Sum as you go

The paths share nearly everything. Two of them that are in the same state now differ only in their past,
and what comes next asks for the present alone. So pour all paths that meet in a state into one number.
Let $\alpha_t(j)$ be the probability of what was heard up to step $t$, *and* of being in state $j$ then.
It has a start, a step for $t = 2, \dots, T$, and an end:

$$ \begin{aligned}
\alpha_1(j) &= \pi_j\, b_j(x_1) \\
\alpha_t(j) &= \sum_i \alpha_{t-1}(i)\, a_{ij}\, b_j(x_t) \\
P(x) &= \sum_j \alpha_T(j)
\end{aligned} \tag{3.3} $$

**Guess first.** The sum over 64 paths took 704 multiplications, 11 for each. Here a step multiplies twice for
each pair of a state before and a state now. How many multiplications is that for the six notes, the two of the
start included?
"""


# %% tags=["answer"]
def forward_by_loop(observations):
    alpha = np.zeros((len(observations), 2))  # (T, N)
    for j in range(2):
        alpha[0, j] = initial[j] * emission[j, observations[0]]
    for t in range(1, len(observations)):
        for j in range(2):
            for i in range(2):
                alpha[t, j] += alpha[t - 1, i] * transition[i, j] * emission[j, observations[t]]
    return alpha  # eq. 3.3


print(forward_by_loop(heard).round(6))
forward_by_loop(heard)[-1].sum(), likelihood

# %% [markdown]
"""
2 for the start and 8 for each of five steps: 42 in place of 704, and the last row sums to the same $P(x)$. The
rows shrink at every step: each is the probability of more notes. The inner loops are a product of a row and a matrix:
"""


# %%
def forward_by_product(observations):
    alpha = [initial * emission[:, observations[0]]]
    for x in observations[1:]:
        alpha.append((alpha[-1] @ transition) * emission[:, x])
    return np.array(alpha)


assert np.allclose(forward_by_product(heard), forward_by_loop(heard), rtol=1e-12, atol=0)

# %% [markdown]
"""
This is the *forward algorithm*: the work grows with the length, not with the number of paths. Let it
listen for a week, and give us $P(x)$ for two thousand notes.

## A week of notes
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Each of 2,000 notes multiplies the probability of the week by 0.38 or so. What does the "
    "computer say this probability is, in ordinary floating point?",
    {
        "a very small number, about 10 to the power -840": "That is what it is. But the smallest "
        "number that a double can hold is about 10 to the power -323.",
        "exactly 0": "Below about 10 to the power -323 there is nothing left to write, and from "
        "there on zero times anything is zero.",
        "a number near 0.01, for sums make up for products": "Sums run over two states at every "
        "step, and those sums are what shrinks, to 0.38 or so of the one before.",
        "an error: it refuses to go on": "Numbers that are too small are rounded to 0, without a "
        "word. That is the trouble with them.",
    },
    right="exactly 0",
)

# %% tags=["answer"]
_, week = draw(2000, session.rng)
alphas = forward_by_product(week)
float(alphas[-1].sum())

# %% [markdown]
"""
Zero: not small, but exactly 0, as if the week were impossible. A number in floating point can't be much
smaller than $10^{-323}$, and a product of probabilities gets there soon. From this note on (the first is number 0), everything is lost:
"""

# %%
int(np.argmax(alphas.sum(axis=1) == 0))

# %% [markdown]
r"""
In notebook 01 the cure was to add logarithms instead of multiplying. Here sums stand between the
products, so we need the logarithm of a sum, of which only the logarithms are known:

$$ \begin{aligned}
\log \alpha_1(j) &= \log \pi_j + \log b_j(x_1) \\
\log \alpha_t(j) &= \log \sum_i e^{\log \alpha_{t-1}(i) + \log a_{ij} + \log b_j(x_t)} \\
\log P(x) &= \log \sum_j e^{\log \alpha_T(j)}
\end{aligned} \tag{3.4} $$

NumPy's `logaddexp` takes the largest term out first, so that nothing underflows; `.reduce` adds up a whole
column. The function takes *scores*: logarithms of all three tables, and the emissions looked up already.
"""


# %% lmteach={"defines": "models.hmm.forward_backward.forward"}
def forward(initial_scores, transition_scores, emission_scores):
    alpha = np.empty(emission_scores.shape)
    alpha[0] = initial_scores + emission_scores[0]
    for t in range(1, len(alpha)):
        candidates = alpha[t - 1][:, None] + transition_scores + emission_scores[t]
        alpha[t] = np.logaddexp.reduce(candidates, axis=0)  # eq. 3.4
    return alpha


# %%
tables = np.log(initial), np.log(transition)
seen = np.log(emission).T[heard]  # (T, N): what was heard, under each state
log_alpha = forward(*tables, seen)
assert np.allclose(log_alpha, np.log(forward_by_loop(heard)), rtol=1e-12)
seen.shape, log_alpha.shape

# %%
log_alphas = forward(*tables, np.log(emission).T[week])
float(np.logaddexp.reduce(log_alphas[-1]))

# %% [markdown]
"""
A plain number of nats, for a probability that can't be written. Both ways, side by side, as powers of
ten:
"""

# %% tags=["folded"]
# @title Both ways over the week, drawn
from lmteach.plots.curves import curves

with np.errstate(divide="ignore"):
    plain = np.log10(alphas.sum(axis=1))
logs = np.logaddexp.reduce(log_alphas, axis=1) / np.log(10)
display_figure(
    curves({"in logarithms": logs, "plain": plain}, xlabel="notes", ylabel="log10 P(x)"),
    alt="Two falling lines over 2000 notes. They are one until the plain one ends near minus 323, "
    "after 777 notes; the one in logarithms falls on, straight, to about minus 840.",
)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## What the future tells

Back to the six notes. At the third, the first babble, was the baby awake? What came *later* has a say
in it: babies that are awake tend to stay awake. So we want a second sum, from the other side. Let
$\beta_t(i)$ be the probability of what is heard *after* step $t$, given state $i$ there. After the last
step nothing is heard, which is certain; from there it walks back, $t = T - 1, \dots, 1$:

$$ \begin{aligned}
\beta_T(i) &= 1 \\
\beta_t(i) &= \sum_j a_{ij}\, b_j(x_{t+1})\, \beta_{t+1}(j) \\
P(x) &= \sum_j \pi_j\, b_j(x_1)\, \beta_1(j)
\end{aligned} \tag{3.5} $$
"""


# %%
def backward_by_loop(observations):
    beta = np.zeros((len(observations), 2))
    beta[-1] = 1
    for t in range(len(observations) - 2, -1, -1):  # from the last but one down to the first
        for i in range(2):
            for j in range(2):
                onward = emission[j, observations[t + 1]] * beta[t + 1, j]
                beta[t, i] += transition[i, j] * onward  # eq. 3.5
    return beta


backward_by_loop(heard).round(5)

# %%
first_column = initial * emission[:, heard[0]]
float(first_column @ backward_by_loop(heard)[0]), float(likelihood)

# %% [markdown]
"""
The same sum over all paths, from the other end. And in logarithms:
"""


# %% lmteach={"defines": "models.hmm.forward_backward.backward"}
def backward(transition_scores, emission_scores):
    beta = np.zeros(emission_scores.shape)
    for t in range(len(beta) - 2, -1, -1):
        onward = transition_scores + emission_scores[t + 1] + beta[t + 1]
        beta[t] = np.logaddexp.reduce(onward, axis=1)  # eq. 3.5
    return beta


log_beta = backward(tables[1], seen)
assert np.allclose(log_beta, np.log(backward_by_loop(heard)), rtol=1e-12)

# %% [markdown]
r"""
Together they hold everything: $\alpha_t(j)\,\beta_t(j)$ is the sum of all paths that pass through state
$j$ at step $t$. Divided by all paths, it is the *posterior*, what we should believe about that step:

$$ P(z_t = j \mid x) = \frac{\alpha_t(j)\, \beta_t(j)}{P(x)} \tag{3.6} $$

**Guess first.** At which of the six notes is the matter least clear?
"""

# %% tags=["answer"]
posterior = np.exp(log_alpha + log_beta - np.log(likelihood))  # eq. 3.6
for x, (asleep, awake) in zip(heard, posterior, strict=True):
    print(f"{symbols[x]:8} asleep {asleep:.3f}  awake {awake:.3f}")

# %% tags=["answer", "folded"]
# @title The belief about each note, drawn
from lmteach.plots.bars import bars

display_figure(
    bars(posterior[:, 0], [symbols[x] for x in heard], percent=True, ylabel="asleep"),
    alt="Six bars, the probability of being asleep at each note: 93, 86, 45, 39, 59 and 22 "
    "per cent.",
)

# %% [markdown]
r"""
The third note is nearly a coin's throw. At the fifth, *asleep* is ahead. Remember, though,
what the best path of all had to say about the fifth note.

## The best path

The best path is found by the same walk. Where forward adds all ways into a state, keep only the best one, and
write down where it came from: that is $\psi$, a *back-pointer*. At the end, look which
state is best, and follow the pointers back to the start.

$$ \begin{aligned}
\delta_1(j) &= \pi_j\, b_j(x_1) \\
\delta_t(j) &= \max_i \delta_{t-1}(i)\, a_{ij}\, b_j(x_t) &
\psi_t(j) &= \operatorname*{argmax}_i \delta_{t-1}(i)\, a_{ij} \\
z_T &= \operatorname*{argmax}_j \delta_T(j) & z_{t-1} &= \psi_t(z_t)
\end{aligned} \tag{3.7} $$

Andrew Viterbi published it in 1967, for radio messages through noise. The loops below are even plainer:
they carry each state's best path along whole, which needs no pointers, and copies every path at every step.
"""


# %%
def viterbi_by_loop(observations):
    score = [initial[j] * emission[j, observations[0]] for j in range(2)]
    path = [[0], [1]]
    for x in observations[1:]:
        next_score, next_path = [], []
        for j in range(2):
            ways = [score[i] * transition[i, j] for i in range(2)]
            came_from = ways.index(max(ways))
            next_score.append(ways[came_from] * emission[j, x])  # eq. 3.7
            next_path.append(path[came_from] + [j])
        score, path = next_score, next_path
    return path[score.index(max(score))], max(score)


[states[z] for z in viterbi_by_loop(heard)[0]], viterbi_by_loop(heard)[1]

# %% [markdown]
"""
The same path and score as the best of all 64. The package's `viterbi` keeps pointers, and works on *scores*:
a product of probabilities is a sum of logarithms, and the largest product has the largest sum. No sum of
exponentials is needed any more, so *any* scores will do, even if they are not probabilities at all. You will
write it yourself under *Build it*; until then we borrow it.
"""

# %%
from lmteach.models.hmm.viterbi import viterbi

night_path, night_score = viterbi(*tables, seen)
assert tuple(night_path) == paths[joints.argmax()] == tuple(viterbi_by_loop(heard)[0])
assert np.isclose(night_score, np.log(joints.max()), rtol=1e-12)
night_path, night_score

# %% [markdown]
"""
Now the puzzle. At the fifth note the posterior says *asleep*, and the best path says *awake*.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Step by step, asleep is likelier at the fifth note (59 per cent). The likeliest path as a "
    "whole is awake there. Which of the two is wrong?",
    {
        "the path: 59 per cent is more than half": "The path as a whole is the likeliest of 64; "
        "that says nothing about each of its steps.",
        "the posterior: the best story is awake there": "The best story has less than a fifth of "
        "the whole. The other stories vote at the fifth note, too.",
        "neither": "They answer different questions: what about this step, and which story.",
        "both": "Each is right for its question, as the sums over all 64 paths show.",
    },
    right="neither",
)

# %% tags=["answer"]
favourites = posterior.argmax(axis=1)
print(*(states[z] for z in favourites))
joint(favourites, heard) / likelihood, joint(night_path, heard) / likelihood

# %% [markdown]
"""
Step by step, *asleep* is the better bet at the fifth note: many stories pass through it, none of them the best.
As one story, a baby that babbles, sleeps for five minutes and cries has half the share of one that was awake
and quiet for a while. Ask for the posterior if each step counts for itself, for the path if the whole has to
make sense.

## Play

The same numbers as a *trellis*: a column for each note, a circle for each state, the best score so far in it,
and the back-pointers as arrows. Step through it and watch which arrow wins. Then raise, little by little, the
0.30 with which an awake baby falls asleep.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.trellis.widget import Trellis

trellis = Trellis(initial, transition, emission, heard, states, symbols)
trellis

# %% [markdown]
"""
At 0.34 the best path flips, and the baby sleeps at the fifth note.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "As an awake baby falls asleep more easily, from 0.30 to 0.34, the best path flips: now it is "
    "asleep at the fifth note. How often does the new best path fall asleep, awake → asleep?",
    {
        "once, before the fifth note": "So one would think, for that edge became likelier. But "
        "the path that uses it is still behind another one.",
        "twice": "Each fall has to be followed by waking up again, at 0.20 a time: too dear.",
        "never": "The row sums to 1. What the one edge gains, staying awake loses, and the old "
        "path stays awake three times. A path that sleeps until the cry overtakes it.",
    },
    right="never",
)


# %% tags=["answer"]
def best_path(falls_asleep):
    changed = np.array([transition[0], [falls_asleep, 1 - falls_asleep]])
    return viterbi(np.log(initial), np.log(changed), seen)[0].tolist()


for falls_asleep in (0.30, 0.33, 0.34, 0.70):
    print(f"{falls_asleep:.2f}", *(states[z] for z in best_path(falls_asleep)))

# %% tags=["answer", "folded"]
# @title The part that decides, lit
display_figure(
    states_and_emissions(*night, lit=["awake", "awake→awake"]),
    alt="The graph with one arrow lit: the loop by which awake stays awake. Its 0.70 shrinks as "
    "the arrow to asleep grows, for the two sum to 1.",
)

# %% [markdown]
"""
The winner never uses the edge that we turned. Lit is what did it: staying awake fell from 0.70 to 0.66, and
the old path needs it three times. Is there any setting at which falling asleep is part of the best path? Ask
all from 0.01 to 0.99:
"""

# %%
using_the_edge = 0
for hundredths in range(1, 100):
    way = best_path(hundredths / 100)
    for before, after in pairwise(way):
        using_the_edge += (before, after) == (1, 0)
using_the_edge

# %% [markdown]
r"""
None. Two stories stood close together, and a small change made the other one win, not where you would look: a
best path can hang by a thread, and it doesn't say so. The posterior does.

## Nothing hidden: count

Where do the tables come from? If somebody tells us the states, we count, as ever. With $C(i, j)$ moves
from state $i$ to $j$, and $C(j, v)$ times symbol $v$ given off by $j$:

$$ a_{ij} = \frac{C(i, j)}{\sum_{j'} C(i, j')} \qquad b_j(v) = \frac{C(j, v)}{\sum_{v'} C(j, v')} \tag{3.8} $$

Here is a case where the states are known while we count, and hidden afterwards. On an old telephone each key
stands for several letters. Somebody writes a message, and you see the keys alone:

> 8430782830470443336

The letters are the states, the keys are the symbols. Which key a letter is on we know: every row of
`emission` is a single 1. How letters follow each other, Wikipedia tells us.
"""

# %%
from lmteach.models.hmm.model import HMM
from lmteach.text.corpora.wikipedia import wikipedia

LETTERS = " abcdefghijklmnopqrstuvwxyz"
KEYS = {"0": " ", "2": "abc", "3": "def", "4": "ghi", "5": "jkl"}
KEYS |= {"6": "mno", "7": "pqrs", "8": "tuv", "9": "wxyz"}


def letter_ids(text):
    only_letters = re.sub("[^a-z]+", " ", text.lower())
    return np.array([LETTERS.index(letter) for letter in only_letters])


# %%
key_of = np.zeros(len(LETTERS), dtype=int)  # (N,): the key of each letter
for place, letters in enumerate(KEYS.values()):
    for letter in letters:
        key_of[LETTERS.index(letter)] = place


def dial(text):
    return key_of[letter_ids(text)]


"".join(list(KEYS)[x] for x in dial("the state is hidden"))

# %% [markdown]
"""
Count every pair of neighbours in 1.8 million letters. One is added to each pair, as in notebook 01, for some
never occur. A message may begin anywhere, so the start is how often each letter occurs at all.
"""

# %%
from lmteach.models.ngram.model import count_bigrams

wiki = wikipedia()
read = letter_ids(wiki.train)
letter_counts = np.bincount(read, minlength=27)
pair_counts = count_bigrams(read, 27)
phone = HMM.from_counts(letter_counts, pair_counts + 1, np.eye(len(KEYS))[key_of])  # eq. 3.8
len(read), phone.transition.shape, phone.emission.shape


# %%
def spell(path):
    return "".join(LETTERS[z] for z in path)


for message in ("the state is hidden", "where is the train", "meet me at the river"):
    print(spell(phone.viterbi(dial(message))[0]))

# %% [markdown]
"""
Some of it can be read, and *hidden* came out as *gheden*, which is no word: a bigram knows neighbours, not words.
Better count than read, on letters of articles that were not counted:
"""

# %%
unread = letter_ids(wiki.valid)[:40_000]
halves = unread[:20_000], unread[20_000:]

commonest = np.zeros(len(KEYS), dtype=int)  # of each key
for x in range(len(KEYS)):
    on_key = np.flatnonzero(key_of == x)
    commonest[x] = on_key[letter_counts[on_key].argmax()]


# %%
def share_right(guess, truth):
    said, meant = spell(guess).split(" "), spell(truth).split(" ")
    right = [one == other for one, other in zip(said, meant, strict=True) if other]
    return float(np.mean(guess == truth)), float(np.mean(right))


# %% [markdown]
"""
Three ways to decipher: each key's commonest letter; the likeliest letter at each step, by the posterior; the
best path.

**Guess first.** Which of the last two gets more *letters* right? And more whole *words*?
"""

# %% tags=["answer"]
for truth in halves:
    ways = {
        "commonest": commonest[key_of[truth]],
        "posterior": phone.posterior(key_of[truth]).argmax(axis=1),
        "best path": phone.viterbi(key_of[truth])[0],
    }
    for name, guess in ways.items():
        letters_right, words_right = share_right(guess, truth)
        print(f"{name}  letters {letters_right:.3f}  words {words_right:.3f}")

# %% [markdown]
"""
The puzzle of the fifth note, in numbers: the posterior has more letters right, if by a hair, and the best
path has clearly more words. Each wins the game that it plays. And both are far ahead of knowing no
neighbours.

## Words as states

Now a case in which nobody sees that there are states. Take a Chinese sentence, with spaces that a reader put in:

> 我们 学习 语言 (*we · learn · language*)

Call each character by its place in the word: **B**egin, **M**iddle, **E**nd, or **S**ingle, a word by
itself. The sentence is B E B E B E. Whoever knows the tags knows the words: cut after every E and
every S. So words are the hidden states, in disguise.
"""

# %%
def tags_of(word):
    return "S" if len(word) == 1 else "B" + "M" * (len(word) - 2) + "E"


[tags_of(word) for word in ("我", "我们", "图书馆", "人工智能")]

# %% [markdown]
"""
That was *I*, *we*, *library*, *artificial intelligence*. The package `jieba` brings a dictionary in
which every word has a count from real text:
"""

# %%
from lmteach.text.corpora.chinese_words import chinese_words

han = re.compile("[\u4e00-\u9fd5]+")
words = {word: count for word, count in chinese_words().items() if han.fullmatch(word)}
len(words), {word: words[word] for word in ("我", "我们", "图书馆", "人工智能")}

# %% [markdown]
"""
Each word is a little tagged text that occurred so many times. The first hundred, by a loop; then
`count_tagged` of the package, which counts starts, moves and emissions, for all of them.
"""

# %%
from lmteach.models.hmm.jieba import TAGS  # "SMEB": jieba's order
from lmteach.models.hmm.model import count_tagged

characters = sorted(set("".join(words)))
ids = {}
for place, character in enumerate(characters):
    ids[character] = place
tagged = [[TAGS.index(tag) for tag in tags_of(word)] for word in words]
spelled = [[ids[character] for character in word] for word in words]
sizes = len(TAGS), len(characters) + 1  # one spare, for characters that we never saw

# %%
few = np.zeros(sizes)
for row, spelling in zip(tagged[:100], spelled[:100], strict=True):
    for tag, character in zip(row, spelling, strict=True):
        few[tag, character] += 1
assert (few == count_tagged(tagged[:100], spelled[:100], *sizes)[2]).all()

# %%
how_often = np.array(list(words.values()))
starts, steps, emitted = count_tagged(tagged, spelled, *sizes, weights=how_often)
steps.astype(int)

# %% [markdown]
"""
Rows and columns are S, M, E, B. Two rows are empty: a dictionary doesn't say what follows a word. We take
the plainest assumption, that words know nothing of each other: after an E or an S, all starts anew.
And 1 is added to the count of every character under every tag, seen there or not: the add-one of notebook 01.
"""

# %%
between = steps.copy()
between[[TAGS.index("S"), TAGS.index("E")]] = starts
dictionary_hmm = HMM.from_counts(starts, between, emitted + 1)  # eq. 3.8
assert np.allclose(dictionary_hmm.transition[0], starts / starts.sum())

# %% tags=["folded"]
# @title How tags follow tags, drawn
from lmteach.plots.heatmap import heatmap

display_figure(
    heatmap(
        dictionary_hmm.transition,
        list(TAGS),
        list(TAGS),
        numbers=".2f",
        row_label="now",
        column_label="next",
    ),
    alt="A four by four table of transitions between S, M, E and B. From S and E to S 0.45 and to "
    "B 0.55; from M to M 0.31 and to E 0.69; from B to M 0.14 and to E 0.86; the rest is zero.",
)

# %% [markdown]
"""
Read the last row: of the words with more than one character, six in seven have just two. The zeros are grammar: no
E can follow an S. Now cut text. A word can't stop in its middle, so at the last character M and B are
impossible; `TagScores` takes care of that, and looks characters up.
"""

# %%
from lmteach.models.hmm.jieba import TagScores

emission_of = log_of(dictionary_hmm.emission).T  # (V, N)
score_of = {character: emission_of[ids[character]] for character in characters}
tag_tables = log_of(dictionary_hmm.initial), log_of(dictionary_hmm.transition)
ours = TagScores(*tag_tables, score_of, unknown=emission_of[-1])


# %% lmteach={"defines": "models.hmm.jieba.cut_run"}
def cut_run(run, scores):
    path, _ = viterbi(scores.initial, scores.transition, scores.emission_scores(run))
    ends = [place + 1 for place, tag in enumerate(path) if TAGS[tag] in "ES"]
    return [run[start:end] for start, end in zip([0, *ends], ends, strict=False)]


print(*cut_run("我们学习语言", ours))
print(*cut_run("人工智能是工程和科学的分支", ours))

# %% [markdown]
"""
The first is right. The second says *artificial intelligence is a branch of engineering and science*, and
should be 人工智能 · 是 · 工程 · 和 · 科学 · 的 · 分支 (*artificial-intelligence · is · engineering · and ·
science · of · branch*). All is well from the *is* on; the long word came out as *person · work-wisdom ·
can*. Four states know where in a word they are, and nothing about which word.

## A model at work

`jieba` also ships an HMM with the same four tags, trained by its author on texts that had been cut into
words. It is only numbers in a file, so look at them.

**Guess first.** What does the row of emissions of each tag sum to?
"""

# %% tags=["answer"]
from lmteach.models.hmm.jieba import jieba_scores

theirs = jieba_scores()
table = np.array(list(theirs.emission.values()))
np.exp(table).sum(axis=0).round(2)

# %% [markdown]
"""
Not 1. What ships is a set of *scores*; whatever the reason, no likelihood could be trusted. Viterbi only
compares, so it doesn't mind. Give it the numbers:
"""

# %%
print(*cut_run("人工智能是工程和科学的分支", theirs))

# %% [markdown]
"""
Wrong in another way, *person · work-wisdom-can*. But is it what jieba itself would say? Its own code for
this step is `jieba.finalseg`. We ask both about every run of Chinese characters in a thousand lines of
small talk.
"""

# %%
from lmteach.text.corpora.dialogues import dialogues

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its source is older than today's Python
    import jieba.finalseg

jieba.setLogLevel("WARNING")
runs = [run for talk in dialogues("chinese") for line in talk for run in han.findall(line)]
assert all(cut_run(run, theirs) == list(jieba.finalseg.cut(run)) for run in runs)
len(runs), sum(map(len, runs))

# %% [markdown]
r"""
Word for word the same, in every one of them. You have rebuilt the core of a program that people use.

## How good are the words?

`jieba.cut`, the whole program, does more: it looks words up in the dictionary first, and asks the HMM only
about what is left. Let its cuts be our reference. With $F$ the words of a cutter and $R$ those of the
reference, each known by where it begins and ends, $F \cap R$ are the words on which both agree, and

$$ F_1 = \frac{2\,|F \cap R|}{|F| + |R|} \tag{3.9} $$

It is 1 if all agree. What we measure is *agreement with jieba's dictionary*, not with the truth.
"""


# %%
def spans(words):
    found, start = set(), 0
    for word in words:
        found.add((start, start + len(word)))
        start += len(word)
    return found


def agreement(cut, runs):
    both = size = 0
    for run in runs:
        ours_here, reference = spans(cut(run)), spans(jieba.cut(run))
        both += len(ours_here & reference)
        size += len(ours_here) + len(reference)
    return 2 * both / size  # eq. 3.9


spans(["我们", "学习"])

# %% [markdown]
"""
One cutter makes every character a word; one is jieba's HMM, trained on running text; one
is ours, counted from a word list.

**Guess first.** In which order will they come?
"""

# %% tags=["answer"]
cutters = {
    "every character": list,
    "jieba's HMM": lambda run: cut_run(run, theirs),
    "our HMM": lambda run: cut_run(run, ours),
}
fifths = [runs[place::5] for place in range(5)]
for name, cut in cutters.items():
    print(f"{name:16}{agreement(cut, runs):.3f}  in fifths", end=" ")
    print(*(f"{agreement(cut, some):.3f}" for some in fifths))

# %% [markdown]
"""
Ours comes out ahead, by a little and in each fifth of the lines. Be fair: it was counted from the very
dictionary that the reference looks words up in, so it had a hint. What both lack is plain from the examples:
an HMM has no memory for which characters it has just seen, only for four tags. That jieba uses the two
together, a list for what is known and an HMM for what is new, is good engineering.

## The equal sign

Three references. The first is brute force, on models drawn at random: every path is listed, and the
package's `HMM` has to agree on the likelihood, the posterior and the best path.
"""

# %%
model = HMM.random(3, 4, session.rng)
observations = session.rng.integers(0, 4, 6)
three = model.initial, model.transition, model.emission
every = list(product(range(3), repeat=6))
weights = np.array([joint(path, observations, *three) for path in every])
assert np.isclose(model.log_likelihood(observations), np.log(weights.sum()), rtol=1e-12)

# %%
found_path, found_score = model.viterbi(observations)
assert tuple(found_path) == every[weights.argmax()]
assert np.isclose(found_score, np.log(weights.max()), rtol=1e-12)

passing = np.zeros((6, 3))  # (T, N): the weight of all paths through each state
for weight, one_path in zip(weights, every, strict=True):
    for t, z in enumerate(one_path):
        passing[t, z] += weight
assert np.allclose(model.posterior(observations), passing / weights.sum(), rtol=1e-10)

# %% [markdown]
"""
The second is what we wrote out above. The third, a library in C++, comes under *In practice*.
"""

# %%
three_scores = np.log(model.initial), np.log(model.transition)
scores = model.emission_scores(observations)
assert np.allclose(model.forward(observations), forward(*three_scores, scores), rtol=1e-12)
assert np.allclose(model.backward(observations), backward(three_scores[1], scores), rtol=1e-12)
assert viterbi(*three_scores, scores)[1] == found_score

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

An HMM is a language model, too: it gives a probability to any text. To compete it would need states for
English letters, and nobody has tagged them. Finding states without being told is the next notebook, and
its HMMs take their rows there. Until then, three rows of the board to measure them by:
"""

# %%
from lmteach.evaluation.scoreboard import table as scoreboard

scoreboard("A", ["gzip", "xz", "bigram, add-one"])

# %% [markdown]
"""
The bigram remembers the letter before, one of 82 symbols (6,724 is 82 times 82). An HMM with sixteen states remembers
one of sixteen things. On which side of the bigram will it be? Write your guess down; notebook 04 answers it.

## Spot the bug

"A hidden Markov model assumes that each word follows a Markov chain," says many an article. What is
heard, then, would depend on the sound before it, and on nothing else. If so, we need no states: count
which sound follows which. Try it on a baby that is listened to every *minute*, so that states last longer:
"""

# %%
from lmteach.models.ngram.model import maximum_likelihood

by_minute = HMM(initial, np.array([[0.97, 0.03], [0.06, 0.94]]), emission)
sounds, hidden = by_minute.sample(200_000, session.rng)
chain = maximum_likelihood(count_bigrams(sounds, 3))
chain.round(2)

# %% [markdown]
"""
A fair copy, pair by pair: let the chain draw a night of its own, and it has the same sounds followed by the same
sounds, equally often.
"""

# %%
chain_model = HMM(np.bincount(sounds) / len(sounds), chain, np.eye(3))
chain_sounds, _ = chain_model.sample(200_000, session.rng)
assert np.abs(maximum_likelihood(count_bigrams(chain_sounds, 3)) - chain).max() < 0.01

# %% [markdown]
"""
You have heard *quiet*. In both nights, collect all places after at least one, two, three … quiets in a row,
and see how often the next is quiet as well.
"""


# %%
def quiet_again(sounds, longest=8):
    places, again = np.zeros(longest), np.zeros(longest)
    streak = 0  # quiets in a row so far
    for sound in sounds.tolist():
        for run in range(min(streak, longest)):
            places[run] += 1
            again[run] += sound == 0  # 0 is quiet; among states, asleep
        streak = streak + 1 if sound == 0 else 0
    return (again / places).round(2).tolist()


# %% [markdown]
"""
**Guess first.** Does it matter whether it was quiet *before that*, too? For the chain? For the HMM?
"""

# %% tags=["answer"]
measured = {
    "sounds of the HMM": quiet_again(sounds),
    "sounds of the chain": quiet_again(chain_sounds),
}
measured

# %% tags=["answer", "folded"]
# @title After so many quiets, drawn
display_figure(
    curves(measured, x=range(1, 9), xlabel="quiets in a row", ylabel="share followed by quiet"),
    alt="Two lines over one to eight quiets in a row. The HMM's rises from 0.72 to 0.77 within "
    "three notes and stays there; the chain's is level at 0.72.",
)

# %% [markdown]
"""
The chain forgets at once, the HMM doesn't: a second and a third quiet make it surer that the baby
sleeps, until it is as sure as it can be. So the sounds do *not* follow a Markov chain. The hidden
*states* do, and there the same measurement, for *asleep*, is flat:
"""

# %%
quiet_again(hidden)

# %% [markdown]
"""
The claim had the two rows of the story mixed up: states follow a chain, words are emitted. And that is why
an HMM with two states can remember further back than a bigram.

## In practice

`hmmlearn` computes the same in C++. `decode` is Viterbi, `score` the forward algorithm, and
`predict_proba` gives the posterior. Sequences go in as a column.
"""

# %%
from hmmlearn.hmm import CategoricalHMM

night_model = HMM(initial, transition, emission)
library = CategoricalHMM(n_components=2, n_features=3)
library.startprob_, library.transmat_ = night_model.initial, night_model.transition
library.emissionprob_ = night_model.emission
library_score, decoded = library.decode(np.array(heard)[:, None])
[states[z] for z in decoded], library_score

# %%
assert np.isclose(night_model.viterbi(heard)[1], library_score, rtol=1e-12)
assert np.isclose(night_model.log_likelihood(week), library.score(np.array(week)[:, None]))
theirs_posterior = library.predict_proba(np.array(week)[:, None])
assert np.allclose(night_model.posterior(week), theirs_posterior, atol=1e-9)

# %% [markdown]
"""
And for Chinese, `jieba.cut`, which you have met. Dictionary and HMM together get the long word right:
"""

# %%
print(*jieba.cut("人工智能是工程和科学的分支"))

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Your turn

### Build it · Viterbi with back-pointers (25 minutes, ●●○)

Equation 3.7 on a trellis, in logarithms, in four steps: the first column; one column from the one before; the
way back; all of them together. Each is checked when you run it, by itself. At the end your own function reads
messages in digits.

#### Step 1 · start_scores

Write `start_scores(log_initial, log_emission, x)`: $\log \delta_1(j)$ for every state, (N,). `log_initial` is
(N,), `log_emission` is (N, V), and `x` is the first symbol's id.
"""


# %% tags=["exercise"]
def start_scores(log_initial, log_emission, x):
    ### BEGIN SOLUTION
    return log_initial + log_emission[:, x]
    ### END SOLUTION


check.start_scores(start_scores)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A row of `log_emission` is a state, a column is a symbol. Which of the two do you have?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
#### Step 2 · one_step

Write `one_step(best, log_transition, log_emission, x)`. `best` (N,) holds $\log \delta_{t-1}$. Return two
rows (N,): the new scores $\log \delta_t$ after symbol `x`, and the pointers $\psi_t$: for each state the one
that its best way came from.
"""


# %% tags=["exercise"]
def one_step(best, log_transition, log_emission, x):
    ### BEGIN SOLUTION
    ways = best[:, None] + log_transition  # (N, N): from, to
    pointers = ways.argmax(axis=0)
    return ways.max(axis=0) + log_emission[:, x], pointers
    ### END SOLUTION


check.one_step(one_step)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Make a table (N, N) of all ways: entry [i, j] is the score of being in i, then going to j. `best[:, None]` is a
column, one number for each row i. Each j looks down its own column.

</details>

<details><summary>Solution</summary>

{{solution}}

The emission is the same for all ways into a state, so it may be added before the choice or after it.

</details>
"""

# %% [markdown]
r"""
#### Step 3 · trace_back

Write `trace_back(last, pointers)`: the states of the best path, from the first to the last, T of them. `last`
(N,) holds the scores $\log \delta_T$. `pointers` has T − 1 rows, one for each step from the second on.
"""


# %% tags=["exercise"]
def trace_back(last, pointers):
    ### BEGIN SOLUTION
    path = [int(last.argmax())]
    for row in reversed(pointers):
        path.append(int(row[path[-1]]))
    return path[::-1]
    ### END SOLUTION


check.trace_back(trace_back)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Begin a list with the best last state. Go through the rows of pointers from the last to the first; each says
where the state that you are in came from. Then turn the list round.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · decode

Write `decode(initial, transition, emission, observations)`: the best path. The three tables hold probabilities,
some of them 0; `log_of` takes their logarithms. Call your three functions. Why is there no
need to keep the scores of all steps?
"""


# %% tags=["exercise"]
def decode(initial, transition, emission, observations):
    ### BEGIN SOLUTION
    log_initial, a, b = log_of(initial), log_of(transition), log_of(emission)
    best, pointers = start_scores(log_initial, b, observations[0]), []
    for x in observations[1:]:
        best, came_from = one_step(best, a, b, x)
        pointers.append(came_from)
    return trace_back(best, pointers)
    ### END SOLUTION


check.decode(decode)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Keep two things while you walk: the scores of the present column, and a list to which each step appends its row
of pointers.

</details>

<details><summary>Solution</summary>

{{solution}}

The scores of a column are needed for the next column only. What the way back needs of the past is in the
pointers: whole numbers, one a state and step.

</details>
"""

# %% [markdown]
"""
Is it right? Then let it work: it gets 400 letters of an article, as keys, and you see what it makes of them.
For a message of yours: `spell(decode(phone.initial, phone.transition, phone.emission, dial("your message")))`.
"""

# %% tags=["folded"]
# @title Your decode on a message in digits
article = halves[0][:400]
if check.decode(decode).right:
    read_by_you = decode(phone.initial, phone.transition, phone.emission, key_of[article])
    print(spell(article), spell(read_by_you), share_right(np.array(read_by_you), article), sep="\n")
else:
    print("This cell waits for step 4.")

# %% [markdown]
"""
### Exercise 1 · state_now (8 minutes, ●●○)

The posterior knows the whole night. At the door, you only know what you have heard *so far*. Write
`state_now(log_alpha)`: for each step, the probability of each state given the notes up to it, from the rows
of log alpha (T, N). How sure could you have been at the first babble, with `state_now(log_alpha)[2]`?
"""


# %% tags=["exercise"]
def state_now(log_alpha):
    ### BEGIN SOLUTION
    return np.exp(log_alpha - np.logaddexp.reduce(log_alpha, axis=1, keepdims=True))
    ### END SOLUTION


check.state_now(state_now)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A row of alpha is *state and notes so far*. Divided by its sum, it is *state, given notes so far*. In
logarithms, dividing is subtracting `np.logaddexp.reduce` along the row.

</details>

<details><summary>Solution</summary>

{{solution}}

Asleep with 0.55: at the door you would still have bet on it. The posterior of the whole night says 0.45, for
it has heard the second babble and the cry.

</details>
"""

# %% [markdown]
"""
### Exercise 2 · next_symbol (8 minutes, ●●○)

Write `next_symbol(now, transition, emission)`: the probability of each symbol at the *next* step, (V,), if
`now` (N,) says how likely each state is at this one. This makes a language model out of an HMM: after
the six notes, what will you hear next?
"""


# %% tags=["exercise"]
def next_symbol(now, transition, emission):
    ### BEGIN SOLUTION
    return now @ transition @ emission
    ### END SOLUTION


check.next_symbol(next_symbol)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Two things happen: the state moves, then the new state emits. Each is a product of a row and a matrix.

</details>

<details><summary>Solution</summary>

{{solution}}

`next_symbol(state_now(log_alpha)[-1], transition, emission)` says quiet 0.45, babble 0.30, cry 0.26: the baby
is awake with 0.78 at the cry, but may well have fallen asleep five minutes later.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- States follow a chain and are hidden; each emits a symbol that is seen.
- The forward algorithm sums over all paths, one step at a time; in logarithms, or it underflows.
- Forward and backward together give the posterior, the belief about each step.
- Viterbi keeps the best way into each state, and works on scores of any kind.
- If the states are known, train by counting: words become tags, and tags give back words.

**Further reading.** A. Viterbi, "Error Bounds for Convolutional Codes and an Asymptotically Optimum
Decoding Algorithm" (1967). L. R. Rabiner, "A Tutorial on Hidden Markov Models and Selected Applications in
Speech Recognition" (1989), the classic. N. Xue, "Chinese Word Segmentation as Character Tagging" (2003).

**Next.** {{next}}: the same model, when nobody tells you
the states.
"""
