"""Statements of the deck: the recap, and why not an MLP."""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from insidecnn import arithmetic
from insidecnn.deck import example
from insidecnn.deck.cells import Run
from insidecnn.deck.places import CLASSIFIER, REGRESSION
from insidecnn.figures.claims import Claims


def recap(run: Run) -> Claims:
    """All statements on the topic."""
    topic = Claims("Recap, and why not an MLP")
    losses(topic)
    observations(topic, run)
    structure(topic, run)
    return topic


def losses(topic: Claims) -> None:
    """The two losses."""
    torch.manual_seed(0)
    y, y_hat = torch.randn(500, 1), torch.randn(500, 1)
    topic.check(
        "Recap: Regression and Classification",
        "L = 1/N Σ (yⁱ − ŷⁱ)²",
        "L = 1/N Σ (yⁱ − ŷⁱ)²" if torch.isclose(((y - y_hat) ** 2).mean(), F.mse_loss(y_hat, y)) else "another",
    )
    p, z = torch.randn(8, 5).softmax(1), torch.randn(8, 5)
    ce = -(p * z.softmax(1).log()).sum(1)  # (8,): one cross entropy an example
    topic.check(
        "Recap: Regression and Classification",
        "CE(p, p̂) = −Σ pₖ ln(p̂ₖ)",
        "CE(p, p̂) = −Σ pₖ ln(p̂ₖ)" if torch.allclose(ce, F.cross_entropy(z, p, reduction="none")) else "another",
    )
    topic.check(
        "Recap: Regression and Classification",
        "L = 1/N Σᵢ CE(p, p̂)",
        f"with pⁱ and p̂ⁱ {ce.mean():.3f}, as torch; as written, with one p and p̂, {ce[0]:.3f}",
        "The sum runs over i, and p and p̂ carry no i: read literally, the same example is added N times.",
        REGRESSION,
        note=True,
    )


def observations(topic: Claims, run: Run) -> None:
    """Three observations about images."""
    numbers = run.good.numel()
    topic.check(
        "Why not using MLP for image classification?",
        'each neuron "sees" the whole image: 3 · 224 · 224 weights',
        f'each neuron "sees" the whole image: {"3 · 224 · 224" if nn.Linear(numbers, 1).weight.numel() == 3 * 224 * 224 else "other"} weights',
    )
    window = run.model.features[0].weight[0].numel()
    topic.check(
        "Connecting to small region with less parameters",
        f"less: {window} < {numbers}",
        f"{'less' if window < numbers else 'not less'}: {window} < {numbers}",
    )
    maps = example.maps()
    topic.check(
        "The same patterns appear in different regions",
        "in different regions",
        "in different regions" if (maps[0] == maps[0].max()).sum() > 1 else "in one",
    )
    small = np.asarray(
        Image.fromarray(run.rgb).resize((run.rgb.shape[1] // 2, run.rgb.shape[0] // 2)).resize(run.rgb.shape[1::-1])
    )
    alike = np.corrcoef(run.rgb.ravel(), small.ravel())[0, 1]
    topic.check(
        "Subsampling the pixels will not change the object",
        "the object stays",
        "the object stays" if alike > 0.95 else f"correlation {alike:.2f}",
    )


def structure(topic: Claims, run: Run) -> None:
    """What subsampling saves, and the network's parts."""

    def cost(side):
        books = arithmetic.ledger(run.model.features, (3, side, side))
        return sum(r.parameters for r in books), sum(r.macs for r in books)

    topic.check(
        "Subsampling: we can make image smaller",
        "➡ Less parameters for the network",
        f"convolutions, 224 → 112 pixels: {cost(224)[0]:,} → {cost(112)[0]:,} parameters, "
        f"{cost(224)[1] / 1e6:.0f} → {cost(112)[1] / 1e6:.0f} million multiplications",
        "A filter has as many weights on a small image as on a large one. Subsampling saves work; it saves "
        "parameters only in a linear layer behind it.",
        "practice.html#exercises",
        note=True,
    )
    children = [name for name, _ in run.model.named_children()]
    topic.check(
        "Use convolution and pooling operations",
        'two sections: "features" and "classifier"',
        ", ".join(children),
        "Between the two stands avgpool; and the flattening is in forward(), where no listing shows it.",
        f"{CLASSIFIER}#flatten",
        note=True,
    )
