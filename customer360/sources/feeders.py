"""How a staging model is mapped to the contracts that every system keeps."""

from __future__ import annotations

from typing import Any

from customer360.sources.meanings import CUSTOMERS
from customer360.sources.proposal import Proposal
from customer360.sources.staging import Item, Steps
from customer360.sources.totals import (
    counts_once_per_order,
    is_line,
    states_amounts_of_lines,
)

_REPORTING = "'{{ var(\"reporting_currency\") }}'"
_PERSON = ("given_name", "family_name", "company", "email", "phone_text")
_CTES = ("final", "addresses", "buyers", "amounts")
_PRODUCT = "quantity * unit_price as numeric(18, 4)"
_PLACE = ("address", "postcode", "city", "country_code")


def customers(proposal: Proposal, steps: Steps) -> dict[str, Any]:
    """What the template of customer records needs."""
    created = _own(steps, "", "created_at") or "cast(null as timestamp)"
    updated = _own(steps, "", "updated_at") or created
    alias = _alias(proposal)
    prefix = f"{alias}." if steps.has("full_address") else ""
    own_id = f"{prefix}{proposal.own_id}"
    issued = own_id
    if not proposal.key or proposal.key[0].meaning == "email":
        issued = _own(steps, prefix, "customer_id") or "cast(null as text)"
    dates = [(created, "created_at"), (updated, "updated_at")]
    return {
        **_shared(proposal, steps),
        "items": [
            *_record(proposal, own_id, issued),
            *_contact(steps, prefix),
            *((_qualified(date, prefix), name) for date, name in dates),
        ],
    }


def buyers(proposal: Proposal, steps: Steps) -> dict[str, Any]:
    """What the template of the customer records of sales needs."""
    is_dated = steps.has("ordered_at") and not proposal.is_deals
    prefix = "buyers." if steps.has("full_address") else ""
    issued = _own(steps, prefix, "customer_id") or "cast(null as text)"
    dates = ["cast(null as timestamp)"] * 2
    if is_dated:
        dates = [f"{prefix}first_ordered_at", f"{prefix}last_ordered_at"]
    return {
        **_shared(proposal, steps),
        "buyer": buyer(steps),
        "is_dated": is_dated,
        "own_id": proposal.own_id,
        "items": [
            *_record(proposal, f"{prefix}buyer_id", issued),
            *_contact(steps, prefix),
            (dates[0], "created_at"),
            (dates[1], "updated_at"),
        ],
    }


def transactions(proposal: Proposal, steps: Steps) -> dict[str, Any]:
    """What the template of transactions needs."""
    product, amount = _amount(steps, proposal)
    system, entity = proposal.buyers or (proposal.system, proposal.entity)
    whose = "customer_id" if proposal.buyers else buyer(steps)
    currency = _REPORTING
    if proposal.currency:
        currency = f"'{proposal.currency}'"
    status = "status" if steps.has("status") else "'completed'"
    is_deals = proposal.is_deals and steps.has("status") and steps.has("ordered_at")
    before = [
        (f"'{proposal.system}'", "system"),
        (f"'{proposal.entity}'", "entity"),
        (f"'{system}'", "customer_system"),
        (f"'{entity}'", "customer_entity"),
        (proposal.own_id, "source_transaction_id"),
        (_own(steps, "", "order_id") or proposal.own_id, "source_order_id"),
        (whose, "source_customer_id"),
        (_own(steps, "", "channel") or f"'{proposal.channel}'", "channel"),
        (_own(steps, "", "product_id") or "cast(null as text)", "product_id"),
        ("cast(null as text)", "store_id"),
        ("cast(null as text)", "campaign"),
        (status, "status"),
    ]
    ordered = _own(steps, "", "ordered_at") or "cast(null as timestamp)"
    if not is_deals:
        before.append((ordered, "ordered_at"))
    return {
        **_shared(proposal, steps),
        "product": product,
        "amount": amount,
        "is_deals": is_deals,
        "before": before,
        "after": [
            (_own(steps, "", "quantity") or "cast(1 as numeric(18, 4))", "quantity"),
            (_own(steps, "", "currency") or currency, "currency"),
            (f'{{{{ gross_amount("{amount}", "{status}") }}}}', "gross_amount"),
            (f'{{{{ refund_amount("{amount}", "{status}") }}}}', "refund_amount"),
        ],
    }


def buyer(steps: Steps) -> str:
    """What a sale's customer is known by: their id, or where that is not there,
    their e-mail address."""
    known = [name for name in ("customer_id", "email") if steps.has(name)]
    if len(known) == 2:
        return f"coalesce({', '.join(known)})"
    return known[0] if known else "cast(null as text)"


def describe_records(proposal: Proposal) -> str:
    """The grain of the model of customer records."""
    title = proposal.title
    if proposal.kind == CUSTOMERS:
        return f"One row per {proposal.grain} of {title}."
    return (
        f"One row per buyer among the {proposal.entity.replace('_', ' ')} of {title}."
    )


def describe_transactions(proposal: Proposal) -> str:
    """The grain of the model of transactions."""
    return f"One row per {proposal.grain}."


def _alias(proposal: Proposal) -> str:
    """What the feeder calls the staged rows."""
    entity = proposal.entity
    return f"{entity}_rows" if entity in _CTES else entity


def _shared(proposal: Proposal, steps: Steps) -> dict[str, Any]:
    return {
        "alias": _alias(proposal),
        "staging": f"stg_{proposal.system}__{proposal.entity}",
        "has_addresses": steps.has("full_address"),
    }


def _record(proposal: Proposal, record_id: str, issued_id: str) -> list[Item]:
    return [
        (f"'{proposal.system}'", "system"),
        (f"'{proposal.entity}'", "entity"),
        (f"'{proposal.issuer}'", "issuer"),
        (record_id, "source_record_id"),
        (issued_id, "issued_id"),
    ]


def _contact(steps: Steps, prefix: str) -> list[Item]:
    items = [(_own(steps, prefix, n) or "cast(null as text)", n) for n in _PERSON]
    for name in _PLACE:
        own = _own(steps, prefix, name)
        if steps.has("full_address"):
            read = f"addresses.{name}"
            own = f"coalesce({own}, {read})" if own else read
        items.append((own or "cast(null as text)", name))
    return items


def _own(steps: Steps, prefix: str, name: str) -> str | None:
    return f"{prefix}{name}" if steps.has(name) else None


def _qualified(expression: str, prefix: str) -> str:
    return expression if expression.startswith("cast(") else f"{prefix}{expression}"


def money_column(proposal: Proposal, steps: Steps) -> str | None:
    """The staged column of money that the sales take as it is."""
    product, amount = _amount(steps, proposal)
    return None if product else amount


def _amount(steps: Steps, proposal: Proposal) -> tuple[str | None, str]:
    """What the amount of a row is cast from, where it has to be computed, and its
    name."""
    stated = "amount" if steps.has("amount") else "unit_price"
    meanings = {column.meaning: column for column in proposal.columns}
    if not (steps.has("unit_price") and steps.has("quantity")):
        if counts_once_per_order(proposal.sample, proposal.key, meanings):
            return _once_per_order(proposal.own_id), "counted_amount"
        return None, stated
    if stated == "unit_price":
        return _PRODUCT, "amount"
    if is_line(proposal.entity, proposal.key, meanings) and not states_amounts_of_lines(
        proposal.sample, meanings
    ):
        return _PRODUCT, "line_amount"
    return None, stated


def _once_per_order(own_id: str) -> str:
    """The amount in one line of an order, and nothing in the others."""
    return f"""
            case
                when
                    order_id is null
                    or row_number() over (
                        partition by order_id order by {own_id}
                    ) = 1
                    then amount
                else 0
            end as numeric(18, 4)
        """
