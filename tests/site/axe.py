"""axe-core, which finds what keeps people with screen readers, keyboards or weak sight out of a page."""

from importlib.resources import files

SOURCE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RUN = """() => axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.flatMap(
  ({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
    `${id}: ${target.join(" ")}: ${[...any, ...all, ...none][0]?.message ?? ""}`)))"""


def findings(page) -> list[str]:
    """What axe finds on a page as it stands: the rule, the element and what is wrong, a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SOURCE)
    return page.evaluate(RUN)
