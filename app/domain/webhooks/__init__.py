"""What merchants' own systems are told: each event that one of their endpoints wants becomes a delivery to it.

Endpoint: enabled ⇄ paused → removed. Delivery: pending → delivered | failed | skipped.
An event is not a delivery: it stands in the outbox with its number and is never changed; deliveries are tried, replayed
and forgotten after a while. Tables: webhook_endpoints, webhook_deliveries, webhook_attempts. `events` is the catalogue
of what the outside hears. Callers: workflow/webhooks/manage_webhooks, make_deliveries, send_webhooks, replay_webhooks.
"""
