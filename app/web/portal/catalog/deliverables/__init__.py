"""What one unit of a SKU hands over, in the portal."""

from app.web.portal.catalog.deliverables import views as views
