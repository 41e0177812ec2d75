"""The errors of shipping."""

from __future__ import annotations

from app.api.kit.error_kind import ErrorKind

SHIPPING_KINDS = (
    ErrorKind("address_required", 422, "Address required", "Something in the order is shipped; say where to."),
    ErrorKind("invalid_shipping_address", 422, "Invalid shipping address", "Correct the member named in `param`."),
    ErrorKind("shipped_product", 409, "Shipped product", "Sell it by single orders; a contract cannot ship."),
    ErrorKind("nothing_to_pack", 409, "Nothing to pack", "Read the order’s parcels; pack at most what is left."),
    ErrorKind("too_many_parcels", 409, "Too many parcels", "An order has at most 200 parcels."),
    ErrorKind("invalid_parcel", 422, "Invalid parcel", "Correct the field named in `param`; the detail says why."),
    ErrorKind("invalid_warehouse", 422, "Invalid warehouse", "Correct the field named in `param`."),
    ErrorKind("warehouse_name_taken", 409, "Name taken", "Another warehouse has this name. Choose another."),
    ErrorKind("too_many_warehouses", 409, "Too many warehouses", "Change one of the 200 that are there."),
)
