"""Steps: events and the endpoints they are sent to."""
