"""Files of buyers in the portal."""

from app.web.portal.catalog.buyer_imports import views as views
