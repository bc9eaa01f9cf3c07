"""What may pass although it is seldom what was meant, each with its reason.

The keys are a parameter's name, or a door and a parameter, `plots.heatmap.heatmap(title)`; the
names of the values are those of `bad.py`.
"""

ALLOWED: dict[str, dict[str, str]] = {
    "text.corpora.film_sentences.agreement(ratings)": {"another length": "other sentences"},
    "dropout": {"0": "no dropout"},
    "seed": {"0": "the usual seed"},
    "title": {"an empty text": "no title"},
    "xlabel": {"an empty text": "no label"},
    "ylabel": {"an empty text": "no label"},
    "unit": {"an empty text": "a number without a unit"},
    "temperature": {"2.5": "bold", "infinity": "a fair die"},
    "attention_dropout": {"0": "no dropout"},
    "eps": {"0": "the formula without its guard"},
    "start": {"0": "the first place"},
    "base": {"2.5": "a base of at least 1"},
    "x": {
        "one axis more": "vectors in any arrangement",
        "one axis less": "vectors in any arrangement",
        "another length": "any number of vectors",
        "an empty array": "no vectors make no vectors",
    },
    "ids": {"another length": "a text of any length"},
    "lengths": {"another length": "a batch of any size"},
    "row": {"another length": "a text of any length"},
    "source": {"another length": "a batch of any size"},
    "positions": {
        "another length": "any number of places",
        "an empty array": "no places have no vectors",
        "an unknown id inside": "rotary positions go on for ever",
        "-1 inside": "rotary positions go on for ever",
        "halves": "rotary positions may lie between two places",
    },
    "mask": {"one axis more": "a mask of its own for each head"},
    "models.transformer.positions.shift_rotation(steps)": {
        "-1": "a step back",
        "0": "no step",
    },
    # models.ngram, models.hmm, models.embedding, models.recurrent, models.bert
    "tokens": {"another length": "a text of any length", "an empty array": "an empty context"},
    "context": {
        "another length": "a text of any length",
        "an empty list": "nothing stands before",
        "an empty array": "nothing stands before",
    },
    "observations": {"another length": "a text of any length"},
    "held_out": {"another length": "a text of any length"},
    "sequences": {"another length": "one sequence more"},
    "sentences": {
        "another length": "one sentence more",
        "a list of texts": "two sentences",
        "an unknown id inside": "the number of a sentence, any",
    },
    "examples": {"another length": "one example more"},
    "aligned": {"another length": "one word more"},
    "words": {"another length": "one word more", "a list of texts": "two words"},
    "letters": {"a list of texts": "two letters"},
    "phonemes": {"a list of texts": "two phonemes"},
    "initial_scores": {"-1 inside": "a log score"},
    "transition_scores": {"-1 inside": "a log score"},
    "emission_scores": {"-1 inside": "a log score", "another length": "one step more"},
    "emission_table": {"-1 inside": "a log score"},
    "scores": {"-1 inside": "a log score", "another length": "one sequence more"},
    "initial": {"an unknown id inside": "a large count", "halves": "counts that have weights"},
    "emission": {"an unknown id inside": "a large count", "halves": "counts that have weights"},
    "pseudocount": {"0": "none", "2.5": "much smoothing"},
    "tolerance": {"0": "on until nothing is gained", "2.5": "nats of all sequences together"},
    "counts": {
        "one axis more": "a row or a table",
        "one axis less": "a row or a table",
        "another length": "any number of counts",
        "an unknown id inside": "a large count",
        "halves": "expected counts",
    },
    "k": {"0": "counts as they are", "2.5": "much smoothing"},
    "rate": {"2.5": "steep, but some losses are flat"},
    "padding": {"0": "the first token"},
    "layer": {"0": "the lowest"},
    "models.hmm.batch.log_of(probabilities)": {
        "one axis more": "an array of any shape",
        "another length": "an array of any shape",
        "an empty array": "has no logarithms",
    },
    "models.hmm.baum_welch.impossible(what)": {"an empty text": "its caller names it"},
    "models.hmm.jieba.segment(text)": {"an empty text": "has no words"},
    "models.hmm.letter_alignment.alignable(word)": {"an empty text": "is not alignable"},
    "models.hmm.letter_alignment.alignable(sounds)": {"another length": "it asks how many"},
    "models.hmm.model.HMM.baum_welch(callback)": {
        f"returns {what}": "nobody looks at it"
        for what in ("None", "NaN", "a text", "-1", "an empty list")
    },
    "models.ngram.arpa.escape(symbol)": {"an empty text": "has no white space"},
    "models.ngram.arpa.unescape(word)": {"an empty text": "has no white space"},
    "models.ngram.arpa.write_arpa(symbols)": {"a list of texts": "two symbols"},
    "models.ngram.arpa.write_arpa(sentence_end)": {"0": "the first token"},
    "models.ngram.backoff.backoff_level(shorter)": {"an empty list": "single tokens"},
    "models.ngram.backoff.backoff_level(logs)": {"-1 inside": "a logarithm"},
    "models.ngram.backoff.backoff_level(weights)": {"-1 inside": "a logarithm"},
    "models.ngram.backoff.BackoffModel(levels)": {"another length": "a higher order"},
    "models.ngram.backoff.BackoffModel.encode(symbols)": {
        "a list of texts": "two symbols",
        "an empty list": "has no ids",
        "an empty text": "has no ids",
    },
    "models.ngram.counts.CountLevel.sum_by_context(values)": {
        "-1 inside": "any numbers have a sum",
        "an unknown id inside": "any numbers have a sum",
        "halves": "any numbers have a sum",
    },
    "models.ngram.counts.lookup(keys)": {
        what: "asking if they are sorted takes longer than the search"
        for what in ("an empty array", "another length", "-1 inside", "an unknown id inside")
    },
    "models.ngram.counts.lookup(wanted)": {
        what: "what is not there has no place"
        for what in ("an empty array", "another length", "-1 inside", "an unknown id inside")
    },
    "models.ngram.counts.ngram_numbers(level_keys)": {"another length": "a higher order"},
    "models.ngram.model.smooth(parameters)": {"an empty dict": "maximum likelihood has none"},
    "models.ngram.model.NGramModel.fit_counts(levels)": {"another length": "the first are used"},
    "models.ngram.smoothing.interpolated_level(weight)": {"0": "all of it is passed down"},
    "models.ngram.smoothing.fit_weights(levels)": {"another length": "a higher order"},
    "models.embedding.feedforward.context_windows(ids)": {
        "an unknown id inside": "of a large vocabulary"
    },
    "models.embedding.feedforward.sample(length)": {"0": "no tokens"},
    "models.embedding.skipgram.draw_targets(contexts)": {
        "another length": "one pair more",
        "an empty array": "an epoch in which no pair was kept",
    },
    "models.embedding.skipgram.draw_targets(weights)": {"another length": "one word more"},
    "models.embedding.word_pairs.skipgram_pairs(ids)": {
        "an unknown id inside": "of a large vocabulary"
    },
    "models.embedding.word_vectors.WordVectors(vectors)": {"-1 inside": "a direction"},
    "models.embedding.word_vectors.WordVectors.nearest(plus)": {
        "another length": "a word that counts twice"
    },
    "models.embedding.word_vectors.WordVectors.nearest(minus)": {
        "an empty list": "none",
        "an empty text": "none",
    },
    "models.recurrent.cells.uniform(bound)": {"2.5": "large numbers"},
    "models.recurrent.layers.LSTM.remember(bias)": {
        "-1": "a gate that forgets",
        "0": "a gate that is half open",
        "2.5": "a gate that is wide open",
    },
}

# Tensors inside a network are asked for their type and shape; reading each number costs too much.
UNREAD = ("NaN inside", "infinity inside", "-1 inside")
