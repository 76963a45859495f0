"""Marks, letters and lines of SVG, as text. Knows no figures and no chart."""

from __future__ import annotations

import math
from html import escape

INK, QUIET, RULE, PAPER, ACCENT, PALE = "#1f1b2d", "#575166", "#ddd8e3", "#ffffff", "#541f5c", "#e7d9ea"
PLAN, EVENT, REPORT = "#9a4a00", "#0b57a4", "#0b6e4f"
SERIES = {"summed": ACCENT, "published": REPORT, "one_year": "#8a5a00"}
FONT = "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, Liberation Sans, DejaVu Sans, sans-serif"
LETTER = 0.56  # the width of a letter in its height, on the generous side
DOTTED = 'stroke-dasharray="2 4"'  # a line that is indicative, and its band, which is a rim alone
RIM = f'fill="none" stroke="{ACCENT}" stroke-width="1" stroke-opacity="0.6" {DOTTED}'
STEPS = (1, 2, 2.5, 5, 10)


def sign(drawn: str, x: float, y: float, colour: str) -> str:
    """Each way to be drawn has a shape of its own, so that nothing hangs on colour."""
    line = f'stroke="{colour}" stroke-width="2"'
    if drawn == "with_margin":
        return f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}" {line}/>'
    if drawn == "modelled":
        return f'<circle cx="{x}" cy="{y}" r="4" fill="{PAPER}" {line}/>'
    if drawn == "no_margin":
        return f'<circle cx="{x}" cy="{y}" r="4" fill="{RULE}" {line} stroke-dasharray="2 2"/>'
    if drawn == "recovered":
        return f'<path d="M{x} {y - 6}l6 6l-6 6l-6 -6z" fill="{PAPER}" {line}/>'
    if drawn == "areas_only":
        return f'<rect x="{x - 5}" y="{y - 5}" width="10" height="10" fill="{PAPER}" {line}/>'
    return f'<path d="M{x} {y - 6}l6 11h-12z" fill="{PAPER}" {line}/>'


def swatch(name: str, x: float, y: float) -> str:
    """What stands before the words of a legend: a way to be drawn, a series, the line, the path or the events."""
    if name == "line":
        return box(x - 11, y - 5, 22, 10, PALE) + line([(x - 11, y), (x + 11, y)])
    if name == "indicative":
        return f'<rect x="{x - 11}" y="{y - 5}" width="22" height="10" {RIM}/>' + line([(x - 11, y), (x + 11, y)], DOTTED)
    if name == "path":
        return rule(x - 10, y, x + 10, y, PLAN, 'stroke-width="2.5" stroke-dasharray="1.5 5" stroke-linecap="round"')
    if name == "marks":
        return f'<circle cx="{x}" cy="{y}" r="8" fill="{EVENT}"/>' + text(x, y + 4, "1", 11, PAPER, "middle", "700")
    if name in SERIES:
        return sign("with_margin", x, y, SERIES[name])
    return sign(name, x, y, ACCENT)


def text(x: float, y: float, words: str, size: int, colour: str = INK, anchor: str = "start", weight: str = "400") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )


def halo(text: str) -> str:
    """The same text on a rim of paper, so that no line runs through it."""
    return text.replace("<text ", f'<text stroke="{PAPER}" stroke-width="4" stroke-linejoin="round" paint-order="stroke" ', 1)


def rule(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" {more}/>'


def wrapped(words: str, room: float, size: int) -> list[str]:
    """A text in lines that fit."""
    lines, fits = [""], max(8, int(room / (size * LETTER)))
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= fits or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def line(corners: list[tuple[float, float]], more: str = "") -> str:
    return f'<polyline points="{pairs(corners)}" fill="none" stroke="{ACCENT}" stroke-width="2" {more}/>'


def box(x: float, y: float, wide: float, tall: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{colour}"/>'


def pairs(corners: list[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in corners)


def touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def nice(step: float) -> float:
    """The next round step up: 1, 2, 2.5, 5 or 10 of its size."""
    size = 10 ** math.floor(math.log10(step))
    return next(size * factor for factor in STEPS if size * factor >= step)


def thousands(count: float, sign: str) -> str:
    return f"{count:,.0f}".replace(",", sign)
