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
from lmteach.plots.next_token_bars import next_token_bars
from lmteach.text.corpora.wikipedia import wikipedia

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


# %% [markdown]
"""
**Guess first.** After which of these is the model surer of itself, *The* or *The United*?
"""

# %%
sure, unsure = "The United", "The"
names = [tokenizer.decode([number]) for number in range(tokenizer.vocab_size)]
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
"""
Over how many tokens is the probability *spread*, as if evenly? Notebook 09 had a measure: $e$ to the power of
the entropy.
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

# %% tags=["nbval-ignore-output"]
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


# %%
def repeated(rows, n=4):
    runs = [[tuple(row[t : t + n]) for t in range(len(row) - n + 1)] for row in rows.tolist()]
    return np.mean([1 - len(set(row)) / len(row) for row in runs])


# %% tags=["nbval-ignore-output"]
continued = greedy(model, beginnings, NEW)
assert repeated(continued) > repeated(people) + 0.15
print(f"greedy {repeated(continued):.0%}, people {repeated(people):.0%}")

# %% [markdown]
r"""
Two fifths of greedy text are repeats; people hardly repeat four tokens in so short a piece. Every choice was the best
one. But once the last tokens have stood there before, the best choice is mostly that of the last time.

## The likeliest text

Greedy takes the best token, which need not begin the best *text*. The log probability of a whole continuation
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
best beginnings at each step, and so looks further. `beam_continuations` does it with a GPT. **Guess first.**
Order these by surprise, the least surprising first: greedy, a beam of 2, a beam of 4, people.
"""

# %%
from lmteach.decoding.beam import beam_continuations

ways = {"people": people, "greedy": continued}
for width in (2, 4):
    found = beam_continuations(model, beginnings, NEW, width)
    ways[f"beam of {width}"] = torch.tensor([best.tokens for best, *_ in found]).to(session.device)

# %% tags=["nbval-ignore-output"]
level = {name: surprise(new).item() for name, new in ways.items()}
for name, nats in level.items():
    print(f"{name:12}{nats:.2f} nats per token, repeated {repeated(ways[name]):.0%}")

# %%
assert level["beam of 4"] < level["greedy"] < level["people"] - 1
assert repeated(ways["beam of 4"]) > repeated(people) + 0.05

# %% [markdown]
"""
The search works: it finds text that is likelier than greedy's, and with fewer circles. But it is even less
surprising, and people surprise the model all the time. In a translation, where there is little to choose,
a beam serves well, as it did in notebook 08. In free text, nobody would write what is likeliest (Holtzman et al. 2020):
"""

# %% tags=["nbval-ignore-output"]
[found] = beam_continuations(model, ids_of("The city of"), 40, 8)
print("The city of" + tokenizer.decode(found[0].tokens))

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


# %% [markdown]
r"""
**Guess first.** At temperature 1, a token is three times as likely as another. And at $\tau = \frac{1}{2}$?
Towards 0? Towards infinity?
"""

# %%
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


p = with_temperature(next_logits_of(sure)[0].cpu(), 1.0)
drawn_ids = torch.multinomial(p, 20_000, replacement=True, generator=seeded(0))
shares = drawn_ids.bincount(minlength=len(p)) / 20_000
assert (shares - p).abs().max() < 4 * math.sqrt(0.25 / 20_000)

# %% tags=["nbval-ignore-output"]
from lmteach.decoding.sampling import sample

for temperature in (0.3, 0.7, 1.0, 1.5):
    [new] = sample(model, beginning, 45, temperature, generator=seeded(1))
    print(f"{temperature}: The city of{tokenizer.decode(new)}\n")

# %% [markdown]
"""
Cold it plays safe, hot it falls to pieces, and in the middle it is a small model that does its best. What goes wrong
when it is hot? A few tokens can follow *The United*, and a thousand can't. Each of these is unlikely. And all of
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
One number for all places. **Guess first.** What is wrong with $k = 10$ after *The United*, and what after
*The*?
"""


# %%
def share_kept(filtered, logits):
    return logits.softmax(dim=-1)[filtered.isfinite()].sum().item()


for text in (sure, unsure):
    logits = next_logits_of(text)
    print(f"{text:12}10 tokens hold {share_kept(keep_top_k(logits, 10), logits):.0%}")

# %% [markdown]
r"""
Where the model is sure, the tenth token is noise already; where it isn't, most of what would have done is gone.

## Cut: top-p

**Top-p**, or nucleus sampling, asks for a share instead of a number (Holtzman et al. 2020). With the tokens
sorted so that $p_1 \ge p_2 \ge \dots$, it keeps the first $m$, where $m$ is as small as it can be:

$$ p_1 + p_2 + \dots + p_m \ge P \tag{14.5} $$

It is easier to write from the other end: a token goes if it and all that are less likely hold $1 - P$ at most.
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

# %%
nuclei = [keep_top_p(next_logits_of(text), 0.7).isfinite().sum().item() for text in (sure, unsure)]
assert nuclei[1] > 3 * nuclei[0]
nuclei

# %% [markdown]
"""
Few where the model is sure, many where it isn't. All three side by side; grey is the model's own, blue is what
is drawn from:
"""

# %%
WAYS = {
    "temperature 0.5": lambda logits: logits / 0.5,
    "top-k 5": lambda logits: keep_top_k(logits, 5),
    "top-p 0.5": lambda logits: keep_top_p(logits, 0.5),
}
figure, panels = plt.subplots(2, 3, figsize=(12, 7), sharex="row")
for text, row in zip((sure, unsure), panels, strict=True):
    logits = next_logits_of(text)[0].cpu()
    for (way, change), panel in zip(WAYS.items(), row, strict=True):
        drawn_from = change(logits).softmax(dim=-1)
        title = f"{text} … {way}"
        next_token_bars(logits.softmax(dim=-1), names, drawn_from, axes=panel, title=title)
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
halves = [keep_top_p(next_logits_of(text), 0.5).isfinite().sum().item() for text in (sure, unsure)]
assert halves[0] == 1
assert halves[1] >= 12

# %% [markdown]
r"""

## Don't say it again

Another way out of the circle: make what was said less likely. The **repetition penalty** $\theta$ (Keskar et
al. 2019) divides the logits of all tokens in the text so far; those below 0 are multiplied, for dividing would
raise them:

$$ z'_i = \begin{cases} z_i / \theta & \text{if } z_i > 0 \\ z_i \cdot \theta & \text{else} \end{cases} \qquad \text{for } i \in \{x_1, \dots, x_t\} \tag{14.6} $$
"""


# %% lmteach={"defines": "decoding.filters.penalise_repetition"}
def penalise_repetition(logits, seen, penalty):
    own = logits.gather(-1, seen)  # (B, T)
    return logits.scatter(-1, seen, torch.where(own < 0, own * penalty, own / penalty))  # eq. 14.6


# %% tags=["nbval-ignore-output"]
for penalty in (1.0, 1.1, 1.3):
    new = greedy(model, beginnings, NEW, repetition_penalty=penalty)
    print(f"penalty {penalty}: repeated {repeated(new):.0%}")
assert repeated(new) < 0.5 * repeated(continued)

# %% [markdown]
"""
No circles any more, at a price: it also punishes *the* and the full stop, which people say all the time. Use
little of it.

## All of them, in order

The order matters: top-p counts what top-k has left, at this temperature. This is everyone's order:
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
**Guess first.** Top-p 0.9, and temperature 2. Does it matter which is first?
"""

# %%
logits = next_logits_of(sure)
heated_first = keep_top_p(logits / 2, 0.9)
heated_last = keep_top_p(logits, 0.9) / 2
stay = [filtered.isfinite().sum().item() for filtered in (heated_first, heated_last)]
assert stay[0] > 1.5 * stay[1]
stay

# %% [markdown]
"""
Heat first, and the nucleus lets in what the heat has raised.

Now drag the sliders, on a beginning of your own. Grey is the model's, blue is the draw's; a click draws the
next token. **Guess first.** With top-p at 0.5, where do the drawn tokens surprise you?
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
## Nothing is read twice

Our loop gives the model the whole text for every token: to write the hundredth, it reads ninety-nine again.
What of all that is new? Let us look at the keys and values. A GPT hands them to anybody who asks, layer by
layer:
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
    model(ids, watcher := Watcher())
    return watcher


text = ids_of("The city of London was the first")
longer = torch.cat([text, ids_of(" one")], dim=1)
[keys.shape for keys in watch(text).keys]

# %% [markdown]
"""
Look at the keys of *first*, in each layer. **Guess first.** Which of them change if we put one token *behind*
the text? And if we change the first token of the text instead?
"""


# %%
def change_of_last(old, new):
    last = old.keys[0].shape[2] - 1
    both = zip(old.keys, new.keys, strict=True)
    return [(a[:, :, last] - b[:, :, last]).norm().item() for a, b in both]


other = torch.cat([ids_of("A")[:, :1], text[:, 1:]], dim=1)
for name, new in {"behind": longer, "at first": other}.items():
    print(f"{name:9}", *(f"{change:.3f}" for change in change_of_last(watch(text), watch(new))))

# %%
assert max(change_of_last(watch(text), watch(longer))) < 1e-4
changes = change_of_last(watch(text), watch(other))
assert changes[0] < 1e-4 < 1e-3 < min(changes[1:])

# %% [markdown]
"""
What comes behind changes *nothing*. What came before changes all keys but those of the first layer, which are
made before anybody looks around. (Our model adds vectors of bigrams and trigrams there, so the two tokens just
before would change them, too.) This is the causal mask: a key is made from the token's vector, which has
looked at itself and at earlier tokens, and never ahead. Six random vectors, before and after a seventh comes;
by how much do the outputs of the old ones change, with the mask and without?
"""

# %%
from lmteach.models.transformer.attention import causal_mask, scaled_dot_product_attention

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
So keep keys and values, layer by layer, and forget the rest. For a new token compute its own $q$, $k$ and $v$,
put $k$ and $v$ behind the old ones, and let $q$ meet them all. No mask is needed: all that is there came
before. (Keys are kept *after* rotary positions have turned them; a token's place doesn't change either. The ids
are kept beside them.)
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
For us it is nothing. GPT-3 has 96 layers of 96 heads, each 128 wide, and reads 2,048 tokens (Brown et al. 2020,
table 2.1). **Guess first.** How many gigabytes for *one* text, at 2 bytes a number?
"""

# %%
cache_bytes(layers=96, heads=96, head_dim=128, time=2048, size=2) / 1e9

# %% [markdown]
"""
That is why newer models share keys and values among heads (Shazeer 2019).

### What it gains

Time per token, against the length of the text. A larger window than our model's shows it better, and untrained
weights take as long as trained ones. **Guess first.** How do the two curves bend?
"""

# %%
from lmteach.decoding.sampling import likeliest, stream
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT

SIZES = {"vocab_size": 1024, "context": 256, "dim": config.dim, "heads": 4, "layers": 4}
blank = GPT(GPTConfig(**SIZES), seeded(0)).to(session.device).eval()
start = torch.randint(1024, (1, 4), generator=seeded(0)).to(session.device)
LONG, WINDOW = 200, 20


# %%
def milliseconds(tokens):
    times = [time.perf_counter() for token in tokens if token.item() >= 0]  # wait for the token
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

# %%
lengths = start.shape[1] + WINDOW // 2 + WINDOW * np.arange(1, LONG // WINDOW)


def show_speed(speed, alt):
    axes = curves(speed, x=lengths, xlabel="tokens before", ylabel="ms per token")
    axes.set_yscale("log")
    axes.set_yticks([1, 3, 10, 30], ["1", "3", "10", "30"])
    axes.minorticks_off()
    display_figure(axes, alt=alt)


# %% tags=["nbval-ignore-output"]
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
    pairs = Counter(pair for row in rows.tolist() for pair in pairwise(row))
    return len(pairs) / pairs.total()


def measured_at(new):
    return surprise(new).item(), distinct_pairs(new)


# %% [markdown]
"""
**Guess first.** On which side of people is temperature 0.5, in both numbers? And 1.3?
"""


# %%
def written_with(**options):
    return sample(model, beginnings, NEW, **options, generator=seeded(0))


roads = {
    "temperature": {
        f"{t}": measured_at(written_with(temperature=t)) for t in (0.3, 0.5, 0.7, 1.0, 1.3)
    },
    "top-p": {f"{p}": measured_at(written_with(top_p=p)) for p in (0.3, 0.5, 0.8, 0.95)},
}
landed = {name: measured_at(new) for name, new in ways.items() if name != "beam of 2"}

# %%
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
for. But then its pairs are *more* distinct than people's, who stay with a subject and come back to its words.
No point of the roads is people: decoding chooses among what the model knows, and adds nothing to it.

## The equal sign

What you wrote is what the package ships. Greedy, with and without the cache, is our first loop:
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
for ours, other in zip(cache.keys + cache.values, theirs.keys + theirs.values, strict=True):
    assert_close(ours, other, rtol=1e-5, atol=1e-5)

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
logits = model(pieces)[:, -1]
for number in (1, 7, 5000):
    assert torch.equal(keep_top_k(logits, number), shipped.keep_top_k(logits, number))
for share in (1e-6, 0.5, 0.9, 1.0):
    assert torch.equal(keep_top_p(logits, share), shipped.keep_top_p(logits, share))
theirs = shipped.penalise_repetition(logits, pieces, 1.3)
assert torch.equal(penalise_repetition(logits, pieces, 1.3), theirs)

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


for row in logits[:8].double():
    kept = keep_top_p(row, 0.9).isfinite().nonzero()[:, 0].tolist()
    assert set(kept) == nucleus_by_loop(row.softmax(dim=-1).tolist(), 0.9)

# %%
V = tokenizer.vocab_size
after = torch.cat([beginning.expand(V, -1), torch.arange(V, device=session.device)[:, None]], dim=1)
log_p = model(beginning)[0, -1].log_softmax(-1)[:, None] + model(after)[:, -1].log_softmax(-1)
[found] = beam_continuations(model, beginning, 2, 64)
assert found[0].tokens == divmod(log_p.argmax().item(), V)
assert abs(found[0].log_probability - log_p.max().item()) < 1e-4

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

Does decoding change the score? **Guess first.** We score held-out text after dividing the logits by $\tau$.
Which $\tau$ is best? And what is the score after top-p 0.9?
"""

# %%
from lmteach.evaluation.information import bits_per_character

windows = held_out[: 60 * (config.context + 1)].view(60, -1)
logits, targets = model(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten()
characters = sum(len(tokenizer.decode(row)) for row in windows[:, 1:])


def bits_at(temperature):
    nats = torch.nn.functional.cross_entropy(logits / temperature, targets).item()
    return bits_per_character(nats, len(targets), characters)


# %%
scores = {t: bits_at(t) for t in (0.5, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5)}
assert 0.9 <= min(scores, key=scores.get) <= 1.1
{t: round(score, 3) for t, score in scores.items()}

# %%
cuts = {"top-k 50": keep_top_k(logits, 50), "top-p 0.9": keep_top_p(logits, 0.9)}
for name, kept in cuts.items():
    lost = kept.gather(-1, targets[:, None]).isinf().float().mean().item()
    assert lost > 0.02
    print(f"{name}: {lost:.1%} of the tokens that people wrote are cut")

# %% [markdown]
"""
Trained weights are best as they are, at a temperature near 1. And a single token that was cut has probability
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

Somebody wants five different continuations, and asks greedy decoding for five. **Guess first.** What comes
back?
"""

# %%
five = beginning.expand(5, -1)
tries = {
    "greedy": greedy(model, five, 30).tolist(),
    "drawn": sample(model, five, 30, generator=seeded(0)).tolist(),
    "beam of 5": [best.tokens for best in beam_continuations(model, beginning, 30, 5)[0]],
}
{name: len(set(map(tuple, rows))) for name, rows in tries.items()}

# %% [markdown]
"""
Five copies. An arg max has one answer, and asking again won't change it. Draw, if you want them different. A
beam of five gives five, too. **Guess first.** How different are they, compared with five that were drawn?
"""


# %% tags=["nbval-ignore-output"]
def in_common(rows):
    return np.mean([[np.mean(np.equal(a, b)) for a in rows] for b in rows])


common = {name: in_common(rows) for name, rows in tries.items()}
assert common["greedy"] == 1
assert common["beam of 5"] > common["drawn"] + 0.1
{name: f"{share:.0%} alike" for name, share in common.items()}

# %% [markdown]
r"""
Token by token, the five of the beam are mostly the same text. (The share counts each text beside itself as
well.)

### A penalty that rewards

The paper's formula for the repetition penalty is $z_i / \theta$, for all tokens that were seen, and so it is
often copied. **Guess first.** What does it do to a seen token whose logit is $-4$?
"""


# %%
def as_circulated(logits, seen, penalty):
    return logits.scatter(-1, seen, logits.gather(-1, seen) / penalty)


logits = model(pieces)[:, -1]
own = logits.gather(-1, pieces)
print(f"{(own < 0).double().mean():.0%} of the logits of seen tokens are below 0")

# %% [markdown]
"""
Divided by 1.3, $-4$ is $-3.1$: a reward. It gets worse. A softmax doesn't care if all logits are moved by the
same amount, and so a model may put its zero anywhere. Ours, moved down by 10, and the probability of all seen
tokens together:
"""


# %%
def mass_of_seen(logits):
    seen = torch.zeros_like(logits).scatter(-1, pieces, 1.0)
    return (logits.softmax(dim=-1) * seen).sum(dim=-1).mean().item()


low = logits - 10
mass = {
    "no penalty": mass_of_seen(low),
    "as circulated": mass_of_seen(as_circulated(low, pieces, 1.3)),
    "ours": mass_of_seen(penalise_repetition(low, pieces, 1.3)),
}
{name: round(value, 2) for name, value in mass.items()}

# %%
assert mass["ours"] < mass["no penalty"] < mass["as circulated"]
moved = [mass_of_seen(penalise_repetition(logits + by, pieces, 1.3)) for by in (-10, 0, 10)]
np.round(moved, 3)

# %% [markdown]
"""
"Penalised" tokens become likelier than before. The mended form never rewards, but see the last line: how strong
it is still depends on where the zero is. A penalty of 1.2 means one thing for one model and something else for
another.

### Read twice after all

With a cache, one gives the model the *new* token only. Here it gets the whole text again:
"""

# %%
ids, cache = beginnings, KeyValueCache()
token = model(ids, cache)[:, -1].argmax(dim=-1, keepdim=True)
ids = torch.cat([ids, token], dim=1)
wrong = model(ids, cache)[:, -1]  # should be: model(token, cache)
cache.length, ids.shape[1]

# %%
right = model(ids)[:, -1]
moved = (wrong.softmax(dim=-1) - right.softmax(dim=-1)).abs().sum(dim=-1).mean().item() / 2
assert cache.length == 2 * ids.shape[1] - 1
assert moved > 0.01
print(f"{moved:.0%} of the probability has gone to other tokens")

# %% [markdown]
"""
No error: the model has read every beginning twice, and goes on with that. Nobody notices until the text is odd,
or the context full. Compare `cache.length` with the length of your text, and the logits with those of no cache.

## In practice

At work this is `model.generate` of Hugging Face's `transformers`. Our trained model looks up n-grams, too, and
they have no class for that. But the one that we timed is of GPT-2's form. Untrained, it likes all tokens alike;
ten times its weights have opinions, and take the same time.
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
**Guess first.** And with no word on top-k and top-p, from how many tokens does `generate` draw?
"""

# %%
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
Which is faster, each with its cache and without? A streamer is told of each token as it comes. **Guess first.**
"""


# %%
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


# %%
if compared:
    speed["generate, cache"] = milliseconds_of_generate(use_cache=True)
    speed["cache"] = milliseconds(stream(blank, start, LONG, likeliest()))  # again: side by side
    speed["generate, no cache"] = milliseconds_of_generate(use_cache=False)
    speed["no cache"] = milliseconds(stream(blank, start, LONG, likeliest(), cached=False))

# %% [markdown]
"""
Four lines, on one scale:
"""

# %% tags=["nbval-ignore-output"]
show_speed(
    speed,
    alt="Milliseconds per token, on a log scale, against the tokens before: our functions "
    "and generate of transformers, each with and without its cache. Both without a cache rise "
    "with the length; both with a cache are nearly level, and ours lies lowest.",
)
{name: f"{1000 / np.mean(values):,.0f} tokens/s" for name, values in speed.items()}

# %% [markdown]
"""
With a model this small, most of a token's time is not arithmetic but Python around it, and `generate`, which
can do a hundred things, has more of it. With a large model both wait for the same products of matrices.

Three habits from work: begin with temperature 0.7 to 1 and top-p 0.9, and write down what you used, since a
text without it can't be made again; greedy for answers that are right or wrong; and count the cache before you
promise a long context.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Exercise 1 · nucleus_size (5 minutes, ●○○)

How many tokens does top-p keep? `probabilities` is a NumPy array (V,), in any order.
"""


# %% tags=["exercise"]
def nucleus_size(probabilities, p):
    ### BEGIN SOLUTION: a whole number
    falling = np.sort(probabilities)[::-1]
    before = falling.cumsum() - falling
    return int((before < p - 1e-12).sum())
    ### END SOLUTION


check.nucleus_size(nucleus_size)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Sort so that the largest comes first, and add up. What did the tokens *before* each one hold? (Allow for
rounding: 1e-12.)

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · keep_min_p (5 minutes, ●○○)

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
### Exercise 3 · attend_one (10 minutes, ●●○)

Attention with a cache, in NumPy: what does the newest token see? It has `query` (K,), `key` (K,) and `value`
(D,); `keys` (T, K) and `values` (T, D) are those of the tokens before.
"""


# %% tags=["exercise"]
def attend_one(query, key, value, keys, values):
    ### BEGIN SOLUTION: an array (D,), eq. 14.7
    keys, values = np.vstack([keys, key]), np.vstack([values, value])
    powers = np.exp(keys @ query / np.sqrt(len(query)))
    return powers / powers.sum() @ values
    ### END SOLUTION


check.attend_one(attend_one)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.vstack([keys, key])` puts the new key behind the old ones. Then scores, divided by the root of K, a softmax,
and the mean of the values.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A model gives probabilities; decoding chooses. The likeliest text repeats itself, and a better search finds only likelier text.
- Temperature changes proportions, top-k cuts at a number, top-p at a share, and follows how sure the model is.
- People's text lies between greedy's and the hot draws', in surprise and in variety. No setting is people.
- What comes later changes no key and no value, by the causal mask: keep them, and nothing is read twice.
- The cache gives the same logits, costs memory that grows with the text, and makes a token's time nearly level.

**Further reading.** A. Fan, M. Lewis and Y. Dauphin, "Hierarchical Neural Story Generation" (2018), for top-k.
A. Holtzman and others, "The Curious Case of Neural Text Degeneration" (2020), for top-p and for why the
likeliest text is dull. N. Keskar and others, "CTRL" (2019), for the penalty. R. Pope and others, "Efficiently
Scaling Transformer Inference" (2023), for what a cache costs. N. Shazeer, "Fast Transformer Decoding: One
Write-Head is All You Need" (2019), for a smaller one. M. Nguyen and others, "Turning Up the Heat: Min-p
Sampling" (2024).

**Next.** {{next}}: a model that looks both ways, and so can't write at all.
"""
