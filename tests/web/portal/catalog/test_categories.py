"""Categories in the portal."""

from __future__ import annotations

from app.core.ids import show
from tests.factories.shop import Shop
from tests.pages import Visitor


def test_categories_are_made_assigned_to_products_and_filtered_by(shop: Shop, owner: Visitor) -> None:
    page = owner.get("/portal/products").follow("Categories")
    page = page.form("/categories").send(name="Tickets", code="tickets")
    page = page.form("/categories").send(name="Evening", code="evening", parent="tickets")
    product = owner.get(f"/portal/products/{show('prd', shop.product_id)}")

    form = next(each for each in product.document.all("form") if "/categories/of/" in each.get("action"))
    saved = owner.post(form.get("action"), {**product.form(form.get("action")).values(), "category": "evening"})

    assert saved.document.all("input", id="category-evening", checked="")
    assert "1 month" not in owner.get("/portal/products?category=tickets").text
    for query in ("category=tickets", "category=evening&status=on_sale"):
        assert owner.get(f"/portal/products?{query}").document.all("a", href=product.path)
    assert not owner.get("/portal/products?category=nothing").document.all("a", href=product.path)
    assert "Categories" in owner.get("/portal/promotions/new/percentage").text


def test_a_code_is_taken_once_and_a_category_with_others_below_stays(owner: Visitor) -> None:
    page = owner.get("/portal/categories").form("/categories").send(name="Tickets", code="tickets")
    page = page.form("/categories").send(name="Evening", code="evening", parent="tickets")

    refused = page.form("/categories").send(name="Again", code="tickets")
    stored = page.form("/remove").send()

    assert refused.document.all("input", name="code")[0].get("aria-invalid") == "true"
    assert "Remove its subcategories first." in stored.text
