"""lmteach: small, tested helpers for learning language models from the ground up.

Nothing heavy is imported here. Import each helper from the module that holds it:

>>> from lmteach.evaluation.information import perplexity
"""

__version__ = "0.1.0"
