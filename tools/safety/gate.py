"""The safety gate: one structure, or anything that a person types, and an action; out comes a verdict with its reason.

The gate takes a text and an action and nothing else. What a text says about itself, about its purpose or about the
verdict is never read as anything but names and structures; settings come from the user's settings file alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.metadata import version

from rdkit import Chem

from benchside.tools.chemistry.parsing import parse
from benchside.tools.chemistry.records import InputRecord
from benchside.tools.gate import Action, GateDecision, Verdict
from benchside.tools.safety import families, tables
from benchside.tools.safety.forms import Forms, FormsError, Part, forms_of, part_of_parent
from benchside.tools.safety.judgement import JudgedPart, Judgement
from benchside.tools.safety.lists import UNKNOWN, UNREADABLE, Match
from benchside.tools.safety.matching import Matcher, match_of, matcher
from benchside.tools.safety.policy import ORDER, PATHS, relaxed_by, subject_of, verdict_of, worst
from benchside.tools.safety.settings import SafetySettings
from benchside.tools.safety.tables import Row

NO_MATCH = "no match"
_OWN = "benchside safety gate"
_STRENGTH = ("structure", "name", "class", "energetic", "stereo", "similar", "excluded")


@cache
def gate_version() -> str:
    """Version of Benchside and a digest of the tables and patterns, so that a verdict says what it was made with."""
    digest = hashlib.sha256()
    for path in (*sorted(tables.FOLDER.glob("*.csv")), *sorted(families.FOLDER.glob("*.toml"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{version('benchside')}, tables {digest.hexdigest()[:12]}"


class SafetyGate:
    """Judges structures and names by the tables, patterns and policy of this package.

    Args:
        settings: the user's settings; the defaults relax nothing.
    """

    name: str = _OWN

    def __init__(self, settings: SafetySettings | None = None) -> None:
        self.settings = settings or SafetySettings()
        self.version = gate_version()

    @property
    def relaxed(self) -> tuple[str, ...]:
        """The settings in force that relax something, one line each."""
        return tuple(relaxation.text() for relaxation in self.settings.relax)

    def judge(self, smiles: str, action: Action) -> GateDecision:
        """The verdict on a structure (SMILES, InChI or mol block); one that cannot be read is `needs-approval`."""
        return self.judge_structure(smiles, action).decision

    def judge_structure(self, text: str, action: Action) -> Judgement:
        """The full judgement of a structure; a name is no structure here."""
        kind = _kind(text)
        made = _forms(text)
        if isinstance(made, str):
            return self._unreadable(text, action, made)
        return self._judged(text, kind, [*_judged_parts(self, made, action)], action)

    def judge_parent(self, mol: Chem.Mol, inchikey: str, action: Action) -> GateDecision:
        """The verdict on a standardised parent (of tools.chemistry.structures) with its InChIKey: the fast way in.

        The parent's counter-ions and solvents are judged apart from it; a structure of several parts goes the long way.
        """
        if len(Chem.GetMolFrags(mol)) != 1:
            return self.judge(Chem.MolToSmiles(mol), action)
        if not inchikey:
            return self._unreadable("", action, "it has no InChIKey").decision
        try:
            part = part_of_parent(mol, inchikey)
        except FormsError as error:
            return self._unreadable("", action, str(error)).decision
        judged = _judge_part(self, matcher(), part, action)
        return self._decision([judged], action)

    def judge_text(self, text: str, action: Action) -> Judgement:
        """The judgement of anything that a person types: a name, SMILES, InChI, InChIKey, CAS number, or prose.

        A text that is neither a name nor a structure is never `allow`.
        """
        from benchside.tools.safety.reading import read_text

        reading = read_text(text)
        parts = [self._by_name(row, action) for row in reading.rows]
        reasons: list[str] = []
        for structure in reading.structures:
            made = _forms(structure)
            if isinstance(made, str):
                reasons.append(made)
            else:
                parts += _judged_parts(self, made, action)
        if not parts or reasons:
            # an unreadable part beside readable ones is no less unreadable
            unread = self._unreadable(text, action, "; ".join(reasons) or reading.problem)
            if not parts:
                return unread
            return self._worse_of(self._judged(text, reading.understood_as, parts, action), unread)
        judged = self._judged(text, reading.understood_as, parts, action)
        if reading.understood_as == "text":
            return self._worse_of(judged, self._unreadable(text, action, reading.problem))
        return judged

    def _worse_of(self, judged: Judgement, unread: Judgement) -> Judgement:
        """The stricter decision, with the parts that were judged."""
        if ORDER.index(judged.verdict) >= ORDER.index(unread.verdict):
            return judged
        return Judgement(
            judged.asked, judged.understood_as, unread.decision, judged.parts, unread.path, judged.gate, judged.relaxed
        )

    def _by_name(self, row: Row, action: Action) -> JudgedPart:
        mirrored = row.exclusion and any(not other.exclusion for other in matcher().rows(row.key14))
        match = match_of(row, "excluded" if row.exclusion else "name", attention=mirrored)
        return JudgedPart("", row.key or row.key14, verdict_of(match, action, self.settings), (match,))

    def _judged(self, text: str, kind: str, parts: list[JudgedPart], action: Action) -> Judgement:
        decision = self._decision(parts, action)
        match = _deciding(parts, action, self.settings)
        held = decision.verdict in {Verdict.NEEDS_APPROVAL, Verdict.REFUSE}
        path = PATHS[subject_of(match.list, match.category)] if held and match else ""
        return Judgement(text, kind, decision, tuple(parts), path, f"{self.name} {self.version}", self.relaxed)

    def _decision(self, parts: list[JudgedPart], action: Action) -> GateDecision:
        verdict = worst(*(part.verdict for part in parts))
        match = _deciding(parts, action, self.settings)
        if match is None:
            return GateDecision(Verdict.ALLOW, action, NO_MATCH, self.name, "no list, class or group matches")
        reason = self._reason(match, verdict, action)
        return GateDecision(verdict, action, match.rule, _source(match), reason, match.atoms)

    def _reason(self, match: Match, verdict: Verdict, action: Action) -> str:
        said = _said(match)
        relaxed = relaxed_by(match, action, self.settings)
        if relaxed and verdict is not Verdict.REFUSE:
            said += f"; relaxed by settings ({'; '.join(relaxation.text() for relaxation in relaxed)})"
        return said

    def _unreadable(self, text: str, action: Action, why: str) -> Judgement:
        rule = UNKNOWN if why == UNKNOWN else UNREADABLE
        said = (
            "no name, CAS number or structure that is known here, so that nothing can be said for it"
            if why == UNKNOWN
            else f"the structure cannot be judged: {why}"
        )
        decision = GateDecision(Verdict.NEEDS_APPROVAL, action, rule, self.name, said)
        path = "Give the structure as SMILES, or ask your chemical-safety officer."
        return Judgement(text, "nothing", decision, (), path, f"{self.name} {self.version}", self.relaxed)


@cache
def default_gate() -> SafetyGate:
    """The gate with nothing relaxed: what every gated capability asks unless it is given another."""
    return SafetyGate()


def _judge_part(
    gate: SafetyGate, using: Matcher, part: Part, action: Action, others: Sequence[Part] = ()
) -> JudgedPart:
    matches = using.matches(part, others)
    verdict = worst(*(verdict_of(match, action, gate.settings) for match in matches))
    if verdict is Verdict.ALLOW and (near := using.similar(part, gate.settings.similarity)):
        matches += near
        verdict = worst(*(verdict_of(match, action, gate.settings) for match in matches))
    return JudgedPart(part.smiles, part.inchikey, verdict, _weightiest_first(matches, action, gate.settings))


def _judged_parts(gate: SafetyGate, forms: Forms, action: Action) -> Iterable[JudgedPart]:
    using = matcher()
    for part in forms.parts:
        yield _judge_part(gate, using, part, action, [other for other in forms.parts if other is not part])
    together = [(key, "the parts together", False) for key in forms.salts]
    together += [(key, "neutral parts of it beside something else", True) for key in forms.loose]
    for salt, detail, attention in together:
        rows = [row for row in using.rows(salt[:14]) if not row.exclusion]
        if rows:
            matches = tuple(match_of(row, "structure", detail, attention=attention) for row in rows)
            verdict = worst(*(verdict_of(match, action, gate.settings) for match in matches))
            yield JudgedPart("", salt, verdict, matches)


@lru_cache(maxsize=4_096)
def _forms(text: str) -> Forms | str:
    """A structure in all its forms, or why it cannot be judged."""
    kind = _kind(text)
    form = {"mol block": "molblock", "inchi": "inchi"}.get(kind, "smiles")
    record = InputRecord(1, None, "", text if kind == "mol block" else text.strip(), form)  # type: ignore[arg-type]
    mol, problem, _ = parse(record)
    if mol is None:
        return problem.message if problem else "there is no structure"
    try:
        forms = forms_of(mol)
    except FormsError as error:
        return str(error)
    if without := [part.smiles for part in forms.parts if not part.inchikey]:
        return f"the InChI software gives no key for {without[0]}"
    return forms


def _kind(text: str) -> str:
    if "M  END" in text:
        return "mol block"
    return "inchi" if re.match(r"\s*inchi=", text, re.IGNORECASE) else "smiles"


def _deciding(parts: Iterable[JudgedPart], action: Action, settings: SafetySettings) -> Match | None:
    """The match that settles the verdict: of the worst verdict, the most certain."""
    every = [match for part in parts for match in part.matches]
    return next(iter(_weightiest_first(every, action, settings)), None)


def _weightiest_first(matches: Iterable[Match], action: Action, settings: SafetySettings) -> tuple[Match, ...]:
    every = list(matches)
    named = {match.rule for match in every if match.how == "name"}

    def weight(match: Match) -> tuple[int, bool, int]:
        # of items that one structure may be, the one that was asked for
        return (
            -ORDER.index(verdict_of(match, action, settings)),
            bool(named) and match.rule not in named,
            _STRENGTH.index(match.how),
        )

    return tuple(sorted(every, key=weight))


_HOW = {
    "structure": "is",
    "name": "is named as",
    "class": "belongs to the class",
    "stereo": "has the atoms and bonds of",
    "similar": "resembles",
    "energetic": "has",
    "excluded": "is",
}


def _said(match: Match) -> str:
    where = f"{match.list} {match.category}".strip()
    detail = f" ({match.detail})" if match.detail else ""
    return f"it {_HOW[match.how]} {match.title}, {where}{detail}"


def _source(match: Match) -> str:
    return f"{match.source}, {match.edition}"
