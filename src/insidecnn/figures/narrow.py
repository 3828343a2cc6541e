"""Drawings with a second form for narrow pages: the same things, laid out for a phone."""

from dataclasses import dataclass

from insidecnn.figures.network import Drawing

PAGE = 304  #: pixels: the text of a page on a phone, in a box


@dataclass(frozen=True)
class TwoForms(Drawing):
    """A drawing, and the same for narrow pages; a page shows one of them, a notebook the first."""

    narrow: str = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        return super()._repr_mimebundle_(), {"text/html": {"narrow": self.narrow}}
