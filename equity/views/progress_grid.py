"""The table of the areas: a row an area, what may be said of it, by how much, and what made it. Computes no figure."""

from __future__ import annotations

import dash_ag_grid as dag
from dash.development.base_component import Component

from equity.language import Language

FEW_ROWS = 8  # with no more the table needs no window of its own

# Column -> how the script writes it, and how wide it is.
_COLUMNS = {
    "points": ("ProgressPoints", 92),
    "points_moe": ("ProgressMargin", 92),
    "change": ("ProgressCount", 104),
    "change_moe": ("ProgressWhole", 88),
    "growth": ("ProgressCount", 96),
    "growth_moe": ("ProgressWhole", 88),
    "rate": ("ProgressCount", 96),
    "rate_moe": ("ProgressWhole", 88),
    "part": ("ProgressPercent", 100),
    "part_moe": ("ProgressMargin", 88),
}


def grid(language: Language, rows: list[dict]) -> Component:
    """A row an area: what may be said of it, by how much, what made it."""
    _ = language.gettext
    names = {
        "points": _("Share, points"),
        "points_moe": _("± points"),
        "change": _("Number"),
        "change_moe": _("± number"),
        "growth": _("By growth"),
        "growth_moe": _("± by growth"),
        "rate": _("By the share"),
        "rate_moe": _("± by the share"),
        "part": _("Part of the city's"),
        "part_moe": _("± points of the part"),
    }
    columns = [
        {
            "field": field,
            "headerName": names[field],
            "valueFormatter": {"function": f"{how}(params.value)"},
            "type": "rightAligned",
            "width": width,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
        }
        for field, (how, width) in _COLUMNS.items()
    ]
    wraps = {"wrapText": True, "autoHeight": True}
    place = {"field": "name", "headerName": _("Place"), "flex": 1, "minWidth": 132, **wraps}
    verdict = {"field": "verdict", "headerName": _("The share"), "flex": 1, "minWidth": 132, **wraps}
    margins = {"field": "margins", "headerName": _("Margins"), "width": 112, **wraps}
    return dag.AgGrid(
        id="progress-grid",
        # On a phone the name, the change of the share and its margin are in view together.
        columnDefs=[place, *columns[:2], verdict, *columns[2:], margins],
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        rowData=rows,
        getRowId="params.data.id",
        dashGridOptions={
            "animateRows": False,
            "suppressColumnVirtualisation": True,
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "domLayout": "autoHeight" if len(rows) <= FEW_ROWS else "normal",
            "localeText": {"noRowsToShow": _("No rows to show"), "loadingOoo": _("Loading…")},
        },
        className="table",
        style={"height": "440px"},
    )
