"""The words of the dashboard, Chinese and English."""

from __future__ import annotations

from html import escape

from hjforecast.errors import sentences

__all__ = ["alert", "say"]

_MOST_SENTENCES = 20

_WORDS = {
    "title": ("规划情景测算", "Scenarios of the plan"),
    "language": ("English", "中文"),
    "intro": (
        "调整杠杆，随时查看目标能否达到。带*的数为假定，或由假定测算；测算数除注明的以外，均为中心值。",
        "Move a lever and see at once which targets are met. * marks a figure that is assumed or rests on one; projected figures are central values unless the page says otherwise.",
    ),
    "skip": ("跳到测算结果", "Skip to the results"),
    "nav": ("本页内容", "On this page"),
    "scenario": ("情景与杠杆", "Scenario and levers"),
    "choose": ("情景", "Scenario"),
    "uploaded": ("{}（上传）", "{} (uploaded)"),
    "results": ("测算结果", "Results"),
    "figure": ("图", "Figure"),
    "targets": ("规划目标", "Targets"),
    "audit": ("规划审查意见", "Findings of the audit"),
    "audit_fold": ("展开审查意见（{}条）", "Show the findings ({})"),
    "midterm": ("中期评估", "Mid-term evaluation"),
    "midterm_intro": (
        "填写已公布的实绩，点“评估”；没有数据的留空。填写的数一律按“公布”记录。也可以上传实绩文件（actuals.csv，不超过{}KB），由文件注明每个数的性质和出处。",
        "Enter published figures and press Evaluate; leave blank what is not known. What is entered here is recorded as reported. Or upload a file of actual figures (actuals.csv, at most {} KB), which names the status and source of each.",
    ),
    "year": ("年份", "Year"),
    "source": ("出处", "Source"),
    "typed": ("网页录入", "entered on the web page"),
    "evaluate": ("评估", "Evaluate"),
    "clear": ("清空实绩", "Clear the figures"),
    "upload_actuals": ("上传实绩文件", "Upload actual figures"),
    "got_actuals": ("已读入{}条实绩。", "Actual figures read: {}."),
    "stale_figures": (
        "实绩已改动，下面还是改动前的评估；请重新评估。",
        "The figures have changed, and the evaluation below is of those before; evaluate again.",
    ),
    "stale_scenario": (
        "情景已改动，下面还是按改动前的情景评估的；请重新评估。",
        "The scenario has changed, and the evaluation below is of the one before; evaluate again.",
    ),
    "files": ("下载与上传", "Files"),
    "kind": ("报告", "Report"),
    "formats": ("格式", "Formats"),
    "render": ("生成报告", "Make the report"),
    "rendering": ("正在生成，约需10秒……", "Making the report, about ten seconds ..."),
    "ready": ("已生成，点击保存：", "Ready; save it:"),
    "named": ("（{}）", " ({})"),
    "stale": ("情景已改动，请重新生成。", "The scenario has changed; make the report again."),
    "no_format": ("请至少选一种格式。", "Choose at least one format."),
    "no_actuals": ("请先填写实绩并评估。", "Enter actual figures and evaluate them first."),
    "save_scenario": ("保存情景文件（{}）", "Save the scenario file ({})"),
    "save_note": (
        "把文件放入规划目录的 scenarios 文件夹，可用 hjforecast check 检查，用 hjforecast project 测算。",
        "Put the file into scenarios/ of a plan directory; hjforecast check then checks it and hjforecast project projects it.",
    ),
    "upload_scenario": ("上传情景文件", "Upload a scenario file"),
    "upload_note": ("情景文件（.toml）不超过{}KB。", "A scenario file (.toml) of at most {} KB."),
    "got_scenario": ("已读入情景“{}”。", 'Scenario "{}" read.'),
    "more": ("另有 {} 处问题，改正以上各处后再上传。", "{} more problems; mend these first and upload it again."),
    "basis": ("依据：{}", "Basis: {}"),
    "failed": ("出现意外错误（{}）；请刷新页面。如仍出现，请把这行文字告诉维护人员。", "An unexpected error ({}); reload the page, and report this line if it happens again."),
    "of_year": ("{1}年{0}", "{0}, {1}"),
    "growth": ("比上年增长", "growth over the year before"),
    "note": ("资料来源：规划文本；hjforecast（{}版）测算，随机路径{}条。", "Source: the plan; projections by hjforecast {} with {} random paths."),
}  # fmt: skip


def say(key: str, lang: str, *values: object) -> str:
    """Return a text in Chinese (`zh`) or English (`en`), filled in with values."""
    return _WORDS[key][int(lang != "zh")].format(*values)


def alert(error: Exception, lang: str) -> str:
    """Return what is wrong with what a visitor brought, as HTML: a sentence a problem, those beyond twenty as a count."""
    found = sentences(error, lang)
    beyond = len(found) - _MOST_SENTENCES
    shown = found[:_MOST_SENTENCES] + ([say("more", lang, beyond)] if beyond > 0 else [])
    return f'<div role="alert">{"".join(f"<p>{escape(one)}</p>" for one in shown)}</div>'
