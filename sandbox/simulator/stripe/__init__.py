"""Stripe's dialect: the same pretend company speaking Stripe's API, version 1.

Payments, refunds, buyer's pages and scripts are those of Pretend Pay; only what goes over the wire differs.

    accounts.py  accounts, keys, endpoints     admin.py    registers them: `POST /admin/stripe/accounts`
    forms.py     nested form fields            api.py      `/stripe/v1/…`: who calls, replays, scripts, log
    sessions.py  Checkout Sessions             refunds.py  refunds of their payments
    objects.py   their objects and errors      notices.py  the signed event sent to a merchant

A session is a payment of Pretend Pay, whose number is the `client_reference_id`; a refund's is its `Idempotency-Key`.
"""
