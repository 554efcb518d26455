use super::states::states;

states! {
    /// The languages in which everything that a person reads exists.
    #[derive(Default)]
    Language {
        #[default]
        Fr = "fr",
        En = "en",
    }
}

impl Language {
    /// The separator of cells in a CSV file for spreadsheets of this language: French ones need the comma for decimals.
    pub fn cell_separator(self) -> u8 {
        match self {
            Self::Fr => b';',
            Self::En => b',',
        }
    }

    /// The first language of an `Accept-Language` header that we have; quality values are ignored because browsers
    /// write the list in order of preference.
    pub fn from_accept_language(header: &str) -> Option<Self> {
        header.split(',').find_map(|part| {
            let tag = part.split(';').next()?.trim();
            let primary = tag.split('-').next()?;
            Self::parse(&primary.to_ascii_lowercase())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_known_language() {
        assert_eq!(Language::from_accept_language("de, en-GB;q=0.8, fr"), Some(Language::En));
        assert_eq!(Language::from_accept_language("fr-CA"), Some(Language::Fr));
        assert_eq!(Language::from_accept_language("de"), None);
    }
}
