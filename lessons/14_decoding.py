# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 14 · Decoding

{{badges}}

> The United ▁▁▁▁▁▁

Ask the GPT of notebook 13 what comes next, and it says no word. It gives a probability to every token that it
knows, and stops. Who chooses? The same model is a bore or a babbler, depending on a few lines of code that come
after it.

**Aims.** Choose the next token in six ways, see where each cuts, and measure what it does to a text, beside
text that people wrote. Then derive the key–value cache from the attention of notebook 09, and write the same
text in a fraction of the time.

**Time.** {{time}} The cells run in about a minute on two CPU cores.

**Before.** [13 · GPT](13_gpt.ipynb), whose model writes here, and [09 ·
Self-attention](09_self_attention.ipynb). Beam search was built in [08 · Sequence to
sequence](08_sequence_to_sequence.ipynb).
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
With `USE_CUDA` ticked, eight times as many texts are written and measured.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import math
import time
from collections import Counter
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.exercises import decoding as check
from lmteach.plots.curves import curves
from lmteach.plots.diagrams.decoding import prefill_and_decode
from lmteach.plots.next_token_bars import next_token_bars
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.widgets.question.widget import Question

# %% [markdown]
"""
A trained GPT comes with the package: made as notebook 13 makes it, from the training articles alone, with its
tokenizer. Nothing is trained here, so no gradients are kept.
"""

# %%
from lmteach.training.trained_gpt import trained_gpt

torch.set_grad_enabled(False)
model, tokenizer = trained_gpt()
model = model.to(session.device).eval()
f"{model.parameter_count:,} parameters, {model.config.context} tokens of context"

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## What may come next

The last row of logits is about the token after the text, and a softmax makes probabilities of it. That is all
that the model says.
"""


# %%
def ids_of(text):
    return torch.tensor([tokenizer.encode(text)], device=session.device)  # (1, T)


def next_logits_of(text):
    return model(ids_of(text))[:, -1]  # (1, V)


# %%
sure, unsure = "The United", "The"
names = [tokenizer.decode([number]) for number in range(tokenizer.vocab_size)]
ids_of(sure).shape, next_logits_of(sure).shape

# %% [markdown]
"""
Two tokens in, one row of logits out, with a number for each of the 1,024 tokens.

**Guess first.** The names in the code say after which of the two the model is surer. How likely is its first choice
after *The United*, and how likely after *The*?
"""

# %% tags=["answer", "folded"]
# @title The likeliest tokens after both
_, panels = plt.subplots(1, 2, figsize=(10, 4))
for text, panel in zip((sure, unsure), panels, strict=True):
    own = next_logits_of(text)[0].softmax(dim=-1).cpu()
    next_token_bars(own, names, axes=panel, title=text + " …")
display_figure(
    panels[0],
    alt="Bars of the twelve likeliest tokens after two beginnings. After The United, one token is "
    "far above all others: States, with a space before it. After The, many tokens are about "
    "equally likely, and none is likely.",
)

# %% [markdown]
r"""
More than three in four for *States*, and after *The* about one in thirty for the likeliest of all. Over how many
tokens is the probability *spread*, as if evenly? Notebook 09 had a measure: $e$ to the power of the entropy. (`entr`
is $-p \ln p$.)
"""


# %%
def spread(logits):
    return torch.special.entr(logits.softmax(dim=-1)).sum(dim=-1).exp()


for text in (sure, unsure):
    print(f"{text:12}{spread(next_logits_of(text)).item():6.0f} of {tokenizer.vocab_size}")

# %%
assert tokenizer.decode(next_logits_of(sure).argmax(dim=-1)) == " States"
assert spread(next_logits_of(unsure)) > 2 * spread(next_logits_of(sure))

# %% [markdown]
r"""
Keep these two. A good way to choose has to suit both.

## The likeliest, every time

Take the token with the highest probability, put it behind the text, ask again. This is **greedy** decoding:

$$ x_{t+1} = \arg\max_v\; p(v \mid x_1, \dots, x_t) \tag{14.1} $$
"""


# %%
def write_greedily(ids, new_tokens):
    for _ in range(new_tokens):
        logits = model(ids)[:, -1]  # (B, V)
        token = logits.argmax(dim=-1, keepdim=True)  # eq. 14.1
        ids = torch.cat([ids, token], dim=1)
    return ids


# %% [markdown]
"""
**Guess first.** What is a text like in which every token is the likeliest?
"""

# %% tags=["answer", "nbval-ignore-output"]
written = write_greedily(ids_of("The city of"), 90)
print(tokenizer.decode(written[0]))

# %%
from lmteach.decoding.sampling import greedy

beginning = ids_of("The city of")
assert torch.equal(greedy(model, beginning, 90), written[:, beginning.shape[1] :])

# %% [markdown]
"""
It goes in circles. (`greedy` of the package writes the same, in less time; how it does that comes further
down.) Is that one unlucky beginning? Here are the beginnings of pieces from held-out articles, and how people
went on. Of all runs of four tokens in a text, what share has been said before in it?
"""

# %%
PROMPT, NEW, ROWS = 16, 48, 32 * session.scale
held_out = torch.tensor(tokenizer.encode(wikipedia().valid), device=session.device)
pieces = held_out[: len(held_out) // ROWS * ROWS].view(ROWS, -1)[:, : PROMPT + NEW]
beginnings, people = pieces[:, :PROMPT], pieces[:, PROMPT:]  # (B, 16), (B, 48)
beginnings.shape, people.shape


# %%
def repeated(rows, n=4):
    shares = []
    for row in rows.tolist():
        runs = [tuple(row[t : t + n]) for t in range(len(row) - n + 1)]
        shares.append(1 - len(set(runs)) / len(runs))
    return np.mean(shares)


# %% tags=["nbval-ignore-output"]
continued = greedy(model, beginnings, NEW)
assert repeated(continued) > repeated(people) + 0.15
print(f"greedy {repeated(continued):.0%}, people {repeated(people):.0%}")

# %% [markdown]
r"""
People hardly repeat four tokens in so short a piece; greedy does it all the time. Every choice was the best
one. But once the last tokens have stood there before, the best choice is mostly that of the last time.

## The likeliest text

Is this what likely text is like? Greedy takes the best token, which need not begin the best *text*. The log probability of a whole continuation
is the sum over its tokens:

$$ \log p(x_{t+1}, \dots, x_{t+n} \mid x_1, \dots, x_t) = \sum_{i=1}^{n} \log p(x_{t+i} \mid x_1, \dots, x_{t+i-1}) \tag{14.2} $$
"""


# %%
def surprise(new, beginnings=beginnings):
    whole = torch.cat([beginnings, new], dim=1)
    log_p = model(whole[:, :-1])[:, beginnings.shape[1] - 1 :].log_softmax(dim=-1)
    return -log_p.gather(-1, new[..., None]).mean()  # eq. 14.2, per token


# %% [markdown]
"""
We call it *surprise*: nats per token, low for likely text. The **beam search** of notebook 08 keeps the few
best beginnings at each step, and so looks further. `beam_continuations` does it with a GPT, here three times,
wider and wider. (It takes some seconds.)
"""

# %%
from lmteach.decoding.beam import beam_continuations

ways = {"people": people, "greedy": continued}
for width in (2, 4, 8):
    found = beam_continuations(model, beginnings, NEW, width)
    best = [hypotheses[0].tokens for hypotheses in found]
    ways[f"beam of {width}"] = torch.tensor(best, device=session.device)
ways["beam of 8"].shape

# %% [markdown]
"""
Which of these texts go in circles?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Greedy decoding takes the likeliest token at each step, and its text goes in circles. A beam "
    "search finds whole texts that are likelier still. How much do these repeat themselves?",
    {
        "more than greedy's": "It seems to follow: if likely text repeats itself, likelier text "
        "should do so more. But circles are what greedy walks into, one step at a time; a beam "
        "keeps ways around them, and some of those are likelier.",
        "as much as greedy's": "That would be so if the circle were the likeliest text. It is "
        "only where the likeliest single steps lead.",
        "less than greedy's, and more than people's": "The circle was a trap for whoever looks "
        "one token ahead. But likely text is still not what people write.",
        "as little as people's": "Likely text says common things, and common things are few: it "
        "repeats itself more than people do.",
    },
    right="less than greedy's, and more than people's",
)

# %% tags=["answer", "nbval-ignore-output"]
level = {}
for name, new in ways.items():
    level[name] = surprise(new).item()
    print(f"{name:12}{level[name]:.2f} nats per token, repeated {repeated(new):.0%}")

# %%
assert level["beam of 8"] < level["beam of 2"] < level["greedy"] < level["people"] - 1
for width in (2, 4, 8):
    assert repeated(people) + 0.05 < repeated(ways[f"beam of {width}"]) < repeated(continued) - 0.1

# %% [markdown]
"""
The wider the beam, the likelier the text; and all three repeat themselves less than half as often as greedy. So
with this model it isn't likelihood that goes in circles. It is a search that can't look ahead. (Of larger models it is
reported that beams go in circles, too: Holtzman et al. 2020.)

Do other beginnings say the same, and longer texts? The next 16 tokens of the same articles, and 96 new tokens
instead of 48:
"""

# %% tags=["folded", "nbval-ignore-output"]
# @title Greedy, a beam of 2 and people: elsewhere, and for longer
columns = held_out[: len(held_out) // ROWS * ROWS].view(ROWS, -1)
for place, length in ((64, 48), (0, 96)):
    asked = columns[:, place : place + PROMPT]
    said = columns[:, place + PROMPT : place + PROMPT + length]
    searched = beam_continuations(model, asked, length, 2)
    best = torch.tensor([hypotheses[0].tokens for hypotheses in searched], device=session.device)
    print(f"from token {place}, {length} tokens")
    for name, new in (
        ("people", said),
        ("greedy", greedy(model, asked, length)),
        ("beam of 2", best),
    ):
        print(f"  {name:10}{surprise(new, asked):.2f} nats, repeated {repeated(new):.0%}")

# %% [markdown]
"""
The same order each time; and the longer the text, the more of all of it is repeats. But look at the nats: people
surprise the model about twice as much as greedy does, and no search goes there. In a translation, where there is little to
choose, a beam serves well, as it did in notebook 08. In free text, people don't write what is likeliest
(Holtzman et al. 2020):
"""

# %% tags=["nbval-ignore-output"]
[hypotheses] = beam_continuations(model, ids_of("The city of"), 40, 8)
print("The city of" + tokenizer.decode(hypotheses[0].tokens))

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Draw, and turn the temperature

So don't take the likeliest: **draw**, each token as often as it is likely. To be bolder or more careful, divide
the logits $z$ by a *temperature* $\tau$ first:

$$ p_i = \frac{\exp (z_i / \tau)}{\sum_j \exp (z_j / \tau)} \tag{14.3} $$
"""


# %%
def with_temperature(logits, temperature):
    return (logits / temperature).softmax(dim=-1)  # eq. 14.3


# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "At temperature 1, one token is 3 times as likely as another. How many times as likely is it "
    "at temperature 1/2?",
    number=9,
    tolerance=0.1,
    reply="Dividing logits by 1/2 doubles their difference, and e to twice the difference is 3².",
    slips={
        6: "Doubled odds? The difference of the logits doubles, and the odds are e to its power.",
        1.5: "That would be milder. A temperature below 1 makes the favourite stronger.",
        3: "As if the division cancelled. It would, on probabilities; these are logits.",
        1.73: "The root of 3 belongs to temperature 2: heat evens out, cold sharpens.",
    },
)

# %% tags=["answer"]
pair = torch.tensor([3.0, 1.0]).log()
for temperature in (0.05, 0.5, 1.0, 100.0):
    print(temperature, with_temperature(pair, temperature).numpy().round(3))

# %% [markdown]
r"""
At one half, nine times: odds are raised to the power $1/\tau$. Near 0 it is greedy, far up a fair die. Do the
draws come as often as they should?
"""


# %%
def seeded(seed):
    return torch.Generator().manual_seed(seed)


own_p = with_temperature(next_logits_of(sure)[0].cpu(), 1.0)
drawn_ids = torch.multinomial(own_p, 20_000, replacement=True, generator=seeded(0))
shares = drawn_ids.bincount(minlength=len(own_p)) / 20_000
print(f"States: drawn {shares.max():.3f}, probability {own_p.max():.3f}")
assert (shares - own_p).abs().max() < 4 * math.sqrt(0.25 / 20_000)

# %% tags=["nbval-ignore-output"]
from lmteach.decoding.sampling import sample

for temperature in (0.3, 0.7, 1.0, 1.5):
    [new] = sample(model, beginning, 45, temperature, generator=seeded(1))
    print(f"{temperature}: The city of{tokenizer.decode(new)}\n")

# %% [markdown]
"""
Cold it plays safe, hot it falls to pieces, and in the middle it is a small model that does its best. What goes wrong
when it is hot? A few tokens may well follow *The United*, and a thousand hardly can. Each of these is unlikely. And all of
them together?
"""

# %%
tail = {}
for temperature in (0.5, 1.0, 1.5, 2.0):
    p = with_temperature(next_logits_of(sure)[0], temperature).sort(descending=True).values
    tail[temperature] = p[20:].sum().item()
    print(f"{temperature}: the first 20 hold {p[:20].sum():.0%}, the rest {tail[temperature]:.0%}")

# %%
assert tail[2.0] > 2 * tail[1.0] > 0

# %% [markdown]
r"""
The heat lifts all of them at once. And what is drawn is there to stay: everything that follows has to live with it.

## Cut: top-k

So cut the tail. **Top-k** keeps the $k$ largest logits (Fan, Lewis and Dauphin 2018). What is gone gets
$-\infty$, as a masked place did in notebook 09, and the softmax hands its share to the others:

$$ z'_i = \begin{cases} z_i & \text{if } z_i \text{ is one of the } k \text{ largest} \\ -\infty & \text{else} \end{cases} \tag{14.4} $$
"""


# %% lmteach={"defines": "decoding.filters.keep_top_k"}
def keep_top_k(logits, k):
    least = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < least, -torch.inf)  # eq. 14.4


# %%
keep_top_k(torch.tensor([1.0, 3.0, 2.0, 0.5]), k=2)

# %% [markdown]
"""
One number for all places.

**Guess first.** What is wrong with $k = 10$ after *The United*, and what after *The*?
"""


# %% tags=["answer"]
def share_kept(filtered, logits):
    return logits.softmax(dim=-1)[filtered.isfinite()].sum().item()


for text in (sure, unsure):
    whole = next_logits_of(text)
    print(f"{text:12}10 tokens hold {share_kept(keep_top_k(whole, 10), whole):.0%}")

# %% [markdown]
r"""
Where the model is sure, the tenth token is noise already; where it isn't, most of what would have done is gone.

## Cut: top-p

**Top-p**, or nucleus sampling, asks for a share instead of a number (Holtzman et al. 2020). With the tokens
sorted so that $p_1 \ge p_2 \ge \dots$, it keeps the first $m$, where $m$ is as small as it can be:

$$ p_1 + p_2 + \dots + p_m \ge P \tag{14.5} $$

It is easier to write from the other end: a token goes if it and all that are less likely hold $1 - P$ at most. The
likeliest always stays, and `scatter` brings the marks back from the sorted order to the places of the tokens.
"""


# %% lmteach={"defines": "decoding.filters.keep_top_p"}
def keep_top_p(logits, p):
    ordered, places = logits.sort()  # the least likely first
    goes = ordered.softmax(dim=-1).cumsum(dim=-1) <= 1 - p  # eq. 14.5
    goes[..., -1] = False
    return logits.masked_fill(goes.scatter(-1, places, goes), -torch.inf)


# %%
keep_top_p(torch.tensor([0.5, 0.2, 0.3]).log(), p=0.7).exp()

# %% [markdown]
"""
**Guess first.** With $P = 0.7$, how many tokens stay after *The United*, and how many after *The*?
"""

# %% tags=["answer"]
nuclei = [keep_top_p(next_logits_of(text), 0.7).isfinite().sum().item() for text in (sure, unsure)]
nuclei

# %% [markdown]
"""
Few where the model is sure, many where it isn't. All three side by side; grey is the model's own, blue is what
is drawn from:
"""

# %% tags=["folded"]
# @title Temperature, top-k and top-p on both beginnings
WAYS = {
    "temperature 0.5": lambda logits: logits / 0.5,
    "top-k 5": lambda logits: keep_top_k(logits, 5),
    "top-p 0.5": lambda logits: keep_top_p(logits, 0.5),
}
figure, panels = plt.subplots(2, 3, figsize=(12, 7), sharex="row")
for text, row in zip((sure, unsure), panels, strict=True):
    whole = next_logits_of(text)[0].cpu()
    for (way, change), panel in zip(WAYS.items(), row, strict=True):
        drawn_from = change(whole).softmax(dim=-1)
        title = f"{text} … {way}"
        next_token_bars(whole.softmax(dim=-1), names, drawn_from, axes=panel, title=title)
display_figure(
    figure,
    alt="Two rows of three charts with the twelve likeliest tokens. Above, after The United, "
    "where States is likely by itself: temperature one half leaves it nearly alone, top-k 5 "
    "keeps four unlikely tokens beside it, top-p one half keeps States alone. Below, after The, "
    "where all bars are short: temperature lengthens them, the first ones most, top-k keeps five "
    "and cuts the others, top-p keeps every bar that is shown, each about twice as long.",
)

# %% [markdown]
"""
Temperature changes the proportions and cuts nothing; the cuts leave the proportions alone.
"""

# %%
assert nuclei[1] > 3 * nuclei[0]
halves = [keep_top_p(next_logits_of(text), 0.5).isfinite().sum().item() for text in (sure, unsure)]
assert halves[0] == 1
assert halves[1] >= 12

# %% [markdown]
r"""
## Don't say it again

Another way out of the circle: make what was said less likely. The **repetition penalty** $\theta$ (Keskar et
al. 2019) divides the logits of all tokens in the text so far; those below 0 are multiplied instead. (Why, you will
see in *Spot the bug*.)

$$ z'_i = \begin{cases} z_i / \theta & \text{if } z_i > 0 \\ z_i \cdot \theta & \text{else} \end{cases} \qquad \text{for } i \in \{x_1, \dots, x_t\} \tag{14.6} $$
"""


# %% lmteach={"defines": "decoding.filters.penalise_repetition"}
def penalise_repetition(logits, seen, penalty):
    own = logits.gather(-1, seen)  # (B, T)
    return logits.scatter(-1, seen, torch.where(own < 0, own * penalty, own / penalty))  # eq. 14.6


# %% tags=["nbval-ignore-output"]
for penalty in (1.0, 1.1, 1.3):
    new = greedy(model, beginnings, NEW, repetition_penalty=penalty)
    print(f"penalty {penalty}: repeated {repeated(new):.0%}, {surprise(new):.2f} nats per token")
assert repeated(new) < 0.5 * repeated(continued)

# %% [markdown]
"""
No circles any more, and the text is no more surprising for it. It is a blunt tool, though: it also punishes *the* and the full stop, which people say all the time.
A sharper one forbids a *run*: if a token would complete a run of $n$ tokens that has stood there before, it can't
be chosen (Paulus et al. 2017). Which tokens are those? Find where the last $n - 1$ tokens have stood, and look what came next.
"""


# %%
def forbidden(ids, n):
    last = ids[len(ids) - n + 1 :]
    found = []
    for t in range(len(ids) - n + 1):
        if ids[t : t + n - 1] == last:
            found.append(ids[t + n - 1])
    return found


forbidden([5, 8, 2, 9, 5, 8], n=3)


# %% [markdown]
"""
5, 8 has been followed by 2. The package's loop takes any chooser, a function of the logits and of all ids so far:
"""


# %%
from lmteach.decoding.sampling import stream


def never_twice(n):
    def choose(logits, seen):
        logits = logits.clone()
        for row, ids in enumerate(seen.tolist()):
            logits[row, forbidden(ids, n)] = -torch.inf
        return logits.argmax(dim=-1)

    return choose


# %% [markdown]
"""
**Guess first.** Greedy writing with no run of 2, of 3, of 4 tokens twice. Is the text more surprising for it? And how often
would people have been stopped, whose text the rule was not made for?
"""

# %% tags=["answer", "nbval-ignore-output"]
for n in (2, 3, 4):
    new = torch.stack([*stream(model, beginnings, NEW, never_twice(n))], dim=1)
    stopped = 0
    for row in pieces.tolist():
        for t in range(PROMPT, PROMPT + NEW):
            stopped += row[t] in forbidden(row[:t], n)
    share = stopped / people.numel()
    print(f"n = {n}: {surprise(new):.2f} nats per token, people stopped at {share:.1%}")

# %% [markdown]
"""
Hardly more surprising than the circles were: the way around them costs nothing, as the beam had found. But people do say
*of the* twice, and the name of whom they write about: at $n = 2$ one of their tokens in twenty is forbidden. So take
3 or 4, and none at all for text that must repeat, such as code.

## When to stop

Nothing here says that it has finished. We have counted tokens so far. There are two better ways.

An **end token** is one that stands for the end: the model learns it in training, as any other, and whoever writes
stops when it is chosen. Chat models have one of their own. Ours was trained on running text, where a line break ends
a paragraph; let us take that one.
"""

# %% tags=["nbval-ignore-output"]
[end] = tokenizer.encode("\n")
paragraphs = sample(model, beginnings, 100, 0.8, generator=seeded(0), end=end)
lengths_written = []
for row in paragraphs.tolist():
    lengths_written.append(row.index(end) if end in row else None)
print(lengths_written)

# %% [markdown]
"""
So many tokens before the end; `None` did not get there in a hundred. In a batch, whoever has finished waits for the others:
the rest of the row is filled with the same token, to be cut off.

A **stop sequence** is any text at which you want to stop, such as the *User:* of a dialogue. It is no token. Take a full stop, a space and a T:
"""

# %%
stop = ". T"
stop_ids = tokenizer.encode(stop)
[tokenizer.decode([number]) for number in stop_ids]

# %% [markdown]
"""
**Guess first.** In how many of the texts above does the stop appear, if you look for its ids? And if you look for its letters?
"""

# %% tags=["answer", "nbval-ignore-output"]
by_ids, by_text = 0, 0
for row in paragraphs.tolist():
    runs = [row[t : t + len(stop_ids)] for t in range(len(row))]
    by_ids += stop_ids in runs
    by_text += stop in tokenizer.decode(row)
print(f"ids: {by_ids}, letters: {by_text}, of {len(paragraphs)} texts")
assert by_text > by_ids

# %% [markdown]
"""
The same letters are mostly written with other tokens: *The*, with its space, is one. So stop sequences are looked for in the *text*, which grows piece by
piece, and what stands before the first of them is the answer:
"""


# %%
def until(text_pieces, stop):
    text = ""
    for piece in text_pieces:
        text += piece
        if stop in text:
            return text[: text.index(stop)]
    return text


until(["The city. ", "Th", "e rest"], ". T")

# %% [markdown]
"""
## All of them, in order

Four filters, one after the other, each on what the one before has left. This is the order of Hugging Face's
`transformers`:
"""


# %% lmteach={"defines": "decoding.filters.next_token_filters"}
def next_token_filters(
    logits, seen, temperature=1.0, top_k=None, top_p=None, repetition_penalty=1.0
):
    if repetition_penalty != 1:
        logits = penalise_repetition(logits, seen, repetition_penalty)
    logits = logits / temperature
    if top_k is not None:
        logits = keep_top_k(logits, top_k)
    if top_p is not None:
        logits = keep_top_p(logits, top_p)
    return logits


# %% [markdown]
"""
**Guess first.** Top-p 0.9, and temperature 2. Does it matter which is first? If so, which order leaves more tokens?
"""

# %% tags=["answer"]
after_sure = next_logits_of(sure)
heated_first = keep_top_p(after_sure / 2, 0.9)
heated_last = keep_top_p(after_sure, 0.9) / 2
stay = [filtered.isfinite().sum().item() for filtered in (heated_first, heated_last)]
stay

# %% [markdown]
"""
It matters. Heat first, and the nucleus lets in what the heat has raised. (Not every program has this order: llama.cpp,
for one, cuts first and heats last, unless told otherwise.)

**Look.** Drag the sliders, on a beginning of your own. Grey is the model's, blue is the draw's; a click draws the
next token. With top-p at 0.5, where do the drawn tokens still surprise you?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.decoding.sampling import next_logits
from lmteach.widgets.next_token_panel.widget import NextTokenPanel


def predict(ids):
    last = torch.tensor([ids[-model.config.context :]], device=session.device)
    return next_logits(model, last)[0]


NextTokenPanel(predict, tokenizer, "The city of", ["The United", "It was", "In the 19"], top_p=0.9)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The same dials on fluent text

Our GPT is odd at any temperature, so it is hard to feel what the dials do to a text that is *right*. Here is one that
was trained for longer, on machines that you don't have: SmolLM2, a GPT of today's form with 135 million
parameters (Allal et al. 2025). Until notebook 16 opens its file, take it as a box: ids go in, logits come out. To the functions above it is a
model like any other.
"""

# %%
from lmteach.models.llama.files import chat_model_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import Llama
from lmteach.models.llama.reading import tokenizer_of

fluent_file = chat_model_file()
fluent = Llama.from_gguf(fluent_file, bits=4)
fluent_words = tokenizer_of(read_gguf(fluent_file).settings)
print(f"{fluent.parameter_count:,} parameters, {fluent_words.vocab_size:,} tokens")

# %% [markdown]
"""
**Guess first.** At temperature 1.5 our model fell to pieces. Will this one, too, or is it only bolder?
"""

# %% tags=["answer", "nbval-ignore-output"]
evening = "It was a quiet evening, and the old man"
evening_ids = torch.tensor([fluent_words.encode(evening)])
for temperature, top_p in ((0.3, None), (1.0, None), (1.5, None), (1.5, 0.9)):
    [new] = sample(fluent, evening_ids, 35, temperature, top_p=top_p, generator=seeded(2))
    print(f"{temperature}, top-p {top_p}: {evening}{fluent_words.decode(new.tolist())}\n")

# %% [markdown]
"""
Cold, it says what anybody would say. At 1 it tells a story. At 1.5 it has no grammar left, and the nucleus brings
some of it back. Being good doesn't help a model that is this hot. Why not? Look where the probability lies:
"""

# %%
fluent_logits = next_logits(fluent, evening_ids)[0].float()
for temperature in (0.5, 1.0, 1.5, 2.0):
    p = with_temperature(fluent_logits, temperature).sort(descending=True).values
    print(f"{temperature}: the first 20 of {len(p):,} hold {p[:20].sum():.0%}")

# %% [markdown]
"""
**Look.** The panel again, now with SmolLM2 behind it. Write three sentences with each of these: temperature 0.3; 1 with nothing cut; 1 with top-p 0.9;
1.5 with top-k 5. Which would you send to a friend? Which one surprises you, without being wrong?
"""


# %% tags=["widget", "nbval-ignore-output"]
def predict_fluent(ids):
    return next_logits(fluent, torch.tensor([ids]))[0].float()


NextTokenPanel(predict_fluent, fluent_words, evening, ["The best way to learn", "The city of"])

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Must all be read again?

Our loop gives the model the whole text for every token: to write the hundredth, it reads ninety-nine again.
Here is where we want to get: the beginning is read once, all at once (*prefill*), and each new token alone (*decode*).
What it needs of the others lies in a cache.
"""

# %% tags=["folded"]
# @title Prefill and decode
display_figure(
    prefill_and_decode(["The", " city", " of"], [" London", " was", " first"]),
    alt="Columns for the tokens The, city, of, London and was. From each token an arrow to its "
    "maps, which make a query, a key and a value; key and value go up into a cache that lies "
    "across all columns. A frame, prefill, holds the first three tokens, read at once; another, "
    "decode, holds London and was, read one at a time. Above the cache, from the third column on, "
    "the query asks all keys so far, then come logits and the chosen token, from which an arrow "
    "goes down to the next column's token.",
)

# %% [markdown]
"""
Is that allowed? Of all that our loop computes for an old token, what is new? Let us look at the keys and values. Our
GPT takes a second argument, and hands it the keys and values of each layer:
"""


# %%
class Watcher:
    length = 0  # how much was read before: nothing

    def __init__(self):
        self.keys, self.values = [], []

    def read(self, ids):
        return ids

    def extend(self, layer, keys, values):
        self.keys.append(keys)
        self.values.append(values)
        return keys, values


# %%
def watch(ids):
    watcher = Watcher()
    model(ids, watcher)
    return watcher


london = ids_of("The city of London was the first")
longer = torch.cat([london, ids_of(" one")], dim=1)
other = torch.cat([ids_of("A")[:, :1], london[:, 1:]], dim=1)
[keys.shape for keys in watch(london).keys]

# %% [markdown]
"""
One tensor a layer: texts, heads, tokens, and the width of a head. How far do the keys of the last token of the old text move, in
each layer, if the text is changed?
"""


# %%
def change_of_last(old, new):
    last = old.keys[0].shape[2] - 1
    changes = []
    for before, after in zip(old.keys, new.keys, strict=True):
        changes.append((before[:, :, last] - after[:, :, last]).norm().item())
    return changes


# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "The keys of 'first' in 'The city of London was the first', in each of three layers. Which of "
    "them change if one more token is put behind the text?",
    {
        "all": "Then nothing could be kept, and every token would cost a look at the whole text. "
        "Who may look at whom, in a GPT?",
        "those of the first layer": "The first layer's keys are made from the token itself, before "
        "anybody has looked around.",
        "those above the first layer": "That is so when an earlier token changes. What comes "
        "later is behind the mask in every layer.",
        "none": "A key is made of its token and of earlier ones, in every layer: the mask hides "
        "what comes later.",
    },
    right="none",
)

# %% tags=["answer"]
for name, new in {"behind": longer, "at first": other}.items():
    moved_keys = change_of_last(watch(london), watch(new))
    print(f"{name:9}", [round(change, 3) for change in moved_keys])

# %% [markdown]
"""
What comes behind changes *nothing* (the first line). Another first token, in the second line, changes all keys but those of the first layer, which are
made before anybody looks around. (Our model adds vectors of bigrams and trigrams there, so the two tokens just
before would change them, too.) This is the causal mask: a key is made from the token's vector, which has
looked at itself and at earlier tokens, and never ahead. Six random vectors, before and after a seventh comes;
by how much do the outputs of the old ones change, with the mask and without?
"""

# %%
from lmteach.models.transformer.attention import causal_mask, scaled_dot_product_attention

assert max(change_of_last(watch(london), watch(longer))) < 1e-4
x = torch.randn(7, 16, generator=seeded(0))
for name, mask in {"causal": causal_mask(7), "none": torch.ones(7, 7, dtype=torch.bool)}.items():
    after, _ = scaled_dot_product_attention(x, x, x, mask)
    before, _ = scaled_dot_product_attention(x[:6], x[:6], x[:6], mask[:6, :6])
    change = (after[:6] - before).norm(dim=-1)
    print(f"{name:8}{np.round(change.numpy(), 2)}")

# %% [markdown]
r"""
And who needs the old *queries*? To choose the next token we need the last row of the last layer. In attention,
that is one query, with all keys and all values (9.3 and 9.5, for the newest place only):

$$ y_t = \sum_{j \le t} w_{tj}\, v_j \qquad w_{tj} = \frac{\exp\,(q_t \cdot k_j / \sqrt K)}{\sum_{j' \le t} \exp\,(q_t \cdot k_{j'} / \sqrt K)} \tag{14.7} $$
"""

# %%
q, k, v = torch.randn(3, 7, 16, generator=seeded(1))
all_rows, _ = scaled_dot_product_attention(q, k, v, causal_mask(7))
newest, _ = scaled_dot_product_attention(q[-1:], k, v)  # eq. 14.7
assert_close(newest, all_rows[-1:])

# %% [markdown]
"""
So keep keys and values, layer by layer, and forget the rest. One step of writing is what is lit here:
"""

# %% tags=["folded"]
# @title What one more token needs
display_figure(
    prefill_and_decode(["The", " city", " of"], [" London", " was", " first"], lit=["query"]),
    alt="The same drawing, all pale but for the last column's maps, its query, the box in which it "
    "asks the keys one to five, and the whole cache of keys and values.",
)

# %% [markdown]
"""
For a new token compute its own $q$, $k$ and $v$, put $k$ and $v$ behind the old ones, and let $q$ meet them all.
No mask is needed: all that is there came before. (Keys are kept *after* rotary positions have turned them; a token's place doesn't change either. The ids
are kept beside them, for the vectors of bigrams and trigrams.)
"""


# %% lmteach={"defines": "decoding.cache.KeyValueCache"}
class KeyValueCache:
    def __init__(self, ids=None, keys=(), values=()):
        self.ids, self.keys, self.values = ids, list(keys), list(values)

    @property
    def length(self):
        return self.keys[0].shape[2] if self.keys else 0

    def read(self, ids):
        self.ids = ids if self.ids is None else torch.cat([self.ids, ids], dim=1)
        return self.ids

    def extend(self, layer, keys, values):
        if layer == len(self.keys):
            self.keys.append(keys)
            self.values.append(values)
        else:
            self.keys[layer] = torch.cat([self.keys[layer], keys], dim=2)
            self.values[layer] = torch.cat([self.values[layer], values], dim=2)
        return self.keys[layer], self.values[layer]


# %% [markdown]
"""
Token by token through a held-out piece, beside one look at the whole:
"""

# %%
piece = pieces[:1]
cache, step_by_step = KeyValueCache(), []
for place in range(piece.shape[1]):
    step_by_step.append(model(piece[:, place : place + 1], cache))
    if place < 3:
        print(f"after token {place + 1}: keys {tuple(cache.keys[0].shape)} in each layer")
assert_close(torch.cat(step_by_step, dim=1), model(piece), rtol=1e-5, atol=1e-5)
cache.length, tuple(cache.keys[0].shape)

# %% [markdown]
r"""
The same logits at every place, and each token went through the model once.

### What it costs

Time is bought with memory. Keys and values, for each of $L$ layers, $H$ heads of width $K$, $T$ tokens and $B$
texts, at $b$ bytes a number:

$$ M = 2 \cdot L \cdot B \cdot H \cdot T \cdot K \cdot b \tag{14.8} $$
"""


# %%
def cache_bytes(layers, heads, head_dim, time, batch=1, size=4):
    return 2 * layers * batch * heads * time * head_dim * size  # eq. 14.8


config = model.config
measured = sum(tensor.nbytes for tensor in cache.keys + cache.values)
assert measured == cache_bytes(config.layers, config.heads, config.head_dim, cache.length)
f"{measured:,} bytes for {cache.length} tokens"

# %% [markdown]
"""
For us it is nothing. And for a large model?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "GPT-3 has 96 layers of 96 heads, each 128 wide, and reads 2,048 tokens (Brown et al. 2020, "
    "table 2.1). How many gigabytes does the cache of ONE text need, at 2 bytes a number?",
    number=9.66,
    tolerance=0.5,
    reply="Two times 96 layers, 12,288 numbers a token in each, 2,048 tokens, 2 bytes.",
    slips={
        4.83: "Keys or values? Both are kept: twice as much.",
        2.42: "Keys and values, and 2 bytes for each number: a factor of 2 for each.",
        0.1: "For one layer. There are 96, and each has keys and values of its own.",
        19.3: "At 4 bytes a number; here it is 2.",
        350: "That is about what its weights need. The cache is less, but one is needed per text.",
    },
)

# %% tags=["answer"]
cache_bytes(layers=96, heads=96, head_dim=128, time=2048, size=2) / 1e9

# %% [markdown]
"""
That is why newer models share keys and values among heads (Shazeer 2019).

### What it gains

Time per token, against the length of the text. A larger window than our model's shows it better, and untrained
weights take as long as trained ones.
"""

# %%
from lmteach.decoding.sampling import likeliest
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT

SIZES = {"vocab_size": 1024, "context": 256, "dim": config.dim, "heads": 4, "layers": 4}
blank = GPT(GPTConfig(**SIZES), seeded(0)).to(session.device).eval()
start = torch.randint(1024, (1, 4), generator=seeded(0)).to(session.device)
LONG, WINDOW = 200, 20


# %% tags=["folded"]
# @title The clock
def milliseconds(tokens):
    times = []
    for token in tokens:
        token.item()  # wait for it
        times.append(time.perf_counter())
    steps = 1000 * np.diff(times)[-(LONG - WINDOW) :]
    return steps.reshape(-1, WINDOW).min(axis=1)  # the least disturbed


# %%
speed = {
    "cache": milliseconds(stream(blank, start, LONG, likeliest())),
    "no cache": milliseconds(stream(blank, start, LONG, likeliest(), cached=False)),
}

# %% [markdown]
"""
The first tokens are left out, and of each twenty the fastest one is shown, for a computer has other things to
do as well.
"""

# %% tags=["folded"]
# @title The figure
lengths = start.shape[1] + WINDOW // 2 + WINDOW * np.arange(1, LONG // WINDOW)


def show_speed(speed, alt):
    axes = curves(speed, x=lengths, xlabel="tokens before", ylabel="ms per token")
    axes.set_yscale("log")
    axes.set_yticks([1, 3, 10, 30], ["1", "3", "10", "30"])
    axes.minorticks_off()
    display_figure(axes, alt=alt)


# %% [markdown]
"""
**Guess first.** Time per token against the length of the text, with the cache and without: how do the two curves bend?
"""

# %% tags=["answer", "folded", "nbval-ignore-output"]
# @title The time per token
show_speed(
    speed,
    alt="Milliseconds per token, on a log scale, against the tokens before it, up to 200. "
    "Without the cache the time rises with the length of the text, to several times what it was. "
    "With the cache it is far lower, and nearly level.",
)

# %% [markdown]
"""
Without the cache every token costs a look at the whole text. With it, one token goes through the layers, and
only the attention sees how long the text is. The package's functions all have a cache, and `stream` gives each
token as soon as it is there:
"""

# %% tags=["nbval-ignore-output"]
from lmteach.decoding.sampling import drawn, text_pieces

choose = drawn(temperature=0.8, top_p=0.9, generator=seeded(3))
print("The city of", end="")
for part in text_pieces(stream(model, beginning, 100, choose), tokenizer.decode):
    print(part, end="", flush=True)

# %% [markdown]
"""
`text_pieces` waits where a token is only part of a character, as in notebook 12.

## What is good?

Two numbers for each way to write: the surprise, and the share of *distinct* pairs of neighbours among all pairs
that were written. For temperatures, for nuclei, for the searches, and for people:
"""


# %%
def distinct_pairs(rows):
    pairs = Counter()
    for row in rows.tolist():
        pairs.update(pairwise(row))
    return len(pairs) / pairs.total()


def measured_at(new):
    return surprise(new).item(), distinct_pairs(new)


# %%
def written_with(**options):
    return sample(model, beginnings, NEW, **options, generator=seeded(0))


roads = {
    "temperature": {
        f"{t}": measured_at(written_with(temperature=t)) for t in (0.3, 0.5, 0.7, 1.0, 1.3)
    },
    "top-p": {f"{p}": measured_at(written_with(top_p=p)) for p in (0.3, 0.5, 0.8, 0.95)},
}
landed = {name: measured_at(new) for name, new in ways.items() if name not in (
    "beam of 2", "beam of 8")}

# %% [markdown]
"""
**Guess first.** On which side of people is temperature 0.5, in both numbers? And 1.3?
"""

# %% tags=["answer", "folded"]
# @title The map
from lmteach.plots.trade_off import trade_off

display_figure(
    trade_off(roads, landed, xlabel="surprise, nats per token", ylabel="distinct pairs of tokens"),
    alt="A map of ways to write: surprise to the right, the share of distinct pairs of tokens "
    "upwards. Greedy and the beam lie far down on the left: likely and repetitive. Two roads, "
    "temperature 0.3 to 1.3 and top-p 0.3 to 0.95, rise from there close together to the upper "
    "right. The square for people lies between the ends of the roads, somewhat below them.",
)

# %% tags=["nbval-ignore-output"]
cold, own, hot = (roads["temperature"][t] for t in ("0.5", "1.0", "1.3"))
for axis in (0, 1):
    assert landed["greedy"][axis] < cold[axis] < landed["people"][axis] < hot[axis]
assert abs(own[0] - landed["people"][0]) < 0.5
{name: np.round(place, 2).tolist() for name, place in {**landed, "temperature 1": own}.items()}

# %% [markdown]
"""
People are in between. The searches are far too likely; hot draws far too strange; and the roads rise between
them. At temperature 1 the model's own text surprises it about as much as ours does: that is what training asked
for. But then its pairs are *more* distinct than people's. (Do people stay with a subject, and come back to its words? These
two numbers can't say.)
No point of the roads is people: decoding chooses among what the model knows, and adds nothing to it.

## The equal sign

What you have read is what the package ships. Greedy, with and without the cache, is our first loop:
"""

# %%
from lmteach.decoding import cache as package
from lmteach.decoding import filters as shipped

few = beginnings[:2]
by_loop = write_greedily(few, NEW)[:, PROMPT:]
assert torch.equal(greedy(model, few, NEW), by_loop)
assert torch.equal(greedy(model, few, NEW, cached=False), by_loop)

# %% [markdown]
"""
The cache, filled in two gulps by the package, and token by token by ours:
"""

# %%
theirs = package.KeyValueCache()
model(piece[:, :20], theirs)
assert_close(model(piece[:, 20:], theirs), model(piece)[:, 20:], rtol=1e-5, atol=1e-5)
for ours, packaged in zip(cache.keys + cache.values, theirs.keys + theirs.values, strict=True):
    assert_close(ours, packaged, rtol=1e-5, atol=1e-5)

# %% [markdown]
"""
Drawing, with every filter, and the same generator:
"""

# %%
ids, generator = few, seeded(5)
for _ in range(NEW):
    kept = next_token_filters(model(ids)[:, -1], ids, 0.8, 50, 0.9, 1.1)
    token = torch.multinomial(kept.softmax(dim=-1).to("cpu"), 1, generator=generator)
    ids = torch.cat([ids, token.to(ids.device)], dim=1)
options = {"temperature": 0.8, "top_k": 50, "top_p": 0.9, "repetition_penalty": 1.1}
assert torch.equal(sample(model, few, NEW, **options, generator=seeded(5)), ids[:, PROMPT:])

# %% [markdown]
"""
That was all filters at once; here is each by itself, on logits after real text:
"""

# %%
real = model(pieces)[:, -1]
for number in (1, 7, 5000):
    assert torch.equal(keep_top_k(real, number), shipped.keep_top_k(real, number))
for share in (1e-6, 0.5, 0.9, 1.0):
    assert torch.equal(keep_top_p(real, share), shipped.keep_top_p(real, share))
penalised = shipped.penalise_repetition(real, pieces, 1.3)
assert torch.equal(penalise_repetition(real, pieces, 1.3), penalised)

# %% [markdown]
"""
The nucleus against its definition, as a loop in plain Python. And of all pairs of tokens after a text, about a
million, the likeliest, found by asking for every one: the beam must find it, too, if it is wide enough.
"""


# %%
def nucleus_by_loop(p, share):
    held, kept = 0.0, set()
    for number in sorted(range(len(p)), key=lambda number: -p[number]):
        if held >= share:
            break
        kept.add(number)
        held += p[number]
    return kept


for row in real[:8].double():
    kept = keep_top_p(row, 0.9).isfinite().nonzero()[:, 0].tolist()
    assert set(kept) == nucleus_by_loop(row.softmax(dim=-1).tolist(), 0.9)

# %%
V = tokenizer.vocab_size
after = torch.cat([beginning.expand(V, -1), torch.arange(V, device=session.device)[:, None]], dim=1)
log_p = model(beginning)[0, -1].log_softmax(-1)[:, None] + model(after)[:, -1].log_softmax(-1)
[pairs_found] = beam_continuations(model, beginning, 2, 64)
assert pairs_found[0].tokens == divmod(log_p.argmax().item(), V)
assert abs(pairs_found[0].log_probability - log_p.max().item()) < 1e-4

# %% [markdown]
"""
What can't be done is said in a sentence:
"""

# %%
impossible = (
    lambda: greedy(model, held_out[None, :200], 20),
    lambda: sample(model, beginning, 20, temperature=0.0),
    lambda: sample(model, beginning, 20, top_p=1.5),
)
for attempt in impossible:
    try:
        attempt()
    except ValueError as error:
        print(error)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## The scoreboard

Does decoding change the score? We score held-out text after dividing the logits by $\tau$, and then after cuts.
"""

# %%
from lmteach.evaluation.information import bits_per_character

windows = held_out[: 60 * (config.context + 1)].view(60, -1)
scored, targets = model(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten()
characters = sum(len(tokenizer.decode(row)) for row in windows[:, 1:])


def bits_at(temperature):
    nats = torch.nn.functional.cross_entropy(scored / temperature, targets).item()
    return bits_per_character(nats, len(targets), characters)


# %% [markdown]
"""
**Guess first.** Which temperature is best? And what is the score after top-p 0.9?
"""

# %% tags=["answer"]
scores = {t: bits_at(t) for t in (0.5, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5)}
{t: round(score, 3) for t, score in scores.items()}

# %% tags=["answer"]
cuts = {"top-k 50": keep_top_k(scored, 50), "top-p 0.9": keep_top_p(scored, 0.9)}
for name, kept in cuts.items():
    lost = kept.gather(-1, targets[:, None]).isinf().float().mean().item()
    print(f"{name}: {lost:.1%} of the tokens that people wrote are cut")

# %%
assert 0.9 <= min(scores, key=scores.get) <= 1.1
assert lost > 0.02

# %% [markdown]
"""
These weights are best as they were trained, at a temperature near 1. And a single token that was cut has probability
0: the text becomes impossible, at infinitely many bits. Cuts are for writing. So there is no new row; the board
scores models before anybody chooses:
"""

# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.scoreboard import table as scoreboard

scoreboard("A")

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Spot the bug

### Five answers, please

Somebody wants five different continuations, and asks greedy decoding for five.

**Guess first.** How many different ones come back? And of five that were drawn, or found by a beam of five?
"""

# %% tags=["answer"]
five = beginning.expand(5, -1)
tries = {
    "greedy": greedy(model, five, 30).tolist(),
    "drawn": sample(model, five, 30, generator=seeded(0)).tolist(),
    "beam of 5": [one.tokens for one in beam_continuations(model, beginning, 30, 5)[0]],
}
{name: len({tuple(row) for row in rows}) for name, rows in tries.items()}

# %% [markdown]
"""
Five copies. An arg max has one answer, and asking again won't change it. Draw, if you want them different. A
beam of five gives five, too.

**Guess first.** How many of the places of the beam's five texts hold the same token, compared with five that were drawn?
"""


# %% tags=["answer", "nbval-ignore-output"]
def in_common(rows):
    shares = []
    for a in rows:
        for b in rows:
            shares.append(np.mean(np.equal(a, b)))
    return np.mean(shares)


common = {name: in_common(rows) for name, rows in tries.items()}
{name: f"{share:.0%} alike" for name, share in common.items()}

# %% [markdown]
r"""
Token by token, the five of the beam are mostly the same text. (The share counts each text beside itself, too:
of five texts with nothing in common it is 20 %.)
"""

# %%
assert common["greedy"] == 1
assert common["beam of 5"] > common["drawn"] + 0.1

# %% [markdown]
r"""
### The formula of the paper

The paper's repetition penalty is $z_i / \theta$, for all tokens that were seen, and so it is often copied:
"""


# %%
def as_circulated(logits, seen, penalty):
    return logits.scatter(-1, seen, logits.gather(-1, seen) / penalty)


# %% [markdown]
"""
A softmax doesn't care if all logits are moved by the same amount, and so a model may put its zero anywhere. Ours is moved down
by 10, which changes no probability; then comes the penalty of 1.3.

**Guess first.** The probability of all seen tokens together: does it fall by much, by little, or not at all?
"""


# %% tags=["answer"]
def mass_of_seen(logits):
    seen = torch.zeros_like(logits).scatter(-1, pieces, 1.0)
    return (logits.softmax(dim=-1) * seen).sum(dim=-1).mean().item()


low = real - 10
mass = {
    "no penalty": mass_of_seen(low),
    "as circulated": mass_of_seen(as_circulated(low, pieces, 1.3)),
    "ours": mass_of_seen(penalise_repetition(low, pieces, 1.3)),
}
{name: round(value, 2) for name, value in mass.items()}

# %% [markdown]
"""
"Penalised" tokens became *likelier*. Divided by 1.3, a logit of $-4$ is $-3.1$: a reward. Ours, which multiplies below 0, does punish. But how strongly,
if the zero is moved by $-10$, 0 and 10?
"""

# %%
by_zero = []
for by in (-10, 0, 10):
    by_zero.append(mass_of_seen(penalise_repetition(real + by, pieces, 1.3)))
below_zero = (real.gather(-1, pieces) < 0).double().mean().item()
print(f"{below_zero:.0%} of the logits of seen tokens are below 0")
np.round(by_zero, 3)

# %%
assert mass["ours"] < mass["no penalty"] < mass["as circulated"]

# %% [markdown]
"""
How strong it is still depends on where the zero is. So a penalty of 1.2 may mean one thing for one model and something else for another.

### A cache, handed on

Two tokens, written with a cache:
"""

# %%
grown, kept_cache = beginnings, KeyValueCache()
token = model(grown, kept_cache)[:, -1].argmax(dim=-1, keepdim=True)
grown = torch.cat([grown, token], dim=1)
with_cache = model(grown, kept_cache)[:, -1]

# %%
without = model(grown)[:, -1]
apart = (with_cache.softmax(dim=-1) - without.softmax(dim=-1)).abs().sum(dim=-1) / 2
print(f"{apart.mean():.0%} of the probability has gone to other tokens than without a cache")

# %% [markdown]
"""
The same weights, the same text. The first of the two tokens was right.

**Guess first.** Which line is wrong? What does the cache hold?
"""

# %% tags=["answer"]
assert apart.mean() > 0.01
print(f"{grown.shape[1]} tokens of text, {kept_cache.length} in the cache")

# %% [markdown]
"""
With a cache, the model is given the *new* token only: `model(token, kept_cache)`. Here it got the whole text again, has read every beginning twice, and goes on with that.
No error. Nobody notices until the text is odd, or the context full. Compare `cache.length` with the length of your text, and the logits with those of no cache.

## In practice

At work this is `model.generate` of Hugging Face's `transformers`. Our trained model looks up n-grams, too, and
they have no class for that. But the one that we timed is of GPT-2's form. Untrained, it likes all tokens alike;
with its weights times ten it has opinions, and takes the same time.
"""

# %%
import importlib.util
import tempfile

compared = bool(importlib.util.find_spec("transformers"))
if compared:
    from transformers import GPT2LMHeadModel
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
else:
    print("transformers is not installed: pip install transformers, to compare.")

# %%
if compared:
    for parameter in blank.parameters():
        parameter *= 10 if parameter.ndim == 2 else 1
    with tempfile.TemporaryDirectory() as folder:
        blank.save_pretrained(folder)
        twin = GPT2LMHeadModel.from_pretrained(folder).to(session.device).eval()
    twin.generation_config.eos_token_id = None  # it shall not stop by itself
    twin.generation_config.pad_token_id = 0

# %% [markdown]
"""
It must write the same tokens: greedy, drawn with the same random numbers, and by beam search.
"""


# %%
def generated(**options):
    ones = torch.ones_like(beginnings)
    return twin.generate(beginnings, attention_mask=ones, max_new_tokens=NEW, **options)[:, PROMPT:]


if compared:
    assert torch.equal(generated(do_sample=False), greedy(blank, beginnings, NEW))
    torch.manual_seed(7)
    theirs = generated(do_sample=True, temperature=0.8, top_k=50, top_p=0.9)
    torch.manual_seed(7)
    assert torch.equal(theirs, sample(blank, beginnings, NEW, 0.8, 50, 0.9))

# %%
if compared:
    found = beam_continuations(blank, beginnings[:4], NEW, 4)
    theirs = generated(do_sample=False, num_beams=4)[:4].tolist()
    assert theirs == [list(best.tokens) for best, *_ in found]

# %% [markdown]
"""
The rule against repeated runs is `no_repeat_ngram_size` there, end tokens are `eos_token_id`, and stop sequences `stop_strings`:
"""

# %%
if compared:
    theirs = generated(do_sample=False, no_repeat_ngram_size=3)
    ours = torch.stack([*stream(blank, beginnings, NEW, never_twice(3))], dim=1)
    assert torch.equal(theirs, ours)

# %% [markdown]
"""
**Guess first.** And with no word on top-k and top-p, from how many tokens does `generate` draw?
"""

# %% tags=["answer"]
if compared:
    for number in (None, 50):
        torch.manual_seed(8)
        theirs = generated(do_sample=True)
        torch.manual_seed(8)
        same = torch.equal(theirs, sample(blank, beginnings, NEW, top_k=number))
        print(f"as with top-k {number}: {same}")

# %% [markdown]
"""
From the 50 likeliest. Say `top_k=0` if you want them all. To ask greedy for five different answers is an error
here:
"""

# %% tags=["nbval-ignore-output"]
if compared:
    try:
        generated(do_sample=False, num_return_sequences=5)
    except ValueError as error:
        print(error)

# %% [markdown]
"""
Which is faster, each with its cache and without? A streamer is told of each token as it comes.
"""


# %% tags=["folded"]
# @title The clock of generate
class Clock:
    def __init__(self):
        self.times = []

    def put(self, tokens):
        self.times.append(time.perf_counter())

    def end(self):
        self.times = self.times[1:]  # the first was the prompt


def milliseconds_of_generate(use_cache):
    clock, ones = Clock(), torch.ones_like(start)
    asked = {"max_new_tokens": LONG, "use_cache": use_cache, "do_sample": False}
    twin.generate(start, attention_mask=ones, streamer=clock, **asked)
    steps = 1000 * np.diff(clock.times)[-(LONG - WINDOW) :]
    return steps.reshape(-1, WINDOW).min(axis=1)  # the least disturbed


# %% tags=["folded"]
# @title Both, with a cache and without
if compared:
    speed["generate, cache"] = milliseconds_of_generate(use_cache=True)
    speed["cache"] = milliseconds(stream(blank, start, LONG, likeliest()))  # again: side by side
    speed["generate, no cache"] = milliseconds_of_generate(use_cache=False)
    speed["no cache"] = milliseconds(stream(blank, start, LONG, likeliest(), cached=False))

# %% [markdown]
"""
**Guess first.** Four lines on one scale: which lies lowest, and which of them rise?
"""

# %% tags=["answer", "folded", "nbval-ignore-output"]
# @title All four
show_speed(
    speed,
    alt="Milliseconds per token, on a log scale, against the tokens before: our functions "
    "and generate of transformers, each with and without its cache. Both without a cache rise "
    "with the length; both with a cache are nearly level, and ours lies lowest.",
)
{name: f"{1000 / np.mean(values):,.0f} tokens/s" for name, values in speed.items()}

# %% [markdown]
"""
What would explain it: a model this small needs little arithmetic for a token, so the Python around it shows, and
`generate`, which can do a hundred things, has more of it. With a large model both wait for the same products of matrices.

Three habits from work: begin with temperature 0.7 to 1 and top-p 0.9, and write down what you used, since a
text without it can't be made again; greedy for answers that are right or wrong; and count the cache before you
promise a long context.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · from logits to a token, and a cache for one layer (30 minutes, ●●○)

Four steps in NumPy choose a token: a softmax with a dial, the nucleus, a draw, and all together. Two more are one
layer of attention that reads nothing twice. Each step is judged alone; in a later one you may call your earlier functions.

#### Step 1 · chances

From `logits` (V,) to probabilities (V,), at a `temperature`: equation 14.3. Logits may be as large as 800, and $e^{800}$ is no
number that fits.
"""


# %% tags=["exercise"]
def chances(logits, temperature):
    ### BEGIN SOLUTION: an array (V,) that sums to 1
    cooled = logits / temperature
    powers = np.exp(cooled - cooled.max())
    return powers / powers.sum()
    ### END SOLUTION


check.chances(chances)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A softmax doesn't care if all logits are moved by the same amount. Move them so that the largest is 0.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · nucleus

From `probabilities` (V,), in any order, keep the fewest tokens that hold `share` together, equation 14.5. All others get
0. Each token keeps its place, and what is left sums to 1. (A sum that misses `share` by a rounding error, 1e-12, has
reached it.)
"""


# %% tags=["exercise"]
def nucleus(probabilities, share):
    ### BEGIN SOLUTION: an array (V,), cut and rescaled
    order = np.argsort(-probabilities)  # the likeliest first
    before = probabilities[order].cumsum() - probabilities[order]
    kept = np.zeros_like(probabilities)
    stays = order[before < share - 1e-12]
    kept[stays] = probabilities[stays]
    return kept / kept.sum()
    ### END SOLUTION


check.nucleus(nucleus)


# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.argsort(-probabilities)` is the order, the likeliest first. A token stays if those *before* it hold less than `share`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · draw

Lay the probabilities end to end, from 0 to 1. `u` is one random number, at least 0 and below 1. Return the id of the token in
whose stretch it falls; a stretch holds its beginning and not its end.
"""


# %% tags=["exercise"]
def draw(probabilities, u):
    ### BEGIN SOLUTION: a whole number
    ends = probabilities.cumsum()
    return int((ends <= u).sum())
    ### END SOLUTION


check.draw(draw)


# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Where do the stretches end? `probabilities.cumsum()`. How many of them end at `u` or before?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · next_token

Put them together: dial, cut, draw. Then write with it, on the trained model:

```python
rng, ids = np.random.default_rng(0), ids_of("The city of")
for _ in range(40):
    row = model(ids)[0, -1].double().cpu().numpy()
    chosen = next_token(row, temperature=0.8, share=0.9, u=rng.random())
    ids = torch.cat([ids, torch.tensor([[chosen]], device=ids.device)], dim=1)
print(tokenizer.decode(ids[0].tolist()))
```
"""


# %% tags=["exercise"]
def next_token(logits, temperature, share, u):
    ### BEGIN SOLUTION: a whole number
    powers = np.exp((logits - logits.max()) / temperature)
    order = np.argsort(-powers)
    falling = powers[order] / powers.sum()
    stays = falling.cumsum() - falling < share - 1e-12
    kept = np.zeros_like(powers)
    kept[order[stays]] = falling[stays]
    return int((kept.cumsum() / kept.sum() <= u).sum())
    ### END SOLUTION


check.next_token(next_token)


# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

With your three functions it is one line: `draw(nucleus(chances(…), …), u)`. The solution does without them, so that it can stand alone.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · attend_newest

Now the cache. What does the newest `query` (K,) read from `keys` (T, K) and `values` (T, D), its own among them as the last
rows? Equation 14.7, an array (D,).
"""


# %% tags=["exercise"]
def attend_newest(query, keys, values):
    ### BEGIN SOLUTION: an array (D,), eq. 14.7
    powers = np.exp(keys @ query / np.sqrt(len(query)))
    return powers / powers.sum() @ values
    ### END SOLUTION


check.attend_newest(attend_newest)


# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`keys @ query` are the scores (T,). Divide them by the root of K; a softmax; the mean of the values with these weights.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
#### Step 6 · cached_step

One layer, one new token. From its vector `x` (D,) make query, key and value with $W_q$, $W_k$ and $W_v$ (D, K each, so `x @ W_q`). Put
key and value behind the kept `keys` and `values` (T, K), which may be empty (0, K); then attend. Return what was read (K,), and both, longer by
one row. Then hold it against attention over a whole text, on vectors of the trained model:

```python
xs = model.wte(ids_of("The city of London was the first"))[0].double().cpu().numpy()
W_q, W_k, W_v = np.random.default_rng(0).normal(size=(3, xs.shape[1], 16)) / 4
keys, values, read = np.zeros((0, 16)), np.zeros((0, 16)), []
for x_t in xs:
    out, keys, values = cached_step(x_t, W_q, W_k, W_v, keys, values)
    read.append(out)
q, k, v = (torch.tensor(xs @ W) for W in (W_q, W_k, W_v))
assert_close(torch.tensor(np.array(read)), scaled_dot_product_attention(q, k, v, causal_mask(len(xs)))[0])
```

Where has the causal mask gone?
"""


# %% tags=["exercise"]
def cached_step(x, W_q, W_k, W_v, keys, values):
    ### BEGIN SOLUTION: return read, keys, values
    query, key, value = x @ W_q, x @ W_k, x @ W_v
    keys, values = np.vstack([keys, key]), np.vstack([values, value])
    powers = np.exp(keys @ query / np.sqrt(len(query)))
    return powers / powers.sum() @ values, keys, values
    ### END SOLUTION


check.cached_step(cached_step)


# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.vstack([keys, key])` puts a row behind the others, and works for no rows, too. (`np.append` makes one long row of all.)
Then `attend_newest`.

</details>

<details><summary>Solution</summary>

{{solution}}

The mask has become time: when a token asks, what comes later is not in the cache yet.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · keep_min_p (5 minutes, ●○○)

A newer cut, min-p (Nguyen et al. 2024): a token goes if it is less likely than `ratio` times the likeliest one.
Return the probabilities of the draw (V,), cut and rescaled.
"""


# %% tags=["exercise"]
def keep_min_p(probabilities, ratio):
    ### BEGIN SOLUTION: an array of the same shape
    enough = probabilities >= ratio * probabilities.max()
    kept = np.where(enough, probabilities, 0)
    return kept / kept.sum()
    ### END SOLUTION


check.keep_min_p(keep_min_p)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.where(condition, probabilities, 0)` cuts. What must the rest sum to?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · may_be_shown (10 minutes, ●●○)

Text is streamed, and shall stop at `stop`. So far `text` has come, and `stop` is not in it. But its end may be the stop's beginning,
and must not be on the screen if the rest arrives. Return as much as may be shown: for `"A city."` and `". The"`, that is `"A city"`.
"""


# %% tags=["exercise"]
def may_be_shown(text, stop):
    ### BEGIN SOLUTION: a string
    for length in range(len(stop) - 1, 0, -1):
        if text.endswith(stop[:length]):
            return text[:-length]
    return text
    ### END SOLUTION


check.may_be_shown(may_be_shown)


# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Try the beginnings of `stop`, the longest first. Does `text` end with it?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A model gives probabilities; decoding chooses. Greedy goes in circles; here, a beam finds likelier text that repeats itself less, and both are far from what people write.
- Temperature changes proportions, top-k cuts at a number, top-p at a share, and follows how sure the model is.
- People's text lies between greedy's and the hot draws', in surprise and in variety. No setting is people.
- What comes later changes no key and no value, by the causal mask: keep them, and nothing is read twice.
- The cache gives the same logits, costs memory that grows with the text, and makes a token's time nearly level.

**Further reading.** A. Fan, M. Lewis and Y. Dauphin, "Hierarchical Neural Story Generation" (2018), for top-k.
A. Holtzman and others, "The Curious Case of Neural Text Degeneration" (2020), for top-p and for why the
likeliest text is dull. N. Keskar and others, "CTRL" (2019), for the penalty. R. Pope and others, "Efficiently
Scaling Transformer Inference" (2023), for what a cache costs. N. Shazeer, "Fast Transformer Decoding: One
Write-Head is All You Need" (2019), for a smaller one. R. Paulus, C. Xiong and R. Socher, "A Deep
Reinforced Model for Abstractive Summarization" (2017), for runs that must not come twice. M. Nguyen and others, "Turning Up the Heat: Min-p
Sampling" (2024). L. Ben Allal and others, "SmolLM2" (2025).

**Next.** {{next}}: a model that looks both ways, and so can't write at all.
"""
