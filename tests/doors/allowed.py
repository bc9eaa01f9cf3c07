"""What may pass although it is seldom what was meant, each with its reason.

The keys are a parameter's name, or a door and a parameter, `plots.heatmap.heatmap(title)`; the
names of the values are those of `bad.py`.
"""

from tests.doors.bad import EMPTY, NUMBERS, WRONG_TYPES

EMPTY_ANSWER = {"an empty list": "an empty answer", "an empty text": "an empty answer"}
ANYTHING = (*WRONG_TYPES, *NUMBERS, *EMPTY, "None inside", "one axis more", "another length")

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
    # training, decoding, evaluation, models.seq2seq, models.gpt
    "end": {"0": "an id like any other"},
    "layer": {"0": "the first"},
    "penalty": {"2.5": "severe"},
    "repetition_penalty": {"2.5": "severe"},
    "nats_per_token": {"0": "a certain model", "2.5": "a usual one", "infinity": "a wrong one"},
    "smoothing": {"0": "no smoothing"},
    "ignore_index": {"-1": "no id", "0": "padding"},
    "lr": {"0": "layers that stay as they are", "2.5": "bold"},
    "weight_decay": {"0": "none", "2.5": "times a rate, it is small"},
    "momentum": {"0": "none"},
    "beta2": {"0": "nothing is remembered"},
    "rate": {"2.5": "bold"},
    "clip": {"2.5": "a longer gradient"},
    "limit": {"2.5": "a longer gradient", "infinity": "no limit"},
    "step": {"0": "before the first"},
    "warmup": {"0": "none"},
    "floor": {"0": "down to nothing"},
    "notes": {"an empty dict": "nothing to say"},
    "state": {"an empty dict": "nothing is remembered yet"},
    "decoding.beam.select_rows(state)": dict.fromkeys(ANYTHING, "what is no tensor stays"),
    "decoding.cache.KeyValueCache(keys)": {"an empty list": "nothing is held yet"},
    "decoding.cache.KeyValueCache(values)": {"an empty list": "nothing is held yet"},
    "decoding.cache.KeyValueCache.read(ids)": {"an unknown id inside": "it holds for any model"},
    "decoding.sampling.text_pieces(tokens)": {"an empty list": "nothing was written"},
    "evaluation.bleu.clipped_matches(hypothesis)": EMPTY_ANSWER,
    "evaluation.bleu.brevity_penalty(said)": {"0": "an empty answer"},
    "evaluation.bleu.brevity_penalty(right)": {"0": "an empty reference"},
    "evaluation.error_rates.edit_distance(a)": EMPTY_ANSWER,
    "evaluation.error_rates.edit_distance(b)": EMPTY_ANSWER,
    "evaluation.word_similarity.ranks(values)": {"-1 inside": "a value like any other"},
    "evaluation.word_similarity.rank_correlation(one)": {"-1 inside": "a value like any other"},
    "evaluation.word_similarity.rank_correlation(other)": {"-1 inside": "a value like any other"},
    "evaluation.information.shannon_bounds(guesses)": {"an unknown id inside": "many guesses"},
    "evaluation.scoreboard.table(columns)": {"an empty list": "the values alone"},
    "evaluation.tables.literal(text)": {"an empty text": "an empty cell"},
    "evaluation.tables.plain_table(rows)": {
        "an empty list": "a header alone",
        "another length": "any number of rows",
    },
    "evaluation.tables.markdown_table(rows)": {"an empty list": "a header alone"},
    "evaluation.tables.plain_table(names)": {"0": "numbers only"},
    "evaluation.tables.markdown_table(names)": {"0": "numbers only"},
    "training.muon.orthogonalised(rounds)": {"0": "a matrix of length 1"},
    "models.gpt.config.GPTConfig(ngram_rows)": {"0": "no tables"},
    "models.gpt.ngram_embedding.ngram_rows(ids)": {"an unknown id inside": "any id has a hash"},
    "models.gpt.ngram_embedding.NGramEmbedding.forward(ids)": {
        "an unknown id inside": "any id has a hash"
    },
    **{
        f"evaluation.scoreboard.{door}({name})": {"0": "nothing, or all right", "2.5": "a number"}
        for door in ("record", "Row")
        for name in ("value", "spread", "seconds", "passes")
    },
    **{
        f"evaluation.scoreboard.{door}({name})": {"0": "nothing is read, kept or labelled"}
        for door in ("record", "Row")
        for name in ("parameters", "text_read", "peak_memory", "bytes", "labels")
    },
}

# Tensors inside a network are asked for their type and shape; reading each number costs too much.
UNREAD = ("NaN inside", "infinity inside", "-1 inside")

# What goes on from where the example left it: the same call again is another one.
ONCE = (
    "text.tokenizers.bpe.PairCounts.merge",
    "widgets.training_panel.loss_curve.LossCurve.add",
    "widgets.training_panel.widget.TrainingPanel.on_step",
)
