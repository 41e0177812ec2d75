"""Who sells: the merchants, authors and shops whose products a business offers beside its own.

Seller: active ⇄ archived. A product refers to one; an order line keeps its id and its name as it was.
Tables: sellers. Events: seller.created, seller.updated, seller.archived, seller.restored.
Callers: workflow/catalog/manage_sellers, manage_catalog, apply_import; workflow/steps/orders/write_order.
"""
