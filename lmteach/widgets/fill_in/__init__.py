"""One token of a sentence is hidden: what the left says of it, and what both sides say."""
