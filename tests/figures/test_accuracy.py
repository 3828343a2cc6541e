"""Accuracy against size: a point for every checkpoint."""

import pytest

from insidecnn import history
from insidecnn.figures import accuracy


def test_every_checkpoint_is_a_point():
    found = history.checkpoints()
    drawing = accuracy.against(found, "macs", "what is to be seen")
    assert all(f"<title>{c.says}</title>" in drawing.svg for c in found)
    assert set(accuracy.NAMED) <= {c.builder for c in found}
    with pytest.raises(ValueError, match="no axis 'age'"):
        accuracy.against(found, "age", "nothing")
