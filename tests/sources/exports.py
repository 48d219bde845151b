"""Exports that nobody has declared, and what a person says of them."""

from __future__ import annotations

from pathlib import Path

EXAMPLES = Path("examples") / "add_source"
FILES = {
    "shopify_customers": ("shopify", "customers_export.csv"),
    "mailchimp_members": ("mailchimp", "subscribed_members_export_7f3a9c21b4.csv"),
    "hubspot_deals": ("hubspot", "hubspot-crm-exports-all-deals-2026-06-12.csv"),
}
# known by e-mail address from another system before
CONTACTS = """\
contact_id,email,first_name,last_name,phone,company
501,penelope.paperback@example.com,Penelope,Paperback,,
502,basil.bookmark@example.org,Basil,Bookmark,,Bookmark & Sons
507,greta.gutter@example.net,Greta,Gutter,,Gutter Prints GmbH
"""

# files of systems that nobody has heard of, and what a person says of them
OTHERS = {
    "acme_web_order_lines_2026-05.csv": (
        "Order No;Line No;Buyer;E-Mail;Bought On;SKU;Qty;Unit Price;Total;Status\n"
        "A-1;1;Müller, Jürgen;J.Mueller@example.org;25.03.2026;K-1;2;9,95;29,85;Paid\n"
        "A-1;2;Müller, Jürgen;j.mueller@example.org;25.03.2026;K-2;1;9,95;29,85;Paid\n"
        "A-2;1;Lena Muster;l.muster@example.com;02.04.2026;K-1;1;9,95;9,95;Refunded\n"
        "A-3;1;;;05.04.2026;K-3;3;1.250,00;3.750,00;Paid\n"
    ).encode("latin-1"),
    "acme_stock.csv": (
        "Code,On Hand,Counted,Größe,order\n"
        "K-1,5,2026-01-02,XL,1\nK-2,7,2026-01-03,M,2\n"
    ).encode(),
    "kiosk_tickets.csv": (
        "Sold At,Total,Product\n"
        "03/04/2026,€4.50,Tea\n03/04/2026,€4.50,Tea\n05/04/2026,€3.00,Coffee\n"
    ).encode(),
    "depot_clients_2026-01.csv": (
        b"Customer ID,Email,First Name,Last Name,City\n"
        b"'8001,dora.depot@example.org,Dora,Depot,Leeds\n"
        b"'8002,carl.crate@example.org,Carl,Crate,York\n"
    ),
    "stall_orders.csv": (
        b"Order ID,Email,First Name,Last Name,Quantity,Unit Price,Total,Status\n"
        b"10,nora.new@example.org,Nora,New,2,10.00,15.00,paid\n"
        b"9,nora.new@example.org,Nora,Old,1,10.00,10.00,paid\n"
    ),
    "bazaar_orders_2026-03.csv": (
        b"Order No,SKU,Order Date,Total,Birthday\n"
        b"1,A,2026-03-05,25.00,1948-02-03\n"
        b"1,B,2026-03-05,25.00,1948-02-03\n"
        b"2,A,2026-03-06,7.00,1900-01-01\n"
        b"2,B,2026-03-06,7.00,1900-01-01\n"
    ),
    # headers that are no names, to a database or to dbt
    "acme_odd.csv": (
        'id,order,"say ""hi""","{{ ref(1) }}","{% größe %}",# dash: colon,"it\'s",2nd,'
        "fingerprint,email text,is email valid,E-Mail,Ж,null,given name text,"
        '"two\nlines",,id_text\n'
        "1,a,b,c,d,e,f,g,h,i,yes,ann@example.org,k,l,m,n,o,p\n"
        "2,a,b,c,d,e,f,g,h,i,no,bob@example.org,k,l,m,n,o,p\n"
    ).encode(),
    "club_people.jsonl": (
        b'{"id": 17, "name": "Dr. Ada Lovelace", "mail": "ada@example.org", '
        b'"address": "12 High St, Leeds, LS1 4AP, United Kingdom", '
        b'"created": 1700000000, "tags": ["a", "b"], "SELECT": "x"}\n'
        b'{"id": 18, "name": "Bolt & Nut Ltd", "mail": "info@example.net", '
        b'"created": 1710000000, "tags": [], "SELECT": null}\n'
    ),
}
# a later export of what has been added
LATER = {
    "depot_clients_2026-02.csv": (
        b"Customer ID,Email,First Name,Last Name,City\n"
        b"8001,dora.depot@example.org,Dora,Depot,Hull\n"
        b"'8003,bea.box@example.org,Bea,Box,York\n"
    ),
    "bazaar_orders_2026-04.csv": (
        b"Order No,SKU,Order Date,Total,Birthday\n"
        b"'2,B,2026-03-06,7.00,1971-01-01\n"
        b"'3,A,2026-04-06,3.00,\n"
    ),
}
OPTIONS = {
    "acme_web_order_lines_2026-05.csv": ("--currency", "EUR", "--channel", "online"),
    "kiosk_tickets.csv": ("--day-first",),
}
