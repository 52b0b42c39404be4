"""Words of a text in one form, and short runs of them by which texts are compared."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

SHINGLE_WORDS = 5
"""Words of a shingle: long enough that texts on one subject seldom share one by chance."""

SAMPLE_WINDOW = 8
"""Of as many shingles in a row at least one is kept in the sample, so a shared run of 12 words is always found."""

WORD = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)*|[^\W_]+(?:(?:['\u2019]|-\n)[^\W_]+)*")
BITS_63 = (1 << 63) - 1


Run = tuple[str, ...]


class Word(NamedTuple):
    """A word in its one form, and where it stands in the text."""

    form: str
    start: int
    end: int


def to_words(text: str) -> list[Word]:
    """Return the words of a text: no case, no punctuation, one kind of apostrophe, compatibility letters resolved.

    >>> [word.form for word in to_words("The U.S.\u2019 1,000 \u201cShells\u201d, it\u2019s said")]
    ['the', 'us', '1000', 'shells', "it's", 'said']
    """
    return [Word(_form(found[0]), found.start(), found.end()) for found in WORD.finditer(text)]


@lru_cache(maxsize=100_000)
def _form(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).casefold().replace("\u2019", "'").replace("-\n", "")
    if plain[0].isdigit():
        return plain.replace(",", "") if re.fullmatch(r"\d+(,\d{3})+(\.\d+)?", plain) else plain
    return plain.replace(".", "")


def forms(text: str) -> list[str]:
    """Return the forms of the words of a text."""
    return [word.form for word in to_words(text)]


def to_runs(words: Sequence[str]) -> set[Run]:
    """Return all different runs of five words, to compare two texts exactly and without hashing."""
    return set(zip(*(words[k:] for k in range(SHINGLE_WORDS)), strict=False))


def to_shingles(words: Sequence[str]) -> list[int]:
    """Return the hashes of all runs of five words in order, each below 2^63; the same on every machine."""
    joined = [" ".join(words[k : k + SHINGLE_WORDS]) for k in range(len(words) - SHINGLE_WORDS + 1)]
    return [int.from_bytes(hashlib.blake2b(one.encode(), digest_size=8).digest()) & BITS_63 for one in joined]


def sample(shingles: Sequence[int]) -> set[int]:
    """Return the least hash of every eight shingles in a row.

    Whatever two texts share in eight shingles in a row, 12 words, is in both samples, wherever it stands.

    References:
        Schleimer, Wilkerson and Aiken (2003), Winnowing: local algorithms for document fingerprinting, section 3.
    """
    last = max(len(shingles) - SAMPLE_WINDOW + 1, 1)
    return {min(shingles[k : k + SAMPLE_WINDOW]) for k in range(last)} if shingles else set()
