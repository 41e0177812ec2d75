"""The JSON interface: cases."""
