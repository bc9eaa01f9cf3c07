"""Writing with a language model, one token after the other. Taught in notebook 14.

A chooser says which token comes next: the likeliest, or one that is drawn.
"""

from collections.abc import Callable, Iterable, Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmteach.checks import check_sizes, checked_by
from lmteach.decoding.cache import KeyValueCache
from lmteach.decoding.filters import check_filters, next_token_filters, penalise_repetition
from lmteach.decoding.fused_step import can_be_fused, fused_step
from lmteach.models.checks import check_ids, check_logits
from lmteach.models.evaluating import in_evaluation
from lmteach.models.gpt.model import GPT
from lmteach.typed import typed

# From the logits (B, V) of what comes next, and all ids (B, T) before it: the next ids (B,).
Choose = Callable[[Float[Tensor, "batch vocab"], Int[Tensor, "batch time"]], Int[Tensor, " batch"]]


def check_batch(ids: Tensor) -> None:
    """Say what is wrong with a beginning that is no batch of ids.

    >>> check_batch(torch.tensor([1, 4]))
    Traceback (most recent call last):
    ValueError: ids has shape (2,), expected (B, T) = (any, any). One text alone is a batch of \
one: ids[None].
    """
    check_ids("ids", ids)


def _check_end(model: GPT, end: int | None) -> None:
    if end is not None and not 0 <= end < model.config.vocab_size:
        raise ValueError(
            f"end is {end}, expected an id of the vocabulary, 0 to {model.config.vocab_size - 1}, "
            "or None, to write all tokens that were asked for."
        )


def _check_cache(ids: Tensor, cache: KeyValueCache | None) -> None:
    held = None if cache is None else cache.ids
    if held is not None and not torch.equal(held, ids[:, :-1][:, : held.shape[1]]):
        raise ValueError(
            f"cache holds {held.shape[1]} tokens, expected some of the first {ids.shape[1] - 1} of "
            "ids, those before the last: take cache_of_first of what they have in common."
        )


def check_continued(model: GPT, ids: Tensor, new_tokens: int) -> None:
    """Say what is wrong with a beginning that a model is to continue.

    Raises ``ValueError`` if it is no batch of ids, or with its continuation doesn't fit into the
    context. The last new token needs no room: nobody reads it.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> check_continued(model, torch.tensor([[1, 4, 2]]), new_tokens=7)
    Traceback (most recent call last):
    ValueError: 3 tokens and 7 new ones don't fit into the context of 8: ask for at most 6, or \
begin with the last 2 tokens only.
    """
    check_ids("ids", ids, model.config.vocab_size)
    check_sizes(new_tokens=new_tokens)
    time, context = ids.shape[1], model.config.context
    if time + new_tokens - 1 > context:
        mend = []
        if time <= context:
            mend.append(f"ask for at most {context - time + 1}")
        if new_tokens <= context:
            mend.append(f"begin with the last {context - new_tokens + 1} tokens only")
        raise ValueError(
            f"{time} tokens and {new_tokens} new ones don't fit into the context of {context}: "
            f"{', or '.join(mend) or 'both are longer than it'}."
        )


@torch.no_grad()
@typed
def next_logits(
    model: GPT, ids: Int[Tensor, "batch time"], cache: KeyValueCache | None = None
) -> Float[Tensor, "batch vocab"]:
    """Return the logits (B, V) of the token after ``ids``; a ``cache`` spares those it has read.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> next_logits(model, torch.tensor([[1, 4, 2]]), KeyValueCache()).shape
    torch.Size([1, 5])
    """
    read = 0 if cache is None else cache.length
    if cache is not None and 0 < read == ids.shape[1] - 1 and can_be_fused(model):
        return fused_step(model, ids[:, -1], cache)
    with in_evaluation(model):
        return model(ids[:, read:], cache, last=1)[:, -1]


@typed
def likeliest(repetition_penalty: float = 1.0) -> Choose:
    """Return a chooser that takes the likeliest token, the first of equals.

    Raises ``ValueError`` for a penalty that is not above 0.

    >>> likeliest()(torch.tensor([[0.1, 0.7, 0.2]]), torch.tensor([[0]]))
    tensor([1])
    """
    check_filters(1.0, None, None, repetition_penalty)

    def choose(logits: Tensor, seen: Tensor) -> Tensor:
        if repetition_penalty != 1:
            logits = penalise_repetition(logits, seen, repetition_penalty)
        return logits.argmax(dim=-1)

    return choose


@checked_by(check_filters)
@typed
def drawn(
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    repetition_penalty: float = 1.0,
    generator: torch.Generator | None = None,
) -> Choose:
    """Return a chooser that draws a token, with the probabilities that ``next_token_filters`` left.

    Raises ``ValueError`` as ``check_filters`` does.

    >>> logits = torch.tensor([[0.1, 0.7, 0.2]]).log()
    >>> drawn(top_k=1)(logits, torch.tensor([[0]]))
    tensor([1])
    """

    def choose(logits: Tensor, seen: Tensor) -> Tensor:
        kept = next_token_filters(logits, seen, temperature, top_k, top_p, repetition_penalty)
        device = logits.device if generator is None else generator.device
        chances = kept.softmax(dim=-1).to(device)
        return torch.multinomial(chances, 1, generator=generator)[:, 0].to(seen.device)

    return choose


@checked_by(check_batch)
@typed
@checked_by(check_continued)
@checked_by(_check_end)
@checked_by(_check_cache)
def stream(
    model: GPT,
    ids: Int[Tensor, "batch time"],
    new_tokens: int,
    choose: Choose,
    end: int | None = None,
    cached: bool = True,
    cache: KeyValueCache | None = None,
) -> Iterator[Tensor]:
    """Return an iterator over the new tokens (B,), each there as soon as it is chosen.

    It stops after ``new_tokens``, or when all rows have written ``end``; rows that were done
    before repeat it. With ``cached=False`` everything is read again at every step: the same
    tokens, later. A ``cache`` that holds the beginning of ``ids`` is used and extended: then only
    the rest is read. Dropout is off while the model reads.

    Raises ``ValueError`` for ids that are none, or that don't fit into the context, for a cache of
    other tokens, and for logits that are not numbers.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> len([token for token in stream(model, torch.tensor([[1, 4, 2]]), 6, likeliest())])
    6
    """
    if cached and cache is None:
        cache = KeyValueCache()
    return _stream(model, ids, new_tokens, choose, end, cache)


@torch.no_grad()
def _stream(
    model: GPT,
    ids: Tensor,
    new_tokens: int,
    choose: Choose,
    end: int | None,
    cache: KeyValueCache | None,
) -> Iterator[Tensor]:
    done = torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
    for step in range(1, new_tokens + 1):
        logits = next_logits(model, ids, cache)
        check_logits(logits, step)
        token = _checked_choice(choose(logits, ids), ids)
        if end is not None:
            token = token.masked_fill(done, end)
            done = token == end
        yield token
        if end is not None and bool(done.all()):
            return
        ids = torch.cat([ids, token[:, None]], dim=1)


def _checked_choice(token: object, ids: Tensor) -> Tensor:
    is_row = isinstance(token, Tensor) and token.shape == ids.shape[:1]
    if not isinstance(token, Tensor) or not is_row or token.dtype not in (torch.int64, torch.int32):
        came = f"{token.dtype} {tuple(token.shape)}" if isinstance(token, Tensor) else repr(token)
        raise ValueError(
            f"choose returned {came}, expected a tensor of whole numbers ({len(ids)},): the next "
            "token of each row."
        )
    return token


@checked_by(check_batch)
@typed
def greedy(
    model: GPT,
    ids: Int[Tensor, "batch time"],
    new_tokens: int,
    repetition_penalty: float = 1.0,
    end: int | None = None,
    cached: bool = True,
) -> Int[Tensor, "batch source"]:
    """Return new tokens (B, new_tokens), the likeliest each time; fewer if all reach ``end``.

    Ask twice, and you get the same. Raises ``ValueError`` as ``stream`` and ``likeliest`` do.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> greedy(model, torch.tensor([[1, 4, 2]]), new_tokens=4).shape
    torch.Size([1, 4])
    """
    choose = likeliest(repetition_penalty)
    return torch.stack([*stream(model, ids, new_tokens, choose, end, cached)], dim=1)


@checked_by(check_batch)
@typed
def sample(
    model: GPT,
    ids: Int[Tensor, "batch time"],
    new_tokens: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    repetition_penalty: float = 1.0,
    generator: torch.Generator | None = None,
    end: int | None = None,
    cached: bool = True,
) -> Int[Tensor, "batch source"]:
    """Return new tokens (B, new_tokens), drawn one by one; fewer if all rows reach ``end``.

    Raises ``ValueError`` as ``stream`` and ``drawn`` do.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> sample(model, torch.tensor([[1, 4, 2]]), 4, temperature=0.8, top_p=0.9).shape
    torch.Size([1, 4])
    """
    choose = drawn(temperature, top_k, top_p, repetition_penalty, generator)
    return torch.stack([*stream(model, ids, new_tokens, choose, end, cached)], dim=1)


HALF = "\ufffd"  # what a decoder writes for bytes that are no whole character


@typed
def text_pieces(
    tokens: Iterable[int] | Iterable[Tensor] | bytes, decode: Callable[[list[int]], str]
) -> Iterator[str]:
    """Yield the text of one row of tokens piece by piece, to be printed one after the other.

    ``tokens`` may come from ``sampling.stream``, ``decode`` from a tokenizer. A byte-level token
    can be half a character: it is held back until the other half is there, or nothing follows.
    Joined, the pieces are ``decode`` of all tokens.

    Raises ``ValueError`` if ``decode`` returns no text.

    >>> from lmteach.text.tokenizers.bpe import BPETokenizer
    >>> tokenizer = BPETokenizer([])  # a token for each byte
    >>> list(text_pieces(tokenizer.encode("Häh"), tokenizer.decode))  # ä is two bytes
    ['H', 'ä', 'h']
    """
    ids: list[int] = []
    text, shown = "", 0
    for token in tokens:
        ids.append(int(token))
        text = decode(ids)
        if not isinstance(text, str):
            raise ValueError(f"decode returned {text!r}, expected the text of the tokens {ids}.")
        if not text.endswith(HALF) and len(text) > shown:
            yield text[shown:]
            shown = len(text)
    if len(text) > shown:
        yield text[shown:]
