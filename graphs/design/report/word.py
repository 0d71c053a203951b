"""The report as a section for Word: headings, real tables, pictures with alternative text, numbered references."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from benchside.graphs.design.charts import Chart
from benchside.graphs.design.content import Block, Grid, Material, Picture, Text, Values, parts
from benchside.tools.reporting.page import DECISION_SUPPORT
from benchside.tools.reporting.theme import vega_config
from benchside.tools.trials.design.results import is_number, printed
from benchside.workspaces.clock import now

if TYPE_CHECKING:
    from docx.document import Document

WIDE = 6  # tables of more columns are set smaller
SHORT = 14  # tables of up to so many rows stay on one page
_FIXED = (1980, 1, 1, 0, 0, 0)


def design_document(material: Material, ledger_head: str) -> bytes:
    """The document: the same material gives the same bytes."""
    import docx
    from docx.shared import Inches, Pt

    document = docx.Document()
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10.5)
    for section in document.sections:
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Inches(0.9)
    document.core_properties.title = material.title
    document.core_properties.author = "Benchside"
    document.core_properties.created = document.core_properties.modified = now().replace(tzinfo=None)
    document.add_heading(material.title, level=1)
    document.add_paragraph(DECISION_SUPPORT).runs[0].italic = True
    for part in parts(material):
        document.add_heading(part.title, level=2)
        if part.lead:
            document.add_paragraph(part.lead).paragraph_format.keep_with_next = True
        for block in part.blocks:
            _add(document, block)
    document.add_paragraph(f"Head of the ledger: {ledger_head}").runs[0].font.size = Pt(8)
    buffer = io.BytesIO()
    document.save(buffer)
    return _dateless(buffer.getvalue())


def _dateless(data: bytes) -> bytes:
    """The same package with one date for all its members, so that the bytes depend on the content alone."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for info in given.infolist():
            made.writestr(zipfile.ZipInfo(info.filename, _FIXED), given.read(info), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _add(document: Document, block: Block) -> None:
    if isinstance(block, Text):
        document.add_paragraph(block.text)
    elif isinstance(block, Values):
        rows = [[q.label, printed(q.value, q.digits), q.note, block.evidence.get(q.name, "")] for q in block.quantities]
        _table(document, ["quantity", "value", "note", "evidence"], rows)
    elif isinstance(block, Grid):
        table = block.table
        _table(
            document,
            [c.label for c in table.columns],
            [[printed(v, c.digits) for v, c in zip(row, table.columns, strict=True)] for row in table.rows],
        )
        for note in table.notes:
            document.add_paragraph(note)
    elif isinstance(block, Picture):
        _picture(document, block.chart)
    else:
        for item in block.items:
            document.add_paragraph(item, style="List Number")


def _table(document: Document, head: list[str], rows: list[list[str]]) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Emu, Pt

    table = document.add_table(rows=1 + len(rows), cols=len(head), style="Light Grid Accent 1")
    table.autofit = False
    section = document.sections[0]
    assert section.page_width is not None
    assert section.left_margin is not None
    assert section.right_margin is not None
    room = section.page_width - section.left_margin - section.right_margin
    words = [max(map(len, h.split()), default=0) for h in head]
    needs = [min(36, max(8, words[i], *(len(line[i]) for line in rows)) + 4) for i in range(len(head))]
    for column, need in zip(table.columns, needs, strict=True):
        column.width = Emu(room * need // sum(needs))
    right = [all(is_number(line[i]) for line in rows) for i in range(len(head))]
    size = Pt(9 if len(head) <= WIDE else 8)
    for number, (line, texts) in enumerate(zip(table.rows, (head, *rows), strict=True)):
        for at, (cell, text, need) in enumerate(zip(line.cells, texts, needs, strict=True)):
            cell.width = Emu(room * need // sum(needs))
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            # a heading stays with its first rows, and a short table on one page
            paragraph.paragraph_format.keep_with_next = number < min(len(rows), SHORT) and (
                number < 2 or len(rows) <= SHORT
            )
            run = paragraph.add_run(text)
            run.font.size = size
            run.bold = number == 0
            if right[at]:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph()


def _picture(document: Document, chart: Chart) -> None:
    import vl_convert
    from docx.shared import Inches

    from benchside.tools.reporting.figures import MEASURED_FONT

    spec: dict[str, Any] = chart.spec | {"config": vega_config() | {"font": MEASURED_FONT, "background": "#ffffff"}}
    png = vl_convert.vegalite_to_png(json.dumps(spec, sort_keys=True), scale=2, allowed_base_urls=[])
    title = document.add_paragraph()
    title.add_run(chart.title).bold = True
    title.paragraph_format.keep_with_next = True
    shape = document.add_picture(io.BytesIO(png), width=Inches(4.4))
    shape._inline.docPr.set("descr", chart.alt)
