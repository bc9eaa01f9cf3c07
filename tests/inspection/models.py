"""Small models of every family, and what each reads."""

import torch

from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.model import BertForMaskedLM
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.llama.model import Llama
from lmteach.models.llama.weights import llama_config
from lmteach.models.transformer.attention_only import AttentionOnly

IDS = torch.tensor([[1, 4, 2, 7, 4], [8, 0, 3, 3, 5]])


def small(family):
    """A small model, in double precision and in evaluation."""
    torch.manual_seed(0)
    model = {
        "gpt": lambda: GPT(GPTConfig(9, 8, dim=8, heads=2, layers=2)),
        "llama": lambda: Llama(llama_config(9, dim=8, heads=4, key_heads=2, layers=2, hidden=16)),
        "bert": lambda: BertForMaskedLM(BertConfig(9, 8, dim=8, heads=2, layers=2)),
        "attention_only": lambda: AttentionOnly(9, dim=8, heads=2, layers=2),
    }[family]()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))  # no output is 0, none like another
    return model.double().eval()


FAMILIES = ("gpt", "llama", "bert", "attention_only")
