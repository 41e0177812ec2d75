"""Use cases: metrics, reports, lists and exports."""
