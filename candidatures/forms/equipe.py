"""Ce que le chef d'établissement délègue, et qui remplace une personne retirée (écran C4)."""

from collections.abc import Sequence
from typing import Any

from django import forms

from candidatures.equipe import Membre
from referentiel.models import Rattachement
from referentiel.services.equipe import DELEGATIONS as DROITS_DU_COTE

DELEGATIONS: dict[str, tuple[str, str]] = {
    "saisit_les_avis": (
        "Peut saisir les avis et commentaires au nom du chef d’établissement.",
        "Sans cette case, la personne inscrit et suit les élèves, sans donner d’avis.",
    ),
    "valide_les_comptes_rendus": (
        "Transmet les comptes-rendus et les avis au nom du chef d’établissement.",
        "Sans cette case, la personne rédige des brouillons, que le chef d’établissement transmet.",
    ),
    "tient_l_offre": (
        "Tient l’offre, les lieux d’entretien et les consignes au nom du chef d’établissement.",
        "Sans cette case, la personne les lit sans les changer.",
    ),
}


class DroitsForm(forms.Form):
    """« Modifier les droits » : ce que le chef d'établissement délègue de ce côté."""

    sans_mention_optionnel = True

    def __init__(self, *args: Any, membre: Membre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for droit in DROITS_DU_COTE[membre.cote]:
            libelle, aide = DELEGATIONS[droit]
            self.fields[droit] = forms.BooleanField(
                label=libelle, help_text=aide, required=False, initial=getattr(membre.place, droit)
            )


class RetraitForm(forms.Form):
    """Qui suit désormais les élèves de la personne retirée ; sans élève, rien à choisir."""

    def __init__(self, *args: Any, membre: Membre, equipe: Sequence[Rattachement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.equipe = {str(place.pk): place for place in equipe if place.pk != membre.place.pk}
        if membre.suivis:
            self.fields["remplacant"] = forms.ChoiceField(
                label="Nouvelle personne référente de ses élèves",
                choices=[("", "Choisir une personne"), *((c, p.personne.nom_affiche) for c, p in self.equipe.items())],
                error_messages={
                    "required": "Choisissez qui suit ses élèves.",
                    "invalid_choice": "Cette personne n’est plus de l’équipe.",
                },
            )

    @property
    def remplacant(self) -> Rattachement | None:
        return self.equipe.get(self.cleaned_data.get("remplacant", ""))
