"""Several hypotheses in one trial: procedures that keep the familywise error rate, as lists and as graphs."""
