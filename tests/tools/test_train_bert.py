"""The tool that makes the shipped BERT, with a recipe of three steps."""

from dataclasses import replace
from pathlib import Path

import pytest

from lmteach.models.bert.config import BertConfig
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training.masked_recipe import MaskedRecipe
from lmteach.training.trained_bert import trained_bert, trained_bert_notes
from tools import train_bert

CONFIG = BertConfig(vocab_size=1028, context=16, dim=8, heads=2, layers=1, dropout=0.0)


def test_it_ships_what_it_has_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = wikipedia()
    short = replace(corpus, train=corpus.train[:3000], valid=corpus.valid[:500])
    monkeypatch.setattr(train_bert, "wikipedia", lambda: replace(short, test=corpus.test[:700]))
    recipe = MaskedRecipe(CONFIG, batch=2, steps=3, warmup=1)
    monkeypatch.setattr(train_bert, "WIKIPEDIA_MASKED", recipe)
    assert train_bert.main(["--folder", str(tmp_path / "made")]) == 0
    printed = capsys.readouterr().out
    model, _ = trained_bert(tmp_path / "made")
    notes = trained_bert_notes(tmp_path / "made")
    assert (notes["seed"], notes["recipe"]["steps"]) == (0, 3)
    shipped = train_bert.bits_of(model, corpus.test[:700])
    assert shipped == pytest.approx(notes["bits_per_blank"], abs=1e-4)
    assert f"shipped: {shipped:.4f}" in printed
