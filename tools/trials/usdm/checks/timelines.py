"""Timelines: durations and windows, entries and exits, what is scheduled and what never is."""

from __future__ import annotations

from collections.abc import Iterator

from benchside.tools.trials.usdm.checks.findings import Finding, Severity, finding
from benchside.tools.trials.usdm.index import Index, Node
from benchside.tools.trials.usdm.periods import days

FIXED = "C201358"


def check(index: Index) -> Iterator[Finding]:
    """Findings about timings and timelines."""
    for timing in index.of("Timing"):
        yield from _timing(index, timing)
    for timeline in index.of("ScheduleTimeline"):
        yield from _timeline(index, timeline)
    for design in index.of("InterventionalStudyDesign", "ObservationalStudyDesign"):
        yield from _design(index, design)


def _timing(index: Index, timing: Node) -> Iterator[Finding]:
    for name in ("value", "windowLower", "windowUpper"):
        text = timing.text(name)
        if text and days(text) is None:
            message = f"{name} {text[:40]!r} is no duration"
            yield finding("no-duration", Severity.ERROR, timing, message, "Write it as P2W or PT4H (ISO 8601).", name)
    if bool(timing.text("windowLower")) != bool(timing.text("windowUpper")):
        fix = "Give both windowLower and windowUpper, or neither."
        yield finding("half-window", Severity.ERROR, timing, "the window has one end", fix)
    fixed = index.code(timing, "type") == FIXED
    if not fixed and not timing.ids("relativeToScheduledInstanceId"):
        message = "it is relative to nothing, and is no fixed reference"
        fix = "Name the instance it is counted from in relativeToScheduledInstanceId."
        yield finding("no-anchor", Severity.ERROR, timing, message, fix)
    if fixed and timing.text("windowLower"):
        message = "a fixed reference has a window"
        yield finding("fixed-window", Severity.ERROR, timing, message, "Leave the window out.", "windowLower")
    timeline = timing.parent
    for name in ("relativeToScheduledInstanceId", "relativeFromScheduledInstanceId"):
        for other in index.referred(timing, name):
            if timeline is not None and other.parent is not None and other.parent.steps != timeline.steps:
                message = f"{name} is an instance of another timeline, {other.parent.named()!r}"
                yield finding("other-timeline", Severity.ERROR, timing, message, "Refer to one of its own.", name)


def _timeline(index: Index, timeline: Node) -> Iterator[Finding]:
    instances = index.held(timeline, "instances")
    own = {n.id for n in instances}
    entry = timeline.text("entryId")
    if entry and index.get(entry) is not None and entry not in own:
        fix = "Let it begin with one of its own instances."
        yield finding("other-timeline", Severity.ERROR, timeline, f"entryId {entry!r} is not in it", fix, "entryId")
    timings = index.held(timeline, "timings")
    if instances and not any(index.code(t, "type") == FIXED for t in timings):
        message = "it has no timing of the type Fixed Reference, so that nothing says where it is anchored"
        yield finding("no-fixed-reference", Severity.ERROR, timeline, message, "Add one at day one.", "timings")
    timed = {i for t in timings for i in t.ids("relativeFromScheduledInstanceId")}
    reached = {entry} | {i for n in instances for i in n.ids("defaultConditionId")}
    reached |= {i for a in index.of("ConditionAssignment") for i in a.ids("conditionTargetId")}
    for node in instances:
        if node.kind == "ScheduledActivityInstance" and node.id not in timed:
            fix = "Add a timing whose relativeFromScheduledInstanceId is this."
            yield finding("no-timing", Severity.WARNING, node, "no timing says when it is", fix)
        if node.id not in reached:
            fix = "Let another instance lead to it by its defaultConditionId."
            yield finding("not-reached", Severity.ERROR, node, "no instance of the timeline leads to it", fix)
        if not node.ids("defaultConditionId") and not node.ids("timelineExitId"):
            fix = "Give it a defaultConditionId or a timelineExitId."
            yield finding("no-way-on", Severity.ERROR, node, "nothing follows it, and it is no exit", fix)


def _design(index: Index, design: Node) -> Iterator[Finding]:
    timelines = index.held(design, "scheduleTimelines")
    main = [t for t in timelines if t.data.get("mainTimeline") is True]
    if timelines and len(main) != 1:
        message = f"it has {len(main)} main timelines"
        fix = "Exactly one timeline has mainTimeline true."
        yield finding("main-timeline", Severity.ERROR, design, message, fix, "scheduleTimelines")
    instances = [n for t in timelines for n in index.held(t, "instances")]
    done = {i for n in instances for i in n.ids("activityIds")}
    visited = {i for n in instances for i in n.ids("encounterId")}
    if not timelines:
        return
    for activity in index.held(design, "activities"):
        if activity.id not in done and not activity.ids("childIds"):
            message = f"the activity {activity.named()!r} is never scheduled"
            fix = "Add it to the activityIds of a ScheduledActivityInstance, or leave it out."
            yield finding("never-scheduled", Severity.WARNING, activity, message, fix)
    for encounter in index.held(design, "encounters"):
        if encounter.id not in visited:
            message = f"nothing takes place at the encounter {encounter.named()!r}"
            fix = "Refer to it by the encounterId of a ScheduledActivityInstance, or leave it out."
            yield finding("empty-encounter", Severity.WARNING, encounter, message, fix)
