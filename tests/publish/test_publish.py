"""What readers of `published` get."""

from __future__ import annotations

from customer360.publish import publish


def test_first(shop):
    p = publish(shop.settings)
    print(p)
    print(shop.rows("select * from published.customer_360"))
    print(shop.rows("select * from published.publication_tables"))
    q = publish(shop.settings)
    assert q.run_id == p.run_id and not q.is_new
    assert q.inserted == q.updated == q.deleted == 0
    shop.execute("update marts.customer_360 set version = 2")
    q = publish(shop.settings)
    assert q.updated == 6
    assert q.is_new
