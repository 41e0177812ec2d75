"""Pages for people: `portal` for merchants, `checkout` for buyers, `auth` for signing in."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add every page to the application (create_app calls this once)."""
    from app.web.auth import init_auth
    from app.web.checkout import init_checkout
    from app.web.console import init_operator
    from app.web.exports.views import blueprint as export_files
    from app.web.images import init_images
    from app.web.pages import init_every_page
    from app.web.portal import init_portal

    init_every_page(app)
    init_auth(app)
    init_portal(app)
    init_operator(app)
    init_checkout(app)
    init_images(app)
    app.register_blueprint(export_files)
