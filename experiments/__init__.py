"""Experiments that take too long for a notebook, one module each: make results NAME=token_ngrams

A module says in its docstring what is asked, and holds

- ``RECIPE``: all that is the same for every figure, by name;
- ``CASES``: the settings that are compared, each a dict; a test measures the first one again, so
  let it be a short one;
- ``SEEDS``: the seeds that every case is run with; none where nothing is drawn at random;
- ``TOLERANCE``: how far a figure may be from the stored one when it is measured again, on another
  machine; seconds may differ by any amount;
- ``measure(seed, **case)``: the figures of one case by name, each a number, a list of numbers, or a
  text, such as of ``pack_answers``. ``seed`` is None if there are no seeds.

and, where rows of the scoreboard come of it,

- ``BOARD``: the thread, the name of the figure that is the ``value``, and ``rows``, the case of
  each row by the row's name. The figures ``parameters``, ``seconds``, ``text_read`` and ``passes``
  go along, and the case's number of ``labels``.
"""
