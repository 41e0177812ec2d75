"""Who gets what of every order: split rules with versions, and the entries that clearing writes. Tables `split_rules`,
`split_rule_versions` and `clearing_entries`."""
