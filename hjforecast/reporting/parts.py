"""The parts of an executed notebook, in order: what Word, PDF and Excel files are built from."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hjforecast.document import PARTS, Part

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["edition_rows", "frame_of", "parts_of", "unshown"]

_SHOWN = (PARTS, "text/html", "text/markdown", "image/svg+xml", "image/png")
_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)


def parts_of(notebook: Any) -> list[Part]:
    """Return the parts of an nbformat notebook in reading order.

    To the kinds that `hjforecast.document` describes come those of other people's cells: `markdown` and `html` (both
    with `text`), and `image` (`format` png or svg, `data` as bytes). A figure has its `svg` as text. Code, streams
    and plain text do not show.
    """
    return [part for cell in notebook.cells for part in _of_cell(cell)]


def _of_cell(cell: Any) -> Iterator[Part]:
    if cell.cell_type == "markdown":
        yield {"kind": "markdown", "text": cell.source}
    for output in _results(cell):
        yield from _of_output(output.data)


def _of_output(data: Mapping[str, Any]) -> Iterator[Part]:
    if PARTS in data:
        pictures = iter(_SVG.findall(data.get("text/html", "")))
        for part in data[PARTS]["parts"]:
            yield {**part, "svg": next(pictures)} if part["kind"] == "figure" else part
    elif "text/html" in data:
        yield {"kind": "html", "text": data["text/html"]}
    elif "text/markdown" in data:
        yield {"kind": "markdown", "text": data["text/markdown"]}
    elif "image/svg+xml" in data:
        yield {"kind": "image", "format": "svg", "data": data["image/svg+xml"].encode()}
    elif "image/png" in data:
        yield {"kind": "image", "format": "png", "data": base64.b64decode(data["image/png"])}


def unshown(notebook: Any) -> list[str]:
    """Return a warning of the results that no format shows, such as a Series, which is plain text; empty for none."""
    cells = [results for cell in notebook.cells if (results := _results(cell)) and not any(map(_shows, results))]
    zh, en = "个单元的结果只有纯文字，没有收入报告", "cell(s) show plain text alone, which a report leaves out"
    return [f"{len(cells)}{zh} / {len(cells)} {en}"] if cells else []


def _shows(output: Any) -> bool:
    return any(kind in output.data for kind in _SHOWN)


def _results(cell: Any) -> list[Any]:
    """Return the results of a cell; what it printed is not one."""
    return [item for item in cell.get("outputs", []) if item.output_type in ("display_data", "execute_result")]


def edition_rows(parts: list[Part]) -> list[Mapping[str, Any]]:
    """Return the rows that a report's next edition is compared with, as plain values.

    A notebook's own dictionaries would make the run, which receives these, import nbformat: a second of every run.
    """
    rows = [row for part in parts if part["kind"] == "edition" for row in part["rows"]]
    plain: list[Mapping[str, Any]] = json.loads(json.dumps(rows))
    return plain


def frame_of(part: Part) -> pd.DataFrame:
    """Return the tidy table that a `data` part carries."""
    import pandas as pd

    content = io.BytesIO(gzip.decompress(base64.b64decode(part["csv"])))
    # Only an empty field is a missing value: a unit or a code may be the word NA or null.
    return pd.read_csv(content, keep_default_na=False, na_values=[""])
