"""How the documentation is built: offline, and with formulas as MathML, which needs no script."""

from __future__ import annotations

from importlib.metadata import version as version_of
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

project = "replenish"
author = "The replenish authors"
copyright = author  # noqa: A001 - the name that Sphinx reads
release = version = version_of("replenish")

extensions = ["myst_nb"]  # Markdown, and pages with code cells, which are run
exclude_patterns = ["_build", "generate.py", "picture.py"]
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "auto"  # every page whose cells have no output in it
nb_execution_raise_on_error = True
nb_execution_timeout = 600  # [s] the first run compiles
nb_merge_streams = True  # lines that were printed one after the other are one block
html_theme = "furo"
html_title = f"replenish {release}"
html_static_path: list[str] = []
html_show_sourcelink = False
html_math_renderer = "mathml"


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Draw formulas as MathML."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
