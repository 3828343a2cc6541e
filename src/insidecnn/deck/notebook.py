"""Statements of the deck: its notebook as a whole."""

import torch

from insidecnn.deck.cells import Run, error_of
from insidecnn.deck.places import CLASSIFIER, DEEPER
from insidecnn.figures.claims import Claims


def notebook(run: Run) -> Claims:
    """All statements on the topic."""
    topic = Claims("The notebook as a whole")
    order(topic, run)
    habits(topic, run)
    return topic


def order(topic: Claims, run: Run) -> None:
    """Numbers of cells, and names that no cell shown defines."""
    shown_numbers = [2, 6, 7, 8, 9, 10, 10, 11, 11, 13, 10, 11, 12, 12, *range(14, 20)]  # in the order of the slides
    hidden = [n for n in range(1, 20) if n not in shown_numbers]
    topic.check(
        "All cells",
        "the cells, one after the other",
        f"NameError for {', '.join(run.absent)}",
        f"Cells {', '.join(map(str, hidden))} are not on the slides; imports and device = torch.device('cpu') may stand there. "
        "loader is from another notebook.",
        note=True,
    )
    repeated = sorted({n for n in shown_numbers if shown_numbers.count(n) > 1})
    topic.check(
        "All cells",
        f"[{'], ['.join(map(str, shown_numbers))}]",
        f"[{'], ['.join(map(str, repeated))}] are shown more than once, [13] before [12]",
        "The number is the order in which a cell ran. A number that comes back is the same cell shown again.",
        note=True,
    )


def habits(topic: Claims, run: Run) -> None:
    """eval, no_grad and in-place ReLUs."""
    conv1, half = run.model.features[0], run.names["imageTensor"]
    with torch.no_grad():
        torch.manual_seed(0)
        flat = run.names["out2"].flatten(1)
        apart = (run.model.classifier(flat) - run.model.classifier(flat)).abs().max().item()
        maps_apart = (run.model.features(half) - run.model.features(half)).abs().max().item()
    topic.check(
        "Load pre-trained CNN",
        "model = torchvision.models.alexnet(pretrained=True), and no model.eval()",
        f"model.training is {run.model.training}: the same photograph twice, logits differ by up to {apart:.3f}, maps by {maps_apart:.0f}",
        "Dropout is on until model.eval(). It is in the classifier only, so all maps on the slides are right.",
        f"{CLASSIFIER}#break-it-forget-eval",
        note=True,
    )
    topic.check(
        "Feature maps: cell [12] and on",
        "conv1(imageTensor.to(device))",
        f"conv1_out.requires_grad is {run.names['conv1_out'].requires_grad}; "
        + error_of(lambda: conv1(half)[0].numpy()),
        "PyTorch keeps every step for a backward pass that never comes. That is why the cells need .data; today one "
        "writes with torch.no_grad(): around them, or .detach().",
        f"{CLASSIFIER}#break-it-forget-no-grad",
        note=True,
    )
    lost = {name: (int((run.before[name] < 0).sum()), int((run.names[name] < 0).sum())) for name in run.before}
    topic.check(
        "Apply max pooling: cells [14], [16], [18]",
        "conv1_out1 = conv1_pooling(conv1_out)",
        "; ".join(f"{name}: {a:,} negative numbers, afterwards {b}" for name, (a, b) in lost.items()),
        "ReLU(inplace=True) overwrites what it is given. Draw conv1_out again after cell 14 and you draw its ReLU. Hand over "
        "conv1_out.clone().",
        f"{DEEPER}#max-pooling",
        note=True,
    )
