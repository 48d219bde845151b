"""The systems that show the world, each in its own way: one registry of them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from data_generators.pictures import Picture
from data_generators.systems import (
    csv_extract,
    dealer,
    digital,
    dynamics,
    hubspot,
    insights,
    loyalty,
    marketing,
    retail,
    salesforce,
    service,
    shop,
    stripe,
    support,
)
from data_generators.world import World

SYSTEMS: Mapping[str, Callable[[World], Picture]] = {
    "csv": csv_extract.picture,
    "salesforce": salesforce.picture,
    "dynamics": dynamics.picture,
    "shop": shop.picture,
    "loyalty": loyalty.picture,
    "support": support.picture,
    "insights": insights.picture,
    "retail": retail.picture,
    "dealer": dealer.picture,
    "service": service.picture,
    "digital": digital.picture,
    "stripe": stripe.picture,
    "marketing": marketing.picture,
    "hubspot": hubspot.picture,
}
"""Each system's picture of the world, by its name."""
