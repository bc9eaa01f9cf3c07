"""The attention of a model that reads any sentence."""
