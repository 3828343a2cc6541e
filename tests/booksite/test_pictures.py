"""Figures: their numbers, their names, their frames."""

from types import SimpleNamespace

import pytest
from docutils import nodes

from booksite import notebooks, pictures

DRAWING = '<div class="drawing" role="group" aria-label="boxes">{}</div>'


@pytest.fixture
def env():
    """Three pages, of which the second and the third have figures."""
    config = SimpleNamespace(root_doc="index")
    found = {"index": [""], "one": [], "two": ["eyes", ""], "three": ["nose"]}
    return SimpleNamespace(config=config, booksite_figures=found, toctree_includes={"index": ["one", "two", "three"]})


def test_figures_are_numbered_through_each_chapter(env):
    assert pictures.labels(env, "two") == ["Figure 2.1", "Figure 2.2"] and pictures.labels(env, "three") == [
        "Figure 3.1"
    ]
    assert pictures.labels(env, "index") == [""]
    assert pictures.named(env) == {"eyes": ("two", "Figure 2.1"), "nose": ("three", "Figure 3.1")}
    pictures.forget(None, env, "two")
    assert pictures.labels(env, "two") == []


def test_captions_in_a_row_go_to_the_last_pictures_of_the_cell(env):
    images = [
        nodes.image(uri=f"{n}.png", alt=f"picture {n}", classes=["pixels"], width=str(n)) for n in (100, 700, 800)
    ]
    cell = nodes.container("", *images, classes=["cell"])
    captions = [pictures.Figcaption("", nodes.paragraph(text=words), name=name, width=None)
                for words, name in (("first", "eyes"), ("second", ""))]  # fmt: skip
    page = nodes.section("", cell, *captions)
    pictures.join(SimpleNamespace(env=env), page, "two")
    boxes = list(page.findall(pictures.Described))
    assert [box[0]["uri"] for box in boxes] == ["700.png", "800.png"] and len(page) == 1
    assert [box[1].astext() for box in boxes] == ["Figure 2.1. first", "Figure 2.2. second"]
    assert [(box["ids"], box["classes"]) for box in boxes] == [
        (["figure-eyes"], ["described", "wide"]), (["figure-2"], ["described", "full"]),
    ]  # fmt: skip


def test_pictures_in_solutions_and_those_of_marked_cells_need_no_caption():
    picture = nodes.image(uri="a.png", classes=["pixels"])
    cell = nodes.container("", picture, classes=["cell"])
    assert not pictures.uncaptioned(picture)
    pictures.solution_node("", cell)
    assert pictures.uncaptioned(picture)
    other = nodes.image(uri="b.png", classes=["pixels"])
    nodes.container("", other, classes=["cell", "tag_no-caption"])
    assert pictures.uncaptioned(other)


def test_frames_are_as_wide_as_what_they_hold():
    for html, width in (
        (DRAWING.format('<svg class="grids fits">'), "text"),
        (DRAWING.format('<div class="network filled">'), "full"),
    ):
        node = nodes.raw("", html, format="html")
        assert pictures.shown(node) and pictures.width(node) == width
    assert not pictures.shown(nodes.raw("", f'<div class="widget">{DRAWING}</div>', format="html"))
    playing = nodes.raw("", DRAWING.format('<div class="widget forward-pass">'), format="html")
    assert pictures.shown(playing) and pictures.width(playing) == "full"


def test_a_chart_shrinks_until_its_letters_have_eleven_pixels():
    html = pictures.CHART.sub(pictures.scrolls, '<svg class="chart" role="img" width="400pt" height="200pt"><g/></svg>')
    assert html.startswith('<div class="scrolls" tabindex="0"><svg class="chart" style="min-width: 442px" role="img"')
    shrunk = 442 / (400 * 4 / 3)  # of letters of ten points
    assert 11 <= 10 * 4 / 3 * shrunk < 11.1


def test_notebooks_name_figures_by_their_numbers():
    text = "See {fig}`nose`.\n\n:::{caption}\n:name: eyes\n:width: wide\nTwo eyes.\n:::\n\n:::{caption}\nAnd a nose.\n:::\n"
    found = notebooks.plain(text, {}, {"nose": "Figure 3.1"}, iter(["Figure 2.1", "Figure 2.2"]))
    assert " ".join(found.split()) == "See Figure 3.1. **Figure 2.1.** Two eyes. **Figure 2.2.** And a nose."


def test_of_two_forms_a_drawing_keeps_one_frame_with_its_words():
    drawn = pictures.both(DRAWING.format("<svg>wide</svg>"), "<svg>narrow</svg>")
    assert drawn == DRAWING.format(
        '<div class="on-wide"><svg>wide</svg></div><div class="on-narrow"><svg>narrow</svg></div>'
    )
    assert pictures.both("<svg/>", "<svg>2</svg>").endswith('<div class="on-narrow"><svg>2</svg></div>')


def test_a_sheet_is_framed_with_both_of_its_forms(env):
    narrow = nodes.image(uri="b.jpg", alt="sheet", classes=["narrow"])
    sheet = pictures.Sheet("", narrow, nodes.image(uri="a.jpg", alt="sheet", classes=["photo"], width="300"))
    code = pictures.HideCodeCellNode(classes=["above-input"])
    cell = nodes.container("", code, nodes.container("", sheet), classes=["cell"])
    page = nodes.section(
        "", cell, pictures.Figcaption("", nodes.paragraph(text="what to see"), name="eyes", width=None)
    )
    pictures.join(SimpleNamespace(env=env), page, "two")
    pictures.unfold(None, page, "two")
    (box,) = page.findall(pictures.Described)
    assert box[0] is sheet and len(sheet) == 2 and box[1].astext() == "Figure 2.1. what to see"
    assert cell[-1] is code  # below the figure
