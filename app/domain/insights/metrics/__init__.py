"""Metrics for people: how much was sold, refunded and tried, counted by the hour and by the day of the business's own
time zone. They are counted after the fact, from the histories, by workflow/insights/count_metrics; nobody who places
or pays an order waits for them, and they can be thrown away and counted again. What each one means:
docs/reference/metrics.md.

Tables: metrics_by_hour, metrics_by_day (the sums of the hours), metric_progress (up to where a business is counted);
postings_by_hour (sums of the ledger), posting_progress. Callers: workflow/insights/count_metrics,
workflow/ledger/count_postings, read/insights/metrics, read/ledger/balances, read/insights/reports.
"""
