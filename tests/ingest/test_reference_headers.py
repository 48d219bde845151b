"""Files of the reference systems, headers and all, load without any configuration.

The headers are written down here a second time, as those systems write them: not
read from the declarations that they are to fit.
"""

from __future__ import annotations

import json

from customer360 import ingest
from customer360.settings import Settings

from .shop import Shop

HEADERS = {
    "csv_customers.csv": (
        "csv_customers",
        "customer_id,first_name,last_name,email,phone,address,city,country,created_at",
    ),
    "csv_transactions.csv": (
        "csv_transactions",
        "transaction_id,customer_id,transaction_date,amount,channel,status",
    ),
    "salesforce/contacts.jsonl": (
        "salesforce_contacts",
        "Id,Email,Phone,FirstName,LastName,MailingAddress,CreatedDate,"
        "LastModifiedDate,LeadSource,Status",
    ),
    "leads.jsonl": (
        "salesforce_leads",
        "Id,Email,Phone,FirstName,LastName,Company,Country,LeadSource,Status,"
        "CreatedDate,LastModifiedDate,ConvertedContactId",
    ),
    "opportunities.jsonl": (
        "salesforce_opportunities",
        "Id,ContactId,Name,StageName,Amount,CloseDate,CreatedDate,Campaign",
    ),
    "dynamics/contacts.jsonl": (
        "dynamics_contacts",
        "contactid,emailaddress1,telephone1,firstname,lastname,address1_line1,"
        "createdon,modifiedon,leadsourcecode,statecode",
    ),
    "Customers.csv": ("shop_customers", "CustomerID,Name,Email,Address"),
    "Products.csv": ("shop_products", "ProductID,Name,Category,Price"),
    "Stores.csv": ("shop_stores", "StoreID,Location,Manager,OpenHours"),
    "OnlineTransactions.csv": (
        "shop_online_transactions",
        "OrderID,CustomerID,ProductID,DateTime,PaymentMethod,Amount,Status",
    ),
    "InStoreTransactions.csv": (
        "shop_in_store_transactions",
        "TransactionID,CustomerID,StoreID,DateTime,Amount,PaymentMethod",
    ),
    "LoyaltyAccounts.csv": (
        "loyalty_accounts",
        "LoyaltyID,CustomerID,PointsEarned,TierLevel,JoinDate",
    ),
    "LoyaltyTransactions.csv": (
        "loyalty_transactions",
        "LoyaltyID,DateTime,PointsChange,Reason",
    ),
    "Agents.csv": ("support_agents", "AgentID,Name,Department,Shift"),
    "CustomerServiceInteractions.csv": (
        "support_interactions",
        "InteractionID,CustomerID,DateTime,AgentID,IssueType,ResolutionStatus",
    ),
    "Customer360Insights.csv": (
        "insights_sessions",
        "SessionStart,CustomerID,FullName,Gender,Age,CreditScore,MonthlyIncome,"
        "Country,State,City,Category,Product,Cost,Price,Quantity,CampaignSchema ,"
        "CartAdditionTime,OrderConfirmation,OrderConfirmationTime,PaymentMethod,"
        "SessionEnd,OrderReturn,ReturnReason",
    ),
    "customer_transactions_final.csv": (
        "insights_purchases",
        "customer_id,age,age_group,gender,item_purchased,category,purchase_amount,"
        "location,size,color,season,review_rating,subscription_status,shipping_type,"
        "discount_applied,previous_purchases,payment_method,"
        "frequency_of_purchases_days",
    ),
    "customers.json": (
        "retail_customers",
        "customer_id,full_name,email,country,registration_date",
    ),
    "products.json": ("retail_products", "product_id,product_name,category,price"),
    "stores.json": ("retail_stores", "store_id,store_name,location"),
    "transactions.json": (
        "retail_transactions",
        "transaction_id,customer_id,product_id,store_id,quantity,transaction_date",
    ),
    "dealership_customers.csv": (
        "dealer_customers",
        "customer_id,email,phone,first_name,last_name,address,purchase_date,"
        "last_service_date,customer_status",
    ),
    "vehicle_sales.csv": (
        "dealer_vehicle_sales",
        "sale_id,customer_id,vin,sale_price,sale_date,dealer_id,model,trade_in_vin",
    ),
    "vehicle_ownership.csv": (
        "dealer_vehicle_ownership",
        "vin,customer_id,model,model_year,owned_from,owned_until",
    ),
    "financing.csv": (
        "dealer_financing",
        "contract_id,sale_id,customer_id,kind,amount,annual_rate,term_months,"
        "start_date,status",
    ),
    "service_records.csv": (
        "service_records",
        "service_id,customer_id,vin,service_date,service_type,service_amount",
    ),
    "appointments.csv": (
        "service_appointments",
        "appointment_id,customer_id,vin,scheduled_at,service_type,status",
    ),
    "warranty_claims.csv": (
        "service_warranty_claims",
        "claim_id,customer_id,vin,claim_date,component,claim_amount,status",
    ),
    "parts_orders.csv": (
        "service_parts_orders",
        "order_id,customer_id,part_number,quantity,amount,order_date,status",
    ),
    "interactions.csv": (
        "digital_interactions",
        "interaction_id,customer_id,interaction_type,interaction_date,campaign",
    ),
    "interactions_of_addresses.csv": (
        "digital_interactions",
        "interaction_id,email,interaction_type,interaction_date,campaign",
    ),
    "ga4_events.jsonl": (
        "digital_ga4_events",
        "user_id,email,session_id,page_views,event_timestamp,source,medium,campaign",
    ),
    "customers.jsonl": ("stripe_customers", "id,email,name,phone,created"),
    "charges.jsonl": (
        "stripe_charges",
        "id,customer,amount,currency,created,status,refunded",
    ),
    "subscriptions.jsonl": (
        "stripe_subscriptions",
        "id,customer,plan,amount,currency,interval,created,canceled_at,status",
    ),
    "touches.csv": (
        "marketing_touches",
        "user_id,source,medium,campaign,timestamp,cost",
    ),
    "touches_of_addresses.csv": (
        "marketing_touches",
        "email,source,medium,campaign,timestamp,cost",
    ),
    "campaign_spend.csv": (
        "marketing_campaign_spend",
        "campaign,date,channel,spend",
    ),
    "email_events.csv": (
        "marketing_email_events",
        "event_id,email,campaign,event_type,event_at",
    ),
    "contacts.csv": (
        "hubspot_contacts",
        "contact_id,email,first_name,last_name,phone,company",
    ),
}
"""File → its table, and its header."""

EITHER = {
    "interactions.csv": "email",
    "interactions_of_addresses.csv": "customer_id",
    "touches.csv": "email",
    "touches_of_addresses.csv": "user_id",
}
"""File → the one of two columns that it does not have."""


def content(name: str, header: list[str]) -> str:
    """Two good records, each value telling what it is, and a bad one."""
    rows = [[f"{name} {column} {k}" for column in header] for k in (1, 2)]
    if name.endswith(".csv"):
        lines = [",".join(row) for row in [header, *rows]] + ["ragged"]
    else:
        lines = [json.dumps(dict(zip(header, row, strict=True))) for row in rows]
        lines.append('{"cut": "off')
        if name.endswith(".json"):
            lines = ["[", *(f"  {line}," for line in lines[:2]), lines[2], "]"]
    return "".join(f"{line}\r\n" for line in lines)


def test_every_header_of_the_reference_systems_fits_as_it_is(
    database: Settings,
) -> None:
    shop = Shop(database)  # type: ignore[arg-type]
    for name, (_, header) in HEADERS.items():
        shop.write(name, b"\xef\xbb\xbf" + content(name, header.split(",")).encode())
    results = {result.source_file: result for result in ingest.load_landing(database)}
    assert ingest.unrecognised(database) == []
    assert {name: result.table for name, result in results.items()} == {
        name: table for name, (table, _) in HEADERS.items()
    }
    systems = {table.partition("_")[0] for table, _ in HEADERS.values()}
    assert {table for table, _ in HEADERS.values()} == {
        table.name
        for table in ingest.declared_tables(database)
        if table.system in systems
    }

    for name, (table, header) in HEADERS.items():
        result = results[name]
        assert (result.state, result.rows_read) == ("loaded", 3), (name, result)
        assert (result.rows_loaded, result.rows_quarantined) == (2, 1), name
        quarantined, *notices = result.message.split("; ")
        assert quarantined.startswith("quarantined: "), name
        missing = f"not in the file, loaded as null: {EITHER.get(name)}"
        assert notices == [missing] * (name in EITHER), name

        assert [row[:2] for row in shop.quarantine(name)] == [
            (3 if name.endswith(".jsonl") else 4, 3)
        ], name
        rows = shop.query(
            f"select to_jsonb(loaded) from raw.{table} as loaded "
            "where _source_file = %s order by _row_number",
            name,
        )
        for k, (row,) in enumerate(rows, start=1):
            assert row["_extra"] is None
            values = {
                column.replace("_", ""): value
                for column, value in row.items()
                if value is not None and not column.startswith("_")
            }
            # each value is in the column that its name in the file says
            assert values == {
                column.strip().casefold().replace("_", ""): f"{name} {column} {k}"
                for column in header.split(",")
            }, name
