"""Pages of the portal: cases."""
