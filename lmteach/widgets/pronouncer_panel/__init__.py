"""Words and their phonemes."""
