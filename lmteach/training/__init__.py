"""Training networks: the loop, its learning rates, its checkpoints. First used in notebook 05."""
