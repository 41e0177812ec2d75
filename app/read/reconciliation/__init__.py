"""What pages and answers show of cases."""
