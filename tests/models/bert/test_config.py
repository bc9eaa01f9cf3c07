"""BERT's sizes: those of transformers where nothing is said, and what they mean for a layer."""

import transformers

from lmteach.models.bert.config import BertConfig


def test_the_defaults_are_those_of_transformers() -> None:
    ours, theirs = BertConfig(), transformers.BertConfig()
    assert ours.vocab_size == theirs.vocab_size
    assert ours.context == theirs.max_position_embeddings
    assert (ours.dim, ours.heads) == (theirs.hidden_size, theirs.num_attention_heads)
    assert (ours.layers, ours.hidden) == (theirs.num_hidden_layers, theirs.intermediate_size)
    assert (ours.segments, ours.pad_id) == (theirs.type_vocab_size, theirs.pad_token_id)
    assert (ours.dropout, ours.norm_eps) == (theirs.hidden_dropout_prob, theirs.layer_norm_eps)
    assert ours.labels == theirs.num_labels


def test_a_layer_is_that_of_2017_with_gelu() -> None:
    layer = BertConfig(dim=8, heads=2, dropout=0.3, feed_forward_dim=5).layer
    assert (layer.dim, layer.heads, layer.feed_forward_dim) == (8, 2, 5)
    assert (layer.dropout, layer.attention_dropout) == (0.3, 0.3)
    assert (layer.activation, layer.pre_norm, layer.norm) == ("gelu", False, "layer")
