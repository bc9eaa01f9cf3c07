# %% [markdown] slideshow={"slide_type": "slide"}
r"""
# 18 · Judging

{{badges}}

> Our fine-tuned model outperforms the baseline by 0.23 points.

Is it better? What is a point made of, and would the same model be ahead on other articles of the same kind? Answers, translations and
summaries are judged by counting words, and every number that comes out has a width that is seldom printed.

**Aims.** Build the four scores that you meet in papers, from exact match to BLEU and ROUGE, and hold each against the tool that defines it. Build the bootstrap, and test by simulation whether
it keeps its word. Judge summaries, translations and answers by several methods, with intervals, and look at items where a score and a reader disagree. See what a perplexity depends on.

**Time.** {{time}} The cells run in about a minute on two CPU cores.

**Before.** [11 · The Transformer](11_the_transformer.ipynb), where BLEU was used, and [16 · Real weights](16_real_weights.ipynb), whose search and whose chat model are judged here.
"""

# %%
{{setup}}

# %% [markdown]
"""
The cell above finds the helpers, the next ones choose the device.
Nothing is trained here but a head of 770 numbers, so `USE_CUDA` changes nothing.
"""

# %%
{{toggle}}

# %%
{{start}}

# %%
import math
import re
import string
from collections import Counter

import numpy as np

from lmteach.classroom import display_figure
from lmteach.evaluation.results import read_results
from lmteach.evaluation.rouge import Overlap
from lmteach.exercises import judging as check
from lmteach.plots.bars import bars
from lmteach.plots.heatmap import heatmap
from lmteach.widgets.question.widget import Question

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## One short answer

*Who or what was Aristotle?* The right answer, says our list, is *a Greek philosopher and scientist*. Five systems answer:
"""

# %%
right_answer = "a Greek philosopher and scientist"
answers = [
    "A Greek philosopher and scientist.",
    "Greek philosopher and scientist",
    "a Greek scientist and philosopher",
    "a thinker from Stagira",
    "not a Greek philosopher",
]
[answer == right_answer for answer in answers]

# %% [markdown]
"""
None is right, if right means equal. So first take away what does not count: capitals, punctuation, articles. These are the rules of SQuAD, the best-known
test of short answers (Rajpurkar et al. 2016).
"""

# %%
_PUNCTUATION = str.maketrans("", "", string.punctuation)


# %% lmteach={"defines": "evaluation.answers.plain_answer"}
def plain_answer(text):
    without = text.lower().translate(_PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", without).split())


# %%
plain = [plain_answer(answer) for answer in answers]
print(*plain, sep="\n")
[answer == plain_answer(right_answer) for answer in plain]

# %% [markdown]
r"""
*Exact match* is 1 for two of five. The third says the same as the first, and gets nothing. So count words that both have, $m$ of them, out of $c$ that were said and $r$ that were right:

$$ P = \frac{m}{c} \qquad R = \frac{m}{r} \qquad F_1 = \frac{2 P R}{P + R} \tag{18.1} $$

Precision asks how much of what was said is right, recall how much of what is right was said; $F_1$ is near the lesser of the two.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "The right answer is 'a Greek philosopher and scientist'. Somebody says 'not a Greek "
    "philosopher'. What is the F1 of that, by SQuAD's rules?",
    number=0.571,
    tolerance=0.01,
    reply="Two words of three are right, two of four were said: 2 · (2/3) · (1/2) over their sum. "
    "More than half, for an answer that denies it.",
    slips={
        0: "It should be, perhaps. But F1 counts words, and two of them are right.",
        0.667: "That is the precision, two of three. The recall is two of four.",
        0.5: "That is the recall. Of what was said, two of three are right.",
        0.583: "That is the arithmetic mean of 2/3 and 1/2; F1 is the harmonic one.",
        0.75: "The article does not count, neither as right nor as said.",
    },
)


# %% tags=["answer"] lmteach={"defines": "evaluation.rouge.overlap"}
def overlap(shared, said, right):
    precision, recall = shared / max(said, 1), shared / max(right, 1)
    both = precision + recall
    return Overlap(precision, recall, 2 * precision * recall / both if shared else 0.0)  # eq. 18.1


# %% tags=["answer"]
def f1_by_hand(answer, right):
    said, wanted = plain_answer(answer).split(), plain_answer(right).split()
    shared = (Counter(said) & Counter(wanted)).total()
    return overlap(shared, len(said), len(wanted)).f1


for answer in answers:
    print(f"{f1_by_hand(answer, right_answer):.3f}  {answer}")

# %% [markdown]
"""
The answer that denies it stands above the one that is right in other words. Keep both in mind; no counting of words will mend them.

## A sentence

A translation has no single right answer, and its words have an order. *BLEU* (Papineni et al. 2002) counts runs of $n$ words, for $n$ from 1 to 4, in what was said, and asks how many of them stand
in the reference. Its authors' own example shows what must be avoided:
"""

# %%
said = "the the the the the the the".split()
reference = "the cat is on the mat".split()
sum(word in reference for word in said) / len(said)

# %% [markdown]
"""
Precision 1, for nonsense. So each run counts at most as often as it stands in the reference: it is *clipped*. (Where people wrote several references, the one that has it most often decides.)
"""


# %% lmteach={"defines": "evaluation.bleu._ngrams"}
def _ngrams(symbols, n):
    return Counter(tuple(symbols[i : i + n]) for i in range(len(symbols) - n + 1))


# %% lmteach={"defines": "evaluation.bleu.clipped_matches"}
def clipped_matches(hypothesis, acceptable, n):
    said = _ngrams(hypothesis, n)
    most = Counter()
    for reference in acceptable:
        most |= _ngrams(reference, n)  # of two counts of an n-gram, the greater
    return (said & most).total(), said.total()


# %%
print(clipped_matches(said, [reference], n=1))
sat = "the cat sat on the mat".split()
[clipped_matches(sat, [reference], n) for n in (1, 2, 3, 4)]

# %% [markdown]
r"""
Five words of six, three pairs of five, one triple of four, no run of four. With $h$ running over all sentences of a test:

$$ p_n = \frac{\sum_h \text{clipped matches}_n(h)}{\sum_h \text{n-grams}(h)} \tag{18.2} $$

Who says only *the cat* is right in all of it. So what is too short pays, with $c$ symbols said and $r$ in the references:

$$ \mathrm{BP} = \min(1,\ e^{1 - r/c}) \tag{18.3} $$

$$ \mathrm{BLEU} = \mathrm{BP} \cdot \Bigl( p_1\, p_2\, p_3\, p_4 \Bigr)^{1/4} \tag{18.4} $$
"""


# %% lmteach={"defines": "evaluation.bleu.brevity_penalty"}
def brevity_penalty(said, right):
    return min(1.0, math.exp(1 - right / said)) if said else 0.0  # eq. 18.3


# %%
[round(brevity_penalty(length, right=6), 3) for length in (1, 2, 3, 4, 5, 6, 7)]

# %% [markdown]
"""
Who says half of the words keeps 0.368 of the score, and who says more than enough gains nothing.

Now all together, on two sentences. Counts are summed first, and divided once. And words are those of sacreBLEU's own rule, which cuts off punctuation (`bleu_words`).
"""

# %%
from lmteach.evaluation.bleu import bleu, bleu_words

translations = ["The cat is on the mat today.", "He went to the old market."]
references = ["The cat is on the mat.", "He walked to the old market."]


def bleu_by_hand(translations, references, order=4):
    hypotheses = [bleu_words(text) for text in translations]
    wanted = [bleu_words(text) for text in references]
    logs = 0.0
    for n in range(1, order + 1):
        counts = [clipped_matches(h, [w], n) for h, w in zip(hypotheses, wanted, strict=True)]
        matches, total = np.sum(counts, axis=0)
        logs += math.log(matches / total) / order  # eq. 18.2
    length, enough = sum(len(h) for h in hypotheses), sum(len(w) for w in wanted)
    return brevity_penalty(length, enough) * math.exp(logs)  # eq. 18.4


bleu_by_hand(translations, references)

# %% [markdown]
"""
**Guess first.** A faithful paraphrase, and a copy with one word that turns the sense around. Which BLEU has each?
"""

# %% tags=["answer"]
film = "The film was not a success, and few people went to see it."
paraphrase = "Hardly anyone watched that movie; it flopped."
turned = "The film was a success, and few people went to see it."
for text in (paraphrase, turned):
    found = bleu([bleu_words(text)], [(bleu_words(film),)], smoothing=False)
    print(f"{found:.2f}  {text}")

# %%
assert bleu([bleu_words(paraphrase)], [(bleu_words(film),)], smoothing=False) == 0
assert bleu([bleu_words(turned)], [(bleu_words(film),)]) > 0.7

# %% [markdown]
"""
The paraphrase has no run of four in common with the reference, not even two words in a row, so it gets 0. That is no fault of the arithmetic. BLEU was made for translations of many sentences, where such cases average out. It is not a
measure of how good a language model is; for that there is what the model itself says of a text, in bits (notebook 01).

## A summary

For summaries the same counts are read the other way round: how much of the *reference* was said? That is *ROUGE-n* (Lin 2004); today its $F_1$ is reported. *ROUGE-L* takes, in the place of runs, the longest row of words that stands in both in the same order, with gaps allowed.
"""

# %%
from lmteach.evaluation.rouge import rouge_words

rouge_words("It's 1.5 km to the café.")


# %% [markdown]
"""
These are the words as the standard tool sees them. Look at the last one, and keep it in mind for later. All else is as in BLEU, for one text and one reference:
"""


# %% lmteach={"defines": "evaluation.rouge.rouge_n"}
def rouge_n(candidate, reference, n, cut=rouge_words):
    said, right = cut(candidate), cut(reference)
    shared, of_candidate = clipped_matches(said, [right], n)
    return overlap(shared, of_candidate, max(0, len(right) - n + 1))


# %% [markdown]
"""
The longest row is found as the edit distance was in notebook 08, one row of a table at a time.
"""


# %% lmteach={"defines": "evaluation.rouge.longest_in_common"}
def longest_in_common(a, b):
    above = [0] * (len(b) + 1)
    for x in a:
        row = [0]
        for j, y in enumerate(b, start=1):
            row.append(above[j - 1] + 1 if x == y else max(above[j], row[j - 1]))
        above = row
    return above[-1]


# %% lmteach={"defines": "evaluation.rouge.rouge_l"}
def rouge_l(candidate, reference, cut=rouge_words):
    said, right = cut(candidate), cut(reference)
    return overlap(longest_in_common(said, right), len(said), len(right))


# %%
gunman = "police killed the gunman"
for text in ("police kill the gunman", "the gunman kill police"):
    one, longest = rouge_n(text, gunman, 1), rouge_l(text, gunman)
    print(f"ROUGE-1 {one.f1:.2f}, ROUGE-L {longest.f1:.2f}  {text}")

# %% [markdown]
"""
**Look.** Your own candidate against a reference. Which runs match, and which count? Write a good translation whose BLEU is 0, and a bad one that ROUGE-1 likes. Then take two sentences in Chinese, and characters.
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.ngram_match.widget import NGramMatch

NGramMatch("the cat sat on the mat", "the cat is on the mat", n=2)

# %% [markdown]
"""
Something to judge: articles of Wikipedia. The *lead*, which stands before the first heading, sums an article up; people wrote it. So it is the reference, and what is to be summed up is the rest.
"""

# %%
from lmteach.text.corpora.wikipedia_leads import wikipedia_leads

articles = [article for article in wikipedia_leads() if article.has_both]
aardwolf = next(article for article in articles if article.title == "Aardwolf")
print(len(articles), "articles;", len(aardwolf.sentences), "sentences in the body of this one")
aardwolf.lead[:200] + " …"

# %% [markdown]
"""
Three ways to choose three sentences. *Lead-3* takes the first three. *TextRank* lets sentences vote (Mihalcea and Tarau 2004): each gives its voice to those that share words with it, and a voice counts for more if it comes from one that has many.
That is PageRank, on sentences in the place of pages; 15 % of all voices go to everybody alike. How much two sentences share is the count of their common words, over the sum of the logs of their lengths (`word_likeness`).
"""

# %%
from lmteach.models.summaries.textrank import textrank, word_likeness


# %% lmteach={"defines": "models.summaries.textrank.page_rank"}
def page_rank(weights, damping=0.85):
    count = len(weights)
    sums = weights.sum(axis=1, keepdims=True)
    gives = np.where(sums > 0, weights / np.where(sums > 0, sums, 1), 1 / count)
    ranks = np.full(count, 1 / count)
    moved = 1.0
    while moved > 1e-12:
        before = ranks
        ranks = (1 - damping) / count + damping * before @ gives
        moved = float(np.abs(ranks - before).sum())
    return ranks


# %%
ranks = page_rank(word_likeness(aardwolf.sentences))
best = sorted(np.argsort(-ranks)[:3].tolist())
assert best == textrank(aardwolf.sentences, 3)
best

# %% [markdown]
"""
The third way takes the vectors of MiniLM (notebook 09), and the sentences nearest to their mean.
"""

# %%
from lmteach.models.bert.minilm import minilm
from lmteach.models.search.sentence_vectors import SentenceVectors
from lmteach.models.summaries.centroid import nearest_to_mean

encoder = minilm()
vectors = SentenceVectors(aardwolf.sentences, encoder).vectors
chosen = {
    "lead-3": [0, 1, 2],
    "TextRank": best,
    "centroid": nearest_to_mean(vectors, 3),
}
for name, places in chosen.items():
    summary = " ".join(aardwolf.sentences[place] for place in places)
    scores = [rouge_n(summary, aardwolf.lead, n).f1 for n in (1, 2)]
    print(f"{name:9} {places!s:14} ROUGE-1 {scores[0]:.3f}, ROUGE-2 {scores[1]:.3f}")

# %% [markdown] slideshow={"slide_type": "slide"}
"""
One article says nothing. Stored figures (`experiments/summaries.py`) hold ROUGE-1 of each of the 85 articles.

**Guess first.** What is the mean of each way? And how far could it be off, had we met other articles?
"""

# %% tags=["answer"]
summaries = read_results("summaries")
rouge_1 = {
    name: np.array(summaries.values("rouge_1", method=name)[0])
    for name in ("random", "lead-3", "TextRank", "centroid")
}
for name, values in rouge_1.items():
    print(f"{name:9} {100 * values.mean():5.1f}")

# %% [markdown]
r"""
The second question needs a tool.

## How wide is a number?

We can't draw other articles from the world. But we can draw from those that we have, as many as there are, each time from all of them, so that some come twice and others not at all. That is the *bootstrap* (Efron and Tibshirani 1993): what the mean does from draw to draw is about what it would do from test to test. With $x^{*b}$ for
draw $b$ of $B$:

$$ \bar{x}^{*b} = \frac{1}{N} \sum_{i=1}^{N} x^{*b}_i \qquad \text{interval: the middle 95 \% of } \bar{x}^{*1}, \dots, \bar{x}^{*B} \tag{18.5} $$
"""


# %%
def interval_by_hand(values, generator, rounds=1000, level=0.95):
    means = []
    for places in generator.integers(0, len(values), (rounds, len(values))):
        means.append(values[places].mean())  # eq. 18.5
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


for name, values in rouge_1.items():
    low, high = interval_by_hand(values, np.random.default_rng(0))
    print(f"{name:9} {100 * values.mean():5.1f} ({100 * low:.1f} to {100 * high:.1f})")

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "A 95 % interval should hold the truth 95 times in 100. We know the truth if we make the data "
    "ourselves. How often will the bootstrap hold it with 200 items, and how often with 10?",
    {
        "95 % both times": "It is what the name promises. But ten values show little of the tails "
        "of where they come from.",
        "95 % with 200, less with 10": "From ten values the draws are too much alike, so the "
        "interval is too narrow. The name keeps its word only where there are enough items.",
        "95 % with 200, more with 10": "With ten it is wider than with 200, and still too narrow.",
    },
    right="95 % with 200, less with 10",
)


# %% tags=["answer"]
def coverage(items, experiments=2000, rounds=500):
    generator, inside = np.random.default_rng(0), 0
    for _ in range(experiments):
        values = generator.beta(2, 3, items)  # scores from 0 to 1; their mean is 2/5
        places = generator.integers(0, items, (rounds, items))
        low, high = np.quantile(values[places].mean(axis=1), [0.025, 0.975])
        inside += low <= 0.4 <= high
    return inside / experiments


covered = {items: coverage(items) for items in (10, 200)}
print({items: f"{share:.1%}" for items, share in covered.items()})
assert 0.94 <= covered[200] <= 0.96
assert covered[10] < 0.93

# %% [markdown]
"""
With 200 items the name keeps its word; with 10 it misses the truth in one test of ten, not in one of twenty. That was tried on scores of one shape; if yours look otherwise, put them in the place of `generator.beta`.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Is one better than the other?

Two intervals that overlap need not mean that two systems can't be told apart. Both summed up the *same* articles, and an article that is hard for the one is often hard for the other. So take the difference on each article, and draw articles with their differences (Koehn 2004).
"""

# %%
from lmteach.evaluation.bootstrap import bootstrap_interval
from lmteach.evaluation.paired_bootstrap import paired_bootstrap

difference = rouge_1["TextRank"] - rouge_1["lead-3"]
own = interval_by_hand(difference, np.random.default_rng(0), rounds=2000)
pair = paired_bootstrap(rouge_1["TextRank"], rouge_1["lead-3"], np.random.default_rng(0))
assert (pair.low, pair.high) == own
print(f"TextRank over lead-3: {pair}")

# %% [markdown]
"""
Nearly nine points, and no doubt about them. Then TextRank writes far better summaries?

**Guess first.** Both say three sentences. What else is different, and what becomes of the gain if each may say 50 words and no more?
"""

# %% tags=["answer"]
texts = {
    name: summaries.values("texts", method=name)[0].split("\n")
    for name in ("random", "lead-3", "TextRank", "centroid")
}
for name, some in texts.items():
    print(f"{name:9} {np.mean([len(text.split()) for text in some]):5.0f} words")
print(f"leads     {np.mean([len(article.lead.split()) for article in articles]):5.0f} words")


# %% tags=["answer"]
def first_words(text, count=50):
    return " ".join(text.split()[:count])


equal = {
    name: np.array(
        [rouge_n(first_words(t), a.lead, 1).f1 for t, a in zip(some, articles, strict=True)]
    )
    for name, some in texts.items()
}
by_article = equal["TextRank"] - equal["lead-3"]
gain = paired_bootstrap(equal["TextRank"], equal["lead-3"], np.random.default_rng(0))
print(f"TextRank over lead-3, 50 words each: {gain}")
for what, found in (("three sentences", rouge_1), ("50 words", equal)):
    other = paired_bootstrap(found["TextRank"], found["centroid"], np.random.default_rng(0))
    print(f"TextRank over centroid, {what}: {other}")

# %%
assert gain.low > 0
assert gain.value < 0.3 * pair.value
assert other.low < 0 < other.high

# %% [markdown]
"""
A thousand draws of this difference, as the bootstrap sees it. The interval, between the dashed lines, is what is left when the outer 25 on each side are gone.
"""

# %% tags=["folded"]
# @title A thousand draws
drawn = np.random.default_rng(0).integers(0, len(by_article), (1000, len(by_article)))
middles = np.arange(-1, 5, 0.5)
counts, _ = np.histogram(100 * by_article[drawn].mean(axis=1), [*middles - 0.25, 4.75])
axes = bars(counts, [f"{middle:g}" for middle in middles], ylabel="draws")
axes.set_xlabel("TextRank's lead, points of ROUGE-1")
for end in (gain.low, gain.high):
    axes.axvline((100 * end - middles[0]) / 0.5, color="black", linestyle="--")
display_figure(
    axes,
    alt="Bars for the mean difference in points of ROUGE-1, in half steps from -1 to 4.5: a bell "
    "with its top at 2, most of it between two dashed lines near 1 and 3, hardly any of it at 0.",
)

# %% [markdown]
"""
Four fifths of the gain were length. The leads have 217 words on average, so whoever says more finds more of them, and long sentences share words with all others, so TextRank likes them. What is left is two points, and they stand. Over the centroid, whose sentences are of common length, *all* of a lead of six points was length: with 50 words each, the two are level.
An interval guards against chance. It does not guard against an unfair comparison.
"""

# %% [markdown]
"""
Now ten gains of the size that papers report, 1 to 2.5 points of accuracy. They are from this collection: praise or blame, 2,003 film sentences (notebook 15), two methods that had the same labels, one seed each. The better one is always called better.
"""

# %%
from lmteach.evaluation.results import unpack_answers

stores = [read_results(name) for name in ("film_sentences", "film_networks")]
pairs = [
    ("TF-IDF", "naive Bayes"),
    ("MiniLM, frozen", "MiniLM, frozen, last layer"),
    ("MiniLM, fine-tuned", "MiniLM, frozen"),
    ("encoder from scratch", "our BERT, fine-tuned"),
]


def rights(method, labels):
    for store in stores:
        if any(entry.case["method"] == method for entry in store.entries):
            packed = store.values("right", method=method, labels=labels)[0]  # the first seed
            return unpack_answers(packed, 2003)
    raise ValueError(f"no store has {method}")


# %% [markdown]
"""
Draw the sentences anew, each with both verdicts.
"""

# %% tags=["question", "nbval-ignore-output"]
# @title Guess
Question(
    "Ten gains of 1 to 2.5 points on 2,003 sentences, each with a 95 % interval. How many of the "
    "intervals leave 0 out?",
    {
        "all ten": "A point is twenty sentences. Chance moves more than that, if the two disagree "
        "on many.",
        "about six": "It depends on how often the two methods disagree: where they are much alike, "
        "a small gain is enough.",
        "none": "With 2,003 sentences and two methods that often agree, two points can be enough.",
    },
    right="about six",
)

# %% tags=["answer"]
survivors = []
for better, worse in pairs:
    for labels in (50, 200, 1000, 7049):
        ours, theirs = rights(better, labels), rights(worse, labels)
        if ours.sum() < theirs.sum():
            ours, theirs, better, worse = theirs, ours, worse, better
        ahead = paired_bootstrap(ours, theirs, np.random.default_rng(0))
        if 0.01 <= ahead.value <= 0.025:
            survivors.append(ahead.low > 0)
            word = "stands" if survivors[-1] else "falls"
            print(f"{labels:5,} labels, {better} over {worse}:")
            print(f"      {ahead} {word}; they disagree on {np.sum(ours != theirs)} sentences")

# %%
assert (sum(survivors), len(survivors)) == (6, 10)

# %% [markdown]
r"""
Six of ten. Their sizes don't tell which: 1.9 points stand, and 2.4 points fall, for there the two methods disagree on more sentences. And even what stands has one seed behind it: another draw of the labels is not in this interval.

How many items would a gain need? The mean of $N$ differences with standard deviation $s$ scatters by $s / \sqrt{N}$, and 95 % lie within 1.96 of that. For our summaries of 50 words, judged on the same articles (unpaired, each on articles of its own, the squares of both scatters add up):
"""

# %%
spread = by_article.std(ddof=1)
unpaired = math.hypot(equal["TextRank"].std(ddof=1), equal["lead-3"].std(ddof=1))
print(f"differences scatter by {100 * spread:.1f} points, unpaired by {100 * unpaired:.1f}")
for points in (2, 1, 0.23):
    needed = (1.96 * spread / (points / 100)) ** 2
    print(f"a gain of {points:4} points of ROUGE-1 needs about {needed:8,.0f} articles")

# %% [markdown]
"""
So are 113 articles enough for a point?

**Guess first.** Suppose that a system is truly ahead by one point, and is tested on just so many articles, again and again. In how many of these tests does the interval leave 0 out?
"""


# %% tags=["answer"]
def found_in(items, truth=0.01, tests=2000):
    shifted = by_article - by_article.mean() + truth  # scatters as ours, around the truth
    places = np.random.default_rng(0).integers(0, len(shifted), (tests, items))
    return np.mean(shifted[places].mean(axis=1) > 1.96 * spread / math.sqrt(items))


just_enough = math.ceil((1.96 * spread / 0.01) ** 2)
for times in (1, 2, 3):
    print(f"{times * just_enough} articles: {found_in(times * just_enough):.0%} of the tests")

# %% [markdown]
"""
In every second one, for half of the tests come out below the truth. Twice as many articles find the point in about four tests of five. That share is called the *power* of a test (Card et al. 2020). A gain that falls may be there all the same: the test was too small to see it.

**Look.** Move two systems apart that scatter as these do. How many items does a gain need until it is real? And how many, if each system is judged on items of its own?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.widgets.score_gap.widget import ScoreGap

ScoreGap(equal["TextRank"], equal["lead-3"])

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## And what do people say?

An interval says how well a metric was measured, not whether it measures what we want. For that, people must judge too. Notebook 16's fifty news documents are judged in pairs: how alike are these two? Let each metric answer the same question, one document as the candidate and the other as the reference.
"""

# %%
from lmteach.evaluation.document_likeness import agreement_with_people
from lmteach.text.corpora.lee_documents import lee_documents

lee = lee_documents()


# %% [markdown]
"""
People were asked once for each pair, but a metric may differ when the two change places. We take the mean of both:
"""


# %%
def both_ways(score):
    table = np.array([[score(one, other) for other in lee.documents] for one in lee.documents])
    return (table + table.T) / 2


def bleu_of_two(one, other):
    return bleu([bleu_words(one)], [(bleu_words(other),)])


# %% [markdown]
"""
**Guess first.** ROUGE-1 counts shared words, ROUGE-L words in order, BLEU runs of up to four; MiniLM compares two vectors and sees no shared word at all. Which of the four agrees best with people over the 1,225 pairs, and which worst?
"""

# %% tags=["answer"]
lee_vectors = SentenceVectors(lee.documents, encoder).vectors
by_metric = {
    "ROUGE-1": both_ways(lambda one, other: rouge_n(one, other, 1).f1),
    "ROUGE-2": both_ways(lambda one, other: rouge_n(one, other, 2).f1),
    "ROUGE-L": both_ways(lambda one, other: rouge_l(one, other).f1),
    "BLEU": both_ways(bleu_of_two),
    "MiniLM": lee_vectors @ lee_vectors.T,
}

# %% tags=["answer"]
with_people = {
    name: agreement_with_people(table, lee.likeness, np.random.default_rng(0))
    for name, table in by_metric.items()
}
for name, correlation in with_people.items():
    print(f"{name:8} {correlation}")

# %%
best_by_counting = max(with_people[name].high for name in by_metric if name != "MiniLM")
assert best_by_counting < with_people["MiniLM"].low

# %% [markdown]
"""
All agree with people a little, the counts of words about equally so: their intervals overlap. Every document shares *the* and *of* with every other, and two reports of one flood may share little else. MiniLM agrees far better. Two cautions: it was trained to tell what is alike, which the counts were not, and *about the same* is not *right*: a summary with a false number in it is about the same thing.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## Translations

Names of countries, languages, currencies and units, from English to Chinese (CLDR, the tables from which phones take their words). The parts are split by words: all words of the one test part stand in names that were learned, in the other each name has a word that was never seen.
"""

# %%
from lmteach.text.corpora.translated_names import translated_names

names_of = translated_names()
known_names, new_names = names_of.known_words, names_of.new_words
for part in (names_of.train, known_names, new_names):
    one = part[100]
    print(f"{len(part):5,} {one.kind:22} {one.english} → {one.chinese}")

# %% [markdown]
"""
Two translators. One copies: it finds the name that was learned with the most letters in rows of three in common, and says what that one is called. The other is the Transformer of notebook 11, from letters to characters. Its outputs are stored, of three seeds (`experiments/naming.py`).
"""

# %%
def threes(name):
    framed = f" {name.lower()} "
    return {framed[place : place + 3] for place in range(len(framed) - 2)}


learned = [(threes(one.english), one.chinese) for one in names_of.train]


def copied(name):
    own = threes(name)
    return max(learned, key=lambda one: len(own & one[0]) / len(own | one[0]))[1]


naming = read_results("naming")
translated = {}
for name, part in (("known", known_names), ("new", new_names)):
    translated["nearest name", name] = [[copied(one.english) for one in part]]
    stored_texts = naming.values(f"texts_{name}", every=1)
    translated["Transformer", name] = [text.split("\n") for text in stored_texts]

# %% [markdown]
r"""
BLEU has no words to count here: a default tokenizer takes a Chinese name for one word. So count characters, as sacreBLEU does with `char`. Another score was made for characters: *chrF* (Popović 2015) takes the mean $P$ and $R$ over runs of one to six, blanks left out, and weighs the recall $\beta = 2$ times as much:

$$ \mathrm{chrF} = \frac{(1 + \beta^2)\, P R}{\beta^2 P + R} \tag{18.6} $$
"""


# %% lmteach={"defines": "evaluation.chrf.chrf_of_counts"}
def chrf_of_counts(counts, beta=2.0):
    matches, said, right = counts.sum(axis=0).T
    asked = (said > 0) & (right > 0)
    if not asked.any():
        return 0.0
    precision = float((matches[asked] / said[asked]).mean())
    recall = float((matches[asked] / right[asked]).mean())
    both = beta**2 * precision + recall
    return (1 + beta**2) * precision * recall / both if both else 0.0  # eq. 18.6


# %% [markdown]
"""
Neither is a mean over names: counts are summed first. So the bootstrap draws names with their counts, and sums those.

**Guess first.** How good is the copy, and how far ahead is the Transformer, where it knows the words and where it doesn't?
"""

# %% tags=["answer"]
from lmteach.evaluation.chrf import character_matches, chrf


def bleu_counts(said, right):
    runs = [clipped_matches(said, [right], n) for n in (1, 2, 3, 4)]
    return [len(said), len(right), *np.ravel(runs)]


def bleu_of_counts(rows):
    said_all, right_all, *runs = rows.sum(axis=0)
    shares = [matches / total for matches, total in zip(runs[::2], runs[1::2], strict=True)]
    return brevity_penalty(said_all, right_all) * math.prod(shares) ** 0.25


def without_blanks(some):
    return ["".join(text.split()) for text in some]


# %% tags=["answer"]
def tables_of(outputs, right_ones):
    bare = zip(without_blanks(outputs), without_blanks(right_ones), strict=True)
    exact = [float(a == b) for a, b in zip(outputs, right_ones, strict=True)]
    return {
        "exact": (np.array(exact), np.mean),
        "BLEU": (np.array([bleu_counts(*pair) for pair in bare]), bleu_of_counts),
        "chrF": (character_matches(outputs, right_ones), chrf_of_counts),
    }


def number_of(statistic):
    return lambda rows: float(statistic(rows))


rights_of = {"known": [n.chinese for n in known_names], "new": [n.chinese for n in new_names]}
intervals = {}
for (name, part), seeds in translated.items():
    print(f"{name}, {part} words")
    tables = [tables_of(outputs, rights_of[part]) for outputs in seeds]
    for score, (counted_rows, statistic) in tables[0].items():
        dice = np.random.default_rng(0)
        low_high = bootstrap_interval(counted_rows, dice, number_of(statistic), 300)
        intervals[name, part, score] = low_high
        of_seeds = ", ".join(f"{100 * float(statistic(one[score][0])):.1f}" for one in tables)
        print(f"    {score:6} {of_seeds:18} ({100 * low_high[0]:.1f} to {100 * low_high[1]:.1f})")

# %%
for score in ("BLEU", "chrF"):
    of_copy, of_model = (
        {part: intervals[name, part, score] for part in rights_of}
        for name in ("nearest name", "Transformer")
    )
    assert of_model["known"][0] > of_copy["known"][1]
    assert of_copy["new"][1] > of_model["new"][0]
for one in new_names[-3:]:
    print(f"{one.english}: {one.chinese}, copied: {copied(one.english)}")
copies, wanted = map(without_blanks, (translated["nearest name", "new"][0], rights_of["new"]))
both_have = sum((Counter(a) & Counter(b)).total() for a, b in zip(copies, wanted, strict=True))
print(f"{both_have / sum(map(len, wanted)):.0%} of the characters stand in the copies")

# %% [markdown]
"""
Three numbers are of three seeds, the interval is of the first, over names. Both say how far chance goes, and it is not the same chance.

With known words the Transformer is right in nearly two names of three, and far ahead. With new ones it is level with the copy by BLEU and by chrF, though the copy is *never* right. How does the copy get so far? For *Arabic (Yemen)* it says *English (Yemen)*: about half of the characters of the right names stand in the copies, and nobody asked which half. Print exact match beside such scores, and a baseline that knows nothing.

Now read where a score and a reader part. Of the wrong names with known words, take those that have every character of the right one, and one too many. Here are the three with the highest chrF, and the one with the lowest.
"""

# %%
one_more = [
    (chrf([said_one], [one.chinese]), one, said_one)
    for said_one, one in zip(translated["Transformer", "known"][0], known_names, strict=True)
    if not Counter(one.chinese) - Counter(said_one) and len(said_one) == len(one.chinese) + 1
]
one_more.sort(key=lambda row: row[0])
for score, one, said_one in [*one_more[-3:], one_more[0]]:
    print(f"chrF {100 * score:3.0f}  {one.english}: {one.chinese}, said: {said_one}")
assert one_more[0][0] < 0.5 < 0.9 < one_more[-3][0]

# %% [markdown]
"""
语 is *language*: a reader who asked for a country was told of a language, and for chrF nothing is missing but a sign too many. *North America* became *the northern part of the Americas*, in the right characters and another order. A reader takes it, and it has half the score of the others.
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Questions and answers

Now the other task. A rule makes questions of the leads' first sentences: *X is a Y that …* becomes *Who or what is X?*, with the answer *a Y*.
"""

# %%
from lmteach.text.corpora.wikipedia_leads import made_questions

questions = made_questions(wikipedia_leads())
print(len(questions), "questions")
for made in questions[3:6]:
    print(f"{made.question}  {made.answer}")

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
### A head that points

Every answer stands in its sentence. So an encoder need not write, it can point. BERT reads question and sentence as *one* sequence (Devlin et al. 2019, §4.2), told apart by its segments, 0 and 1 (notebook 15). Here it is MiniLM, which is a BERT of 6 layers.
"""

# %%
import torch

from lmteach.models.bert.spans import LONGEST, read_pairs, span_loss, tokens_of

asked = [made.question for made in questions]
pairs_read = read_pairs(encoder.tokenizer, asked, [made.sentence for made in questions])
allah = asked.index("Who or what is Allah?")
kept = int(pairs_read.attention_mask[allah].sum())
print(*encoder.tokens(pairs_read.ids[allah, :kept]))
print(*pairs_read.token_type_ids[allah, :kept].tolist())

# %% [markdown]
r"""
Out of the encoder comes a vector for each of these tokens. A *span head* makes two numbers of each, by two maps: $s_i$, how well an answer starts at token $i$, and $e_j$, how well one ends at $j$. The answer is the best span

$$ (\hat\imath, \hat\jmath) = \operatorname*{argmax}_{i \le j < i + L}\ (s_i + e_j) \tag{18.7} $$

with both ends in the sentence, and at most $L$ tokens (`LONGEST`). All sums fill a square, with a row for each start. What is possible is a band above its diagonal.
"""


# %% lmteach={"defines": "models.bert.spans.best_span"}
def best_span(start, end, inside, longest=LONGEST):
    scores = start[:, None] + end  # (T, T): a row for each start, a column for each end
    possible = (inside[:, None] & inside).triu().tril(longest - 1)
    best = int(scores.masked_fill(~possible, -torch.inf).argmax())  # eq. 18.7
    return best // len(start), best % len(start)


# %% [markdown]
"""
**Guess first.** Four tokens, all of the sentence. They start an answer by 0, 2, 1 and 5, and end one by 1, 6, 3 and 2. So the best start is the last token, and the best end is the second. Which span is it?
"""

# %% tags=["answer"]
starts, ends = torch.tensor([0.0, 2.0, 1.0, 5.0]), torch.tensor([1.0, 6.0, 3.0, 2.0])
print(starts[:, None] + ends)
best_span(starts, ends, torch.ones(4).bool())

# %% [markdown]
"""
The second token alone: 2 + 6 is more than 5 + 2, and 5 + 6 would end before it starts.

What does the head learn from? Of each question we know the sentence and the letters of the answer, so also its tokens. Three quarters of the questions teach, the others are asked. MiniLM stays as it is. So it reads each pair once, and only the two maps are trained, by the cross entropy of the right start and the right end among the tokens of the sentence.
"""


# %%
def right_span(row):
    begin = questions[row].sentence.index(questions[row].answer)
    places = pairs_read.letters[row], pairs_read.inside[row]
    return tokens_of(*places, begin, begin + len(questions[row].answer))


spots = torch.tensor([right_span(row) for row in range(len(questions))])
with torch.no_grad():
    token_vectors = encoder(*pairs_read[:3])
print(token_vectors.shape, "vectors;", spots[allah].tolist(), "are the ends of:")
questions[allah].answer

# %%
teach = torch.arange(len(questions)) % 4 != allah % 4
torch.manual_seed(0)
pointer = torch.nn.Linear(384, 2)  # two maps in one
optimizer = torch.optim.Adam(pointer.parameters(), lr=0.01)
for _ in range(100):
    s, e = pointer(token_vectors[teach]).unbind(-1)
    loss = span_loss(s, e, pairs_read.inside[teach], *spots[teach].unbind(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
trained_on = sum(weights.numel() for weights in pointer.parameters())
print(trained_on, "numbers were trained, by", int(teach.sum()), "questions")

# %% [markdown]
"""
Here is what the two maps say of a sentence that was not among those that taught: softmax over its tokens, for the start and for the end.

**Guess first.** *Allah is the Arabic word referring to God in Abrahamic religions.* Where will each column be bright?
"""

# %% tags=["answer"]
with torch.no_grad():
    said_of = pointer(token_vectors).masked_fill(~pairs_read.inside[..., None], -torch.inf)
    shares = said_of[allah].softmax(dim=0)[pairs_read.inside[allah]]
pieces_of = encoder.tokens(pairs_read.ids[allah][pairs_read.inside[allah]])
brightest = [pieces_of[place] for place in shares.argmax(dim=0)]
assert brightest == ["the", "word"]
brightest

# %% tags=["answer", "folded"]
# @title Start and end, token by token
display_figure(
    heatmap(shares, pieces_of, ["start", "end"], numbers=".2f"),
    alt="Two columns of squares, start and end, beside the tokens of the sentence: in the column "
    "of starts the token the is brightest, in that of ends the token word; god is second in both.",
)

# %% [markdown]
"""
It hesitates between *the Arabic word* and *God*. And here is where it points, for all that were asked. What is no exact match is marked.
"""

# %% tags=["nbval-ignore-output"]
from lmteach.evaluation.answers import exact_match

asked_rows = (~teach).nonzero()[:, 0].tolist()
for row in asked_rows:
    letters, (s, e) = pairs_read.letters[row], pointer(token_vectors[row]).detach().T
    first, last = best_span(s, e, pairs_read.inside[row])
    told = questions[row].sentence[letters[first, 0] : letters[last, 1]]
    mark = " " if exact_match(told, questions[row].answer) else "x"
    print(f"{mark} {asked[row][12:35]:24} {told}")

# %% [markdown]
"""
Encoder and head together are `BertForQuestionAnswering`, in the package as in `transformers`. The same weights give the same logits, and the same loss:
"""

# %%
from tempfile import TemporaryDirectory

import transformers
from transformers.utils import logging

from lmteach.models.bert.spans import BertForQuestionAnswering

logging.disable_progress_bar()
given = {"vocab_size": 30522, "hidden_size": 16, "num_attention_heads": 2}
given |= {"num_hidden_layers": 2, "intermediate_size": 64}
of_library = transformers.BertForQuestionAnswering(transformers.BertConfig(**given)).eval()
with TemporaryDirectory() as folder:
    of_library.save_pretrained(folder)
    of_ours = BertForQuestionAnswering.from_pretrained(folder)
logits = of_ours(*pairs_read[:3])
expected = of_library(pairs_read.ids, pairs_read.attention_mask.long(), pairs_read.token_type_ids)
real = pairs_read.attention_mask
both_rows = zip(logits, (expected.start_logits, expected.end_logits), strict=True)
for own_logits, their_logits in both_rows:
    torch.testing.assert_close(own_logits[real], their_logits[real], rtol=0, atol=1e-5)

# %% [markdown] slideshow={"slide_type": "slide"}
"""
### Who answers?

A search, BM25 or MiniLM (notebook 16), that finds a sentence among those of all leads and says it, or what stands in it behind *is* up to the first comma. A span head, which is given MiniLM's sentence: alone, or trained together with MiniLM's upper two layers. Each question is asked of a head that was taught 39 others, in four folds, with three seeds. And SmolLM2, which is shown two examples, with MiniLM's sentence or without any. Stored figures (`experiments/answering.py`, `experiments/spans.py`), with 95 % intervals.

**Guess first.** In what order do they stand by F1? Which of them never matches exactly? And do two layers more help, with 39 questions to learn from?
"""

# %% tags=["answer"]
answering, pointing = read_results("answering"), read_results("spans")
methods = {
    entry.case["method"]: store for store in (answering, pointing) for entry in store.entries
}


def with_interval(values):
    low, high = bootstrap_interval(values, np.random.default_rng(0))
    return f"{np.mean(values):.2f} ({low:.2f} to {high:.2f})"


print(f"{'':33}{'exact match':23}{'F1':23}sentence found")
for name in methods:
    exact, f1, found = (
        np.mean(methods[name].values(figure, method=name), axis=0)  # over the seeds, if any
        for figure in ("exact", "f1", "found")
    )
    some = f"{sum(found):.0f} of {len(found)}" if "closed" not in name else "none given"
    print(f"{name:33}{with_interval(exact):23}{with_interval(f1):23}{some}")

# %% [markdown]
"""
Three things to read. A whole sentence is never an exact match, and has the answer in it: F1 sees some of that, exact match nothing. Finding the sentence is much of the work: the same rule, *from is to a mark*, has far more F1 behind MiniLM, which finds nearly twice as many as BM25. And the chat model is last without a text, and with one still far behind a rule that cuts it. (That rule
begins as the one did that made the answers, so its place is worth little.)
"""

# %%
frozen, tuned = (
    np.mean(pointing.values("f1", method=name), axis=0) for name in list(methods)[-2:]
)
by_rule = np.array(answering.values("f1", method="MiniLM, from is to a mark")[0])
over_rule = paired_bootstrap(frozen, by_rule, np.random.default_rng(0))
over_frozen = paired_bootstrap(tuned, frozen, np.random.default_rng(0))
print("span head over the rule:", over_rule)
print("two layers more over the head alone:", over_frozen)
assert over_rule.low > 0
assert over_frozen.low < 0 < over_frozen.high
two_layers = sum(weights.numel() for weights in encoder.layers[-2:].parameters())
print(f"two layers have {two_layers:,} numbers")
for name in list(methods)[-2:]:
    given_right = np.mean(pointing.values("f1_given", method=name), axis=0)
    print(f"{name}, given the right sentence: F1 {with_interval(given_right)}")

# %% [markdown]
"""
770 numbers, learned from 39 questions, are ahead of the rule written by hand. That is less than it seems. The head was shown where such answers end, by the very rule that made them, and the hand-written one was not; SmolLM2 was shown two. Two layers more, 3.5 million numbers, gain nothing that can be told from chance: 39 questions are too few for them. And where the sentence need not be found, the head is better by a few points.

Which of its answers does F1 like least? Those that share no word with the right one, and those that hold all of it and say more, from the first seed:
"""

# %%
name = list(methods)[-2]
told_by_head = pointing.values("texts", method=name)[0].split("\n")
f1_of_head = pointing.values("f1", method=name)[0]
judged = zip(f1_of_head, told_by_head, questions, strict=True)
for f1, told, made in sorted(judged, key=lambda row: row[0]):
    if f1 == 0 or (f1 < 0.45 and made.answer in told):
        print(f"F1 {f1:.2f}  {made.question}")
        print(f"{'':9}right: {made.answer}; said: {told}")

# %% [markdown]
"""
Be the reader. *An ethical doctrine* for altruism: F1 0, and right; it stood in another sentence than ours. *An informal term* is all that the right answer says of algae, and who says *an informal term for a large, diverse group of photosynthetic organisms* gets 0.36 for telling what they are. The judge is the rule that ended the right answers, and the head loses where it is clearer.

And the chat model, are its answers wrong? Let us look where counting and meaning part most. The *cosine* of MiniLM's vectors knows that a *writer* is near a *novelist*. Here are answers of SmolLM2 whose cosine is furthest above their F1, and those where it is furthest below.
"""

# %%
cut_by_rule, by_chat = (
    np.array(answering.values("f1", method=name)[0])
    for name in ("MiniLM, from is to a mark", "SmolLM2, with MiniLM's sentence")
)
assert paired_bootstrap(cut_by_rule, by_chat, np.random.default_rng(0)).low > 0
parted = []
for name in ("SmolLM2, closed book", "SmolLM2, with MiniLM's sentence"):
    figures = [answering.values(figure, method=name)[0] for figure in ("f1", "cosine", "texts")]
    rows = zip(figures[0], figures[1], figures[2].split("\n"), questions, strict=True)
    parted += [(cosine - f1, f1, cosine, text, made) for f1, cosine, text, made in rows]
parted.sort(key=lambda row: row[0])

# %%
for _, f1, cosine, text, made in [*parted[-4:], *parted[:3]]:
    print(f"F1 {f1:.2f}, cosine {cosine:.2f}  {made.question}")
    print(f"{'':22}right: {made.answer}; said: {text}")

# %% [markdown]
"""
Now be the reader. *A calculator* for *a calculating tool*: F1 0, and hardly wrong. *A film director* for *a film-maker*: F1 0, and right. *The average of the sum of the absolute values of the numbers* for *the sum of a collection of numbers*: the highest F1 of the three by far, and wrong as an arithmetic mean.
And the cosine is no judge either: it likes *Aristotle* as an answer to *Who was Aristotle?* Each number is a witness, and none of them has read the answer.

**Look.** Ask the leads yourself. Where do counting and meaning send you to different sentences?
"""

# %% tags=["widget", "nbval-ignore-output"]
from lmteach.models.search.bm25 import BM25
from lmteach.text.corpora.made_queries import sentences_of
from lmteach.widgets.search_box.widget import SearchBox

sentences = [one for article in articles[:40] for one in sentences_of(article.lead)][:120]
SearchBox(
    {"BM25": BM25(sentences), "MiniLM": SentenceVectors(sentences, encoder)},
    examples=[questions[0].question, "What was the aim of the moon landing?"],
)

# %% [markdown] slideshow={"slide_type": "slide"}
r"""
## A text, and no right answer

All scores so far need somebody's right answer. A language model can do without: any text that it has not read will judge it, by what it pays (notebook 01). Papers print $e$ to the nats of a token, the *perplexity*, and a reader puts one model's beside another's.

So take one family, counts of six tokens with modified Kneser–Ney (notebook 02), one text to count and one to pay for. Only the pieces are cut differently: characters, tokens by the first 128 merges of our GPT's tokenizer (notebook 12), by all of them, and, where its file is there, by the tokenizer of SmolLM2.
"""

# %%
from lmteach.evaluation.information import evaluate, perplexity
from lmteach.models.llama.files import SMOLLM2, chat_model_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.reading import tokenizer_of
from lmteach.models.ngram.model import NGramModel
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.trained_gpt import trained_tokenizer

wiki = wikipedia()
whole_tokenizer = trained_tokenizer()
cuts = [
    CharTokenizer(wiki.train + wiki.valid + wiki.test),
    BPETokenizer(whole_tokenizer.merges[:128]),
    whole_tokenizer,
]
chat_file = chat_model_file()
if chat_file.name == SMOLLM2.name:
    cuts.append(tokenizer_of(read_gguf(chat_file).settings))
[cut.encode("a stemmer") for cut in cuts]

# %% [markdown]
"""
**Guess first.** Which of the four has the lowest perplexity on articles that none has read? And which the highest, is it the worst model?
"""

# %% tags=["answer"]
paid = {}
print("tokens  order  perplexity per token  bits per character")
for cut in cuts:
    counted = cut.encode(wiki.train)
    for order in (2, 3, 6):
        counts_of_tokens = NGramModel(order, "modified_kneser_ney", cut.vocab_size).fit(counted)
        cost = paid[cut.vocab_size, order] = evaluate(counts_of_tokens, cut, wiki.test)
        shown = f"{perplexity(cost.nats_per_token):20.1f}  {cost.bits_per_character:18.3f}"
        print(f"{cut.vocab_size:6,}  {order:5}  {shown}")

# %% [markdown]
r"""
Of the counts of six, the lowest perplexity belongs to the *worst* of them, and the highest, more than a hundred times as high, to the best. In bits, all four are within a tenth. A die that is thrown for a longer piece has more sides. With $b$ bits per character and $c$ characters per token:

$$ \text{perplexity} = 2^{\,b\,c} \tag{18.8} $$
"""

# %%
for cut in cuts:
    cost = paid[cut.vocab_size, 6]
    per_token = cost.characters / cost.tokens
    sides = 2 ** (cost.bits_per_character * per_token)  # eq. 18.8
    assert math.isclose(sides, perplexity(cost.nats_per_token))
    print(f"{cut.vocab_size:6,} entries: {per_token:.2f} characters per token, {sides:.1f} sides")

# %% tags=["folded"]
# @title Two measures of the same models
from lmteach.plots.cost_and_quality import cost_and_quality

of_cut = {
    f"{cut.vocab_size:,} entries": {
        str(order): (perplexity(paid[cut.vocab_size, order].nats_per_token), bits)
        for order in (2, 3, 6)
        for bits in [paid[cut.vocab_size, order].bits_per_character]
    }
    for cut in cuts
}
display_figure(
    cost_and_quality(of_cut, xlabel="perplexity per token"),
    alt="Bits per character against perplexity per token, three dots for each vocabulary, named by "
    "the order of the n-grams. Within a vocabulary fewer bits go with less perplexity; from one to "
    "the next the dots move far to the right, and those of order 6 stay at one height.",
)

# %% tags=["folded"]
# @title What the text relies on
best_of = [paid[cut.vocab_size, 6] for cut in cuts]
sides_of = [perplexity(cost.nats_per_token) for cost in best_of]
bits_of = [cost.bits_per_character for cost in best_of]
assert sides_of == sorted(sides_of)
assert bits_of[0] == max(bits_of)
assert bits_of[0] / min(bits_of) < 1.06

# %% [markdown]
"""
Within one vocabulary the two measures agree. Across vocabularies perplexity counts how long the tokens are, and bits per character don't: the text has as many characters for all. (Nor is that comparison of bits quite even: the tokens of SmolLM2 were learned from far more text than ours, and know words that these articles do not.)
So a perplexity needs its tokens beside it, as BLEU needs its signature, and two of them can be compared if the tokens are the same.

## The equal sign

Random pairs of texts, with Chinese, punctuation, numbers and nothing at all. Ours against `rouge-score` and sacreBLEU. (In the tests, a thousand of them, and SQuAD's rules written out anew.)
"""

# %%
pieces = [*"the cat Cats sat, on 1,000.5 U.S. (mat) 3-4 我喜欢猫。 猫 é".split(), ""]
generator = np.random.default_rng(0)
random_pairs = [
    [" ".join(generator.choice(pieces, generator.integers(0, 9))) for _ in range(2)]
    for _ in range(200)
]
random_pairs[:3]

# %%
import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

scorer = RougeScorer(["rouge1", "rouge2", "rougeL"])
for candidate, right in random_pairs:
    theirs = scorer.score(target=right, prediction=candidate)
    ours = [rouge_n(candidate, right, 1), rouge_n(candidate, right, 2), rouge_l(candidate, right)]
    assert np.allclose(ours, [theirs["rouge1"], theirs["rouge2"], theirs["rougeL"]], atol=1e-9)

# %%
hypotheses, rights_of_all = map(list, zip(*random_pairs, strict=True))
theirs = sacrebleu.corpus_bleu(hypotheses, [rights_of_all]).score
ours = bleu([bleu_words(h) for h in hypotheses], [(bleu_words(r),) for r in rights_of_all])
assert abs(100 * ours - theirs) < 1e-9
by_hand = bleu_by_hand(translations, references)
assert abs(100 * by_hand - sacrebleu.corpus_bleu(translations, [references]).score) < 1e-9

# %% [markdown]
"""
And chrF, on the same pairs, and BLEU from the counts of the Chinese names, by sacreBLEU's `char`:
"""

# %%
theirs = sacrebleu.corpus_chrf(hypotheses, [rights_of_all]).score
assert abs(100 * chrf(hypotheses, rights_of_all) - theirs) < 1e-9
said_first, right_first = translated["Transformer", "new"][0], rights_of["new"]
by_counts = bleu_of_counts(tables_of(said_first, right_first)["BLEU"][0])
theirs = sacrebleu.corpus_bleu(said_first, [right_first], tokenize="char").score
assert abs(100 * by_counts - theirs) < 1e-9

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## The scoreboard

These tasks have no thread on the board, so here is a board of their own: every way to sum up, three scores, and ROUGE-1 of the first 50 words, with intervals. SmolLM2 summed up every fourth article, 22 of them; compare its line with no other.
"""

# %%
print(f"{'':10}{'ROUGE-1':22}{'ROUGE-2':22}{'ROUGE-L':22}50 words")
for name in ("random", "lead-3", "TextRank", "centroid", "SmolLM2"):
    cells = [
        with_interval(summaries.values(figure, method=name)[0])
        for figure in ("rouge_1", "rouge_2", "rouge_l")
    ]
    cells.append(with_interval(equal[name]) if name in equal else "")
    print(f"{name:10}" + "".join(f"{cell:22}" for cell in cells))

# %% [markdown]
"""
On the same 22 articles, the small chat model against the first three sentences, each with 50 words:
"""

# %%
written = summaries.values("texts", method="SmolLM2")[0].split("\n")
of_chat = np.array(
    [rouge_n(first_words(t), a.lead, 1).f1 for t, a in zip(written, articles[::4], strict=True)]
)
for name in ("lead-3", "TextRank"):
    ahead = paired_bootstrap(of_chat, equal[name][::4], np.random.default_rng(0))
    print(f"SmolLM2 over {name}: {ahead}")

# %% [markdown]
"""
Nobody can say by 22 articles whether it is better or worse than the first three sentences; TextRank is ahead of it. And read the two summaries in which the smallest share of words is different:
"""


# %%
def different(text):
    words = rouge_words(text)
    return len(set(words)) / len(words)


cosines = summaries.values("cosine", method="SmolLM2")[0]
for place in sorted(range(len(written)), key=lambda place: different(written[place]))[:2]:
    print(f"ROUGE-1 {of_chat[place]:.2f}, cosine {cosines[place]:.2f}: {written[place][:250]} …")
print(f"mean cosine of all 22: {np.mean(cosines):.2f}")

# %% [markdown]
"""
For a reader these are no summaries. For the cosine they are as near to their leads as all others are on average. No score above asks whether a text can be read.

## Spot the bug

### A new state of the art

A team has a new summariser. It is compared with the old one on all 85 articles, by ROUGE-1, as everybody does.
"""


# %%
def summarised(version):
    dice = np.random.default_rng(version)
    chosen_ones = []
    for article in articles:
        places = sorted(dice.choice(len(article.sentences), 3, replace=False))
        chosen_ones.append(" ".join(article.sentences[place] for place in places))
    return chosen_ones


def scores_of(version):
    pairs = zip(summarised(version), articles, strict=True)
    return np.array([rouge_n(text, article.lead, 1).f1 for text, article in pairs])


versions = {version: scores_of(version) for version in range(6)}
old, new = versions[1], max(versions.values(), key=np.mean)
print(f"The new one outperforms the old one by {100 * (new.mean() - old.mean()):.2f} points.")

# %% [markdown]
"""
**Guess first.** The line is true. Would you publish it? What would you print beside it, and what do the two systems do?
"""

# %% tags=["answer"]
lead_of_new = paired_bootstrap(new, old, np.random.default_rng(0))
worst = min(versions.values(), key=np.mean)
lead_of_best = paired_bootstrap(new, worst, np.random.default_rng(0))
print("the new over the old:", lead_of_new)
print("the six versions:", *(f"{100 * scores.mean():.1f}" for scores in versions.values()))
print("the best of them over the worst:", lead_of_best)
assert lead_of_new.low < 0 < lead_of_best.low

# %% [markdown]
"""
Both throw dice. The new one is the best of six throws, and its lead is inside what chance does. Published claims are made so: a fine-tuned summariser is said to "handily" outperform the first three sentences by 0.23 points of ROUGE-1, on ROUGE-2 it is 0.53 *behind*, and neither has an interval. For 0.23 points you computed above how many articles it takes.

Print the interval of the difference, on the same items. And count the versions that were tried: the best over the worst of six equal dice even leaves 0 out. An interval is made for two systems that were chosen beforehand.

### Scores for another language

Somebody judges Chinese summaries by ROUGE-1, with the standard tool. *We went to Beijing in 2026* is the reference. The first candidate says the same with other words for *went*; the second, *They did not go to Shanghai in 2026*.
"""

# %%
beijing = "2026年我们去了北京"
candidates = ["我们在二〇二六年到北京去了", "2026年他们没有去上海"]
for candidate in candidates:
    print(f"{scorer.score(beijing, candidate)['rouge1'].fmeasure:.2f}  {candidate}")

# %% [markdown]
"""
**Guess first.** What has the tool read of these sentences?
"""

# %% tags=["answer"]
for text in (beijing, *candidates):
    print(rouge_words(text), bleu_words(text))
for candidate in candidates:
    print(f"{rouge_n(candidate, beijing, 1, cut=list).f1:.2f}  {candidate}")
assert rouge_n(candidates[0], beijing, 1).f1 == 0 < 1 == rouge_n(candidates[1], beijing, 1).f1

# %% [markdown]
"""
Everything but a to z and digits is a gap, so of the second all that is left is a year, which is right. No error, no warning, and means over a test look like scores. BLEU's default makes one word of a whole Chinese sentence. Give a tool the symbols that the language has: characters (`cut=list`), or words from a segmenter (notebook 03).
Then both are read, and the second is still ahead by a hair: it has *2026* in the same signs, and nobody who counts characters sees the *not*.

## In practice

At work you let the tools do it, and print the *signature*, which says how words were cut. sacreBLEU has the paired bootstrap built in (`--paired-bs` on the command line), and a tokenizer for Chinese:
"""

# %% tags=["nbval-ignore-output"]
metric = sacrebleu.BLEU(tokenize="zh", effective_order=True)
print(metric.sentence_score(candidates[0], [beijing]).score, metric.get_signature())

# %%
from rouge_score.scoring import BootstrapAggregator

aggregator = BootstrapAggregator(n_samples=1000)
for text, article in zip(texts["lead-3"], articles, strict=True):
    aggregator.add_scores(scorer.score(target=article.lead, prediction=text))
aggregate = aggregator.aggregate()["rouge1"]  # by dice of its own
low, high = interval_by_hand(rouge_1["lead-3"], np.random.default_rng(0))
assert np.allclose([aggregate.low.fmeasure, aggregate.high.fmeasure], [low, high], atol=0.005)

# %% [markdown]
"""
Before all of this, texts were cut into sentences, and a summary of three sentences is as good as that cut. Ours was a rule of thumb: a stop, a blank, a capital. spaCy has a *sentencizer*, which looks at tokens, in a pipeline that is otherwise blank, so nothing has to be downloaded.

**Guess first.** Where will the two differ on the test articles: at initials, at quotations, at brackets? And who is right?
"""

# %% tags=["answer"]
import spacy

pipeline = spacy.blank("en")
pipeline.add_pipe("sentencizer")


def cut_places(paragraph, some_sentences):
    places, after = [], 0
    for one in some_sentences:
        places.append(paragraph.index(one, after))
        after = places[-1] + len(one)
    return set(places[1:])  # the first is where both begin


agreed, only_ours, only_spacy = 0, [], []
for paragraph in wiki.test.split("\n"):
    mine = cut_places(paragraph, sentences_of(paragraph))
    theirs_at = cut_places(paragraph, [one.text for one in pipeline(paragraph).sents])
    agreed += len(mine & theirs_at)
    only_ours += [(paragraph, place) for place in sorted(mine - theirs_at)]
    only_spacy += [(paragraph, place) for place in sorted(theirs_at - mine)]
print(f"cut by both {agreed}, by ours alone {len(only_ours)}, by spaCy alone {len(only_spacy)}")

# %%
initials = [p for p, place in only_ours if re.search(r"\b[A-Z]\. +$", p[:place])]
quotes = [p for p, place in only_spacy if re.search(r"""[.!?]["')]+ +$""", p[:place])]
print(f"ours alone: {len(initials)} of {len(only_ours)} behind an initial or a short form")
print(f"spaCy alone: {len(quotes)} of {len(only_spacy)} behind a stop within quotes or brackets")
for paragraph, place in [*only_ours[:5], *only_spacy[:5]]:
    print(f"{paragraph[max(place - 30, 0) : place]:>30}|{paragraph[place : place + 30]}")

# %% [markdown]
"""
Most of our own cuts stand behind an initial, as in *Donald C. Baker*, where no sentence ends: spaCy's tokens keep the stop of *C.* and of *U.S.* to themselves. Most of its own stand behind a stop within quotes, where a sentence does end and our rule, which wants the stop last, sees none. But it also leaves an opening bracket with the sentence before. Both are rules of thumb, and they part on one cut in fourteen.
"""

# %% [markdown]
"""
Three habits: say which items, how many, and how words were cut; print the interval of the difference; read twenty outputs before you believe a mean.

## Your turn

Each exercise is checked, and a wrong answer is told what is likely wrong with it.

### Build it · BLEU, and how sure you are (25 minutes, ●●○)

Four steps make BLEU of one sentence, two more a bootstrap. Each step is judged alone; in a later one you may call your earlier functions.

#### Step 1 · ngrams_of

From a list of `words`, all runs of `n` of them, in order: a list of tuples.
"""


# %% tags=["exercise"]
def ngrams_of(words, n):
    ### BEGIN SOLUTION: a list of tuples
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    ### END SOLUTION


check.ngrams_of(ngrams_of)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

The last run begins `n` words before the end.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
#### Step 2 · clipped

From the words that were `said` and the `right` ones: how many runs of `n` are right (equation 18.2, each counted at most as often as it stands in `right`), and how many there are. A pair of whole numbers.
"""


# %% tags=["exercise"]
def clipped(said, right, n):
    ### BEGIN SOLUTION: (matches, all)
    own, wanted = Counter(ngrams_of(said, n)), Counter(ngrams_of(right, n))
    return (own & wanted).total(), own.total()
    ### END SOLUTION


check.clipped(clipped)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`Counter` counts tuples; `&` of two keeps the lesser count of each.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
#### Step 3 · penalty

Equation 18.3: the factor for having `said` so many words where `right` many were right. `said` is at least 1.
"""


# %% tags=["exercise"]
def penalty(said, right):
    ### BEGIN SOLUTION: one number
    return min(1.0, math.exp(1 - right / said))
    ### END SOLUTION


check.penalty(penalty)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

What should it be for who says more than enough?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
#### Step 4 · bleu_of

Equation 18.4 for one sentence, without smoothing: if an order has no match, or no run at all, it is 0. Then try your own candidate against a reference:

```python
bleu_of("the cat sat on the mat".split(), "the cat is on the mat".split())
```
"""


# %% tags=["exercise"]
def bleu_of(said, right):
    ### BEGIN SOLUTION: from 0 to 1
    product = 1.0
    for n in (1, 2, 3, 4):
        matches, total = clipped(said, right, n)
        product *= matches / total if total else 0
    return penalty(len(said), len(right)) * product**0.25
    ### END SOLUTION


check.bleu_of(bleu_of)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

A product of four shares, its fourth root, and the penalty.

</details>

<details><summary>Solution</summary>

{{solution}}

For the two cats it is 0: no run of four words is right. That is why single sentences are smoothed, and why BLEU is of a whole test.

</details>
"""

# %% [markdown]
r"""
#### Step 5 · means_of_draws

`values` (N,) are scores, `places` (B, N) whole numbers: each row is a draw of N items. Return the mean of each draw (B,), equation 18.5.
"""


# %% tags=["exercise"]
def means_of_draws(values, places):
    ### BEGIN SOLUTION: an array (B,)
    return values[places].mean(axis=1)
    ### END SOLUTION


check.means_of_draws(means_of_draws)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

`values[places]` looks up all of them at once, and is (B, N).

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
#### Step 6 · interval_of

From the means (B,), the interval in which the middle share `level` of them lies: a pair. Then put the two together on a difference of your own choice:

```python
draws = np.random.default_rng(1).integers(0, 85, (1000, 85))
interval_of(means_of_draws(equal["centroid"] - equal["lead-3"], draws), 0.95)
```
"""


# %% tags=["exercise"]
def interval_of(means, level):
    ### BEGIN SOLUTION: (low, high)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return low, high
    ### END SOLUTION


check.interval_of(interval_of)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Of 95 %, two and a half are left out at each end.

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
### Exercise 1 · f1_of (8 minutes, ●○○)

Equation 18.1 for two lists of words, `said` and `right`, neither of them empty. A word that stands in both twice is shared twice.
"""


# %% tags=["exercise"]
def f1_of(said, right):
    ### BEGIN SOLUTION: one number
    shared = (Counter(said) & Counter(right)).total()
    return 2 * shared / (len(said) + len(right))
    ### END SOLUTION


check.f1_of(f1_of)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Write P and R as fractions with the same m: what is left of 2PR / (P + R)?

</details>

<details><summary>Solution</summary>

{{solution}}

</details>
"""

# %% [markdown]
r"""
### Exercise 2 · items_needed (8 minutes, ●●○)

Differences have the standard deviation `deviation`. How many items does it take at least, so that 1.96 · deviation / √N is no more than a `gain`? How many times as many does half the gain need?
"""


# %% tags=["exercise"]
def items_needed(deviation, gain):
    ### BEGIN SOLUTION: a whole number
    return math.ceil((1.96 * deviation / gain) ** 2)
    ### END SOLUTION


check.items_needed(items_needed)

# %% [markdown] slideshow={"slide_type": "skip"}
"""
<details><summary>Hint</summary>

Solve for N, and round up.

</details>

<details><summary>Solution</summary>

{{solution}}

Four times as many: the gain is squared.

</details>
"""

# %% [markdown] slideshow={"slide_type": "slide"}
"""
## Recap

- Exact match, F1, BLEU and ROUGE count words that two texts share. Each fits one kind of task, and none reads: what people find alike, ROUGE and BLEU know only a little.
- BLEU clips its counts, sums them over a test, and makes who says little pay. A good paraphrase may get 0.
- The bootstrap draws the items anew. On our scores it kept its word with 200 items, not with 10.
- Compare on the same items, and print the interval of the difference. Of ten gains of 1 to 2.5 points, six stood.
- An interval does not mend an unfair comparison: most of TextRank's lead was length, and perplexities of two vocabularies can't be compared. And a tool may be blind to your language.

**Further reading.** K. Papineni and others, "BLEU: a Method for Automatic Evaluation of Machine Translation" (2002). M. Post, "A Call for Clarity in Reporting BLEU Scores" (2018). M. Popović, "chrF" (2015). C.-Y. Lin, "ROUGE" (2004). P. Rajpurkar and others, "SQuAD" (2016).
B. Efron and R. Tibshirani, "An Introduction to the Bootstrap" (1993). P. Koehn, "Statistical Significance Tests for Machine Translation Evaluation" (2004). R. Mihalcea and P. Tarau, "TextRank" (2004). D. Card and others, "With Little Power Comes Great Responsibility" (2020).

**Next.** {{next}}: a model that is better on what it has read, and worse on all else, and what helps.
"""
