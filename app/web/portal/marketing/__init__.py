"""Pages of the portal: promotions and coupons."""
