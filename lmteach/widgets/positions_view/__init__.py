"""Sinusoidal and rotary positions."""
