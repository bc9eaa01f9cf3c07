# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 03 · Hidden Markov models and Viterbi

{{badges}}

> *notable* · *not able* · *no table*

Without its spaces, even a short English word can be read in three ways. Chinese is always written like
this: 人工智能是科学的分支. Where does one word end and the next begin? For words that it
doesn't know, one of the best-known programs for Chinese answers with four hidden states and an algorithm from 1967. By the end
you will have built the algorithm, given it that program's own numbers, and got the same words as its own code for this step.

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
from itertools import product

import numpy as np

from lmteach.classroom import display_figure
from lmteach.exercises import hidden_markov as check

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Behind the door

A baby sleeps in the next room, you hope. Opening the door would end the matter, so you listen, and every
five minutes you write down what you hear:

> quiet · quiet · babble · babble · quiet · cry

**Guess first.** At the fifth note it was quiet. Was the baby asleep?

What you want to know are the *states*, asleep or awake, which nobody sees. What you have are *symbols*
that the states give off. Three tables connect them:
"""

# %%
states, symbols = ["asleep", "awake"], ["quiet", "babble", "cry"]
initial = np.array([0.7, 0.3])
transition = np.array([[0.8, 0.2], [0.3, 0.7]])
emission = np.array([[0.80, 0.15, 0.05], [0.20, 0.40, 0.40]])

# %% [markdown]
"""
`transition` is a bigram model, as in notebook 01, of something that is hidden: a row for the state now, a
column for the next. `emission` says what each state sounds like. A baby that is awake can be quiet, and
that is what makes the question hard.
"""

# %%
from lmteach.plots.heatmap import heatmap

display_figure(
    heatmap(emission, states, symbols, numbers=".2f", row_label="state", column_label="symbol"),
    alt="The emission table as two rows of coloured squares. Asleep: quiet 0.80, babble 0.15, "
    "cry 0.05. Awake: quiet 0.20, babble 0.40, cry 0.40.",
)

# %% [markdown]
"""
This is a *hidden Markov model*, HMM for short. It tells a story about how a night is made: the state
moves by chance, and in each state a symbol is drawn by chance.
"""


# %%
def draw(length, rng):
    state, night = rng.choice(2, p=initial), []
    for _ in range(length):
        night.append((int(state), int(rng.choice(3, p=emission[state]))))
        state = rng.choice(2, p=transition[state])
    return night


[f"{states[state]}: {symbols[symbol]}" for state, symbol in draw(6, session.rng)]

# %% [markdown]
r"""
You only get the right half. All that follows is the art of guessing the left.

## One path

Suppose for a moment that the left half were known. Then there is nothing to guess: multiply. A start,
then a transition and an emission at each step, for a path of states $s$ and observations $o$:

$$ P(s, o) = \pi_{s_1} b_{s_1}(o_1) \prod_{t=2}^{T} a_{s_{t-1} s_t}\, b_{s_t}(o_t) \tag{3.1} $$

Here $\pi$ is `initial`, $a$ is `transition` and $b$ is `emission`.
"""


# %%
def joint(path, observations, initial=initial, transition=transition, emission=emission):
    probability = initial[path[0]] * emission[path[0], observations[0]]
    for t in range(1, len(path)):
        step = transition[path[t - 1], path[t]] * emission[path[t], observations[t]]
        probability *= step  # eq. 3.1
    return float(probability)


heard = [symbols.index(word) for word in "quiet quiet babble babble quiet cry".split()]
joint([0] * 6, heard), joint([1] * 6, heard)

# %% [markdown]
r"""
Asleep all the time is five times likelier than awake all the time. But there are other stories.

## Every path

**Guess first.** Two states, six steps. How many paths are there? And how much of the whole will the best
one take?

Nobody knows which path was taken, so what was heard has the probability of all of them together:

$$ P(o) = \sum_{s} P(s, o) \tag{3.2} $$
"""

# %%
paths = list(product(range(2), repeat=6))
joints = np.array([joint(path, heard) for path in paths])
likelihood = joints.sum()  # eq. 3.2
len(paths), float(likelihood)

# %%
for place in np.argsort(-joints)[:3]:
    print(f"{joints[place] / likelihood:.3f}", *(states[state] for state in paths[place]))

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
Let $\alpha_t(j)$ be the probability of what was heard up to step $t$, *and* of being in state $j$ then:

$$ \alpha_t(j) = \sum_i \alpha_{t-1}(i)\, a_{ij}\, b_j(o_t) \tag{3.3} $$

**Guess first.** How many multiplications does a step cost now, for two states?
"""


# %%
def forward_by_loop(observations):
    alpha = [[initial[j] * emission[j, observations[0]] for j in range(2)]]
    for o in observations[1:]:
        row = [
            sum(alpha[-1][i] * transition[i, j] * emission[j, o] for i in range(2))  # eq. 3.3
            for j in range(2)
        ]
        alpha.append(row)
    return np.array(alpha)


assert np.isclose(forward_by_loop(heard)[-1].sum(), likelihood, rtol=1e-12)

# %% [markdown]
"""
Eight, at every step, and the sum of the last row is the sum over all 64 paths. The inner loops are a
product of a row and a matrix:
"""


# %%
def forward_by_product(observations):
    alpha = [initial * emission[:, observations[0]]]
    for o in observations[1:]:
        alpha.append((alpha[-1] @ transition) * emission[:, o])
    return np.array(alpha)


assert np.allclose(forward_by_product(heard), forward_by_loop(heard), rtol=1e-12, atol=0)

# %% [markdown]
"""
This is the *forward algorithm*: the work grows with the length, not with the number of paths. Let it
listen for a week.

## Too small to write

**Guess first.** Two thousand notes, a week of them, each a product with numbers below 1. What will $P(o)$ be?
"""

# %%
week = [symbol for _, symbol in draw(2000, session.rng)]
alphas = forward_by_product(week)
float(alphas[-1].sum())

# %% [markdown]
"""
Zero: not small, but exactly 0, as if the week were impossible. A number in floating point can't be much
smaller than $10^{-323}$, and a product of probabilities gets there soon. From this note on, everything is lost:
"""

# %%
int(np.argmax(alphas.sum(axis=1) == 0))

# %% [markdown]
r"""
In notebook 01 the cure was to add logarithms instead of multiplying. Here sums stand between the
products, so we need the logarithm of a sum, of which only the logarithms are known:

$$ \log \alpha_t(j) = \log \sum_i e^{\log \alpha_{t-1}(i) + \log a_{ij} + \log b_j(o_t)} \tag{3.4} $$

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


tables = np.log(initial), np.log(transition)
seen = np.log(emission).T[heard]  # (T, N): what was heard, under each state
assert np.allclose(forward(*tables, seen), np.log(forward_by_loop(heard)), rtol=1e-12)

# %%
log_alphas = forward(*tables, np.log(emission).T[week])
float(np.logaddexp.reduce(log_alphas[-1]))

# %% [markdown]
"""
A plain number of nats, for a probability that can't be written. Both ways, side by side, as powers of
ten:
"""

# %%
from lmteach.plots.curves import curves

with np.errstate(divide="ignore"):
    plain = np.log10(alphas.sum(axis=1))
logs = np.logaddexp.reduce(log_alphas, axis=1) / np.log(10)
display_figure(
    curves({"in logarithms": logs, "plain": plain}, xlabel="notes", ylabel="log10 P(o)"),
    alt="Two falling lines over 2000 notes. They are one until the plain one ends near minus 323, "
    "after 777 notes; the one in logarithms falls on, straight, to about minus 840.",
)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## What the future tells

Back to the six notes. At the third, the first babble, was the baby awake? What came *later* has a say
in it: babies that are awake tend to stay awake. So we want a second sum, from the other side. Let
$\beta_t(i)$ be the probability of what is heard *after* step $t$, given state $i$ there:

$$ \beta_t(i) = \sum_j a_{ij}\, b_j(o_{t+1})\, \beta_{t+1}(j) \tag{3.5} $$
"""


# %%
def backward_by_loop(observations):
    beta = [[1.0, 1.0]]
    for o in observations[:0:-1]:  # from the last down to the second
        row = [
            sum(transition[i, j] * emission[j, o] * beta[0][j] for j in range(2)) for i in range(2)
        ]
        beta.insert(0, row)
    return np.array(beta)


# %% lmteach={"defines": "models.hmm.forward_backward.backward"}
def backward(transition_scores, emission_scores):
    beta = np.zeros(emission_scores.shape)
    for t in range(len(beta) - 2, -1, -1):
        onward = transition_scores + emission_scores[t + 1] + beta[t + 1]
        beta[t] = np.logaddexp.reduce(onward, axis=1)  # eq. 3.5
    return beta


alpha, beta = forward(*tables, seen), backward(tables[1], seen)
assert np.allclose(beta, np.log(backward_by_loop(heard)), rtol=1e-12)

# %% [markdown]
r"""
Together they hold everything: $\alpha_t(j)\,\beta_t(j)$ is the sum of all paths that pass through state
$j$ at step $t$. Divided by all paths, it is the *posterior*, what we should believe about that step:

$$ P(s_t = j \mid o) = \frac{\alpha_t(j)\, \beta_t(j)}{P(o)} \tag{3.6} $$

**Guess first.** At which of the six notes is the matter least clear?
"""

# %%
posterior = np.exp(alpha + beta - np.log(likelihood))  # eq. 3.6
posterior[:, 0].round(3)

# %%
from lmteach.plots.bars import bars

display_figure(
    bars(posterior[:, 0], [symbols[o] for o in heard], percent=True, ylabel="asleep"),
    alt="Six bars, the probability of being asleep at each note: 93, 86, 45, 39, 59 and 22 "
    "per cent.",
)

# %% [markdown]
r"""
The third and the fifth note are nearly a coin's throw. At the fifth, *asleep* is ahead. Remember, though,
what the best path of all had to say about the fifth note.

## The best path

The best path is found by the same walk. Where the forward algorithm adds all ways into a state, keep
only the best one:

$$ \delta_t(j) = \max_i \delta_{t-1}(i)\, a_{ij}\, b_j(o_t) \tag{3.7} $$

and write down where it came from. At the end, look which state is best, and follow the notes back to the
start. Andrew Viterbi published it in 1967, for radio messages through noise. Once with loops:
"""


# %%
def viterbi_by_loop(observations):
    best = {j: (initial[j] * emission[j, observations[0]], [j]) for j in range(2)}
    for o in observations[1:]:
        ways = {
            j: [(best[i][0] * transition[i, j] * emission[j, o], i) for i in best] for j in best
        }
        winners = {j: max(ways[j]) for j in best}  # eq. 3.7
        best = {j: (score, best[i][1] + [j]) for j, (score, i) in winners.items()}
    return max(best.values())


[states[state] for state in viterbi_by_loop(heard)[1]]

# %% [markdown]
"""
And once with arrays, on scores: a product of probabilities is a sum of logarithms, and the largest product
has the largest sum. No sum of exponentials is needed any more, so *any* scores will do, even
if they are not probabilities at all. We shall use that.
"""


# %% lmteach={"defines": "models.hmm.viterbi.viterbi"}
def viterbi(initial_scores, transition_scores, emission_scores):
    best = initial_scores + emission_scores[0]
    came_from = np.zeros(emission_scores.shape, dtype=np.int64)
    for t in range(1, len(emission_scores)):
        candidates = best[:, None] + transition_scores + emission_scores[t]
        came_from[t] = candidates.argmax(axis=0)
        best = candidates.max(axis=0)
    path = [best.argmax()]
    for t in range(len(emission_scores) - 1, 0, -1):
        path.append(came_from[t, path[-1]])
    return np.array(path[::-1]), float(best.max())


# %%
path, score = viterbi(*tables, seen)
assert tuple(path) == paths[joints.argmax()] == tuple(viterbi_by_loop(heard)[1])
assert np.isclose(score, np.log(joints.max()), rtol=1e-12)

# %% [markdown]
"""
Same path, same score as the best of all 64. Now the puzzle: the posterior says *asleep* at the fifth
note, the best path says *awake*. Is one of them wrong?
"""

# %%
favourites = posterior.argmax(axis=1)
print(*(states[state] for state in favourites))
joint(favourites, heard) / likelihood, joint(path, heard) / likelihood

# %% [markdown]
"""
They answer different questions. Step by step, *asleep* is the better bet at the fifth note: many
stories pass through it, each of them poor. As one story, a baby that babbles, sleeps for five minutes
and cries is less likely than one that was quiet for a while. Ask for the posterior if each step counts for
itself, for the path if the whole has to make sense.

## Play

The same numbers as a *trellis*: a column for each note, a circle for each state, the best score so far
in it. Step through it and watch which arrow wins. Then change a transition.

**Guess first.** How likely must it be for an awake baby to fall asleep before the best path lets it
sleep at the fifth note?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.trellis.widget import Trellis

trellis = Trellis(initial, transition, emission, heard, states, symbols)
trellis

# %% [markdown]
"""
And the answer by trial, in steps of a hundredth:
"""


# %%
def best_path(falls_asleep):
    changed = np.array([transition[0], [falls_asleep, 1 - falls_asleep]])
    return viterbi(np.log(initial), np.log(changed), seen)[0]


next(p for p in np.arange(30, 100) / 100 if best_path(p)[4] == 0).item()

# %% [markdown]
"""
A touch is enough, from 0.30 to 0.34. Two stories stood close together, and a small change of one number
makes the other one win: a best path can hang by a thread, and it doesn't say so. The posterior does.

## Nothing hidden: count

Where do the tables come from? If somebody tells us the states, we count, as ever. And here is a case
where the states come for free. Take a Chinese sentence, with spaces that a reader put in:

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
r"""
Each word is a little tagged text that occurred so many times. Divide counts by the sum of their row, as
in notebook 01:

$$ a_{ij} = \frac{C(i, j)}{\sum_{j'} C(i, j')} \qquad b_j(o) = \frac{C(j, o)}{\sum_{o'} C(j, o')} \tag{3.8} $$

First the emissions of a hundred words, by a loop; then `count_tagged` of the package, which counts all
three tables, for all of them.
"""

# %%
from lmteach.models.hmm.jieba import TAGS  # "SMEB": jieba's order
from lmteach.models.hmm.model import count_tagged

characters = sorted(set("".join(words)))
ids = {character: place for place, character in enumerate(characters)}
tagged = [[TAGS.index(tag) for tag in tags_of(word)] for word in words]
spelled = [[ids[character] for character in word] for word in words]
sizes = len(TAGS), len(characters) + 1  # one spare, for characters that we never saw

# %%
few = np.zeros(sizes)
for row, letters in zip(tagged[:100], spelled[:100], strict=True):
    for tag, letter in zip(row, letters, strict=True):
        few[tag, letter] += 1
assert (few == count_tagged(tagged[:100], spelled[:100], *sizes)[2]).all()

# %%
starts, steps, emitted = count_tagged(tagged, spelled, *sizes, weights=np.array([*words.values()]))
steps.astype(int)

# %% [markdown]
"""
Rows and columns are S, M, E, B. Two rows are empty: a dictionary doesn't say what follows a word. We take
the plainest assumption, that words know nothing of each other: after an E or an S, all starts anew.
And a character that was never seen under some tag gets a count of 1, the add-one of notebook 01.
"""

# %%
from lmteach.models.hmm.model import HMM

steps[[TAGS.index("S"), TAGS.index("E")]] = starts
dictionary_hmm = HMM.from_counts(starts, steps, emitted + 1)  # eq. 3.8
assert np.allclose(dictionary_hmm.transition[0], starts / starts.sum())

# %%
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
from lmteach.models.hmm.batch import log_of  # np.log, and minus infinity for 0 without a warning
from lmteach.models.hmm.jieba import TagScores

emission_of = log_of(dictionary_hmm.emission).T
ours = TagScores(
    log_of(dictionary_hmm.initial),
    log_of(dictionary_hmm.transition),
    dict(zip(characters, emission_of, strict=False)),
    unknown=emission_of[-1],
)


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
words. It is only numbers in a file, so look at them. **Guess first:** what does the row of emissions of each tag sum to?
"""

# %%
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

`jieba.cut`, the whole program, does more: it looks words up in the dictionary first, and asks the HMM
only about what is left. Let its cuts be our reference. A word counts as found if it begins and ends at
the same places. With $F$ the words found and $R$ those of the reference,

$$ F_1 = \frac{2\,|F \cap R|}{|F| + |R|} \tag{3.9} $$

It is 1 if all agree. What we measure is *agreement with jieba's dictionary*, not with the truth.
"""


# %%
def spans(words):
    ends = np.cumsum([len(word) for word in words]).tolist()
    return set(zip([0, *ends], ends, strict=False))


def agreement(cut):
    pairs = [(spans(cut(run)), spans(jieba.cut(run))) for run in runs]
    common = sum(len(found & reference) for found, reference in pairs)
    return 2 * common / sum(len(found) + len(reference) for found, reference in pairs)  # eq. 3.9


# %% [markdown]
"""
**Guess first.** One cutter makes every character a word; one is jieba's HMM, trained on running text; one
is ours, counted from a word list. In which order will they come?
"""

# %%
cutters = {
    "every character": list,
    "jieba's HMM": lambda run: cut_run(run, theirs),
    "our HMM": lambda run: cut_run(run, ours),
}
{name: round(agreement(cut), 3) for name, cut in cutters.items()}

# %% [markdown]
"""
Ours comes out ahead by a little. Be fair: it was counted from the very dictionary that the reference looks
words up in, so it had a hint. What both lack is plain from the examples: an HMM has no memory for which
characters it has just seen, only for four tags. That jieba uses the two together, a list for what is
known and an HMM for what is new, is good engineering.

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
best, log_probability = model.viterbi(observations)
assert tuple(best) == every[weights.argmax()]
assert np.isclose(log_probability, np.log(weights.max()), rtol=1e-12)
passing = [[weights[[p[t] == j for p in every]].sum() for j in range(3)] for t in range(6)]
assert np.allclose(model.posterior(observations), passing / weights.sum(), rtol=1e-10)

# %% [markdown]
"""
The second is what we wrote out above. The third, a library in C++, comes under *In practice*.
"""

# %%
start, step = np.log(model.initial), np.log(model.transition)
scores = model.emission_scores(observations)
assert np.allclose(model.forward(observations), forward(start, step, scores), rtol=1e-12)
assert np.allclose(model.backward(observations), backward(step, scores), rtol=1e-12)
assert viterbi(start, step, scores)[1] == log_probability

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
**Guess first.** The bigram remembers the letter before, one of 82 symbols (6,724 is 82 times 82). An HMM with ten states remembers
one of ten things. On which side of the bigram will it be?

## Spot the bug

"A hidden Markov model assumes that each word follows a Markov chain," says many an article. What is
heard, then, would depend on the sound before it, and on nothing else. If so, we need no states: count
which sound follows which. Try it on a baby that is listened to every *minute*, so that states last longer:
"""

# %%
from lmteach.models.ngram.model import count_bigrams, maximum_likelihood

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
**Guess first.** You have heard *quiet*. Does it matter whether it was quiet *before that*, too? In both
nights, collect all places after one, two, three … quiets in a row, and see how often the next is
quiet as well.
"""


# %%
def quiet_again(sounds, run):
    quiet = sounds == 0  # and of states: asleep
    before = np.all([quiet[k : len(quiet) - run + k] for k in range(run)], axis=0)
    return quiet[run:][before].mean()


lengths = range(1, 9)
measured = {
    "sounds of the HMM": [quiet_again(sounds, run) for run in lengths],
    "sounds of the chain": [quiet_again(chain_sounds, run) for run in lengths],
}
{name: np.round(values, 2).tolist() for name, values in measured.items()}

# %%
display_figure(
    curves(measured, x=lengths, xlabel="quiets in a row", ylabel="share followed by quiet"),
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
[round(float(quiet_again(hidden, run)), 2) for run in lengths]

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
log_probability, decoded = library.decode(np.array(heard)[:, None])
[states[state] for state in decoded], log_probability

# %%
assert np.isclose(night_model.viterbi(heard)[1], log_probability, rtol=1e-12)
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
"""
## Your turn

### Exercise 1 · path_log_probability (8 minutes, ●○○)

Write `path_log_probability(initial, transition, emission, path, observations)`: the logarithm of equation
3.1. It has to work for paths of thousands of steps.
"""


# %% tags=["exercise"]
def path_log_probability(initial, transition, emission, path, observations):
    ### BEGIN SOLUTION
    total = np.log(initial[path[0]])
    total += np.log(transition[path[:-1], path[1:]]).sum()
    return total + np.log(emission[path, observations]).sum()
    ### END SOLUTION


check.path_log_probability(path_log_probability)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Follow `joint` from above, line by line: where it multiplies, you add a logarithm.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · state_now (8 minutes, ●●○)

The posterior knows the whole night. At the door, you only know what you have heard *so far*. Write
`state_now(log_alpha)`: for each step, the probability of each state given the notes up to it, from the rows
of log alpha (T, N). How sure could you have been at the first babble?
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

</details>
"""

# %% [markdown]
"""
### Exercise 3 · next_symbol (8 minutes, ●●○)

Write `next_symbol(now, transition, emission)`: the probability of each symbol at the *next* step, (V,), if
`now` (N,) says how likely each state is at this one. This makes a language model out of an HMM: what
comes next?
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
