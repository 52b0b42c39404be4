"""A guess at the kind of a statement, with the words that gave it."""

from __future__ import annotations

import re
from typing import Final

from replenish.ledger.documents.proposals.quantities import Quantity
from replenish.ledger.kinds import Kind

_FUTURE = r"(?:will|would|aim\w*|plan(?:s|ned|ning)?|goal|target\w*|intend\w*|by 20\d\d|hopes?|expects?|set to|want\w*)"
_MAKE = r"(?:produc\w*|manufactur\w*|mak(?:e|es|ing)|output|turn(?:s|ed|ing)? out|buil[dt]\w*|assembl\w*)"
_MORE = r"(?:increas\w*|rais\w*|expand\w*|ramp\w*|boost\w*|lift\w*|doubl\w*|tripl\w*|reach\w*|scal\w*|rise)"
_TIMES = r"(?:days|weeks|months|years)"
_GIVE = r"(?:send|donate|give|provide|supply|deliver|hand over)"

CUES: Final[tuple[tuple[Kind, str], ...]] = (
    ("lead_time", r"lead[- ]times?|waiting|wait (?:of|for|time)|delay\w*|late\b|behind schedule|takes?\b|took"
                  rf"|needs?(?=[^.;]{{0,30}} {_TIMES} to)|arriv\w*(?=[\w ]{{0,20}} {_TIMES} after)"),
    ("requirement", r"guidelines?(?:[^.;,]{0,30}\b(?:hold|keep|store))?|must (?:hold|keep|store)|obliged"
                    r"|required to|should (?:hold|keep|store)|requirement"),
    ("pledge", rf"pledg\w*|promis\w*|vow\w*|commit(?:s|ted|ment)\b|donat\w*"
               rf"|(?:will|is to|are to|was to|were to) {_GIVE}"),
    ("order", r"contract\w*|order(?:s|ed|ing)?\b|signed|procur\w*|purchas\w*|bought|buy\w*"),
    ("delivery", r"deliver(?:ed|ies|y)\b|shipped|handed over|arrived|supplied|sent\b|reached the|receiv\w*|gets?\b"
                 r"|releases?d?(?= (?:some |about |up to )?\d)|borrowed|lent\b"),
    ("need", r"need\w*|requires?\b|ask(?:s|ed|ing)? for|request\w*|short(?:age|fall)s?|lack\w*"
             r"|demand\w*(?:[^.;]{0,15}\b(?:reach|ris|grow)\w*)?"),
    ("capacity_target", rf"{_FUTURE}\b[^.;]{{0,60}}\b(?:{_MAKE}|{_MORE}|capacity)|{_MORE}[^.;]{{0,40}}\bto\b"
                        rf"|(?:is|are) to (?:add|reach|{_MAKE})"),
    ("capacity", rf"capacit\w*|(?:can|could|able to) (?:{_MAKE}|take|hold|store|handle|fill)"),
    ("production_rate", rf"{_MAKE}|made|production|rolled off|came off"),
    ("use", r"fir(?:e|es|ed|ing)\b|consum\w*|us(?:e|es|ed|ing)\b|expend\w*|burn(?:s|ed|t|ing)?\b|hand(?:s|ed)? out"
            r"|issu(?:e|es|ed)\b|wear\w* out|spread\b"),
    ("unit_cost", r"costs?\b(?! of)|price\w*|apiece|each\b"),
    ("investment", r"invest\w*|plant\b|new factory"),
    ("funding", r"fund\w*|budget\w*|approv\w*|allocat\w*|aid package|grant\w*|appropriat\w*|earmark\w*"),
    ("count", r"stock\w*|in stor\w*|inventor\w*|h[eo]ld(?:s|ing)?\b|remain\w*|left\b|reserves?\b|depots?\b"
              r"|warehouse\w*|down to|full\b"),
)  # fmt: skip
"""Words by which kinds are guessed; of kinds whose words stand equally near, the one that comes first."""

PATTERNS: Final = tuple((kind, re.compile(rf"\b(?:{words})", re.IGNORECASE)) for kind, words in CUES)
OF_MONEY: Final = frozenset({"funding", "investment", "unit_cost", "order", "pledge", "delivery"})
PERIODS: Final = frozenset({"day", "week", "month", "quarter", "year"})
OF_TIME: Final = frozenset({"lead_time"})
NOT_OF_COUNTS: Final = frozenset({"lead_time", "funding", "investment", "unit_cost"})
OF_RATES: Final = frozenset({"capacity_target", "capacity", "production_rate", "use", "need", "delivery", "pledge"})
PROMISED: Final = re.compile(r"pledg|promis|vow", re.IGNORECASE)
FAR = 90
"""Characters beyond which words say nothing of a quantity."""

COMMA = 25
"""Characters that a comma between counts for."""


def guess_kind(sentence: str, quantity: Quantity) -> tuple[Kind, str] | None:
    """Return the likely kind of a quantity in a sentence, and the words that say so; None where none do."""
    if quantity.is_money and "/" in quantity.unit and quantity.unit.split("/")[1] not in PERIODS:
        return "unit_cost", quantity.words
    found = [
        (_distance(sentence, words, quantity), rank, kind, words[0])
        for rank, (kind, pattern) in enumerate(PATTERNS)
        if _fits(kind, quantity)
        for words in pattern.finditer(sentence)
    ]
    near = [one for one in found if one[0] <= FAR]
    if not near:
        return None
    _, _, kind, words = min(near)
    return kind, words


def has_lead_time(sentence: str) -> bool:
    """Return whether a sentence speaks of waiting, so that lengths of time in it are worth recording."""
    return PATTERNS[0][1].search(sentence) is not None


def _distance(sentence: str, words: re.Match[str], quantity: Quantity) -> int:
    gap = sentence[words.end() : quantity.start] or sentence[quantity.end : words.start()]
    if PROMISED.match(words[0]) and words.end() <= quantity.start and not re.search(r"[,;]", gap):
        return 0
    return len(gap) + COMMA * len(re.findall(r",(?!\d)|;", gap))


def _fits(kind: Kind, quantity: Quantity) -> bool:
    if quantity.is_money:
        return kind in OF_MONEY
    if quantity.is_time:
        return kind in OF_TIME
    if kind in NOT_OF_COUNTS:
        return False
    return "/" not in quantity.unit or kind in OF_RATES
