"""Questions: deliveries, entitlements, files, licence keys and points."""
