"""Questions: promotions and coupons."""
