"""Looking inside a model: read what passes through it, replace it, measure what that does."""
