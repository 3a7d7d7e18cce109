"""Noter qui est venu, sur un téléphone dans un couloir (écran A10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.contrib import messages
from django.db.models import Max, Min, Q, QuerySet
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from candidatures.rules import Etat
from entretiens import services
from entretiens.forms import PresencesForm
from entretiens.lectures import creneaux_a_prendre, entre
from entretiens.models import D_UN_ELEVE_EFFACE, Creneau, Entretien, EntretienQuerySet, Seance
from entretiens.permissions import peut_lire_le_planning, peut_saisir_les_presences
from entretiens.rules.etats import OCCUPENT, EtatEntretien
from entretiens.rules.presences import dire_l_avancement_des_presences
from entretiens.services.presences import pourquoi_figee
from entretiens.views.outils import ce_qui_se_planifie, lire_le_jour
from referentiel.en_direct import AUTRE_PERSONNE, est_d_une_autre_personne, sceau_de
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import debut_du_jour, dire_les_minutes, fin_du_jour, jour_de
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

# Un entretien à reporter a quitté le planning ; sa journée en garde la ligne.
DE_LA_JOURNEE = OCCUPENT | {EtatEntretien.EXCUSE}


@dataclass(frozen=True, slots=True)
class Ligne:
    """Un élève de la journée : son choix à faire ou à corriger, ou pourquoi il ne change plus."""

    entretien: Entretien
    le: datetime
    champ: BoundField | None = None
    figee: str = ""

    @property
    def commence(self) -> bool:
        return self.entretien.periode.lower <= self.le

    @property
    def notee(self) -> bool:
        return self.entretien.etat != EtatEntretien.PREVU

    @property
    def a_replanifier(self) -> bool:
        """Vrai si l'élève attend une nouvelle date : un report, ou une absence que l'origine fait replanifier."""
        return self.entretien.etat == EtatEntretien.EXCUSE and self.entretien.candidature.etat == Etat.INSCRITE

    @property
    def etat(self) -> str:
        if self.notee:
            return "Noté"
        return "À noter" if self.commence else "Pas encore commencé"


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def presences(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_lire_le_planning(espace.place))
    etape = espace.ouverture.du(Geste.SAISIR_LES_PRESENCES)
    if request.method == "POST":
        exiger(peut_saisir_les_presences(espace.place))
        exiger_l_etape(espace, Geste.SAISIR_LES_PRESENCES)
    chez_nous = entretiens_notables(espace)
    jour = _jour(request, espace, chez_nous)
    entretiens = list(du_jour_avec_tout(chez_nous, jour))
    corrigeables = [entretien for entretien in entretiens if not _pourquoi_figee(entretien)]
    form = PresencesForm(_saisie(request, corrigeables, espace.le), entretiens=corrigeables)
    if (
        form.is_bound
        and request.POST.get("geste") != "tous"
        and form.is_valid()
        and _enregistrer(request, espace, form)
    ):
        return redirect(f"{request.path}?jour={jour.isoformat()}")
    lignes = [_ligne(entretien, form, espace.le) for entretien in entretiens]
    contexte = {
        "jour": jour,
        "form": form,
        "etape": etape,
        "peut_saisir": peut_saisir_les_presences(espace.place) and etape.ouverte and not espace.lecture_seule,
        "peut_planifier": ce_qui_se_planifie(espace)["peut_planifier"] and not espace.lecture_seule,
        "seances": _par_seance(lignes),
        "total": len(lignes),
        "notees": (notees := sum(ligne.notee for ligne in lignes)),
        "bilan": dire_l_avancement_des_presences(notees, len(lignes)),
        "places": _places(espace, jour),
        "sceau": sceau_de(request.user),
        "delai": dire_les_minutes(espace.campagne.regles.delai_de_rappel),
        "uai": espace.etablissement.segment,
    }
    return render(request, "entretiens/presences.html", contexte | _voisins(espace, chez_nous, jour))


def _places(espace: Espace, jour: date) -> QuerySet[Creneau]:
    """Ce qui reste à prendre ce jour-là, pour qui attend."""
    creneaux = creneaux_a_prendre(espace.campagne, espace.etablissement.pk, espace.le)
    du_jour = entre(creneaux, jour, jour).select_related("seance__jury", "seance__accueil__domaine")
    return du_jour.order_by("periode", "seance__jury__cle", "pk")


def entretiens_notables(espace: Espace) -> EntretienQuerySet:
    """Entretiens que l'établissement a planifiés, tenus, manqués ou à reporter."""
    return Entretien.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).filter(etat__in=DE_LA_JOURNEE)


def du_jour_avec_tout(chez_nous: EntretienQuerySet, jour: date) -> EntretienQuerySet:
    return (
        _du_jour(chez_nous, jour)
        .avec_lieu()
        .select_related("candidature__eleve__etablissement")
        .order_by("creneau__seance__periode", "creneau__seance_id", "periode", "candidature__eleve__cle")
    )


def _jour(request: HttpRequest, espace: Espace, chez_nous: EntretienQuerySet) -> date:
    """Le jour demandé ; sans demande, aujourd'hui, ou le premier jour en attente si rien n'a lieu aujourd'hui."""
    if demande := lire_le_jour(request.POST.get("jour") or request.GET.get("jour", "")):
        return demande
    aujourd_hui = jour_de(espace.le)
    if _du_jour(chez_nous, aujourd_hui).exists():
        return aujourd_hui
    attendues = chez_nous.prevus().finis(espace.le).filter(~D_UN_ELEVE_EFFACE)
    premier = attendues.aggregate(le=Min("periode__startswith"))["le"]
    return jour_de(premier) if premier else aujourd_hui


def _du_jour(chez_nous: EntretienQuerySet, jour: date) -> EntretienQuerySet:
    return chez_nous.filter(periode__startswith__gte=debut_du_jour(jour), periode__startswith__lt=fin_du_jour(jour))


def _pourquoi_figee(entretien: Entretien) -> str:
    if entretien.etat == EtatEntretien.EXCUSE:
        return "L’élève a quitté cette heure\u00a0: la présence ne se corrige plus."
    return pourquoi_figee(entretien.candidature) or ""


def _saisie(request: HttpRequest, entretiens: Iterable[Entretien], le: datetime) -> QueryDict | None:
    """Ce qui est répondu ; « Présence pour tous » remplit les lignes vides, déjà commencées, sans rien enregistrer."""
    if request.method != "POST":
        return None
    reponses = request.POST.copy()
    if reponses.get("geste") == "tous":
        for entretien in entretiens:
            if entretien.periode.lower <= le:
                reponses.setdefault(PresencesForm.nom(entretien), EtatEntretien.TENU.value)
    return reponses


def _enregistrer(request: HttpRequest, espace: Espace, form: PresencesForm) -> bool:
    if est_d_une_autre_personne(request):
        form.add_error(None, AUTRE_PERSONNE)
        return False
    try:
        nombre = services.saisir_les_presences(presences=form.presences, vues=form.vues, par=request.user, le=espace.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        form.add_error(None, str(refus))
        return False
    s = "s" if nombre > 1 else ""
    messages.success(request, f"{nombre} présence{s} enregistrée{s}." if nombre else "Tout est déjà enregistré.")
    return True


def _ligne(entretien: Entretien, form: PresencesForm, le: datetime) -> Ligne:
    if figee := _pourquoi_figee(entretien):
        return Ligne(entretien, le, figee=figee)
    return Ligne(entretien, le, champ=form[form.nom(entretien)])


def _par_seance(lignes: Iterable[Ligne]) -> list[tuple[Seance, list[Ligne]]]:
    return [
        (seance, list(groupe)) for seance, groupe in groupby(lignes, key=lambda ligne: ligne.entretien.creneau.seance)
    ]


def _voisins(espace: Espace, chez_nous: EntretienQuerySet, jour: date) -> dict[str, str]:
    """Les jours d'entretien d'avant et d'après."""
    bornes = chez_nous.aggregate(
        precedent=Max("periode__startswith", filter=Q(periode__startswith__lt=debut_du_jour(jour))),
        suivant=Min("periode__startswith", filter=Q(periode__startswith__gte=fin_du_jour(jour))),
    )
    return {nom: _adresse(espace, instant) for nom, instant in bornes.items()}


def _adresse(espace: Espace, instant: datetime | None) -> str:
    if instant is None:
        return ""
    return f"{reverse('entretiens:presences', args=[espace.etablissement.segment])}?jour={jour_de(instant).isoformat()}"
