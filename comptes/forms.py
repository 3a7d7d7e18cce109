"""Ce qui est demandé à qui se connecte, et à qui protège son compte."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest

from comptes.models import Personne
from comptes.services import CODE_FAUX, TropDEssais, verifier_un_code


class ChampDAdresse(forms.EmailField):
    """L'adresse d'un compte, telle qu'elle se compte : « ſ » et « S » ne donnent pas d'autres essais que « s ».

    « ı », que la base confond avec « i », n'est d'aucune adresse professionnelle : il est refusé.
    """

    def __init__(self, label: str, *, remplissage: str, manque: str) -> None:
        super().__init__(
            label=label,
            max_length=254,
            widget=forms.EmailInput(
                attrs={"autocomplete": remplissage, "autocapitalize": "none", "spellcheck": "false"}
            ),
            error_messages={
                "required": manque,
                "invalid": "Indiquez une adresse complète, par exemple prenom.nom@ac-creteil.example.",
            },
        )

    def clean(self, value: Any) -> str:
        propre = super().clean(value).casefold()
        if not propre.isascii():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return propre


def champ_de_connexion() -> ChampDAdresse:
    return ChampDAdresse(
        "Courriel professionnel", remplissage="username", manque="Indiquez votre courriel professionnel."
    )


class ConnexionForm(AuthenticationForm):
    """Courriel et mot de passe ; le message d'erreur ne dit pas lequel des deux est faux."""

    sans_mention_optionnel = True
    error_messages = {
        "invalid_login": "Courriel ou mot de passe incorrect. Après 5 essais, le compte est bloqué 15\xa0minutes.",
        "inactive": "Courriel ou mot de passe incorrect. Après 5 essais, le compte est bloqué 15\xa0minutes.",
    }

    username = champ_de_connexion()
    password = forms.CharField(
        label="Mot de passe",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Indiquez votre mot de passe."},
    )


class NotificationsForm(forms.Form):
    """Ce que la personne veut recevoir par courriel."""

    sans_mention_optionnel = True

    resume_quotidien = forms.BooleanField(
        label="Recevoir le résumé quotidien",
        required=False,
        help_text=(
            "À 7\xa0h, les jours ouvrés, le nombre de vos tâches dans chaque établissement. "
            "Rien n’est envoyé quand il n’y a rien à faire."
        ),
    )


REGLES_DU_MOT_DE_PASSE = (
    "12\u00a0caractères au moins. "
    "Ni votre nom, ni votre adresse, ni un mot de passe courant, ni seulement des chiffres."
)


def champ_de_mot_de_passe(libelle: str, remplissage: str, manque: str, aide: str = "") -> forms.CharField:
    """Un mot de passe : gardé tel quel, espaces compris, et de longueur bornée pour que son empreinte le soit aussi."""
    return forms.CharField(
        label=libelle,
        strip=False,
        max_length=200,
        help_text=aide,
        widget=forms.PasswordInput(attrs={"autocomplete": remplissage}),
        error_messages={"required": manque},
    )


class MotDePasseForm(forms.Form):
    """Un mot de passe à choisir, tapé deux fois ; `personne` dit à quoi il ne doit pas ressembler."""

    sans_mention_optionnel = True

    nouveau = champ_de_mot_de_passe(
        "Nouveau mot de passe", "new-password", "Choisissez un mot de passe.", REGLES_DU_MOT_DE_PASSE
    )
    confirmation = champ_de_mot_de_passe(
        "Le même mot de passe, une seconde fois", "new-password", "Tapez une seconde fois le mot de passe."
    )

    def __init__(self, data: Any = None, *, personne: Personne) -> None:
        self.personne = personne
        super().__init__(data)

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or {}
        nouveau, confirmation = donnees.get("nouveau"), donnees.get("confirmation")
        if nouveau and confirmation and nouveau != confirmation:
            self.add_error("confirmation", "Les deux mots de passe sont différents.")
        if nouveau:
            try:
                validate_password(nouveau, self.personne)
            except forms.ValidationError as refus:
                self.add_error("nouveau", refus)
        return donnees


class ChangerLeMotDePasseForm(MotDePasseForm):
    """Changer de mot de passe demande l'ancien."""

    field_order = ["actuel", "nouveau", "confirmation"]

    actuel = champ_de_mot_de_passe("Mot de passe actuel", "current-password", "Indiquez votre mot de passe actuel.")

    def __init__(self, data: Any = None, *, personne: Personne, request: HttpRequest) -> None:
        self.request = request
        super().__init__(data, personne=personne)

    def clean_actuel(self) -> str:
        actuel = self.cleaned_data["actuel"]
        if authenticate(self.request, username=self.personne.courriel, password=actuel) is None:
            raise forms.ValidationError("Ce mot de passe n’est pas le vôtre.")
        return actuel


class MotDePasseOublieForm(forms.Form):
    """L'adresse à qui envoyer un lien."""

    sans_mention_optionnel = True

    courriel = champ_de_connexion()


class ChangerDAdresseForm(forms.Form):
    """L'adresse que prendrait le compte."""

    sans_mention_optionnel = True

    courriel = ChampDAdresse(
        "Nouveau courriel professionnel", remplissage="email", manque="Indiquez la nouvelle adresse."
    )


class CodeForm(forms.Form):
    """Un code de l'application."""

    sans_mention_optionnel = True

    code = forms.CharField(
        label="Code à 6\u00a0chiffres",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "inputmode": "numeric",
            }
        ),
        error_messages={"required": "Indiquez le code que montre votre application."},
    )


class CodeOuSecoursForm(CodeForm):
    """Un code de l'application, ou un code de secours, qui porte des lettres."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        champ = self.fields["code"]
        champ.label = "Code à 6\u00a0chiffres, ou code de secours"
        champ.widget.attrs.pop("inputmode")


class PreuveForm(forms.Form):
    """Le mot de passe de qui est connecté, ou son code s'il a un second facteur, avant un acte grave (T7)."""

    sans_mention_optionnel = True

    preuve_secret = champ_de_mot_de_passe("Mot de passe", "current-password", "Indiquez votre mot de passe.")

    def __init__(self, data: Any = None, *, request: HttpRequest) -> None:
        self.request = request
        super().__init__(data)
        if request.user.a_un_second_facteur:
            modele = CodeOuSecoursForm().fields["code"]
            modele.widget.attrs["autocomplete"] = "one-time-code"
            self.fields["preuve_secret"] = modele

    @classmethod
    def est_envoyee(cls, data: Any) -> bool:
        return "preuve_secret" in data

    @property
    def peut_prouver(self) -> bool:
        """Faux pour qui n'entre que par le portail de l'académie : il se reconnecte."""
        return self.request.user.a_un_second_facteur or self.request.user.has_usable_password()

    def clean_preuve_secret(self) -> str:
        secret = self.cleaned_data["preuve_secret"]
        if refus := self._refus(secret):
            raise forms.ValidationError(refus)
        return secret

    def _refus(self, secret: str) -> str:
        personne = self.request.user
        if not personne.a_un_second_facteur:
            prouve = authenticate(self.request, username=personne.courriel, password=secret)
            return "" if prouve else "Ce mot de passe n’est pas le vôtre."
        try:
            prouve = verifier_un_code(personne=personne, code=secret, le=self.request.recue_le)
        except TropDEssais as trop:
            return str(trop)
        return "" if prouve else CODE_FAUX
