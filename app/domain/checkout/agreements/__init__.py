"""What buyers agree to. A template is one text ("terms") through its languages and versions, asked of every buyer or of
those who buy certain products. A draft is what is being written; publishing makes it a version, which never changes.

Tables: agreement_templates, agreement_products, agreement_drafts, agreements (the versions; the one that is asked for
now is `current`). Who accepted which version stands with the order, in orders' agreement_acceptances.
Callers: workflow/checkout/manage_agreements, accept_agreements; read/checkout/agreements, checkouts, evidence.
"""
