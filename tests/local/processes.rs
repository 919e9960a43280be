//! The functions' processes, as Linux tells of them.

use crate::stack::{STACK, Stack};

/// One process of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// How long a processor was busy with it, in milliseconds.
    pub busy_ms: u64,
}

/// A hundredth of a second, which Linux counts in on every machine we know.
const TICK_MS: u64 = 10;

/// The processes of a function of this stack: they are in the emulator's group and carry its name.
pub fn of(stack: &Stack, function: &str) -> Vec<Process> {
    let named = format!("AWS_LAMBDA_FUNCTION_NAME={STACK}-{function}\0");
    let group = stack.emulator.group().to_string();
    let mut found = Vec::new();
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = process.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // After the name in brackets: state, parent, group; eight fields on, the ticks of its own and
        // those of the system for it.
        let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
        if fields.get(3) != Some(&group.as_str()) {
            continue;
        }
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        if String::from_utf8_lossy(&environment).contains(&named) {
            let ticks = |place: usize| fields.get(place).and_then(|n| n.parse::<u64>().ok());
            let ticks = ticks(12).unwrap_or_default() + ticks(13).unwrap_or_default();
            found.push(Process { id, busy_ms: ticks * TICK_MS });
        }
    }
    found.sort_unstable();
    found
}
