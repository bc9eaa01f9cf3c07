"""Order and discount of an n-gram model."""
