//! CPU seconds and memory of processes, from /proc, and of this one, from getrusage.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, Result};
use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use nix::sys::time::TimeValLike;

/// Linux reports times to user space in hundredths of a second on every architecture.
const TICKS_PER_SECOND: f64 = 100.0;

/// Descriptors besides the sockets.
const SPARE_FILES: u64 = 64;

#[derive(Debug, Clone, Default)]
pub struct Watched {
    pub servers: Vec<u32>,
    pub postgres: Option<u32>,
    pub redis: Option<u32>,
}

/// The use of the processor up to one moment; `None` where no process was named.
#[derive(Debug, Clone, Copy)]
pub struct ProcessSample {
    pub server_cpu_s: Option<f64>,
    pub postgres_cpu_s: Option<f64>,
    pub redis_cpu_s: Option<f64>,
    pub load_cpu_s: f64,
    /// The whole machine, whoever used it.
    pub machine_cpu_s: f64,
    pub server_rss_kib: Option<u64>,
}

impl Watched {
    pub fn sample(&self) -> Result<ProcessSample> {
        let (mut cpu, mut rss) = (0.0, 0);
        for pid in &self.servers {
            cpu += cpu_of(*pid)?;
            rss += rss_kib(*pid)?;
        }
        let watched = !self.servers.is_empty();
        Ok(ProcessSample {
            server_cpu_s: watched.then_some(cpu),
            postgres_cpu_s: self.postgres.map(tree_cpu).transpose()?,
            redis_cpu_s: self.redis.map(cpu_of).transpose()?,
            load_cpu_s: own_cpu()?,
            machine_cpu_s: machine_cpu()?,
            server_rss_kib: watched.then_some(rss),
        })
    }
}

impl ProcessSample {
    /// CPU used since `earlier`; the memory is the one of now.
    pub fn since(self, earlier: Self) -> Self {
        let less = |now: Option<f64>, then: Option<f64>| Some(now? - then?);
        Self {
            server_cpu_s: less(self.server_cpu_s, earlier.server_cpu_s),
            postgres_cpu_s: less(self.postgres_cpu_s, earlier.postgres_cpu_s),
            redis_cpu_s: less(self.redis_cpu_s, earlier.redis_cpu_s),
            load_cpu_s: self.load_cpu_s - earlier.load_cpu_s,
            machine_cpu_s: self.machine_cpu_s - earlier.machine_cpu_s,
            server_rss_kib: self.server_rss_kib,
        }
    }

    /// Seconds of the measured processes: the server's nodes with their database and bus.
    pub fn served_cpu_s(&self) -> Option<f64> {
        Some(self.server_cpu_s? + self.postgres_cpu_s.unwrap_or(0.0) + self.redis_cpu_s.unwrap_or(0.0))
    }
}

struct Stat {
    parent: u32,
    cpu_s: f64,
}

fn stat(pid: u32) -> Result<Stat> {
    let text =
        fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is not there"))?;
    parse_stat(&text).with_context(|| format!("cannot read /proc/{pid}/stat"))
}

/// The name may hold spaces and parentheses, so fields are counted from its last one. CPU is the process with the
/// children that ended and were waited for: a PostgreSQL backend that ends in between stays counted.
fn parse_stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    Some(Stat { parent: fields.get(1)?.parse().ok()?, cpu_s: ticks as f64 / TICKS_PER_SECOND })
}

fn cpu_of(pid: u32) -> Result<f64> {
    Ok(stat(pid)?.cpu_s)
}

/// A process and all that descend from it.
fn tree_cpu(root: u32) -> Result<f64> {
    let mut total = cpu_of(root)?;
    let mut children: HashMap<u32, Vec<(u32, f64)>> = HashMap::new();
    for entry in fs::read_dir("/proc").context("cannot list /proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process that ended meanwhile is no fault.
        if let Ok(stat) = stat(pid) {
            children.entry(stat.parent).or_default().push((pid, stat.cpu_s));
        }
    }
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for (pid, cpu_s) in children.remove(&parent).unwrap_or_default() {
            total += cpu_s;
            parents.push(pid);
        }
    }
    Ok(total)
}

/// smaps_rollup is exact; the counter in status may lag by some pages per thread, and needs no rights.
fn rss_kib(pid: u32) -> Result<u64> {
    let exact = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok().and_then(|text| kib_line(&text, "Rss:"));
    if let Some(kib) = exact {
        return Ok(kib);
    }
    let status =
        fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is not there"))?;
    kib_line(&status, "VmRSS:").with_context(|| format!("/proc/{pid}/status has no VmRSS"))
}

fn kib_line(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn own_cpu() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).context("getrusage")?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(micros as f64 / 1e6)
}

/// Time in which a processor was neither idle nor waiting for a disk, nor lent to another machine.
fn machine_cpu() -> Result<f64> {
    let text = fs::read_to_string("/proc/stat").context("cannot read /proc/stat")?;
    parse_machine(&text).context("/proc/stat has no line of all processors")
}

/// user, nice, system, idle, iowait, irq, softirq, and more that is not ours.
fn parse_machine(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let fields: Vec<u64> = line.split_whitespace().map_while(|field| field.parse().ok()).collect();
    let busy: u64 = fields.get(..3)?.iter().chain(fields.get(5..7)?).sum();
    Some(busy as f64 / TICKS_PER_SECOND)
}

/// Every socket is a descriptor; the usual soft limit of 1,024 is raised as far as the hard one allows.
pub fn allow_sockets(sockets: usize) -> Result<()> {
    let wanted = sockets as u64 + SPARE_FILES;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).context("getrlimit")?;
    if soft >= wanted {
        return Ok(());
    }
    anyhow::ensure!(
        hard >= wanted,
        "{sockets} sockets need {wanted} open files; the hard limit is {hard} (ulimit -Hn)"
    );
    setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).context("setrlimit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_past_a_strange_name() {
        let text = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 20 30 20 0 9 0 1 2 3";
        let stat = parse_stat(text).unwrap();
        assert_eq!((stat.parent, stat.cpu_s), (7, 2.5));
    }

    #[test]
    fn a_machine_is_busy_when_it_is_neither_idle_nor_waiting() {
        let text = "cpu  100 10 50 900 40 5 15 7 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        assert_eq!(parse_machine(text), Some(1.8));
        assert_eq!(parse_machine("intr 1"), None);
    }

    #[test]
    fn this_process_can_be_watched() {
        let pid = std::process::id();
        let sample = Watched { servers: vec![pid], postgres: Some(pid), redis: Some(pid) }.sample().unwrap();
        assert!(sample.server_rss_kib.unwrap() > 100);
        assert!(sample.load_cpu_s >= 0.0 && sample.postgres_cpu_s.is_some() && sample.machine_cpu_s > 0.0);
        assert!(Watched { servers: vec![u32::MAX], ..Watched::default() }.sample().is_err());
        assert_eq!(kib_line("Rss:   1234 kB\n", "Rss:"), Some(1234));
    }
}
