"""Cut the two fonts that the package ships out of the full Noto Sans SC.

Writes `NotoSansSC-Regular.ttf`, `NotoSansSC-Bold.ttf` and `OFL.txt` to the output directory.
The same inputs and the same fontTools give the same bytes.

Inputs, by package name:

- the fonts and their licence: npm `@expo-google-fonts/noto-sans-sc`, made with version 0.4.3 and
  fontTools 4.68.0 (`npm pack @expo-google-fonts/noto-sans-sc@0.4.3`, unpack the archive);
- the 8105 characters of 通用规范汉字表 (2013): `tools/tongyong_8105.txt`, in the order of the table.
  It was taken from field kTGH of `Unihan_OtherMappings.txt` in Debian's `unicode-data` 15.0.0-1.

From the root of the checkout, with the npm archive unpacked to `package/`:

    python tools/build_fonts.py package/400Regular/NotoSansSC_400Regular.ttf \
        package/700Bold/NotoSansSC_700Bold.ttf package/LICENSE_FONT \
        tools/tongyong_8105.txt hjforecast/font_files

The fonts keep their name: the licence reserves "Source" only. They lose hinting and all layout
tables: Chinese needs neither, and without them a page's own subset is cut in a fraction of a second.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

# Symbols beyond those of GB2312: wanted where the font has them, left out silently where it has not.
SYMBOL_RANGES = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x00FF),  # Latin-1
    (0x0370, 0x03FF),  # Greek
    (0x2010, 0x205F),  # general punctuation: – — … ‰ ※ thin and narrow spaces
    (0x2070, 0x209F),  # superscripts, subscripts
    (0x20A0, 0x20BF),  # currency
    (0x2100, 0x218F),  # ℃ № Ⅰ Ⅱ
    (0x2190, 0x22FF),  # arrows, mathematical operators
    (0x2460, 0x249B),  # ① ⑴ ⒈
    (0x2580, 0x2606),  # blocks, ■ ● ▲ ◆ ★
    (0x2713, 0x2717),  # ✓ ✗
    (0x3000, 0x303F),  # CJK punctuation
    (0x3220, 0x3243),  # ㈠
    (0x3280, 0x32B0),  # ㊣
    (0x3380, 0x33DF),  # ㎡ ㎞ ㎏
    (0xFF01, 0xFF5E),  # full-width forms
    (0xFFE0, 0xFFE6),  # ￥
)
KEPT_NAMES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 14)  # 0 copyright, 7 trademark, 13 and 14 the licence
DROPPED_TABLES = ["BASE", "DSIG", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx"]


def gb2312() -> set[int]:
    """Return the code points of every character that GB2312 encodes (ideographs and symbols)."""
    pairs = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    return {ord(char) for pair in pairs for char in pair.decode("gb2312", errors="ignore")}


def big5_frequent() -> set[int]:
    """Return the 5401 frequent traditional characters, the first level of Big5.

    Plan texts have stray ones: 洪江's 14th prints 高级职称 with 級.
    """
    lows = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    pairs = (bytes((high, low)) for high in range(0xA4, 0xC7) for low in lows)
    level = (pair for pair in pairs if pair <= b"\xc6\x7e")
    return {ord(char) for pair in level for char in pair.decode("big5", errors="ignore")}


def listed(path: Path) -> set[int]:
    """Return the code points in a character list; lines that start with `#` are comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {ord(char) for line in lines if not line.startswith("#") for char in line.strip()}


def is_ideograph(code: int) -> bool:
    """Return whether `code` is a Chinese character rather than a symbol or a letter."""
    return 0x3400 <= code <= 0x9FFF or code >= 0x20000


def wanted(font: TTFont, characters: Path) -> set[int]:
    """Return the code points to keep; exit naming the ideographs that the font does not have."""
    symbols = {code for first, last in SYMBOL_RANGES for code in range(first, last + 1)}
    codes = gb2312() | big5_frequent() | listed(characters) | symbols
    absent = codes - set(font.getBestCmap())
    ideographs = "".join(chr(code) for code in sorted(absent) if is_ideograph(code))
    if ideographs:
        sys.exit(f"the font has no glyph for {ideographs}: take a fuller font")
    return codes - absent


def options() -> Options:
    """Return how to subset: outlines, metrics, cmap and licence notice stay, the rest goes."""
    chosen = Options()
    chosen.hinting = False
    chosen.drop_tables += DROPPED_TABLES
    chosen.layout_features = []
    chosen.name_IDs = list(KEPT_NAMES)
    chosen.glyph_names = False
    chosen.notdef_outline = True
    chosen.recalc_timestamp = False
    return chosen


def build(source: Path, characters: Path, target: Path) -> None:
    """Write the subset of the TrueType font `source` to `target` and print its size.

    Exits where `source` has no TrueType outlines (matplotlib and WOFF2 both do best with them).
    """
    font = TTFont(source, recalcTimestamp=False)
    if "glyf" not in font:
        sys.exit(f"{source}: no TrueType outlines (glyf table)")
    subsetter = Subsetter(options())
    subsetter.populate(unicodes=wanted(font, characters))
    subsetter.subset(font)
    font.save(target)
    print(f"{target}: {len(font.getBestCmap())} characters, {target.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    """Build both weights and copy the licence beside them."""
    parser = argparse.ArgumentParser(description="Cut the shipped fonts out of the full Noto Sans SC.")
    for name in ("regular", "bold", "licence", "characters", "out"):
        parser.add_argument(name, type=Path)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    build(args.regular, args.characters, args.out / "NotoSansSC-Regular.ttf")
    build(args.bold, args.characters, args.out / "NotoSansSC-Bold.ttf")
    shutil.copyfile(args.licence, args.out / "OFL.txt")


if __name__ == "__main__":
    main()
