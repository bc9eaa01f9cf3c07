"""Hidden Markov models: the model, its algorithms, and two at work."""
