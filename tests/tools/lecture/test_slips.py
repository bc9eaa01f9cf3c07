"""What a check has to say is found where it stands."""

from pathlib import Path

from lmteach.exercises import bigrams
from tools.lecture.slips import sentences

MODULE = '''
def helper(x):
    raise ValueError("This is no check, and says nothing.")


@exercise
def half(answer):
    """Check ``half(x)``: this says what it does."""
    expect(
        answer,
        [(3,), ("a text that is data",)],
        lambda x: x / 2,
        slips=[
            (lambda x: 2 * x, "That is twice as much, not half."),
            (lambda x: x, "short"),
        ],
    )
    if answer(0):
        raise Wrong(f"for 0 you gave {answer(0):.2f}, expected 0.")
    raise Wrong("That is twice as much, not half.")
'''


def test_sentences_of_a_module(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(MODULE, encoding="utf-8")
    assert sentences(path) == {
        "half": ["That is twice as much, not half.", "for 0 you gave …, expected 0."]
    }


def test_every_check_of_notebook_01_knows_mistakes() -> None:
    found = sentences(Path(bigrams.__file__))
    assert set(found) == {*bigrams.EXERCISES}
    assert "That is the probability; asked is whose it is (argmax)." in found["likeliest_next"]
    assert all(len(said) >= 3 for said in found.values())
