"""A PDF is written smaller: the same document, each picture once, and read by a reader that is not ours."""

import io
import re
import zlib

import pytest

from booksite.pdf import smaller

pypdf = pytest.importorskip("pypdf")


def stream(words: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>> stream\n%s\nendstream" % (len(words), more, words)


def document(bodies: list[bytes]) -> bytes:
    """A PDF of these objects, from 1 on, the first of which is its root."""
    written, at = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        at.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in at)
    head = b"xref\n0 %d\n%s" % (len(at) + 1, table)
    return (
        written + head + b"trailer\n<</Size %d\n/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(at) + 1, len(written))
    )


PIXELS = zlib.compress(bytes(range(256)) * 12)
PICTURE = b" /Subtype /Image /Width 32 /Height 32 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode"
MASKED = [stream(PIXELS, PICTURE + b" /SMask %d 0 R" % mask) for mask in (9, 10)]
MASK = stream(PIXELS[:], PICTURE)
PAGE = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Resources <</XObject <</X %d 0 R>>>> /Contents %d 0 R>>"
BOOK = [
    b"<</Type /Catalog /Pages 2 0 R>>",
    b"<</Type /Pages /Kids [3 0 R 4 0 R] /Count 2>>",
    PAGE % (5, 7),
    PAGE % (6, 8),
]
BOOK += [*MASKED, stream(b"/X Do % 6 0 R stays"), stream(b"q /X Do Q"), MASK, MASK]
BOOK += [b"<</Kept (%d)>>" % n for n in range(500)]


def test_equal_pictures_are_one_and_the_rest_is_as_it_was():
    made = smaller(document(BOOK))
    assert len(made) < len(document(BOOK)) / 3
    assert made.count(b"/Subtype /Image") == 2  # a picture and its mask
    reader = pypdf.PdfReader(io.BytesIO(made), strict=True)
    contents = [page.get_contents().get_data() for page in reader.pages]
    assert contents == [b"/X Do % 6 0 R stays", b"q /X Do Q"]
    assert {page["/Resources"]["/XObject"].raw_get("/X").idnum for page in reader.pages} == {5}
    assert [reader.get_object(n)["/Kept"] for n in (11, 300, 510)] == ["0", "289", "499"]


def test_a_pdf_that_is_packed_already_is_refused():
    packed = smaller(document(BOOK))
    with pytest.raises(ValueError, match="no plain table"):
        smaller(packed)
    with pytest.raises(ValueError, match="Chromium"):
        smaller(re.sub(rb"/Root 1 0 R", b"/Root 1 0 R /Encrypt 9 0 R", document(BOOK)))
