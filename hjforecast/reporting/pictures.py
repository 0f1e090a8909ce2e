"""Pictures for formats that show no SVG text of their own: charts drawn to PNG by typst."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from hjforecast import fonts

__all__ = ["PIXELS_PER_INCH", "png_pictures"]

PIXELS_PER_INCH = 200
_PAGES = b"""#set page(width: auto, height: auto, margin: 0pt)
#for key in sys.inputs.keys().sorted() { page(image(bytes(sys.inputs.at(key)), format: "svg")) }"""


def png_pictures(pictures: Sequence[str]) -> list[bytes | None]:
    """Return SVG texts as PNG files of `PIXELS_PER_INCH`, None for one that cannot be drawn."""
    from typst import TypstError

    try:
        return list(_drawn(pictures))
    except TypstError:
        return [_one(picture) for picture in pictures]


def _one(picture: str) -> bytes | None:
    from typst import TypstError

    try:
        return _drawn([picture])[0]
    except TypstError:
        return None


def _drawn(pictures: Sequence[str]) -> list[bytes]:
    """Return the PNGs of one typst document with a page for each picture; one document draws them in parallel."""
    import typst

    if not pictures:
        return []
    inputs = {f"{number:06}": picture for number, picture in enumerate(pictures)}
    drawn: Any = typst.compile(_PAGES, format="png", ppi=PIXELS_PER_INCH, sys_inputs=inputs, font_paths=_our_fonts())
    return drawn if isinstance(drawn, list) else [drawn]


@lru_cache(maxsize=1)
def _our_fonts() -> Any:
    """Return our fonts for text in pictures, the same on every machine."""
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(path) for path in fonts.font_paths().values()])
