"""The chart over time as SVG. Knows no figures, no city and no language: everything it writes is in the ``Chart``.

Presentation attributes alone, no style: the picture obeys any Content-Security-Policy, also when it is opened by itself. It is
drawn for a width, so that its letters are as large on a phone as beside a table; nothing of it depends on the reader's fonts.
"""

from __future__ import annotations

import math
from html import escape

from equity.views import ink
from equity.views.progress_chart import Chart, Point, Reports

WIDTHS = {"wide": 940, "narrow": 356}

_LANE, _ROW, _PLOT = 22, 44, {"wide": 300, "narrow": 250}


class Scale:
    """Years and counts on the paper."""

    def __init__(self, chart: Chart, width: str, top: float) -> None:
        self.narrow, self.width = width == "narrow", WIDTHS[width]
        self.left, self.right = (54 if self.narrow else 64), self.width - 14
        self.above, self.below = top, top + _PLOT[width]
        self.first, self.last = chart.span
        self.step = ink.nice(chart.top * 1.08 / 5)
        self.most = math.ceil(chart.top * 1.08 / self.step) * self.step

    def x(self, year: float) -> float:
        return round(self.left + (year - self.first) / (self.last - self.first) * (self.right - self.left), 1)

    def y(self, count: float) -> float:
        return round(self.below - max(0.0, min(count, self.most)) / self.most * (self.below - self.above), 1)


def svg(chart: Chart, width: str = "wide") -> str:
    """The picture; ``width`` is one of ``WIDTHS``."""
    size = 13 if width == "wide" else 12
    head = ink.wrapped(chart.title, WIDTHS[width] - 16, 16)
    under = ink.wrapped(chart.subtitle, WIDTHS[width] - 16, size)
    scale = Scale(chart, width, 20 + 20 * len(head) + 17 * len(under) + 14)
    lanes = _lanes(chart, scale)
    foot = scale.below + 26 + _LANE * (max(lanes, default=-1) + 1) + (6 if lanes else 0)
    parts = [ink.text(8, 22 + 20 * i, line, 16, weight="600") for i, line in enumerate(head)]
    parts += [ink.text(8, 22 + 20 * len(head) + 17 * i, line, size, ink.QUIET) for i, line in enumerate(under)]
    parts += [*_grid(chart, scale, size), *_line(chart, scale), *_events(chart, scale, lanes), *_path(chart, scale, size)]
    parts += [*_points(chart, scale, size)]
    for reports in chart.reports:
        drawn, foot = _reports(reports, scale, foot, size)
        parts += drawn
    legend, foot = _legend(chart, scale, foot + 8, size)
    parts += legend
    for line in ink.wrapped(chart.source, scale.width - 16, 11):
        parts.append(ink.text(8, foot + 8, line, 11, ink.QUIET))
        foot += 15
    height = round(foot + 6)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {scale.width} {height}" width="{scale.width}" '
        f'height="{height}" font-family="{ink.FONT}" role="img" aria-label="{escape(chart.title)}">'
        f'<rect width="{scale.width}" height="{height}" fill="{ink.PAPER}"/>{"".join(parts)}</svg>'
    )


# --- the paper -------------------------------------------------------------------------------------------------------


def _grid(chart: Chart, scale: Scale, size: int) -> list[str]:
    """Counts at the left, years below; a year stands for its middle."""
    parts = []
    for position in range(round(scale.most / scale.step) + 1):
        count = position * scale.step
        y = scale.y(count)
        parts.append(ink.rule(scale.left, y, scale.right, y, ink.INK if count == 0 else ink.RULE))
        parts.append(ink.text(scale.left - 6, y + 4, ink.thousands(count, chart.thousands), size - 1, ink.QUIET, "end"))
    room = (scale.right - scale.left) / (scale.last - scale.first)
    every = next(step for step in (1, 2, 5, 10, 20, 50) if room * step > 4.2 * size * ink.LETTER)
    for year in range(math.ceil(scale.first), math.floor(scale.last) + 1):
        if year % every == 0:
            parts.append(ink.rule(scale.x(year), scale.below, scale.x(year), scale.below + 5, ink.INK))
            parts.append(ink.text(scale.x(year), scale.below + 19, str(year), size - 1, ink.QUIET, "middle"))
    return parts


def _line(chart: Chart, scale: Scale) -> list[str]:
    """The trend in its band, dashed where it is continued beyond the newest release; dotted and empty where indicative."""
    if not chart.line:
        return []
    upper = [(scale.x(year), scale.y(high)) for year, _fitted, _low, high, _ahead in chart.line]
    lower = [(scale.x(year), scale.y(low)) for year, _fitted, low, _high, _ahead in chart.line]
    band = ink.RIM if chart.indicative else f'fill="{ink.PALE}" fill-opacity="0.75"'
    parts = [f'<polygon points="{ink.pairs(upper + lower[::-1])}" {band}/>']
    known = [(scale.x(year), scale.y(fitted)) for year, fitted, *_band, ahead in chart.line if not ahead]
    beyond = [known[-1]] + [
        (scale.x(year), scale.y(fitted)) for year, fitted, *_band, ahead in chart.line if ahead and fitted >= 0
    ]
    parts.append(ink.line(known, ink.DOTTED if chart.indicative else ""))
    if len(beyond) > 1:
        parts.append(ink.line(beyond, 'stroke-dasharray="7 5"'))
    return parts


def _path(chart: Chart, scale: Scale, size: int) -> list[str]:
    """From the newest figure to the plan."""
    if chart.path is None:
        return []
    (start, first), (year, count) = chart.path
    x, y = scale.x(year), scale.y(count)
    parts = [
        ink.rule(
            scale.x(start), scale.y(first), x, y, ink.PLAN, 'stroke-width="2.5" stroke-dasharray="1.5 5" stroke-linecap="round"'
        )
    ]
    parts.append(f'<circle cx="{x}" cy="{y}" r="6" fill="{ink.PAPER}" stroke="{ink.PLAN}" stroke-width="2.5"/>')
    wide = len(chart.path_label) * size * ink.LETTER
    anchor, at = ("end", x - 10) if x + 10 + wide > scale.right else ("start", x + 10)
    lower = y + 20 if anchor == "end" else y + 4
    parts.append(
        ink.halo(ink.text(at, lower if lower < scale.below else y - 12, chart.path_label, size, ink.PLAN, anchor, "600"))
    )
    return parts


def _lanes(chart: Chart, scale: Scale) -> list[int]:
    """For each event the lane below the years in which nothing else stands."""
    ends: list[float] = []
    lanes = []
    for mark in chart.marks:
        begin, end = scale.x(mark.year) - 11, scale.x(mark.end or mark.year) + 13
        lane = next((number for number, last in enumerate(ends) if last < begin), len(ends))
        ends[lane : lane + 1] = [end]
        lanes.append(lane)
    return lanes


def _events(chart: Chart, scale: Scale, lanes: list[int]) -> list[str]:
    """A number for each event, a bar for what lasted, a thin line up through the figures."""
    parts = []
    for mark, lane in zip(chart.marks, lanes, strict=True):
        x, y = scale.x(mark.year), scale.below + 40 + _LANE * lane
        parts.append(ink.rule(x, scale.above, x, y - 9, ink.EVENT, 'stroke-dasharray="2 4" stroke-opacity="0.7"'))
        if mark.end:
            end = scale.x(mark.end)
            parts.append(ink.rule(x, y, end, y, ink.EVENT, 'stroke-width="5" stroke-opacity="0.35"'))
            parts.append(ink.rule(end, y - 6, end, y + 6, ink.EVENT, 'stroke-width="2"'))
        parts.append(f'<circle cx="{x}" cy="{y}" r="9" fill="{ink.EVENT}"/>')
        parts.append(ink.text(x, y + 4, str(mark.number), 11, ink.PAPER, "middle", "700"))
    return parts


# --- the figures -----------------------------------------------------------------------------------------------------


def _points(chart: Chart, scale: Scale, size: int) -> list[str]:
    """Every figure with its margin, then as many of the numbers as find room; the table has them all."""
    parts = [part for point in chart.points for part in _mark(point, scale)]
    boxes = [(scale.x(p.year) - 8, scale.y(p.estimate) - 8, scale.x(p.year) + 8, scale.y(p.estimate) + 8) for p in chart.points]
    if chart.path:
        x, y = scale.x(chart.path[1][0]), scale.y(chart.path[1][1])
        boxes.append((x - 8, y - 8, x + 8, y + 8))
    for point in chart.points:
        written = [point.label] if scale.narrow else [point.label_moe, point.label]
        for lines in [(label, name) for label in written for name in dict.fromkeys([point.name, ""])]:
            if free := _place(point, lines, scale, size, boxes):
                at, base, box = free
                boxes.append(box)
                parts.append(ink.halo(ink.text(at, base, lines[0], size, ink.INK, "middle", "600")))
                if lines[1]:
                    parts.append(ink.halo(ink.text(at, base + size - 1, lines[1], size - 2, ink.QUIET, "middle")))
                break
    return parts


def _place(point: Point, lines: tuple[str, str], scale: Scale, size: int, boxes: list[tuple[float, ...]]) -> tuple | None:
    """Where a figure and its release find room: above the mark, else below or beside it; None where there is none."""
    half = max(len(lines[0]) * size, len(lines[1]) * (size - 2)) * ink.LETTER / 2
    under, spread = size - 1 if lines[1] else 0, scale.y(0) - scale.y(point.moe or 0)
    x, y = scale.x(point.year), scale.y(point.estimate)
    above = y - 10 - under - spread
    for at, base in [(x, above), (x, y + 20 + spread), (x + half + 12, y - 6 - under), (x - half - 12, y + 16)]:
        box = (at - half, base - size, at + half, base + under + 3)
        inside = box[0] > scale.left and box[2] < scale.width - 2 and box[1] > scale.above - 14 and box[3] < scale.below
        if inside and not any(ink.touch(box, other) for other in boxes):
            return at, base, box
    return None


def _mark(point: Point, scale: Scale) -> list[str]:
    """The mark of one figure with its margin."""
    x, y, colour = scale.x(point.year), scale.y(point.estimate), ink.SERIES[point.series]
    parts = []
    if point.moe is not None:
        low, high = scale.y(point.estimate - point.moe), scale.y(point.estimate + point.moe)
        dashed = 'stroke-dasharray="3 2"' if point.drawn == "modelled" else ""
        parts.append(ink.rule(x, low, x, high, colour, f'stroke-width="2" {dashed}'))
        parts += [ink.rule(x - 9, end, x + 9, end, colour, 'stroke-width="2"') for end in (low, high)]
    return [*parts, ink.sign(point.drawn, x, y, colour)]


def _reports(reports: Reports, scale: Scale, top: float, size: int) -> tuple[list[str], float]:
    """Bars by month on the same axis of time, on a scale of their own."""
    most = max((count for _year, count in reports.months), default=1) or 1
    named = ink.wrapped(f"{reports.label} ({reports.most})", scale.width - 16, size)
    floor = top + 18 + 15 * (len(named) - 1) + _ROW - 8
    parts = [ink.text(8, top + 12 + 15 * i, line, size - 1, ink.REPORT, weight="600") for i, line in enumerate(named)]
    parts.append(ink.rule(scale.left, floor, scale.right, floor, ink.RULE))
    wide = max(2.0, (scale.x(1) - scale.x(0)) / 12 - 1)
    for year, count in reports.months:
        tall = max(1.0, count / most * (_ROW - 12)) if count else 0
        parts.append(ink.box(scale.x(year) - wide / 2, floor - tall, wide, tall, ink.REPORT))
    return parts, floor + 10


def _legend(chart: Chart, scale: Scale, top: float, size: int) -> tuple[list[str], float]:
    """What each mark means, in one column or two."""
    columns = 1 if scale.narrow else 2
    room = (scale.width - 16) / columns
    parts, lowest, foot = [], top, [top] * columns
    for position, (name, words) in enumerate(chart.legend.items()):
        column = position % columns
        x, y = 8 + column * room, foot[column] + 14
        parts.append(ink.swatch(name, x + 12, y - 4))
        lines = ink.wrapped(words, room - 44, size)
        parts += [ink.text(x + 30, y + 16 * i, line, size, ink.QUIET) for i, line in enumerate(lines)]
        foot[column] = y + 16 * (len(lines) - 1) + 6
        lowest = max(foot)
    return parts, lowest + 8
