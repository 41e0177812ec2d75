"""Who buys. A buyer has a reference, by which every other table names them, and may have a proven mailbox or phone.

Buyer: active → merged (into another one, who has everything from then on) | erased; merged → erased.
Tables: buyers, buyer_notes, buyer_consents, buyer_merges, buyer_progress (whose payments were
looked at), mailbox_codes.
Events: buyer.created .updated .merged .erased. Callers: workflow/buyers, and whoever asks what a reference stands for.
"""
