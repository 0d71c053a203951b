"""Writes library.csv: about 300 well-known compounds with public structures, for examples, tests and the first look.

Names and classes were chosen by hand. Structures come from the identifier table of the `chemicals` package (MIT),
which is built from public PubChem records; the few recent medicines that it lacks are written out below, each with its
molecular formula, and a formula that does not fit stops the script.

Run it with `python examples/build_library.py`; the same package version gives the same bytes.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import NamedTuple

from chemicals.identifiers import search_chemical
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula, CalcNumUnspecifiedAtomStereoCenters

COLUMNS = ("id", "name", "smiles", "class", "note")

NAMES: dict[str, str] = {
    "analgesic": """
        aspirin; ibuprofen; naproxen; ketoprofen; flurbiprofen; diclofenac; indomethacin; piroxicam; tenoxicam;
        mefenamic acid; flufenamic acid; phenylbutazone; acetaminophen; phenacetin; salicylamide; diflunisal;
        nabumetone; oxaprozin; tolmetin; metamizole; antipyrine; aminopyrine""",
    "cardiovascular": """
        propranolol; atenolol; metoprolol; nadolol; pindolol; timolol; acebutolol; labetalol; sotalol; verapamil;
        diltiazem; nifedipine; nimodipine; amlodipine; captopril; hydrochlorothiazide; chlorothiazide; furosemide;
        bumetanide; spironolactone; triamterene; prazosin; clonidine; hydralazine; amiodarone; flecainide; mexiletine;
        procainamide; disopyramide; lidocaine; warfarin; ticlopidine; dipyridamole; lovastatin; gemfibrozil;
        clofibrate; digoxin; milrinone""",
    "central nervous system": """
        diazepam; oxazepam; temazepam; lorazepam; alprazolam; midazolam; triazolam; nitrazepam; phenobarbital;
        pentobarbital; phenytoin; carbamazepine; valproic acid; ethosuximide; imipramine; desipramine; amitriptyline;
        nortriptyline; clomipramine; fluoxetine; paroxetine; citalopram; venlafaxine; bupropion; trazodone;
        mirtazapine; mianserin; chlorpromazine; thioridazine; fluphenazine; haloperidol; pimozide; sulpiride;
        buspirone; zolpidem; zopiclone; tacrine; galantamine; amantadine; levodopa; carbidopa; sumatriptan;
        ondansetron; metoclopramide; domperidone; baclofen""",
    "anti-infective": """
        amoxicillin; ampicillin; penicillin g; penicillin v; cloxacillin; cefalexin; ceftriaxone; sulfamethoxazole;
        sulfadiazine; sulfanilamide; trimethoprim; norfloxacin; ofloxacin; nalidixic acid; erythromycin; doxycycline;
        chloramphenicol; metronidazole; tinidazole; nitrofurantoin; isoniazid; pyrazinamide; rifampicin; dapsone;
        ketoconazole; clotrimazole; miconazole; griseofulvin; acyclovir; ganciclovir; didanosine; stavudine; indinavir;
        chloroquine; hydroxychloroquine; primaquine; pyrimethamine; artemisinin; albendazole; mebendazole;
        praziquantel; levamisole""",
    "oncology": """
        methotrexate; 5-fluorouracil; gemcitabine; cytarabine; 6-mercaptopurine; thioguanine; cyclophosphamide;
        ifosfamide; chlorambucil; melphalan; busulfan; tamoxifen; raloxifene; exemestane; flutamide; doxorubicin;
        mitoxantrone; camptothecin; paclitaxel; vinblastine; hydroxyurea; thalidomide""",
    "metabolic or hormonal": """
        estradiol; estrone; progesterone; cortisone; hydrocortisone; prednisone; dexamethasone; finasteride; metformin;
        phenformin; tolbutamide; chlorpropamide; glibenclamide; cimetidine; omeprazole; allopurinol; probenecid;
        colchicine; levothyroxine; propylthiouracil; methimazole; misoprostol""",
    "respiratory or antihistamine": """
        salbutamol; terbutaline; salmeterol; theophylline; diphenhydramine; chlorpheniramine; promethazine; loratadine;
        terfenadine; astemizole; cyproheptadine; hydroxyzine; guaifenesin; acetylcysteine""",
    "natural product": """
        caffeine; theobromine; berberine; papaverine; reserpine; yohimbine; vincamine; capsaicin; menthol; thymol;
        eugenol; vanillin; limonene; podophyllotoxin; coumarin; umbelliferone; psoralen; naringenin; apigenin; chrysin;
        kaempferol; luteolin; daidzein; genistein; rotenone; emodin; ursolic acid; oleanolic acid; cholesterol;
        cholic acid; adenosine; thymidine; melatonin; serotonin; dopamine; histamine; l-tryptophan; folic acid; biotin;
        nicotinamide; ascorbic acid; piperine; harmine; ellipticine""",
    "tool compound": """
        wortmannin; rapamycin; cyclosporin a; rolipram; 8-oh-dpat; muscimol; bicuculline; zaprinast; pentoxifylline;
        cerulenin; monensin; nocodazole""",
    "assay interference": """
        curcumin; quercetin; resveratrol; epigallocatechin gallate; myricetin; fisetin; juglone; plumbagin; menadione;
        rhodanine; gossypol; ninhydrin; alizarin; catechol; pyrogallol; isoliquiritigenin; shikonin; beta-lapachone;
        ebselen; crystal violet; methylene blue; rottlerin""",
    "fragment": """
        benzamide; acetanilide; indole; benzimidazole; indazole; 7-azaindole; quinoline; isoquinoline; quinazoline;
        2-aminopyridine; 2-aminothiazole; 2-aminobenzothiazole; benzoxazole; pyrazole; imidazole; 1-phenylpiperazine;
        4-phenylpiperidine; benzenesulfonamide; 4-hydroxybenzamide; oxindole; 1,2,3,4-tetrahydroisoquinoline;
        nicotinic acid; 2-pyridone; tryptamine; phthalimide; hydantoin; chromone; 4-phenylpyridine""",
}


class Written(NamedTuple):
    """A structure written from its published name, with the formula that guards it."""

    name: str
    family: str
    smiles: str
    formula: str


WRITTEN = (
    Written("celecoxib", "analgesic", "Cc1ccc(cc1)-c1cc(nn1-c1ccc(cc1)S(N)(=O)=O)C(F)(F)F", "C17H14F3N3O2S"),
    Written("rofecoxib", "analgesic", "CS(=O)(=O)c1ccc(cc1)C1=C(C(=O)OC1)c1ccccc1", "C17H14O4S"),
    Written("enalapril", "cardiovascular", "CCOC(=O)[C@H](CCc1ccccc1)N[C@@H](C)C(=O)N1CCC[C@H]1C(O)=O", "C20H28N2O5"),
    Written("losartan", "cardiovascular", "CCCCc1nc(Cl)c(CO)n1Cc1ccc(cc1)-c1ccccc1-c1nnn[nH]1", "C22H23ClN6O"),
    Written(
        "valsartan", "cardiovascular", "CCCCC(=O)N(Cc1ccc(cc1)-c1ccccc1-c1nnn[nH]1)[C@@H](C(C)C)C(O)=O", "C24H29N5O3"
    ),
    Written(
        "atorvastatin",
        "cardiovascular",
        "CC(C)c1c(C(=O)Nc2ccccc2)c(-c2ccccc2)c(-c2ccc(F)cc2)n1CC[C@@H](O)C[C@@H](O)CC(O)=O",
        "C33H35FN2O5",
    ),
    Written("clozapine", "central nervous system", "CN1CCN(CC1)C1=Nc2cc(Cl)ccc2Nc2ccccc12", "C18H19ClN4"),
    Written("olanzapine", "central nervous system", "CN1CCN(CC1)C1=Nc2ccccc2Nc2sc(C)cc12", "C17H20N4S"),
    Written(
        "risperidone", "central nervous system", "CC1=C(CCN2CCC(CC2)c2noc3cc(F)ccc23)C(=O)N2CCCCC2=N1", "C23H27FN4O2"
    ),
    Written("sertraline", "central nervous system", "CN[C@H]1CC[C@@H](c2ccc(Cl)c(Cl)c2)c2ccccc12", "C17H17Cl2N"),
    Written("donepezil", "central nervous system", "COc1cc2CC(CC3CCN(CC3)Cc3ccccc3)C(=O)c2cc1OC", "C24H29NO3"),
    Written("lamotrigine", "central nervous system", "Nc1nnc(c(N)n1)-c1cccc(Cl)c1Cl", "C9H7Cl2N5"),
    Written("gabapentin", "central nervous system", "NCC1(CC(O)=O)CCCCC1", "C9H17NO2"),
    Written("ciprofloxacin", "anti-infective", "OC(=O)C1=CN(C2CC2)c2cc(N3CCNCC3)c(F)cc2C1=O", "C17H18FN3O3"),
    Written("linezolid", "anti-infective", "CC(=O)NC[C@H]1CN(C(=O)O1)c1ccc(N2CCOCC2)c(F)c1", "C16H20FN3O4"),
    Written("fluconazole", "anti-infective", "OC(Cn1cncn1)(Cn1cncn1)c1ccc(F)cc1F", "C13H12F2N6O"),
    Written("zidovudine", "anti-infective", "CC1=CN([C@H]2C[C@H](N=[N+]=[N-])[C@@H](CO)O2)C(=O)NC1=O", "C10H13N5O4"),
    Written("nevirapine", "anti-infective", "Cc1ccnc2N(C3CC3)c3ncccc3C(=O)Nc12", "C15H14N4O"),
    Written("oseltamivir", "anti-infective", "CCOC(=O)C1=C[C@@H](OC(CC)CC)[C@H](NC(C)=O)[C@@H](N)C1", "C16H28N2O4"),
    Written("imatinib", "oncology", "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(n1)-c1cccnc1", "C29H31N7O"),
    Written("gefitinib", "oncology", "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1", "C22H24ClFN4O3"),
    Written("erlotinib", "oncology", "COCCOc1cc2ncnc(Nc3cccc(c3)C#C)c2cc1OCCOC", "C22H23N3O4"),
    Written(
        "lapatinib",
        "oncology",
        "CS(=O)(=O)CCNCc1ccc(o1)-c1ccc2ncnc(Nc3ccc(OCc4cccc(F)c4)c(Cl)c3)c2c1",
        "C29H26ClFN4O4S",
    ),
    Written("osimertinib", "oncology", "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc1nccc(n1)-c1cn(C)c2ccccc12", "C28H33N7O2"),
    Written("afatinib", "oncology", "CN(C)C/C=C/C(=O)Nc1cc2c(Nc3ccc(F)c(Cl)c3)ncnc2cc1O[C@H]1CCOC1", "C24H25ClFN5O3"),
    Written("sorafenib", "oncology", "CNC(=O)c1cc(Oc2ccc(NC(=O)Nc3ccc(Cl)c(c3)C(F)(F)F)cc2)ccn1", "C21H16ClF3N4O3"),
    Written("dasatinib", "oncology", "Cc1nc(Nc2ncc(s2)C(=O)Nc2c(C)cccc2Cl)cc(n1)N1CCN(CCO)CC1", "C22H26ClN7O2S"),
    Written("ibrutinib", "oncology", "C=CC(=O)N1CCC[C@H](C1)n1nc(-c2ccc(Oc3ccccc3)cc2)c2c(N)ncnc12", "C25H24N6O2"),
    Written("ruxolitinib", "oncology", "N#CC[C@H](C1CCCC1)n1cc(cn1)-c1ncnc2[nH]ccc12", "C17H18N6"),
    Written("olaparib", "oncology", "O=C(C1CC1)N1CCN(CC1)C(=O)c1cc(CC2=NNC(=O)c3ccccc23)ccc1F", "C24H23FN4O3"),
    Written("vorinostat", "oncology", "ONC(=O)CCCCCCC(=O)Nc1ccccc1", "C14H20N2O3"),
    Written("bortezomib", "oncology", "CC(C)C[C@H](NC(=O)[C@H](Cc1ccccc1)NC(=O)c1cnccn1)B(O)O", "C19H25BN4O4"),
    Written(
        "sildenafil", "cardiovascular", "CCCc1nn(C)c2c1nc([nH]c2=O)-c1cc(ccc1OCC)S(=O)(=O)N1CCN(C)CC1", "C22H30N6O4S"
    ),
    Written(
        "sitagliptin",
        "metabolic or hormonal",
        "N[C@@H](CC(=O)N1CCn2c(C1)nnc2C(F)(F)F)Cc1cc(F)c(F)cc1F",
        "C16H15F6N5O",
    ),
    Written("pioglitazone", "metabolic or hormonal", "CCc1ccc(nc1)CCOc1ccc(cc1)CC1SC(=O)NC1=O", "C19H20N2O3S"),
    Written(
        "cetirizine", "respiratory or antihistamine", "OC(=O)COCCN1CCN(CC1)C(c1ccccc1)c1ccc(Cl)cc1", "C21H25ClN2O3"
    ),
)

NOTES = {
    "curcumin": "invalid metabolic panacea, Nelson 2017",
    "rhodanine": "parent of a notorious screening nuisance, Baell 2010",
    "thalidomide": "teratogenic; a racemate in the clinic",
    "terfenadine": "withdrawn: hERG block",
    "astemizole": "withdrawn: hERG block",
    "rofecoxib": "withdrawn: cardiovascular risk",
    "cyclosporin a": "beyond the rule of five, yet oral",
    "osimertinib": "covalent EGFR inhibitor",
    "ibrutinib": "covalent BTK inhibitor",
    "afatinib": "covalent EGFR inhibitor",
}


def rows() -> list[tuple[str, str, str, str, str]]:
    """The library as (id, name, smiles, class, note), in the order of the lists above.

    Raises:
        ValueError: a name is unknown or stands twice, or a written structure does not have its formula.
    """
    found: list[tuple[str, str, str]] = []
    for family, names in NAMES.items():
        found += [(name, family, search_chemical(name).smiles) for name in (part.strip() for part in names.split(";"))]
        for entry in (entry for entry in WRITTEN if entry.family == family):
            formula = CalcMolFormula(Chem.MolFromSmiles(entry.smiles))
            if formula != entry.formula:
                raise ValueError(f"{entry.name}: the structure has {formula}, expected {entry.formula}")
            found.append((entry.name, family, entry.smiles))
    seen: dict[str, str] = {}
    out = []
    for number, (name, family, smiles) in enumerate(found, start=1):
        mol = Chem.MolFromSmiles(smiles)
        if mol is None:
            raise ValueError(f"{name}: the table holds the unreadable SMILES {smiles!r}")
        key = Chem.MolToInchiKey(mol)
        if key in seen:
            raise ValueError(f"{name} is the same compound as {seen[key]}")
        seen[key] = name
        notes = [NOTES[name]] if name in NOTES else []
        if "." in smiles:
            notes.append("given as a salt")
        if CalcNumUnspecifiedAtomStereoCenters(mol):
            notes.append("stereo not fully given")
        out.append((f"BX{number:03d}", name, smiles, family, "; ".join(notes)))
    return out


def main(target: Path) -> None:
    """Writes the library as CSV (UTF-8, LF) to `target`."""
    with target.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("library.csv"))
