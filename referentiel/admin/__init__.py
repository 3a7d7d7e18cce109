"""L'administration du référentiel, page par page (écrans S7, S8, S9, S11, S12)."""

from referentiel.admin import calendrier, campagnes, catalogue, etablissements, personnes, regles, textes

__all__ = ["calendrier", "campagnes", "catalogue", "etablissements", "personnes", "regles", "textes"]
