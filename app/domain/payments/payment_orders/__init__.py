"""Payment orders: files of withdrawals and payouts that the merchant's own bank carries out. Tables `payment_orders`
and `payment_order_lines`. An order is `requested → approved → sent → completed`, or `cancelled` before it is sent; a
line is `waiting → executed → returned`, `rejected` or `cancelled`."""
