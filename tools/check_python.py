"""Stop with one clear line when this Python is not one that the pinned packages support."""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "This project needs Python 3.11, 3.12 or 3.13, and {} is {}.{}. "
        "Name another one: make lab PYTHON=python3.12".format(sys.executable, *sys.version_info[:2])
    )
