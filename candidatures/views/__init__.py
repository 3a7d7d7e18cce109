"""Les écrans de l'établissement d'origine : élèves, inscription, avis, désistement."""
