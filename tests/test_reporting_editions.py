"""Earlier editions are kept and compared with, edited files are never lost, and a folder can be checked."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from hjforecast import fonts
from hjforecast.document import edition_block, heading, paragraphs, stack
from hjforecast.errors import InputError
from hjforecast.reporting import manifest, recording, runner
from hjforecast.reporting.editions import changes, sentences, with_changes
from hjforecast.reporting.files import sha256
from hjforecast.reporting.parts import parts_of
from hjforecast.reporting.verify import verify
from tests.test_reporting_helpers import World, fake_renderer, row

FORMATS = ("html", "docx", "pdf", "xlsx")
OLD = [row("gdp", 176.6, "未达到", "地区生产总值"), row("u", 51.2, "达到", "城镇化率", "%", 1)]
NEW = [row("gdp", 195.66, "达到", "地区生产总值"), row("u", 51.24, "达到", "城镇化率", "%", 1)]
TIME = "2026-07-03T06:30:00+08:00"


@pytest.fixture
def world(tmp_path: Path, monkeypatch) -> World:
    # Fonts are cut for every index, which takes longer than all else here.
    monkeypatch.setattr(fonts, "css_font_face", lambda text: "")
    return World(tmp_path)


def kept(world: World, name: str = "trend") -> list[str]:
    return sorted(path.relative_to(world.out).as_posix() for path in world.out.glob(f"editions/*/{name}.*"))


# changes and their sentences


def test_a_target_that_crosses_its_line_is_told_first_and_rounding_is_no_move():
    found = changes(OLD, NEW)
    assert [after["key"] for _, after in found.crossed] == ["gdp"]
    assert found.moved == ()
    assert sentences(found, TIME, "参数seed有变化", "zh") == [
        "与2026年7月3日生成的上一版相比，本版变化如下（重新生成的原因：参数seed有变化）：",
        "地区生产总值由“未达到”变为“达到”（由176.60亿元变为195.66亿元）。",
    ]


def test_a_line_that_moved_is_told_with_the_target_and_not_laid_to_the_value():
    before = [{**row("gdp", 176.73, "达到"), "target": "170"}, {**row("u", 51.2, "达到"), "target": "50"}]
    after = [{**row("gdp", 176.73, "未达到"), "target": "195.66"}, {**row("u", 51.2, "达到"), "target": "≥51"}]
    assert sentences(changes(before, after), TIME, "", "zh")[1:] == [
        "gdp由“达到”变为“未达到”（规划数由170改为195.66）。",
        "u（规划数由50改为≥51）。",
    ]


def test_the_five_largest_moves_are_told_largest_first():
    before = [row(f"k{n}", 100.0, unit="%", decimals=1) for n in range(7)]
    after = [row(f"k{n}", 100.0 + n, unit="%", decimals=1) for n in range(7)]
    text = sentences(changes(before, after), TIME, "", "en")[-1]
    assert re.findall(r"k\d", text) == ["k6", "k5", "k4", "k3", "k2"]
    assert "k6 from 100.0 % to 106.0 %" in text
    assert text.endswith("6 in all.")


def test_new_gone_and_reworded_findings_and_values_that_come_and_go():
    before = [row("a", None, "警示", "旧意见。"), row("b", None, "错误", "为5个。"), row("c", 1.0), row("d", None)]
    after = [row("b", None, "错误", "为6个。"), row("n", None, "提示", "新意见。"), row("c", None), row("d", 2.0)]
    text = "\n".join(sentences(changes(before, after), TIME, "", "zh"))
    for part in ("新增1项：“新意见”（提示）。", "不再列出1项：“旧意见”（警示）。", "表述有变化1项：“为6个”（错误）。",
                 "c不再有数值", "d现为2.00亿元"):  # fmt: skip
        assert part in text


def test_findings_of_one_rule_on_the_same_indicators_are_told_apart():
    twice = [row("a", None, "错误", "甲。"), row("a", None, "错误", "乙。")]
    assert [item["name"] for item in changes(twice, twice[:1]).gone] == ["乙。"]
    assert changes(twice, twice) == changes([], [])


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", "与2026年7月3日生成的上一版相比，各项结果没有变化。"),
        ("en", "No result has changed since the edition of 3 July 2026."),
    ],
)
def test_one_sentence_where_nothing_moved(lang, said):
    assert sentences(changes(OLD, OLD), TIME, "", lang) == [said]


def test_english_prints_money_as_reports_do():
    before, after = ([row("gdp", value, unit="100 million yuan")] for value in (176.6, 195.66))
    assert "gdp from 17.660 billion yuan to 19.566 billion yuan" in sentences(changes(before, after), TIME, "", "en")[1]


def book(minor: int = 5):
    """A notebook with a title, a summary, a second section, and the rows of its edition."""
    blocks = [
        heading("题", 0),
        stack([heading("概述", 1, "一、"), paragraphs(["摘要"])]),
        heading("目标", 1, "二、"),
        edition_block(NEW),
    ]
    cells = []
    for number, block in enumerate(blocks):
        output = nbformat.v4.new_output("display_data", dict(block._repr_mimebundle_()))
        cells.append(nbformat.v4.new_code_cell("", outputs=[output], id=f"c{number}"))
        if minor < 5:
            del cells[-1]["id"]
    return nbformat.v4.new_notebook(cells=cells, nbformat_minor=minor)


def test_changes_stand_after_the_summary_in_every_format():
    edition = {"rendered": TIME, "reason": "", "rows": OLD}
    made = with_changes(book(), edition, "zh")
    texts = [part.get("text") for part in parts_of(made)]
    assert texts[:4] == ["题", "概述", "摘要", "与2026年7月3日生成的上一版相比，本版变化如下："]
    assert {part.get("role") for part in parts_of(made) if "上一版" in part.get("text", "")} == {"changes"}
    assert nbformat.writes(made) == nbformat.writes(with_changes(book(), edition, "zh"))
    nbformat.validate(made)
    old = with_changes(book(4), edition, "zh")
    nbformat.validate(old)
    assert len(old.cells) == 5


def test_a_first_edition_and_a_notebook_without_rows_say_nothing():
    assert len(with_changes(book(), None, "zh").cells) == 4
    bare = book()
    bare.cells.pop()
    assert len(with_changes(bare, {"rendered": TIME, "rows": OLD}, "zh").cells) == 3


# what a run keeps and compares


def run(world: World, monkeypatch, rows=OLD, fail=(), **options) -> list:
    """Run the reports of one scenario in all formats; return the tasks."""
    told: list = []
    monkeypatch.setattr(runner, "render_all", fake_renderer([str(len(rows))], fail, rows=rows, told=told))
    world.run("trend", formats=FORMATS, **options)
    return told


def test_a_report_is_compared_with_the_edition_before_and_a_forced_one_with_the_same(world, monkeypatch):
    (first,) = run(world, monkeypatch)
    assert first.edition is None
    rendered = world.manifest()["reports"]["trend"]["rendered"]
    (second,) = run(world, monkeypatch, rows=NEW, seed=7)
    assert second.edition == {"rendered": rendered, "reason": "参数seed有变化", "rows": OLD}
    (again,) = run(world, monkeypatch, rows=NEW, seed=7, force=True)
    assert again.edition == second.edition
    (third,) = run(world, monkeypatch, rows=OLD, seed=8)
    assert third.edition["rows"] == NEW


def test_a_failure_in_between_is_no_edition(world, monkeypatch):
    run(world, monkeypatch)
    run(world, monkeypatch, fail=["trend"], seed=7)
    found = world.manifest()["reports"]["trend"]
    assert (found["made_from"]["seed"], found["attempted_from"]["seed"]) == (2025, 7)
    (task,) = run(world, monkeypatch, rows=NEW, seed=7)
    assert task.edition["rows"] == OLD
    assert task.edition["reason"] == "参数seed有变化"


def test_earlier_editions_are_kept_whole_and_only_as_many_as_asked_for(world, monkeypatch):
    for seed in (1, 2, 3, 4):
        run(world, monkeypatch, seed=seed, keep=2)
        before = sha256(world.out / "trend.pdf")
    editions = world.manifest()["reports"]["trend"]["editions"]
    assert len(editions) == 2
    assert [set(item["outputs"]) for item in editions] == [set(FORMATS)] * 2
    recorded = sorted(record["file"] for item in editions for record in item["outputs"].values())
    assert kept(world) == recorded
    run(world, monkeypatch, seed=5, keep=2)
    newest = world.manifest()["reports"]["trend"]["editions"][0]["outputs"]["pdf"]
    assert newest["sha256"] == before
    assert verify(world.out) == []
    index = world.html("index")
    assert "旧版 2" in index
    assert f'href="{newest["file"]}"' in index


def test_a_forced_run_makes_no_edition_and_a_run_without_keep_loses_none(world, monkeypatch):
    run(world, monkeypatch, seed=1, keep=3)
    run(world, monkeypatch, seed=1, keep=3, force=True)
    assert kept(world) == []
    run(world, monkeypatch, seed=2, keep=3)
    run(world, monkeypatch, seed=3)
    assert len(world.manifest()["reports"]["trend"]["editions"]) == 1
    assert len(kept(world)) == 4


@pytest.mark.parametrize("step", ["before it is recorded", "after it is recorded"])
def test_a_run_killed_while_it_keeps_an_edition_leaves_nothing_half(world, monkeypatch, step):
    run(world, monkeypatch, seed=1, keep=2)
    calls = []

    def killed(*_: object) -> None:
        if len(calls) == (1 if step == "before it is recorded" else 2):
            raise KeyboardInterrupt
        calls.append(1)

    with monkeypatch.context() as patch:
        write = recording.write_manifest
        patch.setattr(recording, "write_manifest", lambda *given: (killed(), write(*given)))
        patch.setattr(recording, "publish", lambda *given: killed())
        calls.append(1)
        with pytest.raises(KeyboardInterrupt):
            run(world, monkeypatch, seed=2, keep=2)
    run(world, monkeypatch, seed=2, keep=2)
    found = world.manifest()["reports"]["trend"]
    assert len(found["editions"]) == 1
    assert kept(world) == sorted(item["file"] for item in found["editions"][0]["outputs"].values())
    assert verify(world.out) == []


def test_a_file_that_somebody_edited_is_kept_aside(world, monkeypatch, capsys):
    run(world, monkeypatch)
    (world.out / "trend.docx").write_text("改过的", encoding="utf-8")
    run(world, monkeypatch)
    (copy,) = world.out.glob("edited/*/trend.docx")
    assert copy.read_text(encoding="utf-8") == "改过的"
    assert (world.out / "trend.docx").read_text(encoding="utf-8") != "改过的"
    assert copy.relative_to(world.out).as_posix() in capsys.readouterr().err


def test_full_disk_between_two_formats_restores_the_first(world, monkeypatch):
    run(world, monkeypatch)
    before = {kind: (world.out / f"trend.{kind}").read_bytes() for kind in FORMATS}

    def full(part: Path, path: Path) -> None:
        if path.name == "trend.pdf":
            raise OSError(28, "No space left on device")
        part.replace(path)

    monkeypatch.setattr(recording, "publish", full)
    run(world, monkeypatch, rows=NEW, seed=9)
    assert {kind: (world.out / f"trend.{kind}").read_bytes() for kind in FORMATS} == before
    assert world.manifest()["reports"]["trend"]["status"] == "failed"
    assert manifest.differences(world.out) == []


# formats


def test_formats_that_a_report_has_are_made_again_with_it(world, monkeypatch):
    run(world, monkeypatch)
    told: list = []
    monkeypatch.setattr(runner, "render_all", fake_renderer([], told=told))
    world.run("trend", formats=("html",))
    assert told == []
    world.run("trend", formats=("html",), seed=3)
    assert set(told[0].formats) == set(FORMATS)
    assert verify(world.out) == []


def test_a_format_that_cannot_be_made_any_more_does_not_pass_for_current(world, monkeypatch):
    run(world, monkeypatch)
    monkeypatch.setattr(runner, "missing_libraries", lambda kinds: ["typst"] if "pdf" in kinds else [])
    monkeypatch.setattr(runner, "render_all", fake_renderer([]))
    world.run("trend", formats=("html",), seed=3)
    assert not (world.out / "trend.pdf").exists()
    assert set(world.manifest()["reports"]["trend"]["outputs"]) == {"html", "docx", "xlsx"}
    assert "trend.pdf" not in world.html("index")


def test_a_missing_format_is_the_reason_to_render(world, monkeypatch):
    monkeypatch.setattr(runner, "render_all", fake_renderer([]))
    world.run("trend", formats=("html",))
    world.run("trend", formats=("html", "xlsx"))
    assert world.manifest()["reports"]["trend"]["reason"] == "缺少格式xlsx"


# verify


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda out: (out / "trend.html").unlink(), "trend.html：缺失"),
        (lambda out: (out / "trend.docx").write_text("edited"), "trend.docx：与记录不一致"),
        (lambda out: (out / "index.html").write_text("edited"), "index.html：与记录不一致"),
        (lambda out: next(out.glob("editions/*/trend.pdf")).unlink(), "trend.pdf：旧版缺失"),
        (lambda out: (out / "old.html").write_bytes((out / "trend.html").read_bytes()), "old.html：没有记录"),
        (lambda out: (out / ".work-0123abcd").mkdir(), ".work-0123abcd：没有记录"),
        (lambda out: (out / "manifest.json").write_text('{"schema": 1, "reports": {"trend": 5}}'), "trend：清单中的这条记录已损坏"),
    ],
)  # fmt: skip
def test_verify_tells_each_difference_and_what_to_do(world, monkeypatch, spoil, said):
    for seed in (1, 2):
        run(world, monkeypatch, seed=seed, keep=1)
    assert verify(world.out) == []
    spoil(world.out)
    found = verify(world.out)
    assert any(said in line for line in found), found
    assert all(" / " in line for line in found)


def test_verify_leaves_the_files_of_others_alone(world, monkeypatch):
    run(world, monkeypatch)
    for name in ("mine.html", "notes.docx"):
        (world.out / name).write_text("mine")
    assert verify(world.out) == []


def test_verify_without_a_manifest_is_bad_usage(tmp_path):
    with pytest.raises(InputError, match=r"holds no manifest\.json"):
        verify(tmp_path)
