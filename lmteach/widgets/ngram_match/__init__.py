"""A candidate against a reference, n-gram by n-gram."""
