"""Questions: payment methods, attempts, refunds, routing and channels."""
