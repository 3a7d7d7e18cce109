"""La pré-inscription d'un établissement sans accès ARENA, en six étapes et sans compte (R21, écran P8).

Qui tient le jeton de l'adresse tient la saisie. Rien ne dit ici si un élève, une adresse ou un compte est connu (T9).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from itertools import pairwise
from typing import Any

from axes.helpers import get_client_ip_address
from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from candidatures.forms_preinscription import CodeForm, EleveForm, EtablissementForm, FormationsForm, InformationForm
from candidatures.jetons import jeton_de_suivi
from candidatures.lectures import DIRE_MODALITES, LigneDAvis, domaines_au_choix
from candidatures.models import FormationDemandee, PreInscription
from candidatures.preinscriptions import (
    TITRES,
    Demande,
    Etape,
    avis_facultatif,
    demandes_a_aviser,
    etablissement_de,
    lire,
    premiere_etape_a_faire,
)
from candidatures.rules import pourquoi_pas_ce_commentaire
from candidatures.services import preinscriptions as services
from candidatures.views.communes import rappeler_les_mots
from candidatures.views.saisie import Bloc
from referentiel.models import Campagne, Etablissement, Formation
from referentiel.pages_publiques import campagne_publique, liens_des_academies, sans_campagne, suffixe
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_jour
from referentiel.rules.jeu import LIBELLES_AVIS, LONGUEUR_COMMENTAIRE, Avis, Modalite
from referentiel.rules.ouverture import Reponse, dire_la_limite
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.rules.saisie import saisie_a_recopier

ETAPES = list(Etape)
LEURRE = "site_web"
TROP_DE_DEMANDES = 429


@dataclass(frozen=True, slots=True)
class Demarche:
    """Une saisie en cours : la demande, ce qu'elle dit, le jeton qui l'ouvre, l'instant."""

    preinscription: PreInscription
    demande: Demande
    campagne: Campagne
    jeton: str
    le: datetime

    def adresse(self, etape: Etape) -> str:
        return reverse(f"candidatures:pre_inscription_{etape}", args=[self.jeton])

    @property
    def a_faire(self) -> Etape:
        return premiere_etape_a_faire(self.preinscription, self.demande, self.campagne)


Vue = Callable[..., HttpResponse]


def sans_compte(vue: Vue) -> Vue:
    """Page qu'aucun cache ne garde ni aucun moteur ne lit ; une étape close y devient la page E5."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(vue)
    def servie(request: HttpRequest, *arguments: Any, **parametres: Any) -> HttpResponse:
        reponse = vue(request, *arguments, **parametres)
        patch_cache_control(reponse, private=True, no_store=True)
        reponse["X-Robots-Tag"] = "noindex, nofollow"
        return reponse

    return servie


def etape(nom: Etape) -> Callable[[Vue], Vue]:
    """Ouvre une étape à qui tient le jeton ; une demande envoyée ne se saisit plus, une étape en avance attend."""

    def decorer(vue: Vue) -> Vue:
        @sans_compte
        @wraps(vue)
        def porte(request: HttpRequest, jeton: str) -> HttpResponse:
            demarche = _demarche(request, jeton)
            if not demarche.preinscription.est_en_saisie:
                return redirect("candidatures:pre_inscription_envoyee", jeton)
            fermeture = _fermeture(demarche)
            if fermeture:
                return etape_close(request, demarche.campagne, fermeture)
            if ETAPES.index(nom) > ETAPES.index(demarche.a_faire):
                return redirect(demarche.adresse(demarche.a_faire))
            try:
                return vue(request, demarche)
            except PeriodeClose as close:
                return etape_close(request, demarche.campagne, close.reponse)

        return porte

    return decorer


@sans_compte
def introduction(request: HttpRequest) -> HttpResponse:
    """Page 0 : pour qui, ce qu'il faut, la date limite ; l'envoi ouvre une saisie."""
    campagne = campagne_publique(request)
    if campagne is None:
        return sans_campagne(request, "Pré-inscription")
    reponse = campagne.ouverture(request.le).de(Nature.INSCRIPTION)
    if not reponse.ouverte:
        return etape_close(request, campagne, reponse)
    refus = ""
    if request.method == "POST":
        try:
            jeton = services.commencer(campagne=campagne, reseau=_reseau(request), le=request.le)
        except services.TropDeDemandes as trop:
            refus = str(trop)
        else:
            return redirect("candidatures:pre_inscription_etablissement", jeton)
    academies = liens_des_academies(request, campagne.academie)
    contexte = {
        "campagne": campagne,
        "date_limite": dire_jour(reponse.dernier_jour) if reponse.dernier_jour else "",
        "academies": academies if len(academies) > 1 else [],
        "envoi_url": reverse("candidatures:pre_inscription") + suffixe(request),
        "refus": refus,
    }
    return render(
        request,
        "candidatures/preinscription/introduction.html",
        contexte,
        status=TROP_DE_DEMANDES if refus else 200,
    )


@etape(Etape.ETABLISSEMENT)
def etablissement(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    preinscription = demarche.preinscription
    form = EtablissementForm(
        request.POST if request.method == "POST" else None,
        campagne=demarche.campagne,
        demandeur=demarche.demande.demandeur,
        courriel=preinscription.courriel,
    )
    if request.POST.get(LEURRE):
        return redirect(demarche.adresse(Etape.VERIFICATION))
    if form.is_bound and form.is_valid():
        fait = _essayer(
            form,
            lambda: services.donner_l_etablissement(
                preinscription=preinscription,
                demandeur=form.demandeur,
                courriel=form.cleaned_data["courriel"],
                jeton=demarche.jeton,
                reseau=_reseau(request),
                le=demarche.le,
            ),
        )
        if fait:
            return redirect(demarche.adresse(Etape.VERIFICATION))
    return _page(request, demarche, Etape.ETABLISSEMENT, {"form": form, "leurre": LEURRE})


@etape(Etape.VERIFICATION)
def verification(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    """Le code, ou la clé du lien reçu : seul un envoi confirme, jamais l'ouverture d'un lien (T10)."""
    geste = request.POST.get("geste", "verifier") if request.method == "POST" else ""
    if geste == "renvoyer":
        return _renvoyer_un_code(request, demarche)
    if geste == "confirmer":
        return _confirmer_par_lien(request, demarche)
    form = CodeForm(request.POST if geste else None)
    if form.is_bound and form.is_valid() and _essayer(form, lambda: _confirmer_par_code(demarche, form)):
        return redirect(demarche.adresse(Etape.ELEVE))
    contexte = {
        "form": form,
        "adresse": masquer(demarche.preinscription.courriel),
        "confirmee": demarche.preinscription.confirmee_le is not None,
        "cle": request.GET.get("cle", "") if not geste else "",
        "nom": demarche.demande.demandeur.nom,
        "etablissement_url": demarche.adresse(Etape.ETABLISSEMENT),
        "suite_url": demarche.adresse(demarche.a_faire),
    }
    return _page(request, demarche, Etape.VERIFICATION, contexte)


def _confirmer_par_code(demarche: Demarche, form: CodeForm) -> None:
    services.confirmer_par_code(preinscription=demarche.preinscription, code=form.cleaned_data["code"], le=demarche.le)


def _confirmer_par_lien(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    cle = request.POST.get("cle", "")
    try:
        services.confirmer_par_lien(preinscription=demarche.preinscription, cle=cle, le=demarche.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
        return redirect(demarche.adresse(Etape.VERIFICATION))
    return redirect(demarche.adresse(Etape.ELEVE))


def _renvoyer_un_code(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    try:
        services.renvoyer_un_code(
            preinscription=demarche.preinscription, jeton=demarche.jeton, reseau=_reseau(request), le=demarche.le
        )
    except services.TropDeDemandes as refus:
        return trop_de_demandes(request, refus)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, "Un nouveau code vous est envoyé. L’ancien ne vaut plus.")
    return redirect(demarche.adresse(Etape.VERIFICATION))


@etape(Etape.ELEVE)
def eleve(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    form = EleveForm(
        request.POST if request.method == "POST" else None, campagne=demarche.campagne, eleve=demarche.demande.eleve
    )
    if form.is_bound and form.is_valid() and _garder(form, demarche, "eleve", lambda: form.eleve):
        return redirect(demarche.adresse(Etape.FORMATIONS))
    return _page(request, demarche, Etape.ELEVE, {"form": form})


@etape(Etape.FORMATIONS)
def formations(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    """Les domaines et leurs lycées, comme à l'inscription ; « Filtrer » ne contrôle rien."""
    ici = etablissement_de(demarche.demande.demandeur) or Etablissement()
    commun = {
        "campagne": demarche.campagne,
        "domaines": domaines_au_choix(demarche.campagne, ici),
        "choix": demarche.demande.choix,
    }
    if "filtrer" in request.POST:
        form = FormationsForm(initial=FormationsForm.choix_tapes(request.POST), **commun)
    else:
        form = FormationsForm(request.POST if request.method == "POST" else None, **commun)
    if form.is_bound and form.is_valid() and _garder(form, demarche, "choix", lambda: form.choix):
        return redirect(demarche.adresse(Etape.AVIS))
    filtre = (request.POST.get("q") or request.GET.get("q") or "").strip()
    contexte = {
        "form": form,
        "sections": list(form.sections(filtre)),
        "filtre": filtre,
        "limite": demarche.campagne.regles.formations_maximales,
    }
    return _page(request, demarche, Etape.FORMATIONS, contexte)


@etape(Etape.AVIS)
def avis(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    demandes = demandes_a_aviser(demarche.demande, demarche.campagne)
    blocs = [_bloc(demande, request, demarche.campagne) for demande in demandes]
    if "reprendre" in request.POST:
        blocs = _reprendre_le_commentaire(blocs, request.POST["reprendre"], demarche.campagne)
    elif request.method == "POST" and _garder_les_avis(request, demarche, blocs):
        return redirect(demarche.adresse(Etape.RECAPITULATIF))
    erreurs = [bloc for bloc in blocs if bloc.en_erreur]
    contexte = {"blocs": blocs, "erreurs": erreurs, "page_en_erreur": bool(erreurs)}
    return _page(request, demarche, Etape.AVIS, contexte)


@etape(Etape.RECAPITULATIF)
def recapitulatif(request: HttpRequest, demarche: Demarche) -> HttpResponse:
    form = InformationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        envoi = {"preinscription": demarche.preinscription, "jeton": demarche.jeton}
        if _essayer(form, lambda: services.envoyer(**envoi, reseau=_reseau(request), le=demarche.le)):
            return redirect("candidatures:pre_inscription_envoyee", demarche.jeton)
    contexte = {
        "form": form,
        "demande": demarche.demande,
        "courriel": demarche.preinscription.courriel,
        "message": demarche.preinscription.message,
        "domaines": recapituler(demarche.demande),
        "urls": {str(nom): demarche.adresse(nom) for nom in ETAPES},
    }
    return _page(request, demarche, Etape.RECAPITULATIF, contexte)


@require_safe
@sans_compte
def envoyee(request: HttpRequest, jeton: str) -> HttpResponse:
    """La demande est partie : sa référence, son suivi, et de quoi inscrire un autre élève."""
    demarche = _demarche(request, jeton)
    if demarche.preinscription.est_en_saisie:
        return redirect(demarche.adresse(demarche.a_faire))
    contexte = {
        "preinscription": demarche.preinscription,
        "suivi_url": reverse("avis:suivi", args=[jeton_de_suivi(jeton)]),
        "autre_url": reverse("candidatures:pre_inscription_autre", args=[jeton]),
    }
    return render(request, "candidatures/preinscription/envoyee.html", contexte)


@require_POST
@sans_compte
def autre(request: HttpRequest, jeton: str) -> HttpResponse:
    """« Inscrire un autre élève du même établissement » : les étapes 1 et 2 restent faites."""
    demarche = _demarche(request, jeton)
    try:
        nouveau = services.recommencer(preinscription=demarche.preinscription, reseau=_reseau(request), le=demarche.le)
    except PeriodeClose as close:
        return etape_close(request, demarche.campagne, close.reponse)
    except Refus as refus:
        return trop_de_demandes(request, refus)
    return redirect("candidatures:pre_inscription_eleve", nouveau)


# Ce que partagent les étapes -----------------------------------------------------------------------------------


def masquer(courriel: str) -> str:
    """« m.d…@cfa-exemple.fr » : de quoi reconnaître son adresse."""
    nom, _, domaine = courriel.partition("@")
    return f"{nom[:3]}…@{domaine}"


def etape_close(request: HttpRequest, campagne: Campagne, reponse: Reponse) -> HttpResponse:
    """Page E5, avec ce qui était tapé, à recopier."""
    contexte = {
        "titre": reponse.titre if campagne.est_ouverte else f"La campagne {campagne.annee} est close",
        "phrase": dire_la_limite(reponse),
        "academie": campagne.academie,
        "saisie": saisie_a_recopier(request.POST),
    }
    return render(request, "erreurs/etape_close.html", contexte)


def trop_de_demandes(request: HttpRequest, refus: Refus) -> HttpResponse:
    contexte = {"phrase": str(refus)}
    return render(request, "candidatures/preinscription/refus.html", contexte, status=TROP_DE_DEMANDES)


def recapituler(demande: Demande) -> list[dict[str, Any]]:
    """Par domaine : l'hôte, sa modalité, chaque formation avec son avis et son commentaire."""
    return [
        {
            "accueil": accueil,
            "modalite": DIRE_MODALITES[Modalite(accueil.modalite)],
            "collective": accueil.modalite == Modalite.COLLECTIF,
            "lignes": [_ligne(demande, formation) for formation in formations],
        }
        for accueil, formations in demande.choix
    ]


def _ligne(demande: Demande, formation: Formation) -> dict[str, Any]:
    donne, commentaire = demande.avis_sur(formation)
    return {"formation": formation, "avis": LIBELLES_AVIS[Avis(donne)] if donne else "", "commentaire": commentaire}


def _demarche(request: HttpRequest, jeton: str) -> Demarche:
    demandes = PreInscription.objects.select_related("campagne__academie", "campagne__regles")
    trouvee = demandes.prefetch_related("campagne__periodes").du_jeton(jeton, request.le).first()
    if trouvee is None:
        raise Http404
    return Demarche(trouvee, lire(trouvee), trouvee.campagne, jeton, request.le)


def _fermeture(demarche: Demarche) -> Reponse | None:
    """Ce qui ferme la saisie : la fin des inscriptions, ou celle de la campagne pour un complément."""
    complement = demarche.preinscription.etat == PreInscription.Etat.A_COMPLETER
    nature = Nature.FERMETURE if complement else Nature.INSCRIPTION
    reponse = demarche.campagne.ouverture(demarche.le).de(nature)
    return None if reponse.ouverte else reponse


def _page(request: HttpRequest, demarche: Demarche, nom: Etape, contexte: dict[str, Any]) -> HttpResponse:
    rang = ETAPES.index(nom)
    form = contexte.get("form")
    trop = bool(form and form.is_bound and str(services.TropDeDemandes()) in form.non_field_errors())
    commun = {
        "etapes": {
            "numero": rang + 1,
            "total": len(ETAPES),
            "titre": TITRES[nom],
            "suivante": TITRES[ETAPES[rang + 1]] if rang + 1 < len(ETAPES) else "",
        },
        "precedent_url": demarche.adresse(ETAPES[rang - 1]) if rang else reverse("candidatures:pre_inscription"),
        "gardee": demarche.preinscription.confirmee_le is not None,
        "complement": demarche.preinscription.message
        if demarche.preinscription.etat == PreInscription.Etat.A_COMPLETER
        else "",
        "campagne": demarche.campagne,
    }
    gabarit = f"candidatures/preinscription/{nom}.html"
    return render(request, gabarit, commun | contexte, status=TROP_DE_DEMANDES if trop else 200)


def _reseau(request: HttpRequest) -> str:
    return get_client_ip_address(request) or "inconnue"


def _essayer(form: BaseForm, service: Callable[[], object]) -> bool:
    """Vrai si le service aboutit ; sinon son refus est une erreur du formulaire."""
    try:
        service()
    except PeriodeClose:
        raise
    except Refus as refus:
        form.add_error(None, str(refus))
        return False
    return True


def _garder(form: BaseForm, demarche: Demarche, quoi: str, valeurs: Callable[[], Any]) -> bool:
    return _essayer(
        form,
        lambda: services.garder(preinscription=demarche.preinscription, etape=quoi, valeurs=valeurs(), le=demarche.le),
    )


def _bloc(demande: FormationDemandee, request: HttpRequest, campagne: Campagne) -> Bloc:
    facultatif = avis_facultatif(demande.candidature.accueil, campagne)
    ligne = LigneDAvis(demande, None, fige=False, tardif=False, facultatif=facultatif, etat="")
    return Bloc(ligne, request.POST if request.method == "POST" else None, campagne)


def _garder_les_avis(request: HttpRequest, demarche: Demarche, blocs: list[Bloc]) -> bool:
    """Garde les avis s'ils sont tous donnés : ici, personne ne reviendra les compléter plus tard (R16)."""
    valides = [_est_complet(bloc, demarche.campagne) for bloc in blocs]
    saisis = {
        str(bloc.ligne.demande.formation.pk): {
            "avis": bloc.form.cleaned_data.get("avis", ""),
            "commentaire": bloc.form.cleaned_data.get("commentaire", "").strip(),
        }
        for bloc in blocs
    }
    if not blocs or not all(valides) or not _garder(blocs[0].form, demarche, "avis", lambda: saisis):
        return False
    for bloc in blocs:
        bloc.ligne.demande.commentaire = bloc.form.cleaned_data["commentaire"]
    rappeler_les_mots(request, demarche, [bloc.ligne.demande for bloc in blocs])
    return True


def _est_complet(bloc: Bloc, campagne: Campagne) -> bool:
    if not bloc.form.is_valid():
        return False
    saisi = bloc.form.cleaned_data
    commentaire = saisi["commentaire"].strip()
    if bloc.ligne.facultatif and not (saisi["avis"] or commentaire):
        return True
    if not saisi["avis"]:
        bloc.form.add_error("avis", "Choisissez un avis.")
    minimum = campagne.regles.longueur_minimale
    if not commentaire:
        bloc.form.add_error("commentaire", "Écrivez un commentaire.")
    elif raison := pourquoi_pas_ce_commentaire(commentaire, minimum=minimum, maximum=LONGUEUR_COMMENTAIRE):
        bloc.form.add_error("commentaire", raison)
    return not bloc.form.errors


def _reprendre_le_commentaire(blocs: list[Bloc], code: str, campagne: Campagne) -> list[Bloc]:
    """Recopie dans le bloc `code` le commentaire du bloc qui le précède, sans rien enregistrer."""
    tapes = [bloc.en_saisie(campagne) for bloc in blocs]
    for precedent, bloc in pairwise(tapes):
        if bloc.ligne.demande.code == code:
            bloc.form.initial["commentaire"] = precedent.form.initial["commentaire"]
    return tapes
