"""Prove that every figure in data/ that claims to be printed stands in the plan, beside its own name."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLAN = ROOT.parent / "shared" / "seed" / "hongjiang_14th_five_year_plan.txt"
OMITTED = ROOT / "docs" / "omitted_statements.md"
KEYWORDS = ROOT / "tests" / "seed_keywords.csv"
REACH = 32  # characters allowed between a name and its number within one sentence
NUMBER = re.compile(r"(?<![\dA-Za-z.])\d+(?:\.\d+)?(?![\dA-Za-z])")
YEAR = re.compile(r"20[123]\d(?:-20[123]\d)?(?=年|“|《|力争|、)")
LABEL = re.compile(r"[图表栏]\d+-\d+|第\d+项|(?<!\d)\d+\.(?!\d)")
TABLE_SOURCE = re.compile(r"表(\d-\d) 第(\d+)项(?: (.+))?$")

pytestmark = pytest.mark.skipif(not PLAN.exists(), reason="no ../shared/seed beside this clone")


@dataclass(frozen=True)
class Sentence:
    """One sentence of the plan, with the section and the box (专栏) it stands in."""

    section: str
    box: str
    text: str


@dataclass(frozen=True)
class Row:
    """One row of Table 1-1 or 1-2; a row without a number of its own belongs to the item above it."""

    table: str
    item: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """One row of data/: the figures it says the plan prints, and where."""

    indicator: str
    numbers: tuple[str, ...]
    sources: tuple[str, ...]
    place: str


def compact(text: str) -> str:
    """`text` without whitespace and bold marks: page breaks fall inside sentences."""
    return re.sub(r"[\s*]", "", text)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def moved(path: list[str], line: str) -> list[str]:
    """The heading path [part, chapter, section, item, box] after the heading `line`."""
    title = compact(line.lstrip("#"))
    for depth, mark in enumerate("篇章节"):
        if found := re.match(rf"第[一二三四五六七八九十]+{mark}", title):
            return [*path[:depth], found.group(), *[""] * (4 - depth)]
    if re.match(r"\d+\.", title):
        return [*path[:3], title, ""]
    if found := re.match(r"专栏\d+-\d+", title):
        return [*path[:4], found.group()]
    return path


@cache
def sentences() -> tuple[Sentence, ...]:
    """Every sentence of the plan's prose, in order; tables and the table of contents left out."""
    found: list[Sentence] = []
    path, text = [""] * 5, ""
    for line in [*PLAN.read_text(encoding="utf-8").splitlines(), "# "]:
        if not line.startswith("#"):
            text += "" if "\t" in line else compact(line)
            continue
        place = ("".join(path[:3]) + (f" {path[3]}" if path[3] else ""), path[4])
        if place[0]:
            found += [Sentence(*place, part) for part in re.split(r"(?<=[。；])", text) if part]
        path, text = moved(path, line), ""
    return tuple(found)


@cache
def table_rows() -> tuple[Row, ...]:
    """Every row of Tables 1-1 and 1-2."""
    found: list[Row] = []
    table = item = ""
    for line in PLAN.read_text(encoding="utf-8").splitlines():
        if caption := re.match(r"表 ?(\d-\d)", line):
            table, item = caption.group(1), ""
        cells = [compact(cell) for cell in line.split("\t")]
        if len(cells) < 6 or table not in ("1-1", "1-2"):
            continue
        if cells[1].isdigit():
            item, cells = cells[1], cells[2:]
        if item:
            found.append(Row(table, item, tuple(cells)))
    return tuple(found)


@cache
def keywords() -> dict[str, list[str]]:
    """Each indicator's names as the plan prints them."""
    names: dict[str, list[str]] = {}
    for row in rows_of(KEYWORDS):
        names.setdefault(row["indicator"], []).append(row["keyword"])
    return names


def in_source(sentence: Sentence, source: str) -> bool:
    return sentence.box == source if source.startswith("专栏") else sentence.section.startswith(source)


def is_beside(number: str, name: str, text: str) -> bool:
    """Is `number`, as a whole number, within REACH characters of `name` in `text`?"""
    numbers = re.finditer(rf"(?<![\dA-Za-z.]){re.escape(number)}(?!\.?\d)", text)
    spans = [match.span() for match in numbers]
    names = [match.span() for match in re.finditer(re.escape(name), text)]
    gaps = [max(n[0] - k[1], k[0] - n[1]) for n in spans for k in names]
    return any(0 <= gap <= REACH for gap in gaps)


def is_in_row(number: str, row: Row, label: str | None, names: list[str]) -> bool:
    """Is `number` a cell of `row`, and does the row carry `label` and one of `names`?"""
    text = "".join(row.cells)
    named = any(name in text for name in names) and (label is None or label in text)
    return named and number in {cell.replace("以上", "").strip("[]≥≤<>%") for cell in row.cells}


def is_printed(indicator: str, number: str, source: str) -> bool:
    """Does the plan print `number` at `source`, beside a name of `indicator`?"""
    names = keywords()[indicator]
    if table := TABLE_SOURCE.match(source):
        rows = [row for row in table_rows() if (row.table, row.item) == table.group(1, 2)]
        return any(is_in_row(number, row, table.group(3), names) for row in rows)
    texts = [sentence.text for sentence in sentences() if in_source(sentence, source)]
    return any(is_beside(number, name, text) for name in names for text in texts)


def claims_of(file: str, columns: tuple[str, ...]) -> list[Claim]:
    """The claims of one data file; computed figures (derived, 推算) claim nothing."""
    found = []
    for line, row in enumerate(rows_of(ROOT / "data" / file), 2):
        if row.get("status", "reported") != "reported" or row["note"].startswith("推算"):
            continue
        numbers = tuple(row[column] for column in columns if row[column])
        found.append(Claim(row["indicator"], numbers, tuple(row["source"].split("；")), f"{file}:{line}"))
    return found


@cache
def claims() -> tuple[Claim, ...]:
    baseline = claims_of("baseline_2020.csv", ("value",))
    return tuple(baseline + claims_of("targets.csv", ("level", "growth_pct", "cumulative")))


def unprinted(claim: Claim) -> list[str]:
    """Numbers of `claim` found at none of its sources, and sources holding none of its numbers."""
    hits = {(n, s) for n in claim.numbers for s in claim.sources if is_printed(claim.indicator, n, s)}
    numbers = [n for n in claim.numbers if n not in {hit[0] for hit in hits}]
    sources = [s for s in claim.sources if claim.numbers and s not in {hit[1] for hit in hits}]
    return [f"{claim.place} {claim.indicator}: {what}" for what in numbers + sources]


def bumped(number: str) -> str:
    """`number` with its last digit changed: a copying slip."""
    return number[:-1] + str((int(number[-1]) + 1) % 10)


@cache
def omitted_quotes() -> tuple[str, ...]:
    """The quotes of docs/omitted_statements.md: the first cell of every table row."""
    lines = OMITTED.read_text(encoding="utf-8").splitlines()
    cells = [compact(line.split("|")[1]) for line in lines if line.startswith("|")]
    return tuple(cell for cell in cells if cell not in ("原文", "---"))


def is_carried(sentence: Sentence, number: str) -> bool:
    """Does a row of data/ hold `number`, cite the place of `sentence`, and have its name there?"""
    cited = [c for c in claims() if number in c.numbers and any(in_source(sentence, s) for s in c.sources)]
    return any(is_beside(number, name, sentence.text) for c in cited for name in keywords()[c.indicator])


def unaccounted(sentence: Sentence) -> list[str]:
    """The numbers of `sentence` neither carried over nor quoted as left out (years do not count)."""
    text = sentence.text
    for quote in omitted_quotes():
        text = text.replace(quote, "")
    rest = set(NUMBER.findall(LABEL.sub("", YEAR.sub("", text))))
    return sorted(number for number in rest if not is_carried(sentence, number))


def test_every_claimed_figure_is_printed_beside_its_name() -> None:
    problems = [problem for claim in claims() for problem in unprinted(claim)]
    assert not problems, "\n".join(problems)


def test_claims_are_many_and_all_sourced() -> None:
    assert len(claims()) > 350
    assert all(all(claim.sources) for claim in claims())


@pytest.mark.parametrize(
    ("indicator", "number", "source"),
    [
        ("gdp", "195.67", "表1-2 第1项"),
        ("gdp", "5.66", "表1-2 第1项"),
        ("gdp", "125.740", "表1-1 第1项"),
        ("retail_sales", "195.66", "表1-2 第8项"),
        ("retail_sales", "195.66", "表1-2 第1项"),
        ("income_rural", "20294", "第一篇第一章 1.综合实力不断提升"),
        ("industry_electronics", "2", "第二篇第一章第二节 4.电子信息"),
        ("industry_electronics", "20", "第二篇第一章第二节 1.石化物流"),
        ("trunk_road_upgrade", "168.1", "专栏4-1"),
    ],
)
def test_a_wrong_figure_name_or_place_is_rejected(indicator: str, number: str, source: str) -> None:
    assert not is_printed(indicator, number, source)


def slips() -> list[tuple[Claim, str]]:
    """Every claimed number with its last digit changed."""
    return [(claim, bumped(number)) for claim in claims() for number in claim.numbers]


def test_copying_slips_are_caught() -> None:
    """All but a few: in a list like “零售业27家、批发业7家、住宿业5家” a slip may land on its neighbour."""
    found = [c.place for c, slip in slips() if any(is_printed(c.indicator, slip, s) for s in c.sources)]
    assert len(found) <= 0.025 * len(slips()), found


@pytest.mark.parametrize(("table", "size", "plan"), [("1-1", 28, "fyp13"), ("1-2", 26, "fyp14")])
def test_every_row_of_both_tables_is_carried_over(table: str, size: int, plan: str) -> None:
    targets = [row for row in rows_of(ROOT / "data" / "targets.csv") if row["plan"] == plan]
    cited = {item for row in targets for item in re.findall(rf"表{table} 第(\d+)项", row["source"])}
    assert cited == {row.item for row in table_rows() if row.table == table}
    assert len(cited) == size


def table_targets() -> list[tuple[dict[str, str], Row]]:
    """The targets taken from a table's numbered row, each with that row; outcomes are not targets."""
    pairs = []
    for target in rows_of(ROOT / "data" / "targets.csv"):
        source = TABLE_SOURCE.match(target["source"].split("；")[0])
        if source and not source.group(3) and target["plan"] != "fyp13_outcome":
            rows = (row for row in table_rows() if (row.table, row.item) == source.group(1, 2))
            pairs.append((target, next(rows)))
    return pairs


def test_table_comparators_and_binding_are_as_printed() -> None:
    signs = {"≥": ">=", "≤": "<=", ">": ">", "以上": ">="}
    for target, row in table_targets():
        text = "".join(row.cells[1:])
        printed = {signs[sign] for sign in signs if sign in text} or {"="}
        assert target["comparator"] in printed, (target, row)
        assert target["binding"] in row.cells, (target, row)


@pytest.mark.parametrize("item", ["20", "21"])
def test_targets_without_a_figure_are_words_in_the_plan_too(item: str) -> None:
    rows = [row for row in rows_of(ROOT / "data" / "targets.csv") if row["source"] == f"表1-2 第{item}项"]
    assert [row["level"] + row["growth_pct"] + row["cumulative"] for row in rows] == [""]
    printed = next(row for row in table_rows() if (row.table, row.item) == ("1-2", item))
    assert "完成省市下达任务" in printed.cells
    assert "完成省市下达任务" in rows[0]["note"]


def test_no_number_of_the_plan_is_lost() -> None:
    lost = [(unaccounted(sentence), sentence) for sentence in sentences()]
    problems = [f"{s.section} {s.box} {numbers}: {s.text}" for numbers, s in lost if numbers]
    assert not problems, "\n".join(problems)


def test_omitted_quotes_are_quotes() -> None:
    text = compact(PLAN.read_text(encoding="utf-8"))
    assert not [quote for quote in omitted_quotes() if quote not in text]
