"""Ce qui se saisit pour inviter, et pour répondre à une invitation (écrans C4 et S9)."""

from typing import Any

from django import forms

from comptes.forms import MotDePasseForm
from comptes.models import Personne
from referentiel.models import Academie, Etablissement, Rattachement
from referentiel.permissions import Cote
from referentiel.rules.identifiants import mettre_au_propre, pourquoi_pas_un_uai
from referentiel.rules.invitations import LIGNES_AU_PLUS
from referentiel.rules.places import cotes_d_un_etablissement
from referentiel.services.invitations import PlaceProposee

Role = Rattachement.Role
ROLES_D_EQUIPE = [
    (
        Role.GESTIONNAIRE,
        "Gestionnaire\u00a0: inscrit, planifie et suit, sans donner d’avis tant qu’on ne le lui confie pas",
    ),
    (Role.CHEF, "Chef d’établissement ou adjoint\u00a0: a tous les droits, dont celui de gérer l’équipe"),
]


def champ_de_courriel() -> forms.EmailField:
    return forms.EmailField(
        label="Courriel professionnel",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        error_messages={
            "required": "Indiquez l’adresse de la personne à inviter.",
            "invalid": "Indiquez une adresse complète, par exemple prenom.nom@ac-creteil.example.",
        },
    )


def champ_de_fonction() -> forms.CharField:
    return forms.CharField(
        label="Fonction", required=False, max_length=80, help_text="Par exemple «\u00a0principale adjointe\u00a0»."
    )


class InviterForm(forms.Form):
    """Inviter dans l'équipe d'un établissement, du côté où l'on est."""

    courriel = champ_de_courriel()
    fonction = champ_de_fonction()
    role = forms.ChoiceField(
        label="Rôle",
        choices=ROLES_D_EQUIPE,
        initial=Role.GESTIONNAIRE,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un rôle."},
    )

    def place(self, etablissement: Etablissement, cote: Cote) -> PlaceProposee:
        choix = {champ: self.cleaned_data[champ] for champ in ("role", "fonction")}
        return PlaceProposee(etablissement=etablissement, **choix, **{str(cote): True})


class InviterDansLAcademieForm(forms.Form):
    """Inviter n'importe où dans l'académie : l'établissement par son code, ou l'académie elle-même."""

    courriel = champ_de_courriel()
    role = forms.ChoiceField(
        label="Rôle",
        choices=Role.choices,
        initial=Role.CHEF,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un rôle."},
    )
    fonction = champ_de_fonction()
    uai = forms.CharField(
        label="Code UAI de l’établissement",
        required=False,
        max_length=20,
        help_text="Pour un chef d’établissement ou un gestionnaire. 7 chiffres et une lettre.",
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )
    departement = forms.ChoiceField(label="Département", required=False, help_text="Pour l’observation.")

    def __init__(self, data: Any = None, *, academie: Academie) -> None:
        self.academie = academie
        self.etablissement: Etablissement | None = None
        super().__init__(data)
        codes = [(code, code.lstrip("0")) for code in academie.departements]
        self.fields["departement"].choices = [("", "Aucun"), *codes]

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        role = saisi.get("role")
        if role in {Role.CHEF, Role.GESTIONNAIRE}:
            self.etablissement, raison = trouver_l_etablissement(self.academie, saisi.get("uai", ""))
            if raison:
                self.add_error("uai", raison)
        if role == Role.OBSERVATEUR and not saisi.get("departement"):
            self.add_error("departement", "Choisissez le département observé.")
        return saisi

    @property
    def place(self) -> PlaceProposee:
        role, fonction = self.cleaned_data["role"], self.cleaned_data["fonction"]
        if self.etablissement:
            return place_dans(self.etablissement, role, fonction)
        departement = self.cleaned_data["departement"] if role == Role.OBSERVATEUR else ""
        return PlaceProposee(role, fonction, academie=self.academie, departement=departement)


class ListeForm(forms.Form):
    """Une liste collée."""

    sans_mention_optionnel = True

    liste = forms.CharField(
        label="Personnes à inviter",
        max_length=40_000,
        help_text=f"Une par ligne, {LIGNES_AU_PLUS} au plus\u00a0: courriel\u00a0; UAI\u00a0; fonction. Un "
        "collage d’Excel convient.",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "maxlength": None}),
        error_messages={"required": "Collez au moins une ligne."},
    )


class FiltreDesUtilisateurs(forms.Form):
    """Qui chercher."""

    q = forms.CharField(label="Nom, courriel, établissement ou code UAI", required=False, max_length=100)
    role = forms.ChoiceField(label="Rôle", required=False, choices=[("", "Tous les rôles"), *Rattachement.Role.choices])


class MotifForm(forms.Form):
    """Pourquoi un second facteur est réinitialisé, et comment on s'est assuré de la personne."""

    sans_mention_optionnel = True

    motif = forms.CharField(
        label="Motif",
        max_length=200,
        help_text="Par exemple «\u00a0téléphone perdu, rappelée à son bureau\u00a0». Il reste dans l’historique.",
        error_messages={"required": "Écrivez le motif."},
    )


class OuvertureForm(MotDePasseForm):
    """Qui répond à une invitation : son nom, et le mot de passe qu'il choisit."""

    field_order = ["civilite", "prenom", "nom", "nouveau", "confirmation"]

    civilite = forms.ChoiceField(
        label="Civilité (optionnel)",
        required=False,
        choices=[("", "Non précisée"), ("Mme", "Mme"), ("M.", "M.")],
        widget=forms.Select(attrs={"autocomplete": "honorific-prefix"}),
    )
    prenom = forms.CharField(
        label="Prénom",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": "Indiquez votre prénom."},
    )
    nom = forms.CharField(
        label="Nom",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": "Indiquez votre nom."},
    )

    def __init__(self, data: Any = None, *, courriel: str) -> None:
        super().__init__(data, personne=Personne(courriel=courriel))
        self.fields["nouveau"].label = "Mot de passe"

    def clean(self) -> dict[str, Any]:
        self.personne.prenom = self.cleaned_data.get("prenom", "")
        self.personne.nom = self.cleaned_data.get("nom", "")
        return super().clean()


def trouver_l_etablissement(academie: Academie, uai: str) -> tuple[Etablissement | None, str]:
    """L'établissement de l'académie que désigne ce code, ou la raison pour laquelle il n'y en a pas."""
    propre = mettre_au_propre(uai)
    if raison := pourquoi_pas_un_uai(propre):
        return None, raison
    trouve = Etablissement.objects.filter(academie=academie).connu_sous(propre).first()
    return trouve, "" if trouve else "Cet établissement n’est pas au référentiel de l’académie."


def place_dans(etablissement: Etablissement, role: str, fonction: str) -> PlaceProposee:
    """La place d'un établissement ; ses côtés sont ceux où il travaille."""
    equipe = Rattachement.objects.filter(etablissement=etablissement)
    cotes = cotes_d_un_etablissement(
        etablissement.type,
        recoit=etablissement.accueils.exists(),
        origine=equipe.filter(origine=True).exists(),
        accueil=equipe.filter(accueil=True).exists(),
    )
    return PlaceProposee(role, fonction, etablissement, origine=cotes.origine, accueil=cotes.accueil)
