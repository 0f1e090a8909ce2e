"""The dashboard: a web page for the bureau, served by Voilà. Needs the extra `hjforecast[dashboard]`."""

from __future__ import annotations

__all__: list[str] = []
