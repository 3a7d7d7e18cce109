"""Une campagne naît d'un préréglage ou d'une campagne d'avant (R5, écran S8)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from referentiel import prereglages
from referentiel.admin.calendrier import ANNEES
from referentiel.models import Campagne
from referentiel.rules.calendrier import Calendrier
from referentiel.services import (
    creer_campagne,
    dupliquer_la_campagne,
    garnir_le_catalogue,
    reprendre_le_catalogue,
)

REPRISE = "campagne-"
CATALOGUE_REPRIS, CATALOGUE_LIVRE, CATALOGUE_VIDE = "repris", "livre", "vide"
CATALOGUES = [
    (CATALOGUE_REPRIS, "Repris de la campagne précédente, sinon les 29 domaines livrés"),
    (CATALOGUE_LIVRE, "Les 29 domaines et 57 formations livrés, sans établissement d’accueil"),
    (CATALOGUE_VIDE, "Vide, à saisir ou à importer"),
]


class NouvelleCampagneForm(forms.ModelForm):
    """Une campagne naît d'un préréglage ou d'une campagne d'avant, jamais de rien (R5, S8)."""

    annee = forms.IntegerField(
        label="Année",
        min_value=ANNEES.start,
        max_value=ANNEES.stop - 1,
        help_text="Année civile des entretiens, par exemple 2027.",
    )
    modele = forms.ChoiceField(
        label="D’après",
        help_text=(
            "Le calendrier, les règles, la matrice et les mots à rappeler en viennent. Les dates sont portées à "
            "l’année choisie\u00a0; tout se règle ensuite, avant l’ouverture. Un préréglage sans dates prend celles de "
            "la campagne précédente\u00a0; s’il n’y en a pas, les dates se saisissent dans le calendrier."
        ),
    )
    catalogue = forms.ChoiceField(
        label="Catalogue",
        choices=CATALOGUES,
        required=False,
        help_text="Repris, il garde domaines, formations, accueils et offres\u00a0; chaque accueil est à vérifier.",
    )

    class Meta:
        model = Campagne
        fields = ["academie", "annee", "intitule"]

    campagnes: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reprises = [(f"{REPRISE}{campagne.pk}", str(campagne)) for campagne in self.campagnes]
        self.fields["modele"].choices = [
            *([("Campagnes précédentes", reprises)] if reprises else []),
            ("Préréglages", list(prereglages.noms_des_prereglages().items())),
        ]

    def clean(self) -> dict[str, Any]:
        saisie = super().clean() or self.cleaned_data
        reprise = self.campagne_reprise()
        if reprise and saisie.get("academie") != reprise.academie:
            raise ValidationError("Une campagne se duplique dans son académie.")
        return saisie

    def campagne_reprise(self) -> Campagne | None:
        modele = self.cleaned_data.get("modele", "")
        return self.campagnes.get(pk=modele.removeprefix(REPRISE)) if modele.startswith(REPRISE) else None

    def preparer(self, *, par: Any, le: Any) -> Campagne:
        """Prépare la campagne et son catalogue. Lève `Refus`."""
        saisie = self.cleaned_data
        champs = {"annee": saisie["annee"], "intitule": saisie["intitule"], "par": par, "le": le}
        catalogue = saisie.get("catalogue") or CATALOGUE_REPRIS
        precedente = self.campagne_reprise() or self.campagnes.filter(academie=saisie["academie"]).first()
        reprise = self.campagne_reprise()
        if reprise:
            campagne = dupliquer_la_campagne(campagne=reprise, avec_catalogue=False, **champs)
        else:
            calendrier = self._calendrier_d_apres(precedente)
            campagne = creer_campagne(
                academie=saisie["academie"], prereglage=saisie["modele"], calendrier=calendrier, **champs
            )
        source = precedente if catalogue == CATALOGUE_REPRIS else None
        if source and source.domaines.exists():
            reprendre_le_catalogue(campagne=campagne, source=source, par=par, le=le)
        elif catalogue != CATALOGUE_VIDE:
            garnir_le_catalogue(campagne=campagne, par=par, le=le)
        return campagne

    def _calendrier_d_apres(self, precedente: Campagne | None) -> Calendrier | None:
        """Un préréglage sans dates prend celles de la campagne précédente."""
        sans_dates = not prereglages.prereglage(self.cleaned_data["modele"]).calendrier.periodes
        if not sans_dates or precedente is None:
            return None
        return prereglages.transposer(precedente.calendrier, self.cleaned_data["annee"])
