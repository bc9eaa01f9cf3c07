"""The files that `make data` brings, for the tests that need the real ones."""

import os
from pathlib import Path

import pytest

from lmteach.text.downloads import ArchivedFile


def there(file: ArchivedFile) -> bool:
    """Whether a file was brought."""
    return (Path(os.environ["LMTEACH_DATA"]).expanduser() / file.name).is_file()


def needs(file: ArchivedFile) -> pytest.MarkDecorator:
    """Skip a test where the file is not; with LMTEACH_REQUIRE_DATA=1 it fails there."""
    return pytest.mark.skipif(
        not there(file) and os.environ.get("LMTEACH_REQUIRE_DATA") != "1",
        reason=f"{file.name} is not there (make data brings it)",
    )
