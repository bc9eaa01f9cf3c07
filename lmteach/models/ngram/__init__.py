"""n-gram models: counts, smoothing, files."""
