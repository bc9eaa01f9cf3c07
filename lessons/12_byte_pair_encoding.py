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
from lmteach.widgets.question.widget import Question

wiki = wikipedia()

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Neither letters nor words

So far we had one symbol for each character. That is safe, and long: a model must look back twenty places
to see three words. With words the text is short. But which words?
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Take every word that occurs at least twice in 1.9 million characters of Wikipedia, some "
    "fifteen thousand. Of every hundred words and marks of other articles, how many are not "
    "among them?",
    number=10.6,
    tolerance=3,
    reply="Names, plurals, rare words: new ones never stop coming, as with Zipf's law in notebook "
    "02.",
    slips={
        1: "Fifteen thousand sounds like all there is. But half of a language's words are rare, "
        "and each article brings its own.",
        50: "Of the different words perhaps. But the common ones fill most of a text, and these "
        "are all known.",
    },
)

# %% tags=["answer"]
words = WordTokenizer(wiki.train, min_count=2)
valid_words = np.array(words.encode(wiki.valid))
print(f"{words.vocab_size} words, {(valid_words == 0).mean():.1%} of the others unknown")
words.decode(words.encode("The wolves were unbelievably quiet."))

# %% [markdown]
"""
A vocabulary of fifteen thousand, and one in ten of what stands in other articles, marks included, is
unknown to it; here, the word that matters. And
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

Every text in a computer is bytes, most often by UTF-8: one byte for an English letter, three for a Chinese character,
four for most emoji. There are only 256 different bytes. Take these as the alphabet, and nothing is ever unknown.
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
was a way to read (Sennrich, Haddow and Birch 2016). In the code, the words are bytes, which Python writes as `b"low"`,
and `pairwise` gives all neighbours.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "low five times, lower twice, newest six times, widest three times. Which of these pairs of "
    "letters is found most often?",
    {
        "l o": "In low and lower: five and two make seven.",
        "w e": "In lower and newest: two and six make eight. One pair has more.",
        "e s": "In newest and widest: six and three make nine.",
        "e r": "In lower alone: two.",
    },
    right="e s",
)

# %% tags=["answer"]
toy = Counter({b"low": 5, b"lower": 2, b"newest": 6, b"widest": 3})


def count_pairs(split):
    counts = Counter()
    for word, tokens in split.items():
        for pair in pairwise(tokens):
            counts[pair] += toy[word]
    return counts


letters = {word: [bytes([byte]) for byte in word] for word in toy}
count_pairs(letters).most_common(4)

# %% [markdown]
"""
*e* and *s*, nine times; so are *s* and *t*. Of pairs found equally often we take the one whose ids are lower (the id
of a byte is its number, 101 for *e*), as `tokenizers` does: then everyone gets the same. Now join them, from left to
right. (To ask for the first token by itself only saves time.)
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


# %% [markdown]
"""
Try it on three zeros, and on a row that holds the pair twice: what is joined is skipped, and nothing is joined twice.
"""

# %%
print(merge([b"0", b"0", b"0"], (b"0", b"0"), b"00"))
print(merge([b"e", b"s", b"t", b"e", b"s"], (b"e", b"s"), b"es"))

# %% [markdown]
"""
Now count, join, count, join:
"""

# %%
split = dict(letters)
for _ in range(4):
    counts = count_pairs(split)
    best = min(counts, key=lambda pair: (-counts[pair], pair))  # eq. 12.1
    print(counts[best], best)
    for word in split:
        split[word] = merge(split[word], best, best[0] + best[1])
    print("   ", split[b"newest"], split[b"lower"])

# %% tags=["folded"]
# @title How *newest* grows, drawn
from lmteach.plots.diagrams.merges import growing

display_figure(
    growing([list("newest"), ["n", "e", "w", "es", "t"], ["n", "e", "w", "est"]], ["merge 2"]),
    alt="The word newest three times, one picture beside another. First its six bytes. Then e and "
    "s are joined: es stands above them. Then, lit, es and t are joined: est stands above both.",
)

# %% [markdown]
"""
*est* became one token, and it took two merges: a merge can join what an earlier one made. Nobody said what an ending is.

## Faster: keep the counts

Counting all words anew for each merge is a waste, since most don't hold the pair. Keep, for each
pair, how often it is found and in which words. A merge then visits only these, takes away what the old tokens
counted, and adds what the new ones do. It returns the pairs that are new. (Inside, `merge(…)` is the function from
above.) Tokens are numbers from here on.
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
es, st = (101, 115), (115, 116)  # the bytes e and s, s and t, as numbers
print("es:", pairs.counts[es], "times, in the words", pairs.places[es])
print("st:", pairs.counts[st], "times")
print("made:", pairs.merge(es, new=256))
print("st:", pairs.counts[st], "times")

# %% [markdown]
"""
Two words of four were visited, those at 2 and 3 (counted from 0). What *s* and *t* counted is gone, and *es* with *t* is new. From there on:
"""

# %%
for new in range(257, 260):
    best_ids = min(pairs.counts, key=lambda pair: (-pairs.counts[pair], pair))
    print(pairs.counts[best_ids], best_ids)
    pairs.merge(best_ids, new)

# %% [markdown]
r"""
The same counts and the same pairs as before, 256 being *es*, 257 *est* and 258 *lo*. The bookkeeping is worth it: the next
text is long.

## Where a token may not go

Run this on a whole text, and *dog.* and *dog?* become tokens of their own beside *dog*, and crowd out others (Radford
et al. 2019). GPT-2 therefore cuts first, and merges inside the pieces only: a word, a number or a row of punctuation,
each with the space before it, an English ending such as *'t*, blanks. The pattern says it in the language of regular
expressions: `\p{L}` is any letter of any script, `\p{N}` a digit, `\s` a blank, and `\s+(?!\S)` leaves the last of
several blanks to the word that follows.
"""

# %%
import regex

pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
print(regex.findall(pattern, "The wolves' den, at 1984 m: don't  shout. 狼来了"))

# %% [markdown]
"""
Joined, the pieces are the text again, blanks and all: the space travels with the word that follows. So *the* at
the beginning of a text and *the* after a space are two tokens.

## A thousand tokens

Now the training articles, 1.9 million characters. The package's `BPETokenizer` does what we did: it cuts, counts the
pieces, and makes 768 merges, so that with the 256 bytes there are 1,024 tokens.

**Guess first.** Which pair of bytes will be first? And what will the last of the merges look like?
"""

# %% tags=["answer"]
from lmteach.text.tokenizers.bpe import BPETokenizer

tokenizer = BPETokenizer.train(wiki.train, vocab_size=1024)
spelled = [token.decode() for token in tokenizer.tokens[256:]]
print("first:", spelled[:12])
print("last: ", spelled[-6:])

# %% [markdown]
"""
First a space and a letter, then the pieces of *the*; at the end whole words and halves of rarer ones. The ids 0 to 255 are the
bytes (in the order that GPT-2 gave them), and each merge adds one.

**Guess first.** How many characters long is a token, on average, when there are 512, 1,024 or 8,192 of them?
"""

# %% tags=["answer"]
merges = BPETokenizer.train(wiki.train, vocab_size=8192).merges
sizes, lengths = [256, 512, 1024, 2048, 4096, 8192], []
for size in sizes:
    smaller = BPETokenizer(merges[: size - 256])  # the first merges alone
    lengths.append(len(wiki.valid) / len(smaller.encode(wiki.valid)))
    print(f"{size:5} tokens: {lengths[-1]:.2f} characters each")

# %% tags=["folded"]
# @title The same, drawn
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
in the model's table of embeddings as all before it. GPT-2 stopped at 50,257. For our small models a thousand will do.

## Encode

A new text: cut it, and in each piece make the merges that are possible, *in the order in which they were
learned*. Not the longest token first, and not what comes first: the merge with the lowest *rank*, its place in that
order. Here are the pairs in " lower", with the rank of each:
"""

# %%
ranks = {}
for rank, pair in enumerate(tokenizer.merges):
    ranks[pair] = rank

for pair in pairwise([b" ", b"l", b"o", b"w", b"e", b"r"]):
    print(pair, ranks.get(pair, "never learned"))

# %% [markdown]
"""
**Guess first.** Which of them are joined, in which order? And which pairs can come up after that?
"""

# %% tags=["answer"]
growth = []
for numbers in tokenizer.merge_steps(" lower"):
    growth.append([tokenizer.tokens[number] for number in numbers])
    print(growth[-1])

# %% tags=["folded"]
# @title The same, drawn
from lmteach.text.tokenizers.byte_alphabet import to_signs

drawn = []
for tokens in growth:
    drawn.append([to_signs(token) for token in tokens])
display_figure(
    growing(drawn, lit=["merge 4"]),
    alt="The word lower with its space, five times, one picture beside another. First the bytes; "
    "then er, then the space with l, then ow stand above their letters; last, lit, ow and er are "
    "joined to ower. Two tokens are left.",
)

# %% [markdown]
"""
*w* and *e* are a pair that was learned, too, but later than *e* and *r*: when its turn comes there is no *e* any more.
And *ow* with *er* came up only after both had been made. To write this in a few lines will be yours (*Build it*, below).
The Ġ is the space: bytes that can't be seen borrow a letter in GPT-2's files, and this is the most famous one.
"""

# %%
for piece in (" unbelievably", " language", "狼"):
    print([tokenizer.tokens[number] for number in tokenizer.encode_word(piece)])

# %% [markdown]
"""
*unbelievably* isn't unknown any more. It has become pieces, some of which we would have chosen, too. And 狼, which is
not in the training text at all, is three bytes. The package remembers the words it has met, so that most of a
text is looked up. Here is a longer word, as one tree:
"""

# %% tags=["folded"]
# @title The tree of a longer word
from lmteach.plots.merge_tree import merge_tree

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
Read it from below: the lowest joint was learned first.

## Decode

Look up the bytes of each id, join them, and read them as UTF-8.

**Guess first.** What do you see if you decode 狼 token by token?
"""

# %% tags=["answer"]
wolf = tokenizer.encode("狼")
print(tokenizer.decode(wolf), [tokenizer.decode([number]) for number in wolf])

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

# %% [markdown]
"""
## Tokens that no text makes

A model that reads many articles in a row must know where one ends. No letters are safe to say so: any text can hold
them. So the end gets an id of its own, the next that is free, which is put between the texts *after* they were encoded:
"""

# %%
END_OF_TEXT = tokenizer.vocab_size
stream = []
for article in ("Wolves.", "狼来了"):
    stream += tokenizer.encode(article)
    stream.append(END_OF_TEXT)
print(stream)

# %% [markdown]
"""
It is called a *special token*. In print one writes it `<|endoftext|>`, and GPT-2's 50,257 are the 256 bytes, 50,000
merges and this one. BERT has others, `[CLS]` and `[SEP]`, and a chat model some that say whose turn it is. Each costs a
row in the model's table, and none is learned by merging: encode the letters of its name, and you get ordinary tokens.
"""

# %%
print([tokenizer.decode([number]) for number in tokenizer.encode("<|endoftext|>")])

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## The same tokens in another script

How many tokens does a word become? The mean over a text is called *fertility* (Rust et al. 2021):

$$ f = \frac{\text{tokens}}{\text{words}} \tag{12.2} $$

At 1, every word is one token. But what is a word? In English we take what stands between blanks, with the marks that cling
to it. Chinese writes no blanks, and what its words are is a question of its own (notebook 03). So across scripts we count

$$ c = \frac{\text{tokens}}{\text{characters}} \tag{12.3} $$

Half of the lines of small talk in Chinese, each taken once, are kept for testing, and an English text beside them. Three
tokenizers of the same size: learned from English, from as many characters of Chinese, and from the two texts together.
"""

# %%
lines = []
for talk in dialogues("chinese"):
    for line in talk:
        if line not in lines:
            lines.append(line)
known, chinese = "\n".join(lines[::2]), "\n".join(lines[1::2])
english = wiki.valid[:20_000]
texts = {"English": wiki.train[: len(known)], "Chinese": known}
texts["both"] = texts["English"] + "\n" + known


# %%
def fertility(learned, text):
    return len(learned.encode(text)) / len(text.split())  # eq. 12.2


def per_character(learned, text):
    return len(learned.encode(text)) / len(text)  # eq. 12.3


# %% [markdown]
"""
First the tokenizer that knows English alone.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A tokenizer of 1,024 tokens has seen nothing but English. In UTF-8 a Chinese character is "
    "three bytes. How many tokens does it take, on average, for each character of Chinese small "
    "talk, line ends included?",
    number=2.68,
    tolerance=0.3,
    reply="Nearly all that it has for a Chinese character is the bytes. Line ends, and what else "
    "is one byte, pull the mean a little below 3.",
    slips={
        3: "For a Chinese character, mostly yes. But a line end is one byte, and lines are short.",
        1: "A token for each character would need merges of its bytes; the merges were learned "
        "where there are none.",
        0.5: "That is about what English takes. There, two letters have become one token; here, no "
        "pair of bytes was ever common.",
    },
)

# %% tags=["answer"]
found, words_apart = {}, {}
for name, text in texts.items():
    learned = BPETokenizer.train(text, 1024)
    found[name] = per_character(learned, english), per_character(learned, chinese)
    words_apart[name] = fertility(learned, english)
    print(f"by {name:8} English {found[name][0]:.2f}, Chinese {found[name][1]:.2f} per character")

# %% [markdown]
"""
And per word of English?
"""

# %%
for name in words_apart:
    print(f"by {name:8} {words_apart[name]:.2f} tokens per English word")

# %% tags=["folded"]
# @title Both scripts, drawn
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
An English word is about three tokens where English was learned, and six where it was not. Each script
is best served by its own tokens, and *both* is not far behind for either. (It has read two texts, the others one each.)
"""

# %% tags=["folded"]
# @title What the text above relies on
assert found["English"][1] > 2.5
assert found["Chinese"][1] < 1.5
assert found["both"][0] < 1.3 * found["English"][0]
assert found["both"][1] < 1.3 * found["Chinese"][1]

# %% [markdown]
"""
By a tokenizer that learned from English alone, a Chinese character falls into its bytes. The same model then reads
less of a Chinese text at once, and whoever pays by the token pays for it. A sign says more than a letter does, so compare scripts with
care; but compare one script with itself, between two tokenizers, and the ratio is a bill (Petrov et al. 2023).

Try it. Slide the merges to 0, where every byte stands alone, and make one after another. Type what you like, in any
script. Choose a token with the arrow keys to see what it was made of. In which order does *the wolves* grow?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.token_view.widget import TokenView

TokenView(tokenizer, "The wolves were unbelievably quiet.\nNobody cried wolf: 狼来了")

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The equal sign

What you have read is what the package ships, and both are what Hugging Face's `tokenizers` (in Rust) learns from the same text
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
print("the same", len(vocabulary), "tokens, the same ids for four texts")

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

Tokens are a unit, not a model: no row. But they show why the board is in bits *per character*. Take the same
trigram model with Kneser–Ney, over characters and over our tokens.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "The same trigram model is counted once over 82 characters and once over 1,024 tokens. Which "
    "of the two has the lower loss per symbol, and which the lower loss per character of text?",
    {
        "tokens, both "
        "times": "Per symbol it can't be: one of a thousand is harder to guess than one "
        "of 82.",
        "characters, both "
        "times": "Per symbol, yes. But a token stands for two or three characters, "
        "so there are fewer to be guessed.",
        "characters per symbol, tokens per character": "There are more tokens to choose from, and "
        "fewer to be chosen; and two tokens reach further back than two letters.",
        "the same, both times": "The text is the same, but what the model sees of it is not: two "
        "letters before, or two tokens.",
    },
    right="characters per symbol, tokens per character",
)

# %% tags=["answer"]
from lmteach.evaluation.information import bits_per_character
from lmteach.models.ngram.model import NGramModel

compared = {}
for unit in (CharTokenizer(wiki.train), tokenizer):
    model = NGramModel(3, "modified_kneser_ney", unit.vocab_size).fit(unit.encode(wiki.train))
    ids = unit.encode(wiki.valid)
    nats = -model.log_probability(ids)
    bits = bits_per_character(nats, len(ids), len(wiki.valid))
    compared[type(unit).__name__] = nats, bits
    print(f"{type(unit).__name__:14} {nats:.2f} nats per symbol, {bits:.2f} bits per character")

# %% tags=["folded"]
# @title What the text below relies on
by_letter, by_token = compared["CharTokenizer"], compared["BPETokenizer"]
assert by_letter[0] < by_token[0]
assert by_token[1] < 0.7 * by_letter[1]

# %% [markdown]
"""
A token is harder to guess than a letter, as there are more of them: the loss per token is higher. Yet there are
fewer to be guessed, and the sum over the text is a third smaller. But was it fair? Three tokens are seven or eight letters.
So give the letters longer contexts, too. These are stored figures, on the test articles:
"""

# %%
from lmteach.evaluation.results import read_results

stored = read_results("token_ngrams")
for unit, orders in (("tokens", range(3, 7)), ("characters", range(3, 9))):
    for order in orders:
        [test_bits] = stored.values("test_bits", unit=unit, order=order)
        print(f"{order}-gram of {unit:11} {test_bits:.3f} bits per character")

# %%
from lmteach.evaluation.scoreboard import table as scoreboard

rows = ["bigram, add-one", "5-gram, add-0.01", "8-gram, modified Kneser–Ney", "6-gram of tokens"]
scoreboard("A", rows)

# %% [markdown]
"""
With eight letters at a time, the count of letters comes close to the count of tokens, and stays a little behind.
So most of that third was reach. Losses per token of two vocabularies can't be compared; bits per character can.

## Spot the bug

### Two ways to count

How often do two dashes stand side by side in a row of four? Three times, if you go through the neighbours one by one. Twice, if each dash may
be in one pair only. Take three rows of four dashes and eight times *ab*.

**Guess first.** Which pair is joined first, by the one count and by the other, and how many tokens does it save?
"""

# %% tags=["answer"]
noisy = ["----"] * 3 + ["ab"] * 8


def pairs_that_fit(tokens):
    fitting, place = [], 0
    while place + 1 < len(tokens):
        pair = tokens[place], tokens[place + 1]
        fitting.append(pair)
        place += 2 if tokens[place + 1 : place + 3] == list(pair) else 1
    return fitting


# %% tags=["answer"]
for count in (pairwise, pairs_that_fit):
    noisy_counts = Counter()
    for word in noisy:
        noisy_counts.update(count(list(word)))
    top, promised = noisy_counts.most_common(1)[0]
    saved = sum(len(word) - len(merge(list(word), top, "X")) for word in noisy)
    print(f"{count.__name__:15} joins {''.join(top)}, promises {promised}, saves {saved}")

# %% [markdown]
"""
The overlaps promised nine and saved six; the other pair would have saved eight. So is it a bug? It is what the authors' program did, and
what `tokenizers` does, and we count like them to have their ids. Does it matter in prose? The first sixty merges
of an article, counted in both ways:
"""


# %%
def learn(pieces, count):
    parts, learned = [list(piece) for piece in pieces], []
    for _ in range(60):
        counts = Counter()
        for tokens in parts:
            counts.update(count(tokens))
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        learned.append(best)
        parts = [merge(tokens, best, best[0] + best[1]) for tokens in parts]
    return learned


pieces = pretokens(wiki.train[:20_000])
as_they_stand, as_they_fit = learn(pieces, pairwise), learn(pieces, pairs_that_fit)
differing = [a for a, b in zip(as_they_stand, as_they_fit, strict=True) if a != b]
print(len(differing), "of", len(as_they_stand), "differ")

# %% [markdown]
"""
Not one differs: in prose hardly any letter stands three times in a row. That is sixty merges of one article. Take the whole text, and ask which
pair's count changes most:
"""

# %%
as_found, as_fit = Counter(), Counter()
for piece, times in Counter(pretokens(wiki.train)).items():
    for pair in pairwise(piece):
        as_found[pair] += times
    for pair in pairs_that_fit(list(piece)):
        as_fit[pair] += times
for pair in sorted(as_found, key=lambda pair: as_fit[pair] - as_found[pair])[:3]:
    print("".join(pair), as_found[pair], as_fit[pair])

# %% tags=["folded"]
# @title What the text above relies on
assert as_they_stand == as_they_fit

# %% [markdown]
"""
Two zeros in a row, as in 1,000 and 2000. Their merge comes sooner by the first count, and
those that it overtakes come one later. A text full of rules and numbers has many such runs.

### A shorter merge

Here is a merge in three lines. It joins *e* and *s* as ours does:
"""


# %%
def short_merge(ids, pair, new):
    starts = {place for place, found in enumerate(pairwise(ids)) if found == pair}
    kept = [place for place in range(len(ids)) if place in starts or place - 1 not in starts]
    return [new if place in starts else ids[place] for place in kept]


for word in toy:
    once = merge(list(word), tuple(b"es"), 256)
    print(word, short_merge(list(word), tuple(b"es"), 256) == once)

# %% [markdown]
"""
Now encode with it every piece of the held-out articles, decode, and see what comes back.

**Guess first.** Of some five thousand different pieces, how many are changed? Which kind of piece?
"""

# %% tags=["answer", "folded"]
# @title Every piece there and back, by the shorter merge
def comes_back(piece):
    tokens = [bytes([byte]) for byte in piece.encode()]
    while pairs := [pair for pair in pairwise(tokens) if pair in ranks]:
        first = min(pairs, key=ranks.get)
        tokens = short_merge(tokens, first, b"".join(first))
    return b"".join(tokens).decode(errors="replace")


came = {piece: comes_back(piece) for piece in sorted(set(pretokens(wiki.valid)))}
changed = {piece: back for piece, back in came.items() if piece != back}
print(len(changed), "of", len(came), changed)

# %%
short_merge([b"0", b"0", b"0"], (b"0", b"0"), b"00")

# %% tags=["folded"]
# @title What the text below relies on
assert changed[" 2000"] == " 20000"
assert all(tokenizer.decode(tokenizer.encode(piece)) == piece for piece in changed)

# %% [markdown]
"""
Two, out of thousands. A pair is replaced wherever it begins, also inside one that was replaced already: three zeros go in,
four come out. The year 2000 has become 20,000, and nothing said so: rare enough to be missed by every look at the output. One
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
Special tokens are added to it by name. Then someone types the name into a text box.

**Guess first.** How many tokens are `<|endoftext|>` in the text of a reader, by our tokenizer and by theirs?
"""

# %% tags=["answer"]
special = Tokenizer.from_str(theirs.to_str())
special.add_special_tokens(["<|endoftext|>"])
typed = "<|endoftext|>"
print(len(tokenizer.encode(typed)), special.encode(typed).ids)
special.encode_special_tokens = True
print(len(special.encode(typed).ids))

# %% [markdown]
"""
By default *one*: whoever writes the name ends the text, or, with the tokens of a chat, speaks as somebody else. With
`encode_special_tokens` the name is text like any other. Set it for what people type, and add the special ids yourself.

Three habits from work: a model and its tokenizer are one thing, so ship them together; while a text is being written, show
only what is whole; and before you compare prices or contexts of two models, count *your* text with both tokenizers.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · encode by ranks (25 minutes, ●●○)

You have the merges and their order. Now write what turns a text into ids with them, as GPT-2's tokenizer does, in five
steps. Tokens are bytes here. Each step is judged alone, and may call the steps before it.

#### Step 1 · bytes_of

To begin with, every byte of a piece is a token of its own: `bytes_of("lo")` is `[b"l", b"o"]`. (`bytes([108])` is
`b"l"`.)
"""


# %% tags=["exercise"]
def bytes_of(piece):
    ### BEGIN SOLUTION: a list of tokens of one byte each
    return [bytes([byte]) for byte in piece.encode()]
    ### END SOLUTION


check.bytes_of(bytes_of)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`piece.encode()` are the bytes. Go through them, and you meet numbers from 0 to 255.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 2 · first_pair

Of all neighbours that are in `ranks`, the pair that was learned first. If none is known, an empty tuple, `()`.
"""


# %% tags=["exercise"]
def first_pair(tokens, ranks):
    ### BEGIN SOLUTION: a tuple of two tokens, or ()
    known_pairs = [pair for pair in pairwise(tokens) if pair in ranks]
    if not known_pairs:
        return ()
    return min(known_pairs, key=ranks.get)
    ### END SOLUTION


check.first_pair(first_pair)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`pairwise(tokens)` gives the neighbours. Keep those that are in `ranks`; `min` takes a `key`.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 3 · join

The tokens, with the pair as one token wherever it is found, from left to right. No token goes into two pairs.
"""


# %% tags=["exercise"]
def join(tokens, pair):
    ### BEGIN SOLUTION: a new list
    joined = []
    for token in tokens:
        if joined and (joined[-1], token) == pair:
            joined[-1] = pair[0] + pair[1]
        else:
            joined.append(token)
    return joined
    ### END SOLUTION


check.join(join)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Build a new list. If the token and the last one in the list are the pair, the last one becomes both. Or keep a place, and
go on by two where you joined. What should become of three zeros?

</details>

<details><summary>Solution</summary>

{{solution}}

Three zeros become `00` and `0`: the first two are joined, and the third has nobody left to be joined with.

</details>
"""

# %% [markdown]
"""
#### Step 4 · encode_piece

All together for one piece: begin with its bytes, and join the first pair, again and again, until none is known.
"""


# %% tags=["exercise"]
def encode_piece(piece, ranks):
    ### BEGIN SOLUTION: the tokens that are left
    tokens = bytes_of(piece)
    while first_pair(tokens, ranks):
        tokens = join(tokens, first_pair(tokens, ranks))
    return tokens
    ### END SOLUTION


check.encode_piece(encode_piece)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A `while` that asks for `first_pair`; an empty tuple counts as false.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
"""
#### Step 5 · encode_text

Cut the text with `pretokens`, encode each piece, and look up each token in `numbers`. Then try yours on what the
articles have taught: with `numbers = {token: number for number, token in enumerate(tokenizer.tokens)}`, is
`encode_text(wiki.valid, ranks, numbers)` equal to `tokenizer.encode(wiki.valid)`? Which of the two is faster, and why?
"""


# %% tags=["exercise"]
def encode_text(text, ranks, numbers):
    ### BEGIN SOLUTION: one list of ids
    ids = []
    for piece in pretokens(text):
        for token in encode_piece(piece, ranks):
            ids.append(numbers[token])
    return ids
    ### END SOLUTION


check.encode_text(encode_text)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Two loops, one in the other: over the pieces, and over the tokens of each.

</details>

<details><summary>Solution</summary>

{{solution}}

They are equal, id by id. The package is faster since it remembers the pieces that it has met: *the* is merged once, and
looked up ever after.

</details>
"""

# %% [markdown]
"""
### Exercise 1 · decode (5 minutes, ●○○)

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
### Exercise 2 · longest_first (10 minutes, ●●○)

Another way to encode with the same tokens: from the left, take the longest token that the rest of the piece, as bytes,
begins with.
(BERT's WordPiece does so, with tokens of its own.) `vocabulary` is a set of tokens, all single bytes among them. Then compare: with
`set(tokenizer.tokens)`, how many pieces of `wiki.valid` does it cut otherwise than the ranks do? Are there fewer tokens?
"""


# %% tags=["exercise"]
def longest_first(piece, vocabulary):
    ### BEGIN SOLUTION: a list of tokens
    rest, tokens = piece.encode(), []
    while rest:
        size = len(rest)
        while rest[:size] not in vocabulary:
            size -= 1
        tokens.append(rest[:size])
        rest = rest[size:]
    return tokens
    ### END SOLUTION


check.longest_first(longest_first)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Begin with all of the rest, and take one byte less until what you have is a token. A single byte always is one.

</details>

<details><summary>Solution</summary>

{{solution}}

It cuts about one piece in eight otherwise (of the different pieces, one in four), and takes a few tokens more over all
pieces, not fewer: the longest token in front can leave an awkward rest. A model must be asked in the way in which it was trained.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- Cut the text, start from bytes, join the commonest pair, again and again: common words become one token, nothing is
  unknown.
- Encoding makes the merges in the order in which they were learned. Decoding joins bytes, then reads them.
- Special tokens have ids that no text makes. Add them after encoding, and let nobody type them.
- A tokenizer is fair to the scripts it was learned from. Tokens per word, and per character, tell.
- Losses per token depend on the tokens; bits per character don't.

**Further reading.** P. Gage, "A New Algorithm for Data Compression" (1994). R. Sennrich, B. Haddow and A. Birch, "Neural Machine
Translation of Rare Words with Subword Units" (2016). A. Radford and others, "Language Models are Unsupervised
Multitask Learners" (2019), section 2.2, for bytes and pieces. T. Kudo, "Subword Regularization" (2018), for another way to
choose tokens. P. Rust and others, "How Good is Your Tokenizer?" (2021), for fertility. A. Petrov and others, "Language Model Tokenizers Introduce Unfairness Between Languages" (2023).

**Next.** {{next}}: tokens in, tokens out, and a Transformer between them.
"""
