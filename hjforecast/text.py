"""The sentences of reports, written from the numbers in Chinese and English."""

from __future__ import annotations

from collections import Counter

from hjforecast.assumptions import IMPLIED
from hjforecast.projection import Projection
from hjforecast.run import GDP, PRICE, REAL
from hjforecast.targets import Gap, average_growth, gaps
from hjforecast.unit_names import unit_name

__all__ = [
    "amount",
    "chain_sentences",
    "decimal",
    "difference",
    "gdp_outlook",
    "gdp_sentences",
    "income_outlook",
    "income_sentences",
    "is_placed",
    "money_unit",
    "outlook_sentences",
    "summary",
    "target_sentences",
    "urban_outlook",
    "urban_sentences",
    "versus",
]

_URBAN, _RESIDENT = "urbanization", "income_resident"
_PARTS = ("income_urban", "income_rural")


def decimal(value: float, decimals: int) -> str:
    """Return a number with fixed decimals, never `-0.0`."""
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def difference(value: float, other: float, decimals: int) -> float:
    """Return the difference of two figures as printed, so that a reader who subtracts gets the same."""
    return round(round(value, decimals) - round(other, decimals), decimals)


def versus(value: float, other: float, decimals: int, unit: str, what: str, lang: str, *, percent: bool = True) -> str:
    """Return how a value compares: “比规划目标低16.92亿元（低8.6%）”, or “与规划目标持平” where they print alike."""
    gap = difference(value, other, decimals)
    size = decimal(abs(gap), decimals)
    if float(size) == 0.0:
        return f"与{what}持平" if lang == "zh" else f"equal to {what}"
    share = decimal(100.0 * abs(gap) / abs(other), 1) if other else ""
    if lang == "zh":
        word = "高" if gap > 0 else "低"
        return f"比{what}{word}{size}{unit}" + (f"（{word}{share}%）" if percent and share else "")
    word = "above" if gap > 0 else "below"
    return f"{size} {unit} {word} {what}" + (f" ({share} %)" if percent and share else "")


def _has(projection: Projection, name: str, year: int) -> bool:
    return name in projection.plan.indicators and projection.status_of(name, year) != "unavailable"


def _title(projection: Projection, lang: str) -> str:
    title = projection.scenario.title(lang)
    return f"“{title}”情景" if lang == "zh" else f'the "{title}" scenario'


def _against(projection: Projection, baseline: Projection, name: str, lang: str, *, percent: bool = True) -> str:
    """Return the comparison with the printed level target and, for another scenario, with the baseline."""
    plan, year = projection.plan, projection.plan.target_year
    item, clauses, target = plan.indicator(name), [], plan.target(name)
    scale, moved, unit = money_unit(item.unit, lang)
    unit, digits = _point_unit(lang) if item.kind == "share" else unit, item.decimals + moved
    value = projection.value(name, year) * scale
    if target is not None and target.level is not None and target.target_year == year:
        what = "规划目标" if lang == "zh" else "the target"
        clauses.append(versus(value, target.level * scale, digits, unit, what, lang, percent=percent))
    if baseline.scenario.id != projection.scenario.id and _has(baseline, name, year):
        other = baseline.value(name, year) * scale
        clauses.append(versus(value, other, digits, unit, _title(baseline, lang), lang, percent=percent))
    return ("，" if lang == "zh" else " and ").join(clauses)


def _point_unit(lang: str) -> str:
    return "个百分点" if lang == "zh" else "percentage points"


def money_unit(unit: str, lang: str) -> tuple[float, int, str]:
    """Return how a unit is printed: the factor, the decimals that it moves, and the word after the number.

    Chinese prints the unit as it is. English prints 亿元 as billions of yuan, any other under its English name.
    """
    if lang == "zh":
        return 1.0, 0, unit
    if unit == "亿元":
        return 0.1, 1, "billion yuan"
    name = unit_name(unit, lang)
    return 1.0, 0, f"x {name}" if name[:1].isdigit() else name


def amount(value: float, unit: str, decimals: int, lang: str) -> str:
    """Return a figure with its unit: “123.45亿元”, “12.345 billion yuan”, “1234500 x 10,000 yuan”."""
    _, moved, word = money_unit(unit, lang)
    number = decimal(value / 10.0**moved, decimals + moved)
    return f"{number}{word}" if lang == "zh" else f"{number} {word}".rstrip()


def gdp_sentences(projection: Projection, baseline: Projection, lang: str = "zh") -> list[str]:
    """Return what the scenario says of GDP: level at current prices, real growth, price change, comparisons."""
    plan, year = projection.plan, projection.plan.target_year
    if not (_has(projection, GDP, year) and _has(projection, REAL, year) and plan.base(GDP)):
        return _gdp_pace(projection, lang)
    item = plan.indicator(GDP)
    level = amount(projection.value(GDP, year), item.unit, item.decimals, lang)
    real = decimal(average_growth(projection, REAL, year) or 0.0, 1)
    price = decimal(average_growth(projection, PRICE, year) or 0.0, 2)
    nominal = decimal(average_growth(projection, GDP, year) or 0.0, 2)
    against, first = _against(projection, baseline, GDP, lang), plan.base_year + 1
    if lang == "zh":
        text = (
            f"在{_title(projection, lang)}下，预计{year}年{plan.region.name_zh}地区生产总值达到{level}（现价），"
            f"{first}—{year}年实际年均增长{real}%（可比价）；{_price_words(projection, price, lang)}，现价年均增长{nominal}%。"
        )
        return [text + (f"地区生产总值{against}。" if against else "") + _assumed_words(projection, GDP, lang)]
    text = (
        f"In {_title(projection, lang)}, the GDP of {plan.region.name_en} is projected to reach {level} in {year} "
        f"at current prices, growing {real} % a year in real terms over {first}–{year}; with {_price_words(projection, price, lang)}, "
        f"nominal growth is {nominal} % a year."
    )
    return [text + (f" The {year} level is {against}." if against else "") + _assumed_words(projection, GDP, lang)]


def _gdp_pace(projection: Projection, lang: str) -> list[str]:
    """Return GDP's average growth where the plan gives no level to start from, or no real growth beside the level."""
    plan, year = projection.plan, projection.plan.target_year
    name, zh, en = (REAL, "可比价", "in real terms") if _has(projection, REAL, year) else (GDP, "现价", "in money")
    rate = average_growth(projection, name, year) if name in plan.indicators else None
    if rate is None:
        return []
    first, pace, place, title = plan.base_year + 1, decimal(rate, 1), plan.region.name(lang), _title(projection, lang)
    if lang == "zh":
        return [f"在{title}下，预计{first}—{year}年{place}地区生产总值年均增长{pace}%（{zh}）。"]
    return [f"In {title}, the GDP of {place} is projected to grow {pace} % a year over {first}–{year} {en}."]


def _price_words(projection: Projection, price: str, lang: str) -> str:
    """Return the price change, named as implied by the plan where neither the scenario nor the plan states one."""
    stated = projection.plan.assumptions.get("price_change")
    setting = projection.settings.get("price_change", stated.value if stated else None)
    if lang == "zh":
        return f"按规划隐含的年均价格变动{price}%计" if setting == IMPLIED else f"年均价格变动{price}%"
    return f"prices changing {price} % a year" + (", as the plan implies" if setting == IMPLIED else "")


def _assumed_words(projection: Projection, name: str, lang: str) -> str:
    """Return a sentence that says so where an indicator's projection rests on an assumed figure."""
    if projection.status_of(name, projection.plan.target_year) != "projected_from_assumed":
        return ""
    if lang == "zh":
        return "本情景的测算依据中有假定的基期数，取得实际数后结果会随之改变。"
    return " This scenario rests in part on assumed base-year figures; its results change once real ones are entered."


def income_sentences(projection: Projection, baseline: Projection, lang: str = "zh") -> list[str]:
    """Return what the scenario says of incomes: residents', urban and rural, their growth and ratio."""
    plan, year = projection.plan, projection.plan.target_year
    names = (_RESIDENT, *_PARTS)
    if not all(_has(projection, name, y) for name in names for y in (plan.base_year, year)):
        return []
    items = [plan.indicator(name) for name in names]
    level = [amount(projection.value(one.id, year), one.unit, one.decimals, lang) for one in items]
    rate = [decimal(average_growth(projection, name, year) or 0.0, 1) for name in names]
    ratios = [projection.value(_PARTS[0], y) / projection.value(_PARTS[1], y) for y in (plan.base_year, year)]
    then, now = (decimal(ratio, 2) for ratio in ratios)
    if lang == "zh":
        move = "缩小到" if now < then else "扩大到" if now > then else "保持在"
        return [
            f"{year}年居民人均可支配收入预计为{level[0]}，年均增长{rate[0]}%（未扣除价格因素）；城镇居民和农村居民人均可支配收入"
            f"分别为{level[1]}和{level[2]}，年均分别增长{rate[1]}%和{rate[2]}%。城乡居民收入比由{plan.base_year}年的{then}{move}{now}。"
        ]
    move = "narrows" if now < then else "widens" if now > then else "stays"
    return [
        f"Residents' disposable income per head is projected at {level[0]} in {year}, growing {rate[0]} % a year (nominal): "
        f"{level[1]} for urban and {level[2]} for rural residents, growing {rate[1]} % and {rate[2]} % a year. "
        f"The urban-rural income ratio {move} from {then} in {plan.base_year} to {now}."
    ]


def urban_sentences(projection: Projection, baseline: Projection, lang: str = "zh") -> list[str]:
    """Return what the scenario says of the urban share: from, to, points gained, comparisons."""
    plan, year = projection.plan, projection.plan.target_year
    if not all(_has(projection, _URBAN, y) for y in (plan.base_year, year)):
        return []
    start, end = (projection.value(_URBAN, y) for y in (plan.base_year, year))
    gain = decimal(abs(round(end, 1) - round(start, 1)), 1)
    against = _against(projection, baseline, _URBAN, lang, percent=False)
    if lang == "zh":
        move = "提高" if end >= start else "下降"
        text = (
            f"{plan.indicator(_URBAN).name_zh}预计由{plan.base_year}年的{decimal(start, 1)}%{move}到{year}年的{decimal(end, 1)}%，"
            f"{year - plan.base_year}年{move}{gain}个百分点"
        )
        return [text + (f"，{against}。" if against else "。")]
    move = "rise" if end >= start else "fall"
    text = (
        f"The urban share of permanent residents is projected to {move} from {decimal(start, 1)} % in {plan.base_year} to "
        f"{decimal(end, 1)} % in {year}, by {gain} percentage points"
    )
    return [text + (f"; it is {against}." if against else ".")]


def gdp_outlook(projection: Projection, lang: str = "zh") -> list[str]:
    """Return how real growth runs through the plan and to the outlook year, and how many times the base that makes."""
    plan, last = projection.plan, int(projection.years[-1])
    years = (plan.base_year + 1, plan.target_year, last)
    if not (
        plan.target_year < last
        and _has(projection, GDP, plan.base_year)
        and all(_has(projection, name, y) for name in (GDP, REAL) for y in years)
    ):
        return []
    rates = [decimal(projection.value(REAL, year), 1) for year in years]
    times = decimal(projection.value(GDP, last) / projection.value(GDP, plan.base_year), 1)
    if lang == "zh":
        return [
            f"分年度看，地区生产总值实际增速{years[0]}年为{rates[0]}%，{years[1]}年为{rates[1]}%，{last}年为{rates[2]}%；"
            f"按现价计算（含价格变动），{last}年总量约为{plan.base_year}年的{times}倍。"
        ]
    return [
        f"Real growth is {rates[0]} % in {years[0]}, {rates[1]} % in {years[1]} and {rates[2]} % in {last}, when GDP at current prices "
        f"(price changes included) is about {times} times that of {plan.base_year}."
    ]


def income_outlook(projection: Projection, lang: str = "zh") -> list[str]:
    """Return where incomes, their gap and their ratio stand in the outlook year."""
    plan, last = projection.plan, int(projection.years[-1])
    names = (_RESIDENT, *_PARTS)
    if last <= plan.target_year or not all(_has(projection, name, y) for name in names for y in (plan.base_year, last)):
        return []
    urban, rural = ([projection.value(name, y) for y in (plan.base_year, last)] for name in _PARTS)
    item, wider = plan.indicator(_RESIDENT), urban[1] - rural[1] >= urban[0] - rural[0]
    sums = (projection.value(_RESIDENT, last), urban[0] - rural[0], urban[1] - rural[1])
    mean, *gap = (amount(value, item.unit, item.decimals, lang) for value in sums)
    ratio = decimal(urban[1] / rural[1], 2)
    if lang == "zh":
        return [
            f"按此路径，{last}年居民人均可支配收入预计为{mean}（现价）；城乡居民收入差距由{plan.base_year}年的{gap[0]}"
            f"{'扩大' if wider else '缩小'}到{gap[1]}，城乡居民收入比为{ratio}。"
        ]
    return [
        f"On this path residents' income per head is projected at {mean} in {last} (current prices); the urban-rural gap "
        f"{'widens' if wider else 'narrows'} from {gap[0]} in {plan.base_year} to {gap[1]} and the ratio is {ratio}."
    ]


def urban_outlook(projection: Projection, lang: str = "zh") -> list[str]:
    """Return the points that the urban share gains a year, during the plan and after it."""
    plan, last = projection.plan, int(projection.years[-1])
    years = (plan.base_year, plan.target_year, last)
    if last <= plan.target_year or not all(_has(projection, _URBAN, y) for y in years):
        return []
    start, middle, end = (projection.value(_URBAN, y) for y in years)
    pace = [
        decimal((b - a) / n, 2) for a, b, n in ((start, middle, years[1] - years[0]), (middle, end, last - years[1]))
    ]
    if lang == "zh":
        return [
            f"{years[0] + 1}—{years[1]}年，城镇化率年均提高{pace[0]}个百分点；{years[1] + 1}—{last}年，年均提高{pace[1]}个百分点，"
            f"预计{last}年达到{decimal(end, 1)}%。"
        ]
    return [
        f"The urban share gains {pace[0]} percentage points a year over {years[0] + 1}–{years[1]} and {pace[1]} over {years[1] + 1}–{last}, "
        f"reaching {decimal(end, 1)} % in {last}."
    ]


def chain_sentences(projection: Projection, lang: str = "zh") -> list[str]:
    """Return what the scenario says of the industry chains and manufacturing, and that their base is assumed."""
    plan, year, total = projection.plan, projection.plan.target_year, "industry_total"
    if not _has(projection, total, year):
        return []
    output = amount(projection.value(total, year), plan.indicator(total).unit, 1, lang)
    chains = [item for item in plan.indicators.values() if item.is_chain]
    assumed = sum(projection.status_of(item.id, plan.base_year) == "assumed" for item in chains)
    growth = plan.assumptions.get("chain_base_growth")
    share = ""
    if _has(projection, "manufacturing_va", year) and _has(projection, "manufacturing_share", year):
        level, part = projection.value("manufacturing_va", year), projection.value("manufacturing_share", year)
        added = amount(level, plan.indicator("manufacturing_va").unit, 2, lang)
        share = (
            f"制造业增加值预计为{added}，占地区生产总值的{decimal(part, 1)}%。" if lang == "zh"
            else f" Manufacturing value added is projected at {added}, {decimal(part, 1)} % of GDP."
        )  # fmt: skip
    name, base = plan.indicator(total).name(lang), plan.base_year
    rests = projection.status_of(total, year) == "projected_from_assumed"
    if lang == "zh":
        why = (
            f"有{assumed}条产业链（含未计入合计的细分行业等）的{base}年产值没有公布，按年均增长{growth.value:g}%由目标倒推，属于假定"
            + ("，总产值随之由假定测算。" if rests else "。")
            if assumed and growth
            else ""
        )
        return [f"{year}年{name}预计达到{output}。{why}{share}"]
    why = (
        f" The {base} output of {assumed} chains (including some that the total does not count) was never published: it is assumed, "
        f"back-cast from the target at {growth.value:g} % a year" + (", and the total rests on it." if rests else ".")
        if assumed and growth else ""
    )  # fmt: skip
    return [f"{name} is projected to reach {output} in {year}.{why}{share}"]


def target_sentences(projection: Projection, lang: str = "zh") -> list[str]:
    """Return how many quantified targets are met, missed, and cannot be judged."""
    found = [gap for gap in gaps(projection) if gap.target_year == projection.plan.target_year]
    if not found:
        return []
    placed = sum(is_placed(projection, gap) for gap in found)
    counts = Counter(gap.met for gap in found if not is_placed(projection, gap))
    judged, year, base = counts[True] + counts[False], projection.plan.target_year, projection.plan.base_year
    still = sum(gap.met is False and _is_held(projection, gap.indicator) for gap in found)
    rest, supposed = counts[None] + placed, projection.settings.get("delivery") == 1.0
    if not judged:
        zh = f"规划提出的{year}年定量目标共{len(found)}项，均未公布基期数，无法测算，不作判断。"
        en = f"The plan sets {len(found)} quantified targets for {year}; no base is published, so none is judged."
        return [zh if lang == "zh" else en]
    if lang == "zh":
        text = f"规划提出的{year}年定量目标共{len(found)}项，其中{judged}项可以测算：{counts[True]}项预计能够达到，{counts[False]}项预计达不到。"
        held = f"达不到的项目中有{still}项没有设定驱动关系，按保持{base}年水平处理。" if still else ""
        why = "本情景以目标如期实现为前提，达到与否是设定的结果，不是预测。" if supposed else ""
        dots = f"，其中{placed}项在本情景中只有{year}年的设定值" if placed else ""
        return [text + held + why + (f"另有{rest}项规划未公布基期数，无法测算，不作判断{dots}。" if rest else "")]
    text = (
        f"The plan sets {len(found)} quantified targets for {year}; {judged} can be projected: {counts[True]} are expected "
        f"to be met and {counts[False]} to be missed."
    )
    held = f" Of those missed, {still} have no driver and are held at their {base} level." if still else ""
    why = " This scenario supposes that targets are met, so this is its premise and no forecast." if supposed else ""
    dots = f"; {placed} of them have a supposed value in {year} and nothing before" if placed else ""
    other = f" The other {rest} have no published base, so no path is drawn and none is judged{dots}."
    return [text + held + why + (other if rest else "")]


def is_placed(projection: Projection, gap: Gap) -> bool:
    """Whether an indicator has no path, only a value supposed for the target year, so that meeting it says nothing."""
    if gap.met is None:
        return False
    return gap.measure != "growth" and projection.status_of(gap.indicator, gap.target_year - 1) == "unavailable"


def _is_held(projection: Projection, name: str) -> bool:
    """Whether an indicator stays where it was for want of a driver and of a followed target."""
    item, path = projection.plan.indicator(name), projection.central[name]
    return item.rule == "growth" and bool((path == path[0]).all())


def _caveat(projection: Projection, lang: str) -> str:
    if projection.draws:
        zh, en = (
            "以上均为中心路径，误差区间和目标实现概率另列。",
            "These are central paths; their bands and the odds of the targets follow.",
        )
    else:
        zh, en = (
            "以上均为中心路径，未给出误差区间，不宜当作确定的预测。",
            "All figures are central paths without error bands; do not read them as certain.",
        )
    return zh if lang == "zh" else en


def outlook_sentences(projection: Projection, lang: str = "zh") -> list[str]:
    """Return where the path leads by the outlook year, and that it is a central path."""
    year, parts = projection.plan.outlook_year, []
    if _has(projection, GDP, year):
        level = amount(projection.value(GDP, year), projection.plan.indicator(GDP).unit, 1, lang)
        zh, en = f"地区生产总值预计为{level}（现价）", f"GDP is projected at {level} (current prices)"
        parts.append(zh if lang == "zh" else en)
    if _has(projection, _URBAN, year):
        share = decimal(projection.value(_URBAN, year), 1)
        parts.append(f"城镇化率预计为{share}%" if lang == "zh" else f"the urban share at {share} %")
    caveat = _caveat(projection, lang)
    if not parts:
        return [caveat]
    if lang == "zh":
        return [f"按此路径延伸，{year}年{'，'.join(parts)}。{caveat}"]
    return [f"Extended to {year}, {' and '.join(parts)}. {caveat}"]


def summary(projection: Projection, baseline: Projection, lang: str = "zh") -> list[str]:
    """Return the report's opening paragraphs: GDP, incomes, urbanization, industry, targets, outlook."""
    return [
        *gdp_sentences(projection, baseline, lang),
        *income_sentences(projection, baseline, lang),
        *urban_sentences(projection, baseline, lang),
        *chain_sentences(projection, lang),
        *target_sentences(projection, lang),
        *outlook_sentences(projection, lang),
    ]
