"""Questions: sessions, configurations, agreements and looks of the checkout."""
