"""A PDF as Chromium writes it, in half of its bytes.

Chromium writes a picture once for each page and frame that shows it, and every element of the document's structure,
of which a book has a hundred thousand, as plain text. Here equal streams become one, and what is no stream goes into
object streams (PDF 1.5, ISO 32000-1, sections 7.5.7 and 7.5.8).
"""

import re
import zlib

REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
TOGETHER = 200  #: objects in one object stream


def objects(data: bytes) -> tuple[dict[int, bytes], bytes]:
    """The objects of a PDF with a plain table of offsets, and the dictionary of its trailer.

    Raises:
        ValueError: a PDF that is written in another way.
    """
    start = int(re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", data)[1])
    table = re.compile(rb"xref\s+0 (\d+)\s+").match(data, start)
    trailer = re.compile(rb"trailer\s*<<(.*?)>>\s*startxref", re.S).search(data, start)
    if not table or not trailer or b"/Encrypt" in trailer[1] or b"/Prev" in trailer[1]:
        raise ValueError("This PDF has no plain table of its objects; it must be one that Chromium printed.")
    lines = [data[table.end() + 20 * n : table.end() + 20 * (n + 1)] for n in range(int(table[1]))]
    at = {n: int(line[:10]) for n, line in enumerate(lines) if line[17:18] == b"n"}
    ends = dict(zip(sorted(at.values()), [*sorted(at.values())[1:], start], strict=True))
    found = {}
    for number, offset in at.items():
        body = data[offset : ends[offset]]
        found[number] = body[body.index(b"obj") + 3 : body.rindex(b"endobj")].strip(b"\r\n ")
    return found, trailer[1]


def renamed(body: bytes, same: dict[int, int]) -> bytes:
    """An object with its references to duplicates led to the first of them; what a stream holds stays as it is."""
    head, mark, rest = body.partition(b"stream\n") if body.endswith(b"endstream") else (body, b"", b"")
    head = REFERENCE.sub(lambda each: b"%d 0 R" % same[int(each[1])] if int(each[1]) in same else each[0], head)
    return head + mark + rest


def smaller(data: bytes) -> bytes:
    """The same document, with equal streams written once and the rest packed.

    Raises:
        ValueError: a PDF that is written in another way than Chromium's.
    """
    found, trailer = objects(data)
    while True:  # pictures first, then pictures whose masks have become the same one
        first: dict[bytes, int] = {}
        same = {}
        for number, body in found.items():
            if body.endswith(b"endstream") and (kept := first.setdefault(body, number)) != number:
                same[number] = kept
        if not same:
            break
        found = {number: renamed(body, same) for number, body in found.items() if number not in same}
    written, where = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"), {}
    packed = [number for number, body in found.items() if not body.endswith(b"endstream")]
    for number in found.keys() - set(packed):
        where[number] = (1, len(written), 0)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, found[number])
    last = max(found)
    for start in range(0, len(packed), TOGETHER):
        last += 1
        group, head, body = packed[start : start + TOGETHER], [], bytearray()
        for place, number in enumerate(group):
            where[number] = (2, last, place)
            head.append(b"%d %d" % (number, len(body)))
            body += found[number] + b"\n"
        front = b" ".join(head) + b"\n"
        squeezed = zlib.compress(front + body, 9)
        where[last] = (1, len(written), 0)
        written += b"%d 0 obj\n<</Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream\nendobj\n" % (
            last,
            len(group),
            len(front),
            len(squeezed),
            squeezed,
        )  # fmt: skip
    last += 1
    where[last] = (1, len(written), 0)
    rows = (where.get(number, (0, 0, 65535)) for number in range(last + 1))
    table = zlib.compress(b"".join(b"%c" % kind + at.to_bytes(4) + more.to_bytes(2) for kind, at, more in rows), 9)
    trailer = re.sub(rb"/Size \d+", b"", trailer).strip()
    start = len(written)
    written += b"%d 0 obj\n<</Type /XRef /Size %d /W [1 4 2] /Filter /FlateDecode /Length %d %s>>\nstream\n%s\nendstream\nendobj\n" % (
        last,
        last + 1,
        len(table),
        trailer,
        table,
    )  # fmt: skip
    return bytes(written + b"startxref\n%d\n%%%%EOF\n" % start)
