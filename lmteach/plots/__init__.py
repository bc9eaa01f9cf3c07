"""Figures from arrays, one line each, in one style."""
