"""Spares, repair and fleets in the report: words, pictures, tables."""

from replenish.report.sustained.facts import Sustained, find_sustained
from replenish.report.sustained.page import to_sustain_html, write_sustain_report
from replenish.report.sustained.section import sustain_section

__all__ = ["Sustained", "find_sustained", "sustain_section", "to_sustain_html", "write_sustain_report"]
