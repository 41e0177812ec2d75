"""Use cases: promotions and coupons."""
