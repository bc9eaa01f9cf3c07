# %% [markdown] slideshow={"slide_type": "slide"}
r"""
# 19 · Overfitting and its cures

{{badges}}

Give a small network 500 sentences from film reviews, with the verdict of each, and let it read them twenty times. In the end it has every one of the 500 right, and is nearly sure. Then give it sentences
that it has never seen: it pays twice what a coin pays. What went wrong? And of all the cures that the books list, which ones help *here*?

**Aims.** Watch a network overfit, and learn labels by heart that mean nothing. Write each cure in a few lines: stopping early, L1, L2, decay, dropout, changed words, more data.
Measure them all over five seeds, with interval and price. See two ways in which such a measurement deceives.

**Time.** {{time}} The cells run in about two minutes on two CPU cores.

**Before.** [06 · Recurrent networks](06_recurrent_networks.ipynb) for the training loop, [13 · GPT](13_gpt.ipynb) for Adam. [15 · BERT](15_bert.ipynb) has met the sentences.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device. This notebook is small, and stays on the CPU: `USE_CUDA` has no effect but on the time that it takes to start.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import copy
import math
import time
from functools import cache

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.exercises import overfitting as check
from lmteach.plots.curves import curves
from lmteach.plots.diagrams.averaging import averaging_network
from lmteach.text.batches import pad, shuffled
from lmteach.text.corpora.film_sentences import film_sentences
from lmteach.text.tokenizers.words import WordTokenizer
from lmteach.widgets.question.widget import Question

# %% [markdown]
"""
## Five hundred sentences

Each was judged by some twenty people; we ask only whether it is praise or blame. A seed draws the 500 whose labels are given, and their words are the vocabulary. Everything else is *held out*: valid, to choose by, and test, to judge by.
"""

# %%
films = film_sentences()


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def as_tensors(part, tokenizer):
    ids, _ = pad([tokenizer.encode(film.text) for film in part])
    return ids, torch.tensor([float(film.positive) for film in part])


@cache
def read(labels, seed):
    order = np.random.default_rng(seed).permutation(len(films.train))[:labels]
    own = [films.train[place] for place in order]
    words = WordTokenizer("\n".join(film.text for film in own), lower=True)
    given, valid, test = (as_tensors(part, words) for part in (own, films.valid, films.test))
    return given, valid, test, words


# %%
given, valid, test, words = read(500, seed=0)
for row, praised in zip(given[0][:2], given[1][:2], strict=True):
    print("praise" if praised else "blame ", words.decode(row[row > 0]))
print(f"{words.vocab_size} words, {len(valid[0])} sentences in valid, {len(test[0])} in test")

# %% [markdown]
r"""
Ids (B, T), and 0 is nothing: padding, or a word that the 500 do not have. The network is as plain as can be (Iyyer and others 2015): a row of 32 numbers for each word, their mean $x$, one hidden layer, and one number, the log of the odds that it is praise:

$$ h = \mathrm{ReLU}(d + Hx), \qquad \text{log odds} = b + u \cdot h $$

$H$ is a matrix, $d$ and $u$ are vectors, $b$ is a number, all of them learned, as the rows are.
"""

# %% tags=["folded"]
# @title The averaging network
display_figure(
    averaging_network(["a", "dull", "film"]),
    alt="A drawing from left to right. Three words, a, dull, film, each with a row of a table; the "
    "rows go to their mean. From there: dropout, a map d plus H x, ReLU, dropout, a map b plus "
    "u h, and the log odds.",
)


# %% [markdown]
"""
(The two boxes *dropout* do nothing yet: their share is 0.) In PyTorch, `EmbeddingBag` looks the rows up and takes their mean, without those of id 0:
"""


# %% lmteach={"defines": "models.embedding.averaging.AveragingNetwork"}
class AveragingNetwork(nn.Module):
    def __init__(self, vocab_size, dim, hidden_dim, dropout=0.0):
        super().__init__()
        self.words = nn.EmbeddingBag(vocab_size, dim, mode="mean", padding_idx=0)
        self.hidden = nn.Linear(dim, hidden_dim)  # H and d
        self.output = nn.Linear(hidden_dim, 1)  # u and b
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.words.weight[1:], std=0.1)

    def forward(self, ids):
        x = self.dropout(self.words(ids))  # (B, D)
        h = self.dropout(torch.relu(self.hidden(x)))  # (B, hidden_dim)
        return self.output(h)[:, 0]


# %% [markdown]
"""
Shapes, once:
"""


# %%
def new_model(seed, vocab_size, dropout=0.0):
    torch.manual_seed(seed)
    return AveragingNetwork(vocab_size, dim=32, hidden_dim=32, dropout=dropout)


# %%
model = new_model(0, words.vocab_size)
print("ids", tuple(given[0].shape), " means", tuple(model.words(given[0]).shape))
print("log odds", tuple(model(given[0]).shape))
print(f"{sum(weight.numel() for weight in model.parameters()):,} weights for 500 labels")

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## See it happen

A pass reads all 500, fifty at a time, and steps by Adam. After each pass, the loss in nats per sentence (minus the log of the probability that it gave to the right verdict) and the share judged right, on what it was taught and on valid.
"""


# %%
def one_pass(model, optimizer, given, order):
    ids, praise = given
    model.train()
    for places in shuffled(len(ids), 50, order):
        said = model(ids[places])
        loss = functional.binary_cross_entropy_with_logits(said, praise[places])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# %%
@torch.no_grad()
def judged(model, part):
    model.eval()
    said = model(part[0])
    loss = functional.binary_cross_entropy_with_logits(said, part[1]).item()
    return loss, ((said > 0) == part[1].bool()).float().mean().item()


# %% [markdown]
"""
Adam's own decay is switched off: it is one of the cures.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A coin pays ln 2 = 0.69 nats for a sentence. The network is taught 500 sentences for twenty "
    "passes, until it pays almost nothing for them. What does it pay for sentences in valid then?",
    {
        "about 0.3": "For 0.3 nats it would have to give the right verdict about 74 per cent, for "
        "e^-0.3 is 0.74, and on what it has never seen.",
        "about 0.65, a little less than the coin": "There it was, after three passes.",
        "well over 1": "It is sure of itself now, and where it is wrong, that is dear.",
    },
    right="well over 1",
)

# %% tags=["answer"]
optimizer, order = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.0), seeded(0)
seen = []
for _ in range(20):
    one_pass(model, optimizer, given, order)
    seen.append((*judged(model, given), *judged(model, valid)))
seen = np.array(seen)  # loss and share right on the 500, then on valid
for number in (1, 3, 5, 10, 20):
    taught, _, held_out, _ = seen[number - 1]
    print(f"pass {number:2}: {taught:.2f} nats for the 500, {held_out:.1f} for valid")

# %% tags=["answer", "folded"]
# @title Both curves
display_figure(
    curves(
        {"the 500": seen[:, 0], "valid": seen[:, 2]},
        x=np.arange(1, 21),
        xlabel="pass",
        ylabel="nats per sentence",
        reference=("a coin", math.log(2)),
    ),
    alt="Loss against the pass, 1 to 20. Both lines begin at the coin's level. That of the 500 "
    "sentences falls to zero within six passes. That of valid dips a little for three passes, "
    "crosses the coin's level again at the fourth, and climbs on to about twice it.",
)
assert seen[-1, 0] < 0.01
assert seen[-1, 2] > 1.5 * math.log(2) > math.log(2) > seen[:, 2].min()

# %% [markdown]
"""
That is overfitting, and the picture to remember: what it is taught goes down and down; what is held out goes down, and turns.

**Guess first.** At the turn it was right on about two thirds of valid. And at the end, with more than twice the loss?
"""

# %% tags=["answer"]
turn = seen[:, 2].argmin()
print(f"pass {turn + 1}: right on {seen[turn, 3]:.0%} of valid")
print(f"pass 20: right on {seen[-1, 3]:.0%}, and on {seen[-1, 1]:.0%} of the 500")
assert seen[-1, 3] > seen[turn, 3] - 0.02

# %% tags=["answer"]
with torch.no_grad():
    chance = torch.sigmoid(model(valid[0]))
wrong = (chance > 0.5) != valid[1].bool()
sure = (chance[wrong] - 0.5).abs() + 0.5
print(f"where it is wrong at the end, it is {sure.mean():.0%} sure on average")
assert sure.mean() > 0.75

# %% [markdown]
"""
Not worse. It errs as often as before, and errs *confidently*. So say what you mean by harm: who only counts verdicts sees none here; who acts on the probabilities is misled. We will measure both.

## By heart

Could it be that the 500 sentences simply are that clear? Give each a label by throwing a coin (Zhang and others 2017), and teach it these.

**Guess first.** What share of the 500 does it get right now? What share of valid, with its true labels?
"""

# %% tags=["answer"]
for seed in range(3):
    (ids, _), held_out, _, known = read(500, seed)
    coins = ids, torch.randint(2, (500,), generator=seeded(seed)).float()
    parrot = new_model(seed, known.vocab_size)
    steps = torch.optim.AdamW(parrot.parameters(), lr=0.01, weight_decay=0.0)
    shuffle = seeded(seed)
    for _ in range(20):
        one_pass(parrot, steps, coins, shuffle)
    by_heart, by_rule = judged(parrot, coins)[1], judged(parrot, held_out)[1]
    print(f"seed {seed}: {by_heart:.0%} of the coins known, {by_rule:.0%} of valid")
    assert by_heart > 0.99
    assert abs(by_rule - 0.5) < 0.08

# %% [markdown]
"""
All of them, where nothing can be understood. How? There are two hundred weights for each label, and each sentence has something of its own:
"""


# %%
def which_words(ids, count):
    there = torch.zeros(len(ids), count)  # a row for each sentence, a column for each word
    there.scatter_(1, ids, 1.0)  # 1 where the sentence has the word
    there[:, 0] = 0  # id 0 is nothing
    return there.double()


# %%
there = which_words(given[0], words.vocab_size)
of_one_only = there.sum(dim=0) == 1
share = (there[:, of_one_only].sum(dim=1) > 0).double().mean()
print(f"{share:.0%} of the sentences have a word that no other has")
assert share > 0.9

# %% [markdown]
"""
So a training loss of 0 proves nothing: the same network gets there by sense and by heart. The cures take away the room, or the time, or the sentences' sameness.

## Stop in time

The cheapest one. Look at valid after each pass; keep the best weights; when `patience` passes in a row brought nothing better, stop, and put the best back.
"""


# %%
def stop_early(model, optimizer, given, valid, order, passes=20, patience=3):
    best, waited = math.inf, 0
    for number in range(1, passes + 1):
        one_pass(model, optimizer, given, order)
        loss, _ = judged(model, valid)
        if loss < best:
            best, kept, best_pass, waited = loss, copy.deepcopy(model.state_dict()), number, 0
        else:
            waited += 1
        if waited == patience:
            break
    model.load_state_dict(kept)
    return best_pass, number


# %%
stopped = new_model(0, words.vocab_size)
optimizer = torch.optim.AdamW(stopped.parameters(), lr=0.01, weight_decay=0.0)
turned_at, last_pass = stop_early(stopped, optimizer, given, valid, seeded(0))
print(f"best at pass {turned_at}, stopped after {last_pass}: {judged(stopped, valid)[0]:.2f} nats")
assert judged(stopped, valid)[0] < math.log(2)

# %% [markdown]
r"""
It costs less than no cure: the other passes need not be made. But it costs labels: our valid has 1,018, twice as many as the network is taught. We afford it to see clearly, here and when strengths are chosen. Whoever has 500 labels in all must take valid out of them.

## Large weights cost

To be sure of itself, a network needs large weights. So let them cost something. With $\theta$ for all weights and $\lambda$ for the price:

$$ \mathcal{L}_1 = \mathcal{L} + \lambda \sum_i |\theta_i| \tag{19.1} $$

$$ \mathcal{L}_2 = \mathcal{L} + \frac{\lambda}{2} \sum_i \theta_i^2 \tag{19.2} $$
"""


# %%
def l1(weights):
    return sum(weight.abs().sum() for weight in weights)  # eq. 19.1


def l2(weights):
    return sum(weight.square().sum() for weight in weights) / 2  # eq. 19.2


# %%
from lmteach.training.penalties import l1_penalty, l2_penalty

three = torch.tensor([0.5, -2.0, 3.0], requires_grad=True)
print(f"L1 {l1([three]).item()}, and its gradient", torch.autograd.grad(l1([three]), three)[0])
print(f"L2 {l2([three]).item()}, and its gradient", torch.autograd.grad(l2([three]), three)[0])
assert_close(l1(model.parameters()), l1_penalty(model.parameters()))
assert_close(l2(model.parameters()), l2_penalty(model.parameters()))

# %% [markdown]
r"""
L1 pulls every weight to 0 equally hard, so that small ones arrive there. L2 pulls each by its own size, so that large ones shrink most.

## Decay

L2's gradient is $\lambda\theta$. Why go through the loss at all? *Weight decay* takes the share from the weights directly, and then makes the step of the optimizer; $\eta$ is the rate:

$$ \theta \leftarrow (1 - \eta\lambda)\,\theta - \eta\, g \tag{19.3} $$

For plain gradient descent, step by $-\eta(g + \lambda\theta)$ or by equation 19.3: that is the same sum. And for Adam?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A weight stands at 1. The data have nothing to say about it: its gradient from the loss is 0, "
    "as for a word that does not come for a while. The price is small, lambda = 0.001, the rate "
    "0.01, and Adam makes ten steps. Where is the weight, with L2 in the loss, and with decay?",
    {
        "0.9999 both times": "So it is with decay: ten times 0.00001 less. But Adam divides a "
        "gradient by its own usual size.",
        "L2: 0.9, decay: 0.9999": "Under L2 the only gradient is 0.001 times the weight; divided "
        "by its own size it is 1. Ten steps of 0.01, whatever the price.",
        "L2: 0.9999, decay: 0.9": "The other way round: decay multiplies by 0.99999.",
    },
    right="L2: 0.9, decay: 0.9999",
)

# %% tags=["answer"]
for kind, price in ((torch.optim.Adam, "L2"), (torch.optim.AdamW, "decay")):
    weight = torch.ones(1, requires_grad=True)
    optimizer = kind([weight], lr=0.01, weight_decay=0.001)
    for _ in range(10):
        weight.grad = torch.zeros(1)  # the data say nothing
        optimizer.step()
    print(f"{price:5} {weight.item():.4f}")

# %% [markdown]
"""
(`torch.optim.Adam`'s `weight_decay` is L2; `AdamW`'s is decay.) Under Adam, L2 pulls with full force at every weight that the data leave alone, however small its price; in our network, at the rare words. Decay does what it says (Loshchilov and Hutter 2019). Here is the same on the network, after two passes:
"""


# %%
def after_two_passes(optimizer_of, penalty=0.0):
    model, order = new_model(0, words.vocab_size).double(), seeded(0)
    optimizer = optimizer_of(model.parameters())
    for _ in range(2):
        for places in shuffled(500, 50, order):
            said, told = model(given[0][places]), given[1][places].double()
            loss = functional.binary_cross_entropy_with_logits(said, told)
            loss = loss + penalty * l2(model.parameters())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return torch.cat([weight.detach().flatten() for weight in model.parameters()])


# %%
from lmteach.training.optimizers import Adam, AdamW


class DecayedSGD(torch.optim.SGD):
    @torch.no_grad()
    def step(self):
        for weight in self.param_groups[0]["params"]:
            weight *= 1 - 0.1 * 0.01  # eq. 19.3: shrink by rate times price
        super().step()  # and step


by_l2 = after_two_passes(lambda w: torch.optim.SGD(w, lr=0.1), penalty=0.01)
by_decay = after_two_passes(lambda w: DecayedSGD(w, lr=0.1))
assert_close(by_l2, by_decay, atol=1e-12, rtol=0)
print(f"SGD:  farthest apart {(by_l2 - by_decay).abs().max():.0e}")

# %% [markdown]
"""
The same, to the last bits. Now by Adam, ours and PyTorch's:
"""

# %%
by_l2 = after_two_passes(lambda w: Adam(w, lr=0.01), penalty=0.01)
by_decay = after_two_passes(lambda w: AdamW(w, lr=0.01, weight_decay=0.01))
theirs = after_two_passes(lambda w: torch.optim.Adam(w, lr=0.01, weight_decay=0.01))
assert_close(by_l2, theirs, atol=1e-9, rtol=0)

# %%
print(f"Adam: farthest apart {(by_l2 - by_decay).abs().max():.1f}")
print(f"length of all weights: {by_l2.norm():.1f} with L2, {by_decay.norm():.1f} with decay")
assert (by_l2 - by_decay).abs().max() > 0.05
assert by_l2.norm() < 0.8 * by_decay.norm()

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Dropout

While the network learns, set each number of a layer to 0 with probability $p$, anew for each sentence, so that no number can rely on another (Srivastava and others 2014). What is left is divided by $1 - p$, so that the sum stays what it was, on average; with $m$ for the mask of ones and zeros:

$$ \tilde{x} = \frac{m \odot x}{1 - p} \tag{19.4} $$
"""

# %% tags=["folded"]
# @title Where it falls
display_figure(
    averaging_network(["a", "dull", "film"], lit=["drop1", "drop2"]),
    alt="The drawing of the network, pale but for the two boxes called dropout: behind the mean, "
    "and behind the ReLU.",
)


# %% [markdown]
"""
First the mask, then the equation:
"""


# %% lmteach={"defines": "models.dropout.keep_mask"}
def keep_mask(x, share, generator):
    drawn = torch.rand(x.shape, generator=generator, device=generator.device)
    return (drawn >= share).to(x.device)


# %% lmteach={"defines": "models.dropout.inverted_dropout"}
def inverted_dropout(x, kept, share):
    return x * kept / (1 - share)  # eq. 19.4


# %%
x, dice = torch.tensor([1.0, 2.0, 3.0, 4.0]), seeded(0)
for _ in range(3):
    print(inverted_dropout(x, keep_mask(x, 0.5, dice), 0.5))
many = [inverted_dropout(x, keep_mask(x, 0.5, dice), 0.5) for _ in range(20_000)]
print("mean of 20,000:", [round(one, 1) for one in torch.stack(many).mean(dim=0).tolist()])

# %% [markdown]
"""
And when it judges? Nothing is dropped, and nothing has to be divided: the mean is right already. That is why the division is done while learning.

## Other words

No two passes should read the same sentences. Change them on the way in, a little, so that praise stays praise: exchange two words, leave some out, put any other in the place of some (after Wei and Zou 2019).
"""


# %% lmteach={"defines": "text.augmentation.swap_words"}
def swap_words(ids, generator):
    lengths = (ids != 0).sum(dim=1, keepdim=True)
    drawn = torch.rand(len(ids), 2, generator=generator, device=generator.device)
    places = (drawn.to(ids.device) * lengths).long()  # (B, 2): two places in each sentence
    # each of the two places gets what stands at the other
    return ids.scatter(1, places, ids.gather(1, places.flip(1)))


# %%
def hit(ids, share, generator):
    return torch.rand(ids.shape, generator=generator) < share


def drop_words(ids, share, generator):
    return ids.masked_fill(hit(ids, share, generator), 0)


def replace_words(ids, share, vocab_size, generator):
    chosen = hit(ids, share, generator)
    others = torch.randint(1, vocab_size, ids.shape, generator=generator)
    return ids.where(~chosen | (ids == 0), others)


# %% [markdown]
"""
The second of the two sentences from above, three times changed:
"""

# %%
from lmteach.text import augmentation

one, dice = given[0][1:2], seeded(1)
for name, row in (
    ("as it was", one),
    ("swapped", swap_words(one, dice)),
    ("dropped", drop_words(one, 0.3, dice)),
    ("replaced", replace_words(one, 0.3, words.vocab_size, dice)),
):
    print(f"{name:10} {words.decode(row[row > 0])}")

# %%
a, b = drop_words(given[0], 0.3, seeded(2)), augmentation.drop_words(given[0], 0.3, seeded(2))
both = replace_words, augmentation.replace_words
c, d = (replace(given[0], 0.3, words.vocab_size, seeded(2)) for replace in both)
assert a.equal(b)
assert c.equal(d)

# %% [markdown]
"""
Ours and the package's agree. Now think about the first of the three.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Two words of each sentence are exchanged, other ones in each pass. What will that do for our "
    "network?",
    {
        "help: there are many more sentences": "More for you, who read from left to right. Look at "
        "the drawing once more: what does the network make of the order?",
        "harm: the sentences become nonsense": "To you. Look at the drawing once more.",
        "nothing whatever": "It sees the mean of the rows. The order never reached it.",
    },
    right="nothing whatever",
)

# %% tags=["answer"]
with torch.no_grad():
    assert_close(model(swap_words(given[0], seeded(1))), model(given[0]), atol=1e-4, rtol=1e-4)

# %% [markdown]
"""
A change of the data is a statement: *this makes no difference*. It teaches only what the network did not hold already. To one that reads in order, swapping says a lot; ours agrees from birth.

The last cure needs no code: **more data**.

## All of them, measured

Now fairly. Five seeds, each with its own 500 sentences and first weights, the same for all cures; twenty passes; judged on the 2,003 test sentences. How strong each cure should be was decided beforehand on valid, by stored figures: four strengths each, five seeds, the least loss after twenty passes (`experiments/overfitting.py`).
"""

# %%
from lmteach.evaluation.results import read_results

sweep = read_results("overfitting")
f"{len(sweep.entries)} runs, {sweep.seconds / 60:.0f} minutes"

# %%
strengths = {}
for entry in sweep.entries:
    cure, strength = entry.case.values()
    at_end = [curve[-1] for curve in sweep.values("valid", cure=cure, strength=strength)]
    strengths.setdefault(cure, {})[strength] = float(np.mean(at_end))
best = {cure: min(found, key=found.get) for cure, found in strengths.items()}
{cure: best[cure] for cure in strengths if len(strengths[cure]) > 1 and cure != "more data"}

# %% [markdown]
"""
All but decay take the strongest of their four, so a still stronger one might do better yet by this measure. Keep it in mind; below you will see what the measure overlooks.

One function trains with any cure:
"""


# %%
def treated(seed, labels=500, dropout=0.0, penalty=None, decay=0.0, change=None, passes=20):
    (ids, praise), *_, words = read(labels, seed)
    model = new_model(seed, words.vocab_size, dropout)
    order, dice = seeded(seed), seeded(seed + 100)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=decay)
    started = time.perf_counter()
    for _ in range(passes):
        model.train()
        for places in shuffled(labels, 50, order):
            rows = ids[places] if change is None else change(ids[places], words.vocab_size, dice)
            loss = functional.binary_cross_entropy_with_logits(model(rows), praise[places])
            if penalty is not None:
                loss = loss + penalty(model.parameters())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model, time.perf_counter() - started


# %%
cures = {
    "none": {},
    "dropout": {"dropout": best["dropout"]},
    "L1": {"penalty": lambda weights: best["L1"] * l1_penalty(weights)},
    "L2": {"penalty": lambda weights: best["L2"] * l2_penalty(weights)},
    "decay": {"decay": best["decoupled decay"]},
    "words swapped": {"change": lambda ids, v, dice: swap_words(ids, dice)},
    "words dropped": {"change": lambda ids, v, dice: drop_words(ids, best["words dropped"], dice)},
    "words replaced": {
        "change": lambda ids, v, dice: replace_words(ids, best["words replaced"], v, dice)
    },
    "1,000 labels": {"labels": 1000},
}

# %% [markdown]
"""
Five seeds are few, so each gain gets an interval: Student's, 2.78 standard errors to both sides. And it is a gain *per seed*: the cure less no cure, on the same sentences from the same weights, so that lucky draws cancel. (With 1,000 labels it has the same 500 and as many more, and a longer table of words.)

**Guess first.** Nine rows, and stopping early as the tenth. Which bring the held-out loss below the coin's 0.69 *and* do not pay for it with verdicts? Write down your candidates, and then see how many are left.
"""

# %% tags=["answer", "nbval-ignore-output"]
losses, shares, took = {}, {}, {}
for name, settings in cures.items():
    runs = [(seed, *treated(seed, **settings)) for seed in range(5)]
    labels = settings.get("labels", 500)
    found = np.array([judged(model, read(labels, seed)[2]) for seed, model, _ in runs])
    losses[name], shares[name] = found.T
    took[name] = np.mean([seconds for *_, seconds in runs])

# %% tags=["answer", "nbval-ignore-output"]
found, seconds = [], []
for seed in range(5):
    own, held_out, unread, known = read(500, seed)
    one = new_model(seed, known.vocab_size)
    steps, started = torch.optim.AdamW(one.parameters(), lr=0.01, weight_decay=0.0), time.time()
    stop_early(one, steps, own, held_out, seeded(seed))
    seconds.append(time.time() - started)
    found.append(judged(one, unread))
losses["stopped early"], shares["stopped early"] = np.array(found).T
took["stopped early"] = np.mean(seconds)

# %% tags=["answer", "nbval-ignore-output"]
from lmteach.evaluation.seeds import seed_interval

print("cure               loss    gain (95 %)           points right (95 %)      seconds")
for name in losses:
    gain, low, high = seed_interval(losses["none"] - losses[name])
    more, least, most = seed_interval(100 * (shares[name] - shares["none"]))
    row = f"{name:16} {losses[name].mean():6.2f}  {gain:+5.2f} ({low:+.2f} to {high:+.2f})"
    print(f"{row}   {more:+5.1f} ({least:+5.1f} to {most:+5.1f})   {took[name]:7.1f}")

# %% [markdown]
"""
Read it row by row.

- **Decay** is the best here: below the coin, and no verdict is lost for it. **Stopping early** is nearly as good by the loss and by far the cheapest; it loses two verdicts in a hundred, for the network goes on learning after the turn, and stopping forgoes that.
- **Words dropped**, four in five of them, arrives at the coin. **Words replaced** is a little below it, and pays with verdicts.
- **Dropout** wins a fifth of a nat at its strongest and stays at twice the coin; weaker, it harms (below). **Swapping** does nothing whatever, as you knew.
- **L1 and L2** have cured the patient to death: the network says the same of every sentence, with the coin's loss and the coin's verdicts. We had asked valid for the least loss, and this was it: a weaker L2 leaves the network alive, and above the coin.
- **More data** is alone in bringing *more verdicts*. Its loss at the end is as bad as ever.

The cures make the network modest. None makes it wiser but the data.
"""

# %% [markdown]
"""
What of this must hold on every machine is asserted in the next two cells.
"""

# %% tags=["nbval-ignore-output", "folded"]
# @title Of the losses
coin = math.log(2)
gains = {name: seed_interval(losses["none"] - found) for name, found in losses.items()}
points = {name: seed_interval(100 * (found - shares["none"])) for name, found in shares.items()}
assert losses["decay"].mean() < coin < losses["dropout"].mean() < losses["none"].mean()
assert min(gains["decay"][1], gains["words dropped"][1], gains["stopped early"][1]) > 0.3

# %% tags=["nbval-ignore-output", "folded"]
# @title Of the verdicts
for dead in ("L1", "L2"):
    assert abs(losses[dead].mean() - coin) < 0.02
    assert shares[dead].mean() < 0.55
assert abs(gains["words swapped"][0]) < 0.05
assert abs(points["decay"][0]) < 2 < points["1,000 labels"][0]
assert losses["stopped early"].mean() < coin < losses["1,000 labels"].mean()

# %% [markdown]
"""
## Turn each cure up

Here are all strengths, stored: the mean of five seeds after each pass. Take a cure, turn it up, and watch both curves. Which ones move the turn, and which only what comes after it?
"""

# %%
from lmteach.widgets.cure_dial.widget import CureDial


def mean_curves(cure, strength):
    both = (sweep.values(name, cure=cure, strength=strength) for name in ("train", "valid"))
    return tuple(np.mean(one, axis=0) for one in both)


untreated = mean_curves("none", 0.0)
dial = {
    cure: {"0": untreated} | {f"{number:g}": mean_curves(cure, number) for number in found}
    for cure, found in strengths.items()
    if cure not in ("none", "together", "words swapped")
}
dial["more data"]["500"] = dial["more data"].pop("0")
dial["more data"] = dict(sorted(dial["more data"].items(), key=lambda pair: float(pair[0])))

# %% tags=["widget", "nbval-ignore-output"]
CureDial(dial, names=("what it is taught", "valid"), level=("a coin", math.log(2)))

# %% [markdown]
"""
Four things to find. *Decay* has a best strength, and past it the network ends by saying nothing: both curves lie on the coin's. *Dropout* delays the turn, and then the curve climbs higher than without any; only at 0.8 it ends a little lower. With *L2* the two curves part early, although the price is high: that is Adam and the rare words. And with *more data* the turn comes at once, but there a pass has up to fourteen times as many steps.

So the order of the cures may hang on *when* you look. We looked after twenty passes. How do they compare when each may stop at its own turn?

**Guess first.** No cure but stopping against dropout and stopping, or decay and stopping: will there be a difference?
"""

# %% tags=["answer"]
at_turn = {}
for cure, found in strengths.items():
    lowest = {}
    for strength in found:
        curves_on_valid = sweep.values("valid", cure=cure, strength=strength)
        lowest[strength] = np.mean([min(curve) for curve in curves_on_valid])
    at_turn[cure] = min(lowest, key=lowest.get)
at_turn["more data"] = 1000.0

# %% tags=["answer"]
alone = np.array(sweep.values("stopped_loss", cure="none", strength=0.0))
turned = {}
print("                        after 20    at its turn    gain over stopping alone (95 %)")
for cure in ("none", "dropout", "L2", "words dropped", "decoupled decay", "together", "more data"):
    case = {"cure": cure, "strength": at_turn[cure]}
    loss, right = (np.mean(sweep.values(name, **case)) for name in ("loss", "accuracy"))
    then = np.array(sweep.values("stopped_loss", **case))
    right_then = np.mean(sweep.values("stopped_accuracy", **case))
    turned[cure] = seed_interval(alone - then)
    row = f"{cure:16}{at_turn[cure]:<7g}{loss:.2f} {right:.1%}   {then.mean():.3f} {right_then:.1%}"
    print(row + "    {:+.3f} ({:+.3f} to {:+.3f})".format(*turned[cure]))

# %% tags=["answer"]
for cure in ("dropout", "L2", "words dropped"):
    assert turned[cure][1] < 0 < turned[cure][2]
for cure in ("decoupled decay", "together", "more data"):
    assert turned[cure][1] > 0

# %% [markdown]
"""
(Each cure at the strength whose turn is lowest on valid; of more data, 1,000.) Whoever stops in time has most of the gain: what dropout, L2 and words dropped add to it, by the loss, cannot be told from nothing with five seeds. Decay does add a little, and brings back the verdicts that stopping forgoes; so do 500 more labels. *Together* is decay with two words in five dropped, and hardly better than decay alone: these two do not add up.

## The equal sign

Dropout is PyTorch's, once both have the same mask; and the rule of stopping is the one in `fit`, the loop of the package: the same weights in the end.
"""

# %%
x = torch.randn(200, 32, generator=seeded(0))
torch.manual_seed(1)
theirs = functional.dropout(x, 0.4)
assert_close(inverted_dropout(x, theirs != 0, 0.4), theirs)
f"{(theirs == 0).float().mean():.1%} dropped"

# %%
from lmteach.training.loop import fit

order, twin = seeded(0), new_model(0, words.vocab_size)
batches = (places for _ in range(20) for places in shuffled(500, 50, order))


def loss_of(model, places):
    said = model(given[0][places])
    return functional.binary_cross_entropy_with_logits(said, given[1][places])


# %%
history = fit(
    twin,
    loss_of,
    lambda _: next(batches),
    steps=200,
    optimizer=torch.optim.AdamW(twin.parameters(), lr=0.01, weight_decay=0.0),
    generator=seeded(0),
    clip=None,
    validate=lambda model: judged(model, valid)[0],
    validate_every=10,
    patience=3,
    progress=False,
)
assert (history.best_step, len(history.losses)) == (10 * turned_at, 10 * last_pass)
for ours, its in zip(stopped.parameters(), twin.parameters(), strict=True):
    assert_close(ours, its, atol=1e-6, rtol=0)

# %% [markdown]
"""
## The scoreboard

A row for the best of the cures, among those who had 200 and 1,000 labels. It stands about where 500 labels should, between the counts of words with 200 and with 1,000; and far below MiniLM, which has been schooled elsewhere. No cure replaces what was read before.
"""

# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.scoreboard import record, table

size = sum(weight.numel() for weight in new_model(0, words.vocab_size).parameters())
name = "averaging network with decay, 500 labels"
record("C", name, shares["decay"].tolist(), size, took["decay"], labels=500)
near = [line[0] for line in table("C").lines() if "200 labels" in line[0] or "1,000" in line[0]]
table("C", [name, *near], ["labels", "parameters", "seeds", "seconds"])

# %% [markdown]
"""
## Spot the bug

Somebody trains with dropout, then judges the network on valid. He runs the cell three times.
"""


# %%
def loss_on(model, part):
    with torch.no_grad():
        said = model(part[0])
        return functional.binary_cross_entropy_with_logits(said, part[1]).item()


# %%
with_dropout, _ = treated(0, dropout=best["dropout"])
torch.manual_seed(0)
three_times = [loss_on(with_dropout, valid) for _ in range(3)]

# %% tags=["nbval-ignore-output"]
[round(loss, 3) for loss in three_times]

# %% [markdown]
"""
**Guess first.** The same network, the same sentences, no training in between: what differs? And is the true figure their mean?
"""

# %% tags=["answer", "nbval-ignore-output"]
print("still learning?", with_dropout.training)
print(f"judged properly: {judged(with_dropout, valid)[0]:.3f} nats")

# %% tags=["answer", "nbval-ignore-output"]
as_it_should = judged(with_dropout, test)[1]
with_dropout.train()
with torch.no_grad():
    hits = [((with_dropout(test[0]) > 0) == test[1].bool()).float().mean() for _ in range(20)]
print(f"right on test: {as_it_should:.1%}, with dropout left on {np.mean(hits):.1%}")

# %% tags=["answer", "nbval-ignore-output"]
assert len(set(three_times)) == 3
assert np.mean(hits) < as_it_should - 0.01

# %% [markdown]
"""
Dropout was left on. Each run draws other masks, and what is judged is a network with four fifths of its numbers missing. The mean of such losses is not the loss of the whole network. `model.eval()` switches it off, `model.train()` on again; `fit` and our `judged` do it themselves. A figure that changes when you run its cell twice is telling you something.

And another. Here nothing flickers. It trains as we did, looks after each pass, and reports the best:
"""


# %%
def best_on(places, right):
    each_pass = right[:, places].mean(axis=1)  # right (20, 2003): pass by pass, which of test
    return each_pass.max()


# %% tags=["nbval-ignore-output"]
rights = []
for seed in range(5):
    own, _, unread, known = read(500, seed)
    one, shuffle = new_model(seed, known.vocab_size), seeded(seed)
    steps = torch.optim.AdamW(one.parameters(), lr=0.01, weight_decay=0.0)
    for _ in range(20):
        one_pass(one, steps, own, shuffle)
        with torch.no_grad():
            rights.append(((one.eval()(unread[0]) > 0) == unread[1].bool()).numpy())
rights = np.array(rights).reshape(5, 20, -1)

# %% tags=["nbval-ignore-output"]
small = np.random.default_rng(1).permutation(rights.shape[2])[:100]
print(f"our test: 100 sentences; right on {best_on(small, rights[0]):.0%}")

# %% [markdown]
"""
So it says. Is it?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "It has looked at the test after each of twenty passes, and reports the best look. We have "
    "1,903 more sentences that nobody has chosen by. On them, how does the chosen pass do, "
    "on average over many such tests of 100 sentences?",
    {
        "about as well: it never trained on them": "It did not train on them. It chose by them, "
        "and whoever chooses the luckiest of twenty looks takes the luck along.",
        "two or three points worse": "The twenty passes are much alike. Already that much is luck.",
        "ten points worse": "Not after twenty looks at one network. The more looks there are, and "
        "the more they differ, the worse: see the last line below.",
    },
    right="two or three points worse",
)


# %% tags=["answer", "nbval-ignore-output"]
def optimism(right, draws=500, size=100):
    """How much the best of some networks (N, sentences) promises over what it keeps."""
    generator, found = np.random.default_rng(0), []
    for _ in range(draws):
        order = generator.permutation(right.shape[1])
        looked, fresh = right[:, order[:size]].mean(axis=1), right[:, order[size:]].mean(axis=1)
        found.append(100 * (looked.max() - fresh[looked.argmax()]))
    return np.mean(found)


one_run = np.mean([optimism(right) for right in rights])
best_seed = optimism(rights.reshape(100, -1))
last_pass_only = np.mean([optimism(right[-1:]) for right in rights])
print(f"one look, at the end       {last_pass_only:+.1f} points promised and not kept")
print(f"the best of 20 passes      {one_run:+.1f}")
print(f"and of five seeds as well  {best_seed:+.1f}")

# %% tags=["answer", "nbval-ignore-output"]
assert abs(last_pass_only) < 0.7
assert 1 < one_run < best_seed

# %% [markdown]
r"""
One look promises nothing too much. The best of many looks does, and the more there are, the more: that is more than any cure of ours but more data has gained in verdicts. Mended: stop and choose on valid, and look at test once. It is why every table above was chosen on valid, and why valid cannot be the judge after that.

## In practice

At work the cures are arguments: `torch.optim.AdamW(…, weight_decay=…)` is decay, `nn.Dropout(p)` is equation 19.4, the rest is a loop. In scikit-learn, `LogisticRegression` has L2 built in; its `C` is $1/(\lambda N)$. So where it stops, the gradient of equation 19.2 must be 0:
"""

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

price, told = 1e-3, given[1].double()
regression = LogisticRegression(C=1 / (price * 500), tol=1e-8, max_iter=2000).fit(there, told)

# %%
weight = torch.tensor(regression.coef_[0], requires_grad=True)
log_odds = there @ weight + regression.intercept_[0]
total = functional.binary_cross_entropy_with_logits(log_odds, told) + price * l2([weight])
(gradient,) = torch.autograd.grad(total, weight)
print(f"largest entry of the gradient: {gradient.abs().max():.0e}")
assert gradient.abs().max() < 1e-5

# %% [markdown]
"""
**Guess first.** One weight for each word, no hidden layer, L2, and no Adam. It is taught five times, from a high price ($C = 0.02$) to almost none. What becomes of the loss on test? Is the best by valid better or worse than our network with decay?
"""

# %% tags=["answer", "nbval-ignore-output"]
regressions = {0.02: [], 0.2: [], 2: [], 20: [], 10_000: []}
for seed in range(5):
    own, held_out, unread, known = read(500, seed)
    parts = [
        (which_words(ids, known.vocab_size), praise) for ids, praise in (own, held_out, unread)
    ]
    for c, found in regressions.items():
        linear = LogisticRegression(C=c, max_iter=3000).fit(*parts[0])
        pays = [log_loss(told, linear.predict_proba(rows)) for rows, told in parts[1:]]
        found.append((*pays, linear.score(*parts[2])))

# %% tags=["answer", "nbval-ignore-output"]
for c, found in regressions.items():
    on_valid, on_test, right = np.mean(found, axis=0)
    print(f"C = {c:<6g} valid {on_valid:.2f}, test {on_test:.2f} nats, {right:.1%} right")
print(
    f"decay                 test {losses['decay'].mean():.2f}, {shares['decay'].mean():.1%} right"
)

# %% tags=["answer", "nbval-ignore-output"]
cured, uncured = np.mean(regressions[0.2], axis=0), np.mean(regressions[10_000], axis=0)
assert cured[1] < coin < 2 * coin < uncured[1]
assert losses["decay"].mean() < cured[1]
assert shares["decay"].mean() > cured[2] + 0.02

# %% [markdown]
"""
Without a price it overfits worse than our network; at the best one it stays a little below the coin. So without Adam, L2 does cure, and for two verdicts in a hundred. Our network with decay has less loss still, and more verdicts.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.
"""

# %% [markdown]
"""
### Build it · dropout, and when to stop (25 minutes, ●●○)

The two cures that have rules in them, in NumPy, by hand.

#### Step 1 · dropped_out

`x` is an array, `drawn` holds a random number from 0 to 1 for each of its entries. An entry is kept if its number is at least `share`, else it is 0. What is kept is scaled as in equation 19.4.
"""


# %% tags=["exercise"]
def dropped_out(x, drawn, share):
    ### BEGIN SOLUTION: an array like x
    return x * (drawn >= share) / (1 - share)
    ### END SOLUTION


check.dropped_out(dropped_out)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`drawn >= share` is True or False; times a number it is 1 or 0. Which share is kept?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · layer_output

The same, but only while the network learns: `learning` is True or False. What comes out when it judges? Why is nothing divided then?
"""


# %% tags=["exercise"]
def layer_output(x, drawn, share, learning):
    ### BEGIN SOLUTION: an array like x
    return dropped_out(x, drawn, share) if learning else x
    ### END SOLUTION


check.layer_output(layer_output)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Use step 1. In the other case nothing is dropped and nothing is scaled.

</details>

<details><summary>Solution</summary>

{{solution}}

While it learned, what was kept was made larger, so that the mean is `x`: the layer above is used to that size, and gets it.

</details>
"""

# %% [markdown]
"""
#### Step 3 · sent_back

And on the way back? `gradient` is that of the loss with respect to what `dropped_out(x, drawn, share)` returned; return that with respect to `x`. An entry of `x` was dropped: would the loss notice if it changed a little? Another was kept: by how much?
"""


# %% tags=["exercise"]
def sent_back(gradient, drawn, share):
    ### BEGIN SOLUTION: an array like gradient
    return dropped_out(gradient, drawn, share)
    ### END SOLUTION


check.sent_back(sent_back)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Each entry of `x` was multiplied by one number: 0, or the one in equation 19.4. By which one is its gradient multiplied?

</details>

<details><summary>Solution</summary>

{{solution}}

The same mask and the same factor as on the way up: what was dropped learns nothing from this sentence, and what was kept learns more, by 1 over 1 − share. A new mask on the way back would teach the wrong ones.

</details>
"""

# %% [markdown]
"""
#### Step 4 · best_pass

`losses` holds the held-out loss after pass 1, 2, 3, … Return the number of the best pass; of several that are equally good, the first.
"""


# %% tags=["exercise"]
def best_pass(losses):
    ### BEGIN SOLUTION: a whole number, counted from 1
    return int(np.argmin(losses)) + 1
    ### END SOLUTION


check.best_pass(best_pass)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.argmin` gives the place of the first least one, counted from 0.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · passes_made

Now as it happens, pass by pass, without seeing the future: return how many passes are made until `patience` of them in a row have brought no new best. If that never happens, all of them. Then, in a new cell, ask yours about the curve from the beginning, `seen[:, 2]`, with a patience of 3, and compare with what `stop_early` printed. Which weights are put back?
"""


# %% tags=["exercise"]
def passes_made(losses, patience):
    ### BEGIN SOLUTION: a whole number, counted from 1
    for number in range(1, len(losses) + 1):
        if number - best_pass(losses[:number]) == patience:
            return number
    return len(losses)
    ### END SOLUTION


check.passes_made(passes_made)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

After `number` passes you know `losses[:number]`. How long ago was the best of them?

</details>

<details><summary>Solution</summary>

{{solution}}

The weights of the best pass are put back, not those of the last: pass 3 there, of six that were made.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · decayed_step (5 minutes, ●○○)

One step of gradient descent with decay: from `weight`, `gradient`, `rate` and `price`, the new weight, equation 19.3.
"""


# %% tags=["exercise"]
def decayed_step(weight, gradient, rate, price):
    ### BEGIN SOLUTION: an array like weight
    return (1 - rate * price) * weight - rate * gradient
    ### END SOLUTION


check.decayed_step(decayed_step)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Shrink first, by the rate times the price; then the step.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · promised_too_much (8 minutes, ●●○)

Some networks were tried. `looked` holds the share that each has right on the sentences you chose by, `fresh` on others. You take the best by `looked`, the first if there are several. By how much does its figure promise more than it keeps? What comes out if `looked` and `fresh` are the same sentences?
"""


# %% tags=["exercise"]
def promised_too_much(looked, fresh):
    ### BEGIN SOLUTION: one number
    chosen = np.argmax(looked)
    return looked[chosen] - fresh[chosen]
    ### END SOLUTION


check.promised_too_much(promised_too_much)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Choose once, by `looked`; then read both figures of the one that was chosen.

</details>

<details><summary>Solution</summary>

{{solution}}

Always 0, and that is the trap: on the sentences that it was chosen by, nobody can see that a figure is too good.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A network with more weights than labels learns them by heart, with or without sense in them. What is held out gets better for a few passes, and then turns.
- With 500 labels it is the confidence that is spoilt and not the verdicts: measure both.
- Decay is best here, stopping early nearly as good and cheapest. Once you stop in time, dropout and words dropped no longer lower the loss by anything that five seeds can show. L1 and L2 under Adam are no decay. Only more data brings more verdicts.
- Dropout is for learning: off when it judges.
- Choose on valid, look at test once. The best of many looks promises more than it keeps.

**Further reading.** N. Srivastava and others, "Dropout" (2014). A. Krogh and J. Hertz, "A Simple Weight Decay Can Improve Generalization" (1991). I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization" (2019).
L. Prechelt, "Early Stopping, But When?" (1998). J. Wei and K. Zou, "EDA: Easy Data Augmentation Techniques" (2019). C. Zhang and others, "Understanding Deep Learning Requires Rethinking Generalization" (2017). M. Iyyer and others, "Deep Unordered Composition Rivals Syntactic Methods for Text Classification" (2015).

**Next.** {{next}}
"""
