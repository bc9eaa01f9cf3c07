"""Nobody writes a file but by ``write_whole``, and every saver leaves a good file when it can't."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
import torch

from lmteach.evaluation.results import Entry, Results
from lmteach.evaluation.scoreboard import record
from lmteach.files import named_path, write_whole
from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.model import BertForMaskedLM
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.llama.model import Llama
from lmteach.models.llama.weights import llama_config
from lmteach.models.lora.adapters import add_adapters
from lmteach.models.ngram.arpa import read_arpa, write_arpa
from lmteach.models.ngram.model import NGramModel
from lmteach.text.cache import write_cached
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.tokenizer_json import read_merges
from lmteach.training import checkpoints
from lmteach.training.adapter_files import save_adapter
from lmteach.training.history import History
from lmteach.training.resuming import save_run
from lmteach.training.trained_bert import write_trained_bert
from lmteach.training.trained_gpt import trained_gpt_notes, write_trained_gpt
from tests.people import little_room, on_unix
from tools import results
from tools.notebook import files
from tools.notebook.pages import write_page

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    path
    for folder in ("lmteach", "tools", "experiments", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
)
WRITERS = {
    *("write_text", "write_bytes", "savefig", "imsave", "tofile", "to_csv", "save_file"),
    *("NamedTemporaryFile", "mkstemp", "copy2", "copyfile", "copyfileobj", "copytree"),
    *("savetxt", "savez", "savez_compressed", "dump"),
}
OF_MODULES = {"torch.save", "np.save", "numpy.save", "os.rename", "os.replace", "os.open"}
OF_MODULES |= {"shutil.move", "shutil.copy"}
OURS = {"files.write_text", "write_text"}  # of tools.notebook, by write_whole
MEMORY = "into a BytesIO"
ALLOWED = {
    ("experiments/film_adapted.py", "write_text"): "no file: it bids Linux count memory anew",
    ("lmteach/files.py", "open"): "it is write_whole",
    ("lmteach/plots/picture.py", "savefig"): MEMORY,
    ("tools/hub/server.py", "open"): "a log, which grows while a process runs",
    ("tools/hub_check.py", "write_bytes"): "as a learner edits, whose file keeps its owner",
    ("tools/lesson/journey.py", "savefig"): MEMORY,
}


def writes(source: str) -> Iterator[str]:
    """The names of the calls in a source that write a file."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        whole = ast.unparse(node.func)
        name = whole.rpartition(".")[2]
        if name == "open":
            words = [*node.args[0 if "." in whole else 1 :], *(k.value for k in node.keywords)]
            modes = [str(word.value) for word in words if isinstance(word, ast.Constant)]
            if any(set(mode) <= set("rwxabt+") and set(mode) & set("wxa+") for mode in modes):
                yield name
        elif whole in OF_MODULES or (name in WRITERS and whole not in OURS):
            yield name


def test_a_call_that_writes_is_seen() -> None:
    for text in (
        "open(path, 'w')",
        "open(path, mode='ab')",
        "path.open('x')",
        "path.write_text(text)",
        "torch.save(model, path)",
        "os.replace(a, b)",
        "json.dump(a, file)",
        "shutil.copy(a, b)",
    ):
        assert list(writes(text)), text
    for text in ("open(path)", "path.open('rb')", "a.copy()", "text.replace(a, b)", "dumps(a)"):
        assert not list(writes(text)), text


def test_everything_is_written_by_write_whole() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in SOURCES
        for name in writes(path.read_text(encoding="utf-8"))
    }
    assert found == set(ALLOWED)


def a_model(vocab_size: int) -> NGramModel:
    return NGramModel(2, vocab_size=vocab_size).fit([0, 1])


def a_bert(dim: int) -> BertForMaskedLM:
    """A BERT of one layer."""
    return BertForMaskedLM(BertConfig(vocab_size=9, context=4, dim=dim, heads=2, layers=1))


def a_gpt(dim: int) -> GPT:
    return GPT(GPTConfig(vocab_size=256, context=16, dim=dim, heads=2, layers=1))


def an_adapted_gpt(targets: list[str]) -> GPT:
    model = a_gpt(8)
    add_adapters(model, 8, targets=targets)
    return model


def a_run(path: Path, dim: int) -> None:
    model = torch.nn.Linear(dim, dim)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    save_run(path, model, optimizer, torch.Generator(), History(), None)


def a_result(path: Path, large: bool) -> None:
    entries = (Entry({"order": 2}, None, {"bits": [2.0] * (2000 if large else 1)}),)
    stored = Results(path.stem, {}, (), "0" * 40, {}, "2026-01-31", 1.0, entries)
    results.write(stored, path.parent)


def a_notebook(large: bool) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_markdown_cell("long " * (2000 if large else 1), id="a")
    return nbformat.v4.new_notebook(cells=[cell])


def _train(large: bool) -> BPETokenizer:
    return BPETokenizer.train("low lower lowest slow", 270 if large else 258)


SAVERS: dict[str, tuple[str, Callable[[Path, bool], object]]] = {
    "write_whole": ("a.txt", lambda path, large: write_whole(path, "a" * (9999 if large else 9))),
    "write_arpa": (
        "a.arpa",
        lambda path, large: write_arpa(a_model(999 if large else 2), path),
    ),
    "BPETokenizer.save": ("tokenizer.json", lambda path, large: _train(large).save(path)),
    "checkpoints.save": (
        "a.safetensors",
        lambda path, large: checkpoints.save(path, torch.nn.Linear(99 if large else 2, 99)),
    ),
    "save_run": ("run.safetensors", lambda path, large: a_run(path, 99 if large else 2)),
    "GPT.save_pretrained": (
        "model.safetensors",
        lambda path, large: a_gpt(8 if large else 2).save_pretrained(path.parent),
    ),
    "BertForMaskedLM.save_pretrained": (
        "model.safetensors",
        lambda path, large: a_bert(8 if large else 2).save_pretrained(path.parent),
    ),
    "write_trained_bert": (
        "model.safetensors",
        lambda path, large: write_trained_bert(a_bert(8), {"n": large}, path.parent),
    ),
    "write_trained_gpt": (
        "model.safetensors",
        lambda path, large: write_trained_gpt(a_gpt(8), _train(large), {"n": large}, path.parent),
    ),
    "save_adapter": (
        "a.safetensors",
        lambda path, large: save_adapter(path, an_adapted_gpt(["*" if large else "q_proj"])),
    ),
    "results": ("sweep.json", a_result),
    "notebook": ("a.ipynb", lambda path, large: files.write(a_notebook(large), path)),
    "page": ("a.html", lambda path, large: write_page(a_notebook(large), "a", path.parent)),
}
TOO_MUCH = 2000  # bytes, more than a file may have


@on_unix
@pytest.mark.parametrize("name", SAVERS)
def test_a_full_disk_leaves_the_good_file_and_says_so_in_one_line(
    tmp_path: Path, name: str
) -> None:
    file, save = SAVERS[name]
    save(tmp_path / "good" / file, False)
    before = {path.name: path.read_bytes() for path in (tmp_path / "good").iterdir()}
    assert file in before
    with (
        little_room(TOO_MUCH),
        pytest.raises(OSError, match=r"can't be written \(File too large\)") as caught,
    ):
        save(tmp_path / "good" / file, True)
    assert "\n" not in str(caught.value)
    assert {path.name: path.read_bytes() for path in (tmp_path / "good").iterdir()} == before


@on_unix
@pytest.mark.parametrize("name", ["record", "write_cached"])
def test_a_full_disk_stops_no_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("LMTEACH_SCOREBOARD", str(tmp_path / "board.json"))
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path))

    def save(size: int) -> None:
        if name == "record":
            record("A", "m" * size, 1.0, None, None)
        else:
            write_cached("board.json", b"m" * size)

    save(9)
    before = (tmp_path / "board.json").read_bytes()
    with (
        little_room(TOO_MUCH),
        pytest.warns(UserWarning, match=r"can't be written.*\(File too large\)") as caught,
    ):
        save(9999)
    assert "\n" not in str(caught[0].message)
    assert (tmp_path / "board.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["board.json"]


@pytest.mark.usefixtures("without_shape_checks")
def test_a_tilde_is_the_home_wherever_a_path_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("LMTEACH_SCOREBOARD", "~/board.json")
    monkeypatch.chdir(tmp_path)
    model = torch.nn.Linear(2, 1)
    checkpoints.save("~/a.safetensors", model)
    checkpoints.load("~/a.safetensors", model)
    _train(False).save("~/tokenizer.json")
    assert read_merges("~/tokenizer.json")[0] == BPETokenizer.load("~/tokenizer.json").merges
    write_arpa(NGramModel(2).fit([0, 1]), "~/a.arpa")
    assert read_arpa("~/a.arpa").order == 2
    a_bert(4).save_pretrained("~/bert")
    assert BertForMaskedLM.from_pretrained("~/bert").config.dim == 4
    a_gpt(4).save_pretrained("~/gpt")
    assert GPT.from_pretrained("~/gpt").config.dim == 4
    llama = llama_config(vocab_size=5, dim=4, heads=2, key_heads=1, layers=1, hidden=8)
    Llama(llama).save_pretrained("~/llama")
    assert Llama.from_pretrained("~/llama").config == llama
    write_trained_gpt(a_gpt(4), _train(False), {"n": 1}, "~/trained")
    assert trained_gpt_notes("~/trained") == {"n": 1}
    record("A", "a test", 1.0, None, None)
    names = {path.name for path in tmp_path.iterdir()}
    folders = {"bert", "gpt", "llama", "trained"}
    assert names == {"a.safetensors", "tokenizer.json", "a.arpa", "board.json"} | folders


def test_a_home_that_nobody_has_is_no_path() -> None:
    with pytest.raises(ValueError, match=r"~no-such-user/a is nowhere"):
        named_path("~no-such-user/a")
