"""Chinese shows, in charts and in pages, whatever fonts the machine has."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import matplotlib.style
import pytest
from fontTools.ttLib import TTFont
from matplotlib.font_manager import FontProperties, findfont, fontManager

from hjforecast import fonts

ROOT = Path(__file__).resolve().parents[1]
SEED = ROOT.parent / "shared" / "seed"
STYLE = "hjforecast.hjforecast"
SENTENCE = "洪江市 2025 年地区生产总值 ≥195.66 亿元，\n偏差 −3.2 %（约束性）：浉堃镕喆"

DRAW = """
import io, sys, warnings
warnings.simplefilter("error")
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from hjforecast import fonts
fonts.register()
plt.style.use("hjforecast.hjforecast")
figure, axes = plt.subplots()
axes.plot([2020, 2025], [-3, 3])
axes.set_title("洪江市地区生产总值（亿元）≥195.66，浉堃镕喆 ①℃㎡")
axes.set_xlabel("约束性", fontweight="bold")
for kind in ("png", "svg", "pdf"):
    figure.savefig(io.BytesIO(), format=kind)
labels = [label.get_text() for label in axes.get_yticklabels()]
assert any("\\N{MINUS SIGN}" in label for label in labels), labels
"""


def texts(folder: Path, *patterns: str) -> list[Path]:
    """Return the files under `folder` that match any of the patterns, in a fixed order."""
    return sorted(path for pattern in patterns for path in folder.rglob(pattern))


def fonts_in(css: str) -> dict[int, TTFont]:
    """Return the fonts that the rules carry, decoded, by CSS weight."""
    rule = re.compile(r'@font-face\{font-family:"Noto Sans SC";.*?font-weight:(\d+);src:.*?base64,([^)]+)\)')
    return {int(weight): TTFont(BytesIO(base64.b64decode(data))) for weight, data in rule.findall(css)}


@pytest.fixture
def fresh_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test a matplotlib that knows no fonts."""
    monkeypatch.setattr(fontManager, "ttflist", [])


# Characters


@pytest.mark.parametrize(
    "path",
    [*texts(ROOT / "data", "*.csv", "*.toml"), *texts(ROOT / "docs", "*.md"), *sorted(ROOT.glob("*.md"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_our_own_texts_have_every_glyph(path: Path) -> None:
    assert fonts.missing(path.read_text(encoding="utf-8")) == set()


def test_the_plan_as_published_has_every_glyph() -> None:
    if not SEED.is_dir():
        pytest.skip("the plan text is not beside this checkout")
    read = "".join(path.read_text(encoding="utf-8") for path in texts(SEED, "*.txt", "*.md"))
    assert len(read) > 80_000
    assert fonts.missing(read) == set()


def test_the_national_character_table_is_complete() -> None:
    lines = (ROOT / "tools" / "tongyong_8105.txt").read_text(encoding="utf-8").splitlines()
    table = "".join(line for line in lines if not line.startswith("#"))
    assert len(table) == len(set(table)) == 8105
    assert table.startswith("一乙二十丁厂七")
    assert fonts.missing(table) == set()


@pytest.mark.parametrize(
    "text",
    [
        "浉堃镕喆",  # in names of people and places, not in GB2312
        "級陳龍",  # stray traditional characters, as in the plan text
        "−×≥≤≈±σφΔ√²³→↑↓≠∞",
        "、。《》「」·—…–“”‘’（）％～￥：；",
        "①⑩⑳⑴ⅠⅫ℃‰㎡㎞№※★●○■□▲▼◆✓",
    ],
)
def test_what_reports_write_has_every_glyph(text: str) -> None:
    assert fonts.missing(text) == set()


def test_missing_names_what_the_fonts_lack() -> None:
    assert fonts.missing("𠀀和😀") == {"𠀀", "😀"}


def test_invisible_characters_are_never_missing() -> None:
    assert fonts.missing("\t\r\n \u00a0\u2009\u3000\u200b\ufeff\u2028") == set()


def test_both_weights_have_the_same_characters() -> None:
    regular, bold = (set(TTFont(path).getBestCmap()) for path in fonts.font_paths().values())
    assert regular == bold


# Files


def test_font_files_are_the_two_weights_of_one_family() -> None:
    weights = {}
    for weight, path in fonts.font_paths().items():
        with TTFont(path) as font:
            assert font["name"].getBestFamilyName() == fonts.FAMILY
            assert "glyf" in font
            weights[weight] = font["OS/2"].usWeightClass
    assert weights == {"regular": 400, "bold": 700}


def test_licence_travels_with_the_fonts() -> None:
    for path in fonts.font_paths().values():
        licence = (path.parent / "OFL.txt").read_text(encoding="utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence
        with TTFont(path) as font:
            notice = font["name"].getDebugName(0)
            assert "Adobe" in notice and "Adobe" in licence
            assert "SIL Open Font License" in font["name"].getDebugName(13)


# Charts


def test_chart_draws_without_a_missing_glyph_on_a_bare_machine(tmp_path: Path) -> None:
    env = {**os.environ, "MPLCONFIGDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", DRAW], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "findfont" not in done.stderr


def test_matplotlib_finds_each_weight() -> None:
    family = fonts.register()
    found = {
        weight: str(findfont(FontProperties(family=family, weight=weight), fallback_to_default=False))
        for weight in ("regular", "bold")
    }
    assert found == {weight: str(path.resolve()) for weight, path in fonts.font_paths().items()}


def test_registering_twice_is_registering_once() -> None:
    assert fonts.register() == fonts.FAMILY
    before = list(fontManager.ttflist)
    assert fonts.register() == fonts.FAMILY
    assert fontManager.ttflist == before


def test_registering_from_many_threads_adds_each_font_once(fresh_fonts: None) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: fonts.register(), range(16)))
    added = sorted(entry.fname for entry in fontManager.ttflist if entry.name == fonts.FAMILY)
    assert added == sorted(map(str, fonts.font_paths().values()))


def test_our_font_wins_over_an_installed_one_of_the_same_name(fresh_fonts: None, tmp_path: Path) -> None:
    installed = tmp_path / "installed.ttf"
    installed.write_bytes(fonts.font_paths()["regular"].read_bytes())
    fontManager.addfont(installed)
    fonts.register()
    assert Path(str(findfont(fonts.FAMILY))).name == "NotoSansSC-Regular.ttf"


def test_same_figure_gives_the_same_svg() -> None:
    assert drawn_svg() == drawn_svg()


def drawn_svg() -> bytes:
    """Return a small chart in our style as SVG, without the date."""
    from matplotlib.figure import Figure

    fonts.register()
    buffer = BytesIO()
    with matplotlib.style.context(STYLE):
        figure = Figure()
        axes = figure.subplots()
        axes.plot([2020, 2025], [125.74, 195.66])
        axes.set_title("地区生产总值")
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def test_style_fits_the_report_column() -> None:
    with matplotlib.style.context(STYLE):
        width, _ = matplotlib.rcParams["figure.figsize"]
        assert width * 2.54 == pytest.approx(17, abs=0.05)
        assert matplotlib.rcParams["font.family"] == [fonts.FAMILY]


# Pages


def test_page_fonts_hold_exactly_the_characters_of_the_page() -> None:
    asked = {ord(char) for char in SENTENCE if char != "\n"}
    carried = fonts_in(fonts.css_font_face(SENTENCE))
    assert sorted(carried) == [400, 700]
    for weight, font in carried.items():
        assert font["OS/2"].usWeightClass == weight
        assert set(font.getBestCmap()) == asked
        assert font.getGlyphOrder()[0] == ".notdef"
        assert font["maxp"].numGlyphs == len(asked) + 1


def test_page_fonts_keep_the_outlines() -> None:
    carried = fonts_in(fonts.css_font_face("洪"))
    for cut, path in zip(carried.values(), fonts.font_paths().values(), strict=True):
        whole = TTFont(path)
        expected = whole["glyf"][whole.getBestCmap()[ord("洪")]].getCoordinates(whole["glyf"])
        found = cut["glyf"][cut.getBestCmap()[ord("洪")]].getCoordinates(cut["glyf"])
        assert list(found[0]) == list(expected[0])


def test_page_fonts_are_the_same_bytes_for_the_same_characters() -> None:
    css = fonts.css_font_face(SENTENCE)
    assert css == fonts.css_font_face(SENTENCE)
    assert css == fonts.css_font_face(SENTENCE[::-1] * 2)


def test_page_fonts_refer_to_nothing_outside_the_page() -> None:
    assert set(re.findall(r"url\((.{15})", fonts.css_font_face("洪江"))) == {"data:font/woff;"}


def test_page_fonts_leave_unknown_characters_to_the_browser() -> None:
    carried = fonts_in(fonts.css_font_face("洪𠀀"))
    assert [set(font.getBestCmap()) for font in carried.values()] == [{ord("洪")}] * 2


@pytest.mark.parametrize("text", ["", "𠀀", "\n"])
def test_page_without_drawable_characters_needs_no_fonts(text: str) -> None:
    assert fonts.css_font_face(text) == ""
