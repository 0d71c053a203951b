"""What every report is made of: one theme, tables, figures, cards and the page that holds them."""
