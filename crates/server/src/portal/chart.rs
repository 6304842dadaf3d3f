//! Charts, drawn here as SVG: they need no script. Each has a table beside it that says the same.

use maud::{Markup, PreEscaped, html};

use super::part;

const WIDTH: u32 = 720;
const HEIGHT: u32 = 180;
/// Room for the numbers of the upright axis, and for the times below.
const LEFT: u32 = 88;
const BELOW: u32 = 32;
const ABOVE: u32 = 20;

/// A row of values, and how it is drawn.
pub(super) struct Row {
    /// What it is.
    pub(super) name: &'static str,
    /// Its class in the stylesheet.
    pub(super) class: &'static str,
    /// One for each place; `None` where there is nothing to tell.
    pub(super) values: Vec<Option<u64>>,
}

/// A chart.
pub(super) struct Chart<'a> {
    /// For ids.
    pub(super) id: &'a str,
    pub(super) title: &'a str,
    /// What is to be seen in it, in a sentence.
    pub(super) summary: String,
    pub(super) rows: Vec<Row>,
    /// What stands below the first and the last place.
    pub(super) ends: (String, String),
    /// How a value is written.
    pub(super) written: fn(u64) -> String,
    /// The same in numbers.
    pub(super) table: Markup,
}

impl Chart<'_> {
    /// Bars, one row on top of the other.
    pub(super) fn bars(&self) -> Markup {
        let places = self.places();
        let sums = (0..places).map(|place| self.values_at(place).sum::<u64>());
        let top = round_up(sums.max().unwrap_or(0));
        let step = f64::from(WIDTH - LEFT) / places as f64;
        let gap = if step > 12.0 { 4.0 } else { step * 0.2 };
        let bars = (0..places).flat_map(|place| {
            let mut below = 0;
            self.rows.iter().filter_map(move |row| {
                let value = row.values.get(place).copied().flatten().filter(|value| *value > 0)?;
                let (from, to) = (upright(below, top), upright(below + value, top));
                below += value;
                let x = f64::from(LEFT) + step * place as f64 + gap / 2.0;
                Some((row.class, x, to, step - gap, from - to))
            })
        });
        let drawn = html! {
            @for (class, x, y, width, height) in bars {
                rect class=(class) x=(short(x)) y=(short(y)) width=(short(width)) height=(short(height)) {}
            }
        };
        self.figure(top, &drawn, true)
    }

    /// Lines, one for each row.
    pub(super) fn lines(&self) -> Markup {
        let places = self.places();
        let values = self.rows.iter().flat_map(|row| row.values.iter().flatten());
        let top = round_up(values.max().copied().unwrap_or(0));
        let step = f64::from(WIDTH - LEFT) / places as f64;
        let drawn = html! {
            @for row in &self.rows { path class=(row.class) d=(line(row, step, top)) {} }
        };
        self.figure(top, &drawn, false)
    }

    fn places(&self) -> usize {
        self.rows.iter().map(|row| row.values.len()).max().unwrap_or(0).max(1)
    }

    fn values_at(&self, place: usize) -> impl Iterator<Item = u64> {
        self.rows.iter().filter_map(move |row| row.values.get(place).copied().flatten())
    }

    fn figure(&self, top: u64, drawn: &Markup, are_bars: bool) -> Markup {
        let (head, says) = (format!("{}-head", self.id), format!("{}-says", self.id));
        let base = ABOVE + HEIGHT;
        html! {
            figure.chart.card aria-labelledby=(head) {
                figcaption {
                    h2 id=(head) { (self.title) }
                    p.quiet id=(says) { (self.summary) }
                }
                svg viewBox={ "0 0 " (WIDTH) " " (base + BELOW) } role="img" aria-labelledby=(head) aria-describedby=(says) {
                    @for value in [0, top / 2, top] {
                        @let y = short(upright(value, top));
                        line.axis x1=(LEFT) y1=(y) x2=(WIDTH) y2=(y) {}
                        text x=(LEFT - 8) y=(y) dy="4" text-anchor="end" { ((self.written)(value)) }
                    }
                    (drawn)
                    text x=(LEFT) y=(base + 24) { (self.ends.0) }
                    text x=(WIDTH) y=(base + 24) text-anchor="end" { (self.ends.1) }
                }
                @if self.rows.len() > 1 { (self.legend(are_bars)) }
                details {
                    summary { "As a table" span.unseen { ": " (self.title) } }
                    (self.table)
                }
            }
        }
    }

    fn legend(&self, are_bars: bool) -> Markup {
        html! {
            ul.legend {
                @for row in &self.rows {
                    li {
                        svg viewBox="0 0 16 12" aria-hidden="true" {
                            @if are_bars { rect class=(row.class) width="16" height="12" {} }
                            @else { path class=(row.class) d="M0 6H16" {} }
                        }
                        (row.name)
                    }
                }
            }
        }
    }
}

/// A table of a chart.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> Markup {
    html! {
        (part::scrolling("The same in numbers", &html! {
            table {
                thead { tr { @for (column, name) in head.iter().enumerate() {
                    th.number[column > 0] scope="col" { (name) }
                } } }
                tbody { @for row in rows { tr { @for (column, cell) in row.iter().enumerate() {
                    @if column == 0 { th scope="row" { (cell) } } @else { td.number { (cell) } }
                } } } }
            }
        }))
    }
}

/// Through every place that has a value; where one is missing, the line is broken.
fn line(row: &Row, step: f64, top: u64) -> PreEscaped<String> {
    let mut path = String::new();
    let mut goes_on = false;
    for (place, value) in row.values.iter().enumerate() {
        let Some(value) = value else {
            goes_on = false;
            continue;
        };
        let x = f64::from(LEFT) + step * (place as f64 + 0.5);
        let y = short(upright(*value, top));
        // A point with nothing on either side is still to be seen.
        let begin = if goes_on { format!("L{} {y}", short(x)) } else { format!("M{} {y}h1", short(x - 0.5)) };
        path.push_str(&begin);
        goes_on = true;
    }
    PreEscaped(path)
}

/// Where a value lies.
fn upright(value: u64, top: u64) -> f64 {
    let part = if top == 0 { 0.0 } else { value as f64 / top as f64 };
    f64::from(ABOVE) + f64::from(HEIGHT) * (1.0 - part)
}

fn short(number: f64) -> String {
    format!("{number:.1}")
}

/// The next number of the kind 2, 4, 10, 20, 40, 100: half of it is whole.
fn round_up(value: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for factor in [2, 4, 10] {
            match unit.checked_mul(factor) {
                Some(round) if round >= value => return round,
                Some(_) => {}
                None => return value,
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: Vec<Option<u64>>) -> Chart<'static> {
        Chart {
            id: "a",
            title: "<A>",
            summary: String::new(),
            rows: vec![Row { name: "a", class: "bar-good", values }],
            ends: (String::new(), String::new()),
            written: |value| value.to_string(),
            table: html! {},
        }
    }

    #[test]
    fn the_top_of_a_chart_is_a_round_number() {
        for (value, top) in
            [(0, 2), (1, 2), (3, 4), (5, 10), (10, 10), (11, 20), (41, 100), (u64::MAX, u64::MAX)]
        {
            assert_eq!(round_up(value), top, "{value}");
        }
    }

    #[test]
    fn bars_are_as_high_as_their_values() {
        let svg = chart(vec![Some(1), None, Some(0), Some(2)]).bars().into_string();
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(svg.contains(r#"height="90.0""#) && svg.contains(r#"height="180.0""#), "{svg}");
        assert!(svg.contains("&lt;A&gt;") && !svg.contains("<A>"));
    }

    #[test]
    fn a_line_is_broken_where_nothing_is_known() {
        let svg = chart(vec![Some(1), Some(2), None, Some(2)]).lines().into_string();
        assert_eq!((svg.matches('L').count(), svg.matches("h1").count()), (1, 2), "{svg}");
        assert!(chart(Vec::new()).lines().into_string().contains("<svg"));
    }
}
