"""Llama: today's form of the decoder-only Transformer."""
