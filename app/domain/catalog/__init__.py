"""What is sold: products (SPU), their SKUs with price and stock, stock reservations.

Product: draft → on_sale ⇄ off_sale → archived. Stock reservation: held → confirmed → restocked, held → cancelled.
Tables: products, skus, stock_reservations. Callers: workflow/manage_catalog, place_order, record_result.
"""
