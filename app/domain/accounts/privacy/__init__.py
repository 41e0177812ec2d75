"""Personal data: what is kept of buyers and of the people who work here, why, how long, and how one buyer is erased.

Tables: erasures (who asked for one, who agreed, and what came of it), retention_progress (how far data was removed
whose time is over).
States: an erasure is under way until `finished_at` is set (no machine: nothing hangs on it).
Callers: workflow/accounts/request_erasure, erase_buyer, prune_personal, set_retention; the portal's page, `flask
privacy`, /v1/privacy.
`kinds.KINDS` is the one table of what is kept, `columns.NOT_PERSONAL` every other column; the documentation, the
portal's page, the pruning and the erasing are made from it.
"""
