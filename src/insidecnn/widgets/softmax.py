"""Logits that the reader can move, the probabilities that softmax makes of them, the loss, and its slope."""

from math import log

import numpy as np

from insidecnn import losses
from insidecnn.figures import chart
from insidecnn.figures.table import Table
from insidecnn.widgets.widget import Widget


def softmax(
    logits: np.ndarray,
    target: np.ndarray,
    names: list[str] | None = None,
    title: str = "Logits, probabilities, loss",
) -> Widget:
    """One row of logits at a time: softmax, cross entropy and the slope p̂ − p, by slider and by number.

    Args:
        logits: (N, C), each from −1000 to 1000; the first row is there at the start. At most ten classes.
        target: (N,), the number of each row's true class.
        names: of the classes; their numbers, if none are given.

    Raises:
        ValueError: shapes that do not fit each other, a class that does not exist, too many or too large numbers.
    """
    logits, target = np.asarray(logits, float), np.asarray(target)
    losses.cross_entropy(logits, target)  # refuses shapes and classes that do not fit
    classes = logits.shape[1]
    if not 2 <= classes <= 10 or target.ndim != 1 or not np.abs(logits).max() <= 1000:
        raise ValueError(
            f"logits of shape {logits.shape}, up to {np.abs(logits).max():g} in size, with a target of shape "
            f"{target.shape}; give 2 to 10 classes, logits from −1000 to 1000 and class numbers (N,)."
        )
    names = names or [str(k) for k in range(classes)]
    if len(names) != classes:
        raise ValueError(f"There are {len(names)} names for {classes} classes; give one for each.")
    parts = [
        static(f"Picture {i + 1}", names, row, int(right))
        for i, (row, right) in enumerate(zip(logits, target, strict=True))
    ]
    know_nothing = f"A network that knows nothing, with all logits alike, would pay ln {classes} = {log(classes):.3f}."
    text = " ".join([*(words for _, words in parts), know_nothing])
    data = {"names": names, "logits": logits.tolist(), "target": target.tolist()}
    figures = "".join(figure for figure, _ in parts) + f"<p>{know_nothing}</p>"
    return Widget("softmax", title, data, figures, text, sheet="widgets/softmax")


def static(picture: str, names: list[str], logits: np.ndarray, right: int) -> tuple[str, str]:
    """One row of logits as a chart, a table and a sentence; and the sentence alone."""
    p_hat = losses.softmax(logits)
    slope = p_hat - np.eye(len(logits))[right]
    loss = losses.cross_entropy(logits[None], np.array([right]))
    words = (
        f"{picture} is of class {names[right]}, which gets the probability {p_hat[right]:.3f}: the loss is {loss:.3f}."
    )
    shares = ", ".join(f"{name} {p:.3f}" for name, p in zip(names, p_hat, strict=True))
    drawn = chart.bars(names, p_hat.tolist(), f"{picture}, probabilities: {shares}.", "probability", "{:.3f}")
    table = Table(
        ["class", "logit z", "probability p̂", "slope p̂ − p"],
        [(name, *map(float, numbers)) for name, *numbers in zip(names, logits, p_hat, slope, strict=True)],
    )
    return f"{drawn.svg}<p>{words}</p>{table._repr_mimebundle_()['text/html']}", words
