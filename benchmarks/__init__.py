"""Speed and quality beside the libraries that a user would pick instead: make benchmark."""
