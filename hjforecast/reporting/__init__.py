"""Render notebooks as reports: whole files only, nothing twice, a manifest and an index over all."""

from __future__ import annotations

from hjforecast.reporting.runner import default_jobs, run_reports

__all__ = ["default_jobs", "run_reports"]
