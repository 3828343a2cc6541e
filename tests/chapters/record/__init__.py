"""The reviewed record of what each page shows: ``PAGE.json`` beside this file.

It is compared with what the build's execution gave: numbers with a point to 1 in 1000, all else exactly. Where a cell
trains a network or measures rounding, the record states wider limits, and why, under ``tolerances``: cell → limits.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from tests.chapters import executed, figures, sources

FOLDER = Path(__file__).parent
NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[-+−]?\d+)?")


@dataclass(frozen=True)
class Limits:
    """How far numbers of a cell may be from those recorded."""

    relative: float = 1e-3
    absolute: float = 0.0
    whole: bool = False  #: whole numbers too; else they are compared exactly
    compared: bool = True
    why: str = ""

    @property
    def stated(self) -> float:
        return self.relative if self.why else 0.0

    def hold(self, old: str, new: str) -> bool:
        if old == new:
            return True
        if not ({".", "e"} & set(old + new) or self.whole):
            return False
        a, b = (float(number.replace(",", "").replace("−", "-")) for number in (old, new))
        return abs(a - b) <= max(self.absolute, self.relative * max(a, b))


def path(page: str) -> Path:
    return FOLDER / f"{page}.json"


def taken(page: str) -> dict:
    """What a page shows now, as it is recorded."""
    text = executed.text(page)
    shown = {"cells": {}}
    if page in executed.pages():
        for cell in executed.outputs(page).cells:
            facts = {
                "hidden": " ".join(tag for tag in cell.tags if tag.startswith(("hide-", "remove-"))),
                "comments": sources.comments(cell.code),
                "printed": lines(cell.printed),
                "glued": cell.glued,
                "figures": [readable(figure.facts()) for figure in cell.figures],
            }
            if cell.shows or facts["comments"]:
                shown["cells"][cell.place] = {name: value for name, value in facts.items() if value}
    shown |= {"formulas": sources.formulas(text), "quizzes": sources.quizzes(text), "terms": sources.terms(text)}
    shown["prose"] = {heading: " | ".join(found) for heading, found in sources.facts(text).items()}
    return {name: value for name, value in shown.items() if value}


def lines(text: str) -> list[str]:
    return text.rstrip("\n").split("\n") if text.strip() else []


def readable(facts: dict) -> dict:
    """A figure's facts: a table's rows as lines, a widget's data on one line."""
    facts = dict(facts)
    if "\n" in facts.get("words", ""):
        facts["words"] = facts["words"].replace("\t", " | ").split("\n")
    if "data" in facts:
        facts["data"] = {name: json.dumps(value, ensure_ascii=False) for name, value in facts["data"].items()}
    return facts


def recorded(page: str) -> dict:
    return json.loads(path(page).read_text(encoding="utf-8")) if path(page).exists() else {}


def accepted(page: str) -> str:
    """The text of the file that records what a page shows now; cells that are within their limits stay as they were."""
    old, new = recorded(page), taken(page)
    tolerances = old.get("tolerances", {})
    for place, cell in new.get("cells", {}).items():
        before = old.get("cells", {}).get(place)
        if before and not list(unlike(before, cell, Limits(**tolerances.get(place, {})))):
            new["cells"][place] = before
    return written(new, tolerances)


def written(shown: dict, tolerances: dict) -> str:
    """The file's text."""
    whole = ({"tolerances": tolerances} if tolerances else {}) | shown
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def differences(page: str) -> list[str]:
    """A sentence for each thing that is not as recorded."""
    old, new = recorded(page), taken(page)
    tolerances = old.pop("tolerances", {})
    at = {cell.place: cell.line for cell in executed.outputs(page).cells} if "cells" in new else {}
    found = []
    for kind in sorted(set(old) | set(new)):
        before, now = (as_dict(shown.get(kind, {})) for shown in (old, new))
        for place in sorted(set(before) | set(now), key=lambda name: at.get(name, 0)):
            limits = Limits(**tolerances.get(place, {})) if kind == "cells" else Limits(relative=0)
            line = f":{at[place]}" if kind == "cells" and place in at else ""
            for where, was, came in unlike(before.get(place), now.get(place), limits):
                name = ", ".join([place if kind == "cells" else f"{kind}, {place}", *where])
                found.append(f"book/{page}.md{line} ({name})\n  recorded: {was}\n  came:     {came}")
    if found:
        found.append(f"If this is meant, accept it: python -m tests.chapters.record {page}")
    return found


def as_dict(value) -> dict:
    return value if isinstance(value, dict) else {str(n): item for n, item in enumerate(value, 1)}


def unlike(old, new, limits: Limits, where: tuple[str, ...] = ()):
    """Pairs of leaves that differ: (where, recorded, came)."""
    if isinstance(old, (dict, list)) and type(old) is type(new):
        before, now = as_dict(old), as_dict(new)
        for name in [*before, *(name for name in now if name not in before)]:
            yield from unlike(before.get(name), now.get(name), limits, (*where, name))
        if isinstance(old, dict) and list(old) != list(new) and set(old) == set(new):
            yield where, f"the order {list(old)}", list(new)
    elif not same(old, new, limits, where):
        yield where, *("nothing" if value is None else value for value in (old, new))


def same(old, new, limits: Limits, where: tuple[str, ...]) -> bool:
    if not (isinstance(old, str) and isinstance(new, str)):
        return old == new
    if not limits.compared:
        return True
    kind = where[2] if where[:1] == ("figures",) else ""
    if kind in ("pixels", "drawn"):
        alike = figures.alike_colours if kind == "pixels" else figures.alike_points
        return alike(old, new, limits.stated)
    if NUMBER.split(old) != NUMBER.split(new):
        return False
    return all(map(limits.hold, NUMBER.findall(old), NUMBER.findall(new)))
