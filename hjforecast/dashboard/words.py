"""The words of the dashboard, Chinese and English."""

from __future__ import annotations

__all__ = ["say"]

_WORDS = {
    "title": ("规划情景测算", "Scenarios of the plan"),
    "language": ("English", "中文"),
    "intro": (
        "调整杠杆，随时查看目标能否达到。带*的为假定数或由假定测算的数；未注明的测算数均为中心值。",
        "Move a lever and see at once which targets are met. * marks what is assumed or rests on an assumed figure; projected figures are central values.",
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
        "填写实绩后点“评估”。没有数据的留空；也可以上传实绩文件（actuals.csv，不超过{}KB）。",
        "Enter actual figures and press Evaluate. Leave blank what is not known; or upload a file of actual figures (actuals.csv, at most {} KB).",
    ),
    "year": ("年份", "Year"),
    "source": ("出处", "Source"),
    "typed": ("网页录入", "typed in"),
    "evaluate": ("评估", "Evaluate"),
    "clear": ("清空实绩", "Clear the figures"),
    "upload_actuals": ("上传实绩文件", "Upload actual figures"),
    "got_actuals": ("已读入实绩 {} 条。", "{} actual figures read."),
    "files": ("下载与上传", "Files"),
    "kind": ("报告", "Report"),
    "formats": ("格式", "Formats"),
    "render": ("生成报告", "Make the report"),
    "rendering": ("正在生成，约需十秒……", "Making the report, about ten seconds ..."),
    "ready": ("已生成，点击保存：", "Ready; save it:"),
    "named": ("（{}）", " ({})"),
    "stale": ("情景已改动，请重新生成。", "The scenario has changed; make the report again."),
    "no_format": ("请至少选一种格式。", "Choose at least one format."),
    "no_actuals": ("请先填写实绩并评估。", "Enter actual figures and evaluate them first."),
    "save_scenario": ("保存情景文件（{}）", "Save the scenario file ({})"),
    "save_note": (
        "放入规划目录的 scenarios 文件夹，即可用 hjforecast check 检查、用 hjforecast project 测算。",
        "Put it into scenarios/ of a plan directory; hjforecast check and hjforecast project then take it.",
    ),
    "upload_scenario": ("上传情景文件", "Upload a scenario file"),
    "upload_note": ("情景文件（.toml）不超过{}KB。", "A scenario file (.toml) of at most {} KB."),
    "got_scenario": ("已读入情景“{}”。", 'Scenario "{}" read.'),
    "basis": ("依据：{}", "Basis: {}"),
    "failed": ("出现意外错误（{}）；请刷新页面，问题依旧时把此行告诉维护人员。", "An unexpected error ({}); reload the page, and report this line if it stays."),
    "note": ("资料来源：规划文本；hjforecast {} 测算，随机路径 {} 条。", "Source: the plan; hjforecast {} projections with {} random paths."),
}  # fmt: skip


def say(key: str, lang: str, *values: object) -> str:
    """Return a text in Chinese (`zh`) or English (`en`), filled in with values."""
    return _WORDS[key][int(lang != "zh")].format(*values)
