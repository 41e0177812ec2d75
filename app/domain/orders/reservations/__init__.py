"""What an order holds elsewhere while it waits to be paid: a share of the buyer's wallet (kind `wallet`), or units
that the merchant's own system keeps (kind `remote`).

Reservation: reserving → reserved → confirmed | cancelled; confirmed → cancelled (refunded in full); stuck while what
was decided is not acknowledged. `target` is what we decided (reserve, confirm, cancel), the status what is known to be
so. Units of stock are held by the catalogue, which does the same with rows of its own.
Tables: reservations. Events: none. Callers: workflow/steps/payments/wallet_portion, reserve_remotely.
"""
