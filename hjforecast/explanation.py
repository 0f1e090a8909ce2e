"""What is known of one indicator under one scenario, as data, as sentences and as a page for a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hjforecast.display import sections_html
from hjforecast.explain_step import Number, Step
from hjforecast.indicators import Indicator
from hjforecast.scenario import Scenario, Setting
from hjforecast.unit_names import unit_name

__all__ = ["Explanation", "Record"]

Record = Mapping[str, Any]

_STATUS = {
    "reported": ("公布", "reported"),
    "derived": ("推算", "derived"),
    "assumed": ("假定", "assumed"),
    "projected": ("测算", "projected"),
    "projected_from_assumed": ("由假定测算", "projected from an assumed figure"),
    "unavailable": ("无法测算", "unavailable"),
    "scenario": ("情景设定", "set by the scenario"),
}
_RULES = {
    "growth": ("按自身增速", "own growth"),
    "target": ("走向目标", "to its target"),
    "urgd": ("城乡增长差法", "urban-rural growth difference"),
    "elastic": ("弹性", "elasticity"),
    "share_of": ("占比", "share of a whole"),
    "pipeline": ("项目储备", "project pipeline"),
    "identity": ("恒等式", "identity"),
    "chain_base": ("基期", "base"),
    "shock": ("冲击", "shock"),
    "filled": ("补足空缺", "gap filled"),
}
_SEVERITY = {"error": ("错误", "error"), "warning": ("警示", "warning"), "note": ("提示", "note")}
_SPREADS = {
    "log": ("标准差向前 1 年约 {}，5 年约 {}", "standard deviation about {} one year ahead, {} five years ahead"),
    "logit": ("logit 的标准差向前 1 年 {}，5 年 {}", "standard deviation of the logit {} one year ahead, {} five"),
    "identity": (
        "累计水平的标准差向前 1 年约 {}，5 年约 {}",
        "standard deviation of the accumulated level about {} one year ahead, {} five years ahead",
    ),
}
_MEASURES = {"level": ("水平", "level"), "growth": ("年均增速", "average growth"), "change": ("累计", "cumulative")}
_SIGNS = {"=": "", ">=": "≥", "<=": "≤", ">": ">", "~": "≈"}


@dataclass(frozen=True)
class Explanation:
    """One indicator under one scenario: where its numbers come from, what moves it, and how sure they are.

    Every record is a mapping with fixed keys. `values` are the scenario's figures of the base, target and outlook year;
    `figures` the plan's observations, `used` where the run takes it; `targets` this plan's (with odds) and the last
    one's; `steps` the rule by span of years; `depends_on` and `moves` other indicators, nearest first; `levers` those
    that move it; `errors` the past errors behind its band, empty where there are none; `findings` of the audit.
    """

    indicator: Indicator
    scenario: Scenario
    values: tuple[Record, ...]
    figures: tuple[Record, ...]
    targets: tuple[Record, ...]
    steps: tuple[Step, ...]
    depends_on: tuple[Record, ...]
    moves: tuple[Record, ...]
    levers: tuple[Record, ...]
    errors: tuple[Record, ...]
    findings: tuple[Record, ...]
    lang: str = "zh"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain mappings and lists, ready for JSON."""
        lists = ("values", "figures", "targets", "depends_on", "moves", "levers", "errors", "findings")
        steps = [{**vars(step), "numbers": [vars(number) for number in step.numbers]} for step in self.steps]
        return {
            "indicator": vars(self.indicator),
            "scenario": self.scenario.id,
            "steps": steps,
            **{name: [dict(record) for record in getattr(self, name)] for name in lists},
        }

    def text(self, lang: str | None = None) -> str:
        """Return it as text in Chinese (`zh`) or English (`en`), its own language by default."""
        parts = [self.title(lang)]
        parts += [f"\n{name}\n" + "\n".join(f"  {line}" for line in lines) for name, lines in self.sections(lang)]
        return "\n".join(parts) + "\n"

    def title(self, lang: str | None = None) -> str:
        """Return one line: id, name, unit and scenario."""
        word, item = lang or self.lang, self.indicator
        if word == "zh":
            return f"{item.id} {item.name_zh}（{item.unit or '无单位'}）· 情景：{self.scenario.title(word)}"
        return f"{item.id}: {item.name_en} ({unit_name(item.unit, word) or 'no unit'}), scenario {self.scenario.title(word)}"

    def sections(self, lang: str | None = None) -> list[tuple[str, list[str]]]:
        """Return headings with their lines; an empty section says so."""
        zh = (lang or self.lang) == "zh"
        words = _Words(self, "zh" if zh else "en")
        parts = (
            ("本情景数值", "Figures of this scenario", words.values(), "无法测算。", "unavailable."),
            ("数字来源", "Where its numbers come from", words.figures(), "规划没有列出数值。", "no figure in the plan."),
            ("目标与概率", "Targets and odds", words.targets(), "没有目标。", "no target."),
            ("测算规则", "Rule that moves it", words.steps(), "没有要测算的年份。", "no year is left to compute."),
            ("依据的指标", "It depends on", words.linked(self.depends_on), "无。", "nothing."),
            ("影响的指标", "It moves", words.linked(self.moves), "无。", "nothing."),
            ("能改变它的杠杆", "Levers that move it", words.levers(), "没有。", "none."),
            ("以往误差", "Past errors", words.errors(), "没有可依据的历史误差，不给区间和概率。",
             "none are known, so it has neither band nor odds."),
            ("审查意见", "Audit findings", words.findings(), "没有。", "none."),
        )  # fmt: skip
        return [
            (name if zh else name_en, list(lines) or [none if zh else none_en])
            for name, name_en, lines, none, none_en in parts
        ]

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return sections_html(self.title(), self.sections())


class _Words:
    """The sentences of an explanation in one language."""

    def __init__(self, told: Explanation, lang: str) -> None:
        self._told, self._lang = told, lang

    def _pick(self, pair: tuple[str, str]) -> str:
        return pair[self._lang != "zh"]

    def _note(self, *parts: str) -> str:
        """Return what is known as a note in brackets."""
        kept = [part for part in parts if part]
        return (f"（{'；'.join(kept)}）" if self._lang == "zh" else f" ({'; '.join(kept)})") if kept else ""

    def _amount(self, value: float | None, unit: str, decimals: int | None = None) -> str:
        if value is None:
            return "–"
        number = f"{value + 0.0:.6g}" if decimals is None else f"{value + 0.0:.{decimals}f}"
        name = unit_name(unit, self._lang)
        return f"{number} ({name})" if name[:1].isdigit() else f"{number} {name}".strip()

    def _own(self, value: float | None) -> str:
        return self._amount(value, self._told.indicator.unit, self._told.indicator.decimals)

    def values(self) -> Iterator[str]:
        """Yield a line for each year's figure as it is used."""
        for one in self._told.values:
            if one["value"] is not None:
                yield f"{one['year']} {self._own(one['value'])}{self._note(self._pick(_STATUS[one['status']]))}"

    def figures(self) -> Iterator[str]:
        """Yield a line for each figure that the plan directory holds, used or not."""
        unused, revision = self._pick(("未采用", "not used")), self._pick(("修订数", "revision"))
        for one in self._told.figures:
            amount = self._amount(one["value"], self._told.indicator.unit)
            marks = [revision if one["vintage"] == "revision" else unused] if not one["used"] else []
            yield f"{one['year']} {amount}{self._note(self._pick(_STATUS[one['status']]), one['source'], one['note'], *marks)}"

    def targets(self) -> Iterator[str]:
        """Yield a line for each target, with its odds where they are known."""
        for one in self._told.targets:
            period = f"{one['base_year']}–{one['target_year']}"
            if one["measure"] == "words":
                yield f"{one['plan']} {period} {one['note']}{self._note(one['source'])}"
                continue
            wanted = f"{self._pick(_MEASURES[one['measure']])} {_SIGNS[one['comparator']]}{self._amount(one['target'], one['unit'])}"
            yield f"{one['plan']} {period} {wanted}{self._note(self._binding(one['binding']), one['source'])}{self._chance(one)}"

    def _binding(self, word: str) -> str:
        return word if self._lang == "zh" else {"约束性": "binding", "预期性": "expected"}.get(word, word)

    def _chance(self, one: Record) -> str:
        if "central" not in one or one["central"] is None:
            return ""
        colon, comma = ("：", "，") if self._lang == "zh" else (": ", ", ")
        central = (
            self._pick(("测算", "projected")) + " " + self._amount(one["central"], one["unit"], self._decimals(one))
        )
        if one["probability"] is None:
            return colon + central
        chance = self._pick(("实现概率", "odds")) + f" {100.0 * one['probability']:.0f}%"
        supposed = self._pick(("本情景以目标为前提", "the scenario supposes the target"))
        return colon + central + comma + chance + (self._note(supposed) if one["supposed"] else "")

    def _decimals(self, one: Record) -> int:
        return 2 if one["measure"] == "growth" else max(self._told.indicator.decimals, 1)

    def steps(self) -> Iterator[str]:
        """Yield each step of the calculation: what it does, its equation, its numbers."""
        for step in self._told.steps:
            span = f"{step.first}–{step.last}" if step.first != step.last else str(step.first)
            rule = self._pick(_RULES[step.rule]) if step.rule in _RULES else self._pick(("杠杆", "lever"))
            yield f"{span} {rule}{'：' if self._lang == 'zh' else ': '}{step.words(self._lang)}"
            yield f"    {step.equation}"
            yield from (f"    {self._number(number)}" for number in step.numbers)

    def _number(self, one: Number) -> str:
        amount = self._amount(one.value, one.unit)
        status, source = self._pick(_STATUS[one.status]), one.source(self._lang)
        return f"{one.symbol} = {amount}{self._note(status, source if source != status else '')}"

    def linked(self, records: tuple[Record, ...]) -> Iterator[str]:
        """Yield the indicators linked directly, then those linked through others."""
        near = [self._link(one) for one in records if one["direct"]]
        far = [self._link(one) for one in records if not one["direct"]]
        for word, names in ((("直接", "directly"), near), (("间接", "indirectly"), far)):
            if names:
                yield f"{self._pick(word)}{'：' if self._lang == 'zh' else ': '}{('、' if self._lang == 'zh' else ', ').join(names)}"

    def _link(self, one: Record) -> str:
        return f"{one['indicator']}{self._note(one['name_' + self._lang])}"

    def levers(self) -> Iterator[str]:
        """Yield a line for each lever that moves the indicator."""
        comma, colon = ("；", "：") if self._lang == "zh" else ("; ", ": ")
        for one in self._told.levers:
            unit = unit_name(one["unit"], self._lang)
            parts = [
                self._pick(("范围", "bounds")) + f" {one['low']:g} … {one['high']:g} {unit}".rstrip(),
                self._pick(("本情景", "here")) + " " + self._setting(one["setting"]),
            ]
            if one["effect_low"] is not None:
                ends = (
                    f"{one['at_low']:.4g} … {one['at_high']:.4g}",
                    f"{one['effect_low']:+.4g} … {one['effect_high']:+.4g}",
                )
                parts.append(
                    self._pick(("取 {}，{} 年数值变动 {}", "at {} the figure of {} moves by {}")).format(
                        ends[0], one["year"], ends[1]
                    )
                )
            yield f"{one['lever']} {one['meaning_' + self._lang]}{colon}{comma.join(parts)}"

    def _setting(self, setting: Setting | None) -> str:
        if setting is None:
            return self._pick(("未设定", "not set"))
        if isinstance(setting, tuple | list):
            return " ".join(
                f"{first}–{last}={value:g}" if first != last else f"{first}={value:g}" for first, last, value in setting
            )
        return setting if isinstance(setting, str) else f"{setting:g}"

    def errors(self) -> Iterator[str]:
        """Yield a line for each record of past errors behind the bands."""
        for one in self._told.errors:
            ahead = self._pick(("误差测到向前 {} 年", "measured {} years ahead")).format(one["horizons"])
            size = self._pick(_SPREADS[one["space"]]).format(*(self._spread(one, key) for key in ("sd_1", "sd_5")))
            note = self._note(one["source_" + self._lang], ahead)
            yield f"{one['indicator']} ← {one['class']}{note}{'：' if self._lang == 'zh' else ': '}{size}"

    @staticmethod
    def _spread(one: Record, key: str) -> str:
        return f"{one[key]:.3f}" if one["space"] == "logit" else f"{100.0 * one[key]:.1f}%"

    def findings(self) -> Iterator[str]:
        """Yield a line for each finding of the audit about the indicator."""
        for one in self._told.findings:
            yield f"{self._pick(_SEVERITY[one['severity']])} {one['rule']} {one['message_' + self._lang]}{self._note(one['source'])}"
