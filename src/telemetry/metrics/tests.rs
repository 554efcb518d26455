use std::sync::Arc;
use std::time::Duration;

use super::*;

struct Shelf;

#[derive(Clone, Copy, PartialEq)]
enum Fruit {
    Pear,
    Fig,
}

impl Label for Fruit {
    const NAME: &'static str = "fruit";

    fn all() -> &'static [Self] {
        &[Self::Pear, Self::Fig]
    }

    fn text(self) -> &'static str {
        match self {
            Self::Pear => "pear",
            Self::Fig => "fig",
        }
    }
}

impl Source for Shelf {
    fn queues(&self) -> Vec<Queue> {
        vec![Queue::new("basket", 3, 8), Queue::new(format!("crate_{}", 0), 0, 2)]
    }

    fn write(&self, page: &mut Page<'_>) -> std::fmt::Result {
        let eaten = Counters::default();
        eaten.add(Fruit::Fig, 2);
        page.counted("shelf_eaten_total", "Gone.", &eaten)?;
        page.counter("shelf_falls_total", "Fallen.", 7)?;
        let ripe = Histogram::of_time(&[Duration::from_millis(1), Duration::from_secs(1)]);
        ripe.took(Duration::from_millis(1));
        ripe.took(Duration::from_millis(2));
        ripe.took(Duration::from_millis(3));
        ripe.took(Duration::from_secs(2));
        page.histogram("shelf_ripe_seconds", "Ripe.", &ripe)?;
        let boxes = Histogram::of_numbers(&[1, 2]);
        boxes.number(3);
        page.histogram("shelf_box_fruits", "Packed.", &boxes)
    }
}

#[test]
fn a_page_is_what_prometheus_reads() {
    let text = render(vec![Arc::new(Shelf)]).unwrap();
    let expected = "\
# HELP entremise_queue_depth What waits in a queue now; of many of a kind the fullest.
# TYPE entremise_queue_depth gauge
entremise_queue_depth{queue=\"basket\"} 3
entremise_queue_depth{queue=\"crate_0\"} 0
# HELP entremise_queue_limit What a queue holds at most.
# TYPE entremise_queue_limit gauge
entremise_queue_limit{queue=\"basket\"} 8
entremise_queue_limit{queue=\"crate_0\"} 2
# HELP shelf_eaten_total Gone.
# TYPE shelf_eaten_total counter
shelf_eaten_total{fruit=\"pear\"} 0
shelf_eaten_total{fruit=\"fig\"} 2
# HELP shelf_falls_total Fallen.
# TYPE shelf_falls_total counter
shelf_falls_total 7
# HELP shelf_ripe_seconds Ripe.
# TYPE shelf_ripe_seconds histogram
shelf_ripe_seconds_sum 2.006
shelf_ripe_seconds_count 4
shelf_ripe_seconds_bucket{le=\"0.001\"} 1
shelf_ripe_seconds_bucket{le=\"1.0\"} 3
shelf_ripe_seconds_bucket{le=\"+Inf\"} 4
# HELP shelf_box_fruits Packed.
# TYPE shelf_box_fruits histogram
shelf_box_fruits_sum 3.0
shelf_box_fruits_count 1
shelf_box_fruits_bucket{le=\"1.0\"} 0
shelf_box_fruits_bucket{le=\"2.0\"} 0
shelf_box_fruits_bucket{le=\"+Inf\"} 1
# EOF
";
    assert_eq!(text, expected);
}

#[test]
fn what_threads_count_apart_adds_up() {
    let spread: Spread<Counter> = Spread::default();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| (0..1000).for_each(|_| spread.here().one()));
        }
    });
    assert_eq!(spread.iter().map(Counter::get).sum::<u64>(), 20_000);
}

#[test]
fn distributions_are_added_bucket_by_bucket() {
    let (one, two) = (Histogram::of_numbers(&[10]), Histogram::of_numbers(&[10]));
    one.number(4);
    two.number(40);
    let both = one.read().plus(&two.read());
    assert_eq!((both.sum, both.count, both.buckets[1].1), (44.0, 2, 1));
}

#[test]
fn the_process_tells_its_own() {
    let text = render(vec![Arc::new(ProcessMetrics::started_now())]).unwrap();
    for name in ["cpu_seconds_total", "resident_memory_bytes", "open_fds", "max_fds", "start_time_seconds", "threads"] {
        assert!(text.lines().any(|line| line.starts_with(&format!("process_{name} "))), "{name} is missing:\n{text}");
    }
}
