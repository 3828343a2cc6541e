"""The finished site, before it is shown: every link leads somewhere, and no page asks another host for anything."""

import os
import re
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

LOADED = {  # attributes from which a browser loads at once
    "script": ("src",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
LOADING_RELATIONS = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "manifest"}
ADDRESS_IN_CSS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])([^'\")]+)")
TAG = re.compile(rf"<({'|'.join([*LOADED, 'a', 'link'])})(?=[\s>])([^>]*)>", re.I)
ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
ANCHOR = re.compile(r"""\s(?:id|name)=["']([^"']+)["']""")
STYLES = re.compile(r"<style[^>]*>(.*?)</style>", re.S)
STYLE = re.compile(r"""\sstyle=(?:"([^"]*)"|'([^']*)')""")
FRAGMENTS_OF_SCRIPTS = re.compile(r"[=&]|^$")  # a widget's state in the address, not an anchor


class Page:
    """The anchors of a page, the addresses it leads to, and those that it loads."""

    def __init__(self, text: str):
        self.anchors = {unescape(value) for value in ANCHOR.findall(text)}
        self.links, self.loads = [], []
        for tag, rest in ((tag.lower(), rest) for tag, rest in TAG.findall(text)):
            found = {name.lower(): unescape("".join(values)) for name, *values in ATTRIBUTE.findall(rest)}
            if tag == "a":
                self.links += [found[name] for name in ("href", "xlink:href") if found.get(name)]
            if tag == "link" and found.get("href") and set(found.get("rel", "").split()) & LOADING_RELATIONS:
                self.loads.append(found["href"])
            for name in LOADED.get(tag, ()):
                if found.get(name):
                    several = found[name].split(",") if name == "srcset" else [found[name]]
                    self.loads += [part.split()[0] for part in several]
        for rules in [*STYLES.findall(text), *map("".join, STYLE.findall(text))]:
            self.loads += ADDRESS_IN_CSS.findall(unescape(rules))


def foreign(address: str) -> bool:
    return bool(urlsplit(address).netloc)


def inline(address: str) -> bool:
    return urlsplit(address).scheme in ("data", "mailto", "javascript", "about", "blob")


def place(root: Path, page: str, address: str) -> str:
    """Where an address stands in a page's source, as ``file:line``."""
    source = root / f"{page}.md"
    if not source.exists():
        return f"{page}.html"
    needles = [address, address.rsplit("/", 1)[-1], urldefrag(address)[1]]
    for needle in filter(None, needles):
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
            if needle in line:
                return f"{page}.md:{number}"
    return f"{page}.md"


def check(site: Path, root: Path) -> list[str]:
    """What is wrong, a line each, beginning with the place in the sources."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    pages = {path: page for path, page in pages.items() if "_static" not in path.relative_to(site).parts}
    pages.pop(site / "404.html", None)  # hosts show it at other addresses; booksite/head.py says what it may load
    at = {path.resolve(): page for path, page in pages.items()}
    exists = cache(Path.exists)
    wrong = []
    for path, page in pages.items():
        name = path.relative_to(site).with_suffix("").as_posix()
        for address in dict.fromkeys(page.loads):
            if foreign(address):
                wrong.append(f"{place(root, name, address)}: the page loads {address} from another host.")
        for address in dict.fromkeys([*page.links, *(a for a in page.loads if not foreign(a))]):
            if foreign(address) or inline(address):
                continue
            rest, fragment = urldefrag(address)
            target = Path(os.path.realpath(path.parent / unquote(urlsplit(rest).path)) if rest else path.resolve())
            if address.endswith("/"):
                target /= "index.html"
            if not exists(target):
                wrong.append(f"{place(root, name, address)}: {address} leads to no file of the site.")
            elif target.suffix == ".html" and not FRAGMENTS_OF_SCRIPTS.search(fragment):
                there = at.get(target)
                if there is not None and unquote(fragment) not in there.anchors:
                    wrong.append(f"{place(root, name, address)}: {address} leads to no place on that page.")
    return wrong
