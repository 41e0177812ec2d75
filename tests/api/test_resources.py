"""The merchant's server at work: catalogue, sessions, orders, refunds, entitlements, events."""

from __future__ import annotations

from app.core.ids import parse, show


def test_a_product_is_made_filled_published_and_sold(merchant) -> None:
    product = merchant.post("/v1/products", {"name": "Archive", "max_per_order": 3}).json
    sku = merchant.post(
        f"/v1/products/{product['id']}/skus",
        {"code": "ARC-1", "name": "1 year", "price_minor": 4900, "currency": "KWD", "stock": 5},
    ).json
    published = merchant.post(f"/v1/products/{product['id']}/publish")
    changed = merchant.call("PATCH", f"/v1/skus/{sku['id']}", {"price_minor": 3900, "stock": None}).json

    assert (product["status"], published.json["status"]) == ("draft", "on_sale")
    assert (changed["price_minor"], changed["stock"], changed["currency"]) == (3900, None, "KWD")
    assert (
        merchant.call("PATCH", f"/v1/products/{product['id']}", {"description": "All of it"}).json["name"] == "Archive"
    )
    body = merchant.session_body(3)
    body["line_items"][0]["sku_id"] = sku["id"]
    assert merchant.post("/v1/checkout/sessions", body).status_code == 201
    on_sale = merchant.get("/v1/products?status=on_sale").json["data"]
    assert [each["id"] for each in on_sale] == [product["id"], show("prd", merchant.shop.product_id)]


def test_a_session_shows_what_it_was_opened_with(merchant) -> None:
    more = {"return_url": "https://shop.example/thanks", "locale": "zh-Hans", "metadata": {"cart": "41"}}

    made = merchant.new_session(2, **more)
    read = merchant.get(f"/v1/checkout/sessions/{made['id']}").json

    assert made["client_secret"].startswith(f"{made['id']}_secret_")
    assert made["url"].startswith(f"{read['url']}?key=")
    assert made["client_secret"].partition("_secret_")[2] not in made["url"]
    assert {**read, "url": made["url"], "client_secret": made["client_secret"]} == made
    assert {name: read[name] for name in more} == more


def test_pages_of_orders_follow_each_other_without_gap_or_overlap(merchant) -> None:
    placed = [show("ord", merchant.shop.place()) for _ in range(5)]
    seen, path = [], "/v1/orders?limit=2"
    while path:
        page = merchant.get(path).json
        seen += [order["id"] for order in page["data"]]
        path = page["has_more"] and f"/v1/orders?limit=2&cursor={page['next_cursor']}"

    assert seen == placed[::-1]


def test_an_order_is_found_by_its_number(merchant) -> None:
    merchant.shop.place()
    order = merchant.get(f"/v1/orders/{show('ord', merchant.shop.place(buyer='ada'))}").json

    found = merchant.get(f"/v1/orders?number={order['number']}").json["data"]

    assert [each["id"] for each in found] == [order["id"]]
    assert merchant.get(f"/v1/orders?number={order['number'][1:]}").json["data"] == []


def test_orders_are_found_by_status_and_buyer(merchant) -> None:
    merchant.shop.place(buyer="ada")
    cancelled = show("ord", merchant.shop.place(buyer="bob"))

    answer = merchant.post(f"/v1/orders/{cancelled}/cancel")

    assert (answer.json["status"], answer.json["close_reason"]) == ("closed", "cancelled")
    assert [order["id"] for order in merchant.get("/v1/orders?status=closed").json["data"]] == [cancelled]
    assert [order["id"] for order in merchant.get("/v1/orders?buyer_reference=bob").json["data"]] == [cancelled]


def test_orders_are_found_by_amount_by_what_was_bought_and_by_channel(merchant) -> None:
    one, two = (show("ord", merchant.shop.paid_order(quantity)) for quantity in (1, 2))
    waiting, product, sku = show("ord", merchant.shop.place(3)), merchant.shop.product_id, merchant.shop.sku_id

    def found(query: str) -> list[str]:
        return [order["id"] for order in merchant.get(f"/v1/orders?{query}").json["data"]]

    assert found("currency=USD&total_minor_from=1001&total_minor_to=2000") == [two]
    assert found("currency=EUR") == []
    assert found(f"product_id={show('prd', product)}&channel=simulator") == [two, one]
    assert found(f"sku_id={show('sku', sku)}&status=created") == [waiting]
    assert found(f"sku_id={show('sku', product)}") == found("channel=wallet") == []
    refused = merchant.get("/v1/orders?total_minor_to=5")
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_parameter")


def test_units_of_a_line_are_refunded_and_reported(merchant) -> None:
    order_id = show("ord", merchant.shop.paid_order(3))
    [line] = merchant.get(f"/v1/orders/{order_id}").json["lines"]

    def refund(**amount):
        body = {"order_id": order_id, "lines": [{"line_id": line["id"], **amount}], "reason": "asked"}
        return merchant.post("/v1/refunds", body)

    done, too_much = refund(quantity=2), refund(quantity=2)

    assert (done.status_code, done.json["amount_minor"]) == (201, 2000)
    assert done.json["lines"] == [{"line_id": line["id"], "quantity": 2, "amount_minor": 2000}]
    assert (too_much.status_code, too_much.json["code"]) == (409, "refund_exceeds_rest")
    assert too_much.json["details"] == {"refundable_minor": 1000, "refundable_quantity": 1}
    assert refund(quantity=1, amount_minor=5).status_code == refund().status_code == 422


def test_a_refund_in_part_and_then_in_full_takes_the_goods_back(merchant) -> None:
    order_id = show("ord", merchant.shop.paid_order())

    part = merchant.post("/v1/refunds", {"order_id": order_id, "amount_minor": 400, "reason": "late"})
    rest = merchant.post("/v1/refunds", {"order_id": order_id, "reason": "asked"})
    merchant.shop.work_off()

    assert (part.status_code, part.json["status"], part.json["amount_minor"]) == (201, "succeeded", 400)
    assert (rest.json["status"], rest.json["amount_minor"]) == ("succeeded", 600)
    assert merchant.get(f"/v1/refunds/{part.json['id']}").json == part.json
    refunds = merchant.get(f"/v1/refunds?order_id={order_id}").json["data"]
    assert [refund["id"] for refund in refunds] == [rest.json["id"], part.json["id"]]
    order = merchant.get(f"/v1/orders/{order_id}").json
    assert (order["status"], order["refunded_minor"]) == ("refunded", 1000)
    held = merchant.get("/v1/entitlements?buyer_reference=buyer-1").json["data"]
    assert [each["status"] for each in held] == ["revoked"]


def test_events_are_followed_from_the_last_one_seen(merchant, wait_until) -> None:
    order_id = show("ord", merchant.shop.paid_order())

    def paid():
        events = merchant.get("/v1/events?type=order.paid").json["data"]
        return [event for event in events if event["data"].get("order_id") == order_id]

    wait_until(paid, what="order.paid among the events")
    (event,) = paid()
    later = merchant.get(f"/v1/events?after={event['id']}").json["data"]
    earlier = merchant.get("/v1/events?limit=1").json

    assert event["id"] not in [each["id"] for each in later]
    assert all(each["id"] > event["id"] for each in later)
    assert earlier["has_more"]
    assert merchant.get(f"/v1/events?after={earlier['next_cursor']}").json["data"][0]["id"] > earlier["data"][0]["id"]


def test_a_server_places_pays_and_completes_an_order_of_its_own_checkout(merchant) -> None:
    body = {**merchant.session_body(2), "channel": "simulator", "metadata": {"cart": "41"}}
    placed = merchant.post("/v1/orders", body, once="attempt-0001")
    attempt_id = parse("att", placed.json["payment"]["attempt_id"])
    early = merchant.post(f"/v1/orders/{placed.json['id']}/complete", once=None)
    merchant.shop.approve(attempt_id)
    merchant.shop.notice(attempt_id)
    merchant.shop.work_off()

    done = [merchant.post(f"/v1/orders/{placed.json['id']}/complete", once=None) for _ in range(2)]

    assert (placed.status_code, placed.json["status"], placed.json["total_minor"]) == (201, "paying", 2000)
    assert placed.json["payment"]["action"]["type"] == "redirect"
    assert (early.status_code, early.json["code"]) == (409, "order_state")
    assert [(answer.status_code, answer.json["status"]) for answer in done] == [(200, "completed")] * 2
    assert merchant.post("/v1/orders", body, once="attempt-0001").json == placed.json


def test_licence_keys_are_added_counted_sold_and_never_shown(merchant) -> None:
    product = merchant.post("/v1/products", {"name": "Font", "delivery_kind": "licence_key"}).json
    sku = merchant.post(
        f"/v1/products/{product['id']}/skus", {"code": "F", "name": "1", "price_minor": 100, "currency": "USD"}
    ).json
    pool = f"/v1/skus/{sku['id']}/licence_keys"

    added = merchant.post(pool, {"keys": ["A", "B", "A"]})
    refused = merchant.call("PATCH", f"/v1/skus/{sku['id']}", {"stock": 9})
    merchant.post(f"/v1/products/{product['id']}/publish")
    merchant.shop.sku_id = parse("sku", sku["id"])
    order_id = show("ord", merchant.shop.paid_order())

    assert (added.status_code, added.json) == (201, {"added": 2, "known": 0})
    assert refused.json["code"] == "stock_is_counted"
    assert merchant.get(pool).json == {"sku_id": sku["id"], "free": 1, "delivered": 1, "revoked": 0}
    [delivery] = merchant.get(f"/v1/deliveries?order_id={order_id}").json["data"]
    assert (delivery["kind"], delivery["status"], delivery["next_attempt_at"]) == ("licence_key", "delivered", None)


def test_the_address_of_a_delivering_system_is_set_with_a_secret_shown_once(merchant) -> None:
    product = merchant.post("/v1/products", {"name": "Seat", "delivery_kind": "callback"}).json
    path = f"/v1/products/{product['id']}/delivery"

    first = merchant.post(path, {"url": "http://127.0.0.1:9/deliver"})
    second = merchant.post(path, {"url": "http://127.0.0.1:9/other"})

    assert first.json["secret"].startswith("whsec_")
    assert second.json == {"url": "http://127.0.0.1:9/other", "secret": None}


def test_an_attempt_has_the_reasons_of_its_route(merchant) -> None:
    order_id = merchant.shop.paid_order()
    merchant.shop.refund(order_id)

    refund, charge = merchant.get(f"/v1/orders/{show('ord', order_id)}/attempts").json["data"]

    assert (charge["kind"], charge["status"], charge["account_id"]) == (
        "charge",
        "succeeded",
        show("cha", merchant.shop.account_id),
    )
    [candidate] = charge["routing"]
    assert (candidate["name"], candidate["usable"]) == ("Pretend Pay", True)
    assert candidate["reasons"] == ["No rule selects it; its priority is 100."]
    assert (refund["kind"], refund["routing"]) == ("refund", [])
    assert merchant.get(f"/v1/orders/{show('ord', merchant.shop.account_id)}/attempts").status_code == 404
