"""Les tableurs qui entrent (lecture) et qui sortent (écriture) : XLSX, CSV (R9, R13, R41)."""
