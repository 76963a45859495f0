"""The web application for a WSGI server: ``gunicorn app:server``. Loads the figures once, serves them from memory."""

from equity import atlas
from equity.views import create_app

app = create_app(atlas.load("chicago"))
server = app.server
