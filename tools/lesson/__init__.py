"""The parts of `tools/lessons.py`: lessons as text, what the build fills in, build and lift."""
