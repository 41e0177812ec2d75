"""Pages of the portal: sessions, configurations, agreements and looks of the checkout."""
