"""Lire un fichier d'élèves et dire ce qu'il changerait, sans toucher à la base (R10 à R13).

`colonnes` reconnaît les en-têtes, `valeurs` lit une cellule, `niveaux` dit le niveau d'un élève, `plan` compare le
fichier à ce qui est connu ; `siecle_xml` ouvre l'export XML de SIECLE.
"""
