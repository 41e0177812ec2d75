"""What is sold: products (SPU), their SKUs with prices and stock, stock reservations.

Product: draft → (scheduled →) on_sale ⇄ off_sale → archived.
Stock reservation: reserved → confirmed → restocked, reserved → cancelled.
A SKU has a base price; `sku_prices` has the others (currency, from a quantity on, for a time) and what base prices
were. `queries.RUNNING_PRICES` brings them with the SKU in one query, marketing/listing chooses among them.
Besides sales, stock changes with a line of history: who, why, from what to what.
Tables: stock_changes, products, product_images, skus, sku_prices, stock_reservations. Callers:
workflow/catalog/manage_catalog, manage_prices, manage_images, place_order, record_result.
"""
