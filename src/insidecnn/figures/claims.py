"""What a deck of slides says, beside what runs: checked statements as blocks, and where each slide stands."""

import html
from collections import Counter
from dataclasses import dataclass

VERDICTS = {"slip": "Slip", "note": "Note", "right": "Right"}


@dataclass(frozen=True)
class Claim:
    """One statement of the deck."""

    slide: str  #: the slide's title
    says: object  #: the deck's value
    runs: object  #: what the arithmetic or PyTorch gives
    why: str = ""
    home: str = ""  #: where the book treats it: ``deeper-layers.html#max-pooling``
    note: bool = False  #: it holds as far as it goes, and needs a word more
    form: str = "{}"  #: how both values are written

    @property
    def verdict(self) -> str:
        """``"right"`` if both values are equal, else ``"slip"``; or ``"note"``."""
        return "note" if self.note else "right" if self.says == self.runs else "slip"


class Claims:
    """The statements on one topic, with their tally; shown as blocks, the right ones as a folded table."""

    def __init__(self, topic: str):
        self.topic = topic
        self.claims: list[Claim] = []

    def check(self, slide: str, says, runs, why: str = "", home: str = "", note: bool = False, form: str = "{}"):
        """Add a statement. Slips and notes must say why.

        Raises:
            ValueError: a slip or a note without its reason.
        """
        claim = Claim(slide, says, runs, why, home, note, form)
        if claim.verdict != "right" and not why:
            raise ValueError(f"{slide}: says {says!r}, runs {runs!r}; say why, in the argument of that name.")
        self.claims.append(claim)

    def count(self, verdict: str) -> int:
        """How many of ``"slip"``, ``"note"`` or ``"right"``."""
        return Counter(claim.verdict for claim in self.claims)[verdict]

    def _repr_mimebundle_(self, include=None, exclude=None):
        told = [claim for verdict in ("slip", "note") for claim in self.claims if claim.verdict == verdict]
        right = [claim for claim in self.claims if claim.verdict == "right"]
        blocks = "".join(block(claim) for claim in told)
        folded = ""
        if right:
            lines = "".join(f"<tr><td>{html.escape(c.slide)}</td><td>{code(c.says, c.form)}</td></tr>" for c in right)
            folded = (
                f"<details><summary>Checked and right: {len(right)}</summary>"
                f'<div class="scroll" tabindex="0" role="group" aria-label="{html.escape(self.topic)}: checked and right">'
                '<table class="dataframe"><thead><tr><th scope="col">slide</th><th scope="col">the deck says, and so '
                f"it runs</th></tr></thead><tbody>{lines}</tbody></table></div></details>"
            )
        markup = f'<link rel="stylesheet" href="../_static/claims.css"><div class="claims">{blocks}{folded}</div>'
        text = "\n".join(f"{c.verdict}: {c.slide}: {c.form.format(c.says)} | {c.form.format(c.runs)}" for c in told)
        return {"text/html": markup, "text/plain": f"{text}\nright: {len(right)}".strip()}


def code(value, form: str = "{}") -> str:
    return f"<code>{html.escape(form.format(value))}</code>"


def block(claim: Claim) -> str:
    """A slip or a note: the slide, what it says, what runs, why, and where to read on."""
    page = claim.home.split(".html")[0].replace("-", " ").replace("alexnet", "AlexNet")
    more = f' <a href="{html.escape(claim.home)}">Read on: {page}</a>' if claim.home else ""
    return (
        f'<div class="claim {claim.verdict}"><p class="slide"><strong>{VERDICTS[claim.verdict]}</strong> '
        f"on “{html.escape(claim.slide)}”</p><dl><dt>The deck</dt><dd>{code(claim.says, claim.form)}</dd>"
        f"<dt>What runs</dt><dd>{code(claim.runs, claim.form)}</dd>"
        f"<dt>Why</dt><dd>{html.escape(claim.why)}{more}</dd></dl></div>"
    )


class Places:
    """Where each slide stands in the book: rows of (slide, [(address, words), …])."""

    def __init__(self, rows: list[tuple[str, list[tuple[str, str]]]]):
        self.rows = rows

    def _repr_mimebundle_(self, include=None, exclude=None):
        lines = "".join(
            f"<tr><td>{html.escape(slide)}</td><td>"
            + ", ".join(f'<a href="{html.escape(address)}">{html.escape(words)}</a>' for address, words in places)
            + "</td></tr>"
            for slide, places in self.rows
        )
        markup = (
            '<link rel="stylesheet" href="../_static/claims.css"><div class="claims"><table class="dataframe"><thead>'
            f'<tr><th scope="col">slide</th><th scope="col">in this book</th></tr></thead><tbody>{lines}</tbody></table></div>'
        )
        text = "\n".join(f"{slide}\t{', '.join(address for address, _ in places)}" for slide, places in self.rows)
        return {"text/html": markup, "text/plain": text}
