"""Decoding: from a model's probabilities to an answer."""
