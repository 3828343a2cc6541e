"""What the search knows of a page, and how it is laid out in files."""

import json

from docutils import nodes

from booksite import search


def section(anchor: str, title: str, *children) -> nodes.section:
    return nodes.section("", nodes.title(title, title), *children, ids=[anchor])


def paragraph(*parts) -> nodes.paragraph:
    return nodes.paragraph("", "", *(nodes.Text(part) if isinstance(part, str) else part for part in parts))


def test_entries_of_a_page():
    cell = nodes.container("", nodes.literal_block("", "layer = Conv2d()"), classes=["cell_input"])
    printed = nodes.container("", nodes.literal_block("", "printed"), classes=["cell_output"])
    words = paragraph(
        "The ", nodes.strong("", "stride"), " is ", nodes.math("", "s = 2"), ", ", nodes.math("", "\\sum")
    )
    inner = section("stride", "Every second window", words, cell, printed)
    inner["ids"].append("step-width")
    top, below = search.entries("book/page", nodes.document(None, None, "", section("page", "Settings", inner)))
    assert (top.anchor, top.title, top.text) == ("page", "Settings", "")
    assert (below.anchor, below.title) == ("stride", "Every second window")
    assert below.defines == ["step width", "stride"]
    assert below.text == "The stride is s = 2, …" and below.code == "layer = Conv2d()\n"


def test_a_title_and_a_defined_term_weigh_more_than_text_and_code():
    entry = search.Entry("book/page", "", "Padding", ["stride"], "padding stride kernel", "dilation")
    weight = search.weights(entry)
    assert weight["padding"] > weight["stride"] > weight["kernel"] > weight["dilation"] > 0
    aside = search.weights(search.Entry("book/glossary", "", "Padding", [], "padding"))
    assert aside["padding"] < weight["padding"]


def test_words_have_one_form():
    assert search.words("The Normalized filters, Dollár's 1 × 1 Grad-CAM") == [
        "normalised", "filter", "dollar", "s", "1", "1", "grad", "cam",
    ]  # fmt: skip
    assert search.folded("loss") == "loss" and search.folded("bias") == "bia" == search.folded("bia")


def test_files_hold_everything_once_and_stay_small():
    found = [search.Entry("book/page", str(n), f"title {n}", [], f"word{n} " * 60) for n in range(40)]
    said = search.files(found, {"book/page": "Page"})
    texts = [text for name in said if name.startswith("text") for text, _ in said[name]]
    assert texts == [entry.text for entry in found]
    words = {word: flat for name in said if name.startswith("words") for word, flat in said[name].items()}
    assert words == search.index(found) and list(words) == sorted(words)
    assert words["title"][:4] == [0, words["title"][1], 1, words["title"][3]]
    assert said["entries"]["texts"][1] == len(said["text-0"]) and said["entries"]["words"][0] == min(words)
    sizes = [len(json.dumps(rest)) for name, rest in said.items() if name != "entries"]
    assert len(sizes) > 4 and max(sizes) < search.WORDS_AT_ONCE * 1.3
