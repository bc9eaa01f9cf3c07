"""The chat box without a browser: what is sent to it, steps, stopping, interrupts, the picture."""

import signal
import threading

import matplotlib.pyplot as plt
import pytest
import torch

from lmteach.decoding.sampling import greedy
from lmteach.widgets.chat_box.widget import INTERRUPTED, SILENT, ChatBox
from tests.decoding.toy_chat import CONTEXT, END, TEMPLATE, TOKENIZER, talker

MODEL = talker()


def box(model=MODEL, **options):
    return ChatBox(model, TOKENIZER, TEMPLATE, **options)


def hear(made, command, **content):
    made._hear(made, {"command": command, **content}, [])


def written_by(made):
    """What the browser has at the end, if it asks on as view.js does."""
    tokens = []
    while made.state == "writing":
        hear(made, "go on", have=len(tokens))
        if made.fresh:
            assert made.fresh["turn"] == len(made.chat.turns) - 1
            assert made.fresh["start"] == len(tokens)
            tokens += made.fresh["tokens"]
    return made.turns[-1]["tokens"]


def slow(monkeypatch):
    """Steps of one token each."""
    monkeypatch.setattr("lmteach.widgets.chat_box.widget.STEP", 0.0)


def test_the_browser_gets_the_answer_of_greedy_token_by_token(monkeypatch):
    slow(monkeypatch)
    made = box(most=6)
    prompt = torch.tensor([made.chat.prompt("Hi")])
    hear(made, "say", text="Hi")
    assert (made.state, made.turns) == (
        "writing",
        [{"question": "Hi", "tokens": [], "ending": "open"}],
    )
    hear(made, "go on", have=0)
    assert len(made.fresh["tokens"]) == 1
    sent = made.fresh["tokens"]
    hear(made, "go on", have=0)  # a second view, that has nothing yet
    assert made.fresh["tokens"][:1] == sent
    assert len(made.fresh["tokens"]) == 2
    hear(made, "go on", have=2)
    while made.state == "writing":
        hear(made, "go on", have=3)
    expected = [i for i in greedy(MODEL, prompt, 6, end=END)[0].tolist() if i != END]
    tokens = made.chat.turns[0].tokens
    assert [token.id for token in tokens] == expected
    assert made.turns[0]["tokens"] == [
        [token.text, token.chance, [list(rival) for rival in token.rivals]] for token in tokens
    ]
    hear(made, "go on", have=0)  # too late, and nothing happens
    assert len(made.chat.turns[0].tokens) == len(expected)


def test_say_returns_the_whole_answer_and_the_talk_goes_on():
    made = box(most=4)
    first = made.say("Hi")
    assert first == made.chat.turns[0].answer
    hear(made, "say", text="Why?")
    assert len(written_by(made)) == len(made.chat.turns[1].tokens)
    assert [turn["question"] for turn in made.turns] == ["Hi", "Why?"]


def test_stop_keeps_what_was_said(monkeypatch):
    slow(monkeypatch)
    made = box()
    hear(made, "say", text="Hi")
    for have in (0, 1, 2):
        hear(made, "go on", have=have)
    hear(made, "stop")
    assert made.state == "ready"
    assert made.turns[0]["ending"] == "stopped"
    assert len(made.turns[0]["tokens"]) == 3
    assert "".join(token[0] for token in made.turns[0]["tokens"]) == made.chat.turns[0].answer
    hear(made, "go on", have=3)  # was on its way
    assert len(made.chat.turns[0].tokens) == 3
    hear(made, "new")
    assert (made.turns, made.chosen, made.chat.turns) == ([], [], [])


@pytest.mark.parametrize("from_python", [True, False])
def test_an_interrupt_ends_the_answer_and_keeps_it(monkeypatch, from_python):
    monkeypatch.setattr("lmteach.widgets.chat_box.widget.STEP", 60.0)
    model, steps = talker(), []

    def press(*_):
        steps.append(1)
        if len(steps) == 4:
            signal.raise_signal(signal.SIGINT)

    model.h[0].register_forward_pre_hook(press)
    made = box(model)
    if from_python:
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            made.say("Hi")
    else:
        hear(made, "say", text="Hi")
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            hear(made, "go on", have=0)
    assert (made.state, made.message) == ("ready", INTERRUPTED)
    assert len(made.turns[0]["tokens"]) == 4  # the token was finished
    before = made.turns[0]["tokens"]
    made.say("Well?")
    assert made.turns[0]["tokens"] == before
    prompt = [2, *TOKENIZER.encode("Hi"), 0, 3, *[t.id for t in made.chat.turns[0].tokens], 0]
    assert made.chat.prompt("x")[: len(prompt)] == prompt


def test_a_second_interrupt_does_not_wait():
    model = talker()

    def press(*_):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    model.h[1].register_forward_pre_hook(press)
    made = box(model)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        made.say("Hi")
    assert (made.state, made.message) == ("ready", INTERRUPTED)
    assert made.turns == [{"question": "Hi", "tokens": [], "ending": "stopped"}]


def test_a_cell_and_the_browser_can_ask_at_once():
    """JupyterLab hears the browser in another thread than that of the cells."""
    made = box(most=40)
    hear(made, "say", text="Hi")
    threads = [threading.Thread(target=written_or_late, args=(made,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = box(most=40)
    alone.say("Hi")
    assert made.state == "ready"
    assert made.turns == alone.turns


def written_or_late(made):
    while made.state == "writing":
        hear(made, "go on", have=0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" ", "The message is empty: type at least one word."),
        ("x" * 80, f"has 83 tokens, and the model reads {CONTEXT} at most"),
    ],
)
def test_what_cannot_be_said_becomes_a_sentence(text, words):
    made = box()
    hear(made, "say", text=text)
    assert words in made.message
    assert (made.state, made.turns) == ("ready", [])
    assert words in made.alt
    figure = made.picture()
    assert words in figure.axes[0].texts[0].get_text()
    plt.close(figure)
    with pytest.raises(ValueError, match=words):
        made.say(text)
    made.say("Hi")
    assert words not in made.message


def test_answers_that_are_cut_say_why():
    made = box(most=3)
    made._choose = lambda logits, seen: torch.tensor([70])
    made.say("Hi")
    assert made.message == "The answer was cut after 3 tokens, the most that it may have."
    made.most = 500
    made.say("Hi")
    assert made.message == "The context of 64 tokens is full: begin a new conversation."


def test_a_model_that_gives_no_numbers_is_named():
    model = talker()
    model.ln_f.weight.data[0] = float("nan")
    made = box(model)
    hear(made, "say", text="Hi")
    hear(made, "go on", have=0)
    assert made.state == "ready"
    assert "nan" in made.message.lower()
    assert made.turns[0]["ending"] == "stopped"


def test_temperature_draws_by_the_seed():
    said = {seed: box(seed=seed, temperature=1.5, most=20).say("Hi") for seed in (1, 2)}
    assert said[1] != said[2]
    assert box(seed=1, temperature=1.5, most=20).say("Hi") == said[1]
    greedy_one = box(most=20).say("Hi")
    assert box(seed=1, temperature=1.5, top_p=1e-6, most=20).say("Hi") == greedy_one


def test_the_picture_and_its_words():
    made = box(most=3)
    assert SILENT in made.alt
    made._choose = lambda logits, seen: torch.tensor([4 + ord("$")])
    made.say("What is $5?")
    tokens = made.chat.turns[0].tokens
    least = min(tokens, key=lambda token: token.chance)
    figure = made.picture()
    assert [text.get_text() for text in figure.axes[0].texts] == ["You: What is $5?", "Model: $$$"]
    assert figure.axes[1].get_title(loc="left") == f"“$” had {least.chance:.1%}"
    widths = [bar.get_width() for bar in figure.axes[1].containers[0]]
    shares = [least.chance, *(chance for _, chance in least.rivals)]
    assert widths == pytest.approx(sorted(shares, reverse=True))
    plt.close(figure)
    made.chosen = [0, 1]
    assert f"it wrote $ with {tokens[1].chance:.1%}" in made.alt
    assert "You: “What is $5?” The model: “$$$”" in made.alt
    made.chosen = [4, 1]  # of a conversation that is gone
    assert f"it wrote $ with {least.chance:.1%}" in made.alt


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -0.1}, "temperature is -0.1, expected"),
        ({"temperature": 2.5}, "temperature is 2.5, expected"),
        ({"top_p": 0.0}, "top-p is 0.0, expected"),
        ({"most": 0}, "most is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"examples": "Hi"}, "expected a list of at most 8 messages"),
        ({"examples": ["Hi"] * 9}, "there are 9 examples"),
        ({"end": "</s>"}, "end is '</s>'"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        box(**options)
