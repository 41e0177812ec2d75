"""The JSON interface: sessions, configurations, agreements and looks of the checkout."""
