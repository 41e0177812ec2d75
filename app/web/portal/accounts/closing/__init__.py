"""Closing the business."""

from app.web.portal.accounts.closing import views as views
