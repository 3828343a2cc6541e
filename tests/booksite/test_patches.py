"""What relies on the inside of other people's code: it still has that inside (``booksite/patches.py`` has the list).

What can be seen on the built pages alone stands in ``tests/site/test_patched_pages.py``.
"""

import inspect
import re
from importlib.metadata import entry_points, version
from types import SimpleNamespace

import pybtex.plugin
import pytest
from docutils import nodes
from sphinx.application import Sphinx

from booksite import build, notebooks, parallel, patches, pictures, theme
from tests.conftest import BOOK, ROOT


@pytest.mark.parametrize("name", patches.VERSIONS)
def test_the_versions_are_those_that_it_was_written_for(name):
    assert version(name) == patches.VERSIONS[name], f"look at what patches.py says of {name}, then change its version"


def test_the_constraints_pin_the_same_versions():
    pinned = dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8")))
    assert {name: pinned[name] for name in patches.VERSIONS if name in pinned} == {
        name: version for name, version in patches.VERSIONS.items() if name in pinned
    }
    assert len(set(pinned) & set(patches.VERSIONS)) >= 3


def test_myst_nb_finds_the_renderer_by_its_entry_point():
    from myst_nb.core.render import NbElementRenderer, load_renderer

    (found,) = [each for each in entry_points(group="myst_nb.renderers") if each.name == "booksite"]
    assert found.value == "booksite.pictures:Renderer"
    assert load_renderer("booksite") is pictures.Renderer and issubclass(pictures.Renderer, NbElementRenderer)
    for method in ("render_image", "render_text_html"):
        assert callable(getattr(NbElementRenderer, method)), "there is something to extend"
    assert {"output_metadata", "mime_type"} <= set(
        inspect.signature(__import__("myst_nb.core.render", fromlist=["MimeData"]).MimeData).parameters
    )


def test_the_label_that_is_taken_off_is_the_one_that_myst_nb_writes():
    body = []
    translator = SimpleNamespace(body=body, starttag=lambda *a, **k: "<details>")
    node = pictures.HideCodeCellNode(prompt_show="Show", prompt_hide="Hide")
    pictures.visit_HideCellInput(translator, node)
    assert ' aria-label="Toggle hidden content"' in "".join(body)
    body.clear()
    pictures.visit_hidden_code(translator, node)
    assert "<summary" in "".join(body) and "aria-label" not in "".join(body)


def test_plugins_of_pybtex_are_looked_up_once():
    patches.look_up_plugins_once()
    patches.look_up_plugins_once()
    before = pybtex.plugin._load_entry_point.cache_info()
    found = [pybtex.plugin.find_plugin("pybtex.style.names", "plain") for _ in range(5)]
    after = pybtex.plugin._load_entry_point.cache_info()
    assert len(set(found)) == 1 and after.hits - before.hits >= 4, "find_plugin asks the function that is kept"


def test_napoleon_reads_the_words_of_an_attribute_as_words():
    from sphinx.ext.napoleon import Config, GoogleDocstring

    patches.read_words_of_attributes_as_words()
    words = ["dotted, as in ``model``: ``features.0``"]
    assert GoogleDocstring(words, Config(), what="attribute", name="a", obj=None).lines() == words


def test_extensions_are_declared_safe_and_those_that_are_named_are_in_use():
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    in_use = {name for name in parallel.SAFE if name in config}
    assert in_use >= {"sphinx_external_toc", "sphinx_togglebutton"}
    extensions = {name: SimpleNamespace(parallel_write_safe=False) for name in (*in_use, "another")}
    parallel.declare_safe(SimpleNamespace(extensions=extensions), None)
    assert {name for name, each in extensions.items() if each.parallel_write_safe} == in_use


def test_sphinx_has_the_attribute_and_jupyter_book_the_function_that_are_used():
    from jupyter_book.sphinx import build_sphinx

    assert "self.parallel = " in inspect.getsource(Sphinx.__init__)
    used = set(re.findall(r"(?m)^            (\w+)=", inspect.getsource(build.render)))
    known = inspect.signature(build_sphinx).parameters
    assert used and (used <= set(known) or any(p.kind is p.VAR_KEYWORD for p in known.values()))


def test_a_picture_loads_when_it_is_near_and_keeps_its_place():
    from sphinx.writers.html5 import HTML5Translator

    class Translator(HTML5Translator):
        image_loading, in_mailto = "link", False

        def __init__(self):
            self.body, self.context, self.messages = [], [], []
            self.builder = SimpleNamespace(images={}, imgpath="_images", imagedir="_images")
            self.config = SimpleNamespace(html_scaled_image_link=False)
            self.settings, self.document = SimpleNamespace(cloak_email_addresses=False), SimpleNamespace()

    translator = Translator()
    pictures.visit_image(translator, nodes.image(uri="a.png", alt="1 < 2", width="30", height="20"))
    tag = translator.body[-1]
    assert re.search(r'<img loading="lazy" decoding="async" width="30" height="20" [^>]*alt="1 &lt; 2"', tag)


def test_the_notebook_s_line_goes_into_the_theme_s_download_menu():
    group = {"type": "group", "label": "download-buttons", "buttons": [{"text": ".md"}]}
    app = SimpleNamespace(env=SimpleNamespace(metadata={"book/page": {"kernelspec": {}}, "book/prose": {}}))
    for page, count in (("book/page", 2), ("book/prose", 1)):
        context = {
            "header_buttons": [{**group, "buttons": list(group["buttons"])}],
            "pathto": lambda name, _: f"../{name}",
        }
        notebooks.add_button(app, page, "page.html", context, object())
        assert len(context["header_buttons"][0]["buttons"]) == count
    from sphinx_book_theme import header_buttons

    assert '"download-buttons"' in inspect.getsource(header_buttons)


def test_scripts_inside_pages_are_those_that_the_settings_say_again():
    settings = (BOOK / "_static/settings.js").read_text(encoding="utf-8")
    said = re.findall(
        r"let (\w+) = |var (\w+) = |DOCUMENTATION_OPTIONS\\.(\w+) = false", patches.INLINE_SCRIPTS.pattern
    )
    names = {name for each in said for name in each if name}
    assert names == {
        "toggleHintShow", "toggleHintHide", "toggleOpenOnPrint", "togglebuttonSelector", "search_as_you_type",
    }  # fmt: skip
    assert all(re.search(rf"\b{name}\b", settings) for name in names)
    kept = SimpleNamespace(filename="a.js")
    dropped = SimpleNamespace(filename=None, attributes={"body": "DOCUMENTATION_OPTIONS.pagename = 'index';"})
    context = {"script_files": [kept, dropped], "js_tag": lambda script: '<script src="settings.js"></script>'}
    theme.scripts(None, "index", "page.html", context, None)
    assert context["script_files"] == [kept]
    assert context["js_tag"](kept) == '<script defer src="settings.js"></script>'
