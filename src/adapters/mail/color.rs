//! The brand's one colour, made into all that a mail needs so that everything stays readable.

use serde::Serialize;

use crate::domain::Brand;

const WHITE: Rgb = Rgb([255.0, 255.0, 255.0]);
const BLACK: Rgb = Rgb([0.0; 3]);
/// The card in dark mode.
const DARK_SURFACE: Rgb = Rgb([20.0, 29.0, 27.0]);
/// WCAG AA for text.
const READABLE: f64 = 4.5;
/// Thin light strokes on a dark ground look darker than they measure.
const READABLE_IN_DARK: f64 = 6.5;

/// `#rrggbb` each. The `dark_` ones are for readers in dark mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Palette {
    /// The button and the band on top, as the brand gave it.
    accent: String,
    on_accent: String,
    /// Links: the accent, as dark as white paper needs it.
    link: String,
    dark_accent: String,
    dark_on_accent: String,
}

#[derive(Clone, Copy)]
struct Rgb([f64; 3]);

impl Palette {
    /// `None` unless `color` is `#rrggbb`.
    pub fn of(color: &str) -> Option<Self> {
        let accent = Rgb::parse(color)?;
        let dark_accent = accent.towards(accent.tint(), DARK_SURFACE, READABLE_IN_DARK);
        Some(Self {
            accent: accent.hex(),
            on_accent: accent.text_on().hex(),
            link: accent.towards(BLACK, WHITE, READABLE).hex(),
            dark_accent: dark_accent.hex(),
            dark_on_accent: dark_accent.text_on().hex(),
        })
    }
}

impl Default for Palette {
    fn default() -> Self {
        Self::of(Brand::DEFAULT_COLOR).unwrap_or_else(|| Self {
            accent: BLACK.hex(),
            on_accent: WHITE.hex(),
            link: BLACK.hex(),
            dark_accent: WHITE.hex(),
            dark_on_accent: BLACK.hex(),
        })
    }
}

impl Rgb {
    fn parse(color: &str) -> Option<Self> {
        let digits = color.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        let [_, r, g, b] = value.to_be_bytes();
        Some(Self([r, g, b].map(f64::from)))
    }

    fn hex(self) -> String {
        #[expect(clippy::as_conversions, reason = "in range by construction, and there is no other way from a float")]
        let [r, g, b] = self.0.map(|c| c.round().clamp(0.0, 255.0) as u8);
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// WCAG 2 relative luminance, 0 to 1.
    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|c| {
            let c = c / 255.0;
            if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// One of the two is always readable: their contrasts with any colour multiply to 21.
    fn text_on(self) -> Self {
        if self.contrast(WHITE) >= READABLE { WHITE } else { BLACK }
    }

    fn mix(self, other: Self, share: f64) -> Self {
        let [r, g, b] = self.0;
        let [r2, g2, b2] = other.0;
        Self([r + (r2 - r) * share, g + (g2 - g) * share, b + (b2 - b) * share])
    }

    /// The lightest shade that is still this colour. Mixing a deep green with white alone gives grey.
    fn tint(self) -> Self {
        let [r, g, b] = self.0;
        let highest = r.max(g).max(b);
        if highest == 0.0 { WHITE } else { Self(self.0.map(|c| c * 255.0 / highest)).mix(WHITE, 0.5) }
    }

    /// This colour, mixed with `other` just enough to be read on `paper`.
    fn towards(self, other: Self, paper: Self, contrast: f64) -> Self {
        (0..=20)
            .map(|step| self.mix(other, f64::from(step) / 20.0))
            .find(|c| c.contrast(paper) >= contrast)
            .unwrap_or(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_brand_colour_stays_readable() {
        let contrast = |a: &str, b: &str| Rgb::parse(a).unwrap().contrast(Rgb::parse(b).unwrap());
        for color in ["#125544", "#ffffff", "#000000", "#ffee00", "#ff0000", "#777777", "#9db4c0", "#0000ff"] {
            let palette = Palette::of(color).unwrap();
            assert_eq!(palette.accent, color);
            assert!(contrast(&palette.accent, &palette.on_accent) >= READABLE, "{palette:?}");
            assert!(contrast(&palette.dark_accent, &palette.dark_on_accent) >= READABLE, "{palette:?}");
            assert!(contrast(&palette.link, "#ffffff") >= READABLE, "{palette:?}");
            assert!(contrast(&palette.dark_accent, &DARK_SURFACE.hex()) >= READABLE - 0.05, "{palette:?}");
        }
    }

    #[test]
    fn takes_only_hexadecimal_colours() {
        for bad in ["", "red", "#12", "#12345g", "#123456;background:url(x)"] {
            assert_eq!(Palette::of(bad), None);
        }
        assert_eq!(Palette::default().accent, Brand::DEFAULT_COLOR);
    }
}
