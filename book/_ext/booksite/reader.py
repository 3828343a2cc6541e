"""How Sphinx gets a chapter: its text as a notebook whose cells have their outputs (``nb_custom_formats``)."""

import copy

from booksite import chapters

OUTPUTS: dict[str, list] = {}  #: text of a chapter → outputs of its code cells; filled by build.py


def read(text: str, extensions: list[str]):
    """A page's text as a notebook.

    Raises:
        LookupError: the chapter has not been executed; only ``python -m booksite`` does that.
    """
    book = copy.deepcopy(chapters.notebook(text, tuple(extensions)))
    if chapters.is_chapter(text):
        if text not in OUTPUTS:
            raise LookupError("This chapter has not been executed; build the book with `make book`.")
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        for number, (cell, outputs) in enumerate(zip(code, copy.deepcopy(OUTPUTS[text]), strict=True), 1):
            cell.outputs, cell.execution_count = outputs, number
    return book


def read_here(app, config):
    config.nb_custom_formats = {".md": ["booksite.reader.read", {"extensions": list(config.myst_enable_extensions)}]}
    config.nb_execution_mode = "off"


def setup(app):
    app.connect("config-inited", read_here, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
