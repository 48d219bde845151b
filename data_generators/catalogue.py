"""What is for sale and where: products, shops of brick, the people in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generators.draws import Ints, Stream, Streams
from data_generators.words import Words, word_pools

CATEGORIES: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("Clothing", 35, ("Shirt", "Jeans", "Jacket", "Sweater", "Dress", "Blouse")),
    ("Footwear", 60, ("Sneakers", "Boots", "Sandals", "Loafers")),
    ("Accessories", 22, ("Belt", "Scarf", "Handbag", "Sunglasses", "Backpack")),
    ("Electronics", 120, ("Headphones", "Speaker", "Tablet", "Camera", "Charger")),
    ("Home & Kitchen", 40, ("Kettle", "Pan", "Toaster", "Knife Set", "Blender")),
    ("Furniture", 150, ("Chair", "Desk", "Shelf", "Lamp", "Side Table")),
    ("Sports", 45, ("Yoga Mat", "Dumbbells", "Football", "Tent", "Racket")),
    ("Beauty", 18, ("Face Cream", "Shampoo", "Perfume", "Lipstick")),
    ("Books", 14, ("Novel", "Cookbook", "Atlas", "Biography")),
    ("Toys", 24, ("Puzzle", "Board Game", "Doll", "Building Blocks")),
    ("Garden", 30, ("Rake", "Planter", "Hose", "Pruner")),
    ("Grocery", 8, ("Coffee", "Olive Oil", "Tea", "Chocolate")),
)
"""Name, typical price in dollars, what there is."""

_MAKES = (
    "Classic",
    "Everyday",
    "Premium",
    "Compact",
    "Nordic",
    "Urban",
    "Eco",
    "Deluxe",
    "Junior",
    "Vintage",
)


@dataclass(frozen=True)
class Products:
    """What is for sale, in order of price; one entry a product."""

    name: Words
    category: Words
    cents: Ints

    def __len__(self) -> int:
        return len(self.cents)

    def near(self, cents: Ints, stream: Stream) -> Ints:
        """For each amount a product of about that price."""
        place = np.searchsorted(self.cents, cents)
        place += stream.below(7, len(cents)) - 3
        return np.clip(place, 0, len(self) - 1)


def make_products(streams: Streams) -> Products:
    """Every make of every thing, each at a price of its own."""
    names, categories, cents = [], [], []
    for category, typical, things in CATEGORIES:
        for thing in things:
            for make in _MAKES:
                names.append(f"{make} {thing}")
                categories.append(category)
                cents.append(typical * 100)
    spread = 0.25 + 1.5 * streams("product.price").uniform(len(names)) ** 2
    price = (np.array(cents) * spread).astype(np.int64) // 100 * 100 + 99
    order = np.argsort(price, kind="stable")
    return Products(
        np.array(names, dtype=object)[order],
        np.array(categories, dtype=object)[order],
        price[order],
    )


@dataclass(frozen=True)
class Stores:
    """Shops of brick; one entry a store."""

    city: Words
    manager: Words

    def __len__(self) -> int:
        return len(self.city)


def make_stores(count: int, streams: Streams) -> Stores:
    """Stores in the cities of the first countries, with somebody who runs them."""
    pools = word_pools()
    country = np.arange(count) % 4
    city = pools.city_start[country] + streams("store.city").below(
        pools.city_size[country]
    )
    return Stores(pools.cities[city], make_staff(count, streams.under("store")))


def make_staff(count: int, streams: Streams) -> Words:
    """Full names of people who work there and are nobody's customer."""
    pools = word_pools()
    sex = np.arange(count) % 2
    country = np.arange(count) % 4
    given = pools.given_start[sex, country] + streams("staff.given").below(
        pools.given_size[sex, country]
    )
    surname = pools.surname_start[country] + streams("staff.surname").below(
        pools.surname_size[country]
    )
    return pools.given[given] + " " + pools.surnames[surname]
