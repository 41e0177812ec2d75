"""Stripe, by its hosted page (Checkout Sessions) and its official library.

    mapping.py  what their words and amounts mean here    reading.py  their objects and events as outcomes
    library.py  the library over our own way out          wire.py     the outcome of an operation
    channel.py  the channel: what is asked and when

Why their page and not PaymentIntents with card fields of ours: a buyer of ours is sent on by an address, no card number
comes near us or the merchant's page, and every way to pay that the merchant switched on at Stripe is offered there. The
PaymentIntent is still what is paid: it carries our reference, is what refunds refer to, and is our `channel_ref`.

Stripe finds a session by its own id only, and a channel is given nothing but our reference. Sessions can be listed by
the time they were made, though, strictly consistent, and our references carry theirs (UUIDv7): so a payment is found
among the sessions of its minutes by `client_reference_id`. Stripe's search is no help, it lags behind by up to an hour
and does not know sessions; a replayed `Idempotency-Key` answers what was said first, not what is true now.
"""
