"""Ajouter et modifier un élève (écran O4)."""

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from candidatures import services
from candidatures.forms import EleveForm
from candidatures.models import Eleve
from candidatures.permissions import peut_inscrire
from candidatures.services import DoublonAConfirmer, EleveDejaInscritAilleurs
from candidatures.views.communes import eleve_de, essayer, url_des_eleves, url_du_dossier
from referentiel.models import Rattachement
from referentiel.portes import Espace, dans_l_origine, dossier_lu, exiger, exiger_l_etape
from referentiel.rules.ouverture import Geste
from referentiel.rules.refus import PeriodeClose, Refus


@dans_l_origine
def ajouter(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.AJOUTER_UN_ELEVE)
    form = _formulaire(request, espace)
    if request.method == "POST" and "transfert" in request.POST:
        return _demander_le_transfert(request, espace, form)
    if request.method == "POST" and form.is_valid() and (eleve := _enregistrer(request, espace, form)):
        messages.success(request, f"{eleve.prenom} {eleve.nom.upper()} est ajouté en {eleve.classe}.")
        return redirect(url_du_dossier(espace, eleve))
    return _montrer(request, espace, form)


@dans_l_origine
def modifier(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    eleve = eleve_de(espace, code)
    dossier_lu(request, eleve)
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.MODIFIER_UN_ELEVE)
    form = _formulaire(request, espace, eleve)
    if request.method == "POST" and form.is_valid() and _enregistrer(request, espace, form, eleve):
        messages.success(request, "Les informations de l’élève sont enregistrées.")
        return redirect(url_du_dossier(espace, eleve))
    return _montrer(request, espace, form, eleve)


@dans_l_origine
def supprimer(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Effacer un élève qui n'a jamais été inscrit."""
    eleve = eleve_de(espace, code)
    exiger(peut_inscrire(espace.place))
    exiger_l_etape(espace, Geste.MODIFIER_UN_ELEVE)
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _supprimer(request, espace, form, eleve):
        return redirect(url_des_eleves(espace))
    contexte = {
        "question": f"Supprimer {eleve.nom_affiche} ?",
        "consequences": [
            "L’élève et ses inscriptions commencées sont effacés ; aucun établissement d’accueil ne les a vus.",
            "Un élève qui a une candidature ne se supprime pas.",
        ],
        "verbe": "Supprimer l’élève",
        "annuler_url": url_du_dossier(espace, eleve),
        "formulaire": form,
        "fil_parent": {"libelle": eleve.nom_affiche, "url": url_du_dossier(espace, eleve)},
    }
    return render(request, "composants/confirmation.html", contexte)


def _supprimer(request: HttpRequest, espace: Espace, form: Form, eleve: Eleve) -> bool:
    nom = eleve.nom_affiche

    def supprimer_l_eleve() -> bool:
        services.supprimer_un_eleve(eleve=eleve, par=request.user, le=espace.le)
        return True

    if not essayer(form, supprimer_l_eleve):
        return False
    messages.success(request, f"{nom} est supprimé.")
    return True


def _formulaire(request: HttpRequest, espace: Espace, eleve: Eleve | None = None) -> EleveForm:
    eleves = Eleve.objects.de_l_origine(espace.campagne, espace.etablissement.pk)
    equipe = Rattachement.objects.filter(etablissement=espace.etablissement, origine=True, personne__is_active=True)
    form = EleveForm(
        request.POST or None,
        campagne=espace.campagne,
        classes=list(eleves.order_by("classe").values_list("classe", flat=True).distinct()),
        equipe=list(equipe.select_related("personne").order_by("personne__cle")),
        eleve=eleve,
    )
    if request.POST.get("confirme"):
        form.demander_la_confirmation()
    return form


def _enregistrer(request: HttpRequest, espace: Espace, form: EleveForm, eleve: Eleve | None = None) -> Eleve | None:
    commun = {"saisie": form.saisie, "par": request.user, "le": espace.le, "confirme": form.cleaned_data["confirme"]}
    try:
        if eleve:
            return services.modifier_un_eleve(eleve=eleve, **commun)
        return services.ajouter_un_eleve(etablissement=espace.etablissement, campagne=espace.campagne, **commun)
    except DoublonAConfirmer as doublon:
        form.demander_la_confirmation()
        form.semblable_url = url_du_dossier(espace, doublon.eleve)
        form.add_error(None, str(doublon))
    except EleveDejaInscritAilleurs as ailleurs:
        form.est_ailleurs = True
        form.add_error(None, str(ailleurs))
    except PeriodeClose:
        raise
    except Refus as refus:
        form.add_error(None, str(refus))
    return None


def _demander_le_transfert(request: HttpRequest, espace: Espace, form: EleveForm) -> HttpResponse:
    demande = essayer(
        form,
        lambda: services.demander_un_transfert(
            ine=request.POST.get("ine", ""),
            etablissement=espace.etablissement,
            campagne=espace.campagne,
            par=request.user,
            le=espace.le,
        ),
    )
    if demande is None:
        return _montrer(request, espace, form)
    messages.success(request, "Transfert demandé. L’établissement de l’élève est prévenu par courriel.")
    return redirect(url_des_eleves(espace))


def _montrer(request: HttpRequest, espace: Espace, form: EleveForm, eleve: Eleve | None = None) -> HttpResponse:
    contexte = {
        "form": form,
        "eleve": eleve,
        "eleves_url": url_des_eleves(espace),
        "annuler_url": url_du_dossier(espace, eleve) if eleve else url_des_eleves(espace),
    }
    return render(request, "candidatures/eleve.html", contexte)
