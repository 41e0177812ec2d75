"""The section of channel bills."""

from app.web.portal.payments.channel_bills import views as views
