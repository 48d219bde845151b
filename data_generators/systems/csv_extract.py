"""The `csv` system: the messy customer extract and its transactions."""

from __future__ import annotations

from data_generators.pictures import Picture
from data_generators.systems.csv_customers import make_customers
from data_generators.systems.csv_transactions import make_transactions
from data_generators.world import World


def picture(world: World) -> Picture:
    """Customers as a careless company knows them, and what they bought."""
    customers = make_customers(world)
    transactions, sales = make_transactions(world, customers)
    return Picture(
        tables=[customers.table, transactions],
        records=[customers.truth],
        sales=[sales],
    )
