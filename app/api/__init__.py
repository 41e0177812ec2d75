"""JSON for programs: `v1` (merchants' servers), `sdk` (the buyer's browser), `callbacks` (payment companies).

`kit` is what the three are written with: one decorator per route, strict shapes, one form of error, one form of list,
and an OpenAPI document that cannot drift because it is drawn from the same declarations.
"""
