//! The counters of the parts below the operations, in the order of the metrics page.

use std::fmt;

use super::App;
use crate::domain::Code;
use crate::telemetry::metrics::{Label, Page, Queue, Source};

impl Source for App {
    fn queues(&self) -> Vec<Queue> {
        let parts: [&dyn Source; 8] = [
            &self.store,
            &self.log,
            &*self.bus,
            &self.jobs,
            &self.passwords,
            &*self.attempts,
            &*self.reads,
            &*self.renames,
        ];
        parts.iter().flat_map(|part| part.queues()).collect()
    }

    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        let parts: [&dyn Source; 7] =
            [&self.store, &self.log, &*self.bus, &self.jobs, &self.mail, &self.passwords, &*self.attempts];
        parts.iter().try_for_each(|part| part.write(page))
    }
}

impl Label for Code {
    const NAME: &'static str = "code";

    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn text(self) -> &'static str {
        self.as_str()
    }
}
