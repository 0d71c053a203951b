"""Published cases: numeric inputs and answers of the literature, evaluated by method name."""
