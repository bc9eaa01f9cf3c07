"""Text comes in: corpora and tokenizers. Import from the modules themselves."""
