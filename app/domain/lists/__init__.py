"""What people keep of lists: views with a name, the columns they like, and the files they took out.

An export is worked on until it is `finished_at` or has a `problem`; it has no states beside. Its file is forgotten
after a week. Tables: saved_views, chosen_columns, exports, export_parts. Callers: workflow/save_view, make_export.
"""
