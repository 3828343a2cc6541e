"""What the lab knows of torchvision's AlexNet, against torchvision."""

import json
import subprocess
import sys

from torchvision.models import AlexNet_Weights

from insidecnn.lab import imagenet

OFFICIAL = AlexNet_Weights.IMAGENET1K_V1


def test_its_file_and_its_classes_are_torchvision_s():
    known = imagenet.known()
    assert known["name"] == str(OFFICIAL) and len(known["hash"]) >= 8
    assert OFFICIAL.url.endswith(f"-{known['hash']}.pth")
    assert json.loads(imagenet.file()) == OFFICIAL.meta["categories"]


def test_the_names_are_there_without_torchvision_s_import():
    """Its import takes longer than all else at the end of a build."""
    code = "import sys; from insidecnn.lab import imagenet; imagenet.file(); print('torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_another_torchvision_is_asked_properly(monkeypatch):
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: type("Spec", (), {"submodule_search_locations": ["/nowhere"]})
    )
    assert imagenet.categories() == OFFICIAL.meta["categories"]
