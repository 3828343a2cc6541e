"""Part affinity fields: on each limb, an arrow along it. They tell which joints belong to one person.

Source: Cao et al. 2017, sections 2.3 and 2.4.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment

from insidecnn.checks import tensors

SAMPLES = 10  #: points along a limb, at which a field is read
AGREE = 0.05  #: a sample agrees with a limb if its arrow has at least this part along it …
MOST = 0.8  #: … and of a limb's samples at least this share must


@dataclass(frozen=True)
class Person:
    """One person, put together from parts."""

    keypoints: torch.Tensor  #: (K, 3), x and y in pixels, and the value of the heat map there; zeros if not found
    score: float  #: mean of those values over all K joints


def fields(
    people: torch.Tensor, bones: tuple[tuple[int, int], ...], cells: int, stride: int, width: float
) -> torch.Tensor:
    """The fields that a network is to draw: in each limb's two maps the unit vector along it, elsewhere 0.

    Where the limbs of several people lie over one another, it is the mean of their vectors.

    Args:
        people: (n, K, 3), x and y in pixels, and COCO's v; a limb with an end of v = 0 is not drawn.
        bones: pairs of numbers of joints, start and end.
        cells: along each side of the fields.
        stride: pixels from one cell to the next.
        width: a cell is in a limb if its middle is at most this far from it, in pixels. The paper takes a
            rectangle, we round its ends: with at least stride / √2 even the shortest limb then has a cell.

    Returns:
        (B, 2, cells, cells): x and y of each limb's field.
    """
    start, end = (people[:, list(ends)] for ends in zip(*bones, strict=True))  # (n, B, 3) each
    drawn = (start[..., 2] > 0) & (end[..., 2] > 0)
    along = end[..., :2] - start[..., :2]
    length = along.norm(dim=-1, keepdim=True).clamp_min(1e-6)
    unit = along / length  # (n, B, 2)
    middles = (torch.arange(cells) + 0.5) * stride
    x = middles[None, None, None, :] - start[..., 0, None, None]  # (n, B, 1, cells)
    y = middles[None, None, :, None] - start[..., 1, None, None]
    ux, uy = unit[..., 0, None, None], unit[..., 1, None, None]
    ahead = torch.minimum((x * ux + y * uy).clamp_min(0), length[..., None])  # foot of the perpendicular
    inside = ((x - ahead * ux) ** 2 + (y - ahead * uy) ** 2 <= width**2) & drawn[..., None, None]
    total = (inside[:, :, None] * unit[..., None, None]).sum(0)  # (B, 2, cells, cells)
    return total / inside.sum(0).clamp_min(1)[:, None]


def line_integrals(field: torch.Tensor, starts: torch.Tensor, ends: torch.Tensor, stride: int) -> torch.Tensor:
    """How well each pair of joints agrees with a field: the mean of its part along the line from one to the other.

    Args:
        field: (2, H, W).
        starts, ends: (A, 2) and (B, 2), x and y in pixels.

    Returns:
        (A, B), from −1 to 1 for a true field; −1 where fewer than 0.8 of the samples agree, as in the
        authors' code.
    """
    tensors(field=(field, "2 H W"), starts=(starts, "A 2"), ends=(ends, "B 2"))
    along = ends[None] - starts[:, None]  # (A, B, 2)
    unit = along / along.norm(dim=-1, keepdim=True).clamp_min(1e-6)
    share = torch.linspace(0, 1, SAMPLES)[:, None]
    points = starts[:, None, None] + share * along[:, :, None]  # (A, B, SAMPLES, 2)
    size = torch.tensor([field.shape[2], field.shape[1]]) * stride
    read = F.grid_sample(
        field[None], (2 * points / size - 1).flatten(0, 1)[None], padding_mode="border", align_corners=False
    )[0]  # (2, A·B, SAMPLES)
    agree = (read.view(2, *points.shape[:3]) * unit.permute(2, 0, 1)[..., None]).sum(0)  # (A, B, SAMPLES)
    enough = (agree > AGREE).float().mean(-1) >= MOST
    return torch.where(enough, agree.mean(-1), -1.0)


def pairs(scores: torch.Tensor, least: float) -> list[tuple[int, int]]:
    """Bipartite matching: one partner at most for each row and column, so that the sum of scores is largest.

    Args:
        scores: (A, B).
        least: pairs with no more than this are none.

    Returns:
        pairs of a row and a column.
    """
    tensors(scores=(scores, "A B"))
    gain = (scores - least).clamp_min(0).numpy()
    return [(int(a), int(b)) for a, b in zip(*linear_sum_assignment(gain, maximize=True), strict=True) if gain[a, b]]


def grouped(
    found: list[tuple[torch.Tensor, torch.Tensor]],
    scores: list[torch.Tensor],
    bones: tuple[tuple[int, int], ...],
    least: float = 0.0,
    fewest: int = 3,
) -> list[Person]:
    """People from parts: joints are matched limb by limb, and limbs that share a joint are one person's.

    Args:
        found: for each joint its places (n, 2) in pixels and values (n,), from :func:`heat_maps.peaks`.
        scores: for each bone (A, B), of its A starts with its B ends.
        bones: a tree; each bone starts where an earlier one ended, or at the root.
        least: see :func:`pairs`.
        fewest: a person with fewer joints is dropped.

    Returns:
        the surest first.
    """
    owner = [{} for _ in found]  # for each joint: which peak is whose
    people: list[dict[int, int]] = []  # of each person: which peak is which joint
    for (start, end), score in zip(bones, scores, strict=True):
        for a, b in pairs(score, least):
            if a not in owner[start]:
                owner[start][a] = len(people)
                people.append({start: a})
            owner[end][b] = owner[start][a]
            people[owner[start][a]][end] = b
    made = []
    for parts in people:
        keypoints = torch.zeros(len(found), 3)
        for joint, peak in parts.items():
            keypoints[joint, :2], keypoints[joint, 2] = found[joint][0][peak], found[joint][1][peak]
        if len(parts) >= fewest:
            made.append(Person(keypoints, float(keypoints[:, 2].mean())))
    return sorted(made, key=lambda person: -person.score)


def group(
    found: list[tuple[torch.Tensor, torch.Tensor]],
    fields: torch.Tensor,
    bones: tuple[tuple[int, int], ...],
    stride: int,
) -> list[Person]:
    """:func:`grouped` by the line integrals of fields (B, 2, H, W)."""
    scores = [
        line_integrals(field, found[start][0], found[end][0], stride)
        for field, (start, end) in zip(fields, bones, strict=True)
    ]
    return grouped(found, scores, bones)
