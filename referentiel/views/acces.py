"""Demander l'accès, et y répondre : au SAIO, ou dans la page de l'équipe (R38, écrans C1, C4 et S9)."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from comptes.federation.session import identite_en_attente
from comptes.rules.identite import Identite
from comptes.services import TropDEssais
from referentiel.forms.acces import AccepterForm, DemandeDAccesForm, RefuserForm
from referentiel.listes import paginer
from referentiel.models import DemandeDAcces, Etablissement, Rattachement
from referentiel.permissions import Cote, peut_administrer_l_academie, peut_gerer_l_etablissement
from referentiel.portes import Espace, EspaceAcademique, dans_l_academie, dans_l_accueil, dans_l_origine, exiger
from referentiel.rules.places import cotes_d_un_etablissement
from referentiel.rules.refus import Refus
from referentiel.services.acces import accepter_la_demande, demander_l_acces, qui_gere_l_equipe, refuser_la_demande
from referentiel.services.guichets import nom_du_guichet

LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])
ENVOYEE = "Votre demande est envoyée. Vous recevrez la réponse à {courriel}."


@LIRE_ET_ENVOYER
@never_cache
def pas_encore_ouvert(request: HttpRequest) -> HttpResponse:
    """« Votre compte n'est pas encore ouvert dans Passpro » : ce que le guichet a dit, et la demande d'accès."""
    en_attente = identite_en_attente(request)
    if en_attente is None:
        return redirect("comptes:connexion")
    identite, _guichet = en_attente
    connus, inconnus = _etablissements_nommes(identite)
    form = DemandeDAccesForm(request.POST if request.method == "POST" else None, connus=connus)
    if form.is_bound and form.is_valid() and _demander(request, identite, form):
        return redirect("referentiel:pas_encore_ouvert")
    contexte = {
        "form": form,
        "identite": identite,
        "connus": connus,
        "inconnus": inconnus,
        "demandes": _demandes_de(identite),
    }
    return render(request, "referentiel/acces/pas_encore_ouvert.html", contexte)


@require_safe
@dans_l_academie
def demandes_d_acces(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Les demandes des établissements de l'académie, celles que leurs chefs peuvent traiter comprises."""
    exiger(peut_administrer_l_academie(espace.place))
    page, pagination = paginer(request, _a_traiter(espace))
    avec_chef = set(
        Rattachement.objects.filter(
            etablissement__in={demande.etablissement_id for demande in page},
            role=Rattachement.Role.CHEF,
            personne__is_active=True,
        ).values_list("etablissement", flat=True)
    )
    contexte = {
        "lignes": [(demande, demande.etablissement_id in avec_chef) for demande in page],
        "pagination": pagination,
    }
    return render(request, "referentiel/acces/demandes.html", contexte)


@LIRE_ET_ENVOYER
@dans_l_academie
def demande_d_acces(request: HttpRequest, espace: EspaceAcademique, code: str) -> HttpResponse:
    """Le SAIO donne le rôle et les côtés."""
    exiger(peut_administrer_l_academie(espace.place))
    demande = get_object_or_404(_a_traiter(espace), code=code)
    liste = reverse("referentiel:demandes_d_acces")
    accepter = AccepterForm(_saisie(request, "accepter"), initial=_propose(demande.etablissement))
    return _decider(request, demande, liste, {"libelle": "Demandes d’accès", "url": liste}, accepter, None)


def demande_de_l_equipe(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Le chef d'établissement ouvre une place de gestionnaire, de son côté."""
    exiger(peut_gerer_l_etablissement(espace.place))
    demandes = DemandeDAcces.objects.a_traiter().filter(etablissement=espace.etablissement)
    demande = get_object_or_404(demandes.select_related("etablissement__academie"), code=code)
    liste = reverse(f"candidatures:equipe_{espace.cote}", args=[espace.etablissement.segment])
    return _decider(request, demande, liste, {"libelle": "Équipe", "url": liste}, None, espace.cote)


demande_a_l_origine = LIRE_ET_ENVOYER(dans_l_origine(demande_de_l_equipe))
demande_a_l_accueil = LIRE_ET_ENVOYER(dans_l_accueil(demande_de_l_equipe))


def _a_traiter(espace: EspaceAcademique) -> QuerySet[DemandeDAcces]:
    demandes = DemandeDAcces.objects.a_traiter().filter(etablissement__academie=espace.academie)
    return demandes.select_related("etablissement__academie")


def _etablissements_nommes(identite: Identite) -> tuple[list[Etablissement], list[str]]:
    """Les établissements que dit le guichet et que Passpro connaît ; les codes qu'il ne connaît pas."""
    nommes = identite.affectations[:20]
    a_lire = Etablissement.objects.filter(Q(uai__in=nommes) | Q(alias__uai__in=nommes)).distinct()
    connus = list(a_lire.prefetch_related("alias").order_by("pk"))
    codes = {code for connu in connus for code in (connu.uai, *(alias.uai for alias in connu.alias.all()))}
    return connus, [uai for uai in nommes if uai not in codes]


def _demandes_de(identite: Identite) -> QuerySet[DemandeDAcces]:
    siennes = DemandeDAcces.objects.filter(emetteur=identite.emetteur, sujet=identite.sujet)
    sans_suite = siennes.exclude(etat=DemandeDAcces.Etat.ACCEPTEE)
    return sans_suite.select_related("etablissement").order_by("-demandee_le")[:5]


def _demander(request: HttpRequest, identite: Identite, form: DemandeDAccesForm) -> bool:
    saisi = form.cleaned_data
    try:
        demander_l_acces(
            identite=identite,
            etablissement=form.trouve,
            fonction=saisi["fonction"],
            message=saisi["message"],
            le=request.le,
        )
    except TropDEssais as trop:
        form.add_error(None, str(trop))
        return False
    messages.success(request, ENVOYEE.format(courriel=identite.courriel))
    return True


def _propose(etablissement: Etablissement) -> dict[str, Any]:
    """Le rôle et les côtés proposés au SAIO : chef d'établissement là où personne ne l'est encore."""
    cotes = cotes_d_un_etablissement(etablissement.type, recoit=False, origine=False, accueil=False)
    role = Rattachement.Role.GESTIONNAIRE if qui_gere_l_equipe(etablissement).exists() else Rattachement.Role.CHEF
    return {"role": role, "cotes": [str(cote) for cote in Cote if getattr(cotes, cote.value)]}


def _saisie(request: HttpRequest, geste: str) -> Any:
    return request.POST if request.method == "POST" and request.POST.get("geste") == geste else None


def _decider(
    request: HttpRequest,
    demande: DemandeDAcces,
    liste: str,
    fil: dict[str, str],
    accepter: AccepterForm | None,
    cote: Cote | None,
) -> HttpResponse:
    """Une page, deux gestes : `accepter` est le formulaire du SAIO, `cote` le côté d'un chef d'établissement."""
    refuser = RefuserForm(_saisie(request, "refuser"))
    try:
        if request.POST.get("geste") == "accepter" and (accepter is None or accepter.is_valid()):
            role, cotes = _choisis(accepter, cote)
            accepter_la_demande(demande=demande, role=role, cotes=cotes, par=request.user, le=request.le)
            messages.success(request, f"L’accès de {demande.nom_affiche} est ouvert. Un courriel le lui dit.")
            return redirect(liste)
        if refuser.is_bound and refuser.is_valid():
            motif = refuser.cleaned_data["motif"]
            refuser_la_demande(demande=demande, motif=motif, par=request.user, le=request.le)
            messages.success(request, f"La demande de {demande.nom_affiche} est refusée. Un courriel lui dit pourquoi.")
            return redirect(liste)
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect(liste)
    contexte = {
        "demande": demande,
        "guichet": nom_du_guichet(demande.emetteur),
        "accepter": accepter,
        "refuser": refuser,
        "page_en_erreur": bool(refuser.errors or (accepter and accepter.errors)),
        "fil": fil,
    }
    return render(request, "referentiel/acces/demande.html", contexte)


def _choisis(accepter: AccepterForm | None, cote: Cote | None) -> tuple[str, list[Cote]]:
    if accepter is None:
        assert cote is not None
        return Rattachement.Role.GESTIONNAIRE, [cote]
    return accepter.cleaned_data["role"], [Cote(choisi) for choisi in accepter.cleaned_data["cotes"]]
