"""The JSON interface: events and the endpoints they are sent to."""
