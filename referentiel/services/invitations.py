"""Inviter, renvoyer, retirer, accepter une invitation (R36, R38, R39, écrans C4 et S9)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from comptes.jetons import empreinte_du_jeton, nouveau_jeton
from comptes.models import Personne, Trace
from comptes.services import consigner
from courriers.services import est_une_adresse
from referentiel.emails import invitations as emails
from referentiel.models import Academie, Etablissement, EtatDInvitation, Invitation, Rattachement
from referentiel.rules.dates import INSECABLE
from referentiel.rules.invitations import pourquoi_pas_une_de_plus
from referentiel.rules.refus import Refus
from referentiel.services.contraintes import contraintes_dites

Role = Rattachement.Role
GARDE = timedelta(days=365)
UN_JOUR = timedelta(days=1)
CE_QU_ELLE_DEVIENT: dict[EtatDInvitation, str] = {
    EtatDInvitation.EXPIREE: "Cette invitation a expiré. Demandez à la personne qui vous a invité de la renvoyer.",
    EtatDInvitation.ACCEPTEE: "Cette invitation a déjà servi. Connectez-vous avec votre compte.",
    EtatDInvitation.RETIREE: "Cette invitation a été retirée. Adressez-vous à la personne qui vous a invité.",
    EtatDInvitation.SUSPENDUE: (
        "La personne qui vous a invité n’est plus de l’équipe. Demandez à l’établissement de renvoyer l’invitation."
    ),
}


@dataclass(frozen=True, slots=True)
class PlaceProposee:
    """Où, et à quel titre."""

    role: str
    fonction: str = ""
    etablissement: Etablissement | None = None
    academie: Academie | None = None
    departement: str = ""
    origine: bool = False
    accueil: bool = False

    @property
    def lieu(self) -> Etablissement | Academie:
        lieu = self.etablissement or self.academie
        assert lieu is not None
        return lieu

    @property
    def cotes(self) -> dict[str, bool]:
        return {cote: True for cote in ("origine", "accueil") if getattr(self, cote)}


@contraintes_dites()
def inviter(*, courriel: str, place: PlaceProposee, par: Personne, le: datetime) -> Invitation:
    """Propose une place à une adresse, par un lien qui expire et ne sert qu'une fois (R38).

    Lève `Refus` si l'adresse a déjà cette place, si une invitation l'attend, si son compte est fermé, ou si l'équipe en
    a trop envoyé (T6).
    """
    adresse = courriel.strip().lower()
    _tenir_le_lieu(place.lieu)
    if raison := pourquoi_pas_inviter(adresse, place) or _pourquoi_pas_une_de_plus(place.lieu, adresse, le):
        raise Refus(raison)
    jeton = nouveau_jeton()
    champs = {champ: getattr(place, champ) for champ in asdict(place)}
    invitation = Invitation.objects.create(
        courriel=adresse,
        empreinte=empreinte_du_jeton(jeton),
        invitee_par=par,
        envoyee_le=le,
        expire_le=le + settings.DUREE_D_UNE_INVITATION,
        **champs,
    )
    _consigner(invitation, "invitation", f"{adresse} est invité à rejoindre l’équipe ({invitation.libelle}).", par, le)
    emails.inviter(invitation, jeton=jeton, le=le)
    return invitation


@contraintes_dites()
def inviter_plusieurs(*, places: Sequence[tuple[str, PlaceProposee]], par: Personne, le: datetime) -> list[Invitation]:
    """Invite toutes les adresses, ou aucune (S9). Lève `Refus` à la première qui ne peut pas l'être."""
    return [inviter(courriel=courriel, place=place, par=par, le=le) for courriel, place in places]


@transaction.atomic
def renvoyer_une_invitation(*, invitation: Invitation, par: Personne, le: datetime) -> Invitation:
    """Poste un lien neuf, pour une nouvelle durée, au nom de `par` ; l'ancien ne vaut plus.

    Le successeur de qui a invité reprend ainsi l'invitation que ce départ a suspendue. Lève `Refus` si elle a eu une
    suite, ou si l'équipe en a trop envoyé (T6).
    """
    _tenir_le_lieu(invitation.lieu)
    ligne = _verrouiller(invitation)
    _exiger_sans_suite(ligne, le)
    if raison := _pourquoi_pas_une_de_plus(ligne.lieu, ligne.courriel, le):
        raise Refus(raison)
    jeton = nouveau_jeton()
    ligne.empreinte, ligne.invitee_par = empreinte_du_jeton(jeton), par
    ligne.envoyee_le, ligne.expire_le = le, le + settings.DUREE_D_UNE_INVITATION
    ligne.save(update_fields=["empreinte", "invitee_par", "envoyee_le", "expire_le"])
    _consigner(ligne, "invitation", f"Invitation renvoyée à {ligne.courriel}.", par, le)
    emails.inviter(ligne, jeton=jeton, le=le)
    return ligne


@transaction.atomic
def retirer_une_invitation(*, invitation: Invitation, par: Personne, le: datetime) -> Invitation:
    """Éteint le lien ; ne fait rien s'il l'est déjà. Lève `Refus` si la personne a rejoint l'équipe."""
    ligne = _verrouiller(invitation)
    if ligne.retiree_le:
        return ligne
    _exiger_sans_suite(ligne, le)
    ligne.retiree_le = le
    ligne.save(update_fields=["retiree_le"])
    _consigner(ligne, "invitation_retiree", f"Invitation de {ligne.courriel} retirée.", par, le)
    return ligne


@contraintes_dites()
def accepter_en_ouvrant_un_compte(
    *, invitation: Invitation, civilite: str, prenom: str, nom: str, mot_de_passe: str, le: datetime
) -> Personne:
    """Ouvre le compte de l'adresse invitée, avec le mot de passe qu'elle choisit, et lui donne sa place (R38).

    Le mot de passe a été validé par le formulaire. Lève `Refus` si le lien ne vaut plus ou si l'adresse a un compte.
    """
    ligne = _verrouiller(invitation)
    _exiger_en_attente(ligne, le)
    if compte_de(ligne):
        raise Refus("Cette adresse a déjà un compte. Connectez-vous, puis ouvrez de nouveau le lien.")
    personne = Personne.objects.create_user(ligne.courriel, mot_de_passe, civilite=civilite, prenom=prenom, nom=nom)
    consigner(objet=personne, fait="compte", phrase="Compte ouvert par une invitation.", par=personne, le=le)
    _donner_la_place(ligne, personne, le)
    return personne


@contraintes_dites()
def accepter_avec_son_compte(*, invitation: Invitation, personne: Personne, le: datetime) -> Rattachement:
    """Donne sa place à une personne qui a déjà un compte à l'adresse invitée. Lève `Refus` si le lien ne vaut plus."""
    ligne = _verrouiller(invitation)
    _exiger_en_attente(ligne, le)
    if personne.courriel.casefold() != ligne.courriel.casefold():
        raise Refus(f"Cette invitation est adressée à {ligne.courriel}. Connectez-vous avec ce compte.")
    return _donner_la_place(ligne, personne, le)


@transaction.atomic
def oublier_les_invitations(*, le: datetime) -> int:
    """Efface, un an après leur terme, les adresses invitées ; l'historique garde ce qui fut fait (R40)."""
    return Invitation.objects.filter(expire_le__lt=le - GARDE).delete()[0]


def compte_de(invitation: Invitation) -> Personne | None:
    """Le compte qui a déjà l'adresse invitée, s'il y en a un."""
    return Personne.objects.filter(courriel__iexact=invitation.courriel).first()


def pourquoi_pas_inviter(adresse: str, place: PlaceProposee) -> str | None:
    """Raison pour laquelle cette place ne se propose pas à cette adresse, ou `None`."""
    if not est_une_adresse(adresse):
        return "Indiquez une adresse complète, par exemple prenom.nom@ac-creteil.example."
    en_attente = Invitation.objects.sans_suite().filter(courriel=adresse, **_lieu(place))
    if en_attente.exists():
        return f"Une invitation attend déjà {adresse}{INSECABLE}: renvoyez-la, ou retirez-la d’abord."
    personne = Personne.objects.filter(courriel__iexact=adresse).first()
    if personne is None:
        return None
    if not personne.is_active:
        return f"Le compte de {adresse} est fermé. Adressez-vous au SAIO."
    deja = Rattachement.objects.filter(personne=personne, **_lieu(place)).first()
    return _pourquoi_pas_en_plus(deja, place) if deja else None


def _pourquoi_pas_en_plus(deja: Rattachement, place: PlaceProposee) -> str | None:
    """Une place déjà tenue ne reçoit qu'un côté de plus, sans changer de rôle."""
    if all(getattr(deja, cote) for cote in place.cotes):
        return f"{deja.personne} ({deja.personne.courriel}) a déjà sa place dans l’équipe."
    if deja.role != place.role:
        return (
            f"{deja.personne} a déjà une place de l’autre côté, comme {deja.get_role_display().lower()}. "
            "Demandez au SAIO de changer son rôle."
        )
    return None


def _pourquoi_pas_une_de_plus(lieu: Etablissement | Academie, adresse: str, le: datetime) -> str | None:
    """Le lieu est tenu : deux envois qui se croisent se comptent l'un l'autre."""
    parties = Trace.objects.de(lieu).filter(fait="invitation", le__gt=le - UN_JOUR)
    return pourquoi_pas_une_de_plus(list(parties.values_list("le", "apres__personne")), adresse, le)


def _lieu(place: PlaceProposee | Invitation) -> dict[str, Any]:
    """Comment un rattachement ou une invitation nomment ce lieu."""
    if place.etablissement:
        return {"etablissement": place.etablissement}
    return {"academie": place.academie, "role": place.role, "departement": place.departement}


def _donner_la_place(ligne: Invitation, personne: Personne, le: datetime) -> Rattachement:
    """Ouvre la place, ou ajoute le côté qui manque à celle que la personne a déjà ; l'invitation est tenue."""
    if not personne.is_active:
        raise Refus("Votre compte est fermé. Adressez-vous au SAIO.")
    cotes = {cote: True for cote in ("origine", "accueil") if getattr(ligne, cote)}
    place, nouvelle = Rattachement.objects.get_or_create(
        personne=personne, **_lieu(ligne), defaults={"role": ligne.role, "fonction": ligne.fonction, **cotes}
    )
    if not nouvelle:
        if place.role != ligne.role:
            raise Refus("Vous avez déjà une autre place dans cet établissement. Adressez-vous au SAIO.")
        for cote in cotes:
            setattr(place, cote, True)
        place.save(update_fields=list(cotes) or None)
    if ligne.role == Role.SAIO and not personne.is_staff:
        personne.is_staff = True
        personne.save(update_fields=["is_staff"])
    ligne.acceptee_le = le
    ligne.save(update_fields=["acceptee_le"])
    phrase = f"{personne} rejoint l’équipe ({place.libelle}), sur l’invitation de {ligne.invitee_par}."
    _consigner(ligne, "equipe", phrase, personne, le, role=place.role, **cotes)
    return place


def _verrouiller(invitation: Invitation) -> Invitation:
    lignes = Invitation.objects.select_for_update(of=("self",))
    return lignes.select_related("etablissement__academie", "academie", "invitee_par").get(pk=invitation.pk)


def _tenir_le_lieu(lieu: Etablissement | Academie) -> None:
    type(lieu).objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=lieu.pk)


def _exiger_sans_suite(ligne: Invitation, le: datetime) -> None:
    etat = ligne.etat(le)
    if etat in {EtatDInvitation.ACCEPTEE, EtatDInvitation.RETIREE}:
        raise Refus(f"L’invitation de {ligne.courriel} a déjà été {'acceptée' if ligne.acceptee_le else 'retirée'}.")


def _exiger_en_attente(ligne: Invitation, le: datetime) -> None:
    etat = ligne.etat(le)
    if etat is not EtatDInvitation.EN_ATTENTE:
        raise Refus(CE_QU_ELLE_DEVIENT[etat])


def _consigner(ligne: Invitation, fait: str, phrase: str, par: Personne, le: datetime, **apres: Any) -> None:
    consigner(
        objet=ligne.lieu,
        fait=fait,
        phrase=phrase[:300],
        par=par,
        le=le,
        apres={"personne": ligne.courriel, "role": ligne.role} | apres,
    )
