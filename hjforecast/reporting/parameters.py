"""A notebook's parameters: read from its `parameters` cell as text, never run; and checked before a kernel starts."""

from __future__ import annotations

import ast
import io
import json
import math
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hjforecast.errors import InputError, Problem, closest

__all__ = ["Parameter", "check_parameters", "read_parameters", "typed"]

_TYPES: Mapping[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}


@dataclass(frozen=True)
class Parameter:
    """One line `name: type = default  # help` of a parameters cell.

    `type` is an annotation as written, or the default's own type; `required` says that it has no default.
    """

    name: str
    type: str
    default: Any
    help: str
    required: bool = False


def read_parameters(notebook: Path) -> dict[str, Parameter]:
    """Return a notebook's parameters by name, in order; empty where no cell is tagged `parameters`.

    Raises InputError where the file is not a notebook, or the cell holds anything but assignments of plain values.
    """
    source = _parameters_cell(notebook)
    try:
        statements = ast.parse(source).body
        helps = dict(_comments(source))
        found = [_parameter(statement, helps) for statement in statements if not _is_text(statement)]
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        zh = "parameters 单元只能写“名称: 类型 = 默认值  # 说明”。"
        en = "the parameters cell may hold only lines `name: type = default  # help`."
        raise InputError([Problem(notebook.name, 0, "parameters", str(error), zh, en)]) from None
    return {item.name: item for item in found}


def _parameters_cell(notebook: Path) -> str:
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
        return "".join(tagged[0]["source"]) if tagged else ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        zh, en = "不是可读的笔记本文件（.ipynb）。", "is not a readable notebook (.ipynb)."
        raise InputError([Problem(str(notebook), 0, "", "", zh, en)]) from None


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ").rstrip()


def _parameter(statement: ast.stmt, helps: Mapping[int, str]) -> Parameter:
    """Return the parameter that a statement defines; raises ValueError where it is no plain assignment."""
    target: ast.expr
    if isinstance(statement, ast.AnnAssign):
        target, annotation = statement.target, ast.unparse(statement.annotation)
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, annotation = statement.targets[0], ""
    else:
        raise ValueError(ast.unparse(statement))
    if not isinstance(target, ast.Name):
        raise ValueError(ast.unparse(statement))
    default = ast.literal_eval(statement.value) if statement.value is not None else None
    help_text = helps.get(statement.end_lineno or statement.lineno, "")
    return Parameter(target.id, annotation or type(default).__name__, default, help_text, statement.value is None)


def typed(item: Parameter, text: str) -> Any:
    """Return a value written as text (on a command line) in the type of a parameter; it is never run as code.

    Raises ValueError, its two arguments saying in Chinese and English what is allowed.
    """
    if item.type not in _READERS:
        raise ValueError(
            f"类型为 {item.type}，命令行只能给 str、int、float、bool。",
            f"is of type {item.type}; only str, int, float and bool can be given here.",
        )
    read, zh, en = _READERS[item.type]
    try:
        return read(text.strip() if item.type != "str" else text)
    except (ValueError, KeyError):
        raise ValueError(f"应为{zh}。", f"must be {en}.") from None


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


_READERS: Mapping[str, tuple[Callable[[str], Any], str, str]] = {
    "str": (str, "文字", "text"),
    "int": (int, "整数，如 2025", "a whole number, such as 2025"),
    "float": (_finite, "数，如 5.5", "a number, such as 5.5"),
    "bool": ({"true": True, "false": False}.__getitem__, " true 或 false", "true or false"),
}


def check_parameters(notebook: Path, given: Mapping[str, Any]) -> None:
    """Check the parameters given to a notebook against its `parameters` cell.

    Raises InputError with every unknown name (and the closest one), wrong type and missing value.
    """
    known = read_parameters(notebook)
    problems = list(_problems(notebook.name, known, given))
    if problems:
        raise InputError(problems)


def _problems(file: str, known: Mapping[str, Parameter], given: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in given.items():
        if name not in known:
            near = closest(name, known)
            names_zh, names_en = "、".join(known) or "—", ", ".join(known) or "—"
            hint_zh, hint_en = (f"是否为“{near}”？", f"did you mean {near!r}? ") if near else ("", "")
            zh = f"笔记本没有这个参数；{hint_zh}可用：{names_zh}。"
            en = f"unknown parameter; {hint_en}known: {names_en}."
            yield Problem(file, 0, name, str(value), zh, en)
        elif not _fits(known[name].type, value):
            en = f"must be of type {known[name].type}, not {type(value).__name__}."
            yield Problem(file, 0, name, str(value), f"类型应为 {known[name].type}，不是 {type(value).__name__}。", en)
    for name, item in known.items():
        if item.required and name not in given:
            yield Problem(file, 0, name, "", "没有默认值，必须给出。", "has no default and must be given.")


def _fits(annotation: str, value: Any) -> bool:
    """Tell whether a value has the annotated type; types that we do not know accept anything."""
    allowed = _TYPES.get(annotation)
    if allowed is None:
        return True
    # bool is a subclass of int, yet `draws=True` is a mistake.
    return isinstance(value, allowed) and (annotation == "bool" or not isinstance(value, bool))
