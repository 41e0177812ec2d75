"""Pages of the portal: bank accounts and settlements."""
