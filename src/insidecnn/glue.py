"""Hand numbers from a code cell to the prose around it."""

from IPython.display import display


def glue(name: str, value, form: str = "{}") -> None:
    """Keep a number under a name, so that the text of the page can print it.

    In the page's source, ``{glue:}`name``` prints it. In a notebook nothing shows.

    Args:
        name: letters, digits and hyphens, once a page.
        value: what to print, formatted by ``form``: ``"{:,}"`` gives ``61,100,840``.
    """
    kept = "application/papermill.record/"
    text = form.format(value)
    display({kept + "text/plain": text}, raw=True, metadata={"scrapbook": {"name": name, "mime_prefix": kept}})
