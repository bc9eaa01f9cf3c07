"""Letters and words as vectors: the feed-forward language model, skip-gram."""
