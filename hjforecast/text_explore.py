"""The sentences of the exploration notebook."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from html import escape

from hjforecast.indicators import Indicator
from hjforecast.live import Live
from hjforecast.plan import Plan
from hjforecast.plots_fans import interval
from hjforecast.text import amount, decimal, difference
from hjforecast.unit_names import basis_name

__all__ = [
    "WORDS",
    "basis_note",
    "call",
    "named",
    "file_note",
    "link",
    "live_sentence",
    "no_path",
    "no_target",
    "overview",
    "simulated",
    "simulated_lead",
    "static_note",
]

WORDS = {"indicator": ("指标", "Indicator")}


def call(code: str, lang: str) -> str:
    """Return the line that says which call gives the same numbers."""
    return f"同样的数：{code}" if lang == "zh" else f"The same numbers: {code}"


def named(item: Indicator, lang: str) -> str:
    """Return an indicator's name with its price basis, as captions give it."""
    basis = basis_name(item.price_basis, lang)
    brackets = (f"（{basis}）" if lang == "zh" else f" ({basis})") if basis else ""
    return item.name(lang) + brackets


def basis_note(items: Iterable[Indicator], lang: str) -> str:
    """Return which of some indicators are at current prices and which at constant ones, blank where there are none."""
    comma, parts = "、" if lang == "zh" else ", ", []
    listed = list(items)
    for basis in ("current", "constant"):
        names = [item.name(lang) for item in listed if item.price_basis == basis]
        if names:
            prices = basis_name(basis, lang)
            parts.append(f"{comma.join(names)}按{prices}计算" if lang == "zh" else f"{comma.join(names)}: at {prices}")
    if not parts:
        return ""
    return f"注：{'；'.join(parts)}。" if lang == "zh" else f"Note: {'; '.join(parts)}."


def overview(plan: Plan, lang: str) -> str:
    """Return what the plan holds in a sentence."""
    indicators, targets, seen = len(plan.indicators), len(plan.targets), len(plan.observations)
    names = [f"{name}" for name in plan.scenarios]
    if lang == "zh":
        return (
            f"{plan.title('zh')}：基期{plan.base_year}年，目标年{plan.target_year}年，展望到{plan.outlook_year}年；"
            f"共有指标{indicators}个、数值{seen}条、目标{targets}条、情景{len(names)}个（{'、'.join(names)}）。"
        )
    return (
        f"{plan.title('en')}: base year {plan.base_year}, target year {plan.target_year}, outlook to {plan.outlook_year}; "
        f"{indicators} indicators, {seen} observations, {targets} targets, {len(names)} scenarios ({', '.join(names)})."
    )


def no_path(lang: str) -> str:
    """Return that nothing can be projected."""
    return (
        "本情景没有可以测算的指标：规划缺少基期数或增速。"
        if lang == "zh"
        else "Nothing can be projected in this scenario: the plan lacks base figures or growth."
    )


def no_target(item: Indicator, lang: str) -> str:
    """Return that the plan sets no target of an indicator that a lever could be set to."""
    return f"规划没有{item.name_zh}的水平目标。" if lang == "zh" else f"The plan sets no level for {item.name_en}."


def live_sentence(live: Live, name: str, lang: str) -> str:
    """Return the indicator in the target year: value, 80 % band, what the changes did, and the odds of its target."""
    item, year = live.plan.indicator(name), live.plan.target_year
    if live.projection.status_of(name, year) == "unavailable" or live.original.status_of(name, year) == "unavailable":
        return ""
    value, before = live.projection.value(name, year), live.original.value(name, year)
    parts = [amount(value, item.unit, item.decimals, lang)]
    if live.changes:
        parts.append(_gap(difference(value, before, item.decimals), item, lang))
    band = interval(live.projection, name, year)
    if band is not None:
        ends = [amount(end, item.unit, item.decimals, lang) for end in band]
        parts.append(f"80%区间为{ends[0]}至{ends[1]}" if lang == "zh" else f"80 % band {ends[0]} to {ends[1]}")
    chance = _chance(live, name)
    if chance is not None:
        share = decimal(100.0 * chance, 0)
        parts.append(f"达到规划目标的概率为{share}%" if lang == "zh" else f"odds of the target {share} %")
    if lang == "zh":
        return f"{year}年{item.name_zh}为{parts[0]}" + "".join(f"，{part}" for part in parts[1:]) + "。"
    return f"{item.name_en} in {year}: {'; '.join(parts)}."


def _gap(gap: float, item: Indicator, lang: str) -> str:
    """Return what the changes did; points where the indicator is a per cent."""
    if item.unit == "%":
        size = decimal(abs(gap), item.decimals) + ("个百分点" if lang == "zh" else " points")
    else:
        size = amount(abs(gap), item.unit, item.decimals, lang)
    if not gap:
        return "与原情景持平" if lang == "zh" else "unchanged"
    return (
        f"比原情景{'高' if gap > 0 else '低'}{size}"
        if lang == "zh"
        else f"{size} {'above' if gap > 0 else 'below'} the original"
    )


def _chance(live: Live, name: str) -> float | None:
    rows = live.odds
    found = rows[
        (rows["indicator"] == name) & (rows["measure"] == "level") & (rows["target_year"] == live.plan.target_year)
    ]
    chance = float(found["probability"].iloc[0]) if len(found) else float("nan")
    return None if chance != chance else chance


def static_note(lang: str) -> str:
    """Return what stands here in a notebook that somebody has open."""
    if lang == "zh":
        return "在 JupyterLab 中打开本笔记本，此处列出各杠杆的滑块，图随滑块变化；无人值守运行时，只保留图。"
    return "In JupyterLab sliders for every lever stand here and the figure follows them; run unattended, the figure alone remains."


def simulated_lead(lang: str) -> str:
    """Return that the panel is simulated, and how to give a real one."""
    if lang == "zh":
        return "没有给出面板，以下用模拟数据示范。要检验自己的数据，请把参数 panel 改为 CSV 文件的路径，列为 series（序列名）、year（年份）、value（大于0的数），可另有 group（所属地区）。"
    return "No panel was given, so simulated data show how it is done. To test your own, set the parameter panel to a CSV file with the columns series, year, value (above 0) and, if you like, group."


def simulated(lang: str) -> str:
    """Return the source line of the simulated panel."""
    if lang == "zh":
        return "资料来源：模拟数据（9个序列、20年，误差大小取自县级地区生产总值），只用来示范格式和用法，不能作为方法优劣的证据。"
    return "Source: simulated data (9 series, 20 years, errors as large as those of county GDP); it shows format and use, and is no evidence for or against a method."


def file_note(filename: str, lang: str) -> str:
    """Return what to do with a scenario file."""
    scenario = filename.removesuffix(".toml")
    if lang == "zh":
        return f"注：把文件存入规划目录（下称 DIR）的 scenarios/ 文件夹，先运行 hjforecast check DIR 检查，再运行 hjforecast project {scenario} --plan-dir DIR，得到与本笔记本相同的数。"
    return f"Note: save it in scenarios/ of the plan directory (DIR here), check it with hjforecast check DIR; then hjforecast project {scenario} --plan-dir DIR gives the numbers of this notebook."


def link(live: Live, lang: str) -> str:
    """Return the link that downloads the scenario file, as HTML; the file is inside the link."""
    content, name = b64encode(live.toml().encode()).decode("ascii"), escape(live.filename, quote=True)
    words = f"下载情景文件 {name}" if lang == "zh" else f"Download the scenario file {name}"
    return f'<p><a class="download" style="color:#1f55d0;text-decoration:underline" download="{name}" href="data:application/toml;base64,{content}">{words}</a></p>'
