"""Donner une place à un élève, la changer, l'annuler (écrans A7 à la main et A8)."""

from collections.abc import Sequence
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from candidatures.models import Candidature
from entretiens import services
from entretiens.forms import AnnulationForm, ChoixDeCreneauForm, DeplacementForm
from entretiens.lectures import (
    a_planifier,
    accueils_de,
    convient,
    creneaux_libres,
    disponibles,
    occupation,
    occupations,
)
from entretiens.models import Convocation, Creneau, Entretien
from entretiens.permissions import peut_planifier
from entretiens.views.outils import creneaux_possibles, marge_de, par_jour
from referentiel.models import Accueil
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import dire_instant, jour_de, jours_ouvres_entre
from referentiel.rules.noms import chez, nommer
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

ELEVES_PAR_PAGE = 60
CHOIX_PAR_ELEVE = 6
BIENTOT = timedelta(hours=48)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def planifier(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    candidature = get_object_or_404(_candidatures(espace), code=code)
    creneaux = creneaux_possibles(espace, candidature)
    form = ChoixDeCreneauForm(_saisie(request), creneaux=creneaux)
    if form.is_bound and form.is_valid():
        try:
            services.placer(candidature=candidature, creneau=form.choisi, par=request.user, le=espace.le)
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error(None, str(refus))
        else:
            quand = dire_instant(form.choisi.periode.lower, annee=False)
            messages.success(
                request, f"Entretien de {candidature.eleve} planifié le {quand}. La convocation reste à envoyer."
            )
            return redirect("entretiens:envois", uai=espace.etablissement.segment)
    contexte = {"candidature": candidature, "form": form, "jours": par_jour(creneaux, espace)} | _retour(espace, code)
    return render(request, "entretiens/planifier.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def placer_la_selection(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Une liste d'élèves d'un domaine, chacun devant le prochain créneau qui lui convient, à ajuster à la main."""
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    accueils = list(accueils_de(espace.campagne, espace.etablissement))
    attendent = a_planifier(espace.campagne, espace.etablissement)
    parametres = request.POST if request.method == "POST" else request.GET
    codes = parametres.getlist("candidature")
    accueil = _accueil_choisi(accueils, attendent, codes, parametres.get("domaine", ""))
    if accueil is None:
        return render(
            request, "entretiens/placer_domaine.html", {"accueils": accueils, "uai": espace.etablissement.segment}
        )
    du_domaine = attendent.filter(accueil=accueil)
    candidatures = list((du_domaine.filter(code__in=codes) if codes else du_domaine)[:ELEVES_PAR_PAGE])
    choisis = {c.pk: request.POST.get(f"creneau_{c.code}", "") for c in candidatures}
    raisons: dict[int, str] = {}
    if request.method == "POST":
        try:
            if reponse := _placer(request, espace, candidatures, choisis):
                return reponse
        except PeriodeClose:
            raise
        except services.PlacementsRefuses as refus:
            raisons = refus.raisons
        except Refus as refus:
            messages.error(request, str(refus))
    lignes = _lignes(espace, accueil, candidatures, choisis if request.method == "POST" else None, raisons)
    contexte = {
        "accueil": accueil,
        "lignes": lignes,
        "places": sum(ligne["choisi"] != "" for ligne in lignes),
        "libres": creneaux_libres(accueil, espace.le).count(),
        "page_en_erreur": bool(raisons),
        "uai": espace.etablissement.segment,
        "reste": du_domaine.count() - len(lignes) if not codes else 0,
    }
    return render(request, "entretiens/placer.html", contexte)


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def deplacer(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    entretien = _entretien_a_venir(espace, code)
    candidature = entretien.candidature
    creneaux = [
        creneau
        for creneau in creneaux_possibles(espace, candidature, sauf=entretien.pk)
        if creneau.pk != entretien.creneau_id
    ]
    form = DeplacementForm(_saisie(request), creneaux=creneaux)
    if form.is_bound and form.is_valid():
        try:
            services.deplacer(
                entretien=entretien,
                creneau=form.choisi,
                motif=form.cleaned_data["motif"],
                par=request.user,
                le=espace.le,
            )
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, _dire_le_deplacement(entretien, form.choisi))
            return redirect(_adresse_de_la_candidature(espace, code))
    contexte = {
        "entretien": entretien,
        "candidature": candidature,
        "form": form,
        "jours": par_jour(creneaux, espace),
        "annonce": _est_annonce(entretien),
        "origine": nommer(candidature.eleve.etablissement.nom),
        "bientot": entretien.periode.lower - espace.le < BIENTOT,
    }
    return render(request, "entretiens/deplacer.html", contexte | _retour(espace, code))


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def annuler(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_planifier(espace.place))
    exiger_l_etape(espace, Geste.PLANIFIER)
    entretien = _entretien_a_venir(espace, code)
    form = AnnulationForm(_saisie(request))
    if form.is_bound and form.is_valid():
        try:
            services.liberer(
                entretien=entretien,
                replanifier=form.replanifier,
                motif=form.cleaned_data["motif"],
                par=request.user,
                le=espace.le,
            )
        except PeriodeClose:
            raise
        except Refus as refus:
            form.add_error(None, str(refus))
        else:
            messages.success(request, "Entretien annulé. Le créneau est libre.")
            return redirect(_adresse_de_la_candidature(espace, code))
    candidature = entretien.candidature
    quand = dire_instant(entretien.periode.lower, annee=False)
    contexte = {
        "question": f"Annuler l’entretien de {candidature.eleve} du {quand} ?",
        "consequences": _consequences(entretien),
        "verbe": "Annuler l’entretien",
        "annuler_url": _adresse_de_la_candidature(espace, code),
        "renoncer": "Garder l’entretien",
        "formulaire": form,
        "fil_parent": {"libelle": str(candidature.eleve), "url": _adresse_de_la_candidature(espace, code)},
    }
    return render(request, "composants/confirmation.html", contexte)


def _candidatures(espace: Espace):
    return Candidature.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).avec_eleve().avec_formations()


def _entretien_a_venir(espace: Espace, code: str) -> Entretien:
    """L'entretien prévu de cette candidature ; 404 s'il n'y en a pas chez nous."""
    entretiens = Entretien.objects.de_l_accueil(espace.campagne, espace.etablissement.pk).prevus()
    return get_object_or_404(
        entretiens.avec_lieu().select_related(
            "candidature__eleve__etablissement", "candidature__domaine", "candidature__accueil"
        ),
        candidature__code=code,
    )


def _saisie(request: HttpRequest):
    return request.POST if request.method == "POST" else None


def _retour(espace: Espace, code: str) -> dict[str, str]:
    return {"uai": espace.etablissement.segment, "candidature_url": _adresse_de_la_candidature(espace, code)}


def _adresse_de_la_candidature(espace: Espace, code: str) -> str:
    return reverse("pilotage:candidature_accueil", args=[espace.etablissement.segment, code])


def _est_annonce(entretien: Entretien) -> bool:
    return Convocation.objects.en_vigueur().filter(entretien=entretien).exists()


def _dire_le_deplacement(entretien: Entretien, creneau: Creneau) -> str:
    quand = dire_instant(creneau.periode.lower, annee=False)
    suite = "L’établissement est prévenu." if _est_annonce(entretien) else "La convocation reste à envoyer."
    return f"Entretien déplacé au {quand}. {suite}"


def _consequences(entretien: Entretien) -> list[str]:
    eleve = entretien.candidature.eleve
    phrases = ["Le créneau redevient libre."]
    if _est_annonce(entretien):
        referent = f" et {eleve.referent_nom}" if eleve.referent_nom else ""
        origine = nommer(eleve.etablissement.nom)
        phrases.append(f"Un courriel d’annulation préviendra {origine}{referent}.")
    else:
        phrases.append(f"Aucune convocation n’a été envoyée {chez(eleve.etablissement.nom)}.")
    return phrases


def _accueil_choisi(accueils: Sequence[Accueil], attendent, codes: Sequence[str], domaine: str) -> Accueil | None:
    """Le domaine demandé, ou celui des élèves sélectionnés ; rien s'ils sont de plusieurs domaines."""
    par_code = {accueil.code: accueil for accueil in accueils}
    if domaine in par_code:
        return par_code[domaine]
    if not codes:
        return None
    cles = set(attendent.filter(code__in=codes).order_by().values_list("accueil", flat=True))
    return next((accueil for accueil in accueils if cles == {accueil.pk}), None)


def _placer(
    request: HttpRequest, espace: Espace, candidatures: Sequence[Candidature], choisis: dict[int, str]
) -> HttpResponse | None:
    creneaux = Creneau.objects.de_l_accueil(espace.campagne, espace.etablissement.pk)
    par_code = {creneau.code: creneau for creneau in creneaux.filter(code__in=set(choisis.values()))}
    placements = [(c, par_code[choisis[c.pk]]) for c in candidatures if choisis[c.pk] in par_code]
    entretiens = services.placer_plusieurs(placements=placements, par=request.user, le=espace.le)
    nombre, s = len(entretiens), "s" if len(entretiens) > 1 else ""
    if request.POST.get("geste") == "envoyer":
        messages.success(request, f"{nombre} entretien{s} planifié{s}. Aucun courriel n’est encore parti.")
        return redirect("entretiens:verifier_l_envoi", uai=espace.etablissement.segment)
    messages.success(request, f"{nombre} entretien{s} planifié{s}. Les convocations restent à envoyer.")
    return redirect("entretiens:planning", uai=espace.etablissement.segment)


def _lignes(
    espace: Espace,
    accueil: Accueil,
    candidatures: Sequence[Candidature],
    choisis: dict[int, str] | None,
    raisons: dict[int, str],
) -> list[dict[str, object]]:
    """Une ligne par élève : le créneau retenu ou proposé, puis les suivants qui lui conviennent."""
    libres = list(creneaux_libres(accueil, espace.le))
    restent = {creneau.pk: creneau.places_libres for creneau in libres}
    prises = occupations(candidature.eleve_id for candidature in candidatures)
    marge = marge_de(espace)
    lignes = []
    for candidature in candidatures:
        permis = disponibles([c for c in libres if convient(c, candidature)], prises[candidature.eleve_id], marge=marge)
        propose = next((creneau for creneau in permis if restent[creneau.pk]), None)
        choisi = choisis[candidature.pk] if choisis else propose and propose.code
        retenu = next((creneau for creneau in permis if creneau.code == choisi), None)
        if retenu:
            restent[retenu.pk] = max(0, restent[retenu.pk] - 1)
            prises[candidature.eleve_id].append(occupation(retenu))
        lignes.append(
            {
                "candidature": candidature,
                "choisi": retenu.code if retenu else "",
                "options": [(c.code, _dire_le_creneau(c)) for c in _voisins(permis, retenu)],
                "raison": raisons.get(candidature.pk, ""),
                "trop_tot": retenu is not None and _est_trop_tot(espace, retenu),
            }
        )
    return lignes


def _est_trop_tot(espace: Espace, creneau: Creneau) -> bool:
    """R24 : moins de jours ouvrés que le préavis."""
    ouvres = jours_ouvres_entre(jour_de(espace.le), jour_de(creneau.periode.lower))
    return ouvres < espace.campagne.regles.preavis


def _voisins(permis: Sequence[Creneau], retenu: Creneau | None) -> list[Creneau]:
    """Le créneau retenu et ses plus proches voisins, dans l'ordre des heures."""
    if retenu is None:
        return list(permis[:CHOIX_PAR_ELEVE])
    ecart = sorted(permis, key=lambda c: abs(c.periode.lower - retenu.periode.lower))
    return sorted(ecart[:CHOIX_PAR_ELEVE], key=lambda c: (c.periode.lower, c.pk))


def _dire_le_creneau(creneau: Creneau) -> str:
    jury = f", {creneau.seance.jury.nom}" if creneau.seance.jury else ""
    return f"{dire_instant(creneau.periode.lower, annee=False)}{jury}"
