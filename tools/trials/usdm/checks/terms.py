"""Codes: not in their list, with another word than the list has, or with two words in one study."""

from __future__ import annotations

from collections.abc import Iterator

from benchside.tools.trials.usdm.checks.findings import Finding, Severity, finding
from benchside.tools.trials.usdm.index import Index, Node
from benchside.tools.trials.usdm.terminology import CDISC, CodeList, codelist_of


def check(index: Index) -> Iterator[Finding]:
    """Findings about codes and their words."""
    words: dict[tuple[str, str, str], Node] = {}
    for node in index.of("Code"):
        yield from _in_list(node)
        key = (node.text("codeSystem"), node.text("codeSystemVersion"), node.text("code"))
        first = words.setdefault(key, node)
        if first.text("decode") != node.text("decode"):
            message = f"code {key[2]!r} is {node.text('decode')!r} here and {first.text('decode')!r} at {first.path}"
            yield finding("two-decodes", Severity.WARNING, node, message, "Use one word for one code.", "decode")
    versions: dict[str, dict[str, Node]] = {}
    for node in index.of("Code"):
        versions.setdefault(node.text("codeSystem"), {}).setdefault(node.text("codeSystemVersion"), node)
    for system, found in versions.items():
        for version, node in list(found.items())[1:]:
            message = f"{system} is used in version {version!r} and in {next(iter(found))!r}"
            fix = "Use one version of a code system in a study."
            yield finding("two-versions", Severity.NOTE, node, message, fix, "codeSystemVersion")


def _in_list(node: Node) -> Iterator[Finding]:
    # an alternative code of another system is not held against the list
    owner, name = node.parent, node.through
    if owner is not None and owner.kind == "AliasCode":
        if name != "standardCode":
            return
        name, owner = owner.through, owner.parent
    listed = codelist_of(owner.kind, name) if owner is not None else None
    if listed is None:
        return
    code, decode = node.text("code"), node.text("decode")
    cdisc = node.text("codeSystem").rstrip("/").lower().replace("https:", "http:") == CDISC
    term = listed.terms.get(code)
    if term is None and decode:
        yield from _foreign(node, listed, name, cdisc=cdisc)
    elif term is not None and not listed.says(code, decode):
        message = f"the word of {code} in {listed.code} is {term!r}, not {decode!r}"
        fix = f"Write {term!r}, or the code you mean."
        yield finding("wrong-decode", Severity.WARNING, node, message, fix, "decode")
    elif term is not None and not cdisc:
        message = f"{code} of {listed.code} is a code of {CDISC}, not of {node.text('codeSystem')[:60]!r}"
        yield finding("wrong-system", Severity.WARNING, node, message, f"Write {CDISC!r}.", "codeSystem")


def _foreign(node: Node, listed: CodeList, name: str, *, cdisc: bool) -> Iterator[Finding]:
    code, decode = node.text("code"), node.text("decode")
    meant = next((c for c in listed.terms if listed.says(c, decode)), None)
    if meant is not None and cdisc:
        message = f"the code of {decode!r} in {listed.code} is {meant}, not {code}"
        yield finding("wrong-code", Severity.ERROR, node, message, f"Write {meant}.", "code")
    elif listed.whole and not listed.extensible:
        allowed = ", ".join(f"{t} ({c})" for c, t in listed.terms.items())
        message = f"{code} {decode!r} is not in {listed.code}, the closed list of {name}"
        yield finding("not-in-list", Severity.ERROR, node, message, f"Use one of: {allowed}.", "code")
    elif listed.whole and cdisc:
        message = f"{code} {decode!r} is said to be a code of CDISC and is not in {listed.code}, the list of {name}"
        fix = "The list may be extended, but name your own code system then."
        yield finding("not-in-list", Severity.WARNING, node, message, fix, "code")
