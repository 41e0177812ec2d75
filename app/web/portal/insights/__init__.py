"""Pages of the portal: metrics, reports, lists and exports."""
