# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 08 · Sequence to sequence, and why attention

{{badges}}

> through · though · tough · thought · bough · cough

Six words end in the same four letters, or nearly, and no two of them sound alike. Letters don't stand for
sounds one by one: some say nothing, some say two things, and what the **o** says may be decided four
places further on, as in *though* and *thought*. How can a network write a sequence that has another length than the one it reads?

**Aims.** Measure how far apart two sequences are. Build a network that reads and one that writes, train
them on spelling and sound, and search for what they find likeliest. See what one vector can't hold, and
build attention, which need not hold it.

**Time.** {{time}} The cells run in about three minutes on two CPU cores.

**Before.** [07 · LSTM and GRU](07_lstm_and_gru.ipynb): the LSTM cell and its state.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
With `USE_CUDA` ticked, both networks are eight times as wide.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from lmteach.classroom import display_figure
from lmteach.exercises import sequence_to_sequence as check
from lmteach.plots.curves import curves
from lmteach.plots.heatmap import heatmap
from lmteach.text.corpora.pronunciations import pronunciations

# %% [markdown]
"""
Here are the six, as the CMU dictionary of notebook 04 has them.
"""

# %%
sounds = pronunciations()
everything = sounds.train | sounds.valid | sounds.test
for word in ("through", "though", "tough", "thought", "bough", "cough"):
    print(f"{word:9}", *everything[word][0])

# %% [markdown]
r"""
The words are split as they were there: a tenth of them is kept for the scoreboard, and another tenth for us
to look at.

## How wrong is wrong?

A model says `N IH G T` for *knight*, where the dictionary says `N AY T`. **Guess first.** How many
phonemes would you have to insert, delete or replace? The least number of such edits is the *edit
distance* (Levenshtein 1966). Look at the last symbols only: one of three edits deals with them, and the
rest is a smaller problem of the same kind. With $a_i$ the symbols of one sequence and $b_j$ those of the
other,

$$ D(i, j) = \min \{\, D(i{-}1, j) + 1,\;\; D(i, j{-}1) + 1,\;\;
   D(i{-}1, j{-}1) + [a_i \neq b_j] \,\} \tag{8.1} $$

is the distance between the first $i$ and the first $j$; from nothing to $j$ symbols it is $j$.
"""


# %%
def distance_by_recursion(a, b):
    global calls
    calls += 1
    if not a or not b:
        return len(a) + len(b)
    return min(  # eq. 8.1, from the last symbols backward
        distance_by_recursion(a[:-1], b) + 1,
        distance_by_recursion(a, b[:-1]) + 1,
        distance_by_recursion(a[:-1], b[:-1]) + (a[-1] != b[-1]),
    )


# %%
said, right = ("N", "IH", "G", "T"), ("N", "AY", "T")
calls = 0
distance_by_recursion(said, right), calls

# %% [markdown]
"""
Two: one replaced, one deleted. It took more calls than one would like, since the same small problems are
solved over and over. **Guess first.** How many calls for two words of eight letters?
"""

# %%
calls = 0
distance_by_recursion("sequence", "sentence"), calls

# %% [markdown]
r"""
There are only $9 \times 9$ different questions in it. So ask each once, from the small ones to the large
ones, and write the answers into a table:
"""


# %%
def distance_table(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), dtype=int)
    table[:, 0], table[0] = range(len(a) + 1), range(len(b) + 1)
    for i, j in itertools.product(range(1, len(a) + 1), range(1, len(b) + 1)):
        replaced = table[i - 1, j - 1] + (a[i - 1] != b[j - 1])
        table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, replaced)  # eq. 8.1
    return table


# %%
table = distance_table("sequence", "sentence")
assert table[-1, -1] == distance_by_recursion("sequence", "sentence")

# %%
axes = heatmap(table, ["", *"sequence"], ["", *"sentence"], numbers="d")
display_figure(
    axes,
    alt="A table of edit distances, with the letters of sequence down the side and those of "
    "sentence along the top. It starts at 0 in the upper left corner, grows to 8 along the upper "
    "and the left edge, and has a valley of small numbers along the diagonal, down to the "
    "distance in the lower right corner.",
)

# %% [markdown]
"""
The answer stands in the last corner. A row needs only the one above it, so one row is enough to keep. This
is the function that the package has, and that notebook 04 used on trust:
"""


# %% lmteach={"defines": "evaluation.error_rates.edit_distance"}
def edit_distance(a, b):
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y)))
        above = row
    return above[-1]


# %%
for a, b in itertools.product(["", "cat", "coast", "sequence"], repeat=2):
    assert edit_distance(a, b) == distance_table(a, b)[-1, -1]

# %% [markdown]
"""
Over many words, add all edits and divide by all phonemes: the *phoneme error rate*. If a word has several
pronunciations, the closest counts. The *word error rate* knows no "nearly".
"""


# %% lmteach={"defines": "evaluation.error_rates.phoneme_error_rate"}
def phoneme_error_rate(hypotheses, references):
    edits = symbols = 0
    for hypothesis, acceptable in zip(hypotheses, references, strict=True):
        distances = [edit_distance(hypothesis, reference) for reference in acceptable]
        closest = distances.index(min(distances))
        edits += distances[closest]
        symbols += len(acceptable[closest])
    return edits / symbols


# %%
from lmteach.evaluation.error_rates import word_error_rate

answers = [everything["knight"], everything["read"]]
guesses = [said, ("R", "EH", "D")]
phoneme_error_rate(guesses, answers), word_error_rate(guesses, answers)

# %% [markdown]
"""
*Read* may be said in two ways, and either is right. Of the six phonemes that there should be, two edits are
a third.

## Words as numbers

Letters and phonemes get an id each. Three more are needed: one that fills up short rows, one that starts
a sequence, and one that ends it, so that the network can say that it has finished.
"""

# %%
from lmteach.text.batches import pad
from lmteach.text.tokenizers.vocabulary import END, PAD, START, Vocabulary

letters = Vocabulary("".join(sounds.train))
phonemes = Vocabulary(p for variants in sounds.train.values() for one in variants for p in one)
len(letters), len(phonemes), letters.symbols[:8]

# %%
words = list(sounds.train)
source, lengths = pad([letters.encode(word) for word in words])
target, target_lengths = pad(
    [[START, *phonemes.encode(sounds.train[word][0]), END] for word in words]
)
place = words.index("knight")
print(source[place].tolist(), target[place].tolist(), sep="\n")

# %% [markdown]
"""
Rows are as long as the longest of a hundred thousand words, and mostly padding. In a batch we need only go
to the longest word *of the batch*. **Guess first.** With 128 words drawn at random, which share of the
places is padding? And if words of like length are put together?
"""

# %%
from lmteach.text.batches import batches_of_like_length

generator = torch.Generator().manual_seed(0)
both = torch.stack([lengths, target_lengths], dim=1)
orders = {
    "at random": torch.randperm(len(words), generator=generator).split(128),
    "like lengths": list(batches_of_like_length(both, 128, generator)),
}
for name, batches in orders.items():
    places = sum(len(b) * both[b].amax(dim=0).sum().item() for b in batches)
    print(f"{name:14}{1 - both.sum().item() / places:.1%} padding")

# %% [markdown]
"""
Nothing is worth computing for padding, so we train on words of like length, in another order at each pass.

## One network reads

Two LSTMs read the word, one from the left and one from the right (Schuster and Paliwal 1997), so that at
the **o** of *though* the state knows what comes after it. The one from the right gets the word turned
around, *within its length*: else it would begin with padding.
"""


# %% lmteach={"defines": "models.seq2seq.encoder.reverse_within"}
def reverse_within(x, lengths):
    places = torch.arange(x.shape[1], device=x.device).expand(x.shape[:2])
    turned = torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)
    return x.gather(1, turned[..., None].expand_as(x))


# %%
three = torch.tensor([[1.0, 2.0, 3.0, 0.0, 0.0]])[..., None]
reverse_within(three, torch.tensor([3]))[0, :, 0]

# %% lmteach={"defines": "models.seq2seq.encoder.Encoder"}
from lmteach.models.recurrent.layers import LSTM


class Encoder(nn.Module):
    def __init__(self, vocab_size, dim, embedding_dim=64, dropout=0.0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.rightward = LSTM(embedding_dim, dim // 2)
        self.leftward = LSTM(embedding_dim, dim // 2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, source, lengths):
        x = self.dropout(self.embedding(source))  # (B, S, E)
        rightward, _ = self.rightward(x)
        leftward, _ = self.leftward(reverse_within(x, lengths))
        leftward = reverse_within(leftward, lengths)
        last = rightward[torch.arange(len(x), device=x.device), lengths - 1]
        summary = torch.cat([last, leftward[:, 0]], dim=-1)  # (B, D)
        return self.dropout(torch.cat([rightward, leftward], dim=-1)), summary


# %% [markdown]
r"""
It returns two things: a vector for each place, and a *summary*, what each of the two had in mind when it
came to its end of the word. For now we use the summary alone.

## Another writes

The decoder is an LSTM that writes one phoneme after another. At each step it sees the phoneme before, and
the summary of the word (Sutskever et al. 2014 gave it only at the start; Cho et al. 2014 at every step, as we
do). The probability of a whole answer is a product, as for every language model since notebook 01, with one
thing more behind the bar: the word $x$.

$$ P(y \mid x) = \prod_t P(y_t \mid y_1, \dots, y_{t-1}, x) \tag{8.2} $$
"""

# %%
from lmteach.models.seq2seq.model import EncoderDecoder

dim = 160 * session.scale
plain = EncoderDecoder(len(letters), len(phonemes), dim, attention=False)
plain.to(session.device)
sum(weight.numel() for weight in plain.parameters())


# %%
def write(model, source, lengths, target):
    decoder = model.decoder
    _, summary = model.encoder(source, lengths)
    hidden, logits = torch.tanh(decoder.bridge(summary)), []
    cell = torch.zeros_like(hidden)
    for token in target.unbind(dim=1):
        x = torch.cat([decoder.embedding(token), summary], dim=-1)
        hidden, cell = decoder.cell(x, (hidden, cell))
        logits.append(decoder.output(torch.cat([hidden, summary], dim=-1)))
    return torch.stack(logits, dim=1)  # (B, T, V)


# %% [markdown]
"""
Note where `token` comes from: from the *right answer*, not from what the model would have written. This is
called **teacher forcing**. One early mistake doesn't spoil the rest of the lesson, and the loss is a sum
over steps, with the right symbol at each. When it is asked later, the model gets its own words back.
"""


# %%
def batch_of(places):
    rows = (source[places][:, : lengths[places].max()], lengths[places])
    answers = target[places][:, : target_lengths[places].max()]
    return [tensor.to(session.device) for tensor in (*rows, answers)]


# %%
plain.eval()
x, x_lengths, y = batch_of(torch.tensor([place, place + 1, place + 2]))
with torch.no_grad():
    by_hand = write(plain, x, x_lengths, y[:, :-1])
    assert torch.allclose(by_hand, plain(x, x_lengths, y[:, :-1]), atol=1e-5)

# %% [markdown]
"""
The loss asks for the symbol *after* each one, the end mark included, and leaves padding out.
**Guess first.** Before any training, what should it be?
"""


# %%
def loss_of(model, batch):
    source, lengths, target = batch
    logits = model(source, lengths, target[:, :-1]).flatten(0, 1)
    return F.cross_entropy(logits, target[:, 1:].flatten(), ignore_index=PAD)  # -log of eq. 8.2


# %%
with torch.no_grad():
    print(f"{loss_of(plain, (x, x_lengths, y)):.2f} {math.log(len(phonemes)):.2f}")

# %% [markdown]
"""
About the logarithm of the number of symbols: it knows nothing. Now train, 1,300 steps of 128 words: more
than one and a half passes over the dictionary. The loop is `fit` of notebook 06; the learning rate rises over the first steps
and then falls along a cosine.
"""

# %%
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

STEPS = 1300


# %%
def train(model, seed=0):
    generator = torch.Generator().manual_seed(seed)
    passes = (batches_of_like_length(both, 128, generator) for _ in itertools.count())
    batches = itertools.chain.from_iterable(passes)
    return fit(
        model,
        loss_of,
        draw=lambda generator: batch_of(next(batches)),
        steps=STEPS,
        optimizer=torch.optim.AdamW(model.parameters(), lr=4e-3, betas=(0.9, 0.98)),
        generator=generator,
        schedule=lambda step: warmup_cosine(step, STEPS // 10, STEPS, floor=0.0),
        validate_every=STEPS,
    )


# %% tags=["nbval-ignore-output"]
history = train(plain)
print(f"loss {np.mean(history.losses[-100:]):.3f} after {history.seconds:.0f} s")

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Ask it

Nobody knows the right answer now. So take the likeliest symbol, give it back as the one before, and go on
until the end mark: *greedy* search.
"""


# %%
@torch.no_grad()
def greedy(model, word):
    source, lengths = (part.to(session.device) for part in pad([letters.encode(word)]))
    state, token = model.encode(source, lengths), torch.full_like(lengths, START)
    said = []
    while token.item() != END and len(said) < 40:
        scores, state = model.step(token, state)
        token = scores.argmax(dim=-1)
        said.append(token.item())
    return phonemes.decode(said)


# %% tags=["nbval-ignore-output"]
held_out = list(sounds.valid)
for word in held_out[5::2000]:
    print(f"{word:14}{' '.join(sounds.valid[word][0]):34}{' '.join(greedy(plain, word))}")

# %% [markdown]
"""
Word, dictionary, network. `Pronouncer` does the same for many words at once:
"""

# %%
from lmteach.decoding.translating import Pronouncer

asked = Pronouncer(plain, letters, phonemes)
some = held_out[::300]
assert asked.pronounce(some) == [greedy(plain, word) for word in some]

# %% tags=["nbval-ignore-output"]
said_plain = asked.pronounce(held_out)
references = [sounds.valid[word] for word in held_out]
phoneme_error_rate(said_plain, references), word_error_rate(said_plain, references)

# %% [markdown]
"""
One word after another, and each time the best next symbol. **Guess first.** Is the answer that it ends
with the likeliest of all answers?

## Look ahead: beam search

Take a small world of three symbols, **0** (the end), **1** and **2**. A row says how likely each is after the
symbol of that row; we begin in row 0.
"""

# %%
odds = np.log([[0.02, 0.58, 0.40], [0.40, 0.35, 0.25], [0.90, 0.06, 0.04]])


def beam_by_hand(width, longest):
    beam = [((), 0.0)]
    for _ in range(longest):
        grown = [found for found in beam if found[0][-1:] == (0,)]  # these have ended
        for tokens, total in beam:
            if tokens[-1:] != (0,):
                row = odds[tokens[-1] if tokens else 0]
                grown += [((*tokens, k), total + row[k]) for k in range(3)]
        beam = sorted(grown, key=lambda found: -found[1])[:width]
    return beam


# %%
for width in (1, 2):
    tokens, total = beam_by_hand(width, longest=4)[0]
    print(width, tokens, round(math.exp(total), 3))

# %% [markdown]
"""
Greedy search takes the 1, which looks better, and finds nothing good behind it. *Beam search* keeps the
`width` best beginnings alive, and lets them run against each other. How wide must it be to be sure? All
answers of at most four symbols can be listed:
"""


# %%
def every_answer(longest):
    found = {}
    for tokens in itertools.product(range(3), repeat=longest):
        cut = tokens[: tokens.index(0) + 1] if 0 in tokens else tokens
        found[cut] = sum(odds[a, b] for a, b in itertools.pairwise((0, *cut)))
    return sorted(found.items(), key=lambda found: -found[1])


# %%
exhaustive = every_answer(longest=4)
wide = beam_by_hand(width=3**4, longest=4)
assert [tokens for tokens, _ in wide] == [tokens for tokens, _ in exhaustive]
assert np.allclose([total for _, total in wide], [total for _, total in exhaustive])

# %% [markdown]
"""
With a width of $V^T$ nothing is ever dropped, and the search is exhaustive. The one of the package does
this for a whole batch, and for any model that can do a step:
"""

# %%
from lmteach.decoding.beam import beam_search


def step(tokens, state):
    return torch.tensor(odds)[tokens], state


[found] = beam_search(step, (), torch.tensor([0]), end=0, width=3**4, max_length=4)
answers = [hypothesis.tokens + (0,) * hypothesis.ended for hypothesis in found]
assert answers == [tokens for tokens, _ in exhaustive]
assert np.allclose([one.log_probability for one in found], [total for _, total in exhaustive])

# %% [markdown]
"""
**Guess first.** A wider beam finds likelier answers, never less likely ones on the whole. By how much does
it lower the errors of our network?
"""

# %% tags=["nbval-ignore-output"]
sample = held_out[::9]
for width in (1, 2, 4, 8):
    found = asked.pronounce(sample, width)
    right = [sounds.valid[word] for word in sample]
    print(width, f"{phoneme_error_rate(found, right):.4f}", f"{word_error_rate(found, right):.4f}")

# %% [markdown]
"""
Some of the errors go, and beyond four there is hardly anything to gain. Most are left: no search can mend
what the network believes.

## Where it goes wrong

**Guess first.** Draw the error against the length of the word. Which way does the line go?
"""

# %%
LENGTHS = range(3, 14)


def errors_by_length(said):
    rates = []
    for length in LENGTHS:
        rows = [row for row in zip(held_out, said, strict=True) if len(row[0]) == length]
        rates.append(phoneme_error_rate([s for _, s in rows], [sounds.valid[w] for w, _ in rows]))
    return np.array(rates)


# %%
plain_errors = errors_by_length(said_plain)
display_figure(
    curves({"one summary": plain_errors}, x=LENGTHS, xlabel="letters", ylabel="phoneme error rate"),
    alt="The phoneme error rate of the network with one summary, against the number of letters, "
    "from 3 to 13. It is high at three letters and lowest at four; then it rises, slowly "
    "at first, to more than three times as much at thirteen.",
)
assert plain_errors[-3:].mean() > 1.5 * plain_errors[:3].mean()

# %% [markdown]
r"""
From four letters on: the longer, the more. (Three letters are a case of their own: one in twenty is an abbreviation
said letter by letter, as *amc* and *rca*; and *fyi* is said *for your information*.) Whatever the length of the word, the summary has the same number of entries. A long word must be pressed into
it, and unpacked again, sound by sound, while the decoder counts how far it has come.

## Look again: attention

But the encoder had a vector for *each place*, and we threw them away. Keep them, as **keys** $k_1, \dots,
k_S$. At each step, let the decoder's state $q$, the **query**, ask every key: is it you that I need now? A
small network with one hidden layer scores the pair (Bahdanau, Cho and Bengio 2015):

$$ e_j = v \cdot \tanh(W q + U k_j) \tag{8.3} $$

$$ \alpha_j = \frac{\exp e_j}{\sum_{j'} \exp e_{j'}} \qquad c = \sum_j \alpha_j k_j \tag{8.4} $$

The weights $\alpha$ sum to 1, and the *context* $c$ takes the place of the summary. First with loops, for
one query and the keys of one short word:
"""

# %%
rng = session.rng
W, U, v = rng.normal(size=(4, 4)), rng.normal(size=(4, 4)), rng.normal(size=4)
query, keys = rng.normal(size=4), rng.normal(size=(3, 4))


# %%
def attend_by_loops(query, keys):
    scores = []
    for key in keys:
        inner = [math.tanh(W[i] @ query + U[i] @ key) for i in range(4)]
        scores.append(sum(v[i] * inner[i] for i in range(4)))  # eq. 8.3
    weights = [math.exp(score) / sum(map(math.exp, scores)) for score in scores]  # eq. 8.4
    return sum(weight * key for weight, key in zip(weights, keys, strict=True)), weights


# %%
context, weights = attend_by_loops(query, keys)
np.round(weights, 3), context.round(3)

# %% [markdown]
"""
Then for all keys at once, and the same numbers:
"""


# %%
def attend_at_once(query, keys):
    scores = np.tanh(W @ query + keys @ U.T) @ v  # (S,), eq. 8.3
    weights = np.exp(scores) / np.exp(scores).sum()
    return weights @ keys, weights  # eq. 8.4


# %%
for ours, by_loops in zip(attend_at_once(query, keys), (context, weights), strict=True):
    assert np.allclose(ours, by_loops)

# %% [markdown]
r"""
Last, for a batch. Now rows have padding, and padding must get *nothing*: its score becomes $-\infty$, whose
exponential is 0. The mask says which places are real. And since the keys stay the same through all steps,
their part $U k_j$ is computed once and handed in.
"""


# %% lmteach={"defines": "models.transformer.attention.padding_mask"}
def padding_mask(lengths, time):
    return torch.arange(time, device=lengths.device) < lengths[:, None]


# %% lmteach={"defines": "models.seq2seq.additive_attention.AdditiveAttention"}
class AdditiveAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim
        self.query = nn.Linear(dim, dim, bias=False)
        self.key = nn.Linear(dim, dim)
        self.score = nn.Linear(dim, 1, bias=False)

    def forward(self, query, keys, mask=None, projected=None):
        projected = self.key(keys) if projected is None else projected
        both = torch.tanh(self.query(query)[:, None] + projected)  # (B, S, D)
        scores = self.score(both).squeeze(-1)  # (B, S)
        if mask is not None:
            scores = scores.masked_fill(~mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        context = (weights[:, None] @ keys).squeeze(1)  # (B, D)
        return context, weights


# %%
layer = AdditiveAttention(4).double()
maps = {"query.weight": W, "key.weight": U, "key.bias": np.zeros(4), "score.weight": v[None]}
layer.load_state_dict({name: torch.tensor(value) for name, value in maps.items()})
padded = torch.tensor(np.concatenate([keys, 9 * np.ones((2, 4))]))[None]  # two places too many
mask = padding_mask(torch.tensor([3]), time=5)
ours, shares = layer(torch.tensor(query)[None], padded, mask)
assert np.allclose(ours[0].detach(), context)
shares[0].detach()

# %% [markdown]
"""
The same weights for the three keys, and for the padding exactly 0. Here is the decoder with it. Without
`attention` it is what we wrote above; with it, `context` is a new one at each step, and nothing else is
different.
"""

# %%
from lmteach.models.recurrent.cells import LSTMCell
from lmteach.models.seq2seq.model import DecoderState, Memory


# %% lmteach={"defines": "models.seq2seq.model.Decoder"}
class Decoder(nn.Module):
    def __init__(self, vocab_size, dim, attention, embedding_dim=64, dropout=0.0):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.bridge = nn.Linear(dim, dim)
        self.attention = AdditiveAttention(dim) if attention else None
        self.cell = LSTMCell(embedding_dim + dim, dim)
        self.output = nn.Linear(2 * dim, vocab_size)
        self.dropout = nn.Dropout(dropout)

    def start(self, keys, summary, mask):
        projected = keys if self.attention is None else self.attention.key(keys)
        hidden = torch.tanh(self.bridge(summary))
        nowhere = torch.zeros_like(keys[..., 0])  # (B, S)
        memory = Memory(keys, projected, mask, summary)
        return DecoderState(hidden, torch.zeros_like(hidden), nowhere, memory)

    def forward(self, token, state):
        hidden, cell, weights, memory = state
        context = memory.summary
        if self.attention is not None:
            context, weights = self.attention(hidden, memory.keys, memory.mask, memory.projected)
        x = torch.cat([self.dropout(self.embedding(token)), context], dim=-1)
        hidden, cell = self.cell(x, (hidden, cell))
        logits = self.output(torch.cat([self.dropout(hidden), context], dim=-1))
        return logits, DecoderState(hidden, cell, weights, memory)


# %% [markdown]
"""
Train it in the same way: the same words in the same order, the same number of steps. **Guess first.** Where
will it gain most?
"""

# %% tags=["nbval-ignore-output"]
looking = EncoderDecoder(len(letters), len(phonemes), dim, attention=True)
looking.to(session.device)
looking_history = train(looking)
print(f"loss {np.mean(looking_history.losses[-100:]):.3f} after {looking_history.seconds:.0f} s")

# %% tags=["nbval-ignore-output"]
looking_asked = Pronouncer(looking, letters, phonemes)
said_looking = looking_asked.pronounce(held_out)
looking_errors = errors_by_length(said_looking)
phoneme_error_rate(said_looking, references), word_error_rate(said_looking, references)

# %%
lines = {"one summary": plain_errors, "attention": looking_errors}
display_figure(
    curves(lines, x=LENGTHS, xlabel="letters", ylabel="phoneme error rate"),
    alt="The phoneme error rate against the number of letters, from 3 to 13, for both networks. "
    "Both are high at three letters and low at four; then the one with one summary rises steeply, "
    "the one with attention hardly at all.",
)
assert looking_errors[-4:].mean() < 0.75 * plain_errors[-4:].mean()
assert phoneme_error_rate(said_looking, references) < phoneme_error_rate(said_plain, references)

# %% [markdown]
"""
From four letters on the line is nearly level: with attention, long words are not much harder than short ones. For a short word,
one vector had room enough, and there is little to gain.

Where did it look? A row for each phoneme, a column for each letter:
"""


# %%
def shown(word):
    [said] = looking_asked.pronounce([word], width=4)
    return looking_asked.align(word, said), said


# %%
weights, said = shown("photographer")
assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)
display_figure(
    heatmap(weights, said, list("photographer"), colour_label="attention"),
    alt="A table with the letters of photographer along the top and the phonemes that the network "
    "says down the side. The bright squares lead from the upper left to the lower right: the "
    "network looks at the letters from left to right.",
)

# %%
from lmteach.plots.alignment import alignment

figure, panels = plt.subplots(3, 1, figsize=(9, 9))
for axes, word in zip(panels, ("knight", "queue", "attention"), strict=True):
    weights, said = shown(word)
    alignment(weights, source=word, target=said, axes=axes)
display_figure(
    figure,
    alt="The words knight, queue and attention, each above the phonemes that the network says, "
    "with lines from each phoneme to the letters that it looked at, the thicker the more. Several "
    "lines lead to one phoneme, and some letters have hardly any.",
)

# %% [markdown]
"""
Nobody told it which letter says what: in notebook 04 that took an aligner of its own. But
be careful with what you see. A key knows its neighbours, for an LSTM has read them; so a line to a letter may
be about the letter beside it, and often is.

Type words of your own, and names, and words that don't exist.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.pronouncer_panel.widget import PronouncerPanel

PronouncerPanel(looking_asked, word="sequence", width=4)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The equal sign

The pieces that we wrote are those of the package: the same weights, the same answers.
"""

# %%
from lmteach.evaluation import error_rates
from lmteach.models.seq2seq import additive_attention as package

decoder = Decoder(len(phonemes), dim, attention=True).to(session.device).eval()
decoder.load_state_dict(looking.decoder.state_dict())
encoder = Encoder(len(letters), dim).to(session.device).eval()
encoder.load_state_dict(looking.encoder.state_dict())
with torch.no_grad():
    keys, summary = encoder(x, x_lengths)
    state = decoder.start(keys, summary, padding_mask(x_lengths, x.shape[1]))
    ours, state = decoder(y[:, 0], state)
    theirs, _ = looking.decoder(y[:, 0], looking.encode(x, x_lengths))
assert torch.allclose(ours, theirs, atol=1e-5)

# %%
theirs = package.AdditiveAttention(4).double()
theirs.load_state_dict(layer.state_dict())
asks = torch.tensor(query)[None], padded, mask
assert all(torch.equal(a, b) for a, b in zip(layer(*asks), theirs(*asks), strict=True))
for a, b in zip(said_plain[:200], said_looking[:200], strict=True):
    assert edit_distance(a, b) == error_rates.edit_distance(a, b) == distance_table(a, b)[-1, -1]

# %% [markdown]
"""
And three promises that a user of the network relies on. Attention never lands on padding; a batch gives the
same answers as its words one by one; a wider beam than greedy finds no less likely answer, summed over words.
"""

# %%
ragged = ["a", "queue", "photographer", "is"]
ids, ragged_lengths = (part.to(session.device) for part in pad([letters.encode(w) for w in ragged]))
outside = ~padding_mask(ragged_lengths, ids.shape[1])
starts = torch.full((4, 6), START, device=session.device)
weights = looking.alignment(ids, ragged_lengths, starts)
assert bool((weights[outside[:, None].expand_as(weights)] == 0).all())
for width in (1, 4):
    alone = [looking_asked.pronounce([word], width)[0] for word in ragged + some]
    assert looking_asked.pronounce(ragged + some, width) == alone

# %%
with torch.no_grad():
    state = looking.encode(ids, ragged_lengths)
    beams = [beam_search(looking.step, state, starts[:, 0], END, w, 40) for w in (1, 8)]
totals = [sum(found[0].log_probability for found in beam) for beam in beams]
assert totals[1] >= totals[0] - 1e-5

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

The test words, from which no network has learned, with a beam of four for both.
"""

# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.scoreboard import record, table

test_words, answers, errors = list(sounds.test), list(sounds.test.values()), {}
runs = {"LSTM": (asked, history), "LSTM with attention": (looking_asked, looking_history)}
for name, (pronouncer, run) in runs.items():
    said = pronouncer.pronounce(test_words, width=4)
    size = sum(weight.numel() for weight in pronouncer.model.parameters())
    errors[name] = phoneme_error_rate(said, answers)
    record("B", name, errors[name], parameters=size, seconds=run.seconds)
    print(f"{name}: word error rate {word_error_rate(said, answers):.3f}")

# %% tags=["nbval-ignore-output"]
assert errors["LSTM with attention"] < 0.13
assert errors["LSTM with attention"] < errors["LSTM"]
table("B", ["HMM", "HMM, state knows its letter", *runs])

# %% [markdown]
"""
The network reads the whole word before it says anything, and that shows against the HMM. The attention pays
for its weights and seconds with fewer errors than the summary makes.

## Spot the bug

Batches hold words of different lengths, and a mask is one line that is easily forgotten. Here is the network
that we trained, asked for one word twice: alone, and beside a longer one, with a mask in which everything
may be attended to.
"""


# %%
@torch.no_grad()
def say_without_mask(batch):
    source, lengths = (part.to(session.device) for part in pad([letters.encode(w) for w in batch]))
    state = looking.encode(source, lengths)
    everywhere = torch.ones_like(state.memory.mask)
    state = state._replace(memory=state.memory._replace(mask=everywhere))
    start = torch.full_like(lengths, START)
    found = beam_search(looking.step, state, start, END, width=1, max_length=40)
    return [phonemes.decode(hypotheses[0].tokens) for hypotheses in found]


# %% tags=["nbval-ignore-output"]
longest = max(held_out, key=len)
for word in ("cat", "through", "queue"):
    alone, beside = say_without_mask([word])[0], say_without_mask([word, longest])[0]
    print(f"{word:9}{' '.join(alone):14}{' '.join(beside)}")

# %% [markdown]
"""
**Guess first.** No error was raised. What is the damage over a thousand words, in batches as they come?
And with the mask?
"""

# %% tags=["nbval-ignore-output"]
few = held_out[::12]
right = [sounds.valid[word] for word in few]
rows = [few[i : i + 64] for i in range(0, len(few), 64)]
leaky = [said for row in rows for said in say_without_mask(row)]
masked = [said for row in rows for said in looking_asked.pronounce(row, batch=64)]
broken, sound = phoneme_error_rate(leaky, right), phoneme_error_rate(masked, right)
assert broken > 1.1 * sound
changed = np.mean([a != b for a, b in zip(leaky, masked, strict=True)])
print(f"without mask {broken:.3f}, with mask {sound:.3f}; {changed:.0%} of the answers differ")

# %% [markdown]
"""
An error rate above 1: there is more wrong than there was to say. The network says the word, or begins to, moves on to the
right, as it always does, and finds places where nothing is written, but where the LSTM ran on and left
*something*. So it goes on talking. In training it never saw such a place: the mask was there.

And the answer for a word now depends on which words stand beside it. A test with one word at a time finds
nothing wrong; the test that does is the second promise above: alone or in a batch, the answer is the same.

## In practice

The edit distance is taken from a library, such as `jiwer`, which speech recognition uses. It counts words in
sentences, so let phonemes be its words:
"""

# %%
import jiwer

one_way = [(w, s) for w, s in zip(held_out, said_looking, strict=True) if len(sounds.valid[w]) == 1]
written = [" ".join(sounds.valid[word][0]) for word, _ in one_way]
heard = [" ".join(said) for _, said in one_way]
ours = phoneme_error_rate([s for _, s in one_way], [sounds.valid[w] for w, _ in one_way])
assert math.isclose(jiwer.wer(written, heard), ours)
report = jiwer.process_words(written, heard)
edits = report.substitutions + report.deletions + report.insertions
assert edits == sum(edit_distance(s, sounds.valid[w][0]) for w, s in one_way)

# %% [markdown]
"""
It doesn't know words with several right answers, so those were left out here. And our encoder is
`torch.nn.LSTM` with `bidirectional=True`, which takes padded rows *packed*. With the same weights it gives the
same vectors:
"""

# %%
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

reader = looking.encoder
weights = dict(reader.rightward.state_dict())
weights |= {f"{name}_reverse": w for name, w in reader.leftward.state_dict().items()}
theirs = nn.LSTM(64, dim // 2, batch_first=True, bidirectional=True).to(session.device)
theirs.load_state_dict(weights)
with torch.no_grad():
    embedded = reader.embedding(ids)
    packed = pack_padded_sequence(
        embedded, ragged_lengths.cpu(), batch_first=True, enforce_sorted=False
    )
    expected, _ = pad_packed_sequence(theirs(packed)[0], batch_first=True)
    ours, _ = reader(ids, ragged_lengths)
assert torch.allclose(ours[~outside], expected[~outside], atol=1e-5)

# %% [markdown]
"""
PyTorch has no additive attention: at work, the dot products of the next notebook took its place. What
stayed is the shape of it all: something is read into keys, a query asks them, padding is masked, and a beam
looks for the answer. And where a dictionary knows the word, it is asked first.

## Your turn

### Exercise 1 · share_of_wrong_words (5 minutes, ●○○)

Write `share_of_wrong_words(said, right)`: the share of words that equal none of their pronunciations. `said`
is a list of tuples of phonemes; `right` has, for each of them, a tuple of such tuples.
"""


# %% tags=["exercise"]
def share_of_wrong_words(said, right):
    ### BEGIN SOLUTION
    pairs = zip(said, right, strict=True)
    return sum(sounds not in variants for sounds, variants in pairs) / len(said)
    ### END SOLUTION


check.share_of_wrong_words(share_of_wrong_words)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`in` finds a tuple among tuples. The mean of truths and falsehoods is a share.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · attend (8 minutes, ●●○)

Write `attend(scores, mask)` with NumPy: weights (B, S) from scores (B, S). Each row sums to 1, and where
`mask` is False, the weight is exactly 0.
"""


# %% tags=["exercise"]
def attend(scores, mask):
    ### BEGIN SOLUTION
    powers = np.exp(np.where(mask, scores, -np.inf))
    return powers / powers.sum(axis=-1, keepdims=True)
    ### END SOLUTION


check.attend(attend)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Which score has an exponential of 0? `np.where(mask, scores, …)`, and then a softmax along the row.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 3 · best_per_symbol (8 minutes, ●●○)

Every symbol makes an answer less likely, so a beam has a liking for short ones. Write
`best_per_symbol(hypotheses)`: from pairs of tokens and log probability, the tokens whose log probability *per
symbol* is best. The end mark was written, too, and is not among the tokens. Then try it on a beam of eight:
are the words better for it?
"""


# %% tags=["exercise"]
def best_per_symbol(hypotheses):
    ### BEGIN SOLUTION
    def per_symbol(hypothesis):
        tokens, log_probability = hypothesis
        return log_probability / (len(tokens) + 1)

    return max(hypotheses, key=per_symbol)[0]
    ### END SOLUTION


check.best_per_symbol(best_per_symbol)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`max` takes a `key`. A hypothesis of four tokens has five symbols.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- The edit distance is the fewest insertions, deletions and replacements, filled in row by row.
- An encoder reads, a decoder writes; in training it gets the right symbol back, later its own.
- A beam keeps several beginnings. Wide enough, it is exhaustive; here, more than four gain hardly anything.
- One summary is too small for long words. Attention asks every place anew, at every step.
- Padding gets a score of −∞, or the answer depends on who else is in the batch.

**Further reading.** V. I. Levenshtein, "Binary Codes Capable of Correcting Deletions, Insertions, and
Reversals" (1966). M. Schuster and K. K. Paliwal, "Bidirectional Recurrent Neural Networks" (1997).
I. Sutskever, O. Vinyals and Q. V. Le, "Sequence to Sequence Learning with Neural Networks" (2014). K. Cho and
others, "Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine Translation" (2014).
D. Bahdanau, K. Cho and Y. Bengio, "Neural Machine Translation by Jointly Learning to Align and Translate"
(2015). K. Yao and G. Zweig, "Sequence-to-Sequence Neural Net Models for Grapheme-to-Phoneme Conversion"
(2015).

**Next.** {{next}}: what if a sequence asks itself?
"""
