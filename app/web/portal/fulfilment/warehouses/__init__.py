"""The warehouses section of the portal."""

from app.web.portal.fulfilment.warehouses import views as views
