"""The four trackers on unseen clips: on the same boxes, each with its own, and where later ones lose.

    python -m insidecnn.training.tracking_trials           # three minutes on one core; writes runs/tracking/tracking.json
    python -m insidecnn.training.tracking_trials --quick   # two short clips

Needs the shipped weights of the crop net, of JDE and of YOLO. Truth are the people of whom enough is seen, with boxes
around all of a person, hidden or not.
"""

import argparse
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import torch
from tqdm import tqdm

from insidecnn.detection import yolo
from insidecnn.metrics import TrackScores
from insidecnn.parameters import read_card
from insidecnn.tracking import deepsort, jde
from insidecnn.tracking.bytetrack import ByteTrack
from insidecnn.tracking.comparison import Sequence, compare, summary, truth
from insidecnn.tracking.deepsort import CropNet, DeepSort
from insidecnn.tracking.jde import PERSON, Jde, JdeNet
from insidecnn.tracking.made_detector import detect
from insidecnn.tracking.sort import Sort
from insidecnn.tracking.tracker import Tracker, track
from insidecnn.world import clips, people
from insidecnn.world.clips import Clip, Script, Walker

PEOPLE = 8
DATA = "clips that the program draws, in which people walk, cross and hide; their backgrounds are in no training"
CANNOT = (
    "tell anything of trackers on real video: here cameras stand still, people are drawn, and the scores depend on how "
    "often the made detector misses"
)
SURE = 0.3  #: least score that counts on real detectors' boxes, whose scores are lower; chosen on validation clips
Frames = list[tuple[torch.Tensor, ...]]


def four(least: float) -> dict[str, Tracker]:
    """The trackers, for which a score is high from ``least`` on."""
    return {"SORT": Sort(least), "DeepSORT": DeepSort(least), "JDE": Jde(least), "ByteTrack": ByteTrack(high=least)}


MADE, REAL = four(0.5), four(SURE)
BASELINE = {"SORT": MADE["SORT"], "SORT, memory 30": Sort(memory=30)}  #: what memory alone is worth


def alike(script: Script) -> Script:
    """The same clip, in which all people wear the same."""
    worn = people.clothes(Random(f"alike {script.seed}"))
    return replace(script, actors=[replace(a, clothes=worn) if isinstance(a, Walker) else a for a in script.actors])


def pictures(clip: Clip) -> list[torch.Tensor]:
    """Frames (1, 3, H, W) from 0 to 1."""
    return [torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255 for image in clip.images]


def looked(net: CropNet, clip: Clip, frames: Frames) -> Frames:
    """Boxes and scores, and now the crop net's embeddings too."""
    return [(boxes, scores, net.look(image, boxes)) for (boxes, scores), image in zip(frames, clip.images, strict=True)]


def found(net: yolo.Yolo, clip: Clip) -> Frames:
    """The boxes and scores of YOLO's people, poor ones too."""
    frames = []
    for picture in pictures(clip):
        (answer,) = net.detect(picture, least=0.1)
        people = answer["labels"] == PERSON + 1
        frames.append((answer["boxes"][people], answer["scores"][people]))
    return frames


def joint(net: JdeNet, clip: Clip) -> Frames:
    """JDE's people: boxes, scores, embeddings."""
    return [net.detect(picture)[0] for picture in pictures(clip)]


class Nets:
    """The shipped networks."""

    def __init__(self):
        self.crop, self.jde, self.yolo = (system.shipped()[0] for system in (deepsort, jde, yolo))


def trials(nets: Nets, seed: int, split: str, frames: int) -> dict[str, dict[str, list[TrackScores]]]:
    """One clip in every trial: by trial and tracker, a list of one."""
    script = clips.script(seed, split, frames, PEOPLE)
    clip, same = clips.filmed(script), clips.filmed(alike(script))
    own = joint(nets.jde, clip)
    without = {name: tracker for name, tracker in REAL.items() if name != "JDE"}

    def on(trackers, given: Frames):
        return compare(trackers, [Sequence(given, truth(clip))])

    jde_alone = on({"JDE": REAL["JDE"]}, own)
    return {
        "the same boxes": on(BASELINE | MADE, looked(nets.crop, clip, detect(clip, seed))),
        "each with its own": on(without, looked(nets.crop, clip, found(nets.yolo, clip))) | jde_alone,
        "JDE's boxes": on(without, looked(nets.crop, clip, [frame[:2] for frame in own])) | jde_alone,
        "all dressed alike": on(MADE, looked(nets.crop, same, detect(same, seed))),
    }


def times(nets: Nets, clip: Clip) -> dict[str, float]:
    """Milliseconds of one core for a frame: of each network, and of each tracker alone."""
    made = detect(clip)
    frames = looked(nets.crop, clip, made)
    runs = {
        "YOLO": lambda: found(nets.yolo, clip),
        "JDE's network": lambda: joint(nets.jde, clip),
        "the crop net": lambda: looked(nets.crop, clip, made),
    }
    runs |= {name: lambda t=t: track(t, frames) for name, t in MADE.items()}
    spent = {}
    for name, run in runs.items():
        begun = time.process_time()
        run()
        spent[name] = round((time.process_time() - begun) / len(made) * 1000, 2)
    return spent


def shipped() -> dict:
    """What was measured, see :func:`main`: ``scores`` by trial, tracker and measure, ``milliseconds`` by what takes them."""
    return read_card("tracking.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two short clips, to see that it works")
    parser.add_argument("--folder", type=Path, default=Path("runs/tracking"))
    parser.add_argument("--split", default="test", choices=("validation", "test"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    begun, nets = time.process_time(), Nets()
    count, frames = (2, 12) if options.quick else (20, 100)
    scores: dict[str, dict[str, list[TrackScores]]] = {}
    for seed in tqdm(range(count), "clips", unit="clip"):
        for trial, trackers in trials(nets, seed, options.split, frames).items():
            for name, one in trackers.items():
                scores.setdefault(trial, {}).setdefault(name, []).extend(one)
    card = {
        "data": DATA,
        "cannot": CANNOT,
        "clips": count,
        "frames": frames,
        "people": PEOPLE,
        "split": options.split,
        "scores": {trial: {name: summary(s) for name, s in trackers.items()} for trial, trackers in scores.items()},
        "milliseconds": times(nets, clips.clip(0, options.split, frames, PEOPLE)),
        "made_with": f"torch {torch.__version__} on one of {os.cpu_count()} CPU cores",
        "seconds": round(time.process_time() - begun),
    }
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "tracking.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"Wrote {options.folder}/tracking.json, which belongs into src/insidecnn/parameters/.")


if __name__ == "__main__":
    main()
