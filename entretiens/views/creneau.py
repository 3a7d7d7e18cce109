"""Un créneau : l'attribuer, changer son heure, son jury et sa salle (écran A6)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from comptes.models import Trace
from entretiens import services
from entretiens.forms import CreneauForm
from entretiens.lectures import a_planifier, creneaux_du_planning
from entretiens.models import Creneau, Jury, Salle
from entretiens.permissions import peut_lire_le_planning, peut_planifier
from entretiens.rules.series import dire_les_creneaux
from entretiens.views.outils import candidats_pour, ce_qui_se_planifie, lire_le_nombre, places_a_donner
from referentiel.historique import page_d_historique
from referentiel.portes import Espace, dans_l_accueil, exiger, exiger_l_etape
from referentiel.rules.dates import dire_instant
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus

CANDIDATS_AU_PLUS = 60


@require_http_methods(["GET", "HEAD", "POST"])
@dans_l_accueil
def creneau(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    exiger(peut_lire_le_planning(espace.place))
    if request.method == "POST":
        exiger(peut_planifier(espace.place))
        exiger_l_etape(espace, Geste.PLANIFIER)
    creneaux = creneaux_du_planning(espace.campagne, espace.etablissement)
    ligne = get_object_or_404(creneaux.select_related("seance__accueil__domaine__campagne__regles"), code=code)
    suivants = services.creneaux_retouches(ligne, suivants=True, le=espace.le).count()
    envoye = request.POST if request.POST.get("geste") == "modifier" else None
    form = CreneauForm(envoye, creneau=ligne, jurys=_jurys(espace, ligne), suivants=suivants)
    a_prevenir = 0
    if envoye and form.is_valid():
        try:
            nombre = services.retoucher(
                creneau=ligne,
                retouche=form.retouche,
                suivants=form.suivants,
                d_accord_pour=lire_le_nombre(request.POST.get("d_accord_pour", "")),
                par=request.user,
                le=espace.le,
            )
        except PeriodeClose:
            raise
        except services.AnnonceAConfirmer as annonce:
            a_prevenir = annonce.nombre
        except Refus as refus:
            form.add_error(None, str(refus))
        else:
            fait = "Créneau modifié." if nombre == 1 else f"{dire_les_creneaux(nombre)} modifiés."
            messages.success(request, fait)
            return redirect("entretiens:creneau", uai=espace.etablissement.segment, code=code)
    if request.POST.get("geste") == "attribuer" and _attribuer(request, espace, ligne):
        return redirect("entretiens:creneau", uai=espace.etablissement.segment, code=code)
    a_donner, tenue = places_a_donner(ligne, espace.le)
    contexte = {
        "creneau": ligne,
        **page_d_historique(request, Trace.objects.de(ligne.seance)),
        "form": form,
        "a_prevenir": a_prevenir,
        "salles": Salle.objects.filter(etablissement=espace.etablissement),
        "uai": espace.etablissement.segment,
        **ce_qui_se_planifie(espace),
        "a_donner": a_donner,
        "tenue": tenue,
        "candidatures": candidats_pour(espace, ligne)[0][:CANDIDATS_AU_PLUS] if a_donner else [],
        "a_venir": ligne.periode.lower > espace.le,
    }
    return render(request, "entretiens/creneau.html", contexte)


def _jurys(espace: Espace, ligne: Creneau) -> list[Jury]:
    """Jurys en service, et celui du créneau même s'il est retiré."""
    jurys = Jury.objects.filter(etablissement=espace.etablissement)
    return [jury for jury in jurys if jury.actif or jury.pk == ligne.seance.jury_id]


def _attribuer(request: HttpRequest, espace: Espace, ligne: Creneau) -> bool:
    attendent = a_planifier(espace.campagne, espace.etablissement)
    candidature = attendent.filter(code=request.POST.get("candidature", "")).first()
    if candidature is None:
        messages.error(request, "Choisissez un élève.")
        return False
    try:
        services.placer(candidature=candidature, creneau=ligne, par=request.user, le=espace.le)
    except PeriodeClose:
        raise
    except Refus as refus:
        messages.error(request, str(refus))
        return False
    quand = dire_instant(ligne.periode.lower, annee=False)
    messages.success(request, f"{candidature.eleve} est placé le {quand}. La convocation reste à envoyer.")
    return True
