"""The Sphinx side of the book: what jupyter-book does not do, one file a matter."""

import hashlib
from pathlib import Path


def setup(app):
    for matter in ("parallel", "cache", "maths", "pictures", "quiz", "terms", "notebooks", "pages", "assets", "lab"):
        app.setup_extension(f"booksite.{matter}")
    # when this extension changes, all pages are written again (and none is executed again)
    own = sorted(Path(__file__).parent.glob("*.py"))
    key = hashlib.sha256(b"".join(path.read_bytes() for path in own)).hexdigest()
    app.add_config_value("booksite_files", key, "html")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
