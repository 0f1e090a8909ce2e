"""Airflow 3: check the plan, run two scenario notebooks with the Papermill operator, publish the reports."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

PROGRAM = "/srv/hjforecast/.venv/bin/hjforecast"
NOTEBOOK = "/srv/hjforecast/notebooks/scenario_report.ipynb"
SCENARIOS = ("plan", "trend")

with DAG(
    dag_id="hjforecast_reports",
    schedule="30 6 * * 1",
    start_date=datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=1)},
):
    check = BashOperator(task_id="check", bash_command=f"{PROGRAM} check /srv/plan")
    publish = BashOperator(
        task_id="publish",
        bash_command=f"{PROGRAM} report --plan-dir /srv/plan --out /srv/reports --formats html,docx,pdf,xlsx --timeout 600",
    )
    notebooks = [
        PapermillOperator(
            task_id=f"notebook_{scenario}",
            input_nb=NOTEBOOK,
            output_nb=f"/srv/notebooks/{scenario}_{{{{ dag_run.run_after | ds_nodash }}}}.ipynb",
            parameters={"scenario": scenario, "plan_dir": "/srv/plan", "lang": "zh", "draws": 2000, "seed": 2025},
            kernel_name="hjforecast",
        )
        for scenario in SCENARIOS
    ]
    check >> [publish, *notebooks]
