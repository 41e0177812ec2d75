"""Test clocks: the time of a test business, which people move on."""
