# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 08 · Sequence to sequence, and why attention

{{badges}}

> through · though · tough · thought · bough · cough

Six words end in the same four letters, or nearly, and no two of them sound alike. Letters don't stand for
sounds one by one: some say nothing, some say two things, and what the **o** says may be decided four
places further on, as in *though* and *thought*. How can a network write a sequence that is longer or shorter than
the one it reads?

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
import copy
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
from lmteach.plots.diagrams.seq2seq import encoder_decoder
from lmteach.plots.heatmap import heatmap
from lmteach.text.corpora.pronunciations import pronunciations
from lmteach.widgets.question.widget import Question

# %% [markdown]
"""
Here are the six, as the CMU dictionary of notebook 04 has them.
"""

# %%
sounds = pronunciations()
everything = sounds.train | sounds.valid | sounds.test
six = ["through", "though", "tough", "thought", "bough", "cough"]
for word in six:
    print(f"{word:9}", *everything[word][0])

# %% [markdown]
r"""
The words are split as they were there: a tenth of them is kept for the scoreboard, and another tenth for us
to look at.

## How wrong is wrong?

A model says `N IH G T` for *knight*, where the dictionary says `N AY T`. How many
phonemes would you have to insert, delete or replace? The least number of such edits is the *edit
distance* (Levenshtein 1966). Look at the last symbols only: one of three edits deals with them, and the
rest is a smaller problem of the same kind. With $a_i$ the symbols of one sequence and $b_j$ those of the
other,

$$ D(i, j) = \min \{\, D(i{-}1, j) + 1,\;\; D(i, j{-}1) + 1,\;\;
   D(i{-}1, j{-}1) + [a_i \neq b_j] \,\} \tag{8.1} $$

is the distance between the first $i$ and the first $j$. In this order: $a_i$ is deleted, $b_j$ is inserted, or $a_i$
is replaced by $b_j$. The bracket is 1 if the two differ and 0 if not, for then there is nothing to replace. It starts
from $D(i, 0) = i$ and $D(0, j) = j$, since it takes $j$ insertions to make $j$ symbols of nothing; and the answer is
the last one, $D(|a|, |b|)$.
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


# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A model says N IH G T for knight, where the dictionary says N AY T. What is the least number "
    "of phonemes that must be inserted, deleted or replaced?",
    number=2,
    reply="One is replaced and one deleted.",
    slips={
        1: "The lengths differ by one, so one is deleted; and still IH or G stands where AY "
        "should.",
        3: "Delete both and insert one, and that works. But to replace counts once, and not twice.",
        4: "Only two of the four are wrong: N and T may stay.",
    },
)

# %% tags=["answer"]
said, right = ("N", "IH", "G", "T"), ("N", "AY", "T")
calls = 0
distance_by_recursion(said, right), calls

# %% [markdown]
"""
Two: one replaced, one deleted. It took more calls than one would like, since the same small problems are
solved over and over. **Guess first.** How many calls for two words of eight letters?
"""

# %% tags=["answer"]
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
    table[:, 0] = range(len(a) + 1)  # the starts
    table[0, :] = range(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            replaced = table[i - 1, j - 1] + (a[i - 1] != b[j - 1])
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, replaced)  # eq. 8.1
    return table


# %%
distances = distance_table("sequence", "sentence")
print("table", distances.shape, "last corner", distances[-1, -1])
assert distances[-1, -1] == distance_by_recursion("sequence", "sentence")

# %% tags=["folded"]
# @title The table, drawn
axes = heatmap(distances, ["", *"sequence"], ["", *"sentence"], numbers="d")
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
pronunciations, the closest counts. The *word error rate* knows no "nearly": it is the share of words that are not
said exactly right.
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
*Read* may be said in two ways, and either is right. Two edits, where there should be six phonemes, make a third;
one word of the two is wrong, a half.

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
print("source", tuple(source.shape), "target", tuple(target.shape))
print(source[place].tolist(), target[place].tolist(), sep="\n")

# %% [markdown]
"""
Rows are as long as the longest of a hundred thousand words, and mostly padding. In a batch we need only go
to the longest word *of the batch*. **Guess first.** With 128 words drawn at random, which share of the
places is padding? And if words of like length are put together?
"""

# %% tags=["answer"]
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
Whatever is computed for padding is wasted, so we train on words of like length, in another order at each pass.

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
came to its end of the word. For now we use the summary alone: the whole word must go through it.
(In the drawing it hangs on the last letter's box; half of it comes from the first, where the network from the
right ends. Why the vectors are called $k$ there, you will see under *Look again*.)
"""

# %% tags=["folded"]
# @title Encoder, summary, decoder
display_figure(
    encoder_decoder(
        "tough", ["T", "AH", "F", "end"], lit=["k1", "k2", "k3", "k4", "k5", "summary"]),
    alt="The five letters of tough, a box of the encoder above each, with arrows to the right and "
    "to the left between the boxes. They lead into one box, the summary; all these are lit. From "
    "the summary, pale, arrows go to the four steps of the decoder, which write T, AH, F and the "
    "end mark, and each of which is given the phoneme before.",
)

# %% [markdown]
r"""

## Another writes

The decoder is an LSTM that writes one phoneme after another. At each step it sees the phoneme before, and
the summary of the word (Sutskever et al. 2014 gave it only at the start; Cho et al. 2014 at every step, as we
do). A linear layer, the `bridge`, and a tanh make its first state of the summary. The probability of a whole answer
is a product, as for every language model since notebook 01, with one thing more behind the bar: the word $x$.

$$ P(y \mid x) = \prod_t P(y_t \mid y_1, \dots, y_{t-1}, x) \tag{8.2} $$
"""

# %%
from lmteach.models.seq2seq.model import EncoderDecoder

dim = 160 * session.scale  # D
plain = EncoderDecoder(len(letters), len(phonemes), dim, attention=False)
plain.to(session.device)
sum(weight.numel() for weight in plain.parameters())


# %%
def write(model, source, lengths, target):
    decoder = model.decoder
    _, summary = model.encoder(source, lengths)  # (B, D)
    hidden, logits = torch.tanh(decoder.bridge(summary)), []  # (B, D)
    cell = torch.zeros_like(hidden)  # (B, D)
    for token in target.unbind(dim=1):  # (B,)
        x = torch.cat([decoder.embedding(token), summary], dim=-1)  # (B, E + D)
        hidden, cell = decoder.cell(x, (hidden, cell))  # (B, D) each
        logits.append(decoder.output(torch.cat([hidden, summary], dim=-1)))  # (B, V)
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
    print("source", tuple(x.shape), "target", tuple(y.shape), "logits", tuple(by_hand.shape))
    assert torch.allclose(by_hand, plain(x, x_lengths, y[:, :-1]), atol=1e-5)

# %% [markdown]
"""
The loss asks for the symbol *after* each one, the end mark included, and leaves padding out. It is in nats.
"""


# %%
def loss_of(model, batch):
    source, lengths, target = batch
    logits = model(source, lengths, target[:, :-1]).flatten(0, 1)
    return F.cross_entropy(logits, target[:, 1:].flatten(), ignore_index=PAD)  # -log of eq. 8.2


# %% [markdown]
"""
**Guess first.** Before any training, what should it be?
"""

# %% tags=["answer"]
with torch.no_grad():
    print(f"{loss_of(plain, (x, x_lengths, y)):.2f} {math.log(len(phonemes)):.2f}")

# %% [markdown]
"""
About the logarithm of the number of symbols: it knows nothing. Now train, 1,300 steps of 128 words: more
than one and a half passes over the dictionary. The loop is `fit` of notebook 06; the learning rate rises over the
first steps and then falls along a cosine.
"""

# %%
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

STEPS = 1300


# %%
def endless(generator):
    while True:
        yield from batches_of_like_length(both, 128, generator)  # one pass over the words


def train(model, seed=0):
    generator = torch.Generator().manual_seed(seed)
    batches = endless(generator)
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
    source, lengths = pad([letters.encode(word)])  # (1, S), (1,)
    state = model.encode(source.to(session.device), lengths.to(session.device))
    token, written = torch.tensor([START], device=session.device), []
    for _ in range(40):
        scores, state = model.step(token, state)  # (1, V)
        token = scores.argmax(dim=-1)  # (1,)
        written.append(token.item())
        if written[-1] == END:
            break
    return phonemes.decode(written)


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
One phoneme after another, and each time the best next symbol. Is the answer that it ends with the likeliest of
all answers?

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


# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "After the start (row 0) the probabilities of 0, 1 and 2 are 0.02, 0.58 and 0.40; after a 1 "
    "they are 0.40, 0.35 and 0.25; after a 2 they are 0.90, 0.06 and 0.04. An answer ends with a "
    "0. Which answer is the likeliest?",
    {
        "1 0": "0.58 times 0.40. The first step is the best one, and what comes behind it is not.",
        "2 0": "0.40 times 0.90 is more than 0.58 times 0.40. Who takes the best first step never "
        "sees it.",
        "0": "The end at once has a probability of 0.02 only.",
        "1 1 0": "It pays for one factor more than 1 0, and each is below 1.",
    },
    right="2 0",
)

# %% tags=["answer"]
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
A wider beam is no promise of a likelier answer: a beginning that would have won can be pushed out by others that
look better at the time. Summed over many words it mostly wins.

**Guess first.** What becomes of our network's errors with a beam of 2, 4 and 8?
"""

# %% tags=["answer", "nbval-ignore-output"]
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

The error rate, for the words of each length:
"""

# %%
LENGTHS = range(3, 14)


def errors_by_length(said):
    rates = []
    for length in LENGTHS:
        rows = [row for row in zip(held_out, said, strict=True) if len(row[0]) == length]
        rates.append(phoneme_error_rate([s for _, s in rows], [sounds.valid[w] for w, _ in rows]))
    return np.array(rates)


# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "The network reads a word into one summary of fixed size and says it. From four letters on, "
    "how does its share of wrong phonemes change with the length of the word?",
    {
        "it falls": "Long words have more context, that is true; and all of it must go through the "
        "same few numbers.",
        "it stays": "The rate is per phoneme, so more phonemes alone don't raise it. What does is "
        "that the summary stays as small as it was.",
        "it rises": "More sounds have to go through a summary that has not grown.",
    },
    right="it rises",
)

# %% tags=["answer", "folded"]
# @title The error by the length of the word
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
From four letters on: the longer, the more. (Three letters are a case of their own: some are abbreviations
said letter by letter, as *amc* and *rca*; and *fyi* is said *for your information*.)

Whatever the length of the word, the summary has the same number of entries. A long word must be pressed into
it, and unpacked again, sound by sound, while the decoder must know how far it has come.

## Look again: attention

But the encoder had a vector for *each place*, and we threw them away. Keep them, as **keys** $k_1, \dots,
k_S$. At each step, let the decoder's state $q$, the **query**, ask every key: is it you that I need now? A
small network with one hidden layer scores the pair (Bahdanau, Cho and Bengio 2015):

$$ e_j = v \cdot \tanh(W q + U k_j) \tag{8.3} $$

$$ \alpha_j = \frac{\exp e_j}{\sum_{j'} \exp e_{j'}} \qquad c = \sum_j \alpha_j k_j \tag{8.4} $$

The weights $\alpha$ sum to 1, and the *context* $c$ takes the place of the summary. (In notebook 07, $c$ was the
memory of an LSTM; the decoder has one, too, and in the code it is called `cell`.)
"""

# %% tags=["folded"]
# @title The third step asks
display_figure(
    encoder_decoder(
        "tough",
        ["T", "AH", "F", "end"],
        attention=True,
        step=3,
        lit=["k1", "k2", "k3", "k4", "k5", "query", "weights", "context", "h2", "h3"],
    ),
    alt="Encoder and decoder as before. From the decoder's second state an arrow goes up to a box "
    "called query, and from there to a row of five weights, one above each key of the encoder. The "
    "weighted sum of the keys goes from there into the third state. This way is lit.",
)

# %% [markdown]
"""
First with loops, for one query and the keys of one short word:
"""

# %%
rng = session.rng
W, U, v = rng.normal(size=(4, 4)), rng.normal(size=(4, 4)), rng.normal(size=4)
query, keys = rng.normal(size=4), rng.normal(size=(3, 4))
print("query", query.shape, "keys", keys.shape, "W", W.shape, "U", U.shape, "v", v.shape)


# %%
def attend_by_loops(query, keys):
    scores = []
    for key in keys:
        inner = [math.tanh(W[i] @ query + U[i] @ key) for i in range(4)]
        scores.append(sum(v[i] * inner[i] for i in range(4)))  # eq. 8.3
    powers = [math.exp(score) for score in scores]
    weights = [power / sum(powers) for power in powers]  # eq. 8.4
    context = np.zeros(4)
    for weight, key in zip(weights, keys, strict=True):
        context = context + weight * key
    return context, weights


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
their part $U k_j$ is computed once and handed in. (It has a bias, too, which eq. 8.3 leaves out.)
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
different. A `DecoderState` bundles what goes from step to step: hidden state, cell, the last weights, and the
`Memory` of the word, which stays: keys, their projected part, mask and summary.
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
Train it in the same way: the same words in the same order, the same number of steps.

**Guess first.** Where will it gain most, at short words or at long ones?
"""

# %% tags=["answer", "nbval-ignore-output"]
looking = EncoderDecoder(len(letters), len(phonemes), dim, attention=True)
looking.to(session.device)
looking_history = train(looking)
print(f"loss {np.mean(looking_history.losses[-100:]):.3f} after {looking_history.seconds:.0f} s")

# %% tags=["answer", "nbval-ignore-output"]
looking_asked = Pronouncer(looking, letters, phonemes)
said_looking = looking_asked.pronounce(held_out)
looking_errors = errors_by_length(said_looking)
phoneme_error_rate(said_looking, references), word_error_rate(said_looking, references)

# %% tags=["answer", "folded"]
# @title Both networks, by the length of the word
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
From four letters on the line is nearly level: with attention, long words are not much harder than short ones. For a
short word, one vector had room enough, and there is little to gain.

And the six words of the beginning? Most of them the network has seen in training, once or twice each; a beam of
four looks for the answers.

**Guess first.** How many of the six will it say right?
"""


# %% tags=["answer", "nbval-ignore-output"]
def verdict(word):
    answer = looking_asked.pronounce([word], width=4)[0]
    known = "in training" if word in sounds.train else "kept back"
    right = "right" if answer in everything[word] else "wrong: " + " ".join(everything[word][0])
    return f"{word:13}{known:13}{' '.join(answer):24}{right}"


for word in six:
    print(verdict(word))

# %% [markdown]
"""
In the run shown, the network says the vowel of *bough* nearly every time, and so the one word that it never saw
is the one that it gets right. The others are wrong although it was shown the answers: in so few passes it has
learned what a hundred thousand words have in common, and *-ough* is decided word by word, by history and not by a
rule. A dictionary looks such words up. The network is for those that no dictionary has.

Where did it look? A row for each phoneme, a column for each letter. Whether the answer is right is printed
first, for the picture looks just as convincing when it is not.
"""

# %% tags=["nbval-ignore-output"]
for word in ("photographer", "knight", "queue", "attention", "sequence"):
    print(verdict(word))


# %%
def shown(word):
    answer = looking_asked.pronounce([word], width=4)[0]
    return looking_asked.align(word, answer), answer  # (T, S), T phonemes


# %% tags=["folded"]
# @title Letters and phonemes of photographer
looked, its_sounds = shown("photographer")
assert np.allclose(looked.sum(axis=1), 1, atol=1e-5)
display_figure(
    heatmap(looked, its_sounds, list("photographer"), colour_label="attention"),
    alt="A table with the letters of photographer along the top and the phonemes that the network "
    "says down the side. The bright squares lead from the upper left to the lower right: the "
    "network looks at the letters from left to right.",
)

# %% [markdown]
"""
Three more, with a line from each phoneme to the letters that it looked at:
"""

# %% tags=["folded"]
# @title Three words, with lines from sounds to letters
from lmteach.plots.alignment import alignment

figure, panels = plt.subplots(3, 1, figsize=(9, 9))
for axes, word in zip(panels, ("knight", "queue", "attention"), strict=True):
    looked, its_sounds = shown(word)
    alignment(looked, source=word, target=its_sounds, axes=axes)
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

Type words of your own, and names, and words that don't exist. What you see is what the network says, right or
wrong.
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
    x_keys, x_summary = encoder(x, x_lengths)
    state = decoder.start(x_keys, x_summary, padding_mask(x_lengths, x.shape[1]))
    print("keys", tuple(x_keys.shape), "summary", tuple(x_summary.shape))
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
And two promises that a user of the network relies on. Attention never lands on padding, and a batch gives the
same answers as its words one by one. What the last cell shows is no promise, and holds for these four words: summed
over them, a beam of eight finds answers no less likely than greedy search does.
"""

# %%
ragged = ["a", "queue", "photographer", "is"]
ids, ragged_lengths = (part.to(session.device) for part in pad([letters.encode(w) for w in ragged]))
outside = ~padding_mask(ragged_lengths, ids.shape[1])
starts = torch.full((4, 6), START, device=session.device)
landed = looking.alignment(ids, ragged_lengths, starts)  # (B, T, S)
assert bool((landed[outside[:, None].expand_as(landed)] == 0).all())
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
reading = {"text_read": sum(map(len, words)), "passes": STEPS * 128 / len(words)}
runs = {"LSTM": (asked, history), "LSTM with attention": (looking_asked, looking_history)}
for name, (pronouncer, run) in runs.items():
    spoken = pronouncer.pronounce(test_words, width=4)
    size = sum(weight.numel() for weight in pronouncer.model.parameters())
    errors[name] = phoneme_error_rate(spoken, answers)
    record("B", name, errors[name], size, run.seconds, **reading)
    print(f"{name}: word error rate {word_error_rate(spoken, answers):.3f}")

# %% tags=["nbval-ignore-output"]
assert errors["LSTM with attention"] < 0.13
assert errors["LSTM with attention"] < errors["LSTM"]
table("B", ["HMM", "HMM, state knows its letter", *runs])

# %% [markdown]
"""
The network reads the whole word before it says anything, and that shows against the HMM. The attention pays
for its weights and seconds with fewer errors than the summary makes. *Yours* is one seed each; the rows of these pages
are means of three (`experiments/pronouncing.py`), and the two networks lie many times their spreads apart.

## Spot the bug

Here is the network that we trained, asked by a function that somebody has written in a hurry. It runs, no
error is raised, and the words that it says are right as often as above, if you ask for one at a time. Ask it for
a word twice: alone, and beside a longer one. Which line is it?
"""


# %%
@torch.no_grad()
def say(batch):
    source, lengths = (part.to(session.device) for part in pad([letters.encode(w) for w in batch]))
    keys, summary = looking.encoder(source, lengths)  # (B, S, D), (B, D)
    mask = torch.ones(source.shape, dtype=torch.bool, device=session.device)  # (B, S)
    state = looking.decoder.start(keys, summary, mask)
    start = torch.full_like(lengths, START)
    found = beam_search(looking.step, state, start, END, width=1, max_length=40)
    return [phonemes.decode(hypotheses[0].tokens) for hypotheses in found]


# %% tags=["nbval-ignore-output"]
longest = max(held_out, key=len)
for word in ("cat", "through", "queue"):
    alone, beside = say([word])[0], say([word, longest])[0]
    print(f"{word:9}{' '.join(alone):14}{' '.join(beside)}")

# %% [markdown]
"""
The answer depends on who stands beside the word.

**Guess first.** Which line is it? And what is the damage over a thousand words, in batches as they come?
"""

# %% tags=["answer", "nbval-ignore-output"]
few = held_out[::12]
few_right = [sounds.valid[word] for word in few]
rows = [few[i : i + 64] for i in range(0, len(few), 64)]
leaky, masked = [], []
for row in rows:
    leaky += say(row)
    masked += looking_asked.pronounce(row, batch=64)
broken, sound = phoneme_error_rate(leaky, few_right), phoneme_error_rate(masked, few_right)
assert broken > 1.1 * sound
changed = np.mean([a != b for a, b in zip(leaky, masked, strict=True)])
print(f"without mask {broken:.3f}, with mask {sound:.3f}; {changed:.0%} of the answers differ")

# %% [markdown]
"""
It is the line with the mask: it says True everywhere, and so the padding behind a shorter word may be attended to.
An error rate above 1 means that more is wrong than there was to say. The network says the word, or begins to, moves
on to the right, as it always does, and finds places where nothing is written, but where the LSTM ran on and left
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
two_ways = dict(reader.rightward.state_dict())
for name, weight in reader.leftward.state_dict().items():
    two_ways[f"{name}_reverse"] = weight
theirs = nn.LSTM(64, dim // 2, batch_first=True, bidirectional=True).to(session.device)
theirs.load_state_dict(two_ways)
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

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · one attention step, inside the real model (25 minutes, ●●○)

With NumPy, from the scores of one word to a whole batch; then your step takes the place of the layer in the
network that you have trained. A step may call the functions of the steps before it; its check judges it alone.

#### Step 1 · score_keys

For one query (D,) and the keys (S, D) of a word, return the scores (S,) of equation 8.3, without a loop over the
keys. `W` and `U` are (D, D), `v` is (D,).
"""


# %% tags=["exercise"]
def score_keys(query, keys, W, U, v):
    ### BEGIN SOLUTION: a score for each key
    asked = W @ query  # (D,)
    offered = keys @ U.T  # (S, D)
    return np.tanh(asked + offered) @ v
    ### END SOLUTION


check.score_keys(score_keys)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`U @ key` for every row of `keys` at once is `keys @ U.T`. The query's part is added to each row by itself.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · attend

Weights (B, S) from scores (B, S), for a batch. Each row sums to 1, and where `mask` is False, the weight is exactly 0.
"""


# %% tags=["exercise"]
def attend(scores, mask):
    ### BEGIN SOLUTION: a softmax along the row
    masked = np.where(mask, scores, -np.inf)
    powers = np.exp(masked - masked.max(axis=-1, keepdims=True))
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

The largest score is taken off first: the weights stay what they are, and no exponential overflows.

</details>
"""

# %% [markdown]
"""
#### Step 3 · mix

From weights (B, S) and keys (B, S, D), the contexts (B, D): for each word the sum of its keys, weighted.
"""


# %% tags=["exercise"]
def mix(weights, keys):
    ### BEGIN SOLUTION: a context for each word of the batch
    weighted = weights[:, :, None] * keys  # (B, S, D)
    return weighted.sum(axis=1)
    ### END SOLUTION


check.mix(mix)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`weights[:, :, None]` has the shape (B, S, 1), and multiplies each key by its weight. Over which axis do you add?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · attention_step

All of it, for queries (B, D), keys (B, S, D) and a mask (B, S), with the layer's own numbers: `W` (D, D) for the
query, `U` (D, D) and its bias `b` (D,) for the keys, `v` (D,). Return contexts and weights.

Then `say_with(attention_step, "queue")`: the cell below the solution puts your step where the layer was. Does the
network say the same as before?
"""


# %% tags=["exercise"]
def attention_step(queries, keys, mask, W, U, b, v):
    ### BEGIN SOLUTION: return contexts, weights
    asked = queries @ W.T  # (B, D)
    offered = keys @ U.T + b  # (B, S, D)
    scores = np.tanh(asked[:, None] + offered) @ v  # (B, S)
    weights = attend(scores, mask)
    return mix(weights, keys), weights
    ### END SOLUTION


check.attention_step(attention_step)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

As in step 1, with one axis more: `asked[:, None]` (B, 1, D) is added to all keys of its word. Then steps 2 and 3.

</details>

<details><summary>Solution</summary>

{{solution}}

It does: `say_with(attention_step, word)` equals `looking_asked.pronounce([word])[0]` for every word, since the
numbers are the same and only their last digits may differ.

</details>
"""


# %% tags=["folded"]
# @title say_with: the trained network, with your attention in the place of its own
class YourAttention(nn.Module):
    def __init__(self, own, attention_step):
        super().__init__()
        self.key, self.attention_step = own.key, attention_step
        parts = own.query.weight, own.key.weight, own.key.bias, own.score.weight[0]
        self.numbers = [part.detach().cpu().numpy() for part in parts]

    def forward(self, query, keys, mask=None, projected=None):
        arrays = [part.detach().cpu().numpy() for part in (query, keys, mask)]
        found = self.attention_step(*arrays, *self.numbers)
        return [torch.as_tensor(part, dtype=query.dtype, device=query.device) for part in found]


def say_with(attention_step, word):
    changed = copy.deepcopy(looking)
    changed.decoder.attention = YourAttention(looking.decoder.attention, attention_step)
    return Pronouncer(changed, letters, phonemes).pronounce([word])[0]


# %% [markdown]
"""
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
### Exercise 2 · best_per_symbol (8 minutes, ●●○)

Every symbol makes an answer less likely, so a beam has a liking for short ones. Write
`best_per_symbol(hypotheses)`: `hypotheses` is a list of pairs, the tokens of an answer and its log probability.
Return the tokens whose log probability *per symbol* is best. The end mark was written, too, and counts as a symbol;
it is not among the tokens.
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
- A beam keeps several beginnings. Wide enough, it is exhaustive; in between it promises nothing, and here more
  than four gain hardly anything.
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
