"""The indicator catalogue: what an indicator is, and the words its columns may hold."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BINDINGS",
    "CHAIN_CATEGORIES",
    "COMPARATORS",
    "IDENTITIES",
    "KINDS",
    "MEASURES",
    "PRICE_BASES",
    "RULES",
    "STATUSES",
    "Indicator",
]

KINDS = ("level", "share", "growth", "index", "count")
PRICE_BASES = ("current", "constant", "none")
STATUSES = ("reported", "derived", "assumed")
COMPARATORS = ("=", ">=", "<=", ">", "~")
BINDINGS = ("约束性", "预期性")
MEASURES = ("level", "growth", "planned_growth")
RULES = ("growth", "target", "urgd", "elastic", "share_of", "pipeline", "identity")

IDENTITIES = {
    "compound": 2,
    "difference": 2,
    "mix": 3,
    "quotient_growth": 2,
    "ratio": 2,
    "sum": 0,
}
"""Identity forms and how many members each takes (0: two or more)."""

CHAIN_CATEGORIES = ("industry", "value_chain")
"""Categories whose members get an assumed base where the plan prints none."""


@dataclass(frozen=True)
class Indicator:
    """One row of `indicators.csv`.

    `rule` with `driver` is the default path. For an identity the driver's first word is its form, the rest
    its members: `ratio manufacturing_va gdp`.
    """

    id: str
    name_zh: str
    name_en: str
    category: str
    unit: str
    kind: str
    price_basis: str
    better: str
    parent: str
    decimals: int
    rule: str
    driver: str

    @property
    def link(self) -> str:
        """The space in which it moves: log for levels and counts, logit for shares, identity otherwise."""
        return {"level": "log", "count": "log", "share": "logit"}.get(self.kind, "identity")

    @property
    def scale(self) -> float:
        """Outside value / inside value: 100 for shares and growth (per cent against fraction), else 1."""
        return 100.0 if self.kind in ("share", "growth") else 1.0

    @property
    def form(self) -> str:
        """The form of an identity (`ratio`, `sum`, ...), or an empty string."""
        return self.driver.split(" ")[0] if self.rule == "identity" else ""

    @property
    def members(self) -> tuple[str, ...]:
        """The indicators that this one's default path is computed from."""
        words = tuple(self.driver.split())
        return words[1:] if self.rule == "identity" else words

    @property
    def is_chain(self) -> bool:
        """Whether it is an industry or value chain's own output (not a total of chains)."""
        return self.category in CHAIN_CATEGORIES and self.rule != "identity"

    def name(self, lang: str = "zh") -> str:
        """Return its name in Chinese (`zh`) or English (`en`)."""
        return self.name_zh if lang == "zh" else self.name_en
