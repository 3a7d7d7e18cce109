"""Ce que montrent les pages du compte."""
