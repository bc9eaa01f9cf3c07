"""What the notebooks promise, each rule a small pure function from a notebook to problems."""
