"""The question: what is said to each guess, and what it looks like where nothing runs."""

import pytest

from lmteach.widgets.question.widget import Question

NEAR = {1: "One.", 0: "None."}
BITS = {
    "text": "A fair die: how many bits is one throw?",
    "number": 2.585,
    "tolerance": 0.01,
    "reply": "It is log₂ 6.",
}


def test_each_choice_gets_its_own_reply() -> None:
    asked = Question("Which?", {"a": "One.", "b": "Two.", "c": "Three."}, "b")
    assert asked.reply_to("a") == "Not so. One."
    assert asked.reply_to("b") == "Right. Two."
    assert asked.reply_to("c") == "Not so. Three."


@pytest.mark.parametrize(
    ("guess", "said"),
    [
        (2.585, "Right. It is log₂ 6."),
        (2.5949, "Right. It is log₂ 6."),
        (2.5751, "Right. It is log₂ 6."),
        (6, "Not so. Those are the sides."),
        (1.79, "Not so. Nats."),
        (2.57, "Too low. Guess again."),
        (100.0, "Too high. Guess again."),
    ],
)
def test_a_number_is_right_a_slip_or_too_far(guess: float, said: str) -> None:
    slips = {6: "Those are the sides.", 1.792: "Nats."}
    assert Question(**BITS, slips=slips).reply_to(guess) == said


@pytest.mark.parametrize(("guess", "said"), [(1, "One."), (0, "None."), (0.2, "None.")])
def test_of_two_slips_within_the_tolerance_the_nearest_is_named(guess: float, said: str) -> None:
    question = Question("Root of 400?", number=20.0, tolerance=1.5, reply="Yes.", slips=NEAR)
    assert question.reply_to(guess) == f"Not so. {said}"


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({}, "nothing to guess, expected either choices="),
        ({"choices": {"a": "x", "b": "y"}, "right": "a", "number": 1.0}, "both are there"),
        ({"choices": {"a": "x"}, "right": "a"}, "there are 1 choices, expected 2 to 8"),
        ({"choices": dict.fromkeys("abcdefghi", "x"), "right": "a"}, "there are 9 choices"),
        ({"choices": {"a": "x", "b": "y"}, "right": "c"}, "right is 'c', expected one of 'a', 'b'"),
        ({"choices": {"a": "x", "b": "y"}}, "right is None"),
        ({"choices": {"a": "x", "b": " "}, "right": "a"}, "the choice 'b' has no reply"),
        ({"number": 1.0}, "reply is empty"),
        ({"number": 1.0, "reply": "Yes.", "right": "a"}, "right is 'a', expected none"),
        ({"number": float("nan"), "reply": "Yes."}, "number"),
        ({"number": 1.0, "reply": "Yes.", "tolerance": -1.0}, "tolerance"),
        (
            {"number": 1.0, "reply": "Yes.", "tolerance": 0.1, "slips": {1.05: "no"}},
            "1.05 counts as right",
        ),
    ],
)
def test_what_is_no_question_is_refused(question: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Question("What?", **question)  # type: ignore[arg-type]


def test_what_can_not_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the guess is 1\.0, expected one of the choices"):
        Question("Which?", {"a": "One.", "b": "Two."}, "b").reply_to(1.0)
    with pytest.raises(ValueError, match="the guess is 'z', expected 'a', 'b'"):
        Question("Which?", {"a": "One.", "b": "Two."}, "b").reply_to("z")
    with pytest.raises(ValueError, match="the guess is 'z', expected a number"):
        Question(**BITS).reply_to("z")


def test_the_lines_of_the_picture_end_inside_its_frame() -> None:
    english = "Which of the words from a common text may stand in the gap, and how sure is it? "
    figure = Question(3 * english, {english: "One.", "b": "Two."}, "b").picture()
    [written] = figure.axes[0].texts
    assert len(written.get_text().splitlines()) == 7
    assert written.get_window_extent().x1 < figure.axes[0].bbox.x1


def test_the_picture_asks_and_does_not_answer() -> None:
    asked = Question(
        "Which is it? " * 12, {"the one": "Its reply.", "the other": "Why."}, "the one"
    )
    [written] = asked.picture().axes[0].texts
    words = " ".join(written.get_text().split())
    assert ("Which is it? " * 12).strip() in words
    assert "A the one B the other" in words
    assert max(map(len, written.get_text().splitlines())) <= 76
    assert "Its reply" not in words + asked.alt
    assert "Why" not in words + asked.alt
    assert asked.alt.endswith("Choices: the one; the other.")
    assert Question(**BITS).alt == "A question: A fair die: how many bits is one throw? A number."
