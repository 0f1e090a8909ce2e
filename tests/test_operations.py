"""The operations guide and the files in deploy/ agree with each other, with the program, and with what runs them."""

from __future__ import annotations

import ast
import configparser
import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
import yaml

from hjforecast.cli import main
from hjforecast.reporting.parameters import check_parameters
from tests.conftest import ROOT

GUIDE = ROOT / "docs" / "operations.md"
DEPLOY = ROOT / "deploy"
FILES = sorted(path.name for path in DEPLOY.iterdir())
PROGRAM = "/srv/hjforecast/.venv/bin/hjforecast"
INSTALLED = Path(sys.executable).with_name("hjforecast")
SCHEDULE = re.compile(r"[\d*,/-]+( [\d*,/-]+){4}")
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not here")


def deployed(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def blocks(*languages: str) -> list[str]:
    """Return the fenced blocks of the guide, in these languages or in all."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [text for language, text in found if not languages or language in languages]


def report_options(command: str) -> dict[str, Any]:
    """Return what the `hjforecast report` in a shell command asks for; fails where the program would refuse it."""
    words = shlex.split(re.split(r"\s2?>", command.split("hjforecast report ", 1)[1])[0])
    try:
        return dict(main.commands["report"].make_context("report", words).params)
    except click.ClickException as error:
        pytest.fail(f"{command}: {error.format_message()}")


def report_lines(text: str) -> Iterator[str]:
    """Yield the lines of a file that render or verify reports."""
    yield from (line for line in text.splitlines() if re.search(r"hjforecast report -", line))


@pytest.mark.parametrize("name", FILES)
def test_guide_shows_the_file_as_it_is(name: str) -> None:
    assert deployed(name) in blocks()


def test_guide_shows_nothing_but_commands_and_deployed_files() -> None:
    files = {deployed(name) for name in FILES}
    assert [text for text in blocks() if text not in files and text not in blocks("sh")] == []


@pytest.mark.parametrize("number", range(len(blocks("sh"))))
def test_shell_blocks_are_valid_shell(number: int) -> None:
    done = subprocess.run(["sh", "-n"], input=blocks("sh")[number], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_guide_lists_the_options_of_unattended_runs_as_they_are() -> None:
    rows = re.findall(r"^\| `(--?\w[\w-]*)([^`]*)` \|", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    options = {option: one for one in main.commands["report"].params for option in one.opts}
    assert len(rows) >= 12
    assert [name for name, _ in rows if name not in options] == []
    for name, value in rows:
        option = options[name]
        assert isinstance(option, click.Option)
        taken = 0 if option.is_flag else option.nargs
        assert len(value.split()) == taken, name


@pytest.fixture
def cron_line(tmp_path: Path) -> str:
    """The crontab's command, its places moved below tmp_path."""
    shutil.copytree(ROOT / "data", tmp_path / "srv" / "plan")
    (tmp_path / "log" / "hjforecast").mkdir(parents=True)
    (line,) = report_lines(deployed("crontab"))
    command = line.split(maxsplit=5)[5]
    command = command.replace(PROGRAM, f"{shlex.quote(str(INSTALLED))}").replace("/var/log", str(tmp_path / "log"))
    return re.sub(r"(?<= )/srv", str(tmp_path / "srv"), command)


def run_as_cron(command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with cron's bare environment: no terminal, no LANG, a short PATH, and what the crontab sets."""
    settings = dict(line.split("=", 1) for line in deployed("crontab").splitlines()[:-1])
    bare = {"HOME": "/nonexistent", "LOGNAME": "nobody", "PATH": "/usr/bin:/bin", **settings}
    return subprocess.run(
        ["/bin/sh", "-c", command], env=bare, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )  # fmt: skip


def log_of_cron(folder: Path) -> list[dict[str, Any]]:
    """Return the events in the log that the cron line wrote."""
    lines = (folder / "log" / "hjforecast" / "report.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_crontab_is_one_that_cron_takes() -> None:
    *settings, line = deployed("crontab").splitlines()
    assert [text for text in settings if not re.fullmatch(r"[A-Z]+=\S+", text)] == []
    assert SCHEDULE.match(line) and "%" not in line
    assert len(line) < 998  # Debian's cron cuts longer lines


def test_cron_line_runs_in_a_bare_environment(cron_line: str, tmp_path: Path) -> None:
    done = run_as_cron(cron_line.replace("hjforecast report", "hjforecast report --dry-run"))
    events = log_of_cron(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), events
    assert "trend" in [line.get("name") for line in events]
    assert events[-1]["exit_code"] == 0


def test_cron_line_passes_a_failure_on_and_keeps_chinese_whole(cron_line: str, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "srv" / "plan")
    done = run_as_cron(cron_line)
    assert done.returncode == 2
    assert done.stdout == "hjforecast report: exit code 2\n"
    *_, message, end = log_of_cron(tmp_path)
    assert "不是规划目录" in message["text"]
    assert end["exit_code"] == 2


def test_log_rotation_covers_the_log_that_cron_writes() -> None:
    pattern = deployed("hjforecast.logrotate").split()[0]
    log = re.findall(r">> (\S+)", deployed("crontab"))
    assert log and fnmatch.filter(log, pattern) == log


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(deployed(name))
    return parser


def test_service_may_write_where_the_reports_go_and_nowhere_else() -> None:
    service = unit("hjforecast.service")["Service"]
    asked = report_options(service["ExecStart"])
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"].split() == [asked["out"]]
    assert (service["Type"], service["User"]) == ("oneshot", "hjreport")


def test_service_and_cron_ask_for_the_same_reports() -> None:
    service, (line,) = unit("hjforecast.service")["Service"], report_lines(deployed("crontab"))
    assert report_options(service["ExecStart"]) == report_options(line)
    cache = re.findall(r"^MPLCONFIGDIR=.+", deployed("crontab"), flags=re.MULTILINE)
    assert cache == [word for word in service["Environment"].split() if word.startswith("MPLCONFIGDIR")]
    assert cache == [f"MPLCONFIGDIR=/var/cache/{service['CacheDirectory']}"]


def test_service_tells_of_its_failure() -> None:
    told = unit("hjforecast.service")["Unit"]["OnFailure"].replace("%p", "hjforecast")
    template, _, instance = told.removesuffix(".service").partition("@")
    assert (DEPLOY / f"{template}@.service").is_file()
    assert instance == "hjforecast"


@needs_systemd
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    names = [name for name in FILES if name.endswith((".service", ".timer"))]
    assert len(names) == 3
    for name in names:
        (tmp_path / name).write_text(deployed(name).replace(PROGRAM, "/bin/true"), encoding="utf-8")
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", *(str(tmp_path / name) for name in names)],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "hjforecast" in line]  # not of units the machine has
    assert (done.returncode, ours) == (0, [])


@needs_systemd
def test_systemd_accepts_the_calendars() -> None:
    named = re.findall(r"systemd-analyze calendar '([^']+)'", GUIDE.read_text(encoding="utf-8"))
    calendar = unit("hjforecast.timer")["Timer"]["OnCalendar"]
    assert named == [calendar]
    done = subprocess.run([str(ANALYZE), "calendar", calendar], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Operator:
    """Stands for an Airflow operator: keeps its arguments and what follows it."""

    made: list[Operator]

    def __init__(self, **arguments: Any) -> None:
        self.arguments, self.followers = arguments, list[Operator]()
        self.made.append(self)

    def __rshift__(self, others: list[Operator]) -> list[Operator]:
        self.followers += others
        return others


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Operator]:
    """The tasks of the DAG, from a run of its file with Airflow's names stood in for."""

    class Dag:
        def __init__(self, **arguments: Any) -> None:
            assert SCHEDULE.fullmatch(arguments["schedule"]) and arguments["start_date"].tzinfo

        def __enter__(self) -> Dag:
            return self

        def __exit__(self, *error: object) -> None:
            return None

    made: list[Operator] = []
    names = {
        "airflow.sdk": {"DAG": Dag},
        "airflow.providers.standard.operators.bash": {
            "BashOperator": type("BashOperator", (Operator,), {"made": made})
        },
        "airflow.providers.papermill.operators.papermill": {
            "PapermillOperator": type("PapermillOperator", (Operator,), {"made": made})
        },
    }
    for name, content in names.items():
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            monkeypatch.setitem(sys.modules, ".".join(parts[:end]), ModuleType(parts[end - 1]))
        vars(sys.modules[name]).update(content)
    exec(compile(deployed("airflow_dag.py"), "airflow_dag.py", "exec"), {"__name__": "dag"})
    return {one.arguments["task_id"]: one for one in made}


def test_dag_runs_real_notebooks_with_parameters_that_they_take(tasks: dict[str, Operator]) -> None:
    papermill = [one.arguments for one in tasks.values() if type(one).__name__ == "PapermillOperator"]
    known = {"task_id", "input_nb", "output_nb", "parameters", "kernel_name"}
    assert len(papermill) == 2
    for arguments in papermill:
        assert arguments.keys() <= known
        check_parameters(ROOT / Path(arguments["input_nb"]).relative_to("/srv/hjforecast"), arguments["parameters"])
        assert (ROOT / "data" / "scenarios" / f"{arguments['parameters']['scenario']}.toml").is_file()
    assert len({arguments["output_nb"] for arguments in papermill}) == 2


def test_dag_checks_the_plan_before_all_else(tasks: dict[str, Operator]) -> None:
    others = [one for name, one in tasks.items() if name != "check"]
    assert tasks["check"].arguments["bash_command"] == f"{PROGRAM} check /srv/plan"
    assert set(map(id, tasks["check"].followers)) == set(map(id, others))
    assert report_options(tasks["publish"].arguments["bash_command"])["out"] == "/srv/reports"


def test_workflow_is_yaml_that_installs_and_renders() -> None:
    workflow = yaml.safe_load(deployed("github-actions.yml"))
    triggers = workflow[True]  # YAML 1.1 reads the key `on` as a truth value
    assert all(SCHEDULE.fullmatch(one["cron"]) for one in triggers["schedule"])
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["report"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    rendered = [report_options(line)["out"] for line in commands if line.startswith("hjforecast")]
    (upload,) = [step for step in steps if "upload-artifact" in step.get("uses", "")]
    assert set(rendered) == {upload["with"]["path"]}
    assert (ROOT / re.findall(r"--constraint (\S+)", commands[0])[0]).is_file()


def test_extras_named_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = re.findall(r"\.\[([\w,]+)\]", GUIDE.read_text(encoding="utf-8"))
    assert named and {extra for words in named for extra in words.split(",")} <= extras.keys()


def test_jupyter_scheduler_job_gives_values_as_python_source() -> None:
    """jupyter-scheduler pastes `name = value` into the notebook: text needs its own quotes."""
    job = json.loads(deployed("jupyter_scheduler_job.json"))
    values = {name: ast.literal_eval(source) for name, source in job["parameters"].items()}
    check_parameters(ROOT / "notebooks" / job["input_uri"], values)
    assert SCHEDULE.fullmatch(job["schedule"])


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (1, 1)])
def test_watching_commands_tell_the_last_run(code: int, ends: int, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"run": {"exit_code": code}}), encoding="utf-8")
    (watch,) = [text for text in blocks("sh") if "manifest.json" in text]
    exit_code, fresh, _ = watch.replace("/srv/reports", str(tmp_path)).splitlines()
    assert subprocess.run(["sh", "-c", exit_code], check=False).returncode == ends
    assert subprocess.run(["sh", "-c", fresh], check=False).returncode == 0
    os.utime(tmp_path / "manifest.json", (0, 0))
    assert subprocess.run(["sh", "-c", fresh], check=False).returncode == 1


def test_command_that_finds_the_notebooks_does(tmp_path: Path) -> None:
    (line,) = [text for text in blocks("sh") if "builtin_notebook_dir" in text]
    command = re.sub(r"^python", shlex.quote(sys.executable), line)
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (Path(done.stdout.strip()) / "scenario_report.ipynb").is_file()
