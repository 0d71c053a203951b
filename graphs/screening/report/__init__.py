"""The report of a screening: one HTML page, from the files and the ledger of the run alone."""

from __future__ import annotations

from benchside.graphs.screening.report.hits import cards_lead, cards_section, table_lead, table_section
from benchside.graphs.screening.report.landscape import (
    clusters_lead,
    clusters_section,
    distributions_lead,
    distributions_section,
)
from benchside.graphs.screening.report.material import Material
from benchside.graphs.screening.report.methods import profile_section, sources_section
from benchside.graphs.screening.report.overview import funnel_section, rejects_section, subtitle, title_badges
from benchside.graphs.screening.report.safety import safety_lead, safety_section
from benchside.tools.reporting.page import Page, Section, render

__all__ = ["Material", "screening_report"]


def screening_report(material: Material) -> str:
    """The page as HTML."""
    m = material
    library = "approved drugs (from admet-ai)" if m.request.library == "approved-drugs" else m.request.library
    sections = [
        Section("funnel", "From library to shortlist", funnel_section(m), nav="Funnel"),
        Section("shortlist", "Shortlist", table_section(m), lead=table_lead(m)),
        Section("hits", "Hits one by one", cards_section(m), lead=cards_lead(m), nav="Hits"),
        Section("distributions", "Properties", distributions_section(m), lead=distributions_lead(m)),
        Section("clusters", "Clusters and scaffolds", clusters_section(m), lead=clusters_lead(m), nav="Clusters"),
        Section("safety", "Safety gate", safety_section(m), lead=safety_lead(m)),
        Section("rejects", "Rejects and duplicates", rejects_section(m), nav="Rejects"),
        Section("profile", f"Profile: {m.profile.name}", profile_section(m), lead=m.profile.description),
        Section("quality", "Where the numbers come from", sources_section(m), nav="Sources"),
    ]
    return render(
        Page(
            title=f"{library}: {m.counts['shortlisted']} of {m.counts['rows']:,} shortlisted",
            kind="Compound screening",
            subtitle=subtitle(m),
            badges=title_badges(m),
            sections=[s for s in sections if s.body],
            made=m.made,
        )
    )
