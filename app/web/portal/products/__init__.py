"""The products section of the portal."""

from app.web.portal.products import systems as systems
from app.web.portal.products import views as views
