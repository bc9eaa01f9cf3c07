# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 16 · Real weights in your own code

{{badges}}

> SmolLM2-135M-Instruct.Q4_1.gguf · 98 MB

Somewhere in this file is a model that answers questions. It was trained on machines that you don't have. But what
it computes, you have built. Can you open the file, find the weights, put them where they belong, and make it talk, with
nothing but your own code?

**Aims.** Read a model's file byte by byte and unpack numbers that were pressed into four bits. Find out what changed
since your GPT, and let the model write and answer. Weigh bits against speed and quality. Then turn to the other use of
real weights, search, and measure whether meaning beats counting words.

**Time.** {{time}} The cells run in about a minute on two CPU cores.

**Before.** [13 · GPT](13_gpt.ipynb) and [14 · Decoding](14_decoding.ipynb), whose model and whose cache are here again.
Rotary positions come from [10 · Positional encoding](10_positional_encoding.ipynb), the encoder MiniLM from
[09 · Self-attention](09_self_attention.ipynb).
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
Four bits are multiplied on the CPU alone, so here `USE_CUDA` changes nothing.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import math
import struct
import time
from collections import Counter

import numpy as np
import torch
from torch.testing import assert_close

from lmteach.classroom import display_figure
from lmteach.evaluation.information import bits_per_character
from lmteach.exercises import real_weights as check
from lmteach.plots.bars import bars
from lmteach.plots.diagrams.grouped_queries import grouped_queries
from lmteach.plots.next_token_bars import next_token_bars
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.widgets.question.widget import Question

torch.set_grad_enabled(False)
wiki = wikipedia()

# %% [markdown]
"""
The file is brought once, by `make data` or by the next cell (a download of 93 MB: on the way it is packed). Where it can't be had, a tiny model of the same form
stands in. Everything runs with it, and what it writes is noise; what the text says is about the real one.
"""

# %%
from lmteach.models.llama.files import SMOLLM2, chat_model_file

path = chat_model_file()
real = path.name == SMOLLM2.name
data = np.memmap(path, dtype=np.uint8, mode="r")
f"{path.name}, {len(data):,} bytes"

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Open it by hand

A file is a row of bytes, here in a format called GGUF. The first 24:
"""

# %%
print(bytes(data[:24]))
magic, version, tensor_count, setting_count = struct.unpack("<4sIQQ", data[:24])
magic, version, tensor_count, setting_count

# %% [markdown]
"""
Four letters that say what it is; a version in four bytes; and two counts in eight bytes each, the lowest byte
first (that is the `<`; `4s` is a text of four bytes, `I` and `Q` are whole numbers of four and eight). What follows are the settings, each with a name, the number of its type, and its value. A text is its length,
then its letters.
"""


# %%
def text_at(place):
    (length,) = struct.unpack("<Q", data[place : place + 8])
    end = place + 8 + length
    return bytes(data[place + 8 : end]).decode(), end


name, place = text_at(24)
(kind,) = struct.unpack("<I", data[place : place + 4])
value, place = text_at(place + 4)  # type 8 is a text
name, kind, value

# %% [markdown]
"""
So it is a Llama: built as Meta's model of that name (Touvron et al. 2023), whose form many open models share. This one is SmolLM2 of Hugging Face, the smallest of three.

The other settings are read alike, and after them come the tensors: name, shape, kind, and where their bytes begin. That is a loop, and `read_gguf` of the package is it:
"""

# %%
from lmteach.models.llama.gguf import read_gguf

file = read_gguf(path)
assert (len(file.settings), len(file.tensors)) == (setting_count, tensor_count)
assert file.settings[name] == value
for setting, what in file.settings.items():
    if setting.startswith("llama.") and isinstance(what, int | float):
        print(f"{setting:42}{what:g}")

# %% [markdown]
"""
Everything is there that you need to build the model: layers (`block_count`), the width, heads, and more. And the tensors of the
first layer, with the table of embeddings before them:
"""

# %%
for name_of_tensor, tensor in list(file.tensors.items())[:10]:
    print(f"{name_of_tensor:26}{tensor.shape!s:14}{tensor.kind:6}{tensor.bytes:12,} bytes")

# %% [markdown]
"""
`attn_q` makes queries, `ffn_up` belongs to the feed-forward part: you can guess them all. But look at the kinds.
`F32` is a number of 32 bits. The matrices are `Q4_1`. What is that?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "blk.0.ffn_up.weight of the real file has 1,536 rows of 576 numbers and takes 552,960 bytes. "
    "How many bits is that for a number?",
    number=5,
    tolerance=0.01,
    reply="552,960 · 8 / (1,536 · 576) = 5. The name says 4: what is the fifth bit for?",
    slips={
        4: "As the name says. But divide: there is a bit more.",
        0.625: "That is bytes. A byte has 8 bits.",
        32: "So many would be the kind F32: the file would be six times as large.",
    },
)

# %% tags=["answer"]
ffn_up = file.tensors["blk.0.ffn_up.weight"]
8 * ffn_up.bytes / math.prod(ffn_up.shape)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## A block of thirty-two numbers

With four bits you can write a whole number from 0 to 15. So 32 neighbours of a row share two real numbers, a *scale* $d$ and the
*least* one $m$, in half precision (2 bytes each), and each keeps a whole number $u$ of its own, half a byte:

$$ w_i = d\, u_i + m \qquad u_i \in \{0, \dots, 15\} \tag{16.1} $$

Four bytes for scale and least, sixteen for the whole numbers: that was the fifth bit. The first block of this matrix:
"""

# %%
block = ffn_up.data[:20]
print(block)
scale, least = np.frombuffer(block[:4].tobytes(), dtype="<f2")
print(f"scale {scale:.5f}, least {least:.4f}")

# %% [markdown]
"""
The lower halves of the sixteen bytes are the first sixteen numbers, the upper halves the others. Take the first byte behind the four.
"""

# %%
byte = int(block[4])
print(f"{byte} = {byte:08b} in bits: lower half {byte % 16}, upper half {byte // 16}")
print(f"number 0: {scale * (byte % 16) + least:.4f}")
print(f"number 16: {scale * (byte // 16) + least:.4f}")


# %%
def unpack_by_hand(block):
    d, m = np.frombuffer(block[:4].tobytes(), dtype="<f2").astype(np.float32)
    numbers = np.zeros(32, dtype=np.float32)
    for i, byte in enumerate(block[4:].tolist()):
        numbers[i] = d * np.float32(byte % 16) + m  # eq. 16.1
        numbers[i + 16] = d * np.float32(byte // 16) + m
    return numbers


unpack_by_hand(block).round(3)

# %% [markdown]
"""
There are weights of a language model. A loop over 27,000 blocks of this matrix alone is slow, so the package takes whole rows of
blocks at once. `_halves` reads numbers in half precision; `_nibbles` takes the bytes apart: `& 0x0F` keeps a lower half, `>> 4` shifts the upper one down.
"""

# %%
from lmteach.models.llama.blocks import FORMATS


# %% lmteach={"defines": "models.llama.blocks._halves"}
def _halves(blocks, start):
    pair = np.ascontiguousarray(blocks[..., start : start + 2])
    return pair.view("<f2").astype(np.float32)


# %% lmteach={"defines": "models.llama.blocks._nibbles"}
def _nibbles(packed):
    return np.concatenate([packed & 0x0F, packed >> 4], axis=-1).astype(np.float32)


# %% [markdown]
"""
The same function knows the other kinds: plain numbers, `BF16`, which is the upper half of an `F32`, a block of bytes with a scale (`Q8_0`),
and an older one of four bits, whose middle is 0 (`Q4_0`).
"""


# %% lmteach={"defines": "models.llama.blocks.unpack"}
def unpack(data, kind):
    rows = np.ascontiguousarray(data)
    if kind == "F32":
        return rows.view("<f4").copy()
    if kind == "F16":
        return rows.view("<f2").astype(np.float32)
    if kind == "BF16":  # the upper half of a number in single precision
        return (rows.view("<u2").astype(np.uint32) << 16).view(np.float32)
    blocks = rows.reshape(len(rows), -1, FORMATS[kind].bytes)  # (N, blocks, bytes)
    scale = _halves(blocks, 0)
    if kind == "Q8_0":
        numbers = scale * blocks[..., 2:].view(np.int8)
    elif kind == "Q4_0":
        numbers = scale * (_nibbles(blocks[..., 2:]) - np.float32(8))
    else:
        numbers = scale * _nibbles(blocks[..., 4:]) + _halves(blocks, 2)
    return np.asarray(numbers, dtype=np.float32).reshape(len(rows), -1)


# %% [markdown]
"""
Loop and rows agree to the last bit, on three rows, and the package's own reading is the same. (The tests hold it
against `gguf`, the package of the format's authors, on every tensor of the file: equal, exactly.)
"""

# %%
rows = ffn_up.data.reshape(ffn_up.shape[0], -1)
by_loop = [unpack_by_hand(one) for one in rows[:3].reshape(-1, 20)]
assert np.array_equal(unpack(rows[:3], "Q4_1"), np.concatenate(by_loop).reshape(3, -1))
weights = unpack(rows, "Q4_1")
assert np.array_equal(weights, ffn_up.numbers())
weights.shape, weights[0, :4]

# %% [markdown]
"""
**Guess first.** Which of the sixteen whole numbers is the most frequent in this matrix: all alike, those in the middle, or the ends?
"""

# %% tags=["answer", "folded"]
# @title How often each whole number occurs
u = _nibbles(rows.reshape(-1, 20)[:, 4:]).astype(int)
shares = np.bincount(u.ravel(), minlength=16) / u.size
display_figure(
    bars(shares, [str(number) for number in range(16)], percent=True),
    alt="Bars for the whole numbers 0 to 15 in the blocks of one matrix. The middle ones, 7 and "
    "8, are the most frequent, with about a tenth each; it falls to both sides, but 0 and 15 "
    "stand out from their neighbours.",
)

# %% [markdown]
"""
Weights are scattered like a bell. And 0 and 15 are more frequent than their neighbours, for every block has a least number and a
greatest one, which get the ends.

## What Llama changed

The settings say what kind of GPT this is. Most of it you have built:

| part | our first GPT (13) | Llama | where |
|---|---|---|---|
| norm | LayerNorm | RMSNorm | 13 |
| positions | a table | rotary, base 100,000 | 10 |
| feed-forward | GELU, two matrices | SwiGLU, three | 13 |
| biases | yes | none | 13 |
| keys and values | one for each head | one for **several** heads | here |

One row is new, and it stood in the shapes already: `attn_q` has 576 rows, `attn_k` and `attn_v` have 192. Nine heads of width 64 ask, and there are
keys and values for three.
"""

# %% tags=["folded"]
# @title Nine query heads, three key heads
display_figure(
    grouped_queries(lit=["group"]),
    alt="Nine boxes, the queries q1 to q9, above three wide boxes of keys, k1 to k3, with three "
    "of values below. From each query an arrow goes down to the keys below it, three arrows to "
    "each. The first three queries, k1 and v1 are lit.",
)

# %% [markdown]
"""
*Grouped-query attention* (Ainslie et al. 2023). As a loop, with random numbers: each query head does what it did in notebook 09, with keys and values that it shares
with its neighbours.
"""

# %%
from lmteach.models.transformer.attention import (
    MultiHeadAttention,
    causal_mask,
    scaled_dot_product_attention,
)

generator = torch.Generator().manual_seed(0)
q = torch.randn(9, 5, 64, generator=generator)  # (H, T, K)
k, v = torch.randn(2, 3, 5, 64, generator=generator)  # 3 heads of keys and values


def attend_in_groups(q, k, v):
    share = len(q) // len(k)
    outputs = []
    for head in range(len(q)):
        own_k, own_v = k[head // share], v[head // share]
        output, _ = scaled_dot_product_attention(q[head], own_k, own_v, causal_mask(5))
        outputs.append(output)
    return torch.stack(outputs)


attend_in_groups(q, k, v).shape

# %% [markdown]
"""
All at once: repeat each key head for those who read it, and nothing else is new. The package's attention does it, as an option:
"""

# %%
repeated = [x.repeat_interleave(3, dim=0) for x in (k, v)]  # (H, T, K)
at_once, _ = scaled_dot_product_attention(q, *repeated, causal_mask(5))
assert_close(at_once, attend_in_groups(q, k, v))
for key_heads in (9, 3):
    attention = MultiHeadAttention(dim=576, heads=9, key_heads=key_heads, bias=False)
    print(f"{key_heads} key heads: in_proj_weight {tuple(attention.in_proj_weight.shape)}")

# %% [markdown]
r"""
What for? Less for the weights than for the cache of notebook 14. With $G$ key heads instead of $H$ (equation 14.8), for $L$ layers, $B$ texts of $T$ tokens, keys $K$ wide and $b$ bytes a number, it takes

$$ M = 2 \cdot L \cdot B \cdot G \cdot T \cdot K \cdot b \tag{16.2} $$
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "SmolLM2 has 30 layers, 9 heads, 3 key heads, each 64 wide, and reads up to 8,192 tokens. How "
    "many megabytes does the cache of one full text take, at 2 bytes a number?",
    number=188.7,
    tolerance=3,
    reply="2 · 30 · 3 · 8,192 · 64 · 2 bytes; with nine key heads it would be three times that.",
    slips={
        566.2: "With keys and values for each of the nine heads. Three are kept.",
        94.4: "Keys or values? Both are kept.",
        377.5: "At 4 bytes a number; here it is 2.",
        6.3: "In one layer. There are 30, each with its own.",
        180: "With 1,048,576 bytes to a megabyte; here it is a million.",
    },
)


# %% tags=["answer"]
def cache_megabytes(key_heads):
    return 2 * 30 * key_heads * 8192 * 64 * 2 / 1e6  # eq. 16.2


cache_megabytes(key_heads=3), cache_megabytes(key_heads=9)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## From the file to the model

The weights have names there and names here, and some of ours are several of theirs, one below the other:
"""

# %%
from lmteach.models.llama.weights import GGUF_NAMES, LAYER_PARTS

for ours, parts in LAYER_PARTS.items():
    theirs = ", ".join(GGUF_NAMES[part].format(layer=0) for part in parts)
    print(f"{ours:26}{theirs}")

# %% [markdown]
"""
So concatenate, copy, done? Not quite. Rotary positions turn *pairs* of entries. Ours, in notebook 10, pair the first entry of a head with the first of
its second half. This file pairs neighbours, as the paper does (Su et al. 2021). An entry of a query is a row of `attn_q`, so put the rows of each head into
another order: the even ones, then the odd ones. In the code: the rows of a head as pairs (`view`), all first ones before all second ones (`transpose`), and flat again.
"""


# %% lmteach={"defines": "models.llama.weights.halves_apart"}
def halves_apart(rows, heads):
    return rows.view(heads, -1, 2, rows.shape[-1]).transpose(1, 2).reshape(rows.shape)


# %%
halves_apart(torch.arange(8)[:, None], heads=2)[:, 0]

# %% [markdown]
r"""
Two heads of four rows each. Is it the same model then? Look at what attention sees: a query at place 3, a key at place 1. The file's
way, as complex numbers: neighbours are one number, which is multiplied by $e^{i t \omega}$. And ours, on the rows in the other order.
"""

# %%
from lmteach.models.transformer.positions import frequencies, rotary


def numbers_of(name):
    return torch.from_numpy(file.tensors[name].numbers())


width = file.settings["llama.rope.dimension_count"]
base = file.settings["llama.rope.freq_base"]
x = torch.randn(file.settings["llama.embedding_length"], generator=generator)
q_rows, k_rows = (numbers_of(f"blk.0.attn_{part}.weight")[:width] for part in "qk")  # head 1
q_rows.shape


# %%
def turned_as_complex(vector, t):
    pairs = torch.view_as_complex(vector.view(-1, 2))
    angles = t * frequencies(width, base).float()  # one for each pair
    return torch.view_as_real(pairs * torch.polar(torch.ones(width // 2), angles)).flatten()


def turned_as_ours(vector, t):
    return rotary(vector[None], torch.tensor([t]), base)[0]


theirs = turned_as_complex(q_rows @ x, 3) @ turned_as_complex(k_rows @ x, 1)
q_ours, k_ours = halves_apart(q_rows, heads=1) @ x, halves_apart(k_rows, heads=1) @ x
assert_close(turned_as_ours(q_ours, 3) @ turned_as_ours(k_ours, 1), theirs, rtol=1e-4, atol=1e-4)

# %% [markdown]
"""
The same score. Now all of it. The package's `Llama` is the GPT of notebook 13 with today's options and a reader. Its weights can be kept in 32 bits a number, in 16, 8 or 4, of which more below; and only one
model is held at a time, to spare your memory.
"""

# %%
from lmteach.models.llama.model import Llama

held = {}


def llama_in(bits):
    if bits not in held:
        held.clear()
        held[bits] = Llama.from_gguf(path, bits)
    return held[bits]


config = llama_in(16).config
print(f"{llama_in(16).parameter_count:,} parameters, {config.layers} layers")

# %%
three = [numbers_of(f"blk.0.attn_{part}.weight") for part in "qkv"]
three[0] = halves_apart(three[0], config.heads)
three[1] = halves_apart(three[1], config.key_heads)
in_file = torch.cat(three).bfloat16()
assert torch.equal(llama_in(16).h[0].self_attn.in_proj_weight, in_file)
[tuple(part.shape) for part in three], tuple(in_file.shape)

# %% [markdown]
"""
The tokenizer is in the settings, too: tokens and merges, as in notebook 12, and some *special* tokens that stand for no text. (Name another file of Llama's form at the top, and its tokenizer is read as well, be it Llama 3's with cuts
of its own, or Mistral's, which joins by scores. Its numbers must be of one of the kinds that we unpack.)
"""

# %%
from lmteach.models.llama.reading import tokenizer_of

tokenizer = tokenizer_of(file.settings)
print(f"{tokenizer.vocab_size:,} tokens, special: {', '.join([*tokenizer.special][:3])}, …")


def ids_of(text):
    return torch.tensor([tokenizer.encode(text)])  # (1, T)


beginning = "The capital of France is"
ids_of(beginning).shape, llama_in(16)(ids_of(beginning)).shape

# %% [markdown]
"""
**Guess first.** What is its first choice after *The capital of France is*, and how sure is it?
"""

# %% tags=["answer", "folded"]
# @title The likeliest tokens
names = [tokenizer.decode([number]) for number in range(tokenizer.vocab_size)]
p = llama_in(16)(ids_of(beginning))[0, -1].float().softmax(dim=-1)
display_figure(
    next_token_bars(p, names, title=beginning + " …"),
    alt="Bars of the twelve likeliest tokens after The capital of France is. Paris, with a space "
    "before it, is by far the likeliest, with more than two thirds; the comes next, below a "
    "tenth; all others, such as London, have hardly anything.",
)

# %%
from lmteach.decoding.sampling import greedy

wolf = "The wolf is a large dog that lives in the"
print(wolf + tokenizer.decode(greedy(llama_in(16), ids_of(wolf), 30)[0]))

# %% [markdown]
"""
That was notebook 13's beginning. Our GPT had two million letters to read, this model two trillion tokens (Allal et al. 2025). It is fluent, and it is wrong about wolves.

How good is it, in our unit? Bits per character, on the beginning of our held-out articles, 256 tokens at a time:
"""

# %%
PIECE, WINDOW = wiki.test[:2000], 256


def bits_of(model, text):
    ids, nats = ids_of(text)[0], 0.0
    for first in range(0, len(ids) - 1, WINDOW):
        row = ids[None, first : first + WINDOW + 1]
        log_p = model(row[:, :-1]).float().log_softmax(dim=-1)
        nats -= log_p.gather(-1, row[:, 1:, None]).sum().item()
    return bits_per_character(nats / (len(ids) - 1), len(ids) - 1, len(text))


own_bits = bits_of(llama_in(16), PIECE)
print(f"{own_bits:.2f} bits per character")
assert own_bits < 1.3 or not real

# %% [markdown]
"""
The best rows of our board are at 1.8 or 1.9. (Has it read these articles? We come to that.)
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## It answers

So far it continues a text. *Instruct* in the file's name says that it was trained further, on conversations, written in one form.
The form is in the settings, a template in the language Jinja:
"""

# %%
from lmteach.models.llama.reading import chat_template_of

chat = chat_template_of(file.settings)
first_turn = [{"role": "user", "content": "What is the capital of France?"}]
print(chat(first_turn))

# %% [markdown]
"""
This is what the model reads. There is no dialogue in it, only one text with marks for who speaks, and the last line has the assistant's turn open.
The marks are special tokens, one id each. It says when it has finished by one of them: `<|im_end|>` is the end token of notebook 14.
"""

# %%
end = file.settings["tokenizer.ggml.eos_token_id"]
marked = tokenizer.encode(chat(first_turn))
print(marked[-12:])
tokenizer.decode([end]), marked.count(end)

# %% [markdown]
"""
Streamed token by token, as in notebook 14, and with the file's own four bits, which are the fastest (more below):
"""

# %% tags=["nbval-ignore-output"]
from lmteach.decoding.sampling import likeliest, sample, stream, text_pieces


def answer(question, new_tokens=40):
    ids = ids_of(chat([{"role": "user", "content": question}]))
    return stream(llama_in(4), ids, new_tokens, likeliest(), end=end)


def without_marks(ids):
    return tokenizer.decode([number for number in ids if number != end])


for part in text_pieces(answer("What is the capital of France?"), without_marks):
    print(part, end="", flush=True)

# %% tags=["nbval-ignore-output"]
for part in text_pieces(answer("Is the sun a star?"), without_marks):
    print(part, end="", flush=True)

# %% [markdown]
"""
A small model with good manners. What it says of the world you had better check.

The function leaves out the end token before it decodes. What if one forgets to, and forgets to stop there as well? Here is the bare question,
without the template, and forty tokens, every one of them decoded.

**Guess first.** What does the model write after *What is the capital of France?*, if nobody marks who speaks?
"""

# %% tags=["answer", "nbval-ignore-output"]
bare = greedy(llama_in(4), ids_of("What is the capital of France?"), 40)
print(tokenizer.decode(bare[0]))
if real:
    marks = [tokenizer.decode([number]) for number in bare[0].tolist() if number <= end]
    print(f"\n{len(marks)} of {bare.numel()} tokens are marks")
    assert len(marks) >= 3

# %% [markdown]
"""
It closes the turn itself, answers, and then goes on, as a text would in which people talk: another turn, another question, all invented. For the model these are tokens as any
others. Whoever runs it has to stop at the end token, and to keep the marks from the reader.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Asked for a verdict

Notebook 15 taught models to tell praise from blame in film reviews, with fifty to seven thousand labels. The chat model has no head
for that, but it can be asked in words: write a sentence down, write *Sentiment:* below it, and look which of two words would come next. Nothing is trained.
"""


# %%
def review(text, verdict=""):
    return f"Review: {text}\nSentiment:{verdict}"


positive, negative = tokenizer.encode(" positive")[0], tokenizer.encode(" negative")[0]


def log_odds(prompt, text):
    logits = llama_in(4)(ids_of(prompt + review(text)))[0, -1].float()
    return (logits[positive] - logits[negative]).item()


log_odds("", "Go and see it while you can."), log_odds("", "I have rarely been so bored.")

# %% [markdown]
"""
The difference of two logits is the logarithm of the odds: above 0 it is more likely praise, below 0 blame. Usually a few examples are shown first (*few-shot prompting*, Brown et al. 2020), and then one more sentence, without its verdict:
"""

# %%
examples = {
    "I smiled from the first scene to the last.": " positive",
    "Two hours that I will not get back.": " negative",
    "Nothing in it is new, and all of it is too long.": " negative",
    "A small film with a large heart.": " positive",
}


def prompt_of(order):
    given = [review(*list(examples.items())[place]) for place in order]
    return "\n\n".join(given) + "\n\n"


print(prompt_of((0, 1, 2, 3)) + review("Every scene is alive."))

# %% [markdown]
"""
**Guess first.** The same four examples in another order: first *blame, praise*, then *praise, blame*. Eight new sentences, four of each kind. What changes?
"""

# %% tags=["answer", "nbval-ignore-output"]
new_reviews = {
    "The jokes are old and the hero is made of wood.": False,
    "I have rarely been so bored.": False,
    "A clever idea, wasted.": False,
    "It looks wonderful, and has nothing to say.": False,
    "Go and see it while you can.": True,
    "She carries the whole film, and it flies.": True,
    "Not bad at all.": True,
    "Every scene is alive.": True,
}
odds = np.zeros((2, len(new_reviews)))
for row, order in enumerate([(0, 1, 2, 3), (1, 0, 3, 2)]):
    prompt = prompt_of(order)
    odds[row] = [log_odds(prompt, text) for text in new_reviews]
for text, praise, (one, other_order) in zip(new_reviews, new_reviews.values(), odds.T, strict=True):
    print(f"{'praise' if praise else 'blame':7} {one:5.1f} {other_order:5.1f}  {text}")

# %% [markdown]
"""
Here it leans to the word that it read last: the first order ends with praise, the second with blame. But look *down* each column. What is praise
stands mostly above what is blame, only the level is wrong. And where is the level? In the middle of what it says of many sentences. No label is needed for that:
"""

# %% tags=["nbval-ignore-output"]
truth = np.array(list(new_reviews.values()))
for row in odds:
    as_it_comes, level_taken = row > 0, row > row.mean()
    print(f"right {np.mean(as_it_comes == truth):.0%}, with the mean as the level ", end="")
    print(f"{np.mean(level_taken == truth):.0%}")

# %% [markdown]
"""
Eight sentences of ours prove nothing. Stored figures for the 2,003 test sentences of notebook 15, three draws of the examples and six orders of each
(`experiments/film_prompted.py`). *By N/A*: the level is what it says of texts without content (Zhao et al. 2021). *By others*: the mean over a hundred other sentences that nobody has labelled (Zhou et al. 2024).
"""

# %%
from lmteach.evaluation.results import read_results

prompted, mean_right = read_results("film_prompted"), {}
for shown_before in (0, 4):
    for level in ("no", "by N/A", "by others"):
        case = {"examples": shown_before, "calibrated": level, "sentences": "all"}
        right = prompted.values("accuracy", **case)
        mean_right[shown_before, level] = np.mean(right)
        line = f"{shown_before} examples, level {level:10}"
        line += f"{np.mean(right):.1%} ± {np.std(right, ddof=1):.1%}"
        if shown_before:
            ends = [prompted.values(f"{end}_order", **case) for end in ("worst", "best")]
            line += f", orders {min(ends[0]):.0%} to {max(ends[1]):.0%}"
        print(line)

# %%
assert mean_right[4, "no"] < mean_right[0, "no"] < mean_right[4, "by others"]
assert mean_right[0, "by N/A"] < mean_right[0, "no"]

# %% [markdown]
"""
As it comes, four examples *hurt*, for they bring the leaning with them, and their order decides. With the level from unlabelled sentences, four labels come close to what seven thousand do for MiniLM fine-tuned (85.5 %, board C), and the order
counts for far less. The level by N/A helps with examples and hurts without. (Of three ways to put the question, this one was best on valid.)

One thing can't be told from here. These reviews come from the web, and so does what the model has read, perhaps with their verdicts. So its rows on board C bear a †.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Bits, bytes and speed

To write one token, the model reads all its weights once and does little with each. So it can't be faster than memory
brings them. With $W$ bytes of weights and a bandwidth of $r$ bytes a second, it writes at most

$$ \text{tokens per second} \le r / W \tag{16.3} $$

Fewer bits, more tokens? We keep the same weights in 32 bits, in 16 (`bfloat16`), in 8 (whole numbers, one scale for each row) and in the file's own 4, and PyTorch
multiplies with them as they lie there. First, what does memory bring? A big copy reads and writes:
"""


# %% tags=["nbval-ignore-output"]
def bandwidth():
    big = torch.ones(2**24)  # 64 MiB
    other = torch.empty_like(big)
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        other.copy_(big)
        seconds.append(time.perf_counter() - started)
    return 2 * big.nbytes / min(seconds)


rate = bandwidth()
print(f"{rate / 1e9:.1f} GB/s")

# %% [markdown]
r"""
And how far is a model from the one in 32 bits? Between two distributions over the next token one takes the *Kullback–Leibler divergence*: how many nats more $q$ needs, on average, for what $p$ draws, summed over all tokens $v$. We take its mean over places in a text.

$$ \text{KL}(p \,\|\, q) = \sum_v p(v)\, \ln \frac{p(v)}{q(v)} \tag{16.4} $$
"""

# %%
from lmteach.models.llama.packed import Packed

NEW = 16


def bytes_for_a_token(model):
    total = 0
    for weight in model.state_dict().values():
        parts = weight.parts[:2] if isinstance(weight, Packed) else [weight]  # numbers, scales
        total += sum(part.nbytes for part in parts)
    return total


# %%
def tokens_per_second(model):
    prompt = ids_of(PIECE)[:, :16]
    greedy(model, prompt, 2)  # the first tokens are slower
    started = time.perf_counter()
    greedy(model, prompt, NEW)
    return NEW / (time.perf_counter() - started)


# %%
def log_probabilities_of(model, ids):
    return model(ids).float().log_softmax(dim=-1)  # (B, T, V)


def kl(log_p, log_q):
    return (log_p.exp() * (log_p - log_q)).sum(dim=-1).mean().item()  # eq. 16.4


# %% [markdown]
"""
Four models, one after the other: the same weights, kept in fewer and fewer bits.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "The file's weights in 8 bits, one scale for each row, and in its own 4 bits, one scale for "
    "each 32 numbers. Which of the two is further from the same weights in 32 bits?",
    {
        "4 bits: half as many": "It seems to follow. But how wide are the steps? Eight bits have "
        "255 of them for a whole row, four have 15 for 32 neighbours. And who made the weights "
        "what they are?",
        "8 bits": "The steps of a row must be wide enough for its largest number. And these "
        "weights are among the sixteen values of their blocks already: keeping them costs little.",
        "alike": "They would have to round alike. One puts 255 steps on a row, the other 15 on "
        "each 32 numbers.",
    },
    right="8 bits",
)

# %% tags=["answer", "nbval-ignore-output"]
scored = ids_of(PIECE)[:, :128]
exact, llama_kl = log_probabilities_of(llama_in(32), scored), {}
for bits in (32, 16, 8, 4):
    weight_bytes, speed = bytes_for_a_token(llama_in(bits)), tokens_per_second(llama_in(bits))
    limit = rate / weight_bytes  # eq. 16.3
    llama_kl[bits] = kl(exact, log_probabilities_of(llama_in(bits), scored))
    print(f"{bits:2} bits {weight_bytes / 1e6:5.0f} MB a token, {speed:3.0f} tokens/s", end="")
    print(f" of at most {limit:3.0f}, KL {llama_kl[bits]:.4f} nats")

# %%
assert llama_kl[4] < llama_kl[8] or not real
assert max(llama_kl.values()) < 0.05 or not real

# %% [markdown]
"""
The speeds are measured live, on whatever else your computer is doing, so they are not asserted. On two idle cores, side by side, it was 17, 27, 42
and 54 tokens a second, and Hugging Face's model had 17 in 32 bits and 27 in 16 (`benchmarks/RESULTS.md`, llama). Fewer bytes are faster, though not
in proportion, and all stay well below the limit, which knows of nothing but the bringing: the products, the cache, the softmax and Python take their time, too.

And is four bits better than eight? Its distance isn't 0 either, for scales and sums are in `bfloat16`, as with 16 bits, and the table of embeddings is kept in 8. But careful: the yardstick was the *file*, whose weights had been rounded to four bits before we came. Who made it easy for the four?

Take weights that were never rounded so: our own GPT, which comes with the package. The rounding of a block, by hand:
"""


# %%
def rounded(weight, bits, block=32):
    blocks = weight.unflatten(1, (-1, block))
    least, most = (end_of_block[..., None] for end_of_block in blocks.aminmax(dim=-1))
    step = ((most - least) / (2**bits - 1)).clamp(min=1e-12)
    return (least + step * ((blocks - least) / step).round()).flatten(1)


few_rows = torch.tensor(weights[:8])
for bits in (4, 3):
    moved = (rounded(few_rows, bits) - few_rows).abs().max()
    print(f"{bits} bits: moved by at most {moved:.4f}")

# %% [markdown]
"""
In four bits, rows of the file don't move, for they are among their sixteen values already. Now our GPT, rounded in the same ways; its bits per character are taken on a longer piece.
"""

# %%
from lmteach.training.trained_gpt import trained_gpt

LONGER = wiki.test[:10000]
own_gpt, its_tokenizer = trained_gpt()
its_ids = its_tokenizer.encode(LONGER)


def gpt_bits(model):
    nats = -float(model.log_probabilities(its_ids).mean())
    return bits_per_character(nats, len(its_ids), len(LONGER))


# %%
def rounded_gpt(bits, by_row=False):
    model, _ = trained_gpt()
    for parameter in model.parameters():
        if parameter.ndim == 2:
            block = parameter.shape[1] if by_row else 32
            parameter.copy_(rounded(parameter, bits, block))
    return model


# %% [markdown]
"""
**Guess first.** Our GPT has never been rounded. Which moves it further from itself, 8 bits a row or 4 bits in blocks? And which kinds of rounding will you see in its bits per character, to three decimals?
"""

# %% tags=["answer", "nbval-ignore-output"]
ways = {
    "as it is": own_gpt,
    "8 bits a row": rounded_gpt(8, by_row=True),
    "4 bits": rounded_gpt(4),
    "3 bits": rounded_gpt(3),
}
windows = torch.tensor(its_ids[:1024]).view(8, 128)  # (B, T)
as_it_is, gpt_scores, gpt_kl = log_probabilities_of(own_gpt, windows), {}, {}
for way, model in ways.items():
    gpt_scores[way] = gpt_bits(model)
    gpt_kl[way] = kl(as_it_is, log_probabilities_of(model, windows))
    print(f"{way:13}{gpt_scores[way]:.3f} bits per character, KL {gpt_kl[way]:.4f} nats")

# %%
assert gpt_kl["4 bits"] > 20 * gpt_kl["8 bits a row"]
assert gpt_kl["3 bits"] > 2 * gpt_kl["4 bits"]
assert gpt_scores["3 bits"] > gpt_scores["as it is"] + 0.01

# %% [markdown]
"""
Fairly asked, it is the other way about: four bits move our GPT a hundred times as far as eight a row, and more. Its bits per character hardly tell the two apart; three bits you see there, too. A score can stay while the model moves, so look at both.

And the large model, from the file's own weights, with the matrices of its layers rounded again?
"""


# %%
def llama_bits(bits):
    held.clear()
    model = Llama.from_gguf(path, bits=32)
    for parameter in model.h.parameters():
        if parameter.ndim == 2:
            parameter.copy_(rounded(parameter, bits))
    return bits_of(model, PIECE)


# %% [markdown]
"""
**Guess first.** It scores about 1.0 as it is. And in 8, 4 and 3 bits?
"""

# %% tags=["answer", "nbval-ignore-output"]
llama_scores = {16: own_bits} | {bits: llama_bits(bits) for bits in (8, 4, 3)}
for bits_kept, score in llama_scores.items():
    print(f"{bits_kept:2} bits  {score:.2f}")

# %%
if real:
    assert abs(llama_scores[4] - llama_scores[16]) < 0.02
    assert llama_scores[3] > llama_scores[4] + 0.2

# %% [markdown]
r"""
At 4 bits nothing happens, for these weights are among their sixteen values already. With eight values, nearly half a bit is lost, where our small GPT lost a few hundredths. So how much rounding a model bears is to be
measured, model by model.

Enough measured: talk to it, in 8 bits a number, the form that takes least memory here (with 4 bits, the package keeps the numbers unpacked beside them, to read a prompt faster).

**Look.** Ask, and click a token of the answer to see what else was likely there. Is it less sure where it is wrong?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.chat_box.widget import ChatBox

talk = ChatBox(
    llama_in(8),
    tokenizer,
    chat,
    end=tokenizer.decode([end]),
    examples=["Is the sun a star?", "What is the capital of France?", "What is a wolf?"],
    most=60,
)
talk.say(talk.examples[0])
talk

# %% [markdown]
r"""
## Search

The other use of real weights is to *find*. Somebody asks; which of these paragraphs has the answer? The oldest good method counts words. A word in the query tells the more, the fewer
of the $N$ documents have it ($n_w$), and the more often a document has it ($f$), though twice is not twice as much, and long documents $|d|$ have everything more often. That is BM25 (Robertson and Zaragoza 2009), where $k_1$ says how soon more of the same counts for little, and $b$, from 0 to 1, how much
the length counts beside the mean length $\overline{|d|}$:

$$ s(q, d) = \sum_{w \in q} \ln \Bigl(1 + \frac{N - n_w + \frac12}{n_w + \frac12}\Bigr) \cdot \frac{f}{f + k_1 (1 - b + b\, |d| / \overline{|d|})} \tag{16.5} $$

Two departures: their factor $k_1 + 1$ is left out, which changes no order, and the 1 under the logarithm keeps common words from counting against a document.
"""

# %%
from lmteach.models.search.bm25 import BM25
from lmteach.models.search.ranking import words_of

lines = [line for line in wiki.test.splitlines() if 200 < len(line) < 1200]
paragraphs = lines[::3][:80]  # from several articles
counts = [Counter(words_of(paragraph)) for paragraph in paragraphs]
mean_length = np.mean([count.total() for count in counts])


def bm25_score(query, count, k1=1.5, b=0.75):
    score = 0.0
    for word in words_of(query):
        having = sum(word in other for other in counts)
        idf = math.log(1 + (len(counts) - having + 0.5) / (having + 0.5))
        damping = k1 * (1 - b + b * count.total() / mean_length)
        score += idf * count[word] / (count[word] + damping)  # eq. 16.5
    return score


# %%
query = "How many soldiers are there?"
by_words = [bm25_score(query, count) for count in counts]
assert_close(BM25(paragraphs).scores(query), np.array(by_words))
place_of_best = int(np.argmax(by_words))
print(f"{by_words[place_of_best]:.2f}: {paragraphs[place_of_best][:150]} …")
assert not any("soldiers" in count for count in counts)
[word for word in words_of(query) if word in counts[place_of_best]]

# %% [markdown]
r"""
Three words of the query are there, the three that tell nothing. No paragraph says *soldiers*, so to BM25 none is about them. MiniLM of notebook 09, 23 million real weights, makes a vector of a whole text: the mean over its tokens. Texts of like meaning get vectors of like direction,
and the cosine measures it:

$$ s(q, d) = \frac{q \cdot d}{|q|\,|d|} \tag{16.6} $$
"""

# %%
from lmteach.models.bert.minilm import minilm
from lmteach.models.search.sentence_vectors import SentenceVectors

encoder = minilm()
by_meaning = SentenceVectors(paragraphs, encoder, batch=4)
asked = encoder.embed([query])[0].numpy()  # of length 1, as the others
cosines = by_meaning.vectors @ asked  # eq. 16.6
assert_close(by_meaning.scores(query), cosines, rtol=1e-5, atol=1e-6)
place_by_meaning = int(np.argmax(cosines))
print(f"{cosines[place_by_meaning]:.2f}: {paragraphs[place_by_meaning][:150]} …")
by_meaning.vectors.shape

# %% [markdown]
"""
An army of 120,000: that is an answer, and the word *soldiers* isn't in it.

**Look.** Ask your own questions. In which do the two columns differ, and which is better? Try one that shares no word with what it looks for.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.search_box.widget import SearchBox

SearchBox(
    {"BM25": BM25(paragraphs), "MiniLM": by_meaning},
    examples=[query, "dangers at work", "growing food without chemicals", "snow in winter"],
)

# %% [markdown]
"""
To measure it, take a sentence out of a paragraph, and let it look for the rest. How often is the right paragraph first (*recall at 1*)? Two others are
asked as well: LSI, which finds directions in the counts (Deerwester et al. 1990), and the mean of word vectors as in notebook 05.

The figures below are stored ones, for 548 paragraphs and 200 queries (`experiments/search.py`), with 95 % intervals. Beside them stands the correlation with people, who compared fifty news documents pair by pair (Lee et al. 2005).
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Four ways to search: counting words (BM25), directions in the counts (LSI), means of the word "
    "vectors of notebook 05, and MiniLM. Which finds the right paragraph LEAST often?",
    {
        "BM25": "It only knows words. But a sentence and the rest of its paragraph share names "
        "and rare words, and these it weighs most.",
        "LSI": "It gives up single words for directions, and keeps enough of them to be about "
        "as good as BM25.",
        "means of word vectors": "In the mean over all words the rare ones drown, and all "
        "paragraphs look alike. A network alone is no advantage.",
        "MiniLM": "Its vectors are means, too, but over vectors that have read the sentence.",
    },
    right="means of word vectors",
)

# %% tags=["answer"]
stored = read_results("search")
print(f"{'':20}{'recall at 1':22}{'MRR':22}agrees with people")
for method, setting in {
    "BM25": "k1 1.5, b 0.75",
    "LSI": "400 topics",
    "mean word vectors": "seed 0",
    "MiniLM": "as it is",
}.items():
    cells = []
    for figure in ("recall_at_1", "mrr", "pearson"):
        [number] = stored.values(figure, method=method, setting=setting)
        [(low, high)] = stored.values(f"{figure}_interval", method=method, setting=setting)
        cells.append(f"{number:.2f} ({low:.2f} to {high:.2f})")
    print(f"{method:20}{cells[0]:22}{cells[1]:22}{cells[2]}")

# %% [markdown]
"""
(*MRR* is the mean of 1 over the rank of the right one.) MiniLM is ahead in all three, in the last with an interval that overlaps LSI's. BM25 and LSI (at the best of three sizes) can't be told apart by these queries; BM25 read the paragraphs in a
six-hundredth of MiniLM's time, LSI in a third. The mean of our word vectors, which were learned from our own articles alone, comes last in all three: being learned is no merit in itself. Live, on fewer paragraphs:
"""

# %%
from lmteach.evaluation.retrieval import ranks_of, recall_at
from lmteach.models.search.lsi import LSI
from lmteach.text.corpora.made_queries import made_queries

made = made_queries(paragraphs, 30, np.random.default_rng(0))
ranks = {
    "BM25": ranks_of(BM25(made.documents), made),
    "LSI": ranks_of(LSI(made.documents, 80), made),
    "MiniLM": ranks_of(SentenceVectors(made.documents, encoder), made),
}
print(made.queries[0])
{way: round(recall_at(own, 1), 2) for way, own in ranks.items()}

# %% [markdown]
"""
Of thirty queries, one more or less is 0.03 already: so few can't tell the three apart, and even two hundred not all of them.
"""

# %% [markdown]
"""
## The equal sign

Our Llama against Hugging Face's, on a tiny random one. (With the real weights it stands in the tests: the same logits to within 0.0002.) What the file's reader does is compared there with the authors' own package.
"""

# %%
import importlib.util
import tempfile

from lmteach.models.llama.weights import llama_config

compared = bool(importlib.util.find_spec("transformers"))
small = Llama(llama_config(99, dim=64, heads=4, key_heads=2, layers=2, hidden=96)).eval()
for parameter in small.parameters():
    parameter *= 10 if parameter.ndim == 2 else 1  # untrained weights like all tokens alike
ids = torch.randint(99, (2, 20), generator=generator)

# %%
if compared:
    from transformers import LlamaForCausalLM
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        small.save_pretrained(folder)
        twin = LlamaForCausalLM.from_pretrained(folder).eval()
    assert_close(small(ids), twin(ids).logits, rtol=1e-4, atol=1e-4)
else:
    print("transformers is not installed: pip install transformers, to compare.")

# %% [markdown]
"""
And the cache of notebook 14 holds the key heads, not the heads, and changes no logit:
"""

# %%
from lmteach.decoding.cache import KeyValueCache

cache = KeyValueCache()
step_by_step = [small(ids[:, t : t + 1], cache) for t in range(20)]
assert_close(torch.cat(step_by_step, dim=1), small(ids), rtol=1e-4, atol=1e-4)
tuple(cache.keys[0].shape)  # (B, G, T, K)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

Where does the file stand on board A? Its bits on the first 10,000 characters of our test articles, and our own GPT's on the same:
"""

# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.scoreboard import table as scoreboard

llama_on_longer = bits_of(llama_in(8), LONGER)
print(f"SmolLM2, 135 million parameters  {llama_on_longer:.3f}")
print(f"our GPT, as it is                {gpt_scores['as it is']:.3f}")
assert llama_on_longer < gpt_scores["as it is"] or not real
scoreboard("A")

# %% [markdown]
"""
Less than half our bits, and yet no row on the board. The articles are from Wikipedia, and a model that was trained on the web has, perhaps, *read them*. What was read isn't held out. So its number
stays apart, and notebook 21 asks how to find out.

## Spot the bug

### A loader of one's own

Somebody writes anew what reads the matrices of queries, keys and values out of the file, and takes all else as we had it. All names are found, all shapes fit, and `load_state_dict` is content.
"""


# %%
def loaded():
    state = dict(llama_in(8).state_dict())
    for layer in range(config.layers):
        found = [numbers_of(f"blk.{layer}.attn_{part}.weight") for part in "qkv"]
        state[f"h.{layer}.self_attn.in_proj_weight"] = torch.cat(found).bfloat16()
    with torch.device("meta"):
        model = Llama(config)
    model.load_state_dict(state, assign=True)
    return model.eval().requires_grad_(False)


other = loaded()
assert other.parameter_count == llama_in(8).parameter_count

# %% tags=["nbval-ignore-output"]
for model in (llama_in(8), other):
    print(repr(tokenizer.decode(greedy(model, ids_of(beginning), 8)[0])))

# %% [markdown]
"""
Both know the capital of France.

**Guess first.** Is something wrong with it? What would you measure, and what do you expect?
"""

# %% tags=["answer", "nbval-ignore-output"]
other_bits = bits_of(other, PIECE)
print(f"ours {own_bits:.2f}, the other {other_bits:.2f} bits per character")
for model in (llama_in(8), other):
    dice = torch.Generator().manual_seed(1)
    new = sample(model, ids_of(wolf), 30, temperature=0.7, top_p=0.9, generator=dice)
    print(repr(wolf + tokenizer.decode(new[0])))

# %%
assert other_bits > own_bits + 0.3 or not real

# %% [markdown]
"""
It needs far more bits. One line is missing, `halves_apart`: its rotary positions turn pairs that don't belong together, so it sees *what* is there and not well *where*. A short answer comes out right, and what it draws reads like English for a
while. Nothing fails. Measure a model that you have loaded on a text whose score you know.

### A vector of its own

Somebody else searches with MiniLM and takes the mean over all places. Here is the cosine of a sentence with itself: read alone, and read beside a longer text.
"""


# %%
def embed(sentences):
    read, mask = encoder.read(sentences)
    vectors = encoder(read, mask).mean(dim=1)  # (B, D)
    return torch.nn.functional.normalize(vectors, dim=-1)


# %% [markdown]
"""
**Guess first.** What is it, and what should it be?
"""

# %% tags=["answer"]
alone, beside = embed([query])[0], embed([query, paragraphs[0]])[0]
print(f"the other's {alone @ beside:.2f}")
alone, beside = encoder.embed([query])[0], encoder.embed([query, paragraphs[0]])[0]
print(f"ours {alone @ beside:.2f}")

# %%
assert embed([query])[0] @ embed([query, paragraphs[0]])[0] < 0.9
assert abs(alone @ beside - 1) < 1e-4

# %% [markdown]
"""
Texts of one batch must be equally long, so the short one was filled up with padding. The mask keeps attention away from it, and then the mean counts it after all. So a vector depends on its neighbours in the batch.
And does anybody notice? Stored figures (`experiments/padding_in_means.py`):
"""

# %%
padding = read_results("padding_in_means")
for mean_over, batches in (
    ("its tokens", "as they stand"),
    ("padding, too", "as they stand"),
    ("padding, too", "by length"),
):
    case = {"mean_over": mean_over, "batches": batches, "queries": 200}
    [number], [(low, high)] = (
        padding.values(figure, **case) for figure in ("recall_at_1", "recall_at_1_interval")
    )
    print(f"mean over {mean_over:14}{batches:15}{number:.2f} ({low:.2f} to {high:.2f})")

# %% [markdown]
"""
A third of what was found is lost, and no error is raised. With texts of like length in a batch, most of the loss is gone, and the bug is still there: it waits for other texts.

## In practice

At work, `transformers` loads such a model in a line, and `generate` writes with it. Our tiny twin writes the same tokens:
"""

# %%
if compared:
    twin.generation_config.eos_token_id = None
    twin.generation_config.pad_token_id = 0
    asked_for = {"max_new_tokens": 12, "do_sample": False}
    theirs_written = twin.generate(ids, attention_mask=torch.ones_like(ids), **asked_for)[:, 20:]
    assert torch.equal(theirs_written, greedy(small, ids, 12))

# %% [markdown]
"""
With a network, names are enough. `Llama.from_pretrained(folder)` of ours reads a folder in Hugging Face's format, and `GPT.from_pretrained("gpt2")` of notebook 13 fetches GPT-2's own weights:

```python
from transformers import AutoModelForCausalLM, AutoTokenizer
model = AutoModelForCausalLM.from_pretrained("HuggingFaceTB/SmolLM2-135M-Instruct")

from sentence_transformers import SentenceTransformer
encoder = SentenceTransformer("all-MiniLM-L6-v2")  # encode() pools with the mask

from lmteach.models.gpt.model import GPT
gpt2 = GPT.from_pretrained("gpt2")
```

Three habits: after loading, score a text before you ask questions; write down in how many bits you ran it; and before you buy a vector database, try BM25.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · a block of four bits, and a search (30 minutes, ●●○)

Four steps in NumPy unpack a block with your own hands; two more pool and find. Each step is judged alone; in a later one you may call your earlier functions.

#### Step 1 · two_numbers

From one `byte`, 0 to 255, the two numbers of its halves, the lower first: a pair of whole numbers from 0 to 15.
"""


# %% tags=["exercise"]
def two_numbers(byte):
    ### BEGIN SOLUTION: (lower, upper)
    return byte % 16, byte // 16
    ### END SOLUTION


check.two_numbers(two_numbers)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The upper half counts sixteens. What is left over?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · whole_numbers

From `packed` (16,), bytes, the 32 whole numbers in the order of the file: all lower halves, then all upper ones.
"""


# %% tags=["exercise"]
def whole_numbers(packed):
    ### BEGIN SOLUTION: an array (32,)
    return np.concatenate([packed % 16, packed // 16])
    ### END SOLUTION


check.whole_numbers(whole_numbers)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`%` and `//` work on a whole array. `np.concatenate` lays two behind each other.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · half

Two bytes (2,) are one number in half precision: one bit for the sign, five for the power of two, ten for the digits, the lower byte first. NumPy can look at the same bytes as another type.
"""


# %% tags=["exercise"]
def half(pair):
    ### BEGIN SOLUTION: one number
    return float(np.frombuffer(pair.tobytes(), dtype="<f2")[0])
    ### END SOLUTION


check.half(half)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`np.frombuffer(pair.tobytes(), dtype=…)` is an array; you want what is in it.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 4 · unpack_block

From a `block` (20,) of bytes its 32 weights: equation 16.1. Then unpack what is really in the file:

```python
own = [unpack_block(one) for one in ffn_up.data[:36 * 20].reshape(36, 20)]  # two rows
assert_close(np.concatenate(own).reshape(2, -1).astype(np.float32), weights[:2])
```
"""


# %% tags=["exercise"]
def unpack_block(block):
    ### BEGIN SOLUTION: an array (32,)
    d, m = np.frombuffer(block[:4].tobytes(), dtype="<f2").astype(float)
    u = np.concatenate([block[4:] & 15, block[4:] >> 4])
    return d * u + m
    ### END SOLUTION


check.unpack_block(unpack_block)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Scale, least, then sixteen bytes: `block[:2]`, `block[2:4]`, `block[4:]`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · kept_mean

Texts of a batch as `vectors` (B, T, D), and a `mask` (B, T), True where there is no padding. Return the mean of each text (B, D), over its own tokens only. Then mend the search of *Spot the bug*:

```python
read, mask = encoder.read([query, paragraphs[0]])
pooled = kept_mean(encoder(read, mask).numpy(), mask.numpy())
pooled[0] / np.linalg.norm(pooled[0]) @ asked  # 1, whatever stands beside it
```
"""


# %% tags=["exercise"]
def kept_mean(vectors, mask):
    ### BEGIN SOLUTION: an array (B, D)
    total = (vectors * mask[..., None]).sum(axis=1)
    return total / mask.sum(axis=1, keepdims=True)
    ### END SOLUTION


check.kept_mean(kept_mean)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`mask[..., None]` is (B, T, 1): multiplied with the vectors, padding is 0. By how many places do you divide?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 6 · nearest

A `query` (D,) and `documents` (J, D), not of length 1. Return the places of the `k` largest cosines (equation 16.6), the best first.
"""


# %% tags=["exercise"]
def nearest(query, documents, k):
    ### BEGIN SOLUTION: k whole numbers
    cosines = documents @ query / np.linalg.norm(documents, axis=1)
    return np.argsort(-cosines)[:k]
    ### END SOLUTION


check.nearest(nearest)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The length of the query is the same for all documents, so it changes no order.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 1 · key_head_of (5 minutes, ●○○)

Of `heads` query heads and `key_heads` key heads, numbered from 0, which key head does query head `head` read?
"""


# %% tags=["exercise"]
def key_head_of(head, heads, key_heads):
    ### BEGIN SOLUTION: a whole number
    return head // (heads // key_heads)
    ### END SOLUTION


check.key_head_of(key_head_of)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

How many heads share one? The drawing has three.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
### Exercise 2 · conversation (10 minutes, ●●○)

Write the template by hand, but for its first sentence about the system. Each of `messages` is `{"role": …, "content": …}`, and becomes `<|im_start|>`, the role, a line break, the content, `<|im_end|>` and a
line break. Then open the assistant's turn. With it you can let the model remember what was said: put its answers among the messages.
"""


# %% tags=["exercise"]
def conversation(messages):
    ### BEGIN SOLUTION: one text
    text = ""
    for message in messages:
        text += f"<|im_start|>{message['role']}\n{message['content']}<|im_end|>\n"
    return text + "<|im_start|>assistant\n"
    ### END SOLUTION


check.conversation(conversation)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The last line of what was printed above has no `<|im_end|>`. Why not?

</details>

<details><summary>Solution</summary>

{{solution}}

The turn is left open: what comes next is the answer, and its `<|im_end|>` is the model's to write.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- A model's file is settings, then tensors. Four bits are sixteen values from the least to the greatest of 32 neighbours; three, so rounded, were too few for this model.
- Today's form is your GPT with RMSNorm, rotary positions, SwiGLU, and fewer key heads than heads, for the cache.
- A loaded model that answers may still be wrong: score it on a text.
- Chat is one text with marks. What memory brings in a second limits how fast it is written.
- Search by meaning beats counting words here, and counting beats a mean of word vectors. Padding is no part of a mean.

**Further reading.** H. Touvron and others, "LLaMA: Open and Efficient Foundation Language Models" (2023), for the form. J. Ainslie and others, "GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints" (2023).
L. Ben Allal and others, "SmolLM2: When Smol Goes Big" (2025), for the model. J. Su and others, "RoFormer" (2021), for the pairs. T. Dettmers and L. Zettlemoyer, "The case for 4-bit precision" (2023).
S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009). S. Deerwester and others, "Indexing by Latent Semantic Analysis" (1990). N. Reimers and I. Gurevych, "Sentence-BERT" (2019). M. Lee, B. Pincombe and M. Welsh, "An Empirical Evaluation of Models of Text Document Similarity" (2005).

For verdicts in words: T. Brown and others, "Language Models are Few-Shot Learners" (2020). T. Zhao and others, "Calibrate Before Use" (2021). H. Zhou and others, "Batch Calibration" (2024).

**Next.** {{next}}: to teach a model like this one something new, by training a hundredth of its weights.
"""
