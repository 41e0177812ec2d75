"""The split rules section of the portal."""

from app.web.portal.settlement.split_rules import views as views
