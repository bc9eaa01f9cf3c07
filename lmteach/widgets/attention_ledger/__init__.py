"""One call of attention, step by step."""
