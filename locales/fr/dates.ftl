# Les dates comme on les écrit. Jours et mois par numéro : 1 est lundi, 1 est janvier.
date-in-words = { $weekday } { $day } { $month } { $year } à { $hour } h { $minute } ({ $zone })
# Le fuseau de l’heure, par sa ville ou son nom.
date-zone = { $vowel ->
    [1] heure d’{ $city }
   *[other] heure de { $city }
}
date-zone-plain = heure { $name }
date-day = { $day ->
    [1] 1er
   *[other] { $day }
}
date-hour = { $plain }
date-in-minutes = { $count ->
    [one] dans { $count } minute
   *[other] dans { $count } minutes
}
date-in-hours = { $count ->
    [one] dans { $count } heure
   *[other] dans { $count } heures
}
date-in-days = { $count ->
    [one] dans { $count } jour
   *[other] dans { $count } jours
}
weekday-1 = lundi
weekday-2 = mardi
weekday-3 = mercredi
weekday-4 = jeudi
weekday-5 = vendredi
weekday-6 = samedi
weekday-7 = dimanche
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
