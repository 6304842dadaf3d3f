//! Figures: what was measured, and the goal beside it.

use serde::{Deserialize, Serialize};

/// One figure.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Figure {
    /// What it is, with its unit.
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) goal: Option<Goal>,
}

/// What is aimed at.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    /// Whether it is as good as it should be. Where nothing is promised, it is.
    pub(super) fn is_met(&self) -> bool {
        match self.goal {
            Some(Goal::AtMost(most)) => self.value <= most,
            Some(Goal::AtLeast(least)) => self.value >= least,
            None => true,
        }
    }

    /// A line of the table.
    pub(super) fn line(&self) -> String {
        let goal = match self.goal {
            Some(Goal::AtMost(most)) => format!("at most {most}"),
            Some(Goal::AtLeast(least)) => format!("at least {least}"),
            None => String::new(),
        };
        let verdict = match (self.goal, self.is_met()) {
            (None, _) => "",
            (Some(_), true) => "met",
            (Some(_), false) => "NOT MET",
        };
        format!("{:66}{:>12.3}  {goal:16}{verdict}", self.name, self.value)
    }
}

/// The middle one.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_says_whether_it_is_met() {
        let figure = |goal| Figure { name: "x".to_owned(), value: 3.0, goal };
        assert!(figure(Some(Goal::AtLeast(3.0))).is_met() && !figure(Some(Goal::AtLeast(3.1))).is_met());
        assert!(figure(Some(Goal::AtMost(3.0))).line().ends_with("at most 3       met"));
        assert!(figure(Some(Goal::AtMost(2.9))).line().ends_with("NOT MET"));
        assert!(figure(None).is_met());
    }

    #[test]
    fn figures_are_read_as_the_measure_writes_them() {
        let text =
            r#"[{"name":"x","value":1.5,"goal":{"at_most":2.0}},{"name":"y","value":1.0,"goal":null}]"#;
        let figures: Vec<Figure> = serde_json::from_str(text).unwrap();
        assert!(matches!(figures[0].goal, Some(Goal::AtMost(2.0))) && figures[1].goal.is_none());
    }
}
