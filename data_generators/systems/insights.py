"""`insights`: two extracts of a market-insights tool, in a tool's own ways."""

from __future__ import annotations

import numpy as np

from data_generators.countries import COUNTRIES
from data_generators.draws import Bools, Ints, Streams
from data_generators.files import Columns, Table
from data_generators.pictures import (
    Picture,
    RecordTruth,
    SaleTruth,
    full_names,
    sale_truth,
    type_cards,
)
from data_generators.records import Records, enrol
from data_generators.rows import Bytes, as_words, joined, money, timestamps, whole
from data_generators.sales import CANCELLED, LAST, NO_CAMPAIGN, REFUNDED, SESSION, Sales
from data_generators.words import Words
from data_generators.world import World

BROWSES = 0.8
"""Sessions without an order, for each one with an order."""

SESSION_COLUMNS = (
    "SessionStart",
    "CustomerID",
    "FullName",
    "Gender",
    "Age",
    "CreditScore",
    "MonthlyIncome",
    "Country",
    "State",
    "City",
    "Category",
    "Product",
    "Cost",
    "Price",
    "Quantity",
    "CampaignSchema ",
    "CartAdditionTime",
    "OrderConfirmation",
    "OrderConfirmationTime",
    "PaymentMethod",
    "SessionEnd",
    "OrderReturn",
    "ReturnReason",
)
"""The tool's own header, the blank behind one name included."""

PURCHASE_COLUMNS = (
    "customer_id",
    "age",
    "age_group",
    "gender",
    "item_purchased",
    "category",
    "purchase_amount",
    "location",
    "size",
    "color",
    "season",
    "review_rating",
    "subscription_status",
    "shipping_type",
    "discount_applied",
    "previous_purchases",
    "payment_method",
    "frequency_of_purchases_days",
)

_CAMPAIGNS = (
    "Instagram-ads",
    "Google-ads",
    "Facebook-ads",
    "Twitter-ads",
    "Billboard-QR code",
    "E-mail",
)
_PAYMENTS = ("Credit Card", "Debit Card", "Cash On Delivery", "PayPal")
_REASONS = (
    "Size does not fit",
    "Defective",
    "Changed my mind",
    "Late delivery",
    "Not as described",
)
_AGE_GROUPS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
_BROWSED = -2
_STATES = ("North", "South", "East", "West", "Central")


def picture(world: World) -> Picture:
    """Sessions with what was put into the cart, and one purchase a customer."""
    records = enrol(world, "insights", world.first_sale(SESSION))
    sessions, seen, session_sales = _sessions(world, records)
    purchases, buyers, purchase_sales = _purchases(world)
    return Picture(
        tables=[sessions, purchases],
        records=[seen, buyers],
        sales=[session_sales, purchase_sales],
    )


def _words(options: tuple[str, ...], index: Ints) -> Words:
    return np.array(options, dtype=object)[index]


def _numbers(numbers: Ints) -> Words:
    return as_words(whole(numbers))


def _times(seconds: Ints) -> Words:
    return as_words(timestamps(seconds))


def customer_ids(numbers: Ints) -> Bytes:
    """5000042 for 42."""
    return whole(numbers + 5_000_000)


def _sessions(world: World, records: Records) -> tuple[Table, RecordTruth, SaleTruth]:
    streams = world.streams.under("insights.sessions")
    sales, is_order = _with_browsing(world, records, streams)
    count, person = len(sales), sales.person
    delivery = world.delivery(sales.seconds)
    record = records.at(person, sales.seconds, streams("record"))
    cards = type_cards(world, "insights", records, ("name", "place"), changing=False)
    names = full_names(cards)
    card_of = np.zeros(len(records), dtype=np.int64)
    card_of[cards.record] = np.arange(len(cards))
    card = card_of[record]

    start = sales.seconds - 300 - streams("start").below(1500, count)
    cart = sales.seconds - streams("cart").below(290, count)
    end = sales.seconds + streams("end").below(600, count)
    campaign = streams("campaign").below(len(_CAMPAIGNS), count)
    payment = streams("payment").below(len(_PAYMENTS), count)
    reason = streams("reason").below(len(_REASONS), count)
    confirmed = is_order & (sales.status != CANCELLED)
    returned = sales.status == REFUNDED
    age, income, score = _portraits(world)
    people, products = world.people, world.products
    countries = np.array([c.spellings[0] for c in COUNTRIES], dtype=object)
    numbers = records.number[record]

    def render(rows: Ints) -> Columns:
        who, product = person[rows], sales.product[rows].astype(np.int64)
        return [
            _times(start[rows]),
            as_words(customer_ids(numbers[rows])),
            names[card[rows]],
            _words(("Male", "Female"), people.sex[who]),
            _numbers(age[who]),
            _numbers(score[who]),
            _numbers(income[who]),
            countries[people.country[who]],
            _words(_STATES, people.address.city[who] % len(_STATES)),
            cards.text["city"][card[rows]],
            products.category[product],
            products.name[product],
            as_words(money(products.cents[product] * 62 // 100)),
            as_words(money(products.cents[product])),
            _numbers(sales.units[rows].astype(np.int64)),
            _words(_CAMPAIGNS, campaign[rows]),
            _times(cart[rows]),
            _words(("False", "True"), confirmed[rows].astype(np.int64)),
            np.where(confirmed[rows], _times(sales.seconds[rows]), ""),
            _words(_PAYMENTS, payment[rows]),
            _times(end[rows]),
            _words(("False", "True"), returned[rows].astype(np.int64)),
            np.where(returned[rows], _words(_REASONS, reason[rows]), ""),
        ]

    # somebody is known from their first session on
    seen, first = np.unique(record, return_index=True)
    ids = customer_ids(numbers)
    return (
        Table(
            "insights/Customer360Insights.csv",
            SESSION_COLUMNS,
            delivery,
            render,
            "csv_bom",
        ),
        RecordTruth("sessions", ids[first], records.person[seen], delivery[first]),
        sale_truth(
            "sessions",
            joined(ids, "|", timestamps(start))[is_order],
            world,
            sales.where(is_order),
        ),
    )


def _with_browsing(
    world: World, records: Records, streams: Streams
) -> tuple[Sales, Bools]:
    """All sessions in order of time, and which of them have an order."""
    sales = world.sales.of(SESSION)
    real = np.flatnonzero(~records.is_test)
    count = round(len(sales) * BROWSES)
    record = real[streams("browse.record").below(len(real), count)]
    began = records.seconds[record]
    left = np.maximum(world.season.horizon_end - began, 1)
    when = began + (streams("browse.when").uniform(count) * left).astype(np.int64)
    product = streams("browse.product").below(len(world.products), count)
    browsing = Sales(
        person=records.person[record],
        seconds=when,
        cents=world.products.cents[product],
        outlet=np.full(count, SESSION),
        status=np.full(count, CANCELLED),
        at_first=np.full(count, CANCELLED),
        settled=when,
        product=product,
        units=np.ones(count, dtype=np.int64),
        campaign=np.full(count, _BROWSED),
    )
    both = sales + browsing
    both = world.delivered(both)
    is_order = both.campaign != _BROWSED
    both.campaign[~is_order] = NO_CAMPAIGN
    return both, is_order


def _portraits(world: World) -> tuple[Ints, Ints, Ints]:
    """Age, monthly income and credit score of each person."""
    count = len(world.people)
    age = 18 + world.streams("person.age").gamma(count, 6.0) * 4.5
    income = 1200 + world.streams("person.income").gamma(count, 3.0) * 1300
    return (
        np.minimum(age, 90).astype(np.int64),
        income.astype(np.int64),
        500 + world.streams("person.credit").below(350, count),
    )


def _purchases(world: World) -> tuple[Table, RecordTruth, SaleTruth]:
    """One row a customer, without name or date."""
    streams = world.streams.under("insights.purchases")
    sales = world.sales.of(LAST)
    sales = sales.where(np.argsort(streams("order").uniform(len(sales))))
    count, person, products = len(sales), sales.person, world.products
    product = sales.product.astype(np.int64)
    season = sales.seconds.astype("datetime64[s]").astype("datetime64[M]")
    month = season.astype(np.int64) % 12
    age, _, _ = _portraits(world)
    age_group = np.searchsorted((25, 35, 45, 55, 65), age[person], side="right")
    before = np.bincount(
        world.sales.person[world.sales.seconds < world.season.end],
        minlength=len(world.people),
    )
    countries = np.array([c.spellings[0] for c in COUNTRIES], dtype=object)
    ids = whole(np.arange(count) + 1)

    def pick(name: str, options: tuple[str, ...]) -> Words:
        return _words(options, streams(name).below(len(options), count))

    columns = [
        as_words(ids),
        _numbers(age[person]),
        _words(_AGE_GROUPS, age_group),
        _words(("Male", "Female"), world.people.sex[person]),
        products.name[product],
        products.category[product],
        as_words(money(sales.cents)),
        countries[world.people.country[person]],
        pick("size", ("S", "M", "L", "XL")),
        pick("color", ("Black", "White", "Blue", "Red", "Green", "Grey", "Teal")),
        _words(("Winter", "Spring", "Summer", "Fall"), (month + 1) % 12 // 3),
        as_words(money(250 + streams("rating").below(26, count) * 10)),
        pick("subscription", ("Yes", "No", "No")),
        pick("shipping", ("Standard", "Express", "Free Shipping", "Store Pickup")),
        pick("discount", ("Yes", "No")),
        _numbers(np.maximum(before[person] - 1, 0)),
        pick("payment", ("Credit Card", "PayPal", "Cash", "Venmo", "Debit Card")),
        pick("frequency", ("7", "14", "30", "90", "365")),
    ]
    nothing = np.zeros(count, dtype=np.int64)
    return (
        Table(
            "insights/customer_transactions_final.csv",
            PURCHASE_COLUMNS,
            nothing,
            lambda rows: [column[rows] for column in columns],
        ),
        RecordTruth("purchases", ids, person, nothing),
        sale_truth("purchases", ids, world, sales),
    )
