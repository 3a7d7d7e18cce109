"""Services embarqués, lancement et essais de Passpro sur un poste. L'application n'en importe rien."""
