"""The JSON interface: sessions, configurations, agreements and appearance of the checkout."""
