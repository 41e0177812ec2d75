"""A shop that sells one membership through Bursar, as a merchant would build it: own process, own origin, HTTP only."""
