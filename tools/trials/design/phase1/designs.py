"""The dose-finding designs by name."""

from __future__ import annotations

from benchside.tools.trials.design.phase1.blrm import Blrm
from benchside.tools.trials.design.phase1.boin import Boin
from benchside.tools.trials.design.phase1.boin12 import Boin12
from benchside.tools.trials.design.phase1.crm import Crm
from benchside.tools.trials.design.phase1.escalation import DoseFinding
from benchside.tools.trials.design.phase1.mtpi import Mtpi, Mtpi2
from benchside.tools.trials.design.phase1.three_plus_three import ThreePlusThree
from benchside.tools.trials.design.phase1.tite_boin import TiteBoin

DESIGNS: dict[str, type[DoseFinding]] = {
    "three-plus-three": ThreePlusThree,
    "mtpi": Mtpi,
    "mtpi-2": Mtpi2,
    "boin": Boin,
    "tite-boin": TiteBoin,
    "boin12": Boin12,
    "crm": Crm,
    "blrm": Blrm,
}
