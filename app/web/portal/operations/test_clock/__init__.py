"""The test clock section of the portal."""

from app.web.portal.operations.test_clock import views as views
