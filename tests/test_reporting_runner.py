"""What is rendered and when, what is kept, what is recorded: with a renderer that starts no kernel."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
from pathlib import Path

import pytest

from hjforecast import fonts
from hjforecast.errors import InputError, Problem, headline
from hjforecast.reporting import files, inputs, jobs, manifest, recording, render, runner
from tests.test_reporting_helpers import World, fake_renderer

ALL = ["plan", "trend", "comparison", "audit"]


@pytest.fixture
def world(tmp_path: Path, monkeypatch) -> World:
    # Fonts are cut for every index, which takes longer than all else here.
    monkeypatch.setattr(fonts, "css_font_face", lambda text: "")
    return World(tmp_path)


@pytest.fixture
def rendered(monkeypatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(runner, "render_all", fake_renderer(names))
    return names


def test_every_scenario_comparison_and_audit_when_none_is_named(world, rendered, capsys):
    assert world.run() == 0
    assert rendered == ALL
    streams = capsys.readouterr()
    assert streams.out == f"{world.out.resolve() / 'index.html'}\n"
    assert streams.err.splitlines()[0] == "[1/4] plan 完成，0.1 秒（新报告）"


@pytest.mark.parametrize(
    ("named", "made"), [(("trend",), ["trend"]), (("trend", "plan", "trend"), ["trend", "plan", "comparison", "audit"])]
)
def test_named_scenarios(world, rendered, named, made):
    assert world.run(*named) == 0
    assert rendered == made


def test_comparison_is_told_the_named_scenarios(world, rendered):
    world.run("trend", "plan")
    made_from = world.manifest()["reports"]["comparison"]["made_from"]
    assert made_from["parameters"] == {
        "scenarios": "trend,plan", "baseline": "trend", "plan_dir": str(world.plan), "lang": "zh", "draws": 0,
        "seed": 2025,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scenarios", "options", "said"),
    [
        (("plann",), {}, "did you mean 'plan'"),
        ((), {"formats": ("html", "docs")}, "allowed: html, docx, pdf, xlsx"),
        ((), {"formats": ()}, "allowed: html, docx, pdf, xlsx"),
        ((), {"lang": "cn"}, "allowed: zh, en"),
        ((), {"jobs": -1}, "must be a number, 0 or more"),
        ((), {"draws": -1}, "must be a number, 0 or more"),
        ((), {"seed": -1}, "must be a number, 0 or more"),
    ],
)
def test_bad_usage_is_refused_before_anything_is_made(world, rendered, scenarios, options, said):
    with pytest.raises(InputError, match=said):
        world.run(*scenarios, **options)
    assert not rendered
    assert not world.out.exists()


def test_parameter_that_a_notebook_lacks_is_refused_before_anything_is_made(world, rendered):
    path = world.notebooks / "plan_audit.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("plan_dir", "plan_folder"), encoding="utf-8")
    with pytest.raises(InputError, match=r"plan_audit\.ipynb plan_dir"):
        world.run()
    assert not rendered


@pytest.mark.parametrize("name", ["audit", "Index", "comparison", "plan.en", "a b", ".hidden"])
def test_scenario_id_cannot_overwrite_another_file(world, rendered, name):
    content = (world.plan / "scenarios" / "plan.toml").read_text(encoding="utf-8")
    changed = content.replace('id = "plan"', f'id = "{name}"')
    (world.plan / "scenarios" / f"{name}.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(InputError, match=r"file name|taken"):
        world.run()
    assert not rendered


def test_nothing_is_rendered_twice_unless_forced(world, rendered):
    world.run()
    before = world.manifest()
    rendered.clear()
    assert world.run() == 0
    assert not rendered
    after = world.manifest()
    assert after["run"]["counts"] == {"ok": 0, "unchanged": 4, "failed": 0}
    assert {row["rendered"] for row in after["reports"].values()} == {
        row["rendered"] for row in before["reports"].values()
    }
    world.run(force=True)
    assert rendered == ALL


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ("plan file", ALL),
        ("notebook", ["plan", "trend"]),
        ("seed", ["plan", "trend", "comparison"]),
        ("draws", ["plan", "trend", "comparison"]),
        ("output edited", ["plan"]),
        ("output deleted", ["plan"]),
        ("package", ALL),
        ("manifest broken", ALL),
        ("other jobs", []),
        ("plan moved", []),
    ],
)
def test_what_changed_is_rendered_again(world, rendered, monkeypatch, change, again):
    world.run()
    rendered.clear()
    options: dict[str, object] = {}
    if change == "plan file":
        with (world.plan / "context.csv").open("a", encoding="utf-8") as stream:
            stream.write("\n")
    elif change == "notebook":
        path = world.notebooks / "scenario_report.ipynb"
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    elif change in ("seed", "draws"):
        options[change] = 7
    elif change == "output edited":
        (world.out / "plan.html").write_text("edited", encoding="utf-8")
    elif change == "output deleted":
        (world.out / "plan.html").unlink()
    elif change == "package":
        monkeypatch.setattr(inputs, "package_hash", lambda: "another")
    elif change == "manifest broken":
        rows = {"plan": 5, "trend": {"outputs": {}}, "comparison": {"outputs": []}, "audit": None}
        (world.out / "manifest.json").write_text(json.dumps({"schema": 1, "reports": rows}), encoding="utf-8")
        # As the killed run's pages would: they bear our mark.
        (world.out / "trend.html").write_text('<meta name="generator" content="hjforecast">', encoding="utf-8")
    elif change == "other jobs":
        options["jobs"] = 1
    else:
        world.plan = world.plan.rename(world.plan.parent / "moved")
    assert world.run(**options) == 0
    assert rendered == again
    assert manifest.differences(world.out) == []


def test_failure_keeps_the_last_good_report_and_the_others(world, rendered, monkeypatch):
    world.run()
    good = world.html("trend")
    monkeypatch.setattr(runner, "render_all", fake_renderer(rendered, fail=["trend"]))
    assert world.run(force=True) == 1
    row = world.manifest()["reports"]["trend"]
    assert (row["status"], row["failed_notebook"]) == ("failed", "failed/trend.ipynb")
    assert row["error"].startswith("ValueError: 出错了")
    assert world.html("trend") == good
    assert manifest.differences(world.out) == []
    index = world.html("index")
    for text in ("ValueError: 出错了", 'href="failed/trend.ipynb"', 'href="trend.html"', "上一次成功", "失败1份"):
        assert text in index
    assert "second line" not in index


def test_failed_report_is_tried_again_and_its_notebook_goes(world, rendered, monkeypatch):
    monkeypatch.setattr(runner, "render_all", fake_renderer(rendered, fail=["trend"]))
    assert world.run() == 1
    assert "还没有成功生成过" in world.html("index")
    rendered.clear()
    monkeypatch.setattr(runner, "render_all", fake_renderer(rendered))
    assert world.run() == 0
    assert rendered == ["trend"]
    assert not (world.out / "failed" / "trend.ipynb").exists()


def test_full_disk_while_publishing_loses_one_report_only(world, rendered, monkeypatch):
    world.run()
    good = world.html("trend")

    def full(part: Path, path: Path) -> None:
        if path.name == "trend.html":
            raise OSError(28, "No space left on device")
        files.publish(part, path)

    monkeypatch.setattr(recording, "publish", full)
    assert world.run(force=True) == 1
    assert world.html("trend") == good
    assert "No space left" in world.manifest()["reports"]["trend"]["error"]
    assert [row["status"] for row in world.manifest()["reports"].values()].count("ok") == 3


def test_run_killed_midway_has_recorded_what_it_finished(world, rendered, monkeypatch):
    def kill(name: str) -> None:
        if name == "comparison":
            raise KeyboardInterrupt

    monkeypatch.setattr(runner, "render_all", fake_renderer(rendered, before=kill))
    with pytest.raises(KeyboardInterrupt):
        world.run()
    monkeypatch.setattr(runner, "render_all", fake_renderer(rendered))
    rendered.clear()
    assert world.run() == 0
    assert rendered == ["comparison", "audit"]


def test_leftovers_of_dead_runs_are_cleared(world, rendered):
    for work in (".work-0123abcd", ".work-mine"):
        (world.out / work).mkdir(parents=True)
        (world.out / work / "report.html").write_text("half")
    for part in (".part-0123456789abcdef", ".part-mine"):
        (world.out / part).write_text("half")
    world.run()
    visible = {path.name for path in world.out.iterdir()}
    theirs = {".work-mine", ".part-mine"}
    assert visible == {*(f"{name}.html" for name in ALL), "index.html", "manifest.json", ".hjforecast.lock", *theirs}


@pytest.mark.parametrize("name", ["trend.html", "index.html", "manifest.json", "failed/trend.ipynb"])
def test_files_of_the_user_are_never_overwritten(world, rendered, name):
    path = world.out / name
    path.parent.mkdir(parents=True)
    path.write_text('{"mine": true}', encoding="utf-8")
    with pytest.raises(InputError, match="not made by hjforecast, or is damaged; move it or give another --out"):
        world.run()
    assert not rendered
    assert path.read_text(encoding="utf-8") == '{"mine": true}'
    assert not (world.out / ".hjforecast.lock").exists()
    path.unlink()
    assert world.run() == 0
    path = world.out / "failed" / "trend.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not made by hjforecast"):
        world.run(force=True)


def test_index_follows_the_order_of_the_plan(world, rendered):
    for name, order in (("trend", 1), ("plan", 2)):
        path = world.plan / "scenarios" / f"{name}.toml"
        text = re.sub(r"(?m)^order = .*\n", "", path.read_text(encoding="utf-8"))
        path.write_text(f"order = {order}\n{text}", encoding="utf-8")
    for lang, index in (("zh", "index"), ("en", "index.en")):
        world.run(lang=lang)
        text = world.html(index)
        assert text.index('href="trend.') < text.index('href="plan.') < text.index('href="comparison.')


@pytest.mark.parametrize(
    ("text", "lang", "line"),
    [
        ("ValueError: 出错了\nsecond", "zh", "ValueError: 出错了"),
        (f"InputError: {InputError([Problem('a.csv', 2, 'x', '1', '应为甲。', 'must be a.')])}\n\nTraceback", "zh",
         "a.csv 第2行 x列：读到“1”；应为甲。"),
        (f"InputError: {InputError([Problem('a.csv', 2, 'x', '1', '应为甲。', 'must be a.')])}\n\nTraceback", "en",
         "a.csv row 2 column x: read '1'; must be a."),
        ("KeyError:\n  'x'", "zh", "KeyError: 'x'"),
        ("", "zh", ""),
    ],
)  # fmt: skip
def test_failure_is_one_line_with_its_reason(text, lang, line):
    assert headline(text, lang) == line


def test_plan_without_scenarios_or_baseline_is_refused(world, rendered):
    (world.plan / "scenarios" / "trend.toml").unlink()
    path = world.plan / "scenarios" / "plan.toml"
    path.write_text('id = "plan"\n', encoding="utf-8")
    with pytest.raises(InputError, match="names no baseline"):
        world.run()
    path.unlink()
    with pytest.raises(InputError, match="no scenario; write one"):
        world.run()
    assert not world.out.exists()


def test_worker_draws_without_a_window(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "nonsense")
    for name in render._THREAD_VARIABLES:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    monkeypatch.setattr(logging.Logger, "setLevel", lambda *_: None)
    monkeypatch.setitem(sys.modules, "rfc3987_syntax", None)
    render.prepare_worker()
    assert os.environ["MPLBACKEND"] == "module://matplotlib_inline.backend_inline"


def test_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "one.html"
    files.write_whole(path, "旧")

    def fail(*_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="gone"):
        files.write_whole(path, "新")
    assert [item.name for item in tmp_path.iterdir()] == ["one.html"]
    assert path.read_text(encoding="utf-8") == "旧"


def test_second_run_waits_for_the_first(world, monkeypatch, capsys):
    events: list[str] = []
    running = threading.Event()

    def slow(name: str) -> None:
        running.set()
        time.sleep(0.2)

    monkeypatch.setattr(runner, "render_all", fake_renderer(events, before=slow))
    first = threading.Thread(target=world.run)
    first.start()
    assert running.wait(10)
    assert world.run() == 0
    first.join()
    assert events == ALL
    assert "another run uses it" in capsys.readouterr().err
    assert world.manifest()["run"]["counts"]["unchanged"] == 4


def test_second_run_gives_up_with_a_sentence(world, rendered, capsys):
    with files.output_folder(world.out, 0.0, lambda text: None):
        assert world.run(wait=0.1) == 1
    assert not rendered
    assert "another run still uses" in capsys.readouterr().err


@pytest.mark.parametrize("case", ["a file", "inside a file", "too long"])
def test_output_folder_that_cannot_be_used_is_refused_before_anything_is_made(world, rendered, case):
    if case == "too long":
        world.out = world.out / ("x" * 300)
    else:
        world.out.write_text("a file")
        world.out = world.out / "sub" if case == "inside a file" else world.out
    with pytest.raises(InputError, match=r"cannot use this output folder .* give another --out"):
        world.run()
    assert not rendered


def test_languages_share_a_folder(world, rendered):
    world.run("plan")
    world.run("plan", lang="en")
    assert (world.out / "plan.html").exists()
    assert (world.out / "plan.en.html").exists()
    assert 'lang="zh-CN"' in world.html("index")
    assert 'href="index.en.html"' in world.html("index")
    assert 'href="plan.en.html"' in world.html("index.en")
    assert 'href="plan.html"' not in world.html("index.en")


def test_english_alone_has_an_english_index(world, rendered):
    world.run("plan", lang="en")
    index = world.html("index")
    assert '<html lang="en">' in index
    assert "Plan targets" in index
    assert not (world.out / "index.en.html").exists()


def test_index_escapes_plan_text_and_marks_reports_on_older_plan_files(world, rendered):
    world.run()
    path = world.plan / "scenarios" / "plan.toml"
    text = path.read_text(encoding="utf-8").replace("规划目标", "<script>alert(1)</script>{{ 1 }}")
    path.write_text(text, encoding="utf-8")
    world.run("plan")
    index = world.html("index")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 1 }}" in index
    assert "<script" not in index
    assert index.count("规划数据已更新") == 3
    assert "http" not in index.replace("http-equiv", "")


def test_manifest_records_what_went_in_and_came_out(world, rendered):
    world.run("trend", draws=5, seed=9)
    row = world.manifest()["reports"]["trend"]
    made_from = row["made_from"]
    assert made_from["notebook"]["sha256"] == files.sha256(world.notebooks / "scenario_report.ipynb")
    assert made_from["plan"]["inputs"]["plan.toml"] == files.sha256(world.plan / "plan.toml")
    assert made_from["parameters"]["scenario"] == "trend"
    assert (made_from["seed"], made_from["draws"]) == (9, 5)
    assert made_from["libraries"].keys() >= {"papermill", "numpy", "matplotlib"}
    assert len(made_from["hjforecast"]["content_sha256"]) == 64
    assert row["outputs"]["html"]["sha256"] == files.sha256(world.out / "trend.html")
    (world.out / "trend.html").write_text("edited")
    assert manifest.differences(world.out) == ["trend.html"]


def test_manifest_is_readable_by_people(world, rendered):
    world.run("plan")
    text = (world.out / "manifest.json").read_text(encoding="utf-8")
    assert "洪江市" in text
    assert json.loads(text)["schema"] == 1


def test_every_group_of_the_index_has_its_jobs(world, rendered):
    world.run()
    # The mid-term evaluation needs actual figures, which the built-in plan has none of; others are made on request.
    unusual = {"midterm", "methods", "explore", "own"}
    assert {row["group"] for row in world.manifest()["reports"].values()} == set(jobs.GROUPS) - unusual
