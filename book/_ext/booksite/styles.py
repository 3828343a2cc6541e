"""One style sheet for all pages: those of the theme and the extensions and the book's own, without what no page uses."""

import re
from pathlib import Path
from urllib.parse import unquote

import tinycss2

NAME = "site.css"
THEME = ("styles/theme.css", "styles/pydata-sphinx-theme.css")  # what the theme's template puts first
WORD = re.compile(r"-?[A-Za-z_][\w-]*")
ADDRESS = re.compile(r"""url\((['"]?)(?!data:|#|https?:|/)([^'")]+)\1\)""")
# in a selector: what only excludes something, and the names of classes and elements with that id
EXCLUDED = re.compile(r":not\((?:[^()]|\([^()]*\))*\)")
NAMED = re.compile(r"[.#](-?[A-Za-z_](?:[\w-]|\\.)*)")
NAME_OF = re.compile(r"@(?:keyframes |font-face\b.*?font-family:\s*\"?)([^;\"{]+)", re.S)  # what other rules call it
DATA = re.compile(r"/_sources/|/_static/search/|\.(bin|json|jpg)\.js$")  # no page's elements, but any letters
STRING = (re.compile(r'"[^"\n]*"'), re.compile(r"'[^'\n]*'"), re.compile(r"`[^`]*`"))  # where scripts name classes
THEME_SCRIPTS = "scripts"  # their folder; they name many classes, mostly of parts that this book does not have
STATES = {"active", "hide", "noprint", "pst-sidebar-hidden", "scrolled", "show"}  # the classes that they set here
NAMES = re.compile(r"\s(?:class|id)=(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
VARIABLE = re.compile(r"--[\w-]+")
READ = re.compile(r"var\(\s*(--[\w-]+)")


def used(selector: str, known: set[str]) -> bool:
    """Whether a page could have an element for the selector: all its classes and ids are known words."""
    names = NAMED.findall(EXCLUDED.sub("", selector))
    return all(part in known for name in names for part in WORD.findall(name.replace("\\", " ")))


def branches(selector: str) -> list[str]:
    """``a, .b :is(c, d)`` → its two alternatives; commas within brackets do not part them."""
    found, depth, start = [], 0, 0
    for i, letter in enumerate(selector):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            found.append(selector[start:i].strip())
            start = i + 1
    return [*found, selector[start:].strip()]


def is_used(selector: str, known: set[str]) -> bool:
    """As :func:`used`; of the alternatives within ``:is()`` and ``:where()`` one is enough."""
    match = re.search(r":(?:is|where)\(((?:[^()]|\([^()]*\))*)\)", selector)
    if not match:
        return used(selector, known)
    before, after = selector[: match.start()], selector[match.end() :]
    return any(is_used(before + " " + branch + after, known) for branch in branches(match[1]))


def kept(rules, known: set[str], variables: set[str]) -> list[str]:
    """The rules that some page could use, as text; of custom properties only those that something reads."""
    found = []
    for rule in rules:
        if rule.type == "qualified-rule":
            alive = [s for s in branches(tinycss2.serialize(rule.prelude).strip()) if is_used(s, known)]
            if alive and (body := declarations(rule.content, variables)):
                found.append(f"{','.join(alive)}{{{body}}}")
        elif rule.type == "at-rule" and rule.at_keyword != "charset":
            head = f"@{rule.at_keyword} {tinycss2.serialize(rule.prelude).strip()}"
            if rule.content is None:
                found.append(f"{head};")
            elif rule.at_keyword in ("media", "supports", "container"):
                inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                if inner := kept(inside, known, variables):
                    found.append(f"{head}{{{''.join(inner)}}}")
            else:
                found.append(f"{head}{{{tinycss2.serialize(rule.content)}}}")
    return found


def declarations(content, variables: set[str]) -> str:
    """The declarations of a rule, without custom properties that nothing reads."""
    parsed = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    return ";".join(
        short(each) if each.type == "declaration" else tinycss2.serialize([each])
        for each in parsed
        if each.type != "declaration" or not each.name.startswith("--") or each.name in variables
    )


def short(declaration) -> str:
    """A declaration without the spaces that say nothing."""
    value = tinycss2.serialize(declaration.value).strip()
    return f"{declaration.name}:{value or ' '}{'!important' * declaration.important}"


def imported(rule, sheet: Path) -> list:
    """The rules of the sheet that an ``@import`` names; any other rule as it is."""
    if rule.type != "at-rule" or rule.at_keyword != "import":
        return [rule]
    name = next(token.value for token in rule.prelude if token.type in ("string", "url"))
    text = (sheet.parent / name).read_text(encoding="utf-8")
    return tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)


def moved(css: str, folder: str) -> str:
    """Addresses in a sheet of ``_static/folder`` as seen from ``_static``."""
    if not folder:
        return css

    def address(match):
        parts = f"{folder}/{match[2]}".split("/")
        while ".." in parts:
            at = parts.index("..")
            parts[at - 1 : at + 1] = []
        return f"url({'/'.join(parts)})"

    return ADDRESS.sub(address, css)


def classes(page: str) -> set[str]:
    """The words of a page's classes and ids."""
    return {word for names in NAMES.findall(page) for word in WORD.findall(" ".join(names))}


def strings(script: str) -> set[str]:
    """The words of a script's strings: an upper limit of the classes that it sets."""
    return {word for kind in STRING for string in kind.findall(script) for word in WORD.findall(string)}


def called(rules: list[str]) -> list[str]:
    """Rules without the animations and typefaces that none of them names."""
    names = [NAME_OF.match(rule) for rule in rules]
    others = " ".join(rule for rule, name in zip(rules, names, strict=True) if not name)
    return [rule for rule, name in zip(rules, names, strict=True) if not name or name[1].replace("\\", "") in others]


def join(site: Path, sheets: list[str]) -> str:
    """The sheets of ``_static`` in their order, as one; rules that no page of the site can use are left out."""
    known, named = set(STATES), set()
    for path in (
        path for path in site.rglob("*") if path.suffix in (".html", ".js") and not DATA.search(path.as_posix())
    ):
        text = path.read_text(encoding="utf-8")
        if path.parent.name != THEME_SCRIPTS:
            # highlighted code has classes of one or two letters, which are common words of scripts
            known |= {word for word in strings(text) if len(word) > 2} if path.suffix == ".js" else classes(text)
        named |= set(VARIABLE.findall(text))
    parsed = {
        name: tinycss2.parse_stylesheet(
            (site / "_static" / name).read_text(encoding="utf-8"), skip_comments=True, skip_whitespace=True
        )
        for name in sheets
    }
    for name in list(parsed):  # a sheet that another one imports stands in its place
        parsed[name] = [rule for each in parsed[name] for rule in imported(each, site / "_static" / name)]
    variables, css = named, ""
    while variables is not None:
        found = [
            moved(rule, name.rpartition("/")[0]) for name in sheets for rule in kept(parsed[name], known, variables)
        ]
        css = "\n".join(called(found))
        read = named | set(READ.findall(css))
        variables = read if read - variables else None  # what is now declared may read others
    return css


def sheets(app) -> list[str]:
    """The files below ``_static`` that a page would name, in their order."""
    named = sorted(app.builder._css_files, key=lambda sheet: sheet.priority)
    return [*THEME, *(unquote(str(sheet.filename)).removeprefix("_static/") for sheet in named)]


def one_sheet(app, pagename, templatename, context, doctree):
    """Pages name the one sheet alone; the template does that."""
    context["css_files"] = []


def write(app, error):
    """Put the sheets together, and drop them."""
    if error or app.builder.format != "html":
        return
    static, names = Path(app.outdir) / "_static", sheets(app)
    (static / NAME).write_text(join(Path(app.outdir), names), encoding="utf-8")
    for name in (*names, "basic.css"):  # which one of them imports
        (static / name).unlink(missing_ok=True)


def setup(app):
    app.connect("html-page-context", one_sheet, priority=960)
    app.connect("build-finished", write, priority=600)  # after extensions have put their sheets there
    return {"parallel_read_safe": True, "parallel_write_safe": True}
