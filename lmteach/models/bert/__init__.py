"""Encoders that read a text from both sides."""
