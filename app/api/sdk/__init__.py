"""The JSON that the buyer's browser speaks: under a session's own client secret, or a page's publishable key to open
one; no cookies."""

from app.api.sdk import contact, coupons, memberships, session
from app.api.sdk.api import sdk
from app.api.sdk.checkouts import pages

__all__ = ["contact", "coupons", "memberships", "pages", "sdk", "session"]
