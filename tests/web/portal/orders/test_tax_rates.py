"""Tax rates in the portal, and what becomes of them on a receipt."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from urllib.parse import urlsplit

from app.core.ids import show
from app.workflow.accounts.change_settings import change_settings
from app.workflow.checkout.link_buyer import make_link
from app.workflow.orders.make_receipt import make_receipt
from app.workflow.orders.manage_tax_rates import TaxRateCommand, set_tax_rate
from tests.factories.shop import Shop
from tests.pages import Visitor

OTHER = "usr_01jd3w8n2q4zt5b7yk2hc5e4rv"


def test_a_rate_is_set_by_percent_and_ended(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/settings/tax-rates")

    saved = page.form("/tax-rates").send(country="CH", name="MWST", rate="8,1")
    product = saved.form("/tax-rates").send(country="CH", name="MWST", rate="2.6", product=show("prd", shop.product_id))
    ended = product.form("/end").send()

    assert "Receipts do not show taxes yet" in page.text
    assert "No tax rates" in page.text
    assert "MWST 8.1 %" in saved.text
    assert "MWST 2.6 %" in product.text
    assert "Tax rate ended." in ended.text
    assert "until" in ended.text


def test_what_is_no_rate_is_said_beside_its_field(owner: Visitor) -> None:
    page = owner.get("/portal/settings/tax-rates")

    for rate in ("many", "101", "-1", "8.125", "NaN"):
        wrong = page.form("/tax-rates").send(country="DE", name="VAT", rate=rate)
        assert (wrong.status, "Enter a rate of 0 to 100" in wrong.text) == (422, True), rate
    unknown = page.form("/tax-rates").send(
        country="DE", name="VAT", rate="19", product="prd_01jd3w8n2q4zt5b7yk2hc5e4rv"
    )
    nonsense = page.form("/tax-rates").send(country="DE", name="VAT", rate="19", product="a book")

    assert unknown.status == 404
    assert nonsense.status == 422
    assert "No tax rates" in owner.get("/portal/settings/tax-rates").text


def test_the_buyer_reads_number_seller_and_tax_on_page_and_paper(shop: Shop, owner: Visitor) -> None:
    owner.get("/portal/settings/tax-rates").form("/tax-rates").send(country="DE", name="VAT", rate="19")
    legal = {"legal_name": "Games GmbH", "legal_address": "Weg 1", "tax_number": "DE1", "country": "DE"}
    footer = {"receipt_footer": "Thank you.", "support_phone": "+49 30 1234567", "prices_include_tax": True}
    change_settings(shop.business_id, {**legal, **footer}, actor=OTHER)
    order = show("ord", shop.paid_order())
    path = urlsplit(make_link(shop.business_id, "buyer-1").url).path

    receipt = owner.get(f"{path}/receipts/{order}")
    paper = owner.client.get(f"{path}/receipts/{order}.pdf")

    for text in ("Games GmbH", "Weg 1", "Germany", "DE1", "R-1", "Includes 19% VAT", "Thank you.", "+49 30 1234567"):
        assert text in receipt.text, text
    assert (paper.mimetype, paper.data[:5]) == ("application/pdf", b"%PDF-")


def test_the_export_of_orders_has_number_and_tax(shop: Shop, owner: Visitor) -> None:
    set_tax_rate(shop.business_id, TaxRateCommand(country="DE", name="VAT", rate_bps=10_000))
    change_settings(shop.business_id, {"country": "DE", "prices_include_tax": True}, actor=OTHER)
    made, other = shop.paid_order(), shop.paid_order()
    make_receipt(shop.business_id, made)
    form = owner.get("/portal/orders").form("/export")

    answer = owner.client.post(form.element.get("action"), data={**form.values(), "format": "csv", "columns": "every"})

    rows = {row["Order ID"]: row for row in csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))}
    [tax] = [name for name in rows[show("ord", made)] if name.startswith("Includes tax")][:1]
    assert (rows[show("ord", made)]["Receipt"], rows[show("ord", other)]["Receipt"]) == ("R-1", "")
    half = Decimal(shop.order(made).total_minor) / 200
    assert Decimal(rows[show("ord", made)][tax]) == half
    assert rows[show("ord", other)][tax] == ""
