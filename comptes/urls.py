from django.contrib.auth.views import LogoutView
from django.urls import path

from comptes import views

app_name = "comptes"
urlpatterns = [
    path("connexion/", views.Connexion.as_view(), name="connexion"),
    path("deconnexion/", LogoutView.as_view(), name="deconnexion"),
    path("espaces/", views.espaces, name="espaces"),
    path("compte/", views.compte, name="compte"),
    path("compte/notifications/", views.notifications, name="notifications"),
    path("compte/sessions/", views.fermer_les_sessions, name="fermer_les_sessions"),
]
