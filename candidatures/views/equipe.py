"""L'équipe d'un établissement, de l'un ou de l'autre côté : droits délégués, retrait (R36, R38, écran C4)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from candidatures import services
from candidatures.equipe import Membre, membres_de, places_de_l_equipe
from candidatures.forms.equipe import DroitsForm, RetraitForm
from candidatures.views.communes import essayer
from comptes.models import Trace
from referentiel.historique import page_d_historique
from referentiel.models import DemandeDAcces, Invitation
from referentiel.permissions import Cote, lit_l_etablissement, peut_gerer_l_etablissement
from referentiel.portes import Espace, dans_l_accueil, dans_l_origine, exiger
from referentiel.rules.ouverture import Geste
from referentiel.services.equipe import modifier_les_droits
from referentiel.views.invitations import url_de_l_equipe

FAITS_DE_L_EQUIPE = ("droits", "equipe", "acces_refuse", "invitation", "invitation_retiree")
LIRE_ET_ENVOYER = require_http_methods(["GET", "HEAD", "POST"])


def equipe(request: HttpRequest, espace: Espace) -> HttpResponse:
    exiger(lit_l_etablissement(espace.place))
    membres = membres_de(espace.campagne, espace.etablissement, espace.cote)
    gere = peut_gerer_l_etablissement(espace.place) and not espace.en_detour
    contexte = {
        "lignes": [_montrer(espace, membre, gere) for membre in membres],
        "seule": len(membres) == 1,
        "gere": gere,
        "avec_classes": espace.cote is Cote.ORIGINE,
        "academie": espace.place.academie,
        **page_d_historique(request, Trace.objects.de(espace.etablissement).filter(fait__in=FAITS_DE_L_EQUIPE)),
        "demandes_d_acces": _demandes_d_acces(espace) if gere else [],
        "inviter_url": _url_pour_inviter(espace) if gere else "",
        "invitations": _invitations(request, espace) if gere else [],
    }
    return render(request, "candidatures/equipe.html", contexte)


def droits(request: HttpRequest, espace: Espace, cle: int) -> HttpResponse:
    """« Modifier les droits » de qui n'est pas chef d'établissement."""
    exiger(peut_gerer_l_etablissement(espace.place))
    if espace.en_detour:
        return redirect(url_de_l_equipe(espace))
    membre = _membre(espace, cle)
    if membre.est_chef:
        raise Http404
    form = DroitsForm(request.POST if request.method == "POST" else None, membre=membre)
    if form.is_bound and form.is_valid() and essayer(form, lambda: _deleguer(request, espace, membre, form)):
        messages.success(request, f"Droits de {membre.nom} enregistrés.")
        return redirect(url_de_l_equipe(espace))
    contexte = {"form": form, "membre": membre, "equipe_url": url_de_l_equipe(espace)}
    return render(request, "candidatures/droits.html", contexte)


def retirer(request: HttpRequest, espace: Espace, cle: int) -> HttpResponse:
    """« Retirer de l'équipe », et à qui vont ses élèves."""
    exiger(peut_gerer_l_etablissement(espace.place))
    if espace.en_detour:
        return redirect(url_de_l_equipe(espace))
    membre = _membre(espace, cle)
    places = list(places_de_l_equipe(espace.etablissement, espace.cote).filter(personne__is_active=True))
    form = RetraitForm(request.POST if request.method == "POST" else None, membre=membre, equipe=places)
    if form.is_bound and form.is_valid() and essayer(form, lambda: _retirer(request, espace, membre, form)):
        messages.success(request, f"{membre.nom} n’est plus de l’équipe.")
        return redirect(_url_apres_le_retrait(request, espace, membre))
    contexte = {
        "question": f"Retirer {membre.nom} de l’équipe\u00a0?",
        "consequences": _consequences(membre),
        "verbe": "Retirer de l’équipe",
        "annuler_url": url_de_l_equipe(espace),
        "formulaire": form,
        "fil_parent": {"libelle": "Équipe", "url": url_de_l_equipe(espace)},
    }
    return render(request, "composants/confirmation.html", contexte)


equipe_origine = require_safe(dans_l_origine(equipe))
equipe_accueil = require_safe(dans_l_accueil(equipe))
droits_origine = LIRE_ET_ENVOYER(dans_l_origine(droits))
droits_accueil = LIRE_ET_ENVOYER(dans_l_accueil(droits))
retirer_origine = LIRE_ET_ENVOYER(dans_l_origine(retirer))
retirer_accueil = LIRE_ET_ENVOYER(dans_l_accueil(retirer))


def _membre(espace: Espace, cle: int) -> Membre:
    """Membre de l'équipe de ce côté, ou 404."""
    membres = membres_de(espace.campagne, espace.etablissement, espace.cote)
    membre = next((membre for membre in membres if membre.place.pk == cle), None)
    if membre is None:
        raise Http404
    if espace.permet(Geste.MODIFIER_UN_ELEVE):
        return membre
    return Membre(membre.place, membre.cote, membre.classes)


def _montrer(espace: Espace, membre: Membre, gere: bool) -> dict[str, Any]:
    arguments = [espace.etablissement.segment, membre.place.pk]
    return {
        "membre": membre,
        "droits_url": reverse(f"candidatures:droits_{espace.cote}", args=arguments)
        if gere and not membre.est_chef
        else "",
        "retirer_url": reverse(f"candidatures:retirer_{espace.cote}", args=arguments)
        if gere and not membre.place.guichet
        else "",
    }


def _deleguer(request: HttpRequest, espace: Espace, membre: Membre, form: DroitsForm) -> bool:
    modifier_les_droits(place=membre.place, cote=espace.cote, droits=form.cleaned_data, par=request.user, le=espace.le)
    return True


def _retirer(request: HttpRequest, espace: Espace, membre: Membre, form: RetraitForm) -> bool:
    place = membre.place
    place.etablissement = espace.etablissement
    services.retirer_et_remplacer(
        place=place,
        cote=espace.cote,
        campagne=espace.campagne,
        remplacant=form.remplacant,
        par=request.user,
        le=espace.le,
    )
    return True


def _consequences(membre: Membre) -> list[str]:
    dites = ["Cette personne perdra l’accès dès maintenant.", "Ses saisies restent enregistrées sous son nom."]
    if membre.suivis:
        eleves = f"{membre.suivis} élève{'s' if membre.suivis > 1 else ''}"
        dites.append(f"Elle est la personne référente de {eleves}\u00a0: choisissez qui la remplace.")
    if membre.classes:
        dites.append(f"Elle ne sera plus professeur principal de {', '.join(membre.classes)}.")
    if membre.est_chef:
        dites.append("Les invitations qu’elle a envoyées ne vaudront plus\u00a0: renvoyez celles qui restent utiles.")
    return dites


def _demandes_d_acces(espace: Espace) -> list[tuple[DemandeDAcces, str]]:
    """Les demandes que le chef d'établissement peut traiter, et la page de chacune."""
    nom, segment = f"referentiel:demande_d_acces_{espace.cote}", espace.etablissement.segment
    return [
        (demande, reverse(nom, args=[segment, demande.code]))
        for demande in DemandeDAcces.objects.a_traiter().filter(etablissement=espace.etablissement)
    ]


def _invitations(request: HttpRequest, espace: Espace) -> list[dict[str, Any]]:
    """Les invitations sans réponse de ce côté ; leur état se lit à l'heure qu'il est, même pour un jour répété."""
    siennes = Invitation.objects.filter(etablissement=espace.etablissement, **{str(espace.cote): True})
    segment = espace.etablissement.segment
    return [
        {
            "invitation": invitation,
            "etat": invitation.etat(request.recue_le),
            "renvoyer_url": reverse(
                f"referentiel:renvoyer_une_invitation_{espace.cote}", args=[segment, invitation.code]
            ),
            "retirer_url": reverse(
                f"referentiel:retirer_une_invitation_{espace.cote}", args=[segment, invitation.code]
            ),
        }
        for invitation in siennes.sans_suite().avec_l_invitant()
    ]


def _url_pour_inviter(espace: Espace) -> str:
    return reverse(f"referentiel:inviter_{espace.cote}", args=[espace.etablissement.segment])


def _url_apres_le_retrait(request: HttpRequest, espace: Espace, membre: Membre) -> str:
    """L'équipe, sauf pour qui vient de s'en retirer : la page n'existe plus pour lui."""
    return reverse("comptes:espaces") if membre.place.personne_id == request.user.pk else url_de_l_equipe(espace)
