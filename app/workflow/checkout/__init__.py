"""Use cases: sessions, configurations, agreements and appearance of the checkout."""
