"""Les fiches publiques : formation, offre, domaine, établissement (écrans P3, P4, P5)."""

from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from referentiel.models import Accueil, Campagne, Domaine, Etablissement, Formation, Offre
from referentiel.pages_publiques import adresse_publique, campagne_ou_404, page_publique, suffixe
from referentiel.presentation import (
    CLASSES_DES_RENCONTRES,
    EXPLICATIONS_DES_RENCONTRES,
    LIBELLES_DES_RENCONTRES,
    nom_du_departement,
)
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import Lettre
from referentiel.rules.preparation import QUESTIONS_DE_LA_LETTRE
from referentiel.views.inscription import lien_d_inscription
from referentiel.views.lignes import lignes_de


@page_publique
def formation(request: HttpRequest, slug: str) -> HttpResponse:
    """P3 : ce qu'est la formation, comment s'y préparer, où passer un entretien."""
    campagne = campagne_ou_404(request)
    montree = _formation_ou_404(campagne, slug)
    lignes = lignes_de(request, Offre.objects.du_catalogue(campagne).filter(formation=montree))
    contexte = {
        **_commun(request, campagne),
        "formation": montree,
        "domaine_url": adresse_publique(request, "domaine", montree.domaine.slug),
        "offres": [ligne for ligne in lignes if not ligne.hors_passpro],
        "hors_passpro": [ligne for ligne in lignes if ligne.hors_passpro],
        "questions": QUESTIONS_DE_LA_LETTRE,
        "lettre_url": _lettre_url(request, campagne),
        "consigne_de_la_lettre": CONSIGNES_DE_LA_LETTRE[Lettre(campagne.regles.lettre)],
        "inscrire_url": lien_d_inscription(request, campagne),
    }
    return render(request, "referentiel/formation.html", contexte)


CONSIGNES_DE_LA_LETTRE: dict[Lettre, str] = {
    Lettre.FACULTATIVE: "L’élève peut répondre à ces questions par écrit, dans une lettre de préparation, et "
    "l’apporter au lycée le jour de l’entretien\u00a0: une lettre par formation envisagée.",
    Lettre.OBLIGATOIRE: "L’élève doit répondre à ces questions par écrit, dans une lettre de préparation, et "
    "l’apporter au lycée le jour de l’entretien\u00a0: une lettre par formation envisagée.",
    Lettre.SANS_OBJET: "Ces questions aident à préparer l’entretien. Aucune réponse écrite n’est demandée.",
}


@page_publique
def offre(request: HttpRequest, slug: str, uai: str) -> HttpResponse:
    """P4 : une formation dans un établissement, et comment on l'y rencontre."""
    campagne = campagne_ou_404(request)
    montree = _formation_ou_404(campagne, slug)
    lieu = _etablissement_ou_404(campagne, uai)
    if lieu.segment != uai:
        return HttpResponseRedirect(adresse_publique(request, "offre", slug, lieu.segment))
    du_domaine = lignes_de(
        request,
        Offre.objects.du_catalogue(campagne).filter(formation__domaine=montree.domaine, etablissement=lieu),
    )
    ligne = next((ligne for ligne in du_domaine if ligne.formation == montree), None)
    contexte = {
        **_commun(request, campagne),
        "formation": montree,
        "formation_url": adresse_publique(request, "formation", slug),
        "etablissement": lieu,
        "etablissement_url": adresse_publique(request, "etablissement", lieu.segment),
    }
    if ligne is None:
        return render(request, "referentiel/offre_retiree.html", contexte, status=410)
    accueil = Accueil.objects.filter(domaine=montree.domaine, etablissement=lieu).first()
    contexte |= {
        "ligne": ligne,
        "explications": EXPLICATIONS_DES_RENCONTRES[ligne.rencontre],
        "domaine_url": adresse_publique(request, "domaine", montree.domaine.slug),
        "autres": [autre for autre in du_domaine if autre.formation != montree],
        "informations": _coordonnees(lieu, "" if ligne.hors_passpro else _lieu_de_rencontre(accueil)),
        "acces": accueil.acces if accueil else "",
        "inscrire_url": "" if ligne.hors_passpro else lien_d_inscription(request, campagne),
    }
    return render(request, "referentiel/offre.html", contexte)


@page_publique
def domaine(request: HttpRequest, slug: str) -> HttpResponse:
    """Un domaine : ses formations, et les établissements qui reçoivent pour lui."""
    campagne = campagne_ou_404(request)
    montre = get_object_or_404(Domaine, campagne=campagne, slug=slug)
    accueils = Accueil.objects.filter(domaine=montre).select_related("etablissement")
    contexte = {
        **_commun(request, campagne),
        "domaine": montre,
        "formations": [
            {
                "intitule": une.intitule,
                "url": adresse_publique(request, "formation", une.slug),
                "precision": une.precision,
            }
            for une in montre.formations.order_by("cle", "type")
        ],
        "accueils": [
            {
                "etablissement": accueil.etablissement,
                "departement": nom_du_departement(accueil.etablissement.departement),
                "url": adresse_publique(request, "etablissement", accueil.etablissement.segment),
                "acces": accueil.acces,
                **_rencontre(accueil.modalite),
            }
            for accueil in accueils.order_by("etablissement__cle_de_commune", "etablissement__cle")
        ],
    }
    return render(request, "referentiel/domaine.html", contexte)


@page_publique
def etablissement(request: HttpRequest, uai: str) -> HttpResponse:
    """P5 : un établissement, ses formations par domaine, ses portes ouvertes."""
    campagne = campagne_ou_404(request)
    lieu = _etablissement_ou_404(campagne, uai)
    if lieu.segment != uai:
        return HttpResponseRedirect(adresse_publique(request, "etablissement", lieu.segment))
    contexte = {
        **_commun(request, campagne),
        "etablissement": lieu,
        "departement": nom_du_departement(lieu.departement),
        "informations": _coordonnees(lieu),
        "domaines": _domaines_de(request, campagne, lieu),
    }
    return render(request, "referentiel/etablissement.html", contexte)


def _commun(request: HttpRequest, campagne: Campagne) -> dict[str, Any]:
    return {
        "campagne": campagne,
        "suffixe": suffixe(request),
        "catalogue_url": adresse_publique(request, "catalogue"),
    }


def _lettre_url(request: HttpRequest, campagne: Campagne) -> str:
    """Où lire et prendre la lettre vierge, si la campagne en prévoit une."""
    if campagne.regles.lettre == Lettre.SANS_OBJET:
        return ""
    return reverse("candidatures:document", args=["lettre"]) + suffixe(request)


def _formation_ou_404(campagne: Campagne, slug: str) -> Formation:
    trouvee = Formation.objects.filter(domaine__campagne=campagne, slug=slug).select_related("domaine").first()
    if trouvee is None:
        raise Http404
    return trouvee


def _etablissement_ou_404(campagne: Campagne, uai: str) -> Etablissement:
    """Un établissement de l'académie, connu sous son code ou un alias ; d'une autre, s'il propose une formation ici."""
    connu = Etablissement.objects.connu_sous(uai).first()
    if connu is None:
        raise Http404
    propose = connu.offres.filter(formation__domaine__campagne=campagne)
    if connu.academie_id != campagne.academie_id and not propose.exists():
        raise Http404
    return connu


def _lieu_de_rencontre(accueil: Accueil | None) -> str:
    return accueil.lieu if accueil else ""


def _coordonnees(lieu: Etablissement, rencontre: str = "") -> list[dict[str, str]]:
    """Ce qui permet de s'y rendre et de lui écrire : l'établissement seul, jamais une personne."""
    lignes = [
        {"terme": "Adresse", "valeur": lieu.adresse_complete},
        {"terme": "Téléphone", "valeur": lieu.telephone},
        {"terme": "Courriel", "valeur": lieu.messagerie, "url": f"mailto:{lieu.messagerie}" if lieu.messagerie else ""},
    ]
    return [*lignes, {"terme": "Lieu des entretiens", "valeur": rencontre}] if rencontre else lignes


def _rencontre(modalite: str) -> dict[str, str]:
    return {
        "rencontre_libelle": LIBELLES_DES_RENCONTRES[modalite],
        "rencontre_classe": CLASSES_DES_RENCONTRES[modalite],
    }


def _domaines_de(request: HttpRequest, campagne: Campagne, lieu: Etablissement) -> list[dict[str, Any]]:
    """Les domaines pour lesquels il reçoit ou propose une formation, chacun avec ses formations."""
    accueils = {
        accueil.domaine: accueil
        for accueil in Accueil.objects.de_la_campagne(campagne).filter(etablissement=lieu).select_related("domaine")
    }
    offres = Offre.objects.du_catalogue(campagne).filter(etablissement=lieu)
    lignes = lignes_de(request, offres.order_by("formation__domaine__cle", "formation__cle", "formation__type"))
    proposees = {domaine: list(siennes) for domaine, siennes in groupby(lignes, lambda ligne: ligne.domaine)}
    return [
        {
            "nom": domaine.nom,
            "url": adresse_publique(request, "domaine", domaine.slug),
            "accueil": accueils.get(domaine),
            "rencontre": _rencontre(accueils[domaine].modalite) if domaine in accueils else None,
            "lignes": proposees.get(domaine, []),
        }
        for domaine in sorted({*accueils, *proposees}, key=lambda domaine: cle_de_recherche(domaine.nom))
    ]
