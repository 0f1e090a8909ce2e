"""The built wheel works alone: plan, notebooks and fonts are inside, and it runs from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content in a folder of its own, as pip would lay it out."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(out / "site")
    return out / "site"


def test_wheel_holds_plan_notebooks_fonts_and_licences(unpacked: Path):
    package = unpacked / "hjforecast"
    for name in ("data/plan.toml", "data/scenarios/trend.toml", "notebooks/scenario_report.ipynb", "audit_rules.toml"):
        assert (package / name).is_file(), name
    assert len(list((package / "font_files").glob("*.ttf"))) == 2
    licences = {path.name for path in unpacked.glob("*.dist-info/licenses/**/*") if path.is_file()}
    assert {"LICENSE", "OFL.txt"} <= licences


def test_wheel_renders_a_report_from_another_folder(unpacked: Path, tmp_path: Path):
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-m", "hjforecast", "report", "trend", "--out", "somewhere"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "somewhere" / "trend.html").read_text(encoding="utf-8")
    assert "惯性发展" in page
    assert "125.74" in page
    where = "import hjforecast; print(hjforecast.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert Path(found.stdout.strip()).is_relative_to(unpacked)


def test_wheel_serves_the_dashboard_from_another_folder(unpacked: Path, tmp_path: Path):
    pytest.importorskip("voila", reason="voila is not installed: pip install 'hjforecast[dashboard]'")
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-m", "hjforecast", "dashboard", "--check", "--draws", "20"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "页面可以打开" in done.stderr
