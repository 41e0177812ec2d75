"""The JSON interface: metrics, reports, lists and exports."""
