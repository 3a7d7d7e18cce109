"""Le jeu de règles et sa matrice : réglables avant l'ouverture, lisibles ensuite (écran S8, R5, R6)."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.html import format_html

from referentiel.admin.apercus import AvecApercuDeConvocation, TextesDeConvocation, textes_des_regles
from referentiel.admin.socle import REVOIR, GestionDuReferentiel
from referentiel.models import Campagne, CaseDeMatrice, JeuDeRegles, choix
from referentiel.rules.calendrier import premier_entretien_possible
from referentiel.rules.dates import jour_de
from referentiel.rules.jeu import (
    LIBELLES_AVIS,
    LIBELLES_RESULTATS,
    Affichage,
    Avis,
    Case,
    Niveau,
    Resultat,
    couples_attendus,
    dans_l_ordre,
    defauts_de_matrice,
    dire_case,
    dire_couple,
    dire_points,
    exemples_de_dates,
)

Couple = tuple[Avis, Avis]
POINTS_MAXIMAUX = 100_000
# Au-delà, un exemple de date n'éclaire plus rien.
JOURS_MAXIMAUX = 99


@dataclass(frozen=True, slots=True)
class Cellule:
    """Une case de la grille : ses champs si elle se règle, ce qu'elle dit sinon."""

    case: Case | None
    resultat: forms.BoundField | None = None
    points: forms.BoundField | None = None

    @property
    def en_mots(self) -> str:
        """« Favorable, 2 500 points »."""
        if self.case is None:
            return "N/A"
        resultat = LIBELLES_RESULTATS[self.case.resultat]
        return resultat if self.case.points is None else f"{resultat}, {dire_points(self.case.points)}"


@dataclass(frozen=True, slots=True)
class Grille:
    """La matrice : une ligne par avis d'origine, une colonne par avis d'accueil."""

    colonnes: list[str]
    lignes: list[tuple[str, list[Cellule]]]
    avec_points: bool


def _niveaux_de_troisieme() -> choix.Choix:
    return [couple for couple in choix.niveaux() if couple[0] != Niveau.LYCEE]


def _cases(etiquette: str, valeurs) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=etiquette, choices=valeurs, widget=forms.CheckboxSelectMultiple)


class JeuDeReglesForm(forms.ModelForm):
    """Les règles, et une case par couple d'avis : les échelles cochées dessinent la grille (R6)."""

    echelle_origine = _cases("Échelle des avis d’origine", choix.avis_d_origine)
    echelle_accueil = _cases("Échelle des avis d’accueil", choix.avis_d_origine)
    niveaux_admis = _cases("Niveaux admis", _niveaux_de_troisieme)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.couples = dans_l_ordre(self._couples())
        connues = {(case.origine, case.accueil): case for case in self.instance.matrice.values()}
        for couple in self.couples:
            self._poser(couple, connues.get(couple))
        if self.is_bound:
            self.data = self._completer(self.data)

    def clean(self) -> None:
        super().clean()
        if REVOIR in self.data or any(nom in self.errors for nom in ("echelle_origine", "echelle_accueil")):
            return
        if defauts := defauts_de_matrice(self.cases_saisies(), set(self.couples)):
            raise ValidationError(defauts)

    def cases_saisies(self) -> list[Case]:
        """Les cases qui ont un résultat, dans l'ordre de la grille."""
        return [case for couple in self.couples if (case := self.case_saisie(couple))]

    def case_saisie(self, couple: Couple) -> Case | None:
        resultat = self[_nom(couple, "resultat")].value()
        if resultat not in list(Resultat):
            return None
        points = str(self[_nom(couple, "points")].value())
        return Case(*couple, Resultat(resultat), _entier(points) if self.avec_points else None)

    @property
    def avec_points(self) -> bool:
        return self["affichage"].value() == Affichage.AVEC_BONUS

    def _save_m2m(self) -> None:
        """La matrice suit ses règles : ce qui n'est plus attendu part, le reste s'écrit."""
        super()._save_m2m()
        saisies = {(case.origine, case.accueil): case for case in self.cases_saisies()}
        for ligne in self.instance.cases.all():
            if (Avis(ligne.avis_origine), Avis(ligne.avis_accueil)) not in saisies:
                ligne.delete()
        for (origine, accueil), case in saisies.items():
            CaseDeMatrice.objects.update_or_create(
                regles=self.instance,
                avis_origine=origine,
                avis_accueil=accueil,
                defaults={"resultat": case.resultat, "points": case.points},
            )

    def _couples(self) -> set[Couple]:
        if not self.is_bound:
            return self.instance.couples_attendus
        return couples_attendus(
            _echelle(self.data, "echelle_origine"),
            _echelle(self.data, "echelle_accueil"),
            ne_se_prononce_pas=bool(self.data.get("ne_se_prononce_pas")),
        )

    def _poser(self, couple: Couple, case: Case | None) -> None:
        croisement = dire_couple(*couple)
        resultat = forms.ChoiceField(
            label=f"Avis final, {croisement}", choices=[("", "À choisir"), *choix.resultats()], required=False
        )
        points = forms.IntegerField(
            label=f"Points, {croisement}", min_value=0, max_value=POINTS_MAXIMAUX, required=False
        )
        for nom, champ, initiale in (
            ("resultat", resultat, case and case.resultat.value),
            ("points", points, case and case.points),
        ):
            champ.widget.attrs["aria-label"] = champ.label
            self.fields[_nom(couple, nom)] = champ
            self.initial[_nom(couple, nom)] = initiale

    def _completer(self, data: QueryDict) -> QueryDict:
        """Une case que la page n'avait pas encore reprend ce qui en est gardé."""
        complete = data.copy()
        for nom in (_nom(couple, champ) for couple in self.couples for champ in ("resultat", "points")):
            if nom not in complete and self.initial[nom] is not None:
                complete[nom] = str(self.initial[nom])
        return complete


@admin.register(JeuDeRegles)
class JeuDeReglesAdmin(AvecApercuDeConvocation, GestionDuReferentiel):
    chemin_academie = "campagne__academie"
    chemin_campagne = "campagne"
    form = JeuDeReglesForm
    change_form_template = "admin/referentiel/jeuderegles/change_form.html"
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
                    "Les échelles dessinent la grille de la matrice, en bas de page. Après en avoir changé, "
                    "«\u00a0Mettre la grille à jour\u00a0» la redessine sans rien enregistrer."
                ),
                "fields": ["echelle_origine", "echelle_accueil", "ne_se_prononce_pas"],
            },
        ),
        (
            "Avis final",
            {
                "description": "La phrase sur Affelnet-Lycée est montrée au catalogue, dans l’aide et sur la fiche.",
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
                "fields": [
                    "choix_de_la_modalite",
                    "lettre",
                    "consignes",
                    "avis_requis_en_collectif",
                    "longueur_minimale",
                ],
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
        (
            "Durées de conservation",
            {
                "description": "Le SAIO est averti trente jours et sept jours avant, et peut reporter avec un motif.",
                "fields": ["conservation"],
            },
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Les règles naissent avec leur campagne."""
        return False

    def textes_de(self, request: HttpRequest, objet: JeuDeRegles) -> TextesDeConvocation:
        return textes_des_regles(request, objet)

    def est_modifiable(self, objet: JeuDeRegles) -> bool:
        return objet.campagne.etat == Campagne.Etat.PREPARATION

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: JeuDeRegles | None = None, **kwargs: Any
    ) -> HttpResponse:
        if obj:
            modifiable = self.has_change_permission(request, obj)
            formulaire = context["adminform"].form if modifiable else None
            grille = _grille_a_regler(formulaire) if formulaire else _grille_lue(obj)
            context |= {
                "revoir": REVOIR,
                "grille": grille,
                "sans_avis_final": _valeur(formulaire, obj, "affichage") == Affichage.AUCUN,
                "phrases": _phrases(grille, Affichage(_valeur(formulaire, obj, "affichage"))),
                "exemples": _exemples(formulaire, obj, request),
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def response_post_save_change(self, request: HttpRequest, obj: JeuDeRegles) -> HttpResponse:
        """Règles enregistrées : retour à ce qui reste à vérifier, d'où la campagne s'ouvre."""
        return redirect("admin:referentiel_campagne_verifications", obj.campagne_id)

    def _photographier(self, request: HttpRequest, cle: Any) -> dict[str, str]:
        valeurs = super()._photographier(request, cle)
        for case in CaseDeMatrice.objects.filter(regles=cle).order_by("pk"):
            valeurs[f"{case} – avis final"] = case.get_resultat_display()
            valeurs[f"{case} – points"] = "" if case.points is None else str(case.points)
        return valeurs

    @admin.display(description="état", ordering="campagne__etat")
    def etat_de_la_campagne(self, regles: JeuDeRegles) -> str:
        campagne = regles.campagne
        return format_html('<span class="etat etat-{}">{}</span>', campagne.etat, campagne.get_etat_display())


def _nom(couple: Couple, champ: str) -> str:
    return f"case-{couple[0]}-{couple[1]}-{champ}"


def _entier(texte: str) -> int | None:
    return int(texte) if texte.isdecimal() and len(texte) < 10 else None


def _echelle(data: QueryDict, nom: str) -> list[Avis]:
    return [avis for avis in (Avis.FAVORABLE, Avis.ASSEZ_FAVORABLE, Avis.RESERVE) if avis in data.getlist(nom)]


def _grille_a_regler(formulaire: JeuDeReglesForm) -> Grille:
    def cellule(couple: Couple) -> Cellule:
        points = formulaire[_nom(couple, "points")] if formulaire.avec_points else None
        return Cellule(formulaire.case_saisie(couple), formulaire[_nom(couple, "resultat")], points)

    return _ranger({couple: cellule(couple) for couple in formulaire.couples}, formulaire.avec_points)


def _grille_lue(regles: JeuDeRegles) -> Grille:
    matrice = regles.matrice
    cellules = {couple: Cellule(matrice.get(couple)) for couple in dans_l_ordre(regles.couples_attendus)}
    return _ranger(cellules, regles.affichage == Affichage.AVEC_BONUS)


def _ranger(cellules: dict[Couple, Cellule], avec_points: bool) -> Grille:
    origines = list(dict.fromkeys(origine for origine, _ in cellules))
    accueils = list(dict.fromkeys(accueil for _, accueil in cellules))
    return Grille(
        colonnes=[LIBELLES_AVIS[accueil] for accueil in accueils],
        lignes=[(LIBELLES_AVIS[origine], [cellules[origine, accueil] for accueil in accueils]) for origine in origines],
        avec_points=avec_points,
    )


def _phrases(grille: Grille, affichage: Affichage) -> list[str]:
    cellules = (cellule for _, ligne in grille.lignes for cellule in ligne)
    return [dire_case(cellule.case, affichage) for cellule in cellules if cellule.case]


def _exemples(formulaire: JeuDeReglesForm | None, regles: JeuDeRegles, request: HttpRequest) -> list[str]:
    debut = premier_entretien_possible(regles.campagne.calendrier) or jour_de(request.le)
    delai, preavis = (_valeur(formulaire, regles, nom) for nom in ("delai_compte_rendu", "preavis"))
    jours = [_entier(str(valeur)) for valeur in (delai, preavis)]
    if any(nombre is None or nombre > JOURS_MAXIMAUX for nombre in jours):
        return []
    return exemples_de_dates(debut, delai=jours[0], preavis=jours[1])


def _valeur(formulaire: JeuDeReglesForm | None, regles: JeuDeRegles, champ: str) -> Any:
    """Ce qui est saisi, sinon ce qui est enregistré ; une saisie impossible ne s'aperçoit pas."""
    saisie = formulaire[champ].value() if formulaire else None
    if champ == "affichage" and saisie not in list(Affichage):
        return regles.affichage
    return getattr(regles, champ) if saisie is None else saisie
