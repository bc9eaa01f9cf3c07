"""A small chat model is taught one skill: does it learn it, what not, and what does it forget?

SmolLM2 is to write dates as YYYY-MM-DD, or to name currencies: by four examples before the question
(as lines, or as turns of the chat), or by low-rank adapters beside the queries and values of its
last layers, trained on answers. ``new_facts`` is the share of right answers about facts that are
not in training, ``new_templates`` about facts of training in words that are not, ``known`` about
training itself; ``right_…`` has each answer. All tokens of an answer have to be the likeliest, each
after those before, and the end after them (after examples in lines it may go on). ``always`` is the
share of the new facts that the most frequent answer of training would get. ``bits`` are those per
character of a piece of Wikipedia's test articles, ``bits_before`` those before training. "Text
mixed in": every fourth batch is from Wikipedia's training articles.

A seed draws adapters and batches, or the four examples; the questions asked are the same for all.
The number of steps was chosen on the first 200 held-out dates of each part: they are passed over.
Each case runs in a process of its own with one thread; ``peak_memory`` is that process's, in GB.
The first case is short, to be measured again.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lmteach.decoding.cache import KeyValueCache
from lmteach.decoding.chat import Chat, ChatToken, Turn
from lmteach.evaluation.results import pack_answers
from lmteach.models.gpt.model import GPT
from lmteach.models.llama.files import smollm2_file
from lmteach.models.llama.gguf import read_gguf
from lmteach.models.llama.model import smollm2
from lmteach.models.llama.reading import chat_template_of, tokenizer_of
from lmteach.models.lora.adapters import add_adapters
from lmteach.text.corpora.facts import FactQuestion, fact_questions
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.training.answers import IGNORED, answer_batch, answer_loss
from lmteach.training.history import History
from lmteach.training.loop import fit

Way = dict[str, Any]
RECIPE = {
    "bits": 16,
    "rank": 8,
    "alpha": 16.0,
    "maps": ("q_proj", "v_proj"),
    "optimizer": "AdamW",
    "falling": 0.2,  # of the steps, at the end: there the rate falls to 0
    "text": 3000,  # characters of Wikipedia's test articles
    "tokens": 64,  # of a piece that is mixed in
    "LoRA": {"layers": 20, "rate": 2e-3, "steps": 100, "batch": 4, "loss": "answer", "mixed": 0},
    "ways": {
        "LoRA, four steps": {"steps": 4},
        "four examples in lines": {"examples": "lines"},
        "four examples as turns": {"examples": "turns"},
        "LoRA": {},
        "LoRA, 150 steps": {"steps": 150},
        "LoRA, a quarter of the rate": {"rate": 5e-4},
        "LoRA, text mixed in": {"mixed": 4},
        "LoRA, loss on the question, too": {"loss": "all"},
    },
}
SKILLS = ("date", "currency")
SHORT, MANY = 8, 200
CHOSEN_ON = {"date": 200, "currency": 0}  # held-out questions that the recipe was chosen on
EXAMPLES = 4
BATCH = 16
WAYS = tuple(RECIPE["ways"])
CASES = (
    {"skill": "date", "way": WAYS[0], "items": SHORT},
    *({"skill": skill, "way": "LoRA", "items": MANY} for skill in SKILLS),
    *({"skill": skill, "way": "four examples in lines", "items": MANY} for skill in SKILLS),
    {"skill": "date", "way": "four examples as turns", "items": MANY},
    *({"skill": "date", "way": way, "items": MANY} for way in WAYS[4:]),
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.1


@cache
def chat() -> Chat:
    """The model, and the form of a conversation with it."""
    settings = read_gguf(smollm2_file()).settings
    return Chat(smollm2(RECIPE["bits"]), tokenizer_of(settings), chat_template_of(settings))


def prompt(question: FactQuestion) -> list[int]:
    """A question as the chat model reads it, up to where its answer begins."""
    return chat().prompt(question.prompt)


def answer(question: FactQuestion) -> list[int]:
    """An answer, and the mark that ends it."""
    return [*words(question.answer), chat().end]


def words(text: str) -> list[int]:
    """The ids of a text without marks."""
    return chat().tokenizer.encode(text, special=False, begin=False)


def taught(
    model: GPT, questions: Sequence[FactQuestion], recipe: Way, seed: int
) -> tuple[History, int]:
    """Put adapters beside a model's last layers and train them; losses, and how many weights."""
    generator = torch.Generator().manual_seed(seed)
    count, layers = model.config.layers, recipe["layers"]
    maps = [f"h.{n}.*{name}" for n in range(count - layers, count) for name in RECIPE["maps"]]
    add_adapters(model, RECIPE["rank"], RECIPE["alpha"], maps, generator=generator)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    drawn = 0

    def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
        nonlocal drawn
        drawn += 1
        if recipe["mixed"] and drawn % recipe["mixed"] == 0:
            return all_asked([piece_of_text(generator) for _ in range(recipe["batch"])])
        picked = torch.randint(len(questions), (recipe["batch"],), generator=generator)
        some = [questions[place] for place in picked]
        if recipe["loss"] == "all":
            return all_asked([prompt(one) + answer(one) for one in some])
        return answer_batch([prompt(one) for one in some], [answer(one) for one in some])

    steps, falling = recipe["steps"], recipe["steps"] * RECIPE["falling"]
    history = fit(
        model,
        answer_loss,
        draw,
        steps,
        torch.optim.AdamW(trained, lr=recipe["rate"], weight_decay=0.0),
        generator,
        schedule=lambda step: min(1.0, (steps + 1 - step) / falling),
        validate_every=steps,
        progress=False,
    )
    return history, sum(weight.numel() for weight in trained)


def all_asked(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """A batch in which every token but the first is asked for."""
    return answer_batch([row[:1] for row in rows], [row[1:] for row in rows])


def piece_of_text(generator: torch.Generator) -> list[int]:
    """Some tokens of Wikipedia's training articles."""
    text = wikipedia().train
    start = int(torch.randint(len(text) - 1000, (), generator=generator))
    return words(text[start : start + 1000].partition(" ")[2])[: RECIPE["tokens"]]


def with_examples(form: str, examples: Sequence[FactQuestion], question: FactQuestion) -> list[int]:
    """A question after some that are answered: as lines of one message, or as turns of the chat."""
    one = Chat(chat().model, chat().tokenizer, chat().template)
    if form == "turns":
        for given in examples:
            ids = words(given.answer)
            one.turns.append(Turn(given.prompt, [ChatToken(id, "", 1.0, ()) for id in ids]))
        return one.prompt(question.prompt)
    lines = [f"{given.prompt}\n{given.answer}" for given in examples]
    return words("\n\n".join([*lines, f"{question.prompt}\n"]))


@torch.no_grad()
def are_right(prompts: Sequence[list[int]], answers: Sequence[list[int]]) -> np.ndarray:
    """Whether the likeliest token is the answer's all along it: then it is what greedy writes.

    So no answer needs to be written. What all prompts begin with is read once.
    """
    model, found = chat().model, np.zeros(len(prompts), dtype=bool)
    alike = [len({*column}) == 1 for column in zip(*prompts, strict=False)]
    shared = [*alike, False].index(False)
    start = KeyValueCache()
    model(torch.tensor([prompts[0][:shared]]), start, last=1)
    lengths = np.array([len(ids) for ids in prompts])
    for some in np.array_split(lengths.argsort(), -(-len(prompts) // BATCH)):
        batch = answer_batch([prompts[one] for one in some], [answers[one] for one in some])
        ids, targets = (part[:, shared:] for part in batch)
        asked, hits = targets != IGNORED, torch.ones(targets.shape, dtype=torch.bool)
        hidden = model.hidden_states(ids, repeated(start, len(some)))[asked]
        hits[asked] = model.scores(hidden).argmax(dim=-1) == targets[asked]
        found[some] = hits.all(dim=1).numpy()
    return found


def repeated(held: KeyValueCache, count: int) -> KeyValueCache:
    """What is held, for each row of a batch."""
    assert held.ids is not None
    return KeyValueCache(
        held.ids.expand(count, -1),
        [keys.expand(count, -1, -1, -1) for keys in held.keys],
        [values.expand(count, -1, -1, -1) for values in held.values],
    )


@torch.no_grad()
def bits_per_character() -> float:
    """What each character of a piece of Wikipedia's test articles costs the model."""
    text, model = wikipedia().test[: RECIPE["text"]], chat().model
    ids = torch.tensor([chat().tokenizer.special["<|endoftext|>"], *words(text)])
    hidden, nats = model.hidden_states(ids[None, :-1])[0], 0.0
    for states, targets in zip(hidden.split(128), ids[1:].split(128), strict=True):
        nats += torch.nn.functional.cross_entropy(
            model.scores(states).float(), targets, reduction="sum"
        ).item()
    return round(nats / math.log(2) / len(text), 4)


def examined(questions: Sequence[FactQuestion], count: int) -> list[FactQuestion]:
    """Some of the questions, always the same: each about another fact, as long as there are any."""
    order = np.random.default_rng(0).permutation(len(questions))
    times: dict[str, int] = {}
    ranked = []
    for place in order:
        fact = questions[place].fact
        ranked.append((times.get(fact, 0), len(ranked), place))
        times[fact] = times.get(fact, 0) + 1
    return [questions[place] for _, _, place in sorted(ranked)[:count]]


def figures(seed: int, skill: str, way: str, items: int) -> dict[str, Any]:
    """What one case measures, in this process."""
    torch.set_num_threads(1)
    recipe, questions = RECIPE["LoRA"] | RECIPE["ways"][way], fact_questions(skill)
    parts = {
        part: examined(getattr(questions, part), CHOSEN_ON[skill] + items)[CHOSEN_ON[skill] :]
        for part in ("new_facts", "new_templates")
    }
    answers = [one.answer for one in questions.train]
    usual = max(sorted({*answers}), key=answers.count)
    found: dict[str, Any] = {"always": share([one.answer == usual for one in parts["new_facts"]])}
    form = recipe.get("examples")
    if form:
        order = np.random.default_rng(seed).permutation(len(questions.train))
        examples = examined([questions.train[place] for place in order], EXAMPLES)
    else:
        parts["known"] = examined(questions.train, items)
        found["bits_before"] = bits_per_character()
        history, trained = taught(chat().model, questions.train, recipe, seed)
        found |= {
            "bits": bits_per_character(),
            "trained": trained,
            "seconds": round(history.seconds, 1),
            "losses": [round(loss, 3) for loss in history.losses],
        }
    for part, some in parts.items():
        prompts = [with_examples(form, examples, one) if form else prompt(one) for one in some]
        ends = [] if form == "lines" else [chat().end]  # lines go on with whatever they may
        right = are_right(prompts, [words(one.answer) + ends for one in some])
        found |= {part: share(right), f"right_{part}": pack_answers(right)}
    return found | {"peak_memory": peak_memory()}


def share(right: Sequence[bool] | np.ndarray) -> float:
    """How many are right."""
    return round(float(np.mean(right)), 4)


def peak_memory() -> float:
    """The most memory that this process has held, in GB, as Linux counts it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (held,) = (line for line in lines if line.startswith("VmHWM"))
    return round(int(held.split()[1]) * 1024 / 1e9, 3)


def measure(seed: int, skill: str, way: str, items: int) -> dict[str, Any]:
    """The figures of one case, measured in a new process."""
    wikipedia()  # where it isn't cached yet, to make it takes memory that is not the case's
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(figures, seed, skill, way, items).result()
