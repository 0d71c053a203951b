"""The schedule of the example study: arms by epochs, visits with their windows, and what is done at each."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

from making import WEEK, code, linked, new, quantity

from benchside.tools.trials.usdm.codes import Duration
from benchside.tools.trials.usdm.design import StudyArm, StudyCell, StudyElement, StudyEpoch
from benchside.tools.trials.usdm.interventions import StudyIntervention
from benchside.tools.trials.usdm.schedule import (
    Activity,
    Encounter,
    Procedure,
    ScheduledActivityInstance,
    ScheduleTimeline,
    ScheduleTimelineExit,
    Timing,
)

EPOCHS = [
    ("Screening", ("C202487", "Screening Epoch")),
    ("Treatment", ("C101526", "Treatment Epoch")),
    ("Follow-up", ("C202578", "Follow-Up Epoch")),
]
LOCAL = ("Benchside example terms", "1")
ACTIVITIES = [
    ("Informed consent", "CONSENT", [0]),
    ("Eligibility", "ELIG", [0]),
    ("Randomisation", "RAND", [1]),
    ("Dispensing of study treatment", "DISP", [1, 2]),
    ("Symptom score", "SCORE", [0, 1, 2, 3]),
    ("Vital signs", "VITAL", [0, 1, 2, 3, 4]),
    ("Adverse events", "AE", [1, 2, 3, 4]),
]
VISITS = [
    ("Screening visit", 0, "P2W", "2 weeks", ("P1W", "P0D"), "Before"),
    ("Day 1", 1, "P0D", "Day 1", None, "Fixed Reference"),
    ("Week 6", 1, "P6W", "6 weeks", ("P3D", "P3D"), "After"),
    ("Week 12", 1, "P12W", "12 weeks", ("P3D", "P3D"), "After"),
    ("Week 16", 2, "P16W", "16 weeks", ("P1W", "P1W"), "After"),
]
TYPES = {"Before": "C201357", "After": "C201356", "Fixed Reference": "C201358"}


def schedule(active: StudyIntervention, placebo: StudyIntervention) -> SimpleNamespace:
    """Epochs, arms, their cells, and the main timeline."""
    epochs = linked([new(StudyEpoch, name=name, type=code(*kind)) for name, kind in EPOCHS])
    arms = [
        new(
            StudyArm,
            name=name,
            type=code(*kind),
            data_origin_description="Collected in this study",
            data_origin_type=code("C188866", "Data Generated Within Study"),
        )
        for name, kind in (
            ("SYN-1 20 mg", ("C174266", "Investigational Arm")),
            ("Placebo arm", ("C174268", "Placebo Control Arm")),
        )
    ]
    screen, on_drug, on_placebo, after = (
        new(StudyElement, name=name, study_intervention_ids=ids)
        for name, ids in (
            ("Screening period", []),
            ("SYN-1 for 12 weeks", [active.id]),
            ("Placebo for 12 weeks", [placebo.id]),
            ("Follow-up for 4 weeks", []),
        )
    )
    cells = [
        new(StudyCell, arm_id=arm.id, epoch_id=epoch.id, element_ids=[element.id])
        for arm, middle in zip(arms, (on_drug, on_placebo), strict=True)
        for epoch, element in zip(epochs, (screen, middle, after), strict=True)
    ]

    activities = linked(
        [
            new(
                Activity,
                name=name,
                defined_procedures=[
                    new(
                        Procedure,
                        name=f"{name}, procedure",
                        procedure_type="Study procedure",
                        code=code(short, name, *LOCAL),
                        study_intervention_id=active.id if short == "DISP" else None,
                    )
                ],
            )
            for name, short, _ in ACTIVITIES
        ]
    )
    encounters = linked(
        [
            new(
                Encounter,
                name=name,
                type=code("C25716", "Visit"),
                environmental_settings=[code("C211570", "Clinic")],
                contact_modes=[code("C175574", "In Person")],
            )
            for name, *_ in VISITS
        ]
    )
    way_out = new(ScheduleTimelineExit)
    points = [
        new(
            ScheduledActivityInstance,
            name=f"At {name}",
            epoch_id=epochs[epoch].id,
            activity_ids=[a.id for a, (_, _, at) in zip(activities, ACTIVITIES, strict=True) if i in at],
            encounter_id=encounters[i].id,
        )
        for i, (name, epoch, *_) in enumerate(VISITS)
    ]
    for one, following in pairwise(points):
        one.default_condition_id = following.id
    points[-1].timeline_exit_id = way_out.id
    timings = [
        new(
            Timing,
            name=f"When {name}",
            type=code(TYPES[kind], kind),
            value=value,
            value_label=label,
            relative_to_from=code("C201355", "Start to Start"),
            relative_from_scheduled_instance_id=point.id,
            relative_to_scheduled_instance_id=points[1].id,
            window_lower=window[0] if window else None,
            window_upper=window[1] if window else None,
            window_label=f"-{window[0][1:]} to +{window[1][1:]}" if window else None,
        )
        for (name, _, value, label, window, kind), point in zip(VISITS, points, strict=True)
    ]
    for encounter, timing in zip(encounters, timings, strict=True):
        encounter.scheduled_at_id = timing.id
    timeline = new(
        ScheduleTimeline,
        name="Main timeline",
        main_timeline=True,
        entry_condition="Informed consent is given",
        entry_id=points[0].id,
        exits=[way_out],
        timings=timings,
        instances=points,
        planned_duration=new(Duration, text="18 weeks", quantity=quantity(18, WEEK), duration_will_vary=False),
    )
    return SimpleNamespace(
        epochs=epochs,
        arms=arms,
        cells=cells,
        elements=[screen, on_drug, on_placebo, after],
        activities=activities,
        encounters=encounters,
        timeline=timeline,
    )
