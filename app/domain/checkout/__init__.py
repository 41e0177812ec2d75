"""Sessions, configurations, agreements and appearance of the checkout."""
