"""Which sentences of a text stand for all of it: by the words they share, and by their vectors."""
