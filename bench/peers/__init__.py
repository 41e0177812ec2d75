"""Other people's shops, driven through the same order on the same machine and the same PostgreSQL, in turns with ours.

oscar_server  installs django-oscar into the run's folder and serves it
oscar_shop    what is served: a small application on Oscar, which runs there and not here
oscar_load    its client
compare       the turns and their ratio

What it says is how much slower or faster an order is, not that both do the same: Oscar's order has no double-entry
ledger, no idempotency keys, no outbox, no tenants, no notice of a payment company to verify and no audit log.
"""
