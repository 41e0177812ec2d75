"""Pages of the portal: deliveries, entitlements, files, licence keys and points."""
