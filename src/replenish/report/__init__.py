"""A finished run as one page for people: words, tables and pictures."""

from replenish.report.page import to_html, write_report

__all__ = ["to_html", "write_report"]
