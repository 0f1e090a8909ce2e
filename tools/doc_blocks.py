"""Run the code blocks of a document as its reader would, and refresh the outputs that it quotes.

python tools/doc_blocks.py            runs the tutorials and rewrites the quoted outputs that differ
python tools/doc_blocks.py --check    writes nothing; exit code 1 where a quoted output is not what was printed

How a document is read, from top to bottom, in one folder:
- `sh`: every line is a command. It has to end with 0, unless the next line is `echo $?`.
- `python`: runs in one namespace; a last expression is shown as a console would show it.
- `toml` or `csv` with `title="FILE"`: written to that file; csv rows are added to its end.
- `text` right after one of the first two: what that block printed. A line `…` stands for any lines.
Blocks of other languages are not run.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from hjforecast.cli import main as program

__all__ = ["Block", "Reader", "agree", "blocks_of", "main", "refreshed", "run_document"]

ROOT = Path(__file__).parents[1]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', flags=re.MULTILINE | re.DOTALL)
GAP = "…"
TAB = 16
"""Columns from tab to tab: Markdown would make four spaces of one."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, the file it names, its text, and where that text begins in the document."""

    language: str
    title: str
    text: str
    start: int


def blocks_of(text: str) -> list[Block]:
    """Return the fenced blocks of a document; a block inside a list is none."""
    return [Block(one[1], one[2] or "", one[3], one.start(3)) for one in FENCE.finditer(text)]


@dataclass
class Reader:
    """Somebody who follows a document in one folder. `instead` gives, by command line, what to run in its place."""

    folder: Path
    instead: Mapping[str, str] = field(default_factory=dict)
    code: int = 0
    scope: dict[str, object] = field(default_factory=lambda: {"__name__": "document"})

    def do(self, block: Block) -> str:
        """Do what a block says; return what it printed. Raises RuntimeError where a command fails unannounced."""
        with contextlib.chdir(self.folder):
            if block.language == "sh":
                return self._shell(block.text)
            if block.language == "python":
                return self._python(block.text)
            if block.title:
                self._file(block)
        return ""

    def _shell(self, text: str) -> str:
        lines, printed = text.splitlines(), ""
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            if line == "echo $?":
                printed += f"{self.code}\n"
                continue
            out = self._command(self.instead.get(line, line))
            if self.code and following != "echo $?":
                raise RuntimeError(f"{line}: exit code {self.code}\n{out}")
            printed += out
        return printed

    def _command(self, line: str) -> str:
        """Run one command line: the program's own in this process, any other in a shell."""
        words = shlex.split(line, comments=True)
        if words[:1] != ["hjforecast"] or "|" in words:
            path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
            done = subprocess.run(line, shell=True, text=True, capture_output=True, env={**os.environ, "PATH": path})
            self.code = done.returncode
            return done.stdout + done.stderr
        arguments, _, target = (words[1:], "", "") if ">" not in words else _redirected(words[1:])
        done = CliRunner().invoke(program, arguments)
        self.code = done.exit_code
        if target:
            Path(target).write_text(done.stdout, encoding="utf-8")
        return done.stderr if target else done.output

    def _python(self, text: str) -> str:
        tree, printed = ast.parse(text), io.StringIO()
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, "document", "exec"), self.scope)
            value = eval(compile(ast.Expression(last.value), "document", "eval"), self.scope) if last else None
            if value is not None:
                print(repr(value))
        return printed.getvalue()

    def _file(self, block: Block) -> None:
        if block.language == "csv":
            with Path(block.title).open("a", encoding="utf-8") as file:
                file.write(block.text)
        else:
            Path(block.title).write_text(block.text, encoding="utf-8")


def _redirected(words: Sequence[str]) -> tuple[list[str], str, str]:
    place = list(words).index(">")
    return list(words[:place]), ">", words[place + 1]


def _tidy(text: str) -> list[str]:
    return [line.expandtabs(TAB).rstrip() for line in text.strip("\n").splitlines()]


def agree(quoted: str, printed: str) -> bool:
    """Return whether a quoted output is what was printed; a line `…` stands for any lines, or none."""
    parts = [re.escape("\n".join(part)) for part in _split(_tidy(quoted))]
    return re.fullmatch(r"(?:.*\n)*".join(part + r"\n" if part else "" for part in parts), _joined(printed)) is not None


def _joined(printed: str) -> str:
    return "\n".join(_tidy(printed)) + "\n"


def _split(lines: Sequence[str]) -> Iterator[list[str]]:
    """Yield the runs of lines between gaps."""
    part: list[str] = []
    for line in lines:
        if line == GAP:
            yield part
            part = []
        else:
            part.append(line)
    yield part


def refreshed(quoted: str, printed: str) -> str:
    """Return the output as it should be quoted: as many lines before and after the gap as were quoted before."""
    lines, parts = _tidy(printed), list(_split(_tidy(quoted)))
    if len(parts) == 2 and len(lines) > len(parts[0]) + len(parts[1]):
        end = len(lines) - len(parts[1])
        lines = [*lines[: len(parts[0])], GAP, *lines[end:]]
    return "\n".join(lines) + "\n"


def run_document(path: Path, reader: Reader) -> Iterator[tuple[Block, str]]:
    """Follow a document; yield each quoted output with what was printed in its place."""
    text = path.read_text(encoding="utf-8")
    end, printed = -1, ""
    for block in blocks_of(text):
        right_after = text[end : block.start].strip() == "```text" if end >= 0 else False
        if block.language == "text" and right_after:
            yield block, printed
            end = -1
            continue
        try:
            printed = reader.do(block)
        except Exception as error:
            line = text[: block.start].count("\n") + 1
            raise RuntimeError(f"{path.name}, line {line}: {error}") from error
        ran = block.language in ("sh", "python")
        end = block.start + len(block.text) + len("```") if ran else -1


def _refresh(path: Path, check: bool) -> bool:
    """Bring the outputs quoted by a document up to date; return whether any differed."""
    folder = Path(tempfile.mkdtemp())
    text = old = path.read_text(encoding="utf-8")
    try:
        for block, printed in reversed(list(run_document(path, Reader(folder)))):
            if not agree(block.text, printed):
                text = text[: block.start] + refreshed(block.text, printed) + text[block.start + len(block.text) :]
    finally:
        shutil.rmtree(folder)
    if text != old and not check:
        path.write_text(text, encoding="utf-8", newline="\n")
    return text != old


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh the tutorials (or, with --check, only name those that are behind); return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a document is behind")
    parser.add_argument("files", nargs="*", type=Path, default=TUTORIALS)
    chosen = parser.parse_args(arguments)
    behind = [path for path in chosen.files if _refresh(path.resolve(), chosen.check)]
    for path in behind:
        print(path)
    return int(chosen.check and bool(behind))


if __name__ == "__main__":
    sys.exit(main())
