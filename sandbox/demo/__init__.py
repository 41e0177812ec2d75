"""A shop that sells through Bursar as a merchant would build it: own process, own origin, HTTP only."""
