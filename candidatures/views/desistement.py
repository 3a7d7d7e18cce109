"""Enregistrer un désistement, page de confirmation (écran O9)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html

from candidatures import services
from candidatures.forms import DesistementForm
from candidatures.horaires import entretien_fixe
from candidatures.models import Candidature
from candidatures.permissions import peut_inscrire
from candidatures.rules import ENTRETIEN_A_VENIR, Etat
from candidatures.views.communes import demandees_de, essayer, url_des_eleves, url_du_dossier
from referentiel.portes import Espace, dans_l_origine, exiger, exiger_l_etape
from referentiel.rules.dates import dire_instant, dire_les_minutes
from referentiel.rules.noms import capitale, nommer
from referentiel.rules.ouverture import Geste


@dans_l_origine
def desister(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    candidature = _candidature(espace, code)
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.DESISTER)
    form = DesistementForm(request.POST or None, demandes=demandees_de(candidature))
    if request.method == "POST" and form.is_valid() and _enregistrer(request, espace, candidature, form):
        return redirect(url_du_dossier(espace, candidature.eleve))
    contexte = {
        "question": f"Enregistrer le désistement de {candidature.eleve.prenom} pour {candidature.domaine} ?",
        "consequences": _consequences(candidature, espace.campagne.regles.delai_de_rappel),
        "verbe": "Enregistrer le désistement",
        "annuler_url": url_du_dossier(espace, candidature.eleve),
        "formulaire": form,
        "fil_parent": {"libelle": "Élèves", "url": url_des_eleves(espace)},
    }
    return render(request, "composants/confirmation.html", contexte)


def _candidature(espace: Espace, code: str) -> Candidature:
    candidatures = Candidature.objects.de_l_origine(espace.campagne, espace.etablissement.pk).actives()
    return get_object_or_404(candidatures.avec_eleve().avec_formations(), code=code)


def _enregistrer(request: HttpRequest, espace: Espace, candidature: Candidature, form: DesistementForm) -> bool:
    prevu = _est_prevu(candidature)
    faite = essayer(
        form,
        lambda: services.desister(
            candidature=candidature,
            formations=form.retirees,
            motif=form.cleaned_data["motif"],
            par=request.user,
            le=espace.le,
        ),
    )
    if faite:
        delai = espace.campagne.regles.delai_de_rappel
        suite = " Le créneau est libéré." if prevu and not faite.est_active else ""
        repentir = format_html(
            '<a href="{}">L’annuler {}</a>',
            reverse("pilotage:candidature_origine", args=[espace.etablissement.segment, candidature.code]),
            f"dans les {dire_les_minutes(delai)}" if delai > 1 else "dans la minute",
        )
        messages.success(request, format_html("Désistement enregistré.{} {}", suite, repentir))
    return faite is not None


def _est_prevu(candidature: Candidature) -> bool:
    return candidature.etat in ENTRETIEN_A_VENIR


def _consequences(candidature: Candidature, delai: int) -> list[str]:
    """Ce qui sera annulé, qui sera prévenu, ce qui ne paraîtra plus ; `delai` pour se reprendre, en minutes."""
    accueil, referent = candidature.accueil.etablissement, candidature.eleve.referent_nom
    phrases = []
    entretien = entretien_fixe(candidature.pk) if candidature.etat == Etat.CONVOQUEE else None
    if entretien:
        quand = dire_instant(entretien.debut, annee=False)
        phrases.append(f"L’entretien du {quand} ({accueil.nom_et_commune}) sera annulé et le créneau libéré.")
    if candidature.est_inscrite_chez_l_accueil:
        lycee = nommer(accueil.nom)
        lycee = capitale(lycee)
        deux = entretien is not None and referent
        phrases.append(
            f"{lycee} et {referent} seront prévenus par courriel." if deux else f"{lycee} sera prévenu par courriel."
        )
    if any(demande.avis for demande in candidature.formations_maintenues):
        phrases.append("Les avis déjà saisis ne figureront plus sur la fiche récapitulative.")
    phrases.append(f"Vous pourrez annuler ce désistement pendant {dire_les_minutes(delai)}.")
    return phrases
