"""Who sells, and who may act for them.

Tables: businesses (a directory: belongs to no business), users (logins, likewise), memberships, api_keys.
Callers: workflow/accounts/manage_keys, manage_origins, log_in, seed_demo.
"""
