# %% [markdown] slideshow={"slide_type": "slide"}
r"""
# 15 · BERT

{{badges}}

> It is one of the ▁▁▁▁ important works of the century.

You filled the gap before you came to the full stop, and you did it with words that stand *behind* it. Every language model
so far reads from left to right, and stops where the gap begins. What is a word on the
right worth? And does a network know better what to do with it than a table of counts?

**Aims.** Ask counts for a missing token, from the left and, by Bayes, from both sides. Turn the encoder of notebook 11 into BERT:
which tokens are hidden, how it is judged, what stands at both ends. Train it, hold it against counting, and teach it to tell praise from blame.

**Time.** {{time}} The cells run in about two minutes on two CPU cores.

**Before.** [02 · n-grams and smoothing](02_ngrams_and_smoothing.ipynb), [11 · The Transformer](11_the_transformer.ipynb) and
[13 · GPT](13_gpt.ipynb).
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
With `USE_CUDA` ticked, the network that is trained here takes eight times as many steps.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.exercises import bert as check
from lmteach.models.ngram.model import NGramModel
from lmteach.plots.diagrams.bert import bert
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training.trained_bert import trained_bert
from lmteach.widgets.question.widget import Question

# %% [markdown]
"""
Wikipedia once more, as the 1,024 tokens of notebook 12. A small BERT comes with the package, trained; its tokenizer is that of the GPT, with four
tokens more, of which you will hear.
"""

# %%
wiki = wikipedia()
trained, sentences = trained_bert()
tokenizer, special = sentences.tokenizer, sentences.special
V = tokenizer.vocab_size
train = torch.tensor(tokenizer.encode(wiki.train))
names = [tokenizer.decode([number]) for number in range(V)]


def seeded(seed):
    return torch.Generator().manual_seed(seed)


len(train), V, sentences.vocab_size

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## What the left says

A 4-gram of tokens, with modified Kneser–Ney as in notebook 02. It reads up to the gap, and looks at the last three tokens before it.
"""

# %%
four_gram = NGramModel(4, "modified_kneser_ney", V).fit(train.tolist())
left = tokenizer.encode("It is one of the")
right = tokenizer.encode(" important works of the century.")
sentences.names(left), sentences.names(right)


# %%
def likeliest(chances, count=5):
    found, ids = torch.as_tensor(chances).topk(count)
    return {names[n]: round(p, 3) for n, p in zip(ids.tolist(), found.tolist(), strict=True)}


from_left = four_gram.probabilities(left)
likeliest(from_left)

# %% [markdown]
r"""
*One of the most*, *one of the first*: sensible, and nothing is sure. What follows the gap was not even looked at.

A model that goes from left to right can still be asked about it. It gives every whole text a probability, by the chain rule; so put each of the 1,024 tokens into the gap, and see
which text it finds likeliest. That is Bayes' rule for a token $w$ in the gap, with $\ell$ on its left and $r$ on its right; $v$ runs over all tokens:

$$ P(w \mid \ell, r) = \frac{P(w \mid \ell)\; P(r \mid \ell, w)}{\sum_{v} P(v \mid \ell)\; P(r \mid \ell, v)} \tag{15.1} $$
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "It is one of the ____ important works of the century. From the left, a 4-gram gives 'most' "
    "12 %. Now the same counts also say how well ' important' goes on after each candidate. What "
    "becomes of the 12 %?",
    {
        "about 12 %: a 4-gram reads to the left": "It does. But 'one of the most imp' and 'one of "
        "the first imp' are both texts, and it has an opinion on each.",
        "about a quarter": "Twice as sure would take a right side that prefers 'most' by a little. "
        "How often is 'the first important' written, and how often 'the most important'?",
        "nearly all": "Hardly another token goes before 'important' after 'one of the'. The right "
        "side decides.",
    },
    right="nearly all",
)


# %% tags=["answer"]
def by_trying(left, right):
    wholes = [[*left, token, *right] for token in range(V)]
    scores = np.array([four_gram.log_probabilities(whole).sum() for whole in wholes])
    chances = np.exp(scores - scores.max())
    return chances / chances.sum()  # eq. 15.1


from_both = by_trying(left, right)
likeliest(from_both)

# %% [markdown]
"""
No new counts, no new text: only the right question. In the package `between` does the same, and scores only the n-grams that the token is in, for all others are the same in every text:
"""

# %%
from lmteach.models.ngram.both_sides import between

np.testing.assert_allclose(from_both, between(four_gram, left, right), rtol=1e-6, atol=1e-12)

# %% [markdown]
"""
One sentence shows nothing. So hide one token in each of 1,000 windows of test articles, which nobody has read. What does it cost to name it, in bits?
"""

# %%
from lmteach.evaluation.blanks import (
    Blanks,
    bits_per_blank,
    draw_blanks,
    fill_with_bert,
    fill_with_counts,
)

test = torch.tensor(tokenizer.encode(wiki.test))
blanks = draw_blanks(test, 1000, window=126, generator=seeded(0))
blanks.windows.shape, sentences.names(blanks.answers[:8])

# %% [markdown]
"""
**Guess first.** Knowing nothing, 10 bits. From the left, the 4-gram needs five. What does the right side save?
"""

# %% tags=["answer"]
one_side = bits_per_blank(fill_with_counts(four_gram, blanks, both=False), blanks)
two_sides = bits_per_blank(fill_with_counts(four_gram, blanks), blanks)
print(f"4-gram, from the left   {one_side:.2f} bits per hidden token")
print(f"the same, from both     {two_sides:.2f}")
assert two_sides < 0.5 * one_side

# %% [markdown] slideshow={"slide_type": "slide"}
"""
More than half of it. Remember the second number: it is what a network has to beat.

## A network that looks both ways

Its form is known since notebook 11: the *encoder*, whose places look at all places, left and right. GPT is the same stack with
the future masked away. So take the mask off, and train it as notebook 13 trained the GPT, to name tokens. But which? If each place is to name the *next* one,
it need only look there. So let each place name the token that stands there itself.

**Guess first.** A small encoder, every place asked for its own token, a hundred steps. What will its loss be, and what will it have learned?
"""

# %% tags=["answer"]
from lmteach.models.bert import model as shipped
from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.masking import masked_loss as loss_at
from lmteach.text.batches import random_windows
from lmteach.training.loop import fit

sizes = BertConfig(vocab_size=V + 4, context=34, dim=64, heads=4, layers=1, dropout=0.0)


def framed_windows(generator):
    return special.framed(random_windows(train, 16, 32, generator)[0])


def everywhere(ids):
    return ids < special.plain  # all but special tokens


# %% tags=["answer", "nbval-ignore-output"]
def open_loss(model, ids):
    return loss_at(model(ids), ids, everywhere(ids))


copier = shipped.BertForMaskedLM(sizes, seeded(0))
adamw = torch.optim.AdamW(copier.parameters(), lr=1e-2)
copied = fit(copier, open_loss, framed_windows, 100, adamw, seeded(1), progress=False).losses
short_blanks = draw_blanks(test, 300, window=32, generator=seeded(0))
asked = bits_per_blank(fill_with_bert(copier, short_blanks), short_blanks)
print(f"loss {copied[0]:.2f} at first, {copied[-1]:.2f} after 100 steps")
print(f"{asked:.0f} bits for a hidden token")

# %% tags=["answer"]
assert copied[-1] < 0.1
assert asked > math.log2(V)

# %% [markdown]
r"""
A perfect loss, and it knows less than nothing: for a token that is really hidden it pays more than ln V, or 10 bits. It has learned to
copy, for the answer stood in the question. So the answer has to be taken out.

## Which places are hidden

BERT (Devlin et al. 2019) chooses 15 % of the places, at random. The text stands between two special tokens, [CLS] and [SEP];
[PAD] fills rows up; and [MASK] stands where something is missing. They have the four ids above all others, and are never chosen.
"""

# %%
rows = torch.tensor([[*left, names.index(" most"), *right]])
ids = special.framed(rows)
print(ids[0].tolist())
print(sentences.names(ids[0]))


# %% lmteach={"defines": "models.bert.masking.choose_places"}
def choose_places(ids, special, share, generator):
    drawn = torch.rand(ids.shape, generator=generator, device=generator.device).to(ids.device)
    drawn[torch.isin(ids, torch.tensor(special, device=ids.device))] = 2.0  # never below a share
    chosen = drawn < share
    return chosen if bool(chosen.any()) else drawn == drawn.min()


# %%
chosen = choose_places(ids, special.ids, 0.15, seeded(4))
[name for name, is_one in zip(sentences.names(ids[0]), chosen[0], strict=True) if is_one]

# %% [markdown]
"""
(Should chance choose no place at all, the last line takes one. In *Build it* you find out what would happen otherwise.)

Of the chosen tokens, not all become [MASK]. Who uses the model later gives it texts without any mask, and it should have learned to say something about *every* token. So 80 % are masked; 10 % become another
token, drawn at random; and 10 % stay. It is asked about all of them, and can't know which of those that it sees are to be trusted.
"""


# %% lmteach={"defines": "models.bert.masking.hide"}
def hide(ids, chosen, mask_id, vocab_size, generator, replaced=0.8, random=0.1):
    device = generator.device
    dice = torch.rand(ids.shape, generator=generator, device=device).to(ids.device)
    others = torch.randint(vocab_size, ids.shape, generator=generator, device=device).to(ids)
    hidden = ids.masked_fill(chosen & (dice < replaced), mask_id)
    by_another = chosen & (dice >= replaced) & (dice < replaced + random)
    return hidden.where(~by_another, others)


# %% lmteach={"defines": "models.bert.masking.mask_tokens"}
def mask_tokens(ids, special, mask_id, vocab_size, generator, share=0.15, replaced=0.8, random=0.1):
    chosen = choose_places(ids, special, share, generator)
    return hide(ids, chosen, mask_id, vocab_size, generator, replaced, random), chosen


# %%
hidden, chosen = mask_tokens(ids, special.ids, special.mask, V, seeded(4))
sentences.names(hidden[0])

# %% [markdown]
"""
Now on a long text, where shares can be counted.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A text of 1,000 tokens, 15 % of the places chosen, of these 80 % masked, 10 % replaced by a "
    "random token and 10 % left. At how many places is the model asked for a token that stands "
    "there, plain to see?",
    number=15,
    reply="A tenth of 150. Too few to live by copying, enough to be good at text without masks.",
    slips={
        150: "So many are asked for. Most of those are masked.",
        100: "10 % of the chosen ones, not of all.",
        120: "These are the masked ones: there it sees [MASK].",
        30: "Half of those show another token than the one that is asked for.",
        135: "Of these it sees [MASK], or another token than the one that is asked for.",
        850: "These it sees, but it is not asked about them.",
        865: "So many show their own token. About 850 of them it is not asked.",
        0.015: "As a share, yes. How many of the 1,000 places?",
        0.15: "That share is asked about. How many of those show their own token?",
    },
)

# %% tags=["answer"]
many = special.framed(train[:100_000].view(-1, 100))
seen, chosen = mask_tokens(many, special.ids, special.mask, V, seeded(0))
share_of = {
    "chosen": chosen.sum() / everywhere(many).sum(),
    "masked": (seen == special.mask)[chosen].float().mean(),
    "another token": ((seen != special.mask) & (seen != many))[chosen].float().mean(),
    "as it was": (seen == many)[chosen].float().mean(),
}
print({name: f"{share:.1%}" for name, share in share_of.items()})

# %%
assert bool((seen == many)[~chosen].all())
assert abs(share_of["chosen"] - 0.15) < 0.005
assert abs(share_of["masked"] - 0.8) < 0.02

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Judged where it was asked

With $\mathcal{M}$ for the chosen places $t$, $\tilde{x}$ for the text with tokens hidden, $x_t$ for what stood at $t$, and $\theta$ for the weights of the model:

$$ \mathcal{L} = -\frac{1}{|\mathcal{M}|} \sum_{t \in \mathcal{M}} \log P_\theta(x_t \mid \tilde{x}) \tag{15.2} $$

The sum is over the chosen places, and so is the count that divides it.
"""


# %% lmteach={"defines": "models.bert.masking.masked_loss"}
def masked_loss(logits, targets, chosen):
    return functional.cross_entropy(logits[chosen], targets[chosen])  # eq. 15.2


# %% [markdown]
"""
**Guess first.** A model that has learned nothing, with 1,028 tokens to choose from. What is its first loss, in nats? And what changes if another token is put among the targets
where nobody asks, or where somebody does?
"""

# %% tags=["answer"]
unlearned = shipped.BertForMaskedLM(replace(sizes, context=102), seeded(0))
with torch.no_grad():
    first = masked_loss(unlearned(seen[:16]), many[:16], chosen[:16]).item()
print(f"first loss {first:.2f}, ln V = {math.log(V + 4):.2f}")
assert abs(first / math.log(V + 4) - 1) < 0.02


# %% tags=["answer"]
some_logits = torch.randn(1, 102, V + 4, generator=seeded(0))
targets, where = many[:1], chosen[:1]


def moved_by(loss, places):
    changed, place = targets.clone(), places[0].nonzero()[5]
    changed[0, place] = (changed[0, place] + 1) % V
    return (loss(some_logits, changed, where) - loss(some_logits, targets, where)).abs().item()


print(f"a target changes where nobody asks: the loss moves by {moved_by(masked_loss, ~where):.3f}")
print(f"where somebody does:                the loss moves by {moved_by(masked_loss, where):.3f}")
assert moved_by(masked_loss, ~where) == 0 < moved_by(masked_loss, where)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
ln V, and only what is asked for counts. Keep both tests in mind: any masked loss has to pass them.

## BERT

What is between the ids and the logits? B texts, T tokens, D numbers for each:
"""

# %% tags=["folded"]
# @title BERT, and one of its layers
display_figure(
    bert(),
    alt="A drawing in two columns. Left, from below: ids, B by T, go to three tables, of words, V "
    "by D, of positions and of segments; their sum goes through a LayerNorm and layer 1 to layer "
    "L. From there two ways lead up. One, for every place: linear and GELU, LayerNorm, and the "
    "table of words the other way round, to logits, B by T by V. The other, for the first place "
    "alone: linear and tanh, a map to the labels, and logits, B by labels. Right, a layer, opened: "
    "attention to all places, added to the path, then LayerNorm, then the feed-forward part, "
    "added, then LayerNorm again.",
)

# %% [markdown]
"""
The layers are those of notebook 11, with the norm behind each sum (post-norm), and a GELU. What is new stands at both ends. Below: the tables.
"""

# %% tags=["folded"]
# @title Where we are
display_figure(
    bert(lit=["embedding", "layers"]),
    alt="The same drawing, pale but for the lower left: ids, the three tables, their sum, the "
    "LayerNorm above it, and the layers.",
)


# %% lmteach={"plain": "models.bert.encoder.BertEncoder"}
from lmteach.models.transformer.layers import EncoderLayer


class BertEncoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.words = nn.Embedding(config.vocab_size, config.dim)
        self.positions = nn.Embedding(config.context, config.dim)
        self.segments = nn.Embedding(config.segments, config.dim)
        self.norm = nn.LayerNorm(config.dim, config.norm_eps)
        self.layers = nn.ModuleList(EncoderLayer(config.layer) for _ in range(config.layers))

    def forward(self, ids, segments):
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.segments(segments)
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x)  # no mask: each place sees all others
        return x


# %% [markdown]
"""
*Segments* tell two texts apart, a question from an answer: 0 up to the first [SEP], 1 after it. We need one text only.

Above the layers, BERT asks each place for its token: one more map with a GELU and a norm, and then the table of words the other way round, as in GPT, with a bias for each word.
"""


# %% tags=["folded"]
# @title The way up from every place
display_figure(
    bert(lit=["masked"]),
    alt="The drawing once more, pale but for the way that leads up from every place: linear and "
    "GELU, LayerNorm, the table of words the other way round, and the logits, B by T by V.",
)


# %% lmteach={"plain": "models.bert.model.BertForMaskedLM"}
class BertForMaskedLM(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.bert = BertEncoder(config)
        self.dense = nn.Linear(config.dim, config.dim)
        self.norm = nn.LayerNorm(config.dim, config.norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def forward(self, ids, segments):
        x = self.norm(functional.gelu(self.dense(self.bert(ids, segments))))
        return functional.linear(x, self.bert.words.weight, self.bias)


# %%
plain = BertForMaskedLM(sizes).eval()
segments = torch.zeros_like(hidden)
embedded = plain.bert.words(hidden) + plain.bert.positions.weight[: hidden.shape[1]]
print("ids     ", tuple(hidden.shape))
print("embedded", tuple((embedded + plain.bert.segments(segments)).shape))
print("encoded ", tuple(plain.bert(hidden, segments).shape))
print("logits  ", tuple(plain(hidden, segments).shape))

# %% [markdown]
"""
Is it the package's? And does each place really see both sides? Exchange the last token of the text, and look at all places.
"""

# %%
general = shipped.BertForMaskedLM(sizes).eval()
general.load_state_dict(plain.state_dict())
with torch.no_grad():
    assert_close(plain(hidden, segments), general(hidden), atol=1e-4, rtol=1e-5)
    other = hidden.clone()
    other[0, -2] = names.index(" the")
    change = (general(other) - general(hidden))[0].abs().amax(dim=-1)
assert bool((change > 1e-4).all())
f"smallest change at any place: {change.min():.4f}"

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Learning to fill in

A BERT has to be trained for long: the larger one of 2019 had 3.3 billion words, and sixty-four chips for
four days. We have minutes, so our recipe departs from the paper, in four ways, all found by trials on valid:

- Every *third* token is hidden, in place of 15 % by chance: more questions a step, and both neighbours of a hidden token are seen.
- All of them become [MASK].
- Vectors of the neighbours are looked up in tables, as notebook 13 did with bigrams and trigrams, never of the place itself. There are five: for the two tokens on both sides, the nearest one and the nearest two on the left, and as many on the right.
- Muon, and layers that start at 0 (notebook 13).

It is the tables that it takes: with all the rest, at the same rate, but without them, our BERT knows no more after seven hundred steps than which tokens are frequent (the figure follows below).
"""

# %%
from lmteach.models.bert.neighbour_embedding import neighbour_rows

twice = torch.tensor([tokenizer.encode(" the wolf and the wolf")])
both_rows, left_row, *_ = neighbour_rows(twice, order=2, rows=3200)
print(sentences.names(twice[0]))
print("both neighbours", both_rows[0].tolist())
print("the left one   ", left_row[0].tolist())

# %% [markdown]
"""
Twice *w* stands between *the* and *ol*, and twice it gets the same row. (Which one, a hash says, as in notebook 13.) Now train. The run is short; the shipped model took seven hundred steps of the same recipe. While it learns, it fills
our gap now and then. The dashed level is what a model pays that knows only how frequent each token is.
"""

# %%
from lmteach.training.masked_recipe import WIKIPEDIA_MASKED

recipe = replace(WIKIPEDIA_MASKED, steps=100 * session.scale, warmup=10)
gap = len(left) + 1
gapped = ids.clone()
gapped[0, gap] = special.mask
shares = torch.bincount(train, minlength=V) / len(train)
unigram_level = torch.special.entr(shares).sum().item()
f"{unigram_level:.2f} nats, or {unigram_level / math.log(2):.2f} bits, for a token by its frequency"


# %%
@torch.no_grad()
def chances_in_gap(model):
    return model(gapped.to(model.bias.device))[0, gap, :V].softmax(dim=-1).cpu()


def fill_now(model):
    return ", ".join(f"{name} {p:.0%}" for name, p in likeliest(chances_in_gap(model)).items())


# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.training_panel.widget import TrainingPanel

learner = recipe.model(seeded(0)).to(session.device)
panel = TrainingPanel(
    recipe.steps,
    sample=lambda: fill_now(learner),
    sample_every=recipe.steps // 4,
    tokens_per_step=recipe.batch * recipe.config.context,
    marks={"by frequency": unigram_level},
)


def train_it(f):
    corpus = train.to(session.device)
    return recipe.train(learner, corpus, seeded(0), on_step=f, progress=False)


panel.run(train_it)

# %% [markdown]
"""
Press *Pause*, *Sample now* or *Stop* while it trains. The next cell waits for the end. After *Stop* some checks below won't hold; run the cell again. (In Colab the buttons work only until that one is run, so take the cells one by one.)
"""

# %% tags=["nbval-ignore-output"]
history = await panel.finished()
f"{len(history.losses)} steps in {history.seconds:.0f} s"

# %% [markdown]
"""
Now two hundred of the blanks from above, which neither this one nor the shipped one has read.

**Guess first.** The 4-gram needs 5.10 bits from the left and 2.45 from both sides. And the shipped BERT, after seven hundred steps: less than 2.45, for it sees all, and learns? Between the two?
"""

# %% tags=["answer", "nbval-ignore-output"]
some = Blanks(blanks.windows[:200], blanks.places[:200])
by_learner = bits_per_blank(fill_with_bert(learner.cpu(), some), some)
by_trained = bits_per_blank(fill_with_bert(trained, some), some)
print(f"this one         {by_learner:.1f} bits per hidden token")
print(f"the shipped one  {by_trained:.1f}")

# %%
assert history.losses[0] > unigram_level > np.mean(history.losses[-10:])
assert by_learner < unigram_level / math.log(2)
assert two_sides < by_trained < one_side

# %% [markdown]
"""
It starts at ln V, falls below the level, and goes on. The shipped one, after seven hundred steps, stands between the two counts. Back to the sentence from the beginning.

**Guess first.** For *most* the count said 12 % from the left and 99.9 % from both sides. Where do the two networks come in: the GPT of notebook 13, which sees the left alone, and the shipped BERT?
"""

# %% tags=["answer", "folded"]
# @title What four models put into the gap
from lmteach.plots.next_token_bars import next_token_bars
from lmteach.training.trained_gpt import trained_gpt

writer, _ = trained_gpt()
with torch.no_grad():
    by_gpt = writer(torch.tensor([left]))[0, -1].softmax(dim=-1)
by_bert = chances_in_gap(trained)
said = {"count, left": from_left, "count, both": from_both, "GPT": by_gpt, "BERT": by_bert}
_, panels = plt.subplots(1, 4, figsize=(13, 3.6))
for (name, own), axes in zip(said.items(), panels, strict=True):
    next_token_bars(own, names, shown=6, axes=axes, title=name).set_xlim(0, 1)
display_figure(
    panels[0],
    alt="Four bar charts of the likeliest tokens in the gap, all on a scale from 0 to 100 per "
    "cent. From the left the count gives most and first the highest bars, both about a tenth; from "
    "both sides it gives most nearly everything. The GPT spreads over many tokens, none above 3 "
    "per cent, and most is not among its six. BERT gives most about two fifths, first a tenth.",
)
assert from_both[names.index(" most")] > by_bert[names.index(" most")] > 0.3

# %% [markdown] slideshow={"slide_type": "slide"}
"""
BERT stands between the two counts, and the GPT below them all. One sentence, again. So ask for all 1,000 blanks.

## What both sides bring

Stored figures of `experiments/both_sides.py`, three seeds: GPT and BERT of the same width, depth, batches and steps, with tables of neighbours and without. Look first at what is hidden: a whole word, such as *most*; the first piece of a longer one,
such as *imp* of *important*; or a later piece, such as *ort*.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "From the left the 4-gram needs 5.10 bits for a hidden token, from both sides 2.45. Where "
    "does the right side save it most?",
    {
        "at whole words: what follows says what is meant": "That is where meaning would help. "
        "There it saves less than two bits.",
        "at the first piece of a word": "From 8.2 bits to 2.2. What follows is the rest of the "
        "word, and spells it out.",
        "at later pieces of a word": "There the left is good already: 3.8 bits, for the word has "
        "begun. The right side saves less than two.",
    },
    right="at the first piece of a word",
)

# %% tags=["answer"]
from lmteach.evaluation.results import read_results

sides, full = read_results("both_sides"), WIKIPEDIA_MASKED.steps
cases = {
    "counts, left": {"model": "counts, left"},
    "counts, both": {"model": "counts, both"},
    "GPT, no tables": {"model": "GPT", "tables": False},
    "GPT, tables": {"model": "GPT", "tables": True},
    "BERT, no tables": {"model": "BERT", "tables": False, "steps": full},
    "BERT, tables": {"model": "BERT", "tables": True, "steps": full},
}
print("bits per hidden token   all   whole words   first pieces   later pieces")
for name, case in cases.items():
    bits = [
        np.mean(sides.values(kind, **case))
        for kind in ("blank_bits", "whole_words", "first_pieces", "later_pieces")
    ]
    print("{:20} {:6.2f} {:13.2f} {:14.2f} {:14.2f}".format(name, *bits))

# %%
each_seed = {name: sides.values("blank_bits", **case) for name, case in cases.items()}
assert max(each_seed["counts, both"]) < min(each_seed["BERT, tables"])
assert max(each_seed["BERT, tables"]) < min(each_seed["GPT, tables"])
assert max(map(np.ptp, each_seed.values())) < 0.1
assert abs(np.mean(each_seed["BERT, no tables"]) - unigram_level / math.log(2)) < 0.15
assert abs(each_seed["counts, both"][0] - two_sides) < 0.01

# %% [markdown]
"""
(Means of three seeds, which are less than 0.1 apart in the first column.) At first pieces the count saves six bits, elsewhere less than two. So much of what both sides bring is spelling: cut a word into pieces, hide the first, and the
others give it away. BERT's authors found their task too easy for such pieces, and later trained models for which whole words were hidden.

Among networks, BERT with tables is a bit and a half ahead of the GPT with tables. *Without* tables BERT stays at the level of mere frequency, and the GPT does not; for one thing, BERT
is asked at a third of the places, GPT at all of them. And counting from both sides is ahead of everyone. A table is full after one reading; a network has to find out
by small steps what the table simply holds.
"""

# %% [markdown]
"""
What is unequal here: GPT has its norms before the parts and rotary positions, BERT behind them and a learned table. GPT's tables have 2 × 8,800 rows, BERT's 5 × 3,200. Steps are equal; seconds are not compared. And it is a short text, and few steps: no word about BERT on
billions of words.

Now you. Click on any token to hide it, or type a sentence: on the left what the GPT says, on the right BERT. Where does the left side do as well as both?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.evaluation.blanks import filler
from lmteach.widgets.fill_in.widget import FillIn

FillIn(
    filler(writer),
    filler(trained),
    tokenizer,
    tokenizer.decode([*left, names.index(" most"), *right]),
    place=len(left),
    names=("GPT, the left alone", "BERT, both sides"),
    examples=[
        "He died in 1912.",
        "It can be used as a set of numbers.",
        "She was born in the city.",
    ],
)

# %% [markdown]
"""
**Guess first.** Which of the two is ahead at the first token, and which at the last?
"""

# %% tags=["answer"]
sentence = [*left, names.index(" most"), *right]
for model_name, model in {"GPT": writer, "BERT": trained}.items():
    for place in (0, len(sentence) - 1):
        hit = filler(model)(sentence, place)[sentence[place]]
        print(f"{model_name:4}  {names[sentence[place]]!r} at place {place:2}: {hit:.1%}")

# %% [markdown]
"""
At the first token the GPT has nothing to go by: all 1,024 are alike to it. BERT has all the rest, and here gives the right one hardly more. At the last it is BERT that has nothing new: on the right stands [SEP], and in training that stood after any token, for the windows are cut wherever they happen to end. Nor has
it often had to do with the left alone. So the full stop, which the GPT expects with 55 %, gets 5 from BERT.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## One place for the whole text

Filling gaps is the school, not the trade. What BERT was made for: read a text and say something about *it*. The place of [CLS] belongs to no token, and sees all of them. A map and a tanh on its vector, and a map to the classes:
"""

# %% tags=["folded"]
# @title The other way up
display_figure(
    bert(lit=["classifier"]),
    alt="The drawing of BERT, pale but for the way that leads up from the first place: linear and "
    "tanh, the map to the labels, and the logits, B by labels.",
)


# %% lmteach={"plain": "models.bert.model.BertForSequenceClassification"}
class BertForSequenceClassification(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.bert = BertEncoder(config)
        self.pooler = nn.Linear(config.dim, config.dim)
        self.classifier = nn.Linear(config.dim, config.labels)

    def forward(self, ids, segments):
        first = self.bert(ids, segments)[:, 0]  # (B, D), the place of [CLS]
        return self.classifier(self.pooler(first).tanh())


# %%
judge = BertForSequenceClassification(sizes).eval()
judge(hidden, segments).shape

# %% [markdown]
"""
*Fine-tuning*: take the trained encoder, put such a head on it, which starts from nothing, and train all of it on, for a few passes, at a low rate. The sentences are from film reviews, each judged by some twenty people: praise or blame?
"""

# %%
from lmteach.text.batches import batches_of_like_length, pad
from lmteach.text.corpora.film_sentences import film_sentences

films = film_sentences()
for film in films.train[:3]:
    print(f"{film.rating:+.1f}  {film.text}")
f"{len(films.train):,} sentences with labels, {len(films.test):,} to be judged"


# %% [markdown]
"""
Sentences are of different lengths, so [PAD] fills a batch up. The package's class takes a mask in the place of the segments, True where text stands: no place attends to padding.
"""


# %%
def batch_of(some):
    rows, lengths = pad([sentences.encode(film.text)[:128] for film in some], special.pad)
    told = torch.tensor([int(film.positive) for film in some])
    return rows, torch.arange(rows.shape[1]) < lengths[:, None], told


def in_batches(some, generator, size=16):
    lengths = torch.tensor([len(film.text) for film in some])
    for places in batches_of_like_length(lengths, size, generator):
        yield batch_of([some[place] for place in places])


# %%
def judge_loss(model, batch):
    rows, mask, told = batch
    return functional.cross_entropy(model(rows, mask), told)


@torch.no_grad()
def share_right(model, some):
    right = [
        (model(rows, mask).argmax(dim=-1) == told).sum().item()
        for rows, mask, told in in_batches(some, seeded(0), 64)
    ]
    return sum(right) / len(some)


# %% [markdown]
"""
Here all of the model is trained: 200 labels, five passes, drawn anew for each of three seeds, from the shipped BERT, and from an untrained one.
"""


# %%
def fine_tuned(seed, encoder, labels=200, passes=5):
    order = np.random.default_rng(seed).permutation(len(films.train))[:labels]
    own, dice = [films.train[place] for place in order], seeded(seed)
    model = shipped.BertForSequenceClassification(trained.config, dice)
    model.bert.load_state_dict(encoder.state_dict())
    drawn = (batch for _ in range(passes) for batch in in_batches(own, dice))
    steps = passes * math.ceil(labels / 16)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4)
    history = fit(model, judge_loss, lambda _: next(drawn), steps, optimizer, dice, progress=False)
    return model, history


# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Praise or blame, 200 labels. A coin is right half the time; logistic regression on counts of "
    "words and letters (TF-IDF) is right on 63 % of the test sentences. And our BERT, trained for "
    "seven hundred steps on Wikipedia and then on these labels?",
    {
        "ahead of the counts: it has read English": "It has learned which pieces stand side by "
        "side in an encyclopaedia. Dull and funny stand in the same places.",
        "between the coin and the counts": "Somewhat better than a coin. An encyclopaedia neither "
        "praises nor blames.",
        "level with the coin": "Two hundred labels are enough to be somewhat better than a coin.",
    },
    right="between the coin and the counts",
)

# %% tags=["answer", "nbval-ignore-output"]
found, took = {"shipped BERT": [], "untrained": []}, []
for seed in range(3):
    untrained = shipped.BertForMaskedLM(trained.config, seeded(seed))
    for name, known in (("shipped BERT", trained), ("untrained", untrained)):
        model, run = fine_tuned(seed, known.bert)
        found[name].append(share_right(model, films.test))
        took.append(run.seconds)
for name, right_ones in found.items():
    print(f"{name:13}", *(f"{share:.1%}" for share in right_ones))

# %% [markdown]
"""
Both are a little better than a coin, and hardly apart: seven hundred steps on an encyclopaedia are no schooling for this. So is pretraining worth nothing? Here are stored figures, three seeds, settings chosen within the labels that a method is given (but for MiniLM's passes, fixed beforehand on valid), with an encoder that had a real schooling: MiniLM (notebook 09),
which has learned from a billion pairs of texts. *Frozen*, its vectors are read off, and logistic regression does the rest. *Fine-tuned*, its upper three layers are trained on. (In the fine-tuned ones, the map to the classes reads the mean of all places, and not [CLS].)
"""

# %% tags=["folded"]
# @title Accuracy against labels
from lmteach.plots.labels_and_accuracy import labels_and_accuracy

stores = {
    "TF-IDF": read_results("film_sentences"),
    "our BERT, fine-tuned": read_results("film_networks"),
    "MiniLM, frozen": read_results("film_sentences"),
    "MiniLM, fine-tuned": read_results("film_networks"),
}
labels = [50, 200, 1000, 7049]
methods = {
    name: [store.values("accuracy", method=name, labels=count) for count in labels]
    for name, store in stores.items()
}
display_figure(
    labels_and_accuracy(methods, labels, {"one person": films.human_agreement, "a coin": 0.5}),
    alt="Accuracy against the number of labels, from 50 to 7,049, on a scale of factors. TF-IDF "
    "rises from 56 to 81 per cent, our BERT from 53 to 74, below it everywhere. MiniLM frozen "
    "starts at 67, is above them up to 1,000 labels, and meets TF-IDF at the right end. MiniLM "
    "fine-tuned starts at 68 and ends above all others, at 85. A dashed level far above, at 94, is "
    "one person against the others; another at 50 a coin.",
)

# %% [markdown]
"""
**Guess first.** Is the lead of MiniLM over counting real at 200 labels, and at all of them, frozen or fine-tuned? The same test sentences were judged by both, so draw sentences anew, each with both verdicts, and see where the difference lies (a paired bootstrap, of each sentence's verdicts averaged over the three seeds).
"""

# %% tags=["answer"]
from lmteach.evaluation.paired_bootstrap import paired_bootstrap
from lmteach.evaluation.results import unpack_answers


def rights(method, count):
    packed = stores[method].values("right", method=method, labels=count)
    return np.mean([unpack_answers(one, len(films.test)) for one in packed], axis=0)


gains = {}
for method in ("MiniLM, frozen", "MiniLM, fine-tuned"):
    for count in labels:
        pair = rights(method, count), rights("TF-IDF", count)
        gains[method, count] = paired_bootstrap(*pair, np.random.default_rng(0))
        print(f"{count:5,} labels: {method} over TF-IDF {gains[method, count]}")

# %%
assert all(gains["MiniLM, fine-tuned", count].low > 0 for count in labels)
assert all(gains["MiniLM, frozen", count].low > 0 for count in labels[:3])
assert gains["MiniLM, frozen", 7049].low < 0
assert max(map(max, found.values())) < np.mean(methods["MiniLM, frozen"][1])

# %% [markdown]
"""
(Each interval is for other sentences, with the same three draws of labels; how far those are apart, the bars in the figure show.) With few labels, what MiniLM has read before is worth more than all counting: at 200 nine points frozen, and thirteen and a half fine-tuned. With seven thousand, counts have caught up with vectors that are only read off, and not with a model that goes on learning. And one person agrees with the others on 94 %: there is room above everybody.

## The equal sign

`transformers` has both models. Ours is saved in its format, and it reads it; it saves its own, and ours reads that. Logits and loss agree, with tiny random weights. Where nothing is asked, it wants the label −100.
"""

# %%
import importlib.util
import tempfile

compared = bool(importlib.util.find_spec("transformers"))
if compared:
    import transformers
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
else:
    print("transformers is not installed: pip install transformers, to compare.")

# %%
tiny = BertConfig(vocab_size=V + 4, context=34, dim=16, heads=2, layers=2, dropout=0.0)
some_ids = special.framed(train[:96].view(3, 32))
masked, asked_for = mask_tokens(some_ids, special.ids, special.mask, V, seeded(0))
if compared:
    with tempfile.TemporaryDirectory() as folder:
        ours = shipped.BertForMaskedLM(tiny, seeded(1)).eval()
        ours.save_pretrained(folder)
        theirs = transformers.BertForMaskedLM.from_pretrained(folder).eval()
    answer = theirs(masked, labels=some_ids.where(asked_for, -100))
    assert_close(ours(masked), answer.logits, atol=1e-5, rtol=0)
    assert_close(masked_loss(ours(masked), some_ids, asked_for), answer.loss, atol=1e-5, rtol=0)

# %% [markdown]
"""
The other way, the classifier, and the gradients of both tables of words, with a padded text among the three:
"""

# %%
no_padding = torch.arange(34) < torch.tensor([34, 34, 20])[:, None]
if compared:
    given = {"vocab_size": V + 4, "hidden_size": 16, "num_attention_heads": 2}
    given |= {"num_hidden_layers": 2, "intermediate_size": 64, "max_position_embeddings": 34}
    off = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    theirs = transformers.BertForSequenceClassification(transformers.BertConfig(**given)).eval()
    with tempfile.TemporaryDirectory() as folder:
        theirs.save_pretrained(folder)
        ours = shipped.BertForSequenceClassification.from_pretrained(folder)
    told = torch.tensor([0, 1, 1])
    answer = theirs(some_ids, attention_mask=no_padding.long(), labels=told)
    assert_close(ours(some_ids, no_padding), answer.logits, atol=1e-5, rtol=0)

# %%
if compared:
    answer.loss.backward()
    functional.cross_entropy(ours(some_ids, no_padding), told).backward()
    table_of_theirs = theirs.bert.embeddings.word_embeddings.weight
    assert_close(ours.bert.words.weight.grad, table_of_theirs.grad, atol=1e-6, rtol=0)

# %% [markdown]
"""
## The scoreboard

Our BERT gets a row of its own among the judges, beside those who had as many labels.
"""

# %%
from lmteach.evaluation.scoreboard import record, table

size = shipped.BertForSequenceClassification(trained.config).parameter_count
name, seconds = "BERT of notebook 15, fine-tuned, 200 labels", np.mean(took)
mine = record("C", name, found["shipped BERT"], size, seconds, labels=200)

# %% tags=["nbval-ignore-output"]
rows_of_c = [line[0] for line in table("C").lines()]
at_200 = [name for name in rows_of_c if "200 labels" in name or "no labels" in name]
table("C", at_200, ["labels", "parameters", "seeds", "seconds"])

# %% [markdown]
"""
Its seconds are those of the fine-tuning; the pretraining, some minutes, comes on top. (*Our BERT, fine-tuned* is the stored one from the figure, with the mean of all places for [CLS], and its rate and passes chosen.) And the row without any label: VADER is a list of 7,506 words and signs whose praise and blame people have rated,
with a few rules; its authors tried it on these very sentences. Of those that had 200 labels, MiniLM alone is ahead of it. What people have put into a list is schooling, too. (The rows with a † are a chat model's, asked in words; it may have read these reviews. Notebook 16 asks it.)

## Spot the bug

A textbook writes the masked loss differently. Loss of everything, times the mask, over the number of chosen places. Read it, then look at what it does: the first loss, and a hundred steps of training from the same start, with the same dice.
"""


# %%
def textbook_loss(logits, targets, chosen):
    loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
    return (loss * chosen).sum() / chosen.sum()


# %% tags=["nbval-ignore-output"]
def short_run(loss):
    model = shipped.BertForMaskedLM(sizes, seeded(0))

    def loss_of(model, ids):
        hidden, chosen = mask_tokens(ids, special.ids, special.mask, V, dice)
        return loss(model(hidden), ids, chosen)

    dice, optimizer = seeded(2), torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = fit(model, loss_of, framed_windows, 100, optimizer, seeded(1), progress=False).losses
    return losses, bits_per_blank(fill_with_bert(model, short_blanks), short_blanks)


runs = {"ours": short_run(masked_loss), "the textbook's": short_run(textbook_loss)}
for name, (losses, _) in runs.items():
    print(f"{name:15} first loss {losses[0]:.2f}, last {np.mean(losses[-10:]):.2f}")

# %% [markdown]
"""
The same start, and the textbook's falls far lower. So it is the better one?

**Guess first.** What does each of the two pay for tokens that are really hidden? And what would you change, in one place, to find out why?
"""

# %% tags=["answer", "nbval-ignore-output"]
for name, (losses, cost) in runs.items():
    reported = np.mean(losses[-10:]) / math.log(2)
    print(f"{name:15} {cost:.1f} bits for a hidden token; its own loss is {reported:.1f} bits")

# %% tags=["answer"]
for name, loss in (("ours", masked_loss), ("the textbook's", textbook_loss)):
    print(f"{name:15} moves by {moved_by(loss, ~where):.3f} if a target changes where nobody asks")
assert moved_by(textbook_loss, ~where) > 0
of_all = functional.cross_entropy(some_logits[0], targets[0])
assert_close(textbook_loss(some_logits, targets, where), of_all)

# %% tags=["nbval-ignore-output"]
(ours_lost, ours_cost), (theirs_lost, theirs_cost) = runs.values()
assert np.mean(theirs_lost[-10:]) < 0.5 * np.mean(ours_lost[-10:])
assert theirs_cost > ours_cost - 0.3

# %% [markdown]
"""
`cross_entropy` has taken the mean already. What comes out is *one* number, and the mask multiplies it and is divided out again: every place counts, and at most of them the answer stands in the question. The lower loss
is the copying. For hidden tokens the two are as good as each other after these few steps, and both near mere frequency; what is spoilt is the number that you steer by. It says nearly nothing of what you want to know.

(In the book the chosen places are picked out beforehand, and the mask has only to drop what fills their rows up: the same slip, but it costs less.) Mended: keep the losses apart until the mask has spoken.
"""


# %%
def mended_loss(logits, targets, chosen):
    each = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    return (each * chosen.flatten()).sum() / chosen.sum()


assert_close(mended_loss(some_logits, targets, where), masked_loss(some_logits, targets, where))
assert moved_by(mended_loss, ~where) < 1e-6

# %% [markdown]
"""
And a small one. BERT had a second task: does the second text follow the first, or was it drawn at random, half and half? A tutorial trains it, reports a loss of 0.74 for it, and goes on, content.

**Guess first.** Has it been learned?
"""

# %% tags=["answer"]
coin = -math.log(0.5)
print(f"a coin: {coin:.3f} nats; the tutorial: 0.74")
assert coin < 0.74

# %% [markdown]
"""
It does worse than a coin. A loss is nothing by itself; print what knowing nothing costs beside it. (Later models dropped this task, and lost nothing by it: Liu et al. 2019.)

## In practice

At work, nobody writes the loop either: the classifier is `transformers.BertForSequenceClassification`, its loss comes with it, and `Trainer` steps it by AdamW. Five such steps on film sentences, for theirs and for ours, from the same weights. `Trainer` shuffles, decays, clips and lowers the rate unless told not to; here it is told, and given the five batches in their order:
"""

# %%
few = [batch_of(films.train[16 * n : 16 * n + 16]) for n in range(5)]
if compared:

    class InOrder(transformers.Trainer):
        def get_train_dataloader(self):
            parts = ("input_ids", "attention_mask", "labels")
            return [dict(zip(parts, batch, strict=True)) for batch in few]

    wide = transformers.BertConfig(**given | {"max_position_embeddings": 128, **off})
    library = transformers.BertForSequenceClassification(wide)
    with tempfile.TemporaryDirectory() as folder:
        library.save_pretrained(folder)
        own = shipped.BertForSequenceClassification.from_pretrained(folder)

# %%
if compared:
    as_ours = {"max_grad_norm": 0, "lr_scheduler_type": "constant", "use_cpu": True}
    quiet = {"logging_steps": 1, "disable_tqdm": True, "report_to": "none", "save_strategy": "no"}
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            folder, max_steps=5, learning_rate=1e-3, **as_ours, **quiet
        )
        trainer = InOrder(library, arguments)
        trainer.remove_callback(transformers.PrinterCallback)
        trainer.train()

# %% tags=["nbval-ignore-output"]
if compared:
    adamw_of_ours = torch.optim.AdamW(own.parameters(), lr=1e-3, weight_decay=0)
    for batch, step in zip(few, trainer.state.log_history, strict=False):
        by_own = judge_loss(own, batch)
        print(f"ours {by_own.item():.3f}  Trainer's {step['loss']:.3f}")
        assert abs(by_own.item() - step["loss"]) < 1e-4
        adamw_of_ours.zero_grad()
        by_own.backward()
        adamw_of_ours.step()

# %% [markdown]
"""
The same losses, step after step. Three recipes in circulation leave something out. One makes a `Trainer` and gives it no sentences; one gives a batch of 16 a single label; and one prints the ids that a model has filled in, as they come back.

**Guess first.** Two of them are refused at once, and one is never noticed. Which one?
"""


# %% tags=["answer"]
def said_to(recipe):
    try:
        return recipe()
    except (ValueError, RuntimeError) as error:
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"


filled = gapped.clone()
filled[0, gap] = by_bert.argmax()
recipes = {"filled in": lambda: "".join(sentences.names(filled[0]))}
if compared:
    rows_of_16, mask_of_16, _ = few[0]
    one_label = {"attention_mask": mask_of_16.long(), "labels": torch.tensor([1])}
    recipes["no sentences"] = transformers.Trainer(library, arguments).train
    recipes["one label"] = lambda: library(rows_of_16, **one_label)
for name, left_out in recipes.items():
    print(f"{name:14}{said_to(left_out)}")

# %% [markdown]
"""
Where something is missing, the library says so. What is too much, it prints: [CLS] and [SEP] are words to whoever counts errors or shows the text. Leave out what is no text:
"""

# %%
print("".join(sentences.names(filled[0][filled[0] < special.plain])))

# %% [markdown]
"""
In `transformers` it is `decode(ids, skip_special_tokens=True)`.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.
"""

# %% [markdown]
"""
### Build it · hidden words and their loss (25 minutes, ●●○)

The whole of masked language modelling for one text, in NumPy: which tokens may be hidden, which are, what stands there, what is asked for, and what it costs. All
dice are thrown beforehand and given to you, so that the checks know what must come out. The last step is held against `transformers`.

#### Step 1 · may_be_hidden

For `ids` (T,) and a list of `special` ids: an array (T,) that is True where a token may be hidden, which is wherever it is no special one.
"""


# %% tags=["exercise"]
def may_be_hidden(ids, special):
    ### BEGIN SOLUTION: an array (T,) of True and False
    return ~np.isin(ids, special)
    ### END SOLUTION


check.may_be_hidden(may_be_hidden)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.isin(ids, special)` is True where one of them stands; `~` turns it round.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · places_to_hide

`drawn` (T,) holds a random number between 0 and 1 for each place. Chosen is a place that may be hidden (`allowed`, from step 1) and whose number is below `share`.
"""


# %% tags=["exercise"]
def places_to_hide(allowed, drawn, share):
    ### BEGIN SOLUTION: an array (T,) of True and False
    return allowed & (drawn < share)
    ### END SOLUTION


check.places_to_hide(places_to_hide)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Two conditions, place by place: `&`, with brackets around the comparison.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · hidden_text

What the model reads. At a chosen place, `dice` (T,) decides: below 0.8 stands `mask_id`; from 0.8 to below 0.9 stands the token of `others` (T,) at that place; from 0.9 on all stays. `ids` themselves are still needed as targets: leave them as they are.
"""


# %% tags=["exercise"]
def hidden_text(ids, chosen, dice, others, mask_id):
    ### BEGIN SOLUTION: an array (T,) of ids
    masked = np.where(chosen & (dice < 0.8), mask_id, ids)
    return np.where(chosen & (dice >= 0.8) & (dice < 0.9), others, masked)
    ### END SOLUTION


check.hidden_text(hidden_text)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.where(condition, a, b)` makes a new array. Twice: first the masks, then the others. Every condition begins with `chosen`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · labels_of

What is asked for, as `transformers` wants it: the token that stood there where a place was chosen, and −100 everywhere else.
"""


# %% tags=["exercise"]
def labels_of(ids, chosen):
    ### BEGIN SOLUTION: an array (T,)
    return np.where(chosen, ids, -100)
    ### END SOLUTION


check.labels_of(labels_of)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The tokens as they *were*, not as the model sees them. Which ones: those that are masked, or those that were chosen?

</details>

<details><summary>Solution</summary>

{{solution}}

Those that were chosen: the random ones and those that stayed are asked for, too.

</details>
"""

# %% [markdown]
"""
#### Step 5 · loss_of_labels

The mean surprise in nats, from `logits` (T, V) and `labels` (T,): over the places whose label is not −100, and over no others. Then hold it against the original, in a new cell below yours:

```python
original = transformers.BertForMaskedLM(transformers.BertConfig(vocab_size=9, hidden_size=8,
    num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)).eval()
read, labelled = np.array([7, 2, 3, 5, 8]), np.array([-100, 2, -100, 4, -100])
with torch.no_grad():
    replied = original(torch.tensor(read)[None], labels=torch.tensor(labelled)[None])
replied.loss.item(), loss_of_labels(replied.logits[0].numpy(), labelled)
```

What would the loss be if a text had no chosen place at all?
"""


# %% tags=["exercise"]
def loss_of_labels(logits, labels):
    ### BEGIN SOLUTION: one number
    asked = labels != -100
    rows, wanted = logits[asked], labels[asked]
    sums = np.log(np.exp(rows).sum(axis=1))
    return (sums - rows[np.arange(len(wanted)), wanted]).mean()
    ### END SOLUTION


check.loss_of_labels(loss_of_labels)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

First pick the rows that count, `logits[labels != -100]`, then take the surprise of each, as in notebook 13, then the mean.

</details>

<details><summary>Solution</summary>

{{solution}}

A mean over nothing: 0 / 0, which is `nan`, and one such batch spoils all weights. It is why `choose_places` takes one place when chance takes none.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · between_by_bayes (8 minutes, ●●○)

`before` (V,) holds P(w | left) for every token w, `after` (V,) holds P(right | left, w). Return P(w | left, right), an array (V,).
"""


# %% tags=["exercise"]
def between_by_bayes(before, after):
    ### BEGIN SOLUTION: equation 15.1
    both = before * after
    return both / both.sum()
    ### END SOLUTION


check.between_by_bayes(between_by_bayes)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Both must be true of w: multiply, token by token. What must the result sum to?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · better_than_guessing (8 minutes, ●●○)

How many nats has a classifier learned? `loss` is its mean cross-entropy, `shares` how frequent each class is. Whoever knows only the shares says them every time, and pays their entropy. Return how much less
than that the classifier pays: for a loss of 0.74 and two classes of one half each, a negative number. What does it say of a loss of 0.6, where nine in ten belong to one class?
"""


# %% tags=["exercise"]
def better_than_guessing(loss, shares):
    ### BEGIN SOLUTION: in nats
    present = np.array([share for share in shares if share > 0])
    return -(present * np.log(present)).sum() - loss
    ### END SOLUTION


check.better_than_guessing(better_than_guessing)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The entropy is −Σ p ln p. A class that never comes has no part in it: 0 · ln 0 is 0.

</details>

<details><summary>Solution</summary>

{{solution}}

For `[0.9, 0.1]` the entropy is 0.325, so a loss of 0.6 is far worse than saying "nine in ten" every time, although it is less than a coin's 0.693.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A gap has two sides. By Bayes, a model that reads from the left can be asked about both, and a count of four tokens pays less than half for it, most of all where the rest of a word spells out its first piece.
- A network that sees everything copies, if it may: hide the answer, ask at the chosen places, and take the mean over them alone.
- BERT is the encoder of 2017 with three tables below, and above it the table of words again, or a map from [CLS].
- On this short text, in seven hundred steps, BERT with tables is ahead of a GPT with tables, and counting from both sides is ahead of BERT.
- Pretraining pays when it was long. MiniLM, read off, leads with few labels, and with seven thousand counting is level; fine-tuned it stays four points ahead. Our BERT never leads.

**Further reading.** J. Devlin and others, "BERT: Pre-training of Deep Bidirectional Transformers" (2019). Y. Liu and others, "RoBERTa" (2019). W. Taylor, "Cloze
Procedure" (1953). J. Salazar and others, "Masked Language Model Scoring" (2020). A. Wettig and others, "Should You Mask 15% in Masked Language Modeling?" (2023). C. Hutto and E. Gilbert, "VADER" (2014).

**Next.** {{next}}: the file of a model that others have trained for long, opened and run by your own code, and search by the vectors of such a one.
"""
