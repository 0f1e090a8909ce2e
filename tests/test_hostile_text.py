"""A plan whose names, titles and sources are an attacker's: every format shows them as text, and runs none of it."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lxml import etree
from nbformat.v4 import new_output

from hjforecast.reporting.page import report_page
from hjforecast.reporting.parts import parts_of
from hjforecast.reporting.render import _readable_translator as translator
from tests.miniplan import write_plan

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
TURN = "\u202e"
PAYLOADS = (
    "<script>alert(1)</script>", "{{ 7*7 }}", "{% raw %}", "=cmd()|'/c calc'!A1", "../../etc", f"{TURN}terces",
    "#import", "$x$", "*b*", "</style>", "]]>", "\\input{/etc/passwd}", "<img src=x onerror=alert(1)>", "&lt;i&gt;",
)  # fmt: skip
LONG = "长" * 10_000
SHOWN = ("heading", "paragraph", "table", "figure", "facts")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SPOILED = {
    "plan.toml": '"(?:甲县|Jia County|Plan of Jia|乙市|Yi City|测试)"',
    "indicators.csv": "地区生产总值|GDP|实际增速|Real growth|城镇化率|Urban share|社会消费品零售总额|Retail sales",
    "baseline_2020.csv": "表1 第.项",
    "targets.csv": "表2 第.项",
    "context.csv": "乙市规划",
}


def hostile(first: int) -> str:
    """Return all payloads as one text, another one at its start each time: some only act there."""
    return " ".join(PAYLOADS[first:] + PAYLOADS[:first])


def toml(text: str) -> str:
    return "'''" + text + "'''"


def spoiled_plan(folder: Path) -> Path:
    """Write the small plan with its names, titles and sources replaced by payloads."""
    # The level contradicts the growth, so that the audit has a finding to show.
    changes = {"plan.toml": ("甲县规划", LONG), "targets.csv": ("gdp,2020,2025,=,,6,", "gdp,2020,2025,=,1500,6,")}
    write_plan(folder, changes)
    turns = itertools.cycle(range(len(PAYLOADS)))
    for name, pattern in SPOILED.items():
        path = folder / name
        quote = toml if name.endswith(".toml") else str
        text, count = re.subn(
            pattern, lambda _, quote=quote: quote(hostile(next(turns))), path.read_text(encoding="utf-8")
        )
        assert count, name
        path.write_text(text, encoding="utf-8")
    for number, name in enumerate(("trend", "plan", "high")):
        title, described, source = (toml(hostile(number + more)) for more in (0, 3, 6))
        title, described = (toml(LONG), toml(LONG)) if name == "high" else (title, described)
        path = folder / "scenarios" / f"{name}.toml"
        head = f"title = {{ zh = {title} }}\ndescription = {{ zh = {described} }}\nsource = {source}\n"
        path.write_text(head + path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def executed(name: str, **parameters: Any) -> Any:
    """Return a shipped notebook run in this process, without a kernel."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    names: dict[str, Any] = {}
    exec(notebook.cells[0].source, names)
    assert parameters.keys() <= names.keys()
    names.update(parameters)
    for cell in notebook.cells[1:]:
        body = ast.parse(cell.source).body
        if len(body) == 1 and isinstance(body[0], ast.Expr):
            shown = eval(cell.source, names)
            cell.outputs = [new_output("display_data", data=dict(shown._repr_mimebundle_()))]
        else:
            exec(cell.source, names)
    return notebook


@pytest.fixture(scope="module", params=["scenario_report", "scenario_comparison", "plan_audit"])
def notebook(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = spoiled_plan(tmp_path_factory.mktemp("hostile"))
    drawn = {"draws": 100} if request.param == "scenario_report" else {}
    return executed(request.param, plan_dir=str(folder), **drawn)


def texts(value: Any) -> Iterator[str]:
    """Yield every text that a part shows; what a picture shows is told beside it and not counted."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name in value.keys() - {"kind", "svg", "alt"}:
            yield from texts(value[name])
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def wanted(notebook: Any, *kinds: str) -> dict[str, int]:
    """Return how often each payload stands in parts of some kinds; never nowhere."""
    shown = "\n".join(text for part in parts_of(notebook) if part["kind"] in kinds for text in texts(part))
    # It would show the figures behind it backwards, so reading drops it.
    assert TURN not in shown
    counts = {text: shown.count(text) for text in (*(text.replace(TURN, "") for text in PAYLOADS), LONG)}
    assert all(counts.values())
    return counts


class Page(HTMLParser):
    """What a browser makes of a page: elements, their attributes, the text it shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.shown: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update((name, value or "") for name, value in attrs)

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def test_html_shows_it_and_makes_nothing_of_it(notebook: Any):
    parsed = Page(report_page(notebook, "zh")[0])
    assert {"table", "dl", "style"} <= parsed.elements
    assert not parsed.elements & {"script", "img", "i", "b", "iframe", "object", "embed", "link", "base", "form"}
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert not [value for name, value in parsed.attributes if name.endswith("href") and not value.startswith("#")]
    shown = "".join(parsed.shown).replace("\u00a0", " ")
    for text, count in wanted(notebook, *SHOWN).items():
        assert shown.count(text) >= count


def test_word_shows_it_as_typed(notebook: Any, tmp_path: Path):
    pytest.importorskip("docx", reason="needs the extra publish")
    path = tmp_path / "report.docx"
    importlib.import_module("hjforecast.reporting.word").write_docx(notebook, path, "zh")
    with zipfile.ZipFile(path) as packed:
        body = etree.fromstring(packed.read("word/document.xml"))
        links = [packed.read(name) for name in packed.namelist() if name.endswith(".rels")]
    shown = "".join(node.text or "" for node in body.iter(f"{WORD}t")).replace("\u00a0", " ")
    fields = "".join(node.text or "" for node in body.iter(f"{WORD}instrText"))
    for text, count in wanted(notebook, *SHOWN).items():
        assert shown.count(text) >= count
        assert text not in fields
    assert not [xml for xml in links if b"External" in xml]


def test_pdf_shows_it_as_typed(notebook: Any, tmp_path: Path):
    pytest.importorskip("typst", reason="needs the extra publish")
    path = tmp_path / "report.pdf"
    importlib.import_module("hjforecast.reporting.pdf").write_pdf(notebook, path, "zh")
    reader = importlib.import_module("pypdf").PdfReader(path)
    shown = solid("".join(page.extract_text() for page in reader.pages))
    for text in wanted(notebook, *SHOWN):
        assert solid(text) in shown
    actions = re.compile(r"/(?:JavaScript|JS|Launch|URI|GoToR|EmbeddedFile)\b")
    objects = [str(reader.get_object(number)) for number in [*reader.xref[0], *reader.xref_objStm]]
    assert any("/Link" in written for written in objects)
    assert not [written for written in objects if actions.search(written)]


def solid(text: str) -> str:
    """Return a text without spaces, page numbers, and the marks that turn its direction, which a page leaves out."""
    return re.sub(r"—\d+—", "", re.sub(r"[\s\u200b\u202e]", "", text))


def test_excel_holds_it_as_text(notebook: Any, tmp_path: Path):
    pytest.importorskip("xlsxwriter", reason="needs the extra publish")
    path = tmp_path / "report.xlsx"
    importlib.import_module("hjforecast.reporting.workbook").write_xlsx(notebook, path, "zh")
    with zipfile.ZipFile(path) as packed:
        inside = {name: packed.read(name).decode() for name in packed.namelist()}
    assert not [name for name, xml in inside.items() if "worksheets" in name and re.search(r"<f[ >]|r:id=", xml)]
    assert not [name for name in inside if "externalLinks" in name]
    book = importlib.import_module("openpyxl").load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    shown = "\n".join(cell.value for cell in cells if cell.data_type == "s")
    assert {cell.data_type for cell in cells} == {"s", "n"}
    for text, count in wanted(notebook, "table", "facts").items():
        assert shown.count(text) >= count


@pytest.mark.parametrize(
    "value",
    [
        *PAYLOADS, "__import__('os').system('touch owned')", "'; import os; os._exit(1) #", '"""\nimport os\n"""', "\\",
        "a\nimport os", "\u2028import os", "{scenario}", "\x00", "'", "\\'",
        ["__import__('os')", {"x'": "y\n"}], {"key'\n": "__import__('os')"},
    ],
)  # fmt: skip
def test_a_parameter_is_a_literal_whatever_it_holds(value: Any):
    source = translator().codify({"scenario": value, "draws": 5})
    assigned = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(source).body}  # type: ignore[attr-defined]
    assert assigned == {"scenario": value, "draws": 5}
