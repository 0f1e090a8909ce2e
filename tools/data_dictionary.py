"""Write `docs/data-dictionary.md` and the lever table of `docs/scenarios.md` from the package's own catalogues.

python tools/data_dictionary.py          writes both
python tools/data_dictionary.py --check  writes nothing; exit code 1 where a file is out of date
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hjforecast import Plan, comparison, load_plan, projection
from hjforecast.assumptions import ASSUMPTIONS, AssumptionKind
from hjforecast.audit import COLUMNS as AUDIT_COLUMNS
from hjforecast.indicators import BINDINGS, COMPARATORS, IDENTITIES, KINDS, MEASURES, PRICE_BASES, RULES, STATUSES
from hjforecast.levers import LEVERS
from hjforecast.loading import COLUMNS
from hjforecast.plan_readme import COLUMN_MEANINGS, FILE_MEANINGS

__all__ = ["dictionary", "lever_table", "main", "pages"]

ROOT = Path(__file__).parents[1]
LEVERS_BEGIN = "<!-- levers:begin (python tools/data_dictionary.py) -->"
LEVERS_END = "<!-- levers:end -->"

WORDS: Mapping[str, tuple[Sequence[str], Mapping[str, tuple[str, str]]]] = {
    "status": (
        STATUSES,
        {
            "reported": ("公布：规划或统计资料列出", "printed in the plan or in official statistics"),
            "derived": ("推算：由公布数按 note 中的算式算出", "computed from printed figures; formula in note"),
            "assumed": ("假定：没有公布，为能测算而假定", "not printed; supposed so that something can be computed"),
        },
    ),
    "comparator": (
        COMPARATORS,
        {
            "=": ("等于", "equal to"),
            ">=": ("以上、不低于", "at least"),
            "<=": ("以内、不高于", "at most"),
            ">": ("大于", "more than"),
            "~": ("左右", "about"),
        },
    ),
    "binding": (
        BINDINGS,
        {
            "约束性": ("政府必须完成", "binding: the government must deliver it"),
            "预期性": ("主要靠市场主体实现", "expected: mainly up to the market"),
        },
    ),
    "kind": (
        KINDS,
        {
            "level": ("总量", "a level"),
            "share": ("比重，0 至 100", "a share, 0 to 100"),
            "growth": ("增速，%", "a growth rate, %"),
            "index": ("指数、比值，无链接变换", "an index or ratio, moved as it is"),
            "count": ("个数", "a count"),
        },
    ),
    "price_basis": (
        PRICE_BASES,
        {
            "current": ("现价", "current prices"),
            "constant": ("可比价", "constant prices"),
            "none": ("不适用", "does not apply"),
        },
    ),
    "rule": (
        RULES,
        {
            "growth": ("按增速；没有增速的保持水平", "by its growth; stays where it is without one"),
            "target": ("始终朝目标走", "always follows its target"),
            "urgd": ("城乡增长差法", "urban-rural growth difference"),
            "elastic": ("跟随驱动指标", "follows its driver by an elasticity"),
            "share_of": ("比重 × 总量", "a share times a whole"),
            "pipeline": ("保持水平，加投资项目", "stays where it is, plus projects"),
            "identity": ("由其他指标算出", "computed from others"),
        },
    ),
    "driver": (
        tuple(IDENTITIES),
        {
            "compound": ("由两个增速逐年复合", "compounded from two growth rates"),
            "difference": ("两数之差", "first minus second"),
            "mix": ("按比重加权平均", "mean of two, weighted by a share"),
            "quotient_growth": ("(1+甲)/(1+乙)−1", "(1 + first) / (1 + second) - 1"),
            "ratio": ("两数之比", "first over second"),
            "sum": ("各数之和", "sum of all"),
        },
    ),
    "measure": (
        MEASURES,
        {
            "level": ("水平", "the level"),
            "growth": ("年均增长，%", "average growth a year, %"),
            "planned_growth": ("规划年均增长，%", "planned growth a year, %"),
        },
    ),
}
"""By column: the words the code allows, and what each means. `dictionary` refuses to leave one out."""

OUTPUTS: Mapping[str, tuple[Sequence[str], Mapping[str, tuple[str, str]]]] = {
    "project": (
        projection.COLUMNS,
        {
            "scenario": ("情景代码", "scenario id"),
            "indicator": ("指标代码", "indicator id"),
            "year": ("年份，基期以前的观测值在前", "year, observations before the base year first"),
            "statistic": ("统计量，目前只有 central（中心路径）", "only central so far"),
            "value": ("数值，无法测算的为空", "the value, blank where unavailable"),
            "unit": ("计量单位", "unit"),
            "status": (f"性质：{'、'.join(projection.STATUSES)}", f"one of {', '.join(projection.STATUSES)}"),
        },
    ),
    "compare": (
        comparison.COLUMNS,
        {
            "scenario": ("情景代码", "scenario id"),
            "indicator": ("指标代码", "indicator id"),
            "year": ("年份", "year"),
            "value": ("数值", "the value"),
            "growth_pct": ("自基期起年均增长，%；比重、增速、指数为空", "average growth since the base year, %"),
            "baseline": ("基准情景", "baseline scenario"),
            "baseline_value": ("基准情景的数值", "the baseline's value"),
            "difference": ("与基准之差；比重和增速为个百分点", "value - baseline_value; points for shares and rates"),
            "difference_pct": ("与基准之差，%", "100 x difference / baseline_value"),
            "unit": ("计量单位", "unit"),
            "status": ("性质，同 project", "as in project"),
        },
    ),
    "audit": (
        AUDIT_COLUMNS,
        {
            "rule": ("规则代码", "rule id"),
            "severity": ("error 错误、warning 警示、note 提示", "error, warning or note"),
            "indicators": ("指标代码，分号相隔，所指的在前", "ids joined by ;, the one at fault first"),
            "year": ("年份", "year"),
            "expected": ("应有的数", "what was expected"),
            "observed": ("所列的数", "what is printed"),
            "tolerance": ("不列为意见的范围，由数字公布的小数位数得出", "the interval that would have been silent"),
            "message_zh": ("中文意见", "message in Chinese"),
            "message_en": ("英文意见", "message in English"),
            "source": ("出处", "source"),
        },
    ),
}
"""By command: the columns of its table, and what each means."""

INTRO = """# 数据字典 / Data dictionary

本页由 `python tools/data_dictionary.py` 生成，请勿手改。
先是规划目录各表的列，再是允许的取值、假设、输出表的列，最后是指标目录。用词见[术语表](glossary.md)，路径怎样算出见[模型说明](model.md)。

*English.* Generated; do not edit by hand. Columns of each table of a plan directory, allowed words, assumptions,
columns of the output tables, and the catalogue of indicators.
"""


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = [list(head), ["---"] * len(head), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells) + "\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _explained(
    name: str, words: Sequence[str], meanings: Mapping[str, tuple[str, str]], head: str = "取值 / word"
) -> str:
    """Return a table of words and meanings; raises ValueError where the two do not name the same words."""
    if set(words) != set(meanings):
        raise ValueError(f"{name}: meanings missing or too many: {sorted(set(words) ^ set(meanings))}")
    return _table((head, "含义", "meaning"), ((_code(word), *meanings[word]) for word in words))


def _tables() -> Iterable[str]:
    for table, columns in COLUMNS.items():
        file, zh, en = FILE_MEANINGS[table]
        rows = ((_code(column), *COLUMN_MEANINGS[table][column]) for column in columns)
        yield f"### {file.format(base_year='<基期年>')}\n\n{zh} / {en}\n"
        yield _table(("列 / column", "含义", "meaning"), rows)


def _assumptions(plan: Plan) -> str:
    head = ("假设 / assumption", "含义", "meaning", "单位", "范围", "必填", "内置规划取值", "性质")
    return _table(head, (_assumption(plan, kind) for kind in ASSUMPTIONS))


def _assumption(plan: Plan, kind: AssumptionKind) -> Sequence[str]:
    stem = kind.name.removesuffix("*")
    family = stem != kind.name
    stated = [one for name, one in plan.assumptions.items() if name == kind.name or (family and name.startswith(stem))]
    values = "；".join(f"{one.name.removeprefix(stem)} {one.value}".strip() for one in stated)
    status = "、".join(dict.fromkeys(one.status for one in stated))
    bounds = f"{kind.low:g} … {kind.high:g}"
    return _code(kind.name), kind.zh, kind.en, kind.unit, bounds, "是" if kind.required else "", values, status


def _indicators(plan: Plan) -> str:
    seen = Counter(one.indicator for one in plan.observations)
    aimed = Counter((one.plan, one.indicator) for one in plan.targets)
    head = (
        "代码 / id", "名称", "name", "类别", "单位", "类型", "价格口径", "向好", "上级", "小数", "规则",
        "观测值", "目标", "上一规划",
    )  # fmt: skip
    rows = (
        (_code(one.id), one.name_zh, one.name_en, one.category, one.unit, one.kind, one.price_basis, one.better,
         _code(one.parent), one.decimals, _code(f"{one.rule} {one.driver}".strip()), seen[one.id],
         aimed[plan.id, one.id], aimed[plan.previous, one.id] + aimed[plan.previous_outcome, one.id])
        for one in plan.indicators.values()
    )  # fmt: skip
    return _table(head, rows)


def lever_table() -> str:
    """Return every lever: unit, bounds, whether it varies by year, the words it takes, and its meaning."""
    rows = (
        (_code(one.name), one.zh, one.en, one.unit, f"{one.low:g} … {one.high:g}", "是" if one.by_year else "",
         " ".join(map(_code, one.words)))
        for one in LEVERS
    )  # fmt: skip
    return _table(("杠杆 / lever", "含义", "meaning", "单位", "范围", "可分年", "可写的词"), rows)


def dictionary(plan: Plan) -> str:
    """Return the data dictionary of a plan as Markdown."""
    parts = [INTRO, "## 一、各表的列 / Columns\n", *_tables(), "## 二、允许的取值 / Allowed words\n"]
    parts.append("driver 列的第一个词是恒等式的形式，列在下面。 / The forms of an identity stand under driver.\n")
    for column, (words, meanings) in WORDS.items():
        parts += [f"### {column}\n", _explained(column, words, meanings)]
    parts += ["## 三、假设 / Assumptions\n", "写在 `plan.toml`。 / Stated in `plan.toml`.\n", _assumptions(plan)]
    parts.append("## 四、输出表的列 / Columns of the output tables\n")
    for command, (columns, meanings) in OUTPUTS.items():
        parts += [f"### hjforecast {command}\n", _explained(command, columns, meanings, "列 / column")]
    counts = f"{len(plan.indicators)} 个指标，{len(plan.observations)} 条观测值，{len(plan.targets)} 条目标"
    parts.append(f"## 五、指标目录 / Indicators\n\n{counts}。“观测值”“目标”“上一规划”三栏为各自的条数。\n")
    return "\n".join([*parts, _indicators(plan)])


def pages(root: Path = ROOT) -> dict[Path, str]:
    """Return what each generated page should hold, by path."""
    scenarios = root / "docs" / "scenarios.md"
    region = re.escape(LEVERS_BEGIN) + ".*?" + re.escape(LEVERS_END)
    table = f"{LEVERS_BEGIN}\n\n{lever_table()}\n{LEVERS_END}"
    text = re.sub(region, lambda _: table, scenarios.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {root / "docs" / "data-dictionary.md": dictionary(load_plan()), scenarios: text}


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
