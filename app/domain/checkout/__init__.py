"""Sessions, configurations, agreements and looks of the checkout."""
