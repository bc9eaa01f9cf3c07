"""Drawings of models, made by code: a part can be lit while the text speaks of it."""
