"""The JSON interface: payment methods, attempts, refunds, routing and channels."""
