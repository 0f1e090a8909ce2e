"""Our two Chinese fonts: in matplotlib, in HTML pages, and which characters they have.

The fonts are Noto Sans SC, regular and bold, under the SIL Open Font License
(`font_files/OFL.txt`); `tools/build_fonts.py` made them. Charts and pages use nothing else, so they
look the same on a machine without Chinese fonts.
"""

from __future__ import annotations

import base64
import unicodedata
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from threading import Lock

__all__ = ["FAMILY", "css_font_face", "font_paths", "missing", "register"]

FAMILY = "Noto Sans SC"

_FILES = {"regular": "NotoSansSC-Regular.ttf", "bold": "NotoSansSC-Bold.ttf"}
_CSS_WEIGHT = {"regular": 400, "bold": 700}
# Control and format characters, and every kind of space, need no glyph.
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}
_register_lock = Lock()


def font_paths() -> dict[str, Path]:
    """Return the paths of the two font files, by weight: `regular` (400) and `bold` (700)."""
    folder = files("hjforecast") / "font_files"
    return {weight: Path(str(folder / name)) for weight, name in _FILES.items()}


def register() -> str:
    """Make both fonts known to matplotlib and return their family name.

    Calling it again changes nothing. An installed font of the same name loses to ours: charts must
    not depend on the machine, and matplotlib draws a variable Noto Sans SC hairline thin.
    """
    from matplotlib.font_manager import fontManager

    ours = [str(path) for path in font_paths().values()]
    with _register_lock:
        known = {entry.fname for entry in fontManager.ttflist}
        for path in ours:
            if path not in known:
                fontManager.addfont(path)
        # matplotlib takes the first of equally good matches.
        fontManager.ttflist.sort(key=lambda entry: entry.fname not in ours)
    return FAMILY


def missing(text: str) -> set[str]:
    """Return the characters of `text` that our fonts cannot draw.

    Spaces, line ends and other invisible characters are never missing. Both weights have the same
    characters.
    """
    visible = {char for char in text if unicodedata.category(char) not in _INVISIBLE}
    return {char for char in visible if ord(char) not in _codes()}


def css_font_face(text: str) -> str:
    """Return two CSS `@font-face` rules (400 and 700) whose fonts hold the characters of `text`.

    The fonts are WOFF in base64, so that the page shows Chinese offline on any machine. The same
    text, or the same characters in any order, gives the same rules. Characters that our fonts lack
    are left to the browser: ask `missing` first. The rules are empty where nothing is left.

    WOFF rather than WOFF2: a quarter larger, but cut in a tenth of the time and without brotli, on
    which the bytes would otherwise depend.
    """
    codes = frozenset(map(ord, text)) & _codes()
    if not codes:
        return ""
    return "".join(_face_rule(weight, _woff(weight, codes)) for weight in _FILES)


def _face_rule(weight: str, font: bytes) -> str:
    """Return one `@font-face` rule that carries `font`."""
    data = base64.b64encode(font).decode("ascii")
    return (
        f'@font-face{{font-family:"{FAMILY}";font-style:normal;font-weight:{_CSS_WEIGHT[weight]};'
        f'src:url(data:font/woff;base64,{data}) format("woff")}}\n'
    )


def _woff(weight: str, codes: frozenset[int]) -> bytes:
    """Return the font of this weight cut to `codes`, as WOFF."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    # The files have no layout tables, hence nothing to close over; bounds and time stamp stay as they
    # are, so that no outline is parsed and the bytes are the same.
    options = Options(layout_features=[], bidi_closure=False, notdef_outline=True, glyph_names=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    with TTFont(font_paths()[weight], lazy=True, recalcTimestamp=False, recalcBBoxes=False) as font:
        # Any names will do, for none is kept: to find those of every glyph in the font takes a third of the time.
        font.setGlyphOrder([f"g{index}" for index in range(font["maxp"].numGlyphs)])
        subsetter.subset(font)
        font.flavor = "woff"
        buffer = BytesIO()
        font.save(buffer)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _codes() -> frozenset[int]:
    """Return the code points that our fonts have, read once."""
    from fontTools.ttLib import TTFont

    with TTFont(font_paths()["regular"], lazy=True) as font:
        return frozenset(font.getBestCmap())
