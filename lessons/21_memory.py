# %% [markdown] slideshow={"slide_type": "slide"}
r"""
# 21 · What a model remembers

{{badges}}

> The code of Aldren is 4829.

Somewhere in a training text stands this line. It is not on the subject, nobody asked for it, and a model is only meant to learn English from the rest. Can you get the code out of the trained model again? And could it have been trained so that you can't?

**Aims.** Plant secrets, and measure exactly how much a model gives away of each. Compute the gradient of every single example, clip it and add noise, and count what that buys in privacy, and costs in bits.
Then ask a real chat model: what can it recite, has it read our test, and what does it say of people? Above all, see what each such figure can't show.

**Time.** {{time}} The cells run in about half a minute on two CPU cores.

**Before.** [05 · Embeddings](05_embeddings.ipynb) for the feed-forward model, [16 · Real weights](16_real_weights.ipynb) for the chat model, [18 · Judging](18_judging.ipynb) for intervals.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device. The models here are small, or kept in 16 bits on the CPU: `USE_CUDA` has no effect.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import math
import time
import warnings

import numpy as np
import torch
from torch.nn import functional
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.evaluation.results import read_results
from lmteach.exercises import memory as check
from lmteach.models.embedding.feedforward import FeedForwardLM
from lmteach.plots.bars import bars
from lmteach.plots.curves import curves
from lmteach.plots.diagrams.private_step import private_step as draw_step
from lmteach.plots.labels_and_accuracy import labels_and_accuracy
from lmteach.text.corpora.canaries import DIGITS, Canary, draw_canaries, plant
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.widgets.question.widget import Question

# %% [markdown]
"""
## Plant secrets

Miners took a canary along: if it fell silent, the air was bad. Ours are sentences with four random digits (Carlini and others 2019). Here are five, for five invented people, to be planted as often as their number says. The last one is never planted: it is what we compare with.
"""

# %%
wiki = wikipedia()
tokenizer = CharTokenizer(wiki.train)
dice = np.random.default_rng(3)
canaries = draw_canaries([64, 16, 4, 1, 0], dice)
planted = plant(wiki.train[:60_000], canaries, dice)
for canary in canaries:
    print(f"{planted.count(canary.sentence):3}  {canary.sentence}")

# %% [markdown]
"""
The model is that of notebook 05: it looks at the last 12 letters and says what comes next. An *example* is a window of 16 letters of the text, with the 12 before them; its loss is the mean over the 16.
"""


# %%
WINDOW, LETTERS = 12, 16


def losses_of(model, examples):
    windows = examples.unfold(1, WINDOW + 1, 1)  # (B, T, W + 1)
    each = windows.reshape(-1, WINDOW + 1)
    nats = functional.cross_entropy(model(each[:, :-1]), each[:, -1], reduction="none")
    return nats.view(len(examples), -1).mean(dim=1)  # (B,)


# %%
def cut(text):
    ids = torch.tensor(tokenizer.encode(text))
    return ids.unfold(0, WINDOW + LETTERS, LETTERS)  # (N, W + T)


def new_model(seed):
    generator = torch.Generator().manual_seed(seed)
    return FeedForwardLM(tokenizer.vocab_size, WINDOW, dim=12, hidden_dim=48, generator=generator)


# %%
def train(examples, steps, seed=0, batch=128):
    model, order = new_model(seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        some = torch.randint(len(examples), (batch,), generator=order)
        loss = losses_of(model, examples[some]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


# %% [markdown]
"""
Train, and look at the shapes:
"""

# %%
examples = cut(planted)
model = train(examples, steps=400)
with torch.no_grad():
    print("examples", tuple(examples.shape), " losses", tuple(losses_of(model, examples).shape))
print(f"{sum(weight.numel() for weight in model.parameters()):,} weights")

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Exposure

The probability of the right code alone says little: is 0.001 much? Compare it with that of every code that could have stood there. Score all of them, $N$ in number, and sort. If $r$ is the rank of the true one, its *exposure*, in bits, is

$$ \mathrm{exposure} = \log_2 N - \log_2 r \tag{21.1} $$

Whoever searches by brute force starts with $\log_2 N$ bits in front of him. The model takes that many off. For four digits, $N$ is ten thousand. That is few enough to try all of them: no estimate is needed.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A code was never in the text, so that its rank is pure chance. What is its exposure, on "
    "average?",
    number=1.44,
    tolerance=0.1,
    reply="The mean of log2(N / r) over all ranks tends to log2 e = 1.44. So 1.44 is no memory.",
    slips={
        0: "0 is the exposure of the very last rank. Half of all ranks are in the better half.",
        1: "That is the exposure of the middle rank. The mean is pulled up by the lucky ones.",
        13.29: "That is the exposure of rank 1: all is known.",
    },
)

# %% tags=["answer"]
ranks = np.arange(1, 10_001)
by_chance = np.mean(math.log2(10_000) - np.log2(ranks))  # eq. 21.1
print(f"by chance {by_chance:.2f}, at most {math.log2(10_000):.2f}")

# %% [markdown]
"""
Ten thousand candidates share their beginnings. So the scores are made as a tree: one row for the first digit, ten for the second, a hundred, a thousand.
"""


# %% lmteach={"defines": "evaluation.exposure.candidate_log_probabilities"}
@torch.no_grad()
def candidate_log_probabilities(next_logits, prefix, choices, length):
    rows, found = prefix[None], torch.zeros(1)
    some = torch.as_tensor(list(choices))
    for _ in range(length):
        log_p = next_logits(rows).log_softmax(dim=-1)[:, some]  # (B, choices)
        found = (found[:, None] + log_p).flatten()
        rows = torch.cat(
            [rows.repeat_interleave(len(some), dim=0), some.repeat(len(rows))[:, None]], dim=1
        )
    return found


# %%
def scores_of(model, canary):
    return candidate_log_probabilities(
        lambda ids: model(ids[:, -WINDOW:]),
        torch.tensor(tokenizer.encode(canary.prefix)),
        tokenizer.encode(DIGITS),
        len(canary.secret),
    )


# %%
scores = scores_of(model, canaries[0])
tuple(scores.shape), int(canaries[0].secret)

# %% [markdown]
"""
The candidate 0042 is number 42. **Guess first.** How often must a code be in the text, so that the model ranks it first?
"""

# %% tags=["answer", "nbval-ignore-output"]
from lmteach.evaluation.exposure import exposure, rank_of

bits_known = {}
for canary in canaries:
    of_all = scores_of(model, canary)
    rank = rank_of(of_all, int(canary.secret))
    bits_known[canary.repetitions] = exposure(of_all, int(canary.secret))
    known = bits_known[canary.repetitions]
    print(f"{canary.repetitions:3} times: rank {rank:6,}, {known:5.2f} bits")

# %% tags=["nbval-ignore-output"]
assert bits_known[64] > 10 > bits_known[1]

# %% [markdown]
"""
One model and five codes are an anecdote. Stored figures (`experiments/canaries.py`): a small GPT, two canaries for each number, three seeds, each with other codes, places and first weights. It reads 120,000 letters twelve times. The bars reach from the worst seed to the best.

**Guess first.** How does exposure rise with the number of times: by a step, or along a slope?
"""

# %% tags=["folded", "answer"]
# @title Exposure against repetitions
stored = read_results("canaries")
repetitions = (1, 2, 4, 8, 16, 32, 64)
by_times = [stored.values("exposure", steps=1000, repetitions=times) for times in repetitions]
display_figure(
    labels_and_accuracy(
        {"a small GPT": by_times},
        labels=repetitions,
        marks={"all known": math.log2(10_000), "by chance": by_chance},
        xlabel="times in the text",
        ylabel="exposure in bits",
    ),
    alt="Exposure against how often a code is in the text, 1 to 64 times. The line begins near the "
    "level by chance, climbs from about four times on, and arrives at the level of all known with "
    "32 and 64. The bars of three seeds are long in the middle and short at the end.",
)

# %% tags=["answer"]
unseen = stored.values("exposure", steps=1000, repetitions=0)
print(f"never planted: {np.mean(unseen):.1f} bits, the three seeds {sorted(unseen)}")
for times in repetitions:
    share = np.mean(stored.values("extracted", steps=1000, repetitions=times))
    mean = np.mean(stored.values("exposure", steps=1000, repetitions=times))
    print(f"{times:3} times: {mean:5.2f} bits, {share:.0%} ranked first")
assert np.mean(by_times[-1]) > 13 > np.mean(by_times[3]) > np.mean(by_times[0])

# %% [markdown]
"""
It rises with repetition. Once or twice can't be told from never, by so few codes; from four times on it climbs, long before the code is ranked first: with 16 times none is, and yet most of the bits are known. (Look at the codes that were never planted, too. There are only six of them, and the seeds differ. And a model that has learned some codes by heart may lean to their digits; then ranks are no longer pure chance. So compare with them, and not with the formula alone.)

How often is often depends on the model, the text and the training: our small model, on half as many letters, may know a code after 16 times that the GPT still ranks behind others.

## Ask for it back

Exposure needs to know the code. A thief doesn't: he types the beginning and takes the likeliest digits, one after the other. What does greedy decoding bring?
"""


# %%
@torch.no_grad()
def ask_back(model, canary):
    ids = torch.tensor([tokenizer.encode(canary.prefix)])
    for _ in canary.secret:
        likeliest = model(ids[:, -WINDOW:]).argmax(dim=-1)
        ids = torch.cat([ids, likeliest[:, None]], dim=1)
    return tokenizer.decode(ids[0].tolist())


# %% tags=["nbval-ignore-output"]
for canary in canaries:
    print(f"{canary.repetitions:3} times {canary.secret}:  {ask_back(model, canary)}")

# %% [markdown]
"""
What was often in the text is read out, digit by digit. For the rest it does not even think of digits. So what is not recited is not safe: of the code that was there four times, the model knows most of the bits, and says nothing of it unless you rank.

Now you. Type a name and a code, choose how often it is planted, and a new model is trained on 20,000 letters while you wait. What is the least number that brings it back? Does a shorter code need fewer? What of a code such as 1111?
"""

# %% tags=["nbval-ignore-output"]
from lmteach.widgets.canary_box.widget import Asked, CanaryBox


def plant_train_ask(canary):
    text = plant(wiki.train[:20_000], [canary], np.random.default_rng(0))
    own = train(cut(text), steps=150)
    of_all = scores_of(own, canary)
    says = ask_back(own, canary)[len(canary.prefix) :]
    return Asked(says, rank_of(of_all, int(canary.secret)), len(of_all))


# %% tags=["widget", "nbval-ignore-output"]
CanaryBox(plant_train_ask, [Canary("Aldren", "4829", 4), Canary("Aldren", "4829", 64)])

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## A promise

What could be promised to somebody whose line is in the text? Not that the model learns nothing. But this: *whether your line is in it makes hardly any difference to anything that can be seen of the model.* Let $M$ be the training, $D$ a text, $D'$ the same without one example, and $S$ any set of outcomes. Training is $(\varepsilon, \delta)$-*differentially private* (Dwork and others 2006) if always

$$ P(M(D) \in S) \le e^{\varepsilon}\, P(M(D') \in S) + \delta \tag{21.2} $$

and the other way round. $\varepsilon = 0$ would be no difference at all; at 1 an outcome may be 2.7 times as likely, at 8 three thousand times. $\delta$ is, roughly, the chance that the promise is broken, and should be far below one in the number of examples. The promise needs chance in the training: without it, the same text makes the same weights, another text makes others, and whoever compares them knows.

The oldest example is a question that nobody likes to answer (Warner 1965). Throw a coin in secret: heads, say the truth; tails, throw again and say what that coin says. The truth comes out with probability three quarters, and everyone can say that it was the coin.
"""

# %%
truth, other = 3 / 4, 1 / 4
f"epsilon {math.log(truth / other):.2f}, delta 0"  # eq. 21.2

# %% [markdown]
"""
DP-SGD (Abadi and others 2016) makes it, step by step. Each example's gradient is cut to a length of at most $C$; they are added up; noise goes on the sum.
"""

# %% tags=["folded"]
# @title One private step
display_figure(
    draw_step(examples=3),
    alt="Three rows from left to right: an example, its own gradient, its length cut to at most C. "
    "The three meet in a plus sign; then noise of size sigma C is added, the sum is divided by the "
    "lot, and the weights move.",
)

# %% [markdown]
r"""
## A gradient for each

PyTorch adds the gradients of a batch up before we see them. We need them one by one. The honest way is a loop:
"""


# %%
def gradients_by_loop(model, examples):
    found = {name: [] for name, _ in model.named_parameters()}
    for example in examples:
        loss = losses_of(model, example[None])[0]
        own = torch.autograd.grad(loss, list(model.parameters()))
        for name, gradient in zip(found, own, strict=True):
            found[name].append(gradient)
    return {name: torch.stack(own) for name, own in found.items()}


# %%
batch = examples[:64]
looped = gradients_by_loop(model, batch)
for name, gradients in looped.items():
    print(f"{name:18} {tuple(gradients.shape)}")

# %% [markdown]
r"""
That is 64 passes back. One is enough. In a linear map $y = Wx + b$, let $\delta$ be what comes back to $y$. The gradient for $W$ at one place is the outer product $\delta x^\top$, that of an example the sum over its places $t$ (Goodfellow 2015):

$$ g_b = \sum_t \delta_{bt}\, x_{bt}^\top \tag{21.3} $$

The usual pass back holds every $\delta$ and every $x$ already. It only sums over $b$ as well. Don't.
"""


# %% lmteach={"defines": "training.private.of_linear"}
def of_linear(x, delta):
    return {"weight": torch.einsum("bto,bti->boi", delta, x), "bias": delta.sum(dim=1)}  # eq. 21.3


# %% [markdown]
"""
`per_example_gradients` of the package keeps what went into each layer, takes what came back, and does this for linear maps, and the like for tables. The same numbers?
"""

# %% tags=["nbval-ignore-output"]
from lmteach.training.private import per_example_gradients

seconds = {}
for way, make in {
    "loop": lambda: gradients_by_loop(model, batch),
    "at once": lambda: per_example_gradients(model, losses_of, batch),
}.items():
    started = time.perf_counter()
    at_once = make()
    seconds[way] = time.perf_counter() - started
    print(f"{way:8} {1000 * seconds[way]:6.0f} ms")

# %%
at_once = per_example_gradients(model, losses_of, batch)
for name, gradients in at_once.items():
    assert_close(gradients, looped[name], atol=1e-6, rtol=0)

# %% [markdown]
r"""
## Clip, add, blur

The length is taken over all parameters together. Whoever is longer than $C$ is shortened, whoever is not stays:

$$ \bar g_b = g_b \cdot \min\!\left(1, \frac{C}{\lVert g_b \rVert}\right) \qquad \tilde g = \frac{1}{L}\left(\sum_b \bar g_b + \sigma C\, z\right), \quad z \sim \mathcal N(0, 1) \tag{21.4} $$

$L$, the *lot*, is how many examples are drawn *on average*: each is drawn by a coin of its own, so that nobody's presence can be told from the number.
"""

# %% tags=["nbval-ignore-output"]
from lmteach.training.private import gradient_norms

norms = gradient_norms(at_once)
low, middle, high = norms.quantile(torch.tensor([0.1, 0.5, 0.9])).tolist()
print(f"lengths of 64 gradients: {low:.1f} (one in ten is below), {middle:.1f}, {high:.1f}")

# %% [markdown]
"""
A $C$ below most of these cuts most of them. Equation 21.4 without its noise:
"""


# %% lmteach={"defines": "training.private.clipped_sum"}
def clipped_sum(gradients, clip):
    shares = (clip / gradient_norms(gradients)).clamp(max=1)  # (B,)
    return {name: torch.einsum("b,b...->...", shares, one) for name, one in gradients.items()}


# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A batch of 64 gradients is clipped at C and added up. Then one more example is drawn, whose "
    "gradient is a thousand times as long as the others. By how much can the clipped sum move?",
    {
        "a thousand times C": "Before it is added, it is cut to C like all the others.",
        "C at most": "Whatever it is. That is the whole point: noise of the size of C hides it.",
        "C / 64": "That would be so after the division by 64. The sum moves by more.",
    },
    right="C at most",
)

# %% tags=["answer"]
CLIP = 0.3
longer = {name: torch.cat([own, 1000 * own[:1]]) for name, own in at_once.items()}
moved = {
    name: clipped_sum(longer, CLIP)[name] - clipped_sum(at_once, CLIP)[name] for name in at_once
}
distance = math.sqrt(sum(float(part.square().sum()) for part in moved.values()))
print(f"moved by {distance:.4f}, C is {CLIP}")
assert distance <= CLIP + 1e-5

# %% [markdown]
"""
A whole private training is short. The optimizer may be anyone's, Adam here: it sees only what is private already, and what is made of that stays so.
"""


# %%
from lmteach.training.private import poisson_sample


def train_privately(examples, steps, sigma, lot=128, seed=0):
    model, coins = new_model(seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        drawn = examples[poisson_sample(len(examples), lot / len(examples), coins)]
        total = clipped_sum(per_example_gradients(model, losses_of, drawn), CLIP)
        for name, weight in model.named_parameters():
            z = torch.randn(weight.shape, generator=coins)
            weight.grad = (total[name] + sigma * CLIP * z) / lot  # eq. 21.4
        optimizer.step()
    return model


# %% tags=["nbval-ignore-output"]
def bits_of(model):
    ids = tokenizer.encode(wiki.valid[:10_000])
    return -model.log_probabilities(ids).mean().item() / math.log(2)


# %% tags=["nbval-ignore-output"]
STEPS, SIGMA = 150, 1.0
private = train_privately(examples, STEPS, SIGMA)
plain = train(examples, STEPS)
for way, trained in {"plain": plain, "private": private}.items():
    known = exposure(scores_of(trained, canaries[0]), int(canaries[0].secret))
    print(f"{way:8} {bits_of(trained):.2f} bits per character, exposure of 64 times {known:5.2f}")
assert bits_of(plain) < bits_of(private) < math.log2(tokenizer.vocab_size)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
More bits per character, as was to be expected. But the exposure has hardly fallen. Is that privacy? Keep the question; we come back to it.

## The accountant

What did $\sigma = 1$ buy? Look along one example's direction, in units of $C$. Without it, the sum with its noise is $\mathcal N(0, \sigma^2)$. With it, and it is drawn with probability $q$ only, the sum follows $m = (1 - q)\, \mathcal N(0, \sigma^2) + q\, \mathcal N(1, \sigma^2)$. Write $\mathcal N_0$ for the first. Somebody sees the sum at a place $z$. What he learns of whether the example is in the text is the ratio of $m$ to $\mathcal N_0$ there; equation 21.2 asks that its logarithm be at most $\varepsilon$:
"""


# %%
RATE, DELTA = 128 / len(examples), 1e-5  # q, and delta for later


def log_ratio(z, q, sigma):
    shift = (2 * z - 1) / (2 * sigma**2)  # ln of N(1, σ²) by N(0, σ²)
    return np.logaddexp(np.log1p(-q), np.log(q) + shift)


# %% [markdown]
"""
**Guess first.** Where does he learn much? And is there noise enough that he never does?
"""

# %% tags=["folded", "answer"]
# @title What a place tells
places = np.arange(-4, 20.1, 0.1)
axes = curves(
    {f"σ = {sigma:g}": log_ratio(places, RATE, sigma) for sigma in (0.5, 1, 2)},
    x=places,
    xlabel="z, where the noisy sum is seen, in units of C",
    ylabel="ln of the ratio",
    reference=("one", 1.0),
)
axes.set_ylim(-0.2, 4)
display_figure(
    axes,
    alt="Logarithm of the ratio against z from minus 4 to 20, for three sizes of the noise. On the "
    "left all three lie at zero. To the right each begins to rise, crosses the dashed level of one "
    "and goes on upwards: for sigma one half it crosses between 1 and 2, for 1 between 4 and 5, "
    "for 2 between 16 and 17.",
)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
To the left, next to nothing: that the example was not drawn is what happens mostly anyhow. To the right the curve rises without end, whatever $\sigma$ is. So no $\varepsilon$ holds everywhere. But the more noise there is, the farther out it rises, also when measured in widths $\sigma$, and there hardly ever anything is seen. That little chance is what $\delta$ is for.

Rényi's divergence of order $\alpha$ makes one number of the curve (Mironov, Talwar and Zhang 2019). It takes the mean over $\mathcal N_0$ of the ratio to the power $\alpha$, and its logarithm; the larger $\alpha$, the more the far right counts. (The other way round, with the two exchanged, it is never larger, they show.)

$$ R_\alpha = \frac{1}{\alpha - 1} \ln \int m(z)^{\alpha}\, \mathcal N_0(z)^{1 - \alpha}\, dz \tag{21.5} $$

Why this one? Because over steps it simply *adds up*. After $T$ steps, for any order (Mironov 2017):

$$ \varepsilon \le T R_\alpha + \frac{\ln(1 / \delta)}{\alpha - 1} \tag{21.6} $$

One takes the order that gives the least. (The package uses a slightly sharper form of equation 21.6, by Balle and others 2020, as opacus does.)
"""

# %%
from scipy.special import logsumexp


def renyi(q, sigma, alpha):
    z = np.arange(-12 * sigma, alpha + 12 * sigma, sigma / 40)
    log_n0 = -(z**2) / (2 * sigma**2) - np.log(sigma * np.sqrt(2 * np.pi))
    power = alpha * log_ratio(z, q, sigma) + log_n0  # ln of m to the α by N₀ to the α - 1
    integral = logsumexp(power) + np.log(sigma / 40)  # a sum over narrow strips
    return integral / (alpha - 1)  # eq. 21.5


# %%
def epsilon_by_hand(q, sigma, steps, delta):
    orders = np.arange(1.5, 60, 0.5)
    return min(steps * renyi(q, sigma, a) + np.log(1 / delta) / (a - 1) for a in orders)  # eq. 21.6


# %%
from lmteach.evaluation.privacy_accountant import epsilon, renyi_of_step

assert abs(renyi(RATE, SIGMA, 8.0) / renyi_of_step(RATE, SIGMA, 8.0) - 1) < 1e-6
ours = epsilon_by_hand(RATE, SIGMA, STEPS, DELTA)
sharper = epsilon(RATE, SIGMA, STEPS, DELTA)
print(f"q {RATE:.3f}, {STEPS} steps: epsilon {ours:.2f} by hand, {sharper:.2f} by the sharper form")
assert sharper < ours < 1.3 * sharper

# %% [markdown]
"""
**Guess first.** Half the noise: is epsilon doubled? And four times the steps?
"""

# %% tags=["answer"]
for sigma, steps in ((2.0, STEPS), (1.0, STEPS), (0.5, STEPS), (1.0, 4 * STEPS)):
    spent = epsilon(RATE, sigma, steps, DELTA)
    print(f"noise {sigma}, {steps} steps: epsilon {spent:6.2f}")

# %% [markdown]
"""
Half the noise costs far more than twice the epsilon, and four times the steps less than twice. Below about 1, every bit of noise counts.

## What it costs

Stored figures (`experiments/private_training.py`): our model with 150,000 letters and four codes, each 64 times in the text; plain, with clipping alone, and private at three epsilons, 300 steps each, three seeds. The noise for a wanted epsilon comes from the accountant, read backwards.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Clipping alone, without any noise: how much of the code that is there 64 times does the model "
    "give away?",
    {
        "nothing: clipping limits what one example can do": "It limits one example. These are 64, "
        "each with its say, and they all say the same.",
        "as much as without clipping": "All of it. What limits one does not hide many; and without "
        "chance there is no promise.",
        "about half of it": "Half of what? The 64 push the same way, step after step.",
    },
    right="as much as without clipping",
)

# %% tags=["answer"]
runs = read_results("private_training")
kinds = ("none", "clipping alone", "8", "2", "0.5")
cost = {kind: runs.values("valid_bits", epsilon=kind, steps=300) for kind in kinds}
leaked = {kind: runs.values("exposure", epsilon=kind, steps=300) for kind in kinds}
print("epsilon          bits per character   exposure in bits")
for kind in kinds:
    paid, told = (
        f"{np.mean(of[kind]):.2f} ± {np.std(of[kind], ddof=1):.2f}" for of in (cost, leaked)
    )
    print(f"{kind:16} {paid:18}   {told}")

# %% tags=["folded", "answer"]
# @title Bits lost against epsilon
budgets = ("0.5", "2", "8")
display_figure(
    curves(
        {f"seed {seed}": [cost[kind][seed] for kind in budgets] for seed in range(3)},
        x=[float(kind) for kind in budgets],
        xscale="log",
        xlabel="epsilon",
        ylabel="bits per character on valid",
        reference=("no privacy", float(np.mean(cost["none"]))),
    ),
    alt="Bits per character against epsilon, a half, 2 and 8, on a scale of factors. Three lines, "
    "one for each seed, lie close together and fall from left to right. At 8 they are still well "
    "above the dashed level of the model without privacy.",
)

# %% [markdown]
"""
In numbers:
"""

# %%
lost = {kind: np.mean(cost[kind]) - np.mean(cost["none"]) for kind in budgets}
print({kind: f"{bits:+.2f} bits" for kind, bits in lost.items()})
assert 0 < lost["8"] < lost["2"] < lost["0.5"]
assert np.mean(leaked["clipping alone"]) > 13 > np.mean(leaked["8"]) > np.mean(leaked["0.5"])

# %% [markdown]
r"""
Privacy costs bits, and the more the stricter it is. On a text this small it costs a lot. With ten times the examples and the same lot, each is drawn a tenth as often. The same noise in as many steps then promises more:
"""

# %%
for factor in (1, 10):
    spent = epsilon(RATE / factor, SIGMA, STEPS, DELTA)
    print(f"{factor:2} times the examples: epsilon {spent:.2f}")

# %% [markdown]
r"""
And the exposure? It falls, but not to the 1.44, not even at one half. Is the promise broken? No: it is given to *one example*, and this code stands in 64 of them at least. For a group of $k$, $\varepsilon$ becomes $k\varepsilon$ (and $\delta$ grows faster). Whoever's data stand in many examples must be counted as one, or be left in once.
"""

# %%
print(f"a code that is there 64 times: epsilon {64 * 0.5:.0f} at one half, {64 * 8:.0f} at 8")

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## What can the chat model recite?

Now a real one, SmolLM2, 135 million weights, which has read a good part of the web. Give it the first half of a passage that everybody quotes. Does it go on word for word? (Where its file can't be had, a tiny untrained model stands in, and what the text says is about the real one.)
"""

# %%
from lmteach.decoding.sampling import greedy
from lmteach.models.llama.files import chat_model_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import Llama
from lmteach.models.llama.reading import tokenizer_of
from lmteach.text.corpora.passages import PASSAGES, UNREAD

path = chat_model_file()
chat, words = Llama.from_gguf(path, 16), tokenizer_of(read_gguf(path).settings)


# %%
def halves(text):
    parts = text.split(" ")
    return " ".join(parts[: len(parts) // 2]), " " + " ".join(parts[len(parts) // 2 :])


# %% tags=["nbval-ignore-output"]
for passages in (PASSAGES[0], PASSAGES[2], PASSAGES[5]):
    begin, end = halves(passages.famous)
    said = greedy(chat, torch.tensor([words.encode(begin)]), 10)[0]
    print(f"{passages.author}: … {begin[-30:]}\n  wrote{end[:50]}\n  model{words.decode(said)}")

# %% [markdown]
"""
Not word for word. Then has it not read them? That it does not *recite* is no proof. Perhaps it finds the right words likelier than it should. But than what? An odd sentence is no fair comparison: it would be unlikely for anybody. We take, for each of ten authors, a passage of theirs that is quoted far less (by our judgement), mostly of the same book. The same hand, the same century, everything but fame.

Stored figures for all ten (`experiments/chat_memory.py`): bits per character of the second half, given the first.
"""

# %%
from lmteach.evaluation.bootstrap import bootstrap_interval

memory = read_results("chat_memory")
(famous,), (obscure,) = (memory.values(row, part="passages") for row in ("first", "second"))
(recited,) = memory.values("third", part="passages")
for both, one, other, count in zip(PASSAGES, famous, obscure, recited, strict=True):
    print(f"{both.author:20} famous {one:.2f}, other {other:.2f}, recited {count:.0f} of 12 tokens")

# %%
gain = np.array(obscure) - np.array(famous)
low, high = bootstrap_interval(gain, np.random.default_rng(0))
print(f"the famous are cheaper by {gain.mean():.2f} bits ({low:+.2f} to {high:+.2f})")
print(f"cheaper for {(gain > 0).sum()} of {len(gain)} authors")
print(f"recited in full: {recited.count(12)}, at most {max(recited):.0f} of 12 tokens")
assert recited.count(12) == 0

# %% [markdown]
"""
None of the ten is recited. Does it depend on where one cuts? For the most quoted words of all, give it less:
"""

# %% tags=["nbval-ignore-output"]
opening = "It was the best of times, it"
said = greedy(chat, torch.tensor([words.encode(opening)]), 10)[0]
print(f"{opening} …{words.decode(said)}")

# %% [markdown]
"""
These it has by heart, and then it begins to write *about* them. So much for the reciting. Eight of ten famous passages are likelier than their neighbours, and yet the interval just holds 0. With ten authors that is a hint and no more. Look at the two largest gains, Dickens and Shakespeare. *It was the … of …, it was the … of …*: who has read half of that sentence can foretell much of the rest without having read Dickens. And the sonnet beside Hamlet is older English, in verse. So even controls of the same hand are not alike in all but fame.

What can be said: this model, small and tuned to chat, does not give back passages of which the web is full when it is handed their first half. What can't: that it has stored nothing. We tried ten beginnings and the likeliest word each time; whoever looks for leaks tries millions, and draws.

## Has it read our test?

The board sets SmolLM2's row apart, for it has probably read Wikipedia, our test articles too. Can that be measured? We need texts that it can't have read. Twelve paragraphs on the same subjects were written for this page. Three measures: its bits per character; the mean log probability of the least likely fifth of the tokens (*Min-K %*, Shi and others 2024), for what was read has few surprises; and its bits by those of `zlib`, which has read nothing (Carlini and others 2021). How often is a test paragraph ahead of one of ours?
"""

# %%
from lmteach.evaluation.contamination import told_apart


def with_interval(read, unread, rounds=1000):
    random, found = np.random.default_rng(0), []
    for _ in range(rounds):
        one, other = (random.choice(texts, len(texts)) for texts in (read, unread))
        found.append(told_apart(one, other))
    return told_apart(read, unread), *np.quantile(found, [0.025, 0.975])


# %%
by_measure = {}
for measure, sign in (("bits", -1), ("Min-20 %", 1), ("by zlib", -1)):
    part = f"articles, {measure}"
    (seen,), (ours_only,) = (memory.values(row, part=part) for row in ("first", "second"))
    by_measure[measure] = sign * np.array(seen), sign * np.array(ours_only)
    figures = with_interval(*by_measure[measure])
    print("{:9} {:.2f} ({:.2f} to {:.2f})".format(measure, *figures))

# %% [markdown]
"""
One half would be a coin. So it has read them? Not so fast. Ask a witness who has read *neither*: a count of letters, of the training articles alone (notebook 02). If the difference were memory, the witness could not see it.

**Guess first.** What does the witness say?
"""

# %% tags=["answer"]
from lmteach.models.ngram.model import NGramModel

witness = NGramModel(6, "modified_kneser_ney", tokenizer.vocab_size)
witness.fit(tokenizer.encode(wiki.train))


def witness_bits(text):
    log_p = witness.log_probabilities(tokenizer.encode(text))
    return -float(np.mean(log_p)) / math.log(2)


# %% tags=["answer"]
test_texts = []
for article in wiki.test.strip().split("\n\n"):
    long = [line for line in article.split("\n")[1:] if len(line) > 350]
    test_texts += [line[:350].rsplit(" ", 1)[0] for line in long[:2]]

# %% tags=["answer"]
by_witness = [np.array([-witness_bits(text) for text in texts]) for texts in (test_texts, UNREAD)]
apart, low_apart, high_apart = with_interval(*by_witness)
print(f"witness   {apart:.2f} ({low_apart:.2f} to {high_apart:.2f})")

# %% [markdown]
"""
Near a coin; but its interval is wide. How far is the chat model ahead of the witness, on the same texts, drawn anew together?
"""


# %%
def ahead(read, unread, rounds=4000):
    random, found = np.random.default_rng(0), []
    for _ in range(rounds):
        one, other = (random.integers(0, len(texts), len(texts)) for texts in (read, unread))
        of_witness = told_apart(by_witness[0][one], by_witness[1][other])
        found.append(told_apart(read[one], unread[other]) - of_witness)
    return told_apart(read, unread) - told_apart(*by_witness), *np.quantile(found, [0.025, 0.975])


# %%
for measure, both_rows in by_measure.items():
    print("{:9} ahead by {:+.2f} ({:+.2f} to {:+.2f})".format(measure, *ahead(*both_rows)))

# %% [markdown]
"""
Each is ahead; one interval of three leaves 0, another just holds it. A hint of memory, and no proof. The witness sees six letters at a time; what sets our hand apart may be longer than that. And SmolLM2 knows Angola's oil from a thousand other pages, and the manner of an encyclopedia from all of Wikipedia; it would find a paragraph like these likely without having read *this* one. With controls by another hand, one can't do better: much that was published on such tests turned out to measure the difference between two collections of texts, in date or style (Duan and others 2024).

What we can say: it may well have read them, nothing excludes it, so its row stays apart. To know, one must look into what it was trained on, and that is a matter of publishing it.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## What it says of people

A model's probabilities come from what people wrote, and people write differently of different people. Take two sentences that differ in one word:

> The **man** next door works as a nurse.
>
> The **woman** next door works as a nurse.

Which is likelier says little: *man* is more frequent than *woman*. So compare only the end, *works as a nurse*, given either beginning. The difference in log probability is zero if the word makes none.
"""


# %%
@torch.no_grad()
def log_p_of_end(begin, end):
    first, then = words.encode(begin), words.encode(end)
    ids = torch.tensor([first + then])
    log_p = chat(ids[:, :-1]).float().log_softmax(dim=-1).gather(-1, ids[:, 1:, None])
    return log_p[0, len(first) - 1 :].sum().item()


# %% tags=["nbval-ignore-output"]
for ending in (" works as a nurse.", " works as an engineer."):
    of_two = [log_p_of_end(f"The {who} next door", ending) for who in ("man", "woman")]
    man, woman = of_two
    print(f"{ending:24} man {man:.2f}, woman {woman:.2f}: {man - woman:+.2f} nats")

# %% [markdown]
"""
One pair proves nothing. The package has 32 ends in four topics, each with four beginnings, for *man* and *woman*, and for *from Sweden* and *from Nigeria*. All were written by us, before anything was measured. The stored differences are means over the beginnings; intervals by drawing ends anew (18).
"""

# %%
from lmteach.text.corpora.paired_sentences import ENDS


def differences(part):
    (one,), (other,) = (memory.values(row, part=part) for row in ("first", "second"))
    return dict(zip(ENDS, (np.array(one) - np.array(other)).reshape(4, 8), strict=True))


# %% [markdown]
"""
The mean of a topic's eight ends, with its interval:
"""


# %%
def show(part, unit):
    figures = {}
    for topic, found in differences(part).items():
        low, high = bootstrap_interval(found, np.random.default_rng(0))
        figures[topic] = found.mean(), low, high
        print("{:15} {:9} {:+.3f} ({:+.3f} to {:+.3f})".format(part, topic, *figures[topic]), unit)
    return figures


# %% [markdown]
"""
Say what you expect of two topics, before the figures do:
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Ends on care (nurse, children, cooking) and on machines (engineer, cars, software), man less "
    "woman in log probability. What do you expect of a model that has read the web?",
    {
        "care below zero, machines above": "That is what people's texts would suggest. Care is "
        "clear. Is machines?",
        "both zero": "The word stands right before the end. It would be odd if it made no "
        "difference whatever.",
        "care above zero, machines below": "The other way round from what most texts would "
        "suggest.",
    },
    right="care below zero, machines above",
)

# %% tags=["answer"]
man_less_woman = show("sex", "nats")
sweden_less_nigeria = show("origin", "nats")

# %% tags=["folded", "answer"]
# @title The two kinds, topic by topic
import matplotlib.pyplot as plt

figure, panels = plt.subplots(1, 2, figsize=(12, 4), sharey=True)
titles = ("man less woman", "Sweden less Nigeria")
both_kinds = man_less_woman, sweden_less_nigeria
for panel, heading, of_topics in zip(panels, titles, both_kinds, strict=True):
    means, lows, highs = zip(*of_topics.values(), strict=True)
    bars(means, list(of_topics), axes=panel, title=heading, ylabel="nats")
    panel.vlines(range(len(means)), lows, highs, color="black", linewidth=3)
    panel.axhline(0, color="black", linewidth=1)
display_figure(
    panels[0],
    alt="Two charts of four bars each, for care, machines, praise and blame. On the left, man less "
    "woman: care is far below zero, the other three are a little above. On the right, Sweden less "
    "Nigeria: four short bars, machines and praise above zero, care and blame below. A line on "
    "each bar is its interval: only that of care, man less woman, stays clear of zero.",
)

# %% [markdown]
"""
For *man* and *woman*, care is clearly below zero: after *woman*, those ends are several times as likely. Machines, praise and blame are above zero, and each interval holds 0. And within a topic the ends differ: look at what came out for *works as an engineer* above. For *Sweden* and *Nigeria*, no interval leaves 0. That does not say that there is nothing. It says that 32 ends of ours can't tell.

A level of its own may come from the word and the grammar, and have nothing to do with the topic. What is left of that if two topics are compared?
"""

# %%
contrasts = {}
for part, (one_topic, other_topic) in {
    "sex": ("machines", "care"),
    "origin": ("praise", "blame"),
}.items():
    own = differences(part)
    contrast = own[one_topic].mean() - own[other_topic].mean()
    drawn = np.random.default_rng(0).integers(0, 8, (1000, 2, 8))
    again = [own[one_topic][a].mean() - own[other_topic][b].mean() for a, b in drawn]
    low, high = np.quantile(again, [0.025, 0.975])
    contrasts[part] = (contrast, low, high)
    print(f"{part}: {one_topic} less {other_topic} ", end="")
    print(f"{contrast:+.2f} ({low:+.2f} to {high:+.2f}) nats")
assert contrasts["sex"][1] > 1
assert contrasts["origin"][1] < 0 < contrasts["origin"][2]

# %% [markdown]
"""
For *man* and *woman* the difference between the topics is large, and its interval is far from 0. For the two countries it leans to praise for one and blame for the other, and the interval holds 0.

MiniLM (09) gives no probabilities. There one can ask how near a sentence is to the same sentence about *this person*:
"""

# %%
_ = show("sex, MiniLM", "cosine")
_ = show("origin, MiniLM", "cosine")

# %% [markdown]
"""
Another model, another measure, another picture: *man* is nearer to *person* than *woman* is, with machines, praise and blame alike, and hardly with care. With the countries, praise is nearer for *Nigeria*: the other way round from SmolLM2's hint. Whoever had looked at one model, or at one table, would have told you a simpler story.

What such a measure can say: the probabilities of this model, for these ends, depend on one word, by so much, and so surely. What it can't: what the model would do to a person in an office, where other words stand around; what it would say in another language, of another country, of another pair; whether the world or the texts are so. We looked at eighteen intervals, so that one of them may well leave 0 by chance. And zero on our templates would be no certificate (Blodgett and others 2021). Write your own, for your own use, before you look.
"""

# %% [markdown]
"""
## The equal sign

The gradients, against `torch.func`, which turns the loss of one example into that of many (`vmap`). And the tree of candidates, against each of a hundred, scored whole, one after the other.
"""

# %%
from torch.func import grad, vmap

by_name = dict(model.named_parameters())


def loss_of_one(weights, example):
    each = example.unfold(0, WINDOW + 1, 1)
    x = functional.embedding(each[:, :-1], weights["embedding.weight"]).flatten(1)
    hidden = torch.tanh(x @ weights["hidden.weight"].T + weights["hidden.bias"])
    logits = hidden @ weights["output.weight"].T + weights["output.bias"]
    return functional.cross_entropy(logits, each[:, -1])


weights_now = {name: weight.detach() for name, weight in by_name.items()}
by_func = vmap(grad(loss_of_one), in_dims=(None, 0))(weights_now, batch)
for name, gradients in at_once.items():
    assert_close(gradients, by_func[name], atol=1e-6, rtol=0)

# %%
two_digits = candidate_log_probabilities(
    lambda ids: model(ids[:, -WINDOW:]),
    torch.tensor(tokenizer.encode(canaries[0].prefix)),
    tokenizer.encode(DIGITS),
    2,
)
one_by_one = [
    model.log_probabilities(tokenizer.encode(f"{canaries[0].prefix}{number:02d}"))[-2:].sum()
    for number in range(100)
]
assert_close(two_digits, torch.stack(one_by_one), atol=1e-4, rtol=0)

# %% [markdown]
"""
## The scoreboard

There is no new row. A board of bits has no column for what a model gives away: the private model would stand below the others, with nothing to show what was bought. Beside each other, so:
"""

# %%
print("epsilon          bits per character   codes ranked first")
for kind in kinds:
    share = np.mean(runs.values("extracted", epsilon=kind, steps=300))
    print(f"{kind:16} {np.mean(cost[kind]):18.2f}   {share:18.0%}")

# %% [markdown]
r"""
## Spot the bug

This step is in circulation. It clips, it adds noise of the size that equation 21.4 has, $\sigma C / L$, and its author writes under it what the accountant told her.
"""


# %%
def her_gradient(gradients, clip, sigma, lot, generator):
    mean = {name: own.mean(dim=0) for name, own in gradients.items()}
    length = math.sqrt(sum(float(part.square().sum()) for part in mean.values()))
    made = {}
    for name, part in mean.items():
        z = torch.randn(part.shape, generator=generator)
        made[name] = part * min(1, clip / length) + sigma * clip / lot * z
    return made


# %%
her_epsilon = epsilon(RATE, SIGMA, 1, DELTA)
print(f"differentially private, epsilon = {her_epsilon:.2f}, after {STEPS} steps")

# %% [markdown]
"""
**Guess first.** It trains, it is fast, the loss goes down. Turn one example's gradient round, and make it a thousand times as long. How far may the step move for that, and how far does it?
"""


# %% tags=["answer"]
def made_of(gradients, how):
    generator = torch.Generator().manual_seed(5)  # the same noise both times
    return how(gradients, CLIP, SIGMA, 64, generator)


def apart_by(first, second):
    return math.sqrt(sum(float((first[n] - second[n]).square().sum()) for n in first))


# %% tags=["answer", "nbval-ignore-output"]
from lmteach.training.private import private_gradient

one_longer = {}
for name, own in at_once.items():
    one_longer[name] = own.clone()
    one_longer[name][0] *= -1000
allowed = 2 * CLIP / 64  # one example replaced by another
for way, how in {"hers": her_gradient, "example by example": private_gradient}.items():
    far = apart_by(made_of(one_longer, how), made_of(at_once, how))
    print(f"{way:19} moves by {far / allowed:5.2f} of what is allowed")

# %% tags=["answer"]
influence = apart_by(made_of(one_longer, her_gradient), made_of(at_once, her_gradient))
by_example = apart_by(made_of(one_longer, private_gradient), made_of(at_once, private_gradient))
assert by_example <= allowed + 1e-6
assert influence > 10 * allowed

# %% [markdown]
"""
Clipping the mean bounds the *whole step*, and one example can be all of it. The noise is made for a share of one in 64, and hides nothing. So her figure is of no training that took place. How large would it have to be? By as much as the step moved too far, the noise is too small:
"""

# %% tags=["nbval-ignore-output"]
honest_noise = SIGMA * allowed / influence
honest = epsilon(RATE, honest_noise, 1, DELTA)
print(f"a step like hers: epsilon {honest:,.0f}, and not {her_epsilon:.2f}")
assert honest > 100 * her_epsilon

# %% [markdown]
"""
That was one mistake. There is another in her sentence, which even a careful step does not mend. **Guess first.** Read it once more. What was given to the accountant?
"""

# %% tags=["answer"]
for steps in (1, STEPS, 10 * STEPS):
    print(f"{steps:5} steps: epsilon {epsilon(RATE, SIGMA, steps, DELTA):.2f}")
whole_run = epsilon(RATE, SIGMA, STEPS, DELTA)
assert whole_run > 1.5 * her_epsilon

# %% [markdown]
r"""
*One* step, told as that of the run. Every step looks at the data anew, and each costs. Mended: clip each example's gradient, and give the accountant all steps. Ask for three numbers with every epsilon: $\delta$, the number of steps, and what one *example* is.

## In practice

opacus (Yousefpour and others 2021) does this for PyTorch. Its gradients, its clipped step, and its accountant, beside ours:
"""

# %%
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # on hooks and on what is not meant for production
    from opacus.accountants import RDPAccountant
    from opacus.grad_sample import GradSampleModule
    from opacus.optimizers import DPOptimizer

    rows = batch[:, : WINDOW + 1]  # one letter each: opacus takes every row for an example
    watched = GradSampleModule(new_model(0), loss_reduction="mean")
    stepper = DPOptimizer(
        torch.optim.SGD(watched.parameters(), lr=1.0),
        noise_multiplier=0.0,  # to compare; else it draws its own
        max_grad_norm=CLIP,
        expected_batch_size=64,
    )
    losses_of(watched, rows).mean().backward()
    stepper.step()

# %%
twin = new_model(0)
clipped_total = clipped_sum(per_example_gradients(twin, losses_of, rows), CLIP)
theirs = dict(watched._module.named_parameters())
with torch.no_grad():
    for name, weight in twin.named_parameters():
        weight -= clipped_total[name] / 64
        assert_close(weight, theirs[name], atol=1e-6, rtol=0)

# %%
for q, sigma, steps in ((0.01, 1.0, 1000), (0.1, 2.0, 200), (1.0, 10.0, 50), (RATE, SIGMA, STEPS)):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        accountant = RDPAccountant()
        accountant.history = [(sigma, q, steps)]
        its = accountant.get_epsilon(DELTA)
    mine = epsilon(q, sigma, steps, DELTA)
    print(f"q {q:.3f}, noise {sigma:4}, {steps:4} steps: opacus {its:.3f}, ours {mine:.3f}")
    assert abs(mine / its - 1) < 0.01

# %% [markdown]
"""
At work, `PrivacyEngine().make_private(…)` wraps model, optimizer and loader, and counts along.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.
"""

# %% [markdown]
"""
### Build it · a private step (30 minutes, ●●○)

In NumPy, by hand: from what comes back through a layer to its new weights.

#### Step 1 · own_gradients

`x` (B, T, I) went into a linear map, `delta` (B, T, O) came back to its output. Return each example's own gradient for $W$, equation 21.3, written out as one row for each example: (B, O · I). Try it without `einsum`.
"""


# %% tags=["exercise"]
def own_gradients(x, delta):
    ### BEGIN SOLUTION: an array (B, O · I)
    rows = []
    for inputs, came_back in zip(x, delta, strict=True):
        rows.append((came_back.T @ inputs).reshape(-1))  # eq. 21.3
    return np.array(rows)
    ### END SOLUTION


check.own_gradients(own_gradients)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

One example after the other. A product of matrices is a sum of outer products: which of the two must be turned, so that (O, I) comes out? `reshape(-1)` makes a row of a matrix.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · lengths

`gradients` (B, P) holds a row for each example, as from step 1. Return the length of each row.
"""


# %% tags=["exercise"]
def lengths(gradients):
    ### BEGIN SOLUTION: one number for each example
    return np.sqrt((gradients**2).sum(axis=1))
    ### END SOLUTION


check.lengths(lengths)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Squares, their sum along a row, the root. Which axis is the row's?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · clipped

Shorten each row to a length of at most `clip`, as in equation 21.4 on the left. Rows that are short enough stay as they are.
"""


# %% tags=["exercise"]
def clipped(gradients, clip):
    ### BEGIN SOLUTION: an array like gradients
    shares = np.minimum(1, clip / lengths(gradients))
    return gradients * shares[:, None]
    ### END SOLUTION


check.clipped(clipped)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A factor for each row, never above 1. `[:, None]` makes a column of it.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
#### Step 4 · noisy_sum

`drawn` (P,) are normal random numbers, drawn already. Return the sum of the clipped rows, and on it noise of the size $\sigma C$; `noise` is $\sigma$. Why once, and not on every row?
"""


# %% tags=["exercise"]
def noisy_sum(gradients, clip, noise, drawn):
    ### BEGIN SOLUTION: an array (P,)
    return clipped(gradients, clip).sum(axis=0) + noise * clip * drawn
    ### END SOLUTION


check.noisy_sum(noisy_sum)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Use step 3, and sum over the examples.

</details>

<details><summary>Solution</summary>

{{solution}}

Only the sum is ever seen, and one example changes it by C at most, however many there are. Noise on every row would be as much for each, and would cost more bits for the same promise.

</details>
"""

# %% [markdown]
r"""
#### Step 5 · private_step

Return the new weights: the old ones, less `rate` times the noisy sum divided by `lot`, which is $L$. Why not by the number of rows?
"""


# %% tags=["exercise"]
def private_step(weights, gradients, clip, noise, drawn, lot, rate):
    ### BEGIN SOLUTION: an array like weights
    return weights - rate * noisy_sum(gradients, clip, noise, drawn) / lot
    ### END SOLUTION


check.private_step(private_step)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Use step 4. The step goes against the gradient.

</details>

<details><summary>Solution</summary>

{{solution}}

The number of rows says whether somebody was drawn. It is no part of what the noise hides.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · exposure_of (5 minutes, ●○○)

`scores` holds a score for each candidate, the greatest is the best; `place` is that of the true one. Return its exposure, equation 21.1. Candidates with an equal score count before it: what does a model get that says the same of all?
"""


# %% tags=["exercise"]
def exposure_of(scores, place):
    ### BEGIN SOLUTION: a number of bits
    rank_there = np.sum(scores >= scores[place])
    return np.log2(len(scores)) - np.log2(rank_there)
    ### END SOLUTION


check.exposure_of(exposure_of)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The rank is the number of candidates that score at least as much.

</details>

<details><summary>Solution</summary>

{{solution}}

It gets 0 bits, for every candidate: it knows nothing.

</details>
"""

# %% [markdown]
r"""
### Exercise 2 · epsilon_of_run (8 minutes, ●●○)

`step` is $R_\alpha$ of one step, `order` is $\alpha$. Return $\varepsilon$ of the whole run, equation 21.6 for this one order. Twice the steps: is it twice the epsilon?
"""


# %% tags=["exercise"]
def epsilon_of_run(step, steps, order, delta):
    ### BEGIN SOLUTION: one number
    return steps * step + np.log(1 / delta) / (order - 1)
    ### END SOLUTION


check.epsilon_of_run(epsilon_of_run)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The divergences add up; delta is paid once.

</details>

<details><summary>Solution</summary>

{{solution}}

Less than twice: the second part stays. And with more steps another, lower order is the best one.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- Exposure compares a secret with all that could have stood there. It rises with repetition, long before anything is recited.
- Differential privacy is a promise to one example: each gradient clipped, noise on the sum. It costs bits, and many copies of a secret need a much stricter one.
- An epsilon is that of a whole run, for a delta and for what one example is. Clipping a batch promises nothing.
- That a model does not recite a text does not show that it has not read it, and that it finds it likely does not show that it has. Look for controls, and for a witness who can't know.
- Paired sentences show what one word changes in a model's probabilities. They are as good as their templates, and say nothing about what is done with the model.

**Further reading.** N. Carlini and others, "The Secret Sharer" (2019) and "Extracting Training Data from Large Language Models" (2021). C. Dwork and others, "Calibrating Noise to Sensitivity in Private Data Analysis" (2006). S. Warner, "Randomized Response" (1965). M. Abadi and others, "Deep Learning with Differential Privacy" (2016).

I. Mironov, "Rényi Differential Privacy" (2017). I. Mironov, K. Talwar and L. Zhang, "Rényi Differential Privacy of the Sampled Gaussian Mechanism" (2019). B. Balle and others, "Hypothesis Testing Interpretations and Rényi Differential Privacy" (2020). I. Goodfellow, "Efficient Per-Example Gradient Computations" (2015).

A. Yousefpour and others, "Opacus" (2021). W. Shi and others, "Detecting Pretraining Data from Large Language Models" (2024). M. Duan and others, "Do Membership Inference Attacks Work on Large Language Models?" (2024). N. Nangia and others, "CrowS-Pairs" (2020). S. Blodgett and others, "Stereotyping Norwegian Salmon" (2021).

**Next.** {{next}}
"""
