"""What may pass although it is seldom what was meant, each with its reason.

The keys are a parameter's name, or a door and a parameter, `plots.heatmap.heatmap(title)`; the
names of the values are those of `bad.py`.
"""

from tests.doors.bad import EMPTY, NUMBERS, WRONG_TYPES

_EMPTY = {"an empty text": "nothing to do"}
_NO_TOKENS = {"an empty list": "nothing to do", "an empty text": "nothing to do"}
_ANY_IDS = {
    "an empty list": "nothing to do",
    "-1 inside": "no vocabulary is asked",
    "an unknown id inside": "no vocabulary is asked",
    "another length": "a row of any length",
    "-1": "no vocabulary is asked",
    "0": "no vocabulary is asked",
}
_BELOW_0 = {"-1 inside": "scores may be negative"}
_FROM_0 = {"0": "the first"}
_AXES = {"one axis more": "layers, heads", "one axis less": "the same for all"}
_TOKENIZERS = "text.tokenizers"

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
    # plots
    "row_label": {"an empty text": "no label"},
    "column_label": {"an empty text": "no label"},
    "colour_label": {"an empty text": "no label"},
    "marks": {"an empty dict": "no levels to compare with"},
    "plots.bars.bars(values)": {"-1 inside": "a bar that hangs down"},
    "plots.gates.gate_strips(lowest)": {"-1": "below the highest", "0": "below the highest"},
    "plots.gates.gate_strips(highest)": {"2.5": "above the lowest"},
    "plots.gates.coloured_text(values)": {"-1 inside": "the darkest"},
    "plots.gates.coloured_text(lowest)": {"-1": "below the highest", "0": "below the highest"},
    "plots.gates.coloured_text(highest)": {"0": "above the lowest", "2.5": "above the lowest"},
    "plots.heatmap.heatmap(numbers)": {"an empty text": "none are written"},
    "plots.journey.journey(ready)": {"0": "none is written yet"},
    "plots.levels.apart(heights)": {"an empty list": "no levels", "-1 inside": "any height"},
    "plots.levels.apart(gap)": {"0": "they may touch", "2.5": "any distance"},
    "plots.names.write_names(named)": {"an empty list": "no names"},
    "plots.scatter.scatter(groups)": {"an empty dict": "no groups"},
    "plots.symbols.visible(symbol)": {"an empty text": "nothing to see"},
    "plots.symbols.spoken(symbol)": {"an empty text": "nothing to say"},
    "plots.trade_off.trade_off(references)": {"an empty dict": "no references"},
    "plots.trellis.trellis(path)": {"an empty list": "no path is drawn"},
    # text
    "text.batches.random_windows(ids)": _ANY_IDS,  # the model asks for ids that it knows
    "text.batches.shuffled_windows(ids)": _ANY_IDS,
    "text.batches.consecutive_windows(ids)": _ANY_IDS,
    "text.batches.pad(padding)": {"0": "the usual one", "-1": "what a loss leaves out"},
    "text.batches.batches_of_like_length(lengths)": {
        "one axis more": "several lengths of each",
        "an unknown id inside": "any length",
    },
    "text.corpora.dates.dates(count)": {"0": "none"},
    "text.corpora.pronunciations.parse_pronunciations(text)": {"an empty text": "no words"},
    "text.corpora.wikipedia.clean(source)": _EMPTY,
    "text.corpora.wikitext.fold_to_ascii(text)": _EMPTY,
    "text.corpora.wikitext.mark_holes(source)": _EMPTY,
    "text.corpora.wikitext.is_prose(paragraph)": {"an empty text": "it is none"},
    "text.corpora.wikitext.paragraphs(source)": _EMPTY,
    "text.cache.write_cached(data)": {"bytes": "any will do"},
    "text.packages.sha256(data)": {"bytes": "any will do"},
    "text.splits.bucket(key)": {"an empty text": "a key like others"},
    "text.splits.split_by_hash(items)": {**_NO_TOKENS, "one axis more": "any items"},
    f"{_TOKENIZERS}.bpe.pretokens(text)": _EMPTY,
    f"{_TOKENIZERS}.bpe.merge(ids)": _ANY_IDS,
    f"{_TOKENIZERS}.bpe.merge(pair)": _ANY_IDS,
    f"{_TOKENIZERS}.bpe.merge(new)": _ANY_IDS,
    f"{_TOKENIZERS}.bpe.PairCounts(words)": {"an empty dict": "no pairs"},
    f"{_TOKENIZERS}.bpe.learn_merges(words)": {"an empty list": "no merges"},
    f"{_TOKENIZERS}.bpe.BPETokenizer(merges)": {"an empty list": "the bytes alone"},
    f"{_TOKENIZERS}.bpe.BPETokenizer.merge_steps(word)": _EMPTY,
    f"{_TOKENIZERS}.bpe.BPETokenizer.encode_word(word)": _EMPTY,
    f"{_TOKENIZERS}.bpe.BPETokenizer.encode(text)": _EMPTY,
    f"{_TOKENIZERS}.bpe.BPETokenizer.encode_bytes(data)": {"bytes": "any will do"},
    f"{_TOKENIZERS}.bpe.BPETokenizer.decode_bytes(ids)": _NO_TOKENS,
    f"{_TOKENIZERS}.bpe.BPETokenizer.decode(ids)": _NO_TOKENS,
    f"{_TOKENIZERS}.byte_alphabet.to_signs(token)": {"bytes": "any will do"},
    f"{_TOKENIZERS}.byte_alphabet.from_signs(signs)": _EMPTY,
    f"{_TOKENIZERS}.characters.CharTokenizer.encode(text)": _EMPTY,
    f"{_TOKENIZERS}.characters.CharTokenizer.decode(ids)": _NO_TOKENS,
    f"{_TOKENIZERS}.tokenizer_json.write_merges(merges)": {"an empty list": "the bytes alone"},
    f"{_TOKENIZERS}.vocabulary.Vocabulary.unknown(sequence)": _NO_TOKENS,
    f"{_TOKENIZERS}.vocabulary.Vocabulary.encode(sequence)": _NO_TOKENS,
    f"{_TOKENIZERS}.vocabulary.Vocabulary.decode(ids)": {**_NO_TOKENS, "another length": "any"},
    f"{_TOKENIZERS}.words.WordTokenizer.split(text)": _EMPTY,
    f"{_TOKENIZERS}.words.WordTokenizer.encode(text)": _EMPTY,
    f"{_TOKENIZERS}.words.WordTokenizer.decode(ids)": _NO_TOKENS,
    # files, classroom
    "files.write_whole(data)": {"bytes": "any will do", "an empty text": "an empty file"},
    "classroom.show_source(helper)": {
        f"returns {name}": "it is shown, and not called"
        for name in ("None", "NaN", "a text", "-1", "an empty list")
    },
    # widgets
    "widgets.attention_ledger.widget.AttentionLedger(x)": _BELOW_0,
    "widgets.attention_ledger.widget.AttentionLedger(query)": _BELOW_0,
    "widgets.attention_ledger.widget.AttentionLedger(key)": _BELOW_0,
    "widgets.attention_ledger.widget.AttentionLedger(value)": {
        **_BELOW_0,
        "another length": "values of another width",
    },
    "widgets.attention_view.widget.AttentionView(scores)": {**_BELOW_0, **_AXES},
    "widgets.attention_view.widget.AttentionView(mask)": _AXES,
    "widgets.attention_view.widget.AttentionView.of_weights(weights)": _AXES,
    "widgets.bigram_explorer.widget.grow(start)": _FROM_0,
    "widgets.bigram_explorer.widget.grow(end)": _FROM_0,
    "widgets.bigram_explorer.widget.grow(draws)": _FROM_0,
    "widgets.emission_player.widget.EmissionPlayer(log_likelihoods)": _BELOW_0,
    "widgets.emission_player.widget.EmissionPlayer.favourites(iteration)": {
        "-1": "the last",
        **_FROM_0,
    },
    "widgets.gate_scrubber.widget.GateScrubber(place)": _FROM_0,
    "widgets.guessing_game.recorded_game.to_shannon_alphabet(text)": _EMPTY,
    "widgets.guessing_game.recorded_game.wrapped(text)": _EMPTY,
    "widgets.guessing_game.widget.GuessingGame(given)": {"0": "no word is given"},
    "examples": {"an empty list": "nothing to click", "an empty text": "nothing to click"},
    "prompt": {"an empty text": "no words before the line"},
    "widgets.positions_view.widget.PositionsView.scores(distance)": {"-1": "ahead", **_FROM_0},
    "widgets.pronouncer_panel.widget.read(typed)": {"an empty text": "its model says what to type"},
    "widgets.shared.attention.attention_weights(scores)": _BELOW_0,
    "widgets.shared.attention.as_array(values)": {
        name: "who calls it asks for the shape and the range"
        for name in (
            *("-1", "0", "2.5", "NaN", "infinity", "NaN inside", "infinity inside", "-1 inside"),
            *("an empty list", "an empty array", "one axis more", "one axis less"),
        )
    },
    "widgets.shared.attention.head_scores(scores)": {**_BELOW_0, **_AXES},
    "widgets.shared.attention.mask_kinds(shape)": {"an unknown id inside": "lengths, no ids"},
    "widgets.shared.base.sentence_picture(sentence)": _EMPTY,
    "widgets.shared.random_numbers.uniform(index)": _FROM_0,
    "widgets.shared.random_numbers.draw(chance)": {"0": "the least of [0, 1)"},
    "widgets.spectral_radius.widget.growth_by_lag(matrix)": _BELOW_0,
    "widgets.spectral_radius.widget.growth_by_lag(inputs)": _BELOW_0,
    "widgets.spectral_radius.widget.growth_by_lag(radius)": {"0": "no memory", "2.5": "explodes"},
    "widgets.spectral_radius.widget.SpectralRadius.growth(radius)": {
        "0": "no memory",
        "2.5": "explodes",
    },
    "widgets.token_view.widget.TokenView(text)": _EMPTY,
    "widgets.token_view.widget.TokenView(step)": {"0": "no merge is made yet"},
    "widgets.token_view.widget.legible(token)": {"bytes": "any will do"},
    "samples": {"an empty list": "none was taken yet"},
    "widgets.training_panel.widget.TrainingPanel.run(train)": {
        f"returns {name}": "result() returns it as it is"
        for name in ("None", "NaN", "a text", "-1", "an empty list")
    },
    "widgets.training_panel.widget.TrainingPanel.on_step(step)": {"0": "before the first step"},
    "widgets.training_panel.widget.TrainingPanel.on_step(loss)": {"-1": "a loss may be negative"},
    "widgets.translation_view.widget.TranslationView(text)": {"an empty text": "watch takes it"},
    "widgets.trellis.widget.edited_row(place)": _FROM_0,
    "widgets.trellis.widget.edited_row(value)": {"0": "never"},
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
