"""Screen the example library for oral compounds that resemble ibuprofen, and look at what comes out.

python examples/screen_library.py
"""

from pathlib import Path

import benchside

library = Path(__file__).with_name("library.csv")

result = benchside.screen(
    library,
    profile="oral",
    reference="ibuprofen",
    reference_weight=1,
    top=10,
    admet=False,  # seconds instead of a minute; leave it out to have ADMET predicted for the best
    workspace="example-workspace",
)

# The tables are pandas DataFrames.
shortlist = result.shortlist
print(shortlist[["rank", "compound_id", "name", "score", "reference_similarity", "qed"]].to_string(index=False))

# Why did the others fall?
fallen = result.results[result.results["status"] == "filtered"]
print(fallen["reason"].value_counts().head(5))

# And why is the best one the best?
print(result.explain(shortlist["compound_id"][0]).text())

print(f"Report: {result.report}")
