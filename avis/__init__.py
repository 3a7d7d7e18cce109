"""Compte-rendu, avis d'accueil, croisement des deux avis, fiche récapitulative."""
