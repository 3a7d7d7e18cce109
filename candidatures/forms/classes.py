"""Le professeur principal et la personne référente d'une classe (écran O16)."""

from collections.abc import Sequence
from typing import Any

from django import forms

from candidatures.classes import ClasseLue
from candidatures.forms.champs import AUTRE, referent_choisi
from candidatures.services import ChoixDeClasse
from referentiel.models import Academie, Rattachement
from referentiel.rules.adresses import pourquoi_pas_academique


class ClasseForm(forms.Form):
    """Une ligne de la table des classes. `vu` retient la personne pour laquelle le remplacement a été demandé."""

    sans_mention_optionnel = True

    professeur_principal = forms.ChoiceField(required=False)
    referent = forms.ChoiceField(required=False)
    referent_nom = forms.CharField(label="Nom", required=False, max_length=120)
    referent_courriel = forms.EmailField(label="Courriel académique", required=False)
    remplacer = forms.BooleanField(required=False)
    vu = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        classe: ClasseLue,
        equipe: Sequence[Rattachement],
        academie: Academie,
    ) -> None:
        self.classe, self.academie = classe, academie
        self.equipe = {str(place.pk): place for place in equipe}
        self.a_remplacer = 0
        super().__init__(data, prefix=f"c{classe.nom.encode().hex()}", initial=self._initial())
        places = [(cle, place.personne.nom_affiche) for cle, place in self.equipe.items()]
        self.fields["professeur_principal"].label = f"Professeur principal de {classe.nom}"
        self.fields["professeur_principal"].choices = [("", "Non renseigné"), *places]
        self.fields["referent"].label = f"Personne référente de {classe.nom}"
        self.fields["referent"].choices = [("", "Aucune"), *places, (AUTRE, "Autre personne")]
        for champ in ("professeur_principal", "referent"):
            self.fields[champ].error_messages["invalid_choice"] = "Cette personne n’est plus de l’équipe."

    def _initial(self) -> dict[str, Any]:
        classe = self.classe
        initial: dict[str, Any] = {"professeur_principal": str(classe.professeur_principal or "")}
        if not classe.referent_courriel:
            return initial
        for cle, place in self.equipe.items():
            if place.personne.courriel.lower() == classe.referent_courriel:
                return initial | {"referent": cle}
        autre = {"referent_nom": classe.referent_nom, "referent_courriel": classe.referent_courriel}
        return initial | {"referent": AUTRE} | autre

    @property
    def autre_ouvert(self) -> bool:
        """Vrai s'il y a lieu de montrer d'emblée le nom et le courriel d'une autre personne."""
        return self["referent"].value() == AUTRE

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        if saisi.get("referent") == AUTRE:
            for champ, manque in (("referent_nom", "Donnez son nom."), ("referent_courriel", "Donnez son courriel.")):
                if not saisi.get(champ) and champ not in self.errors:
                    self.add_error(champ, manque)
            self._exiger_une_adresse_academique(saisi.get("referent_courriel") or "")
        return saisi

    def _exiger_une_adresse_academique(self, courriel: str) -> None:
        equipe = {place.personne.courriel.lower() for place in self.equipe.values()}
        raison = pourquoi_pas_academique(courriel, self.academie.domaines_de_courriel)
        if courriel and raison and courriel.lower() not in equipe:
            self.add_error("referent_courriel", raison)

    @property
    def est_envoyee(self) -> bool:
        """Faux pour une classe apparue depuis l'affichage de la page : rien n'y est choisi."""
        return self.add_prefix("referent") in self.data

    def demander_le_remplacement(self) -> bool:
        """Vrai si la personne référente change et que des élèves en ont une autre, sans que l'on ait encore choisi."""
        if not self.is_valid():
            return False
        courriel, deja_vu = self.choix.referent[1], self.cleaned_data["vu"]
        if not courriel or courriel == self.classe.referent_courriel:
            return False
        self.a_remplacer = self.classe.suivis_par_d_autres(courriel)
        self.data = self.data.copy()
        self.data[self.add_prefix("vu")] = courriel
        return bool(self.a_remplacer) and courriel != deja_vu

    @property
    def choix(self) -> ChoixDeClasse:
        saisi = self.cleaned_data
        nom, courriel = referent_choisi(saisi, self.equipe)
        return ChoixDeClasse(
            self.classe.nom,
            self.equipe.get(saisi["professeur_principal"]),
            nom,
            courriel,
            remplacer=saisi["remplacer"],
        )
