"""Le même geste pour plusieurs élèves, confirmé d'un coup et annulable (écran A13)."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from avis import services, suivi
from avis.forms.groupe import GroupeForm
from avis.models import CompteRendu, SaisieGroupee
from avis.permissions import peut_lire_les_comptes_rendus, peut_rediger, peut_transmettre_en_groupe
from avis.views.file import lire_les_filtres, url_de_la_liste
from avis.views.mots import rappeler, reglages_du_rappel
from entretiens.models import Entretien
from entretiens.permissions import peut_saisir_les_presences
from entretiens.rules.etats import EtatEntretien
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import INSECABLE, dire_les_minutes
from referentiel.rules.jeu import Avis
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

# La confirmation tient deux champs par élève : au-delà de mille, Django refuse le formulaire.
ELEVES_AU_PLUS = 400
ABSENCES, SANS_AVIS = SaisieGroupee.Nature.ABSENCES, SaisieGroupee.Nature.SANS_AVIS


@dataclass(frozen=True, slots=True)
class Action:
    """Une ligne de « Action sur la sélection »."""

    valeur: str
    libelle: str


def actions_groupees(espace: Espace) -> list[Action]:
    """Ce que la personne peut faire maintenant pour plusieurs élèves."""
    if not peut_rediger(espace.place) or not espace.permet(Geste.REDIGER):
        return []
    actions = [Action(ABSENCES.value, "Enregistrer des absences")] if peut_saisir_les_presences(espace.place) else []
    if _peut_ne_pas_se_prononcer(espace):
        actions.append(Action(SANS_AVIS.value, "Ne se prononce pas"))
    return actions


def _peut_ne_pas_se_prononcer(espace: Espace) -> bool:
    permis = espace.campagne.regles.avis_d_accueil_possibles
    return peut_transmettre_en_groupe(espace.place) and Avis.NE_SE_PRONONCE_PAS in permis


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def groupe(request: HttpRequest, espace: Espace) -> HttpResponse:
    """La page de confirmation, puis l'acte. La sélection vient de la liste, par un envoi."""
    exiger(peut_lire_les_comptes_rendus(espace.place))
    retour = url_de_la_liste(espace, lire_les_filtres(request))
    if request.method != "POST":
        return redirect(retour)
    exiger(peut_rediger(espace.place))
    exiger_l_etape(espace, Geste.REDIGER)
    action = next((a for a in actions_groupees(espace) if a.valeur == request.POST.get("action")), None)
    choisis = _choisis(request, espace)
    if action is None or not choisis:
        messages.error(request, "Aucun élève sélectionné." if action else "Choisissez une action sur la sélection.")
        return redirect(retour)
    if len(choisis) > ELEVES_AU_PLUS:
        messages.error(request, f"Choisissez {ELEVES_AU_PLUS} élèves au plus à la fois. Rien n’est enregistré.")
        return redirect(retour)
    concernes = [entretien for entretien in choisis if _est_concerne(entretien, action.valeur)]
    if not concernes:
        messages.error(request, "Aucun élève de la sélection n’est concerné\u00a0: la présence est à saisir d’abord.")
        return redirect(retour)
    return _confirmer(request, espace, action.valeur, concernes, [e for e in choisis if e not in concernes])


@require_POST
@dans_l_accueil
def annuler(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Annule une saisie groupée, pendant quelques minutes."""
    exiger(peut_rediger(espace.place))
    saisies = SaisieGroupee.objects.filter(etablissement=espace.etablissement, campagne=espace.campagne)
    saisie = get_object_or_404(saisies, code=code)
    exiger(saisie.nature == ABSENCES or peut_transmettre_en_groupe(espace.place))
    exiger_l_etape(espace, Geste.REDIGER)
    saisie.campagne = espace.campagne
    try:
        services.annuler_la_saisie_groupee(saisie=saisie, par=request.user, le=espace.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
    else:
        messages.success(request, "saisie annulée. Les dossiers sont comme avant, aucun courriel ne part.")
    return redirect("avis:comptes_rendus", uai=espace.etablissement.segment)


def _choisis(request: HttpRequest, espace: Espace) -> list[Entretien]:
    """Entretiens cochés dont le compte-rendu reste à transmettre."""
    entretiens: QuerySet[Entretien] = suivi.avec_tout(
        suivi.de_ce_suivi(
            suivi.entretiens_a_rendre(espace.campagne, espace.etablissement.pk, espace.le),
            None,
            espace.campagne,
            espace.le,
        )
    )
    return list(entretiens.filter(candidature__code__in=request.POST.getlist("codes")))


def _est_concerne(entretien: Entretien, action: str) -> bool:
    return action == ABSENCES or entretien.etat == EtatEntretien.TENU


def _confirmer(
    request: HttpRequest, espace: Espace, action: str, concernes: list[Entretien], autres: list[Entretien]
) -> HttpResponse:
    form = GroupeForm(
        request.POST if "confirme" in request.POST else None,
        action=action,
        vus={entretien.candidature.code: _vu(entretien, action) for entretien in concernes},
        avec_texte=action == SANS_AVIS,
    )
    if form.is_bound and form.is_valid() and _agir(request, espace, action, concernes, form):
        return redirect(url_de_la_liste(espace, lire_les_filtres(request)))
    return _montrer(request, espace, action, concernes, autres, form)


def _vu(entretien: Entretien, action: str) -> str:
    """Ce que la page montre et que le geste remplace : la présence, ou la version du brouillon (R42)."""
    if action == ABSENCES:
        return entretien.etat
    brouillon = _brouillon(entretien)
    return str(brouillon.version if brouillon else 0)


def _brouillon(entretien: Entretien) -> CompteRendu | None:
    return getattr(entretien.candidature, "compte_rendu", None)


def _agir(request: HttpRequest, espace: Espace, action: str, concernes: list[Entretien], form: GroupeForm) -> bool:
    commun = {
        "etablissement": espace.etablissement,
        "campagne": espace.campagne,
        "par": request.user,
        "le": espace.le,
    }
    try:
        if action == ABSENCES:
            vues = {entretien: form.presence_vue(entretien.candidature.code) for entretien in concernes}
            services.enregistrer_des_absences(entretiens=concernes, vues=vues, **commun)
        else:
            candidatures = [entretien.candidature for entretien in concernes]
            services.ne_pas_se_prononcer(
                candidatures=candidatures,
                texte=form.cleaned_data["texte"],
                versions={candidature.pk: form.version_vue(candidature.code) for candidature in candidatures},
                **commun,
            )
            rappeler(request, espace.campagne, form.cleaned_data["texte"])
    except PeriodeClose:
        raise
    except Refus as refus:
        form.add_error(None, str(refus))
        return False
    messages.success(request, _phrase(espace, action, len(concernes)))
    return True


def _phrase(espace: Espace, action: str, nombre: int) -> str:
    s = "s" if nombre > 1 else ""
    fait = f"{nombre} absence{s} enregistrée{s}" if action == ABSENCES else f"{nombre} compte{s}-rendu{s} transmis"
    return f"{fait}. Vous pouvez annuler pendant {_delai(espace)}."


def _delai(espace: Espace) -> str:
    """« 10 minutes » : le temps laissé pour se raviser, celui que règle la campagne."""
    return dire_les_minutes(espace.campagne.regles.delai_de_rappel)


def _montrer(
    request: HttpRequest,
    espace: Espace,
    action: str,
    concernes: list[Entretien],
    autres: list[Entretien],
    form: GroupeForm,
) -> HttpResponse:
    retour = url_de_la_liste(espace, lire_les_filtres(request))
    contexte: dict[str, Any] = {
        **_mots(espace, action, len(concernes)),
        "annuler_url": retour,
        "formulaire": form,
        "fil_parent": {"libelle": "Comptes-rendus", "url": retour},
        "concernes": concernes,
        "autres": autres,
        "brouillons": [e for e in concernes if action == SANS_AVIS and _brouillon(e)],
        "uai": espace.etablissement.segment,
        "reglages": reglages_du_rappel(espace.campagne),
    }
    return render(request, "avis/groupe.html", contexte)


def _mots(espace: Espace, action: str, nombre: int) -> dict[str, Any]:
    s = "s" if nombre > 1 else ""
    if action == ABSENCES:
        return {
            "question": f"Enregistrer {nombre} absence{s}{INSECABLE}?",
            "consequences": [
                f"{nombre} absence{s} ser{'ont' if s else 'a'} enregistrée{s}. Aucun avis ne sera rendu.",
                f"Les établissements d’origine seront prévenus, après {_delai(espace)}.",
            ],
            "verbe": f"Enregistrer {nombre} absence{s}",
        }
    pour = "toutes leurs formations" if s else "toutes ses formations"
    return {
        "question": f"Transmettre «{INSECABLE}Ne se prononce pas{INSECABLE}» pour {nombre} élève{s}{INSECABLE}?",
        "consequences": [
            f"{nombre} élève{s}{INSECABLE}: «{INSECABLE}Ne se prononce pas{INSECABLE}» pour {pour}.",
            "Un compte-rendu commun est obligatoire. L’établissement d’origine le remet à l’élève.",
        ],
        "verbe": f"Transmettre pour {nombre} élève{s}",
    }
