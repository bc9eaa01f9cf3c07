"""Recorded runs of training: a cure turned up, and both curves."""
