"""What a process is to others: its copies, its heartbeat, its end."""
