"""Money that a business owes to others of what it sells: partners, who gets what of a line (clearing).

A partner is `active ⇄ suspended → closed`. A split rule has versions, `draft → requested → in_force → superseded`, or
`rejected`; the one in force when an order was placed decides about its lines. Clearing an order writes one entry for
each line and party (`share`, `fee`), and one for each that a refund takes back (`share_reversed`, `fee_reversed`), and
posts them from what is owed to the merchant to what is owed to partners.
Tables: partners, split_rules, split_rule_versions, clearing_entries, settlement_batches, settlement_items,
settlement_postings, settlement_holds. Callers: manage_partners, manage_split_rules, clear_order, close_batches,
pay_batch, hold_money.
"""
