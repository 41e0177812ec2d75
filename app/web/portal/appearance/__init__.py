"""The appearance section of the portal."""
