# %% [markdown] slideshow={"slide_type": "slide"}
"""
# 12 · Tokens: byte-pair encoding

{{badges}}

> The wolves were unbelievably quiet. · 狼来了

How many symbols are these? By letters, about forty. By words, eight or so, and a vocabulary that has never met
*unbelievably* has nothing to say about it. Is there something in between, that reads any text in any
script, and has a symbol of its own for what is common?

**Aims.** Start from bytes, and join the commonest pair of neighbours, again and again. Cut a text first, so that no
token crosses from word to word. Learn a thousand tokens from Wikipedia, encode, decode, and find out what the same
tokens cost in Chinese.

**Time.** {{time}} The cells run in about half a minute on two CPU cores.

**Before.** [01 · Bigrams](01_bigrams.ipynb): characters as ids, bits per character, counting pairs.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
Nothing here is trained by gradient: `USE_CUDA` changes nothing.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
from collections import Counter, defaultdict
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from lmteach.classroom import display_figure
from lmteach.exercises import byte_pair_encoding as check
from lmteach.plots.bars import bars
from lmteach.plots.curves import curves
from lmteach.text.corpora.dialogues import dialogues
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.text.tokenizers.words import WordTokenizer

wiki = wikipedia()

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Neither letters nor words

So far we had one symbol for each character. That is safe, and long: a model must look back twenty places
to see three words. With words the text is short. **Guess first.** Take every word that occurs at
least twice in the training articles. What share of the words in other articles is not among them?
"""

# %%
words = WordTokenizer(wiki.train, min_count=2)
ids = np.array(words.encode(wiki.valid))
words.vocab_size, round((ids == 0).mean(), 3)

# %%
words.decode(words.encode("The wolves were unbelievably quiet."))

# %% [markdown]
"""
A vocabulary of fifteen thousand, and one word in ten is unknown to it, most often the one that matters. And
characters? They know no script but that of their text:
"""

# %%
try:
    CharTokenizer(wiki.train).encode("A wolf is 狼.")
except ValueError as error:
    print(error)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Bytes

Every text in a computer is bytes, most often by UTF-8: one for an English letter, three for a Chinese sign, four for
most emoji. There are 256 of them. Take these as the alphabet, and nothing is ever unknown.
"""

# %%
for text in ("wolf", "狼", "🐺"):
    print(text, list(text.encode()))

# %% [markdown]
r"""
The price is length. So begin with bytes, and give what is common a symbol of its own.

## The commonest pair

Sixteen words: *low* five times, *lower* twice, *newest* six times, *widest* three times. Which two letters stand side by
side most often? Let $c(a, b)$ be how often $b$ follows $a$ inside
words. We join

$$ (a, b)^{\star} = \arg\max_{a, b}\; c(a, b) \tag{12.1} $$

into one token, count again, and so on. That is all of the idea. It was a way to compress files (Gage 1994) before it
was a way to read (Sennrich, Haddow and Birch 2016). **Guess first.** Which pair is first?
"""

# %%
toy = Counter({b"low": 5, b"lower": 2, b"newest": 6, b"widest": 3})


def count_pairs(split):
    counts = Counter()
    for word, tokens in split.items():
        for pair in pairwise(tokens):
            counts[pair] += toy[word]
    return counts


split = {word: [bytes([byte]) for byte in word] for word in toy}
count_pairs(split).most_common(4)

# %% [markdown]
"""
*e* and *s*, nine times, as are *s* and *t*. Of pairs found equally often we take the one whose ids are lower, as the
libraries do: then everyone gets the same. Now to join them, from left to right:
"""


# %% lmteach={"defines": "text.tokenizers.bpe.merge"}
def merge(ids, pair, new):
    merged, place = [], 0
    while place < len(ids):
        if ids[place] == pair[0] and tuple(ids[place : place + 2]) == pair:
            merged.append(new)
            place += 2
        else:
            merged.append(ids[place])
            place += 1
    return merged


# %%
for _ in range(4):
    counts = count_pairs(split)
    best = min(counts, key=lambda pair: (-counts[pair], pair))  # eq. 12.1
    split = {word: merge(tokens, best, b"".join(best)) for word, tokens in split.items()}
    print(counts[best], best, split[b"newest"], split[b"lower"])

# %% [markdown]
"""
*est* became one token, and it took two merges. Nobody said what an ending is.

## Faster: keep the counts

Counting all words anew for each merge is a waste, since most don't hold the pair. Keep, for each
pair, how often it is found and in which words. A merge then visits only these, takes away what the old tokens
counted, and adds what the new ones do. Tokens are numbers from here on.
"""


# %% lmteach={"defines": "text.tokenizers.bpe.PairCounts"}
class PairCounts:
    def __init__(self, words):
        self.words = [list(ids) for ids in words]
        self.times = list(words.values())
        self.counts = Counter()
        self.places = defaultdict(set)  # the words that hold a pair
        for place in range(len(self.words)):
            for pair in pairwise(self.words[place]):
                self.counts[pair] += self.times[place]
                self.places[pair].add(place)

    def merge(self, pair, new):
        made = set()
        for place in self.places.pop(pair):
            ids, times = self.words[place], self.times[place]
            for lost in pairwise(ids):
                self.counts[lost] -= times
            ids = self.words[place] = merge(ids, pair, new)
            for found in pairwise(ids):
                self.counts[found] += times
                if new in found:
                    self.places[found].add(place)
                    made.add(found)
        return made


# %%
pairs = PairCounts({tuple(word): times for word, times in toy.items()})
made = []
for new in range(256, 260):
    best = min(pairs.counts, key=lambda pair: (-pairs.counts[pair], pair))
    made.append((pairs.counts[best], best))
    pairs.merge(best, new)
made

# %% [markdown]
r"""
The same counts and the same pairs, 256 being *es* and 257 *est*. The bookkeeping is worth it: the next
text is long.

## Where a token may not go

Run this on a whole text, and *dog.* and *dog?* become tokens of their own beside *dog*, and crowd out others (Radford
et al. 2019). GPT-2 therefore cuts first, and merges inside the pieces only: a word with the space before it, a number, a row of signs, blanks.
The pattern says it in the language of regular expressions, `\p{L}` being any letter of any script:
"""

# %%
import regex

pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
print(regex.findall(pattern, "The wolves' den, at 1984 m: don't  shout. 狼来了"))

# %% [markdown]
"""
Joined, the pieces are the text again, blanks and all: the space travels with the word behind it. So *the* at
the beginning of a text and *the* after a space are two tokens.

## A thousand tokens

Now the training articles, 1.9 million characters. **Guess first.** Which pair of bytes will be first? And what will the
last of 768 merges look like?
"""

# %%
from lmteach.text.tokenizers.bpe import BPETokenizer

tokenizer = BPETokenizer.train(wiki.train, vocab_size=1024)
spelled = [token.decode() for token in tokenizer.tokens[256:]]
print(spelled[:12], spelled[-6:], sep="\n")

# %% [markdown]
"""
First a space and a letter, then the pieces of *the*; at the end whole words and halves of rarer ones. The ids 0 to 255 are the
bytes (in the order that GPT-2 gave them), and each merge adds one. How long is a token?
"""

# %%
merges = BPETokenizer.train(wiki.train, vocab_size=8192).merges
sizes = [256, 512, 1024, 2048, 4096, 8192]
lengths = []
for size in sizes:
    ids = BPETokenizer(merges[: size - 256]).encode(wiki.valid)
    lengths.append(len(wiki.valid) / len(ids))
np.round(lengths, 2)

# %%
display_figure(
    curves(
        {"characters per token": lengths},
        x=sizes,
        xscale="log",
        xlabel="tokens in the vocabulary",
        ylabel="characters per token",
    ),
    alt="Characters per token on held-out articles against the size of the vocabulary, on a "
    "log scale from 256 to 8,192. It starts at 1, jumps to 2 at 512, and then rises almost in a "
    "straight line to 4: by half a character with each doubling.",
)

# %%
assert lengths[0] == 1
assert (np.diff(lengths) > 0).all()

# %% [markdown]
"""
The first 256 merges double the length. From then on each doubling of the vocabulary buys half a character, and costs as many rows
in the model's table as all before it. GPT-2 stopped at 50,257. For our small models a thousand will do.

## Encode

A new text: cut it, and in each piece make the merges that are possible, *in the order in which they were
learned*. Not the longest token first, and not what comes first: the merge with the lowest rank.
"""

# %%
ranks = {pair: rank for rank, pair in enumerate(tokenizer.merges)}


def encode_piece(piece):
    tokens = [bytes([byte]) for byte in piece.encode()]
    while pairs := [pair for pair in pairwise(tokens) if pair in ranks]:
        first = min(pairs, key=ranks.get)
        tokens = merge(tokens, first, b"".join(first))
    return tokens


encode_piece(" unbelievably"), encode_piece(" language"), encode_piece("狼")

# %% [markdown]
"""
*unbelievably* isn't unknown any more. It has become pieces, some of which we would have chosen, too. And 狼, which is
not in the training text at all, is three bytes. The package remembers the words it has met, so that most of a
text is looked up. Here is how a word grows:
"""

# %%
from lmteach.plots.merge_tree import merge_tree
from lmteach.text.tokenizers.byte_alphabet import to_signs

steps = [
    [to_signs(tokenizer.tokens[number]) for number in ids]
    for ids in tokenizer.merge_steps(" interesting")
]
display_figure(
    merge_tree(steps),
    alt="The merges of the word interesting, with the space before it, as a tree. Its twelve "
    "bytes stand in the lowest row, the space as a G with a dot. Each merge is a storey higher "
    "and joins two neighbours; the tokens that are left at the end are bold and blue.",
)

# %% [markdown]
"""
Read it from below: the lowest joint was learned first. The sign Ġ is the space. Bytes that can't be seen
borrow a sign in GPT-2's files, and this is the most famous one.

## Decode

Look up the bytes of each id, join them, and read them as UTF-8. **Guess first.** What do you see if you decode 狼
token by token?
"""

# %%
wolf = tokenizer.encode("狼")
tokenizer.decode(wolf), [tokenizer.decode([number]) for number in wolf]

# %% [markdown]
"""
A third of a character is no character, and the reader gets �. Whoever prints a model's output while it is being written
has to wait for the rest. Joined first, nothing is ever lost, whatever the bytes:
"""

# %%
rng = np.random.default_rng(0)
for length in range(200):
    data = rng.integers(256, size=length, dtype=np.uint8).tobytes()
    assert tokenizer.decode_bytes(tokenizer.encode_bytes(data)) == data
assert tokenizer.decode(tokenizer.encode(wiki.valid)) == wiki.valid

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## What it costs to be Chinese

The number of tokens that a text takes for its length is called *fertility*:

$$ f = \frac{\text{tokens}}{\text{characters}} \tag{12.2} $$

Half of the lines of small talk in Chinese, each taken once, are kept for testing, and an English text beside them. Three tokenizers of the same size: learned
from English, from as many characters of Chinese, and from the two texts together. **Guess first.** What is $f$ of Chinese for the first?
"""

# %%
lines = list(dict.fromkeys(line for talk in dialogues("chinese") for line in talk))
known, chinese = "\n".join(lines[::2]), "\n".join(lines[1::2])
english = wiki.valid[:20_000]
texts = {"English": wiki.train[: len(known)], "Chinese": known}
texts["both"] = texts["English"] + "\n" + known


# %%
def fertility(learned, text):
    return len(learned.encode(text)) / len(text)  # eq. 12.2


found = {}
for name, text in texts.items():
    learned = BPETokenizer.train(text, 1024)
    found[name] = fertility(learned, english), fertility(learned, chinese)
{name: np.round(pair, 2).tolist() for name, pair in found.items()}

# %%
_, panels = plt.subplots(1, 2, figsize=(9, 3.6))
for number, script in enumerate(("English", "Chinese")):
    values = [pair[number] for pair in found.values()]
    bars(values, [f"by {name}" for name in found], panels[number], script, "tokens per character")
    panels[number].set_ylim(0, 3)
display_figure(
    panels[0],
    alt="Tokens per character of an English and of a Chinese text, by three tokenizers of 1,024 "
    "tokens. English: 0.46 if they were learned from English, 0.97 from Chinese, 0.53 from "
    "both. Chinese: 2.68 if learned from English, 1.06 from Chinese, 1.13 from both.",
)

# %% [markdown]
"""
Each script is best served by its own, and *both* is not far behind for either.
"""

# %%
assert found["English"][1] > 2.5
assert found["Chinese"][1] < 1.5
assert found["both"][0] < 1.3 * found["English"][0]
assert found["both"][1] < 1.3 * found["Chinese"][1]

# %% [markdown]
"""
Learned from English alone, a Chinese sign falls into its bytes. The same model then reads less of a Chinese text
at once, and whoever pays by the token pays for it. A sign says more than a letter does, so compare scripts with
care; but compare one script with itself, between two tokenizers, and the ratio is a bill (Petrov et al. 2023).

Try it. Slide the merges to 0, where every byte stands alone, and make one after another. Type what you like, in any
script. Choose a token with the arrow keys to see what it was made of. **Guess first.** In which order does *the wolves* grow?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.token_view.widget import TokenView

TokenView(tokenizer, "The wolves were unbelievably quiet.\nNobody cried wolf: 狼来了")

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The equal sign

What you wrote is what the package ships, and both are what Hugging Face's `tokenizers` (in Rust) learns from the same text
with the same pieces: the same merges in the same order, and the same ids.
"""

# %%
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

theirs = Tokenizer(models.BPE())
theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
theirs.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
trainer = trainers.BpeTrainer(vocab_size=1024, initial_alphabet=alphabet, show_progress=False)
theirs.train_from_iterator([wiki.train], trainer)

# %%
vocabulary = {to_signs(token): number for number, token in enumerate(tokenizer.tokens)}
assert vocabulary == theirs.get_vocab()
for text in (wiki.valid, wiki.test, chinese, "naïve 👩‍🚀  don't\n\n"):
    assert tokenizer.encode(text) == theirs.encode(text).ids
    assert theirs.decode(tokenizer.encode(text)) == text

# %%
from lmteach.text.tokenizers.bpe import PATTERN, pretokens

assert pattern == PATTERN
for piece in set(pretokens(wiki.valid)):
    ids = tokenizer.encode_word(piece)
    assert encode_piece(piece) == [tokenizer.tokens[number] for number in ids]

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

Tokens are a unit, not a model: no row. But they show why the board is in bits *per character*. Take the same model, counted in
threes with Kneser–Ney, over characters and over our tokens. **Guess first.** Which has the lower
loss per token? And per character?
"""

# %%
from lmteach.evaluation.information import bits_per_character
from lmteach.models.ngram.model import NGramModel

characters, compared = CharTokenizer(wiki.train), {}
for unit in (characters, tokenizer):
    model = NGramModel(3, "modified_kneser_ney", unit.vocab_size).fit(unit.encode(wiki.train))
    ids = unit.encode(wiki.valid)
    nats = -model.log_probability(ids)
    bits = bits_per_character(nats, len(ids), len(wiki.valid))
    compared[type(unit).__name__] = nats, bits
    print(f"{type(unit).__name__:14} {nats:.2f} nats per token, {bits:.2f} bits per character")

# %%
by_letter, by_token = compared["CharTokenizer"], compared["BPETokenizer"]
assert by_letter[0] < by_token[0]
assert by_token[1] < 0.7 * by_letter[1]

# %%
from lmteach.evaluation.scoreboard import table as scoreboard

scoreboard("A", ["bigram, add-one", "5-gram, add-0.01", "8-gram, modified Kneser–Ney"])

# %% [markdown]
"""
A token is harder to guess than a letter, as there are more of them: the loss per token is higher. Yet there are
fewer to be guessed, and the sum over the text is a third smaller. Two tokens reach further back than two letters: on the validation
articles, this trigram is in the range of the board's 8-gram. Losses per token of two vocabularies can't be compared; bits
per character can.

## Spot the bug

### Three pairs in four letters

*aaaa* has three pairs of neighbours. How many of them can be joined? Two: each letter goes into one token. Counting the overlapping
ones promises more than the merge can keep. **Guess first.** Which pair goes first here, and how many tokens does
it save?
"""

# %%
noisy = ["!!!!"] * 3 + ["ab"] * 8


def pairs_that_fit(tokens):
    fitting, place = [], 0
    while place + 1 < len(tokens):
        pair = tokens[place], tokens[place + 1]
        fitting.append(pair)
        place += 2 if tokens[place + 1 : place + 3] == list(pair) else 1
    return fitting


# %%
for count in (pairwise, pairs_that_fit):
    counts = Counter(pair for word in noisy for pair in count(list(word)))
    best, promised = counts.most_common(1)[0]
    saved = sum(len(word) - len(merge(list(word), best, "X")) for word in noisy)
    print(f"{count.__name__:15} joins {''.join(best)}, promises {promised}, saves {saved}")

# %% [markdown]
"""
The overlaps promised nine and saved six; the other pair would have saved eight. So is it a bug? It is what the authors' program did, and
what `tokenizers` does, and we count like them to have their ids. Does it matter in prose? The first sixty merges
of an article, counted in both ways:
"""


# %%
def learn(pieces, count):
    split, learned = [list(piece) for piece in pieces], []
    for _ in range(60):
        counts = Counter(pair for tokens in split for pair in count(tokens))
        learned.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        split = [merge(tokens, learned[-1], "".join(learned[-1])) for tokens in split]
    return learned


pieces = pretokens(wiki.train[:20_000])
as_they_stand, as_they_fit = learn(pieces, pairwise), learn(pieces, pairs_that_fit)
sum(a != b for a, b in zip(as_they_stand, as_they_fit, strict=True))

# %%
assert as_they_stand == as_they_fit

# %% [markdown]
"""
Not one differs. Prose has few letters in a row; a text full of rules and zeros has many.

### Joined twice

The same slip in the *merge* does harm. Here, a pair is replaced wherever it begins, also inside one that was replaced already:
"""


# %%
def merge_everywhere(ids, pair, new):
    starts = {place for place, found in enumerate(pairwise(ids)) if found == pair}
    kept = [place for place in range(len(ids)) if place in starts or place - 1 not in starts]
    return [new if place in starts else ids[place] for place in kept]


b"".join(merge_everywhere([b"0", b"0", b"0"], (b"0", b"0"), b"00"))

# %% [markdown]
"""
Three zeros went in, four came out. **Guess first.** How many of the different pieces in the held-out articles does that change?
"""


# %%
def comes_back(piece):
    tokens = [bytes([byte]) for byte in piece.encode()]
    while pairs := [pair for pair in pairwise(tokens) if pair in ranks]:
        first = min(pairs, key=ranks.get)
        tokens = merge_everywhere(tokens, first, b"".join(first))
    return b"".join(tokens).decode(errors="replace")


came = {piece: comes_back(piece) for piece in sorted(set(pretokens(wiki.valid)))}
changed = {piece: back for piece, back in came.items() if piece != back}
len(came), changed

# %%
assert changed[" 2000"] == " 20000"
assert all(tokenizer.decode(tokenizer.encode(piece)) == piece for piece in changed)

# %% [markdown]
"""
Two, out of thousands. The year 2000 has become 20,000, and nothing said so: rare enough to be missed by every look at the output. One
property finds it: what comes back is what went in, for any text that a machine can think of. Our tests draw thousands.

## In practice

At work you take `tokenizers`, which is in Rust. The file is the same: write ours, and it reads it.
"""

# %%
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "tokenizer.json"
    tokenizer.save(path)
    again = Tokenizer.from_file(str(path))
    assert BPETokenizer.load(path).merges == tokenizer.merges
assert again.encode(wiki.test).ids == tokenizer.encode(wiki.test)

# %% [markdown]
"""
Three habits from work: a model and its tokenizer are one thing, so ship them together; never decode token by token; and
before you compare prices or contexts of two models, count *your* text with both tokenizers.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Exercise 1 · most_common_pair (5 minutes, ●○○)

The pair of neighbours that is found most often in a list of ids; of equals, the one with the lower ids.
"""


# %% tags=["exercise"]
def most_common_pair(ids):
    ### BEGIN SOLUTION: a tuple of two ids
    counts = Counter(pairwise(ids))
    return min(counts, key=lambda pair: (-counts[pair], pair))
    ### END SOLUTION


check.most_common_pair(most_common_pair)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`Counter(pairwise(ids))` counts. A `min` with a key of two parts settles ties.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 2 · decode (5 minutes, ●○○)

The text of some ids. `tokens[id]` are the bytes of each; what is no UTF-8 becomes �.
"""


# %% tags=["exercise"]
def decode(ids, tokens):
    ### BEGIN SOLUTION: bytes first, text last
    return b"".join([tokens[number] for number in ids]).decode("utf-8", "replace")
    ### END SOLUTION


check.decode(decode)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`b"".join(…)`, and `.decode("utf-8", …)` takes a second word that says what to do with errors.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
### Exercise 3 · encode_word (12 minutes, ●●●)

The ids of one word after all merges. `merges` is a list of `((left, right), new)`, the first learned first; you may
use `merge`.
"""


# %% tags=["exercise"]
def encode_word(ids, merges):
    ### BEGIN SOLUTION: which merge goes first?
    for pair, new in merges:
        ids = merge(ids, pair, new)
    return list(ids)
    ### END SOLUTION


check.encode_word(encode_word)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A merge can only make pairs that were learned later. So going once through the list is enough.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- Start from bytes, join the commonest pair, again and again: common words become one token, nothing is unknown.
- Cut the text first, so that no token crosses from word to word; the space travels with the word.
- Encoding makes the merges in the order in which they were learned. Decoding joins bytes, then reads them.
- A tokenizer is fair to the scripts it was learned from. Fertility tells.
- Losses per token depend on the tokens; bits per character don't.

**Further reading.** P. Gage, "A New Algorithm for Data Compression" (1994). R. Sennrich, B. Haddow and A. Birch, "Neural Machine
Translation of Rare Words with Subword Units" (2016). A. Radford and others, "Language Models are Unsupervised
Multitask Learners" (2019), section 2.2, for bytes and pieces. T. Kudo, "Subword Regularization" (2018), for another way to
choose tokens. A. Petrov and others, "Language Model Tokenizers Introduce Unfairness Between Languages" (2023).

**Next.** {{next}}: tokens in, tokens out, and a Transformer between them.
"""
