"""BERT's names and cuts in files: those of transformers, and the way there and back."""

import pytest
import safetensors.torch
import torch
from transformers import BertConfig as TheirConfig
from transformers import BertForMaskedLM as TheirMaskedLM

from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.files import bert_format, from_bert, read_bert_config, to_bert
from lmteach.models.bert.model import BertForMaskedLM

SIZES = BertConfig(vocab_size=11, context=12, dim=16, heads=2, layers=2)


def test_what_is_written_has_the_names_and_shapes_of_transformers(tmp_path) -> None:
    BertForMaskedLM(SIZES).save_pretrained(tmp_path)
    written = safetensors.torch.load_file(tmp_path / "model.safetensors")
    sizes = {"vocab_size": 11, "max_position_embeddings": 12, "hidden_size": 16}
    sizes |= {"num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 64}
    theirs = dict(TheirMaskedLM(TheirConfig(**sizes)).named_parameters())
    assert {name: w.shape for name, w in written.items()} == {n: w.shape for n, w in theirs.items()}
    assert read_bert_config(tmp_path, "BertForMaskedLM") == SIZES


def test_queries_keys_and_values_are_cut_and_joined_in_order() -> None:
    whole = {"bert.layers.1.self_attn.in_proj_weight": torch.arange(12.0).view(6, 2)}
    cut = to_bert(whole)
    name = "bert.encoder.layer.1.attention.self.{}.weight"
    assert cut[name.format("value")].tolist() == [[8, 9], [10, 11]]
    assert list(from_bert(cut)) == list(whole)
    assert torch.equal(*from_bert(cut).values(), *whole.values())


def test_a_key_without_its_query_is_named() -> None:
    lonely = {"bert.encoder.layer.0.attention.self.query.bias": torch.ones(2)}
    with pytest.raises(ValueError, match=r"weights has no .*key\.bias'"):
        from_bert(lonely)


def test_the_format_is_called_as_the_class_of_transformers() -> None:
    written = bert_format("BertForMaskedLM").settings(
        {name: 1 for name in bert_format("BertForMaskedLM").names.values()}
    )
    assert written["architectures"] == ["BertForMaskedLM"]
    assert written["model_type"] == "bert"
