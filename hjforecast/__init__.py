"""Run, question and track a Chinese county's five-year plan.

    >>> from hjforecast import load_plan, project
    >>> plan = load_plan()
    >>> project(plan, "plan").value("gdp", 2025)  # doctest: +SKIP

Names are loaded when first used, so that `import hjforecast` costs next to nothing.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
"""Type checkers take this as true; importing `typing` would double the start-up time."""

if TYPE_CHECKING:
    from hjforecast.audit import audit
    from hjforecast.backtest import backtest
    from hjforecast.comparison import compare
    from hjforecast.conditioning import condition
    from hjforecast.delivery import delivery
    from hjforecast.errors import HjforecastError, InputError
    from hjforecast.evaluate import evaluate
    from hjforecast.explain import explain
    from hjforecast.explanation import Explanation
    from hjforecast.loading import load_plan
    from hjforecast.model import project
    from hjforecast.odds import odds
    from hjforecast.plan import Plan
    from hjforecast.projection import Projection
    from hjforecast.scenario import Scenario
    from hjforecast.sensitivity import required, sensitivity

__version__ = "0.1.0"

_HOME = {
    "Explanation": "explanation",
    "HjforecastError": "errors",
    "InputError": "errors",
    "Plan": "plan",
    "Projection": "projection",
    "Scenario": "scenario",
    "audit": "audit",
    "backtest": "backtest",
    "compare": "comparison",
    "condition": "conditioning",
    "delivery": "delivery",
    "evaluate": "evaluate",
    "explain": "explain",
    "load_plan": "loading",
    "odds": "odds",
    "project": "model",
    "required": "sensitivity",
    "sensitivity": "sensitivity",
}

__all__ = [
    "Explanation",
    "HjforecastError",
    "InputError",
    "Plan",
    "Projection",
    "Scenario",
    "audit",
    "backtest",
    "compare",
    "condition",
    "delivery",
    "evaluate",
    "explain",
    "load_plan",
    "odds",
    "project",
    "required",
    "sensitivity",
]


_Module = type(sys)


class _Package(_Module):  # type: ignore[misc, valid-type]
    """Keeps `hjforecast.audit` the function: importing the module of that name would put the module there."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, _Module)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _HOME:
        value = getattr(import_module(f"hjforecast.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hjforecast' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
