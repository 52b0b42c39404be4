"""Templates to pages: every page is one file, with its style inside and nothing from elsewhere."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("replenish.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def render(template: str, **content: object) -> str:
    """Return a page made from a template; all text in `content` is escaped."""
    return _environment().get_template(template).render(**content)
