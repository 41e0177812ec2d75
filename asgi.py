"""The ASGI entry: the application of wsgi.py behind its front. `python -m app.front` serves it."""

from app.admission import gate
from app.front.front import Front
from wsgi import app as application

_settings = application.config["SETTINGS"]
app = Front(
    application,
    public_url=_settings.public_url,
    trusted=_settings.trusted_proxies,
    admits=gate(application, _settings.trusted_proxies),
)
