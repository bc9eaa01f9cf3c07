"""Shannon's guessing game."""
