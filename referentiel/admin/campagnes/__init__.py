"""Préparer, vérifier, ouvrir, régler, clore et effacer une campagne (écrans S7, S8, R1 à R3)."""

from referentiel.admin.campagnes.fiche import CampagneAdmin

__all__ = ["CampagneAdmin"]
