"""Learning to answer: the loss is taken on the answer alone, not on the question. Notebook 17.

The question is read, since the answer depends on it, and nothing is asked of it: to write questions
is another skill, and would take most of the gradient.
"""

from collections.abc import Sequence

from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from lmteach.checks import check_whole, checked_by
from lmteach.models.checks import check_ids
from lmteach.models.gpt.model import GPT
from lmteach.text.batches import pad
from lmteach.typed import typed

IGNORED = -100  # the target where nothing is asked; PyTorch's own number for it
Answered = tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]


def _check_pairs(
    prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]], padding: int
) -> None:
    check_whole("padding", padding, at_least=0)
    if len(prompts) != len(answers) or len(prompts) == 0:
        raise ValueError(
            f"there are {len(prompts)} prompts and {len(answers)} answers, expected one answer for "
            "each prompt, and at least one."
        )
    for name, texts in (("prompt", prompts), ("answer", answers)):
        for place, ids in enumerate(texts):
            if isinstance(ids, str) or len(ids) == 0:
                raise ValueError(
                    f"{name} {place} is {ids!r:.40}, expected its ids, at least one: an answer "
                    "begins after a prompt, and ends with a mark."
                )
            if min(ids) < 0:
                raise ValueError(f"{name} {place} has the id {min(ids)}, expected ids from 0 up.")


@typed
@checked_by(_check_pairs)
def answer_batch(
    prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]], padding: int = 0
) -> Answered:
    """Return what a model reads, and the token that is asked for at each place: two of (B, T).

    A row is a prompt and its answer, without the last token, and filled up at the end. The target
    of a place is the token after it if that is the answer's, and ``IGNORED`` within the prompt and
    in the padding.

    Raises ``ValueError`` if prompts and answers are not as many, or one of them is empty.

    >>> ids, targets = answer_batch([[5, 6, 7], [5]], [[8, 9], [4]])
    >>> ids
    tensor([[5, 6, 7, 8],
            [5, 0, 0, 0]])
    >>> targets
    tensor([[-100, -100,    8,    9],
            [   4, -100, -100, -100]])
    """
    rows = [[*prompt, *answer] for prompt, answer in zip(prompts, answers, strict=True)]
    asked = [
        [IGNORED] * (len(prompt) - 1) + [*answer]
        for prompt, answer in zip(prompts, answers, strict=True)
    ]
    ids, _ = pad([row[:-1] for row in rows], padding)
    targets, _ = pad(asked, IGNORED)
    return ids, targets


def _check_answered(batch: Answered) -> None:
    ids, targets = batch
    check_ids("the ids of batch", ids)
    if ids.shape != targets.shape or bool((targets == IGNORED).all()):
        raise ValueError(
            f"batch has ids {tuple(ids.shape)} and targets {tuple(targets.shape)}, expected the "
            "same shape and at least one target that is not ignored, as answer_batch returns them."
        )


@typed
@checked_by(_check_answered)
def answer_loss(model: GPT, batch: Answered) -> Float[Tensor, ""]:
    """Return the mean cross-entropy () of the answers' tokens, in nats.

    The mean is over all answers' tokens of the batch: neither prompts nor padding count, in the
    sum or in what it is divided by, and a long answer counts more than a short one. The output
    layer is asked for the places that count alone. For ``fit``.

    Raises ``ValueError`` for a batch in which nothing is asked.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=9, context=8, dim=8, heads=2, layers=1))
    >>> answer_loss(model, answer_batch([[5, 6, 7]], [[8, 2]])).shape
    torch.Size([])
    """
    ids, targets = batch
    asked = targets != IGNORED
    logits = model.scores(model.hidden_states(ids)[asked])
    return functional.cross_entropy(logits.float(), targets[asked])
