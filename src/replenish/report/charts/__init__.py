"""One function for each picture: which series it shows, in which colours, under which title."""

from replenish.report.charts.common import FAN
from replenish.report.charts.deliveries import DELIVERY_KEYS, deliveries, deliveries_by_year
from replenish.report.charts.fleets import FLEET_KEYS, fleets
from replenish.report.charts.money import BUDGET_KEYS, budget, chain_states, spend_by_year
from replenish.report.charts.need import NEED_KEYS, need
from replenish.report.charts.production import PRODUCTION_KEYS, limit_keys, production
from replenish.report.charts.reached import TARGET_KEYS, delay_title, delays, targets
from replenish.report.charts.reported import REPORTED_KEYS, reported
from replenish.report.charts.stocks import (
    STOCK_KEYS,
    SUPPLY_KEYS,
    back_dates,
    below_requirement,
    expired,
    stock,
    supply,
)
from replenish.report.charts.studies import CASE_KEYS, TORNADO_KEYS, cases, tornado

__all__ = [
    "BUDGET_KEYS", "CASE_KEYS", "DELIVERY_KEYS", "FAN", "FLEET_KEYS", "NEED_KEYS", "PRODUCTION_KEYS", "REPORTED_KEYS",
    "STOCK_KEYS", "SUPPLY_KEYS", "TARGET_KEYS", "TORNADO_KEYS", "back_dates", "below_requirement", "budget", "cases",
    "chain_states", "delay_title", "delays", "deliveries", "deliveries_by_year", "expired", "fleets", "limit_keys",
    "need", "production", "reported", "spend_by_year", "stock", "supply", "targets", "tornado",
]  # fmt: skip
