"""Les transferts d'un établissement à l'autre : l'origine répond, le SAIO décide (R12, écran S13)."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from candidatures import services
from candidatures.models import Candidature, DemandeDeTransfert
from candidatures.permissions import peut_inscrire
from candidatures.views.communes import essayer, url_du_dossier
from referentiel.listes import paginer
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import (
    Espace,
    EspaceAcademique,
    dans_l_academie,
    dans_l_origine,
    dossier_lu,
    exiger,
    exiger_l_etape,
)
from referentiel.rules.noms import chez, depuis
from referentiel.rules.ouverture import Geste

EN_ATTENTE = DemandeDeTransfert.Etat.EN_ATTENTE


@require_safe
@dans_l_origine
def transferts(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Demandes reçues, à régler ; demandes faites, sans rien dire d'un élève qui n'est pas encore ici."""
    exiger(peut_inscrire(espace.place))
    de_la_campagne = DemandeDeTransfert.objects.filter(eleve__campagne=espace.campagne)
    recues = de_la_campagne.filter(etat=EN_ATTENTE, eleve__etablissement=espace.etablissement)
    faites = de_la_campagne.filter(demandeur=espace.etablissement).select_related("eleve").order_by("-demandee_le")
    page, pagination = paginer(request, faites)
    contexte = {
        "recues": recues.select_related("eleve", "demandeur").order_by("demandee_le", "pk"),
        "faites": [_montrer_une_demande_faite(espace, demande) for demande in page],
        "pagination": pagination,
        "uai": espace.etablissement.segment,
    }
    return render(request, "candidatures/transferts.html", contexte)


@dans_l_origine
def transfert(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Accepter ou refuser le transfert d'un élève d'ici."""
    demandes = DemandeDeTransfert.objects.filter(
        eleve__campagne=espace.campagne, eleve__etablissement=espace.etablissement
    )
    demande = get_object_or_404(_a_lire(demandes), code=code, etat=EN_ATTENTE)
    exiger(peut_inscrire(espace.place))
    dossier_lu(request, demande.eleve)
    exiger_l_etape(espace, Geste.REPONDRE_A_UN_TRANSFERT)
    liste = reverse("candidatures:transferts", args=[espace.etablissement.segment])
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _regler(request, espace, demande, form):
        return redirect(liste)
    contexte = _comparer(demande) | {
        "form": form,
        "retour_url": liste,
        "fil": [{"libelle": "Transferts", "url": liste}],
        "accepter": "Accepter",
        "refuser": "Refuser",
        "dossier_url": url_du_dossier(espace, demande.eleve),
    }
    return render(request, "candidatures/transfert.html", contexte)


@require_safe
@dans_l_academie
def transferts_de_l_academie(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    exiger(peut_administrer_l_academie(espace.place))
    demandes = _a_lire(DemandeDeTransfert.objects.filter(eleve__campagne=espace.campagne))
    page, pagination = paginer(request, demandes.filter(etat=EN_ATTENTE).order_by("demandee_le", "pk"))
    contexte = {"demandes": page, "pagination": pagination}
    return render(request, "candidatures/transferts_academie.html", contexte)


@dans_l_academie
def transfert_de_l_academie(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    """Le SAIO lit les deux établissements côte à côte, puis décide."""
    exiger(peut_administrer_l_academie(espace.place))
    demandes = _a_lire(DemandeDeTransfert.objects.filter(eleve__campagne=espace.campagne, etat=EN_ATTENTE))
    demande = get_object_or_404(demandes, code=code)
    dossier_lu(request, demande.eleve)
    exiger_l_etape(espace, Geste.REPONDRE_A_UN_TRANSFERT)
    liste = reverse("candidatures:transferts_academie")
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _regler(request, espace, demande, form):
        return redirect(liste)
    contexte = _comparer(demande) | {
        "form": form,
        "retour_url": liste,
        "fil": [{"libelle": "Transferts", "url": liste}],
        "accepter": "Transférer le dossier",
        "refuser": "Refuser la demande",
    }
    return render(request, "candidatures/transfert.html", contexte)


def _a_lire(demandes):
    return demandes.select_related("eleve__etablissement", "demandeur")


def _montrer_une_demande_faite(espace: Espace, demande: DemandeDeTransfert) -> dict[str, object]:
    est_ici = demande.eleve.etablissement_id == espace.etablissement.pk
    return {
        "demande": demande,
        "eleve": demande.eleve.nom_affiche if est_ici else f"INE {demande.eleve.ine_masque}",
        "url": url_du_dossier(espace, demande.eleve) if est_ici else "",
    }


def _comparer(demande: DemandeDeTransfert) -> dict[str, object]:
    """Les deux établissements côte à côte, et ce que le transfert emporte."""
    eleve, nouveau = demande.eleve, demande.demandeur
    ancien = eleve.etablissement
    candidatures = Candidature.objects.actives().filter(eleve=eleve).avec_eleve().order_by("domaine__cle")
    nombre = len(candidatures)
    return {
        "demande": demande,
        "question": f"Transférer le dossier de {eleve.initiales} {depuis(ancien.nom)} {chez(nouveau.nom)} ?",
        "lignes": [
            ("Établissement", ancien.nom, nouveau.nom),
            ("Commune", ancien.commune, nouveau.commune),
            ("UAI", ancien.uai, nouveau.uai),
            ("Chef d’établissement", ancien.chef, nouveau.chef),
            ("Messagerie", ancien.messagerie, nouveau.messagerie),
        ],
        "candidatures": candidatures,
        "consequences": [
            _dire_ce_qui_suit(nombre),
            "Les deux établissements et les établissements d’accueil sont prévenus."
            if nombre
            else "Les deux établissements sont prévenus.",
            "La personne référente ne suit pas : le nouvel établissement en choisira une.",
        ],
    }


def _dire_ce_qui_suit(nombre: int) -> str:
    if not nombre:
        return "L’élève n’a pas encore de candidature."
    return (
        f"Ses {nombre} candidatures, ses avis et ses convocations suivent."
        if nombre > 1
        else ("Sa candidature, ses avis et ses convocations suivent.")
    )


def _regler(request: HttpRequest, espace: Espace | EspaceAcademique, demande: DemandeDeTransfert, form: Form) -> bool:
    accepte = request.POST.get("decision") == "accepter"
    if not accepte and request.POST.get("decision") != "refuser":
        form.add_error(None, "Choisissez d’accepter ou de refuser.")
        return False
    service = services.accepter_un_transfert if accepte else services.refuser_un_transfert
    if essayer(form, lambda: service(demande=demande, par=request.user, le=espace.le)) is None:
        return False
    messages.success(request, "Dossier transféré." if accepte else "Transfert refusé. Le demandeur est prévenu.")
    return True
