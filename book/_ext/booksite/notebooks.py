"""Every chapter as a notebook to download, and the package's wheel beside them.

The Markdown of a chapter says things that a plain notebook does not know: directives become bold
lines, glued numbers their values, links to chapters links to notebooks.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from sphinx.util import logging

from booksite.cache import SOURCE

logger = logging.getLogger(__name__)
FOLDER = "_static/notebooks"


def glued(notebook) -> dict[str, str]:
    """The numbers that an executed chapter hands to its prose."""
    values = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            if name:
                values[name] = output["data"]["application/papermill.record/text/plain"]
    return values


def plain(text: str, values: dict[str, str]) -> str:
    """A chapter's Markdown without MyST: what any notebook program shows."""
    text = re.sub(r"(?m)^\([\w-]+\)=\n", "", text)
    text = re.sub(r"\{glue:\}`([\w-]+)`", lambda m: values.get(m[1], m[1]), text)
    text = re.sub(r"\{cite:[tp]+\}`([^`]+)`", lambda m: f"[{m[1]}]", text)
    text = re.sub(r"\{\w+\}`([^`]+)`", r"\1", text)
    text = re.sub(r"(?ms)^```\{quiz\}\n(.*?)^```", lambda m: quiz(m[1]), text)
    text = re.sub(r"(?m)^[:`]{3,}\{admonition\} (.*)$", r"**\1**\n", text)
    text = re.sub(r"(?ms)^`{3,4}\{exercise-start\}.*?^`{3,4}$", "**Exercise**\n", text)
    text = re.sub(r"(?ms)^`{3,4}\{solution-start\}.*?^`{3,4}$", "**Solution**\n", text)
    text = re.sub(r"(?ms)^`{3,4}\{(?:exercise|solution)-end\}.*?^`{3,4}$", "", text)
    text = re.sub(r"(?m)^:(class|label|name|tags):.*\n", "", text)
    text = re.sub(r"(?m)^:{3,}\s*$", "", text)
    return re.sub(r"\]\(([\w-]+)\.md(#[\w-]*)?\)", r"](\1.ipynb)", text)


def quiz(text: str) -> str:
    """A quiz as a list; the right option is named at its end."""
    question, *options = re.split(r"(?m)^- \[", text.strip())
    lines = [f"* {option[3:].split(' :: ')[0].strip()}" for option in options]
    right = next(n for n, option in enumerate(options, 1) if option.startswith("x"))
    return f"**{question.strip()}**\n\n" + "\n".join(lines) + f"\n\n*(Right is number {right}.)*\n"


def write(app, page: str, wheel: str) -> None:
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{page}.ipynb"
    notebook = nbformat.read(executed, as_version=4)
    values = glued(notebook)
    base = app.config.html_baseurl
    address = f"{base.rstrip('/')}/{FOLDER}/{wheel}" if base else wheel
    first = (
        "# The book's package. Where it is not installed yet, take the # from the next line;\n"
        f"# the wheel lies beside this notebook on the book's site.\n# %pip install {address}"
    )
    cells = [nbformat.v4.new_code_cell(first)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cells.append(nbformat.v4.new_markdown_cell(plain(cell.source, values)))
        else:
            cells.append(nbformat.v4.new_code_cell(cell.source))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # the same at every build
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    clean = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(clean, Path(app.outdir) / FOLDER / f"{Path(page).name}.ipynb")


def build_wheel(folder: Path) -> str:
    """The package as a wheel in ``folder``, made anew when its source is newer; the wheel's name."""
    newest = max(
        path.stat().st_mtime for path in SOURCE.rglob("*") if path.is_file() and "__pycache__" not in str(path)
    )
    for wheel in folder.glob("insidecnn-*.whl"):
        if wheel.stat().st_mtime > newest:
            return wheel.name
        wheel.unlink()
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(SOURCE.parent)]
    subprocess.run(command, check=True)
    shutil.rmtree(SOURCE.parent / "build", ignore_errors=True)  # or the next wheel would hold today's deleted files
    return next(folder.glob("insidecnn-*.whl")).name


def write_all(app, error):
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    wheel = build_wheel(folder)
    for page in sorted(app.env.metadata):
        if (Path(app.outdir).parent / "jupyter_execute" / f"{page}.ipynb").exists():
            write(app, page, wheel)


def add_button(app, pagename, templatename, context, doctree):
    """A line in the theme's download menu."""
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons" and doctree is not None and pagename in notebooks(app):
            address = context["pathto"](f"{FOLDER}/{Path(pagename).name}.ipynb", 1)
            button = {"type": "link", "url": address, "text": ".ipynb", "tooltip": "Download as a notebook"}
            group["buttons"].insert(0, button | {"icon": "fas fa-code", "label": "download-notebook-button"})


def notebooks(app) -> set[str]:
    return {page for page, data in app.env.metadata.items() if "kernelspec" in data}


def setup(app):
    app.connect("build-finished", write_all)
    app.connect("html-page-context", add_button, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
