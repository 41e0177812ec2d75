"""Questions: metrics, reports, lists and exports."""
