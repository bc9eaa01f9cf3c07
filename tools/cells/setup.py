import os  # This cell makes `lmteach` importable: from beside this notebook, or else installed.
import re
import subprocess
import sys
import tomllib
from importlib.metadata import distributions as installed
from pathlib import Path

here = globals().get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME") or "x"
near = [*Path(here).absolute().parents, *Path("x").absolute().parents]
beside = next((str(at) for at in near if os.path.isfile(at / "lmteach/classroom.py")), "")
project = {"dependencies": ["lmteach @ git+https://github.com/{repository}"]}
if beside:
    sys.path.insert(0, beside)
    project = tomllib.loads(Path(beside, "pyproject.toml").read_text("utf-8"))["project"]
    if not str(getattr(sys.modules.get("lmteach"), "__file__", beside)).startswith(beside):
        print(f"Another lmteach is loaded: restart the kernel to use the one in {beside}.")
if missing := [p for p in project["dependencies"] if not [*installed(name=re.split("[ >]", p)[0])]]:
    there = [(name, *installed(name=name)) for name in ("torch", "numpy", "ipywidgets")]
    keep = [f"{name}=={found[0].version}" for name, *found in there if found]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", *missing, *keep]
    if (done := subprocess.run(pip, capture_output=True, text=True)).returncode:
        why = re.search(r"(?i)(error|fatal): (?!subprocess-).+|.*\Z", done.stderr.strip())[0]
        mend = " ".join(f'"{one}"' for one in missing)
        raise SystemExit(f"Could not install lmteach ({why}). Try in a cell: %pip install {mend}")
    sys.path_importer_cache.clear()
