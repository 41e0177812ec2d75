"""The JSON interface: deliveries, entitlements, files, licence keys and points."""
