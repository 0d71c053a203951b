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
from benchside.tools.trials.design.results import printed
from benchside.workspaces.clock import now

if TYPE_CHECKING:
    from docx.document import Document

WIDE = 6  # tables with more columns than this get a landscape page
_FIXED = (1980, 1, 1, 0, 0, 0)


def design_document(material: Material, ledger_head: str) -> bytes:
    """The document: the same material gives the same bytes."""
    import docx
    from docx.shared import Pt

    document = docx.Document()
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10.5)
    document.core_properties.title = material.title
    document.core_properties.author = "Benchside"
    document.core_properties.created = document.core_properties.modified = now().replace(tzinfo=None)
    document.add_heading(material.title, level=1)
    document.add_paragraph(DECISION_SUPPORT).runs[0].italic = True
    for part in parts(material):
        document.add_heading(part.title, level=2)
        if part.lead:
            document.add_paragraph(part.lead)
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
    from docx.shared import Pt

    table = document.add_table(rows=1, cols=len(head), style="Light Grid Accent 1")
    size = Pt(9 if len(head) <= WIDE else 7)
    for cells, texts in ((table.rows[0].cells, head), *((None, r) for r in rows)):
        row = table.add_row().cells if cells is None else cells
        for cell, text in zip(row, texts, strict=True):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(text)
            run.font.size = size
            run.bold = cells is not None
            if _numeric(text):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    # the heading row repeats on each page, and no row breaks across pages
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for line in table.rows:
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    document.add_paragraph()


def _numeric(text: str) -> bool:
    return bool(text) and text.replace(",", "").replace(".", "").lstrip("-–").isdigit()


def _picture(document: Document, chart: Chart) -> None:
    import vl_convert
    from docx.shared import Inches

    from benchside.tools.reporting.figures import MEASURED_FONT

    spec: dict[str, Any] = chart.spec | {"config": vega_config() | {"font": MEASURED_FONT, "background": "#ffffff"}}
    png = vl_convert.vegalite_to_png(json.dumps(spec, sort_keys=True), scale=2, allowed_base_urls=[])
    document.add_paragraph(chart.title).runs[0].bold = True
    shape = document.add_picture(io.BytesIO(png), width=Inches(5.2))
    shape._inline.docPr.set("descr", chart.alt)
