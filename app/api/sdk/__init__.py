"""The JSON that the buyer's browser speaks, under a session's own client secret; no cookies."""
