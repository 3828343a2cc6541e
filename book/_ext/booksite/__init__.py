"""The Sphinx side of the book: what jupyter-book does not do, one file a matter."""


def setup(app):
    for matter in (
        "patches",
        "parallel",
        "reader",
        "maths",
        "pictures",
        "picture_files",
        "code",
        "quiz",
        "terms",
        "credits",
        "bibliography",
        "search",
        "way",
        "theme",
        "head",
        "paper",
        "styles",
        "notebooks",
        "teach",
        "lab_files",
    ):
        app.setup_extension(f"booksite.{matter}")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
