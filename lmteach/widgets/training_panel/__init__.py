"""A run as it goes on: loss, samples, pause and stop."""
