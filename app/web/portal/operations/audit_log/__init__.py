"""The audit log section of the portal."""

from app.web.portal.operations.audit_log import views as views
