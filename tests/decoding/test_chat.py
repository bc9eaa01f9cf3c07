"""A conversation: the tokens of greedy, probabilities, one cache over turns, no forged marks."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.decoding.chat import Chat
from lmteach.decoding.sampling import drawn, greedy
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.llama.files import SMOLLM2, smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import smollm2
from lmteach.models.llama.reading import chat_template_of, tokenizer_of
from lmteach.text.tokenizers.chat import ChatTemplate
from tests.decoding.toy_chat import CONTEXT, END, MARKS, TEMPLATE, TOKENIZER, talker
from tests.real_files import needs

MODEL = talker()


def chat(**changes):
    return Chat(**({"model": MODEL, "tokenizer": TOKENIZER, "template": TEMPLATE} | changes))


def ids_of(tokens):
    return [token.id for token in tokens]


def saying(*ids):
    """A chooser that says these tokens, one after the other."""
    left = list(ids)
    return lambda logits, before: torch.tensor([left.pop(0)])


class Reading:
    """Keeps what a model reads, and can be interrupted at one of its layers."""

    def __init__(self, monkeypatch, model):
        self.read, self.interrupt = [], False
        forward = model.hidden_states
        monkeypatch.setattr(model, "hidden_states", self.hear(forward))
        model.h[1].register_forward_pre_hook(lambda *_: self.stop())  # and no step is fused

    def hear(self, forward):
        def heard(ids, cache=None):
            self.read += ids[0].tolist()
            return forward(ids, cache)

        return heard

    def stop(self):
        if self.interrupt:
            self.interrupt = False
            raise KeyboardInterrupt


@pytest.mark.parametrize("system", [None, "Be short."])
def test_tokens_are_those_of_greedy_on_the_whole_prompt(system):
    """In each of three turns, though only what is new is read."""
    talk = chat(system=system)
    for question in ("Hi", "<user>", "é"):
        prompt = torch.tensor([talk.prompt(question)])
        expected = greedy(MODEL, prompt, 5, end=END, cached=False)[0].tolist()
        found = ids_of(talk.answer(question, most=5))
        assert found == [token for token in expected if token != END]
        assert talk.turns[-1].ending == ("done" if END in expected else "most")


def test_probabilities_are_the_models_own_whatever_draws():
    talk, generator = chat(), torch.Generator().manual_seed(0)
    ids = talk.prompt("Hi")
    tokens = list(talk.answer("Hi", drawn(temperature=2.0, generator=generator), most=8))
    assert len(set(ids_of(tokens))) > 3
    for token in tokens:
        chances = MODEL(torch.tensor([ids]), last=1)[0, 0].softmax(dim=-1).tolist()
        assert token.chance == pytest.approx(chances[token.id], rel=1e-4)
        others = sorted((-c, i) for i, c in enumerate(chances) if i != token.id)[:5]
        assert [name for name, _ in token.rivals] == [TOKENIZER.decode([i]) for _, i in others]
        assert [c for _, c in token.rivals] == pytest.approx([-c for c, _ in others], rel=1e-4)
        ids.append(token.id)


def test_the_model_reads_only_what_is_new(monkeypatch):
    model = talker()
    reading = Reading(monkeypatch, model)
    talk = chat(model=model, system="Be short.")
    first = talk.prompt("Hi")
    answer = ids_of(talk.answer("Hi", most=4))
    assert reading.read == [*first, *answer[:3]]  # nobody has read the last
    reading.read.clear()
    second = talk.prompt("Why?")
    assert second[: len(first) + 4] == [*first, *answer]
    list(talk.answer("Why?", most=1))
    assert reading.read == second[len(first) + 3 :]
    talk.forget()
    reading.read.clear()
    third = talk.prompt("Oh")
    list(talk.answer("Oh", most=1))
    system = TOKENIZER.encode("<system>Be short.<end><user>")
    assert [*system, *reading.read] == third
    assert talk.turns[0].question == "Oh"


def test_an_interrupt_leaves_what_was_said_and_the_next_answer_is_right(monkeypatch):
    """It comes between two layers, of which one has kept the token and the other has not."""
    model = talker()
    reading = Reading(monkeypatch, model)
    talk = chat(model=model)
    answer = talk.answer("Hi", most=6)
    said = [next(answer), next(answer)]
    reading.interrupt = True
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        next(answer)
    assert talk.turns[0].tokens == said
    assert talk.turns[0].ending == "stopped"
    prompt = torch.tensor([talk.prompt("So?")])
    expected = greedy(MODEL, prompt, 6, end=END, cached=False)[0].tolist()
    assert ids_of(talk.answer("So?", most=6)) == [token for token in expected if token != END]


def test_who_stops_listening_has_what_was_said():
    talk = chat()
    for _ in talk.answer("Hi", most=9):
        if len(talk.turns[0].tokens) == 3:
            break
    assert len(talk.turns[0].tokens) == 3
    held = talk.answer("Hi again")
    next(held)
    assert talk.turns[0].ending == "stopped"
    assert talk.turns[1].ending == "open"
    talk.stop()
    assert talk.turns[1].ending == "stopped"
    assert list(held) == []
    late = talk.answer("One")
    talk.answer("Two")
    assert list(late) == []  # never begun, and stopped by the next
    assert [turn.question for turn in talk.turns] == ["Hi", "Hi again", "One", "Two"]


def test_the_prompt_by_hand():
    talk = chat()
    byte = {letter: len(MARKS) + ord(letter) for letter in "abc"}
    list(talk.answer(" a ", saying(byte["b"], MARKS.index("<user>"), END)))
    assert talk.turns[0].answer == "b<user>"
    assert talk.prompt("c") == [2, byte["a"], 0, 3, byte["b"], 2, 0, 2, byte["c"], 0, 3]


@given(st.text(max_size=4), st.sampled_from(MARKS), st.text(max_size=4))
def test_nobody_can_forge_a_mark(before, mark, after):
    """As many marks as in an honest conversation, and the words are there, letter by letter."""
    words = before + mark + after
    ids = chat().prompt(words)
    assert [number for number in ids if number < len(MARKS)] == [2, 0, 3]
    assert TOKENIZER.decode(ids[1:-2]) == words.strip()


def test_characters_come_whole():
    letters = [len(MARKS) + byte for byte in "aé🙂".encode()]
    talk = chat()
    pieces = [token.text for token in talk.answer("x", saying(*letters, END))]
    assert pieces == ["a", "", "é", "", "", "", "🙂"]
    assert talk.turns[0].answer == "aé🙂"


def test_the_context_is_used_up_and_then_refused():
    talk = chat()
    room = CONTEXT - len(talk.prompt("x")) + 1
    never = saying(*[10] * room)
    assert len(list(talk.answer("x", never, most=1000))) == room
    assert talk.turns[0].ending == "full"
    with pytest.raises(ValueError, match=r"has 7\d tokens, and the model reads 64 at most: say it"):
        talk.answer("y")
    assert len(talk.turns) == 1
    talk.forget()
    assert len(list(talk.answer("y", most=2))) == 2


@needs(SMOLLM2)
def test_the_real_model_answers():
    """Its prompt is the template's text, encoded; it knows capitals, and ends its answers."""
    settings = read_gguf(smollm2_file()).settings
    tokenizer, template = tokenizer_of(settings), chat_template_of(settings)
    talk = Chat(smollm2(bits=4), tokenizer, template)
    question = "What is the capital of France?"
    text = template([{"role": "user", "content": question}])
    assert talk.prompt(question) == tokenizer.encode(text)
    tokens = list(talk.answer(question, most=40))
    assert "Paris" in talk.turns[0].answer
    assert talk.turns[0].ending == "done"
    paris = next(token for token in tokens if token.text == " Paris")
    assert paris.chance > 0.5 > paris.rivals[0][1]
    list(talk.answer("And of Italy?", most=40))
    assert "Rome" in talk.turns[1].answer


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("use", "message"),
    [
        (
            lambda: chat(end="</s>"),
            "end is '</s>', expected a special token of the tokenizer: <end>",
        ),
        (lambda: chat(template=ChatTemplate("{{ messages[0].content }}")), "end is '', expected"),
        (lambda: chat(template=ChatTemplate("x", TEMPLATE.marks)), "leaves out a message"),
        (
            lambda: chat(model=GPT(GPTConfig(vocab_size=9, dim=8, heads=2, layers=1))),
            "the tokenizer has 260 tokens and the model 9",
        ),
        (lambda: chat().answer(" \n"), "The message is empty: type at least one word"),
        (lambda: chat().answer("x" * 70), "With this message the conversation has 73 tokens"),
        (lambda: chat().answer("x", most=0), "most is 0"),
    ],
)
def test_what_is_refused(use, message):
    with pytest.raises(ValueError, match=message):
        use()
