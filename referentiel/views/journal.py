"""Le journal de sécurité de l'académie : qui s'est connecté, a reçu un droit, a lu ou emporté des données (R40)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from comptes.preuve import exiger_une_preuve_recente
from referentiel.forms.journal import FiltreDuJournalForm
from referentiel.journal import (
    EXPORTES_AU_PLUS,
    evenements_de_l_academie,
    ligne_du_journal,
    noms_des_lieux,
)
from referentiel.listes import filtres_poses, paginer
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger
from referentiel.rules.dates import jour_de
from referentiel.tableurs.ecriture import Feuille, reponse_xlsx

ENTETES = ("Date", "Personne", "Événement", "Ce qui s’est passé", "Établissement", "Réseau")


@require_safe
@dans_l_academie
def journal(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    exiger(peut_administrer_l_academie(espace.place))
    form = FiltreDuJournalForm(request.GET)
    choisis = form.filtre.appliquer(evenements_de_l_academie(espace.academie), espace.academie)
    page, pagination = paginer(request, choisis, en_entier=False)
    montres = list(page)
    noms = noms_des_lieux(montres)
    fichier = reverse("referentiel:journal_xlsx")
    contexte = {
        "form": form,
        "actifs": filtres_poses(request, _dits(request, form)),
        "lignes": [ligne_du_journal(evenement, noms) for evenement in montres],
        "pagination": pagination,
        "fichier_url": f"{fichier}?{request.GET.urlencode()}" if request.GET else fichier,
    }
    return render(request, "referentiel/journal.html", contexte)


@exiger_une_preuve_recente
@require_safe
@dans_l_academie
def journal_xlsx(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Les mêmes lignes en classeur ; l'emporter s'inscrit au journal, comme tout document."""
    exiger(peut_administrer_l_academie(espace.place))
    filtre = FiltreDuJournalForm(request.GET).filtre
    choisis = list(filtre.appliquer(evenements_de_l_academie(espace.academie), espace.academie)[:EXPORTES_AU_PLUS])
    noms = noms_des_lieux(choisis)
    lignes = [tuple(ligne_du_journal(evenement, noms).values()) for evenement in choisis]
    return reponse_xlsx(f"passpro-journal-{jour_de(espace.le)}", Feuille("Journal", ENTETES, lignes))


def _dits(request: HttpRequest, form: FiltreDuJournalForm) -> list[tuple[str, str]]:
    return [(nom, _dire(form, nom)) for nom in form.fields if request.GET.get(nom, "").strip()]


def _dire(form: FiltreDuJournalForm, nom: str) -> str:
    choix = dict(getattr(form.fields[nom], "choices", ()))
    valeur = str(form[nom].value())[:80]
    return f"{form.fields[nom].label}\u00a0: {choix.get(valeur, valeur)}"
