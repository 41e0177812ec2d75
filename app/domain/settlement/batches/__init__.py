"""Settlement batches: what a partner is owed up to a moment in one currency, closed, approved by a second person and
paid. Tables `settlement_batches`, `settlement_items`, `settlement_postings` and `settlement_reserves`.
A batch is `closed → approved → paying → paid → returned`, or
`failed`, and is paid again from there."""
