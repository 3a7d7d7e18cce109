"""Ce que montre la page d'un compte-rendu : l'origine, la saisie, un conflit, un conseil."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from avis import suivi
from avis.forms.compte_rendu import CompteRenduForm
from avis.models import CompteRendu
from avis.permissions import peut_corriger, peut_rediger, peut_transmettre_celui_ci
from avis.presentation import THEMES
from avis.versions import versions_de
from avis.views.file import lire_les_filtres, url_de_la_liste, voisins
from avis.views.mots import reglages_du_rappel
from candidatures.models import FormationDemandee
from candidatures.presentation import CLASSES_DES_AVIS
from entretiens.permissions import peut_saisir_les_presences
from referentiel.en_direct import sceau_de
from referentiel.portes import Espace
from referentiel.rules.jeu import Avis, Lettre
from referentiel.rules.ouverture import Geste as GesteDuCalendrier
from referentiel.rules.refus import Conflit
from referentiel.rules.saisie import saisie_a_recopier

TEXTE_COURT = 120


def etape(saisie: suivi.Saisie) -> GesteDuCalendrier:
    """Ce que le calendrier doit permettre : une correction reste possible plus longtemps (R30)."""
    return GesteDuCalendrier.CORRIGER if saisie.est_transmis else GesteDuCalendrier.REDIGER


def montrer(request: HttpRequest, espace: Espace, form: CompteRenduForm) -> HttpResponse:
    saisie, regles = form.saisie, espace.campagne.regles
    filtres = lire_les_filtres(request)
    obstacle = _obstacle(espace, saisie)
    contexte: dict[str, Any] = {
        "form": form,
        "saisie": saisie,
        "candidature": saisie.candidature,
        "eleve": saisie.candidature.eleve,
        "ligne": suivi.ligne_de_suivi(saisie.entretien, saisie.compte_rendu, espace.campagne, espace.le)
        if saisie.entretien
        else None,
        "obstacle": obstacle,
        "a_recopier": saisie_a_recopier(request.POST) if obstacle else [],
        "origine": [_avis_d_origine(demande) for demande in saisie.demandes],
        "lettre": regles.lettre,
        "themes": THEMES if regles.lettre != Lettre.SANS_OBJET else (),
        "versions": versions_de(saisie.compte_rendu),
        "sceau": sceau_de(request.user),
        "reglages": reglages_du_rappel(espace.campagne) if not obstacle else None,
        "uai": espace.etablissement.segment,
        "liste_url": url_de_la_liste(espace, filtres),
        "requete": filtres.requete,
        **_droits(request, espace, saisie),
        **voisins(espace, saisie.candidature, filtres),
    }
    return render(request, "avis/compte_rendu.html", contexte)


def _droits(request: HttpRequest, espace: Espace, saisie: suivi.Saisie) -> dict[str, bool]:
    transmet = peut_transmettre_celui_ci(espace.place, saisie.compte_rendu, request.user)
    presences = peut_saisir_les_presences(espace.place)
    a_relire = saisie.compte_rendu is not None and saisie.compte_rendu.est_a_relire
    return {
        "peut_transmettre": transmet,
        "peut_corriger": peut_corriger(espace.place),
        "peut_renvoyer": transmet and a_relire,
        "peut_noter_la_presence": presences and not saisie.est_transmis,
        "peut_corriger_l_absence": presences and saisie.est_absent and espace.permet(GesteDuCalendrier.REDIGER),
    }


def _obstacle(espace: Espace, saisie: suivi.Saisie) -> str | None:
    """Ce qui empêche d'écrire : l'entretien, le calendrier, ou le regard du SAIO."""
    if obstacle := suivi.pourquoi_pas_de_saisie(saisie, espace.le):
        return obstacle
    if not peut_rediger(espace.place):
        return "Vous lisez cet espace sans pouvoir y écrire."
    return espace.ouverture.du(etape(saisie)).raison or None


def _avis_d_origine(demande: FormationDemandee) -> dict[str, Any]:
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


def montrer_le_conflit(request: HttpRequest, espace: Espace, form: CompteRenduForm, conflit: Conflit) -> HttpResponse:
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
        "sienne_url": request.get_full_path(),
    }
    return render(request, "erreurs/conflit.html", contexte, status=409)


def conseiller(request: HttpRequest, espace: Espace, form: CompteRenduForm) -> None:
    """Avertit d'un texte copié, et d'un avis réservé sans conseil (écran A12)."""
    texte = form.cleaned_data["texte"]
    if texte.strip() and _est_deja_ecrit(espace, form):
        messages.warning(
            request, "ce texte est identique à celui d’un autre élève. Un conseil personnel aide davantage."
        )
    if set(form.avis.values()) == {Avis.RESERVE} and len(texte.strip()) < TEXTE_COURT:
        messages.warning(request, "un avis réservé s’accompagne d’un conseil pour l’élève.")


def _est_deja_ecrit(espace: Espace, form: CompteRenduForm) -> bool:
    autres = CompteRendu.objects.de_la_campagne(espace.campagne).exclude(candidature=form.saisie.candidature)
    return autres.filter(
        candidature__accueil__etablissement=espace.etablissement, texte=form.cleaned_data["texte"]
    ).exists()
