"""BERT, asked where in a text an answer stands: two numbers for each token, and the best span.

Taught in notebook 18. Source: J. Devlin et al., "BERT" (2019), §4.2.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_sizes, check_whole, checked_by
from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.model import PretrainedBert
from lmteach.models.checks import check_ids, check_padding, check_tensor
from lmteach.typed import typed

LONGEST = 20  # tokens of an answer


def _check_two(config: BertConfig) -> None:
    if config.labels != 2:
        raise ValueError(
            f"config.labels is {config.labels}, expected 2: where an answer starts, and where it "
            "ends."
        )


class BertForQuestionAnswering(PretrainedBert):
    """BERT's encoder, and for each token how well an answer starts there, and how well it ends.

    ``forward(ids (B, T), attention_mask (B, T), token_type_ids (B, T))`` returns two rows of logits
    (B, T). Question and text are one sequence, told apart by ``token_type_ids`` 0 and 1, as
    ``read_pairs`` makes them. Weights start as in ``BertForMaskedLM``. Source: J. Devlin et al.,
    "BERT" (2019), §4.2 and fig. 1.

    Raises ``ValueError`` as ``BertEncoder`` does, and for ``labels`` other than 2.

    >>> config = BertConfig(vocab_size=9, context=8, dim=16, heads=2, layers=2)
    >>> model = BertForQuestionAnswering(config)
    >>> start, end = model(torch.tensor([[1, 4, 2]]))
    >>> start.shape, end.shape
    (torch.Size([1, 3]), torch.Size([1, 3]))
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save_pretrained(folder)
    ...     BertForQuestionAnswering.from_pretrained(folder).config == model.config
    True
    """

    kind = "BertForQuestionAnswering"

    @typed
    @checked_by(_check_two)
    def __init__(self, config: BertConfig, generator: torch.Generator | None = None) -> None:
        super().__init__(config)
        self.qa_outputs = nn.Linear(config.dim, 2)
        self._start(generator)

    def forward(
        self,
        ids: Int[Tensor, "batch time"],
        attention_mask: Bool[Tensor, "batch time"] | None = None,
        token_type_ids: Int[Tensor, "batch time"] | None = None,
    ) -> tuple[Float[Tensor, "batch time"], Float[Tensor, "batch time"]]:
        """Return the logits of the start (B, T) and of the end (B, T)."""
        start, end = self.qa_outputs(self.bert(ids, attention_mask, token_type_ids)).unbind(-1)
        return start, end


class ReadPairs(NamedTuple):
    """Questions with their texts, as a BERT reads them: [CLS] question [SEP] text [SEP].

    ``ids``, ``attention_mask`` and ``token_type_ids`` (B, T) go into the model; ``inside`` (B, T)
    is True where the text stands, and ``letters`` (B, T, 2) are where in its own text each token
    begins and ends.
    """

    ids: Int[Tensor, "batch time"]
    attention_mask: Bool[Tensor, "batch time"]
    token_type_ids: Int[Tensor, "batch time"]
    inside: Bool[Tensor, "batch time"]
    letters: Int[Tensor, "batch time 2"]


def _check_pairs(questions: Sequence[str], texts: Sequence[str]) -> None:
    if isinstance(questions, str) or isinstance(texts, str) or not questions:
        raise ValueError(
            f"questions is {questions!r:.40} and texts {texts!r:.40}, expected two lists of at "
            "least one: ['a question'], ['its text']."
        )
    if len(questions) != len(texts):
        raise ValueError(
            f"there are {len(questions)} questions and {len(texts)} texts, expected a text for "
            "each question."
        )


@typed
@checked_by(_check_pairs)
def read_pairs(tokenizer: Tokenizer, questions: Sequence[str], texts: Sequence[str]) -> ReadPairs:
    """Return the ids of some questions, each with the text that has its answer, padded.

    Raises ``ValueError`` for no question, or another number of texts.

    >>> from lmteach.models.bert.minilm import minilm
    >>> tokenizer = minilm().tokenizer
    >>> read = read_pairs(tokenizer, ["What is an ant?"], ["An ant is an insect."])
    >>> read.token_type_ids[0].tolist()
    [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    >>> read.letters[0, -3].tolist()  # insect
    [13, 19]
    """
    found: list[Encoding] = tokenizer.encode_batch(list(zip(questions, texts, strict=True)))
    return ReadPairs(
        torch.tensor([one.ids for one in found]),
        torch.tensor([one.attention_mask for one in found]).bool(),
        torch.tensor([one.type_ids for one in found]),
        torch.tensor([[part == 1 for part in one.sequence_ids] for one in found]),
        torch.tensor([one.offsets for one in found]),
    )


def _check_places(letters: Tensor, inside: Tensor, begin: int, end: int) -> None:
    check_ids("letters", letters, shape=(None, 2), letters="(T, 2)")
    check_padding("inside", inside, letters.shape[:1], "(T,)")
    check_whole("begin", begin, at_least=0)
    check_whole("end", end, at_least=begin + 1)
    if not bool((inside & (letters[:, 0] < end) & (letters[:, 1] > begin)).any()):
        raise ValueError(
            f"no token of the text has one of the letters {begin} to {end}, expected a part of it: "
            "begin = text.index(answer), end = begin + len(answer)."
        )


@typed
@checked_by(_check_places)
def tokens_of(
    letters: Int[Tensor, "time 2"], inside: Bool[Tensor, " time"], begin: int, end: int
) -> tuple[int, int]:
    """Return the first and the last token that have one of the letters ``begin`` to ``end``.

    ``letters`` and ``inside`` are a row of what ``read_pairs`` returns; the letter at ``end`` is
    not asked for.

    Raises ``ValueError`` if no token has one of them.

    >>> letters = torch.tensor([[0, 0], [0, 2], [3, 6], [6, 7], [0, 0]])
    >>> tokens_of(letters, torch.tensor([False, True, True, True, False]), 3, 7)
    (2, 3)
    """
    having = inside & (letters[:, 0] < end) & (letters[:, 1] > begin)
    places = having.nonzero()[:, 0].tolist()
    return places[0], places[-1]


def _check_span(start: Tensor, end: Tensor, inside: Tensor, longest: int) -> None:
    check_tensor("start", start, (None,), "(T,)")
    check_tensor("end", end, tuple(start.shape), "(T,)")
    check_padding("inside", inside, start.shape, "(T,)")
    check_sizes(longest=longest)
    if not bool(inside.any()):
        raise ValueError("inside is False everywhere, expected a token that an answer may have.")
    for name, logits in (("start", start), ("end", end)):
        if not bool(logits.isfinite().all()):
            raise ValueError(f"{name} contains {logits[~logits.isfinite()][0]}, expected numbers.")


@typed
@checked_by(_check_span)
def best_span(
    start: Float[Tensor, " time"],
    end: Float[Tensor, " time"],
    inside: Bool[Tensor, " time"],
    longest: int = LONGEST,
) -> tuple[int, int]:
    """Return the first and the last token of the answer: start + end is highest, inside the text.

    An answer does not end before it starts, and has at most ``longest`` tokens. Source: J. Devlin
    et al. (2019), §4.2, which has no bound on the length.

    Raises ``ValueError`` if no token is inside, or a logit is no number.

    >>> start, end = torch.tensor([[0.0, 1.0, 0.0, 5.0], [9.0, 6.0, 3.0, 2.0]])
    >>> best_span(start, end, torch.tensor([False, True, True, True]))
    (1, 1)
    >>> best_span(start, end - torch.tensor([0.0, 6.0, 0.0, 0.0]), torch.ones(4).bool(), 2)
    (0, 0)
    """
    scores = start[:, None] + end  # (T, T): a row for each start, a column for each end
    possible = (inside[:, None] & inside).triu().tril(longest - 1)
    best = int(scores.masked_fill(~possible, -torch.inf).argmax())
    return best // len(start), best % len(start)


def _check_loss(start: Tensor, end: Tensor, inside: Tensor, first: Tensor, last: Tensor) -> None:
    check_tensor("start", start, (None, None), "(B, T)")
    check_tensor("end", end, tuple(start.shape), "(B, T)")
    check_padding("inside", inside, start.shape)
    for name, places in (("first", first), ("last", last)):
        check_ids(name, places, start.shape[1], (len(start),), "(B,)")
        outside = ~inside.gather(1, places[:, None].long())[:, 0]
        if bool(outside.any()):
            raise ValueError(
                f"{name} contains {int(places[outside][0])}, which is not inside its text, "
                "expected a token that an answer may have."
            )


@typed
@checked_by(_check_loss)
def span_loss(
    start: Float[Tensor, "batch time"],
    end: Float[Tensor, "batch time"],
    inside: Bool[Tensor, "batch time"],
    first: Int[Tensor, " batch"],
    last: Int[Tensor, " batch"],
) -> Float[Tensor, ""]:
    """Return the mean of two cross entropies in nats: of the first and of the last token (B,).

    Each is chosen among the tokens ``inside`` the text. (Hugging Face's loss chooses among all of
    them, the question and padding, too.) Source: J. Devlin et al. (2019), §4.2.

    Raises ``ValueError`` if a right token is not inside.

    >>> inside = torch.tensor([[False, True, True]])
    >>> nothing, place = torch.zeros(1, 3), torch.tensor([2])
    >>> span_loss(nothing, nothing, inside, place, place)  # one of two
    tensor(0.6931)
    """
    losses = [
        functional.cross_entropy(logits.masked_fill(~inside, -torch.inf), right.long())
        for logits, right in ((start, first), (end, last))
    ]
    return (losses[0] + losses[1]) / 2
