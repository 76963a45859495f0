"""The web application for a WSGI server: ``gunicorn app:server``. Loads the figures once, serves them from memory.

``EQUITY_CITY`` names the city, a folder of ``data/cities``; without it, Chicago.
"""

from equity import cities, standby
from equity.views import create_app

app = create_app(standby.newest_whole(cities.meant()))
server = app.server
