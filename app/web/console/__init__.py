"""The console of those who run the installation."""

from __future__ import annotations

from flask import Flask

from app.web.console import limits, resource_limits, switches, views


def init_operator(app: Flask) -> None:
    """Wire the console into the app."""
    limits.add_to(views.blueprint)
    resource_limits.add_to(views.blueprint)
    switches.add_to(views.blueprint)
    app.register_blueprint(views.blueprint)
