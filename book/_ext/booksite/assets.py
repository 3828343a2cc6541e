"""Files beside the pages: scripts and style sheets are copied even where no page has changed."""

import shutil
from pathlib import Path


def copy_static(app, error):
    """Sphinx copies ``html_static_path`` only when it writes a page; who edits a script wants to see it."""
    if error or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static"
    for folder in app.config.html_static_path:
        source = Path(app.srcdir) / folder
        for path in source.rglob("*"):
            copy = target / path.relative_to(source)
            if path.is_file() and (not copy.exists() or copy.stat().st_mtime < path.stat().st_mtime):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, copy)


def setup(app):
    app.connect("build-finished", copy_static)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
