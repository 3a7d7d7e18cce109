"""Pages et chiffres qui traversent les applications ; lecture seule, aucun modèle."""
