"""Plant a sentence, train, and ask for it back."""
