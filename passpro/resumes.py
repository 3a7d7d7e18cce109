"""Le résumé quotidien relie ce que `pilotage` lit à ce que `courriers` poste : l'un ne fait que lire, l'autre ne
connaît pas les tâches (écran 6.6)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from courriers.models import Courriel
from courriers.services import est_une_adresse, poster
from pilotage.rules import est_l_heure_du_resume
from pilotage.selectors.resumes import Resume, resumes_du_jour
from referentiel.models import Campagne
from referentiel.rules.dates import jour_de


def poster_les_resumes(*, le: datetime) -> int:
    """Poste le résumé de chaque personne que quelque chose attend, une fois par jour ouvré ; rend leur nombre.

    Chaque résumé a sa transaction : interrompue, la tâche reprend où elle en était. Un compte dont le courriel n'en est
    pas un n'arrête pas les suivants.
    """
    if not est_l_heure_du_resume(le):
        return 0
    du_jour = Courriel.objects.filter(cle__startswith=f"resume:{jour_de(le).isoformat()}:")
    deja = frozenset(du_jour.values_list("cle", flat=True))
    ouvertes = Campagne.objects.select_related("academie").avec_regles().filter(etat=Campagne.Etat.OUVERTE)
    postes = 0
    for campagne in ouvertes:
        for resume in resumes_du_jour(campagne, le, sauf=deja):
            if est_une_adresse(resume.destinataire):
                _poster(resume, campagne, le)
                postes += 1
    return postes


@transaction.atomic
def _poster(resume: Resume, campagne: Campagne, le: datetime) -> None:
    poster(
        cle=resume.cle,
        nature="resume",
        destinataire=resume.destinataire,
        sujet=resume.sujet,
        gabarit="courriels/resume",
        contexte={
            "lieu": resume.lieu,
            "lignes": resume.lignes,
            "echeance": resume.echeance,
            "academie": resume.academie,
            "url": f"{settings.ADRESSE_PUBLIQUE}{resume.adresse}",
            "notifications_url": f"{settings.ADRESSE_PUBLIQUE}{reverse('comptes:notifications')}",
        },
        le=le,
        uai=resume.uai,
        academie=campagne.academie_id,
    )
