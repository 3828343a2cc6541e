"""What a widget shows, read from its page: for many states in one call, since each call to a browser takes time."""

import base64
import io
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from urllib.parse import unquote, urlparse

import numpy as np
from PIL import Image

from insidecnn.figures import grids
from tests.site.conftest import SITE

# (element, {texts, attributes}) -> all that is shown; `texts` names selectors whose texts are wanted,
# `attributes` names selectors with the attributes of theirs that are wanted; `said` is what is wrong, if anything is
READ = """(e, { texts = {}, attributes = {} }) => {
  const all = (selector, f) => [...e.querySelectorAll(selector)].map(f);
  const text = (node) => node.textContent.replaceAll("\\u00a0", " ");
  const each = (given, f) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, f(value)]));
  const name = (input) => input.getAttribute("aria-label")
    ?? input.closest("label").querySelector("span").firstChild.textContent;
  const value = (input) => (["checkbox", "radio"].includes(input.type) ? input.checked : input.value);
  const inputs = [...e.querySelectorAll("input, select")].filter((input) => !input.closest("table"));
  const said = e.querySelector(".said");
  const errors = all(".error", text);
  return {
    result: e.result && JSON.parse(JSON.stringify(e.result, (_, v) => (typeof v === "bigint" ? String(v) : v))),
    said: errors.join(" ") || text(said),
    wrong: errors.length > 0,
    spoken: said.getAttribute("role") === "status" && said.getAttribute("aria-live") !== "off",
    code: all("code", text).join(),
    link: e.querySelector(".foot a").getAttribute("href"),
    fields: Object.fromEntries(inputs.map((input) => [name(input), value(input)])),
    invalid: inputs.filter((input) => input.hasAttribute("aria-invalid")).map(name),
    steps: all(".stepper input", (slider) => [slider.value, slider.max, slider.getAttribute("aria-valuetext")])[0],
    signs: all(".joint", text),
    arrays: Object.fromEntries(all("figure.array", (figure) => [
      text(figure.querySelector("figcaption")),
      [...figure.querySelectorAll("tr")].map((row) => [...row.children].map((cell) =>
        [cell.querySelector("input")?.value ?? text(cell), cell.className.trim().split(/\\s+/).sort().join(" ")])),
    ])),
    texts: each(texts, (selector) => all(selector, text)),
    attributes: each(attributes, ([selector, ...names]) =>
      all(selector, (node) => names.map((each) => node.getAttribute(each)))),
  };
}"""


def shown(element, texts=None, attributes=None) -> dict:
    """All that the widget shows."""
    return element.evaluate(
        f"(e, wanted) => ({READ})(e, wanted)", {"texts": texts or {}, "attributes": attributes or {}}
    )


def errors(element) -> list[str]:
    """What is wrong, in the order in which it stands there; each is what its field is described by."""
    assert element.evaluate("""e => [...e.querySelectorAll("[aria-invalid]")].every((field) =>
      e.ownerDocument.getElementById(field.getAttribute("aria-describedby"))?.checkVisibility())""")
    return element.locator(".error").all_inner_texts()


def in_states(element, states: list[dict], texts=None, attributes=None) -> list[dict]:
    """All that the widget shows in each of the states, with ``taken``: whether it takes that state."""
    wanted = {"texts": texts or {}, "attributes": attributes or {}}
    return element.evaluate(
        f"(e, [states, wanted]) => states.map((state) => ({{ taken: e.set(state), ...({READ})(e, wanted) }}))",
        [states, wanted],
    )


def at_links(element, fragments: list[str]) -> list[dict]:
    """All that the widget shows behind each of the links, followed one after the other in the open page."""
    return element.evaluate(
        f"""async (e, fragments) => {{
          const found = [];
          for (const fragment of fragments) {{
            const followed = new Promise((resolve) => addEventListener("hashchange", resolve, {{ once: true }}));
            location.hash = fragment;
            await followed;
            found.push(({READ})(e, {{}}));
          }}
          return found;
        }}""",
        fragments,
    )


def number(value: float, digits: int = 3) -> str:
    """A number as the widgets write it: at most ``digits`` decimals, halves away from zero, a real minus sign."""
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{rounded.normalize() + 0:f}".replace("-", "−")


def total(values) -> str:
    """A sum as it is written on paper: ``3 − 2 + 1``."""
    return " + ".join(number(value) for value in values).replace("+ −", "− ")


def classes(*names: str) -> str:
    return " ".join(sorted(filter(None, names)))


def width(text: str) -> str:
    """The class of a cell whose text is long."""
    return "long" if len(text) > 4 else "wide" if len(text) > 3 else ""


def in_table(rows, border=0, size=None, largest=None, marked=lambda r, c: ""):
    """The cells of a table of numbers: text and classes."""
    largest = largest or max(abs(value) for row in rows for value in row if value is not None)
    height, across = size or (len(rows) - 2 * border, len(rows[0]) - 2 * border)

    def cell(r, c, value):
        inner = border <= r < border + height and border <= c < border + across
        text = "" if value is None else number(value, 2)
        colour = "empty" if value is None else grids.shade(value, largest) if isfinite(value) else "zero"
        return [text, classes(colour, "" if inner else "border", width(text), marked(r, c))]

    return [[cell(r, c, value) for c, value in enumerate(row)] for r, row in enumerate(rows)]


def file(address: str) -> bytes:
    """A picture of a page: inside its address, or a file of the site."""
    if address.startswith("data:"):
        return base64.b64decode(address.split(",", 1)[1])
    return (SITE / "_images" / unquote(urlparse(address).path).rpartition("/")[2]).read_bytes()


def pixels(address: str) -> np.ndarray:
    """The same as (H, W, 3) uint8."""
    return np.array(Image.open(io.BytesIO(file(address))).convert("RGB"))


def loaded(widget, sprite: str) -> None:
    """Wait until a widget in view has the picture with its frames."""
    widget.scroll_into_view_if_needed()
    widget.locator("[role=img][style*=background-image]").first.wait_for()
    widget.evaluate("(e, src) => Object.assign(new Image(), { src }).decode()", sprite)
