"""Text of a page of HTML: scripts, styles and navigation are left out, and nothing is fetched."""

from __future__ import annotations

import re
from typing import Final

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement, PreformattedString

from replenish.ledger.documents.pdf_files import MOST_CHARACTERS, Taken

DROPPED: Final = (
    "script", "style", "noscript", "template", "nav", "footer", "aside", "form", "button", "select", "textarea",
    "iframe", "object", "embed", "svg", "canvas", "audio", "video", "map", "math", "head", "title",
)  # fmt: skip
BLOCKS: Final = (
    "address", "article", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul",
)  # fmt: skip
CELLS: Final = ("td", "th")

DATES: Final = (
    "article:published_time", "og:published_time", "datepublished", "citation_publication_date", "dc.date.issued",
    "dc.date", "dcterms.created", "pubdate", "publishdate", "date",
)  # fmt: skip
PUBLISHERS: Final = ("og:site_name", "citation_publisher", "dc.publisher", "publisher", "application-name")
TITLES: Final = ("og:title", "citation_title", "dc.title", "twitter:title")
LINKED_DATE = re.compile(r'"datePublished"\s*:\s*"([^"\n]{4,40})"')
MOST_META = 500


def take_text(data: bytes) -> Taken:
    """Return the text of a page, in UTF-8, and what its tags say of it."""
    soup = BeautifulSoup(data.decode("utf-8"), "html.parser")
    about = _about(soup)
    for tag in soup.find_all(DROPPED):
        tag.extract()
    for tag in soup.find_all(_is_hidden):
        tag.extract()
    text = _to_text(_article(soup))
    if len(text) > MOST_CHARACTERS:
        return {"problem": f"has more than {MOST_CHARACTERS:,} characters of text; take the part you need"}
    return {"text": text, **about} if text else {"problem": "shows no text without its scripts"}


def _is_hidden(tag: Tag) -> bool:
    style = str(tag.get("style", "")).replace(" ", "").lower()
    return tag.has_attr("hidden") or "display:none" in style or tag.get("role") == "navigation"


def _article(soup: BeautifulSoup) -> Tag:
    """Return the part that holds most of the words where a page marks one, else all of it."""
    whole = len(soup.get_text())
    for name in ("article", "main"):
        found = soup.find_all(name)
        if len(found) == 1 and len(found[0].get_text()) * 2 > whole:
            return found[0]
    return soup


def _to_text(root: Tag) -> str:
    """Return the words of a part of a page, a block of it on lines of its own."""
    pieces: list[str] = []
    waiting: list[PageElement | str] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Tag):
            gap = "\n" if node.name in BLOCKS else " " if node.name in CELLS else ""
            waiting += [gap, *reversed(node.contents), gap]
        elif not isinstance(node, PageElement):
            pieces.append(node)
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            pieces.append(re.sub(r"\s+", " ", node))
    lines = (re.sub(r" +", " ", line).strip() for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _about(soup: BeautifulSoup) -> Taken:
    tags = _meta(soup)
    whole = soup.find("html")
    language = str(whole.get("lang", "")) if isinstance(whole, Tag) else ""
    return {
        "title": _first(tags, TITLES) or _heading(soup),
        "publisher": _first(tags, PUBLISHERS),
        "address": _address(soup, tags),
        "language": language or _first(tags, ("content-language", "og:locale", "dc.language")),
        "dates": _dates(soup, tags),
    }


def _meta(soup: BeautifulSoup) -> dict[str, str]:
    """Return the first value of each name of a meta tag."""
    found: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        name = str(tag.get("property") or tag.get("name") or tag.get("itemprop") or tag.get("http-equiv") or "")
        value = _short(str(tag.get("content", "")))
        if name and value:
            found.setdefault(name.lower(), value)
    return found


def _first(tags: dict[str, str], names: tuple[str, ...]) -> str:
    return next((tags[name] for name in names if name in tags), "")


def _short(text: str) -> str:
    return re.sub(r"\s+", " ", text[: 4 * MOST_META]).strip()[:MOST_META]


def _heading(soup: BeautifulSoup) -> str:
    for name in ("title", "h1"):
        tag = soup.find(name)
        if isinstance(tag, Tag) and tag.get_text().strip():
            return _short(tag.get_text())
    return ""


def _address(soup: BeautifulSoup, tags: dict[str, str]) -> str:
    link = soup.find("link", rel="canonical")
    given = str(link.get("href", "")) if isinstance(link, Tag) else ""
    return next((one for one in (_short(given), tags.get("og:url", "")) if one.startswith(("https://", "http://"))), "")


def _dates(soup: BeautifulSoup, tags: dict[str, str]) -> list[tuple[str, str]]:
    """Return what the page says of the day of its publication, with the tag that says it."""
    found = [(f"meta {name}", tags[name]) for name in DATES if name in tags]
    for tag in soup.find_all("script", type="application/ld+json"):
        linked = LINKED_DATE.search(tag.get_text()[:1_000_000])
        if linked:
            found.append(("datePublished", linked[1]))
    for tag in soup.find_all("time", attrs={"datetime": True}, limit=3):
        if tag.has_attr("pubdate") or tag.get("itemprop") == "datePublished":
            found.append(("time", _short(str(tag["datetime"]))))
    return found
