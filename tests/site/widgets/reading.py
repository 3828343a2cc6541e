"""What a widget shows, read from its page: for many states in one call, since each call to a browser takes time."""

from decimal import ROUND_HALF_UP, Decimal
from math import isfinite

from insidecnn.figures import grids

# (element, {texts, attributes}) -> all that is shown; `texts` names selectors whose texts are wanted,
# `attributes` names selectors with the attributes of theirs that are wanted
READ = """(e, { texts = {}, attributes = {} }) => {
  const all = (selector, f) => [...e.querySelectorAll(selector)].map(f);
  const text = (node) => node.textContent.replaceAll("\\u00a0", " ");
  const each = (given, f) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, f(value)]));
  const name = (input) => input.getAttribute("aria-label")
    ?? input.closest("label").querySelector("span").firstChild.textContent;
  const value = (input) => (["checkbox", "radio"].includes(input.type) ? input.checked : input.value);
  const inputs = [...e.querySelectorAll("input, select")].filter((input) => !input.closest("table"));
  const said = e.querySelector(".said");
  return {
    result: e.result && JSON.parse(JSON.stringify(e.result, (_, v) => (typeof v === "bigint" ? String(v) : v))),
    said: text(said),
    wrong: said.classList.contains("wrong"),
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
