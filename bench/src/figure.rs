//! Figures: what was measured, and the goal beside it.

use serde_json::{Value, json};

/// One figure.
pub(crate) struct Figure {
    /// What it is, with its unit.
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) goal: Goal,
}

/// What is aimed at.
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
    /// It is told, and nothing is promised.
    None,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, value: f64, goal: Goal) -> Self {
        Self { name: name.into(), value, goal }
    }

    fn json(&self) -> Value {
        let goal = match self.goal {
            Goal::AtMost(most) => json!({"at_most": most}),
            Goal::AtLeast(least) => json!({"at_least": least}),
            Goal::None => Value::Null,
        };
        json!({"name": self.name, "value": self.value, "goal": goal})
    }
}

/// As JSON, for the chore that makes a table of them.
pub(crate) fn print(figures: &[Figure]) {
    println!("{}", Value::Array(figures.iter().map(Figure::json).collect()));
}

/// The value below which that share of the samples lies. They need not be sorted.
pub(crate) fn quantile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1);
    samples.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
}
