"""Buyers: made, changed, merged, noted about, imported; mailboxes proven."""
