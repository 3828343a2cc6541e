"""The list of references: author and year, as the chapters cite them; title, place, and where to read it.

The style is called ``author-year``; its entries become a plain list, without a number or a label of their own.
"""

from urllib.parse import urlsplit

import pybtex.plugin
from docutils import nodes
from pybtex.style.formatting import toplevel
from pybtex.style.formatting.plain import Style
from pybtex.style.formatting.unsrt import pages
from pybtex.style.template import field, first_of, href, join, optional, optional_field, sentence, tag, words


class AuthorYear(Style):
    """*Authors* (year). Title. Place, volume(number):pages. Links."""

    def get_work_template(self, entry):
        journal = entry.fields.get("journal", "")
        preprint = journal.startswith("arXiv:")  # the link says it
        number = join[field("volume"), optional["(", field("number"), ")"], optional[":", pages]]
        return toplevel[
            sentence[words[self.format_names("author", as_sentence=False), join["(", field("year"), ")"]]],
            self.format_title(entry, "title"),
            sentence[
                "" if preprint else optional[tag("em")[field("journal")]],
                optional[words["In", tag("em")[field("booktitle")]]],
                "" if "url" in entry.fields else optional_field("howpublished"),
                optional_field("institution"),
                optional_field("publisher"),
                first_of[optional[number], optional[words["pages", pages]]],
            ],
            self.format_links(),
        ]

    get_article_template = get_inproceedings_template = get_incollection_template = get_work_template
    get_book_template = get_misc_template = get_techreport_template = get_work_template

    def format_links(self):
        """The site of an address stands for it; others have their number."""
        address = field("url", raw=True)
        site = field("url", raw=True, apply_func=lambda url: urlsplit(url).hostname.removeprefix("www."))
        return sentence[
            optional[href(address)[site]],
            optional[self.format_eprint(None)],
            optional[self.format_doi(None)],
        ]


def without_labels(app, doctree, docname):
    """Citations become items of a list; their labels would say author and year a second time."""
    for box in list(doctree.findall(nodes.container)):
        cited = [entry for entry in box if isinstance(entry, nodes.citation)]
        if cited:
            items = (nodes.list_item("", *entry[1:], ids=entry["ids"]) for entry in cited)
            box.replace_self(nodes.bullet_list("", *items))


def setup(app):
    app.connect("doctree-resolved", without_labels)
    pybtex.plugin.register_plugin("pybtex.style.formatting", "author-year", AuthorYear)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
