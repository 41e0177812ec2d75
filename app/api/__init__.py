"""JSON for programs: `v1` (merchants' servers), `sdk` (the buyer's browser), `callbacks` (payment companies).

`kit` is what the three are written with: one decorator per route, strict shapes, one form of error, one form of list,
and an OpenAPI document that cannot drift because it is drawn from the same declarations. `docs` shows that document,
`ops` answers operators.
"""

from __future__ import annotations

from flask import Flask

from app.api.docs import views as docs
from app.api.ops import requests


def register(app: Flask) -> None:
    """Add every JSON route to the application."""
    requests.install(app)
    app.register_blueprint(docs.publish([]))
