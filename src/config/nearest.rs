//! The known name that somebody probably meant.

/// The known name that takes the fewest changed characters. A key that stands in the wrong table is nearest to the
/// one with the same last part.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known.min_by_key(|candidate| {
        let is_misplaced = last_part(name) == last_part(candidate);
        (!is_misplaced, distance(name, candidate))
    })
}

fn last_part(key: &str) -> &str {
    key.rsplit_once('.').map_or(key, |(_, last)| last)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(b.chars()) {
            let replaced = diagonal + usize::from(from != to);
            diagonal = *cell;
            *cell = replaced.min(left + 1).min(diagonal + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_changed_characters() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("bind", "bind"), 0);
        assert_eq!(distance("bnid", "bind"), 2);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn prefers_the_same_name_in_another_table() {
        let known = ["http.bind", "bus.redis_url", "database.url"];
        assert_eq!(nearest("database.redis_url", known.into_iter()), Some("bus.redis_url"));
        assert_eq!(nearest("htp.bind", known.into_iter()), Some("http.bind"));
    }
}
