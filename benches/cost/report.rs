//! The measurements of the processes, as a table.

use std::collections::BTreeMap;
use std::fmt;

use crate::groups;

/// All measurements.
#[derive(Default)]
pub(crate) struct Report {
    groups: BTreeMap<String, Group>,
}

#[derive(Default)]
struct Group {
    /// Subjects in the order of their appearance.
    subjects: Vec<String>,
    /// The key is the process, the subject and the measure.
    numbers: BTreeMap<(usize, String, String), Vec<f64>>,
}

impl Report {
    /// Adds the output of a process.
    pub(crate) fn read(&mut self, group: &str, process: usize, text: &str) {
        let group = self.groups.entry(group.to_owned()).or_default();
        for line in text.lines() {
            let mut fields = line.split('\t');
            let (Some(what), Some(subject), Some(numbers)) = (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let numbers = numbers.split(' ').filter_map(|number| number.parse().ok()).collect();
            if !group.subjects.iter().any(|known| known == subject) {
                group.subjects.push(subject.to_owned());
            }
            group.numbers.insert((process, subject.to_owned(), what.to_owned()), numbers);
        }
    }

    /// The nanoseconds of the calling thread for a span: the quickest section of each process.
    fn fastest(&self, group: &str, subject: &str) -> Vec<f64> {
        self.by_process(group, subject, "span").map(least).collect()
    }

    /// The ratio of the times of a span of `subject` and of `other`, for each process.
    pub(crate) fn ratio(&self, group: &str, subject: &str, other: &str) -> Option<Spread> {
        self.compare(group, subject, other, |own, other| own / other)
    }

    /// The difference of the times of a span of `subject` and of `other` in nanoseconds, likewise.
    pub(crate) fn above(&self, group: &str, subject: &str, other: &str) -> Option<Spread> {
        self.compare(group, subject, other, |own, other| own - other)
    }

    /// The ratio of the time of a span of `subject` and the sum of those of two others, likewise.
    pub(crate) fn ratio_to_sum(&self, group: &str, subject: &str, others: [&str; 2]) -> Option<Spread> {
        let [first, second] = others.map(|other| self.fastest(group, other));
        let sums = first.iter().zip(&second).map(|(first, second)| first + second);
        Spread::of(self.fastest(group, subject).iter().zip(sums).map(|(own, sum)| own / sum).collect())
    }

    fn compare(&self, group: &str, subject: &str, other: &str, by: fn(f64, f64) -> f64) -> Option<Spread> {
        let (own, others) = (self.fastest(group, subject), self.fastest(group, other));
        Spread::of(own.iter().zip(&others).map(|(own, other)| by(*own, *other)).collect())
    }

    /// The allocations of the calling thread: for each child, and for each flow.
    pub(crate) fn allocations(&self, group: &str, subject: &str) -> Option<(f64, f64)> {
        match self.by_process(group, subject, "allocations").next()? {
            [span, flow] => Some((*span, *flow)),
            _ => None,
        }
    }

    /// The highest of the processes' values from [`crate::memory`].
    pub(crate) fn memory(&self, group: &str, what: &str) -> Option<f64> {
        self.by_process(group, what, "memory").flatten().copied().reduce(f64::max)
    }

    /// The measurements of each process, in order.
    pub(crate) fn memories<'a>(&'a self, group: &'a str, what: &'a str) -> impl Iterator<Item = f64> + 'a {
        self.by_process(group, what, "memory").flatten().copied()
    }

    /// The subjects of a group.
    fn subjects(&self, group: &str) -> impl Iterator<Item = &str> {
        self.groups.get(group).into_iter().flat_map(|group| &group.subjects).map(String::as_str)
    }

    fn by_process<'a>(
        &'a self,
        group: &'a str,
        subject: &'a str,
        what: &'a str,
    ) -> impl Iterator<Item = &'a [f64]> + 'a {
        self.groups.get(group).into_iter().flat_map(move |group| {
            let of = move |(_, name, kind): &(usize, String, String)| name == subject && kind == what;
            group.numbers.iter().filter(move |(key, _)| of(key)).map(|(_, numbers)| numbers.as_slice())
        })
    }

    fn all(&self, group: &str, subject: &str, what: &str) -> Vec<f64> {
        self.by_process(group, subject, what).flatten().copied().collect()
    }

    /// The rows of each group that has any, in the order of the groups. Bodies without
    /// instrumentation that differ in their form alone have one row, in the first group.
    pub(crate) fn spans(&self) -> Vec<(&'static str, Vec<SpanRow<'_>>)> {
        let mut shown = Vec::new();
        let mut groups = Vec::new();
        for group in groups::NAMES {
            let timed = self.subjects(group).filter(|name| !self.fastest(group, name).is_empty());
            let new: Vec<_> = timed.filter(|name| !shown.contains(name)).collect();
            shown.extend(new.iter().filter(|name| name.starts_with("not instrumented, ")));
            if !new.is_empty() {
                groups.push((*group, new.into_iter().map(|subject| self.row(group, subject)).collect()));
            }
        }
        groups
    }

    fn row<'a>(&'a self, group: &str, subject: &'a str) -> SpanRow<'a> {
        let (span, cpu) = (self.all(group, subject, "span"), self.all(group, subject, "cpu"));
        let (allocations_of_span, allocations_of_flow) = self.allocations(group, subject).unwrap_or_default();
        SpanRow {
            subject,
            minimum: least(&span),
            median: median(span).unwrap_or(f64::NAN),
            to_floor: self.ratio(group, subject, "floor"),
            above_plain: self.above(group, subject, plain_form(subject)),
            root: least(&self.all(group, subject, "root")),
            allocations_of_span,
            allocations_of_flow,
            cpu: median(cpu).unwrap_or(f64::NAN),
        }
    }

    /// The rows of the groups that measure memory.
    pub(crate) fn bursts(&self) -> Vec<MemoryRow> {
        let described = [
            ("burst", "1,000,000 spans in 10,000 flows, all kept"),
            ("burst-slow", "the same, exporter pauses 4 ms a batch"),
            ("loop", "one flow with 10,000,000 calls"),
        ];
        let row = |(group, what)| {
            let number = |what| self.memory(group, what).unwrap_or_default();
            Some(MemoryRow {
                group,
                what,
                peak: self.memory(group, "peak")? / MIB,
                span: number("ns per span"),
                exported: number("exported"),
                dropped: number("dropped"),
                summaries: self.memory(group, "summaries").map(|count| (count, number("summarised"))),
            })
        };
        described.into_iter().filter_map(row).collect()
    }
}

/// The measurements of a span of one subject: times in nanoseconds.
pub(crate) struct SpanRow<'a> {
    pub(crate) subject: &'a str,
    pub(crate) minimum: f64,
    pub(crate) median: f64,
    pub(crate) to_floor: Option<Spread>,
    pub(crate) above_plain: Option<Spread>,
    /// The time of a flow without children.
    pub(crate) root: f64,
    pub(crate) allocations_of_span: f64,
    pub(crate) allocations_of_flow: f64,
    /// The time of all threads.
    pub(crate) cpu: f64,
}

/// The measurements of one group of [`crate::memory`].
pub(crate) struct MemoryRow {
    pub(crate) group: &'static str,
    /// The work of the program.
    pub(crate) what: &'static str,
    /// The peak above the idle process, in mebibytes.
    pub(crate) peak: f64,
    /// The nanoseconds for a span.
    pub(crate) span: f64,
    pub(crate) exported: f64,
    pub(crate) dropped: f64,
    /// The number of summaries and of the calls in them.
    pub(crate) summaries: Option<(f64, f64)>,
}

/// The name of the body that `subject` instruments.
fn plain_form(subject: &str) -> &'static str {
    if subject.ends_with("async yielding") {
        "not instrumented, async yielding"
    } else if subject.ends_with("async") {
        "not instrumented, async"
    } else if subject.ends_with("polled") {
        "not instrumented, polled"
    } else if subject.ends_with("Result") || subject.ends_with("erring") {
        "not instrumented, Result"
    } else if subject.ends_with("arguments") {
        "not instrumented, arguments"
    } else {
        "not instrumented"
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Nanoseconds for a span of a flow of 101, on the calling thread unless \
             the column says otherwise.\n"
        )?;
        writeln!(
            f,
            "  {:<42} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8} {:>7} {:>8}",
            "", "minimum", "median", "x floor", "above", "root", "allocs", "allocs", "CPU of"
        )?;
        writeln!(
            f,
            "  {:<42} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8} {:>7} {:>8}",
            "", "", "", "", "plain", "alone", "/span", "/flow", "all"
        )?;
        let middle = |spread: Option<Spread>| spread.map_or(f64::NAN, |spread| spread.median);
        for (group, rows) in self.spans() {
            writeln!(f, "{group}")?;
            for row in rows {
                writeln!(
                    f,
                    "  {:<42} {:>8.1} {:>8.1} {:>8.2} {:>8.1} {:>9.0} {:>8.2} {:>7.1} {:>8.1}",
                    row.subject,
                    row.minimum,
                    row.median,
                    middle(row.to_floor),
                    middle(row.above_plain),
                    row.root,
                    row.allocations_of_span,
                    row.allocations_of_flow,
                    row.cpu,
                )?;
            }
        }
        writeln!(f)?;
        self.failing_flows(f)?;
        self.memory_lines(f)
    }
}

impl Report {
    fn failing_flows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (group, erring, fine) in [
            ("dropped", "omegi erring", "omegi dropped, Result"),
            ("kept", "omegi kept, erring", "omegi kept, Result"),
        ] {
            if let (Some(more), Some(erring)) =
                (self.above(group, erring, fine), median(self.fastest(group, erring)))
            {
                writeln!(
                    f,
                    "An error that passes three functions, {group}: {:.0} ns more for its \
                     flow of 101 spans ({:.0} ns in all).",
                    more.median * 101.0,
                    erring * 101.0
                )?;
            }
        }
        writeln!(f)
    }

    fn memory_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.bursts() {
            write!(
                f,
                "{:<42} peak {:.1} MiB above idle, {:.1} ns a span; exported {}, dropped {}",
                row.what, row.peak, row.span, row.exported, row.dropped,
            )?;
            if let Some((summaries, calls)) = row.summaries {
                write!(f, "; {summaries} summaries of {calls} calls")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// The values of one measure from several processes.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    least: f64,
    greatest: f64,
}

impl Spread {
    fn of(numbers: Vec<f64>) -> Option<Self> {
        let greatest = numbers.iter().copied().fold(f64::NAN, f64::max);
        Some(Self { least: least(&numbers), greatest, median: median(numbers)? })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2} to {:.2})", self.median, self.least, self.greatest)
    }
}

/// The bytes of a mebibyte.
pub(crate) const MIB: f64 = 1024.0 * 1024.0;

fn least(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(f64::NAN, f64::min)
}

fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}
