"""Which verdict a match gives: by list, category and action.

| what | look-up | rank | optimise | make | plan-use |
|---|---|---|---|---|---|
| chemical weapon (CWC Schedule 1) | note | refuse | refuse | refuse | refuse |
| precursor of one (CWC 2 and 3, Australia Group) | note | note | needs-approval | needs-approval | needs-approval |
| controlled drug (UN 1961, UN 1971, US CSA, UK MDA) | note | note | needs-approval | needs-approval | needs-approval |
| drug precursor (UN 1988) | note | note | note | needs-approval | note |
| explosive | note | note | needs-approval | needs-approval | needs-approval |
| energetic group | note | note | note | note | note |

Explosives are not refused: listed ones are licensed industrial materials, and some are approved medicines
(nitroglycerin, isosorbide dinitrate), so a person who knows the licence of the site decides. Schedule 1 is refused and
cannot be approved here: what the Convention permits of it (Article VI, within declared facilities) is settled with the
national authority, not with a program.
"""

from __future__ import annotations

from enum import StrEnum

from benchside.tools.gate import Action, Verdict
from benchside.tools.safety.lists import Match
from benchside.tools.safety.settings import Relaxation, SafetySettings

ORDER = (Verdict.ALLOW, Verdict.NOTE, Verdict.NEEDS_APPROVAL, Verdict.REFUSE)
"""From free to closed."""

AT_MOST_A_NOTE = frozenset({"stereo", "similar", "excluded"})
"""Ways of being recognised that are a reason to look and no more."""


class Subject(StrEnum):
    """What a list is about, as far as the verdict goes."""

    WEAPON = "chemical weapon"
    WEAPON_PRECURSOR = "chemical-weapon precursor"
    DRUG = "controlled drug"
    DRUG_PRECURSOR = "drug precursor"
    EXPLOSIVE = "explosive"
    ENERGETIC = "energetic group"


MATRIX: dict[Subject, dict[Action, Verdict]] = {
    subject: dict(zip(Action, (Verdict(word) for word in words.split()), strict=True))
    for subject, words in {
        # look-up, rank, optimise, make, plan-use
        Subject.WEAPON: "note refuse refuse refuse refuse",
        Subject.WEAPON_PRECURSOR: "note note needs-approval needs-approval needs-approval",
        Subject.DRUG: "note note needs-approval needs-approval needs-approval",
        Subject.DRUG_PRECURSOR: "note note note needs-approval note",
        Subject.EXPLOSIVE: "note note needs-approval needs-approval needs-approval",
        Subject.ENERGETIC: "note note note note note",
    }.items()
}
"""The verdict of a full match, by subject and action."""

PATHS = {
    Subject.WEAPON: "What the Convention permits is settled with the national authority for the Chemical Weapons "
    "Convention and within declared facilities; ask your chemical-safety officer.",
    Subject.WEAPON_PRECURSOR: "Use is declared to the national authority, and export is licensed; ask your "
    "chemical-safety officer.",
    Subject.DRUG: "Work with it needs a licence of the national competent authority; ask your chemical-safety officer.",
    Subject.DRUG_PRECURSOR: "Trade and use are registered with the national competent authority; ask your "
    "chemical-safety officer.",
    Subject.EXPLOSIVE: "Work with it belongs to a licensed site; ask your chemical-safety officer.",
    Subject.ENERGETIC: "Ask your chemical-safety officer.",
}
"""The legitimate path, one sentence for each subject."""


def subject_of(list_name: str, category: str) -> Subject:
    """What an item of this list and category is to the gate; an unknown category is the strictest of its list."""
    if list_name == "CWC":
        weaker = category.startswith(("Schedule 2", "Schedule 3"))
        return Subject.WEAPON_PRECURSOR if weaker else Subject.WEAPON
    if list_name == "Australia Group":
        return Subject.WEAPON_PRECURSOR
    if list_name == "UN 1988":
        return Subject.DRUG_PRECURSOR
    if list_name == "Explosives":
        return Subject.ENERGETIC if category == "energetic group" else Subject.EXPLOSIVE
    # the US schedules have a part on immediate precursors and list chemicals besides
    return Subject.DRUG_PRECURSOR if category.startswith("List ") else Subject.DRUG


def verdict_of(match: Match, action: Action, settings: SafetySettings) -> Verdict:
    """The verdict that one match gives for an action under these settings."""
    if match.how == "excluded" and not match.attention:
        return Verdict.ALLOW
    subject = subject_of(match.list, match.category) if match.list != "*" else Subject.ENERGETIC
    full = MATRIX[subject][action]
    if match.how in AT_MOST_A_NOTE or match.attention:
        return least(full, Verdict.NOTE)
    if subject is Subject.WEAPON:
        return full
    for relaxation in settings.relax:
        if _covers(relaxation, match, action):
            full = least(full, Verdict(relaxation.verdict))
    return full


def relaxed_by(match: Match, action: Action, settings: SafetySettings) -> list[Relaxation]:
    """The relaxations that have a say in a match."""
    return [relaxation for relaxation in settings.relax if _covers(relaxation, match, action)]


def _covers(relaxation: Relaxation, match: Match, action: Action) -> bool:
    return (
        relaxation.list == match.list
        and relaxation.category in {"", match.category}
        and action in relaxation.actions
        and match.how not in AT_MOST_A_NOTE
    )


def least(*verdicts: Verdict) -> Verdict:
    """The freest of these."""
    return min(verdicts, key=ORDER.index)


def worst(*verdicts: Verdict) -> Verdict:
    """The most closed of these; `allow` of none."""
    return max(verdicts, key=ORDER.index, default=Verdict.ALLOW)
