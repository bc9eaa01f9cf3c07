"""A recurrent module of ours and torch.nn's with the same numbers, and how they are compared."""

import torch


def parts(state):
    """A state as a list of its tensors."""
    return list(state) if isinstance(state, tuple) else [state]


def draw_state(count, *shape):
    """A state of one tensor, or a pair of them."""
    drawn = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for _ in range(count)]
    return tuple(drawn) if count == 2 else drawn[0]


def same_numbers(ours, theirs, into_ours=True):
    """The pair in double precision, the numbers of one carried into the other."""
    ours, theirs = ours.double(), theirs.double()
    if into_ours:
        ours.load_state_dict(theirs.state_dict())
    else:
        theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def assert_same(pair, results, given, exact):
    """Each tensor of two results, and the gradients of what was given and of all parameters."""
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, **exact)
    weights = [torch.randn_like(part) for part in results[0]]
    gradients = []
    for module, result in zip(pair, results, strict=True):
        loss = sum((part * weight).sum() for part, weight in zip(result, weights, strict=True))
        gradients.append(torch.autograd.grad(loss, [*given, *module.parameters()]))
    for found, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(found, expected, **exact)
