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

from insidecnn import arithmetic, attribution, losses, metrics
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


log_sum = np.log(powers.sum(1, keepdims=True))
m = z.max(1, keepdims=True)
a, b = rng.normal(size=(2, 20))
relu = lambda x: np.maximum(x, 0)  # noqa: E731
chosen = losses.softmax(z)[np.arange(5), c]
WITH_LETTERS = {
    r"p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}": lambda: np.allclose(
        powers / powers.sum(1, keepdims=True), losses.softmax(z)
    ),
    r"\hat p_k = \frac{e^{z_k}}{\sum_{j=1}^{C} e^{z_j}}": lambda: np.allclose(
        powers / powers.sum(1, keepdims=True), F.softmax(torch.tensor(z), 1).numpy()
    ),
    r"H_\text{out} = \left\lfloor \frac{H_\text{in} + 2 \cdot \text{padding} - \text{kernel\_size}}{\text{stride}} \right\rfloor + 1": lambda: (
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
    r"\mathrm{MOTA} = 1 - \frac{\text{misses} + \text{false positives} + \text{switches}}{\text{objects in all frames}}": mota,
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
    r"y_{k,r,c} = b_k + \sum_{d} \sum_{i} \sum_{j} w_{k,d,i,j} \; x_{d,\; r s + t i - p,\; c s + t j - p}": lambda: (
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
}
# names, settings, and what the page itself asserts beside them
AS_THEY_ARE = {
    r"x^\top (\hat p - p) / N",  # regression-and-classification.md asserts it beside it, with autograd
    r"64 \cdot 9 + 64 \cdot 192",  # convolution.md counts both ways beside it
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
    "63 - x",  # tasks.md mirrors the joints by it
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
