"""Shared fixtures: the built-in plan, and small plan directories that a test can spoil."""

from __future__ import annotations

import os

# Before numpy loads: many small matrices on few cores run slower with several threads than with one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import shutil
from pathlib import Path

import pytest

from hjforecast import Plan, Projection, load_plan, project

ROOT = Path(__file__).parents[1]
SCENARIOS = ("delivery", "high", "industry", "low", "plan", "shock", "trend")


@pytest.fixture(scope="session")
def plan() -> Plan:
    return load_plan()


@pytest.fixture(scope="session")
def projections(plan: Plan) -> dict[str, Projection]:
    return {name: project(plan, name) for name in SCENARIOS}


@pytest.fixture
def plan_dir(tmp_path: Path) -> Path:
    """A writable copy of the built-in plan directory."""
    return Path(shutil.copytree(ROOT / "data", tmp_path / "plan"))
