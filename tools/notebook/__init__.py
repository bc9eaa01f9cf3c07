"""The parts of `tools/notebooks.py`: notebooks read, executed, normalised, as pages."""
