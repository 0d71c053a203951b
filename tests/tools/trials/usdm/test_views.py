"""What people read of a study."""

from __future__ import annotations

import copy

from benchside.tools.trials.usdm.index import index_of
from benchside.tools.trials.usdm.markup import plain
from benchside.tools.trials.usdm.periods import days
from benchside.tools.trials.usdm.reading import Source, typed
from benchside.tools.trials.usdm.views.order import ordered
from benchside.tools.trials.usdm.views.tables import tables


def test_the_schedule_of_the_pilot(pilot: Source) -> None:
    main, *rest = tables(typed(pilot), ["schedule"])
    assert len(rest) == 3
    assert [c.label for c in main.columns[:4]] == ["Activity", "Screening 1", "Screening 2", "Baseline"]
    rows = {str(row[0]): row for row in main.rows}
    assert rows["Informed consent"].count("X") == 1
    assert rows["Hemoglobin A1C"][1] == "X [b]"
    assert rows["Window"][4] == "-3..3 days"
    assert rows["Timing"][1] == "2 weeks before Dose"
    # every cell of the file is in the table, and no other
    timeline = next(t for t in index_of(pilot.data).of("ScheduleTimeline") if t.data["mainTimeline"])
    asked = sum(len(i["activityIds"]) for i in timeline.data["instances"])
    assert sum(str(c).startswith("X") for row in main.rows[3:] for c in row[1:]) == asked


def test_the_criteria_of_the_pilot(pilot: Source) -> None:
    inclusion, exclusion = tables(typed(pilot), ["criteria"])
    assert len(inclusion.rows) + len(exclusion.rows) == 31
    assert inclusion.rows[0][2] == "Males and postmenopausal females at least 50 years of age."
    assert str(inclusion.rows[2][2]) == "MMSE score of 10 to 23."
    assert not any("<" in str(r[2]) and ">" in str(r[2]) and "usdm:" in str(r[2]) for r in inclusion.rows)


def test_the_tables_of_the_example(example: Source) -> None:
    found = {t.name: t for t in tables(typed(example))}
    assert found["inclusion_criteria"].rows[0] == ("I1", "Age", "Age from 18 to 75 years.")
    assert found["exclusion_criteria"].column("no.") == ("E1", "E2")
    assert found["arms"].rows[0] == (
        *("SYN-1 20 mg", "Investigational Arm"),
        *("Screening period", "SYN-1 for 12 weeks", "Follow-up for 4 weeks"),
    )
    assert found["interventions"].rows[0][4:] == ("20 Milligram", "Oral Route of Administration", "Daily", "12 weeks")
    assert found["estimands"].rows[0][-1] == "Discontinuation of study treatment: Treatment policy"
    assert found["objectives"].rows[0][3] == "Change from baseline in symptom score at week 12"


def test_an_order_in_a_circle_loses_nobody(example: Source) -> None:
    data = copy.deepcopy(example.data)
    epochs = data["study"]["versions"][0]["studyDesigns"][0]["epochs"]
    epochs[2]["nextId"] = epochs[0]["id"]
    assert len(ordered(index_of(data).of("StudyEpoch"))) == 3
    epochs.reverse()
    epochs[0]["nextId"] = None
    assert [n.named() for n in ordered(index_of(data).of("StudyEpoch"))] == ["Screening", "Treatment", "Follow-up"]


def test_markup_and_durations() -> None:
    assert plain("<p>One &lt; two</p><ol><li>a</li><li>b.</li></ol><p>c\x1b[2J</p>") == "One < two; a; b. c [2J"
    assert [days(t) for t in ("P2W", "-P1DT12H", "P1M", "P", "PT", "2 weeks", "")] == [14, -1.5, 30.4375, *[None] * 4]
