"""Hand numbers from a code cell to the prose around it, and computed answers to the quizzes of the page."""

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


def glue_answer(name: str, options: dict[str, bool]) -> None:
    """Keep the right option of a quiz, as computed; the quiz names it with ``:answer: name``.

    The book is not built if the quiz marks another option.

    Args:
        name: as for :func:`glue`.
        options: the text of each option as it stands in the quiz, and whether it holds.

    Raises:
        ValueError: none of the options holds, or several do.
    """
    right = [text for text, holds in options.items() if holds]
    if len(right) != 1:
        raise ValueError(f"A quiz has exactly one right option; of {name} these hold: {right or 'none'}.")
    glue(name, right[0])
