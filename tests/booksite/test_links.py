"""The finished site: each kind of dead link and of file from another host is found, and named with its place."""

import pytest

from booksite import links

STYLE = '<style>a{background:url("IT")}</style>'
PAGE = '<html><body><h1 id="top">A title</h1><a name="old"></a>{}</body></html>'

DEAD = {  # markup; what is said of it
    "a page": ('<a href="gone.html">x</a>', "gone.html leads to no file"),
    "a page in another folder": ('<a href="../gone.html">x</a>', "../gone.html leads to no file"),
    "an anchor of another page": ('<a href="other.html#nowhere">x</a>', "other.html#nowhere leads to no place"),
    "an anchor of its own": ('<a href="#nowhere">x</a>', "#nowhere leads to no place"),
    "a link in a drawing": ('<svg><a href="other.html#nowhere"><g/></a></svg>', "other.html#nowhere leads to no place"),
    "an older link in a drawing": ('<svg><a xlink:href="gone.html"><g/></a></svg>', "gone.html leads to no file"),
    "a mark that a drawing uses": ('<svg><use xlink:href="#nowhere"/></svg>', "#nowhere leads to no place"),
    "a picture": ('<img alt="x" src="../_static/gone.png">', "../_static/gone.png leads to no file"),
    "one of several pictures": ('<img srcset="a.png 1x, gone.png 2x">', "gone.png leads to no file"),
    "a script": ('<script src="gone.js"></script>', "gone.js leads to no file"),
    "a style sheet": ('<link rel="stylesheet" href="gone.css">', "gone.css leads to no file"),
    "a picture in a style": (STYLE.replace("IT", "gone.png"), "gone.png leads to no file"),
    "a picture in an attribute": ("<p style=\"background: url('gone.png')\">x</p>", "gone.png leads to no file"),
    "in single quotes": ("<a class=x href='gone.html'>x</a>", "gone.html leads to no file"),
    "without quotes": ("<a href=gone.html>x</a>", "gone.html leads to no file"),
    "in capitals": ('<A HREF = "gone.html">x</A>', "gone.html leads to no file"),
    "a folder without a page": ('<a href="empty/">x</a>', "empty/ leads to no file"),
}
FOREIGN = {
    "a script": '<script src="https://cdn.example/a.js"></script>',
    "a script without https": '<script defer src="//cdn.example/a.js"></script>',
    "a script without quotes": "<SCRIPT SRC=https://cdn.example/a.js></SCRIPT>",
    "a picture in single quotes": "<p style='background:url(https://cdn.example/a.png)'>x</p>",
    "a picture": '<img alt="x" src="http://cdn.example/a.png">',
    "a picture among several": '<img srcset="a.png 1x, https://cdn.example/a.png 2x">',
    "a style sheet": '<link rel="stylesheet" href="https://cdn.example/a.css">',
    "a font that is loaded ahead": '<link rel="preload" href="https://cdn.example/a.woff2">',
    "a picture in a style": STYLE.replace("IT", "https://cdn.example/a.png"),
    "a style that asks for another": "<style>@import 'https://cdn.example/a.css';</style>",
    "a picture in an attribute": '<p style="background:url(https://cdn.example/a.png)">x</p>',
    "a frame": '<iframe src="https://cdn.example/a.html"></iframe>',
    "a video": '<video poster="https://cdn.example/a.png"></video>',
    "a picture in a drawing": '<svg><image href="https://cdn.example/a.png"/></svg>',
}
RIGHT = {
    "a page": '<a href="other.html">x</a><a href="../index.html">x</a><a href="./">x</a>',
    "an anchor": '<a href="other.html#there">x</a><a href="#top">x</a><a href="other.html#old">x</a><a href="#">x</a>',
    "a name with a space": '<a href="a%20name.html">x</a>',
    "a name with an &": '<a href="other.html?a=1&amp;b=2#there">x</a>',
    "a widget's state": '<a href="other.html#convolution?stride=2&amp;row=1">x</a>',
    "another host, as a link": '<a href="https://example.org/a#b">x</a><link rel="canonical" href="https://example.org/">',
    "data: and mailto:": '<img alt="x" src="data:image/png;base64,AAAA"><a href="mailto:a@example.org">x</a>',
    "a drawing": '<svg><defs><path id="mark"/></defs><use xlink:href="#mark"/></svg>',
    "a picture": '<img alt="x" src="a.png"><p style="background:url(\'a.png\')">x</p>',
    "code that shows a link": '<pre>&lt;a href="gone.html"&gt;</pre>',
}


@pytest.fixture
def check(tmp_path):
    """What is wrong with ``book/page.html``, whose body is given."""
    site, root = tmp_path / "site", tmp_path / "root"
    (site / "book" / "empty").mkdir(parents=True)
    (root / "book").mkdir(parents=True)
    for name in ("index.html", "book/index.html", "book/a name.html"):
        (site / name).write_text(PAGE.format(""))
    (site / "book/other.html").write_text(PAGE.format("<h2 class='x' id='there'>x</h2>"))
    (site / "book/a.png").write_bytes(b"")
    (site / "_static").mkdir()
    (site / "_static/of-the-theme.html").write_text('<a href="gone.html">x</a>')

    def found(body: str, source: str = "") -> list[str]:
        (site / "book/page.html").write_text(PAGE.format(body))
        (root / "book/page.md").write_text(source)
        return links.check(site, root)

    return found


@pytest.mark.parametrize("case", DEAD)
def test_a_dead_link_is_found(check, case):
    body, said = DEAD[case]
    (line,) = [line for line in check(body) if "a.png" not in line.split(":")[1]]
    assert line.startswith("book/page.md") and said in line


@pytest.mark.parametrize("case", FOREIGN)
def test_what_another_host_would_have_to_send_is_found(check, case):
    (line,) = check(FOREIGN[case])
    assert "the page loads" in line and "cdn.example/a" in line and line.endswith("from another host.")


@pytest.mark.parametrize("case", RIGHT)
def test_what_leads_somewhere_is_no_mistake(check, case):
    assert check(RIGHT[case]) == []


def test_a_mistake_is_named_with_its_line_in_the_source(check):
    source = "# A title\n\nSome text.\n\nSee [there](gone.md) and [that](other.md#nowhere).\n"
    assert check('<a href="gone.html">x</a>', source.replace("gone.md", "gone.html")) == [
        "book/page.md:5: gone.html leads to no file of the site."
    ]
    assert check('<a href="other.html#nowhere">x</a>', source) == [
        "book/page.md:5: other.html#nowhere leads to no place on that page."
    ]
    assert check('<a href="elsewhere.html">x</a>', source)[0].startswith("book/page.md: ")


def test_each_address_is_said_once(check):
    assert len(check('<a href="gone.html">x</a><a href="gone.html">y</a>')) == 1
