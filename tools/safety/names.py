"""From what a person types to the rows of the tables: names, synonyms, codes and CAS numbers, however they are written.

Names are compared without case, spaces, punctuation, accents and invisible characters; Greek letters count as spelled
out and as the Latin letters that they look like, and so do Cyrillic ones. Where a text is longer than a name, the names
within it are found. What a text says about itself, or asks for, plays no part: only names are looked for.
"""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from binascii import unhexlify
from collections.abc import Iterator
from functools import cache
from itertools import islice
from urllib.parse import unquote

from benchside.tools.safety.tables import Row, Tables, tables

MAX_TEXT = 20_000
"""Characters of a text that are read; more is needs-approval by itself."""

LONGEST_NAME = 12
"""Words, or single letters, of a text that are taken together as one name."""

_CAS = re.compile(r"(?<![\d-])(\d{2,7})\s?[-‐‑‒–—−]\s?(\d{2})\s?[-‐‑‒–—−]\s?(\d)(?![\d-])")
_CAS_PREFIX = re.compile(r"^\s*cas\s*(?:rn|no\.?|number|registry number)?[\s:#]*", re.IGNORECASE)
_KEY = re.compile(r"\b([A-Z]{14})-[A-Z]{10}-[A-Z]\b")
_WORD = re.compile(r"[^\W_]+")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{6,}={0,2}")

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho",
    "σ": "sigma", "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
_LOOKALIKES = str.maketrans(
    dict(zip("αβγδεικμνορτυχωηζ", "abydeikuvoptuxwnz", strict=True))
    | dict(zip("авекмнорстухіјѕԁԛԝһьгпи", "abekmhopctyxijsdqwhbrnu", strict=True))
    | dict(zip("ıłøđðɑɡɩʏօհոսցաɴꜱ", "iloddagiyohnugwns", strict=True))
)
"""Letters of other alphabets to the Latin ones that they look like."""

_DIGITS = str.maketrans("01345", "oieas")
"""Digits in the place of letters."""

_SALTS = re.compile(
    r"(mono|di|tri|tetra|hemi|sesqui|penta|hexa)?(hydrochloride|hydrobromide|hydroiodide|hydrofluoride|chloride|bromide"
    r"|iodide|fluoride|sulfate|sulphate|bisulfate|bisulphate|nitrate|phosphate|acetate|citrate|tartrate|bitartrate"
    r"|maleate|fumarate|succinate|malate|oxalate|lactate|benzoate|mesylate|mesilate|besylate|besilate|tosylate|tosilate"
    r"|camsylate|pamoate|hydrate|sodium|potassium|lithium|calcium|magnesium|ammonium|hcl|hbr|salt|freebase|base"
    r"|solution|anhydrous|racemate|racemic)$"
)
_MARKS = re.compile(
    r"^(?:\(?(?:\+/?-|\+-|±|[+-]|r|s|rs|sr|rac|racemic|dl|d|l|e|z|cis|trans|deuterated|tritiated|labelled|anhydrous)\)?"
    r"[\s,-]+)+|[\s-]+d\d{1,2}$|^\[[^\]]*\][\s-]*|\[[^\]]*\]$",
    re.IGNORECASE,
)


def visible(text: str) -> str:
    """The text as a reader sees it: compatibility forms unified, invisible and control characters gone."""
    unified = unicodedata.normalize("NFKC", text)
    return "".join(
        " " if char.isspace() else char
        for char in unified
        if char.isspace() or unicodedata.category(char) not in {"Cf", "Cc", "Co", "Cn", "Cs"}
    ).strip()


def folded(text: str) -> tuple[str, ...]:
    """The forms in which a name is compared, each once: Greek letters spelled out, and by their looks."""
    low = visible(text).lower()
    bare = "".join(c for c in unicodedata.normalize("NFKD", low) if unicodedata.category(c) != "Mn")
    spelled = "".join(_GREEK.get(char, char) for char in bare)
    forms = (spelled.translate(_LOOKALIKES), bare.translate(_LOOKALIKES))
    return tuple(dict.fromkeys(made for form in forms if (made := "".join(c for c in form if c.isalnum()))))


class Names:
    """The names of the tables.

    Args:
        listed: the tables.
    """

    def __init__(self, listed: Tables) -> None:
        self._tables = listed
        self._rows: dict[str, list[Row]] = {}
        for row in listed.rows:
            for name in (row.name, *row.synonyms):
                for form in folded(name):
                    kept = self._rows.setdefault(form, [])
                    if row not in kept:
                        kept.append(row)

    def named(self, text: str) -> tuple[Row, ...]:
        """The rows that a text names as a whole: by name, CAS number or InChIKey, also as a salt or with a prefix."""
        seen = visible(text)
        found = dict.fromkeys((*self._by_cas(seen), *self._by_key(seen)))
        for candidate in _stripped(seen):
            if rows := self._lookup(candidate):
                found.update(dict.fromkeys(rows))
                break
        return tuple(found)

    def _lookup(self, text: str) -> tuple[Row, ...]:
        forms = folded(text)
        found = dict.fromkeys(row for form in forms for row in self._rows.get(form, ()))
        if not found:  # s4r1n
            disguised = [form.translate(_DIGITS) for form in forms if len(form) > 3 and not form.isalpha()]
            found = dict.fromkeys(row for form in disguised for row in self._rows.get(form, ()))
        return tuple(found)

    def _by_cas(self, text: str) -> tuple[Row, ...]:
        body = _CAS_PREFIX.sub("", text)
        match = _CAS.fullmatch(body.strip())
        return self._tables.by_cas.get("-".join(match.groups()), ()) if match else ()

    def _by_key(self, text: str) -> tuple[Row, ...]:
        body = re.sub(r"^\s*inchikey\s*[:=]\s*", "", text, flags=re.IGNORECASE)
        match = re.fullmatch(r"([A-Z]{14})(?:-[A-Z]{10}-[A-Z])?", body.strip().upper())
        return self._tables.by_key.get(match[1], ()) if match else ()

    def within(self, text: str) -> tuple[Row, ...]:
        """The rows that are named anywhere in a text, also in one layer of encoding (base64, hex, %-escapes, HTML)."""
        found: dict[Row, None] = {}
        for layer in (text, *unwrapped(text)):
            seen = visible(layer)[:MAX_TEXT]
            for match in _CAS.finditer(seen):
                found.update(dict.fromkeys(self._tables.by_cas.get("-".join(match.groups()), ())))
            for match in _KEY.finditer(seen):
                found.update(dict.fromkeys(self._tables.by_key.get(match[1], ())))
            found.update(dict.fromkeys(self._words(seen)))
        return tuple(found)

    def _words(self, text: str) -> Iterator[Row]:
        """Rows named by up to `LONGEST_NAME` words in a row; two or three letters count in capitals only."""
        words = [match.group() for match in _WORD.finditer(text)]
        for start in range(len(words)):
            joined = ""
            for word in islice(words, start, start + LONGEST_NAME):
                joined += word
                if len(joined) > 3 or (len(joined) > 1 and joined.isupper()):
                    yield from self._lookup(joined)


def cas_within(text: str) -> str | None:
    """The CAS number that a text is, with plain hyphens; None if it is none."""
    body = _CAS_PREFIX.sub("", visible(text))
    match = _CAS.fullmatch(body.strip())
    return "-".join(match.groups()) if match else None


def _stripped(text: str) -> Iterator[str]:
    """A name, then without its stereochemical and isotopic marks, then without the name of a salt, again and again."""
    yield text
    bare = _MARKS.sub("", text).strip()
    if bare and bare != text:
        yield bare
    form = next(iter(folded(bare or text)), "")
    while (shorter := _SALTS.sub("", form)) != form and len(shorter) > 2:
        yield shorter
        form = shorter


def unwrapped(text: str) -> list[str]:
    """What a text holds in one layer of a common encoding, as further texts to look through."""
    short = text[:MAX_TEXT]
    layers = [other for other in (html.unescape(short), unquote(short)) if other != short]
    for match in islice(_ENCODED.finditer(short), 50):
        layers += _decoded(match.group())
    return layers


def _decoded(word: str) -> Iterator[str]:
    padded = word.replace("-", "+").replace("_", "/").rstrip("=")
    for base in (64, 16):
        try:
            raw = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True) if base == 64 else unhexlify(word)
            made = raw.decode("utf-8")
        except ValueError:  # also binascii.Error and UnicodeDecodeError
            continue
        if made.isprintable():
            yield made


@cache
def names() -> Names:
    """The names of the package's tables, indexed once."""
    return Names(tables())
