"""audit(): a plan against itself (规划指标一致性审查), one row a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from hjforecast import audit_consistency, audit_growth, audit_targets
from hjforecast.audit_rules import Finding, rules, span
from hjforecast.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHECKS", "COLUMNS", "SEVERITIES", "audit", "findings", "rule_title"]

SEVERITIES = ("error", "warning", "note")
COLUMNS = (
    "rule", "severity", "indicators", "year", "expected", "observed", "tolerance", "message_zh", "message_en", "source",
)  # fmt: skip

CHECKS: Mapping[str, Callable[[Plan], Iterator[Finding]]] = MappingProxyType(
    {
        "level_vs_growth": audit_growth.level_vs_growth,
        "stated_start": audit_growth.stated_start,
        "cumulative_vs_levels": audit_growth.cumulative_vs_levels,
        "base_recovered_twice": audit_growth.base_recovered_twice,
        "completion": audit_growth.completion,
        "identity_vs_members": audit_consistency.identity_vs_members,
        "baseline_vs_identity": audit_consistency.baseline_vs_identity,
        "parts_vs_whole": audit_consistency.parts_vs_whole,
        "aggregate_vs_parts": audit_targets.aggregate_vs_parts,
        "stated_twice": audit_consistency.stated_twice,
        "targets_disagree": audit_consistency.targets_disagree,
        "target_behind_base": audit_targets.target_behind_base,
        "too_bold": audit_targets.too_bold,
        "too_easy": audit_targets.too_easy,
        "unit_or_sign": audit_targets.unit_or_sign,
        "binding_without_base": audit_targets.binding_without_base,
    }
)
"""One check a rule; its keys are the rules of `audit_rules.toml`."""


def findings(plan: Plan) -> list[Finding]:
    """Return everything the rules find: errors, warnings, notes, each in the order of the plan's indicators."""
    position = {name: index for index, name in enumerate(plan.indicators)}
    found = [finding for check in CHECKS.values() for finding in check(plan)]
    return sorted(found, key=lambda one: (SEVERITIES.index(one.message.severity), position[one.indicators[0]]))


def audit(plan: Plan) -> pd.DataFrame:
    """Return one row a finding: rule, severity, indicators, year, expected, observed, tolerance, messages, source.

    `indicators` are ids joined by `;`, the one at fault first. `expected` and `observed` are in its unit, or per cent
    where the rule compares growth; `tolerance` is the interval, from the printed decimals, that would have been
    silent. A plan without contradictions gives an empty frame with these columns.
    """
    import pandas as pd

    frame = pd.DataFrame([_row(one) for one in findings(plan)], columns=list(COLUMNS))
    return frame.astype({"expected": float, "observed": float, "year": int})


def _row(one: Finding) -> tuple[object, ...]:
    severity, shown = one.message.severity, span(*one.tolerance) if one.tolerance else ""
    tolerance = shown if isinstance(shown, str) else shown[1]
    return (
        one.rule, severity, ";".join(one.indicators), one.year, one.expected, one.observed, tolerance,
        one.text("zh"), one.text("en"), one.source,
    )  # fmt: skip


def rule_title(rule: str, lang: str = "zh") -> str:
    """Return a rule's title in Chinese (`zh`) or English (`en`)."""
    return rules()[rule].title(lang)
