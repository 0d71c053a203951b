"""What the safety gate holds and notes among approved drugs and in a screening library, and how fast it judges.

    python benchmarks/safety.py [LIBRARY] [--rows N] [--drugs] [--markdown]

Every compound is judged for the action `optimise`, with nothing relaxed: the approved drugs that admet-ai ships, and
LIBRARY, a CSV file (.gz allowed) with a SMILES column. A hold (`needs-approval` or `refuse`) counts as listed if the
compound, or one of its components as they are written, is a row of the tables by its key. Every other hold counts as
false: by a class, even one that a law defines; by a component that exists only because a bond to a metal was cut; by a
structure that cannot be read. The run fails if more than 1 % of the drugs or 0.1 % of the library are held falsely.

Speed is CPU seconds of this process on one thread: of judging standardised parents (what screening has at hand), and
of judging SMILES from end to end (reading, taking apart, neutralising and keys included). The run also says how many
listed explosives the patterns and the composition recognise without the tables (structures from the `chemicals`
package, by CAS number).
`--drugs` prints each drug that is held or noted, with its rule; `--markdown` prints the table of docs/safety.md, which
names rows of the gate's own tables only.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from properties import read_smiles
from rdkit import Chem, rdBase

from benchside.tools.chemistry.approved import approved_drugs
from benchside.tools.chemistry.names import resolve_name
from benchside.tools.chemistry.records import InputRecord
from benchside.tools.chemistry.structures import standardise_many
from benchside.tools.gate import Action, Verdict
from benchside.tools.safety import energetic
from benchside.tools.safety.families import families
from benchside.tools.safety.forms import forms_of
from benchside.tools.safety.gate import SafetyGate
from benchside.tools.safety.judgement import Judgement
from benchside.tools.safety.matching import matcher
from benchside.tools.safety.policy import ORDER, verdict_of
from benchside.tools.safety.settings import SafetySettings
from benchside.tools.safety.tables import tables
from benchside.tools.safety.toxicity import toxicity_alerts
from benchside.workspaces.errors import BenchsideError

ACTION = Action.OPTIMISE
HELD = {Verdict.NEEDS_APPROVAL, Verdict.REFUSE}
FALSE = {"class", "cut", "unreadable"}
LIMITS = {"approved drugs": 1.0, "library": 0.1}
"""Most false holds that are let pass, in percent."""

EXAMPLES = 3
WIDTH = 60
"""Examples of each rule that holds falsely, and how much of their SMILES is printed."""


@dataclass
class Judged:
    """A compound's name, its structure, and what the gate says of it."""

    name: str
    smiles: str
    judgement: Judgement

    @cached_property
    def kind(self) -> str:
        """`listed`, `class`, `cut` (by a component that was cut off a metal), `unreadable`, `note` or `allow`."""
        if self.judgement.verdict not in HELD:
            return self.judgement.verdict.value
        if not self.judgement.matches:
            return "unreadable"
        by_key = {
            p.inchikey
            for p in self.judgement.parts
            if p.verdict in HELD and any(m.how == "structure" for m in p.matches)
        }
        if not by_key:
            return "class"
        return "listed" if by_key & self.components() else "cut"

    def components(self) -> set[str]:
        """Keys of the components as they are written, and of all of them together."""
        pieces = Chem.GetMolFrags(Chem.MolFromSmiles(self.smiles), asMols=True, sanitizeFrags=False)
        alone = [forms_of(piece).parts for piece in pieces]
        together = {part.inchikey for part in self.judgement.parts if not part.smiles}
        return {parts[0].inchikey for parts in alone if len(parts) == 1} | together


def judge(gate: SafetyGate, compounds: Iterable[tuple[str, str]]) -> tuple[list[Judged], float]:
    """Judge every compound from its SMILES; also the CPU seconds that it took."""
    start = time.process_time()
    judged = [Judged(name, smiles, gate.judge_structure(smiles, ACTION)) for name, smiles in compounds]
    return judged, time.process_time() - start


def report(title: str, judged: list[Judged]) -> bool:
    """Print the counts and each rule that holds falsely; whether the false holds are few enough."""
    kinds = Counter(one.kind for one in judged)
    false = sum(kinds[kind] for kind in FALSE)
    share = 100 * false / len(judged)
    print(f"{title}: {len(judged):,} compounds at `{ACTION.value}`")
    print(f"  held, listed by key      {kinds['listed']:6,}")
    print(f"  held, false holds        {false:6,}   {share:.3f} % (at most {LIMITS[title]} %)")
    print(f"    by class or group      {kinds['class']:6,}")
    print(f"    by a part cut off      {kinds['cut']:6,}")
    print(f"    unreadable             {kinds['unreadable']:6,}")
    print(f"  noted                    {kinds['note']:6,}   {100 * kinds['note'] / len(judged):.3f} %")
    for label, wanted in (("false holds", FALSE), ("notes", {"note"}), ("listed", {"listed"})):
        rules = defaultdict(list)
        for one in judged:
            if one.kind in wanted:
                decision = one.judgement.decision
                rules[decision.rule if label != "listed" else decision.rule.partition(":")[0]].append(one)
        for rule, found in sorted(rules.items(), key=lambda item: -len(item[1])):
            examples = "; ".join(one.smiles[:WIDTH] for one in found[:EXAMPLES]) if label == "false holds" else ""
            print(f"  {label}: {rule}  {len(found)}  {examples}".rstrip())
    return share <= LIMITS[title]


def speed(gate: SafetyGate, smiles: list[str]) -> None:
    """Print how many standardised parents are judged in one CPU second."""
    records = [InputRecord(number, None, "", text, "smiles") for number, text in enumerate(smiles, start=1)]
    parents = [(made.mol, made.inchikey) for made in standardise_many(records) if made.mol is not None]
    gate.judge_parent(*parents[0], ACTION)
    start = time.process_time()
    for mol, inchikey in parents:
        gate.judge_parent(mol, inchikey, ACTION)
    spent = time.process_time() - start
    print(f"standardised parents       {len(parents) / spent:8,.0f} per CPU second ({len(parents):,} parents)")


def recognised() -> None:
    """Print how many listed explosives are held by pattern or composition alone."""
    known = missed = 0
    for row in tables().rows:
        if row.list != "Explosives" or row.category != "listed explosive" or not row.cas or not row.key14:
            continue
        try:
            parts = forms_of(Chem.MolFromSmiles(resolve_name(row.cas).smiles)).parts
        except BenchsideError:
            continue
        known += 1
        found = [m for part in parts for m in (*families().matches(part.mol), *energetic.matches(part.mol))]
        missed += all(verdict_of(match, ACTION, SafetySettings()) not in HELD for match in found)
    print(f"listed explosives that patterns and composition hold: {known - missed} of {known}")


def print_drugs(judged: list[Judged]) -> None:
    """Each drug that is held or noted, with its verdict and rule."""
    for one in sorted(judged, key=lambda one: (-ORDER.index(one.judgement.verdict), one.name.lower())):
        if one.kind != "allow":
            decision = one.judgement.decision
            print(f"{decision.verdict.value:15} {one.kind:10} {one.name}: {decision.rule}; {decision.reason}")


def print_markdown(judged: list[Judged]) -> None:
    """The rows of the tables that approved drugs match by key, by list and category."""
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in judged:
        for part in one.judgement.parts:
            for row in matcher().rows(part.inchikey[:14]):
                for match in part.matches:
                    if match.rule == row.rule and match.how in {"structure", "stereo"}:
                        verdict = verdict_of(match, ACTION, SafetySettings()).value
                        found[row.list, row.category, verdict].add(row.name)
    print("| list and category | at `optimise` | items that approved drugs match |")
    print("|---|---|---|")
    for (name, category, verdict), names in sorted(found.items()):
        print(f"| {name} {category} | {verdict} | {', '.join(sorted(names, key=str.lower))} |")


def print_alerts(judged: list[Judged]) -> None:
    """How many drugs carry each acute toxicity alert, which is information and plays no part in a verdict."""
    counts: Counter[str] = Counter()
    for one in judged:
        mols = [Chem.MolFromSmiles(part.smiles) for part in one.judgement.parts if part.smiles]
        counts.update({found.alert.id for mol in mols for found in toxicity_alerts(mol)})
    for alert, count in counts.most_common():
        print(f"  toxicity alert (information): {alert}  {count}")


def main(arguments: list[str]) -> int:
    """Run what is asked for; 1 if too many are held falsely."""
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--drugs", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(arguments)
    gate = SafetyGate()
    table = approved_drugs()
    with rdBase.BlockLogs():
        drugs, _ = judge(gate, zip(table["name"], table["smiles"], strict=True))
    if asked.drugs or asked.markdown:
        (print_drugs if asked.drugs else print_markdown)(drugs)
        return 0
    print(f"{gate.name} {gate.version}")
    fine = report("approved drugs", drugs)
    print_alerts(drugs)
    recognised()
    if asked.library is not None:
        smiles = read_smiles(asked.library, asked.rows)
        judged, spent = judge(gate, ((str(number), text) for number, text in enumerate(smiles, start=1)))
        fine = report("library", judged) and fine
        print(f"SMILES, end to end         {len(smiles) / spent:8,.0f} per CPU second ({len(smiles):,} SMILES)")
        speed(gate, smiles)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
