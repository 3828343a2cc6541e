"""Nothing is cut without a sign: what is wider than its place breaks, or scrolls, can be reached, and shows that it does."""

from collections import Counter

import pytest

from tests.site.test_site import PAGES

WIDTHS = (360, 640, 768, 1280)  # 640 is 1280 at 200 %
ALL = [*PAGES, "genindex.html", "search.html?q=padding"]

# [what is wrong, the element, its first words] for all that is cut; navigation at the side scrolls as in every book
CUT = r"""async () => {
  document.querySelectorAll("details").forEach((fold) => (fold.open = true));
  document.querySelectorAll(".toggle-hidden").forEach((fold) => fold.classList.remove("toggle-hidden"));
  await document.fonts.ready;
  // the side bars move to the new width, and widgets draw for theirs
  const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await frames();
  const moving = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
  await Promise.all(moving.map((animation) => animation.finished.catch(() => null)));
  await frames();
  const found = [];
  const focusable = "a[href], button, input, select, summary, [tabindex='0']";
  const clips = (overflow) => overflow === "hidden" || overflow === "clip";
  const words = (element) => (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
  const name = (element) => [element.localName, ...element.classList].join(".");
  const note = (what, element) => found.push([what, `${name(element.parentElement)} > ${name(element)}`, words(element)]);
  const isClear = (colour) => colour === "transparent" || /, 0\)$/.test(colour);

  // what lies over the shadow that a box paints behind its content
  const covers = (box) => {
    const edge = box.getBoundingClientRect().right - 8;
    return [...box.querySelectorAll("img, canvas, td, th, tr, thead, tbody, table")].some((element) => {
      const { left, right } = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      if (left > edge || right < edge || style.position === "sticky") return false;
      return ["img", "canvas"].includes(element.localName) || !isClear(style.backgroundColor);
    });
  };
  const shows = (box, style) =>
    style.maskImage.includes("gradient") || (style.backgroundImage.includes("gradient") && !covers(box));

  for (const element of document.querySelectorAll(".bd-main *, .bd-header-article *")) {
    const style = getComputedStyle(element);
    const svg = element.ownerSVGElement;
    if (svg || style.display === "inline" || style.display === "contents" || !element.checkVisibility()) continue;
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1 || element.closest(".bd-sidebar-secondary, .unseen")) continue;
    if (element.localName === "svg") {
      if (!clips(style.overflow)) continue;
      const outside = [...element.querySelectorAll("text")].filter((text) => {
        const own = text.getBoundingClientRect();
        return own.width && Math.max(box.left - own.left, own.right - box.right, box.top - own.top, own.bottom - box.bottom) > 2;
      });
      if (outside.length) note(`letters of a drawing outside of it: ${words(outside[0])}`, element);
      continue;
    }
    const wide = element.scrollWidth - element.clientWidth > 1;
    const high = element.scrollHeight - element.clientHeight > 2;
    if (wide && clips(style.overflowX)) note("cut at the side", element);
    if (high && clips(style.overflowY)) note("cut below", element);
    if (high && !clips(style.overflowY) && style.overflowY !== "visible") note("scrolls within the page", element);
    if (!wide || clips(style.overflowX)) continue;
    if (style.overflowX === "visible") {
      // its own words over what is beside it
      if ([...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())) note("sticks out", element);
      continue;
    }
    if (!shows(element, style)) note("scrolls without a sign", element);
    if (!element.matches(focusable) && !element.querySelector(focusable)) note("cannot be reached by keyboard", element);
  }
  return found;
}"""


@pytest.mark.parametrize("path", ALL)
def test_nothing_is_cut_without_a_sign(visit, path):
    page, found = visit(path), Counter()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found.update((width, *each) for each in page.evaluate(CUT))
    assert not found, found
