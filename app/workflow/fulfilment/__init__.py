"""Use cases: deliveries, entitlements, files, licence keys and points."""
