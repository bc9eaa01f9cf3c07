"""Two texts that published figures are measured on. No notebook needs them.

They are downloaded on demand. To use them without a network, put the files into a folder of your
own and name it in the environment variable ``LMTEACH_DATA``.
"""

import random

from lmteach.text.corpora.corpus import Corpus
from lmteach.text.downloads import WebFile, read_download

SHAKESPEARE = WebFile(
    name="tiny_shakespeare.txt",
    url="https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
    sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
)
MAKEMORE = WebFile(
    name="makemore_names.txt",
    url="https://raw.githubusercontent.com/karpathy/makemore/master/names.txt",
    sha256="0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
)


def tiny_shakespeare() -> Corpus:
    """Shakespeare's plays, 1.1 million characters: ``test`` is the last tenth of the text.

    nanoGPT trains on the first nine tenths and measures on the last; to compare with it, train on
    ``train + valid`` and measure on ``test``. ``valid`` is the last tenth of the first nine.

    Raises:
        FileNotFoundError: there is no copy and no network; says how to mend it.
        ValueError: the copy in ``LMTEACH_DATA`` is another text.

    Source: Karpathy 2015, char-rnn; the plays are in the public domain.

    >>> tiny_shakespeare().train[:14]  # doctest: +SKIP
    'First Citizen:'
    """
    text = read_download(SHAKESPEARE)
    held_out = int(0.9 * len(text))
    valid = int(0.9 * held_out)
    return Corpus(
        train=text[:valid],
        valid=text[valid:held_out],
        test=text[held_out:],
        source="Tiny Shakespeare, from karpathy/char-rnn",
        licence="public domain",
    )


def makemore_names() -> Corpus:
    r"""32,033 first names, one per line; every part starts and ends with ``\n``.

    Split as in the published figures: shuffled by Python's ``random`` with the seed 42, the first
    80 % train, the next 10 % valid, the last 10 % test. The file has repetitions, so some names
    stand in two parts; that is kept, to compare like with like.

    Raises:
        FileNotFoundError: there is no copy and no network; says how to mend it.
        ValueError: the copy in ``LMTEACH_DATA`` is another text.

    Source: Karpathy 2022, makemore, MIT licence.

    >>> makemore_names().train[:7]  # doctest: +SKIP
    '\nyuheng'
    """
    names = read_download(MAKEMORE).split()
    random.Random(42).shuffle(names)
    first, second = int(0.8 * len(names)), int(0.9 * len(names))
    return Corpus(
        train="\n" + "\n".join(names[:first]) + "\n",
        valid="\n" + "\n".join(names[first:second]) + "\n",
        test="\n" + "\n".join(names[second:]) + "\n",
        source="first names, from karpathy/makemore",
        licence="MIT",
    )
