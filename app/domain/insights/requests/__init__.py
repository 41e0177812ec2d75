"""The request log: what merchants' programs asked of the API, and what they were told. Kept for a time, to find out why
something did not work; no record of business, and no law depends on it.

Tables: request_logs. Callers: workflow/operations/log_requests, prune, read/insights/request_logs.
"""
