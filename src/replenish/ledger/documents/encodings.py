"""Bytes to text: encodings told by a mark, proven by being valid, or guessed and said so."""

from __future__ import annotations

import codecs
import re
from typing import Final, NamedTuple

from replenish.errors import UsageError

MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""Bytes with which a file says its encoding; longer marks before those with which they begin."""

FALL_BACK = "cp1252"

MOST_CONTROLS = 0.01
"""Share of control characters above which bytes are no text."""

DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""")
DECLARED_WITHIN = 4096
TRUSTED = re.compile(r"(windows-125\d|cp125\d|iso-?8859-\d+|iso8859-\d+|koi8-[ru]|shift_jis|euc_jp|euc_kr|gb2312|gbk"
                     r"|gb18030|big5|utf-16|us-ascii|ascii|latin-?1|mac-?roman)", re.IGNORECASE)  # fmt: skip

CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
"""Characters that show nothing, or turn the direction of what is shown."""


class Decoded(NamedTuple):
    """Text, the encoding it was in, and what a reader should know of that."""

    text: str
    encoding: str
    notes: tuple[str, ...]


def decode(data: bytes, name: str, *, is_page: bool = False) -> Decoded:
    """Return bytes as text without characters that show nothing.

    Args:
        data: the bytes.
        name: of the file, for messages.
        is_page: a page of HTML, which may say its encoding.

    Raises:
        UsageError: they are no text.
    """
    text, encoding, notes = _decode(data, name, is_page=is_page)
    if "\x00" in text or _controls(text) > MOST_CONTROLS * max(len(text), 100):
        raise UsageError(f"{name}: is no text: it holds bytes that stand for nothing; save it as text in UTF-8")
    plain, dropped = clean(text)
    if dropped:
        notes = (*notes, f"{dropped} characters that show nothing were left out")
    return Decoded(plain, encoding, notes)


def clean(text: str) -> tuple[str, int]:
    """Return text with plain ends of lines and without characters that show nothing, and how many those were.

    >>> clean("a" + chr(27) + "b" + chr(0x202E) + "c")
    ('abc', 2)
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return CONTROLS.subn("", lines.replace("\x0c", "\n"))


def _controls(text: str) -> int:
    return sum(1 for found in CONTROLS.finditer(text) if found.group() < "\xa0")


def _decode(data: bytes, name: str, *, is_page: bool) -> Decoded:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return Decoded(_strict(data, encoding, name), encoding, ())
    try:
        return Decoded(data.decode("utf-8"), "utf-8", ())
    except UnicodeDecodeError:
        pass
    declared = _declared(data) if is_page else None
    if declared:
        return Decoded(_strict(data, declared, name), declared, (f"read as {declared}, as the page says",))
    note = "neither UTF-8 nor marked as UTF-16: read as Windows-1252; look at letters with accents"
    return Decoded(_strict(data, FALL_BACK, name), FALL_BACK, (note,))


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise UsageError(f"{name}: is no text in {encoding}; save it as text in UTF-8") from error


def _declared(data: bytes) -> str | None:
    found = DECLARED.search(data[:DECLARED_WITHIN])
    word = found[1].decode("ascii") if found else ""
    return word if TRUSTED.fullmatch(word) else None
