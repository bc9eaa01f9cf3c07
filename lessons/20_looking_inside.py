# %% [markdown] slideshow={"slide_type": "slide"}
r"""
# 20 · Looking inside

{{badges}}

> Ada Byron wrote the first program. Nobody understood it then, but Ada …

You would go on with *Byron*, and so does a model of two layers that has never seen the name. Somewhere in it, somebody looks up what came after *Ada* the last time. Who? Can you find that part, watch it come into being, and switch it off?

**Aims.** Read and replace whatever passes through a model, by name. Watch heads learn to copy, and find their like in a real chat model. Ask each layer what it would say. Learn what an attention map, a head switched off and a probe can tell you, and what they can't.

**Time.** {{time}} The cells run in about half a minute on two CPU cores.

**Before.** [09 · Self-attention](09_self_attention.ipynb) for heads and their weights, [10 · Positional encoding](10_positional_encoding.ipynb) for rotary positions. The chat model comes from [16 · Real weights](16_real_weights.ipynb), the encoder from [15 · BERT](15_bert.ipynb).
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
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.evaluation.results import read_results
from lmteach.exercises import looking_inside as check
from lmteach.models.transformer.attention import MultiHeadAttention
from lmteach.models.transformer.norms import RMSNorm
from lmteach.models.transformer.positions import Rotary
from lmteach.plots.curves import curves
from lmteach.plots.diagrams.copying import copying_circuit
from lmteach.plots.head_grid import head_grid
from lmteach.plots.heatmap import heatmap
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## A name for everything

PyTorch lets you listen to any module: a *hook* is a function that is called with what the module returns, each time that it runs. If it returns something itself, that goes on in its place. Take a small encoder, MiniLM, and one of its layers:
"""

# %%
from lmteach.models.bert.minilm import minilm

encoder = minilm()
ids, real_place = encoder.read(["The bank of the river was steep."])
ids.shape  # (B, T)

# %%
kept = []


def listen(module, given, result):
    kept.append(result)


handle = encoder.layers[2].register_forward_hook(listen)
with torch.no_grad():
    answer = encoder(ids, real_place)
handle.remove()
kept[0].shape  # (B, T, D)

# %% [markdown]
"""
The last line but one matters: a hook that is forgotten goes on listening, or changing, for good. So we want a form that takes the hooks off again, whatever happens in between.

And we want names. The path of a module in `named_modules()` is one, and then what we want of it: `.output`; of an attention also `.weights` (B, H, T, S), where each head looks, and `.heads` (B, H, T, K), what each head brings back, before the output map adds them up. One scheme for every model of this collection:
"""

# %%
from lmteach.inspection.activations import activation_names, attentions, changed, watched
from lmteach.models.llama.files import SMOLLM2, chat_model_file
from lmteach.models.llama.model import Llama
from lmteach.training.trained_bert import trained_bert
from lmteach.training.trained_gpt import trained_gpt

# %%
path = chat_model_file()
real = path.name == SMOLLM2.name
llama = Llama.from_gguf(path, bits=16)
models = {"GPT": trained_gpt()[0], "BERT": trained_bert()[0], "MiniLM": encoder, "Llama": llama}

# %% tags=["nbval-ignore-output"]
for name, one in models.items():
    first, count = attentions(one)[0], len(activation_names(one))
    print(f"{name:8}{first + '.weights':36}{first + '.heads':34}{count:4} names")

# %% [markdown]
"""
(SmolLM2, a real chat model of 135 million weights, is our Llama. Where its file can't be had, a tiny untrained one stands in, and what the text says is about the real one.)

With names, reading is one line, and replacing is another:
"""

# %%
names = ["layers.2.output", "layers.2.self_attn.heads"]
with torch.no_grad(), watched(encoder, names) as seen:
    encoder(ids, real_place)
assert torch.equal(seen["layers.2.output"], kept[0])  # what the plain hook heard
{name: tuple(value.shape) for name, value in seen.items()}


# %%
def as_it_is(value):
    return value


with torch.no_grad(), changed(encoder, dict.fromkeys(names, as_it_is)):
    assert torch.equal(encoder(ids, real_place), answer)  # nothing changed, to the last bit

# %%
with torch.no_grad(), changed(encoder, {"layers.2.output": torch.zeros_like}):
    moved = (encoder(ids, real_place) - answer).abs().max()
f"without layer 2, a number moves by up to {moved:.1f}"

# %% [markdown]
"""
And if you stop it in the middle, or mistype?
"""


# %%
def stops(value):
    raise KeyboardInterrupt("as if you had pressed the button")


try:
    with changed(encoder, {"layers.4.output": stops}):
        encoder(ids, real_place)
except KeyboardInterrupt as stopped:
    print(stopped)
with torch.no_grad():
    assert torch.equal(encoder(ids, real_place), answer)  # no hook is left

# %%
try:
    watched(encoder, ["layers.9.output"])
except ValueError as told:
    print(told)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## A model that must copy

The smallest place to look for Ada is a model of attention and nothing else: no feed-forward parts, rotary positions, two layers of four heads. And a text in which nothing can be known but by copying: random tokens, that begin again after a while. Each row has a period of its own, so that no distance is the right one.
"""


# %% lmteach={"defines": "inspection.induction.repeated_tokens"}
def repeated_tokens(vocab_size, batch, time, shortest, longest, generator):
    rows = []
    for _ in range(batch):
        drawn = torch.randint(shortest, longest + 1, (1,), generator=generator)
        block = torch.randperm(vocab_size, generator=generator)[: int(drawn)]
        rows.append(block.repeat(-(-time // len(block)))[:time])
    return torch.stack(rows)


# %%
def seeded(seed):
    return torch.Generator().manual_seed(seed)


for row in repeated_tokens(64, 2, 14, shortest=4, longest=7, generator=seeded(1)):
    print(*[f"{token:3}" for token in row.tolist()])

# %% [markdown]
r"""
How would a head look that copies? At a place whose token stood earlier, it looks at what came *after* that. With $a_{ts}$ for the weight that place $t$ gives to place $s$, and the mean over all places $t$ whose token came before:

$$ \text{induction} = \operatorname*{mean}_{t}\; \sum_{s<t,\; x_{s-1} = x_t} a_{ts} \tag{20.1} $$

(Olsson and others 2022, who call such heads *induction heads*.) Beside it, the weight that goes to the token directly before:

$$ \text{previous} = \operatorname*{mean}_{t}\; a_{t,\,t-1} \tag{20.2} $$
"""


# %% lmteach={"defines": "inspection.induction.previous_token_score"}
def previous_token_score(weights):
    return weights.diagonal(offset=-1, dim1=-2, dim2=-1).mean(dim=(0, 2))  # eq. 20.2


# %%
from lmteach.inspection.induction import induction_score
from lmteach.inspection.induction import previous_token_score as previous_of_the_package

weights = torch.rand(2, 3, 8, 8).tril().softmax(dim=-1)
assert_close(previous_token_score(weights), previous_of_the_package(weights))

# %%
by_hand = torch.zeros(1, 1, 4, 4)
by_hand[0, 0, 2, 1] = 0.8  # 5 7 5: the second 5 looks at the 7
by_hand[0, 0, 3, 2] = 0.6  # 5 7 5 7: the second 7 looks at the 5 after the first
induction_score(by_hand, torch.tensor([[5, 7, 5, 7]]))  # eq. 20.1

# %% [markdown]
"""
(Equation 20.1 is yours to write, at the end.) The layer is attention on the way around, and the model a stack of it:
"""


# %% lmteach={"defines": "models.transformer.attention_only.AttentionLayer"}
class AttentionLayer(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1 = RMSNorm(dim)
        self.self_attn = MultiHeadAttention(dim, heads, bias=False, positions=Rotary())

    def forward(self, x):
        normed = self.norm1(x)
        return x + self.self_attn(normed, normed, normed, need_weights=False, causal=True)[0]


# %%
from lmteach.models.transformer.attention_only import AttentionOnly


def new_model(layers, seed):
    torch.manual_seed(seed)
    return AttentionOnly(vocab_size=64, dim=64, heads=4, layers=layers)


print(f"{sum(p.numel() for p in new_model(2, 0).parameters()):,} weights")

# %% [markdown]
"""
Every 25 steps we ask for both scores of the best head, on rows that it has never seen, with periods of 24 to 56. (It is taught 8 to 40.) And for the loss from place 56 on, where each token has come before: who guesses there pays ln 64, or 4.16 nats.
"""

# %%
asked = repeated_tokens(64, 32, 64, 24, 56, seeded(1000))


@torch.no_grad()
def scores_of(model):
    maps = [f"{path}.weights" for path in attentions(model)]
    with watched(model, maps) as seen:
        logits = model(asked)
    nats = functional.cross_entropy(logits[:, 56:-1].transpose(1, 2), asked[:, 57:])
    copying = max(induction_score(seen[one], asked).max().item() for one in maps)
    return copying, previous_token_score(seen[maps[0]]).max().item(), nats.item()


# %%
def learn(model, seed, steps=400):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.01)
    dice, found = seeded(seed), [scores_of(model)]
    for step in range(1, steps + 1):
        rows = repeated_tokens(64, 24, 65, 8, 40, dice)
        logits = model(rows[:, :-1])
        loss = functional.cross_entropy(logits.transpose(1, 2), rows[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 25 == 0:
            found.append(scores_of(model))
            score, _, nats = found[-1]
            print(f"step {step:3}  {nats:.2f} nats  score {score:.2f} {'█' * round(50 * score)}")
    return np.array(found)


# %% [markdown]
"""
A line for every 25 steps, printed as it learns: the loss, the score, and the score as blocks.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "The induction score of the best head begins at about 0.02. How does it grow over 400 steps?",
    {
        "steadily, a little with each step": "So do most things that a network learns. Not this.",
        "nothing for a long time, then nearly all of it at once": "Two heads must fit each "
        "other; neither is of use alone. Once they do, both are worth improving.",
        "at once, and then it stays": "There is nothing to build on at first.",
    },
    right="nothing for a long time, then nearly all of it at once",
)

# %% tags=["answer", "nbval-ignore-output"]
two_layers = new_model(2, seed=0)
started = time.perf_counter()
with_two = learn(two_layers, seed=0)
print(f"{time.perf_counter() - started:.0f} s")
assert with_two[0, 0] < 0.05
assert with_two[-1, 0] > 0.7

# %% [markdown]
"""
Now the same with one layer. It has heads enough, sees the same rows, and takes the same steps.

**Guess first.** How far does it come?
"""

# %% tags=["answer", "nbval-ignore-output"]
with_one = learn(new_model(1, seed=0), seed=0)
assert with_one[:, 0].max() < 0.05

# %% [markdown]
"""
Nowhere. Why must there be two? Drawn:
"""

# %% tags=["folded"]
# @title Two heads, one after the other
display_figure(
    copying_circuit(["Ada", "Byron"], lit=["previous", "copying"]),
    alt="A drawing. Below, the tokens Ada, Byron, dots, and Ada again. In layer 1 a head at Byron "
    "looks one back, at the first Ada, so that this place holds: Byron, after Ada. In layer 2 a "
    "head at the second Ada looks for who came after one like it, finds that place, and copies: "
    "Byron.",
)

# %% [markdown]
"""
At the second *Ada*, nothing about *Byron* says that it came after *Ada*: a head compares tokens as they are, and these two have nothing in common. Somebody has to write it there first. A head of layer 1 looks one token back and notes what it sees. Then a head of layer 2 can look for the note. If that is so, the score for *one back* must rise at the same steps, and copying must fall if that head is switched off.
"""

# %% tags=["folded", "nbval-ignore-output"]
# @title Both scores, step by step
display_figure(
    curves(
        {
            "copying, two layers": with_two[:, 0],
            "one back, layer 1 of two": with_two[:, 1],
            "copying, one layer": with_one[:, 0],
        },
        x=25 * np.arange(len(with_two)),
        xlabel="step",
        ylabel="score of the best head",
    ),
    alt="Three lines over 400 steps. For two layers the copying score lies near zero for more than "
    "half of them, then rises within some fifty steps to about nine tenths; the score for one "
    "back rises at the same steps. For one layer the copying score stays near zero.",
)

# %% [markdown]
"""
And so they look, on one row of 64 tokens: a row of a map is the place that looks, a column where it looks.
"""

# %% tags=["folded", "nbval-ignore-output"]
# @title The maps of all eight heads
both_layers = [f"{name}.weights" for name in attentions(two_layers)]
with torch.no_grad(), watched(two_layers, both_layers) as seen:
    two_layers(asked[:1])
display_figure(
    head_grid(torch.cat([seen[name] for name in both_layers])),
    alt="Two rows of four small maps. In the upper row, layer 0, one head has a thin bright line "
    "directly below the diagonal: one back. In the lower row, layer 1, there are lines parallel "
    "to the diagonal and far below it, one period back: what came after the same token.",
)

# %%
stored = read_results("induction")


def halfway(scores):
    """The first step asked at which a score has half of what it has at the end."""
    return next(25 * n for n, one in enumerate(scores) if one > scores[-1] / 2)


for kind, layers in (("random", 1), ("random", 2), ("wikipedia", 2)):
    runs = zip(
        stored.values("induction", text=kind, layers=layers),
        stored.values("previous", text=kind, layers=layers),
        strict=True,
    )
    for seed, (copied, back) in enumerate(runs):
        print(f"{kind:10}{layers} layers, seed {seed}: {copied[0]:.2f} → {copied[-1]:.2f}", end="")
        if layers == 2:
            print(f"; half of that at step {halfway(copied)}, one back {halfway(back)}", end="")
        print()

# %% [markdown]
"""
In every run one back is halfway when copying is, or 25 to 50 steps before. The last lines are for text: rows of Wikipedia, two of three of which begin again after a stretch, in 512 tokens; the scores are asked on random tokens that the text often has. It takes longer and copies less surely, and again the two come together. That they do is a hint, no proof. So switch heads off. `ablated` puts zeros where a head has put what it found:
"""

# %%
from lmteach.inspection.ablation import ablated, mean_heads

with torch.no_grad(), watched(two_layers, ["h.0.self_attn.weights"]) as seen:
    two_layers(asked)
looks_back = int(previous_token_score(seen["h.0.self_attn.weights"]).argmax())

# %% tags=["nbval-ignore-output"]
print(f"as it is:             {scores_of(two_layers)[0]:.2f}")
for head in range(4):
    with ablated(two_layers, [(0, head)]):
        mark = "  <- the one that looks back" if head == looks_back else ""
        print(f"without head 0.{head}:     {scores_of(two_layers)[0]:.2f}{mark}")

# %%
with ablated(two_layers, [(0, looks_back)]):
    assert scores_of(two_layers)[0] < 0.5 * with_two[-1, 0]
with ablated(two_layers, []):
    assert scores_of(two_layers) == tuple(with_two[-1])

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The same heads in a real model

SmolLM2 has 30 layers of nine heads. Nobody has told it about random tokens. We give it four rows of 24 of them, each said twice, and ask what it pays for the second time.
"""

# %%
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.reading import tokenizer_of

tokenizer = tokenizer_of(read_gguf(path).settings)
# %%
most = min(40_000, llama.config.vocab_size)
drawn = torch.randint(most // 400, most, (4, 24), generator=seeded(0))
twice = torch.cat([drawn, drawn], dim=1)
twice.shape  # (B, T)


# %%
@torch.no_grad()
def nats_of_the_second(model):
    logits = model.scores(model.hidden_states(twice)[:, 24:-1]).float()
    return functional.cross_entropy(logits.transpose(1, 2), twice[:, 25:]).item()


# %% [markdown]
"""
Only the places count where the next token has been said before: from the second of the second time on.
"""

# %% tags=["nbval-ignore-output"]
whole = nats_of_the_second(llama)
print(f"second time: {whole:.1f} nats a token; guessing: {np.log(llama.config.vocab_size):.1f}")

# %% [markdown]
"""
It copies, not perfectly. Which heads do it? One forward pass has all maps:
"""

# %%
maps = [f"{name}.weights" for name in attentions(llama)]
with torch.no_grad(), watched(llama, maps) as looking:
    llama.hidden_states(twice)
copying = torch.stack([induction_score(looking[name].float(), twice) for name in maps])
one_back = torch.stack([previous_token_score(looking[name].float()) for name in maps])


# %%
def best_of(scores, count):
    width = scores.shape[1]
    return [divmod(int(place), width) for place in scores.flatten().topk(count).indices]


for name, scores in (("copying", copying), ("one back", one_back)):
    best = [f"{layer}.{head} {scores[layer, head]:.2f}" for layer, head in best_of(scores, 6)]
    print(f"{name:10}", *best, sep="   ")

# %% tags=["folded", "nbval-ignore-output"]
# @title The maps of three layers
shown = [16, 17, 18] if real else [0, 1]
grid = head_grid(torch.stack([looking[maps[layer]][0].float() for layer in shown]))
grid.set_yticklabels([str(layer) for layer in shown])
display_figure(
    grid,
    alt="Three rows of nine small maps of 48 places. In layer 16, head 0 has a line directly below "
    "the diagonal. In layer 17, heads 3, 4 and 5, and in layer 18, heads 6 and 7 have a line "
    "parallel to the diagonal in the lower half: the second time looks at the first. Most others "
    "look at the first place.",
)

# %% [markdown]
"""
Heads are called by layer and number: 18.6 is head 6 of layer 18, both from 0. In the lower half of 17.3, 17.4, 17.5, 18.6 and 18.7 you see the line: the second time looks at what followed in the first.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Of the 270 heads, head 17.4 is among the four with the highest induction score: three "
    "quarters of its attention lies on exactly the right token. What happens to the loss on the "
    "second time if it alone is switched off?",
    {
        "it rises a lot: the model copies by it": "That is what the map suggests. See below.",
        "hardly anything": "Alone, it is not missed. Either what it brings back is not used here, "
        "or others bring it, too. Which of the two, is measured further below.",
        "it falls a lot: the head was in the way": "There are such heads (see 24.4 in the table), "
        "but not this one.",
    },
    right="hardly anything",
)

# %% tags=["answer"]
alone = read_results("copying_heads")
scored = np.mean(alone.values("induction", part="scores"), axis=0)  # (270,)
looked_back = np.mean(alone.values("previous", part="scores"), axis=0)
effects = {}  # from the number of a head, 9 · layer + head, to a rise for each draw
for numbers, rises in zip(
    alone.values("heads", part="alone"), alone.values("rises", part="alone"), strict=True
):
    for number, more in zip(numbers, rises, strict=True):
        effects.setdefault(int(number), []).append(more)

# %% tags=["answer"]
print("stored, three draws     copying  one back   nats more without it")
for number, more in effects.items():
    both = f"{scored[number]:.2f}     {looked_back[number]:.2f}"
    print(f"head {number // 9:2}.{number % 9}               {both}", end="       ")
    print(f"{min(more):+.2f} to {max(more):+.2f}")
assert all(len(more) == 3 for more in effects.values())

# %% [markdown]
"""
In each of three draws of the tokens, these are the twelve heads with the highest induction score, and the six that look one back most. Each was switched off by the *mean* of what it found: zeros are something that later layers never see, and can break more than the head's own work.

A map doesn't tell who is missed. 17.4 and 17.5 have two of the best, and without either the model copies nearly as well; without 24.4 even better. 11.1 looks one back as surely as 16.0: the one costs nothing, the other most of all. High scores and effects belong together for 18.6, 18.7 and 17.3; chosen by that on other random tokens, they are our copying heads.
"""

# %%
trio, spare = [(18, 6), (18, 7), (17, 3)], [(17, 4), (17, 5)]
before, low = (16, 0), (1, 4)
if not real:
    trio, spare, before, low = [(0, 0)], [(1, 0)], (0, 1), (1, 1)
found_by = [f"{name}.heads" for name in attentions(llama)]
with torch.no_grad(), watched(llama, found_by) as seen:
    llama.hidden_states(twice)
means = mean_heads(seen)


def written(heads):
    return ", ".join(f"{layer}.{head}" for layer, head in heads)


def more_without(heads, instead=None):
    with ablated(llama, heads, instead):
        return nats_of_the_second(llama) - whole


# %% tags=["nbval-ignore-output"]
dice, size = np.random.default_rng(0), copying.shape
others = [[divmod(int(n), size[1]) for n in dice.choice(copying.numel(), 3)] for _ in range(4)]
print(f"without the three, mean:  {more_without(trio, means):+.2f} nats")
print(f"without the three, zero:  {more_without(trio):+.2f}")
for triple in others:
    print(f"without {written(triple):18}{more_without(triple, means):+.2f}")

# %% [markdown]
"""
Stored, for three draws of the tokens: the three, beside 20 random triples and ten of the same two layers.
"""

# %%
ratios = []
for number, seed in enumerate(alone.seeds):
    for how in ("mean", "zero"):
        ours = alone.values(f"copying_{how}", part="triples")[number]
        random_ones = np.array(alone.values(f"random_{how}", part="triples")[number])
        ratios.append(ours / np.median(random_ones))
        print(
            f"draw {seed}, {how}: {ours:+.2f}; random triples {np.median(random_ones):+.2f} in the "
            f"middle, {random_ones.max():+.2f} at most, {(random_ones > ours).sum()} above ours"
        )
    near = np.array(alone.values("same_layers_mean", part="triples")[number])
    print(f"        same layers {np.median(near):+.2f} in the middle, {near.max():+.2f} at most")
assert min(ratios) > 10

# %% [markdown]
"""
More than ten times what a random triple does in the middle. But a few random ones hurt a lot, and under zeros two hurt more than ours. We come back to them.

**Guess first.** 17.4 and 17.5 together cost next to nothing. What do they cost when our three are off already?
"""

# %% tags=["answer", "nbval-ignore-output"]
print(f"without 17.4 and 17.5:        {more_without(spare, means):+.2f} nats")
print(f"without the three:            {more_without(trio, means):+.2f}")
print(f"without the three and these:  {more_without([*trio, *spare], means):+.2f}")

# %% tags=["answer"]
for number, seed in enumerate(alone.seeds):
    two, three, five = (
        alone.values(name, part="together")[number]
        for name in ("spare", "copying", "copying_and_spare")
    )
    other = alone.values("copying_and_others", part="together")[number]
    print(f"draw {seed}: the two {two:+.2f}, the three {three:+.2f}, all five {five:+.2f};", end="")
    print(f" with ten other pairs of these layers {min(other):+.2f} to {max(other):+.2f}")
    assert abs(two) < 0.5
    assert five > max(three, *other) + 1

# %% [markdown]
"""
So they do copy. Nobody misses them as long as the other three are there; without those, they are what is left, and another pair is not. "Nothing happened when I switched it off" doesn't mean that a head does nothing: it may have a stand-in. Only what happens *together* tells the two apart.

The table has one that costs more than any other and copies nothing: 16.0, which looks one token back. Do the copying heads depend on it, as in the small model?
"""


# %% tags=["nbval-ignore-output"]
def copying_now(heads):
    layers = sorted({layer for layer, _ in trio})
    maps = [f"{attentions(llama)[layer]}.weights" for layer in layers]
    with torch.no_grad(), ablated(llama, heads, means), watched(llama, maps) as seen:
        llama.hidden_states(twice)
    found = {n: induction_score(seen[m].float(), twice) for n, m in zip(layers, maps, strict=True)}
    return [f"{layer}.{head} {found[layer][head]:.2f}" for layer, head in trio]


print("as it is    ", *copying_now([]), sep="   ")
print("without 16.0", *copying_now([before]), sep="   ")
print("without 17.4", *copying_now(spare[:1]), sep="   ")

# %%
for name in ("whole", "without_16_0", "without_17_4"):
    scores_then = np.array(alone.values(f"{name}_scores", part="circuit"))
    nats_then = np.array(alone.values(f"{name}_loss", part="circuit"))
    print(
        f"stored, {name:13} scores {scores_then.mean(axis=0).round(2)}, {nats_then.mean():.2f} nats"
    )
    if name == "without_16_0":
        assert scores_then.max() < 0.4

# %% [markdown]
"""
Without 16.0 the copying heads no longer find their place. That is the circuit of the small model, note and look-up, in a model that was trained on ordinary text.

Or did we break the whole model? Then it would be worse at everything. Ask for something else, too: 400 letters of an article. And ask the same of 1.4, which is in both of the random triples that hurt more than ours.
"""

# %%
print("nats more, three draws     on copying             on prose")
for name, who in (("copying", "the three"), ("before", "16.0"), ("low", "1.4")):
    for how in ("mean", "zero"):
        print(f"{who:10} off, by {how}", end="")
        for kind in ("copies", "prose"):
            costs = alone.values(f"{name}_{how}_on_{kind}", part="low")
            print("   ", *[f"{cost:+.2f}" for cost in costs], end="")
        print()

# %% tags=["nbval-ignore-output"]
print(f"here: without 1.4, by its mean {more_without([low], means):+.2f} nats, ", end="")
print(f"by zero {more_without([low]):+.2f}")

# %% [markdown]
"""
The three and 16.0 cost much on copying and next to nothing on prose, whichever way they are switched off: copying was lost, and not the model. 1.4 is another matter. Zeros in its place cost much in every draw; its mean does in one of three, and next to nothing in the others. So most of what zeros showed was their own doing. Had we measured by zeros alone, 1.4 would now be a part of the circuit.

**Look.** Switch heads off and on. Begin with one, then its neighbours: do effects add up?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.head_switches.widget import HeadSwitches

story = "Zelda Quimby met Ravi Okonkwo in Lund. In the evening Zelda Quimby wrote to Ravi"
read = torch.tensor([tokenizer.encode(story)])
seven = [(16, 0), (17, 3), (17, 4), (17, 5), (18, 6), (18, 7), (23, 7)]
switched = seven if real else [(0, 0), (1, 1)]


@torch.no_grad()
def says(off):
    with ablated(llama, [switched[place] for place in off]):
        logits = llama(read)[0].float()
    likeliest = logits[-1].softmax(-1).topk(5)
    loss = functional.cross_entropy(logits[:-1], read[0, 1:]).item()
    names = [tokenizer.decode([number]) for number in likeliest.indices.tolist()]
    return loss, list(zip(names, likeliest.values.tolist(), strict=True))


HeadSwitches([written([one]) for one in switched], says)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## What would you say now?

Each layer adds to the same vector. So the last norm and the output layer can be put behind *any* of them, as if the model had to answer there (nostalgebraist 2020, who called it the *logit lens*). With $x^{(\ell)}$ for the vectors after layer $\ell$:

$$ \text{lens}_\ell = W\, \text{norm}\!\left(x^{(\ell)}\right) \tag{20.3} $$
"""

# %%
capital = torch.tensor([tokenizer.encode("The capital of France is")])
layers = [f"h.{number}.output" for number in range(llama.config.layers)]
with torch.no_grad(), watched(llama, ["drop.output", *layers]) as seen:
    said = llama(capital)
    lens = [llama.scores(llama.ln_f(seen[name])) for name in ("drop.output", *layers)]  # eq. 20.3
assert torch.equal(lens[-1], said)  # at the last layer, the output: exactly

# %%
from lmteach.inspection.lens import logit_lens

assert torch.equal(logit_lens(llama, capital), torch.stack(lens))


# %%
def token(number):
    return tokenizer.decode([int(number)]).replace(" ", "␣").replace("\n", "⏎")[:13]


def lens_picture(sentence):
    words = torch.tensor([tokenizer.encode(sentence)])
    found = logit_lens(llama, words)[::3, 0, -8:].float().softmax(-1).max(-1)  # the last eight
    return heatmap(
        found.values.numpy(),
        rows=[str(3 * number) for number in range(len(found.values))],
        columns=[token(number) for number in words[0, -8:]],
        words=[[token(number) for number in row] for row in found.indices],
        limits=(0, 1),
        row_label="after layer",
        colour_label="probability",
    )


# %% [markdown]
"""
A picture of it: a column for each token of the sentence, a line for every third layer, and in the square what would come next. The brighter, the surer.

**Guess first.** After which of the 30 layers is *Paris* first?
"""

# %% tags=["answer", "folded", "nbval-ignore-output"]
# @title The lens, layer by layer
display_figure(
    lens_picture("The capital of France is"),
    alt="A table of squares: eleven lines for the layers 0, 3 and so on to 30, five columns for "
    "the tokens The, capital, of, France, is. In layer 0 nearly each token stands for itself. Then "
    "come commas and blanks; from the middle on articles and, after capital, the word of. Paris "
    "stands only in the last line, below is, in a bright square.",
)

# %% [markdown]
"""
At layer 0 the model repeats what it has read: the output layer is the embedding itself, and a token is the likeliest after its own vector. Then come commas and blanks, some of them almost surely: nothing that the model would say, but what these vectors look like to a layer made for others. *of* after *capital* appears in the upper half. *Paris* comes at the very end. And before? The rank and the probability of the final answer:
"""


# %%
def on_the_way(sentence):
    words = torch.tensor([tokenizer.encode(sentence)])
    chances = logit_lens(llama, words)[:, 0, -1].float().softmax(-1)  # (L + 1, V)
    answer = chances[-1].argmax()
    return token(answer), 1 + (chances > chances[:, answer, None]).sum(dim=1), chances[:, answer]


# %% tags=["nbval-ignore-output"]
answer_token, ranks, chances = on_the_way("The capital of France is")
last = llama.config.layers
for number in [*range(0, last - 3, 6), *range(max(0, last - 3), last + 1)]:
    print(f"layer {number:2}: {answer_token} has rank {ranks[number]:5}, {chances[number]:.1%}")

# %% [markdown]
"""
One sentence is one sentence. Seven beginnings more, and the layer from which on the answer is first and stays so:
"""

# %% tags=["nbval-ignore-output"]
for beginning in (
    "The capital of Japan is",
    "The author of Hamlet is William",
    "The opposite of hot is",
    "The opposite of big is",
    "She looked out of the",
    "One, two, three,",
    "Monday, Tuesday, Wednesday,",
):
    answer_token, ranks, _ = on_the_way(beginning)
    settled = 0
    for number, rank in enumerate(ranks):
        if rank > 1:
            settled = number + 1
    print(f"{beginning:33}{answer_token:15}from layer {settled} on")

# %% [markdown]
"""
Six of the seven settle in the last three layers. The seventh is no fact at all: *and* after a list is a common word, and it is first early. Mind what a lens is: the last layer's reading glasses. That layer 6 makes no sense through them doesn't mean that nothing is there, and that a word comes late doesn't mean that nothing knew it.

**Look.** Now a sentence of your own; the picture has its last eight tokens. A rhyme, a proverb, a beginning with two ends: how deep is each decided? Change it and run this one cell.
"""

# %% tags=["nbval-ignore-output"]
my_sentence = "Roses are red, violets are"  # @param {type:"string"}
answer_token, ranks, _ = on_the_way(my_sentence)
display_figure(
    lens_picture(my_sentence),
    alt=f"What each third layer would say after the last tokens of: {my_sentence}. The last layer "
    f"says {answer_token}; one layer before, that has rank {ranks[-2]}.",
)

# %% [markdown]
"""
## The equal sign

Names and plain hooks do the same; a head set to zero is a head whose columns in the output map are zero; the lens of a model is what the model says when its upper layers are taken away.
"""

# %%
from copy import deepcopy

gpt, gpt_tokenizer = trained_gpt()
short = torch.tensor([gpt_tokenizer.encode("The capital of the country")])
twin = deepcopy(gpt)
width = gpt.config.head_dim
with torch.no_grad():
    twin.h[1].self_attn.out_proj.weight[:, 2 * width : 3 * width] = 0
    with ablated(gpt, [(1, 2)]):
        assert_close(gpt(short), twin(short), atol=1e-4, rtol=0)
    cut = deepcopy(gpt)
    del cut.h[1:]
    assert torch.equal(cut(short), logit_lens(gpt, short)[1])

# %% [markdown]
"""
## The scoreboard

Nothing was made to score here, so the board is one of its own: how surely heads learned to copy, and what the chat model loses without those that do.
"""

# %%
kinds = {"random, 1 layer": ("random", 1), "random, 2 layers": ("random", 2)}
kinds["Wikipedia, 2 layers"] = ("wikipedia", 2)
print(f"{'induction score at the end':30}three seeds")
for name, (kind, layers_of) in kinds.items():
    ends = stored.values("last", text=kind, layers=layers_of)
    print(f"{name:30}{', '.join(f'{one:.2f}' for one in ends)}")
print("SmolLM2, nats more")
for name, part in (("three copying heads", "copying"), ("all five", "copying_and_spare")):
    print(f"{name:30}{', '.join(f'{one:+.2f}' for one in alone.values(part, part='together'))}")
middles = [np.median(one) for one in alone.values("random_mean", part="triples")]
print(f"{'a random triple, in the middle':30}{', '.join(f'{one:+.2f}' for one in middles)}")

# %% [markdown]
"""
## Spot the bug

Does MiniLM know how words *sound*? Somebody takes the vector of each word after the first layer, and trains a linear map to tell how many syllables it has: one, two, or more. (A *probe*: if a plain linear map can read it off, it must be there.) The words come from sentences of Wikipedia, the truth from the pronouncing dictionary; a quarter of them is held out.
"""

# %%
import re

from lmteach.inspection.probes import control_labels, fit_probe, probe_accuracy
from lmteach.text.corpora.pronunciations import pronunciations
from lmteach.text.corpora.wikipedia import wikipedia

book = pronunciations()
sounds = book.train | book.valid | book.test
text = wikipedia().train[:200_000]
sentences = [one for one in re.split(r"(?<=[.])\s+", text) if 40 < len(one) < 200][:130]


def syllables(word):
    vowels = [sound for sound in sounds[word][0] if sound[0] in "AEIOU"]
    return min(3, max(1, len(vowels))) - 1  # 0, 1, 2 for one, two, more


# %%
vectors, labels, kinds_of_word = [], [], []
with torch.no_grad(), watched(encoder, ["layers.0.output"]) as seen:
    for sentence in sentences:
        ids_of, there = encoder.read([sentence])
        encoder(ids_of, there)
        pieces = [*encoder.tokens(ids_of[0]), ""]
        for place, piece in enumerate(pieces[:-1]):
            if piece in sounds and not pieces[place + 1].startswith("##"):
                vectors.append(seen["layers.0.output"][0, place])
                labels.append(syllables(piece))
                kinds_of_word.append(int(ids_of[0, place]))
vectors, labels = torch.stack(vectors), torch.tensor(labels)
kinds_of_word = torch.tensor(kinds_of_word)
f"{len(labels):,} words, {len(kinds_of_word.unique()):,} different ones"


# %% [markdown]
"""
Five times, another quarter held out each time:
"""


# %%
def right_on(labels, held_out):
    probe = fit_probe(vectors[~held_out], labels[~held_out])
    return probe_accuracy(probe, vectors[held_out], labels[held_out])


def a_quarter(seed):
    return torch.rand(len(labels), generator=seeded(seed)) < 0.25


# %% tags=["nbval-ignore-output"]
honest = [right_on(labels, a_quarter(seed)) for seed in range(5)]
guessing = labels.bincount().max().item() / len(labels)
print(f"syllables: {np.mean(honest):.0%} right, always the commonest: {guessing:.0%}")

# %% [markdown]
"""
"So MiniLM knows it." And he is careful: to see whether the probe would find something in anything, he shuffles the labels.
"""

# %% tags=["nbval-ignore-output"]
shuffled = []
for seed in range(5):
    order = torch.randperm(len(labels), generator=seeded(seed))
    shuffled.append(right_on(labels[order], a_quarter(seed)))
print(f"shuffled: {np.mean(shuffled):.0%} right")

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Shuffled labels can't be read off. Now a different nonsense: each word of the vocabulary "
    "draws a number of syllables once, and keeps it wherever it stands. How often is a probe "
    "right on held-out places?",
    {
        "as with shuffled labels": "There a word had another label each time. Now it has one, "
        "and the probe has seen most of the words.",
        "a few points more often than by guessing": "It has met most of these words, and has "
        "numbers enough to keep them.",
        "within some ten points of the true labels": "A linear map has room to learn words by "
        "heart. So who knows: the model, or the probe?",
    },
    right="within some ten points of the true labels",
)

# %% tags=["answer", "nbval-ignore-output"]
control = []  # right on nonsense
for seed in range(5):
    nonsense = control_labels(kinds_of_word, labels, seeded(seed))
    control.append(right_on(nonsense, a_quarter(seed)))
gap = np.array(honest) - control
print(f"a number drawn for each word: {np.mean(control):.0%} right")
print(f"selectivity: {100 * gap.mean():.0f} points, {100 * gap.min():.0f} to {100 * gap.max():.0f}")

assert np.mean(shuffled) < guessing + 0.02
assert np.mean(control) > guessing + 0.1
assert gap.min() > 0

# %% [markdown]
"""
With nothing but memory, a probe comes within ten points of the figure. Most held-out places have a word in them that it has met, and it need only recognise it. So the accuracy alone is no evidence. Shuffling place by place can't show that, for then nothing can be learned by heart. A *control task* can (Hewitt and Liang 2019): labels without sense that can be learned by heart just as well. What counts is the difference, the *selectivity*. And mended at the root: hold out words, not places.
"""

# %% tags=["nbval-ignore-output"]
unmet, unmet_control, commonest = [], [], []
for seed in range(5):
    order = kinds_of_word.unique()[
        torch.randperm(len(kinds_of_word.unique()), generator=seeded(seed))
    ]
    new_words = torch.isin(kinds_of_word, order[: len(order) // 4])
    nonsense = control_labels(kinds_of_word, labels, seeded(seed))
    unmet.append(right_on(labels, new_words))
    unmet_control.append(right_on(nonsense, new_words))
    commonest.append(labels[new_words].bincount().max().item() / int(new_words.sum()))
print(
    f"words that it never met: {np.mean(unmet):.0%}, nonsense {np.mean(unmet_control):.0%}, "
    f"always the commonest {np.mean(commonest):.0%}"
)

# %%
assert np.mean(unmet) > np.mean(commonest) + 0.02

# %% [markdown]
"""
Something is left: of words that it never met, the probe is still well above guessing, and with nonsense it is below. So the vectors do hold something that goes with syllables. (Long words are rare, and rare words may lie apart.) *This* is the figure to report, beside its own guess. And even that would only say that it *can be read*, not that the model ever reads it. For that, intervene.

## In practice

Plain hooks are PyTorch's own; whatever you do at work, they are there. Mean ablation of one head in five lines, and the same figure as ours:
"""

# %%
layer_of, head_of = trio[0]
attention = llama.h[layer_of].self_attn
wide = llama.config.head_dim


def with_its_mean(module, given):
    new = given[0].clone()
    own = slice(head_of * wide, (head_of + 1) * wide)
    new[..., own] = means[found_by[layer_of]][0, head_of, 0]
    return (new,)


handle = attention.out_proj.register_forward_pre_hook(with_its_mean)
try:
    by_hooks = nats_of_the_second(llama) - whole
finally:
    handle.remove()
assert by_hooks == more_without([trio[0]], means)

# %% [markdown]
"""
Two libraries have made this their work: TransformerLens has its own copies of the well-known models, with a name for every activation; `nnsight` writes the interventions down first and runs them then, on your machine or on a large one elsewhere. TransformerLens 4.3 asks for twenty other packages and `nnsight` 0.8 for eleven, so neither is installed here.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.
"""

# %% [markdown]
"""
### Build it · the induction score, and mean ablation (25 minutes, ●●○)

Equation 20.1 for one row and one head, then what a hook does to one head.

#### Step 1 · came_before

`ids` is a row of tokens (T,). Return a matrix (T, T) of True and False: True in row t and column s if place s is *earlier* and has the same token.
"""


# %% tags=["exercise"]
def came_before(ids):
    ### BEGIN SOLUTION: True and False, (T, T)
    return (ids[:, None] == ids[None, :]).tril(-1)
    ### END SOLUTION


check.came_before(came_before)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`ids[:, None] == ids` compares each with each. `.tril(-1)` keeps what is below the diagonal.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · places_after

From that matrix, mark what came *after* those places: one to the right, and still earlier than t. Which places lose their mark at the end, and why?
"""


# %% tags=["exercise"]
def places_after(before):
    ### BEGIN SOLUTION: True and False, (T, T)
    after = torch.zeros_like(before)
    after[:, 1:] = before[:, :-1]
    return after.tril(-1)
    ### END SOLUTION


check.places_after(places_after)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Begin with all False, and copy all columns but the last one into those from the second on.

</details>

<details><summary>Solution</summary>

{{solution}}

Where a token directly follows itself, what came after it is the place that looks: that tells nothing, and is cut off.

</details>
"""

# %% [markdown]
"""
#### Step 3 · score

`weights` (T, T) are one head's, row by row where a place looks. Add up what goes to the marked places, and take the mean over the places that have any. Then, in a new cell, ask yours about `by_hand[0, 0]` from above.
"""


# %% tags=["exercise"]
def score(weights, ids):
    ### BEGIN SOLUTION: one number
    after = places_after(came_before(ids))
    found = (weights * after).sum(dim=-1)
    return found[after.any(dim=-1)].mean().item()
    ### END SOLUTION


check.score(score)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`after.any(dim=-1)` says which rows have a mark.

</details>

<details><summary>Solution</summary>

{{solution}}

It gives 0.7 for `by_hand[0, 0]` and the row 5 7 5 7: the mean of 0.8 and 0.6.

</details>
"""

# %% [markdown]
"""
#### Step 4 · without_head

`found` (B, H, T, K) is what the heads of a layer have found, `mean` (H, K) the mean of each over some text. Return a copy in which the head of number `head` has found its mean everywhere. The original must stay as it is: it may be needed elsewhere.
"""


# %% tags=["exercise"]
def without_head(found, head, mean):
    ### BEGIN SOLUTION: a tensor like found
    new = found.clone()
    new[:, head] = mean[head]
    return new
    ### END SOLUTION


check.without_head(without_head)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`new[:, head]` is (B, T, K), and `mean[head]` (K,) goes into each of its places.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · rejoined

A hook before `out_proj` does not see heads: it sees `x` (B, T, D), where they lie one after the other, each as wide as a row of `mean` (H, K). Return what `out_proj` should get instead. How would you hang it into `llama.h[18].self_attn.out_proj`?
"""


# %% tags=["exercise"]
def rejoined(x, head, mean):
    ### BEGIN SOLUTION: a tensor like x
    heads = x.unflatten(-1, mean.shape).transpose(1, 2)  # (B, H, T, K)
    return without_head(heads, head, mean).transpose(1, 2).flatten(start_dim=-2)
    ### END SOLUTION


check.rejoined(rejoined)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`x.unflatten(-1, mean.shape)` is (B, T, H, K). Use step 4, and go the same way back.

</details>

<details><summary>Solution</summary>

{{solution}}

With `mean = means["h.18.self_attn.heads"][0, :, 0]`, hang it in by `handle = llama.h[18].self_attn.out_proj.register_forward_pre_hook(lambda module, given: (rejoined(given[0], 6, mean),))`, ask `nats_of_the_second(llama) - whole`, and `handle.remove()` in a `finally`. It is what the table has for 18.6, on this draw.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · selectivity (5 minutes, ●○○)

`real` and `control` hold the accuracies of a probe over some seeds, on the true labels and on the control task. Return the selectivity. Could it be negative, and what would that mean?
"""


# %% tags=["exercise"]
def selectivity(real, control):
    ### BEGIN SOLUTION: one number
    return np.mean(real) - np.mean(control)
    ### END SOLUTION


check.selectivity(selectivity)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The mean of each, then the difference.

</details>

<details><summary>Solution</summary>

{{solution}}

Yes: if words are easier to learn by heart than the property is to read. Then the accuracy says nothing for the model.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- Every activation has a name, can be read and replaced, and no hook is left behind. A lens reads it with the last layer's glasses.
- Copying needs two heads in two layers, one that notes what came before and one that looks for the note; they come into being together.
- SmolLM2 has the same circuit: without head 16.0 its copying heads don't find their place.
- A map says where a head looks, not what it does. Switch it off by its mean, beside random ones, and ask on other text, too. If nothing happens, it may have a stand-in: switch both off.
- A probe's accuracy is its own until a control task says otherwise.

**Further reading.** N. Elhage and others, "A Mathematical Framework for Transformer Circuits" (2021). C. Olsson and others, "In-context Learning and Induction Heads" (2022). nostalgebraist, "interpreting GPT: the logit lens" (2020).
G. Alain and Y. Bengio, "Understanding intermediate layers using linear classifier probes" (2016). J. Hewitt and P. Liang, "Designing and Interpreting Probes with Control Tasks" (2019). S. Jain and B. Wallace, "Attention is not Explanation" (2019).

**Next.** {{next}}
"""
