"""Accueillir qui vient d'un guichet de l'académie : son compte, et les places que le guichet lui donne (R36 à R39)."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from comptes.federation.reglages import ReglagesDesPlaces
from comptes.federation.services import ouvrir_un_compte, retrouver
from comptes.models import Personne
from comptes.rules.identite import Identite
from comptes.services import consigner
from referentiel.models import Academie, Accueil, Etablissement, Invitation, Rattachement
from referentiel.rules.dates import jour_de
from referentiel.rules.places import Cotes, Titre, cotes_d_un_etablissement, titres_par_uai
from referentiel.rules.refus import Refus
from referentiel.services.invitations import accepter_avec_son_compte

Lieu = Etablissement | Academie
NOMS_DES_GUICHETS = {"arena": "ARENA"}


@dataclass(frozen=True, slots=True)
class PlaceDonnee:
    """Une place que le guichet donne aujourd'hui."""

    lieu: Lieu
    role: str
    cotes: Cotes

    @property
    def lien(self) -> dict[str, Lieu]:
        """Comment un rattachement nomme ce lieu."""
        return {"academie" if isinstance(self.lieu, Academie) else "etablissement": self.lieu}


@transaction.atomic
def accueillir(*, identite: Identite, places: ReglagesDesPlaces | None, le: datetime) -> Personne | None:
    """La personne qui entre, ses places mises à jour ; `None` si Passpro n'a pas de place pour elle (R38).

    `places` dit ce que valent les attributs du guichet ; `None`, il n'en donne aucune. Un compte ne s'ouvre que si une
    place vient avec l'identité, ou si une invitation attend son adresse, que le guichet prouve mieux qu'un lien. Les
    places données dans Passpro ne sont jamais touchées.
    """
    donnees = _places_donnees(identite, places, le) if places else []
    invitations = list(Invitation.objects.sans_suite().filter(courriel=identite.courriel, expire_le__gt=le))
    personne = retrouver(identite=identite, le=le)
    if personne is None and (donnees or invitations):
        personne = ouvrir_un_compte(identite=identite, par=None, le=le)
    if personne is None or not personne.is_active:
        return None
    for invitation in invitations:
        _rejoindre(personne, invitation, le)
    if places is not None:
        _mettre_a_jour(personne, identite.emetteur, donnees, le)
    occupe = Rattachement.objects.filter(personne=personne).exists()
    return personne if occupe or personne.is_superuser else None


def nom_du_guichet(emetteur: str) -> str:
    """« ARENA », ou le nom commun des autres guichets."""
    return NOMS_DES_GUICHETS.get(emetteur, "le guichet de l’académie")


def _rejoindre(personne: Personne, invitation: Invitation, le: datetime) -> None:
    """Donne la place à laquelle la personne est invitée ; une invitation qui ne vaut plus attend qui l'a envoyée."""
    with suppress(Refus):
        accepter_avec_son_compte(invitation=invitation, personne=personne, le=le)


def _places_donnees(identite: Identite, places: ReglagesDesPlaces, le: datetime) -> list[PlaceDonnee]:
    """Les places que valent les attributs, dans les seules académies du guichet ; un UAI inconnu n'en donne aucune."""
    titres = titres_par_uai(
        dirige=identite.chef_de(),
        delegue=identite.deleguee_dans(application=places.application, jour=jour_de(le)),
    )
    codes = {places.groupes_saio[groupe] for groupe in identite.groupes if groupe in places.groupes_saio}
    academies = Academie.objects.filter(code__in=codes & set(places.academies))
    du_saio = [PlaceDonnee(academie, Rattachement.Role.SAIO, Cotes(False, False)) for academie in academies]
    return [*_dans_les_etablissements(titres, places.academies), *du_saio]


def _dans_les_etablissements(titres: Mapping[str, Titre], academies: Iterable[str]) -> list[PlaceDonnee]:
    if not titres:
        return []
    equipe = Rattachement.objects.filter(etablissement=OuterRef("pk"))
    connus = (
        Etablissement.objects.filter(Q(uai__in=titres) | Q(alias__uai__in=titres), academie__code__in=academies)
        .annotate(
            recoit=Exists(Accueil.objects.filter(etablissement=OuterRef("pk"))),
            inscrit=Exists(equipe.filter(origine=True)),
            accueille=Exists(equipe.filter(accueil=True)),
        )
        .prefetch_related("alias")
        .distinct()
        .order_by("pk")
    )
    return [PlaceDonnee(connu, _role(connu, titres), _cotes(connu)) for connu in connus]


def _role(etablissement: Etablissement, titres: Mapping[str, Titre]) -> str:
    codes = [etablissement.uai, *(alias.uai for alias in etablissement.alias.all())]
    dirige = any(titres.get(code) is Titre.DIRECTION for code in codes)
    return Rattachement.Role.CHEF if dirige else Rattachement.Role.GESTIONNAIRE


def _cotes(etablissement: Etablissement) -> Cotes:
    return cotes_d_un_etablissement(
        etablissement.type,
        recoit=etablissement.recoit,  # type: ignore[attr-defined]
        origine=etablissement.inscrit,  # type: ignore[attr-defined]
        accueil=etablissement.accueille,  # type: ignore[attr-defined]
    )


def _mettre_a_jour(personne: Personne, guichet: str, donnees: list[PlaceDonnee], le: datetime) -> None:
    """Ouvre, change et retire les places de ce guichet, et elles seules ; la personne est verrouillée."""
    siennes = {
        place.etablissement or place.academie: place
        for place in Rattachement.objects.filter(personne=personne).select_related("etablissement", "academie")
        if place.guichet == guichet
    }
    for donnee in donnees:
        place = siennes.pop(donnee.lieu, None)
        if place is None:
            _ouvrir(personne, guichet, donnee, le)
        elif place.role != donnee.role:
            _changer(place, donnee, le)
    for place in siennes.values():
        _retirer(place, le)
    _regler_l_administration(personne, guichet, le)


def _ouvrir(personne: Personne, guichet: str, donnee: PlaceDonnee, le: datetime) -> None:
    """Ouvre la place, sauf si la personne en a déjà une là, donnée dans Passpro ou par un autre guichet."""
    deja = Rattachement.objects.filter(personne=personne, **donnee.lien)
    if donnee.role == Rattachement.Role.SAIO:
        deja = deja.filter(role=donnee.role)
    if deja.exists():
        return
    place = Rattachement.objects.create(
        personne=personne,
        role=donnee.role,
        origine=donnee.cotes.origine,
        accueil=donnee.cotes.accueil,
        guichet=guichet,
        **donnee.lien,
    )
    _consigner(place, f"{personne} rejoint l’équipe ({place.libelle}), par {nom_du_guichet(guichet)}.", le, {}, place)


def _changer(place: Rattachement, donnee: PlaceDonnee, le: datetime) -> None:
    avant = {"role": place.role}
    place.role = donnee.role
    place.save(update_fields=["role"])
    phrase = f"{place.personne} devient «\u00a0{place.get_role_display()}\u00a0», par {nom_du_guichet(place.guichet)}."
    _consigner(place, phrase, le, avant, place)


def _retirer(place: Rattachement, le: datetime) -> None:
    phrase = f"{place.personne} ({place.libelle}) n’est plus de l’équipe, d’après {nom_du_guichet(place.guichet)}."
    _consigner(place, phrase, le, {"role": place.role}, None)
    place.delete()


def _regler_l_administration(personne: Personne, guichet: str, le: datetime) -> None:
    """L'administration s'ouvre avec une place au SAIO, et se ferme quand la dernière s'en va."""
    au_saio = Rattachement.objects.filter(personne=personne, role=Rattachement.Role.SAIO)
    ouverte = au_saio.filter(guichet=guichet).exists()
    if ouverte == personne.is_staff or personne.is_superuser or (not ouverte and au_saio.exists()):
        return
    personne.is_staff = ouverte
    personne.save(update_fields=["is_staff"])
    consigner(
        objet=personne,
        fait="administration",
        phrase="Accès à l’administration ouvert." if ouverte else "Accès à l’administration fermé.",
        par=None,
        le=le,
        avant={"is_staff": not ouverte},
        apres={"is_staff": ouverte},
    )


def _consigner(place: Rattachement, phrase: str, le: datetime, avant: dict, apres: Rattachement | None) -> None:
    qui = {"personne": place.personne.courriel, "guichet": place.guichet}
    lieu = place.etablissement or place.academie
    assert lieu is not None
    consigner(
        objet=lieu,
        fait="equipe",
        phrase=phrase[:300],
        par=None,
        le=le,
        avant=qui | avant if avant else {},
        apres=qui | {"role": apres.role} if apres else {},
    )
