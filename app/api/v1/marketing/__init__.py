"""The JSON interface: promotions and coupons."""
