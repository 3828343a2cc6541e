"""Every chapter as a notebook to download, and the package's wheel beside them.

The Markdown of a chapter says things that a plain notebook does not know: directives become bold
lines, glued numbers their values, links to chapters links to notebooks.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from booksite import chapters, pictures, reader

ROOT = Path(__file__).parents[3]
FOLDER = "_static/notebooks"


def glued(outputs: list[list]) -> dict[str, str]:
    """The numbers that an executed chapter hands to its prose."""
    values = {}
    for output in (output for cell in outputs for output in cell):
        name = output.get("metadata", {}).get("scrapbook", {}).get("name")
        if name:
            values[name] = output["data"]["application/papermill.record/text/plain"]
    return values


def plain(text: str, values: dict[str, str], figures: dict[str, str], own: Iterator[str]) -> str:
    """A chapter's Markdown without MyST: what any notebook program shows.

    Args:
        values: of glued numbers, by name.
        figures: numbers of the book's figures, by name.
        own: the numbers of the chapter's figures; a caption takes the next.
    """
    text = re.sub(r"(?m)^\([\w-]+\)=\n", "", text)
    text = re.sub(r"\{glue:\}`([\w-]+)`", lambda m: values.get(m[1], m[1]), text)
    text = re.sub(r"\{fig\}`([\w-]+)`", lambda m: figures.get(m[1], m[1]), text)
    text = re.sub(r"\{cite:[tp]+\}`([^`]+)`", lambda m: f"[{m[1]}]", text)
    text = re.sub(r"\{\w+\}`([^`]+)`", r"\1", text)
    text = re.sub(r"(?ms)^```\{quiz\}\n(?::answer:.*?\n)?(.*?)^```", lambda m: quiz(m[1]), text)
    text = re.sub(r"(?m)^[:`]{3,}\{admonition\} (.*)$", r"**\1**\n", text)
    text = re.sub(r"(?m)^:{3,}\{caption\}\n(?::\w+:.*\n)*", lambda m: caption(next(own)), text)
    text = re.sub(r"(?ms)^`{3,4}\{exercise-start\}.*?^`{3,4}$", "**Exercise**\n", text)
    text = re.sub(r"(?ms)^`{3,4}\{solution-start\}.*?^`{3,4}$", "**Solution**\n", text)
    text = re.sub(r"(?ms)^`{3,4}\{(?:exercise|solution)-end\}.*?^`{3,4}$", "", text)
    text = re.sub(r"(?ms)^```\{(?:raw\} html|way\})\n.*?^```$\n?", "", text)
    text = re.sub(r"(?<=\))\{\.[\w-]+\}", "", text)
    text = re.sub(r"(?m)^:(class|label|name|tags):.*\n", "", text)
    text = re.sub(r"(?m)^:{3,}\s*$", "", text)
    return re.sub(r"\]\(([\w-]+)\.md(#[\w-]*)?\)", r"](\1.ipynb)", text)


def caption(label: str) -> str:
    """What stands before a caption."""
    return f"**{label}.** " if label else ""


def quiz(text: str) -> str:
    """A quiz as a list; the right option is named at its end."""
    question, *options = re.split(r"(?m)^- \[", text.strip())
    lines = [f"* {option[3:].split(' :: ')[0].strip()}" for option in options]
    right = next(n for n, option in enumerate(options, 1) if option.startswith("x"))
    return f"**{question.strip()}**\n\n" + "\n".join(lines) + f"\n\n*(Right is number {right}.)*\n"


def notebook(text: str, extensions: tuple[str, ...], address: str, figures: dict[str, str], own: list[str]) -> str:
    """A chapter as a notebook file: its cells as they were executed, before them one that gets the package."""
    values, own = glued(reader.OUTPUTS[text]), iter(own)
    first = (
        "# The book's package. Where it is not installed yet, take the # from the next line;\n"
        f"# the wheel lies beside this notebook on the book's site.\n# %pip install {address}"
    )
    cells = [{"cell_type": "code", "source": first}]
    for cell in chapters.notebook(text, extensions).cells:
        source = plain(cell.source, values, figures, own) if cell.cell_type == "markdown" else cell.source
        cells.append({"cell_type": cell.cell_type, "source": source})
    for number, cell in enumerate(cells):
        cell |= {"id": f"cell-{number}", "metadata": {}}
        cell |= {"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else {}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def wheel(kept: Path) -> Path:
    """The package as a wheel: the one in ``kept`` that was made from the same files, else made anew.

    Made outside the checkout, so that nothing of an earlier state gets into it and nothing is written there.
    """
    files = [path for path in (ROOT / "src").rglob("*") if path.is_file()]
    files = [path for path in files if "__pycache__" not in path.parts and ".egg-info" not in str(path)]
    files = sorted([*files, *(ROOT / name for name in ("pyproject.toml", "README.md", "LICENSE"))])
    key = hashlib.sha256()
    for path in files:
        key.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    folder = kept / key.hexdigest()[:16]
    if found := next(folder.glob("insidecnn-*.whl"), None):
        return found
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "package"
        for path in files:
            (copy / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy / path.relative_to(ROOT))
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-build-isolation", "--wheel-dir", place, str(copy)]
        dated = os.environ | {"SOURCE_DATE_EPOCH": "315532800"}  # the first day that a zip file can name
        subprocess.run(command, check=True, env=dated)
        made = next(Path(place).glob("insidecnn-*.whl"))
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, folder / "part")
        os.replace(folder / "part", folder / made.name)
    return folder / made.name


def write_all(app, error):
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    made = wheel(ROOT / "_build" / "wheels")
    shutil.copyfile(made, folder / made.name)
    base = app.config.html_baseurl
    address = f"{base.rstrip('/')}/{FOLDER}/{made.name}" if base else made.name
    figures = {name: label for name, (_, label) in pictures.named(app.env).items()}
    for page in sorted(chapter_pages(app)):
        text = chapters.read(Path(app.srcdir) / f"{page}.md", page)
        written = notebook(
            text, tuple(app.config.myst_enable_extensions), address, figures, pictures.labels(app.env, page)
        )
        (folder / f"{Path(page).name}.ipynb").write_text(written, encoding="utf-8")


def add_button(app, pagename, templatename, context, doctree):
    """A line in the theme's download menu; and the one that prints is a link, with no script inside the page."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.pop("javascript", "") == "window.print()":
                button["url"] = "#"  # _static/settings.js does it
        if group.get("label") == "download-buttons" and doctree is not None and pagename in chapter_pages(app):
            address = context["pathto"](f"{FOLDER}/{Path(pagename).name}.ipynb", 1)
            button = {"url": address, "tooltip": "Download as a notebook"}
            group["buttons"].insert(0, button | {"icon": "fas fa-code", "label": "download-notebook-button"})


def chapter_pages(app) -> set[str]:
    return {page for page, data in app.env.metadata.items() if "kernelspec" in data}


def setup(app):
    app.connect("build-finished", write_all)
    app.connect("html-page-context", add_button, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
