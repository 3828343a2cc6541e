"""The front page: its figure, its button, its map of all chapters; and what is there of a page before it is opened."""

import io
import re
import xml.etree.ElementTree as ET

import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image

from booksite import head, way
from tests.site.conftest import SITE

ROOT = SITE.parents[1]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
CHAPTERS = [f"{each['file']}.html" for part in TOC["parts"] for each in part["chapters"]]
FRONT = f"{TOC['root']}.html"
SVG = (ROOT / "book/_static/favicon.svg").read_text(encoding="utf-8")


def test_the_figure_is_whole_without_a_script(browser, origin):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{origin}/{FRONT}")
    figure = page.locator(".forward-pass")
    images = figure.locator("img")
    assert images.count() == 1 + 5 * 3 and all(len(each.get_attribute("alt")) > 20 for each in images.all())
    assert len(figure.locator("..").get_attribute("aria-label")) > 100
    shares = [float(each.rstrip("%")) for each in figure.locator(".answer b").all_inner_texts()]
    assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 100
    assert figure.locator("button, input").count() == 0
    box = figure.bounding_box()
    assert box["y"] + box["height"] < 900, "not in the first view"
    context.close()


@pytest.mark.parametrize("width", [1280, 768, 360])
def test_a_map_is_laid_over_the_photograph(visit, width):
    page = visit(FRONT, width=width)
    figure = page.locator(".forward-pass")
    assert figure.locator("input").count() == 15
    figure.locator("label").nth(4).click()
    over = figure.locator(".over")
    source = figure.locator(".maps img").nth(4).evaluate("e => e.src")
    assert source in over.evaluate("e => e.style.backgroundImage")
    assert figure.locator(".said").inner_text().startswith("conv2, channel ")
    page.keyboard.press("ArrowDown")
    assert figure.locator(".maps img").nth(5).evaluate("e => e.src") in over.evaluate("e => e.style.backgroundImage")
    photo, laid = figure.locator(".photo").bounding_box(), over.bounding_box()
    assert photo["width"] == pytest.approx(photo["height"], abs=1)
    assert 0.9 < laid["width"] / photo["width"] <= 1 and laid["x"] >= photo["x"]  # each cell where it looks
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.wrong == []


def test_it_plays_and_pauses(visit):
    page = visit(FRONT)
    figure = page.locator(".forward-pass")
    figure.get_by_role("button", name="Pause").wait_for()
    figure.locator(".layers .now").wait_for(timeout=8000)
    figure.get_by_role("button", name="Pause").click()
    assert figure.locator(".waits").count() == 0 and figure.get_by_role("button", name="Play").count() == 1


def test_it_rests_where_motion_is_not_wanted(browser, origin):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{origin}/{FRONT}")
    page.get_by_role("button", name="Play layer by layer").wait_for()
    page.wait_for_timeout(2000)
    assert page.locator(".forward-pass :is(.waits, .now)").count() == 0
    context.close()


def test_the_button_leads_to_the_lab(visit):
    page = visit(FRONT, width=360)
    page.get_by_role("link", name="Try your photo").click()
    page.wait_for_url("**/book/lab.html")


@pytest.mark.parametrize("width", [1280, 360])
def test_the_map_has_every_chapter(visit, width):
    page = visit(FRONT, width=width)
    links = page.locator("nav.way a").evaluate_all("links => links.map(a => a.href)")
    assert sorted(f"book/{link.rsplit('/', 1)[1]}" for link in links) == sorted(CHAPTERS)
    tops = page.locator("nav.way .station").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len(set(tops)) == (len(tops) if width == 360 else 2)  # on a phone one below the other


def test_a_chapter_that_no_place_names_follows_its_predecessor():
    places = [("tensor", "A", ["one"]), ("uses", "B", ["four", "three"])]
    found = way.complete(places, ["one", "two", "three", "new", "four"])
    assert [names for *_, names in found] == [["one", "two"], ["four", "three", "new"]]
    with pytest.raises(ValueError, match="no chapter five"):
        way.complete([("uses", "B", ["five"])], ["one"])


@pytest.mark.parametrize("path", [FRONT, "book/pooling.html", "index.html"])
def test_a_shared_link_shows_a_card(path):
    page = BeautifulSoup((SITE / path).read_text(encoding="utf-8"), "html.parser")
    said = {tag.get("property") or tag.get("name"): tag["content"] for tag in page.select("meta[content]")}
    assert said["og:title"] in page.title.text and said["description"] == said["og:description"] and said["og:type"]
    assert 20 < len(said["description"]) <= head.LONGEST + 100 and said["twitter:card"] == "summary_large_image"
    base = said.get("og:url", "").removesuffix(FRONT if path == "index.html" else path)
    assert said["og:image"].startswith(base or ("_static/" if path == "index.html" else "../_static/"))
    file = SITE / head.CARD
    assert said["og:image"].endswith(head.CARD)
    assert Image.open(file).size == (1200, 630) == (int(said["og:image:width"]), int(said["og:image:height"]))
    assert file.stat().st_size <= 100_000 and len(said["og:image:alt"]) > 20


@pytest.mark.parametrize("path", [FRONT, "genindex.html"])
def test_every_icon_is_there(visit, path):
    page = visit(path)
    icons = page.locator("link[rel~=icon], link[rel=apple-touch-icon]").evaluate_all("all => all.map(l => l.href)")
    answers = [page.request.get(icon) for icon in icons]
    assert len(answers) == 3 and all(each.ok for each in answers)
    sizes = {Image.open(io.BytesIO(each.body())).size for each in answers if not each.url.endswith(".svg")}
    assert sizes == {(32, 32), (180, 180)}


def test_what_needs_an_address_is_left_out_without_one():
    text = (SITE / FRONT).read_text(encoding="utf-8")
    known = 'rel="canonical"' in text
    assert (SITE / "sitemap.xml").exists() == known == ('property="og:url"' in text)


def test_the_sitemap_names_the_pages():
    found = ET.fromstring(head.sitemap("https://example.org/a&b/", ["book/index", "book/lab"], "2026-01-02"))
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    places = [each.text for each in found.iter(f"{space}loc")]
    assert places == ["https://example.org/a&b/book/index.html", "https://example.org/a&b/book/lab.html"]
    assert [each.text for each in found.iter(f"{space}lastmod")] == ["2026-01-02"] * 2


@pytest.mark.parametrize("base", ["", "/"])
def test_what_is_not_found_leads_back_from_any_depth(strict, origin, base):
    """Shown at a deep address it asks for nothing that is not there, under a strict policy too."""
    text = head.not_found(f"{origin}{base}" if base else "", "Inside a CNN", TOC["root"], SVG)
    asked = []
    strict.violations, strict.errors = [], []
    address = f"{origin}/book/no/such/page.html"
    strict.route(address, lambda route: route.fulfill(status=404, body=text, content_type="text/html"))
    strict.on("response", lambda response: asked.append((response.url, response.status)))
    strict.goto(address)
    strict.evaluate("document.fonts.ready")
    assert {status for url, status in asked if url != address} <= {200}
    assert strict.violations + strict.errors == [] and strict.locator("h1").count() == 1
    if base:
        strict.get_by_role("searchbox").fill("padding")
        strict.keyboard.press("Enter")
        strict.wait_for_url("**/some/where/search.html?q=padding")
        strict.goto(address)
        strict.get_by_role("link", name="the front page").click()
        strict.wait_for_url(f"**/some/where/{FRONT}")
    else:
        assert strict.get_by_role("link").evaluate_all("all => all.map(a => a.href)") == [
            f"{origin}/book/no/such/",
            f"{origin}/book/no/",
            f"{origin}/book/",
        ]
    strict.unroute(address)


def test_the_built_page_for_what_is_not_found_is_that_one():
    text = (SITE / "404.html").read_text(encoding="utf-8")
    assert "<script" not in text and not re.search(r'(?:src|href)="(?!data:|/|\./"|(?:\.\./)+")', text)
