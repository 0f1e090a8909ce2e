"""Word files: a report as an editable document, laid out as GB/T 9704-2012 (党政机关公文格式) asks.

The folder `templates/word` is an empty Word file, unpacked: page, styles, fonts and footers are there. This module
fills it with the report's parts.
"""

from __future__ import annotations

import io
import re
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from docx import Document

from hjforecast.document import Part
from hjforecast.reporting.page import template
from hjforecast.reporting.parts import parts_of
from hjforecast.reporting.pictures import png_pictures
from hjforecast.reporting.word_body import Body
from hjforecast.reporting.word_foreign import add_foreign

__all__ = ["write_docx"]

_FOLDER = Path(__file__).parent / "templates" / "word"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSEEN = {"data", "edition"}
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TITLE_LIMIT = 255


def write_docx(notebook: Any, path: Path, lang: str) -> list[str]:
    """Write the report of an executed notebook as a Word file and return warnings about it.

    The same notebook gives the same bytes. Raises OSError where the file cannot be written.

    Parameters
    ----------
    notebook :
        the nbformat notebook.
    path :
        the file to write.
    lang :
        `zh` or `en`, the language of the report.
    """
    parts = [part for part in parts_of(notebook) if part["kind"] not in _UNSEEN]
    shown = [_clean(part) for part in parts]
    body = Body(Document(io.BytesIO(_empty_file(lang))), lang)
    if shown != parts:
        body.warnings.append(
            "Word文件不能有的控制字符改作\ufffd / control characters that a Word file cannot hold are shown as \ufffd"
        )
    _fill(body, shown)
    body.finish()
    body.document.core_properties.title = body.title[:_TITLE_LIMIT]
    path.write_bytes(_packed(body.document))
    return body.warnings


def _clean(value: Any) -> Any:
    """Return a part with every character that XML forbids, such as a control character, made visible."""
    if isinstance(value, str):
        return _NOT_XML.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, (list, tuple)) else value


def _fill(body: Body, parts: list[Part]) -> None:
    pictures = iter(png_pictures([part["svg"] for part in parts if part["kind"] == "figure"]))
    add = {"heading": body.add_heading, "paragraph": body.add_paragraph, "table": body.add_table,
           "facts": body.add_facts}  # fmt: skip
    for part in parts:
        if part["kind"] == "figure":
            body.add_figure(part, next(pictures))
        elif part["kind"] in add:
            add[part["kind"]](part)
        else:
            add_foreign(body, part)


@lru_cache(maxsize=2)
def _empty_file(lang: str) -> bytes:
    """Return the empty Word file of a language."""
    names = sorted(str(path.relative_to(_FOLDER)) for path in _FOLDER.rglob("*") if path.is_file())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, template(f"word/{name}").render(zh=lang == "zh"))
    return packed.getvalue()


def _packed(document: Any) -> bytes:
    """Return a document as the bytes of its file, without the time of writing: the same report, the same bytes."""
    written, packed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w") as archive:
        for name in source.namelist():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), source.read(name), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
