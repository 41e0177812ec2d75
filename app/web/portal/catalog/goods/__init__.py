"""What one piece of a SKU hands over, in the portal."""

from app.web.portal.catalog.goods import views as views
