"""Steps: deliveries, entitlements, files, licence keys and points."""
