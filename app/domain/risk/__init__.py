"""Whom a business trusts, watches and refuses.

An entry puts a buyer, a mailbox, a domain of mailboxes, a phone number, an address (or a network) or a device on one of
three lists: `allow`, `watch`, `block`. Entries are found by the hash of their kind and normal form, so that one index
answers for all of them.
Tables: risk_entries. Callers: workflow/risk.
"""
