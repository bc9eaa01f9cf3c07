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
    # plots
    "row_label": {"an empty text": "no label"},
    "column_label": {"an empty text": "no label"},
    "colour_label": {"an empty text": "no label"},
    "marks": {"an empty dict": "no levels to compare with"},
    "plots.bars.bars(values)": {"-1 inside": "a bar that hangs down"},
    "plots.gates.gate_strips(lowest)": {"-1": "below the highest", "0": "below the highest"},
    "plots.gates.gate_strips(highest)": {"2.5": "above the lowest"},
    "plots.gates.coloured_text(values)": {"-1 inside": "the darkest"},
    "plots.gates.coloured_text(lowest)": {"-1": "below the highest", "0": "below the highest"},
    "plots.gates.coloured_text(highest)": {"0": "above the lowest", "2.5": "above the lowest"},
    "plots.heatmap.heatmap(numbers)": {"an empty text": "none are written"},
    "plots.journey.journey(ready)": {"0": "none is written yet"},
    "plots.levels.apart(heights)": {"an empty list": "no levels", "-1 inside": "any height"},
    "plots.levels.apart(gap)": {"0": "they may touch", "2.5": "any distance"},
    "plots.names.write_names(named)": {"an empty list": "no names"},
    "plots.scatter.scatter(groups)": {"an empty dict": "no groups"},
    "plots.symbols.visible(symbol)": {"an empty text": "nothing to see"},
    "plots.symbols.spoken(symbol)": {"an empty text": "nothing to say"},
    "plots.trade_off.trade_off(references)": {"an empty dict": "no references"},
    "plots.trellis.trellis(path)": {"an empty list": "no path is drawn"},
}

# Tensors inside a network are asked for their type and shape; reading each number costs too much.
UNREAD = ("NaN inside", "infinity inside", "-1 inside")
