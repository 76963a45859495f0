"""The web application for a WSGI server: ``gunicorn app:server``. Loads the figures once, serves them from memory.

``EQUITY_CITY`` names the city, a folder of ``data/cities``; without it, Chicago.
"""

import sys

from equity import cities, standby
from equity.errors import EquityError
from equity.views import create_app

try:
    app = create_app(standby.newest_whole(cities.meant()))
except EquityError as error:
    sys.exit(f"equity: {error}")
server = app.server
