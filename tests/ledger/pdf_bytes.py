"""PDFs put together by hand, for tests: an honest page, and some that mean harm."""

from __future__ import annotations

import zlib


def to_pdf(objects: dict[int, bytes]) -> bytes:
    """Return a PDF of numbered objects, of which the first is its root."""
    body, places = bytearray(b"%PDF-1.7\n"), dict[int, int]()
    for number, own in objects.items():
        places[number] = len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, own)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % places[number] for number in sorted(places))
    return bytes(body + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def one_page(content: bytes, *, pages: int = 1) -> bytes:
    """Return a PDF whose pages all show the same compressed content."""
    packed = zlib.compress(content, 9)
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 5 + pages))
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 3 0 R /Resources << /Font << /F 4 0 R >> >> >>"
    )
    return to_pdf({
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
        3: b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        **dict.fromkeys(range(5, 5 + pages), page),
    })  # fmt: skip


def lines_of(*lines: str) -> bytes:
    """Return page content that shows lines."""
    shown = b" ".join(b"(%s) Tj T*" % line.encode("latin-1") for line in lines)
    return b"BT /F 12 Tf 14 TL 50 700 Td " + shown + b" ET"


def bomb_of_zeros() -> bytes:
    """Return a PDF whose page is 300 MB of nothing, packed twice."""
    inner = zlib.compressobj(9)
    once = b"".join([inner.compress(b" " * 10_000_000) for _ in range(30)] + [inner.flush()])
    twice = zlib.compress(once, 9)
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (len(twice), twice)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 3 0 R >>"
    return to_pdf({
        1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>", 3: stream, 4: page,
    })  # fmt: skip


def bomb_of_brackets() -> bytes:
    """Return a PDF whose root holds arrays within arrays, half a million deep."""
    deep = b"[" * 500_000 + b"]" * 500_000
    return to_pdf({1: b"<< /Type /Catalog /Pages 2 0 R /Deep %s >>" % deep, 2: b"<< /Type /Pages /Kids [] /Count 0 >>"})


def bomb_of_work() -> bytes:
    """Return a small PDF whose three thousand pages each draw two million letters."""
    return one_page(b"BT /F 12 Tf " + b"(a) Tj " * 2_000_000 + b"ET", pages=3_000)


def circle_of_pages() -> bytes:
    """Return a PDF whose tree of pages holds itself."""
    return to_pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"})
