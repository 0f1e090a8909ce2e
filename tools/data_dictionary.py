"""Write `docs/data-dictionary.md` and the lever table of `docs/scenarios.md`, in both languages, from the package's catalogues.

python tools/data_dictionary.py          writes both
python tools/data_dictionary.py --check  writes nothing; exit code 1 where a file is out of date
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hjforecast import Plan, comparison, delivery, load_plan, projection
from hjforecast.assumptions import ASSUMPTIONS, AssumptionKind
from hjforecast.audit import COLUMNS as AUDIT_COLUMNS
from hjforecast.backtest import COLUMNS as BACKTEST_COLUMNS
from hjforecast.evaluate import COLUMNS as EVALUATE_COLUMNS
from hjforecast.indicators import (
    BINDINGS,
    COMPARATORS,
    IDENTITIES,
    KINDS,
    MEASURES,
    PRICE_BASES,
    RULES,
    STATUSES,
    Indicator,
)
from hjforecast.lever_labels import CATEGORIES
from hjforecast.levers import LEVERS
from hjforecast.loading import COLUMNS
from hjforecast.odds import COLUMNS as ODDS_COLUMNS
from hjforecast.plan import Target
from hjforecast.plan_readme import COLUMN_MEANINGS, FILE_MEANINGS
from hjforecast.sensitivity import COLUMNS as SENSITIVITY_COLUMNS
from hjforecast.unit_names import unit_name

__all__ = ["dictionary", "lever_table", "main", "pages"]

ROOT = Path(__file__).parents[1]
LEVERS_BEGIN = "<!-- levers:begin (python tools/data_dictionary.py) -->"
LEVERS_END = "<!-- levers:end -->"

WORDS: Mapping[str, Sequence[str]] = {
    "status": STATUSES,
    "comparator": COMPARATORS,
    "binding": BINDINGS,
    "kind": KINDS,
    "price_basis": PRICE_BASES,
    "rule": RULES,
    "driver": tuple(IDENTITIES),
    "measure": MEASURES,
}
"""By column: the words that the code allows."""

OUTPUTS: Mapping[str, Sequence[str]] = {
    "project": projection.COLUMNS,
    "compare": comparison.COLUMNS,
    "odds": ODDS_COLUMNS,
    "sensitivity": SENSITIVITY_COLUMNS,
    "audit": AUDIT_COLUMNS,
    "delivery": tuple(delivery(load_plan()).columns),
    "evaluate": EVALUATE_COLUMNS,
    "backtest": BACKTEST_COLUMNS,
}
"""By command: the columns of its table."""

MEANINGS = tomllib.loads((ROOT / "tools" / "data_dictionary.toml").read_text(encoding="utf-8"))
"""What each word and each column means, in both languages. `dictionary` refuses to leave one out."""

WORDS_OF = {
    "zh": {
        "column": "列",
        "word": "取值",
        "meaning": "含义",
        "unit": "单位",
        "bounds": "范围",
        "yes": "是",
        "joint": "；",
        "and": "、",
        "base": "基期年",
    },
    "en": {
        "column": "column",
        "word": "word",
        "meaning": "meaning",
        "unit": "unit",
        "bounds": "bounds",
        "yes": "yes",
        "joint": "; ",
        "and": ", ",
        "base": "YEAR",
    },
}
"""Words of the tables, by language."""

INTRO = {
    "zh": """# 数据字典

本页由 `python tools/data_dictionary.py` 生成，请勿手改。
先是规划目录各表的列，再是允许的取值、假设、输出表的列，最后是指标目录和目标。用词见[术语表](glossary.md)，路径怎样算出见[模型说明](model.md)。
""",
    "en": """# Data dictionary

Written by `python tools/data_dictionary.py`; do not edit it by hand.
First the columns of each table of a plan directory, then allowed words, assumptions, the columns of the output tables, and at last the catalogue of
indicators and the targets. The [glossary](glossary.en.md) has the words, [the model](model.en.md) the paths.
""",
}

HEADS = {
    "zh": {
        "columns": "一、各表的列",
        "words": "二、允许的取值\n\ndriver 列的第一个词是恒等式的形式，列在下面。",
        "assumptions": "三、假设\n\n写在 `plan.toml`。",
        "outputs": "四、输出表的列",
        "indicators": "五、指标目录\n\n{} 个指标，{} 条观测值，{} 条目标，按类别排列。最后一栏是观测值、本规划目标、上一规划目标和完成情况各有几条。",
        "targets": "六、本规划的目标\n\n累计栏是方括号内的数；三栏全空的，目标只有文字。期间与规划不同的写在名称后面。",
    },
    "en": {
        "columns": "1. Columns",
        "words": "2. Allowed words\n\nThe forms of an identity, the first word of driver, stand below.",
        "assumptions": "3. Assumptions\n\nStated in `plan.toml`.",
        "outputs": "4. Columns of the output tables",
        "indicators": "5. Indicators\n\n{} indicators, {} observations, {} targets, by category. The last column counts observations, targets of this plan, and rows of the last one.",
        "targets": "6. Targets of the plan\n\nThe bracketed figure is cumulative; where all three are blank, the target is words alone. Other years than the plan's stand behind the name. Sources are quoted in Chinese.",
    },
}


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = [list(head), ["---"] * len(head), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _explained(words: Sequence[str], meanings: Mapping[str, Sequence[str]], lang: str, head: str) -> str:
    """Return a table of words and meanings; raises ValueError where the two do not name the same words."""
    if set(words) != set(meanings):
        raise ValueError(f"meanings missing or too many: {sorted(set(words) ^ set(meanings))}")
    said = WORDS_OF[lang]
    return _table((said[head], said["meaning"]), ((_code(word), _in(lang, *meanings[word])) for word in words))


def _in(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def _tables(lang: str) -> Iterable[str]:
    said = WORDS_OF[lang]
    for table, columns in COLUMNS.items():
        file, zh, en = FILE_MEANINGS[table]
        name = _in_brackets(file.format(base_year=said["base"]), lang)
        rows = ((_code(column), _in(lang, *COLUMN_MEANINGS[table][column])) for column in columns)
        yield f"### {name}\n\n{_in(lang, zh, en)}\n"
        yield _table((said["column"], said["meaning"]), rows)


def _in_brackets(file: str, lang: str) -> str:
    """Return a file's name with the remark behind it in one language."""
    name, found, remark = file.partition("（")
    zh, _, en = remark.removesuffix("）").partition(" / ")
    return name + _in(lang, f"（{zh}）", f" ({en})") if found else name


def _assumptions(plan: Plan, lang: str) -> str:
    said = WORDS_OF[lang]
    head = {
        "zh": ("假设", "含义", "单位", "范围", "必填", "内置规划取值", "性质"),
        "en": ("assumption", "meaning", "unit", "bounds", "required", "in the built-in plan", "status"),
    }[lang]
    return _table(head, (_assumption(plan, kind, lang, said) for kind in ASSUMPTIONS))


def _assumption(plan: Plan, kind: AssumptionKind, lang: str, said: Mapping[str, str]) -> Sequence[str]:
    stem = kind.name.removesuffix("*")
    family = stem != kind.name
    stated = [one for name, one in plan.assumptions.items() if name == kind.name or (family and name.startswith(stem))]
    values = said["joint"].join(f"{one.name.removeprefix(stem)} {one.value}".strip() for one in stated)
    status = said["and"].join(dict.fromkeys(one.status for one in stated))
    bounds = f"{kind.low:g} … {kind.high:g}"
    meaning, required = _in(lang, kind.zh, kind.en), said["yes"] if kind.required else ""
    return _code(kind.name), meaning, unit_name(kind.unit, lang), bounds, required, values, status


def _indicators(plan: Plan, lang: str) -> Iterable[str]:
    """Yield a section for each category."""
    seen = Counter(one.indicator for one in plan.observations)
    aimed = Counter((one.plan, one.indicator) for one in plan.targets)
    head = {
        "zh": ("代码", "名称", "单位", "类型", "规则", "上级", "观测值 / 目标 / 上一规划"),
        "en": ("id", "name", "unit", "kind", "rule", "parent", "observations / targets / last plan"),
    }[lang]
    for category in dict.fromkeys(one.category for one in plan.indicators.values()):
        rows = (
            (_code(one.id), _in(lang, one.name_zh, one.name_en), unit_name(one.unit, lang), _kind(one, lang),
             _code(f"{one.rule} {one.driver}".strip()), _code(one.parent),
             f"{seen[one.id]} / {aimed[plan.id, one.id]} / "
             f"{aimed[plan.previous, one.id] + aimed[plan.previous_outcome, one.id]}")
            for one in plan.indicators.values() if one.category == category
        )  # fmt: skip
        name = _in(lang, f"{CATEGORIES.get(category, category)}（`{category}`）", category.replace("_", " "))
        yield f"### {name}\n"
        yield _wide(_table(head, rows))


def _wide(table: str) -> str:
    """Return a table whose names keep their width on the site."""
    return f'<div class="catalogue" markdown="1">\n\n{table}\n</div>\n'


def _kind(item: Indicator, lang: str) -> str:
    """Return an indicator's kind, price basis and good direction."""
    better = {"up": _in(lang, "高为好", "more is better"), "down": _in(lang, "低为好", "less is better")}.get(
        item.better, ""
    )
    basis = item.price_basis if item.price_basis != "none" else ""
    return WORDS_OF[lang]["and"].join(part for part in (item.kind, basis, better) if part)


def _targets(plan: Plan, lang: str) -> str:
    head = {
        "zh": ("指标", "名称", "水平", "年均增长，%", "累计", "单位", "属性", "出处"),
        "en": ("indicator", "name", "level", "a year, %", "cumulative", "unit", "binding", "source"),
    }[lang]
    return _wide(_table(head, (_target(plan, one, lang) for one in plan.targets if one.plan == plan.id)))


def _target(plan: Plan, one: Target, lang: str) -> Sequence[object]:
    item = plan.indicators[one.indicator]
    sign = "" if one.comparator == "=" else one.comparator
    figures = [f"{sign} {printed:.{printed.decimals}f}".strip() if printed else "" for printed in
               (one.level, one.growth_pct, one.cumulative)]  # fmt: skip
    binding = one.binding if lang == "zh" else {"约束性": "binding", "预期性": "expected"}[one.binding]
    name = _in(lang, item.name_zh, item.name_en)
    if (one.base_year, one.target_year) != (plan.base_year, plan.target_year):
        name += _in(lang, "（{}—{}年）", " ({}-{})").format(one.base_year, one.target_year)
    return _code(one.indicator), name, *figures, unit_name(item.unit, lang), binding, one.source


def lever_table(lang: str) -> str:
    """Return every lever: meaning, unit, bounds, whether it varies by year, and the words it takes."""
    said = WORDS_OF[lang]
    head = {
        "zh": ("杠杆", "含义", "单位", "范围", "可分年", "可写的词"),
        "en": ("lever", "meaning", "unit", "bounds", "by year", "words"),
    }[lang]
    rows = (
        (_code(one.name), _in(lang, one.zh, one.en), unit_name(one.unit, lang), f"{one.low:g} … {one.high:g}",
         said["yes"] if one.by_year else "", " ".join(map(_code, one.words)))
        for one in LEVERS
    )  # fmt: skip
    return _table(head, rows)


def dictionary(plan: Plan, lang: str = "zh") -> str:
    """Return the data dictionary of a plan as Markdown."""
    heads = {name: f"## {text}\n" for name, text in HEADS[lang].items()}
    parts = [INTRO[lang], heads["columns"], *_tables(lang), heads["words"]]
    for column, words in WORDS.items():
        parts += [f"### {column}\n", _explained(words, MEANINGS["words"][column], lang, "word")]
    parts += [heads["assumptions"], _assumptions(plan, lang), heads["outputs"]]
    for command, columns in OUTPUTS.items():
        parts += [f"### hjforecast {command}\n", _explained(columns, MEANINGS["outputs"][command], lang, "column")]
    parts.append(heads["indicators"].format(len(plan.indicators), len(plan.observations), len(plan.targets)))
    return "\n".join([*parts, *_indicators(plan, lang), heads["targets"], _targets(plan, lang)])


def _with_levers(text: str, lang: str) -> str:
    region = re.escape(LEVERS_BEGIN) + ".*?" + re.escape(LEVERS_END)
    table = f"{LEVERS_BEGIN}\n\n{lever_table(lang)}\n{LEVERS_END}"
    return re.sub(region, lambda _: table, text, flags=re.DOTALL)


def pages(root: Path = ROOT) -> dict[Path, str]:
    """Return what each generated page should hold, by path."""
    plan, found = load_plan(), {}
    for lang, ending in (("zh", ".md"), ("en", ".en.md")):
        found[root / "docs" / f"data-dictionary{ending}"] = dictionary(plan, lang)
        scenarios = root / "docs" / f"scenarios{ending}"
        found[scenarios] = _with_levers(scenarios.read_text(encoding="utf-8"), lang)
    return found


def _content(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages that differ (or, with --check, only name them); return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a file is out of date")
    check = parser.parse_args(arguments).check
    old = [(path, text) for path, text in pages().items() if _content(path) != text]
    for path, text in old:
        print(path.relative_to(ROOT))
        if not check:
            path.write_text(text, encoding="utf-8", newline="\n")
    return int(check and bool(old))


if __name__ == "__main__":
    sys.exit(main())
