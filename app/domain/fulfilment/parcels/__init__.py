"""Parcels: what of an order goes out in one box, from where, and where it is.

Parcel: packed → shipped → delivered → returned; packed → cancelled; shipped → lost | returned. A line is delivered once
all its units are. Units of a parcel that was cancelled, lost or returned before it arrived can be packed again.
Tables: warehouses, parcels, parcel_lines. Events: parcel.packed, .shipped, .delivered, .lost, .returned, .cancelled.
Callers: workflow/fulfilment/manage_parcels, manage_warehouses; workflow/fulfilment/deliver_line, fulfil_order.
"""
