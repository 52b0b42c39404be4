"""Numbers in digits and in words."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SMALL: Final = {
    **{word: number for number, word in enumerate(ONES)},
    **{word: 10 * number for number, word in enumerate(TENS, 2)},
    "dozen": 12,
}
LARGE: Final = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000,
                "trillion": 1_000_000_000_000}  # fmt: skip
SHORT: Final = {"k": 1_000, "m": 1_000_000, "mn": 1_000_000, "mln": 1_000_000, "bn": 1_000_000_000}

_SMALL, _LARGE = "|".join(sorted(SMALL, key=len, reverse=True)), "|".join(LARGE)
_GAP = "[\u00a0\u202f\u2009 ]"
DIGITS = (
    rf"\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?![\d,]\d)|\d{{1,3}}(?:{_GAP}\d{{3}}(?!\d|\s?-?mm))+(?![.,]?\d)|\d+(?:\.\d+)?"
)
NUMBER = re.compile(
    rf"(?<![\w.,/-])(?:(?P<digits>{DIGITS})(?:\s?(?P<short>k|mn|mln|bn|m)\b|[\s-](?P<large>{_LARGE})s?\b)?"
    rf"|(?P<half>half\s+an?\s+(?:{_LARGE}|dozen)|(?:a\s+)?quarter\s+of\s+an?\s+(?:million|billion))\b"
    rf"|(?P<words>(?:an?\s+(?=(?:{_LARGE}|dozen)\b)|(?:{_SMALL})\b)"
    rf"(?:(?:\s+and\s+a\s+half|[\s-]+(?:and\s+)?(?:{_SMALL}|{_LARGE}))\b|(?:(?<=\s)(?:{_LARGE}|dozen)\b))*))",
    re.IGNORECASE,
)


class Number(NamedTuple):
    """A number in a text.  is_metric: `m` follows it, which is a million after a currency and else a metre."""

    value: float
    start: int
    end: int
    scale: float
    is_metric: bool


def find_numbers(text: str) -> list[Number]:
    """Return the numbers of a text in order.

    >>> [one.value for one in find_numbers("14,000 of 2.5 million; twenty-five thousand, half a million, 14k, 10 000")]
    [14000.0, 2500000.0, 25000.0, 500000.0, 14000.0, 10000.0]
    """
    return [_number(found) for found in NUMBER.finditer(text)]


def _number(found: re.Match[str]) -> Number:
    if found["digits"]:
        short, large = (found["short"] or "").lower(), (found["large"] or "").lower()
        scale = float(SHORT.get(short, 1)) if short else float(LARGE.get(large, 1))
        own = float(re.sub(rf"[,]|{_GAP}", "", found["digits"]))
        return Number(own * scale, *found.span(), scale, short == "m")
    if found["half"]:
        word = found["half"].lower().split()[-1]
        share = 0.25 if "quarter" in found["half"].lower() else 0.5
        return Number(share * (LARGE | {"dozen": 12})[word], *found.span(), 1.0, False)
    value, scale = _of_words(found["words"].lower())
    return Number(value, *found.span(), scale, False)


def _of_words(text: str) -> tuple[float, float]:
    """Return the number that words stand for, and the large word at their end.

    >>> _of_words("one and a half million"), _of_words("two hundred and fifty thousand"), _of_words("a hundred")
    ((1500000.0, 1000000.0), (250000.0, 1000.0), (100.0, 100.0))
    """
    halves = text.replace("and a half", "half")
    total, group, last = 0.0, 0.0, 1.0
    for word in re.findall(r"[a-z]+", halves):
        last = 1.0
        if word in SMALL:
            group = group * 12 if word == "dozen" and group else group + SMALL[word]
        elif word == "half":
            group += 0.5
        elif word == "hundred":
            group, last = max(group, 1.0) * 100, 100.0
        elif word in LARGE:
            total, group, last = total + max(group, 1.0) * LARGE[word], 0.0, float(LARGE[word])
    return total + group, last
