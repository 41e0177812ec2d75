"""How many promotions and coupon templates of a business are active at a time: pricing reads all of them."""

MAX_ACTIVE_PROMOTIONS = 200
MAX_ACTIVE_TEMPLATES = 500
