"""Going live: the checklist, the live twin, and its activation."""

from app.web.portal.accounts.going_live import views as views
