"""A finished run as one page for people: words, tables and pictures."""

from replenish.report.comparison import comparison_to_html, write_comparison
from replenish.report.page import to_html, write_report

__all__ = ["comparison_to_html", "to_html", "write_comparison", "write_report"]
