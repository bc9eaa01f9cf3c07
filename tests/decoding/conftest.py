"""Hugging Face's GPT-2, for all that writes with a GPT."""

import pytest
from transformers import GPT2LMHeadModel

from tests.decoding.twins import MODEL


@pytest.fixture(scope="session")
def twin(tmp_path_factory):
    """GPT-2 with the weights of MODEL, asked for nothing by its own configuration."""
    folder = tmp_path_factory.mktemp("gpt2")
    MODEL.save_pretrained(folder)
    model = GPT2LMHeadModel.from_pretrained(folder).eval()
    model.generation_config.eos_token_id = None
    model.generation_config.bos_token_id = None
    model.generation_config.pad_token_id = 0
    return model
