"""Images of products, for any page. An address never stands for another image, so caches keep it for good."""

from __future__ import annotations

from flask import Flask


def init_images(app: Flask) -> None:
    """Add the images to the application."""
    from app.web.images import views

    app.register_blueprint(views.blueprint)
