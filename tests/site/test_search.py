"""The search in a browser: what it finds first, what it loads for it, and that it works from a folder and by keys."""

import pytest

from tests.site.conftest import SITE

WANTED = {  # a question, and the place that is wanted first
    "receptive field": "alexnet.html#how-much-does-a-cell-see",
    "recepti": "alexnet.html#how-much-does-a-cell-see",
    "how much does a cell see": "alexnet.html#how-much-does-a-cell-see",
    "padding": "convolution-settings.html#padding-a-border-of-zeros",
    "stride": "convolution-settings.html#stride-every-second-window",
    "dilation": "convolution-settings.html#dilation-gaps-in-the-filter",
    "groups": "convolution-settings.html#groups-layers-side-by-side",
    "output size": "convolution-settings.html#how-large-is-the-map",
    "output_size": "api.html#insidecnn.arithmetic.output_size",
    "max pooling": "deeper-layers.html#max-pooling",
    "shift invariance": "pooling.html#invariance-measured",
    "softmax": "regression-and-classification.html#logits-softmax-cross-entropy",
    "cross entropy": "regression-and-classification.html#logits-softmax-cross-entropy",
    "Mini-Batches": "regression-and-classification.html#mini-batches",
    "overfitting": "regression-and-classification.html#did-it-learn-or-remember",
    "relu": "regression-and-classification.html#why-a-network-needs-a-relu",
    "dropout": "classifier.html#break-it-forget-eval",
    "flatten": "classifier.html#flatten",
    "average precision": "detection.html#how-good-is-it-average-precision",
    "grad-cam": "what-it-looked-at.html#four-maps",
    "LeNet": "families.html#lenet-5-as-in-the-paper",
    "normalize": "image-to-tensor.html#the-four-steps",
    "normalise": "image-to-tensor.html#the-four-steps",
    "fine-tune": "transfer.html#frozen-fine-tuned-or-from-scratch",
    "lab own network": "lab.html#your-own-network",
    "backpropagation": "glossary.html#term-backpropagation",
    "BGR": "glossary.html#term-BGR",
}
FIRST = """async (question) => {
  const { about, numbers } = await insidecnnSearch.find(question);
  return numbers.map((n) => `${about.pages[about.entries[n][0]][0]}#${about.entries[n][1]}`);
}"""


@pytest.mark.parametrize("question", WANTED)
def test_the_place_that_is_wanted_comes_first(visit, question):
    found = visit("search.html").evaluate(FIRST, question)
    assert found[0] == f"book/{WANTED[question]}", found[:5]


@pytest.mark.parametrize("question", ["receptive field", "padding", "max pooling", "lab own network", "con"])
def test_a_question_loads_little(visit, question):
    page = visit("search.html")
    asked = set()
    page.on("request", lambda request: asked.add(request.url.split("/_static/")[-1].split("?")[0]))
    page.goto(f"{page.own[0]}/search.html?q={question}")
    page.wait_for_selector("#search-results li")
    sizes = {name: (SITE / "_static" / name).stat().st_size for name in asked if name.startswith("search")}
    assert len(sizes) > 3 and sum(sizes.values()) <= 120_000, sizes  # as they are, not compressed
    assert page.wrong == []


def test_every_title_finds_its_place(visit):
    page = visit("search.html")
    missed = page.evaluate(
        """async () => {
          const { about } = await insidecnnSearch.find("pooling");
          const missed = [];
          for (const [n, [, , title]] of about.entries.entries()) {
            const { words, numbers } = await insidecnnSearch.find(title);
            if (words.length && !numbers.includes(n)) missed.push(title);
          }
          return [about.entries.length, missed];
        }"""
    )
    assert missed[0] > 400 and missed[1] == []


@pytest.mark.parametrize("base", [None, SITE.as_uri()], ids=["served", "from a folder"])
def test_results_show_title_chapter_and_text(visit, base):
    page = visit("search.html?q=receptive+field", base=base)
    page.wait_for_selector("#search-results li")
    first = page.locator("#search-results li").first
    assert first.locator(".search-title").inner_text() == "How much does a cell see?"
    assert first.locator(".search-page").inner_text().startswith("AlexNet")
    line = first.locator(".search-text")
    assert line.locator("mark").all_inner_texts()[:2] == ["receptive", "field"] and len(line.inner_text()) < 260
    assert "place" in page.locator(".search-summary[role=status]").inner_text()
    first.locator("a").click()
    page.wait_for_url("**/book/alexnet.html#how-much-does-a-cell-see")
    assert page.wrong == []


def test_it_works_by_keys_alone(visit):
    page = visit("search.html")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("pooling")
    page.wait_for_selector("#search-results li:nth-child(10)")
    page.keyboard.press("Enter")
    assert page.url.endswith("?q=pooling") and page.title().startswith("pooling")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('li') === document.querySelector('#search-results li')")
    page.locator(".search-more").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li:nth-child(11)")
    page.wait_for_function(
        "document.activeElement.closest('li') === document.querySelectorAll('#search-results li')[10]"
    )
    page.locator(".bd-search-container input").fill("zyzzyva")
    page.wait_for_function("document.querySelector('.search-summary').textContent.startsWith('Nothing')")
    assert page.locator("#search-results li").count() == 0 and page.locator(".search-more").is_hidden()
    assert page.wrong == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_icon_does_not_lie_on_the_text(visit, width):
    page = visit("search.html?q=padding", width=width)
    icon = page.locator(".bd-search-container form i").bounding_box()
    start = page.locator(".bd-search-container input").evaluate(
        "i => i.getBoundingClientRect().left + parseFloat(getComputedStyle(i).paddingLeft)"
    )
    assert icon["width"] > 8 and icon["x"] + icon["width"] < start
