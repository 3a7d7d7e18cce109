"""Lire un fichier d'élèves et dire ce qu'il changerait, sans toucher à la base (R10 à R13).

`colonnes` reconnaît les en-têtes, `valeurs` lit une cellule, `niveaux` dit le niveau d'un élève, `lignes` lit l'élève
d'une ligne, `eleves` reconnaît en lui un élève connu, `plan` compare le fichier à ce qui est connu, `phrases` le dit ;
`siecle_xml` ouvre l'export XML de SIECLE.
"""
