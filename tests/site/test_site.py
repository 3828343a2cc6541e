"""The built site in a real browser: every page, narrow and wide, light and dark. Its links the build checks itself."""

import pytest

from tests.site.conftest import SITE

PAGES = sorted(p.relative_to(SITE).as_posix() for p in SITE.glob("book/*.html"))

if not PAGES:
    raise RuntimeError("The book is not built; run `make book` first.")

# pictures, charts, drawings of other kinds, tables, widgets of each page that has any
FIGURES = {
    "actions": (6, 3, 2, 7, 3),
    "by-hand": (0, 0, 2, 3, 0),
    "fooling": (2, 2, 0, 2, 0),
    "training": (1, 3, 0, 2, 1),
    "why-alexnet-won": (2, 6, 0, 3, 0),
    "one-number": (4, 0, 0, 7, 0),
    "transfer": (1, 2, 0, 3, 0),
    "what-it-looked-at": (4, 1, 0, 2, 0),
    "what-layers-know": (7, 1, 0, 2, 0),
    "alexnet": (0, 2, 1, 5, 1),
    "classifier": (4, 3, 0, 3, 0),
    "convolution": (4, 1, 10, 1, 1),
    "convolution-settings": (0, 0, 3, 1, 2),
    "deeper-layers": (7, 1, 0, 0, 0),
    "families": (2, 1, 10, 6, 0),
    "first-layer": (12, 0, 0, 0, 0),
    "from-the-slides": (0, 0, 0, 11, 0),
    "how-this-book-is-made": (0, 0, 0, 1, 0),
    "image-to-tensor": (7, 2, 0, 2, 0),
    "index": (0, 0, 1, 0, 1),
    "instances": (8, 3, 1, 3, 0),
    "joints": (8, 2, 1, 9, 0),
    "lab": (3, 0, 0, 2, 1),
    "model-card": (6, 3, 0, 6, 0),
    "pooling": (7, 4, 5, 3, 1),
    "practice": (0, 0, 4, 1, 1),
    "regression-and-classification": (0, 3, 1, 3, 1),
    "segmentation": (5, 3, 2, 4, 0),
    "detection": (7, 4, 2, 3, 1),
    "teach": (0, 0, 0, 9, 0),
    "tasks": (2, 0, 1, 3, 0),
    "tracking": (4, 3, 2, 7, 4),
    "why-not-an-mlp": (6, 2, 1, 4, 1),
}
# everything about a page in one question: folds opened, pictures loaded, then what a reader meets
READ = """async (withPictures) => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  all("details").forEach((fold) => (fold.open = true));
  all(".toggle-hidden").forEach((fold) => fold.classList.remove("toggle-hidden"));
  if (withPictures) {
    all("img").forEach((image) => (image.loading = "eager"));
    await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  }
  const article = "article.bd-article ";
  const drawn = all(article + "[role=img], " + article + ".drawing");
  return {
    links: all("a[href]").length,
    images: [...document.images].filter((image) => !image.closest("[aria-hidden]")).map((image) => [image.getAttribute("src"), image.alt, image.naturalWidth]),
    labels: drawn.filter((e) => !e.closest("[aria-hidden=true]")).map((e) => e.getAttribute("aria-label") || ""),
    figures: all(article + "figure.described").map((figure) => {
      const picture = figure.querySelector("img, svg.chart, .drawing");
      const caption = figure.querySelector("figcaption");
      if (!picture || !caption) return null;
      const [above, below] = [picture.getBoundingClientRect(), caption.getBoundingClientRect()];
      return {
        words: caption.textContent.trim(),
        own: picture.alt ?? picture.getAttribute("aria-label"),
        shown: below.height > 10 && above.height > 10 && below.top >= above.bottom - 1,
      };
    }),
    counts: ["img", "svg.chart", ".drawing:not(.drawing .drawing)", "table", ".widget"].map(
      (kind) => all(article + kind).filter((e) => kind === ".widget" || !e.closest(".widget, .lab, .on-narrow, .maps")).length,
    ),
    width: document.documentElement.scrollWidth,
    theme: document.documentElement.dataset.theme,
    ink: all("svg.chart text").map((text) => colour(getComputedStyle(text).fill)),
    paper: all(".cell_output .text_html")
      .filter((box) => box.querySelector("svg"))
      .map((box) => getComputedStyle(box).backgroundColor),
    inline: all("*").filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length,
  };
}"""


@pytest.mark.parametrize("path", PAGES)
def test_page_is_quiet_complete_and_described(visit, path):
    page = visit(path)
    read = page.evaluate(READ, True)
    assert read["links"] > 5 and read["inline"] == 0
    assert [src for src, _, width in read["images"] if not width] == []
    assert [alt for _, alt, _ in read["images"] if len(alt) <= 20 or alt.endswith((".png", ".webp", ".jpg"))] == []
    assert [label for label in read["labels"] if len(label) <= 20] == []
    for figure in read["figures"]:
        assert figure and figure["shown"] and len(figure["words"]) > 20, figure
        assert figure["words"] != figure["own"], figure  # heard twice
    name = path.removeprefix("book/").removesuffix(".html")
    assert tuple(read["counts"]) == FIGURES.get(name, (0, 0, 0, 0, 0))
    assert page.wrong == []


# the letters of every figure as they are shown: an SVG's are as large as it is drawn
LETTERS = """() => {
  document.querySelectorAll("details").forEach((fold) => (fold.open = true));
  document.querySelectorAll(".toggle-hidden").forEach((fold) => fold.classList.remove("toggle-hidden"));
  const texts = document.createTreeWalker(document.querySelector("article.bd-article"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const [text, element] = [texts.currentNode.data.trim(), texts.currentNode.parentElement];
    const drawn = element.closest("svg, .drawing, figure, .widget") && !element.closest("style, script, title, desc");
    if (!text || !drawn || !element.checkVisibility()) continue;
    const matrix = element instanceof SVGElement ? element.getScreenCTM() : { a: 1, b: 0 };
    const size = parseFloat(getComputedStyle(element).fontSize) * Math.hypot(matrix.a, matrix.b);
    found.push([size, text.slice(0, 30)]);
  }
  return found;
}"""


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_letters_in_figures_can_be_read(visit, path, width):
    found = visit(path, width=width).evaluate(LETTERS)
    assert [text for text in found if text[0] < 11] == []


# figures that scroll sideways; networks drawn block by block may
SCROLLS = """() => {
  document.querySelectorAll("details").forEach((fold) => (fold.open = true));
  document.querySelectorAll(".toggle-hidden").forEach((fold) => fold.classList.remove("toggle-hidden"));
  const boxes = [...document.querySelectorAll("article.bd-article :is(.drawing, .scrolls, .on-narrow, figure.described)")];
  const wide = boxes.filter((box) => box.checkVisibility() && !box.matches(".scrolls:has(table)"));
  return wide
    .filter((box) => box.scrollWidth - box.clientWidth > 1 && !box.closest(".widget") && !box.querySelector(".network"))
    .map((box) => (box.getAttribute("aria-label") || box.id || box.textContent).slice(0, 60));
}"""
# every picture has one text: of two forms one is there
FORMS = """() => [...document.querySelectorAll("article.bd-article .on-wide")].map((wide) =>
  [wide, wide.nextElementSibling].filter((form) => form.checkVisibility()).map((form) => form.className).join())"""


@pytest.mark.parametrize("path", PAGES)
def test_figures_fit_a_phone_without_scrolling(visit, path):
    page = visit(path, width=360)
    assert page.evaluate(SCROLLS) == []
    assert set(page.evaluate(FORMS)) <= {"on-narrow"}
    page.set_viewport_size({"width": 1280, "height": 900})
    assert set(page.evaluate(FORMS)) <= {"on-wide"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PAGES, "genindex.html", "py-modindex.html", "search.html?q=padding"])
def test_page_fits_a_phone(visit, path, scheme):
    page = visit(path, width=360, scheme=scheme)
    read = page.evaluate(READ, False)
    assert read["width"] <= 360 and read["theme"] == scheme
    if scheme == "dark":
        assert [ink for ink in read["ink"] if min(ink[:3]) <= 150] == [], "dark letters on dark paper"
        assert set(read["paper"]) <= {"rgba(0, 0, 0, 0)"}, "a white box"
    assert page.wrong == []


def test_formulas_are_html_with_mathml(visit):
    page = visit("book/convolution.html")
    assert page.locator(".katex-html").count() == page.locator("math").count() > 1
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Main'))")


def test_pages_work_from_a_folder(visit):
    page = visit("book/first-layer.html", base=SITE.as_uri())
    assert page.locator("img.pixels").first.evaluate("i => getComputedStyle(i).imageRendering") == "pixelated"
    assert page.wrong == []


def test_the_front_page_leads_to_the_book(visit):
    """At once, with an icon: without one browsers ask for /favicon.ico, and get 404."""
    front = (SITE / "index.html").read_text(encoding="utf-8")
    assert '<link rel="icon" href="_static/favicon.svg" />' in front and (SITE / "_static/favicon.svg").exists()
    page = visit("index.html")
    page.wait_for_url("**/book/index.html")
    page.wait_for_load_state()
    assert page.wrong == []


def test_one_box_shows_the_code_that_checks_the_slides(visit):
    page = visit("book/from-the-slides.html")
    code = page.locator(".tag_code-on-request .cell_input")
    assert code.count() >= 13 and not any(each.is_visible() for each in code.all())
    assert page.locator("details.above-input").count() == 0
    page.get_by_label("Show the code that checks the slides").check()
    assert all(each.is_visible() for each in code.all())


def test_printing_is_asked_for(visit):
    page = visit("book/pooling.html")
    page.evaluate("window.print = () => (window.printed = true)")
    page.locator("summary", has_text="Download this page").click()
    page.locator(".btn-download-pdf-button").click()
    assert page.evaluate("window.printed") and page.url.endswith("pooling.html")


def test_the_menu_of_a_page_opens_and_closes_and_has_its_icons(visit):
    page = visit("book/pooling.html")
    menu, words = page.locator(".page-menu"), page.locator("summary", has_text="Download this page")
    words.focus()
    page.keyboard.press("Enter")
    icons = menu.locator("i").evaluate_all("all => all.map((icon) => getComputedStyle(icon).maskImage)")
    assert len(icons) == len(set(icons)) == 5 and "none" not in icons
    for leave in (lambda: page.keyboard.press("Escape"), lambda: page.locator("article h1").click()):
        assert menu.get_attribute("open") is not None and menu.locator("a").first.is_visible()
        leave()
        assert menu.get_attribute("open") is None
        words.click()
    assert page.evaluate("document.activeElement.matches('.page-menu > summary')") and page.wrong == []


def test_a_wide_formula_starts_at_its_left_end(visit):
    page = visit("book/convolution.html", width=360)
    starts = page.evaluate(
        "[...document.querySelectorAll('div.math')].map(m => m.querySelector('.katex-html').getBoundingClientRect().left"
        " - m.getBoundingClientRect().left)"
    )
    assert starts and min(starts) >= 0, starts
