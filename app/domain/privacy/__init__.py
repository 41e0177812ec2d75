"""Personal data: what is kept of buyers and of the people who work here, why, how long, and how one buyer is erased.

Tables: erasures (who asked for one, and what came of it).
States: asked → done | failed by time alone: `finished_at` or `problem` is set (no machine: nothing hangs on it).
Callers: workflow/erase_buyer, workflow/export_buyer, workflow/prune, the portal's page, `flask privacy`, /v1/privacy.
`types.KINDS` is the one table of what is kept; docs/reference/personal-data.md and the portal's page are drawn from it.
"""
