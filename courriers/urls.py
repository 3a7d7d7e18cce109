"""Adresses d'un document qui se prépare, et de la boîte de la démonstration."""

from django.urls import path

from courriers import views

app_name = "courriers"
urlpatterns = [
    path("document-en-preparation/<str:cle>/", views.document, name="document"),
    path("demonstration/courriels/", views.boite, name="boite"),
    path("demonstration/courriels/<str:nom>/", views.message, name="message"),
    path("demonstration/courriels/<str:nom>/<int:rang>/", views.piece, name="piece"),
]
