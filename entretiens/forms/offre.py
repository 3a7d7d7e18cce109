"""Ce qu'un lycée dit de son offre, de ses consignes, de ses jurys et de ses salles (écran A15)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from entretiens.models import Jury, Salle
from entretiens.services import Tenue
from referentiel.models import Accueil, Domaine, Offre, Rattachement, choix
from referentiel.models.textes import valider_les_reperes
from referentiel.rules.jeu import LONGUEUR_CONSIGNES

UN_TELEPHONE = RegexValidator(
    r"^\+?[0-9](?:[ .\-]?[0-9]){5,14}$", "Un numéro de téléphone se compose de chiffres, par exemple 01 23 45 67 89."
)


class AccueilForm(forms.ModelForm):
    """Un domaine : comment, où, et qui joindre. La modalité n'y est que si le SAIO la laisse choisir (R7)."""

    class Meta:
        model = Accueil
        fields = ["modalite", "lieu", "acces", "contact_nom", "contact_telephone", "contact_courriel"]
        labels = {
            "lieu": "Lieu des entretiens",
            "acces": "Accès",
            "contact_nom": "Personne à contacter",
            "contact_telephone": "Téléphone",
            "contact_courriel": "Courriel",
        }
        help_texts = {
            "acces": "Transports, entrée, étage : écrit sur la convocation.",
            "contact_nom": "Par exemple « Mme Leroy, secrétariat ».",
        }
        widgets = {"modalite": forms.RadioSelect, "acces": forms.Textarea(attrs={"rows": 2})}
        error_messages = {"contact_courriel": {"invalid": "Cette adresse n’est pas complète. Exemple : nom@lycee.fr."}}

    def __init__(self, *args: Any, choisit: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact_telephone"].validators.append(UN_TELEPHONE)
        adresse = self.instance.etablissement.adresse_complete if self.instance.etablissement.adresse else ""
        self.fields["lieu"].help_text = (
            f"Vide : l’adresse de l’établissement, {adresse}."
            if adresse
            else "L’adresse de votre établissement n’est pas connue : sans lieu, la convocation ne peut pas partir."
        )
        if not choisit:
            del self.fields["modalite"]
        else:
            self.fields["modalite"].choices = choix.modalites()

    @property
    def tenue(self) -> Tenue:
        return Tenue(**{champ: self.cleaned_data[champ] for champ in self.fields})

    def _post_clean(self) -> None:
        """Le service écrit : la saisie ne touche pas l'accueil lu."""


class PresentationForm(forms.ModelForm):
    """Comment une formation hors Passpro se présente aux élèves (R8)."""

    class Meta:
        model = Offre
        fields = ["presentation"]
        labels = {"presentation": "Comment la découvrir"}
        help_texts = {"presentation": "Portes ouvertes, mini-stages, personne à contacter."}
        widgets = {"presentation": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["presentation"].required = True
        self.fields["presentation"].error_messages["required"] = "Dites comment les élèves la découvrent."

    def _post_clean(self) -> None:
        """Le service écrit : la saisie ne touche pas l'offre lue."""


class ConsignesForm(forms.Form):
    """Les consignes de chaque domaine, sur une page."""

    sans_mention_optionnel = True

    def __init__(self, *args: Any, accueils: Sequence[Accueil], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accueils = {accueil.code: accueil for accueil in accueils}
        self.vus = {accueil: self.data.get(f"vu_{accueil.code}", accueil.consignes) for accueil in accueils}
        for code, accueil in self.accueils.items():
            self.fields[self.nom(code)] = forms.CharField(
                label=accueil.domaine.nom,
                max_length=LONGUEUR_CONSIGNES,
                required=False,
                initial=accueil.consignes,
                widget=forms.Textarea(attrs={"rows": 3}),
                validators=[valider_les_reperes],
            )

    @staticmethod
    def nom(code: str) -> str:
        return f"consignes_{code}"

    @property
    def lignes(self) -> list[tuple[Accueil, forms.BoundField, str]]:
        """Chaque accueil, son champ, et le texte que la page montrait à son ouverture."""
        return [(accueil, self[self.nom(code)], self.vus[accueil]) for code, accueil in self.accueils.items()]

    @property
    def textes(self) -> dict[Accueil, str]:
        return {accueil: self.cleaned_data[self.nom(code)] for code, accueil in self.accueils.items()}

    @property
    def changes(self) -> dict[Accueil, str]:
        """Textes changés depuis l'ouverture de la page : les autres gardent ce qu'un collègue y a écrit depuis."""
        return {accueil: texte for accueil, texte in self.textes.items() if texte != self.vus[accueil]}


class JuryForm(forms.Form):
    """Un jury : son nom, ses membres, ceux qui ont un compte, sa salle habituelle, ses domaines."""

    nom = forms.CharField(label="Nom du jury", max_length=60, help_text="Par exemple « Jury 1 ».")
    membres = forms.CharField(
        label="Membres", max_length=300, required=False, help_text="Noms et fonctions, séparés par des virgules."
    )
    salle = forms.CharField(
        label="Salle habituelle",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"list": "salles", "autocomplete": "off"}),
        help_text="Déjà remplie quand vous créez des créneaux avec ce jury.",
    )

    def __init__(
        self,
        *args: Any,
        domaines: Sequence[Domaine],
        equipe: Sequence[Rattachement] = (),
        jury: Jury | None = None,
        **kwargs: Any,
    ) -> None:
        connus = {domaine.slug for domaine in domaines}
        initial = {
            "nom": jury.nom if jury else "",
            "membres": jury.membres if jury else "",
            "salle": jury.salle if jury else "",
            "equipe": [place.pk for place in jury.equipe.all()] if jury else [],
            "domaines": [slug for slug in jury.domaines if slug in connus] if jury else [],
        }
        super().__init__(*args, initial=initial, **kwargs)
        self.equipe = {str(place.pk): place for place in equipe}
        if equipe:
            self.fields["equipe"] = forms.MultipleChoiceField(
                label="Membres qui ont un compte",
                choices=[(cle, str(place.personne)) for cle, place in self.equipe.items()],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                help_text="Chacun retrouve ses entretiens du jour en haut de sa page «\u00a0À faire\u00a0».",
            )
        offerts = connus if len(connus) > 1 else set()
        self.gardes = [slug for slug in jury.domaines if slug not in offerts] if jury else []
        if offerts:
            self.fields["domaines"] = forms.MultipleChoiceField(
                label="Domaines",
                choices=[(domaine.slug, domaine.nom) for domaine in domaines],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                help_text="Aucune case : tous les domaines.",
            )

    @property
    def champs(self) -> dict[str, Any]:
        """Ce qui se passe aux services ; un domaine que la page n'offre pas reste celui du jury."""
        return {
            **self.cleaned_data,
            "domaines": [*self.cleaned_data.get("domaines", []), *self.gardes],
            "equipe": [self.equipe[cle] for cle in self.cleaned_data.get("equipe", [])],
        }


class SalleForm(forms.Form):
    nom = forms.CharField(
        label="Salle ou point de rendez-vous", max_length=80, help_text="Par exemple « 204 » ou « Hall du bâtiment C »."
    )
    places = forms.IntegerField(label="Places", min_value=1, max_value=2000, required=False)

    def __init__(self, *args: Any, salle: Salle | None = None, **kwargs: Any) -> None:
        initial = {"nom": salle.nom, "places": salle.places} if salle else None
        super().__init__(*args, initial=initial, **kwargs)
