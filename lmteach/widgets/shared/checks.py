"""What a drawing of states and symbols asks of their names."""

from collections.abc import Sequence

from lmteach.typed import typed

MOST_STATES = 8


@typed
def checked_names(name: str, names: Sequence[str], least: int, most: int | None) -> list[str]:
    """Return names as a list, or say what is wrong with them.

    Raises ``ValueError`` for fewer than ``least`` or more than ``most``, and for a repeated name.

    >>> checked_names("states", ["A", "B"], least=2, most=8)
    ['A', 'B']
    """
    found = [str(entry) for entry in names]
    if len(found) < least:
        raise ValueError(f"there are {len(found)} {name}, expected at least {least}.")
    if most is not None and len(found) > most:
        raise ValueError(
            f"there are {len(found)} {name}, expected at most {most}: with more, the picture "
            "would not be readable."
        )
    repeated = [entry for place, entry in enumerate(found) if entry in found[:place]]
    if repeated:
        raise ValueError(f"{name} contains {repeated[0]!r} twice, expected each one once.")
    return found
