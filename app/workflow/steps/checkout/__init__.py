"""Steps: sessions, configurations, agreements and appearance of the checkout."""
