# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 05 · Embeddings and the neural language model

{{badges}}

> You have read *his father died*. How likely is *his brother died*?

A table of counts has no answer: it has never met these three words in a row, and a **brother** is as different
from a **father** as from a **treaty**. For you, two of them are kin. By the end of this page words and
letters are points, those that are used alike lie close together, and nobody has told them to.

**Aims.** See that a layer on one-hot vectors is a look-up in a table. Build the first neural language
model, scalar by scalar, then in three lines, and train it in a loop of which no line is hidden. Learn
vectors of words with skip-gram, and hold them against people's judgement and against a library.

**Time.** {{time}} The cells run in about a minute and a half on two CPU cores.

**Before.** [01 · Bigrams](01_bigrams.ipynb): softmax and the loss.
[02 · n-grams](02_ngrams_and_smoothing.ipynb): contexts that were never seen.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
With `USE_CUDA` ticked, the hidden layer below is eight times as wide.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import math
import re
import time
from statistics import mean, stdev

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from tqdm.auto import tqdm

from lmteach.classroom import display_figure
from lmteach.exercises import embeddings as check
from lmteach.plots.curves import curves
from lmteach.plots.diagrams.embedding import company, feedforward_lm, yes_or_no
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## A context that nobody has counted

An n-gram model looks up what followed the last few letters. Here are a hundred articles to learn from, and others
that are kept aside.
"""

# %%
wiki = wikipedia()
lower = wiki.train.lower()
print(f"{len(wiki.train):,} letters, {len(wiki.valid):,} kept aside")
for phrase in ("his father died", "his brother died"):
    print(phrase, len(re.findall(rf"\b{phrase}\b", lower)))

# %% [markdown]
"""
**Guess first.** Take all stretches of 2, 4, 6 and 8 letters in the articles that were kept aside. How many of them
occur nowhere in the training articles?
"""


# %% tags=["answer"]
def stretches(text, length):
    return [text[i : i + length] for i in range(len(text) - length)]


print("letters, share that is new")
for length in (2, 4, 6, 8):
    known = set(stretches(wiki.train, length))
    print(length, round(np.mean([s not in known for s in stretches(wiki.valid, length)]), 3))

# %% [markdown]
r"""
Of the stretches of eight letters more than a third are new, even after nearly two million letters of text. Notebook
02 dealt with that by forgetting letters until something was left that had been counted. But to forget is
to throw away. It would be better to say: this context is *like* some that I know.

## A row of a table

In notebook 01 a letter went into the network as a *one-hot* vector: all zeros, and a 1 at its number. The
first layer multiplied it by a matrix, which we now call $C$. With $\mathbf{1}_w$ the one-hot vector of symbol
$w$, and $C_w$ the row of the matrix that has its number:

$$ x = \mathbf{1}_w^\top C = C_w \tag{5.1} $$

Here are four numbers for each of 82 symbols, at random:
"""

# %%
tokenizer = CharTokenizer(wiki.train + wiki.valid + wiki.test)
V = tokenizer.vocab_size
table = torch.randn(V, 4, generator=torch.Generator().manual_seed(0))
a, b, c = tokenizer.encode("abc")
one_hot = F.one_hot(torch.tensor([c, a, b]), V).float()
print("one-hot rows of c, a, b", tuple(one_hot.shape), "times a table", tuple(table.shape))

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A one-hot row, 82 entries of which one is 1, is multiplied by a matrix of 82 rows and 4 "
    "columns. That is 328 products. How many of them are not products with 0?",
    number=4,
    reply="Those with the one row that belongs to the 1. All the others add 0.",
    slips={
        1: "One row it is, but the row has four numbers.",
        82: "That is one for each symbol. Of the 82 entries, 81 are 0.",
        328: "That is all of them. Of the 82 entries, 81 are 0.",
    },
)

# %% tags=["answer"]
by_product = one_hot @ table
by_look_up = table[[c, a, b]]  # eq. 5.1
assert torch.equal(by_product, by_look_up)
print(by_product)
print(by_look_up)

# %% [markdown]
r"""
Four for each letter: all other products are with 0. So nobody multiplies; the row is looked up, and the result is the same
to the last bit. The row is called the *embedding* of the letter. Its numbers are weights like any others, and
training will move them.

## Three letters in, one letter out

Yoshua Bengio and his colleagues built the first language model of this kind in 2003. Look up each of the
last $W$ tokens *in one and the same table*, lay the rows end to end, and send them through one layer that
bends, and one that scores every token:

$$ x = (C_{w_1}, \dots, C_{w_W}) \tag{5.2} $$

$$ h = \tanh(d + H x) \tag{5.3} $$

$$ y = b + U h \tag{5.4} $$

The softmax of $y$ is what comes next. These are their letters: $C$, $H$ and $U$ are matrices of weights, $d$ and
$b$ biases, $h$ the state of the hidden layer. One term of theirs is left out: a matrix straight from $x$ to $y$,
past the bend (their *direct connections*, which they ran with and without).
"""

# %% tags=["folded"]
# @title Bengio's network, drawn
display_figure(
    feedforward_lm("the"),
    alt="From below: the letters t, h and e; one wide box C, the table, through which all three "
    "go; their three rows, side by side, called x; then d plus H x, tanh, and h; above it b plus U "
    "h, y, a softmax, and the probabilities of what comes next.",
)

# %% [markdown]
"""
First with nothing but numbers, for three letters, two numbers for each, and four hidden units:
"""

# %%
generator = torch.Generator().manual_seed(1)


def drawn(*shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


C, H, d, U, b_out = drawn(V, 2), drawn(4, 6), drawn(4), drawn(V, 4), drawn(V)


def logits_by_loop(window):
    x = []
    for token in window:
        x.extend(C[token].tolist())  # eq. 5.2
    h = []
    for i in range(4):
        bent = sum(H[i, j].item() * x[j] for j in range(6))
        h.append(math.tanh(d[i].item() + bent))  # eq. 5.3
    y = []
    for v in range(V):
        y.append(b_out[v].item() + sum(U[v, i].item() * h[i] for i in range(4)))  # eq. 5.4
    return y


the = tokenizer.encode("the")
scores = logits_by_loop(the)
print("tokens", the, "→", len(scores), "scores, the first three", np.round(scores[:3], 2))

# %% [markdown]
"""
Then for many windows at once. The shapes do the work: (B, 3) ids become (B, 3, 2) numbers, laid end to end
(B, 6).
"""


# %%
def logits_by_matrices(windows):
    x = C[windows].flatten(1)  # (B, 6)
    return b_out + torch.tanh(d + x @ H.T) @ U.T


windows = torch.tensor([the, tokenizer.encode("cat")])
print(tuple(windows.shape), "→", tuple(C[windows].shape), "→", tuple(C[windows].flatten(1).shape))
print("scores", tuple(logits_by_matrices(windows).shape))
loops = torch.tensor([logits_by_loop(row) for row in windows.tolist()], dtype=torch.float64)
assert torch.allclose(logits_by_matrices(windows), loops, rtol=1e-12)

# %% [markdown]
"""
And as a module, which knows its own weights. `nn.Linear` is a matrix and a bias.
"""


# %% lmteach={"plain": "models.embedding.feedforward.FeedForwardLM"}
class FeedForwardLM(nn.Module):
    def __init__(self, vocab_size, window, dim, hidden_dim, generator=None):
        super().__init__()
        self.window = window
        self.embedding = nn.Embedding(vocab_size, dim)
        self.hidden = nn.Linear(window * dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, vocab_size)
        nn.init.normal_(self.embedding.weight, generator=generator)
        for layer in (self.hidden, self.output):
            for parameter in layer.parameters():
                bound = layer.in_features**-0.5
                nn.init.uniform_(parameter, -bound, bound, generator=generator)

    def forward(self, ids):
        vectors = self.embedding(ids).flatten(1)  # (B, W · D)
        hidden = torch.tanh(self.hidden(vectors))
        return self.output(hidden)


# %%
small = FeedForwardLM(V, window=3, dim=2, hidden_dim=4).double()
small.embedding.weight.data = C.clone()
small.hidden.weight.data, small.hidden.bias.data = H.clone(), d.clone()
small.output.weight.data, small.output.bias.data = U.clone(), b_out.clone()
for name, numbers in small.named_parameters():
    print(name, tuple(numbers.shape))
assert torch.allclose(small(windows), logits_by_matrices(windows), rtol=1e-12)

# %% [markdown]
"""
Three rungs, one result. Now let it read *ana*, with an **s** to come, and ask for the gradient of its loss.
"""

# %%
ana, wanted = torch.tensor([tokenizer.encode("ana")]), torch.tensor(tokenizer.encode("s"))


def small_loss():
    return F.cross_entropy(small(ana), wanted)


# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A network looks up the letters of the window ana in one table of 82 rows, and is trained on "
    "what comes next. How many rows of the table get a gradient that is not 0?",
    {
        "1": "Both letters are read, and each has a row.",
        "2": "One for the a, one for the n. The row of the a gets what both places send it.",
        "3": "There are three places, but the two a's are one and the same row.",
        "82": "A row that was not looked up has no part in the loss: its gradient is 0.",
    },
    right="2",
)

# %% tags=["answer"]
small_loss().backward()
touched = small.embedding.weight.grad.abs().sum(dim=1).nonzero().flatten()
print("rows with a gradient that is not 0:")
print(len(touched), tokenizer.decode(touched))

# %% [markdown]
"""
Two. The **a** is one row, whichever place it stands in, and learns from both places at once.
"""

# %% tags=["folded"]
# @title The two places of one row
display_figure(
    feedforward_lm("ana", lit=["w1", "w3", "C", "x1", "x3"]),
    alt="The network reading a, n and a. Lit are the first and the third letter, the table, and "
    "the rows that come out: both are row a.",
)

# %% [markdown]
"""
Is the gradient right? Push a single number up and down by a hair, and see how much the loss moves:
"""


# %%
def by_pushing(weight, place, step=1e-6):
    before = weight.data[place].item()
    weight.data[place] = before + step
    above = small_loss().item()
    weight.data[place] = before - step
    below = small_loss().item()
    weight.data[place] = before
    return (above - below) / (2 * step)


for weight, place in ((small.embedding.weight, (a, 0)), (small.hidden.weight, (2, 5))):
    pushed, automatic = by_pushing(weight, place), weight.grad[place].item()
    print(f"pushed {pushed:.9f}   by backward() {automatic:.9f}")
    assert math.isclose(pushed, automatic, rel_tol=1e-6)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The loop

Now train it. For every letter of the text we want the `window` letters before it. `unfold` shows the text
through a sliding window and copies nothing; before the text begins stands a line break, number 0.
"""


# %% lmteach={"defines": "models.embedding.feedforward.context_windows"}
def context_windows(ids, window, padding=0):
    return F.pad(ids, (window, 0), value=padding).unfold(0, window, 1)[:-1]


tiny = torch.tensor(tokenizer.encode("cats"))
print([tokenizer.decode(row) for row in context_windows(tiny, 3)])

# %% [markdown]
"""
Each is the context of one letter of *cats*. And here is the loop, with no line left out: draw places,
find the loss, go back through it, step. The optimizer, `AdamW`, is a gradient descent that gives
each weight a stride of its own; we shall write it out in notebook 13. The stride gets shorter
in a straight line until the end. Each symbol has 24 numbers, and the hidden layer 256 units. (`spread` makes the table
start smaller, `loss_of` takes another loss; leave both for now.)
"""


# %%
def right_loss(model, contexts, targets):
    return F.cross_entropy(model(contexts), targets)


def train(window, steps, seed=0, spread=1.0, loss_of=right_loss):
    generator = torch.Generator().manual_seed(seed)
    model = FeedForwardLM(V, window, 24, 256 * session.scale, generator).to(session.device)
    model.embedding.weight.data *= spread
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, steps)
    contexts, losses = context_windows(train_ids, window), []
    for _ in tqdm(range(steps), leave=False):
        places = torch.randint(len(train_ids), (1024,), generator=generator).to(session.device)
        loss = loss_of(model, contexts[places], train_ids[places])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return model, losses


train_ids = torch.tensor(tokenizer.encode(wiki.train)).to(session.device)
valid_ids = torch.tensor(tokenizer.encode(wiki.valid)).to(session.device)
test_ids = torch.tensor(tokenizer.encode(wiki.test)).to(session.device)

# %% [markdown]
"""
**Guess first.** 82 symbols, and a model that knows nothing: what is the loss of the first step, in nats?
"""

# %% tags=["answer", "nbval-ignore-output"]
seconds = time.perf_counter()
model, losses = train(window=6, steps=1200)
seconds = time.perf_counter() - seconds
print("nats per character:")
print(f"the first loss {losses[0]:.3f}, the mean of the last fifty {mean(losses[-50:]):.3f}")

# %% tags=["answer", "folded"]
# @title The loss over the steps
smooth = np.convolve(losses, np.ones(20) / 20, mode="valid")
display_figure(
    curves(
        {"feed-forward, six letters": smooth},
        xlabel="step",
        ylabel="nats per character",
        reference=("knows nothing", math.log(V)),
    ),
    alt="The loss over the steps, averaged over twenty: from just below 3 nats it falls steeply "
    "within a hundred steps, then ever more slowly, to below 2. A dashed line at 4.4 says knows "
    "nothing.",
)
assert mean(losses[-50:]) < 2.0

# %% [markdown]
"""
The first step is near ln 82, as it should be: a start far from it would mean that something is broken. (The line begins
lower, for each of its points is a mean over twenty steps.) What does it write?
"""

# %% tags=["nbval-ignore-output"]
from lmteach.models.embedding.feedforward import sample

start = torch.tensor(tokenizer.encode("\n"), device=session.device)
print(tokenizer.decode(sample(model, 300, session.generator, start)))

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## How far back?

A count table may grow 82-fold with each letter of context. This network grows by 24 · 256 numbers, one
more block of $H$. So it may have as many letters as you like. Judge it on unread articles, in bits:
"""


# %%
@torch.no_grad()
def bits(model, ids):
    windows = context_windows(ids, model.window).split(4096)  # as many at once
    pieces = zip(windows, ids.split(4096), strict=True)
    nats = [F.cross_entropy(model(x), y, reduction="none") for x, y in pieces]
    return torch.cat(nats).mean().item() / math.log(2)


# %% [markdown]
"""
Before you answer: what speaks for a longer context, and what against it?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Bengio's network is trained for 200 steps with 1, 2, 4, 6 and 12 letters of context, each "
    "time anew. Which of them is best on unread text?",
    {
        "the one with 1": "One letter says a little. The second and the third say much more.",
        "the one with 4 or "
        "6": "More letters would say more, but each place has weights of its own, "
        "and they must be learned in the same few steps.",
        "the one with 12": "It has the most to go by. But each place has weights of its own, and "
        "they must be learned in the same few steps.",
        "all alike": "Then the letters before the last would say nothing, and two of them together "
        "say far more than one.",
    },
    right="the one with 4 or 6",
)

# %% tags=["answer", "nbval-ignore-output"]
by_length = {}
for window in (1, 2, 4, 6, 12):
    by_length[window] = bits(train(window, steps=200)[0], valid_ids)
print("letters of context: bits per character")
print({window: round(found, 2) for window, found in by_length.items()})

# %% tags=["answer", "folded"]
# @title Bits against letters of context
display_figure(
    curves(
        {"200 steps each": list(by_length.values())},
        x=list(by_length),
        xlabel="letters of context",
        ylabel="bits per character, unread articles",
    ),
    alt="Bits per character against letters of context. From 3.7 at one letter the line falls "
    "steeply to 3.0 at four, is level up to six, and rises a little from there to twelve.",
)
assert by_length[1] > by_length[2] + 0.2 > by_length[4] + 0.35
assert abs(by_length[6] - by_length[4]) < 0.05 < by_length[12] - by_length[4]

# %% [markdown]
"""
The letters from the second to the fourth are worth more than half a bit. The fifth and the sixth bring nothing, and
with twelve it gets worse. But each length was trained once, and another seed would move every number a little.

**Guess first.** Is that so of the language, or of the 200 steps? Above we have trained six letters for 1,200 steps.
Do it twice more, from other seeds, and train four letters for as long. Will six still be no better than four?
"""

# %% tags=["answer", "nbval-ignore-output"]
models = [model, *(train(window=6, steps=1200, seed=seed)[0] for seed in (1, 2))]
of_six = [bits(one, valid_ids) for one in models]
of_four = bits(train(window=4, steps=1200)[0], valid_ids)
print("bits per character after 1,200 steps")
print("six letters, three seeds:", *(round(found, 3) for found in of_six))
print("four letters, one seed:  ", round(of_four, 3))
assert max(of_six) < of_four

# %% [markdown]
"""
It was the steps: now each of the three runs with six letters is ahead of the one with four, if by little. So ask of such
a curve how long was trained. Do twelve catch up, too? `bits(train(12, steps=1200)[0], valid_ids)` tells you in less than
half a minute.

That more letters want more steps may be since every place has its own block of $H$: what is learned about an *ing* at the
end must be learned anew for an *ing* one place further left. Notebook 06 lets *one* set of weights walk along the text.

## Letters in the plane

Each letter has become a point with 24 coordinates, so we could draw a map. But look first how much of
the table has been learned: compare each row with the same row before training.
"""


# %% tags=["nbval-ignore-output"]
def start_of(window, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return FeedForwardLM(V, window, 24, 256 * session.scale, generator).embedding.weight


before, after = start_of(6).detach(), model.embedding.weight.detach().cpu()
F.cosine_similarity(before, after).mean().item()

# %% [markdown]
"""
Most of it is still where the dice had put it, and a map of dice is no map. So train another one for the map, with
two letters of context, 200 steps, and a table that starts close to zero (`spread`): then what we see was learned.
What does it cost? Its twin with the usual start is a point of the curve above.
"""

# %% tags=["nbval-ignore-output"]
map_model, _ = train(window=2, steps=200, spread=0.1)
of_map, of_usual = bits(map_model, valid_ids), by_length[2]
print(f"small start {of_map:.2f} bits, usual start {of_usual:.2f}, the model above {of_six[0]:.2f}")
assert of_map > of_usual + 0.1

# %% [markdown]
"""
More than a tenth of a bit, with the same letters, steps, rate and seed. The dice seem to be of use: perhaps because rows
that differ from the first step on give the layer above something to tell letters apart by. So mind whose map this is: that of a model which
predicts far worse than the one above. To look at it we choose the plane in which the points are spread most (the first two
principal components), and lose the rest.

**Guess first.** What will stand next to what?
"""

# %% tags=["answer", "nbval-ignore-output"]
from lmteach.plots.scatter import principal_components, scatter

table_of_letters = map_model.embedding.weight.detach().cpu().numpy()
letters = [symbol for symbol in tokenizer.characters if symbol.isalnum()]
vectors = table_of_letters[tokenizer.encode("".join(letters))]
points, kept = principal_components(vectors)
print(f"{len(letters)} letters and digits; in the plane: {kept:.0%} of the spread")

# %% tags=["answer", "folded"]
# @title The letters in the plane
groups = {
    "vowels": list("aeiou"),
    "consonants": list("bcdfghjklmnpqrstvwxyz"),
    "capitals": [symbol for symbol in letters if symbol.isupper()],
    "digits": [symbol for symbol in letters if symbol.isdigit()],
}
axes = scatter(points, letters, groups)
named = f"the table of a model at {of_map:.2f} bits per character"
axes.text(0.5, -0.05, named, transform=axes.transAxes, ha="center")
display_figure(
    axes,
    alt="All letters and digits, written at their points in the plane. The digits are a tight "
    "heap. The five vowels stand together, apart from the consonants; the capitals A, I, O and U "
    "lie beside them, most other capitals are a crowd next to the consonants. The q is alone, "
    "far from all.",
)

# %% [markdown]
"""
Nobody told the network what a vowel is, or a digit, or that **A** is a large **a**. It had to predict, and it is cheaper
to know once what comes after a digit than to learn it ten times. Far out stands **q**: no other small
letter is nearly always followed by a **u**.

A plane shows a part only. Who is nearest to whom in all 24 dimensions, by the angle? And how alike are two letters
of a kind, on average?
"""

# %% tags=["nbval-ignore-output"]
from lmteach.models.embedding.word_vectors import WordVectors

symbols = WordVectors(list(tokenizer.characters), table_of_letters)
for symbol in "au7T,":
    print(symbol, *(near for near, _ in symbols.nearest([symbol], count=5)))

# %% tags=["folded"]
# @title Mean cosines within and between the groups
centred = vectors - vectors.mean(axis=0)
unit_rows = centred / np.linalg.norm(centred, axis=1, keepdims=True)


def mean_cosine(one, other):
    cosines = unit_rows @ unit_rows.T
    pairs = [(x, y) for x in groups[one] for y in groups[other] if x != y]
    return np.mean([cosines[letters.index(x), letters.index(y)] for x, y in pairs])


for pair in (("vowels", "vowels"), ("vowels", "consonants"), ("digits", "digits")):
    print(*pair, round(mean_cosine(*pair), 2))
assert mean_cosine("vowels", "vowels") > mean_cosine("vowels", "consonants") + 0.2
assert mean_cosine("digits", "digits") > mean_cosine("digits", "consonants") + 0.3

# %% [markdown] slideshow={"slide_type": "slide"}
"""
Two vowels are much more alike than a vowel and a consonant, and so are two digits.

## Words by their company

The same can be done with words, and if the vectors are all that we want, the model can be made much
simpler. J. R. Firth wrote in 1957: "You shall know a word by the company it keeps." So collect who keeps company
with whom. Wikipedia in small letters, without punctuation, a paragraph at a time; words that occur fewer than five
times are left out.
"""

# %%
from lmteach.models.embedding.word_pairs import word_text

paragraphs = [re.findall("[a-z]+", line) for line in wiki.train.lower().splitlines()]
text = word_text(paragraphs, min_count=5)
len(text.ids), len(text.words), text.words[:8]

# %% [markdown]
"""
`text.ids` holds the words as numbers, the commonest is 0; `text.sentences` says for each in which
paragraph it stands. A *pair* is a word, the centre, with a word at most `window` places away. Each centre
draws its own reach from 1 to `window`, so that near words are met more often than far ones. The code below takes one
distance after the other, and lets each of two words that stand so far apart be the centre, if its reach is long enough.
"""

# %% tags=["folded"]
# @title A centre and its company
display_figure(
    company("his brother died in the war".split(), centre=2, reach=2),
    alt="The words his brother died in the war, in boxes. The centre, died, has a reach of 2: "
    "arrows lead from it to his, brother, in and the, and none to war.",
)


# %% lmteach={"defines": "models.embedding.word_pairs.skipgram_pairs"}
def skipgram_pairs(ids, sentences, window, generator):
    reach = torch.randint(1, window + 1, ids.shape, generator=generator, device=ids.device)
    found = []
    for distance in range(1, window + 1):
        both = torch.stack([ids[:-distance], ids[distance:]])  # left and right word
        together = sentences[:-distance] == sentences[distance:]
        found.append(both[:, together & (reach[:-distance] >= distance)])
        found.append(both.flip(0)[:, together & (reach[distance:] >= distance)])
    pairs = torch.cat(found, dim=1)
    return pairs[:, torch.randperm(pairs.shape[1], generator=generator, device=ids.device)]


def in_words(pairs):
    return [tuple(text.words[i] for i in pair) for pair in pairs.T.tolist()]


# %%
first = slice(0, 7)
print(*(text.words[i] for i in text.ids[first]))
pairs = skipgram_pairs(text.ids[first], text.sentences[first], 2, torch.manual_seed(0))
sorted(in_words(pairs))[:9]

# %% [markdown]
r"""
Each of these is one example to learn from.

**Guess first.** In which share of the pairs of this whole text will the centre be *the* or *of*? Would you learn much
from them?
"""

# %% tags=["answer"]
common = [text.words.index(word) for word in ("the", "of")]
print("of all words, and so of all centres:")
print(f"{text.counts[common].sum() / text.counts.sum():.1%}")

# %% [markdown]
r"""
They keep everybody's company and tell little.

Word2vec, the program of Tomáš Mikolov and his colleagues, thins out the commonest words: with $f$ the share of a
word in the text and a threshold $t$, an occurrence is kept with probability

$$ P_{\text{keep}} = \min\left(1, \sqrt{t / f} + t / f\right) \tag{5.5} $$

That is what the program does. Their paper has the root alone.
"""


# %% lmteach={"defines": "models.embedding.word_pairs.keep_probability"}
def keep_probability(counts, subsample):
    ratio = subsample * counts.sum() / counts
    return (ratio.sqrt() + ratio).clamp(max=1)  # eq. 5.5


keep = keep_probability(text.counts, 1e-4)
rows = [text.words.index(word) for word in ("the", "of", "city", "atom", "albedo")]
{text.words[i]: (int(text.counts[i]), round(keep[i].item(), 3)) for i in rows}

# %% [markdown]
r"""
Now about one *the* in thirty is left, of *albedo* all.

## Yes or no

The network above scored all tokens and took a softmax. With 6,323 words that is a lot of work for one
pair. Skip-gram with *negative sampling* asks something smaller: here is a word that was near, and here are five
drawn at random; tell them apart. Each word has two vectors, $v$ as a centre and $u$ as company. The score of
a pair is their product, and σ makes a probability of it, $\sigma(s) = 1 / (1 + e^{-s})$:

$$ L = -\log \sigma(u_0 \cdot v) - \sum_{k=1}^{5} \log \sigma(-u_k \cdot v) \tag{5.6} $$

Number 0 is the word that was near.
"""

# %% tags=["folded"]
# @title Six questions about one centre
display_figure(
    yes_or_no("died", "brother", ["city", "list", "was", "atom", "north"]),
    alt="On the left the vector v of died. Arrows lead from it to six vectors u: of brother, which "
    "was near, and of city, list, was, atom and north, which were drawn. Each makes a product with "
    "v, each product goes through a sigma of its own. Wanted is 1 for brother and 0 for the "
    "others.",
)

# %% [markdown]
"""
One pair, by loop:
"""


# %%
def product(u, v):
    return sum(u[i] * v[i] for i in range(len(v)))


def sigma(score):
    return 1 / (1 + math.exp(-score))


def loss_by_loop(v, u_near, u_drawn):
    loss = -math.log(sigma(product(u_near, v)))
    for u in u_drawn:
        loss -= math.log(sigma(-product(u, v)))  # eq. 5.6
    return loss


seven = torch.randn(7, 3, generator=torch.manual_seed(0), dtype=torch.float64).tolist()
v, u = seven[0], seven[1:]
print("scores", [round(product(row, v), 2) for row in u])
print(f"loss {loss_by_loop(v, u[0], u[1:]):.3f} nats")

# %% [markdown]
"""
**Guess first.** Let *v* be all zeros. What is the loss, in bits?
"""

# %% tags=["answer"]
print("bits:")
print(loss_by_loop([0, 0, 0], u[0], u[1:]) / math.log(2))

# %% [markdown]
r"""
Every question is a coin's throw then: six of them, six bits. The gradient is once more *what you said,
minus what happened*. With the errors $e_0 = \sigma(u_0 \cdot v) - 1$ and $e_k = \sigma(u_k \cdot v)$ for those drawn,

$$ \frac{\partial L}{\partial v} = \sum_{k=0}^{5} e_k\, u_k \qquad
   \frac{\partial L}{\partial u_k} = e_k\, v \tag{5.7} $$
"""

# %% tags=["folded"]
# @title One question of the six
display_figure(
    yes_or_no(
        "died", "brother", ["city", "list", "was"], lit="v u1 score1 chance1 wanted1".split()
    ),
    alt="The same drawing, one row of it lit: v of died, u of city, their product, sigma, and what "
    "is wanted, 0. How far sigma is above 0 is the error: u moves against v, and v against u.",
)

# %% [markdown]
r"""
How far σ is above the 0 that is wanted is the error of that question. A step moves *u* against *v* by
so much, and *v* against *u*. For the near word the error is below 0, and the two move towards each other.

For a batch of B centres and M words each; `counted` is False where a drawn word happens to be the very word that was
near.
"""


# %% lmteach={"defines": "models.embedding.skipgram.negative_sampling_gradients"}
def negative_sampling_gradients(centre, target, counted):
    error = torch.sigmoid((target * centre[:, None]).sum(dim=2))  # (B, M)
    error[:, 0] -= 1
    error = error * counted
    return (error[:, :, None] * target).sum(dim=1), error[:, :, None] * centre[:, None]  # eq. 5.7


centre = torch.tensor([v], dtype=torch.float64)
target = torch.tensor([u], dtype=torch.float64)
of_centre, of_target = negative_sampling_gradients(centre, target, torch.ones(1, 6).bool())
print("centre", tuple(centre.shape), "target", tuple(target.shape))
print("gradients", tuple(of_centre.shape), tuple(of_target.shape))

# %% [markdown]
"""
Is it right? Push each number of $v$, as before:
"""

# %%
for entry in range(3):
    up, down = v.copy(), v.copy()
    up[entry] += 1e-6
    down[entry] -= 1e-6
    slope = (loss_by_loop(up, u[0], u[1:]) - loss_by_loop(down, u[0], u[1:])) / 2e-6
    print(f"pushed {slope:.6f}   eq. 5.7 {of_centre[0, entry]:.6f}")
    assert math.isclose(slope, of_centre[0, entry].item(), rel_tol=1e-6)

# %% [markdown]
"""
A step moves the rows of the words that take part, and no others: look up (`F.embedding` is equation 5.1), compute, add
back. `index_add_` adds twice where a word is there twice.
"""


# %% lmteach={"defines": "models.embedding.skipgram.skipgram_step"}
def skipgram_step(inputs, outputs, centres, targets, counted, rate):
    centre, target = F.embedding(centres, inputs), F.embedding(targets, outputs)
    of_centre, of_target = negative_sampling_gradients(centre, target, counted)
    inputs.index_add_(0, centres, -rate * of_centre)
    outputs.index_add_(0, targets.flatten(), -rate * of_target.flatten(0, 1))


# %% [markdown]
"""
Negatives are drawn by how often a word occurs, to the power ¾, which lifts the rare ones a little. `draw_targets` lays
each near word and its five drawn ones side by side, (B, 6), and says which of them are counted.
Then it is a loop like the one above: thin, pair, draw, step; the rate falls in a straight line.
"""

# %%
from lmteach.models.embedding.skipgram import (
    LEAST_RATE,
    SkipGramConfig,
    draw_targets,
    negative_probability,
)


# %% lmteach={"defines": "models.embedding.skipgram.train_skipgram"}
def train_skipgram(text, config, generator, progress=False):
    shape, device = (len(text.words), config.dim), text.ids.device
    start = torch.rand(shape, generator=generator, device=device)
    inputs, outputs = (start - 0.5) / config.dim, torch.zeros(shape, device=device)
    keep = keep_probability(text.counts, config.subsample)
    weights = negative_probability(text.counts)
    for epoch in tqdm(range(config.epochs), disable=not progress, leave=False):
        kept = torch.rand(text.ids.shape, generator=generator, device=device) < keep[text.ids]
        pairs = skipgram_pairs(text.ids[kept], text.sentences[kept], config.window, generator)
        batches = pairs.split(config.batch, dim=1)
        for place, (centres, contexts) in enumerate(batches):
            left = 1 - (epoch + place / len(batches)) / config.epochs
            targets, counted = draw_targets(contexts, weights, config.negatives, generator)
            rate = max(config.rate * left, LEAST_RATE)
            skipgram_step(inputs, outputs, centres, targets, counted, rate)
    return inputs


# %% tags=["nbval-ignore-output"]
config = SkipGramConfig(dim=50, window=5, negatives=5, subsample=1e-4, epochs=5, rate=0.1)
whole_text = text.to(session.device)


def our_vectors(seed):
    source = torch.Generator(session.device).manual_seed(seed)
    table = train_skipgram(whole_text, config, source, progress=True)
    return WordVectors(text.words, table.cpu().numpy())


ours = [our_vectors(seed) for seed in range(3)]

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Neighbours

Three runs, of three seeds, for later. Look at the first. Nearness is the *cosine*, the product of two vectors that have been
brought to length 1.

**Guess first.** Who will be the neighbours of *music*, of *autism*, of *oxygen*?
"""

# %% tags=["answer", "nbval-ignore-output"]
print("how often, and who is near")
for word in ("music", "autism", "oxygen", "lincoln", "money"):
    count = text.counts[text.words.index(word)].item()
    print(f"{word:8}{count:4} ", *(near for near, _ in ours[0].nearest([word], count=5)))

# %% [markdown]
"""
The number says how often the word occurs. *Music* has found the arts, and *autism* what its own article
speaks of. *Oxygen* needed few meetings. *Money* had more, and fell among strangers: perhaps it is not only how
often a word is met, but whether it keeps the same company.

And the *brother* from the top of this page, whom the table of counts had never met at that place?

**Guess first.** Whom is he nearer to, the *father* or the *treaty*?
"""

# %% tags=["answer", "nbval-ignore-output"]
print("cosines, for each of the three seeds")
for other in ("father", "treaty"):
    print(f"brother and {other}", [round(each.similarity("brother", other), 2) for each in ours])
for each in ours:
    assert each.similarity("brother", "father") > each.similarity("brother", "treaty") + 0.1

# %% [markdown]
"""
With every seed, to the father. A model that reads vectors can carry over what it has learned of the one to the other.
Now thirty-six words of six kinds, chosen by us, as a map:
"""

# %%
kinds = {
    "numbers": "two three four five six seven".split(),
    "family": "father mother son daughter wife brother".split(),
    "matter": "atom electrons oxygen hydrogen carbon nuclei".split(),
    "places": "france germany italy spain britain russia".split(),
    "arts": "music poetry dance painting films artists".split(),
    "war": "battle army troops soldiers confederate defeated".split(),
}
shown = [word for kind in kinds.values() for word in kind]

# %% tags=["folded", "nbval-ignore-output"]
# @title The words in the plane
directions = np.array([ours[0][word] / np.linalg.norm(ours[0][word]) for word in shown])
word_points, _ = principal_components(directions)
display_figure(
    scatter(word_points, shown, kinds),
    alt="Thirty-six words in the plane, in six colours. Arts, family, matter and numbers are "
    "heaps of their own; the words of war and the names of countries are mixed on the right.",
)

# %% [markdown]
"""
Six kinds of words, and four clear heaps. War and countries lie close: perhaps since in our hundred articles
countries are so often met at war. Vectors know the text that they were made from, and not the
world. Six words of each kind were our choice; is it true of all of them together? The mean cosine within a kind, and between kinds:
"""

# %% tags=["nbval-ignore-output"]
kind_of = np.repeat(np.arange(6), 6)
cosines = directions @ directions.T
same = kind_of[:, None] == kind_of[None]
inside, across = cosines[same & ~np.eye(36, dtype=bool)].mean(), cosines[~same].mean()
assert inside > across + 0.2
inside, across

# %% [markdown]
"""
Now ask for yourself. Type a word, or a sum: *his − he + she* asks, what is to *she* as *his* is to *he*? Try a
few that should work, and see how many do.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.neighbours.widget import Neighbours

EXAMPLES = ["music", "autism", "his - he + she", "greece - greek + italian", "king - man + woman"]
Neighbours(text.words, ours[0].vectors, EXAMPLES)

# %% [markdown]
"""
One word may be luck. At which place of the list, 6,320 words long, does the right answer stand, for each of the
three seeds?
"""


# %% tags=["nbval-ignore-output"]
def place_of(answer, a, b, c, vectors):
    found = vectors.nearest([a, c], [b], count=len(text.words))
    return [word for word, _ in found].index(answer) + 1


QUESTIONS = [
    ("his", "he", "she", "her"),
    ("south", "north", "west", "east"),
    ("king", "man", "woman", "queen"),
    ("france", "french", "german", "germany"),
    ("larger", "large", "small", "smaller"),
    ("cities", "city", "state", "states"),
]
for one, less, plus, wanted_word in QUESTIONS:
    found_at = [place_of(wanted_word, one, less, plus, each) for each in ours]
    print(f"{one} - {less} + {plus}: {wanted_word}", found_at)

# %%
firsts = [place_of("her", "his", "he", "she", each) for each in ours]
famous = [place_of("queen", "king", "man", "woman", each) for each in ours]
assert max(firsts) < 20 < max(famous)

# %% [markdown]
"""
A few come out. *Queen* is not first for any seed, and where it stands is left to the dice. Still, all are
above the middle of the list. With about a thousand times as much text, Mikolov, Yih and Zweig found *queen* at
the top in 2013. What we have is a map of subjects, and a coarse one.

## Ask people

In 2002 a group of people gave marks to 353 pairs of words, from 0 to 10: how related are they? *tiger, cat*
got 7.35; *king, cabbage* 0.23. For pairs whose words we both know, put people's marks and our cosines in order,
and take the correlation of the two orders, Spearman's: 1 the same, 0 unrelated.
"""

# %%
from lmteach.evaluation.word_similarity import covered, rank_correlation, word_similarity
from lmteach.text.corpora.wordsim353 import wordsim353

judged = covered(ours[0], wordsim353())
len(wordsim353()), len(judged), judged[:2]

# %% [markdown]
"""
Only half of them: the others have a word that is too rare in our hundred articles, or not there at all.

**Guess first.** What is the correlation? And of vectors drawn at random?
"""

# %% tags=["answer", "nbval-ignore-output"]
untrained = WordVectors(text.words, session.rng.normal(size=(len(text.words), 50)))
agreements = [word_similarity(vectors) for vectors in ours]
print("correlation with people")
print("at random", word_similarity(untrained))
print("ours     ", *agreements)

# %%
assert all(0.3 < agreement.correlation < 0.6 for agreement in agreements)
assert abs(word_similarity(untrained).correlation) < 0.25

# %% [markdown]
"""
Well above chance, and low: skip-gram on six thousand million words gets 0.63, with all the pairs (Pennington,
Socher and Manning, 2014). Is ours low because we made a mistake, or because the text is small? There is a way to know.

## The equal sign

Three references. Gradients by PyTorch; the package, letter by letter the same as above; and then the
library that everybody uses for this, on the same text, with the same settings.
"""

# %%
from lmteach.models.embedding.feedforward import FeedForwardLM as LmteachFeedForward
from lmteach.models.embedding.skipgram import negative_sampling_loss
from lmteach.models.embedding.skipgram import train_skipgram as lmteach_train_skipgram

leaves = [one.clone().requires_grad_() for one in (centre, target)]
loss = negative_sampling_loss(*leaves, torch.ones(1, 6).bool())
assert math.isclose(loss.item(), loss_by_loop(v, u[0], u[1:]), rel_tol=1e-12)
by_autograd = torch.autograd.grad(loss, leaves)
assert torch.allclose(of_centre, by_autograd[0], rtol=1e-12)
assert torch.allclose(of_target, by_autograd[1], rtol=1e-12)

# %%
package = LmteachFeedForward(V, window=3, dim=2, hidden_dim=4).double()
package.load_state_dict(small.state_dict())
assert torch.equal(package(windows), small(windows))

short = word_text(paragraphs[:100])
tables = [f(short, config, torch.manual_seed(0)) for f in (train_skipgram, lmteach_train_skipgram)]
assert torch.equal(*tables)

# %% [markdown]
"""
`gensim` has word2vec in C. It goes pair by pair, where we take 1,024 at once, and it draws its random numbers
in another order, so no two vectors can be the same. What should be the same is how good they are.
"""

# %% tags=["nbval-ignore-output"]
from gensim.models import Word2Vec

settings = dict(vector_size=50, window=5, negative=5, sample=1e-4, epochs=5, alpha=0.1, sg=1)


def gensim_vectors(seed):
    return Word2Vec(paragraphs, min_count=5, workers=1, seed=seed, **settings).wv


theirs = [gensim_vectors(seed) for seed in tqdm(range(3), leave=False)]

# %% tags=["folded"]
# @title Both know the same words, equally often
assert {word: theirs[0].get_vecattr(word, "count") for word in theirs[0].index_to_key} == dict(
    zip(text.words, text.counts.tolist(), strict=True)
)

# %% [markdown]
"""
The same words, equally often.

**Guess first.** And the correlation with people: on which side of ours is the library's?
"""

# %% tags=["answer", "nbval-ignore-output"]
scores = {
    name: [word_similarity(vectors).correlation for vectors in runs]
    for name, runs in {"ours": ours, "gensim": theirs}.items()
}
for name, values in scores.items():
    print(f"{name:7}", *(f"{v:.3f}" for v in values), f" {mean(values):.3f} ± {stdev(values):.3f}")

# %%
assert abs(mean(scores["ours"]) - mean(scores["gensim"])) < 0.1

# %% [markdown]
"""
Two seeds of one program differ as much as the two programs do. So it is no mistake of ours, but what both
programs share: the text, and the settings. One more kind of noise is larger: with other pairs than these the number would move, too. Draw the pairs anew many times,
with repetition, and see how far (this is called the *bootstrap*):
"""


# %% tags=["nbval-ignore-output"]
def redrawn(vectors):
    places = session.rng.integers(len(judged), size=len(judged))
    return word_similarity(vectors, [judged[i] for i in places]).correlation


np.std([redrawn(ours[0]) for _ in range(300)])

# %% [markdown]
"""
Differences of a few hundredths mean nothing here. What about the whole order: do the same pairs
come out as alike? Correlate the cosines of two runs with each other, over the pairs that people judged.
"""


# %% tags=["nbval-ignore-output"]
def similarities(vectors):
    return [vectors.similarity(pair.one, pair.other) for pair in judged]


orders = {"ours 0": ours[0], "ours 1": ours[1], "gensim 0": theirs[0], "gensim 1": theirs[1]}
rankings = [similarities(vectors) for vectors in orders.values()]
agreement = np.array([[rank_correlation(one, other) for other in rankings] for one in rankings])

# %% tags=["folded", "nbval-ignore-output"]
# @title How far the orders agree
from lmteach.plots.heatmap import heatmap

_, axes = plt.subplots(figsize=(7, 4))
display_figure(
    heatmap(agreement, list(orders), list(orders), axes, numbers=".2f", limits=(0.0, 1.0)),
    alt="A four by four table of rank correlations between two runs of ours and two of gensim. "
    "All off the diagonal are near 0.9, ours with gensim like gensim with itself.",
)
between = agreement[:2, 2:].mean()
assert min(agreement[0, 1], agreement[2, 3]) - between < 0.08

# %% [markdown]
"""
The two programs agree with each other about as well as each agrees with itself. Both agree far better with each other
than with people.

## The scoreboard

The feed-forward model goes to board A: six letters of context, the three seeds from above, on the whole test text.

**Guess first.** The 5-gram has some seven times as many numbers. Who wins?
"""

# %% tags=["answer", "nbval-ignore-output"]
from lmteach.evaluation.scoreboard import record
from lmteach.evaluation.scoreboard import table as scoreboard

bpc = [bits(one, test_ids) for one in models]  # a token is a character here
parameters = sum(parameter.numel() for parameter in model.parameters())
reading = {"text_read": len(train_ids), "passes": 1200 * 1024 / len(train_ids)}
record("A", "feed-forward, 1,200 steps", bpc, parameters, seconds, **reading)
rivals = ["gzip", "bigram, add-one", "5-gram, add-0.01", "8-gram, modified Kneser–Ney"]
scoreboard("A", [*rivals, "feed-forward, 1,200 steps"])

# %%
assert mean(bpc) < 2.96  # gzip

# %% [markdown]
"""
It beats the bigram and `gzip`, and loses to both of the large counted models, which are trained in a second or two. Say it plainly: at this size
and in this time, counting wins. What speaks for the network is its size. It is small, and it doesn't grow with the
text. The next notebooks give it a memory.

## Spot the bug

Somebody has written the loss out by hand. It runs, it trains, and it falls nicely.
"""


# %% tags=["nbval-ignore-output"]
def odd_loss(model, contexts, targets):
    chances = model(contexts).softmax(dim=0)
    return -chances[torch.arange(len(targets)), targets].log().mean()


odd_model, odd_losses = train(window=6, steps=300, loss_of=odd_loss)
print("first", round(odd_losses[0], 3), "last", round(odd_losses[-1], 3))
print("a loss of nothing known should be", round(math.log(V), 3))

# %% [markdown]
"""
The first is not where it should be. Measure the model on unread articles by that same loss, in batches of 512, of 32, of
2, and one by one. A good measure doesn't care how the examples are batched.
"""


# %% tags=["nbval-ignore-output"]
def odd_bits(batch):
    contexts = context_windows(valid_ids, 6)[:1024]
    pieces = zip(contexts.split(batch), valid_ids[:1024].split(batch), strict=True)
    with torch.no_grad():
        return mean(odd_loss(odd_model, x, y).item() for x, y in pieces) / math.log(2)


odd_at = {batch: odd_bits(batch) for batch in (512, 32, 2, 1)}
odd_at

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A loss over 82 symbols, in batches of 1,024, starts near ln 1024. Asked for one example at a "
    "time, it is 0 bits whatever comes. What is wrong with it?",
    {
        "the model has read the unread text": "Then it would be good in every batch, and it is "
        "worse the larger the batch is.",
        "the learning rate is too "
        "high": "The loss is off before the first step, so no step did it.",
        "the softmax shares out 1 among the examples": "Along the batch: 1,024 examples at the "
        "start, a single one in the end, which then gets all of it.",
        "the logarithm has another base": "That would change all losses by one factor, and 0 bits "
        "for one example would not come of it.",
    },
    right="the softmax shares out 1 among the examples",
)

# %% tags=["answer", "nbval-ignore-output"]
with torch.no_grad():
    odd_scores = odd_model(context_windows(valid_ids, 6)[:512])
chances = odd_scores.softmax(dim=0)
print("summed over symbols: ", chances.sum(dim=1)[:4])
print("summed over examples:", chances.sum(dim=0)[:4])
assert odd_at[512] > odd_at[32] > odd_at[2] > odd_at[1] == 0
assert (chances.sum(dim=1) - 1).abs().max() > 0.1
assert torch.allclose(chances.sum(dim=0), torch.ones(V, device=session.device))

# %% [markdown]
"""
A softmax needs to be told *along which axis*, and here it says 0 where 1 belongs: it ran down the *batch*. It answers
"whose next letter is an **e**?" and not "which letter is next?". With one example the answer is always "its", no surprise
at all, zero bits. No language has that. A probability has to sum to 1 over what could happen. Now ask the same weights
along the right axis, beside the model that was trained well:
"""

# %% tags=["nbval-ignore-output"]
as_it_should_be = bits(odd_model, valid_ids)
assert as_it_should_be > of_six[0] + 0.3
as_it_should_be, of_six[0]

# %% [markdown]
"""
Worse than knowing nothing, which would be log₂ 82, or 6.36 bits. (It had 300 steps and
the other 1,200, but no step at all would have been better.) Two habits find this bug in a minute: look at the first loss, it should be the logarithm of the vocabulary; and sum a row.
`F.cross_entropy` leaves no choice of axis, which is one reason to use it.

## In practice

Nobody writes word2vec anew for a project; `gensim` trains it on a stream of sentences of any length, on all cores. You have
met the constructor. What is learned is in `.wv`, and the questions are ours:
"""

# %% tags=["nbval-ignore-output"]
theirs[0].most_similar(positive=["his", "she"], negative=["he"], topn=3)

# %%
same_vectors = WordVectors(theirs[0].index_to_key, theirs[0].vectors)
for plus, minus in ((["music"], []), (["greece", "italian"], ["greek"])):
    found, expected = same_vectors.nearest(plus, minus), theirs[0].most_similar(plus, minus)
    assert np.allclose([x for _, x in found], [x for _, x in expected], atol=1e-5)
    assert found[0][0] == expected[0][0]

# %% [markdown]
"""
On the same vectors, the same answers. Mind one trap: `workers` above 1 is faster, and then no
seed makes a run repeatable, since the threads race. For real work, start from vectors that somebody trained on far more text.

## Your turn

### Build it · skip-gram (25 minutes, ●●○)

In NumPy, one pair at a time, as the program did it: the loss, its gradient, a step, and a walk over all pairs. Each
step is judged alone. A centre is a row of the table `inputs` (V, D), the words it is judged on are rows of `outputs`.
"""

# %% [markdown]
r"""
#### Step 1 · pair_loss

Equation 5.6, for a centre (D,), the word that was near (D,), and any number of drawn words (M, D), in nats.
"""


# %% tags=["exercise"]
def pair_loss(centre, context, negatives):
    ### BEGIN SOLUTION: no loop is needed
    scores = np.append(context @ centre, -(negatives @ centre))
    return np.log1p(np.exp(-scores)).sum()
    ### END SOLUTION


check.pair_loss(pair_loss)

# %% [markdown] slideshow={"slide_type": "skip"}
r"""
<details><summary>Hint</summary>

$-\log \sigma(s) = \log(1 + e^{-s})$, in NumPy `np.log1p(np.exp(-s))`. All scores of the drawn words are one
product, `negatives @ centre`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · pair_errors

From here on `targets` (M, D) holds all the words of a pair, the near one first. Return the error of each question (M,):
what σ said, minus what was wanted.
"""


# %% tags=["exercise"]
def pair_errors(centre, targets):
    ### BEGIN SOLUTION: 1 is wanted for the first, 0 for the others
    errors = 1 / (1 + np.exp(-(targets @ centre)))
    errors[0] -= 1
    return errors
    ### END SOLUTION


check.pair_errors(pair_errors)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

All scores are one product, `targets @ centre`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · pair_gradients

Equation 5.7: return the gradient with regard to the centre (D,), and with regard to each target (M, D). The check pushes
every number by a hair and looks what becomes of the loss. You may call `pair_errors`.
"""


# %% tags=["exercise"]
def pair_gradients(centre, targets):
    ### BEGIN SOLUTION: an error times a vector, the other one
    errors = pair_errors(centre, targets)
    return errors @ targets, np.outer(errors, centre)
    ### END SOLUTION


check.pair_gradients(pair_gradients)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The centre takes part in every question, so its shares are summed. Each target takes part in one.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · moved

A step: `centre` is the number of a row of `inputs`, `targets` (M,) are numbers of rows of `outputs`. Return both tables as
they are after it, and leave the given ones as they were. A word may have been drawn twice. You may call
`pair_gradients`.
"""


# %% tags=["exercise"]
def moved(inputs, outputs, centre, targets, rate):
    ### BEGIN SOLUTION: both gradients first, then copies of both tables
    of_centre, of_targets = pair_gradients(inputs[centre], outputs[targets])
    inputs, outputs = inputs.copy(), outputs.copy()
    inputs[centre] -= rate * of_centre
    np.subtract.at(outputs, targets, rate * of_targets)
    return inputs, outputs
    ### END SOLUTION


check.moved(moved)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`outputs[targets] -= …` moves a word once, even if it is there twice. `np.subtract.at`, or a loop over the targets, moves it
twice.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · walk

Put it together: `pairs` (P, 2) are centres and the words that were near, `drawn` (P, M) the words drawn for each pair. Take
one step for each pair, in order, and return both tables. Call your `moved`.

When it says *right*, let it learn from the first forty paragraphs of the text, in a cell of your own below. A loss of
6 ln 2 is that of nothing known; where does the mean come to?

```python
piece = word_text(paragraphs[:40], min_count=5)
source, vocab = np.random.default_rng(0), len(piece.words)
pairs = skipgram_pairs(piece.ids, piece.sentences, 3, torch.manual_seed(0)).T.numpy()
drawn = source.integers(vocab, size=(len(pairs), 5))
tables = source.normal(size=(vocab, 20)) / 20, np.zeros((vocab, 20))
for _ in range(3):
    rows = [(tables[0][c], tables[1][o], tables[1][n]) for (c, o), n in zip(pairs, drawn)]
    print(np.mean([pair_loss(*row) for row in rows]))
    tables = walk(*tables, pairs, drawn, 0.1)
```
"""


# %% tags=["exercise"]
def walk(inputs, outputs, pairs, drawn, rate):
    ### BEGIN SOLUTION: the near word first, then those drawn
    for (centre, context), others in zip(pairs, drawn, strict=True):
        targets = np.append(context, others)
        inputs, outputs = moved(inputs, outputs, centre, targets, rate)
    return inputs, outputs
    ### END SOLUTION


check.walk(walk)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Each step begins with the tables that the one before returned.

</details>

<details><summary>Solution</summary>

{{solution}}

From 4.16 nats it falls to little more than 2, nearly all of it in the first round. There it learns which words are common
at all, for here all words are drawn equally often. Drawn by their counts, as above, that is no help, and the loss
falls less.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · cosine (4 minutes, ●○○)

Write `cosine(u, v)`: the cosine of the angle between two vectors. Which is nearer to *autism*: *autistic* or
*music*? Try `cosine(ours[0]["autism"], ours[0]["music"])`.
"""


# %% tags=["exercise"]
def cosine(u, v):
    ### BEGIN SOLUTION
    return u @ v / (np.linalg.norm(u) * np.linalg.norm(v))
    ### END SOLUTION


check.cosine(cosine)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The product `u @ v` grows with the lengths of both. `np.linalg.norm` is the length.

</details>

<details><summary>Solution</summary>

{{solution}}

`cosine(ours[0]["autism"], ours[0]["autistic"])` is far the larger: the two keep the same company.

</details>
"""

# %% [markdown]
"""
### Exercise 2 · analogy (8 minutes, ●●○)

Write `analogy(directions, a, b, c)`: the row that is nearest to $a - b + c$, but none of the three. `directions` (V, D) has
rows of length 1; `a`, `b` and `c` are numbers of rows. For all words of the text, take `ours[0].directions`, and
`text.words.index("king")` is the number of *king*. Then leave the rule about the three away. What do you get?
"""


# %% tags=["exercise"]
def analogy(directions, a, b, c):
    ### BEGIN SOLUTION
    scores = directions @ (directions[a] - directions[b] + directions[c])
    scores[[a, b, c]] = -np.inf
    return scores.argmax()
    ### END SOLUTION


check.analogy(analogy)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Build the goal first; its length doesn't change who is nearest. A score of `-np.inf` never wins.

</details>

<details><summary>Solution</summary>

{{solution}}

Without the rule you mostly get *a* or *c* back (try the six questions above): the sum stays close to its own parts.
That rule is part of the fame of *king − man + woman*.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A one-hot vector times a matrix is a row of it: an embedding is a look-up.
- One table for all places; a hidden layer on the rows end to end; a softmax. That is Bengio's model.
- Tokens that are used alike become neighbours, because that is the cheapest way to predict.
- Skip-gram asks only yes or no: which word was near, which were drawn. Its gradient is an error times a vector.
- On a small text the vectors agree little with people, and so do the library's: measure the noise, too.

**Further reading.** Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin, "A Neural Probabilistic Language
Model" (2003). T. Mikolov, I. Sutskever, K. Chen, G. Corrado and J. Dean, "Distributed Representations of Words
and Phrases and their Compositionality" (2013). L. Finkelstein and others, "Placing Search in Context: The
Concept Revisited" (2002), for the 353 pairs. O. Levy and Y. Goldberg, "Neural Word Embedding as Implicit
Matrix Factorization" (2014): what skip-gram computes, and how to get it by counting.

**Next.** {{next}}: one set of weights that walks along the text.
"""
