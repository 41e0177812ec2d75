"""The doors for payment companies' notices, and for systems of merchants that deliver."""

from app.api.callbacks import deliveries as deliveries
