"""Networks to scale as readers meet them: nothing scrolls, no word lies on another or on a block, every layer is found."""

import pytest

DRAWN = ["alexnet", "practice", "detection"]
WIDTHS = (360, 480, 768, 960, 1200, 1280, 1600)

READ = """() => {
  document.querySelectorAll("details").forEach((fold) => (fold.open = true));
  document.querySelectorAll(".toggle-hidden").forEach((fold) => fold.classList.remove("toggle-hidden"));
  const box = (range, trim = 0) => {
    const { left, top, right, bottom, height } = range.getBoundingClientRect();
    return [left, top + trim * height, right, bottom - trim * height];
  };
  return [...document.querySelectorAll(".drawing:has(> .network)")].map((drawing) => {
    const words = [];
    const texts = document.createTreeWalker(drawing, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      const size = parseFloat(getComputedStyle(texts.currentNode.parentElement).fontSize);
      if (texts.currentNode.data.trim()) words.push([texts.currentNode.data.trim(), size, box(range, 0.15)]); // the lines' leading overlaps
    }
    const layers = [...drawing.querySelectorAll(".layer")];
    return {
      scrolls: drawing.scrollWidth - drawing.clientWidth,
      place: box(drawing),
      words,
      drawn: layers.map((layer) => box(layer.querySelector("svg"))),
      pictures: [...drawing.querySelectorAll(".layer svg")].map((svg) => box(svg)),
      layers: layers.map((svg) => box(svg)),
    };
  });
}"""


def meet(a, b) -> bool:
    """Whether two boxes (left, top, right, bottom) have more than a pixel in common."""
    return min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 1


@pytest.mark.parametrize("name", DRAWN)
def test_a_network_fits_its_place_and_its_words_can_be_read(visit, name):
    page = visit(f"book/{name}.html")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate(READ)
        assert found
        for each in found:
            left, _, right, _ = each["place"]
            assert each["scrolls"] <= 0
            assert [
                word for word, size, box in each["words"] if size < 12 or box[0] < left - 1 or box[2] > right + 1
            ] == []
            boxes = [(word, box) for word, _, box in each["words"]] + [("a picture", box) for box in each["pictures"]]
            assert [(a[0], b[0]) for k, a in enumerate(boxes) for b in boxes[:k] if meet(a[1], b[1])] == [], width


@pytest.mark.parametrize("name", DRAWN)
def test_layers_follow_one_another_and_stand_on_one_ground(visit, name):
    page = visit(f"book/{name}.html", width=360)
    for each in page.evaluate(READ):
        assert all(above[3] <= below[1] for above, below in zip(each["layers"], each["layers"][1:], strict=False))
    page.set_viewport_size({"width": 1280, "height": 900})
    first = page.evaluate(READ)[0]
    assert max(box[3] for box in first["drawn"]) - min(box[3] for box in first["drawn"]) < 1, "one line"
    assert all(left[2] <= right[0] for left, right in zip(first["layers"], first["layers"][1:], strict=False))


def test_a_finger_reaches_a_section_from_the_whole_layer(visit):
    page = visit("book/practice.html", width=360)
    for layer in page.locator("#figure-draw-alexnet .layer").all():
        layer.scroll_into_view_if_needed()
        hit = layer.evaluate(
            """(layer) => {
              const { left, top, width, height } = layer.getBoundingClientRect();
              const under = [0.1, 0.5, 0.95].map((at) => document.elementFromPoint(left + at * width, top + height / 2));
              return [height, new Set(under).size, under[0]?.localName];
            }"""
        )
        assert hit[0] >= 44 and hit[1:] == [1, "a"]


def test_alexnet_is_printed_in_one_line(visit):
    page = visit("book/practice.html", width=658)  # of A4 between its margins
    page.emulate_media(media="print")
    drawn = page.evaluate(READ)[0]["drawn"]
    page.emulate_media(media="screen")
    assert max(box[3] for box in drawn) - min(box[3] for box in drawn) < 1
