"""Recurrent networks: cells, layers and the language model, all to be had from here.

A cell is one step (``recurrent_cells``), ``unrolled`` runs it over all steps, a layer keeps its
numbers (``recurrent_layers``), and ``RecurrentLM`` predicts text. Taught in notebooks 06 and 07.
"""

from lmteach.models.recurrent_cells import GRUCell, LSTMCell, RNNCell
from lmteach.models.recurrent_language_model import RecurrentLM
from lmteach.models.recurrent_layers import GRU, LSTM, RNN

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell", "RecurrentLM"]
