"""What an order holds elsewhere while it waits to be paid: a share of the buyer's wallet (kind `wallet`).

Reservation: trying → held → confirmed | cancelled. `wanted` is what we decided (hold, confirm, cancel); the status is
what is known to be so. Pieces of stock are held by the catalogue, which does the same with rows of its own.
Tables: reservations. Callers: workflow/share_wallet.
"""
