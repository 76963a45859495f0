"""Where a layer of outlines comes from: a folder of raw files, a file beside city.toml, TIGER, or a portal. Changes no outline.

An entry of city.toml says it: ``layer`` (of the GeoPackages in a folder of raw files), ``file`` (in the city's own folder) or
``url``, in which {tiger} and {portal} stand for these addresses. What is said under ``online`` holds for the network alone,
where columns have other names than in the raw files.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import geopandas as gpd
import shapely

from equity.cities import City
from equity.errors import SourceInvalid
from equity.sources import boundaries, download, portal, session
from equity.sources.addresses import Addresses
from equity.sources.web import Web

Told = Mapping[str, Any]
_OF_RAW_FILES = ("online", "layer", "id", "label", "rows", "column", "value", "keep", "by", "names")


@dataclass(frozen=True)
class Layer:
    """A layer as it is published, in the city's projection, what an error calls it, and the entry as it holds for it.

    ``source`` is where it comes from: a file's name, or an address.
    """

    frame: gpd.GeoDataFrame
    where: str
    source: str
    told: dict[str, Any]


class Layers(Protocol):
    """A way to the outlines of a city."""

    def has(self, told: Told) -> bool:
        """Whether a layer that the map can do without is to be had this way."""
        ...

    def read(self, told: Told, file: str = "file") -> Layer:
        """An entry of city.toml -> its features; ``file``: which file of ``[boundaries]`` has it. Raises ``SourceInvalid``."""
        ...


@dataclass(frozen=True)
class RawFiles:
    """The GeoPackages of a folder of raw files."""

    city: City
    folder: Path

    def has(self, told: Told) -> bool:
        """All that city.toml tells of."""
        return True

    def read(self, told: Told, file: str = "file") -> Layer:
        """See ``Layers.read``."""
        if "file" in told:
            return _beside(self.city, told)
        if "layer" not in told or file not in self.city.boundaries:
            raise SourceInvalid(f"city.toml of {self.city.slug} says no raw file of {_name(told)}; fetch it: --source summary")
        path = self.folder / self.city.boundaries[file]
        frame = boundaries.layer(path, told["layer"], self.city.map["projection"])
        return Layer(frame, f"{path}: layer {told['layer']!r}", path.name, dict(told))


@dataclass(frozen=True)
class Online:
    """TIGER's zip files, kept below ``cache``, and the city's portal, asked anew each time; each layer once a run.

    ``again`` fetches what is kept once more. ``tell`` hears the name of a file on its way, and its bytes in hand and in all.
    """

    city: City
    web: Web
    addresses: Addresses
    cache: Path
    again: bool = False
    tell: Callable[[str, int, int | None], object] = lambda name, done, total: None
    _read: dict[str, Layer] = field(default_factory=dict, repr=False)

    def has(self, told: Told) -> bool:
        """Those that city.toml gives an address or a file for."""
        return "url" in self._entry(told) or "file" in told

    def read(self, told: Told, file: str = "file") -> Layer:
        """See ``Layers.read``; SourceUnavailable too. Outlines that cross themselves are mended, unlike those of raw files:
        nobody here can have them corrected."""
        entry = self._entry(told)
        if "file" in entry:
            return _beside(self.city, entry)
        if "url" not in entry:
            raise SourceInvalid(f"city.toml of {self.city.slug} says no address of {_name(told)}; give it a `url`")
        url = self._address(entry["url"])
        if url not in self._read:
            frame = self._fetched(url, in_portal=entry["url"].startswith("{portal}"))
            self._read[url] = Layer(frame, session.place(url), session.place(url), {})
        known = self._read[url]
        frame = _kept(known, entry)
        if _name(told).startswith("tract"):
            frame = _of_counties(self.city, known.where, frame, entry["id"])
        mended = frame.set_geometry(shapely.make_valid(frame.geometry.to_numpy(), method="structure"))
        return Layer(mended, known.where, known.source, entry)

    def _entry(self, told: Told) -> dict[str, Any]:
        """What holds in the network: ``online`` in the place of all that is about the content of the raw file."""
        if "online" not in told:
            return dict(told)
        return {key: value for key, value in told.items() if key not in _OF_RAW_FILES} | dict(told["online"])

    def _address(self, url: str) -> str:
        return url.replace("{tiger}", self.addresses.tiger).replace("{portal}", self.addresses.portal)

    def _fetched(self, url: str, in_portal: bool) -> gpd.GeoDataFrame:
        where, projection = session.place(url), self.city.map["projection"]
        if in_portal:
            return boundaries.opened(portal.features(self.web, url), where, projection)
        if where.endswith(".zip"):
            return _unpacked(self._file(url), projection)
        answer = self.web.get(url)
        if answer.status != 200:
            raise SourceInvalid(f"{where} is not given out (status {answer.status}); correct `url` in city.toml")
        return boundaries.opened(answer.content, where, projection)

    def _file(self, url: str) -> Path:
        """A file in the cache, fetched where it is not there."""
        path = download.place(self.cache, url)
        with download.alone(path):
            if self.again or not path.exists():
                self.web.stream(url, path, resume=not self.again, tell=lambda done, total: self.tell(path.name, done, total))
        return path


def _beside(city: City, told: Told) -> Layer:
    """A file that lies in the city's own folder."""
    path = city.folder / told["file"]
    if not path.is_file():
        raise SourceInvalid(f"{path} is missing; put it there, or correct `file` in city.toml")
    return Layer(boundaries.layer(path, told.get("layer"), city.map["projection"]), str(path), path.name, dict(told))


def _unpacked(path: Path, projection: str) -> gpd.GeoDataFrame:
    """The outlines in a zip file; one that cannot be used is thrown away, or the next run would find it and not ask again."""
    try:
        try:
            with zipfile.ZipFile(path) as file:
                damaged = file.testzip()  # GDAL reads on over a damaged piece
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
            raise SourceInvalid(f"{path} is no zip file of outlines ({error}); run the same command again") from error
        if damaged:
            raise SourceInvalid(f"{path}: {damaged} in it is damaged; run the same command again")
        return boundaries.opened(path.read_bytes(), str(path), projection)  # by its name GDAL may take it for an older one
    except SourceInvalid:
        path.unlink(missing_ok=True)
        raise


def _kept(layer: Layer, entry: Told) -> gpd.GeoDataFrame:
    """The rows whose columns hold one of the values that ``keep`` lists."""
    frame = layer.frame
    for column, values in entry.get("keep", {}).items():
        if column not in frame:
            raise SourceInvalid(f"{layer.where} lacks the column {column}; correct `keep` in city.toml")
        frame = frame[frame[column].astype(str).isin([str(value) for value in values])]
    if not len(frame):
        raise SourceInvalid(f"{layer.where} has nothing of what city.toml wants to keep of it; correct `keep` there")
    return frame


def _of_counties(city: City, where: str, frame: gpd.GeoDataFrame, column: str) -> gpd.GeoDataFrame:
    """A state's tracts -> those of the city's counties; each has to be there."""
    if column not in frame:
        raise SourceInvalid(f"{where} lacks the column {column}; correct `id` in city.toml")
    begins = frame[column].astype(str).str[:5]
    for county in city.counties:
        if not (begins == city.state_fips + county.fips).any():
            raise SourceInvalid(f"{where} has no tract of {county.name} ({city.state_fips}{county.fips}); correct city.toml")
    return frame[begins.isin([city.state_fips + county.fips for county in city.counties])]


def _name(told: Told) -> str:
    return str(told.get("name") or told.get("layer") or "a layer")
