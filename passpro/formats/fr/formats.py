"""Écriture française des jours et des heures : « jeudi 12 mars 2026 », « 14 h 30 »."""

DATE_FORMAT = "l j F Y"
TIME_FORMAT = "G\xa0\\h\xa0i"
DATETIME_FORMAT = "l j F Y à G\xa0\\h\xa0i"
SHORT_DATE_FORMAT = "D. j F"
SHORT_DATETIME_FORMAT = "D. j F à G\xa0\\h\xa0i"
MONTH_DAY_FORMAT = "j F"
FIRST_DAY_OF_WEEK = 1
DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "\xa0"
NUMBER_GROUPING = 3
