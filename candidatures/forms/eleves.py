"""Ce qui se saisit d'un élève (écran O4)."""

from collections.abc import Sequence
from typing import Any

from django import forms

from candidatures.forms.champs import AUTRE, referent_choisi
from candidatures.models import Eleve
from candidatures.services import SaisieEleve
from referentiel.models import Campagne, Rattachement
from referentiel.rules.jeu import LIBELLES_NIVEAUX, Niveau

NOUVELLE_CLASSE = "__nouvelle__"
AGES = range(11, 22)


class EleveForm(forms.Form):
    """Écran O4. `confirme` n'est montré qu'après la découverte d'un élève semblable."""

    nom = forms.CharField(label="Nom", max_length=80)
    prenom = forms.CharField(label="Prénom", max_length=80)
    date_de_naissance = forms.DateField(label="Date de naissance")
    ine = forms.CharField(label="INE", required=False, max_length=20, help_text="11 caractères, espaces permis.")
    classe = forms.ChoiceField(label="Classe")
    nouvelle_classe = forms.CharField(
        label="Nouvelle classe",
        required=False,
        max_length=30,
        help_text="Si la classe n’est pas dans la liste, par exemple « 3e B ».",
    )
    niveau = forms.ChoiceField(label="Niveau", widget=forms.RadioSelect)
    referent = forms.ChoiceField(
        label="Personne référente", required=False, help_text="Elle suit l’élève et reçoit les convocations."
    )
    referent_nom = forms.CharField(
        label="Nom de la personne référente",
        required=False,
        max_length=120,
        help_text="Pour « Autre personne », par exemple « Mme Petit ».",
    )
    referent_courriel = forms.EmailField(
        label="Courriel académique de la personne référente", required=False, help_text="Pour « Autre personne »."
    )
    confirme = forms.BooleanField(
        label="Il s’agit d’un autre élève : l’enregistrer.", required=False, widget=forms.HiddenInput
    )

    def __init__(
        self,
        *args: Any,
        campagne: Campagne,
        classes: Sequence[str],
        equipe: Sequence[Rattachement],
        eleve: Eleve | None = None,
        **kwargs: Any,
    ) -> None:
        self.equipe = {str(place.pk): place for place in equipe}
        self.semblable_url = ""
        self.est_ailleurs = False
        kwargs.setdefault("initial", self._initial(eleve, classes))
        super().__init__(*args, **kwargs)
        self.mef = eleve.mef if eleve else ""
        annees = [campagne.annee - age for age in AGES]
        self.fields["date_de_naissance"].widget = forms.SelectDateWidget(
            years=annees, empty_label=("Année", "Mois", "Jour")
        )
        self.fields["classe"].choices = [*((nom, nom) for nom in classes), (NOUVELLE_CLASSE, "Nouvelle classe")]
        self.fields["niveau"].choices = [
            (niveau, LIBELLES_NIVEAUX[Niveau(niveau)]) for niveau in campagne.regles.niveaux_admis
        ]
        self.fields["referent"].choices = [
            ("", "Aucune pour le moment"),
            *((cle, f"{place.personne} ({place.libelle})") for cle, place in self.equipe.items()),
            (AUTRE, "Autre personne"),
        ]

    def _initial(self, eleve: Eleve | None, classes: Sequence[str]) -> dict[str, Any]:
        if eleve is None:
            return {"niveau": Niveau.TROISIEME, "classe": classes[0] if classes else NOUVELLE_CLASSE}
        champs = ("nom", "prenom", "date_de_naissance", "ine", "classe", "niveau")
        return {champ: getattr(eleve, champ) for champ in champs} | self._referent_de(eleve)

    def _referent_de(self, eleve: Eleve) -> dict[str, str]:
        for cle, place in self.equipe.items():
            if eleve.referent_courriel and place.personne.courriel == eleve.referent_courriel:
                return {"referent": cle}
        if not eleve.referent_nom and not eleve.referent_courriel:
            return {"referent": ""}
        return {
            "referent": AUTRE,
            "referent_nom": eleve.referent_nom,
            "referent_courriel": eleve.referent_courriel,
        }

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        if saisi.get("classe") == NOUVELLE_CLASSE and not saisi.get("nouvelle_classe"):
            self.add_error("nouvelle_classe", "Choisissez une classe, ou donnez le nom d’une nouvelle.")
        if saisi.get("referent") == AUTRE:
            for champ in ("referent_nom", "referent_courriel"):
                if not saisi.get(champ) and champ not in self.errors:
                    self.add_error(champ, "Donnez le nom et le courriel de la personne référente.")
        return saisi

    def demander_la_confirmation(self) -> None:
        """Montre la case qui confirme qu'un élève semblable est bien un autre élève."""
        self.fields["confirme"].widget = forms.CheckboxInput()

    @property
    def saisie(self) -> SaisieEleve:
        saisi = self.cleaned_data
        nom, courriel = referent_choisi(saisi, self.equipe)
        return SaisieEleve(
            nom=saisi["nom"],
            prenom=saisi["prenom"],
            date_de_naissance=saisi["date_de_naissance"],
            classe=saisi["nouvelle_classe"] or saisi["classe"],
            niveau=saisi["niveau"],
            ine=saisi["ine"],
            mef=self.mef,
            referent_nom=nom,
            referent_courriel=courriel,
        )
