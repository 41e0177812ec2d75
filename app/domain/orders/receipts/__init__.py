"""Receipts: numbered once and for all, with who sold and which taxes the price includes.

Tables: tax_rates, receipts, receipt_counters.
Callers: workflow/orders/make_receipt, manage_tax_rates.
"""
