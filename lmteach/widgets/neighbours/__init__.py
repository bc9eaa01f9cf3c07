"""The nearest words to a word or a sum of words."""
