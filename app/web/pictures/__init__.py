"""Pictures of products, for any page. An address never stands for another picture, so caches keep it for good."""

from __future__ import annotations

from flask import Flask


def init_pictures(app: Flask) -> None:
    """Add the pictures to the application."""
    from app.web.pictures import views

    app.register_blueprint(views.blueprint)
