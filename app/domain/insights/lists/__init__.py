"""What people keep of lists: views with a name, the columns they like, and the files they took out.

An export is worked on until it is `finished_at` or has a `problem`; it has no states beside. Its file is forgotten
after a week. A bulk run does one thing to many orders, one by one, and keeps what came of each.
Tables: saved_views, list_columns, exports, export_parts, bulk_runs, bulk_rows.
Callers: workflow/insights/save_view, make_export, fetch_export, bulk_orders.
"""
