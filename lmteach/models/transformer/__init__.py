"""The Transformer: attention, positions, norms, layers, the whole model."""
