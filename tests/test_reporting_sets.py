"""Any set of notebooks, scenarios, plans and languages: what is rendered, under which name, with which parameters."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hjforecast import fonts
from hjforecast.cli_output import width
from hjforecast.errors import InputError
from hjforecast.reporting import request, runner
from hjforecast.reporting.verify import verify
from tests.test_reporting_helpers import World, fake_renderer, notebook

OWN = 'scenario: str = "plan"\nlang: str = "zh"\nyears: int = 5\nrate: float = 1.5\nshow: bool = True\nnote: str = ""\n'


@pytest.fixture
def world(tmp_path: Path, monkeypatch) -> World:
    monkeypatch.setattr(fonts, "css_font_face", lambda text: "")
    return World(tmp_path)


@pytest.fixture
def told(monkeypatch) -> list:
    tasks: list = []
    monkeypatch.setattr(runner, "render_all", fake_renderer([], told=tasks))
    return tasks


def own(folder: Path, parameters: str = OWN, name: str = "我的 报告.ipynb", heading: str = "# <b>题目</b>") -> str:
    """Write a notebook of the user's own with a heading; return its path."""
    content = json.loads(notebook(parameters, "1"))
    content["cells"].insert(0, {"cell_type": "markdown", "id": "m", "metadata": {}, "source": heading})
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def names(told: list) -> list[str]:
    return [task.name for task in told]


# notebooks and parameters


def test_own_notebook_is_given_what_it_declares_and_nothing_else(world, told, tmp_path):
    path = own(tmp_path, "lang: str = 'zh'\nyears: int = 5\n")
    assert world.run(notebooks=[path], parameters=[("years", "7")]) == 0
    assert [(task.name, dict(task.parameters)) for task in told] == [("我的_报告", {"lang": "zh", "years": 7})]
    row = world.manifest()["reports"]["我的_报告"]
    assert (row["group"], row["title"]) == ("own", "<b>题目</b>")
    assert "&lt;b&gt;题目&lt;/b&gt;" in world.html("index")


def test_notebook_that_is_named_twice_is_rendered_once(world, told, tmp_path, monkeypatch):
    path = own(tmp_path, name="my.ipynb")
    monkeypatch.chdir(tmp_path)
    assert world.run(notebooks=[path, "my.ipynb"]) == 0
    assert names(told) == ["my"]


def test_scenario_that_is_named_twice_is_one(world, told):
    assert world.run("trend", "trend") == 0
    assert names(told) == ["trend"]


def test_unknown_baseline_is_refused_before_anything_is_rendered(world, told):
    with pytest.raises(InputError, match="did you mean 'trend'"):
        world.run("plan", parameters=[("baseline", "trnd")])
    assert not told


@pytest.mark.parametrize("given", [{"draws": 10**7}, {"timeout": 1e300}, {"timeout": float("nan")}])
def test_number_beyond_its_limit_is_refused(world, told, given):
    with pytest.raises(InputError, match="0 or more and at most 1000000"):
        world.run(**given)
    assert not told


def test_folder_that_is_no_text_or_leads_nowhere_is_refused(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(InputError, match="lead to each other"):
        request.absolute("--out", str(tmp_path / "a"))
    with pytest.raises(InputError, match="not UTF-8"):
        request.absolute("--out", "folder\udcff")


def test_own_notebook_is_rendered_once_a_named_scenario_and_a_language(world, told, tmp_path):
    assert world.run("trend", "plan", notebooks=[own(tmp_path, name="my.ipynb")], lang=("zh", "en")) == 0
    assert names(told) == ["my-trend", "my-plan", "my-trend.en", "my-plan.en"]
    assert [task.parameters["scenario"] for task in told] == ["trend", "plan"] * 2
    told.clear()
    world.run(notebooks=[own(tmp_path, "years: int = 5", name="bare.ipynb")], lang=("zh", "en"))
    assert names(told) == ["bare"]


def test_notebooks_that_we_ship_go_by_name(world, told):
    world.run("trend", notebooks=["plan_audit", "scenario_report.ipynb"])
    assert names(told) == ["trend", "audit"]
    told.clear()
    world.run("plan", "trend", notebooks=["scenario_comparison"], parameters=[("baseline", "plan")])
    assert [(task.name, task.parameters["baseline"]) for task in told] == [("comparison", "plan")]


def test_midterm_evaluation_of_a_file_follows_its_content(world, told, tmp_path, monkeypatch):
    (world.notebooks / "midterm_evaluation.ipynb").write_text(
        notebook('plan_dir: str = ""\nactuals: str = ""\nlang: str = "zh"\ndraws: int = 0\nseed: int = 0\n'), encoding="utf-8"
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("figures.csv").write_text("1")
    options = {"notebooks": ["midterm_evaluation"], "parameters": [("actuals", "figures.csv")]}
    world.run(**options)
    assert told[0].parameters["actuals"] == str(tmp_path / "figures.csv")
    told.clear()
    world.run(**options)
    assert told == []
    Path("figures.csv").write_text("2")
    world.run(**options)
    assert names(told) == ["midterm"]
    assert world.manifest()["reports"]["midterm"]["reason"] == "数据文件figures.csv有变化"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("yeers", "7"), "did you mean 'years'?"),
        (("years", "7.5"), "must be a whole number"),
        (("years", "__import__('os')"), "must be a whole number"),
        (("rate", "nan"), "must be a number"),
        (("show", "yes"), "must be true or false"),
        (("listed", "[1]"), "only str, int, float and bool"),
        (("lang", "en"), "give it by --lang"),
        (("scenario", "plan"), "give it by SCENARIO"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_is_made(world, told, tmp_path, given, said):
    with pytest.raises(InputError) as caught:
        world.run(notebooks=[own(tmp_path, OWN + "listed: list[int] = []\n")], parameters=[given])
    assert said in str(caught.value)
    assert told == []
    assert not world.out.exists()


@pytest.mark.parametrize("name", ["audit.ipynb", "plan.ipynb", "INDEX.ipynb", "x.en.ipynb", "---.ipynb"])
def test_own_notebook_cannot_take_the_place_of_another_report(world, told, tmp_path, name):
    with pytest.raises(InputError, match="rename the notebook"):
        world.run(notebooks=[own(tmp_path, name=name)])


def test_two_notebooks_of_one_name_a_missing_one_and_scenarios_that_none_takes_are_refused(world, told, tmp_path):
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
    pair = [own(tmp_path / place, name="x.ipynb") for place in ("a", "b")]
    with pytest.raises(InputError, match="two reports would have this name"):
        world.run(notebooks=pair)
    with pytest.raises(InputError, match="did you mean 'plan_audit'"):
        world.run(notebooks=["plan_audt"])
    with pytest.raises(InputError, match="no scenario can be named"):
        world.run("trend", notebooks=["plan_audit"])
    assert told == []


# several plans


@pytest.fixture
def plans(world, tmp_path) -> list[str]:
    second = shutil.copytree(world.plan, tmp_path / "乙县 <x>")
    (second / "scenarios" / "plan.toml").unlink()
    return [str(world.plan), str(second)]


def test_each_plan_has_a_folder_of_its_own_and_a_page_over_all(world, told, plans):
    assert world.run(plan_dir=plans, lang=("zh", "en"), formats=("html", "docx")) == 0
    assert {name.split("/")[0] for name in names(told)} == {"规划", "乙县 <x>"}
    assert (world.out / "乙县 <x>" / "trend.docx").is_file()
    top = world.html("index")
    assert 'href="%E4%B9%99%E5%8E%BF%20%3Cx%3E/index.html"' in top
    assert 'href="%E4%B9%99%E5%8E%BF%20%3Cx%3E/index.en.html"' in world.html("index.en")
    assert world.manifest()["run"]["counts"] == {"ok": 14, "unchanged": 0, "failed": 0}
    assert verify(world.out) == []
    (world.out / "乙县 <x>" / "trend.docx").unlink()
    assert [line.partition("：")[0] for line in verify(world.out)] == ["乙县 <x>/trend.docx"]


def test_a_run_over_some_plans_keeps_the_others_listed(world, told, plans, tmp_path):
    world.run(plan_dir=plans)
    third = shutil.copytree(world.plan, tmp_path / "丙县")
    told.clear()
    world.run(plan_dir=[plans[0], str(third)])
    assert {name.split("/")[0] for name in names(told)} == {"丙县"}
    assert list(world.manifest()["folders"]) == sorted(["规划", "乙县 <x>", "丙县"])


def test_plans_that_would_share_a_folder_and_one_plans_folder_are_refused(world, told, plans, tmp_path):
    (tmp_path / "x").mkdir()
    twin = shutil.copytree(world.plan, tmp_path / "x" / world.plan.name)
    with pytest.raises(InputError, match="two plan directories have this name"):
        world.run(plan_dir=[str(world.plan), str(twin)])
    assert not world.out.exists()
    world.run()
    with pytest.raises(InputError, match="not made by hjforecast, or is damaged; move it or give another --out"):
        world.run(plan_dir=plans)


def test_problems_of_several_plans_are_told_together_with_their_plan(world, told, plans):
    with pytest.raises(InputError) as caught:
        world.run("plann", plan_dir=plans)
    text = str(caught.value)
    assert len(caught.value.problems) == 2
    assert "1. 规划/" in text
    assert "2. 乙县 <x>/" in text
    assert told == []


# what would be done, and usage


def test_dry_run_tells_what_and_why_and_writes_nothing(world, told, capsys):
    assert world.run(dry_run=True) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["plan", "生成", "新报告"]
    assert not world.out.exists()
    world.run(formats=("html", "pdf"))
    with (world.plan / "targets.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    (world.out / "plan.pdf").unlink()
    state = {path: path.stat().st_mtime_ns for path in world.out.rglob("*")}
    told.clear()
    capsys.readouterr()
    assert world.run("plan", "trend", seed=9, dry_run=True, formats=("html", "docx")) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (
        lines["plan"] == "生成    规划文件targets.csv有变化；参数seed有变化；输出文件plan.pdf被改动或缺失；缺少格式docx"
    )
    assert told == []
    assert {path: path.stat().st_mtime_ns for path in world.out.rglob("*")} == state


def test_reasons_are_those_of_the_log_and_the_manifest(world, told, capsys):
    world.run("plan")
    capsys.readouterr()
    world.run("plan", lang="en", draws=3)
    world.run("plan", lang="en", draws=4, force=True)
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.endswith("(forced; parameters changed: draws)")
    assert world.manifest()["reports"]["plan.en"]["reason"] == "forced; parameters changed: draws"


def test_a_format_without_its_library_tells_what_to_install(world, told, monkeypatch):
    monkeypatch.setattr(request, "missing_libraries", lambda kinds: ["typst"] if "pdf" in kinds else [])
    with pytest.raises(InputError) as caught:
        world.run(formats=("html", "pdf"))
    assert "run: pip install 'hjforecast[publish]'" in str(caught.value)
    assert not world.out.exists()


def test_tasks_have_the_time_limit_and_the_engine(world, told):
    world.run("plan", timeout=2.5, engine="plain")
    assert [(task.timeout, task.engine) for task in told] == [(2.5, "plain")]


@pytest.mark.parametrize(
    ("options", "said"),
    [({"timeout": -1.0}, "--timeout"), ({"timeout": float("nan")}, "--timeout"), ({"keep": -1}, "--keep"),
     ({"engine": "cold"}, "allowed: warm"), ({"lang": ("zh", "fr")}, "allowed: zh")],
)  # fmt: skip
def test_wrong_options_are_refused(world, told, options, said):
    with pytest.raises(InputError, match=said):
        world.run(**options)


def test_what_a_killed_first_run_left_is_ours(world, told, monkeypatch):
    """Killed between publishing a Word file, which bears no mark, and recording it."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("hjforecast.reporting.recording.output_record", killed)
        # As kill -9 would: nothing is put back, nothing is written at the end.
        patch.setattr(runner, "_finish", killed)
        with pytest.raises(KeyboardInterrupt):
            world.run("plan", formats=("docx",))
    assert (world.out / "plan.docx").is_file()
    assert world.run("plan", formats=("docx",)) == 0
    assert world.manifest()["unfinished"] == []
    assert not (world.out / "edited").exists()
    assert verify(world.out) == []


def test_dry_run_lines_up(world, capsys):
    assert world.run(dry_run=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 2
    assert len({width(line.partition("生成")[0]) for line in lines}) == 1
    assert all(line.partition("生成")[0].endswith("  ") for line in lines)
