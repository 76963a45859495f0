"""The web application for a WSGI server: ``waitress-serve app:server``. Loads the figures once, serves them from memory.

``EQUITY_CITY`` names the city, a folder of ``data/cities``; without it, Chicago. Where ``EQUITY_STAFF`` is 1, staff can sign in
below ``/staff`` and write to the programme log; anywhere else what adds entries to it is not even imported.
"""

import os
import sys

from equity import cities, standby
from equity.errors import EquityError
from equity.views import create_app

try:
    atlas = standby.newest_whole(cities.meant())
    app = create_app(atlas)
except EquityError as error:
    print(f"equity: {error}", file=sys.stderr)
    sys.exit(error.exit_code)
server = app.server
if os.environ.get("EQUITY_STAFF") == "1":
    from equity import staff

    staff.register(server, atlas)
