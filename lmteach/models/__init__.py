"""The models: one model or mechanism a file."""
