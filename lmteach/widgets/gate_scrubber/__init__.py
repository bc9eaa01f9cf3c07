"""One unit's gates and memory along a text."""
