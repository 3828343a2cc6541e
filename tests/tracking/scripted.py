"""Boxes of scripted people: where each one's left edge is, frame by frame, and what the detector says of it."""

import torch
import torch.nn.functional as F


def frames(people, scores=None, height=40.0, unlike=0.0):
    """Detections of people 20 pixels wide.

    Args:
        people: for each, the left edge in every frame, None where there is no detection.
        scores: the same for scores; 0.9 where it is not given.
        unlike: how strong the noise of the embeddings is, whose axes tell the people apart.
    """
    generator, answer = torch.Generator().manual_seed(0), []
    for t in range(len(people[0])):
        seen = [p for p, lefts in enumerate(people) if lefts[t] is not None]
        boxes = [[people[p][t], 10.0 + p, people[p][t] + 20, 10 + p + height] for p in seen]
        noise = unlike * torch.randn(len(seen), 8, generator=generator)
        answer.append(
            (
                torch.tensor(boxes).reshape(-1, 4),
                torch.tensor([scores[p][t] if scores else 0.9 for p in seen]),
                F.normalize(torch.eye(8)[seen] + noise),
            )
        )
    return answer


def names(found):
    """The identities in each frame."""
    return [sorted(identities.tolist()) for identities, _ in found]
