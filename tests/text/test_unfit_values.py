"""What no cache, package, split or file of merges can use is refused in one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lmteach.text.batches import batches_of_like_length
from lmteach.text.cache import read_cached, write_cached
from lmteach.text.corpora.wikipedia import articles
from lmteach.text.packages import package_folder, read_package_file, sha256
from lmteach.text.splits import split_by_hash
from lmteach.text.tokenizers.bpe import BPETokenizer, PairCounts
from lmteach.text.tokenizers.tokenizer_json import write_merges

EMPTY = sha256(b"")
LENGTHS = torch.tensor([3, -1, 2])


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: read_cached("", EMPTY), "name is ''"),
        (lambda: read_cached("../words.txt", EMPTY), "name is '../words.txt', expected that of a"),
        (lambda: read_cached("words.txt", "abc"), "expected is 'abc', which is no SHA-256"),
        (lambda: write_cached("", b"abc"), "name is ''"),
        (lambda: package_folder("numpy", ""), "requirement is empty"),
        (lambda: package_folder("", "numpy"), "package is empty"),
        (lambda: read_package_file("numpy", "numpy", "", EMPTY), "path is empty"),
        (lambda: read_package_file("numpy", "numpy", "a", EMPTY.upper()), "which is no SHA-256"),
        (lambda: split_by_hash([1, 2], key=lambda item: item), "key returned 1 for 1, expected a"),  # type: ignore[arg-type,return-value]
        (lambda: split_by_hash([None], key=lambda item: item[0]), "key can't read the item None"),  # type: ignore[index]
        (lambda: split_by_hash([], key=str, buckets=0), "buckets is 0"),
        (lambda: next(articles(b"abc")), "archive, 3 bytes, is no whole bz2 file"),
        (lambda: PairCounts({(1, 2): 3}).merge((2, 1), new=4), r"the pair \(2, 1\) stands in no"),
        (lambda: PairCounts({(1, 2): 3}).merge((1, 2), new=-1), "new is -1"),
        (lambda: BPETokenizer.load(""), "the path is empty"),
        (
            lambda: next(batches_of_like_length(LENGTHS, 2, torch.Generator())),
            "lengths contains -1, expected numbers from 0 up",
        ),
    ],
)
def test_what_is_refused(use: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        use()


@pytest.mark.parametrize(
    ("tokens", "merges", "message"),
    [
        ([], [], "tokens is empty"),
        ([b"a", b"b", b"a"], [], "tokens contains b'a' twice"),
        ([b"a", b"aa"], [(b"a", b"a")] * 2, r"merges contains \(b'a', b'a'\) twice"),
    ],
)
def test_a_file_that_could_not_be_read_is_not_written(
    tmp_path: Path, tokens: list[bytes], merges: list[tuple[bytes, bytes]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_merges(tmp_path / "tokenizer.json", tokens, merges)
    assert not any(tmp_path.iterdir())
    with pytest.raises(ValueError, match="the path is empty"):
        write_merges("", [b"a"], [])
