"""Screening a real library without ADMET: rows accounted for, memory, and CPU against plain RDKit calls.

    python benchmarks/screening.py LIBRARY [--rows N] [--sample N] [--tenfold]

LIBRARY is a CSV file (.gz allowed) with a SMILES column. `benchside screen` runs on it as a user runs it, in processes
of its own; CPU seconds are those of all of them, from start to report. Plain RDKit calls compute the same columns of
every n-th compound (`--sample` of them) one by one; every value is compared with the one in the results file.
`--tenfold` screens ten times the rows as well (the library with ten different atoms or groups put before each SMILES)
and compares the memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pyarrow.parquet as pq
from properties import differences, plain_properties, plain_rdkit, read_smiles
from rdkit import Chem, rdBase

GROUPS = ("", "C", "CC", "CCC", "CO", "F", "Cl", "N#C", "OC", "CC(C)")


def screen(library: Path, workspace: Path) -> tuple[dict[str, Any], float, float, float]:
    """Run `benchside screen`: its JSON answer, CPU seconds, wall seconds, peak memory of all its processes in MB."""
    command = [
        sys.executable,
        "-m",
        "benchside",
        "screen",
        str(library),
        "--no-admet",
        "--workspace",
        str(workspace),
        "--json",
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    peak = 0.0
    tree = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            every = [tree, *tree.children(recursive=True)]
            peak = max(peak, sum(p.memory_info().rss for p in every) / 1e6)
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.2)
    assert process.stdout is not None
    answer = json.loads(process.stdout.read())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return answer, cpu, time.monotonic() - began, peak


def write_library(smiles: list[str], path: Path, groups: tuple[str, ...] = ("",)) -> int:
    """A CSV file of the structures with each group before them; how many rows it has."""
    with path.open("w", encoding="utf-8") as file:
        file.write("id,smiles\n")
        for g, group in enumerate(groups):
            file.writelines(f"M{g}-{i},{group}{text}\n" for i, text in enumerate(smiles))
    return len(smiles) * len(groups)


def compare(smiles: list[str], results: Path, sample: int) -> tuple[float, int, list[str]]:
    """CPU seconds of plain RDKit per compound, number of values compared, and the differences."""
    step = max(1, len(smiles) // sample)
    rows = list(range(0, len(smiles), step))
    plain_rdkit(smiles[0])  # catalogues and tables are loaded before the clock starts
    began = time.process_time()
    plain = [plain_rdkit(smiles[i]) for i in rows]
    seconds = (time.process_time() - began) / len(rows)
    # Sums over atoms depend in their last bit on the order of the atoms. Benchside computes on the canonical SMILES, so
    # that a value does not depend on how a structure was written; the values are compared on the same atoms.
    plain = [
        {"smiles": row["smiles"], "inchikey": row["inchikey"], **plain_properties(Chem.MolFromSmiles(row["smiles"]))}
        for row in plain
    ]
    table = pq.read_table(results, columns=list(plain[0])).to_pandas().iloc[rows].reset_index(drop=True)
    status = pq.read_table(results, columns=["status"]).to_pandas()["status"].iloc[rows]
    kept = [i for i, s in enumerate(status) if s not in ("duplicate", "reject")]
    mine: pd.DataFrame = table.iloc[kept].reset_index(drop=True)
    theirs = [plain[i] for i in kept]
    return seconds, len(theirs) * len(theirs[0]), list(differences(theirs, mine))


def main() -> int:
    """Run the benchmark and print its figures; 1 if a row is missing or a value differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--rows", type=int, default=10**9)
    parser.add_argument("--sample", type=int, default=5_000)
    parser.add_argument("--tenfold", action="store_true")
    options = parser.parse_args()
    rdBase.DisableLog("rdApp.*")
    smiles = read_smiles(options.library, options.rows)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "library.csv")
        rows = write_library(smiles, library)
        answer, cpu, wall, peak = screen(library, Path(folder, "w"))
        c = answer["counts"]
        accounted = c["compounds"] + c["duplicates"] + c["rejects"]
        print(f"rows {rows:,}: {c['compounds']:,} compounds, {c['duplicates']:,} duplicates, {c['rejects']:,} rejects")
        print(f"accounted for: {accounted:,} of {rows:,}")
        failed |= accounted != rows
        print(f"peak memory of all processes: {peak:,.0f} MB; {wall:,.0f} s; {cpu:,.1f} CPU s")
        seconds, values, different = compare(smiles, Path(answer["products"]["results"]), options.sample)
        print(
            f"plain RDKit, one by one: {1 / seconds:,.0f} molecules per CPU-second (same columns, no file, no report)"
        )
        print(f"benchside screen, all of it: {rows / cpu:,.0f} molecules per CPU-second")
        print(f"ratio: {seconds * rows / cpu:.2f}")
        print(f"values compared: {values:,}, different: {len(different)}")
        for text in different[:10]:
            print(text)
        failed |= bool(different)
        if options.tenfold:
            rows = write_library(smiles, library, GROUPS)
            answer, cpu, wall, more = screen(library, Path(folder, "w10"))
            c = answer["counts"]
            accounted = c["compounds"] + c["duplicates"] + c["rejects"]
            failed |= accounted != rows
            print(
                f"rows {rows:,}: {c['compounds']:,} compounds, {c['duplicates']:,} duplicates, {c['rejects']:,} rejects"
            )
            print(f"accounted for: {accounted:,} of {rows:,}; {wall:,.0f} s; {cpu:,.1f} CPU s")
            print(f"peak memory of all processes: {more:,.0f} MB, {more / peak:.2f} times that of a tenth of the rows")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
