"""All that relies on the inside of other people's code, and the versions for which it was written.

Each entry has a test that it still takes effect, in ``tests/booksite/test_patches.py`` or, where it shows on built pages
alone, in ``tests/site/test_patched_pages.py``. After an update of one of
these libraries that test fails first, and names what to look at.
"""

import re
from functools import cache

import pybtex.plugin
from sphinx.ext.napoleon.docstring import GoogleDocstring

VERSIONS = {
    "jupyter-book": "1.0.4.post1",  # build.py calls jupyter_book.sphinx.build_sphinx, as its command does
    "myst-nb": "1.4.0",  # pictures.py extends NbElementRenderer, for WebP pictures too, and draws HideCodeCellNode
    "pybtex": "0.26.1",  # its plugins are looked up once; otherwise for each citation, a quarter of a build
    # book/_templates override its blocks htmltitle, css, extrahead and scripts_end, the search page, the button of the search and the logo
    "pydata-sphinx-theme": "0.17.1",  # pictures.py adds to the box in which it puts tables
    # pictures.py extends the drawing of images; parallel.py sets Sphinx.parallel; search.py takes its search away; styles.py
    # reads the builder's _css_files;
    # napoleon reads "dotted, as in ``x``: ``y``" of an attribute as a type and its words
    "sphinx": "7.4.7",
    "sphinx-book-theme": "1.3.0",  # book/_templates override its buttons; notebooks.py and teach.py add lines to its menu
    "sphinx-external-toc": "1.1.0",  # parallel.py declares it and the next three safe to write side by side
    "sphinx-jupyterbook-latex": "1.0.0",
    "sphinx-multitoc-numbering": "0.1.3",
    "sphinx-togglebutton": "0.4.5",
}

# scripts that extensions put into every page; book/_static/settings.js says the same from a file
INLINE_SCRIPTS = re.compile(
    r"let toggleHintShow = 'Click to show';|let toggleHintHide = 'Click to hide';|let toggleOpenOnPrint = 'true';"
    r"|var togglebuttonSelector = '\.toggle, \.admonition\.dropdown';"
    r"|DOCUMENTATION_OPTIONS\.pagename = '[^']*';|DOCUMENTATION_OPTIONS\.search_as_you_type = false;"
)


def look_up_plugins_once() -> None:
    if not hasattr(pybtex.plugin._load_entry_point, "cache_info"):
        pybtex.plugin._load_entry_point = cache(pybtex.plugin._load_entry_point)


def read_words_of_attributes_as_words() -> None:
    GoogleDocstring._parse_attribute_docstring = lambda self: self._consume_to_end()


def setup(app):
    read_words_of_attributes_as_words()
    look_up_plugins_once()
    return {"parallel_read_safe": True, "parallel_write_safe": True}
