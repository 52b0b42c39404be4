"""Numbers with what they count: units, ranges, bounds, rates, money, shares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from replenish.ledger.documents.proposals.numbers import Number, find_numbers
from replenish.ledger.documents.proposals.sentences import Span

AT_MOST = re.compile(
    r"\b(?:up to|as many as|as much as|at most|(?:no|not) more than|less than|fewer than|under|below|a maximum of)"
    r"(?:\s+(?:about|some|around))?\s*$",
    re.IGNORECASE,
)
AT_LEAST = re.compile(
    r"\b(?:more than|over|at least|(?:no|not) (?:fewer|less) than|above|in excess of|exceed(?:ing|ed|s)?|upwards of"
    r"|a minimum of)\s*$",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"\bbetween(?:\s+(?:about|some))?\s*$", re.IGNORECASE)
FROM = re.compile(r"\bfrom(?:\s+(?:about|some|around|roughly))?\s*$", re.IGNORECASE)
CHANGE = re.compile(r"\b(?:ris\w*|rose|increas\w*|rais\w*|gr[eo]w\w*|boost\w*|expand\w*|cut\w*|f[ae]ll\w*|dropp?\w*"
                    r"|went|go(?:es|ing)?|jump\w*|reduc\w*|up|down|climb\w*|doubl\w*|tripl\w*|lift\w*|mov\w*|scal\w*|ramp\w*"
                    r"|shr[aiu]nk\w*|declin\w*)\b", re.IGNORECASE)  # fmt: skip
TO = re.compile(r"\s*(?:to|-|\u2013|\u2014)\s*(?:about |some |around )?", re.IGNORECASE)
AND = re.compile(r"\s+and\s+", re.IGNORECASE)

JOINED = re.compile(
    r"\s*(?:to|or|and|of (?:the|its|their|all))\s+(?:about |some |over |more than |nearly )?", re.IGNORECASE
)

CURRENCIES: Final = {
    "$": "USD", "us$": "USD", "usd": "USD", "\u20ac": "EUR", "eur": "EUR", "\u00a3": "GBP", "gbp": "GBP", "nok": "NOK",
    "sek": "SEK", "dkk": "DKK", "pln": "PLN", "czk": "CZK", "chf": "CHF", "cad": "CAD", "\u00a5": "JPY", "jpy": "JPY",
}  # fmt: skip
NAMED: Final = {"dollar": "USD", "euro": "EUR", "pound": "GBP", "zloty": "PLN", "zlotys": "PLN", "yen": "JPY",
                "franc": "CHF", "crown": "crowns"}  # fmt: skip
CODES = "usd|eur|gbp|nok|sek|dkk|pln|czk|chf|cad|jpy"
BEFORE_MONEY = re.compile(rf"(us\$|\$|\u20ac|\u00a3|\u00a5|\b(?:{CODES}))\s?$", re.IGNORECASE)
AFTER_MONEY = re.compile(
    rf"\s?(?:({CODES}|\u20ac)(?!\w)|(dollar|euro|pound|zloty|yen|franc|crown)s?\b)(?!\s+of\b)",
    re.IGNORECASE,
)
EACH = re.compile(r"\s*,?\s*(?:each|apiece|(?:per|a|an)\s+(?P<one>[a-z][\w-]*))\b", re.IGNORECASE)
PERCENT = re.compile(r"\s?(?:%|percent\b|per\s?cent\b)", re.IGNORECASE)

PER = re.compile(
    r"\s*,?\s*(?:(?:a|per|each|every)\s+(?P<per>day|week|month|quarter|year)\b(?!\s+(?:earlier|before|ago|later|old))"
    r"|(?P<often>daily|weekly|monthly|quarterly|annually|yearly)\b)",
    re.IGNORECASE,
)
OFTEN: Final = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "annual": "year",
                "annually": "year", "yearly": "year"}  # fmt: skip
OFTEN_BEFORE = re.compile(r"\b(daily|weekly|monthly|quarterly|annual|yearly)\b[^,;.]{0,50}$", re.IGNORECASE)

NOT_COUNTED = re.compile(
    r"\s?-?(?:mm\b|cm\b|millimet|calib|st\b|nd\b|rd\b|th\b|[-\u2010][a-z]|:\d|\s?[ap]\.?m\b)", re.IGNORECASE
)
CALIBRE = r"(?:\d{2,3}(?:\.\d+)?(?:\s?-?mm|\s?-?millimet(?:er|re)s?)\s+)?"
WORD = re.compile(rf"\s+(?P<word>{CALIBRE}[A-Za-z][\w'\u2019/-]*)")
STOP: Final = frozenset({
    "a", "an", "the", "of", "in", "on", "at", "to", "for", "from", "by", "with", "and", "or", "but", "as", "per",
    "each", "every", "is", "was", "are", "were", "has", "had", "have", "been", "be", "will", "would", "could", "can",
    "may", "might", "must", "should", "that", "which", "who", "whose", "when", "where", "while", "after", "before",
    "since", "until", "during", "into", "out", "over", "under", "more", "less", "than", "this", "these", "those",
    "its", "his", "her", "their", "our", "your", "my", "it", "he", "she", "they", "we", "you", "not", "only", "also",
    "so", "if", "because", "about", "between", "against", "across", "through", "via", "says", "said", "does", "did",
    "do", "needs", "remains", "costs", "takes", "makes", "goes", "comes", "gives", "last", "next", "ago", "now",
    "then", "already", "still", "daily", "weekly", "monthly", "annually", "yearly", "worth", "apiece"
})  # fmt: skip
TIMES: Final = frozenset(["seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years", "decades"])
LEFT_OUT: Final = frozenset({
    "countries", "nations", "states", "members", "allies", "ministers", "times", "points", "others", "lawmakers",
    "officials", "cities", "governments", "journalists", "reporters", "experts", "analysts", "seats", "votes",
    "pages", "parties", "leaders", "signatories", "terms", "ways", "reasons", "things", "kilometres", "kilometers",
    "miles", "metres", "meters", "degrees", "centuries", "partners", "districts", "shifts"
}) | {"killed", "dead"}  # fmt: skip
MEASURES: Final = frozenset({
    "tonnes", "tons", "litres", "liters", "gallons", "barrels", "kilograms", "kilos", "grams", "kg", "doses", "vials",
    "packs", "boxes", "pallets", "units", "sets", "bags", "crates", "truckloads", "containers", "cubic", "metres",
    "rolls", "pairs", "pints"
})  # fmt: skip
SINGULAR: Final = frozenset(["kg", "aircraft", "ammunition", "personnel", "people", "troops", "ordnance", "t"])
MOST_UNIT_WORDS = 5


class Quantity(NamedTuple):
    """A quantity in a text, as said: a figure, a range, or only the least or the most.

    unit: what is counted, `/` and the unit of time of a rate; a currency; `percent`.
    """

    low: float | None
    best: float | None
    high: float | None
    unit: str
    words: str
    start: int
    end: int

    @property
    def is_money(self) -> bool:
        """Return whether it is an amount in some currency."""
        return self.unit.split("/")[0] in {*CURRENCIES.values(), *NAMED.values()}

    @property
    def is_time(self) -> bool:
        """Return whether it is a length of time."""
        return self.unit in TIMES


class _Piece(NamedTuple):
    """One number or a range of two, before its unit is known."""

    first: Number
    second: Number | None
    span: Span


def find_quantities(text: str, taken: Sequence[Span] = ()) -> list[Quantity]:
    """Return the numbers of a sentence that count something, outside of what is `taken` by dates.

    >>> [(one.low, one.high, one.unit) for one in find_quantities("between 10,000 and 12,000 shells a month")]
    [(10000.0, 12000.0, 'shells/month')]
    """
    numbers = [
        one for one in find_numbers(text) if not any(one.start < end and start < one.end for start, end in taken)
    ]
    found: list[Quantity] = []
    for piece, following in _with_next(list(_pieces(text, numbers))):
        quantity = _quantity(text, piece) or _shared_unit(text, piece, following)
        if quantity is not None:
            found.append(quantity)
    return found


def _with_next(pieces: list[_Piece]) -> Iterator[tuple[_Piece, _Piece | None]]:
    return ((own, pieces[at + 1] if at + 1 < len(pieces) else None) for at, own in enumerate(pieces))


def _pieces(text: str, numbers: list[Number]) -> Iterator[_Piece]:
    at = 0
    while at < len(numbers):
        first = numbers[at]
        second = numbers[at + 1] if at + 1 < len(numbers) else None
        if second is not None and _is_range(text, first, second):
            yield _Piece(_scaled(first, second), second, Span(first.start, second.end))
            at += 2
        else:
            yield _Piece(first, None, Span(first.start, first.end))
            at += 1


def _is_range(text: str, first: Number, second: Number) -> bool:
    gap, before = text[first.end : second.start], text[max(0, first.start - 60) : first.start]
    if re.fullmatch(rf"(?:{AND.pattern})(?:\$|\u20ac|\u00a3)?", gap, re.IGNORECASE):
        return bool(BETWEEN.search(re.sub(r"[$\u20ac\u00a3]$", "", before)))
    if not re.fullmatch(rf"(?:{TO.pattern})(?:\$|\u20ac|\u00a3)?", gap, re.IGNORECASE) or second.value <= first.value:
        return False
    return not (FROM.search(re.sub(r"[$\u20ac\u00a3]$", "", before)) and CHANGE.search(before))


def _scaled(first: Number, second: Number) -> Number:
    """Return the first number of a range such as `2 to 3 million` with the scale of the second."""
    if first.scale == 1.0 and second.scale > 1.0 and first.value * second.scale < second.value:
        return first._replace(value=first.value * second.scale, scale=second.scale)
    return first


def _shared_unit(text: str, piece: _Piece, following: _Piece | None) -> Quantity | None:
    """Return a number that has its unit from the next one, as in `from 14,000 to 40,000 shells a month`."""
    if following is None or not JOINED.fullmatch(text, piece.span.end, following.span.start):
        return None
    other = _quantity(text, following)
    return None if other is None else _bounded(text, piece, other.unit, piece.span.start, piece.span.end)


def _quantity(text: str, piece: _Piece) -> Quantity | None:
    start, end = piece.span
    last = piece.second or piece.first
    money = BEFORE_MONEY.search(text[:start]) if start else None
    if money:
        return _money(text, piece, CURRENCIES[money[1].lower()], money.start(), end)
    if last.is_metric or NOT_COUNTED.match(text, end):
        return None
    if after := AFTER_MONEY.match(text, end):
        currency = CURRENCIES.get((after[1] or "").lower()) or NAMED[after[2].lower()]
        return _money(text, piece, currency, start, after.end())
    if after := PERCENT.match(text, end):
        return _bounded(text, piece, "percent", start, after.end())
    unit, ends = _unit(text, end)
    return None if unit is None else _rate(text, piece, unit, ends)


def _money(text: str, piece: _Piece, currency: str, start: int, end: int) -> Quantity:
    per = PER.match(text, end)
    each = None if per else EACH.match(text, end)
    if per:
        return _bounded(text, piece, f"{currency}/{_period(per)}", start, per.end())
    if each:
        return _bounded(text, piece, f"{currency}/{(each['one'] or 'each').lower()}", start, each.end())
    return _bounded(text, piece, currency, start, end)


def _rate(text: str, piece: _Piece, unit: str, end: int) -> Quantity | None:
    per = PER.match(text, end)
    if per:
        return _bounded(text, piece, f"{unit}/{_period(per)}", piece.span.start, per.end())
    often = OFTEN_BEFORE.search(text[max(0, piece.span.start - 70) : piece.span.start])
    if often and unit and unit not in TIMES:
        return _bounded(text, piece, f"{unit}/{OFTEN[often[1].lower()]}", piece.span.start, end)
    return _bounded(text, piece, unit, piece.span.start, end) if unit else None


def _period(found: re.Match[str]) -> str:
    return found["per"].lower() if found["per"] else OFTEN[found["often"].lower()]


def _unit(text: str, end: int) -> tuple[str | None, int]:
    """Return the noun that follows with the words before it, and where it ends; empty: only a rate follows."""
    if PER.match(text, end):
        return "", end
    words: list[str] = []
    place = end
    while len(words) < MOST_UNIT_WORDS and (found := WORD.match(text, place)) and found["word"].lower() not in STOP:
        words.append(found["word"])
        place = found.end()
        if _is_head(found["word"].lower()):
            head = found["word"].lower()
            return (
                (None, end)
                if head in LEFT_OUT and words[0] not in ("cubic", "square")
                else _with_content(text, words, place)
            )
    return None, end


def _is_head(word: str) -> bool:
    if word in SINGULAR:
        return True
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s", "\u2019s"))


def _with_content(text: str, words: list[str], end: int) -> tuple[str, int]:
    """Return a unit with what is measured: `tonnes of diesel`."""
    if words[-1].lower() in MEASURES and (found := re.compile(r"\s+of\s+(?=[a-z0-9])").match(text, end)):
        place, content = found.end() - 1, list[str]()
        while len(content) < 3 and (word := WORD.match(text, place)) and word["word"].lower() not in STOP:
            content.append(word["word"])
            place = word.end()
            if _is_head(word["word"].lower()) or text[place : place + 1] != " ":
                break
        if content:
            return " ".join([*words, "of", *content[:2]]), place
    return " ".join(words), end


def _bounded(text: str, piece: _Piece, unit: str, start: int, end: int) -> Quantity:
    before = text[max(0, start - 30) : start]
    value = piece.first.value
    low: float | None = None
    high: float | None = None
    best: float | None = value
    if piece.second is not None:
        low, best, high = value, None, piece.second.value
    elif AT_MOST.search(before):
        best, high = None, value
    elif AT_LEAST.search(before):
        low, best = value, None
    return Quantity(low, best, high, unit, text[start:end], start, end)
