"""The two losses of the book in a few lines of NumPy each: for reading, and safe with large numbers.

They mean what ``torch.nn.functional`` means by the same names, and the tests hold them equal to it.
Where torch would broadcast or guess, they refuse; whole numbers they refuse as torch does, since a
difference of two uint8 wraps around.
"""

import numpy as np

from insidecnn.checks import array

FLOATS = "floats, for instance array.astype(np.float32)"


def mse(prediction: np.ndarray, target: np.ndarray) -> float:
    """Mean squared error: the mean of (target − prediction)² over all numbers.

    Args:
        prediction: floats of any shape, (N, 1) for a batch of single numbers.
        target: of the same shape.

    Raises:
        ValueError: no floats, the shapes differ, or there is nothing to average. (NumPy and torch would
            stretch (N,) against (N, 1) to (N, N).)
    """
    prediction, target = array("prediction", prediction, "f", FLOATS), array("target", target, "f", FLOATS)
    if prediction.shape != target.shape:
        raise ValueError(
            f"prediction has shape {prediction.shape} and target {target.shape}; reshape one, "
            "for instance target[:, None] from (N,) to (N, 1)."
        )
    if not prediction.size:
        raise ValueError(f"prediction is empty, of shape {prediction.shape}; give at least one number.")
    return float(np.square(target - prediction, dtype=float).mean())


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits to probabilities: exp(z_k) / Σ exp(z_j) along the last axis.

    The largest logit is taken away first. That changes nothing, since numerator and denominator
    shrink by the same factor, and no exponential is larger than 1.

    Args:
        logits: (…, C), any floats.

    Returns:
        (…, C), each from 0 to 1, and 1 in all.

    Raises:
        ValueError: no floats, or no class.
    """
    logits = classes_last(logits)
    shifted = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """The logarithms of the probabilities, z_k − ln Σ exp(z_j), without computing the probabilities.

    ln of a probability that rounds to 0 would be −∞; this stays finite.

    Args:
        logits: (…, C).

    Returns:
        (…, C), none above 0.

    Raises:
        ValueError: no floats, or no class.
    """
    logits = classes_last(logits)
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(logits: np.ndarray, target: np.ndarray) -> float:
    """Cross entropy −Σ p_k ln p̂_k with p̂ = softmax(logits), averaged over the batch.

    Args:
        logits: (N, C).
        target: p, as integers (N,) that name the true class of each row, from 0 to C − 1, or as
            probabilities (N, C) in floating point.

    Raises:
        ValueError: a target of another shape or type, a class that does not exist, or logits that are no
            floats.
    """
    logits, target = classes_last(logits), array("target", target, "iuf", "classes or probabilities")
    if logits.ndim != 2 or not logits.size:
        raise ValueError(f"logits have shape {logits.shape}; they must have two axes, (N, C), neither empty.")
    batch, classes = logits.shape
    logs = log_softmax(logits)
    if target.shape == (batch,) and target.dtype.kind in "iu":
        if target.min() < 0 or target.max() >= classes:
            raise ValueError(f"target runs from {target.min()} to {target.max()}; classes are 0 to {classes - 1}.")
        return float(-logs[np.arange(batch), target].mean())
    if target.shape == (batch, classes) and target.dtype.kind == "f":
        return float(-(target * logs).sum(axis=1).mean())
    raise ValueError(
        f"target is {target.dtype} of shape {target.shape}; give integers of shape ({batch},) "
        f"or floating-point probabilities of shape ({batch}, {classes})."
    )


def classes_last(logits: np.ndarray) -> np.ndarray:
    logits = array("logits", logits, "f", FLOATS)
    if not logits.ndim or not logits.shape[-1]:
        raise ValueError(f"logits have shape {logits.shape}; the last axis is that of the classes, at least 1.")
    return logits
