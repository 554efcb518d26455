//! The currencies of ISO 4217. `static/js/text/currencies.js` has the same lists: an amount is kept in the smallest unit of
//! its currency, so that page and server must agree on what that is.

const BY_DIGITS: [(u32, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY \
         COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR \
         IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD \
         NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP \
         SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// How many digits stand behind the point; `None` if there is no such currency.
pub fn minor_digits(currency: &str) -> Option<u32> {
    BY_DIGITS.iter().find(|(_, codes)| codes.split(' ').any(|code| code == currency)).map(|(digits, _)| *digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_are_those_of_the_world() {
        for (code, digits) in [("EUR", 2), ("JPY", 0), ("KWD", 3), ("SEK", 2), ("CLF", 4), ("IQD", 3)] {
            assert_eq!(minor_digits(code), Some(digits), "{code}");
        }
        for unknown in ["ZZZ", "eur", "EURO", "", "EU", "XXX", "XAU", "EUR USD", " "] {
            assert_eq!(minor_digits(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn the_page_knows_the_same_currencies() {
        let page = include_str!("../../static/js/text/currencies.js");
        for (digits, codes) in BY_DIGITS {
            let line = format!("  [{digits}, \"{codes}\"],");
            assert!(page.contains(&line), "static/js/text/currencies.js lacks the line\n{line}");
        }
        assert_eq!(page.matches("\"],").count(), BY_DIGITS.len());
    }
}
