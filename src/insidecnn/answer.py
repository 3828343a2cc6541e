"""The end of the network in words: its most probable classes."""

import torch


def best(logits: torch.Tensor, categories: list[str] | None, count: int = 5) -> dict[str, float]:
    """The most probable classes and their probabilities, the best first.

    Args:
        logits: (1, K) or (K,).
        categories: the K names; ``None`` where nobody knows them: then a class is called by its number.
        count: how many.

    Raises:
        ValueError: another shape, or another number of names.

    Example:
        >>> best(torch.tensor([0.0, 2.0, 1.0]), ["cup", "fish", "star"], count=2)
        {'fish': 0.6652..., 'star': 0.2447...}
    """
    logits = logits.detach().squeeze(0) if logits.dim() == 2 else logits.detach()
    if logits.dim() != 1 or (categories is not None and len(categories) != len(logits)):
        names = "no names" if categories is None else f"{len(categories)} names"
        raise ValueError(f"logits {tuple(logits.shape)} with {names}: wanted are the K logits of one picture, K names.")
    found = logits.softmax(0).topk(min(count, len(logits)))
    name = categories.__getitem__ if categories else "output {}".format
    return {name(k): p for k, p in zip(found.indices.tolist(), found.values.tolist(), strict=True)}


def by_attribute(logits: torch.Tensor) -> dict[str, torch.Tensor]:
    """The logits (N, 10) of a thing's kind, colour and pattern, from those of the thousand things (N, 1000).

    In the book's own network a class's logit is the sum of the three. Their means over all classes of
    one kind are the kinds' logits but for a number that all kinds share, which softmax does not see.
    """
    cube = logits.view(-1, 10, 10, 10)  # (N, kind, colour, pattern)
    return {"kind": cube.mean((2, 3)), "colour": cube.mean((1, 3)), "pattern": cube.mean((1, 2))}
