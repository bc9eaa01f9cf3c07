"""Make this checkout ready for a class: python -m tools.hub.ready

Workbooks into build/students/, the texts into build/cache/ for all to read, JupyterHub's proxy into
docs/hub/proxy/. Again after an update: what is there already costs little.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from lmteach.files import write_whole
from lmteach.text.cache import cache_folder
from tools.lesson.filling import ROOT

CACHE = ROOT / "build" / "cache"
PROXY = ROOT / "docs" / "hub" / "proxy"
# What makes the cleaned texts; each takes seconds, once, and megabytes.
TEXTS = """\
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.corpora.wikipedia_leads import wikipedia_leads
wikipedia(), wikipedia_leads()
"""


def warm(cache: Path) -> None:
    """Fill a cache for all: with what the own one holds, what can be had, and the clean texts."""
    cache.mkdir(parents=True, exist_ok=True)
    own = cache_folder()
    for kept in own.glob("[!.]*") if own.is_dir() and own != cache else ():
        if kept.is_file() and not (cache / kept.name).exists():
            write_whole(cache / kept.name, kept.read_bytes())
    environment = os.environ | {"LMTEACH_CACHE": str(cache)}
    for line in (["-m", "tools.data", "--optional"], ["-c", TEXTS]):
        subprocess.run([sys.executable, *line], cwd=ROOT, env=environment, check=True)
    for path in (cache, *cache.iterdir()):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))


def main() -> int:
    """0 if all is there."""
    npm = shutil.which("npm")
    if npm is None:
        print("no npm found on PATH: install Debian's packages nodejs and npm", file=sys.stderr)
        return 1
    line = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(line, cwd=PROXY, check=True, stdout=subprocess.DEVNULL)
    line = [sys.executable, "-m", "tools.lecture", "students"]
    subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    for path in (ROOT / "build" / "students").iterdir():
        path.chmod(0o644)
    warm(CACHE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
