"""Temperature, top-k and top-p over the next token."""
