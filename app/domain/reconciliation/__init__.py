"""Cases: what needs a person, in one inbox, with what would mend it and what closes it by itself.

Case: open → resolved (by itself, by `system`, or by a person who says why). Assigned and snoozed are columns.
Tables: cases, case_activities. Events: case.opened, case.updated, case.resolved.
Callers: whatever use case cannot find an end by itself opens and resolves cases (service); workflow/reconciliation
finds the others, raises old ones again, and does what people decide.
"""
