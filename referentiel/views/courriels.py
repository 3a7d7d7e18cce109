"""Le journal des courriels de l'académie : chercher, comprendre, renvoyer (écran S10)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courriers.models import Courriel
from courriers.presentation import badge_du_courriel, nom_de_la_nature, texte_sans_liens
from referentiel import courriels as journal
from referentiel.forms.courriels import AutreAdresseForm, FiltreDesCourriels
from referentiel.listes import adresse, filtres_poses
from referentiel.models import Etablissement
from referentiel.permissions import peut_administrer_l_academie
from referentiel.portes import EspaceAcademique, dans_l_academie, exiger, exiger_l_etape
from referentiel.rules.dates import INSECABLE
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.services import courriels as services

RENVOYES_AU_PLUS = 500


@require_safe
@dans_l_academie
def courriels(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Les courriels de l'académie, du plus récent au plus ancien."""
    exiger(peut_administrer_l_academie(espace.place))
    tous = journal.de_l_academie(espace.academie)
    form = FiltreDesCourriels(request.GET, natures=journal.natures_connues(tous))
    choisis = form.filtre.appliquer(tous)
    page = journal.lire_la_page(choisis, _cle(request.GET.get("apres", "")))
    noms = journal.noms_des_etablissements({courriel.uai for courriel in page.courriels})
    echecs = choisis.en_echec()[: RENVOYES_AU_PLUS + 1].count()
    contexte = {
        "form": form,
        "actifs": _actifs(request, form),
        "page": page,
        "lignes": [_ligne(courriel, noms) for courriel in page.courriels],
        "echecs": min(echecs, RENVOYES_AU_PLUS),
        "renvoyer_url": _avec_la_requete(request, reverse("referentiel:renvoyer_les_courriels")),
        "permis": _permis(espace),
        "debut_url": adresse(request, apres=None) if "apres" in request.GET else "",
        "suivant_url": adresse(request, apres=page.suivante) if page.suivante else "",
    }
    return render(request, "referentiel/courriels.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def courriel(request: HttpRequest, espace: EspaceAcademique, cle: int) -> HttpResponse:
    """Un courriel : ses en-têtes, son parcours ; son texte sans ses liens à qui le demande, et c'est noté (R40)."""
    exiger(peut_administrer_l_academie(espace.place))
    ligne = _courriel(espace, cle)
    if request.method == "POST":
        services.consulter_un_courriel(courriel=ligne, par=request.user, le=espace.le)
    return _montrer(request, espace, ligne, avec_le_texte=request.method == "POST")


@require_POST
@dans_l_academie
def renvoyer(request: HttpRequest, espace: EspaceAcademique, cle: int) -> HttpResponse:
    exiger(peut_administrer_l_academie(espace.place))
    ligne = _courriel(espace, cle)
    try:
        services.renvoyer_un_courriel(courriel=ligne, campagne=espace.campagne, par=request.user, le=espace.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, f"Courriel remis en file pour {ligne.destinataire}.")
    return redirect("referentiel:courriel", cle=cle)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def renvoyer_ailleurs(request: HttpRequest, espace: EspaceAcademique, cle: int) -> HttpResponse:
    """Une autre adresse de l'établissement, et le motif."""
    exiger(peut_administrer_l_academie(espace.place))
    exiger_l_etape(espace, Geste.RENVOYER_UN_COURRIEL)
    ligne = _courriel(espace, cle)
    etablissement = Etablissement.objects.filter(uai=ligne.uai).first()
    messagerie = etablissement.messagerie if etablissement else ""
    propose = messagerie if messagerie.lower() != ligne.destinataire.lower() else ""
    form = AutreAdresseForm(request.POST or None, initial={"destinataire": propose})
    if request.method == "POST" and form.is_valid() and _renvoyer_ailleurs(request, espace, ligne, form):
        return redirect("referentiel:courriel", cle=cle)
    contexte = {
        "question": "Renvoyer à une autre adresse\u00a0?",
        "consequences": [
            f"{ligne.sujet}{INSECABLE}: le même message repart.",
            f"{ligne.destinataire} ne le recevra plus.",
            "Pour les prochains envois, corrigez aussi la messagerie de l’établissement.",
        ],
        "verbe": "Renvoyer",
        "annuler_url": reverse("referentiel:courriel", args=[cle]),
        "formulaire": form,
        "form": form,
        "fil_parent": {"libelle": "Courriels", "url": reverse("referentiel:courriels")},
    }
    return render(request, "composants/confirmation.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_academie
def renvoyer_les_courriels(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    """Renvoyer d'un coup les courriels en échec du filtre : ceux qui étaient montrés, et eux seuls."""
    exiger(peut_administrer_l_academie(espace.place))
    exiger_l_etape(espace, Geste.RENVOYER_UN_COURRIEL)
    tous = journal.de_l_academie(espace.academie)
    if request.method == "POST":
        return _renvoyer_les_montres(request, espace)
    choisis = FiltreDesCourriels(request.GET, natures=journal.natures_connues(tous)).filtre.appliquer(tous)
    repartent, a_corriger = journal.a_renvoyer(choisis, RENVOYES_AU_PLUS)
    contexte = {
        "repartent": repartent,
        "a_corriger": a_corriger,
        "retour_url": _avec_la_requete(request, reverse("referentiel:courriels")),
        "cles": " ".join(str(courriel.pk) for courriel in repartent),
    }
    return render(request, "referentiel/courriels_renvoyer.html", contexte)


def _renvoyer_les_montres(request: HttpRequest, espace: EspaceAcademique) -> HttpResponse:
    cles = [cle for mot in request.POST.get("cles", "").split()[:RENVOYES_AU_PLUS] if (cle := _cle(mot))]
    montres = journal.de_l_academie(espace.academie).en_echec().filter(pk__in=cles).order_by("pk")
    repartis = services.renvoyer_les_courriels(
        courriels=montres, campagne=espace.campagne, par=request.user, le=espace.le
    )
    laisses = len(cles) - repartis
    if repartis:
        messages.success(request, f"{repartis} courriel{'s' if repartis > 1 else ''} remis en file.")
    if laisses:
        laisse = f"{laisses} courriels laissés" if laisses > 1 else "1 courriel laissé"
        messages.info(request, f"{laisse}{INSECABLE}: déjà en route, ou sans objet depuis.")
    return redirect(_avec_la_requete(request, reverse("referentiel:courriels")))


def _renvoyer_ailleurs(request: HttpRequest, espace: EspaceAcademique, ligne: Courriel, form: AutreAdresseForm) -> bool:
    try:
        services.renvoyer_ailleurs(
            courriel=ligne, campagne=espace.campagne, **form.cleaned_data, par=request.user, le=espace.le
        )
    except PeriodeClose:
        raise
    except Refus as refus:
        form.add_error("destinataire", str(refus))
        return False
    messages.success(request, f"Courriel remis en file pour {form.cleaned_data['destinataire']}.")
    return True


def _montrer(
    request: HttpRequest, espace: EspaceAcademique, ligne: Courriel, *, avec_le_texte: bool = False
) -> HttpResponse:
    etablissement = Etablissement.objects.filter(uai=ligne.uai).first()
    en_echec = journal.est_en_echec(ligne)
    badge = badge_du_courriel(ligne.etat)
    contexte = {
        "courriel": ligne,
        "badge": badge,
        "nature": nom_de_la_nature(ligne.nature),
        "etablissement": etablissement,
        "corriger_url": _corriger_url(request, etablissement),
        "texte": texte_sans_liens(ligne.texte) if avec_le_texte and not ligne.est_un_acces else "",
        "texte_lisible": not espace.en_detour,
        "pieces": [piece["fabrique"] for piece in ligne.pieces],
        "parcours": journal.parcours(ligne),
        "raison": ligne.raison if en_echec else None,
        "renvoyable": en_echec and ligne.peut_repartir and _permis(espace),
        "ailleurs": not ligne.porte_un_acces,
    }
    return render(request, "referentiel/courriel.html", contexte)


def _corriger_url(request: HttpRequest, etablissement: Etablissement | None) -> str:
    """Où le SAIO corrige la messagerie, s'il entre dans l'administration."""
    if etablissement is None or not request.user.is_staff:
        return ""
    return reverse("admin:referentiel_etablissement_change", args=[etablissement.pk])


def _courriel(espace: EspaceAcademique, cle: int) -> Courriel:
    return get_object_or_404(journal.de_l_academie(espace.academie), pk=cle)


def _permis(espace: EspaceAcademique) -> bool:
    return not espace.lecture_seule and espace.permet(Geste.RENVOYER_UN_COURRIEL)


def _ligne(courriel: Courriel, noms: dict[str, str]) -> dict[str, Any]:
    return {
        "courriel": courriel,
        "nature": nom_de_la_nature(courriel.nature),
        "etablissement": noms.get(courriel.uai, courriel.uai) or "Aucun",
        "badge": badge_du_courriel(courriel.etat),
        "raison": courriel.raison if journal.est_en_echec(courriel) else None,
    }


def _actifs(request: HttpRequest, form: FiltreDesCourriels) -> list[dict[str, str]]:
    dits = []
    for nom, champ in form.fields.items():
        if valeur := form.cleaned_data.get(nom):
            dite = dict(getattr(champ, "choices", ())).get(valeur) or form[nom].value()
            dits.append((nom, f"{champ.label}{INSECABLE}: {dite}"))
    return filtres_poses(request, dits)


def _avec_la_requete(request: HttpRequest, url: str) -> str:
    filtres = request.GET.copy()
    filtres.pop("apres", None)
    return f"{url}?{filtres.urlencode()}" if filtres else url


def _cle(mot: str) -> int | None:
    return int(mot) if mot.isascii() and mot.isdecimal() and len(mot) <= 18 else None
