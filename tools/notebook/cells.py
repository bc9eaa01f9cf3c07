"""The two cells that every notebook starts with, made from the templates in tools/cells/."""

import textwrap

from tools.dependencies import ROOT, declared
from tools.publish import current

TEMPLATES = ROOT / "tools" / "cells"


def setup_cell() -> str:
    """The setup cell: it asks for what pyproject.toml names, and knows the repository."""
    needed = " ".join(requirement.name for requirement in declared())
    template = (TEMPLATES / "setup.py").read_text(encoding="utf-8").strip()
    lines = textwrap.fill(needed, 88, break_on_hyphens=False)
    return template.replace("{needed}", lines).replace("{repository}", current(ROOT))


def toggle_cell() -> str:
    """The cell that chooses between CPU and GPU."""
    return (TEMPLATES / "toggle.py").read_text(encoding="utf-8").strip()
