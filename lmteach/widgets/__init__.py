"""The interactive parts. Each shows a picture with alt text where widgets can't run."""
