"""The JSON that the buyer's browser speaks, under a session's own client secret; no cookies."""

from app.api.sdk import coupons, session
from app.api.sdk.api import sdk

__all__ = ["coupons", "sdk", "session"]
