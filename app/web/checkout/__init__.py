"""The hosted panel at `/c/<session>`, which sells with or without scripts, the framed one at `/f/<session>`, what a
buyer owns at `/my/<token>`, where plans are signed at `/s/<plan>`, and the SDK's files for other origins."""

from __future__ import annotations

from flask import Flask


def init_checkout(app: Flask) -> None:
    """Add the hosted panel and the SDK's files to the application."""
    from app.web.checkout import contracts, downloads, framed, links, locale, owned_items, sdk_files, signing, views

    locale.init_locale(app)
    app.register_blueprint(sdk_files.blueprint)
    app.register_blueprint(views.blueprint)
    app.register_blueprint(framed.blueprint)
    app.register_blueprint(links.blueprint)
    app.register_blueprint(owned_items.blueprint)
    app.register_blueprint(contracts.blueprint)
    app.register_blueprint(signing.blueprint)
    app.register_blueprint(downloads.blueprint)
