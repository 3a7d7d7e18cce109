"""Le compte-rendu d'un entretien et ses avis, puis sa relecture (R27 à R31)."""

from enum import StrEnum
from typing import Any

from django import forms

from avis.lectures import formations_ajoutables
from avis.presentation import AIDE_A_LA_REDACTION
from avis.rules import LONGUEUR_DU_RENVOI
from avis.suivi import Saisie
from candidatures.forms.champs import TexteLong
from candidatures.models import FormationDemandee
from referentiel.models import Campagne, Formation
from referentiel.rules.jeu import LIBELLES_AVIS, LONGUEUR_COMPTE_RENDU, Avis


class Presence(StrEnum):
    OUI = "oui"
    NON = "non"


class CompteRenduForm(forms.Form):
    """Un texte pour le domaine, un avis par formation, et une formation de plus si l'entretien l'a fait naître."""

    aide = AIDE_A_LA_REDACTION
    presence = forms.ChoiceField(
        label="L’élève s’est présenté à l’entretien",
        required=False,
        choices=[(Presence.OUI.value, "Oui"), (Presence.NON.value, "Non")],
        widget=forms.RadioSelect,
    )
    texte = TexteLong(
        label="Compte-rendu",
        required=False,
        max_length=LONGUEUR_COMPTE_RENDU,
        error_messages={
            "max_length": "Le compte-rendu compte %(show_value)d caractères ; %(limit_value)d au plus.",
        },
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    formation_ajoutee = forms.ModelChoiceField(
        Formation.objects.none(),
        label="Ajouter un avis pour une autre formation du domaine",
        help_text="Si l’élève a exprimé une préférence pendant l’entretien.",
        required=False,
        empty_label="Aucune",
    )
    avis_ajoute = forms.ChoiceField(label="Avis pour la formation ajoutée", required=False, widget=forms.RadioSelect)
    message = TexteLong(
        label="Message à qui l’a rédigé",
        help_text="Il se lit sur la page du compte-rendu, jusqu’au prochain envoi à la relecture.",
        required=False,
        max_length=LONGUEUR_DU_RENVOI,
    )

    sans_mention_optionnel = True

    def __init__(self, *args: Any, saisie: Saisie, campagne: Campagne, complet: bool, **kwargs: Any) -> None:
        initial = {"texte": saisie.texte, "version": saisie.version, "presence": _presence(saisie)}
        super().__init__(*args, initial=initial, **kwargs)
        self.saisie, self.complet = saisie, complet
        self.fields["message"].widget.attrs["rows"] = 3
        self.permis = campagne.regles.avis_d_accueil_possibles
        choix = [(avis.value, LIBELLES_AVIS[avis]) for avis in self.permis]
        domaine = saisie.candidature.domaine
        self.fields["texte"].widget.attrs["rows"] = 10
        self.fields["texte"].help_text = (
            f"Informations et conseils utiles à la réflexion de l’élève, pour l’ensemble du domaine {domaine}. "
            "Écrivez pour l’élève et sa famille : ils liront ce texte."
        )
        self.fields["formation_ajoutee"].queryset = formations_ajoutables(saisie.candidature)
        self.fields["avis_ajoute"].choices = choix
        for demande in saisie.demandes:
            self.fields[_nom(demande)] = forms.ChoiceField(
                label=f"Avis pour {demande.formation.intitule}",
                choices=choix,
                required=False,
                widget=forms.RadioSelect,
                initial=demande.avis_accueil.valeur if hasattr(demande, "avis_accueil") else None,
            )

    @property
    def initiales(self) -> str:
        """Lettres qui choisissent un avis au clavier, selon l'échelle : « F, A, R ou N » (R5)."""
        *premieres, derniere = [LIBELLES_AVIS[avis][0] for avis in self.permis]
        return f"{', '.join(premieres)} ou {derniere}" if premieres else derniere

    @property
    def champs_d_avis(self) -> list[tuple[FormationDemandee, forms.BoundField]]:
        return [(demande, self[_nom(demande)]) for demande in self.saisie.demandes]

    @property
    def avis(self) -> dict[int, Avis | None]:
        """Avis par formation demandée, `None` pour ceux qui manquent."""
        return {demande.pk: _avis(self.cleaned_data.get(_nom(demande))) for demande in self.saisie.demandes}

    @property
    def avis_de_l_ajout(self) -> Avis | None:
        return _avis(self.cleaned_data.get("avis_ajoute"))

    @property
    def dit_la_presence(self) -> bool:
        return self.cleaned_data.get("presence") == Presence.OUI

    @property
    def est_commence(self) -> bool:
        """Vrai si quelque chose est écrit ou coché, qu'il faut garder."""
        return bool(self.cleaned_data["texte"].strip() or any(self.avis.values()))

    def clean(self) -> dict[str, Any]:
        donnees = super().clean() or self.cleaned_data
        ajoutee = donnees.get("formation_ajoutee")
        if self.complet:
            if self.saisie.attend_la_presence and not donnees.get("presence") and "presence" not in self.errors:
                self.add_error("presence", "Dites si l’élève s’est présenté à l’entretien.")
            if not donnees.get("texte", "").strip() and "texte" not in self.errors:
                self.add_error("texte", "Rédigez le compte-rendu avant de le transmettre.")
            for demande in self.saisie.demandes:
                self._exiger_un_avis(_nom(demande), demande.formation)
            if ajoutee:
                self._exiger_un_avis("avis_ajoute", ajoutee)
        if donnees.get("avis_ajoute") and not ajoutee and "formation_ajoutee" not in self.errors:
            self.add_error("formation_ajoutee", "Choisissez la formation à laquelle cet avis se rapporte.")
        return donnees

    def _exiger_un_avis(self, nom: str, formation: Formation) -> None:
        if not self.cleaned_data.get(nom) and nom not in self.errors:
            suite = ", ou « Ne se prononce pas »" if Avis.NE_SE_PRONONCE_PAS in self.permis else ""
            self.add_error(nom, f"Choisissez un avis pour {formation.intitule}{suite}.")


class RelectureForm(forms.Form):
    """Le choix que la page propose : un envoi répété, ou croisé avec un autre, ne le retourne pas (F6, R42)."""

    relit = forms.TypedChoiceField(
        choices=[("oui", "Oui"), ("non", "Non")], coerce=lambda choix: choix == "oui", widget=forms.HiddenInput
    )


def _presence(saisie: Saisie) -> str:
    if saisie.entretien is None or saisie.attend_la_presence:
        return ""
    return Presence.NON.value if saisie.est_absent else Presence.OUI.value


def _nom(demande: FormationDemandee) -> str:
    return f"avis_{demande.code}"


def _avis(valeur: str | None) -> Avis | None:
    return Avis(valeur) if valeur else None
