"""Disputes: buyers who ask their bank or the payment company for their money back. Tables `disputes` and
`dispute_lines`. A dispute is `needs_response ⇄ under_review`, and ends `won`, `lost`, `partly_lost`, `accepted` or
`closed`. What the company takes meanwhile is in the ledger’s account `disputed`; the end releases it or books it away.
Events: `dispute.*`. Callers: workflow/payments/follow_disputes, answer_dispute."""
