"""Every movement of money at the outside world.

A transaction (charge | refund | top_up | transfer | withdrawal | payout) has attempts, each at one channel account.
Attempt: ready → pending → succeeded | failed | cancelled; ready|pending → unknown → any of the three.
Transaction: open → succeeded | failed | cancelled.
Tables: channel_accounts, payment_transactions, transaction_details, payment_attempts, channel_exchanges,
channel_notices, refused_notices, refused_notice_counts.
Callers: workflow/payments/pay_order, record_result, refund_order, accept_notice, poll_undecided.
"""
