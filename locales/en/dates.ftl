# Dates as people write them. Days and months by number: 1 is Monday, 1 is January.
date-in-words = { $weekday } { $day } { $month } { $year } at { $hour }:{ $minute } { $zone }
# The zone that the hour is told in, by its city or its name.
date-zone = ({ $city } time)
date-zone-plain = { $name }
date-day = { $day }
date-hour = { $padded }
date-in-minutes = { $count ->
    [one] in { $count } minute
   *[other] in { $count } minutes
}
date-in-hours = { $count ->
    [one] in { $count } hour
   *[other] in { $count } hours
}
date-in-days = { $count ->
    [one] in { $count } day
   *[other] in { $count } days
}
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
