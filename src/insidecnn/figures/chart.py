"""Charts by matplotlib, as SVG in the page: sharp, small, and in the page's colours, light or dark.

matplotlib draws with four marker colours; the SVG names the page's own colours in their place.
"""

import html
import io
import re
from contextlib import contextmanager

import matplotlib
from matplotlib.figure import Figure  # not pyplot: importing this module leaves the reader's backend alone

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
    """A matplotlib figure as SVG, with its words."""

    def __init__(self, figure: Figure, alt: str):
        self.alt = alt
        file = io.StringIO()
        with matplotlib.rc_context({"svg.hashsalt": alt}):  # names that no other chart on the page has
            figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight")
        svg = file.getvalue()[file.getvalue().index("<svg") :]
        for marker, colour in COLOURS.items():
            svg = svg.replace(marker, colour)
        svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
        svg = re.sub(r"(font: [\d.]+px|font-family:) [^;\"]*", r"\1 sans-serif", svg)  # not the builder's fonts
        words = f'<svg class="chart" role="img" aria-label="{html.escape(alt)}" '
        self.svg = re.sub(r"\n\s*", "\n", svg).replace("<svg ", words, 1)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.svg, "text/plain": f"<chart: {self.alt}>"}


@contextmanager
def axes(width: float = 5.6, height: float = 3.0, columns: int = 1):
    """A figure and its axes in the book's style: ``with axes() as (figure, ax): …``"""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots(1, columns)


def bars(
    names: list[str], values: list[float], alt: str, label: str, form: str = "{:,.0f}", log: bool = False
) -> Chart:
    """Horizontal bars, the first on top, each with its number; with ``log`` each step of the axis is ten times."""
    with axes(height=0.4 + 0.32 * len(names)) as (figure, ax):
        drawn = ax.barh(names, values, log=log)
        ax.bar_label(drawn, [form.format(value) for value in values], padding=3, color=TEXT)
        ax.invert_yaxis()
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(label)
        ax.margins(x=0.15)
        return Chart(figure, alt)


def dots(groups: dict[str, list[float]], alt: str, label: str) -> Chart:
    """A row of dots for each group, the first on top, with a short line at its mean."""
    with axes(height=0.6 + 0.32 * len(groups)) as (figure, ax):
        for row, values in enumerate(groups.values()):
            ax.plot([sum(values) / len(values)], [row], "|", markersize=14, markeredgewidth=2, color=SERIES[1])
            ax.plot(values, [row] * len(values), "o", markersize=6, color=SERIES[0], alpha=0.7)
        ax.set_yticks(range(len(groups)), groups)
        ax.set(xlabel=label, ylim=(len(groups) - 0.5, -0.5))
        return Chart(figure, alt)


def lines(x, series: dict[str, list[float]], alt: str, xlabel: str, ylabel: str, ylim=None) -> Chart:
    """Lines over a common axis, named at a legend."""
    with axes() as (figure, ax):
        for name, values in series.items():
            ax.plot(x, values, label=name)
        ax.set(xlabel=xlabel, ylabel=ylabel, ylim=ylim)
        ax.legend()
        return Chart(figure, alt)


def points(x, y, curves: dict[str, tuple], alt: str, xlabel: str, ylabel: str) -> Chart:
    """Dots of data, and named curves (x, y) through them."""
    with axes() as (figure, ax):
        ax.plot(x, y, "o", markersize=3, color=TEXT, alpha=0.35)
        for name, (places, values) in curves.items():
            ax.plot(places, values, label=name, linewidth=2)
        ax.set(xlabel=xlabel, ylabel=ylabel)
        if curves:
            ax.legend()
        return Chart(figure, alt)
