"""JSON for programs: `v1` (merchants' servers), `operator` (the installation's), `sdk` (the buyer's browser),
`callbacks` (payment companies).

`kit` is what they are written with: one decorator per route, strict shapes, one form of error, one form of list, and
an OpenAPI document that cannot drift because it is drawn from the same declarations. `docs` shows that document,
`ops` answers operators.
"""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.api.callbacks import views as callbacks
from app.api.docs import views as docs
from app.api.operator import operators
from app.api.ops import clock_check, requests
from app.api.ops import views as ops
from app.api.sdk import pages, sdk
from app.api.v1 import v1
from app.core.limits.quota import Quota
from app.core.settings import Settings

RATE_WINDOW_S = 10


def register(app: Flask) -> None:
    """Add every JSON route to the application, after its pages."""
    requests.install(app)
    clock_check.install(app)
    settings: Settings = app.config["SETTINGS"]
    quota = settings.api_rate_per_s * RATE_WINDOW_S
    app.extensions["quota"] = Quota(settings.redis_url, quota=quota, window_s=RATE_WINDOW_S)
    forms: Any = app.extensions.get("csrf")
    for blueprint in (v1.blueprint, operators.blueprint, sdk.blueprint, pages.blueprint, callbacks.bp):
        if forms is not None:
            forms.exempt(blueprint)  # these know no cookies, so there is nothing to forge
        app.register_blueprint(blueprint)
    app.register_blueprint(docs.publish([v1, operators, sdk, pages]))
    app.register_blueprint(ops.bp)
