"""Structures of listed drugs for tests: looked up by CAS number, or put together by code where no table has them.

A structure that is put together here must give the key of its row, which was made by another way (the systematic name).
"""

from __future__ import annotations

from functools import cache

from benchside.tools.chemistry.approved import approved_drugs
from benchside.tools.safety.tables import Row, tables

from .listed import looked_up

LISTS = ("UN 1961", "UN 1971", "UN 1988", "US CSA")
ITEMS = [row for row in tables().rows if row.list in LISTS and not row.exclusion]

PHENYL = "c2ccccc2"


def fentanyl(acyl: str = "CC", aryl: str = PHENYL, tail: str = "CCc3ccccc3", on_ring: str = "") -> str:
    """An N-(piperidin-4-yl)anilide by its acyl chain, aryl, substituent on the piperidine nitrogen and on the ring."""
    return f"O=C({acyl})N({aryl})C1CCN({tail})CC1{on_ring}"


def nitazene(on_phenyl: str, amine: str = "N(CC)CC", nitro: str = "[N+](=O)[O-]") -> str:
    """A 2-(2-benzylbenzimidazol-1-yl)ethanamine."""
    return f"c1({nitro})ccc2n(CC{amine})c(Cc3ccc({on_phenyl})cc3)nc2c1" if nitro else (
        f"c1ccc2n(CC{amine})c(Cc3ccc({on_phenyl})cc3)nc2c1"
    )  # fmt: skip


def cathinone(on_phenyl: str = "", chain: str = "C", amine: str = "NC", place: int = 4) -> str:
    """A 2-amino-1-phenylalkan-1-one; the chain is what stands on the carbon with the amine."""
    ring = {4: f"c1ccc({on_phenyl})cc1", 3: f"c1cccc({on_phenyl})c1"}[place] if on_phenyl else "c1ccccc1"
    return f"{ring[:2]}(C(=O)C({chain}){amine}){ring[2:]}"


def methylenedioxycathinone(chain: str, amine: str) -> str:
    """The same with methylenedioxy at 3 and 4."""
    return f"C1Oc2ccc(C(=O)C({chain}){amine})cc2O1"


def two_c(on_four: str, alpha: str = "", amine: str = "N") -> str:
    """A 2,5-dimethoxyphenethylamine."""
    four = f"({on_four})" if on_four else ""
    return f"COc1cc(CC{alpha and f'({alpha})'}{amine})c(OC)cc1{four}" if not four else (
        f"COc1cc(CC{alpha and f'({alpha})'}{amine})c(OC)cc1{on_four}"
    )  # fmt: skip


def indole(head: str, tail: str, ring: str = "n") -> str:
    """A 3-acyl indole (ring "c") or indazole (ring "n"): the head stands on the carbonyl carbon."""
    return f"O=C({head})c1{ring}n({tail})c2ccccc12"


FENTANYLS = {
    "Acetyl-alpha-methylfentanyl": fentanyl("C", tail="C(C)Cc3ccccc3"),
    "alpha-Methylfentanyl": fentanyl(tail="C(C)Cc3ccccc3"),
    "alpha-Methylthiofentanyl": fentanyl(tail="C(C)Cc3cccs3"),
    "beta-Hydroxyfentanyl": fentanyl(tail="CC(O)c3ccccc3"),
    "beta-Hydroxy-3-methylfentanyl": "O=C(CC)N(c2ccccc2)C1CCN(CC(O)c3ccccc3)CC1C",
    "Carfentanil": "O=C(CC)N(c2ccccc2)C1(C(=O)OC)CCN(CCc3ccccc3)CC1",
    "3-Methylfentanyl": fentanyl(on_ring="C"),
    "3-Methylthiofentanyl": fentanyl(tail="CCc3cccs3", on_ring="C"),
    "para-Fluorofentanyl": fentanyl(aryl="c2ccc(F)cc2"),
    "Thiofentanyl": fentanyl(tail="CCc3cccs3"),
    "Acetylfentanyl": fentanyl("C"),
    "Acryloylfentanyl": fentanyl("C=C"),
    "Butyrfentanyl": fentanyl("CCC"),
    "Crotonylfentanyl": fentanyl("/C=C/C"),
    "Cyclopropylfentanyl": fentanyl("C4CC4"),
    "4-Fluoroisobutyrfentanyl": fentanyl("C(C)C", "c2ccc(F)cc2"),
    "Furanylfentanyl": fentanyl("c4ccco4"),
    "Methoxyacetylfentanyl": fentanyl("COC"),
    "Ocfentanil": fentanyl("COC", "c2ccccc2F"),
    "ortho-Fluorofentanyl": fentanyl(aryl="c2ccccc2F"),
    "para-Fluorobutyrylfentanyl": fentanyl("CCC", "c2ccc(F)cc2"),
    "Tetrahydrofuranylfentanyl": fentanyl("C4CCCO4"),
    "Valerylfentanyl": fentanyl("CCCC"),
    "alpha-Methyl butyryl fentanyl": fentanyl("C(C)CC"),
    "Benzodioxole fentanyl": fentanyl("c4ccc5OCOc5c4"),
    "beta'-Phenyl fentanyl": fentanyl("CCc4ccccc4"),
    "beta-Methyl fentanyl": fentanyl(tail="CC(C)c3ccccc3"),
    "beta-Hydroxythiofentanyl": fentanyl(tail="CC(O)c3cccs3"),
    "Cyclopentyl fentanyl": fentanyl("C4CCCC4"),
    "2',5'-Dimethoxyfentanyl": fentanyl(tail="CCc3cc(OC)ccc3OC"),
    "Ethoxyacetyl fentanyl": fentanyl("COCC"),
    "Fentanyl carbamate": fentanyl("OCC"),
    "2'-Fluoro ortho-fluorofentanyl": fentanyl(aryl="c2ccccc2F", tail="CCc3ccccc3F"),
    "3-Furanyl fentanyl": fentanyl("c4ccoc4"),
    "Isobutyryl fentanyl": fentanyl("C(C)C"),
    "Isovaleryl fentanyl": fentanyl("CC(C)C"),
    "meta-Fluorofentanyl": fentanyl(aryl="c2cccc(F)c2"),
    "meta-Fluoroisobutyryl fentanyl": fentanyl("C(C)C", "c2cccc(F)c2"),
    "4'-Methyl acetyl fentanyl": fentanyl("C", tail="CCc3ccc(C)cc3"),
    "ortho-Fluoroacryl fentanyl": fentanyl("C=C", "c2ccccc2F"),
    "ortho-Fluorobutyryl fentanyl": fentanyl("CCC", "c2ccccc2F"),
    "ortho-Fluorofuranyl fentanyl": fentanyl("c4ccco4", "c2ccccc2F"),
    "ortho-Fluoroisobutyryl fentanyl": fentanyl("C(C)C", "c2ccccc2F"),
    "ortho-Methyl acetylfentanyl": fentanyl("C", "c2ccccc2C"),
    "ortho-Methyl methoxyacetyl fentanyl": fentanyl("COC", "c2ccccc2C"),
    "para-Chloroisobutyryl fentanyl": fentanyl("C(C)C", "c2ccc(Cl)cc2"),
    "para-Fluoro furanyl fentanyl": fentanyl("c4ccco4", "c2ccc(F)cc2"),
    "para-Methoxybutyryl fentanyl": fentanyl("CCC", "c2ccc(OC)cc2"),
    "para-Methylfentanyl": fentanyl(aryl="c2ccc(C)cc2"),
    "Phenyl fentanyl": fentanyl("c4ccccc4"),
    "Thiofuranyl fentanyl": fentanyl("c4cccs4"),
}
NITAZENES = {
    "Butonitazene": nitazene("OCCCC"),
    "Clonitazene": nitazene("Cl"),
    "Etodesnitazene": nitazene("OCC", nitro=""),
    "Etonitazene": nitazene("OCC"),
    "Etonitazepipne": nitazene("OCC", "N4CCCCC4"),
    "Etonitazepyne": nitazene("OCC", "N4CCCC4"),
    "Isotonitazene": nitazene("OC(C)C"),
    "Metonitazene": nitazene("OC"),
    "Metonitazepyne": nitazene("OC", "N4CCCC4"),
    "N-Desethyl isotonitazene": nitazene("OC(C)C", "NCC"),
    "Protonitazene": nitazene("OCCC"),
    "Protonitazepyne": nitazene("OCCC", "N4CCCC4"),
    "Flunitazene": nitazene("F"),
    "Metodesnitazene": nitazene("OC", nitro=""),
}
PYRROLIDINE = "N9CCCC9"
CATHINONES = {
    "Methcathinone": cathinone(),
    "alpha-PHP": cathinone(chain="CCCC", amine=PYRROLIDINE),
    "alpha-PiHP": cathinone(chain="CC(C)C", amine=PYRROLIDINE),
    "alpha-PVP": cathinone(chain="CCC", amine=PYRROLIDINE),
    "3-CMC": cathinone("Cl", place=3),
    "4-CMC": cathinone("Cl"),
    "Dipentylone": methylenedioxycathinone("CCC", "N(C)C"),
    "N-Ethylhexedrone": cathinone(chain="CCCC", amine="NCC"),
    "N-Ethylnorpentylone": methylenedioxycathinone("CCC", "NCC"),
    "Ethylone": methylenedioxycathinone("C", "NCC"),
    "Eutylone": methylenedioxycathinone("CC", "NCC"),
    "MDPV": methylenedioxycathinone("CCC", PYRROLIDINE),
    "Mephedrone": cathinone("C"),
    "4-Methylethcathinone": cathinone("C", amine="NCC"),
    "3-Methylmethcathinone": cathinone("C", place=3),
    "Methylone": methylenedioxycathinone("C", "NC"),
    "Pentedrone": cathinone(chain="CCC"),
    "Butylone": methylenedioxycathinone("CC", "NC"),
    "Pentylone": methylenedioxycathinone("CCC", "NC"),
    "4-Fluoromethcathinone": cathinone("F"),
    "3-Fluoromethcathinone": cathinone("F", place=3),
    "4-Methyl-alpha-pyrrolidinopropiophenone": cathinone("C", amine=PYRROLIDINE),
    "alpha-Pyrrolidinobutiophenone": cathinone(chain="CC", amine=PYRROLIDINE),
    "4-Methyl-alpha-ethylaminopentiophenone": cathinone("C", "CCC", "NCC"),
    "4'-Methyl-alpha-pyrrolidinohexiophenone": cathinone("C", "CCCC", PYRROLIDINE),
    "alpha-Pyrrolidinoheptaphenone": cathinone(chain="CCCCC", amine=PYRROLIDINE),
    "4'-Chloro-alpha-pyrrolidinovalerophenone": cathinone("Cl", "CCC", PYRROLIDINE),
}
ORTHO_METHOXYBENZYL = "NCc7ccccc7OC"
PHENETHYLAMINES = {
    "DMA": two_c("", "C"),
    "DOET": two_c("CC", "C"),
    "25B-NBOMe": two_c("Br", amine=ORTHO_METHOXYBENZYL),
    "25C-NBOMe": two_c("Cl", amine=ORTHO_METHOXYBENZYL),
    "25I-NBOMe": two_c("I", amine=ORTHO_METHOXYBENZYL),
    "2C-B": two_c("Br"),
    "2C-C": two_c("Cl"),
    "2C-D": two_c("C"),
    "2C-E": two_c("CC"),
    "2C-H": two_c(""),
    "2C-I": two_c("I"),
    "2C-N": two_c("[N+](=O)[O-]"),
    "2C-P": two_c("CCC"),
    "2C-T-2": two_c("SCC"),
    "2C-T-4": two_c("SC(C)C"),
    "2C-T-7": two_c("SCCC"),
}
AMIDES = {
    "AB": "NC(C(C)C)C(N)=O",
    "ADB": "NC(C(C)(C)C)C(N)=O",
    "AMB": "NC(C(C)C)C(=O)OC",
    "MDMB": "NC(C(C)(C)C)C(=O)OC",
}
PENTYL, FLUOROPENTYL, HEXYLMETHYL, FLUOROBENZYL = "CCCCC", "CCCCCF", "CC8CCCCC8", "Cc8ccc(F)cc8"
NAPHTHYL, ADAMANTYL, CUMYL, QUINOLINYL = (
    "c5cccc6ccccc56",
    "NC45CC6CC(CC(C6)C4)C5",
    "NC(C)(C)c5ccccc5",
    "Oc5cccc6cccnc56",
)
TMCP, BENZYL = "C5C(C)(C)C5(C)C", "Cc5ccccc5"
CANNABINOIDS = {
    "AB-CHMINACA": indole(AMIDES["AB"], HEXYLMETHYL),
    "AB-FUBINACA": indole(AMIDES["AB"], FLUOROBENZYL),
    "AB-PINACA": indole(AMIDES["AB"], PENTYL),
    "5F-AB-PINACA": indole(AMIDES["AB"], FLUOROPENTYL),
    "ADB-BUTINACA": indole(AMIDES["ADB"], "CCCC"),
    "ADB-CHMINACA": indole(AMIDES["ADB"], HEXYLMETHYL),
    "ADB-FUBINACA": indole(AMIDES["ADB"], FLUOROBENZYL),
    "ADB-PINACA": indole(AMIDES["ADB"], PENTYL),
    "AMB-FUBINACA": indole(AMIDES["AMB"], FLUOROBENZYL),
    "5F-AMB-PINACA": indole(AMIDES["AMB"], FLUOROPENTYL),
    "MMB-CHMICA": indole(AMIDES["AMB"], HEXYLMETHYL, "c"),
    "5F-MDMB-PICA": indole(AMIDES["MDMB"], FLUOROPENTYL, "c"),
    "5F-MDMB-PINACA": indole(AMIDES["MDMB"], FLUOROPENTYL),
    "4F-MDMB-BINACA": indole(AMIDES["MDMB"], "CCCCF"),
    "MDMB-4en-PINACA": indole(AMIDES["MDMB"], "CCCC=C"),
    "MDMB-CHMICA": indole(AMIDES["MDMB"], HEXYLMETHYL, "c"),
    "MDMB-FUBINACA": indole(AMIDES["MDMB"], FLUOROBENZYL),
    "5F-EDMB-PINACA": indole(f"{AMIDES['MDMB']}C", FLUOROPENTYL),
    "APINACA": indole(ADAMANTYL, PENTYL),
    "5F-APINACA": indole(ADAMANTYL, FLUOROPENTYL),
    "CUMYL-4CN-BINACA": indole(CUMYL, "CCCCC#N"),
    "5F-CUMYL-PINACA": indole(CUMYL, FLUOROPENTYL),
    "5F-CUMYL-P7AICA": f"O=C({CUMYL})c1cn({FLUOROPENTYL})c2ncccc12",
    "PB-22": indole(QUINOLINYL, PENTYL, "c"),
    "5F-PB-22": indole(QUINOLINYL, FLUOROPENTYL, "c"),
    "NM2201": indole(f"O{NAPHTHYL}", FLUOROPENTYL, "c"),
    "THJ-2201": indole(NAPHTHYL, FLUOROPENTYL),
    "AM-2201": indole(NAPHTHYL, FLUOROPENTYL, "c"),
    "JWH-018": indole(NAPHTHYL, PENTYL, "c"),
    "JWH-073": indole(NAPHTHYL, "CCCC", "c"),
    "JWH-019": indole(NAPHTHYL, "CCCCCC", "c"),
    "JWH-200": indole(NAPHTHYL, "CCN8CCOCC8", "c"),
    "JWH-081": indole("c5ccc(OC)c6ccccc56", PENTYL, "c"),
    "JWH-122": indole("c5ccc(C)c6ccccc56", PENTYL, "c"),
    "JWH-398": indole("c5ccc(Cl)c6ccccc56", PENTYL, "c"),
    "JWH-250": indole(f"{BENZYL}OC", PENTYL, "c"),
    "JWH-203": indole(f"{BENZYL}Cl", PENTYL, "c"),
    "RCS-8": indole(f"{BENZYL}OC", "CCC8CCCCC8", "c"),
    "AM-694": indole("c5ccccc5I", FLUOROPENTYL, "c"),
    "RCS-4": indole("c5ccc(OC)cc5", PENTYL, "c"),
    "UR-144": indole(TMCP, PENTYL, "c"),
    "XLR-11": indole(TMCP, FLUOROPENTYL, "c"),
    "FUB-144": indole(TMCP, FLUOROBENZYL, "c"),
}
CLASSES = FENTANYLS | NITAZENES | CATHINONES | PHENETHYLAMINES | CANNABINOIDS


OTHERS: dict[str, str] = {
    "1-Phenylcyclohexylamine": "NC1(c2ccccc2)CCCCC1",
    "1-Testosterone": "C[C@]12C=CC(=O)C[C@@H]1CC[C@@H]1[C@@H]2CC[C@]2(C)[C@@H](O)CC[C@@H]12",
    "1-[1-(2-Thienyl)cyclohexyl]pyrrolidine": "c1csc(C2(N3CCCC3)CCCCC2)c1",
    "1-boc-4-AP": "CC(C)(C)OC(=O)N1CCC(Nc2ccccc2)CC1",
    "2-Fluorodeschloroketamine": "CNC1(c2ccccc2F)CCCCC1=O",
    "2-Methyl-AP-237": "CCCC(=O)N1CCN(CC=Cc2ccccc2)CC1C",
    "3,4-MDP-2-P ethyl glycidate": "CCOC(=O)C1(C)OC1c1ccc2c(c1)OCO2",
    "3,4-MDP-2-P methyl glycidate": "COC(=O)C1(C)OC1c1ccc2c(c1)OCO2",
    "3,4-MDP-2-P methyl glycidic acid": "CC1(C(=O)O)OC1c1ccc2c(c1)OCO2",
    "3-Methoxyphencyclidine": "COc1cccc(C2(N3CCCCC3)CCCCC2)c1",
    "4,4'-DMAR": "Cc1ccc(C2OC(N)=NC2C)cc1",
    "4-Androstenediol": "C[C@]12CC[C@H]3[C@@H](CCC4=C[C@@H](O)CC[C@@]43C)[C@@H]1CC[C@@H]2O",
    "4-Anilino-N-phenethylpiperidine": "c1ccc(CCN2CCC(Nc3ccccc3)CC2)cc1",
    "4-Hydroxytestosterone": "C[C@]12CC[C@H]3[C@@H](CCC4=C(O)C(=O)CC[C@@]43C)[C@@H]1CC[C@@H]2O",
    "4-MTA": "CSc1ccc(CC(C)N)cc1",
    "4-Methylaminorex": "CC1N=C(N)OC1c1ccccc1",
    "4-Piperidone": "O=C1CCNCC1",
    "5-Androstenediol": "C[C@]12CC[C@H]3[C@@H](CC=C4C[C@@H](O)CC[C@@]43C)[C@@H]1CC[C@@H]2O",
    "5-MeO-DIPT": "COc1ccc2[nH]cc(CCN(C(C)C)C(C)C)c2c1",
    "AH-7921": "CN(C)C1(CNC(=O)c2ccc(Cl)c(Cl)c2)CCCCC1",
    "Acetorphine": "CCCC(C)(O)C1CC23C=CC1(OC)C1Oc4c(OC(C)=O)ccc5c4C12CCN(C)C3C5",
    "Boldenone undecylenate": "C=CCCCCCCCCC(=O)O[C@H]1CC[C@H]2[C@@H]3CCC4=CC(=O)C=C[C@]4(C)[C@H]3CC[C@]12C",
    "Bromazolam": "Cc1nnc2n1-c1ccc(Br)cc1C(c1ccccc1)=NC2",
    "Brorphine": "CC(c1ccc(Br)cc1)N1CCC(n2c(=O)[nH]c3ccccc32)CC1",
    "CP-47,497": "CCCCCCC(C)(C)c1ccc(C2CCCC(O)C2)c(O)c1",
    "CP-47,497 C8-homologue": "CCCCCCCC(C)(C)c1ccc(C2CCCC(O)C2)c(O)c1",
    "CUMYL-PEGACLONE": "CCCCCn1c2ccccc2c2c(=O)n(C(C)(C)c3ccccc3)ccc21",
    "Cathine": "C[C@@H]([C@H](c1ccccc1)O)N",
    "Cathinone": "CC(N)C(=O)c1ccccc1",
    "Chlorhexadol": "CC(CC(C)(C)O)OC(O)C(Cl)(Cl)Cl",
    "Clonazolam": "Cc1nnc2n1-c1ccc([N+](=O)[O-])cc1C(c1ccccc1Cl)=NC2",
    "Codeine methylbromide": "COc1ccc2c3c1OC1C(O)C=CC4C(C2)[N+](C)(C)CCC341",
    "Codeine-N-oxide": "COc1ccc2c3c1OC1C(O)C=CC4C(C2)[N+](C)([O-])CCC341",
    "Codoxime": "COc1ccc2c3c1OC1C(=NOCC(=O)O)CCC4C(C2)N(C)CCC314",
    "Cyprenorphine": "COC12C=CC3(CC1C(C)(C)O)C1Cc4ccc(O)c5c4C3(CCN1CC1CC1)C2O5",
    "DMHP": "CCCCCC(C)C(C)c1cc(O)c2c(c1)OC(C)(C)C1=C2CC(C)CC1",
    "Dehydrochloromethyltestosterone": "C[C@]12C=CC(=O)C(Cl)=C1CC[C@@H]1[C@@H]2CC[C@@]2(C)[C@H]1CC[C@]2(C)O",
    "Diclazepam": "CN1C(=O)CN=C(c2ccccc2Cl)c2cc(Cl)ccc21",
    "Dihydroetorphine": "CCCC(C)(O)C1CC23CCC1(OC)C1Oc4c(O)ccc5c4C12CCN(C)C3C5",
    "Dimenoxadol": "CCOC(C(=O)OCCN(C)C)(c1ccccc1)c1ccccc1",
    "Diphenidine": "c1ccc(CC(c2ccccc2)N2CCCCC2)cc1",
    "Drostanolone": "C[C@@H]1C[C@@]2(C)[C@@H](CC[C@@H]3[C@@H]2CC[C@]2(C)[C@@H](O)CC[C@@H]32)CC1=O",
    "Embutramide": "CCC(CC)(CNC(=O)CCCO)c1cccc(OC)c1",
    "Ethylphenidate": "CCOC(=O)C(c1ccccc1)C1CCCCN1",
    "Fenetylline": "CC(Cc1ccccc1)NCCn1cnc2c1c(=O)n(C)c(=O)n2C",
    "Flualprazolam": "Cc1nnc2n1-c1ccc(Cl)cc1C(c1ccccc1F)=NC2",
    "Flubromazolam": "Cc1nnc2n1-c1ccc(Br)cc1C(c1ccccc1F)=NC2",
    "Hydromorphinol": "CN1CCC23c4c5ccc(O)c4OC2C(O)CCC3(O)C1C5",
    "Loprazolam": "CN1CCN(C=C2N=C3CN=C(c4ccccc4Cl)c4cc([N+](=O)[O-])ccc4N3C2=O)CC1",
    "MMDA": "COc1cc(CC(C)N)cc2c1OCO2",
    "MPPP": "CCC(=O)OC1(c2ccccc2)CCN(C)CC1",
    "MT-45": "c1ccc(CC(c2ccccc2)N2CCN(C3CCCCC3)CC2)cc1",
    "Mefenorex": "CC(Cc1ccccc1)NCCCCl",
    "Mesocarb": "CC(Cc1ccccc1)[n+]1cc([N-]C(=O)Nc2ccccc2)on1",
    "Mesterolone": "C[C@H]1CC(=O)C[C@@H]2CC[C@H]3[C@@H]4CC[C@H](O)[C@@]4(C)CC[C@@H]3[C@]21C",
    "Methadone intermediate": "CC(CC(C#N)(c1ccccc1)c1ccccc1)N(C)C",
    "Methasterone": "C[C@@H]1C[C@]2(C)[C@@H](CC[C@@H]3[C@@H]2CC[C@@]2(C)[C@H]3CC[C@]2(C)O)CC1=O",
    "Methenolone": "CC1=CC(=O)C[C@@H]2CC[C@H]3[C@@H]4CC[C@H](O)[C@@]4(C)CC[C@@H]3[C@@]12C",
    "Methenolone enanthate": "CCCCCCC(=O)O[C@H]1CC[C@H]2[C@@H]3CC[C@H]4CC(=O)C=C(C)[C@]4(C)[C@H]3CC[C@]12C",
    "Methiopropamine": "CNC(C)Cc1cccs1",
    "Methoxetamine": "CCNC1(c2cccc(OC)c2)CCCCC1=O",
    "Methyl alpha-phenylacetoacetate": "COC(=O)C(C(C)=O)c1ccccc1",
    "Metribolone": "C[C@]1(O)CC[C@H]2[C@@H]3CCC4=CC(=O)CCC4=C3C=C[C@@]21C",
    "Moramide intermediate": "CC(CN1CCOCC1)C(C(=O)O)(c1ccccc1)c1ccccc1",
    "Morphine methobromide": "C[N+]1(C)CCC23c4c5ccc(O)c4OC2C(O)C=CC3C1C5",
    "Myrophine": "CCCCCCCCCCCCCC(=O)OC1C=CC2C3Cc4ccc(OCc5ccccc5)c5c4C2(CCN3C)C1O5",
    "N-Ethyl-3-piperidyl benzilate": "CCN1CCCC(OC(=O)C(O)(c2ccccc2)c2ccccc2)C1",
    "N-Hydroxy MDA": "CC(Cc1ccc2c(c1)OCO2)NO",
    "Naphyrone": "CCCC(C(=O)c1ccc2ccccc2c1)N1CCCC1",
    "Nicomorphine": "CN1CCC23c4c5ccc(OC(=O)c6cccnc6)c4OC2C(OC(=O)c2cccnc2)C=CC3C1C5",
    "Norandrostenedione": "C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@@H]43)[C@@H]1CCC2=O",
    "Norfentanyl": "CCC(=O)N(c1ccccc1)C1CCNCC1",
    "Noroxymorphone": "O=C1CCC2(O)C3Cc4ccc(O)c5c4C2(CCN3)C1O5",
    "Oripavine": "COC1=CC=C2C3Cc4ccc(O)c5c4C2(CCN3C)C1O5",
    "Oxabolone": "C[C@]12CC[C@H]3[C@@H](CCC4=C(O)C(=O)CC[C@@H]43)[C@@H]1CC[C@@H]2O",
    "P-2-P ethyl glycidate": "CCOC(=O)C1(C)OC1c1ccccc1",
    "P-2-P methyl glycidate": "COC(=O)C1(C)OC1c1ccccc1",
    "P-2-P methyl glycidic acid": "CC1(C(=O)O)OC1c1ccccc1",
    "PEPAP": "CC(=O)OC1(c2ccccc2)CCN(CCc2ccccc2)CC1",
    "PMMA": "CNC(C)Cc1ccc(OC)cc1",
    "Pethidine intermediate A": "CN1CCC(C#N)(c2ccccc2)CC1",
    "Pethidine intermediate C": "CN1CCC(C(=O)O)(c2ccccc2)CC1",
    "Propiram": "CCC(=O)N(c1ccccn1)C(C)CN1CCCCC1",
    "Prostanozol": "C[C@]12Cc3cn[nH]c3C[C@@H]1CC[C@@H]1[C@@H]2CC[C@]2(C)[C@@H](OC3CCCCO3)CC[C@@H]12",
    "Pyrovalerone": "CCCC(C(=O)c1ccc(C)cc1)N1CCCC1",
    "Rolicyclidine": "c1ccc(C2(N3CCCC3)CCCCC2)cc1",
    "Stenbolone": "CC1=C[C@@]2(C)[C@@H](CC[C@@H]3[C@@H]2CC[C@]2(C)[C@@H](O)CC[C@@H]32)CC1=O",
    "Sulfondiethylmethane": "CCC(CC)(S(=O)(=O)CC)S(=O)(=O)CC",
    "Tenocyclidine": "c1csc(C2(N3CCCCC3)CCCCC2)c1",
    "Tetrahydrocannabinol, delta-10": "CCCCCc1cc(O)c2c(c1)OC(C)(C)C1CCC(C)C=C21",
    "Tetrahydrocannabinol, delta-6a(10a)": "CCCCCc1cc(O)c2c(c1)OC(C)(C)C1=C2CC(C)CC1",
    "Tetrahydrocannabinol, delta-6a(7)": "CCCCCc1cc(O)c2c(c1)OC(C)(C)C1=CCC(C)CC12",
    "Tetrahydrocannabinol, delta-7": "CCCCCc1cc(O)c2c(c1)OC(C)(C)C1C=CC(C)CC21",
    "Tetrahydrocannabinol, delta-9(11)": "C=C1CCC2C(C1)c1c(O)cc(CCCCC)cc1OC2(C)C",
    "Tetrahydrogestrinone": "CC[C@]1(O)CC[C@H]2[C@@H]3CCC4=CC(=O)CCC4=C3C=C[C@@]21CC",
    "Thiafentanil": "COCC(=O)N(c1ccccc1)C1(C(=O)OC)CCN(CCc2cccs2)CC1",
    "Tilidine": "CCOC(=O)C1(c2ccccc2)CCC=CC1N(C)C",
    "Trenbolone": "C[C@]12C=CC3=C4CCC(=O)C=C4CC[C@H]3[C@@H]1CC[C@@H]2O",
    "U-47700": "CN(C)C1CCCCC1N(C)C(=O)c1ccc(Cl)c(Cl)c1",
    "U-48800": "CN(C)C1CCCCC1N(C)C(=O)Cc1ccc(Cl)cc1Cl",
    "Zolazepam": "Cc1nn(C)c2c1C(c1ccccc1F)=NCC(=O)N2C",
    "alpha-Phenylacetoacetamide": "CC(=O)C(C(N)=O)c1ccccc1",
}
"""What no table on this machine has and no class above holds."""


@cache
def _approved() -> dict[str, str]:
    """Structures of the approved drugs that admet-ai ships, by name in lower case; read, never copied."""
    table = approved_drugs()
    return {str(name).lower(): str(smiles) for name, smiles in zip(table["name"], table["smiles"], strict=True)}


@cache
def structure(row: Row) -> str | None:
    """The structure of a listed item: its own, or that of another item with its key."""
    for other in (row, *(item for item in ITEMS if row.key14 and item.key14 == row.key14)):
        found = CLASSES.get(other.name) or OTHERS.get(other.name) or (looked_up(other.cas) if other.cas else None)
        if found:
            return found
    return next((smiles for name in (row.name, *row.synonyms) if (smiles := approved(name))), None)


def approved(name: str) -> str | None:
    """The structure of an approved drug by its name."""
    return _approved().get(name.lower())
