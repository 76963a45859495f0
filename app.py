"""The web application for a WSGI server: ``gunicorn app:server``. Loads the figures once, serves them from memory."""

from equity import standby
from equity.views import create_app

app = create_app(standby.newest_whole("chicago"))
server = app.server
