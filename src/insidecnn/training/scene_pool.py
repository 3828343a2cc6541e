"""Training scenes, drawn once and kept on disk, from which all recipes for scenes take their batches.

    python -m insidecnn.training.scene_pool    # draws them; a recipe does that too where they are missing

Half are scenes, a quarter crowds, a quarter frames of clips: a network that has seen only the large, standing
people of scenes does not know small ones who walk.
"""

import argparse
import multiprocessing
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from random import Random

import cv2
import numpy as np
import torch
from tqdm import tqdm

from insidecnn.world import clips, scenes
from insidecnn.world.kinds import JOINTS

FOLDER = Path("runs/scenes")
COUNT = 12_000
SIZE = 128  #: pixels
DATA = (
    f"scenes that the program draws, {SIZE}×{SIZE} pixels, and frames of its clips; backgrounds are pieces of sample "
    "photographs, of which those of the test part are in no other"
)
MOST = 16  #: objects kept of one picture
MIRRORED = [JOINTS.index(n.replace("left", "*").replace("right", "left").replace("*", "right")) for n in JOINTS]
CHANNELS = list(permutations(range(3)))


@dataclass
class Batch:
    """N pictures of n_i objects each, the later ones in front."""

    images: torch.Tensor  #: (N, 3, S, S) float32 from 0 to 1
    owners: torch.Tensor  #: (N, S, S) int64: 0 the background, k + 1 object k of that picture
    labels: list[torch.Tensor]  #: (n_i,) int64 each
    keypoints: list[torch.Tensor]  #: (n_i, 14, 3) float32 each

    def semantic(self) -> torch.Tensor:
        """The class of each pixel: (N, S, S) int64."""
        background = torch.zeros(1, dtype=torch.int64)
        pairs = zip(self.labels, self.owners, strict=True)
        return torch.stack([torch.cat([background, labels])[owners] for labels, owners in pairs])

    def targets(self) -> list[dict[str, torch.Tensor]]:
        """The labels as torchvision's detectors want them, without objects of which hardly anything is seen."""
        found = []
        for owner, labels, joints in zip(self.owners, self.labels, self.keypoints, strict=True):
            masks = owner == torch.arange(1, len(labels) + 1)[:, None, None]  # (n, S, S)
            seen = masks.flatten(1).sum(1) >= 12
            found.append(
                {
                    "boxes": scenes.boxes_of(masks[seen]),
                    "labels": labels[seen],
                    "masks": masks[seen].byte(),
                    "keypoints": joints[seen],
                }
            )
        return found


def drawn(seed: int, size: int = SIZE) -> scenes.Scene:
    """The training scene of a seed."""
    random = Random(f"pool {seed}")
    if seed % 4 == 0:
        size_of_clip = (size, round(1.5 * size))
        script = clips.script(
            seed, "train", 60, random.randint(2, 8), random.randint(0, 2), random.randint(0, 2), size_of_clip
        )
        frame, left = script.frame(random.randrange(60)), random.randint(0, size // 2)
        moved = frame.keypoints - torch.tensor([left, 0.0, 0.0])
        moved[(moved[..., 0] < 0) | (moved[..., 0] >= size) | (frame.keypoints[..., 2] == 0)] = 0
        cut = slice(left, left + size)
        return scenes.Scene(
            frame.image[:, cut], frame.labels, frame.masks[..., cut], frame.whole_masks[..., cut], moved
        )
    if seed % 4 == 1:
        return scenes.scene(seed, "train", size, (2, 6), ("person",), crowded=True)
    return scenes.scene(seed, "train", size)


class ScenePool:
    """``count`` training scenes in files of a folder; those that are missing are drawn by two processes.

    Args:
        folder: where the files lie; recipes share it.
        count: how many; 65 KB each at 128 pixels.
    """

    def __init__(self, folder: Path = FOLDER, count: int = COUNT, size: int = SIZE):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.count, self.size = folder, count, size
        arrays = {
            "images": ((count, size, size, 3), np.uint8),
            "owners": ((count, size, size), np.uint8),
            "labels": ((count, MOST), np.uint8),  # 0 after the last object
            "keypoints": ((count, MOST, len(JOINTS), 3), np.float16),
            "there": ((count,), np.uint8),
        }
        for name, (shape, kind) in arrays.items():
            path = folder / f"{name}-{count}-{size}.bin"
            whole = path.exists() and path.stat().st_size == np.prod(shape) * np.dtype(kind).itemsize
            setattr(self, name, np.memmap(path, kind, "r+" if whole else "w+", shape=shape))

    def fill(self, workers: int = 2) -> "ScenePool":
        """Draw what is missing; with progress."""
        missing = np.flatnonzero(self.there == 0).tolist()
        if not missing:
            return self
        bar = tqdm(total=len(missing), desc="scenes", unit="scene", mininterval=2, delay=2)
        if len(missing) < 200:
            for slot in missing:
                self.put(slot)
                bar.update()
        else:
            context = multiprocessing.get_context("spawn")
            with context.Pool(workers, start, (self.folder, self.count, self.size)) as processes:
                for _ in processes.imap_unordered(draw_one, missing, chunksize=50):
                    bar.update()
        bar.close()
        return self

    def put(self, slot: int) -> None:
        scene = drawn(slot, self.size)
        self.images[slot] = scene.image
        self.owners[slot] = (scene.masks * torch.arange(1, len(scene.labels) + 1)[:, None, None]).sum(0).numpy()
        self.labels[slot], self.keypoints[slot] = 0, 0
        self.labels[slot, : len(scene.labels)] = scene.labels.numpy()
        self.keypoints[slot, : len(scene.labels)] = scene.keypoints.numpy()
        self.there[slot] = 1

    def batch(self, size: int, generator: torch.Generator, people: bool = False, pasted: float = 0.0) -> Batch:
        """``size`` scenes, each mirrored or not, with its colour channels in any order, and in another light.

        Without the exchange of channels a network learns which colours the few training photographs have.

        Args:
            people: only scenes with a person.
            pasted: the share of scenes that get objects of the next one of the batch, see :func:`paste`.
        """
        choice = np.flatnonzero((self.labels == scenes.CLASSES.index("person")).any(1)) if people else None
        slots = torch.randint(self.count if choice is None else len(choice), (size,), generator=generator).numpy()
        slots = slots if choice is None else choice[slots]
        images = torch.from_numpy(self.images[slots]).permute(0, 3, 1, 2).float() / 255
        owners = torch.from_numpy(self.owners[slots]).long()
        order = torch.randint(len(CHANNELS), (size,), generator=generator).tolist()
        mirrored = (torch.rand(size, generator=generator) < 0.5).tolist()
        contrast = 1 + 0.25 * (2 * torch.rand(size, 3, 1, 1, generator=generator) - 1)
        light = 0.12 * (2 * torch.rand(size, 3, 1, 1, generator=generator) - 1)
        labels, keypoints = [], []
        for k, slot in enumerate(slots.tolist()):
            here = torch.from_numpy(self.labels[slot].astype(np.int64))
            here = here[here > 0]
            joints = torch.from_numpy(self.keypoints[slot, : len(here)].astype(np.float32))
            images[k] = images[k, list(CHANNELS[order[k]])]
            if mirrored[k]:
                images[k], owners[k] = images[k].flip(2), owners[k].flip(1)
                joints = joints[:, MIRRORED]
                joints[..., 0] = torch.where(joints[..., 2] > 0, self.size - joints[..., 0], 0)
            labels.append(here)
            keypoints.append(joints)
        if pasted:
            images, owners, labels, keypoints = paste(images, owners, labels, keypoints, pasted, generator)
        return Batch((images * contrast + light).clamp(0, 1), owners, labels, keypoints)


def paste(
    images: torch.Tensor,
    owners: torch.Tensor,
    labels: list[torch.Tensor],
    keypoints: list[torch.Tensor],
    share: float,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor], list[torch.Tensor]]:
    """About half of the objects of the next picture, smaller or larger and shifted, in front of a picture.

    So the same objects stand before many backgrounds. Arguments and answer have the form of :class:`Batch`'s fields.

    Args:
        share: of the pictures that get some.

    Source: Ghiasi et al. 2021, "Simple Copy-Paste is a Strong Data Augmentation Method for Instance Segmentation".
    """
    size = images.shape[-1]
    chance, zoom, right, down, *picked = torch.rand(4 + MOST, len(images), generator=generator).tolist()
    new_images, new_owners, new_labels, new_keypoints = images.clone(), owners.clone(), list(labels), list(keypoints)
    for k in range(len(images)):
        other = (k + 1) % len(images)
        taken = [i for i in range(len(labels[other])) if picked[i][k] < 0.5]
        if chance[k] >= share or not taken:
            continue
        scale = 0.6 * 2 ** zoom[k]  # 0.6 to 1.2
        shift = torch.tensor([right[k], down[k]]) * (size - scale * size)  # all of it stays on the picture, or fills it
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        numbers = torch.zeros(MOST + 1, dtype=torch.int64)
        numbers[torch.tensor(taken) + 1] = torch.arange(len(taken)) + len(labels[k]) + 1
        chosen = numbers[owners[other]].numpy().astype(np.uint8)  # (S, S), 0 where nothing is taken
        chosen = torch.from_numpy(cv2.warpAffine(chosen, matrix, (size, size), flags=cv2.INTER_NEAREST)).long()
        layer = cv2.warpAffine(images[other].permute(1, 2, 0).numpy(), matrix, (size, size))
        there = chosen > 0
        new_images[k][:, there] = torch.from_numpy(layer).permute(2, 0, 1)[:, there]
        new_owners[k][there] = chosen[there]
        below, above = keypoints[k].clone(), keypoints[other][taken].clone()
        columns, rows = below[..., :2].long().clamp(0, size - 1).unbind(-1)
        below[..., 2] = torch.where(there[rows, columns], below[..., 2].clamp_max(1), below[..., 2])
        above[..., :2] = above[..., :2] * scale + shift
        outside = ((above[..., :2] < 0) | (above[..., :2] >= size)).any(-1)
        above[outside | (above[..., 2] == 0)] = 0
        new_labels[k] = torch.cat([labels[k], labels[other][taken]])
        new_keypoints[k] = torch.cat([below, above])
    return new_images, new_owners, new_labels, new_keypoints


def start(*arguments) -> None:
    """What a drawing process does first."""
    global opened
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    opened = ScenePool(*arguments)


def draw_one(slot: int) -> None:
    opened.put(slot)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=FOLDER)
    ScenePool(parser.parse_args().folder).fill()


if __name__ == "__main__":
    main()
