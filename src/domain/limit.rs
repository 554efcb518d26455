/// How often something may happen within a window.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub count: i64,
    pub window_ms: i64,
}
