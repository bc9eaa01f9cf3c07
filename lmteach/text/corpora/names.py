"""Names of the United States census of 1990, one per line. Taught in notebook 01."""

from lmteach.checks import check_choice
from lmteach.text.corpora.corpus import Corpus
from lmteach.text.packages import read_package_file
from lmteach.text.splits import split_by_hash
from lmteach.typed import typed

_REQUIREMENT = "names==0.3.0"
_FILES = {
    "last": ("dist.all.last", "b0e2b3743ccbad641ca48b344c24cdebcd1d9a1f76dc6dbf05986f2919f0b4e1"),
    "female": (
        "dist.female.first",
        "bd2f310fc4e5d5e5ea122c9d4342c9821145823118eb20db1647f305ec77b358",
    ),
    "male": ("dist.male.first", "0a5078ef6effe3b483d15b0f7f95047662126c9bfb624ecd5e5b978fc0f2470b"),
}
_KINDS = {"last": ("last",), "female": ("female",), "male": ("male",), "first": ("female", "male")}


@typed
def names(kind: str = "last") -> Corpus:
    r"""Lower-cased names, one per line, the commonest first.

    Every part starts and ends with ``\n``: that is the one sign for "a name starts or ends here",
    and the alphabet has 27 characters. A name's part is fixed by its hash: eight in ten train, one
    valid, one test.

    ``kind`` is ``last``, ``first``, ``female`` or ``male``; ``first`` is the female names and then
    the male ones, each name once.

    Raises:
        ValueError: ``kind`` is none of the four, or the data file is damaged.
        ModuleNotFoundError: the package names is not installed.

    Source: US Census Bureau 1990 by way of the package names; the names are in the public domain.

    >>> names("last").train[:23]
    '\nsmith\njohnson\nwilliams'
    """
    check_choice("kind", kind, _KINDS)
    found: dict[str, None] = {}
    for part in _KINDS[kind]:
        file, expected = _FILES[part]
        data = read_package_file("names", _REQUIREMENT, file, expected).decode("ascii")
        found.update(dict.fromkeys(line.split()[0].lower() for line in data.splitlines()))
    train, valid, test = split_by_hash(list(found), key=str)
    return Corpus(
        train="\n" + "\n".join(train) + "\n",
        valid="\n" + "\n".join(valid) + "\n",
        test="\n" + "\n".join(test) + "\n",
        source=f"US census of 1990, {kind} names, from the package names",
        licence="public domain (the names); MIT (the package names)",
    )
