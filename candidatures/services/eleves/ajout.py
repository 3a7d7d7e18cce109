"""Ajouter un élève à un établissement d'origine (R10 à R12)."""

from dataclasses import asdict
from datetime import datetime, timedelta

from candidatures.models import Eleve
from candidatures.services.eleves.referents import avec_le_referent_de_leur_classe
from candidatures.services.eleves.saisie import (
    SaisieEleve,
    exiger_un_ine_libre,
    exiger_une_identite_nouvelle,
    exiger_une_saisie_juste,
    lisible,
)
from candidatures.services.verrous import tenir_l_etablissement
from comptes.models import Personne, Trace
from comptes.services import consigner
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.services import contraintes_dites, exiger_une_des_periodes

# Un élève s’ajoute de l’information à la fin des inscriptions ; ses données se corrigent jusqu’à la fermeture.
AJOUT = (Nature.INFORMATION, Nature.INSCRIPTION)
UN_DOUBLE_CLIC = timedelta(seconds=10)


@contraintes_dites()
def ajouter_un_eleve(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    saisie: SaisieEleve,
    par: Personne | None,
    le: datetime,
    confirme: bool = False,
    demande_le: datetime | None = None,
) -> Eleve:
    """Ajoute un élève à un établissement d'origine (R10 à R12).

    `confirme` accepte un second élève de mêmes noms et date de naissance, quand l'un des deux n'a pas d'INE.
    `demande_le` : l'instant où l'ajout a été demandé, quand il attendait une décision (R21) ; le calendrier le juge.
    Lève `PeriodeClose`, `EleveDejaInscritAilleurs`, `DoublonAConfirmer`, ou `Refus` avec la raison.
    """
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=etablissement.pk, le=demande_le or le)
    saisie = saisie.propre()
    exiger_une_saisie_juste(saisie, campagne, le)
    tenir_l_etablissement(etablissement.pk)
    [saisie] = avec_le_referent_de_leur_classe([saisie], campagne, etablissement)
    exiger_un_ine_libre(saisie, campagne, etablissement.pk)
    apres = lisible(asdict(saisie) | {"confirme": "oui" if confirme else ""})
    if not confirme:
        exiger_une_identite_nouvelle(saisie, campagne, etablissement.pk)
    elif deja := _ajoute_a_l_instant(campagne, etablissement, apres, le):
        return deja
    eleve = Eleve.objects.create(campagne=campagne, etablissement=etablissement, **asdict(saisie))
    consigner(objet=eleve, fait="ajout", phrase="Élève ajouté.", par=par, le=le, apres=apres)
    return eleve


def _ajoute_a_l_instant(
    campagne: Campagne, etablissement: Etablissement, apres: dict[str, str], le: datetime
) -> Eleve | None:
    """Élève que le même ajout confirmé vient de créer : un double clic n'en crée pas un second (F6)."""
    eleves = Eleve.objects.de_l_origine(campagne, etablissement.pk)
    ajouts = Trace.objects.filter(
        objet_type=Eleve._meta.label_lower, fait="ajout", apres=apres, le__range=(le - UN_DOUBLE_CLIC, le)
    )
    return eleves.filter(pk__in=ajouts.values("objet_id")).first()
