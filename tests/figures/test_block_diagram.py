"""Boxes and arrows: every box of a block is drawn and said."""

import pytest

from insidecnn.classification import blocks
from insidecnn.figures import block_diagram


@pytest.mark.parametrize("name", blocks.BLOCKS)
def test_blocks_are_drawn_box_by_box(name):
    drawing = block_diagram.draw({name: blocks.BLOCKS[name]})

    def names(block):
        for item in block:
            if isinstance(item, str):
                yield item
            else:
                for way in item.ways:
                    yield from names(way)

    boxes = list(names(blocks.BLOCKS[name]))
    joins = drawing.svg.count('class="joint"')
    assert drawing.svg.count("<rect") == len(boxes) + drawing.alt.count("joined by concat")
    assert joins == drawing.alt.count("joined by +") + drawing.alt.count("joined by ×")
    assert all(box in drawing.alt for box in boxes) and name in drawing.alt


def test_one_way_is_not_beside():
    with pytest.raises(ValueError, match="two ways"):
        block_diagram.beside("+", ["conv"])
