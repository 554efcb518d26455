//! One figure of several runs: its median, and how far the runs lay apart.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Figure(Vec<f64>);

impl Figure {
    pub fn add(&mut self, value: Option<f64>) {
        self.0.extend(value.filter(|value| value.is_finite()));
    }

    /// Of an even count the upper one: no figure is shown that was not measured.
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }

    pub fn range(&self) -> Option<(f64, f64)> {
        let least = self.0.iter().copied().min_by(f64::total_cmp)?;
        let most = self.0.iter().copied().max_by(f64::total_cmp)?;
        Some((least, most))
    }

    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut figure = Self::default();
        values.into_iter().for_each(|value| figure.add(Some(value)));
        figure
    }

    /// Every run's figure through that of the same run below.
    pub fn over(&self, below: &Self) -> Self {
        Self::of(self.0.iter().zip(&below.0).map(|(above, below)| above / below))
    }

    /// Every run's figure with that of the same run.
    pub fn plus(&self, other: &Self) -> Self {
        Self::of(self.0.iter().zip(&other.0).map(|(one, other)| one + other))
    }

    /// Every run's figure without that of the same run below.
    pub fn less(&self, below: &Self) -> Self {
        Self::of(self.0.iter().zip(&below.0).map(|(above, below)| above - below))
    }
}

/// Three digits are what such a measurement is good for.
pub fn digits(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        small if small < 0.1 => format!("{value:.3}"),
        small if small < 10.0 => format!("{value:.2}"),
        medium if medium < 100.0 => format!("{value:.1}"),
        medium if medium < 10_000.0 => format!("{value:.0}"),
        large if large < 999_500.0 => format!("{:.0} k", value / 1e3),
        _ => format!("{:.2} M", value / 1e6),
    }
}

/// `median (least–most)`, or the one figure that there is.
impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(median), Some((least, most))) = (self.median(), self.range()) else {
            return out.write_str("–");
        };
        out.write_str(&digits(median))?;
        if self.0.len() > 1 { write!(out, " ({}–{})", digits(least), digits(most)) } else { Ok(()) }
    }
}

/// A number of a JSON line, such as `/ack_ms/p99`.
pub fn number(line: &Value, pointer: &str) -> Option<f64> {
    line.pointer(pointer).and_then(Value::as_f64)
}

/// CPU seconds of one part per 100,000 deliveries.
pub fn per_100k(line: &Value, pointer: &str) -> Option<f64> {
    let (cpu, delivered) = (number(line, pointer)?, number(line, "/delivered")?);
    Some(cpu * 1e5 / delivered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_told_by_its_median_and_its_range() {
        let figure = Figure::of([3.0, 1.0, 2.0, 50.0, 2.5]);
        assert_eq!(figure.median(), Some(2.5));
        assert_eq!(figure.to_string(), "2.50 (1.00–50.0)");
        assert_eq!(Figure::of([7.0]).to_string(), "7.00");
        assert_eq!(Figure::default().to_string(), "–");
        let ratio = Figure::of([1.0, 9.0]).over(&Figure::of([2.0, 3.0]));
        assert_eq!(ratio.range(), Some((0.5, 3.0)));
    }

    #[test]
    fn digits_are_few() {
        let told = [0.0213, 0.5, 12.34, 123.4, 12_345.0, 1_234_567.0].map(digits);
        assert_eq!(told, ["0.021", "0.50", "12.3", "123", "12 k", "1.23 M"]);
    }

    #[test]
    fn what_is_no_number_is_no_figure() {
        let mut figure = Figure::default();
        figure.add(None);
        figure.add(Some(f64::NAN));
        figure.add(number(&serde_json::json!({"ack_ms": {"p99": 2.0}}), "/ack_ms/p99"));
        figure.add(number(&serde_json::json!({"ack_ms": null}), "/ack_ms/p99"));
        assert_eq!(figure.median(), Some(2.0));
    }
}
