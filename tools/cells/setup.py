# Makes `lmteach` importable: from beside this notebook, or else installed (as in Colab).
import os
import subprocess
import sys
from importlib import invalidate_caches, metadata
from pathlib import Path

needed = """{needed}""".split()
here = Path(globals().get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME") or "x")
near = [*(Path.cwd() / "x").parents, *here.absolute().parents]
beside = next((str(folder) for folder in near if (folder / "lmteach/classroom.py").is_file()), "")
needed += [] if beside else ["lmteach"]
sys.path += [beside] if beside else []
there = {name: [one.version for one in metadata.distributions(name=name)] for name in needed}
if not all(there.values()):
    keep = [f"{name}=={there[name][0]}" for name in ("torch", "numpy", "ipywidgets") if there[name]]
    wanted = ["-e", beside] if beside else ["lmteach @ git+https://github.com/{repository}"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", *wanted, *keep]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        why = (done.stderr.strip() or "pip stopped").splitlines()[-1]
        raise SystemExit(f"Could not install lmteach ({why}). Try: pip install {' '.join(wanted)}")
    invalidate_caches()
