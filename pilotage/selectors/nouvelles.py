"""L'historique que chacun peut lire : frise d'une candidature, dernières nouvelles d'un établissement (R39).

Une candidature vit dans deux établissements ; chacun n'en lit que sa part. L'origine n'apprend ni ce que
l'accueil prépare avant l'envoi, ni ce qu'il a transmis avant la publication (R25, R30). L'accueil n'apprend
rien d'avant l'inscription, ni de l'établissement qui avait la candidature avant lui (R25b).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery

from candidatures.models import Candidature, Eleve
from comptes.lectures_preparees import LecturePreparee, clef_temoin
from comptes.models import Trace
from referentiel.models import Campagne, Etablissement
from referentiel.permissions import Cote

CANDIDATURE = Candidature._meta.label_lower
ELEVE = Eleve._meta.label_lower
ENTREPRISES_DE_L_ACCUEIL = ("planification", "convocation_confirmee", "convocation_rappelee", "convocation_completee")
COMPTES_RENDUS = ("compte_rendu", "compte_rendu_transmis", "compte_rendu_corrige", "formation_ajoutee")
CHANGEMENT_D_ACCUEIL = "changement_d_accueil"
DERNIERES = 5
DANS_UN_DOSSIER = 10
CAMPAGNE, ETABLISSEMENT, SON_DOSSIER = clef_temoin(0), clef_temoin(1), clef_temoin(2)


@dataclass(frozen=True, slots=True)
class Nouvelle:
    """Un événement récent et la candidature qu'il touche."""

    le: datetime
    phrase: str
    candidature: Candidature


def traces_lisibles(
    candidatures: QuerySet[Candidature], campagne: Campagne, cote: Cote, le: datetime
) -> QuerySet[Trace]:
    """Traces de `candidatures` que ce côté peut lire, la plus récente d'abord."""
    traces = Trace.objects.filter(objet_type=CANDIDATURE, objet_id__in=candidatures.order_by().values("pk"))
    return _vues_de(traces, cote, avis_visibles=campagne.montre_les_avis_d_accueil(le))


def traces_du_dossier(eleve: Eleve, campagne: Campagne, le: datetime) -> QuerySet[Trace]:
    """Traces de l'élève et de ses candidatures, pour son établissement d'origine."""
    return _du_dossier(eleve.pk, avis_visibles=campagne.montre_les_avis_d_accueil(le))


def dernieres_traces_du_dossier(eleve: Eleve, campagne: Campagne, le: datetime) -> list[Trace]:
    """Les plus récentes : sa page s'ouvre toute la journée."""
    return DU_DOSSIER[campagne.montre_les_avis_d_accueil(le)].lire(eleve=eleve.pk)


def _du_dossier(eleve_id: int, *, avis_visibles: bool) -> QuerySet[Trace]:
    siennes = Candidature.objects.filter(eleve=eleve_id).values("pk")
    traces = Trace.objects.filter(
        Q(objet_type=ELEVE, objet_id=eleve_id) | Q(objet_type=CANDIDATURE, objet_id__in=siennes)
    )
    return _vues_de(traces, Cote.ORIGINE, avis_visibles=avis_visibles)


def dernieres_nouvelles(campagne: Campagne, etablissement: Etablissement, cote: Cote, le: datetime) -> list[Nouvelle]:
    """Cinq derniers événements des candidatures de l'établissement, vus de ce côté, en deux requêtes."""
    visibles = campagne.montre_les_avis_d_accueil(le)
    traces = NOUVELLES[cote, visibles].lire(campagne=campagne.pk, etablissement=etablissement.pk)
    cles = {trace.objet_id for trace in traces}
    touchees = Candidature.objects.select_related("eleve", "domaine").in_bulk(cles) if cles else {}
    return [Nouvelle(trace.le, trace.phrase, touchees[trace.objet_id]) for trace in traces]


def _vues_de(traces: QuerySet[Trace], cote: Cote, *, avis_visibles: bool) -> QuerySet[Trace]:
    lisibles = _de_l_origine(traces, avis_visibles) if cote is Cote.ORIGINE else _de_l_accueil(traces)
    return lisibles.order_by("-le", "-pk")


def _de_l_origine(traces: QuerySet[Trace], avis_visibles: bool) -> QuerySet[Trace]:
    lisibles = traces.exclude(fait__in=ENTREPRISES_DE_L_ACCUEIL)
    return lisibles if avis_visibles else lisibles.exclude(fait__in=COMPTES_RENDUS)


def _de_l_accueil(traces: QuerySet[Trace]) -> QuerySet[Trace]:
    inscription = Candidature.objects.filter(pk=OuterRef("objet_id")).values("inscrite_le")
    arrivees = Trace.objects.filter(
        Q(le__gt=OuterRef("le")) | Q(le=OuterRef("le")) & ~Q(fait=OuterRef("fait")),
        objet_type=CANDIDATURE,
        objet_id=OuterRef("objet_id"),
        fait=CHANGEMENT_D_ACCUEIL,
    )
    return traces.annotate(inscription=Subquery(inscription, output_field=DateTimeField())).filter(
        ~Exists(arrivees), le__gte=F("inscription")
    )


def _preparer(cote: Cote, *, avis_visibles: bool) -> LecturePreparee:
    d_ici = Candidature.objects.de_l_origine if cote is Cote.ORIGINE else Candidature.objects.de_l_accueil
    siennes = d_ici(CAMPAGNE, ETABLISSEMENT).order_by().values("pk")
    traces = _vues_de(
        Trace.objects.filter(objet_type=CANDIDATURE, objet_id__in=siennes), cote, avis_visibles=avis_visibles
    )
    return LecturePreparee(lambda: traces[:DERNIERES], {"campagne": CAMPAGNE, "etablissement": ETABLISSEMENT})


def _preparer_le_dossier(*, avis_visibles: bool) -> LecturePreparee:
    traces = _du_dossier(SON_DOSSIER, avis_visibles=avis_visibles)
    return LecturePreparee(lambda: traces[:DANS_UN_DOSSIER], {"eleve": SON_DOSSIER})


DU_DOSSIER = {visibles: _preparer_le_dossier(avis_visibles=visibles) for visibles in (True, False)}
NOUVELLES = {(cote, visibles): _preparer(cote, avis_visibles=visibles) for cote in Cote for visibles in (True, False)}
