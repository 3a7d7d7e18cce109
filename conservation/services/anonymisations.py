"""Anonymiser une campagne par lots, chacun dans sa transaction : tuée, elle reprend où elle en était (R40, F11)."""

from collections.abc import Iterator
from datetime import datetime
from secrets import token_hex

from django.db import transaction
from django.db.models import IntegerField, Subquery

from comptes.services import consigner
from conservation.lectures import Conservation, conservation_de
from conservation.models import Anonymisation
from conservation.services.echeances import avertir
from conservation.services.etapes import ETAPES, Contexte, Etape
from referentiel.models import Campagne
from referentiel.rules.dates import INSECABLE, jour_de
from referentiel.rules.refus import Refus

TAILLE_D_UN_LOT = 500
# Ce qui se lit d'abord.
EN_TETE = {"eleves": 0, "candidatures": 1}


def faire_ce_qui_est_du(*, le: datetime) -> list[Anonymisation]:
    """Avertit de chaque terme qui approche, et anonymise ce qui est dû à l'instant `le` ; rend ce qui est fini."""
    faites = []
    for campagne in Campagne.objects.filter(etat=Campagne.Etat.CLOSE, anonymisation__finie_le=None).avec_regles():
        avertir(campagne=campagne, le=le)
        conservation = conservation_de(campagne)
        if conservation.anonymisation or (conservation.echeance and conservation.echeance.est_due(jour_de(le))):
            faites.append(anonymiser_une_campagne(campagne=campagne, le=le))
    return faites


class _Nombre(Subquery):
    """Nombre de lignes d'une requête."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS lignes)"
    output_field = IntegerField()
    empty_result_set_value = 0


def compter(*, campagne: Campagne, le: datetime) -> dict[str, int]:
    """Lignes que chaque étape traiterait : l'essai à blanc, en une requête. N'écrit rien."""
    conservation = conservation_de(campagne)
    close_le = conservation.close_le or le
    nombres = {
        etape.nom: _Nombre(etape.campagne(campagne, close_le).order_by().distinct().values("pk")) for etape in ETAPES
    }
    lus = Campagne.objects.filter(pk=campagne.pk).values_list(*nombres.values()).get()
    return dict(zip(nombres, lus, strict=True))


def anonymiser_une_campagne(*, campagne: Campagne, le: datetime) -> Anonymisation:
    """Retire d'une campagne close tout ce qui nomme quelqu'un ; les chiffres restent. Reprend celle qui fut arrêtée.

    Lève `Refus` si la campagne n'est pas close ou si son terme, avertissement compris, n'est pas venu.
    """
    anonymisation = _commencer(campagne, le)
    conservation = conservation_de(campagne)
    while anonymisation.finie_le is None:
        anonymisation = _avancer(anonymisation.pk, conservation, le)
    return anonymisation


def dire_les_comptes(comptes: dict[str, int]) -> list[str]:
    """« 3 012 élèves » : ce qui se lit au SAIO, le plus important d'abord."""
    return [
        f"{nombre:,}".replace(",", "\u202f") + INSECABLE + etape.libelle[nombre > 1]
        for etape in sorted(ETAPES, key=lambda etape: EN_TETE.get(etape.nom, len(EN_TETE)))
        if etape.libelle[0] and (nombre := comptes.get(etape.nom, 0))
    ]


@transaction.atomic
def _commencer(campagne: Campagne, le: datetime) -> Anonymisation:
    ligne = Campagne.objects.select_for_update(of=("self",), no_key=True).avec_regles().get(pk=campagne.pk)
    conservation = conservation_de(ligne)
    if conservation.anonymisation:
        return conservation.anonymisation
    if conservation.echeance is None:
        raise Refus("Seule une campagne close s’anonymise.")
    if not conservation.echeance.est_due(jour_de(le)):
        raise Refus("Le terme de la conservation de cette campagne n’est pas venu.")
    return Anonymisation.objects.create(
        campagne=ligne,
        terme=conservation.echeance.terme,
        etape=ETAPES[0].nom,
        cle=token_hex(32),
        comptes={},
        commencee_le=le,
    )


def _avancer(cle: int, conservation: Conservation, le: datetime) -> Anonymisation:
    """Fait l'étape en cours, lot par lot, puis passe à la suivante."""
    anonymisation = Anonymisation.objects.get(pk=cle)
    if anonymisation.finie_le:
        return anonymisation
    rang = [etape.nom for etape in ETAPES].index(anonymisation.etape)
    etape = ETAPES[rang]
    for lot in _lots(etape, conservation, anonymisation.curseur):
        if not _faire_un_lot(anonymisation, etape, conservation, lot, le):
            return Anonymisation.objects.get(pk=cle)
    return _passer(anonymisation, ETAPES[rang + 1].nom if rang + 1 < len(ETAPES) else "", le)


def _lots(etape: Etape, conservation: Conservation, apres: int) -> Iterator[list[int]]:
    assert conservation.close_le is not None
    lignes = etape.campagne(conservation.campagne, conservation.close_le).filter(pk__gt=apres)
    cles = list(lignes.order_by("pk").values_list("pk", flat=True).distinct())
    for debut in range(0, len(cles), TAILLE_D_UN_LOT):
        yield cles[debut : debut + TAILLE_D_UN_LOT]


@transaction.atomic
def _faire_un_lot(vue: Anonymisation, etape: Etape, conservation: Conservation, lot: list[int], le: datetime) -> bool:
    """Traite un lot et note jusqu'où ; faux si un autre ouvrier est passé devant."""
    ligne = Anonymisation.objects.select_for_update(of=("self",)).get(pk=vue.pk)
    if ligne.etape != etape.nom or ligne.curseur >= lot[0]:
        return False
    assert conservation.close_le is not None
    lignes = etape.campagne(conservation.campagne, conservation.close_le)
    etape.geste(lignes.model._default_manager.all(), lot, Contexte(ligne.cle, le))
    ligne.curseur = lot[-1]
    ligne.comptes[etape.nom] = ligne.comptes.get(etape.nom, 0) + len(lot)
    ligne.save(update_fields=["curseur", "comptes"])
    return True


@transaction.atomic
def _passer(vue: Anonymisation, suivante: str, le: datetime) -> Anonymisation:
    """Passe à l'étape suivante ; après la dernière, oublie la clé et le consigne."""
    ligne = Anonymisation.objects.select_for_update(of=("self",)).select_related("campagne").get(pk=vue.pk)
    if ligne.etape != vue.etape or ligne.finie_le:
        return ligne
    ligne.etape, ligne.curseur = suivante, 0
    if not suivante:
        ligne.cle, ligne.finie_le = "", le
        consigner(
            objet=ligne.campagne,
            fait="anonymisation",
            phrase=f"Campagne anonymisée{INSECABLE}: {', '.join(dire_les_comptes(ligne.comptes))}."[:300],
            par=None,
            le=le,
            apres=ligne.comptes,
        )
    ligne.save()
    return ligne
