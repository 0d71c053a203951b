"""Writes synthetic-study.usdm.json: an invented trial, made with the classes of Benchside, as an example of USDM v4.

python examples/usdm/build_study.py [FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from making import MG, WEEK, YEAR, alias, code, linked, new, quantity
from schedule import LOCAL, schedule

from benchside.tools.trials.usdm.codes import Duration, GeographicScope, Range
from benchside.tools.trials.usdm.design import InterventionalStudyDesign
from benchside.tools.trials.usdm.documents import (
    NarrativeContent,
    NarrativeContentItem,
    StudyDefinitionDocument,
    StudyDefinitionDocumentVersion,
)
from benchside.tools.trials.usdm.governance import (
    GovernanceDate,
    Masking,
    Organization,
    StudyIdentifier,
    StudyRole,
    StudyTitle,
)
from benchside.tools.trials.usdm.interventions import AdministrableProduct, Administration, StudyIntervention
from benchside.tools.trials.usdm.objectives import AnalysisPopulation, Endpoint, Estimand, IntercurrentEvent, Objective
from benchside.tools.trials.usdm.population import (
    EligibilityCriterion,
    EligibilityCriterionItem,
    Indication,
    StudyDesignPopulation,
)
from benchside.tools.trials.usdm.reading import write
from benchside.tools.trials.usdm.study import Study, StudyVersion, Usdm
from benchside.tools.trials.usdm.wording import ParameterMap, SyntaxTemplateDictionary

sponsor = new(
    Organization,
    name="SPONSOR",
    label="Synthetic Sponsor (invented)",
    type=code("C54149", "Pharmaceutical Company"),
    identifier_scheme="DUNS",
    identifier="00-000-0000",
)
drug = new(
    AdministrableProduct,
    name="SYN-1 tablet",
    administrable_dose_form=alias("C42998", "Tablet Dosage Form"),
    product_designation=code("C202579", "IMP"),
    sourcing=code("C215659", "Centrally Sourced"),
)
dummy = new(
    AdministrableProduct,
    name="Placebo tablet",
    administrable_dose_form=alias("C42998", "Tablet Dosage Form"),
    product_designation=code("C202579", "IMP"),
    sourcing=code("C215659", "Centrally Sourced"),
)


def intervention(name: str, role: tuple[str, str], product: Any, dose: float) -> StudyIntervention:
    """A tablet once daily for twelve weeks."""
    given = new(
        Administration,
        name=f"{name} once daily",
        duration=new(Duration, text="12 weeks", quantity=quantity(12, WEEK), duration_will_vary=False),
        dose=quantity(dose, MG),
        route=alias("C38288", "Oral Route of Administration"),
        frequency=alias("C25473", "Daily"),
        administrable_product_id=product.id,
    )
    made: StudyIntervention = new(
        StudyIntervention,
        name=name,
        role=code(*role),
        type=code("C1909", "Pharmacologic Substance"),
        administrations=[given],
    )
    return made


active = intervention("SYN-1", ("C41161", "Experimental Intervention"), drug, 20)
placebo = intervention("Placebo", ("C753", "Placebo"), dummy, 0)

minimum, maximum = quantity(18, YEAR), quantity(75, YEAR)
dictionary = new(
    SyntaxTemplateDictionary,
    name="AGES",
    parameter_maps=[
        new(ParameterMap, tag=tag, reference=f'<usdm:ref klass="Quantity" id="{q.id}" attribute="value"></usdm:ref>')
        for tag, q in (("min_age", minimum), ("max_age", maximum))
    ],
)
WORDS = [
    ("I1", "Age", True, '<p>Age from <usdm:tag name="min_age"/> to <usdm:tag name="max_age"/> years.</p>'),
    ("I2", "Diagnosis", True, "<p>Synthetic disorder of moderate severity for at least 6 months.</p>"),
    ("I3", "Consent", True, "<p>Written informed consent.</p>"),
    ("E1", "Other trials", False, "<p>Any investigational medicine within 30 days before screening.</p>"),
    ("E2", "Renal function", False, "<p>Estimated glomerular filtration rate &lt; 30 mL/min/1.73 m2.</p>"),
]
items = [
    new(EligibilityCriterionItem, name=i, text=text, dictionary_id=dictionary.id if "usdm:" in text else None)
    for i, _, _, text in WORDS
]
criteria = [
    new(
        EligibilityCriterion,
        name=identifier,
        label=label,
        category=code(*(("C25532", "Inclusion Criteria") if wanted else ("C25370", "Exclusion Criteria"))),
        identifier=identifier,
        criterion_item_id=item.id,
    )
    for (identifier, label, wanted, _), item in zip(WORDS, items, strict=True)
]
linked(criteria[:3])
linked(criteria[3:])

plan = schedule(active, placebo)

response = new(
    Endpoint,
    name="EP1",
    text="<p>Change from baseline in symptom score at week 12</p>",
    purpose="Efficacy",
    level=code("C94496", "Primary Endpoint"),
)
harm = new(
    Endpoint,
    name="EP2",
    text="<p>Adverse events up to week 16</p>",
    purpose="Safety",
    level=code("C139173", "Secondary Endpoint"),
)
objectives = [
    new(
        Objective,
        name="OBJ1",
        text="<p>To show that SYN-1 lowers the symptom score more than placebo does</p>",
        level=code("C85826", "Study Primary Objective"),
        endpoints=[response],
    ),
    new(
        Objective,
        name="OBJ2",
        text="<p>To describe the safety of SYN-1</p>",
        level=code("C85827", "Study Secondary Objective"),
        endpoints=[harm],
    ),
]
randomised = new(AnalysisPopulation, name="FAS", text="All randomised participants")
estimand = new(
    Estimand,
    name="EST1",
    population_summary="Difference of mean changes, SYN-1 minus placebo",
    analysis_population_id=randomised.id,
    intervention_ids=[active.id, placebo.id],
    variable_of_interest_id=response.id,
    intercurrent_events=[
        new(
            IntercurrentEvent,
            name="ICE1",
            text="<p>Discontinuation of study treatment</p>",
            strategy="Treatment policy",
        )
    ],
)
population = new(
    StudyDesignPopulation,
    name="Adults with synthetic disorder",
    includes_healthy_subjects=False,
    planned_enrollment_number=quantity(120),
    planned_completion_number=quantity(108),
    planned_sex=[code("C16576", "Female"), code("C20197", "Male")],
    criterion_ids=[c.id for c in criteria],
    planned_age=new(Range, min_value=minimum, max_value=maximum, is_approximate=False),
)
section = new(
    NarrativeContentItem,
    name="Synopsis",
    text='<div xmlns="http://www.w3.org/1999/xhtml"><p>This trial is invented. Nobody takes part in it.</p></div>',
)
world = new(GeographicScope, type=code("C68846", "Global"))
protocol = new(
    StudyDefinitionDocumentVersion,
    version="1",
    status=code("C85255", "Draft"),
    contents=[
        new(
            NarrativeContent,
            name="Section 1",
            section_number="1",
            section_title="Synopsis",
            display_section_number=True,
            display_section_title=True,
            content_item_id=section.id,
        )
    ],
)
design = new(
    InterventionalStudyDesign,
    name="Two arms in parallel",
    study_type=code("C98388", "Interventional Study"),
    study_phase=alias("C15601", "Phase II Trial"),
    characteristics=[code("C46079", "Randomized")],
    encounters=plan.encounters,
    activities=plan.activities,
    arms=plan.arms,
    study_cells=plan.cells,
    rationale="A concurrent control is needed to judge the effect.",
    epochs=plan.epochs,
    elements=plan.elements,
    estimands=[estimand],
    indications=[
        new(
            Indication,
            name="Synthetic disorder",
            codes=[code("SYN", "Synthetic disorder", *LOCAL)],
            is_rare_disease=False,
        )
    ],
    study_intervention_ids=[active.id, placebo.id],
    objectives=objectives,
    population=population,
    schedule_timelines=[plan.timeline],
    document_version_ids=[protocol.id],
    eligibility_criteria=criteria,
    analysis_populations=[randomised],
    sub_types=[code("C49666", "Efficacy Study")],
    model=code("C82639", "Parallel Study"),
    intent_types=[code("C49656", "Treatment Study")],
    blinding_schema=alias("C15228", "Double Blind Study"),
)
version = new(
    StudyVersion,
    version_identifier="1",
    rationale="An example for people and tests: everything in it is invented.",
    document_version_ids=[protocol.id],
    date_values=[
        new(
            GovernanceDate,
            name="Approval",
            type=code("C71476", "Approval Date"),
            date_value="2026-01-15",
            geographic_scopes=[world],
        )
    ],
    study_identifiers=[new(StudyIdentifier, text="SYNTHETIC-001", scope_id=sponsor.id)],
    study_designs=[design],
    titles=[
        new(
            StudyTitle,
            text="A Synthetic Trial of SYN-1 Against Placebo (Invented)",
            type=code("C207616", "Official Study Title"),
        ),
        new(StudyTitle, text="SYNTHETIC", type=code("C207646", "Study Acronym")),
    ],
    eligibility_criterion_items=items,
    narrative_content_items=[section],
    organizations=[sponsor],
    study_interventions=[active, placebo],
    administrable_products=[drug, dummy],
    dictionaries=[dictionary],
)
roles = [("Sponsor", "C70793", version, [sponsor.id])]
roles += [("Investigator", "C25936", design, []), ("Study Subject", "C41189", design, [])]
version.roles = [
    new(
        StudyRole,
        name=f"{word} role",
        code=code(value, word),
        applies_to_ids=[scope.id],
        organization_ids=ids,
        masking=None if ids else new(Masking, text="Does not know the treatment", is_masked=True),
    )
    for word, value, scope, ids in roles
]
study = Study(
    id="00000000-0000-4000-8000-000000000001",
    name="SYNTHETIC-001",
    description="Synthetic: an invented study that no person takes part in",
    versions=[version],
    documented_by=[
        new(
            StudyDefinitionDocument,
            name="Protocol",
            language=code("en", "English", "ISO 639-1", "2002"),
            type=code("C70817", "Protocol"),
            template_name="Example",
            versions=[protocol],
        )
    ],
)
target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("synthetic-study.usdm.json")
write(Usdm(study=study, usdm_version="4.0.0", system_name="Benchside example", system_version="1"), target)
