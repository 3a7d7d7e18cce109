"""Le jeu de règles et sa matrice : réglables avant l'ouverture, lisibles ensuite (écran S8, R5, R6)."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html

from referentiel.admin.socle import GestionDuReferentiel, Lignes, LignesNommees
from referentiel.models import Campagne, CaseDeMatrice, JeuDeRegles, choix
from referentiel.rules.jeu import Avis, Case, Niveau, Resultat, defauts_de_matrice

COUPLE_ET_RESULTAT = ("avis_origine", "avis_accueil", "resultat")


class MatriceFormSet(LignesNommees):
    """Une matrice à laquelle il manque un couple d'avis, ou qui en a deux réponses, est refusée (R6)."""

    def clean(self) -> None:
        if any(self.errors):
            return
        saisies = [
            formulaire.cleaned_data
            for formulaire in self.forms
            if formulaire.cleaned_data and not self._should_delete_form(formulaire)
        ]
        cases = [
            Case(Avis(saisie["avis_origine"]), Avis(saisie["avis_accueil"]), Resultat(saisie["resultat"]))
            for saisie in saisies
            if all(saisie.get(champ) for champ in COUPLE_ET_RESULTAT)
        ]
        if defauts := defauts_de_matrice(cases, self.instance.couples_attendus):
            raise ValidationError(defauts)


class CaseInline(Lignes):
    model = CaseDeMatrice
    formset = MatriceFormSet
    verbose_name_plural = "matrice\u00a0: ce que donnent les deux avis croisés"


def _niveaux_de_troisieme() -> choix.Choix:
    return [couple for couple in choix.niveaux() if couple[0] != Niveau.LYCEE]


def _cases(etiquette: str, valeurs) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=etiquette, choices=valeurs, widget=forms.CheckboxSelectMultiple)


class JeuDeReglesForm(forms.ModelForm):
    echelle_origine = _cases("Échelle des avis d’origine", choix.avis_d_origine)
    echelle_accueil = _cases("Échelle des avis d’accueil", choix.avis_d_origine)
    niveaux_admis = _cases("Niveaux admis", _niveaux_de_troisieme)


@admin.register(JeuDeRegles)
class JeuDeReglesAdmin(GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    form = JeuDeReglesForm
    inlines = [CaseInline]
    list_display = ["campagne", "etat_de_la_campagne", "affichage", "lettre", "publication", "delai_compte_rendu"]
    list_filter = ["campagne__etat", "affichage"]
    search_fields = ["campagne__intitule"]
    list_select_related = ["campagne__academie"]
    fixes_apres_creation = ("campagne",)
    fieldsets = [
        (None, {"fields": ["campagne"]}),
        (
            "Avis",
            {
                "description": (
                    "Les échelles commandent la matrice, en bas de page\u00a0: changer l’une oblige à revoir l’autre."
                ),
                "fields": ["echelle_origine", "echelle_accueil", "ne_se_prononce_pas"],
            },
        ),
        (
            "Avis final",
            {
                "description": "La phrase sur AFFELNET est montrée au catalogue, dans l’aide et sur la fiche.",
                "fields": ["affichage", "phrase_affelnet", "publication"],
            },
        ),
        (
            "Publics admis",
            {
                "description": "Les autres élèves sont refusés, avec la raison.",
                "fields": ["niveaux_admis", "mef_admis", "formations_maximales"],
            },
        ),
        (
            "Inscription et préparation",
            {
                "description": "Ce qui est demandé à l’établissement d’origine et à l’élève.",
                "fields": ["lettre", "avis_requis_en_collectif", "longueur_minimale"],
            },
        ),
        (
            "Délais",
            {
                "description": "Le compte-rendu est compté en jours calendaires, reporté au jour ouvré suivant.",
                "fields": [
                    ("delai_compte_rendu", "preavis"),
                    ("marge_de_trajet", "delai_de_rappel"),
                    "grace",
                ],
            },
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Les règles naissent avec leur campagne."""
        return False

    def est_modifiable(self, objet: JeuDeRegles) -> bool:
        return objet.campagne.etat == Campagne.Etat.PREPARATION

    @admin.display(description="campagne", ordering="campagne__etat")
    def etat_de_la_campagne(self, regles: JeuDeRegles) -> str:
        campagne = regles.campagne
        return format_html('<span class="etat etat-{}">{}</span>', campagne.etat, campagne.get_etat_display())
