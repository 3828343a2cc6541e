"""Charts by matplotlib, as SVG in the page: sharp, small, and in the page's colours, light or dark.

matplotlib draws with four marker colours; the SVG names the page's own colours in their place. Each chart has a second
form for narrow pages, of the same data: as wide as a phone, the legend above, long names above their bars.
"""

import html
import io
import re
from collections.abc import Callable
from contextlib import contextmanager
from textwrap import fill

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure  # not pyplot: importing this module leaves the reader's backend alone

MARKS = re.compile(r"<g(?P<group>[^>]*)>\n(?P<marks>(?:<use [^>]*/>\n)+)</g>")
LOOK = re.compile(r' style="[^"]*"')
NARROW = 3.4  # inches: 326 pixels, the text of a phone's page
LONG = 11  # letters of a name that on a narrow page stands above its bar
TEXT, FAINT = "#010203", "#040506"
SERIES = ("#0a0b01", "#0a0b02", "#0a0b03", "#0a0b04")
COLOURS = {
    TEXT: "currentColor",
    FAINT: "var(--pst-color-border, #999)",
    SERIES[0]: "var(--chart-1, #0b63b5)",
    SERIES[1]: "var(--chart-2, #b34700)",
    SERIES[2]: "var(--chart-3, #00785a)",
    SERIES[3]: "var(--chart-4, #8e3a8e)",
}
STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": TEXT, "axes.labelcolor": TEXT, "axes.edgecolor": TEXT, "xtick.color": TEXT, "ytick.color": TEXT,
    "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "grid.color": FAINT, "grid.linewidth": 0.5, "axes.axisbelow": True,
    "legend.frameon": False, "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
    "axes.prop_cycle": matplotlib.cycler(color=SERIES),
}  # fmt: skip


class Chart:
    """A chart as SVG, wide and narrow, with its words.

    Args:
        draw: draws on axes; its second argument is whether the page is narrow.
        height: in inches, of the wide form and of the narrow one.
    """

    def __init__(self, draw: Callable[[Axes, bool], None], alt: str, height: tuple[float, float] = (3.0, 2.9)):
        self.alt = alt
        with axes(height=height[0]) as (figure, ax):
            draw(ax, False)
            self.svg = written(figure, alt, alt, bbox_inches="tight")
        with axes(NARROW, height[1]) as (figure, ax):
            draw(ax, True)
            ax.set_xlabel(fill(ax.get_xlabel(), 38), loc="right")
            ax.set_ylabel(fill(ax.get_ylabel(), 28))
            if legend := ax.get_legend():
                names = [text.get_text() for text in legend.get_texts()]
                columns = 2 if max(map(len, names)) < 12 else 1
                ax.legend(
                    loc="lower left",
                    bbox_to_anchor=(0, 1),
                    ncols=columns,
                    borderaxespad=0.2,
                    borderpad=0.2,
                    handlelength=1.4,
                )
            self.narrow = written(figure, alt, f"{alt} narrow")

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"text/html": self.svg, "text/plain": f"<chart: {self.alt}>"}
        return data, {"text/html": {"narrow": self.narrow}}


def written(figure: Figure, alt: str, salt: str, **settings) -> str:
    """A figure as SVG; with another ``salt`` it has names that no other chart on the page has."""
    file = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": salt}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None}, **settings)
    svg = file.getvalue()[file.getvalue().index("<svg") :]
    for marker, colour in COLOURS.items():
        svg = svg.replace(marker, colour)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font-size: \1", svg)  # not the builder's fonts
    svg = re.sub(r" font-family: [^;\"]*;", "", svg)
    words = f'<svg class="chart" role="img" aria-label="{html.escape(alt)}" font-family="sans-serif" '
    return MARKS.sub(together, re.sub(r"\n\s*", "\n", re.sub(r"<[^>]+>", smaller, svg))).replace("<svg ", words, 1)


def smaller(tag: re.Match) -> str:
    """A tag with its numbers to a tenth of a pixel and no turns by nothing; what a group is, is its class."""
    text = re.sub(r' transform="rotate\(-0 [^"]*"', "", tag[0])
    text = re.sub(r'<g id="(.*?)_\d+"', r'<g class="\1"', text)
    return re.sub(r"\d+\.\d{2,}", lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), text)


def together(group: re.Match) -> str:
    """A group of marks; what they look like is said once, if it is the same."""
    looks = set(LOOK.findall(group["marks"]))
    if len(looks) != 1 or "style=" in group["group"]:
        return group[0]
    return f"<g{group['group']}{looks.pop()}>\n{LOOK.sub('', group['marks'])}</g>"


@contextmanager
def axes(width: float = 5.6, height: float = 3.0):
    """A figure and its axes in the book's style: ``with axes() as (figure, ax): …``"""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots()


def name_rows(ax: Axes, names: list[str]) -> None:
    """Names above their rows instead of beside them, on a narrow page."""
    ax.set_yticks(range(len(names)), [""] * len(names))
    ax.tick_params(axis="y", length=0, pad=0)
    for row, name in enumerate(names):
        ax.annotate(name, (0, row - 0.03), (1, 0), ("axes fraction", "data"), "offset points", va="bottom")
    ax.set_ylim(len(names) - 0.4, -0.65)


def bars(
    names: list[str], values: list[float], alt: str, label: str, form: str = "{:,.0f}", log: bool = False
) -> Chart:
    """Horizontal bars, the first on top, each with its number; with ``log`` each step of the axis is ten times."""
    long = max(map(len, names)) > LONG

    def draw(ax: Axes, narrow: bool) -> None:
        above = narrow and long
        rows = [row + 0.2 for row in range(len(names))] if above else names
        drawn = ax.barh(rows, values, 0.36 if above else 0.8, log=log)
        ax.bar_label(drawn, [form.format(value) for value in values], padding=3, color=TEXT)
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(label)
        ax.margins(x=0.15)
        if above:
            name_rows(ax, names)

    return Chart(draw, alt, (0.4 + 0.32 * len(names), 0.45 + (0.42 if long else 0.3) * len(names)))


def dots(groups: dict[str, list[float]], alt: str, label: str) -> Chart:
    """A row of dots for each group, the first on top, with a short line at its mean."""
    long = max(map(len, groups)) > LONG

    def draw(ax: Axes, narrow: bool) -> None:
        down = 0.26 if narrow and long else 0
        for row, values in enumerate(groups.values()):
            at = row + down
            ax.plot([sum(values) / len(values)], [at], "|", markersize=14, markeredgewidth=2, color=SERIES[1])
            ax.plot(values, [at] * len(values), "o", markersize=6, color=SERIES[0], alpha=0.7)
        ax.set_yticks(range(len(groups)), groups)
        ax.set(xlabel=label, ylim=(len(groups) - 0.5, -0.5))
        if down:
            ax.grid(axis="y", visible=False)
            name_rows(ax, list(groups))

    return Chart(draw, alt, (0.6 + 0.32 * len(groups), 0.6 + (0.5 if long else 0.32) * len(groups)))


def lines(x, series: dict[str, list[float]], alt: str, xlabel: str, ylabel: str, ylim=None) -> Chart:
    """Lines over a common axis, named at a legend."""

    def draw(ax: Axes, narrow: bool) -> None:
        for name, values in series.items():
            ax.plot(x, values, label=name)
        ax.set(xlabel=xlabel, ylabel=ylabel, ylim=ylim)
        ax.legend()

    return Chart(draw, alt)


def points(x, y, curves: dict[str, tuple], alt: str, xlabel: str, ylabel: str) -> Chart:
    """Dots of data, and named curves (x, y) through them."""

    def draw(ax: Axes, narrow: bool) -> None:
        ax.plot(x, y, "o", markersize=3, color=TEXT, alpha=0.35)
        for name, (places, values) in curves.items():
            ax.plot(places, values, label=name, linewidth=2)
        ax.set(xlabel=xlabel, ylabel=ylabel)
        if curves:
            ax.legend()

    return Chart(draw, alt)
