"""Les portes des espaces : qui entre, au nom de quel établissement, dans quelle campagne (R36, R37).

Une vue d'espace s'écrit `@dans_l_origine def vue(request, espace, …)`. L'établissement est dans l'adresse ;
pour qui n'y a pas de place, la page n'existe pas (404).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control

from comptes.contraintes import AU_MEME_INSTANT, est_un_croisement
from referentiel.campagnes_lues import campagne_de
from referentiel.detours import SANS_EFFET
from referentiel.models import Academie, Campagne, Etablissement
from referentiel.permissions import (
    Cote,
    Perimetre,
    Place,
    peut_administrer_l_academie,
    peut_observer,
    peut_repeter_une_journee,
)
from referentiel.regards import place_du_regard
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE
from referentiel.rules.ouverture import Geste, Ouverture, dire_la_limite, dire_le_possible
from referentiel.rules.refus import PeriodeClose
from referentiel.rules.saisie import saisie_a_recopier


@dataclass(frozen=True, slots=True)
class Espace:
    """L'établissement au nom duquel on agit, la place qu'on y a, et la campagne."""

    cote: Cote
    place: Place
    etablissement: Etablissement
    campagne: Campagne
    le: datetime
    ouverture: Ouverture
    en_detour: bool = False

    @property
    def lecture_seule(self) -> bool:
        """Rien ne s'y écrit : campagne close, campagne passée, jour répété, regard du SAIO."""
        return self.en_detour or self.place.lecture_seule or not self.campagne.est_ouverte

    @property
    def peut_demander(self) -> bool:
        """Un document se demande à l'atelier même dans une campagne close, mais ni par un détour ni par un regard."""
        return not (self.en_detour or self.place.lecture_seule)

    def permet(self, geste: Geste) -> bool:
        """Vrai si le calendrier permet ce geste maintenant : la réponse que donnera le service (R4)."""
        return self.ouverture.du(geste).ouverte


@dataclass(frozen=True, slots=True)
class EspaceAcademique:
    """L'académie que l'on suit, et sa campagne."""

    place: Place
    academie: Academie
    campagne: Campagne
    perimetre: Perimetre
    le: datetime
    ouverture: Ouverture
    en_detour: bool = False

    cote = "academie"

    @property
    def lecture_seule(self) -> bool:
        """Rien ne s'y écrit : campagne close, campagne passée, jour répété."""
        return self.en_detour or not self.campagne.est_ouverte

    def permet(self, geste: Geste) -> bool:
        """Vrai si le calendrier permet ce geste maintenant, sans délai accordé."""
        return self.ouverture.du(geste).ouverte


def dans_l_origine(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ouvre la vue aux personnes de l'établissement d'origine `uai` ; lui passe son `Espace`."""
    return _dans_un_etablissement(vue, Cote.ORIGINE)


def dans_l_accueil(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ouvre la vue aux personnes de l'établissement d'accueil `uai` ; lui passe son `Espace`."""
    return _dans_un_etablissement(vue, Cote.ACCUEIL)


def dans_l_academie(vue: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ouvre la vue au SAIO et à l'observation ; lui passe son `EspaceAcademique`."""

    @login_required
    @wraps(vue)
    def porte(request: HttpRequest, **parametres: Any) -> HttpResponse:
        if not peut_observer(request.perimetre):
            raise Http404
        place = _place_academique(request)
        if place is None:
            return redirect("comptes:espaces")
        campagne = _campagne(request, place.academie)
        if campagne is None:
            return _sans_campagne(request, place)
        espace = EspaceAcademique(
            place,
            place.academie,
            campagne,
            request.perimetre,
            request.le,
            campagne.ouverture(request.le),
            request.detour is not None,
        )
        return _servir(vue, request, espace, parametres)

    return porte


def _place_academique(request: HttpRequest) -> Place | None:
    """La place dans l'académie que dit l'adresse ; `None` si elle n'en dit aucune et qu'il y en a plusieurs.

    Qui observe une académie et l'administre y entre pour l'administrer.
    """
    places = [place for place in request.perimetre.places if place.etablissement is None]
    places.sort(key=lambda place: not peut_administrer_l_academie(place))
    code = request.code_academie
    if not code:
        return places[0] if len({place.academie.pk for place in places}) == 1 else None
    place = next((place for place in places if place.academie.code == code), None)
    if place is None:
        raise Http404
    return place


def exiger(droit: bool) -> None:
    """Lève `PermissionDenied` (page 403) si le droit demandé n'est pas là."""
    if not droit:
        raise PermissionDenied


def _dans_un_etablissement(vue: Callable[..., HttpResponse], cote: Cote) -> Callable[..., HttpResponse]:
    @login_required
    @wraps(vue)
    def porte(request: HttpRequest, uai: str, **parametres: Any) -> HttpResponse:
        place = request.perimetre.place(uai, cote) or place_du_regard(request, uai, cote)
        if place is None or place.etablissement is None:
            raise Http404
        campagne = _campagne(request, place.academie, place.etablissement)
        if campagne is None:
            return _sans_campagne(request, place)
        espace = Espace(
            cote,
            place,
            place.etablissement,
            campagne,
            request.le,
            campagne.ouverture(request.le, _delais(campagne)),
            request.detour is not None,
        )
        refuse = place.lecture_seule and request.method not in SANS_EFFET
        return _servir(_consultation_seule if refuse else vue, request, espace, parametres)

    return porte


def _campagne(request: HttpRequest, academie: Academie, etablissement: Etablissement | None = None) -> Campagne | None:
    """La campagne courante de l'académie, ou celle de l'année que demande l'adresse (R1).

    `None` si l'académie n'en a encore ouvert aucune. Un jour ne se répète que dans l'académie que l'on administre.
    """
    detour = request.detour
    if detour and detour.jour and not peut_repeter_une_journee(request.perimetre, academie):
        raise Http404
    annee = detour.annee if detour else None
    campagne = campagne_de(academie, le=request.le, annee=annee, etablissement=etablissement)
    if campagne is None and detour:
        raise Http404
    return campagne


def _sans_campagne(request: HttpRequest, place: Place) -> HttpResponse:
    """Avant la première ouverture, l'espace dit ce qu'il attend, et au SAIO comment préparer la campagne."""
    contexte = {"academie": place.academie, "administre": peut_administrer_l_academie(place)}
    reponse = render(request, "referentiel/espace_sans_campagne.html", contexte)
    patch_cache_control(reponse, private=True, no_store=True)
    return reponse


def _delais(campagne: Campagne) -> dict[Nature, date]:
    """Dérogations de l'établissement, lues avec la campagne."""
    return {Nature(delai["nature"]): date.fromisoformat(delai["jusqu_au"]) for delai in campagne.delais}


def _servir(vue: Callable[..., HttpResponse], request: HttpRequest, espace: Any, parametres: dict) -> HttpResponse:
    """Sert la page, qu'aucun cache ne garde (T20)."""
    request.espace = espace
    try:
        reponse = vue(request, espace, **parametres)
    except PeriodeClose as fermeture:
        reponse = _etape_close(request, fermeture)
    except OperationalError as erreur:
        if not est_un_croisement(erreur):
            raise
        reponse = _au_meme_instant(request)
    except PermissionDenied:
        if not espace.place.lecture_seule:
            raise
        reponse = _consultation_seule(request, espace)
    patch_cache_control(reponse, private=True, no_store=True)
    return reponse


def dossier_lu(request: HttpRequest, eleve: Model) -> None:
    """Dit que la page montre le dossier de `eleve` : qui l'a lu s'inscrira au journal (R40)."""
    request.eleve_lu = eleve


def donnee_lue(request: HttpRequest, eleve: Model, phrase: str) -> None:
    """Dit que la page montre de `eleve` ce qui ne se montre qu'à la demande ; `phrase` s'inscrira au journal (R37)."""
    request.eleve_lu, request.phrase_lue = eleve, phrase


def eleves_trouves(request: HttpRequest, eleves: Sequence[Model]) -> None:
    """Dit que la page montre au SAIO les noms de ces élèves : la recherche s'inscrira au journal (R40)."""
    request.eleves_trouves = eleves


def exiger_l_etape(espace: Espace | EspaceAcademique, geste: Geste) -> None:
    """Lève `PeriodeClose`, donc la page E5, si le calendrier ne permet pas ce geste : la page qui le propose n'est
    montrée que s'il peut se faire (R4). Le service le vérifie encore, à l'instant de l'envoi."""
    reponse = espace.ouverture.du(geste)
    if not reponse.ouverte:
        raise PeriodeClose(reponse.nature, reponse.raison, reponse)


def _consultation_seule(request: HttpRequest, espace: Espace, **parametres: Any) -> HttpResponse:
    """Un envoi fait pendant un regard n'écrit rien ; ce qui était tapé est montré à recopier (T8)."""
    contexte = {"regard": espace.etablissement, "saisie": saisie_a_recopier(request.POST)}
    return render(request, "erreurs/consultation_seule.html", contexte, status=403)


def _au_meme_instant(request: HttpRequest) -> HttpResponse:
    """Deux écritures s'attendaient : rien n'est changé, et ce qui était tapé se renvoie ou se recopie (F1)."""
    contexte = {
        "phrase": AU_MEME_INSTANT,
        "saisie": saisie_a_recopier(request.POST),
        "adresse": request.get_full_path(),
    }
    return render(request, "erreurs/au_meme_instant.html", contexte, status=409)


def _etape_close(request: HttpRequest, fermeture: PeriodeClose) -> HttpResponse:
    """Page E5 : la date limite, ce qui reste possible, et ce qui était saisi, à recopier (R4)."""
    espace, reponse = request.espace, fermeture.reponse
    contexte = {
        "titre": reponse.titre if espace.campagne.est_ouverte else f"La campagne {espace.campagne.annee} est close",
        "phrase": dire_la_limite(reponse),
        "delai": f"C’était le délai accordé à votre établissement{INSECABLE}: la dérogation est échue."
        if reponse.derogation
        else "",
        "possible": dire_le_possible(espace.ouverture.permis(str(espace.cote))),
        "academie": espace.place.academie,
        "saisie": saisie_a_recopier(request.POST),
    }
    return render(request, "erreurs/etape_close.html", contexte)
