"""Text of a PDF, page by page."""

from __future__ import annotations

import io
from typing import Any, TypedDict

MOST_PAGES = 3_000
"""Pages of a PDF that is read."""

MOST_CHARACTERS = 5_000_000
"""Characters of text that are kept of a document."""


class Taken(TypedDict, total=False):
    """What a file gives: its text, what it says of itself, or the problem that stopped it."""

    text: str
    title: str
    publisher: str
    address: str
    language: str
    dates: list[tuple[str, str]]
    notes: list[str]
    problem: str


def take_text(data: bytes) -> Taken:
    """Return the text of a PDF and what it says of itself; it goes on until an exception where a PDF is broken."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        return {"problem": "is locked by a password; save a copy without one"}
    if len(reader.pages) > MOST_PAGES:
        return {"problem": f"has more than {MOST_PAGES:,} pages; take the part you need"}
    pages: list[str] = []
    for page in reader.pages:
        pages.append(page.extract_text())
        if sum(map(len, pages)) > MOST_CHARACTERS:
            return {"problem": f"has more than {MOST_CHARACTERS:,} characters of text; take the part you need"}
    text = "\n\n".join(page.strip() for page in pages)
    if not text.strip():
        return {"problem": "holds no text, only pictures of it; it needs text recognition first"}
    return {"text": text, **_about(reader)}


def _about(reader: Any) -> Taken:
    about = reader.metadata or {}
    made = str(about.get("/CreationDate", ""))
    digits = made.removeprefix("D:")[:8]
    dates = [("making of the file", f"{digits[:4]}-{digits[4:6]}-{digits[6:]}")] if digits.isdigit() else []
    root: Any = reader.root_object
    return {"title": str(about.get("/Title") or ""), "language": str(root.get("/Lang", "")), "dates": dates}
