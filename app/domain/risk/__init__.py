"""Whom a business trusts, watches and refuses.

An entry puts a buyer, a mailbox, a domain of mailboxes, a phone number, an address (or a network) or a device on one of
three lists: `allow`, `watch`, `block`. Entries are found by the hash of their kind and normal form, so that one index
answers for all of them.

A rule set is rules over facts about a payment (facts.py): `draft ⇄ shadow → on → retired`. The one that is on decides
about every payment before a company hears of it, and about every request for a refund; the one in shadow is tried on
the same facts and changes nothing. A business without either is asked nothing. What was decided is kept, with the facts
as they were.

A review is a payment that rules hold for a person: `waiting → released | refused`.
Tables: risk_entries, risk_rule_sets, risk_decisions, risk_reviews.
Events: risk.payment_blocked, risk.review_opened, risk.review_decided, risk.rules_on, risk.rules_off.
Callers: workflow/risk, workflow/steps/risk.
"""
