"""What goods cost: list prices by quantity and time, promotions, coupons. Pure: the same input gives the same price.

`pricing.price(cart, prices, promotions, coupons, context)` answers a Priced: every line with its discounts, a step for
each rule that took part, a verdict with a reason for each that did not, and what the rules consume of their budgets.
Rules and carts are `types`; what a rule can give is in `kinds`; `promotions` works each kind out, `coupons` picks the
best of a buyer's coupons. docs/reference/promotions.md has the order of rules and the sums.
"""
