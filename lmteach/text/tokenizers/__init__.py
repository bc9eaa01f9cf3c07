"""Tokenizers: from text to numbers and back. Import from the modules themselves."""
