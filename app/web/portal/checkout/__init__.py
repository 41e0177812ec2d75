"""Pages of the portal: sessions, configurations, agreements and appearance of the checkout."""
