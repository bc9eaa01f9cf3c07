"""Finding, checking and caching files; splitting by hash."""

import hashlib
import importlib
import itertools
import threading
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.cache import cache_folder, read_cached, write_cached
from lmteach.text.packages import package_folder, read_package_file, sha256
from lmteach.text.splits import bucket, split_by_hash


def test_folder_is_where_the_package_is_imported_from() -> None:
    module = importlib.import_module("babel")
    assert module.__file__ is not None
    assert package_folder("babel", "Babel") == Path(module.__file__).parent


def test_a_plain_module_or_nothing_is_no_package() -> None:
    for name in ("no_such_package", "this"):
        with pytest.raises(
            ModuleNotFoundError, match=r'not installed.*pip install "it==1"'
        ) as caught:
            package_folder(name, "it==1")
        assert caught.value.name == name


def test_wrong_hash_names_both_and_the_command() -> None:
    data = (package_folder("names", "names") / "dist.male.first").read_bytes()
    assert read_package_file("names", "names", "dist.male.first", sha256(data)) == data
    with pytest.raises(ValueError, match=rf"{sha256(data)}.*expected {'0' * 64}.*pip install"):
        read_package_file("names", "names==0.3.0", "dist.male.first", "0" * 64)


def test_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"
    monkeypatch.delenv("LMTEACH_CACHE")
    assert cache_folder() == Path(platformdirs.user_cache_dir("lmteach", appauthor=False))


def test_cache_round_trip_and_damage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path / "new" / "folder"))
    assert read_cached("a.txt", sha256(b"abc")) is None
    write_cached("a.txt", b"abc")
    assert read_cached("a.txt", sha256(b"abc")) == b"abc"
    assert read_cached("a.txt", sha256(b"abd")) is None


def test_many_writers_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path))
    data = b"x" * 200_000
    threads = [threading.Thread(target=write_cached, args=("a.txt", data)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_cached("a.txt", sha256(data)) == data
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@given(st.text(), st.integers(1, 1000))
def test_bucket_is_the_hash_modulo(key: str, buckets: int) -> None:
    expected = int(hashlib.sha256(key.encode()).hexdigest()[:16], 16) % buckets
    assert bucket(key, buckets) == expected


def test_no_buckets() -> None:
    with pytest.raises(ValueError, match="buckets is 0, expected a whole number of at least 1"):
        bucket("a", 0)


@given(st.lists(st.text(max_size=3)))
def test_split_keeps_every_item_once_and_keys_together(items: list[str]) -> None:
    parts = split_by_hash(items, key=lambda item: item[:1], buckets=4)
    assert sorted(itertools.chain(*parts)) == sorted(items)
    keys = [{item[:1] for item in part} for part in parts]
    assert not keys[0] & keys[1] | keys[0] & keys[2] | keys[1] & keys[2]
    assert all(part == [item for item in items if item in set(part)] for part in parts)


def test_two_buckets_for_test_are_a_fifth() -> None:
    items = [str(i) for i in range(1000)]
    train, valid, test = split_by_hash(items, key=str, test_buckets=2)
    assert test == [item for item in items if bucket(item, 10) in (0, 1)]
    assert valid == [item for item in items if bucket(item, 10) == 2]
    assert train == [item for item in items if bucket(item, 10) > 2]


@pytest.mark.parametrize("sizes", [{"buckets": 0}, {"test_buckets": 0}, {"test_buckets": -1}])
def test_no_part_for_test_is_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"buckets is .*expected a whole number of at least 1"):
        split_by_hash([], key=str, **sizes)
