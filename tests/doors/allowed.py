"""What may pass although it is seldom what was meant, each with its reason.

The keys are a parameter's name, or a door and a parameter, `plots.heatmap.heatmap(title)`; the
names of the values are those of `bad.py`.
"""

ALLOWED: dict[str, dict[str, str]] = {
    "dropout": {"0": "no dropout"},
    "seed": {"0": "the usual seed"},
    "title": {"an empty text": "no title"},
    "xlabel": {"an empty text": "no label"},
    "ylabel": {"an empty text": "no label"},
    "unit": {"an empty text": "a number without a unit"},
    "temperature": {"2.5": "bold", "infinity": "a fair die"},
    "attention_dropout": {"0": "no dropout"},
    "eps": {"0": "the formula without its guard"},
    "start": {"0": "the first place"},
    "base": {"2.5": "a base of at least 1"},
    "x": {
        "one axis more": "vectors in any arrangement",
        "one axis less": "vectors in any arrangement",
        "another length": "any number of vectors",
        "an empty array": "no vectors make no vectors",
    },
    "ids": {"another length": "a text of any length"},
    "lengths": {"another length": "a batch of any size"},
    "row": {"another length": "a text of any length"},
    "source": {"another length": "a batch of any size"},
    "positions": {
        "another length": "any number of places",
        "an empty array": "no places have no vectors",
        "an unknown id inside": "rotary positions go on for ever",
        "-1 inside": "rotary positions go on for ever",
        "halves": "rotary positions may lie between two places",
    },
    "mask": {"one axis more": "a mask of its own for each head"},
    "models.transformer.positions.shift_rotation(steps)": {
        "-1": "a step back",
        "0": "no step",
    },
}

# Tensors inside a network are asked for their type and shape; reading each number costs too much.
UNREAD = ("NaN inside", "infinity inside", "-1 inside")
