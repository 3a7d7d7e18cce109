"""Un nom qui commence par une lettre accentuée se range à sa place, où que la base soit installée."""

from referentiel.catalogue_lu import LieuPropose
from referentiel.forms.catalogue import FiltreDuCatalogue

RANGES = ["Eau", "ébène", "Ébénisterie", "Électricité", "Œnologie", "Optique", "Zinguerie"]
MELES = RANGES[::2] + RANGES[1::2]


def test_les_villes_du_catalogue_public_se_rangent_en_francais():
    lieux = [LieuPropose(f"094000{n}A", "Lycée", ville, None, None) for n, ville in enumerate(MELES)]
    filtre = FiltreDuCatalogue(domaines=[], departements=[], etablissements=lieux)
    assert [libelle for _, libelle in filtre.fields["ville"].choices] == ["Toutes", *RANGES]
