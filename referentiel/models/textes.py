"""Ce que vérifient les textes et les liens que le SAIO et les lycées modifient (T13)."""

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from referentiel.rules.reperes import pourquoi_pas_ce_texte


def valider_les_reperes(texte: str) -> None:
    if raison := pourquoi_pas_ce_texte(texte):
        raise ValidationError(raison)


valider_un_lien = URLValidator(schemes=["https", "http"], message="Un lien commence par https:// ou http://.")
