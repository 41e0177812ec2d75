"""Use cases: payment methods, attempts, refunds, routing and channels."""
