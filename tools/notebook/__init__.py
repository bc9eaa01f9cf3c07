"""The parts of `tools/notebooks.py`: notebooks to text and back, executed, normalised, as pages."""
