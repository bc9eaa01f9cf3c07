"""Two systems, moved apart until the difference is real."""
