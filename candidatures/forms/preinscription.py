"""Ce qui se demande à un établissement sans accès ARENA, et au SAIO qui lui répond (écrans P8 et S5)."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django import forms

from candidatures.forms.choix import ChoixForm
from candidatures.forms.eleves import AGES
from candidatures.lectures import DomaineAuChoix
from candidatures.models import PreInscription
from candidatures.preinscriptions import TYPES, Choix, Demandeur, EleveSaisi, passe_par_arena
from candidatures.rules import pourquoi_pas_admis
from referentiel.models import Campagne, Etablissement
from referentiel.rules.dates import INSECABLE
from referentiel.rules.identifiants import mettre_au_propre, pourquoi_pas_un_ine, pourquoi_pas_un_uai
from referentiel.rules.jeu import LIBELLES_NIVEAUX, Niveau

TELEPHONE = re.compile(r"^\+?[0-9 ().-]{8,20}$")
A_DEJA_UN_ACCES = "Cet établissement a déjà un accès à Passpro. Connectez-vous par ARENA."
DONNER_UN_CODE = "autre"


class EtablissementForm(forms.Form):
    """Étape 1. `quand_meme` et `raison` ne se montrent qu'à un établissement qui passe par ARENA."""

    type = forms.ChoiceField(
        label="Type d’établissement",
        widget=forms.RadioSelect,
        choices=list(TYPES.items()),
        error_messages={"required": "Choisissez le type de l’établissement."},
    )
    nom = forms.CharField(label="Nom", max_length=150, help_text="Par exemple «\u00a0CFA des métiers de bouche\u00a0».")
    uai = forms.CharField(
        label="Code UAI", required=False, max_length=20, help_text="7 chiffres et une lettre, par exemple 0931024H."
    )
    ville = forms.CharField(label="Ville", max_length=80)
    responsable = forms.CharField(
        label="Nom et prénom du responsable", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    fonction = forms.CharField(
        label="Fonction", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "organization-title"})
    )
    courriel = forms.EmailField(
        label="Courriel professionnel",
        max_length=254,
        help_text="Un code y sera envoyé. Les convocations y arriveront.",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"invalid": "Indiquez une adresse complète, par exemple prenom.nom@cfa.example."},
    )
    telephone = forms.CharField(
        label="Téléphone", max_length=20, widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"})
    )
    quand_meme = forms.BooleanField(label="Continuer quand même", required=False, widget=forms.HiddenInput)
    raison = forms.CharField(
        label="Raison",
        required=False,
        max_length=300,
        widget=forms.HiddenInput,
        help_text="Le SAIO la lira.",
    )

    def __init__(self, *args: Any, campagne: Campagne, demandeur: Demandeur, courriel: str = "", **kwargs: Any) -> None:
        self.campagne = campagne
        kwargs.setdefault("initial", asdict(demandeur) | {"courriel": courriel, "quand_meme": bool(demandeur.raison)})
        super().__init__(*args, **kwargs)
        if demandeur.raison or "quand_meme" in self.data:
            self._montrer_la_suite()

    def clean_uai(self) -> str:
        uai = mettre_au_propre(self.cleaned_data["uai"])
        if uai and (raison := pourquoi_pas_un_uai(uai)):
            raise forms.ValidationError(raison)
        return uai

    def clean_telephone(self) -> str:
        telephone = self.cleaned_data["telephone"]
        if not TELEPHONE.match(telephone):
            raise forms.ValidationError("Un numéro de téléphone compte 10 chiffres, par exemple 01 23 45 67 89.")
        return telephone

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        etablissement = Etablissement.objects.connu_sous(saisi["uai"]).first() if saisi.get("uai") else None
        if etablissement is None or not passe_par_arena(etablissement, self.campagne):
            saisi["raison"] = ""
            return saisi
        self._montrer_la_suite()
        if not saisi.get("quand_meme"):
            self.add_error(None, A_DEJA_UN_ACCES)
        elif not saisi.get("raison"):
            self.add_error("raison", "Dites pourquoi vous ne passez pas par ARENA.")
        return saisi

    def _montrer_la_suite(self) -> None:
        self.fields["quand_meme"].widget = forms.CheckboxInput()
        self.fields["raison"].widget = forms.TextInput()

    @property
    def demandeur(self) -> dict[str, str]:
        return {champ: self.cleaned_data[champ] for champ in Demandeur.__dataclass_fields__}


class CodeForm(forms.Form):
    """Étape 2 : le code reçu par courriel."""

    sans_mention_optionnel = True

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": "Saisissez le code à 6 chiffres."},
    )

    def clean_code(self) -> str:
        code = mettre_au_propre(self.cleaned_data["code"])
        if not re.fullmatch(r"[0-9]{6}", code):
            raise forms.ValidationError("Le code compte 6 chiffres.")
        return code


class EleveForm(forms.Form):
    """Étape 3. Rien n'y dit si l'élève est déjà connu (R21)."""

    nom = forms.CharField(label="Nom", max_length=80)
    prenom = forms.CharField(label="Prénom", max_length=80)
    date_de_naissance = forms.DateField(label="Date de naissance")
    ine = forms.CharField(label="INE", required=False, max_length=20, help_text="11 caractères, espaces permis.")
    classe = forms.CharField(label="Classe ou formation actuelle", max_length=30)
    niveau = forms.ChoiceField(
        label="Niveau", widget=forms.RadioSelect, error_messages={"required": "Choisissez le niveau de l’élève."}
    )
    referent_nom = forms.CharField(
        label="Personne référente", max_length=120, help_text="Elle suit l’élève, par exemple «\u00a0Mme Petit\u00a0»."
    )
    referent_courriel = forms.EmailField(
        label="Courriel de la personne référente", help_text="Elle y reçoit aussi les convocations."
    )

    def __init__(self, *args: Any, campagne: Campagne, eleve: EleveSaisi, **kwargs: Any) -> None:
        self.campagne = campagne
        initial = asdict(eleve) | {"date_de_naissance": eleve.naissance}
        kwargs.setdefault("initial", initial if eleve.nom else {})
        super().__init__(*args, **kwargs)
        annees = [campagne.annee - age for age in AGES]
        self.fields["date_de_naissance"].widget = forms.SelectDateWidget(
            years=annees, empty_label=("Année", "Mois", "Jour")
        )
        proposes = dict.fromkeys([*campagne.regles.niveaux_admis, Niveau.LYCEE.value])
        self.fields["niveau"].choices = [(niveau, LIBELLES_NIVEAUX[Niveau(niveau)]) for niveau in proposes]

    def clean_ine(self) -> str:
        ine = mettre_au_propre(self.cleaned_data["ine"])
        if ine and (raison := pourquoi_pas_un_ine(ine)):
            raise forms.ValidationError(raison)
        return ine

    def clean_niveau(self) -> str:
        niveau = Niveau(self.cleaned_data["niveau"])
        admis = [Niveau(admis) for admis in self.campagne.regles.niveaux_admis]
        if raison := pourquoi_pas_admis(niveau, admis):
            raise forms.ValidationError(raison)
        return niveau.value

    @property
    def eleve(self) -> dict[str, str]:
        saisi = self.cleaned_data
        return {champ: saisi[champ] for champ in EleveSaisi.__dataclass_fields__} | {
            "date_de_naissance": saisi["date_de_naissance"].isoformat()
        }


class FormationsForm(ChoixForm):
    """Étape 4 : les domaines de l'écran O6, sans élève encore ; ce qui était choisi est coché."""

    def __init__(
        self, *args: Any, campagne: Campagne, domaines: Sequence[DomaineAuChoix], choix: Choix, **kwargs: Any
    ) -> None:
        self.campagne = campagne
        self.choisis = {accueil.domaine_id: (accueil, formations) for accueil, formations in choix}
        super().__init__(*args, domaines=domaines, candidatures={}, ajoutables=frozenset(), **kwargs)

    def _initial(self) -> dict[str, Any]:
        initial = super()._initial()
        for cle, (accueil, formations) in self.choisis.items():
            initial[f"formations_{cle}"] = [str(formation.pk) for formation in formations]
            initial[f"accueil_{cle}"] = str(accueil.pk)
        return initial

    def clean(self) -> dict[str, Any]:
        saisi = super().clean()
        maximum = self.campagne.regles.formations_maximales
        nombre = sum(len(formations) for _, formations in self.brouillons) if not self.errors else 0
        if maximum is not None and nombre > maximum:
            s = "s" if maximum > 1 else ""
            self.add_error(
                None,
                f"Un élève peut demander {maximum} formation{s} au plus dans cette campagne{INSECABLE}; "
                f"{nombre} sont choisies.",
            )
        return saisi

    @property
    def choix(self) -> list[dict[str, Any]]:
        return [
            {"accueil": accueil.pk, "formations": [formation.pk for formation in formations]}
            for accueil, formations in self.brouillons
        ]


class InformationForm(forms.Form):
    """Étape 6 : la famille est informée."""

    sans_mention_optionnel = True

    informes = forms.BooleanField(
        label="L’élève et ses représentants légaux sont informés de cette inscription et de l’usage de leurs données.",
        error_messages={"required": "Informez l’élève et ses représentants légaux avant d’envoyer."},
    )


# Le SAIO ------------------------------------------------------------------------------------------------------


class AcceptationForm(forms.Form):
    """L'établissement que le SAIO retient : l'un de ceux qui sont connus, ou un code UAI."""

    etablissement = forms.ChoiceField(
        label="Établissement d’origine",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez un établissement."},
    )
    uai = forms.CharField(
        label="Code UAI",
        required=False,
        max_length=20,
        help_text=(
            "Pour «\u00a0Donner un code UAI\u00a0». Un établissement inconnu de Passpro est créé sous le nom saisi."
        ),
    )

    sans_mention_optionnel = True

    def __init__(
        self, *args: Any, donne: str, connu: Etablissement | None, suggeres: Sequence[Etablissement], **kwargs: Any
    ) -> None:
        proposes = {e.uai: str(e) for e in ([connu] if connu else suggeres)}
        if donne and not connu:
            proposes[donne] = f"Créer l’établissement {donne}"
        seul = next(iter(proposes), DONNER_UN_CODE) if donne or not proposes else ""
        kwargs.setdefault("initial", {"etablissement": seul})
        super().__init__(*args, **kwargs)
        self.fields["etablissement"].choices = [*proposes.items(), (DONNER_UN_CODE, "Donner un code UAI")]

    def clean(self) -> dict[str, Any]:
        saisi = super().clean() or self.cleaned_data
        if saisi.get("etablissement") == DONNER_UN_CODE:
            propre = mettre_au_propre(saisi.get("uai", ""))
            if raison := pourquoi_pas_un_uai(propre):
                self.add_error("uai", raison)
        return saisi

    @property
    def choisi(self) -> str:
        saisi = self.cleaned_data
        return saisi["uai"] if saisi["etablissement"] == DONNER_UN_CODE else saisi["etablissement"]


class ComplementForm(forms.Form):
    """Ce qui est à préciser."""

    sans_mention_optionnel = True

    message = forms.CharField(
        label="Message au demandeur",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Il le lira dans un courriel\u00a0: n’y écrivez pas le nom de l’élève.",
        error_messages={"required": "Écrivez ce qui est à préciser."},
    )


class RefusForm(forms.Form):
    """La raison d'un refus, et un mot."""

    motif = forms.ChoiceField(
        label="Raison",
        widget=forms.RadioSelect,
        choices=PreInscription.Motif.choices,
        error_messages={"required": "Choisissez une raison."},
    )
    message = forms.CharField(
        label="Message au demandeur", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
