"""One query, answered by several ways to search, side by side."""
