"""Pages for people: `portal` for merchants, `checkout` for buyers, `auth` for signing in."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add every page to the application (create_app calls this once)."""
    from app.web.pages import init_web

    init_web(app)
