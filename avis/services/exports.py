"""Exporter les bonus vers Affelnet-Lycée, et garder chaque fichier tel qu'il a été remis (R34)."""

import hashlib
from datetime import datetime

from django.db import transaction

from avis.exports import feuille_de_l_export, preparer_l_export
from avis.models import ExportAffelnet
from comptes.models import Personne
from comptes.services import consigner
from courriers.services import attendre_les_oublis
from referentiel.models import Campagne
from referentiel.rules.dates import INSECABLE
from referentiel.rules.jeu import Affichage
from referentiel.rules.refus import Refus
from referentiel.tableurs.ecriture import en_csv


@transaction.atomic
def exporter_vers_affelnet(*, campagne: Campagne, par: Personne, le: datetime) -> tuple[ExportAffelnet, bool]:
    """Écrit le fichier et le garde ; rend l'export, et vrai s'il est nouveau.

    Deux demandes du même contenu, même simultanées, donnent un seul export (F6). Lève `Refus` dans une campagne sans
    bonus ou qui n'est pas ouverte, ou s'il n'y a aucune ligne.
    """
    ouverte = Campagne.objects.select_for_update(of=("self",), no_key=True).select_related("regles").get(pk=campagne.pk)
    if ouverte.regles.affichage != Affichage.AVEC_BONUS:
        raise Refus("Cette campagne ne donne aucun bonus dans Affelnet-Lycée\u00a0: il n’y a rien à exporter.")
    if not ouverte.est_ouverte:
        raise Refus(f"La campagne «\u00a0{ouverte.intitule}\u00a0» n’est pas ouverte\u00a0: consultation seule.")
    # L'effacement d'un élève relit les exports gardés : il verra celui-ci, ou celui-ci lira ce qui reste de l'élève.
    attendre_les_oublis()
    preparation = preparer_l_export(ouverte)
    if not preparation.lignes:
        raise Refus("Aucun bonus à exporter\u00a0: aucun vœu confirmé par la famille n’est noté comme saisi.")
    contenu = en_csv(feuille_de_l_export(preparation), guillemets=True)
    empreinte = hashlib.sha256(contenu).hexdigest()
    dernier = ExportAffelnet.objects.filter(campagne=ouverte).first()
    if dernier and dernier.empreinte == empreinte:
        return dernier, False
    export = ExportAffelnet.objects.create(
        campagne=ouverte,
        par=par,
        le=le,
        contenu=contenu,
        lignes=len(preparation.lignes),
        ecartees=preparation.ecartees,
        empreinte=empreinte,
    )
    lignes = f"{export.lignes} ligne{'s' if export.lignes > 1 else ''}"
    phrase = f"Export vers Affelnet-Lycée{INSECABLE}: {lignes}, empreinte {empreinte[:12]}"
    consigner(objet=ouverte, fait="export_affelnet", phrase=phrase, par=par, le=le)
    return export, True
