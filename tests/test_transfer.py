"""A head for a folder of photographs: what is learned, what is refused, what is told."""

import html

import numpy as np
import pytest
import torch
from PIL import Image

from insidecnn import transfer, weights
from insidecnn.transfer import Collection, FolderError, Result
from insidecnn.world.things import thing


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two kinds of things, six pictures each, and what else lies about in folders."""
    root = tmp_path_factory.mktemp("pictures")
    for name, number in (("stars", 830), ("boats", 600)):
        (root / name).mkdir()
        for k in range(6):
            picture = thing(number + 11 * (k % 3), k, 128, "test", (0.6, 0.8))
            Image.fromarray(picture.image).save(root / name / f"{k}.png")
    (root / ".hidden").mkdir()
    (root / "empty").mkdir()
    (root / "notes.txt").write_text("not a class")
    (root / "stars" / "notes.txt").write_text("not a picture")
    return root


def test_a_folder_is_read_class_by_class(folder):
    found = transfer.collection(folder, progress=False)
    assert found.classes == ["boats", "stars"] and found.labels.tolist() == [0] * 6 + [1] * 6
    assert [path.parent.name for path in found.paths] == ["boats"] * 6 + ["stars"] * 6
    assert found.images.shape == (12, 3, 224, 224) and found.images.dtype == torch.float32


def test_the_command_tells_and_shows(folder, tmp_path, capsys):
    transfer.main([str(folder), "--page", str(tmp_path / "out.html")])
    said, written = capsys.readouterr().out, (tmp_path / "out.html").read_text()
    assert "of 12 right" in said and "2 classes" in said
    assert "of 12 right" in written and "<th scope=row>boats</th>" in written
    assert html.escape(weights.embedded().provenance) in written
    assert said.split(" of ")[0] == written.split("<h1>")[1].split(" of ")[0]
    assert int(said.split(" of ")[0]) >= 8  # 6 would be chance


def test_no_picture_is_named_by_a_head_that_has_seen_it(monkeypatch):
    """Features that only say which picture it is: who has learned them by heart is right, and who has not is not."""
    labels = np.array([0, 1] * 10)
    seen = []

    class Heart:
        def fit(self, features, labels):
            self.known = set(features.argmax(1).tolist())
            return self

        def predict(self, features):
            seen.extend(features.argmax(1).tolist())
            assert not self.known & set(features.argmax(1).tolist())
            return np.zeros(len(features), int)

    monkeypatch.setattr(transfer, "head", Heart)
    pictures = Collection(["a", "b"], [], labels, torch.zeros(20, 1))
    result = transfer.judge(pictures, np.eye(20))
    assert sorted(seen) == list(range(20)) and result.accuracy == 0.5


def test_features_are_means_and_maxima_of_the_last_maps():
    model, x = weights.embedded().model, torch.rand(3, 3, 96, 96)
    found = transfer.described(model, x)
    with torch.no_grad():
        maps = model.features(x).numpy()
    assert found.shape == (3, 512)
    assert np.allclose(found[:, :256], maps.mean((2, 3)), atol=1e-5)
    assert np.allclose(found[:, 256:], maps.max((2, 3)), atol=1e-5)


def test_mistakes_and_confusions_are_counted(folder):
    paths = sorted((folder / "boats").glob("*.png"))[:4]
    pictures = Collection(["boats", "<stars>"], paths, np.array([0, 0, 1, 1]), torch.zeros(4, 1))
    result = Result(pictures, np.array([0, 1, 1, 1]))
    assert result.accuracy == 0.75 and result.confusion.tolist() == [[1, 1], [0, 2]]
    assert result.mistakes == [(paths[1], "boats", "<stars>")]
    written = transfer.page(result, "Weights: made up.")
    assert written.count("<figure>") == 1 and "1.png: boats, called &lt;stars&gt;" in written
    assert "<h1>3 of 4 right (75%)</h1>" in written and "<stars>" not in written


def test_what_cannot_be_learned_from_is_refused_in_a_sentence(folder, tmp_path, capsys):
    with pytest.raises(FolderError, match="is no folder; give one that has a subfolder"):
        transfer.collection(tmp_path / "nowhere")
    with pytest.raises(FolderError, match=r"has 0 subfolders with pictures \(without pictures: a\); at least two"):
        (tmp_path / "one" / "a").mkdir(parents=True)
        transfer.collection(tmp_path / "one")
    for name, count in (("a", 4), ("b", 3)):
        (tmp_path / "few" / name).mkdir(parents=True)
        for k in range(count):
            Image.new("RGB", (30, 30)).save(tmp_path / "few" / name / f"{k}.jpg")
    with pytest.raises(FolderError, match="at least 4 pictures; b has 3"):
        transfer.collection(tmp_path / "few")
    (tmp_path / "few" / "b" / "3.png").write_bytes(b"not a picture")
    with pytest.raises(FolderError, match=r"3\.png.* Mend the file"):
        transfer.collection(tmp_path / "few", progress=False)
    with pytest.raises(SystemExit, match="is no folder"):
        transfer.main([str(tmp_path / "nowhere")])
