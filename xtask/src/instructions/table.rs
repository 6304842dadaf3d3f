//! The table of what each path may take, and the comparison with it.

use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};

/// The table, in the root of the workspace.
pub(super) const FILE: &str = "bench/instructions.json";

/// How far a path that is new in the table may rise.
const TOLERANCE_PERCENT: f64 = 1.0;

/// What a count depends on besides our code: valgrind says which processor there is, the compiler makes aws-lc and SQLite, the C library copies
/// and allocates.
const TOOLS: [(&str, &str); 3] = [("valgrind", "valgrind"), ("compiler", "cc"), ("libc", "ldd")];

/// The committed counts, with the tools that they were made with.
pub(super) struct Table(Value);

/// One count beside what the table says.
pub(super) struct Comparison {
    path: &'static str,
    instructions: u64,
    expected: Option<Expected>,
}

struct Expected {
    instructions: u64,
    tolerance_percent: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Same,
    Risen,
    Fallen,
    /// The table does not have it.
    Unknown,
}

impl Table {
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| format!("{FILE} cannot be read"))?;
        Ok(Self(serde_json::from_str(&text).with_context(|| format!("{FILE} is no JSON"))?))
    }

    /// Writes it, as made with the tools of this machine.
    pub(super) fn write(&mut self, file: &Path) -> anyhow::Result<()> {
        let tools = TOOLS.map(|(name, command)| (name.to_owned(), Value::from(version(command))));
        if let Value::Object(table) = &mut self.0 {
            table.insert("made_with".to_owned(), Value::Object(tools.into_iter().collect()));
        }
        std::fs::write(file, serde_json::to_string_pretty(&self.0)? + "\n")
            .with_context(|| format!("{FILE} cannot be written"))
    }

    pub(super) fn compare(&self, path: &'static str, instructions: u64) -> Comparison {
        Comparison { path, instructions, expected: self.expected(path) }
    }

    /// Replaces the count of a path; its tolerance stays.
    pub(super) fn put(&mut self, path: &str, instructions: u64) {
        let tolerance = self.expected(path).map_or(TOLERANCE_PERCENT, |expected| expected.tolerance_percent);
        if let Some(Value::Object(paths)) = self.0.get_mut("paths") {
            let entry = json!({"instructions": instructions, "tolerance_percent": tolerance});
            paths.insert(path.to_owned(), entry);
        }
    }

    fn expected(&self, path: &str) -> Option<Expected> {
        let entry = self.0.get("paths")?.get(path)?;
        Some(Expected {
            instructions: entry.get("instructions")?.as_u64()?,
            tolerance_percent: entry.get("tolerance_percent")?.as_f64()?,
        })
    }

    /// Says so when the table was made with other tools: then they may be the reason.
    pub(super) fn other_tools(&self) -> String {
        let made_with = |name| self.0.get("made_with")?.get(name)?.as_str();
        let other = TOOLS.iter().filter_map(|(name, command)| {
            let (then, now) = (made_with(name)?, version(command));
            (then != now).then(|| format!("; the {name} is another one: {now}, and {then} made the table"))
        });
        other.collect()
    }
}

/// The first line of what a tool says of itself.
fn version(tool: &str) -> String {
    let output = Command::new(tool).arg("--version").output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    said.lines().next().unwrap_or("unknown").to_owned()
}

impl Comparison {
    pub(super) const fn name(&self) -> &'static str {
        self.path
    }

    pub(super) fn verdict(&self) -> Verdict {
        match &self.expected {
            None => Verdict::Unknown,
            Some(expected) => match self.rise_percent(expected) {
                rise if rise > expected.tolerance_percent => Verdict::Risen,
                rise if rise < -expected.tolerance_percent => Verdict::Fallen,
                _ => Verdict::Same,
            },
        }
    }

    fn rise_percent(&self, expected: &Expected) -> f64 {
        // Far below 2^52.
        (self.instructions as f64 / expected.instructions as f64 - 1.0) * 100.0
    }

    /// What is wrong.
    pub(super) fn sentence(&self) -> String {
        let (path, instructions) = (self.path, grouped(self.instructions));
        match &self.expected {
            None => format!("{path} takes {instructions} instructions, and {FILE} does not have it"),
            Some(expected) => format!(
                "{path} takes {instructions} instructions, {:.1} % more than the {} in {FILE}, which lets {} % through",
                self.rise_percent(expected),
                grouped(expected.instructions),
                expected.tolerance_percent
            ),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict() {
            Verdict::Same => "",
            Verdict::Risen => "  MORE",
            Verdict::Fallen => "  fewer",
            Verdict::Unknown => "  NOT IN THE TABLE",
        };
        write!(formatter, "{:14}{:>12}", self.path, grouped(self.instructions))?;
        if let Some(expected) = &self.expected {
            let (rise, tolerance) = (self.rise_percent(expected), expected.tolerance_percent);
            write!(formatter, "  {rise:+.2} % of {}, at most {tolerance} %", grouped(expected.instructions))?;
        }
        formatter.write_str(verdict)
    }
}

/// With a comma before each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table(json!({"paths": {"issue": {"instructions": 650_000, "tolerance_percent": 2.0}}}))
    }

    #[test]
    fn a_path_may_rise_and_fall_within_its_tolerance() {
        let verdict = |instructions| table().compare("issue", instructions).verdict();
        assert_eq!([637_001, 650_000, 662_999].map(verdict), [Verdict::Same; 3]);
        assert_eq!((verdict(663_001), verdict(636_999)), (Verdict::Risen, Verdict::Fallen));
        assert_eq!(table().compare("create", 1).verdict(), Verdict::Unknown);
    }

    #[test]
    fn a_rise_says_how_much_it_is() {
        assert_eq!(
            table().compare("issue", 676_000).sentence(),
            "issue takes 676,000 instructions, 4.0 % more than the 650,000 in bench/instructions.json, which lets 2 % through"
        );
    }

    #[test]
    fn a_new_count_keeps_the_tolerance() {
        let mut table = Table(json!({"paths": {"issue": {"instructions": 1, "tolerance_percent": 5.0}}}));
        table.put("issue", 1_000);
        table.put("create", 10);
        assert_eq!(table.compare("issue", 1_040).verdict(), Verdict::Same);
        assert_eq!(table.compare("create", 11).verdict(), Verdict::Risen);
    }

    #[test]
    fn other_tools_are_named() {
        let table = Table(json!({"made_with": {"valgrind": "valgrind-0.1"}}));
        assert!(table.other_tools().contains("and valgrind-0.1 made the table"), "{}", table.other_tools());
        assert_eq!(Table(json!({})).other_tools(), "");
    }

    #[test]
    fn digits_stand_in_groups() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
