"""Ce qui s'écrit sur une ligne au terme de sa conservation : effacer, remplacer, changer son code (R40)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from secrets import token_hex
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Q, QuerySet, TextField, Value, When
from django.db.models.functions import MD5, Concat, Length, Lower, RPad, Trim

from avis.models import CompteRendu, Fiche
from comptes.services import anonymiser_les_traces
from courriers.services import annoncer_un_oubli, anonymiser_les_courriels, oublier_les_documents
from referentiel.models.codes import nouveau_code

TEXTE = "Texte effacé"
EXPORT = "Ce fichier est effacé\u00a0: la durée de conservation de la campagne est passée.\r\n".encode("utf-8-sig")
# Un texte plus court que la mention et l'empreinte ne porte que l'empreinte.
LONGUEUR_DE_LA_MENTION = len(TEXTE) + 2 + 32


@dataclass(frozen=True, slots=True)
class Contexte:
    """`cle` remplace les textes : secrète, oubliée à la fin, elle empêche de deviner un texte d'après son reste."""

    cle: str
    le: datetime


def ecrire(**valeurs: Any) -> Callable[[QuerySet, Sequence[int], Contexte], None]:
    """Écrit les mêmes `valeurs` sur chaque ligne."""

    def geste(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
        lignes.filter(pk__in=cles).update(**valeurs)

    return geste


def supprimer(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    """Supprime les lignes."""
    lignes.filter(pk__in=cles).delete()


def avec_un_autre_code(**valeurs: Any) -> Callable[[QuerySet, Sequence[int], Contexte], None]:
    """Écrit `valeurs` et tire un autre code : un lien gardé, une fiche imprimée ne mènent plus à la ligne."""

    def geste(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
        if valeurs:
            lignes.filter(pk__in=cles).update(**valeurs)
        objets = list(lignes.model.objects.filter(pk__in=cles).only("pk"))
        for objet in objets:
            objet.code = nouveau_code()
        lignes.model.objects.bulk_update(objets, ["code"])

    return geste


def en_annoncant_l_oubli(geste: Callable[[QuerySet, Sequence[int], Contexte], None]):
    """Une page qui a lu l'élève n'en garde plus de document : ce qu'elle a gardé avant, une étape suivante l'efface."""

    def oublier(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
        annoncer_un_oubli()
        geste(lignes, cles, contexte)

    return oublier


def effacer_les_traces(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    """L'historique garde ses lignes, sans ce qui nomme."""
    anonymiser_les_traces(cles=cles)


def effacer_les_courriels(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    """Le journal garde ses courriels, sans texte ni destinataire."""
    anonymiser_les_courriels(cles=cles, le=contexte.le)


def supprimer_les_travaux(lignes: QuerySet, cles: Sequence[int], contexte: Contexte | None = None) -> None:
    """Les fichiers ne partent qu'une fois la transaction validée : un refus après coup les aurait perdus. Celui que son
    effacement manquerait, le ménage des travaux l'ôte le lendemain."""
    for travail in lignes.filter(pk__in=cles).select_for_update(of=("self",)):
        if travail.fichier:
            transaction.on_commit(partial(travail.fichier.storage.delete, travail.fichier.name), robust=True)
        travail.delete()


def supprimer_les_documents(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    """Un document gardé se supprime ; celui qui se prépare se jettera."""
    oublier_les_documents(lignes.filter(pk__in=cles))


def remplacer_les_textes(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    """Un texte de même longueur, le même pour deux textes semblables : le bilan compte comme avant (R35)."""
    longueur = Length(Trim("texte"))
    empreinte = MD5(Concat(Value(contexte.cle), Lower(Trim("texte")), output_field=TextField()))
    mention = Concat(Value(f"{TEXTE}. "), empreinte, output_field=TextField())
    reste = Case(
        When(condition=Q(longueur__lt=LONGUEUR_DE_LA_MENTION), then=RPad(empreinte, longueur, Value("·"))),
        default=RPad(mention, longueur, Value("·")),
        output_field=TextField(),
    )
    choisis = CompteRendu.objects.filter(pk__in=cles).annotate(longueur=longueur)
    choisis.exclude(texte="").update(texte=reste)
    CompteRendu.objects.filter(pk__in=cles).update(renvoi="")


def oublier_les_empreintes(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
    """La fiche remise ne se reconnaît plus à son contenu."""
    fiches = list(Fiche.objects.filter(pk__in=cles).only("pk"))
    for fiche in fiches:
        fiche.empreinte = token_hex(32)
    Fiche.objects.bulk_update(fiches, ["empreinte"])


def dans_une_campagne_close(geste: Callable[[QuerySet, Sequence[int], Contexte], None]):
    """La base tient le référentiel d'une campagne close : l'anonymisation le dit, le temps de sa transaction."""

    def ecrire(lignes: QuerySet, cles: Sequence[int], contexte: Contexte) -> None:
        with connection.cursor() as curseur:
            curseur.execute("SET LOCAL passpro.purge = 'on'")
        geste(lignes, cles, contexte)

    return ecrire


def sans_texte(champ: str) -> Case:
    """Vide si le texte l'était ; sinon la mention : les chiffres disent encore qu'il y en avait un."""
    return Case(When(**{champ: ""}, then=Value("")), default=Value(TEXTE))
