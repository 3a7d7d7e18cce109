"""Les comptes-rendus, du côté de l'établissement d'accueil (écrans A11 et A12)."""

from enum import StrEnum
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from avis import suivi
from avis.forms import CompteRenduForm, FiltreForm
from avis.models import CompteRendu
from avis.permissions import peut_lire_les_comptes_rendus, peut_rediger, peut_transmettre
from avis.presentation import ETIQUETTES, THEMES, Suivi
from avis.services import ajouter_une_formation, corriger, enregistrer_le_brouillon, transmettre
from candidatures.models import Candidature
from candidatures.presentation import CLASSES_DES_AVIS
from entretiens.models import Entretien
from referentiel.listes import adresse, etiquettes, paginer
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import dire_heure
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import Avis, Lettre
from referentiel.rules.mots import mots_ecartes, phrase_de_rappel
from referentiel.rules.ouverture import Geste as GesteDuCalendrier
from referentiel.rules.refus import Conflit, PeriodeClose, Refus

TEXTE_COURT = 120


class Geste(StrEnum):
    """Le bouton choisi."""

    BROUILLON = "brouillon"
    RELIRE = "relire"
    TRANSMETTRE = "transmettre"
    SUIVANT = "suivant"
    CORRIGER = "corriger"


COMPLETS = frozenset({Geste.TRANSMETTRE, Geste.SUIVANT, Geste.CORRIGER})


@require_safe
@dans_l_accueil
def comptes_rendus(request: HttpRequest, espace: Espace) -> HttpResponse:
    """A11 : ce qui reste à transmettre, le premier dû d'abord."""
    exiger(peut_lire_les_comptes_rendus(espace.place))
    choisi = _suivi(request)
    tenus = suivi.entretiens_tenus(espace.campagne, espace.etablissement.pk)
    for mot in cle_de_recherche(request.GET.get("q", "")).split():
        tenus = tenus.filter(candidature__eleve__cle__contains=mot)
    comptes = suivi.compter(tenus, espace.campagne, espace.le)
    total = comptes[choisi.name.lower()] if choisi else comptes["total"]
    retenus = suivi.de_ce_suivi(tenus, choisi, espace.campagne, espace.le)
    page, pagination = paginer(request, suivi.avec_tout(retenus), total)
    lignes = [_ligne(espace, entretien, getattr(entretien.candidature, "compte_rendu", None)) for entretien in page]
    contexte = {
        "lignes": lignes,
        "total": total,
        "uai": espace.etablissement.segment,
        "etiquettes": etiquettes(request, choisi, _comptees(comptes)),
        "filtre": FiltreForm(request.GET),
        "actifs": _filtres_actifs(request),
        "choisi": choisi,
        "premier_code": lignes[0].candidature.code if _propose_la_saisie(espace, lignes, choisi) else "",
        "etape": espace.ouverture.du(GesteDuCalendrier.REDIGER),
        "pagination": pagination,
    }
    return render(request, "avis/comptes_rendus.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def compte_rendu(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """A12 : lire ce que dit l'origine, écrire le compte-rendu et les avis."""
    exiger(peut_lire_les_comptes_rendus(espace.place))
    candidature = get_object_or_404(_candidatures(espace), code=code)
    saisie = suivi.lire_la_saisie(candidature)
    geste = _geste(request)
    if geste:
        exiger(peut_rediger(espace.place))
        exiger_l_etape(espace, _etape(saisie))
    form = CompteRenduForm(
        request.POST if geste else None, saisie=saisie, campagne=espace.campagne, complet=geste in COMPLETS
    )
    if geste and form.is_valid():
        return _appliquer(request, espace, form, geste)
    return _montrer(request, espace, form)


def _appliquer(request: HttpRequest, espace: Espace, form: CompteRenduForm, geste: Geste) -> HttpResponse:
    if geste in COMPLETS:
        exiger(peut_transmettre(espace.place))
    try:
        _enregistrer(request, espace, form, geste)
    except PeriodeClose:
        raise
    except Conflit as conflit:
        return _montrer_le_conflit(request, espace, form, conflit)
    except Refus as refus:
        form.add_error(None, str(refus))
        return _montrer(request, espace, form)
    _rappeler(request, espace, form)
    return redirect(_suite(request, espace, form, geste))


@transaction.atomic
def _enregistrer(request: HttpRequest, espace: Espace, form: CompteRenduForm, geste: Geste) -> None:
    """Ajoute la formation choisie, puis garde ou transmet : tout, ou rien."""
    candidature = form.saisie.candidature
    qui_et_quand = {"par": request.user, "le": espace.le}
    if formation := form.cleaned_data["formation_ajoutee"]:
        ajouter_une_formation(candidature=candidature, formation=formation, avis=form.avis_de_l_ajout, **qui_et_quand)
    saisie = {
        "candidature": candidature,
        "texte": form.cleaned_data["texte"],
        "avis": form.avis,
        "version": form.cleaned_data["version"],
    }
    match geste:
        case Geste.CORRIGER:
            corriger(**saisie, **qui_et_quand)
        case Geste.TRANSMETTRE | Geste.SUIVANT:
            transmettre(**saisie, **qui_et_quand)
        case _:
            enregistrer_le_brouillon(**saisie, **qui_et_quand, a_relire=geste is Geste.RELIRE)


def _suite(request: HttpRequest, espace: Espace, form: CompteRenduForm, geste: Geste) -> str:
    """Dit ce qui a été fait, et rend l'adresse de la page suivante."""
    candidature = form.saisie.candidature
    eleve = candidature.eleve
    uai = espace.etablissement.segment
    ici = reverse("avis:compte_rendu", args=[uai, candidature.code])
    match geste:
        case Geste.BROUILLON:
            messages.success(request, f"brouillon enregistré à {dire_heure(espace.le)}.")
            return ici
        case Geste.RELIRE:
            messages.success(request, f"compte-rendu de {eleve.prenom} envoyé à la relecture.")
        case Geste.CORRIGER:
            messages.success(request, f"correction transmise à l’établissement d’origine, {eleve.etablissement.nom}.")
            return ici
        case _:
            messages.success(
                request,
                f"compte-rendu de {eleve.prenom} transmis à l’établissement d’origine, {eleve.etablissement.nom}.",
            )
    if geste is Geste.SUIVANT and (suivant := _apres(espace, form.saisie)):
        return reverse("avis:compte_rendu", args=[uai, suivant])
    return reverse("avis:comptes_rendus", args=[uai])


def _etape(saisie: suivi.Saisie) -> GesteDuCalendrier:
    """Ce que le calendrier doit permettre : une correction reste possible plus longtemps (R30)."""
    return GesteDuCalendrier.CORRIGER if saisie.est_transmis else GesteDuCalendrier.REDIGER


def _obstacle(espace: Espace, saisie: suivi.Saisie) -> str | None:
    """Ce qui empêche d'écrire : l'entretien, le calendrier, ou le regard du SAIO."""
    if obstacle := suivi.pourquoi_pas_de_saisie(saisie, espace.le):
        return obstacle
    if not peut_rediger(espace.place):
        return "Vous lisez cet espace sans pouvoir y écrire."
    return espace.ouverture.du(_etape(saisie)).raison or None


def _propose_la_saisie(espace: Espace, lignes: list[Any], choisi: Suivi | None) -> bool:
    permise = peut_rediger(espace.place) and espace.permet(GesteDuCalendrier.REDIGER)
    return bool(lignes) and choisi is not Suivi.TRANSMIS and permise


def _montrer(request: HttpRequest, espace: Espace, form: CompteRenduForm) -> HttpResponse:
    saisie = form.saisie
    regles = espace.campagne.regles
    contexte: dict[str, Any] = {
        "form": form,
        "saisie": saisie,
        "candidature": saisie.candidature,
        "eleve": saisie.candidature.eleve,
        "ligne": _ligne(espace, saisie.entretien, saisie.compte_rendu) if saisie.entretien else None,
        "presence_a_saisir": saisie.attend_la_presence,
        "obstacle": _obstacle(espace, saisie),
        "origine": [_avis_d_origine(demande) for demande in saisie.demandes],
        "lettre": regles.lettre,
        "themes": THEMES if regles.lettre != Lettre.SANS_OBJET else (),
        "peut_transmettre": peut_transmettre(espace.place),
        "uai": espace.etablissement.segment,
        **_voisins(espace, saisie),
    }
    return render(request, "avis/compte_rendu.html", contexte)


def _montrer_le_conflit(request: HttpRequest, espace: Espace, form: CompteRenduForm, conflit: Conflit) -> HttpResponse:
    """E8 : sa version et la mienne, et de quoi reprendre la mienne sans rien retaper (R42)."""
    ma_version = {"Compte-rendu": form.cleaned_data["texte"]}
    for demande, champ in form.champs_d_avis:
        choix = dict(champ.field.choices)
        ma_version[f"Avis pour {demande.formation.intitule}"] = choix.get(form.cleaned_data[champ.name], "")
    version = CompteRendu.objects.filter(candidature=form.saisie.candidature).values_list("version", flat=True).get()
    renvoyes = {nom: valeur for nom, valeur in request.POST.items() if nom != "csrfmiddlewaretoken"}
    contexte = {
        "phrase": str(conflit),
        "sa_version": [{"terme": terme, "valeur": valeur} for terme, valeur in conflit.actuel.items()],
        "ma_version": [{"terme": terme, "valeur": valeur} for terme, valeur in ma_version.items()],
        "champs_caches": [{"nom": nom, "valeur": valeur} for nom, valeur in (renvoyes | {"version": version}).items()],
        "sienne_url": request.path,
    }
    return render(request, "erreurs/conflit.html", contexte, status=409)


def _rappeler(request: HttpRequest, espace: Espace, form: CompteRenduForm) -> None:
    """Avertit sans empêcher : mots écartés, texte copié, avis réservé sans conseil (R31b, écran A12)."""
    texte = form.cleaned_data["texte"]
    mots = espace.campagne.mots_a_rappeler.values_list("mot", flat=True)
    if rappel := phrase_de_rappel(mots_ecartes(texte, mots)):
        messages.warning(request, f"{form.saisie.candidature.eleve.prenom} – {rappel}")
    if texte.strip() and _est_deja_ecrit(espace, form):
        messages.warning(
            request, "ce texte est identique à celui d’un autre élève. Un conseil personnel aide davantage."
        )
    avis = set(form.avis.values())
    if avis == {Avis.RESERVE} and len(texte.strip()) < TEXTE_COURT:
        messages.warning(request, "un avis réservé s’accompagne d’un conseil pour l’élève.")


def _est_deja_ecrit(espace: Espace, form: CompteRenduForm) -> bool:
    autres = CompteRendu.objects.de_la_campagne(espace.campagne).exclude(candidature=form.saisie.candidature)
    return autres.filter(
        candidature__accueil__etablissement=espace.etablissement, texte=form.cleaned_data["texte"]
    ).exists()


def _candidatures(espace: Espace):
    return Candidature.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).avec_eleve()


def _ligne(espace: Espace, entretien: Entretien, compte_rendu: CompteRendu | None) -> suivi.LigneDeSuivi:
    return suivi.ligne_de_suivi(entretien, compte_rendu, espace.campagne, espace.le)


def _avis_d_origine(demande) -> dict[str, Any]:
    """Avis et commentaire de l'origine, montrés seulement quand les deux sont là (écran 6.5)."""
    complet = demande.avis_complet
    return {
        "formation": demande.formation.intitule,
        "complet": complet,
        "ajoutee": demande.ajoutee_a_l_entretien,
        "libelle": demande.get_avis_display() if complet else "",
        "classe": CLASSES_DES_AVIS[Avis(demande.avis)] if complet else "",
        "commentaire": demande.commentaire if complet else "",
    }


def _file(espace: Espace) -> QuerySet[Entretien]:
    """Entretiens dont le compte-rendu reste à transmettre, le premier dû d'abord."""
    return suivi.a_transmettre(espace.campagne, espace.etablissement.pk)


def _voisins(espace: Espace, saisie: suivi.Saisie) -> dict[str, Any]:
    codes = list(_file(espace).values_list("candidature__code", flat=True))
    if saisie.candidature.code not in codes:
        return {"rang": 0, "reste": len(codes), "precedent": "", "suivant": codes[0] if codes else ""}
    rang = codes.index(saisie.candidature.code)
    return {
        "rang": rang + 1,
        "reste": len(codes),
        "precedent": codes[rang - 1] if rang else "",
        "suivant": codes[rang + 1] if rang + 1 < len(codes) else "",
    }


def _apres(espace: Espace, saisie: suivi.Saisie) -> str | None:
    """Le compte-rendu dû juste après celui qui vient d'être transmis, sinon le premier de la file."""
    assert saisie.entretien is not None
    codes = _file(espace).values_list("candidature__code", flat=True)
    return codes.filter(periode__startswith__gte=saisie.entretien.periode.lower).first() or codes.first()


def _suivi(request: HttpRequest) -> Suivi | None:
    valeur = request.GET.get("etat", "")
    return Suivi(valeur) if valeur in set(Suivi) else None


def _geste(request: HttpRequest) -> Geste | None:
    if request.method != "POST":
        return None
    valeur = request.POST.get("geste", "")
    return Geste(valeur) if valeur in set(Geste) else Geste.BROUILLON


def _comptees(comptes: dict[str, int]) -> list[tuple[Suivi | None, str, int]]:
    etats = [(etat, libelle, comptes[etat.name.lower()]) for etat, libelle in ETIQUETTES.items()]
    return [(None, "À transmettre", comptes["total"]), *etats]


def _filtres_actifs(request: HttpRequest) -> list[dict[str, str]]:
    texte = request.GET.get("q", "").strip()
    return [{"libelle": texte, "url": adresse(request, q="", page="")}] if texte else []
