"""What DeepSORT's network is shown, what it gives, and what it learned."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from insidecnn.tracking.deepsort import CROP, CosineSoftmax, CropNet, crops, shipped

IMAGE = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)


def test_a_crop_of_the_right_size_is_that_part_of_the_picture():
    large = np.random.default_rng(1).integers(0, 256, (100, 90, 3), dtype=np.uint8)
    (found,) = crops(large, torch.tensor([[20.0, 30, 52, 94]]))
    assert found.shape == (3, *CROP) == (3, 64, 32)
    assert torch.equal((found * 255).round().byte(), torch.from_numpy(large[30:94, 20:52]).permute(2, 0, 1))


def test_boxes_beyond_the_edges_are_cut_off():
    inside, beyond = crops(IMAGE, torch.tensor([[30.0, 20, 50, 40], [30, 20, 70, 90]]))
    assert torch.equal(inside, beyond)
    assert torch.equal(*crops(IMAGE, torch.tensor([[0.0, 0, 10, 20], [-9, -5, 10, 20]])))
    assert crops(IMAGE, torch.tensor([[60.0, 50, 70, 70], [-30, -30, -20, -20]])).shape == (2, 3, 64, 32)
    assert crops(IMAGE, torch.zeros(0, 4)).shape == (0, 3, 64, 32)


@pytest.mark.parametrize(
    "given",
    [
        (IMAGE / 255, torch.zeros(1, 4)),
        (IMAGE[..., 0], torch.zeros(1, 4)),
        (IMAGE.tolist(), torch.zeros(1, 4)),
        (IMAGE, torch.zeros(4)),
        (IMAGE, torch.full((1, 4), torch.nan)),
    ],
)
def test_what_is_no_picture_or_no_box_is_refused(given):
    with pytest.raises(ValueError, match="give"):
        crops(*given)


def test_embeddings_have_length_1():
    net = CropNet().eval()
    found = net.look(IMAGE, torch.tensor([[0.0, 0, 20, 40], [20, 0, 40, 40], [5, 5, 30, 40]]))
    assert found.shape == (3, 64) and not found.requires_grad
    assert found.norm(dim=1) == pytest.approx([1] * 3)
    assert net.look(IMAGE, torch.zeros(0, 4)).shape == (0, 64)
    assert 100_000 < sum(p.numel() for p in net.parameters()) < 300_000


def test_the_logits_are_scaled_cosines():
    naming = CosineSoftmax(5)
    given = F.normalize(torch.randn(3, 64))
    cosines = F.cosine_similarity(given[:, None], naming.directions[None], dim=2)
    assert torch.allclose(naming(given), naming.scale * cosines, atol=1e-5)
    naming(given).sum().backward()
    assert naming.scale.grad.isfinite()


def test_the_shipped_network_knows_unseen_people_as_its_card_says():
    from insidecnn.training.deepsort import pictures, ranks

    net, card = shipped()
    images, names = pictures("test", 40, 60)
    with torch.no_grad():
        embeddings = net(images.float() / 255)
    rank1, mean = ranks(embeddings, names)
    assert rank1 >= card["scores"]["test"]["rank1"] - 0.05 and mean >= 0.8 * card["scores"]["test"]["map"]
    shuffled = names[torch.randperm(len(names), generator=torch.Generator().manual_seed(0))]
    assert ranks(embeddings, shuffled)[0] < 0.2
