"""Ce qui est demandé pour proposer un planning et faire partir ses convocations (écran A7)."""

from collections.abc import Sequence
from datetime import datetime

from django import forms

from entretiens.forms.champs import champ_d_heure, champ_de_date
from entretiens.lectures import DomaineAPlanifier
from referentiel.models import Accueil
from referentiel.rules.dates import INSECABLE, a_paris


class PropositionForm(forms.Form):
    """Les domaines à planifier et les attentions demandées au calcul (écran A7, page 1)."""

    sans_mention_optionnel = True

    domaines = forms.MultipleChoiceField(
        label="Domaines",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez au moins un domaine."},
    )
    regrouper = forms.BooleanField(label="Regrouper les élèves d’un même établissement", required=False, initial=True)
    tenir_le_preavis = forms.BooleanField(required=False, initial=True)
    eviter_deux_heures = forms.BooleanField(
        label="Éviter un autre entretien Passpro dans les deux heures", required=False, initial=True
    )
    menager_les_lointains = forms.BooleanField(
        label="Commencer après 9 h 30 pour les élèves à plus d’une heure de trajet", required=False
    )

    def __init__(self, *args, domaines: Sequence[DomaineAPlanifier], choisi: str, preavis: int, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.offerts = {domaine.accueil.code: domaine.accueil for domaine in domaines}
        champ = self.fields["domaines"]
        champ.choices = [(domaine.accueil.code, self._dire(domaine)) for domaine in domaines]
        champ.initial = [choisi] if choisi in self.offerts else list(self.offerts)
        self.fields["tenir_le_preavis"].label = f"Laisser au moins {preavis} jours ouvrés pour remettre la convocation"

    @staticmethod
    def _dire(domaine: DomaineAPlanifier) -> str:
        """« Hôtellerie-restauration : 34 élèves à planifier – 36 places libres »."""
        eleves, places = domaine.en_attente, domaine.places_libres
        libres = f"{places} place{'s' if places > 1 else ''} libre{'s' if places > 1 else ''}"
        attendent = f"{eleves} élève{'s' if eleves > 1 else ''} à planifier"
        return f"{domaine.nom}{INSECABLE}: {attendent} – {libres if places else 'aucune place libre'}"

    @property
    def attentions(self) -> list[forms.BoundField]:
        return [self[nom] for nom in self.fields if nom != "domaines"]

    @property
    def accueils(self) -> list[Accueil]:
        return [self.offerts[code] for code in self.cleaned_data["domaines"]]

    @property
    def options(self) -> dict[str, bool]:
        return {nom: valeur for nom, valeur in self.cleaned_data.items() if nom != "domaines"}


class DepartForm(forms.Form):
    """Quand partent les convocations : maintenant, ou un autre jour."""

    sans_mention_optionnel = True
    PLUS_TARD = "plus_tard"

    quand = forms.ChoiceField(
        label="Départ des courriels",
        required=False,
        initial="maintenant",
        widget=forms.RadioSelect,
        choices=[("maintenant", "Envoyer maintenant"), (PLUS_TARD, "Envoyer le")],
    )
    jour = champ_de_date("Jour", obligatoire=False)
    heure = champ_d_heure("Heure", obligatoire=False)

    def clean(self) -> dict:
        donnees = super().clean()
        if donnees.get("quand") == self.PLUS_TARD:
            for nom, demande in (("jour", "Donnez le jour du départ."), ("heure", "Donnez l’heure du départ.")):
                if not donnees.get(nom) and nom not in self.errors:
                    self.add_error(nom, demande)
        return donnees

    @property
    def part_le(self) -> datetime | None:
        """L'instant demandé ; `None` pour un départ sans attendre."""
        donnees = self.cleaned_data
        return a_paris(donnees["jour"], donnees["heure"]) if donnees["quand"] == self.PLUS_TARD else None
