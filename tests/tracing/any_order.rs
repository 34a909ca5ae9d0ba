//! Random uses of spans: nothing panics and no span is lost.

use omegi::{Flow, SpanId};
use tracing::span::EnteredSpan;
use tracing::{Span, info, info_span};

use crate::flows_of;
use crate::shop::{call, leaf, outer};

/// A random program.
struct Program {
    chance: u64,
    spans: Vec<Span>,
    entered: Vec<EnteredSpan>,
    /// The spans and calls that it has made.
    made: usize,
}

impl Program {
    fn below(&mut self, limit: usize) -> usize {
        // An xorshift generator: the program is the same for the same seed.
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        usize::try_from(self.chance % (limit as u64)).unwrap()
    }

    fn run(&mut self, depth: usize) {
        for _ in 0..12 {
            match self.below(12) {
                0 => self.make(|_| info_span!("contextual")),
                1 => self.make(|_| info_span!(parent: None, "root")),
                2 => self.make(|parent| info_span!(parent: parent, "explicit")),
                3..=5 if !self.spans.is_empty() => {
                    let at = self.below(self.spans.len());
                    self.entered.push(self.spans[at].clone().entered());
                }
                6 | 7 if !self.entered.is_empty() => {
                    let at = self.below(self.entered.len());
                    drop(self.entered.swap_remove(at));
                }
                8 if !self.spans.is_empty() => {
                    let at = self.below(self.spans.len());
                    drop(self.spans.swap_remove(at));
                }
                9 if depth < 6 => {
                    self.made += 1;
                    call(|| self.run(depth + 1));
                }
                10 if depth < 6 => {
                    self.made += 1;
                    outer(|| self.run(depth + 1));
                }
                _ => {
                    self.made += 1;
                    info!("at work");
                    leaf();
                }
            }
        }
    }

    fn make(&mut self, make: impl FnOnce(Option<tracing::Id>) -> Span) {
        let parent = (!self.spans.is_empty()).then(|| self.below(self.spans.len()));
        let span = make(parent.and_then(|at| self.spans[at].id()));
        self.spans.push(span);
        self.made += 1;
    }
}

#[test]
fn no_order_loses_a_span() {
    for seed in 1..=40_u64 {
        let (sender, receiver) = std::sync::mpsc::channel();
        let flows = flows_of(move || {
            let chance = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut program = Program { chance, spans: Vec::new(), entered: Vec::new(), made: 0 };
            program.run(0);
            sender.send(program.made).unwrap();
        });
        // A span that is entered after its flow has ended continues in a flow of its own.
        let goes_on = |flow: &&Flow| flow.spans[0].parent_span_id != SpanId::NONE;
        let spans: usize = flows.iter().map(|flow| flow.spans.len()).sum();
        let recorded = spans - flows.iter().filter(goes_on).count();
        assert_eq!(recorded, receiver.recv().unwrap(), "seed {seed}");
        for flow in &flows {
            let roots = flow.spans.iter().filter(|span| span.parent.is_none()).count();
            assert_eq!(roots, 1, "seed {seed}\n{}", flow.outline());
            let parents = flow.spans.iter().enumerate();
            assert!(parents.skip(1).all(|(at, span)| span.parent < Some(at)), "seed {seed}");
        }
    }
}
