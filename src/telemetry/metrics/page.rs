//! The page that a scrape reads. `prometheus-client` writes the format; what stands on it comes from the parts.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::instruments::{Counters, Distribution, Histogram, Label};

/// A part that has something to tell.
pub trait Source: Send + Sync {
    /// The queues of this part, each with what waits in it and what it holds at most.
    fn queues(&self) -> Vec<Queue> {
        Vec::new()
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result;
}

/// A queue, or the fullest of many of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub name: Cow<'static, str>,
    pub depth: usize,
    pub limit: usize,
}

impl Queue {
    pub fn new(name: impl Into<Cow<'static, str>>, depth: usize, limit: usize) -> Self {
        Self { name: name.into(), depth, limit }
    }
}

/// Names are written as they are scraped, so that they can be searched for: counters end in `_total`, times in `_seconds`.
pub struct Page<'a>(DescriptorEncoder<'a>);

type Labels<'a> = &'a [(&'a str, &'a str)];

const NONE: [(&str, &str); 0] = [];

impl Page<'_> {
    pub fn counter(&mut self, name: &str, help: &str, count: u64) -> fmt::Result {
        self.counters(name, help, [(NONE, count)])
    }

    /// A counter of seconds.
    pub fn time_spent(&mut self, name: &str, help: &str, seconds: f64) -> fmt::Result {
        self.series(name, help, MetricType::Counter, [(NONE, seconds)])
    }

    /// One series for each set of labels.
    pub fn counters<'l, L: AsRef<[(&'l str, &'l str)]>>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        self.series(name, help, MetricType::Counter, series)
    }

    /// One series for each value of the label.
    pub fn counted<L: Label>(&mut self, name: &str, help: &str, counters: &Counters<L>) -> fmt::Result {
        self.counters(name, help, counters.iter().map(|(value, count)| ([(L::NAME, value.text())], count)))
    }

    pub fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        self.gauges(name, help, [(NONE, value)])
    }

    pub fn gauges<'l, L: AsRef<[(&'l str, &'l str)]>>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (L, impl EncodeGaugeValue)>,
    ) -> fmt::Result {
        self.series(name, help, MetricType::Gauge, series)
    }

    /// The library writes OpenMetrics, where the ending `_total` is no part of a counter's name. In the older text format it
    /// is, and that one every scraper and `promtool` can read: so the name is given whole, and the ending is not asked for.
    fn series<'l, L: AsRef<[(&'l str, &'l str)]>, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        series: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, kind)?;
        for (labels, value) in series {
            with(&mut family, labels.as_ref(), |encoder| encoder.encode_gauge(&value))?;
        }
        Ok(())
    }

    pub fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) -> fmt::Result {
        self.distribution(name, help, histogram.read())
    }

    pub fn distribution(&mut self, name: &str, help: &str, distribution: Distribution) -> fmt::Result {
        self.distributions(name, help, [(NONE, distribution)])
    }

    pub fn distributions<'l, L: AsRef<[(&'l str, &'l str)]>>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (L, Distribution)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, Distribution { sum, count, buckets }) in series {
            with(&mut family, labels.as_ref(), |encoder| {
                encoder.encode_histogram::<Labels<'_>>(sum, count, &buckets, None)
            })?;
        }
        Ok(())
    }
}

/// The format wants a series without labels written in another way than one with labels.
fn with(
    family: &mut MetricEncoder<'_>,
    labels: Labels<'_>,
    write: impl FnOnce(&mut MetricEncoder<'_>) -> fmt::Result,
) -> fmt::Result {
    if labels.is_empty() { write(family) } else { write(&mut family.encode_family(&labels)?) }
}

/// The whole page.
pub fn render(sources: Vec<Arc<dyn Source>>) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Everything(sources)));
    let mut text = String::with_capacity(64 * 1024);
    encode(&mut text, &registry)?;
    Ok(text)
}

struct Everything(Vec<Arc<dyn Source>>);

impl fmt::Debug for Everything {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sources", self.0.len())
    }
}

impl Collector for Everything {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        let queues: Vec<Queue> = self.0.iter().flat_map(|source| source.queues()).collect();
        let of = |number: fn(&Queue) -> usize| queues.iter().map(move |q| ([("queue", &*q.name)], number(q)));
        let depth = "What waits in a queue now; of many of a kind the fullest.";
        page.gauges("entremise_queue_depth", depth, of(|queue| queue.depth))?;
        page.gauges("entremise_queue_limit", "What a queue holds at most.", of(|queue| queue.limit))?;
        self.0.iter().try_for_each(|source| source.write(&mut page))
    }
}
