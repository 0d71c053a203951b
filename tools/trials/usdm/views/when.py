"""What happens when: the schedule of activities, a table for each timeline."""

from __future__ import annotations

from benchside.tools.trials.design.results import Cell, Column, Table
from benchside.tools.trials.usdm.index import Index, Node
from benchside.tools.trials.usdm.markup import plain, words
from benchside.tools.trials.usdm.views.order import ordered

MARK = "X"


def schedule(index: Index, design: Node) -> list[Table]:
    """The schedules of a design, the main timeline first.

    Above the activities stand the epoch, the timing and the window of each column; an activity that is done under a
    condition, or as a timeline of its own, has a letter that the notes explain.
    """
    timelines = index.held(design, "scheduleTimelines")
    main = [t for t in timelines if t.data.get("mainTimeline") is True]
    rest = [t for t in timelines if t not in main]
    return [_timeline(index, design, timeline) for timeline in [*main, *rest]]


def _timeline(index: Index, design: Node, timeline: Node) -> Table:
    points = [n for n in _in_time(index, timeline) if n.kind == "ScheduledActivityInstance"]
    visits = [index.get(p.text("encounterId"), "Encounter") for p in points]
    heads = [v.named() if v is not None else p.named() for p, v in zip(points, visits, strict=True)]
    timings = [_timing(index, timeline, p) for p in points]
    epochs = [index.get(p.text("epochId"), "StudyEpoch") for p in points]
    notes = _Notes()
    rows: list[tuple[Cell, ...]] = [
        (
            "Epoch",
            *(e.named() if e is not None else "" for e in epochs),
        ),
        ("Timing", *(_said(index, t) for t in timings)),
        ("Window", *(_window(t) for t in timings)),
    ]
    done = {i for p in points for i in p.ids("activityIds")}
    for activity, depth in _activities(index, design):
        if activity.id not in done and not _has_done(index, activity, done):
            continue
        name = "  " * depth + activity.named() + _remarks(index, activity, notes)
        marks = (_mark(index, activity, p, notes) if activity.id in p.ids("activityIds") else "" for p in points)
        rows.append((name, *marks))
    columns = [Column("activity", "Activity", digits=0)]
    columns += [Column(f"c{i}", head, digits=0) for i, head in enumerate(heads, start=1)]
    title = f"Schedule of activities, {design.named()}: {timeline.named()}"
    if timeline.text("entryCondition"):
        title += f" (entered when: {plain(timeline.text('entryCondition'))})"
    return Table("schedule", title, tuple(columns), tuple(rows), notes.lines())


class _Notes:
    """Footnotes by letter, each said once."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def letter(self, text: str) -> str:
        """The letter of a note: a to z, then aa, ab."""
        if text not in self._letters:
            n, letter = len(self._letters), ""
            while n >= 0:
                letter = chr(ord("a") + n % 26) + letter
                n = n // 26 - 1
            self._letters[text] = letter
        return self._letters[text]

    def lines(self) -> tuple[str, ...]:
        """All notes."""
        return tuple(f"{letter}  {text}" for text, letter in self._letters.items())


def _in_time(index: Index, timeline: Node) -> list[Node]:
    """Instances from the entry on, by their default ways; others after them."""
    instances = index.held(timeline, "instances")
    by_id = {n.id: n for n in instances}
    found: dict[int, Node] = {}
    for start in [*filter(None, [by_id.get(timeline.text("entryId"))]), *instances]:
        node: Node | None = start
        while node is not None and id(node) not in found:
            found[id(node)] = node
            node = by_id.get(node.text("defaultConditionId"))
    return list(found.values())


def _timing(index: Index, timeline: Node, point: Node) -> Node | None:
    timings = index.held(timeline, "timings")
    return next((t for t in timings if point.id in t.ids("relativeFromScheduledInstanceId")), None)


def _said(index: Index, timing: Node | None) -> str:
    if timing is None:
        return ""
    label = timing.text("valueLabel") or timing.text("value")
    word = {"C201356": "after", "C201357": "before"}.get(index.code(timing, "type"))
    anchors = [n.named() for n in index.referred(timing, "relativeToScheduledInstanceId")]
    return f"{label} {word} {anchors[0]}" if word and anchors else label


def _window(timing: Node | None) -> str:
    if timing is None:
        return ""
    low, high = timing.text("windowLower"), timing.text("windowUpper")
    return timing.text("windowLabel") or (f"-{low.lstrip('-')} to +{high.lstrip('+')}" if low and high else "")


def _activities(index: Index, design: Node) -> list[tuple[Node, int]]:
    """Activities in their order, children below their parents; each once."""
    activities = ordered(index.held(design, "activities"))
    children = {i for a in activities for i in a.ids("childIds")}
    found: dict[int, tuple[Node, int]] = {}
    stack = [(a, 0) for a in reversed(activities)]
    # what only a circle of children holds comes last, so that it is not lost
    stack = [s for s in stack if s[0].id in children] + [s for s in stack if s[0].id not in children]
    while stack:
        activity, depth = stack.pop()
        if id(activity) not in found:
            found[id(activity)] = activity, depth
            stack += [(c, depth + 1) for c in reversed(index.referred(activity, "childIds"))]
    return list(found.values())


def _has_done(index: Index, activity: Node, done: set[str]) -> bool:
    seen: set[str] = set()
    stack = list(activity.ids("childIds"))
    while stack:
        one = stack.pop()
        if one in done:
            return True
        child = index.get(one, "Activity") if one not in seen else None
        seen.add(one)
        stack += child.ids("childIds") if child is not None else ()
    return False


def _remarks(index: Index, activity: Node, notes: _Notes) -> str:
    said = [f"as the timeline {t.named()!r}" for t in index.referred(activity, "timelineId")]
    said += [plain(n.text("text")) for n in index.held(activity, "notes")]
    said += [
        words(index, c)
        for c in index.of("Condition")
        if activity.id in c.ids("appliesToIds") and not c.ids("contextIds")
    ]
    letters = ",".join(notes.letter(s) for s in said if s)
    return f" [{letters}]" if letters else ""


def _mark(index: Index, activity: Node, point: Node, notes: _Notes) -> str:
    said = [
        words(index, c)
        for c in index.of("Condition")
        if activity.id in c.ids("appliesToIds") and {point.id, activity.id} & set(c.ids("contextIds"))
    ]
    letters = ",".join(notes.letter(s) for s in said if s)
    return f"{MARK} [{letters}]" if letters else MARK
