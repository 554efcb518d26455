use std::fmt;
use std::sync::{Arc, OnceLock};

use super::{Bus, BusHealth, Listener, metrics};
use crate::domain::{Event, RoomId};
use crate::telemetry::metrics::{Page, Source};

/// The bus of a node that is alone: its listener is the only one.
#[derive(Default)]
pub struct MemoryBus {
    listener: OnceLock<Arc<dyn Listener>>,
}

impl Bus for MemoryBus {
    fn listen(&self, listener: Arc<dyn Listener>) {
        let _ = self.listener.set(listener);
    }

    fn publish(&self, event: Event) {
        if let Some(listener) = self.listener.get() {
            listener.on_event(event);
        }
    }

    fn follow(&self, room: RoomId) {
        // Nothing can be missed between following and reading: say so, as every bus must.
        if let Some(listener) = self.listener.get() {
            listener.check(Some(room));
        }
    }

    fn unfollow(&self, _room: RoomId) {}

    fn is_shared(&self) -> bool {
        false
    }

    fn health(&self) -> BusHealth {
        BusHealth::Alone
    }
}

impl Source for MemoryBus {
    fn write(&self, page: &mut Page<'_>) -> fmt::Result {
        metrics::write_state(page, self.health())
    }
}
