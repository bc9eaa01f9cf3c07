"""Heads of a model, switched off and on, and what it then says."""
