"""Steps: promotions and coupons."""
