"""Recurrent networks: cells, layers, a language model."""
