"""Formulas say what the code beside them computes.

A formula of numbers alone is evaluated, in sentences too. Every displayed formula with letters stands here, as the
page has it, beside what it means: compared with PyTorch or the package on random numbers.
"""

import ast
import math
import re
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision
from torchvision import ops
from torchvision.models.detection import roi_heads
from torchvision.models.detection.roi_heads import keypointrcnn_loss

from insidecnn import arithmetic, attribution, losses, metrics
from insidecnn.actions.slowfast import SlowFast, changes
from insidecnn.detection import yolo
from insidecnn.joints.heat_maps import confidence_maps
from insidecnn.joints.openpose import Drawn
from insidecnn.joints.part_affinity import line_integrals
from insidecnn.segmentation import border_loss as unet_loss
from insidecnn.segmentation import unet
from insidecnn.tracking import deepsort, jde, kalman
from insidecnn.training.openpose import staged_loss
from tests.chapters import prose

NUMBERS = re.compile(r"[\d.()+\-*/ ]+|floor\([^=]+\)[^=]*")
IN_WORDS = re.compile(
    r"(?<![\w.·×/+−(]) ?((?:\(?\d[\d.,]*\)?(?: ?[+−·×/] ?\(?\d[\d.,]*\)?)+)) = (\d[\d.,]*)(?! ?[·×/+−\d])"
)
rng = np.random.default_rng(0)
z = rng.normal(size=(5, 4))  # logits of five examples and four classes
c = np.array([0, 3, 1, 1, 2])
p = np.eye(4)[c]
powers = np.exp(z)


def plain(formula: str) -> str:
    """LaTeX without letters as Python."""
    text = re.sub(r"\\left|\\right|\\,|[. ]+$", "", formula)
    for _ in range(3):
        text = re.sub(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", text)
    text = re.sub(r"\\[td]?frac(\d)(\d)", r"(\1/\2)", text)
    return text.replace(r"\cdot", "*").replace(r"\lfloor", "floor(").replace(r"\rfloor", ")")


def value(expression: str) -> Fraction:
    """What an expression of numbers, + − × / and ``floor`` comes to, exactly."""
    tree = ast.parse(expression.strip(), mode="eval").body

    def walk(node):
        if isinstance(node, ast.Constant):
            return Fraction(str(node.value))
        if isinstance(node, ast.Call) and node.func.id == "floor":
            return Fraction(math.floor(walk(node.args[0])))
        left, right = walk(node.left), walk(node.right)
        kinds = {ast.Add: "__add__", ast.Sub: "__sub__", ast.Mult: "__mul__", ast.Div: "__truediv__"}
        return getattr(left, kinds[type(node.op)])(right)

    return walk(tree)


def sums(page: str) -> list[str]:
    """What a page says to be equal, in numbers: formulas first, then sentences."""
    found = [plain(formula) for formula in prose.formulas(page) if "=" in formula]
    found = [text for text in found if all(NUMBERS.fullmatch(part.strip()) for part in text.split("="))]
    said = IN_WORDS.findall(prose.words(page))
    swap = str.maketrans({"−": "-", "·": "*", "×": "*", ",": ""})
    return found + [f"{left} = {right.rstrip('.,')}".translate(swap) for left, right in said]


@pytest.mark.parametrize("page", prose.PAGES)
def test_sums_come_to_what_is_said(page):
    wrong = [text for text in sums(page) if len({value(part) for part in text.split("=")}) != 1]
    assert wrong == []


def test_sums_are_found():
    """The check above reads what it should."""
    assert plain(r"\left\lfloor \frac{224 + 2 \cdot 2 - 11}{4} \right\rfloor + 1 = 55") in sums("alexnet")
    assert "(32 - 5) / 1 + 1 = 28" in sums("convolution-settings") and sum(len(sums(page)) for page in prose.PAGES) > 6


def sizes(rule) -> bool:
    grid = [(h, k, s, q) for h in range(8, 30) for k in (1, 2, 3, 5) for s in (1, 2, 3) for q in (0, 1)]
    return all(rule(h, k, s, q) == arithmetic.output_size(h, k, stride=s, padding=q) for h, k, s, q in grid)


def adaptive() -> bool:
    """Windows from the floor up to the ceiling are those of PyTorch."""
    for size, n in ((5, 3), (13, 6), (20, 7), (6, 6)):
        row = torch.randn(1, 1, size)
        windows = [(i * size // n, math.ceil((i + 1) * size / n)) for i in range(n)]
        ours = torch.stack([row[0, 0, a:b].max() for a, b in windows])
        if not torch.equal(ours, F.adaptive_max_pool1d(row, n)[0, 0]):
            return False
    return True


def slope() -> bool:
    """The slope of the cross entropy in the logits is p̂ − p."""
    logits = torch.tensor(z, requires_grad=True)
    F.cross_entropy(logits, torch.tensor(c), reduction="sum").backward()
    return np.allclose(logits.grad.numpy(), losses.softmax(z) - p)


def normalised() -> bool:
    """Normalising first, or folding it into weights and bias: the same."""
    w, x, m, s, b = *rng.normal(size=(2, 9)), 0.4, 0.2, 0.7
    return np.isclose(w @ ((x - m) / s) + b, (w / s) @ x + (b - (w * m / s).sum()))


def iou() -> bool:
    a, b = rng.random((2, 2, 9, 9)) > 0.5
    ours = metrics.class_iou(torch.tensor(a.astype(int)), torch.tensor(b.astype(int)), 2)[1].item()
    return np.isclose(ours, (a & b).sum() / (a | b).sum())


def mota() -> bool:
    box = torch.tensor([[0.0, 0, 10, 10]])
    far = box + 50
    truth = [(torch.tensor([0]), box)] * 4
    tracks = [(torch.tensor([1]), box), (torch.tensor([2]), box), (torch.tensor([2]), far), (torch.tensor([2]), box)]
    found = metrics.mota(tracks, truth)
    return np.isclose(found.value, 1 - (found.misses + found.false_positives + found.switches) / 4)


def convolution(s: int, q: int, t: int) -> bool:
    """The sum as it is written, cell by cell, against PyTorch's, with a stride, a padding and a dilation."""
    x, w, b = rng.normal(size=(2, 6, 7)), rng.normal(size=(3, 2, 3, 2)), rng.normal(size=3)
    wanted = F.conv2d(torch.tensor(x[None]), torch.tensor(w), torch.tensor(b), s, q, t)[0].numpy()
    at = lambda d, u, v: x[d, u, v] if 0 <= u < 6 and 0 <= v < 7 else 0  # noqa: E731
    for k, r, c in np.ndindex(wanted.shape):
        terms = (w[k, d, i, j] * at(d, r * s + t * i - q, c * s + t * j - q) for d, i, j in np.ndindex(2, 3, 2))
        if not np.isclose(b[k] + sum(terms), wanted[k, r, c]):
            return False
    return True


def two_layers() -> bool:
    """Two linear layers are one, with the product of their weights."""
    first, second = (torch.nn.Linear(4, 6).double(), torch.nn.Linear(6, 3).double())
    (w1, b1), (w2, b2), x = first.parameters(), second.parameters(), torch.randn(4).double()
    return torch.allclose(second(first(x)), (w2 @ w1) @ x + (w2 @ b1 + b2))


def derivatives() -> dict[str, bool]:
    """The three sums of the way back, as they are written, against autograd."""
    tensors = [torch.tensor(rng.normal(size=size), requires_grad=True) for size in ((1, 1, 6, 6), (1, 1, 3, 3), (1,))]
    y, g = F.conv2d(*tensors), rng.normal(size=(4, 4))
    y.backward(torch.tensor(g)[None, None])
    x, w = (tensor.detach().numpy()[0, 0] for tensor in tensors[:2])
    by_x, by_w, by_b = (tensor.grad.numpy().squeeze() for tensor in tensors)
    at = lambda r, c: g[r, c] if 0 <= r < 4 and 0 <= c < 4 else 0  # noqa: E731
    cells, places = list(np.ndindex(4, 4)), list(np.ndindex(3, 3))
    return {
        "forward": all(
            np.isclose(sum(w[i, j] * x[r + i, c + j] for i, j in places) + tensors[2].item(), y[0, 0, r, c].item())
            for r, c in cells
        ),
        "bias": np.isclose(g.sum(), by_b),
        "weight": all(np.isclose(sum(g[r, c] * x[r + i, c + j] for r, c in cells), by_w[i, j]) for i, j in places),
        "pixel": all(
            np.isclose(sum(w[i, j] * at(u - i, v - j) for i, j in places), by_x[u, v]) for u, v in np.ndindex(6, 6)
        ),
    }


def cam() -> bool:
    """The weights are the mean slopes over 13 × 13 cells, and the map is what the package draws, before it is drawn up."""
    torch.manual_seed(0)
    model, x = torchvision.models.alexnet().eval(), torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        maps = model.features[:12](x)
    maps.requires_grad_()
    model.classifier(model.features[12](maps).flatten(1))[0, 2].backward()
    alpha = maps.grad.sum((2, 3)) / 169
    drawn = F.interpolate((alpha[..., None, None] * maps).sum(1, keepdim=True).relu(), 224, mode="bilinear")[0, 0]
    return torch.allclose(drawn, attribution.grad_cam(model, x, 2), atol=1e-6)


def fields(dilation: int = 1) -> bool:
    """The recurrence of receptive fields against the gradient of layers of ones: how many pixels a cell depends on."""
    r, j, layers = 1, 1, []
    for k, step in ((5, 2), (3, 1), (3, 2), (2, 1)):
        layers.append(torch.nn.Conv1d(1, 1, k, step, dilation=dilation, bias=False))
        torch.nn.init.ones_(layers[-1].weight)
        r, j = r + dilation * (k - 1) * j, j * step
    row = torch.zeros(1, 1, 80, requires_grad=True)
    y = torch.nn.Sequential(*layers)(row)[0, 0]
    first, second = (torch.autograd.grad(y[i], row, retain_graph=True)[0][0, 0].nonzero()[:, 0] for i in (0, 1))
    return (first[-1] - first[0] + 1).item() == r and (second[0] - first[0]).item() == j


def unit() -> bool:
    layer, x = torch.nn.Linear(4096, 3), torch.randn(4096)
    by_hand = layer.bias[2] + sum(w * v for w, v in zip(layer.weight[2].tolist(), x.tolist(), strict=True))
    return np.isclose(by_hand.item(), layer(x)[2].item(), atol=1e-4)


def yolo_loss() -> bool:
    """The loss of random maps and two boxes, summed cell by cell, GIoU against torchvision's."""
    torch.manual_seed(0)
    maps = yolo.Maps(torch.randn(1, 2, 4, 4), yolo.decode(torch.rand(1, 2, 4, 4, 4)), torch.randn(1, 4, 4, 4))
    boxes, labels = torch.tensor([[2.0, 3, 14, 9], [8, 16, 30, 31]]), torch.tensor([1, 3])
    rows, columns = yolo.encode(boxes)[0].T
    entropy = lambda t, c: -t * c.log() - (1 - t) * (1 - c).log()  # noqa: E731
    sure, total, taken = maps.confidence[0].sigmoid(), 0.0, torch.zeros(2, 4, 4, dtype=torch.bool)
    for box, label, row, column in zip(boxes, labels, rows, columns, strict=True):
        mine = maps.boxes[0, :, :, row, column]  # (2, 4)
        iou = ops.box_iou(mine, box[None])[:, 0]
        best = int(iou.argmax())
        taken[best, row, column] = True
        total += 2 * (1 - ops.generalized_box_iou(mine[best : best + 1], box[None])[0, 0])
        total += entropy(iou[best], sure[best, row, column])
        total -= maps.classes[0, :, row, column].softmax(0)[label - 1].log()
    total += 0.5 * entropy(torch.tensor(0.0), sure[~taken]).sum()
    found = sum(yolo.loss(maps, [{"boxes": boxes, "labels": labels}]).values())
    return torch.isclose(found, total, rtol=1e-4)


def cross_entropy_of_one() -> bool:
    t, c = torch.rand(20), torch.rand(20)
    wanted = F.binary_cross_entropy(c, t, reduction="none")
    return torch.allclose(-t * c.log() - (1 - t) * (1 - c).log(), wanted, atol=1e-5)


def mask_loss() -> bool:
    """The loss of a mask against torchvision's."""
    z = torch.tensor(rng.normal(size=(1, 5, 28, 28)))
    masks = torch.tensor(rng.random((1, 60, 60)) > 0.5).to(torch.uint8)
    box, match, k = torch.tensor([[5.0, 9, 40, 50]]).double(), torch.tensor([0]), 3
    y = roi_heads.project_masks_on_boxes(masks, box, match, 28)[0]
    wanted = roi_heads.maskrcnn_loss(z, [box], [masks], [torch.tensor([k])], [match])
    s = z[0, k].sigmoid()
    return torch.isclose(-(y * s.log() + (1 - y) * (1 - s).log()).sum() / 28**2, wanted)


def between_cells() -> bool:
    """Interpolation between cells against RoIAlign's single point in the middle of a box."""
    v = torch.tensor(rng.normal(size=(1, 1, 9, 9)))
    for y, x in rng.uniform(1, 7, (20, 2)):
        box = torch.tensor([[0, x, y, x + 1, y + 1]])  # its middle is the point, where cell 0's is at one half
        read = ops.roi_align(v, box, 1, 1.0, 1, aligned=True).item()
        terms = (v[0, 0, r, c] * max(0, 1 - abs(y - r)) * max(0, 1 - abs(x - c)) for r, c in np.ndindex(9, 9))
        if not np.isclose(sum(terms), read):
            return False
    return True


def heat_map() -> bool:
    """The value of each cell's middle is that of the nearest person's bell."""
    people = torch.tensor([[[9.0, 20, 2]], [[17, 12, 1]]])
    drawn = confidence_maps(people, cells=8, stride=4, blur=4.0)[0].numpy()
    middles = (np.arange(8) + 0.5) * 4
    bell = lambda x, y: np.exp(-((middles[None] - x) ** 2 + (middles[:, None] - y) ** 2) / (2 * 4.0**2))  # noqa: E731
    return np.allclose(drawn, np.maximum(bell(9, 20), bell(17, 12)), atol=1e-6)


def line_integral() -> bool:
    """Of a field that grows linearly, the mean of points in equal steps is the integral; here by fine steps."""
    y, x = np.mgrid[0:40, 0:40] + 0.5
    field = np.stack([0.5 + 0.01 * x, 0.3 + 0.01 * y])
    d1, d2 = np.array([4.0, 6]), np.array([31.0, 25])
    u = (np.arange(10_000)[:, None] + 0.5) / 10_000
    at = (1 - u) * d1 + u * d2
    along = np.column_stack([0.5 + 0.01 * at[:, 0], 0.3 + 0.01 * at[:, 1]])
    integral = (along @ ((d2 - d1) / np.linalg.norm(d2 - d1))).mean()
    starts, ends = (torch.tensor(d[None], dtype=torch.float32) for d in (d1, d2))
    return np.isclose(
        line_integrals(torch.tensor(field, dtype=torch.float32), starts, ends, 1).item(), integral, atol=1e-4
    )


def staged() -> bool:
    """Over stages, limbs or joints, and cells; of one picture."""
    fields, maps = torch.rand(3, 1, 13, 2, 4, 4).unbind(), torch.rand(3, 1, 14, 4, 4).unbind()
    ours = staged_loss(Drawn(list(fields[:2]), list(maps[:2])), fields[2], maps[2]).item()
    by_hand = sum(((f - fields[2]).norm(dim=2) ** 2).sum() for f in fields[:2])
    return np.isclose(ours, (by_hand + sum(((m - maps[2]) ** 2).sum() for m in maps[:2])).item())


def oks() -> bool:
    found, truth = rng.normal(size=(1, 4, 2)), np.concatenate([rng.normal(size=(1, 4, 2)), [[[2], [1], [0], [2]]]], 2)
    area, k = 3.0, 2 * rng.random(4)  # twice the deviations
    near = np.exp(-((found - truth[..., :2]) ** 2).sum(2)[0] / (2 * area * k**2))
    ours = metrics.oks(*map(torch.tensor, (found, truth, [area], k / 2))).item()
    return np.isclose(ours, (near * (truth[0, :, 2] > 0)).sum() / (truth[0, :, 2] > 0).sum())


def one_hot() -> bool:
    """torchvision's loss of one joint whose cell is the eighth of four times four."""
    scores = torch.randn(1, 1, 4, 4)
    box, joint = torch.tensor([[0.0, 0, 4, 4]]), torch.tensor([[[3.5, 1.5, 2]]])
    theirs = keypointrcnn_loss(scores, [box], [joint], [torch.tensor([0])])
    cells = scores.flatten().numpy()
    return np.isclose(theirs.item(), -np.log(np.exp(cells[7]) / np.exp(cells).sum()), atol=1e-5)


def from_both() -> bool:
    """Each block of the way up gets, side by side, the maps of its level and the enlarged ones from below."""
    torch.manual_seed(0)
    net, seen = unet.UNet(width=2, levels=3).eval(), {}
    for name, module in net.named_modules():
        module.register_forward_hook(lambda module, x, y, name=name: seen.update({name: y.clone()}))
    with torch.no_grad():
        net(torch.rand(1, 3, 8, 8))
        below = {"up.0": "down.2", "up.1": "up.0"}
        sides = [
            torch.equal(seen[f"up.{k}"], net.up[k](torch.cat([seen[f"down.{1 - k}"], net.upconv[k](seen[source])], 1)))
            for k, source in enumerate(below.values())
        ]
    return all(sides)


def border_weight() -> bool:
    """The recipe's weights: those of the classes, and the border's, which another test computes pixel by pixel."""
    owners = torch.zeros(1, 7, 9, dtype=torch.int64)
    owners[0, 2, 1], owners[0, 5, 6] = 1, 2
    d1, d2 = (np.hypot(3 - y, 4 - x) for y, x in ((2, 1), (5, 6)))
    return np.isclose(unet_loss.border_weights(owners, 10, 5)[0, 3, 4], 10 * np.exp(-((d1 + d2) ** 2) / (2 * 5**2)))


def kalman_filter() -> dict[str, bool]:
    """A random belief, predicted, measured and updated, as the formulas say."""
    m = kalman.Kalman(rng.normal(size=3), rng.random(5) + 0.5)
    q, r, z = rng.random(5), rng.random(3), rng.normal(size=3)
    m.predict(q)  # now the covariance is not diagonal
    F, H, Q, R, x, P = m.F, m.H, np.diag(q**2), np.diag(r**2), m.mean, m.covariance
    m.predict(q)
    predicted = np.allclose(m.mean, F @ x) and np.allclose(m.covariance, F @ P @ F.T + Q)
    x, P, S = m.mean, m.covariance, H @ m.covariance @ H.T + R
    d2 = (z - H @ x) @ np.linalg.inv(S) @ (z - H @ x)
    distance = np.isclose(m.distance(z[None], r)[0], d2)
    m.update(z, r)
    K = P @ H.T @ np.linalg.inv(S)
    updated = np.allclose(m.mean, x + K @ (z - H @ x)) and np.allclose(m.covariance, P - K @ S @ K.T)
    return {"predict": predicted, "distance": distance, "update": updated}


def cosine_softmax() -> bool:
    layer, e = deepsort.CosineSoftmax(6, 4), F.normalize(torch.randn(3, 4))
    w = layer.directions / layer.directions.norm(dim=1, keepdim=True)
    powers = (layer.scale * e @ w.T).exp()
    return torch.allclose(powers / powers.sum(1, keepdim=True), layer(e).softmax(1), atol=1e-6)


def balanced() -> bool:
    """The sum, and that its slope is zero where each number is its loss's logarithm."""
    found = torch.tensor([0.3, 2.0, 7.0])
    balance = jde.Balance(found.log().tolist())
    balance(list(found)).backward()
    s = balance.s.detach()
    right = torch.isclose(balance(list(found)), 0.5 * ((-s).exp() * found + s).sum())
    return bool(right) and torch.allclose(balance.s.grad, torch.zeros(3), atol=1e-6)


def lateral() -> bool:
    """SlowFast's lateral connection: five frames, every eighth of them in the middle, zeros outside the clip."""
    layer = SlowFast(2).lateral[0]
    x = torch.randn(1, layer.in_channels, 24, 1, 1)
    padded, w = F.pad(x[0, :, :, 0, 0], (2, 2)), layer.weight[..., 0, 0]
    by_hand = torch.stack([sum(w[:, :, j + 2] @ padded[:, 8 * t + j + 2] for j in range(-2, 3)) for t in range(3)], 1)
    return torch.allclose(by_hand, layer(x)[0, :, :, 0, 0], atol=1e-5)


def differences() -> bool:
    clips = torch.rand(1, 3, 4, 4, 4)
    g = clips.mean((1, 3, 4))[0]  # (4,)
    return all(torch.isclose(changes(clips)[0, 0, t, 0, 0], g[t] - g[t - 1], atol=1e-6) for t in (1, 2, 3))


log_sum = np.log(powers.sum(1, keepdims=True))
m = z.max(1, keepdims=True)
a, b = rng.normal(size=(2, 20))
relu = lambda x: np.maximum(x, 0)  # noqa: E731
chosen = losses.softmax(z)[np.arange(5), c]
WITH_LETTERS = {
    r"H(t, c) = -t \ln c - (1 - t) \ln (1 - c)": cross_entropy_of_one,
    r"L = 2 \sum_{r} (1 - \mathrm{GIoU}_r) \;+\; \sum_{r} H(\mathrm{IoU}_r, c_r) \;+\; \frac12 \sum_{o} H(0, c_o) \;-\; \sum_{z} \ln p_{k_z}": yolo_loss,
    r"u_\ell = f_\ell\big([\, d_\ell,\ \operatorname{up}(u_{\ell+1}) \,]\big)": from_both,
    r"w(x) = w_c(x) + w_0 \cdot \exp\left(-\frac{(d_1(x) + d_2(x))^2}{2 \sigma^2}\right)": border_weight,
    r"p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}": lambda: np.allclose(
        powers / powers.sum(1, keepdims=True), losses.softmax(z)
    ),
    r"\hat p_k = \frac{e^{z_k}}{\sum_{j=1}^{C} e^{z_j}}": lambda: np.allclose(
        powers / powers.sum(1, keepdims=True), F.softmax(torch.tensor(z), 1).numpy()
    ),
    r"H_\text{out} = {\left\lfloor \frac{H_\text{in} + 2 \cdot \text{padding} - \text{kernel\_size}}{\text{stride}} \right\rfloor + 1}": lambda: (
        sizes(lambda h, k, s, q: (h + 2 * q - k) // s + 1)
    ),
    r"\lfloor (H + 2 \cdot \text{padding} - \text{kernel\_size}) / \text{stride} \rfloor + 1": lambda: sizes(
        lambda h, k, s, q: (h + 2 * q - k) // s + 1
    ),
    r"\sqrt{\frac{p\,(1-p)}{n}}": lambda: np.isclose(
        math.sqrt(0.3 * (1 - 0.3) / 50), rng.binomial(50, 0.3, 200_000).std() / 50, rtol=0.01
    ),
    r"\sum_i w_i x_i = \lVert w \rVert \, \lVert x \rVert \, \cos(w, x)": lambda: np.isclose(
        a @ b, np.linalg.norm(a) * np.linalg.norm(b) * F.cosine_similarity(*map(torch.tensor, (a, b)), dim=0)
    ),
    r"\lVert x \rVert = \sqrt{\sum_i x_i^2}": lambda: np.isclose(np.linalg.norm(a), math.sqrt((a**2).sum())),
    r"\max(a, b) = b + \text{relu}(a - b)": lambda: np.allclose(np.maximum(a, b), b + relu(a - b)),
    r"b = \text{relu}(b) - \text{relu}(-b)": lambda: np.allclose(b, relu(b) - relu(-b)),
    r"|s| = \text{relu}(s) + \text{relu}(-s)": lambda: np.allclose(abs(a), relu(a) + relu(-a)),
    r"\lfloor i \cdot \text{size} / n \rfloor": adaptive,
    r"\lceil (i + 1) \cdot \text{size} / n \rceil": adaptive,
    r"L = \frac{1}{N} \sum_{i=1}^{N} \left(y^i - \hat y^i\right)^2": lambda: np.isclose(
        ((a - b) ** 2).sum() / 20, losses.mse(a, b)
    ),
    r"CE(p, \hat p) = -\sum_{k=1}^{C} p_k \ln \hat p_k , \qquad L = \frac1N \sum_{i=1}^{N} CE(p^i, \hat p^i).": lambda: (
        np.isclose(-(p * np.log(losses.softmax(z))).sum() / 5, losses.cross_entropy(z, c))
    ),
    r"-\ln \hat p_c = -z_c + \ln \sum_{j=1}^{C} e^{z_j}": lambda: np.allclose(
        -np.log(chosen), -z[np.arange(5), c] + log_sum[:, 0]
    ),
    r"\frac{\partial}{\partial z_k}\left(-\ln \hat p_c\right) = \frac{e^{z_k}}{\sum_j e^{z_j}} - p_k = \hat p_k - p_k ,": slope,
    r"\ln \hat p_k = z_k - \ln \sum_j e^{z_j} = (z_k - m) - \ln \sum_j e^{z_j - m}": lambda: np.allclose(
        z - log_sum, (z - m) - np.log(np.exp(z - m).sum(1, keepdims=True))
    ),
    r"e^{z + 100} = e^{100} e^z": lambda: np.allclose(np.exp(a + 100), np.exp(100) * np.exp(a)),
    r"e^z / (e^z + e^0)": lambda: np.allclose(np.exp(a) / (np.exp(a) + np.exp(0)), torch.tensor(a).sigmoid().numpy()),
    r"1 / (1 + e^{-z})": lambda: np.allclose(1 / (1 + np.exp(-a)), torch.tensor(a).sigmoid().numpy()),
    r"w * \frac{x - m}{s} + b = \frac{w}{s} * x + \left(b - \sum \frac{w\,m}{s}\right)": normalised,
    r"\mathrm{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|}": iou,
    r"\mathrm{MOTA} = {1 - \frac{\text{misses} + \text{false positives} + \text{switches}}{\text{objects in all frames}}}": mota,
    r"x \leftarrow F x, \qquad P \leftarrow F P F^\top + Q .": lambda: kalman_filter()["predict"],
    r"K = P H^\top (H P H^\top + R)^{-1}, \qquad x \leftarrow x + K (z - H x)": lambda: kalman_filter()["update"],
    r"P \leftarrow P - K (H P H^\top + R) K^\top .": lambda: kalman_filter()["update"],
    r"d^2 = (z - H x)^\top (H P H^\top + R)^{-1} (z - H x) .": lambda: kalman_filter()["distance"],
    r"p_k = \frac{\exp(\kappa\, w_k^\top e)}{\sum_j \exp(\kappa\, w_j^\top e)} .": cosine_softmax,
    r"L = \tfrac12 \sum_i \left( e^{-s_i} L_i + s_i \right) .": balanced,
    r"s_i = \ln L_i": balanced,
    r"v(y, x) = \sum_{r,c} v_{r,c} \; \max(0, 1 - |y - r|) \; \max(0, 1 - |x - c|)": between_cells,
    r"L_\text{mask} = -\frac{1}{28^2} \sum_{i,j} \Big( y_{ij} \ln \sigma(z^k_{ij}) + (1 - y_{ij}) \ln \big(1 - \sigma(z^k_{ij})\big) \Big)": mask_loss,
    r"S_j(\mathbf{p}) = \max_k \exp\left(-\frac{\lVert \mathbf{p} - \mathbf{x}_{j,k} \rVert^2}{2 \sigma^2}\right)": heat_map,
    r"E = \int_0^1 \mathbf{L}_c\big((1-u)\,\mathbf{d}_1 + u\,\mathbf{d}_2\big) \cdot \frac{\mathbf{d}_2 - \mathbf{d}_1}{\lVert \mathbf{d}_2 - \mathbf{d}_1 \rVert} \, du": line_integral,
    r"\mathcal{L} = \sum_t \sum_c \sum_{\mathbf{p}} \lVert \mathbf{L}_c^{(t)}(\mathbf{p}) - \mathbf{L}_c^*(\mathbf{p}) \rVert^2 + \sum_t \sum_j \sum_{\mathbf{p}} \big(S_j^{(t)}(\mathbf{p}) - S_j^*(\mathbf{p})\big)^2": staged,
    r"\mathrm{OKS} = \frac{\sum_i \exp\left(-\dfrac{d_i^2}{2 s^2 k_i^2}\right) [v_i > 0]}{\sum_i [v_i > 0]}": oks,
    r"\mathcal{L}_j = -\log \frac{e^{z_m}}{\sum_{n} e^{z_n}}": one_hot,
    r"3 \cdot 9\,C^2 = 27\,C^2": lambda: 3 * 9 == 27,
    r"(10 - s) / (10 + s)": lambda: np.isclose(
        (10 - 3) / (10 + 3), metrics.box_iou(torch.tensor([[0.0, 0, 10, 10]]), torch.tensor([[3.0, 0, 13, 10]])).item()
    ),
    r"64 \cdot 192 \cdot 9": lambda: torch.nn.Conv2d(64, 192, 3, bias=False).weight.numel() == 64 * 192 * 9,
    r"s = 10/3": lambda: np.isclose((10 - 10 / 3) / (10 + 10 / 3), 0.5),
    r"e^0 = 1": lambda: math.exp(0) == 1,
    r"y_{k,r,c} = b_k + \sum_{d} \sum_{i} \sum_{j} w_{k,d,i,j} \; x_{d,\; r + i,\; c + j}": lambda: convolution(
        1, 0, 1
    ),
    r"y_{k,r,c} = b_k + {\sum_{d} \sum_{i} \sum_{j} w_{k,d,i,j}} \; x_{d,\; r s + t i - p,\; c s + t j - p}": lambda: (
        convolution(2, 1, 1) and convolution(1, 3, 2)
    ),
    r"r \cdot \text{stride} + \text{kernel\_size} \le H_\text{in} + 2 \cdot \text{padding} .": lambda: sizes(
        lambda h, k, s, q: sum(r * s + k <= h + 2 * q for r in range(100))
    ),
    r"\text{dilation} \cdot (\text{kernel\_size} - 1) + 1": lambda: all(
        arithmetic.output_size(30, k, dilation=t) == arithmetic.output_size(30, t * (k - 1) + 1)
        for k in (1, 2, 3, 5)
        for t in (1, 2, 3)
    ),
    r"W_2 (W_1 x + b_1) + b_2 = (W_2 W_1)\, x + (W_2 b_1 + b_2) .": two_layers,
    r"y_{r,c} = b + \sum_{i,j} w_{i,j}\, x_{r+i,\,c+j}": lambda: derivatives()["forward"],
    r"\frac{\partial L}{\partial b} = \sum_{r,c} g_{r,c}": lambda: derivatives()["bias"],
    r"\frac{\partial L}{\partial w_{i,j}} = \sum_{r,c} g_{r,c}\; x_{r+i,\,c+j}": lambda: derivatives()["weight"],
    r"\frac{\partial L}{\partial x_{u,v}} = \sum_{i,j} w_{i,j}\; g_{u-i,\,v-j}": lambda: derivatives()["pixel"],
    r"z_k = b_k + \sum_{i=1}^{4096} w_{ki}\, x_i": unit,
    r"r \leftarrow r + (k - 1) \, j, \qquad j \leftarrow j \, s": fields,
    r"r \leftarrow r + d \, (k - 1) \, j": lambda: fields(2) and fields(3),
    r"\alpha_c = \frac{1}{169} \sum_{i,j} \frac{\partial z_k}{\partial A^c_{ij}}, \qquad M = \operatorname{ReLU}\Big(\sum_c \alpha_c A^c\Big)": cam,
    r"y_t = \sum_{j=-2}^{2} W_j \, x_{8 t + j}": lateral,
    r"d_t = g_t - g_{t-1}": differences,
}
# names, settings, and what the page itself asserts beside them
AS_THEY_ARE = {
    r"x^\top (\hat p - p) / N",  # regression-and-classification.md asserts it beside it, with autograd
    r"64 \cdot 9 + 64 \cdot 192",  # convolution.md counts both ways beside it
    r"u_{\ell+1}",
    "w_0 = 10",  # segmentation.md: a name, and what an exercise sets
    r"z = xW + b",  # names
    r"f(x) = a x + b",
    r"\hat y = f(x)",
    r"T = 0.1",
    r"(1 - \hat p)^2",  # the squared error of the right class's probability
    "k - d",  # pooling.md asserts the shares 1/2, 3/4 and 7/8
    "1/S",
    "C - 1",
    "k - 1",
    "r = 1",  # where the recurrence of receptive fields begins, and what conv1 makes of it
    "j = 1",
    "k = 11",
    "s = 4",
    "r = 11",
    "j = 4",
    "k = 3",
    "s = 2",
    "k = 5",
    "s = 1",
    r"\hat p - p",  # slope() above
    r"y_{r,c} = \sum_{u,v} W_{r,c,u,v} \; x_{u,v}",  # any linear layer: the derivation's start
    r"y_{r,c} = \sum_{i,j} w_{i,j} \; x_{r+i,\,c+j}",  # and its end; derivatives() has it with a bias
    "u = r + i",
    "v = c + j",
    "W_{r,c,r+i,c+j} = w_{i,j}",  # by-hand.md asserts that the map moves along
    "w_{i,j} = 0",
    r"g_{r,c} = \partial L / \partial y_{r,c}",  # a name
    "x_{d,\\; r - i,\\; c - j}",
    "3 - s",  # convolution.md asserts where it is 0
    "4r - 2",  # why-not-an-mlp.md asserts the count that follows
    "2 p + 1",  # convolution-settings.md: a quiz computes three of them
    r"H_\text{in} + 2 \cdot \text{padding}",
    r"r \cdot \text{stride}",
    "W x + b",  # names
    "x_{r+i,\\,c+j}",
    "y_{u-i,\\,v-j}",
    "y = A x",  # by-hand.md asserts the transposed one
    r"y = b + \sum w\,x",
    r"L = L_\text{class} + L_\text{box} + L_\text{mask}",  # names
    "m = 7",
    "K = 4 / (4 + 12) = 1/4",  # tracking.md asserts the mean and the variance that follow
    r"\alpha = 8",  # actions.md: ALPHA and BETA of the package
    r"\beta = 1/8",
}
OPERATES = re.compile(r"[=+/]|\\frac|\\sum|\\cdot|\w *- *\w")


@pytest.mark.parametrize("formula", WITH_LETTERS)
def test_a_formula_with_letters_says_what_is_computed(formula):
    assert WITH_LETTERS[formula]()


@pytest.mark.parametrize("page", prose.PAGES)
def test_every_formula_with_letters_is_listed(page):
    operating = [
        f for f in prose.formulas(page) if OPERATES.search(f) and re.search(r"[a-zA-Z]", re.sub(r"\\\w+", "", f))
    ]
    assert [formula for formula in operating if formula not in {*WITH_LETTERS, *AS_THEY_ARE}] == []
