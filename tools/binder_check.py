"""Check binder/ as Binder would read it, with repo2docker but without Docker."""

import os
import subprocess
import sys
from pathlib import Path

from lmteach.files import write_whole
from tools.environments import make

SCRIPTS = (Path("binder/postBuild"), Path("binder/start"))
SIGNS = {  # what the recipe that repo2docker prints must hold, and what it shows
    "Building conda environment for python=3.12": "conda's environment.yml decides",
    "binder/environment.yml": "the environment is ours",
    "binder/postBuild": "postBuild is run",
    "binder/start": "start is the entry point",
}


def problems(recipe: str) -> list[str]:
    """What is missing in the recipe, or in the scripts' permissions."""
    found = [f"no sign that {why} ({sign})" for sign, why in SIGNS.items() if sign not in recipe]
    found += [f"{path} is not executable" for path in SCRIPTS if not os.access(path, os.X_OK)]
    return found


def main() -> int:
    """0 if the build plan is as meant."""
    python = make(Path("build/binder"), ["jupyter-repo2docker>=2024.7"])
    line = [str(python), "-m", "repo2docker", "--no-build", "--debug"]
    line += ["--user-id", "1000", "--user-name", "jovyan", "."]
    done = subprocess.run(line, capture_output=True, text=True)
    recipe = done.stdout + done.stderr
    write_whole("build/binder-recipe.txt", recipe)
    found = problems(recipe)
    if done.returncode:
        found.insert(0, "repo2docker failed:\n" + "\n".join(recipe.splitlines()[-15:]))
    print(*(found or ["binder/: the plan is as meant (see build/binder-recipe.txt)"]), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
