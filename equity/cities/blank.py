"""``city.toml`` with its blanks, part by part from the outside in: what ``new-city`` fills in. Knows no city.

The comments are for whoever corrects the file by hand; docs/new-city.md explains the same to somebody who never saw one.
"""

CITY = """\
# $name as this project sees it. Written by `python -m equity new-city`, to be corrected by hand; everything else in this
# folder, but for the areas, is written by `python -m equity refresh`.

slug = $slug
name = $name
state_fips = $state
state_name = $state_name
place_fips = $place

# Every county that an area reaches into: households beyond them would be missed.
"""

COUNTY = """
[[counties]]
fips = $fips
name = $name
"""

MAP = """
[area] # what one is called, with its article and without, and several; Spanish sentences take a feminine word
layer = "area"
one = { en = "an area", es = "un área" }
noun = { en = "area", es = "área" }
nouns = { en = "areas", es = "áreas" }

[credits] # how pages name a publisher
$publisher = { en = $named, es = $named_es }

[map]
centre = $centre # latitude, longitude
zoom = $zoom
bounds = $bounds # south-west, north-east
projection = $projection # metres: everything measured is measured here

[reliability]
# Margin of the share, as a fraction: up to `good` good, up to `care` with care, above it too uncertain to rank.
good = 0.05
care = 0.10

# Changes are told from this release on; without a release none are told.
[baseline]
release = $oldest
indicator = "no_subscription"

[contact] # how an error is reported; with an address (address = "mailto:maps@example.org") the words become a link
report = { en = "tell whoever runs this site", es = "avise a quien mantiene este sitio" }

[calendar] # when the next release is expected: the same for every city
next_release = $next
expected = { en = "early $year", es = "principios de $year" }
from = $year-01-07
by = $year-03-31

# ---------------------------------------------------------------------------------------------------------------------
# What `refresh --source api` and `--source summary` ask the Census Bureau for, of every release listed here.

[acs]
columns = ["B28002_001..013 E M", "B28003_001..006 E M", "B28011_001..008 E M", "B19001_001..017 E M"]
one_year = false # true where more than 65,000 people live: single years are published for these cities alone
"""

RELEASE = """
[[releases]]
release = $release
level = "none"
tract_vintage = $vintage
survey_years = [$first, $release]
wording = "clean"
$published"""

SIDES = """
# ---------------------------------------------------------------------------------------------------------------------
# Sides of the city: named groups of areas by number. Every area is in one of them.
"""

SIDE = """
[[sides]]
key = $key
name = { en = $en, es = $es }
members = [$members]
"""

LAYERS = """
# ---------------------------------------------------------------------------------------------------------------------
# Outlines. `file` lies in this folder, {tiger} is the Bureau's folder of outlines; `id` and `label` are columns.
# `simplify` is in metres: the side of the smallest detail that is kept for display.

[[layers]]
name = "area"
file = $areas
id = $number
label = $label
rows = $rows
simplify = 12
publisher = $publisher
licence = "Not stated"
citation = $citation

[[layers]]
name = "tract-$vintage"
url = $tracts
id = "GEOID"
land = "ALAND"
simplify = 18
publisher = "US Census Bureau"
licence = "Public domain (work of the US government)"
citation = $drawn
"""
