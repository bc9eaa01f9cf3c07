# %% [markdown] slideshow={"slide_type": "slide"}
r"""
# 17 · Fine-tuning and LoRA

{{badges}}

> *You:* Sort key for 24 May 2027?

SmolLM2, the small chat model of notebook 16, chats about it. A program wants `2027-05-24`, and nothing else. Can you teach the model this one form, on two CPU cores, in two minutes, and how much of it must you change? What has it learned then, and what has it lost?

**Aims.** Adapt a model in three ways: all of it, its head, or a narrow detour beside its weights, LoRA. Build the detour by hand, and count the memory that each way takes. Teach a chat model a skill by questions with one right answer; measure what it learns, what it does not, and what it forgets.

**Time.** {{time}} The cells run in about two and a half minutes on two CPU cores.

**Before.** [16 · Real weights](16_real_weights.ipynb), whose model is taught here, and [13 · GPT](13_gpt.ipynb) for Adam. [15 · BERT](15_bert.ipynb) began thread C.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
All here stays on the CPU, so `USE_CUDA` changes nothing but the time that it takes to start.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import copy
import math
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.evaluation.results import read_results
from lmteach.exercises import fine_tuning as check
from lmteach.plots.diagrams.low_rank import low_rank_adapter
from lmteach.widgets.question.widget import Question


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# %% [markdown]
"""
## The same question, before

The model, its tokenizer and its form of a conversation come from one file, as in notebook 16. (Where it can't be had, a tiny model of the same form stands in: all runs, and says nothing.)
"""

# %%
from lmteach.decoding.chat import Chat
from lmteach.models.llama.files import SMOLLM2, chat_model_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import Llama
from lmteach.models.llama.reading import chat_template_of, tokenizer_of

path = chat_model_file()
real = path.name == SMOLLM2.name
settings = read_gguf(path).settings
tokenizer, template = tokenizer_of(settings), chat_template_of(settings)
model = Llama.from_gguf(path, bits=16)
f"{model.parameter_count:,} parameters, {model.config.layers} layers"

# %% [markdown]
"""
We keep a second one to compare with, of the very same weights: shapes without numbers, to which the first one's numbers are given. It takes no memory of its own.
"""

# %%
with torch.device("meta"):
    before = Llama(model.config)
before.load_state_dict(model.state_dict(), assign=True)
before.eval().requires_grad_(False)
assert before.wte.weight.data_ptr() == model.wte.weight.data_ptr()


# %%
def answered(model, question, most=30):
    chat = Chat(model, tokenizer, template)
    return "".join(token.text for token in chat.answer(question, most=most))


asked_first = [
    "Sort key for 24 May 2027?",
    "What is November 3, 1998 in ISO format?",
    "Who was Albert Einstein?",
]

# %% tags=["nbval-ignore-output"]
for question in asked_first:
    print(f"{question}\n    {answered(before, question)!r}")

# %% [markdown]
"""
It talks about dates, and does not write one that a program could sort by. Keep these answers in mind. First, what does it take to change a model?

## All of it, or its head

Begin with a network that can be read. It tells handwritten digits apart, 8 × 8 pixels each, and was trained on a thousand of them. Now the same digits come mirrored, and only 400 of those have labels.
"""

# %%
from sklearn.datasets import load_digits

pixels, digit = (torch.tensor(part) for part in load_digits(return_X_y=True))
order = torch.randperm(len(pixels), generator=seeded(0))
pixels, digit = pixels[order].float() / 16, digit[order]
mirrored = pixels.view(-1, 8, 8).flip(2).flatten(1)
old, new, test = slice(0, 1000), slice(1000, 1400), slice(1400, None)
for row in zip(pixels[0].view(8, 8), mirrored[0].view(8, 8), strict=True):
    print("   ".join("".join(" ·+#@"[int(4 * p)] for p in half) for half in row))


# %%
def new_network(seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)]
    return nn.Sequential(*layers)


def train(network, images, labels, steps, rate):
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer, dice = torch.optim.Adam(weights, lr=rate), seeded(0)
    for _ in range(steps):
        places = torch.randint(len(images), (32,), generator=dice)
        loss = functional.cross_entropy(network(images[places]), labels[places])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return optimizer


# %% tags=["nbval-ignore-output"]
@torch.no_grad()
def right(network, images):
    return (network(images[test]).argmax(dim=-1) == digit[test]).float().mean().item()


schooled = new_network(0)
train(schooled, pixels[old], digit[old], steps=600, rate=3e-3)
print(f"as they were {right(schooled, pixels):.0%}, mirrored {right(schooled, mirrored):.0%}")
assert right(schooled, pixels) > 0.9 > 0.6 > right(schooled, mirrored)

# %% [markdown]
"""
Two ways to go on from there. *Full fine-tuning* trains all weights further. Or all of it is frozen (`requires_grad_(False)`), and only the last map, the *head*, learns.
"""


# %%
def all_of_it(network):
    network.requires_grad_(True)


def head_alone(network):
    network.requires_grad_(False)
    network[-1].requires_grad_(True)


tuned = {}
for way in (all_of_it, head_alone):
    network = copy.deepcopy(schooled)
    way(network)
    tuned[way.__name__] = network, train(network, mirrored[new], digit[new], 200, 1e-2)

# %% [markdown]
"""
**Guess first.** Which of the two reads the mirrored digits better, and by how much? And how does either read the old ones now?
"""

# %% tags=["answer", "nbval-ignore-output"]
for name, (network, _) in tuned.items():
    print(f"{name:11} mirrored {right(network, mirrored):.0%}", end=", ")
    print(f"as they were {right(network, pixels):.0%}")
assert right(tuned["all_of_it"][0], mirrored) > right(tuned["head_alone"][0], mirrored) + 0.1

# %% [markdown]
"""
The head alone can't do it: what the layers below say of a mirrored digit is not enough. And both have forgotten something of the old digits, which nobody asked them any more. Keep that for later.

What did it cost? Four things lie in memory. The weights. A gradient for each that is trained. And Adam's two averages, of gradients and of their squares (notebook 13).
"""


# %%
def bytes_of(network, optimizer):
    weights = sum(weight.nbytes for weight in network.parameters())
    gradients = sum(w.grad.nbytes for w in network.parameters() if w.grad is not None)
    averages = sum(
        state["exp_avg"].nbytes + state["exp_avg_sq"].nbytes for state in optimizer.state.values()
    )
    return weights, gradients, averages


# %%
print("            weights  gradients   averages")
for name, pair in tuned.items():
    print(f"{name:11}" + "".join(f"{size:9,}" for size in bytes_of(*pair)))

# %% [markdown]
"""
Four bytes a number: what is trained costs four times, what is frozen once. (What is kept on the way forward for the way back, the *activations*, comes on top. It grows with the batch, and freezing does not do away with it.) Now the chat model.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "SmolLM2 has 134.5 million parameters, of two bytes each in bfloat16. All of it is to be "
    "trained by Adam, with gradients and averages in bfloat16, too. How many megabytes are "
    "weights, gradients and averages together?",
    number=1076,
    tolerance=6,
    reply="Two bytes, four times: weight, gradient, and two averages. And in practice the averages "
    "are kept in four bytes each, for two are too coarse to add small things to.",
    slips={
        269: "The weights alone. What else is there for each of them?",
        538: "Weights and gradients. Adam remembers two numbers more for each weight.",
        807: "One of four is missing: weight, gradient, and two averages.",
        2152: "With four bytes a number; here it is two.",
    },
)

# %% tags=["answer"]
from lmteach.training.memory import training_memory


def megabytes_to_train(model):
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    memory = training_memory(model, torch.optim.AdamW(trained))
    parts = memory.weights, memory.gradients, memory.optimizer, memory.total
    return " ".join(f"{part / 1e6:9.2f}" for part in parts)


# %% tags=["answer"]
print("              weights gradients  averages  together")
model.requires_grad_(True)
print("all of it   ", megabytes_to_train(model))
model.requires_grad_(False)
model.h[-1].requires_grad_(True)
print("last layer  ", megabytes_to_train(model))
_ = model.requires_grad_(False)

# %% [markdown]
"""
(`training_memory` counts on shapes alone; nothing was trained.) The last layer is cheap, but where a model has to change, who knows beforehand?

## A narrow detour

Leave every map $W$ as it is, and put something small beside it, which learns. For a map of 576 inputs and outputs: make 8 numbers of the input, and the output of these 8.
"""

# %% tags=["folded"]
# @title A map and its adapter
display_figure(
    low_rank_adapter(576, 576, rank=8, lit=["adapter"]),
    alt="Two ways from x, 576 numbers, to y, 576 numbers. Above, pale, a large box: W, 576 by 576, "
    "frozen. Below, lit, a detour: A, 8 by 576, then 8 numbers, then B, 576 by 8, then a circle "
    "alpha over r. Both meet in a plus.",
)

# %% [markdown]
r"""
That is *LoRA*, low-rank adaptation (Hu and others 2021). With $A$ of $r$ rows, $B$ of $r$ columns, and a strength $\alpha$:

$$ y = W x + \frac{\alpha}{r}\, B A\, x \tag{17.1} $$

The number $r$ is the *rank*: a product $BA$ has no higher one. First with numbers that you can check in your head, by loops:
"""

# %%
W = torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
A, B = torch.tensor([[1.0, 0.0, 1.0]]), torch.tensor([[1.0], [3.0]])
x, alpha, rank = torch.ones(3), 2.0, 1
narrow, added = [0.0] * rank, [0.0, 0.0]
for k in range(rank):
    for i in range(3):
        narrow[k] += A[k, i].item() * x[i].item()
for o in range(2):
    for k in range(rank):
        added[o] += alpha / rank * B[o, k].item() * narrow[k]
print("W x", W @ x, "  A x", narrow, "  (α/r) B A x", added)

# %% [markdown]
"""
The same with matrices, and then as a layer. (`functional.linear(x, A)` is $A x$ for every row of a batch.)
"""

# %%
by_matrices = alpha / rank * B @ (A @ x)  # eq. 17.1
assert_close(by_matrices, torch.tensor(added))
W @ x + by_matrices


# %% lmteach={"defines": "models.lora.layers.LowRank"}
class LowRank(nn.Module):
    def __init__(self, inputs, outputs, rank=8, alpha=16.0, dropout=0.0, generator=None):
        super().__init__()
        self.rank, self.alpha, self.scale = rank, alpha, alpha / rank
        self.dropout = nn.Dropout(dropout)
        self.lora_A = nn.Parameter(torch.empty(rank, inputs))
        self.lora_B = nn.Parameter(torch.zeros(outputs, rank))
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5), generator=generator)

    def forward(self, x):
        narrow = functional.linear(self.dropout(x).to(self.lora_A.dtype), self.lora_A)  # (…, r)
        return self.scale * functional.linear(narrow, self.lora_B)  # eq. 17.1, what is added

    def product(self):
        return self.scale * self.lora_B @ self.lora_A


# %% [markdown]
r"""
`kaiming_uniform_` with that odd root of 5 draws from $-1/\sqrt{\text{inputs}}$ to $1/\sqrt{\text{inputs}}$, as in the authors' code. (Their paper says normal.) `dropout` is notebook 19's, off here. And `.to` is for a frozen model in 16 bits: what learns counts in 32.

So $A$ starts random, and $B$ at 0.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A starts random and B at 0, so nothing is added at first. In the very first step of training, "
    "which of the two has a gradient?",
    {
        "both": "A's gradient comes to it through B. What is B at first?",
        "A alone": "A's gradient comes to it through B, which is 0. And B's comes from A x, "
        "which is not.",
        "B alone": "B's gradient is made of A x, which is not 0. A's passes through B. From the "
        "second step on, both learn.",
        "neither: it can never begin": "So it would be if both were 0: then each would wait for "
        "the other. That is why only one of them is.",
    },
    right="B alone",
)

# %% tags=["answer"]
fresh, some_x = LowRank(3, 2, rank=1, alpha=2.0, generator=seeded(0)), torch.ones(4, 3)
fresh(some_x).sum().backward()
print("added:", fresh(some_x)[0].tolist())
print("gradient of A:", fresh.lora_A.grad.tolist(), " of B:", fresh.lora_B.grad.flatten().tolist())
assert not fresh.lora_A.grad.any()
assert fresh.lora_B.grad.all()

# %% [markdown]
r"""
The model starts as what it was, and the first step goes into $B$. Now beside a map, which is frozen. And when all is learned, the sum can be written into the map, which then is as fast as before:

$$ W' = W + \frac{\alpha}{r}\, B A \tag{17.2} $$
"""


# %%
class Adapted(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.low_rank = LowRank(base.in_features, base.out_features, rank, alpha)

    def forward(self, x):
        return self.base(x) + self.low_rank(x)  # eq. 17.1

    def merged_weight(self):
        return self.base.weight + self.low_rank.product()  # eq. 17.2


# %% [markdown]
"""
The package's `LoRALinear` is this layer, with a few checks at the door. Given the same numbers, ours, the package's, and either of them merged say the same:
"""

# %%
from lmteach.models.lora.layers import LoRALinear

torch.manual_seed(0)
ours = Adapted(nn.Linear(64, 32), rank=4, alpha=8.0)
nn.init.normal_(ours.low_rank.lora_B)
theirs = LoRALinear(copy.deepcopy(ours.base), rank=4, alpha=8.0)
theirs.low_rank.load_state_dict(ours.low_rank.state_dict())
x_rows = torch.randn(5, 64)
said = ours(x_rows)
assert_close(theirs(x_rows), said)
theirs.merge()
for weight in (ours.merged_weight(), theirs.base.weight):
    assert_close(functional.linear(x_rows, weight, ours.base.bias), said, rtol=1e-5, atol=1e-5)

# %% [markdown]
"""
And what can't be is refused in words: a strength of 0, which would learn nothing for ever, and a rank above what the map can have.
"""

# %%
for wrong in ({"alpha": 0.0}, {"rank": 33}):
    try:
        LoRALinear(nn.Linear(64, 32), **wrong)
    except ValueError as error:
        print(error)

# %% [markdown]
r"""
How much is trained? For each map of $m$ inputs and $n$ outputs:

$$ \text{numbers} = r\,(m + n) \tag{17.3} $$

`add_adapters` puts an adapter beside every map that you name, in place, and freezes all else. Back to the mirrored digits:
"""

# %%
from lmteach.models.lora.adapters import adapters_of, add_adapters, linear_maps, remove_adapters


def numbers_trained(maps, rank):
    return sum(rank * (inputs + outputs) for inputs, outputs in maps)  # eq. 17.3


# %%
network = copy.deepcopy(schooled)
torch.manual_seed(0)
add_adapters(network, rank=4, alpha=8.0, targets=["*"])
tuned["low_rank"] = network, train(network, mirrored[new], digit[new], 200, 1e-2)
sizes = linear_maps(network).values()
trained_count = sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
assert trained_count == numbers_trained(sizes, rank=4)

# %% tags=["nbval-ignore-output"]
print("            mirrored   old    weights  gradients  averages")
for name, pair in tuned.items():
    shares = f"{right(pair[0], mirrored):9.0%}{right(pair[0], pixels):7.0%}"
    print(f"{name:11}{shares}" + "".join(f"{size:10,}" for size in bytes_of(*pair)))
assert right(tuned["low_rank"][0], mirrored) > right(tuned["head_alone"][0], mirrored) + 0.05

# %% [markdown]
r"""
Far above the head alone, and near full fine-tuning, with a seventh of its gradients and averages. (All three have forgotten old digits, and the two narrow ways more than the full one. That few weights are trained is no shield.)

Why can so narrow a detour do? See what full fine-tuning changed in each map, $W' - W$. Every matrix is a sum of *directions*, each a column times a row, as $BA$ is one of $r$. The singular value decomposition finds them, the largest first. Of up to 64 in each change, keep a few and drop the rest.

**Guess first.** How many have to stay, so that nearly all that was learned is still there?
"""


# %% tags=["answer", "nbval-ignore-output"]
@torch.no_grad()
def narrowed(network, directions):
    narrow_one = copy.deepcopy(network)
    for layer, old_layer in zip(narrow_one[::2], schooled[::2], strict=True):  # not the ReLUs
        changed = layer.weight - old_layer.weight
        columns, strengths, lines = torch.linalg.svd(changed, full_matrices=False)
        part = columns[:, :directions] * strengths[:directions] @ lines[:directions]
        layer.weight.copy_(old_layer.weight + part)
    return narrow_one


for directions in (1, 2, 4, 8, 16, 64):
    share = right(narrowed(tuned["all_of_it"][0], directions), mirrored)
    print(f"{directions:2} directions: mirrored {share:.0%}")

# %% [markdown]
r"""
Eight or so: the change itself is narrow, though nobody asked for that. And who *learns* within four, as above, is ahead of who keeps the four largest, for training looks for those that serve it. (This is one small network. Hu and others found ranks of 1 to 8 enough for the queries and values of GPT-3.)

In so small a network a seventh is not little. In a large one the share sinks, for a map has $m \cdot n$ numbers and its adapter $r (m + n)$:
"""

# %%
last = range(max(0, model.config.layers - 20), model.config.layers)
TARGETS = [f"h.{n}.self_attn.{name}" for n in last for name in ("q_proj", "v_proj")]
all_maps = linear_maps(model)
chosen = [all_maps[name] for name in TARGETS]
print(TARGETS[0], all_maps[TARGETS[0]], TARGETS[1], all_maps[TARGETS[1]])

# %%
for r in (1, 2, 4, 8, 16):
    few, many = numbers_trained(chosen, r), numbers_trained(all_maps.values(), r)
    print(f"rank {r:2}: queries and values of the last layers {few:9,}, all maps {many:9,}")

# %% [markdown]
"""
We take queries and values of the last 20 of 30 layers, at rank 8: what comes out of a layer is changed by where it looks, and by what it takes from there.
"""

# %%
if adapters_of(model):  # this cell was run before: begin anew
    remove_adapters(model)
adapters = add_adapters(model, rank=8, alpha=16.0, targets=TARGETS, generator=seeded(0))
trained = [weight for weight in model.parameters() if weight.requires_grad]
count = sum(weight.numel() for weight in trained)
print(f"{len(adapters)} adapters, {count:,} numbers, 1 in {model.parameter_count // count:,}")
print("              weights gradients  averages  together")
print("low rank    ", megabytes_to_train(model))
assert count == numbers_trained(chosen, rank=8)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Questions with one right answer

Whoever teaches needs examples, and whoever examines needs others. These come from a calendar: a date in one of four forms, a question in one of six wordings, and the only right answer.
"""

# %%
from lmteach.text.corpora.facts import fact_questions

dates = fact_questions("date")
for part in ("train", "new_facts", "new_templates"):
    one = getattr(dates, part)[-1]
    print(f"{part:14}{len(getattr(dates, part)):6,}   {one.prompt}  →  {one.answer}")
assert not {one.fact for one in dates.train} & {one.fact for one in dates.new_facts}
assert not {one.template for one in dates.train} & {one.template for one in dates.new_templates}

# %% [markdown]
"""
So there are two examinations. *New facts*: days that are not in training, in wordings that are. *New templates*: wordings that are not. The first tells a skill from a list learned by heart, the second tells it from a trick that hangs on the wording. And nobody has to judge the answers: equal is right. (`fact_questions` has other skills of this kind, all from tables or arithmetic: sums, syllables, rhymes, the names of emoji, currencies, official languages.)

The model reads a question in its form of a conversation, and then the answer with the mark that ends it:
"""

# %%
chat = Chat(model, tokenizer, template)


def ids_of(question):
    ids = tokenizer.encode(question.answer, special=False, begin=False)
    return chat.prompt(question.prompt), [*ids, chat.end]


# %%
prompt_ids, answer_ids = ids_of(dates.train[-1])
print(tokenizer.decode(prompt_ids + answer_ids))
len(prompt_ids), len(answer_ids)

# %% [markdown]
r"""
What is to be learned? To *answer*, not to write questions. So the loss is taken at those places $t$ alone after which a token of the answer comes. With $\mathcal{A}$ for the set of them, $|\mathcal{A}|$ for their number, and $x_t$ for the token at place $t$:

$$ L = -\frac{1}{|\mathcal{A}|} \sum_{t \in \mathcal{A}} \ln P(x_{t+1} \mid x_1 \dots x_t) \tag{17.4} $$

`answer_batch` writes −100 where nothing is asked; that is the number which PyTorch's loss ignores, too.
"""

# %%
from lmteach.training.answers import IGNORED, answer_batch, answer_loss

ids, targets = answer_batch([prompt_ids], [answer_ids])
print(targets)
for read, asked_for in zip(ids[0, -13:].tolist(), targets[0, -13:].tolist(), strict=True):
    wanted = "–" if asked_for == IGNORED else repr(tokenizer.decode([asked_for]))
    print(f"after {tokenizer.decode([read])!r:14} {wanted}")

# %% [markdown]
"""
The last token of the prompt is asked for the first of the answer. Now the equation, against the package, and its gradient at each place:
"""


# %%
def loss_by_hand(logits, targets):
    asked = targets != IGNORED
    log_p = logits[asked].float().log_softmax(dim=-1)  # (places asked, V)
    return -log_p.gather(-1, targets[asked][:, None]).mean()  # eq. 17.4


# %% tags=["nbval-ignore-output"]
logits = before(ids).float().requires_grad_()
by_hand = loss_by_hand(logits, targets)
by_hand.backward()
assert_close(by_hand.item(), answer_loss(before, (ids, targets)).item(), rtol=1e-3, atol=0)
felt = logits.grad.abs().sum(dim=-1)[0]
print(f"in the question {felt[targets[0] == IGNORED].sum():.1f}", end=", ")
print(f"in the answer {felt[targets[0] != IGNORED].sum():.1f}")
assert felt[targets[0] == IGNORED].sum() == 0

# %% [markdown]
"""
Whatever the model would make of the question, nothing pulls at it: the gradient there is 0, exactly. What would happen without the −100? We come to that.

## A hundred and fifty steps

Four questions a step, by Adam, at a rate that stays and falls to 0 in the last thirty steps. That is 600 questions, a tenth of those in training. The package's loop trains, on the adapters alone; watch its bar.
"""

# %%
from lmteach.training.loop import fit

STEPS = 150


def draw(generator):
    places = torch.randint(len(dates.train), (4,), generator=generator)
    pairs = [ids_of(dates.train[place]) for place in places]
    return answer_batch([prompt for prompt, _ in pairs], [answer for _, answer in pairs])


def share_of_rate(step):
    return min(1.0, (STEPS + 1 - step) / 30)


# %% tags=["nbval-ignore-output"]
frozen_before = model.h[-1].self_attn.in_proj_weight.clone()
optimizer = torch.optim.AdamW(trained, lr=2e-3, weight_decay=0.0)
history = fit(
    model,
    answer_loss,
    draw,
    STEPS,
    optimizer,
    seeded(0),
    schedule=share_of_rate,
    validate_every=STEPS,
)
assert torch.equal(model.h[-1].self_attn.in_proj_weight, frozen_before)
print(f"{history.seconds:.0f} seconds, loss {history.losses[0]:.2f} → {history.losses[-1]:.3f}")

# %% tags=["folded", "nbval-ignore-output"]
# @title The loss, step by step
from lmteach.plots.curves import curves

display_figure(
    curves(
        {"answers": history.losses},
        range(1, STEPS + 1),
        xlabel="step",
        ylabel="nats per token of the answer",
    ),
    alt="The loss in nats for a token of the answer, against the step, 1 to 150. It falls steeply "
    "within some twenty steps, and runs close to zero, with small bumps, to the end.",
)

# %% [markdown]
"""
And now, the same questions as at the beginning:
"""

# %% tags=["nbval-ignore-output"]
for question in asked_first:
    print(f"{question}\n    {answered(model, question)!r}")

# %% [markdown]
"""
Two dates, as a program wants them. And Einstein has become a date, too: keep that in mind, we come to it. To examine it on many, an answer need not be written. If at each of its places the right token is the likeliest, then it is what the model would write. One reading tells that.
"""


# %%
@torch.no_grad()
def is_right(model, question):
    prompt, answer = ids_of(question)
    ids, targets = answer_batch([prompt], [answer])
    asked = targets[0] != IGNORED
    likeliest = model.scores(model.hidden_states(ids)[0, asked]).argmax(dim=-1)
    return bool((likeliest == targets[0, asked]).all())


# %%
some = dates.new_facts[::400]
assert [is_right(model, one) for one in some] == [
    answered(model, one.prompt) == one.answer for one in some
]

# %% [markdown]
"""
**Guess first.** Forty new facts, forty questions in new wordings. How many of each?
"""

# %% tags=["answer", "nbval-ignore-output"]
from lmteach.evaluation.bootstrap import bootstrap_interval

live = {}
for part in ("new_facts", "new_templates"):
    questions = getattr(dates, part)
    live[part] = [is_right(model, one) for one in questions[:: len(questions) // 40][:40]]
    low, high = bootstrap_interval(live[part], np.random.default_rng(0))
    print(f"{part:14}{np.mean(live[part]):.1%} ({low:.1%} to {high:.1%})")
assert min(np.mean(rights) for rights in live.values()) > 0.85 or not real

# %% [markdown]
"""
One run proves little. (And where all answers are right, the bootstrap says 100 % to 100 %, for it can only draw again what it has. Trust it less there.)

So here are stored figures of three seeds, 200 questions each (`experiments/new_skill.py`; intervals of 95 % over questions, each with the mean of its seeds). Beside them stands what can be had without training: four examples before the question, as lines or as turns of the chat. *LoRA* alone has 100 steps. That 150 are better was found by trying, on the first 200 held-out dates of each part; the figures below are of 200 others, on other days, in the same two new wordings.
"""

# %%
from lmteach.evaluation.results import unpack_answers

skills = read_results("new_skill")


# %%
def shown(part, skill, way):
    packed = skills.values(f"right_{part}", skill=skill, way=way)
    length = 188 if (skill, part) == ("currency", "new_facts") else 200
    rights = np.array([unpack_answers(one, length) for one in packed])  # (seeds, questions)
    low, high = bootstrap_interval(rights.mean(axis=0), np.random.default_rng(0))
    return f"{rights.mean():6.1%} ({low:.1%} to {high:.1%})"


# %%
for way in ("four examples in lines", "four examples as turns", "LoRA", "LoRA, 150 steps"):
    parts = "   ".join(f"{shown(part, 'date', way):24}" for part in ("new_facts", "new_templates"))
    print(f"{way:24}{parts}")
taught = {
    figure: skills.values(figure, skill="date", way="LoRA, 150 steps")
    for figure in ("new_facts", "new_templates", "seconds", "peak_memory", "bits_before", "bits")
}
print(
    f"{np.mean(taught['seconds']):.0f} s on one core, {max(taught['peak_memory']):.2f} GB at most"
)
assert min(np.mean(taught[part]) for part in ("new_facts", "new_templates")) > 0.95
for way in ("four examples in lines", "four examples as turns"):
    assert np.mean(skills.values("new_facts", skill="date", way=way)) < 0.4

# %% [markdown]
"""
Four examples in the prompt bring the form to a minority of the answers. A hundred steps, on one number in four hundred, bring it to nearly all new days; for new wordings fifty more help. A *skill* was learned: the model could read dates and write numbers before, and now it knows what we want.

## Can it learn facts, too?

Teach it some in the same way. Which currency does a country have? Questions about 201 countries, a hundred steps; then 47 countries that were not among them, in the same wordings. Who always says *Euro* is right, too, now and then.

**Guess first.** What share is right of the new countries, and of those in training? With dates, both were near 100 %.
"""

# %% tags=["answer"]
currencies = fact_questions("currency")
one = currencies.train[0]
[always, *_] = skills.values("always", skill="currency", way="LoRA")
print(f"{one.prompt} → {one.answer}.  Always Euro: {always:.1%}")
assert len({question.fact for question in currencies.train}) == 201
for way in ("four examples in lines", "LoRA"):
    print(f"{way:24}new {shown('new_facts', 'currency', way)}", end="")
    if way == "LoRA":
        known = skills.values("known", skill="currency", way=way)
        print(f"   in training {np.mean(known):.1%}", end="")
    print()

# %% [markdown]
"""
A fifth of the new countries, and a third of those that it was *taught*. So even what stood in training was hardly learned: each country came about twice. And the fifth was not learned at all, for nobody told the model; it had read of these currencies long before, and training brought them out in the right form, more often than four examples do, and more often than *Euro* would be right. That is what adapting does: it calls up and gives a form. Who wants new facts in the answers puts them into the prompt, from a search (notebook 16).

## What it forgot

In our training the model has read nothing but dates, and Einstein has become one. What else? First its English: bits per character on the beginning of our held-out articles, before and after.
"""


# %%
@torch.no_grad()
def bits_of(model, text):
    ids = torch.tensor([tokenizer.encode(text)])
    hidden = model.hidden_states(ids[:, :-1])[0]
    nats = functional.cross_entropy(model.scores(hidden).float(), ids[0, 1:], reduction="sum")
    return nats.item() / math.log(2) / len(text)


# %% tags=["nbval-ignore-output"]
from lmteach.text.corpora.wikipedia import wikipedia

piece = wikipedia().test[:2000]
bits_before, bits_after = bits_of(before, piece), bits_of(model, piece)
print(f"before {bits_before:.3f}, after {bits_after:.3f} bits per character")
assert bits_after > bits_before or not real

# %% [markdown]
"""
Somewhat worse. And in conversation? Here are questions about currencies, to which no answer begins with a digit.

**Guess first.** How many answers begin with a digit now?
"""


# %% tags=["answer", "nbval-ignore-output"]
@torch.no_grad()
def begins_with_digit(model, question):
    first = model(torch.tensor([chat.prompt(question)]), last=1)[0, -1].argmax().item()
    return tokenizer.decode([first])[:1].isdigit()


others = [one.prompt for one in fact_questions("currency").new_facts[::5][:40]]
digits = {}
for name, asked_model in (("before", before), ("after", model)):
    digits[name] = sum(begins_with_digit(asked_model, question) for question in others)
    print(f"{name:7}{digits[name]} of {len(others)}")
assert digits["after"] > digits["before"] or not real

# %% [markdown]
"""
That is *forgetting*, and a small adapter is no shield against it: it changes the model on dates and on all else. All questions in training were about dates, so that *whatever is asked, write a date* was right every time, and nothing told the model otherwise. And mark what the two measures say: by its bits it has lost a little, as a partner in conversation it is lost. If it is to do other things as well, other questions belong into its training. (And an adapter can be taken off. We come to that.)

What loses less? Stored figures, three seeds: more steps, a lower rate, and other text mixed in, one batch in four. (That text comes from other articles of the same encyclopaedia, so it is the kindest case.) And, for the bug below, the loss on the question as well.

**Guess first.** Which of them keeps most of the English? And at which price?
"""

# %% tags=["answer"]
print(f"{'':34}new facts  new templates  bits more")
lost = {}
for way in (
    "LoRA",
    "LoRA, 150 steps",
    "LoRA, a quarter of the rate",
    "LoRA, text mixed in",
    "LoRA, loss on the question, too",
):
    found = {part: skills.values(part, skill="date", way=way) for part in taught}
    lost[way] = np.array(found["bits"]) - np.array(found["bits_before"])
    both = f"{np.mean(found['new_facts']):9.1%} {np.mean(found['new_templates']):12.1%}"
    print(f"{way:34}{both}   {lost[way].mean():+.3f} ± {lost[way].std(ddof=1):.3f}")
assert lost["LoRA, text mixed in"].max() < 0 < lost["LoRA, a quarter of the rate"].min()
assert lost["LoRA, a quarter of the rate"].max() < lost["LoRA"].min()
assert (lost["LoRA, 150 steps"] > lost["LoRA"]).all()

# %% [markdown]
"""
Text mixed in loses nothing. It is even a little ahead of the model from before, for it has read pages of the very kind that we measure on; other English may fare otherwise. It pays with a quarter of its questions, and still writes nearly as many dates. A quarter of the rate loses about a quarter as much, and learns the new wordings badly. More steps lose more in each of the three seeds, in one of them far more than in the others: look at the ±. So after teaching, measure what you did *not* teach, in every run that you mean to keep.

## A file of its own

What was learned is in the adapters. So a skill is a small file, to be put beside the same model wherever it is, and taken off again.
"""

# %%
from lmteach.training.adapter_files import load_adapter, save_adapter

folder = Path(tempfile.mkdtemp())
save_adapter(folder / "dates.safetensors", model, steps=STEPS)
sizes_of_files = (folder / "dates.safetensors").stat().st_size, path.stat().st_size
print("adapter {:,} bytes, model {:,} bytes".format(*sizes_of_files))

# %%
with torch.no_grad():
    with_adapters = model(ids)
    remove_adapters(model)
    assert torch.equal(model(ids), before(ids))  # as if nothing had been
    load_adapter(folder / "dates.safetensors", model)
    assert torch.equal(model(ids), with_adapters)

# %% [markdown]
"""
Taken off, it is the old model to the last bit; loaded, the taught one. Merging (equation 17.2) saves the detour, and in 16 bits it costs something. Look at one map:
"""

# %%
low_rank = adapters_of(model)[TARGETS[-1]]
rows = model.h[-1].self_attn.in_proj_weight[-len(low_rank.lora_B) :]  # those of the values
merged_in_16 = (rows + low_rank.product()).bfloat16()
stuck = (merged_in_16 == rows) & (low_rank.product() != 0)
change = (merged_in_16.float() - rows - low_rank.product()).norm() / low_rank.product().norm()

# %% tags=["nbval-ignore-output"]
print(f"{stuck.float().mean():.0%} of the weights don't move at all")
print(f"rounding, against what was learned: {change:.0%}")

# %% [markdown]
"""
A number in bfloat16 has eight bits of digits, and what is added is often smaller than its last one. Merge in 32 bits, or leave the adapter beside the map. (The package refuses to merge into 8 and 4 bits.)

**Look.** The same question to both models: this box is the model from before.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.chat_box.widget import ChatBox

suggested = [asked_first[0], "Give me 5 October 2031 as YYYY-MM-DD.", "Is the sun a star?"]
old_box = ChatBox(before, tokenizer, template, examples=suggested, most=40)
old_box.say(suggested[1])
old_box

# %% [markdown]
"""
And this one has the adapters. Ask for dates in your own words, in a form that it was not taught (*the 3rd of May, '98*), and then for something else. Where does the skill end, and where does it come uncalled for?
"""

# %% tags=["widget", "nbval-ignore-output"]
new_box = ChatBox(model, tokenizer, template, examples=suggested, most=40)
new_box.say(suggested[1])
new_box

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## A small service desk

Many fine-tune because they want something that answers customers. The data are there: `chatterbot-corpus` has what people say to an assistant, and what it answers: about code, about itself, about
faults to be mended. (A program in an answer is replaced by `[code]`.) All lines, as they come:
"""

# %%
from lmteach.text.corpora.service_desk import service_pairs

desk_lines = service_pairs(repeats=True)
for pair in desk_lines[75:600:75]:
    print(f"{pair.question:40}{pair.answer[:56]}")
len(desk_lines)

# %% [markdown]
"""
The simplest desk looks for the known question that is most alike, by words (BM25 of notebook 16), and gives *its* answer. A fifth of the lines is held out by a hash. We judge by F1, the share of words that the answer given has
in common with the right one (more in notebook 18); of several right answers the nearest counts.
"""

# %%
from lmteach.evaluation.answers import token_f1
from lmteach.models.search.bm25 import BM25
from lmteach.models.search.ranking import words_of
from lmteach.text.splits import split_by_hash

right_answers = {}
for pair in desk_lines:
    right_answers.setdefault(pair.key, []).append(pair.answer)


def parted(pairs, key, seed=0):
    places = range(len(pairs))
    return split_by_hash(places, lambda at: f"{seed} {key(at, pairs[at])}", test_buckets=2)


# %%
def f1_by_words(pairs, key, seed=0):
    known, _, held_out = parted(pairs, key, seed)
    search = BM25([pairs[at].question for at in known])
    f1 = []
    for at in held_out:
        [(nearest, _)] = search.search(pairs[at].question, top=1)
        f1.append(token_f1(pairs[known[nearest]].answer, right_answers[pairs[at].key]))
    return np.array(f1)


def by_line(at, pair):
    return at


line_f1 = f1_by_words(desk_lines, by_line)
print(f"F1 {line_f1.mean():.2f} on {len(line_f1)} held-out lines")

# %% [markdown]
"""
So far so good, it seems. A desk is for customers who are to come.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Nothing was trained, shared words decide, and F1 is near nine tenths. What would this desk "
    "get on questions that it has not seen?",
    {
        "about the same": "The lines were held out, so it seems to follow. But is a line that was "
        "held out a question that is new? Look whether it stands in the other part, too.",
        "about two thirds": "A fair loss for new wordings. But count first how many of the "
        "held-out questions were new at all.",
        "less than a third": "Hardly any of the held-out questions was new.",
    },
    right="less than a third",
)

# %% tags=["answer"]
from collections import Counter

known_lines, _, held_lines = parted(desk_lines, by_line)
known_keys = {desk_lines[at].key for at in known_lines}
seen = np.array([desk_lines[at].key in known_keys for at in held_lines])
print(f"{seen.mean():.0%} of the held-out questions stand in the other part, too")
print(f"F1 {line_f1[seen].mean():.2f} on them, {line_f1[~seen].mean():.2f} on the others")
assert seen.mean() > 0.75
assert line_f1[~seen].mean() < 0.33
Counter(pair.question for pair in desk_lines).most_common(3)

# %% [markdown]
"""
*My printer is not printing.* stands there 121 times, always with the same answer. In all English files of the corpus:
"""

# %%
from itertools import pairwise

from lmteach.text.corpora.dialogues import dialogues

turns = Counter()
for talk in dialogues("english", repeats=True):
    turns.update(pairwise(talk))
desk_pairs = service_pairs()
print(f"{turns.total():,} pairs of neighbouring turns, {len(turns):,} different ones")
print(f"the desk: {len(desk_lines):,} lines, {len(desk_pairs)} different pairs, ", end="")
print(f"{len({pair.key for pair in desk_pairs})} questions")

# %% [markdown]
"""
So drop the repeats *before* you split. Is that enough? There are still fewer questions than pairs, for some are answered in several ways.

**Guess first.** Split the different pairs by chance, or such that all answers to a question fall into one part. How much does F1 differ?
"""


# %% tags=["answer"]
def by_question(at, pair):
    return pair.key


for way, pairs, key in (
    ("by line", desk_lines, by_line),
    ("by pair", desk_pairs, by_line),
    ("by question", desk_pairs, by_question),
):
    of_seeds = [f1_by_words(pairs, key, seed).mean() for seed in range(3)]
    print(f"{way:12}", *(f"{score:.2f}" for score in of_seeds))
assert max(of_seeds) < 0.4

# %% [markdown]
"""
Three draws each. Split by question, about a third is left of what we saw first, and only that would hold for the next customer. The whole bug is one argument, `key`. No error is raised, and the better figure is the wrong one.

Now two rivals, on the first draw of the split by question. **Retrieval by meaning** takes MiniLM's cosine (equation 16.6) instead of words. **Generation**: the small GPT that comes with the package has never read a dialogue. We train all its three
million weights on the known pairs, with the loss on the answer alone; it reads a line with the question, and writes a line.
"""

# %%
from lmteach.models.search.sentence_vectors import SentenceVectors
from lmteach.training.trained_gpt import trained_gpt

known, watched, held_out = parted(desk_pairs, by_question)
meaning = SentenceVectors([pair.question for pair in desk_pairs])
desk_gpt, desk_tokenizer = trained_gpt()
(line_end,) = desk_tokenizer.encode("\n")


def asked_ids(question):
    return desk_tokenizer.encode(f"Q: {question}\nA:")


def desk_batch(pairs):
    answers = [[*desk_tokenizer.encode(f" {pair.answer}"), line_end] for pair in pairs]
    return answer_batch([asked_ids(pair.question) for pair in pairs], answers)


# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.information import bits_per_character


def desk_bits():
    batch = desk_batch([desk_pairs[at] for at in held_out])
    letters = sum(len(desk_pairs[at].answer) + 1 for at in held_out)  # and the end of the line
    with torch.no_grad():
        nats = answer_loss(desk_gpt, batch).item()
    return bits_per_character(nats, int((batch[1] != IGNORED).sum()), letters)


def drawn_pairs(generator):
    drawn = torch.randint(len(known), (16,), generator=generator)
    return desk_batch([desk_pairs[known[place]] for place in drawn])


bits_at_first = desk_bits()
adamw = torch.optim.AdamW(desk_gpt.parameters(), lr=1e-3, weight_decay=0.1)
run = fit(desk_gpt, answer_loss, drawn_pairs, 60, adamw, seeded(0))
print(f"{bits_at_first:.2f}, then {desk_bits():.2f} bits per character of the right answers")

# %%
from lmteach.decoding.sampling import greedy


def found(question):
    cosines = meaning.scores(question)[known]
    return desk_pairs[known[int(cosines.argmax())]], cosines.max()


def written(question):
    written_ids = greedy(desk_gpt, torch.tensor([asked_ids(question)]), 40, end=line_end)
    return desk_tokenizer.decode(written_ids[0]).split("\n")[0].strip()


# %% [markdown]
"""
First the customer whose fault is known, but who says it in other words (ours):
"""

# %% tags=["nbval-ignore-output"]
by_shared_words = BM25([desk_pairs[at].question for at in known])
for complaint in (
    "The printer does nothing at all",
    "I can't remember my login",
    "Nothing comes out of the speakers",
):
    [(nearest, _)] = by_shared_words.search(complaint, top=1)
    print(complaint)
    print(f"   by words    {desk_pairs[known[nearest]].answer[:64]}")
    print(f"   by meaning  {found(complaint)[0].answer[:64]}")
    print(f"   written     {written(complaint)[:64]}")

# %% [markdown]
"""
Meaning wins where words fail. And the three on all held-out questions, with a 95 % interval?
"""

# %% tags=["nbval-ignore-output"]
asked_for = {desk_pairs[at].key: desk_pairs[at].question for at in held_out}
given = {
    "by meaning": {key: found(question)[0].answer for key, question in asked_for.items()},
    "written": {key: written(question) for key, question in asked_for.items()},
}
desk_f1 = {"by words": f1_by_words(desk_pairs, by_question)}
for way, answers in given.items():
    keys = [desk_pairs[at].key for at in held_out]
    desk_f1[way] = np.array([token_f1(answers[key], right_answers[key]) for key in keys])
for way, scores in desk_f1.items():
    low, high = bootstrap_interval(scores, np.random.default_rng(0))
    print(f"{way:12} F1 {scores.mean():.2f} ({low:.2f} to {high:.2f})")

# %% [markdown]
"""
On *new* questions no lead of meaning over words can be seen: mostly the right answer isn't there to be found. What if it were, among 49 wrong ones? That, and F1 again, over three other splits and trainings (stored, `experiments/service_desk.py`):
"""

# %%
desk_store = read_results("service_desk")
for method in ("one answer", "BM25", "MiniLM", "small GPT"):
    case = {"method": method, "split": "by question"}
    line = f"{method:11} F1 " + " ".join(f"{f1:.2f}" for f1 in desk_store.values("f1", **case))
    if method != "one answer":
        firsts = desk_store.values("recall_at_1", **case)
        line += "   right one of 50 first: " + " ".join(f"{share:.0%}" for share in firsts)
    print(line)

# %% [markdown]
"""
By meaning the right one is found twice out of three times, by words less often, and by the GPT's own probabilities hardly more often than by chance. Its F1 is little more than that of one answer to everything. What do they say, then?

**Guess first.** One of the two always fails in good English, the other often in words that stand in none of the known pairs. Which does which?
"""

# %% tags=["answer", "nbval-ignore-output"]
for asks in (
    "can you write a set comprehension in Python?",
    "can you write a depth-first search in Python?",
    "Are you jealous",
    "What is it like being a computer",
):
    nearest_pair, cosine = found(asks)
    print(asks)
    print(f"   by meaning, {cosine:.2f}  {nearest_pair.answer[:60]}")
    print(f"   written           {written(asks)[:60]}")

# %% tags=["nbval-ignore-output"]
words = {word for at in known for word in words_of(" ".join(desk_pairs[at]))}
foreign = [
    text for key, text in given["written"].items() if {*words_of(text)} - words - {*key.split()}
]
print(
    f"{len(foreign)} of {len(asked_for)} written answers have a word that stands in no pair known"
)
foreign[:3]

# %% [markdown]
"""
Retrieval says what a person wrote, to *another* question: a list where a set was wanted, with a high cosine. F1 likes that, for only one word is wrong, and the customer gets the wrong program. The small GPT has the tone, *Here's a simple …*, and
fills it with what no one has said. Three hundred pairs teach manners, not what is true.

And a customer who is wrong here altogether? `questions_elsewhere()` has general knowledge, from other files of the corpus.
"""

# %%
from lmteach.text.corpora.service_desk import questions_elsewhere

elsewhere = questions_elsewhere()[::6]
for asks in elsewhere[1::20]:
    print(f"{asks[:70]}\n   by meaning  {found(asks)[0].answer[:64]}")

# %% [markdown]
"""
Something is always nearest. But a cosine can be low, and then the desk should pass the customer on to a person. Where to draw the line is found on the part in between (valid), which we have not touched: let nine in ten of its questions
through. (The small GPT writes to everything. Whether its own probabilities could tell, we have not measured.)

**Guess first.** How many of the questions from elsewhere get through, too?
"""

# %% tags=["answer"]
cosines_of = {
    "the desk's, held out": np.array([found(asks)[1] for asks in asked_for.values()]),
    "from elsewhere": np.array([found(asks)[1] for asks in elsewhere]),
}
watched_questions = {desk_pairs[at].key: desk_pairs[at].question for at in watched}
level = np.quantile([found(asks)[1] for asks in watched_questions.values()], 0.1)
passed = {kind: np.mean(cosines > level) for kind, cosines in cosines_of.items()}
print(f"line at {level:.2f}:", *(f"{kind} {share:.0%}" for kind, share in passed.items()))
assert passed["from elsewhere"] < 0.2 < 0.7 < passed["the desk's, held out"]

# %% tags=["folded"]
# @title Who gets an answer, for each place of the line
lines_at = np.linspace(0, 1, 101)
display_figure(
    curves(
        {
            kind: [np.mean(cosines > line) for line in lines_at]
            for kind, cosines in cosines_of.items()
        },
        x=lines_at,
        xlabel="cosine from which on the desk answers",
        ylabel="share that gets an answer",
    ),
    alt="Two falling curves over the cosine from which on the desk answers. That of questions from "
    "elsewhere has fallen to nearly nothing at 0.4; that of the desk's own held-out questions is "
    "still above four fifths there, and falls to a tenth at 0.8.",
)

# %% [markdown]
"""
The two are well apart, so this one number keeps most strangers out. It does *not* tell a right answer from a wrong one within the desk: the set that became a list was far above the line.
"""


# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Thread C: which way to adapt?

Praise or blame, once more: the film sentences of notebook 15, with 50, 200, 1,000 and all 7,049 labels. Four ways stand side by side:

- *scratch*: a small encoder that has read nothing but the sentences with a label,
- *head*: MiniLM stays as it is, and one new map of its vectors is trained,
- *LoRA*: rank 8 and α = 16 beside all maps of MiniLM's upper three layers, and the head,
- *fine-tuned*: the weights of these three layers themselves, and the head.

All have the same labels and judge the same 2,003 test sentences, three seeds each. Rates were chosen by cross-validation within the labels. The runs took hours, so their figures are stored. With 1,000 labels:
"""

# %%
ways = {
    "scratch": "encoder from scratch",
    "head": "MiniLM, head",
    "LoRA": "MiniLM, LoRA",
    "fine-tuned": "MiniLM, fine-tuned",
}
label_counts = [50, 200, 1000, 7049]
adapted_store = read_results("film_adapted")


def of_way(figure, way, count=1000):
    return adapted_store.values(figure, method=ways[way], labels=count)


# %%
for way in ways:
    [learning, *_], [whole, *_] = of_way("trained", way), of_way("parameters", way)
    print(f"{way:10} trains {learning:9,} of {whole:10,} numbers")
fewer = of_way("trained", "fine-tuned")[0] / of_way("trained", "LoRA")[0]
print(f"fine-tuning trains {fewer:.0f} times as many as LoRA")

# %% [markdown]
"""
What do so many fewer numbers cost in verdicts?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "With 1,000 labels: how far apart are LoRA and fine-tuning in accuracy on test?",
    {
        "LoRA is five points or more behind": "It trains few numbers, but they steer the same "
        "layers, which know the language already.",
        "less than two points": "What 1,000 labels can teach has room in few numbers.",
        "LoRA is five points or more ahead": "Few numbers can guard against overfitting, but not "
        "by so much.",
    },
    right="less than two points",
)

# %% tags=["answer"]
for way in ways:
    shares = [np.mean(of_way("accuracy", way, count)) for count in label_counts]
    print(f"{way:10}", *(f"{n:6,}: {s:.1%}" for n, s in zip(label_counts, shares, strict=True)))

# %% tags=["folded"]
# @title Accuracy against labels
from lmteach.plots.labels_and_accuracy import labels_and_accuracy

[one_person, *_] = read_results("film_sentences").values("accuracy", method="one person")
by_way = {way: [of_way("accuracy", way, count) for count in label_counts] for way in ways}
display_figure(
    labels_and_accuracy(by_way, label_counts, {"one person": one_person, "a coin": 0.5}),
    alt="Accuracy against the number of labels, from 50 to 7,049, on a scale of factors. Scratch "
    "rises from a coin's 50 per cent to 76. The head starts at 66 and flattens out at 77. LoRA and "
    "fine-tuning lie close together, above both from 200 labels on, and end at 84 and 85. A dashed "
    "level at 94 is one person against the others, far above all.",
)

# %% [markdown]
"""
Is what lies between them more than chance? All have judged the same test sentences, so draw sentences anew, each with both verdicts (the paired bootstrap of notebook 18):
"""

# %%
from lmteach.evaluation.paired_bootstrap import paired_bootstrap


def right_by(way, count):
    return np.mean([unpack_answers(one, 2003) for one in of_way("right", way, count)], axis=0)


# %%
leads = {}
for other in ("head", "fine-tuned"):
    for count in label_counts:
        pair = right_by("LoRA", count), right_by(other, count)
        leads[other, count] = paired_bootstrap(*pair, np.random.default_rng(0))
        print(f"LoRA over {other:10} {count:5,} labels: {leads[other, count]}")

# %%
assert all(leads["head", count].low > 0 for count in label_counts[1:])
assert leads["fine-tuned", 200].low < 0 < leads["fine-tuned", 200].high
assert leads["fine-tuned", 7049].high < 0
for way in ("LoRA", "fine-tuned"):
    print(f"{way:10} 50 labels, each seed:", *(f"{s:.1%}" for s in of_way("accuracy", way, 50)))

# %% [markdown]
"""
From 200 labels on, LoRA is ahead of the head, and the more labels, the farther: a map of finished vectors has soon learned what there is in them. Against fine-tuning it is level at 200, and hardly behind at 1,000. With all 7,049, fine-tuning is 1.3 points ahead, and that is not chance: with more to learn, more numbers to learn it in pay off. (With 50, the interval leaves 0 out, too. But look at fine-tuning's seeds: one draw of labels makes the difference, and the interval knows only about sentences.)

**Guess first.** What does LoRA save? Guess twice for 1,000 labels: the bytes that can be counted beforehand (weights, gradients, Adam's two averages), and the most that the process held while it trained.
"""

# %% tags=["answer"]
print("           counted      held   a step of 16 sentences, on one core")
for way in ways:
    named = ("memory", "peak_memory", "step_seconds")
    counted, held, step = (of_way(figure, way)[0] for figure in named)
    print(f"{way:10} {counted / 1e6:4.0f} MB {held / 1e6:6.0f} MB {1e3 * step:6.0f} ms")

# %% [markdown]
"""
And the seconds of whole runs:
"""

# %%
for way in ways:
    took = [np.mean(of_way("seconds", way, count)) for count in label_counts]
    print(f"{way:10}", *(f"{n:6,}: {s:5.1f} s" for n, s in zip(label_counts, took, strict=True)))

# %%
by_count, by_process = (
    of_way(figure, "LoRA")[0] / of_way(figure, "fine-tuned")[0]
    for figure in ("memory", "peak_memory")
)
assert by_count < 0.65
assert by_process > 0.95

# %% [markdown]
"""
What is counted falls from 154 MB to 93, and 90 of them are MiniLM itself, which the head needs, too. Yet the process held no less. Python and its libraries are the first 440 MB, as *scratch* shows. And both ways must keep what each layer said of each token, for the way back: LoRA even a little more, for its detours. That part grows with batch and length, and adapters don't lower it. LoRA saves memory where weights outweigh the text that is read at once, as in the chat model above.

A step is shorter by a sixth: the gradients of the large matrices need not be found, but the way back leads through all of them. (The seconds of whole runs, with reading by the lower layers, are those of the clock, on a machine that did other work, too: read them as sizes.)
"""


# %% [markdown]
"""
## The equal sign

In 32 bits, in a tiny Llama with adapters beside every map: merged and unmerged are the same; only the adapters have a gradient; saved, loaded and merged it says the same again.
"""

# %%
from lmteach.models.llama.weights import llama_config
from lmteach.models.lora.adapters import merge_adapters

LIKE = {"vocab_size": 64, "dim": 32, "heads": 4, "key_heads": 2, "layers": 2, "hidden": 48}


def tiny_llama():
    torch.manual_seed(0)
    return Llama(llama_config(**LIKE, tied=False)).eval()


# %%
small, tiny_ids = tiny_llama(), torch.randint(64, (2, 9), generator=seeded(1))
for low in add_adapters(small, rank=4, alpha=8.0, targets=["*"]).values():
    nn.init.normal_(low.lora_B)
small(tiny_ids).square().sum().backward()
assert all((w.grad is not None) == ("lora_" in name) for name, w in small.named_parameters())

# %%
with torch.no_grad():
    unmerged, loaded = small(tiny_ids), tiny_llama()
    save_adapter(folder / "tiny.safetensors", small)
    load_adapter(folder / "tiny.safetensors", loaded)
    merge_adapters(loaded)
    assert_close(loaded(tiny_ids), unmerged, rtol=1e-5, atol=1e-5)
    remove_adapters(loaded)  # what was merged stays
    assert_close(loaded(tiny_ids), unmerged, rtol=1e-5, atol=1e-5)
    assert {type(p) for p in loaded.modules()} == {type(p) for p in tiny_llama().modules()}

# %% [markdown]
"""
## The scoreboard

The ways of adapting MiniLM have rows on board C, beside the others who had a thousand labels.
"""

# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.scoreboard import table as scoreboard

rows_of_c = [line[0] for line in scoreboard("C").lines() if "1,000 labels" in line[0]]
scoreboard("C", rows_of_c, ["labels", "parameters", "seeds", "seconds"])

# %% [markdown]
"""
The column of parameters counts all that a model has. What was trained of it, you saw above. Teaching dates has no thread, and no row: it is a skill that the other models were never asked for.
"""


# %% [markdown]
"""
## Spot the bug

### More room

Somebody wants more room for what is to be learned, and raises the rank, step by step. All else stays. The mirrored digits, with his layer:
"""


# %%
class HisLowRank(LowRank):
    def forward(self, x):
        narrow = functional.linear(x, self.lora_A)
        return self.alpha * functional.linear(narrow, self.lora_B)


# %%
def with_rank(kind, rank):
    network = copy.deepcopy(schooled).requires_grad_(False)
    torch.manual_seed(0)
    for place in (0, 2, 4):
        layer = LoRALinear(network[place], rank)
        layer.low_rank = kind(layer.base.in_features, layer.base.out_features, rank)
        network[place] = layer
    return network


# %% tags=["nbval-ignore-output"]
ranks, his = (1, 2, 4, 8), {}
for r in ranks:
    his[r] = with_rank(HisLowRank, r)
    train(his[r], mirrored[new], digit[new], steps=200, rate=1e-2)
print(*(f"rank {r}: {right(network, mirrored):.0%}" for r, network in his.items()), sep="   ")

# %% [markdown]
"""
It learns at every rank. The more room, the better, up to a point; at rank 8 it is worse again. Perhaps 400 digits are too few for so many numbers?

**Guess first.** What would you measure? Take the very first step alone. How far does it move what the network says, at rank 1 and at rank 8, in his way and in ours?
"""


# %% tags=["answer"]
def moved(kind, rank):
    network = with_rank(kind, rank)
    train(network, mirrored[new], digit[new], steps=1, rate=1e-2)
    with torch.no_grad():
        said, was = network(mirrored[test]), schooled(mirrored[test])
        return ((said - was).norm() / was.norm()).item()


first_steps = {kind: [moved(kind, r) for r in ranks] for kind in (HisLowRank, LowRank)}
for kind, steps in first_steps.items():
    print(f"{kind.__name__:11}" + "".join(f"{step:8.2f}" for step in steps))
assert first_steps[HisLowRank][-1] > 4 * first_steps[HisLowRank][0]
assert max(first_steps[LowRank]) < 2 * min(first_steps[LowRank])

# %% [markdown]
r"""
His first step grows with the rank, ours stays. He has $\alpha$, and forgot to divide by $r$. Adam moves each number of $B$ by about the rate, whatever its gradient; then $BA\,x$ is a sum of $r$ such terms, and all pull the same way. So a rate that is right at rank 1 is eight times too high at rank 8. Divided by $r$, one rate serves all of these ranks, and the rank is room alone:
"""

# %% tags=["nbval-ignore-output"]
ours_at = {}
for r in ranks:
    ours_at[r] = with_rank(LowRank, r)
    train(ours_at[r], mirrored[new], digit[new], steps=200, rate=1e-2)
print(*(f"rank {r}: {right(network, mirrored):.0%}" for r, network in ours_at.items()), sep="   ")
assert right(ours_at[8], mirrored) > right(his[8], mirrored)

# %% [markdown]
"""
And with a real encoder? MiniLM's last layer learned the film sentences by adapters, from 1,000 labels, at ranks 1 to 16, three seeds (stored). The rate was fixed beforehand: of those that were tried, the best on valid at rank 1, where both ways are the same.

**Guess first.** Somebody who sees accuracy on test fall with the rank says: *more numbers, so it overfits*. If that were so, what would the loss on the *training* sentences do, in his way?
"""


# %% tags=["answer"]
ranks_store, swept = read_results("ranks"), (1, 2, 4, 8, 16)


def by_rank(figure, scale):
    return [np.mean(ranks_store.values(figure, scale=scale, rank=r)) for r in swept]


for scale in ("α", "α/r"):
    print(f"{scale:4} rank:", *(f"{r:6}" for r in swept))
    print("  accuracy:", *(f"{share:6.1%}" for share in by_rank("accuracy", scale)))
    print("  training:", *(f"{nats:6.3f}" for nats in by_rank("loss", scale)), "nats")
    print("  it moved:", *(f"{share:6.2%}" for share in by_rank("first_change", scale)))

# %%
assert by_rank("loss", "α")[-1] > 1.5 * by_rank("loss", "α")[0]
assert max(by_rank("loss", "α/r")[1:]) < by_rank("loss", "α/r")[0]
assert by_rank("first_change", "α")[-1] > 8 * by_rank("first_change", "α")[0]
assert max(by_rank("first_change", "α/r")) < 2 * min(by_rank("first_change", "α/r"))

# %% tags=["folded"]
# @title One rate for all ranks
display_figure(
    curves(
        {"α": by_rank("accuracy", "α"), "α / r": by_rank("accuracy", "α/r")},
        swept,
        xlabel="rank",
        ylabel="accuracy on test",
        xscale="log",
    ),
    alt="Accuracy on test against the rank, 1, 2, 4, 8 and 16, on a scale of factors. Both lines "
    "start at 78 per cent. With alpha divided by the rank the line rises a little, to 79. With "
    "alpha alone it falls, faster and faster, to 57 at rank 16.",
)

# %% [markdown]
r"""
Whoever overfits knows the training sentences too well. Here their loss *rises*, from 0.343 to 0.650: it can't even learn those, for its steps are too long. The first that move the layer at all move what it says by 0.52 % at rank 1 and by 6.33 % at rank 16 (of its length; mean over three seeds). Divided by $r$, they stay below 0.53 %, the loss on the training sentences is lower at every rank than at rank 1, and test keeps what it had.
"""


# %% [markdown]
"""
### Every token counts

Somebody else asks the model for every token that it reads: *more to learn from one example*. Take the date from above, 49 tokens of prompt and 11 of answer, and measure the *pull* at each place: how long the gradient of its logits is.

**Guess first.** Which share of all pull is the prompt's?
"""

# %% tags=["answer", "nbval-ignore-output"]
every_ids, every_target = answer_batch(
    [(prompt_ids + answer_ids)[:1]], [(prompt_ids + answer_ids)[1:]]
)
assert torch.equal(every_ids, ids)
every_logits = before(every_ids).float().requires_grad_()
loss_by_hand(every_logits, every_target).backward()
pull = every_logits.grad.norm(dim=-1)[0]
in_question = targets[0] == IGNORED
print(f"{(~in_question).sum()} of {len(pull)} places are the answer's", end="; ")
print(f"of the pull at all places, {pull[in_question].sum() / pull.sum():.0%} is the question's")
assert in_question.sum() > 2 * (~in_question).sum()

# %% [markdown]
"""
Most of what it is taught is how *we* ask: the same greeting, the same few wordings. Does it harm? Stored, a hundred steps each, three seeds:
"""

# %%
for way in ("LoRA", "LoRA, loss on the question, too"):
    scores = [np.mean(skills.values(part, skill="date", way=way)) for part in live]
    print(f"{way:34}" + "".join(f"{score:8.1%}" for score in scores), end="")
    print(f"   bits lost {lost[way].mean():+.3f}")
assert scores[-1] < np.mean(skills.values("new_templates", skill="date", way="LoRA")) - 0.03
assert lost[way].min() > lost["LoRA"].max()

# %% [markdown]
"""
It harms twice. Fewer questions in new wordings are answered, for the old wordings were learned instead of what they ask for; and more than twice as much English is lost, for it takes large changes to write our few sentences by heart. The loss went down nicely all the while. Print the targets once, before you train: where nothing is to be learned there must stand −100.

## In practice

At work, `peft` puts the adapters in. Here on Hugging Face's Llama, tiny and random, with our numbers copied over: the same logits, unmerged and merged. (In the tests, gradients too, and other models.)
"""

# %%
import warnings

from transformers import LlamaForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()
logging.set_verbosity_error()
plain = tiny_llama()
plain.save_pretrained(folder / "tiny")
theirs_plain = LlamaForCausalLM.from_pretrained(folder / "tiny").eval()
assert_close(theirs_plain(tiny_ids).logits, plain(tiny_ids), rtol=1e-4, atol=1e-5)

# %% [markdown]
"""
`r` and `lora_alpha` are what you know. The adapters lie beside the same maps, under longer names.
"""

# %%
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what is to change in a later version of theirs
    from peft import LoraConfig, get_peft_model

    form = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"])
    peft_model = get_peft_model(theirs_plain, form).eval()

# %%
for name, low in add_adapters(plain, rank=4, alpha=8.0).items():
    nn.init.normal_(low.lora_B)
    _, layer, part, projection = name.split(".")
    twin = peft_model.get_submodule(f"base_model.model.model.layers.{layer}.{part}.{projection}")
    twin.lora_A["default"].weight.data = low.lora_A.data.clone()
    twin.lora_B["default"].weight.data = low.lora_B.data.clone()

# %%
with torch.no_grad():
    assert_close(peft_model(tiny_ids).logits, plain(tiny_ids), rtol=1e-4, atol=1e-5)
    merge_adapters(plain)
    assert_close(
        peft_model.merge_and_unload()(tiny_ids).logits, plain(tiny_ids), rtol=1e-4, atol=1e-5
    )
print(form.r, form.lora_alpha, sorted(form.target_modules))

# %% [markdown]
r"""
And the loop is a `Trainer`'s, or `trl`'s `SFTTrainer`, which can leave the question out of the loss if you ask it to; look whether it does:

```python
from transformers import Trainer, TrainingArguments
arguments = TrainingArguments("out", learning_rate=2e-3, max_steps=150, per_device_train_batch_size=4)
Trainer(peft_model, arguments, train_dataset=rows).train()  # rows: input_ids, labels with −100
peft_model.save_pretrained("dates")  # the adapter alone
```

With the frozen weights in 4 bits this is QLoRA (Dettmers and others 2023); our `Llama.from_gguf(path, bits=4)` takes adapters, too. Three habits: hold out wordings as well as facts; measure on something that you did *not* teach, before and after; and try four examples in the prompt first.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · a LoRA layer (30 minutes, ●●○)

Six steps in NumPy, with your own hands: start, detour, layer, merge, count, and the way back. Each step is judged alone; in a later one you may call your earlier functions.

#### Step 1 · starting_weights

`drawn` (r, inputs) holds numbers from 0 to 1. Return a pair: A, in which 0 has become $-1/\sqrt{\text{inputs}}$ and 1 has become $1/\sqrt{\text{inputs}}$, and B (outputs, r), all 0.
"""


# %% tags=["exercise"]
def starting_weights(drawn, outputs):
    ### BEGIN SOLUTION: A and B
    rank, inputs = drawn.shape
    return (2 * drawn - 1) / np.sqrt(inputs), np.zeros((outputs, rank))
    ### END SOLUTION


check.starting_weights(starting_weights)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`2 * drawn - 1` goes from −1 to 1.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
#### Step 2 · detour

What is added in equation 17.1, for `x` (inputs,) or rows of them (…, inputs). The rank is to be read off `A`.
"""


# %% tags=["exercise"]
def detour(x, A, B, alpha):
    ### BEGIN SOLUTION: (…, outputs)
    return alpha / len(A) * (x @ A.T) @ B.T
    ### END SOLUTION


check.detour(detour)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`x @ A.T` is A x for each row of x. How many rows has A?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · adapted

All of equation 17.1: the map `W` (outputs, inputs) without bias, and the detour.
"""


# %% tags=["exercise"]
def adapted(x, W, A, B, alpha):
    ### BEGIN SOLUTION: (…, outputs)
    return x @ W.T + detour(x, A, B, alpha)
    ### END SOLUTION


check.adapted(adapted)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Use step 2. The scale belongs to the detour alone.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · merged

One weight that does what map and detour do together (equation 17.2). Then try it:

```python
W, A, B = np.ones((2, 3)), np.ones((1, 3)), np.ones((2, 1))
adapted(np.ones(3), W, A, B, 4.0), np.ones(3) @ merged(W, A, B, 4.0).T  # the same
```
"""


# %% tags=["exercise"]
def merged(W, A, B, alpha):
    ### BEGIN SOLUTION: (outputs, inputs)
    return W + alpha / len(A) * B @ A
    ### END SOLUTION


check.merged(merged)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

x meets A first, so A stands on the right.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · trained_numbers

`sizes` is a list of pairs (outputs, inputs), one for each map that gets an adapter. How many numbers are trained, at this `rank`? From which rank on is that more than a map of 576 × 576 has itself?
"""


# %% tags=["exercise"]
def trained_numbers(sizes, rank):
    ### BEGIN SOLUTION: a whole number
    return sum(rank * (outputs + inputs) for outputs, inputs in sizes)
    ### END SOLUTION


check.trained_numbers(trained_numbers)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A is (r, inputs), B is (outputs, r).

</details>

<details><summary>Solution</summary>

{{solution}}

At rank 288 it is as many, 576 · 576 = 288 · (576 + 576); above that, training the map itself is cheaper.

</details>
"""

# %% [markdown]
"""
#### Step 6 · gradients

One `x` (inputs,), and `error` (outputs,), the gradient of the loss by what the layer says. Return the gradients of A and of B, a pair. What are they at the start, when B is 0?
"""


# %% tags=["exercise"]
def gradients(x, error, A, B, alpha):
    ### BEGIN SOLUTION: of A (r, inputs), of B (outputs, r)
    scale = alpha / len(A)
    return scale * np.outer(B.T @ error, x), scale * np.outer(error, A @ x)
    ### END SOLUTION


check.gradients(gradients)

# %% [markdown] slideshow={"slide_type": "skip"}
r"""
<details><summary>Hint</summary>

For a map $y = M z$ the gradient of $M$ is the outer product of the error and $z$, and the error of $z$ is $M^\top$ times that of $y$. B reads A x.

</details>

<details><summary>Solution</summary>

{{solution}}

At the start A's is 0, and B's is not: B moves first.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · answer_targets (6 minutes, ●○○)

`prompt` and `answer` are lists of ids. The model reads both but for the last id. Return the list of targets, one for each place that it reads: −100 where nothing is asked.
"""


# %% tags=["exercise"]
def answer_targets(prompt, answer):
    ### BEGIN SOLUTION: a list of whole numbers
    return [-100] * (len(prompt) - 1) + answer
    ### END SOLUTION


check.answer_targets(answer_targets)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Which place is asked for the first token of the answer?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · bytes_to_train (6 minutes, ●○○)

`frozen` numbers lie in bfloat16; `trained` ones, which come on top, in single precision, as their gradients and Adam's averages do. How many bytes are needed?
"""


# %% tags=["exercise"]
def bytes_to_train(frozen, trained):
    ### BEGIN SOLUTION: a whole number
    return 2 * frozen + 16 * trained
    ### END SOLUTION


check.bytes_to_train(bytes_to_train)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Four numbers of four bytes for what is trained.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 3 · leaked (8 minutes, ●○○)

`train` and `test` are lists of pairs (question, answer). Which share of the test's questions stands in train, letter for letter? A question that comes twice in the test counts twice.
"""


# %% tags=["exercise"]
def leaked(train, test):
    ### BEGIN SOLUTION: one number
    known = {question for question, _ in train}
    return sum(question in known for question, _ in test) / len(test)
    ### END SOLUTION


check.leaked(leaked)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A set of train's questions makes it quick. Does the answer matter?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- Training costs four numbers for each that learns: weight, gradient, two averages. What is frozen costs one.
- LoRA puts α/r · B A beside a frozen map. B starts at 0; merged, it costs nothing; and it is a small file.
- Take the loss on the answer alone, and hold out facts and wordings.
- A skill is learned in two minutes. Facts that were never shown are not, and those that were shown twice hardly.
- What is not taught is forgotten. Measure it; a lower rate and mixed-in text lose less.

**Further reading.** E. Hu and others, "LoRA: Low-Rank Adaptation of Large Language Models" (2021). N. Houlsby and others, "Parameter-Efficient Transfer Learning for NLP" (2019), adapters before it. T. Dettmers and others, "QLoRA" (2023), with frozen weights in four bits.
D. Biderman and others, "LoRA Learns Less and Forgets Less" (2024), on forgetting. C. Zhou and others, "LIMA: Less Is More for Alignment" (2023), on how few examples a form takes.

**Next.** {{next}}: is the taught model better, and how would you know?
"""
