"""A ledger as one page: what is known of each series, why this figure, what contradicts it, and who said it."""

from replenish.report.recorded.page import ledger_to_html, write_ledger_page

__all__ = ["ledger_to_html", "write_ledger_page"]
