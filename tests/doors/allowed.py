"""What may pass although it is seldom what was meant, each with its reason: allowed.csv.

The first column is a parameter's name, wherever it stands; or the beginning of some doors' names,
which ends with a full stop; or one door and one parameter, plots.heatmap.heatmap(numbers). The
second has the names of values in bad.py. `python -m tests.doors` says which lines nobody needs.
"""

import csv
from pathlib import Path

from torch import Tensor

from tests.doors.examples import Door
from tests.doors.trying import Trial

with Path(__file__).with_name("allowed.csv").open(encoding="utf-8", newline="") as file:
    ALLOWED = {
        (row["where"], what): row["why"]
        for row in csv.DictReader(file)
        for what in row["what"].split("; ")
    }

# Tensors inside a network are asked for their type and shape; reading each number costs too much.
UNREAD = ("NaN inside", "infinity inside", "-1 inside")

# What goes on from where the example left it: the same call again is another one.
ONCE = (
    "plots.diagrams.drawing.Drawing.box",
    "plots.diagrams.drawing.Drawing.circle",
    "plots.diagrams.drawing.Drawing.group",
    "text.tokenizers.bpe.PairCounts.merge",
    "widgets.training_panel.loss_curve.LossCurve.add",
    "widgets.training_panel.widget.TrainingPanel.on_step",
)


def may_pass(door: Door, trial: Trial) -> bool:
    """Whether a value that was not refused is allowed, or a number inside a tensor.

    What a callback returns may also go on to another one, the learner's own, and fail there.
    """
    passed = trial.verdict == "accepted"
    returned = trial.bad.startswith("returns ")
    if passed and is_unread(door, trial):
        return True
    return (passed or returned) and bool(allowed_by(trial))


def is_unread(door: Door, trial: Trial) -> bool:
    """Whether what passed is a number inside a tensor."""
    good = (door.arguments or {}).get(trial.parameter)
    return trial.bad in UNREAD and isinstance(good, Tensor) and good.is_floating_point()


def allowed_by(trial: Trial) -> list[tuple[str, str]]:
    """The keys of the table under which a value may pass; none if it may not."""
    begun = [where for where, _ in ALLOWED if where.endswith(".") and trial.door.startswith(where)]
    places = [trial.parameter, f"{trial.door}({trial.parameter})", *begun]
    return [(where, trial.bad) for where in places if (where, trial.bad) in ALLOWED]
