"""The sentences of the methods report, written from the committed tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hjforecast.evidence import backtest_record, method_totals, norm_record, plan_record, pooled
from hjforecast.evidence_words import class_name, method_name, panel_name
from hjforecast.text import decimal

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COUNTY",
    "again",
    "classes_seen",
    "coverage_lead",
    "how_to_read",
    "lead",
    "m3_note",
    "map_seen",
    "norm_lead",
    "norm_seen",
    "not_included",
    "own_panel_sentence",
    "panel_invitation",
    "panels_note",
    "plans_lead",
    "plans_seen",
    "reproduce",
    "scale_note",
    "score_caption",
    "scores_seen",
    "summary",
    "table_source",
    "widths_lead",
    "widths_seen",
]

COUNTY = "县级单位地区生产总值，现价", "county GDP, current prices"
"""What the main panel of the record holds, for captions."""

_SCORES = {
    "pinball": ("各方法的 pinball 损失", "Pinball loss of the methods"),
    "mae_log": ("各方法的平均绝对误差", "Mean absolute error of the methods"),
    "coverage80": ("各方法80%区间的覆盖率", "Coverage of the methods' 80% bands"),
}


def lead(lang: str) -> str:
    """Return what the report is and what it is drawn from."""
    if lang == "zh":
        return "本报告汇总模型所依据的历史检验：与通用方法的比较、区间覆盖率、误差尺度、往期规划的兑现率和城镇化同类标准。历史检验的数字全部取自随程序发布的数据表，本地的数取自规划；每幅图、每张表下写明来源和复现办法。"
    return (
        "The record behind the model: comparison with general methods, coverage of the bands, size of errors, delivery ratios of past plans, "
        "and the urbanization norm. The record comes from tables published with the program, the region's own figures from the plan; "
        "under each figure and table stand its source and the call that draws it again."
    )


def summary(lang: str) -> list[str]:
    """Return the main findings, favourable or not."""
    return [_county_sentence(lang), _province_sentence(lang), _plans_sentence(lang)]


def _range(low: float, high: float, lang: str) -> str:
    ends = decimal(100.0 * low, 0), decimal(100.0 * high, 0)
    return f"{ends[0]}%—{ends[1]}%" if lang == "zh" else f"{ends[0]}–{ends[1]} %"


def _county_sentence(lang: str) -> str:
    record = backtest_record()
    totals = method_totals(record).to_dict("records")
    ours, best, rivals = totals[0], totals[1], [row["coverage80"] for row in totals[1:]]
    ratio, share = decimal(best["ratio"], 2), decimal(100.0 * ours["coverage80"], 0)
    first, last, series = int(record["origin"].min()), int(record["origin"].max()), int(record["series"].iloc[0])
    if lang == "zh":
        return (
            f"在未参与校准的{series}个县级单位上（地区生产总值，现价；起点{first}—{last}年，向后1—5年，实际数{int(ours['n'])}个），"
            f"hjforecast 的 pinball 损失为{decimal(ours['pinball'], 4)}，与最佳通用方法（{method_name(best['method'], lang)}，{decimal(best['pinball'], 4)}）之比为{ratio}；"
            f"80%区间实际覆盖{share}%，各起点在{_range(ours['lowest'], ours['highest'], lang)}之间，通用方法为{_range(min(rivals), max(rivals), lang)}。"
        )
    return (
        f"On {series} county units held out of the calibration (GDP at current prices, origins {first}–{last}, one to five years ahead, "
        f"{int(ours['n'])} outcomes) the pinball loss of hjforecast is {decimal(ours['pinball'], 4)}, {ratio} times that of the best general method "
        f"({method_name(best['method'], lang)}, {decimal(best['pinball'], 4)}). Its 80 % band holds {share} % of outcomes, "
        f"{_range(ours['lowest'], ours['highest'], lang)} by origin; those of general methods hold {_range(min(rivals), max(rivals), lang)}."
    )


def _province_sentence(lang: str) -> str:
    record = backtest_record("province")
    ours, best = method_totals(record).iloc[:2].to_dict("records")
    origins = pooled(record[record["method"] == "hjforecast"], ("origin",))
    worst = origins.sort_values("coverage80").iloc[0]
    ratio, share = decimal(ours["pinball"] / best["pinball"], 2), decimal(100.0 * ours["coverage80"], 0)
    year, least = int(worst["origin"]), decimal(100.0 * worst["coverage80"], 0)
    if lang == "zh":
        return (
            f"本方法并非处处占优：在{panel_name('province', lang)}面板上，损失与{method_name(best['method'], lang)}法之比为{ratio}，80%区间只覆盖{share}%，"
            f"其中{year}年起点只覆盖{least}%；那几年增速持续加快，而本方法假定增速向较低的长期增速靠拢，因此只适用于增速平稳或放缓的时期。"
        )
    return (
        f"It does not win everywhere: on {panel_name('province', lang)} its loss is {ratio} times that of {method_name(best['method'], lang)}, and its 80 % band holds "
        f"only {share} % ({least} % from {year}). Growth kept rising in those years, while the rule assumes that it eases toward a lower long-run rate: it suits only times of steady or slowing growth."
    )


def _plans_sentence(lang: str) -> str:
    rows = {(row["plan"][:4], row["kind"]): row for row in plan_record().to_dict("records")}
    old, new = rows["11th", "growth"], rows["13th", "growth"]
    met = round(new["share_met"] * new["n"])
    if lang == "zh":
        return (
            f"规划目标的兑现率在下降：其他地区增速类目标的兑现率，“十一五”中位数为{decimal(old['median'], 2)}（{int(old['n'])}项），"
            f"“十三五”为{decimal(new['median'], 2)}（{int(new['n'])}项，{f'达到目标的有{met}项' if met else '没有一项达到目标'}）。样本很少，只用作参照。"
        )
    return (
        f"Delivery ratios have fallen: those of growth targets elsewhere had a median of {decimal(old['median'], 2)} in the 11th plan "
        f"(n = {int(old['n'])}) and of {decimal(new['median'], 2)} in the 13th (n = {int(new['n'])}, {met or 'none'} of them met). They are few and serve as a reference only."
    )


def how_to_read(lang: str) -> str:
    """Return what the loss is and how the comparison was made."""
    if lang == "zh":
        return (
            "回测逐个起点进行：每种方法只用起点及以前的数据，预测其后1—5年，再与实际数比较；各方法用同一批实际数评分。"
            "pinball 损失是10%、50%、90%三个分位数损失的平均，既计中心值的偏差，也计区间是否过窄或过宽，越小越好。表中为对数单位；图中乘以100，数值较小时近似于百分数。"
        )
    return (
        "Rolling origins: each method is given the values up to the origin, forecasts the next one to five years, and is scored on the same outcomes as the others. "
        "Pinball loss is the mean loss of the 10, 50 and 90 % quantiles: it counts both how far off the centre is and whether the band is too narrow or too wide; "
        "lower is better. Tables give it in log units; figures multiply it by 100, which is close to per cent where small."
    )


def score_caption(score: str, over: str, panel: str = "") -> tuple[str, str]:
    """Return the caption of a figure of scores; `panel` names a file of the user's own."""
    by = {"horizon": ("按预测期", "by years ahead"), "origin": ("按预测起点", "by origin")}[over]
    zh, en = _SCORES[score]
    return f"{zh}，{by[0]}（{panel or COUNTY[0]}）", f"{en}, {by[1]} ({panel or COUNTY[1]})"


def scores_seen(table: pd.DataFrame, score: str, over: str, lang: str) -> str:
    """Return what a figure of scores shows: our own first and last (or range), and the best rival's."""
    ours = table[table["method"] == "hjforecast"].set_index(over)[score]
    rivals = table[table["method"] != "hjforecast"]
    if score == "coverage80":
        spans = rivals[score]
        return _coverage_seen(ours, float(spans.min()), float(spans.max()), lang)
    best = rivals.groupby(over)[score].min()
    wins = int((ours < best.loc[ours.index]).sum())
    last = ours.index[-1]
    own, other = decimal(100.0 * ours.loc[last], 1), decimal(100.0 * best.loc[last], 1)
    count, all_zh, all_en = (
        len(ours),
        "个预测期" if over == "horizon" else "个起点",
        "horizons" if over == "horizon" else "origins",
    )
    if lang == "zh":
        at = f"向后{last}年" if over == "horizon" else f"{last}年起点"
        lead = f"在{count}{all_zh}中的{wins}个，hjforecast 的损失低于所有通用方法"
        if wins in (0, count):
            lead = f"在全部{count}{all_zh}，hjforecast 的损失都{'低于所有通用方法' if wins else '不低于最佳通用方法'}"
        return f"图中可见：{lead}；{at}为{own}，最佳通用方法为{other}。"
    at = f"At {last} years ahead" if over == "horizon" else f"From {last}"
    where = {0: f"none of the {all_en}", count: f"all {count} {all_en}"}.get(wins, f"{wins} of {count} {all_en}")
    return f"Seen here: at {where} the loss of hjforecast is below that of every general method. {at} it is {own}, the best of the others {other}."


def _coverage_seen(ours: pd.Series, low: float, high: float, lang: str) -> str:
    own, others = _range(float(ours.min()), float(ours.max()), lang), _range(low, high, lang)
    if lang == "zh":
        return f"图中可见：hjforecast 的80%区间实际覆盖{own}，通用方法的区间覆盖{others}；虚线为名义覆盖率80%。"
    return f"Seen here: the 80 % band of hjforecast holds {own} of outcomes, those of general methods {others}; the dashed line is the nominal 80 %."


def panels_note(lang: str) -> str:
    """Return how the other panels are to be read."""
    if lang == "zh":
        return "注：各面板均用县级地区生产总值的参数，未另行调整；除共同冲击的权重参考了地级市面板外，其他面板没有参与校准。比值大于1，表示不如最佳通用方法。“各起点”为单个起点覆盖率的最低值与最高值。"
    return (
        "Note: all with the constants of county GDP; nothing but the weight of the common shock was measured on prefectures, nothing on the others. "
        "A ratio above 1 says that the rival is better. 'By origin': the least and greatest coverage of one origin."
    )


def m3_note(lang: str) -> str:
    """Return how the M3 table is to be read."""
    if lang == "zh":
        return "注：每个序列只给10个历史值，预测其后6个；通用方法分别用原值和对数值拟合。着色的数为该类中最小的。"
    return "Note: ten values known and six ahead; the rivals fitted on levels and on logs. The least of each category is coloured."


def coverage_lead(lang: str) -> str:
    """Return what coverage is."""
    if lang == "zh":
        return "80%区间应当覆盖约八成的实际数：覆盖率明显低于80%，说明区间偏窄，给出的概率过于肯定；明显高于80%，说明区间偏宽。同一起点各县的误差含有共同的部分，因此单个起点的覆盖率有高有低。"
    return (
        "An 80 % band should hold about four outcomes in five. Far fewer: the band is too narrow and the odds too sure; far more: it is too wide. "
        "Errors of one origin share a common part, so the coverage of single origins varies."
    )


def map_seen(ours: pd.DataFrame, lang: str) -> str:
    """Return what the map of coverage shows: its lowest and highest cell."""
    ordered = ours.sort_values("coverage80")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    cells = [(int(row["origin"]), int(row["horizon"]), decimal(100.0 * row["coverage80"], 0)) for row in (low, high)]
    within = int(((ours["coverage80"] - 0.8).abs() <= 0.1).sum())
    if lang == "zh":
        ends = [f"是{year}年起点向后{ahead}年，为{share}%" for year, ahead, share in cells]
        return f"图中可见：{len(ours)}格中有{within}格在70%—90%之间；最低的{ends[0]}；最高的{ends[1]}。"
    ends = [f"{share} % ({ahead} ahead from {year})" for year, ahead, share in cells]
    return (
        f"Seen here: {within} of {len(ours)} cells lie within 70–90 %; the lowest is {ends[0]}, the highest {ends[1]}."
    )


def classes_seen(errors: pd.DataFrame, lang: str) -> str:
    """Return what coverage by class shows: pooled shares, and the origin furthest off."""
    pools = errors.loc[errors["origin"] == "all", "coverage80"]
    single = errors[errors["origin"] != "all"]
    worst = single.sort_values("coverage80").iloc[0]
    name, share = class_name(worst["indicator"], lang), decimal(100.0 * worst["coverage80"], 0)
    span = _range(float(pools.min()), float(pools.max()), lang)
    if lang == "zh":
        return f"图中可见：各起点合计的覆盖率在{span}之间，这是校准的结果；单个起点最低的是{name}{worst['origin']}年起点，只有{share}%。圆点离80%越远，单个时期的结果越不可靠。"
    return (
        f"Seen here: all origins together hold {span}, as calibrated; the lowest single origin is {worst['origin']} of {name}, {share} %. "
        "The further the dots stray from 80 %, the less a single period can be trusted."
    )


def widths_lead(lang: str) -> str:
    """Return the error model in a sentence."""
    if lang == "zh":
        return "误差的方差（按对数计）为 s²h + t²h²：h 是预测期（年），s 反映年度波动，t 反映未知的趋势偏差，均由以往样本外误差得出。"
    return "Errors have the variance s²h + t²h² on logs: h years ahead, s the yearly noise, t the unknown drift, all from past out-of-sample errors."


def widths_seen(widths: pd.DataFrame, lang: str) -> str:
    """Return what the widths show: the widest and the narrowest class at the longest horizon."""
    last = widths[widths["horizon"] == widths["horizon"].max()].sort_values("up_pct")
    wide, narrow = last.iloc[-1], last.iloc[0]
    ends = [(class_name(row["error_class"], lang), decimal(row["up_pct"], 0)) for row in (wide, narrow)]
    ahead = int(wide["horizon"])
    if lang == "zh":
        return f"图中可见：向后{ahead}年，80%区间上端高出中心值的幅度，{ends[0][0]}最大，为{ends[0][1]}%；{ends[1][0]}最小，为{ends[1][1]}%。实线由 s、t 算出，空心标记由误差的实测离散程度算出。"
    return (
        f"Seen here: {ahead} years ahead the upper end of the band lies furthest above the central value for {ends[0][0]} ({ends[0][1]} %), "
        f"least for {ends[1][0]} ({ends[1][1]} %). Lines follow from s and t; hollow markers from the spread of the errors themselves."
    )


def scale_note(lang: str) -> str:
    """Return what the error scales are measured on."""
    if lang == "zh":
        return "注：未见公开的中国县域居民收入面板，收入以美国各州人均收入代替；城镇化率由两次人口普查之间的变动得出，只有一个时段，分不清年度波动与趋势偏差，假定方差各占一半。"
    return (
        "Note: no public panel of Chinese county incomes was found, so US states stand in; the urban share is measured between two censuses, "
        "and as one interval cannot tell noise from drift, half of the variance is assumed to belong to each."
    )


def plans_lead(lang: str) -> str:
    """Return what outcome over target is, and how few there are."""
    if lang == "zh":
        return "下列兑现率由其他地区往期规划公布的目标数和完成数算出，等于1表示恰好完成。样本很少，又集中在少数地区，只用作参照；模型使本地自身的兑现率向它靠拢（收缩），见模型说明第四节。"
    return (
        "Delivery ratios of other places' past plans, from the targets and outcomes that they published; 1 is as planned. They are few and from few places, so they serve as a reference class: "
        "a region's own record is shrunk to it (docs/model.en.md, section 4)."
    )


def plans_seen(record: pd.DataFrame, lang: str) -> str:
    """Return what the delivery of past plans shows, period by period."""
    rows = {row["plan"][:4]: row for row in record.to_dict("records") if row["kind"] == "growth"}
    told = [decimal(rows[name]["median"], 2) for name in ("11th", "12th", "13th")]
    if lang == "zh":
        return f"图中可见：增速类目标兑现率的中位数由“十一五”的{told[0]}降到“十二五”的{told[1]}、“十三五”的{told[2]}；只有一两项目标的规划期，看不出分布。"
    return f"Seen here: the median delivery ratio of growth targets fell from {told[0]} (11th plan) to {told[1]} (12th) and {told[2]} (13th); periods with one or two targets say nothing about the spread."


def norm_lead(fade_years: float, lang: str) -> str:
    """Return the norm, where it comes from, and in how many years it takes over."""
    row = norm_record().iloc[0]
    a, b, count = decimal(row["intercept"], 4), decimal(abs(row["slope"]), 4), int(row["n"])
    if lang == "zh":
        return f"同类标准 d*(P) = {a} − {b}·logit P，是{count}个县级单位2010年、2020年两次人口普查之间城镇化率 logit 年均变动的回归线；模型假定自身速度在{fade_years:g}年内逐步过渡到同类标准。"
    return f"d*(P) = {a} − {b} logit P is the regression line of the yearly change of the logit share in {count} county units between the censuses of 2010 and 2020; the model assumes that a place's own speed gives way to it within {fade_years:g} years."


def norm_seen(speeds: pd.DataFrame, paths: pd.DataFrame, lang: str) -> str:
    """Return what the norm shows: where it is fastest, and what it does to this plan's path."""
    top = speeds.sort_values("usual").iloc[-1]
    share, points = decimal(top["share"], 0), decimal(top["usual"], 2)
    zh = f"图中可见：城镇化率在{share}%左右时提高最快，通常每年{points}个百分点，此后逐步放慢。"
    en = f"Seen here: shares near {share} % usually move fastest, {points} points a year, and slow down from there."
    if len(paths):
        last = paths.iloc[-1]
        year, ends = int(last["year"]), [decimal(last[name], 1) for name in ("own", "norm", "model")]
        zh += f"到{year}年，本地城镇化率按自身速度不变为{ends[0]}%，只按同类标准为{ends[1]}%，模型路径为{ends[2]}%。"
        en += f" By {year} the region's share is {ends[0]} % at its own speed, {ends[1]} % by the norm alone, {ends[2]} % as modelled."
    return zh if lang == "zh" else en


def panel_invitation(lang: str) -> str:
    """Return how to have a panel of one's own backtested in the report."""
    command = "hjforecast report --notebook methods -p panel PANEL.csv"
    if lang == "zh":
        return f"没有给出面板。要检验自己的数据，请准备一个 CSV 文件，列为 series（序列名）、year（年份）、value（大于0的数），可另有 group（所属地区），然后运行：{command}"
    return f"No panel was given. To test your own data, prepare a CSV file with the columns series, year, value (above 0) and, if you like, group, and run: {command}"


def own_panel_sentence(totals: pd.DataFrame, lang: str) -> str:
    """Return how our rule does on a panel against the best of the others, and its coverage."""
    ours, best = totals.iloc[:2].to_dict("records")
    ratio = ours["pinball"] / best["pinball"] if best["pinball"] > 0 else float("nan")
    name, share = method_name(best["method"], lang), decimal(100.0 * ours["coverage80"], 0)
    verdict = _verdict(decimal(ratio, 2), lang)
    if lang == "zh":
        return f"hjforecast 的 pinball 损失与最佳通用方法（{name}）之比为{decimal(ratio, 2)}，{verdict}；80%区间实际覆盖{share}%。所用参数是由县级地区生产总值校准的。"
    return f"The pinball loss of hjforecast is {decimal(ratio, 2)} times that of the best general method ({name}): {verdict}; its 80 % band holds {share} %. The constants are those calibrated on county GDP."


def _verdict(ratio: str, lang: str) -> str:
    """Return which is better, by the ratio as printed."""
    if ratio == "1.00":
        return "两者相当" if lang == "zh" else "the two are level"
    if float(ratio) < 1.0:
        return "优于该方法" if lang == "zh" else "ours is better"
    return "不如该方法" if lang == "zh" else "the other is better"


def again(plan_dir: str, lang: str) -> list[str]:
    """Return how the figures are drawn again."""
    place = "" if not plan_dir else '"规划目录"' if lang == "zh" else '"PLAN_DIR"'
    setup = f"from hjforecast import *; from hjforecast.evidence import *; from hjforecast.plots_evidence import *; plan = load_plan({place})"
    if lang == "zh":
        return [
            "每幅图、每张表下都有一行“复现”。在 Python 中先运行下面一行，再运行“复现”后面的代码，即可得到同样的图表：",
            setup,
        ]
    return [
        "Under every figure and table stands a line 'To reproduce'. In Python, run the line below and then the code of that one to get the same figure or table:",
        setup,
    ]


def not_included(lang: str) -> str:
    """Return what is not published with the program."""
    if lang == "zh":
        return "注：命令中的 ../shared/data 是原始面板所在的文件夹，面板不随程序发布；数据表中的 sha256 用来核对面板是否相同。"
    return "Note: ../shared/data in the commands is the folder of the panels, which are not published with the program; the sha256 in each table tells whether a panel is the same."


def table_source(table: str, lang: str) -> str:
    """Return the source line of a figure or table drawn from a committed table."""
    if lang == "zh":
        return f"资料来源：随程序发布的 hjforecast/calibration/{table}，表中逐行写明面板及其 sha256。"
    return f"Source: hjforecast/calibration/{table}, published with the program; each row names its panel and sha256."


def reproduce(call: str, command: str, lang: str) -> str:
    """Return the line that says how to draw a figure again, and which command wrote its table."""
    if lang == "zh":
        return f"复现：{call}" + (f"；数据表由 {command} 写出。" if command else "")
    return f"To reproduce: {call}" + (f"; its table is written by {command}." if command else "")
