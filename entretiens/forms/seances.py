"""Ce qui est demandé pour ouvrir une séance collective (écran A9)."""

from collections.abc import Sequence

from django import forms

from entretiens.forms.champs import champ_d_heure, champ_de_date, champ_de_salle
from entretiens.models import Jury
from entretiens.rules.series import DUREE_MAXIMALE, Poste, Serie
from referentiel.models import Accueil


class SeanceCollectiveForm(forms.Form):
    """Un jour, des heures, un lieu, ceux qui animent, et le nombre de places."""

    accueil = forms.ChoiceField(label="Domaine")
    jour = champ_de_date("Date")
    de = champ_d_heure("De")
    a = champ_d_heure("À")
    salle = champ_de_salle(
        "Salle ou point de rendez-vous", help_text="La convocation l’indique, avec l’adresse de l’établissement."
    )
    jury = forms.ChoiceField(label="Équipe d’animation", required=False)
    capacite = forms.IntegerField(label="Places", min_value=1, max_value=500, initial=30)
    # Les avertissements que la personne a lus : la séance ne s'ouvre qu'avec ceux-là (R24).
    lus = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, accueils: Sequence[Accueil], jurys: Sequence[Jury], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.accueils = {accueil.code: accueil for accueil in accueils}
        self.jurys = {str(jury.pk): jury for jury in jurys}
        # L'élève convoqué doit savoir où venir.
        self.fields["salle"].required = True
        self.fields["accueil"].choices = [(accueil.code, accueil.domaine.nom) for accueil in accueils]
        self.fields["jury"].choices = [("", "Aucune pour l’instant"), *((cle, j.nom) for cle, j in self.jurys.items())]

    @property
    def accueil_choisi(self) -> Accueil:
        return self.accueils[self.cleaned_data["accueil"]]

    def serie(self) -> Serie:
        """La séance, dite comme une série d'un seul jour ; les vacances ne sont pas exclues, elles avertissent."""
        donnees = self.cleaned_data
        jury, salle = self.jurys.get(donnees["jury"]), donnees["salle"].strip()
        return Serie(
            du=donnees["jour"],
            au=donnees["jour"],
            jours=frozenset(range(7)),
            de=donnees["de"],
            a=donnees["a"],
            duree=DUREE_MAXIMALE,
            postes=(Poste(jury.pk, jury.nom, salle, jury.membres) if jury else Poste(None, salle, salle),),
            capacite=donnees["capacite"],
            collective=True,
            exclure_les_conges=False,
        )
